package event

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// slot is one place of an event for a sealed value. Its pointer is before, index (unless negative) and after.
type slot struct {
	before string
	index  int
	after  string
	value  *string
	// kind and of say whom the value is about: the subject with that pseudonym; where of is nil, the entry itself for
	// SubjectEntry, and every party of the event for "".
	kind SubjectKind
	of   *Pseudonym
}

// appendName appends the JSON pointer of the slot.
func (s *slot) appendName(b []byte) []byte {
	b = append(b, s.before...)
	if s.index >= 0 {
		b = strconv.AppendInt(b, int64(s.index), 10)
	}
	return append(b, s.after...)
}

// hasPublicText reports whether the event's text is public wording: that of a claim or a declaration, or of the
// correction of one. All other text is free text and sealed.
func (e *Event) hasPublicText() bool { return e.Claim != nil || e.Declaration != nil }

// slots calls f for each slot of the event, filled or not, in a fixed order.
func (e *Event) slots(f func(slot)) {
	f(slot{"/id", -1, "", &e.ID, SubjectEntry, nil})
	if a := e.Actor; a != nil {
		f(slot{"/actor/id", -1, "", &a.ID, SubjectActor, &a.Pseudonym})
		f(slot{"/actor/name", -1, "", &a.Name, SubjectActor, &a.Pseudonym})
	}
	if e.Authorisation != nil && e.Authorisation.By != nil {
		a := e.Authorisation.By
		f(slot{"/authorisation/by/id", -1, "", &a.ID, SubjectActor, &a.Pseudonym})
		f(slot{"/authorisation/by/name", -1, "", &a.Name, SubjectActor, &a.Pseudonym})
	}
	if c := e.Case; c != nil {
		f(slot{"/case/reference", -1, "", &c.Reference, SubjectCase, &c.Pseudonym})
		f(slot{"/case/note", -1, "", &c.Note, SubjectCase, &c.Pseudonym})
	}
	for i := range e.Images {
		m := &e.Images[i]
		f(slot{"/images/", i, "/digest", &m.Digest, SubjectImage, &m.Pseudonym})
	}
	for i := range e.Persons {
		p := &e.Persons[i]
		f(slot{"/persons/", i, "/id", &p.ID, SubjectPerson, &p.Pseudonym})
		f(slot{"/persons/", i, "/name", &p.Name, SubjectPerson, &p.Pseudonym})
	}
	for i := range e.Records {
		r := &e.Records[i]
		f(slot{"/records/", i, "/reference", &r.Reference, SubjectRecord, &r.Pseudonym})
	}
	for i := range e.Verifiers {
		a := &e.Verifiers[i]
		f(slot{"/verifiers/", i, "/id", &a.ID, SubjectActor, &a.Pseudonym})
		f(slot{"/verifiers/", i, "/name", &a.Name, SubjectActor, &a.Pseudonym})
	}
	for i := range e.Relates {
		f(slot{"/relates/", i, "/id", &e.Relates[i].ID, SubjectEntry, nil})
	}
	f(slot{"/unit", -1, "", &e.Unit, "", nil})
	f(slot{"/justification", -1, "", &e.Justification, "", nil})
	if e.Consent != nil {
		f(slot{"/consent/scope", -1, "", &e.Consent.Scope, "", nil})
	}
	if e.Permission != nil {
		f(slot{"/permission/scope", -1, "", &e.Permission.Scope, "", nil})
	}
	if !e.hasPublicText() {
		f(slot{"/text/en", -1, "", &e.Text.EN, "", nil})
		f(slot{"/text/de", -1, "", &e.Text.DE, "", nil})
	}
}

// slot returns the slot that the JSON pointer names, if the event has room for it.
func (e *Event) slot(name string) (slot, bool) {
	one := func(value *string, kind SubjectKind, of *Pseudonym) (slot, bool) {
		return slot{name, -1, "", value, kind, of}, true
	}
	switch name {
	case "/id":
		return one(&e.ID, SubjectEntry, nil)
	case "/unit":
		return one(&e.Unit, "", nil)
	case "/justification":
		return one(&e.Justification, "", nil)
	case "/actor/id", "/actor/name":
		return e.Actor.slot(name, -1, name[len("/actor"):])
	case "/authorisation/by/id", "/authorisation/by/name":
		if e.Authorisation == nil {
			return slot{}, false
		}
		return e.Authorisation.By.slot(name, -1, name[len("/authorisation/by"):])
	case "/case/reference", "/case/note":
		if e.Case == nil {
			return slot{}, false
		}
		if name == "/case/note" {
			return one(&e.Case.Note, SubjectCase, &e.Case.Pseudonym)
		}
		return one(&e.Case.Reference, SubjectCase, &e.Case.Pseudonym)
	case "/consent/scope":
		if e.Consent == nil {
			return slot{}, false
		}
		return one(&e.Consent.Scope, "", nil)
	case "/permission/scope":
		if e.Permission == nil {
			return slot{}, false
		}
		return one(&e.Permission.Scope, "", nil)
	case "/text/en", "/text/de":
		if e.hasPublicText() {
			return slot{}, false
		}
		if name == "/text/de" {
			return one(&e.Text.DE, "", nil)
		}
		return one(&e.Text.EN, "", nil)
	}
	return e.listSlot(name)
}

// listSlot returns the slot that a pointer into a list names.
func (e *Event) listSlot(name string) (slot, bool) {
	for _, list := range [...]string{"/images/", "/persons/", "/records/", "/verifiers/", "/relates/"} {
		rest, ok := strings.CutPrefix(name, list)
		if !ok {
			continue
		}
		end := strings.IndexByte(rest, '/')
		if end < 1 || end > 5 || rest[0] == '0' && end > 1 {
			return slot{}, false
		}
		n, ok := digits(rest, 0, end)
		i, after := int(n), rest[end:]
		switch {
		case !ok:
		case list == "/images/" && i < len(e.Images) && after == "/digest":
			return slot{list, i, after, &e.Images[i].Digest, SubjectImage, &e.Images[i].Pseudonym}, true
		case list == "/persons/" && i < len(e.Persons) && after == "/id":
			return slot{list, i, after, &e.Persons[i].ID, SubjectPerson, &e.Persons[i].Pseudonym}, true
		case list == "/persons/" && i < len(e.Persons) && after == "/name":
			return slot{list, i, after, &e.Persons[i].Name, SubjectPerson, &e.Persons[i].Pseudonym}, true
		case list == "/records/" && i < len(e.Records) && after == "/reference":
			return slot{list, i, after, &e.Records[i].Reference, SubjectRecord, &e.Records[i].Pseudonym}, true
		case list == "/verifiers/" && i < len(e.Verifiers):
			return e.Verifiers[i].slot(list, i, after)
		case list == "/relates/" && i < len(e.Relates) && after == "/id":
			return slot{list, i, after, &e.Relates[i].ID, SubjectEntry, nil}, true
		}
		return slot{}, false
	}
	return slot{}, false
}

// slot returns the slot of an actor; member is "/id" or "/name".
func (a *Actor) slot(before string, index int, member string) (slot, bool) {
	if a == nil || member != "/id" && member != "/name" {
		return slot{}, false
	}
	s := slot{before, index, member, &a.ID, SubjectActor, &a.Pseudonym}
	if member == "/name" {
		s.value = &a.Name
	}
	if index < 0 {
		s.after = "" // before is the whole pointer
	}
	return s, true
}

// party is somebody or something that an event is about, with the value that its pseudonym is made from.
type party struct {
	before     string
	index      int
	kind       SubjectKind
	identifier string
	of         *Pseudonym
}

// parties calls f for each party of the event, identified or not. An actor or person is identified by the id, by the
// name where there is no id.
func (e *Event) parties(f func(party)) {
	if a := e.Actor; a != nil {
		f(party{"/actor", -1, SubjectActor, either(a.ID, a.Name), &a.Pseudonym})
	}
	if e.Authorisation != nil && e.Authorisation.By != nil {
		a := e.Authorisation.By
		f(party{"/authorisation/by", -1, SubjectActor, either(a.ID, a.Name), &a.Pseudonym})
	}
	if c := e.Case; c != nil {
		f(party{"/case", -1, SubjectCase, c.Reference, &c.Pseudonym})
	}
	for i := range e.Images {
		f(party{"/images/", i, SubjectImage, e.Images[i].Digest, &e.Images[i].Pseudonym})
	}
	for i := range e.Persons {
		p := &e.Persons[i]
		f(party{"/persons/", i, SubjectPerson, either(p.ID, p.Name), &p.Pseudonym})
	}
	for i := range e.Records {
		f(party{"/records/", i, SubjectRecord, e.Records[i].Reference, &e.Records[i].Pseudonym})
	}
	for i := range e.Verifiers {
		a := &e.Verifiers[i]
		f(party{"/verifiers/", i, SubjectActor, either(a.ID, a.Name), &a.Pseudonym})
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// subjects returns all parties of a skeleton's or opened event that have a pseudonym, in order and each once; the
// entry itself where there are none.
func (e *Event) subjects(entry Pseudonym) []Subject {
	list := make([]Subject, 0, 8)
	e.parties(func(p party) {
		if !p.of.IsZero() {
			list = append(list, Subject{p.kind, *p.of})
		}
	})
	if len(list) == 0 {
		return append(list, Subject{SubjectEntry, entry})
	}
	slices.SortFunc(list, func(a, b Subject) int {
		if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
			return c
		}
		return bytes.Compare(a.Pseudonym[:], b.Pseudonym[:])
	})
	return slices.Compact(list)
}

// detached returns a copy of the event that shares no part with a sealed value or pseudonym in it.
func (e *Event) detached() *Event {
	c := *e
	c.detach()
	return &c
}

func (e *Event) detach() {
	e.Actor = clone(e.Actor)
	e.Case = clone(e.Case)
	e.Consent = clone(e.Consent)
	e.Permission = clone(e.Permission)
	if e.Authorisation = clone(e.Authorisation); e.Authorisation != nil {
		e.Authorisation.By = clone(e.Authorisation.By)
	}
	e.Images = slices.Clone(e.Images)
	e.Persons = slices.Clone(e.Persons)
	e.Records = slices.Clone(e.Records)
	e.Verifiers = slices.Clone(e.Verifiers)
	e.Relates = slices.Clone(e.Relates)
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
