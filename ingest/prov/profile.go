package prov

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
	_ "time/tzdata" // so that zones are known on machines without a database of them

	"go.yaml.in/yaml/v3"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// Profile says what the documents of a tool mean. Where a key is a name of the document it is the whole URI, or its last
// part. The zero value maps any document as the package's documentation says.
type Profile struct {
	Agents       map[string]string     `yaml:"agents"`       // agent → organisation
	Systems      map[string]string     `yaml:"systems"`      // agent or prov:location → system
	Prefix       string                `yaml:"prefix"`       // before the identifiers of organisations that are not listed
	Organisation string                `yaml:"organisation"` // where the document names none
	Kinds        map[string]event.Kind `yaml:"kinds"`        // prov:type of an activity → kind
	Images       []string              `yaml:"images"`       // prov:type of entities that are images; default: all but collections, plans and bundles
	Digest       []string              `yaml:"digest"`       // attributes that hold the SHA-256; default: sha256, digest, hash, checksum
	Zone         string                `yaml:"zone"`         // of times without one; default: UTC
	Purpose      string                `yaml:"purpose"`
	Basis        []string              `yaml:"basis"`
	Exercise     bool                  `yaml:"exercise"`

	// Own says whether the entries of a source may be handed in again: they are known by the source's own id, and nobody
	// hands in for another. nil: those of all.
	Own func(source string) bool `yaml:"-"`

	zone *time.Location
}

// ParseProfile reads a profile from YAML. Unknown keys are errors.
func ParseProfile(text []byte) (*Profile, error) {
	bad := func(f string, a ...any) error {
		return &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("profile: "+f, a...)}
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	p := new(Profile)
	if err := d.Decode(p); err != nil && !errors.Is(err, io.EOF) {
		return nil, &format.Error{Code: format.ErrBadMapping, Message: "the profile cannot be read", Err: err}
	}
	for name, k := range p.Kinds {
		if !mappable[k] {
			return nil, bad("%.40q cannot be a %.40q", name, string(k))
		}
	}
	for _, list := range []map[string]string{p.Agents, p.Systems, {"organisation": p.Organisation}} {
		for from, to := range list {
			if to != "" && !event.ValidSlug(to) {
				return nil, bad("%.40q stands for %.80q, which is not an identifier", from, to)
			}
		}
	}
	if p.Zone != "" {
		var err error
		if p.zone, err = time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
			return nil, bad("there is no time zone %.40q", p.Zone)
		}
	}
	return p, nil
}

// mappable are the kinds that an activity can be.
var mappable = map[event.Kind]bool{
	event.KindCapture: true, event.KindEnrol: true, event.KindDerive: true, event.KindQuery: true, event.KindConsult: true,
	event.KindDisclose: true, event.KindReceive: true, event.KindCompare: true, event.KindMatch: true, event.KindTrain: true, event.KindErase: true,
}

// looked finds a name of the document in a list of the profile.
func looked[T any](list map[string]T, uri string) (T, bool) {
	v, ok := list[uri]
	if !ok {
		v, ok = list[local(uri)]
	}
	return v, ok
}

func (p *Profile) organisation(uri string) string {
	if o, ok := looked(p.Agents, uri); ok {
		return o
	}
	return table.Slug(p.Prefix + local(uri))
}
