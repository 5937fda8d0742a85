package fhir

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// build makes the event of a record.
func (m *Mapper) build(r audit.Node, kind event.Kind, id string) *event.Event {
	e := &event.Event{ID: id, Kind: kind, Exercise: m.Exercise, Occurred: m.occurred(r), Unit: m.Unit, Basis: slices.Clone(m.Basis)}
	if failed(r) {
		switch kind {
		case event.KindQuery, event.KindConsult, event.KindCompare, event.KindMatch:
			e.Result = &event.Result{State: event.ResultFailed}
		default:
			m.Gap(audit.GapFailed, "outcome", "the record says that it failed", format.LostNone)
			return nil
		}
	}
	system := m.system(r)
	place := event.Place{System: system}
	actor := m.agents(e, r)
	var from, to event.Place
	if kind == event.KindDisclose || kind == event.KindReceive {
		from, to = m.ends(r)
	}
	switch kind {
	case event.KindQuery, event.KindMatch:
		if system != "" {
			e.Databases = []event.Database{{System: system}}
		}
	case event.KindDisclose:
		if e.From, e.To = place, to; system == "" {
			e.From = from
		}
	case event.KindReceive:
		if e.From, e.To = from, place; system == "" {
			e.To = to
		}
	case event.KindEnrol, event.KindCapture, event.KindCompare:
		e.To = place
	case event.KindRelease, event.KindRestrict:
	default:
		e.From = place
	}
	m.others(e, r, actor)
	words := m.words(r)
	for n := range r.All("entity") {
		words += m.entity(e, r, n, system)
	}
	for n := range r.All("object") { // R2
		words += m.entity(e, r, n, system)
	}
	if p := r.At("patient"); p.Branch() {
		m.person(e, m.party(r, p), "patient")
	}
	m.purposes(e, r)
	e.Text.EN = m.Wording("entity", words)
	return e
}

// system is the identifier of the system that wrote the record.
func (m *Mapper) system(r audit.Node) string {
	s := r.At("source")
	observer := m.party(r, s.At("observer"))
	site := []string{s.First("site"), s.First("site.display"), s.First("site.reference"), s.First("site.identifier.value"), s.First("identifier.value"), s.First("reference.reference")}
	if id := m.Known(append(observer.names, site...)...); id != "" {
		return id
	}
	if m.System != "" {
		return m.System
	}
	if !observer.person && observer.id != "" && !m.human(r, observer) {
		if observer.name != "" {
			return m.Named(observer.name)
		}
		return m.Named(observer.id)
	}
	return m.Named(site...)
}

// person adds somebody whose records they are.
func (m *Mapper) person(e *event.Event, p party, role string) {
	x := event.Person{ID: m.Line("entity.what", p.id), Role: role}
	if x.Name = m.Line("entity.what.display", p.name); x.Name == x.ID {
		x.Name = ""
	}
	if (x.ID != "" || x.Name != "") && !slices.ContainsFunc(e.Persons, func(y event.Person) bool { return y.ID == x.ID && y.Name == x.Name }) {
		e.Persons = append(e.Persons, x)
	}
}

// entity adds what an entity is, and returns what it says in words.
func (m *Mapper) entity(e *event.Event, r, n audit.Node, system string) (words string) {
	what := n.At("what")
	if !what.Branch() {
		what = n.At("reference") // R3
	}
	p := m.party(r, what)
	if p.id == "" {
		p.id = n.First("identifier.value", "what.identifier.value")
	}
	image := m.digests(e, r, n, what)
	_, digest := audit.Digest(p.id)
	pictured := image
	// The record of a patient is about that patient, whatever part it has; who has the part of one is a patient, whatever it is.
	patient, told := false, false
	for _, c := range []audit.Node{n.At("role"), n.At("type")} {
		told = told || c.There()
		system := c.First("system", "coding.system")
		patient = patient || code(c, "1") && (system == "" || strings.Contains(system, "object") || strings.Contains(system, "entity"))
	}
	name := n.First("name")
	if p.patient && !patient {
		x := p
		if ref := what.First("reference"); ref != "" {
			x.id, _, _ = strings.Cut(ref, "/_history/")
		}
		m.person(e, x, "patient")
		image = image || !told // it is the person that was looked at, not a record of another sort
	}
	switch {
	case code(n.At("type"), "XrequestId"): // IHE BALP: the number of the request, not a record
		m.Gap(audit.GapField, "entity.what", "the number of the request, for which an event has no place", format.LostValue)
	case patient:
		if p.name == "" {
			p.name, name = name, ""
		}
		m.person(e, p, "patient")
	case image && !pictured:
	case pictured && digest: // the image has it
	case p.id != "":
		if ref := m.Line("entity.what", p.id); ref != "" && !slices.ContainsFunc(e.Records, func(x event.Record) bool { return x.Reference == ref }) {
			e.Records = append(e.Records, event.Record{System: system, Reference: ref})
		}
	}
	if name != "" {
		words += "; " + name
	}
	if s := n.First("description"); s != "" {
		words += "; " + s
	}
	if q := n.First("query"); q != "" {
		switch text, ok := decoded(q); {
		case ok:
			words += "; query: " + text
			if e.Kind == event.KindQuery && e.Input == "" {
				e.Input = event.InputText
			}
		default:
			m.Gap(audit.GapValue, "entity.query", "not text in base64", format.LostValue)
		}
	}
	return words
}

// decoded is the text of base64, with or without padding and white space.
func decoded(s string) (string, bool) {
	s = strings.TrimRight(strings.Join(strings.Fields(s), ""), "=")
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		b, err = base64.RawURLEncoding.DecodeString(s)
	}
	return string(b), err == nil && utf8.Valid(b) && len(b) > 0
}

// purposes fills the purpose, what is said of it in words, and whether it was an emergency.
func (m *Mapper) purposes(e *event.Event, r audit.Node) {
	var list []audit.Node
	for a := range r.All("agent") {
		if a.First("requestor") == "true" {
			list = slices.AppendSeq(list, a.All("purposeOfUse"))
			list = slices.AppendSeq(list, a.All("authorization"))
		}
	}
	for _, name := range []string{"purposeOfEvent", "authorization"} {
		list = slices.AppendSeq(list, r.All(name))
	}
	for a := range r.All("agent") {
		list = slices.AppendSeq(list, a.All("purposeOfUse"))
		list = slices.AppendSeq(list, a.All("authorization"))
	}
	for _, n := range list {
		for c := range codings(n) {
			s := c.First("code")
			switch s {
			case "BTG", "ETREAT", "ERTREAT", "BREAKGLASS":
				e.Urgent = true
			}
			id := m.Purposes[s]
			if id == "" {
				id = m.Slug(s)
			}
			switch {
			case e.Purpose == "":
				e.Purpose = id
			case id != e.Purpose:
				m.Gap(audit.GapField, "purpose", "an event has one purpose; recorded is the first", format.LostValue)
			}
		}
		if s := n.First("text"); s != "" && e.Justification == "" {
			e.Justification = m.Wording("purposeOfEvent.text", s)
		}
	}
	if e.Purpose == "" {
		e.Purpose = m.Purpose
	}
}

// failed reports whether the outcome is a failure: a code of RFC 3881, or of issue severities.
func failed(r audit.Node) bool {
	all := []string{r.First("outcome"), r.First("event.outcome")}
	for c := range codings(r.At("outcome")) {
		all = append(all, c.First("code"))
	}
	for c := range codings(r.At("outcome", "code")) {
		all = append(all, c.First("code"))
	}
	return slices.ContainsFunc(all, func(s string) bool { return slices.Contains([]string{"4", "8", "12", "error", "fatal"}, s) })
}

// words say what the record calls what was done.
func (m *Mapper) words(r audit.Node) string {
	s := "FHIR AuditEvent"
	for _, name := range []string{"type", "category", "subtype", "subType", "code"} {
		for n := range r.All(name) {
			said := n.First("text", "display", "code")
			for c := range codings(n) {
				if said = c.First("display"); said == "" {
					said = c.First("code")
				}
			}
			if said != "" {
				s += ", " + said
			}
		}
	}
	if d := r.First("outcomeDesc", "outcome.detail.text", "outcome.text"); d != "" {
		s += "; " + d
	}
	return s
}

// occurred is when it was done, or, where the record does not say, when it was recorded.
func (m *Mapper) occurred(r audit.Node) event.Time {
	for _, name := range []string{"period", "occurredPeriod"} {
		p := r.At(name)
		if !p.Branch() {
			continue
		}
		from, ok1 := m.moment(name+".start", p.First("start"))
		to, ok2 := m.moment(name+".end", p.First("end"))
		switch {
		case ok1 && ok2 && to.Latest > from.Earliest:
			return event.Time{Earliest: from.Earliest, Latest: to.Latest, Precision: event.Interval}
		case ok1 && ok2:
			if to.Latest < from.Earliest {
				m.Gap(audit.GapValue, name, "the period ends before it begins; recorded is its beginning", format.LostValue)
			}
			return from
		case ok1: // it may have gone on until it was written down
			until, _ := m.moment("recorded", r.First("recorded"))
			if until.IsZero() || until.Latest <= from.Earliest {
				return from
			}
			return event.Time{Earliest: from.Earliest, Latest: until.Latest, Precision: event.Interval}
		case ok2:
			return event.Time{Earliest: event.Beginning, Latest: to.Latest, Precision: event.Interval}
		}
	}
	for _, name := range []string{"occurredDateTime", "recorded", "event.dateTime"} {
		if t, ok := m.moment(name, r.First(name)); ok {
			return t
		}
	}
	return event.Time{}
}

// moment reads a dateTime or instant of FHIR: a year, a month, a day, or with a time of day and a zone.
func (m *Mapper) moment(field, s string) (event.Time, bool) {
	if s == "" {
		return event.Time{}, false
	}
	t, err := event.ParseTime(s)
	if err != nil || t.Precision == event.Interval {
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || at.Year() <= 1677 || at.Year() >= 2262 {
			m.Gap(audit.GapValue, field, "not a time", format.LostValue)
			return event.Time{}, false
		}
		return event.At(at), true
	}
	return t, true
}
