package fhir

import (
	"iter"
	"strings"

	"github.com/lichtspur/lichtspur/ingest/audit"
)

// codings gives the codings of a CodeableConcept, or a Coding itself: versions differ.
func codings(n audit.Node) iter.Seq[audit.Node] {
	return func(yield func(audit.Node) bool) {
		if n.First("code") != "" && !yield(n) {
			return
		}
		for c := range n.All("coding") {
			if !yield(c) {
				return
			}
		}
	}
}

// code reports whether a concept has the code.
func code(n audit.Node, want string) bool {
	for c := range codings(n) {
		if c.First("code") == want {
			return true
		}
	}
	return false
}

// party is who or what a reference refers to.
type party struct {
	names  []string // identifier, reference, display: by which a profile may know it
	id     string
	name   string
	person bool

	patient bool
	body    bool // an organisation, a system or a place of one
	device  bool
}

// party reads a reference, with what is contained of whom it refers to.
func (m *Mapper) party(r, n audit.Node) party {
	ref := n.First("reference")
	whole, _, _ := strings.Cut(ref, "/_history/")
	kind := ""
	if i := strings.LastIndexByte(whole, '/'); i > 0 { // Practitioner/7, or an absolute one
		kind = whole[strings.LastIndexByte(whole[:i], '/')+1 : i]
	}
	if t := n.First("type"); t != "" {
		kind = t[strings.LastIndexByte(t, '/')+1:]
	}
	p := party{names: []string{n.First("identifier.value"), ref, n.First("display")}, name: n.First("display")}
	if local, ok := strings.CutPrefix(ref, "#"); ok {
		for c := range r.All("contained") {
			if c.First("id") != local {
				continue
			}
			kind = c.First("resourceType")
			p.names = append(p.names, c.First("identifier.value"))
			name := c.At("name")
			if p.name == "" {
				if p.name = c.First("name", "deviceName.name", "name.text"); p.name == "" {
					p.name = strings.TrimSpace(name.First("given") + " " + name.First("family"))
				}
			}
			p.names = append(p.names, p.name)
			if kind == "PractitionerRole" {
				if o := c.At("organization"); o.Branch() && m.Known(o.First("identifier.value"), o.First("reference"), o.First("display")) != "" {
					p.names = append(p.names, o.First("identifier.value"), o.First("reference"), o.First("display"))
				}
			}
		}
	}
	for _, s := range p.names {
		if s != "" && !strings.HasPrefix(s, "#") {
			p.id = s
			break
		}
	}
	switch kind {
	case "Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person", "Group":
		p.person, p.patient = true, kind == "Patient"
	case "Device":
		p.device, p.body = true, true
	case "Organization", "HealthcareService", "Location", "Endpoint", "CareTeam":
		p.body = true
	}
	return p
}

// named is the identifier of a party that is no person; what the profile knows is whatever it says.
func (m *Mapper) named(p party) string {
	if id := m.Known(p.names...); id != "" {
		return id
	}
	if p.person || !p.body {
		return ""
	}
	if p.name != "" {
		return m.Named(p.name)
	}
	return m.Named(p.names...)
}
