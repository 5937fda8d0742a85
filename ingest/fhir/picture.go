package fhir

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// digests adds pictures that the entity names by their digest, or that are contained, and reports whether there was one.
func (m *Mapper) digests(e *event.Event, r, n, what audit.Node) bool {
	var found []string
	media := map[string]string{}
	add := func(s string, called ...string) {
		is := strings.HasPrefix(strings.ToLower(s), "sha256") || strings.HasPrefix(strings.ToLower(s), "urn:sha256:") || strings.HasPrefix(strings.ToLower(s), "sha-256")
		for _, c := range called {
			c = strings.ReplaceAll(strings.ToLower(c), "-", "")
			is = is || strings.Contains(c, "sha256") || strings.Contains(c, "2.16.840.1.101.3.4.2.1")
		}
		if d, ok := audit.Digest(s); is && ok {
			found = append(found, d)
		}
	}
	for i := range what.All("identifier") {
		add(i.First("value"), i.First("system"), i.First("type.text"))
	}
	for i := range n.All("identifier") {
		add(i.First("value"), i.First("system"))
	}
	add(what.First("reference"))
	for d := range n.All("detail") {
		kind := []string{d.First("type"), d.First("type.text"), d.First("type.coding.code"), d.First("type.coding.display")}
		for _, field := range []string{"valueString", "value", "valueBase64Binary"} {
			v := d.At(field)
			if !v.There() {
				continue
			}
			before := len(found)
			if add(v.Peek(), kind...); len(found) > before {
				v.Text() // used
			}
		}
	}
	if local, ok := strings.CutPrefix(what.First("reference"), "#"); ok {
		for c := range r.All("contained") {
			if c.First("id") == local {
				for digest, kind := range m.pictures(c) {
					found = append(found, digest)
					media[digest] = kind
				}
			}
		}
	}
	for _, d := range found {
		role := event.RoleSubject
		if e.Kind == event.KindQuery {
			role = event.RoleProbe
			e.Input = event.InputFace
		}
		if !slices.ContainsFunc(e.Images, func(i event.Image) bool { return i.Digest == d }) {
			e.Images = append(e.Images, event.Image{Digest: d, Role: role, MediaType: media[d]})
		}
	}
	return len(found) > 0
}

// pictures gives the digests and media types of the pictures in a contained Binary, Media or DocumentReference. The pictures
// themselves are hashed and dropped.
func (m *Mapper) pictures(c audit.Node) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		places := []audit.Node{c, c.At("content")}
		for content := range c.All("content") {
			places = append(places, content.At("attachment"))
		}
		for _, p := range places {
			kind, data := strings.ToLower(p.First("contentType")), p.At("data")
			if !strings.HasPrefix(kind, "image/") || strings.ContainsAny(kind, "; ") || !data.There() {
				continue
			}
			text := bytes.Join(bytes.Fields(data.Whole()), nil)
			picture, err := base64.StdEncoding.DecodeString(string(text))
			if err != nil || len(picture) == 0 {
				m.Gap(audit.GapValue, "contained.data", "not base64, or too large", format.LostValue)
				continue
			}
			if !yield(fmt.Sprintf("sha256:%x", sha256.Sum256(picture)), kind) {
				return
			}
		}
	}
}
