package prov

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// relation is how a relation of PROV-DM stands in PROV-JSON: the attributes that say what it relates, the two that it
// cannot be without first.
type relation struct {
	kind  string
	parts []string
}

// relations are all of PROV-JSON (W3C member submission of 24 April 2013, section 3).
var relations = []relation{
	{"wasGeneratedBy", []string{"prov:entity", "prov:activity", "prov:time"}},
	{"used", []string{"prov:activity", "prov:entity", "prov:time"}},
	{"wasInformedBy", []string{"prov:informed", "prov:informant"}},
	{"wasStartedBy", []string{"prov:activity", "prov:trigger", "prov:starter", "prov:time"}},
	{"wasEndedBy", []string{"prov:activity", "prov:trigger", "prov:ender", "prov:time"}},
	{"wasInvalidatedBy", []string{"prov:entity", "prov:activity", "prov:time"}},
	{"wasDerivedFrom", []string{"prov:generatedEntity", "prov:usedEntity", "prov:activity", "prov:generation", "prov:usage"}},
	{"wasAttributedTo", []string{"prov:entity", "prov:agent"}},
	{"wasAssociatedWith", []string{"prov:activity", "prov:agent", "prov:plan"}},
	{"actedOnBehalfOf", []string{"prov:delegate", "prov:responsible", "prov:activity"}},
	{"wasInfluencedBy", []string{"prov:influencee", "prov:influencer"}},
	{"specializationOf", []string{"prov:specificEntity", "prov:generalEntity"}},
	{"alternateOf", []string{"prov:alternate1", "prov:alternate2"}},
	{"hadMember", []string{"prov:collection", "prov:entity"}},
	{"mentionOf", []string{"prov:specificEntity", "prov:generalEntity", "prov:bundle"}},
}

// elements are the sections of things; all others are of relations.
var elements = []string{"entity", "activity", "agent"}

func relationOf(kind string) *relation {
	for i := range relations {
		if relations[i].kind == kind {
			return &relations[i]
		}
	}
	return nil
}

// attribute is one of a statement to be written, its value as JSON.
type attribute struct {
	name  string
	value string
}

// Values as JSON. Those that are empty are left out of a statement.

func text(s string) string {
	if s == "" {
		return ""
	}
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil { // not UTF-8
		b, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\ufffd"))
	}
	return string(b)
}

func typed(s, of string) string {
	if s == "" {
		return ""
	}
	return `{"$":` + text(s) + `,"type":"` + of + `"}`
}

func name(s string) string { return typed(s, "prov:QUALIFIED_NAME") }

func own(s string) string {
	if s == "" {
		return ""
	}
	return name(prefixOwn + ":" + s)
}

func truth(b bool) string {
	if !b {
		return ""
	}
	return "true"
}

// statement is one to be written.
type statement struct {
	id    string
	parts []string // of a relation: what it relates, "" where that is not said
	attrs []attribute
}

func (s *statement) add(attrs []attribute) {
	for _, a := range attrs {
		if a.value != "" && !slices.Contains(s.attrs, a) {
			s.attrs = append(s.attrs, a)
		}
	}
}

// statements are those of a document or bundle, each thing and each relation between the same things once.
type statements struct {
	names
	of   map[string][]*statement // by section
	find map[string]*statement
}

func newStatements(base string) *statements {
	return &statements{names{base}, map[string][]*statement{}, map[string]*statement{}}
}

// thing states an entity, activity or agent, or says more of it.
func (d *statements) thing(section, id string, attrs ...attribute) {
	key := section + " " + id
	s := d.find[key]
	if s == nil {
		s = &statement{id: id}
		d.find[key] = s
		d.of[section] = append(d.of[section], s)
	}
	s.add(attrs)
}

// relate states a relation, or says more of it.
func (d *statements) relate(kind string, parts []string, attrs ...attribute) {
	key := relationKey(kind, parts)
	s := d.find[key]
	if s == nil {
		s = &statement{parts: parts}
		d.find[key] = s
		d.of[kind] = append(d.of[kind], s)
	}
	s.add(attrs)
}

// relationKey tells relations apart by what they relate, times left aside.
func relationKey(kind string, parts []string) string {
	return kind + " " + strings.TrimRight(strings.Join(parts, " "), " ")
}

// append writes the sections as members of a JSON object, each after a comma.
func (d *statements) append(b []byte) []byte {
	sections := slices.Clone(elements)
	for i := range relations {
		sections = append(sections, relations[i].kind)
	}
	n := 0
	for _, section := range sections {
		list := d.of[section]
		if len(list) == 0 {
			continue
		}
		b = append(b, ",\n\""...)
		b = append(b, section...)
		b = append(b, "\":{"...)
		rel := relationOf(section)
		for i, s := range list {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '\n')
			id := s.id
			if id == "" {
				n++
				id = "_:r" + itoa(n)
			}
			b = append(append(b, text(id)...), ":{"...)
			b = s.append(b, rel)
			b = append(b, '}')
		}
		b = append(b, '}')
	}
	return b
}

// append writes the members of a statement; those of one attribute become one list.
func (s *statement) append(b []byte, rel *relation) []byte {
	first := true
	member := func(name string) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), name...), `":`...)
	}
	for i, p := range s.parts {
		if p != "" {
			member(rel.parts[i])
			b = append(b, text(p)...)
		}
	}
	for i, a := range s.attrs {
		same := func(o attribute) bool { return o.name == a.name }
		if slices.ContainsFunc(s.attrs[:i], same) {
			continue
		}
		member(a.name)
		if !slices.ContainsFunc(s.attrs[i+1:], same) {
			b = append(b, a.value...)
			continue
		}
		b = append(b, '[')
		for k, o := range s.attrs[i:] {
			if same(o) {
				if k > 0 {
					b = append(b, ',')
				}
				b = append(b, o.value...)
			}
		}
		b = append(b, ']')
	}
	return b
}
