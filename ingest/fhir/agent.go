package fhir

import (
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// human reports whether the observer is somebody who acted: systems are public, persons never.
func (m *Mapper) human(r audit.Node, observer party) bool {
	for a := range r.All("agent") {
		p := m.party(r, a.At("who"))
		if p.body {
			continue
		}
		for _, name := range append(p.names, a.First("name")) {
			if name != "" && slices.Contains(observer.names, name) {
				return true
			}
		}
	}
	return false
}

// agents fills the actor, the requester and legal bases, and returns who acted.
func (m *Mapper) agents(e *event.Event, r audit.Node) audit.Node {
	var first, requestor audit.Node
	for _, name := range []string{"agent", "participant"} {
		for a := range r.All(name) {
			if !first.Branch() {
				first = a
			}
			if !requestor.Branch() && a.First("requestor") == "true" {
				requestor = a
			}
			p := m.party(r, a.At("who"))
			if source, destination := end(a); p.body && !p.device && !source && !destination && e.Requester == "" {
				e.Requester = m.named(p)
			}
			for policy := range a.All("policy") {
				uri := policy.Text()
				switch b := m.Policies[uri]; {
				case b == "":
					m.Gap(audit.GapField, "agent.policy", "a policy that the profile does not know; it may name a person's consent", format.LostValue)
				case !slices.Contains(e.Basis, b):
					e.Basis = append(e.Basis, b)
				}
			}
			if a.First("requestor") != "true" && (p.device || p.body) && e.Kind == event.KindQuery && e.From.System == "" {
				if id := m.Known(p.names...); id != "" && p.device {
					e.From.System = id
				}
			}
		}
	}
	if !requestor.Branch() {
		requestor = first
	}
	if e.Requester == "" {
		e.Requester = m.Organisation
	}
	if e.From.System != "" {
		e.From.Organisation = e.Requester
	}
	if !requestor.Branch() {
		return requestor
	}
	who := requestor.At("who")
	p := m.party(r, who)
	a := event.Actor{Automated: p.device}
	if a.ID = m.Line("agent.who", p.id); a.ID == "" {
		a.ID = m.Line("agent.altId", requestor.First("altId", "userId.value", "userId", "reference.reference"))
	} else if alt := requestor.First("altId"); alt != "" && p.id == p.name {
		a.ID = m.Line("agent.altId", alt)
	}
	name := requestor.First("name")
	if name == "" {
		name = p.name
	}
	if a.Name = m.Line("agent.name", name); a.Name == a.ID {
		a.Name = ""
	}
	for _, field := range []string{"role", "type"} {
		for n := range requestor.All(field) {
			for c := range codings(n) {
				if a.Role == "" && !strings.HasPrefix(c.First("code"), "11015") {
					a.Role = m.role(c)
				}
			}
		}
	}
	if a != (event.Actor{}) {
		e.Actor = &a
	}
	return requestor
}

// others counts the agents that are somewhere in the record and nowhere in the event: it has one actor, and persons at no end
// of a transfer.
func (m *Mapper) others(e *event.Event, r, actor audit.Node) {
	placed := []string{e.Requester, e.From.Organisation, e.From.System, e.To.Organisation, e.To.System, m.system(r)}
	for _, list := range []string{"agent", "participant"} {
		for a := range r.All(list) {
			if a == actor {
				continue
			}
			p := m.party(r, a.At("who"))
			switch id := m.named(p); {
			case id != "" && slices.Contains(placed, id):
			case e.Actor != nil && p.id != "" && p.id == e.Actor.ID: // the same once more, in another part
			case p.id != "" || a.First("name", "altId") != "":
				m.Gap(audit.GapField, list+".who", "somebody who took part besides the actor, for whom the event has no place", format.LostValue)
			}
		}
	}
}

// role makes an identifier of a coding: of its words, where the code is a number.
func (m *Mapper) role(c audit.Node) string {
	s := c.First("code")
	if strings.Trim(s, "0123456789.") == "" {
		s = c.First("display")
	}
	return m.Slug(s)
}

// ends are the two ends of a transfer: the agents that DICOM calls source (110153) and destination (110152).
func (m *Mapper) ends(r audit.Node) (from, to event.Place) {
	for a := range r.All("agent") {
		p := m.party(r, a.At("who"))
		id := m.named(p)
		if id == "" {
			continue
		}
		place := event.Place{Organisation: id}
		if p.device {
			place = event.Place{System: id}
		}
		source, destination := end(a)
		if source && from == (event.Place{}) {
			from = place
		}
		if destination && to == (event.Place{}) {
			to = place
		}
	}
	return from, to
}

// end reports whether an agent is the source or the destination of a transfer.
func end(a audit.Node) (source, destination bool) {
	for _, field := range []string{"type", "role"} {
		for n := range a.All(field) {
			source = source || code(n, "110153")
			destination = destination || code(n, "110152") || code(n, "IRCP") || code(n, "PRCP")
		}
	}
	return source, destination
}
