package c2pa

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// The codes of gaps.
const (
	GapKind         = "KIND_NOT_READ"        // a picture of a kind whose manifests are not read
	GapNoManifest   = "NO_MANIFEST"          // a picture without a manifest
	GapNotSound     = "MANIFEST_NOT_SOUND"   // it does not have what the profile requires
	GapCheck        = "CHECK"                // what is not valid or was not checked, and why
	GapNotCaptured  = "NOT_CAPTURED"         // made by a machine, or nothing says how
	GapNoPlace      = "NO_PLACE"             // neither the profile nor the signer says where
	GapIngredient   = "INGREDIENT_NOT_NAMED" // an ingredient that nothing tells from others
	GapRelationship = "RELATIONSHIP"         // of an ingredient, that is not known
	GapTime         = "FIELD_MISSING"        // when it was done is not said
	GapInvalid      = "INVALID_EVENT"        // what the manifest gives is no event
)

// Relationships of ingredients.
const (
	parentOf    = "parentOf"
	componentOf = "componentOf"
	inputTo     = "inputTo"
)

// mapper makes the event of a picture.
type mapper struct {
	*Profile
	*Picture
	report *format.Report
}

func (m *mapper) gap(code, field, problem string, loss format.Loss) {
	m.report.Add(code, field, problem, loss, m.report.Records)
}

// event gives the event, nil where there is none; why is in the report.
func (m *mapper) event() *event.Event {
	active := m.Active()
	if active == nil {
		if m.Kind == "" {
			m.gap(GapKind, m.Other, "manifests of pictures of this kind are not read", format.LostEvent)
		} else {
			m.gap(GapNoManifest, "", "the picture has no manifest", format.LostEvent)
		}
		return nil
	}
	base := m.Base()
	checked := []*Manifest{active}
	if base != nil && base != active {
		checked = append(checked, base)
	}
	for _, x := range checked {
		for _, why := range x.Validation.Why {
			code, problem, _ := strings.Cut(why, ": ")
			m.gap(GapCheck, code, problem, format.LostNone)
		}
	}
	bad := 0
	for _, x := range m.Manifests {
		if !slices.Contains(checked, x) && (x.Validation.Signature != Valid || x.Validation.Assertions != Valid) {
			bad++
			m.gap(GapCheck, "ingredient", "the manifest of an ingredient is not sound", format.LostNone)
		}
	}
	if base == nil {
		m.gap(GapNotSound, "", "the manifest that this one changes is not in the store", format.LostEvent)
		return nil
	}
	for _, x := range checked {
		if why := m.lacks(&x.Validation); why != "" {
			m.gap(GapNotSound, "", why, format.LostEvent)
			return nil
		}
	}
	sum, err := hex.DecodeString(strings.TrimPrefix(m.Digest, "sha256:"))
	if err != nil {
		panic(err) // our own
	}
	e := &event.Event{
		ID: "c2pa/" + clean(active.Label, 120) + "/" + base64.RawURLEncoding.EncodeToString(sum[:16]), Exercise: m.Exercise,
		To: event.Place{Organisation: m.Place.Organisation, System: m.Place.System},
	}
	if e.To == (event.Place{}) {
		if e.To.Organisation = m.organisation(active.Validation.Leaf); e.To.Organisation == "" {
			m.gap(GapNoPlace, "", "neither the profile nor the signer's certificate says whose the picture is", format.LostEvent)
			return nil
		}
	}
	if e.Text.EN = m.words(active, base); bad > 0 {
		e.Text.EN += "; manifests of ingredients that are not sound " + strconv.Itoa(bad)
	}
	if root := m.Root(); root != nil && (root == base || root.Validation.Signature == Valid && root.Validation.Assertions == Valid) && root.created() != nil {
		e.Origin = m.organisation(root.Validation.Leaf)
	}
	m.record(e, active.Label)
	m.record(e, base.Instance)
	child := event.Image{Digest: m.Digest, MediaType: m.Kind}
	for _, i := range base.Ingredients {
		m.ingredient(e, i)
	}
	if len(e.Images) > 0 {
		e.Kind, child.Role = event.KindDerive, event.RoleChild
		e.Method = base.method()
	} else {
		e.Kind = event.KindCapture
		if c := base.created(); c == nil || !captured(c.SourceType) {
			m.gap(GapNotCaptured, "digitalSourceType", "the manifest does not say that the picture was taken, or made of others", format.LostEvent)
			return nil
		}
	}
	e.Images = append(e.Images, child)
	if when := base.last(); !when.IsZero() && when.Year() > 1677 && when.Year() < 2262 {
		e.Occurred = event.At(when)
	} else {
		m.gap(GapTime, "actions/when", "when it was done is not said", format.LostValue)
	}
	if faults := e.Validate(); len(faults) > 0 {
		m.gap(GapInvalid, faults[0].Path, faults[0].Code+": "+faults[0].Problem, format.LostEvent)
		return nil
	}
	return e
}

// record adds a reference by which the events of a picture and of what was made of it are found together.
func (m *mapper) record(e *event.Event, reference string) {
	reference = clean(reference, 200)
	if reference == "" || slices.ContainsFunc(e.Records, func(r event.Record) bool { return r.Reference == reference }) {
		return
	}
	e.Records = append(e.Records, event.Record{Reference: reference})
}

// mostIngredients is how many of them an event names.
const mostIngredients = 64

// ingredient adds a picture that this one was made of. A manifest does not have its digest.
func (m *mapper) ingredient(e *event.Event, i Ingredient) {
	switch i.Relationship {
	case parentOf, componentOf, inputTo:
	default:
		m.gap(GapRelationship, "relationship", "an ingredient of a relationship that is not known", format.LostValue)
		return
	}
	if len(e.Images) >= mostIngredients {
		m.gap(GapIngredient, "", "more ingredients than an event names", format.LostValue)
		return
	}
	if i.Manifest == "" && i.Instance == "" {
		m.gap(GapIngredient, "", "an ingredient without a manifest and without an instance", format.LostNone)
	}
	image := event.Image{Role: event.RoleParent}
	if plausible(i.Format) {
		image.MediaType = i.Format
	}
	e.Withheld = append(e.Withheld, "/images/"+strconv.Itoa(len(e.Images))+"/digest")
	e.Images = append(e.Images, image)
	m.record(e, i.Manifest)
	m.record(e, i.Instance)
}

// plausible reports whether s is a media type of pictures.
func plausible(s string) bool {
	rest, ok := strings.CutPrefix(s, "image/")
	return ok && rest != "" && len(rest) < 40 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789.+-") == ""
}

// created is the action that the picture began with, nil where there is none.
func (x *Manifest) created() *Action {
	for i := range x.Actions {
		if x.Actions[i].Name == "c2pa.created" {
			return &x.Actions[i]
		}
	}
	return nil
}

// last is when the last of the actions was, zero where that is not said.
func (x *Manifest) last() (when time.Time) {
	for _, a := range x.Actions {
		if a.When.After(when) {
			when = a.When
		}
	}
	return when
}

// captures are the digital source types (IPTC) of pictures that were taken.
var captures = []string{"", "digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print", "screenCapture", "humanEdits"}

func captured(sourceType string) bool {
	return slices.Contains(captures, sourceType[strings.LastIndexByte(sourceType, '/')+1:])
}

// method is what was done, for the field that is public: names of the specification alone, as one identifier.
func (x *Manifest) method() string {
	var out []string
	for _, a := range x.Actions {
		name, ok := strings.CutPrefix(a.Name, "c2pa.")
		switch {
		case name == "created", name == "opened", name == "placed", name == "published":
			continue
		case !ok || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_.") != "":
			name = "other"
		}
		name = strings.Trim(strings.NewReplacer("_", "-", ".", "-").Replace(name), "-")
		if !slices.Contains(out, name) && event.ValidSlug(strings.Join(append(out, name), ".")) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ".")
}

// words says what has no field of its own, and what was checked.
func (m *mapper) words(active, base *Manifest) string {
	v := &active.Validation
	parts := []string{"C2PA manifest " + clean(active.Label, 120)}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	add("claim generator", clean(active.Generator, 200))
	add("signer", clean(subject(v.Leaf), 300))
	if base != active {
		add("changes", clean(base.Label, 120))
	}
	if c := base.created(); c != nil {
		add("source type", clean(c.SourceType[strings.LastIndexByte(c.SourceType, '/')+1:], 60))
	}
	for _, x := range []struct {
		name  string
		state State
	}{{"signature", v.Signature}, {"assertions", v.Assertions}, {"binding", v.Binding}, {"signer", v.Signer}} {
		parts = append(parts, x.name+" "+string(x.state))
	}
	return strings.Join(parts, "; ")
}

func subject(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	name := c.Subject
	name.Names, name.ExtraNames = nil, nil // addresses of e-mail and what else a subject may hold
	return name.String()
}

// clean makes one line of a foreign text, cut to so many bytes.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == ' ' }), " ")
	for len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
