package nist

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

// Profile says what an agency's transactions mean. The zero value maps any: agency identifiers become the identifiers
// of organisations as they are (in lower case), every transaction is a DISCLOSE.
type Profile struct {
	Agencies  map[string]string     `yaml:"agencies"`  // ORI, DAI or SRC → organisation
	Prefix    string                `yaml:"prefix"`    // before the identifiers of agencies that are not listed
	Received  bool                  `yaml:"received"`  // whose file it is: the receiver's (RECEIVE), not the sender's (DISCLOSE)
	Kinds     map[string]event.Kind `yaml:"kinds"`     // TOT → DISCLOSE, RECEIVE or QUERY
	Databases map[string]string     `yaml:"databases"` // of a QUERY: DAI → system that is searched
	Images    []string              `yaml:"images"`    // 10.003 IMT that are mapped; default: FACE
	Captures  *bool                 `yaml:"captures"`  // CAPTURE events of 10.004 and 10.005; default: true
	Zone      string                `yaml:"zone"`      // of 1.005 where there is no 1.014; default: the day in UTC
	Purpose   string                `yaml:"purpose"`
	Basis     []string              `yaml:"basis"`
	Exercise  bool                  `yaml:"exercise"`

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
	for tot, k := range p.Kinds {
		if k != event.KindDisclose && k != event.KindReceive && k != event.KindQuery {
			return nil, bad("%.20q is a DISCLOSE, RECEIVE or QUERY, not a %.40q", tot, string(k))
		}
	}
	for _, list := range []map[string]string{p.Agencies, p.Databases} {
		for from, to := range list {
			if !event.ValidSlug(to) {
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

func (p *Profile) kind(tot string) event.Kind {
	switch k := p.Kinds[tot]; {
	case k != "":
		return k
	case p.Received:
		return event.KindReceive
	}
	return event.KindDisclose
}

// organisation is who an agency identifier stands for.
func (p *Profile) organisation(id string) string {
	if o, ok := p.Agencies[id]; ok {
		return o
	}
	return table.Slug(p.Prefix + id)
}

func (p *Profile) images() []string {
	if len(p.Images) == 0 {
		return []string{"FACE"}
	}
	return p.Images
}
