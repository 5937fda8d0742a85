package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// Profile says what the audit records of a system mean; package doc has the form. The zero value says nothing.
type Profile struct {
	Organisation string                       `yaml:"organisation"`
	Unit         string                       `yaml:"unit"`
	System       string                       `yaml:"system"`
	Names        map[string]string            `yaml:"names"`
	Prefix       string                       `yaml:"prefix"`
	Faces        []string                     `yaml:"faces"`
	Kinds        map[string]event.Kind        `yaml:"kinds"`
	Purposes     map[string]string            `yaml:"purposes"`
	Policies     map[string]string            `yaml:"policies"`
	Purpose      string                       `yaml:"purpose"`
	Basis        []string                     `yaml:"basis"`
	Exercise     bool                         `yaml:"exercise"`
	Zone         string                       `yaml:"zone"`
	Layouts      []string                     `yaml:"layouts"`
	Tables       map[string]map[string]string `yaml:"tables"`
	Fields       map[string]table.Field       `yaml:"fields"`

	faces  patterns
	all    bool
	fields *table.Fields
	paths  map[string]Path
}

// maxProfile bounds the text of a profile.
const maxProfile = 1 << 20

// Load reads a profile from a file.
func Load(name string) (*Profile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return ParseProfile(text)
}

// ParseProfile reads a profile from YAML. Unknown keys are errors.
func ParseProfile(text []byte) (*Profile, error) {
	bad := func(f string, a ...any) error {
		return &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("profile: "+f, a...)}
	}
	if len(text) > maxProfile {
		return nil, bad("%d bytes, at most %d are read", len(text), maxProfile)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	p := new(Profile)
	if err := d.Decode(p); err != nil && !errors.Is(err, io.EOF) {
		return nil, &format.Error{Code: format.ErrBadMapping, Message: "the profile cannot be read", Err: err}
	}
	for _, id := range []string{p.Organisation, p.System, p.Purpose} {
		if id != "" && !event.ValidSlug(id) {
			return nil, bad("%.80q is not an identifier (a-z, 0-9, '.', '-')", id)
		}
	}
	for _, list := range []map[string]string{p.Names, p.Purposes} {
		for from, to := range list {
			if !event.ValidSlug(to) {
				return nil, bad("%.40q stands for %.80q, which is not an identifier", from, to)
			}
		}
	}
	for code, k := range p.Kinds {
		if k != "" && (!k.Valid() || k.Reserved() || k == event.KindDeclare || k == event.KindClaim) {
			return nil, bad("%.40q is no %.40q: it is something that is done with images, or \"\" where it is left out", code, string(k))
		}
	}
	for _, b := range append(slices.Collect(mapValues(p.Policies)), append(p.Basis, p.Unit)...) {
		if _, ok := line(b); !ok {
			return nil, bad("%.80q is not one line", b)
		}
	}
	var err error
	if p.faces, err = newPatterns(p.Faces); err != nil {
		return nil, bad("%v", err)
	}
	p.all = slices.Contains(p.Faces, "*")
	if p.fields, err = table.NewFields(p.Fields, p.Tables, p.Layouts, p.Zone); err != nil {
		return nil, bad("%v", err)
	}
	p.paths = map[string]Path{}
	for _, c := range p.fields.Columns() {
		if p.paths[c], err = ParsePath(c); err != nil {
			return nil, bad("%v", err)
		}
	}
	return p, nil
}

func mapValues(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

// Kind is what the profile makes of a code: ok is false where it says nothing, and the kind "" where such records are
// left out.
func (p *Profile) Kind(codes ...string) (k event.Kind, ok bool) {
	for _, c := range codes {
		if k, ok = p.Kinds[c]; ok && c != "" {
			return k, true
		}
	}
	return "", false
}

// patterns are texts, compared without regard to case, or regular expressions between slashes.
type patterns struct {
	texts []string
	exprs []*regexp.Regexp
}

func newPatterns(list []string) (p patterns, err error) {
	for _, s := range list {
		if len(s) > 1 && s[0] == '/' && s[len(s)-1] == '/' {
			e, err := regexp.Compile("(?i)" + s[1:len(s)-1])
			if err != nil {
				return p, err
			}
			p.exprs = append(p.exprs, e)
			continue
		}
		p.texts = append(p.texts, s)
	}
	return p, nil
}

func (p *patterns) match(s string) bool {
	return slices.ContainsFunc(p.texts, func(t string) bool { return strings.EqualFold(t, s) }) ||
		slices.ContainsFunc(p.exprs, func(e *regexp.Regexp) bool { return e.MatchString(s) })
}

// FacesIn reports whether one of the names is that of something that holds facial images: by the profile, or, where it
// does not say, by the words of the name.
func (p *Profile) FacesIn(names ...string) bool {
	if p.all {
		return true
	}
	match := p.faces.match
	if len(p.Faces) == 0 {
		match = facial
	}
	return slices.ContainsFunc(names, func(s string) bool { return s != "" && match(s) })
}
