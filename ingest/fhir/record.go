package fhir

import (
	"encoding/base64"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
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
	m.agents(e, r)
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

// agents fills the actor, the requester and legal bases.
func (m *Mapper) agents(e *event.Event, r audit.Node) {
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
		return
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
	case image:
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
		case ok1:
			return from
		case ok2:
			return to
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
