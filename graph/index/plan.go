package index

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// plan is a filter made ready for one tree size: terms that are lists, and tests on the row for what no list says
// or what a list would say more slowly.
type plan struct {
	terms []term // all must hold; the shortest first
	tests tests
	limit uint32 // entries from here on are invisible
	none  bool   // nothing can match
	scope *scope // nil: everything is visible
}

// tests are conditions on a row.
type tests struct {
	kinds    uint32 // bit set of codes; zero: any
	exercise Flags  // wanted value of the flag …
	eitherEx bool   // … unless both are wanted
	missing  Flags
	occurred event.Time
	recorded event.Time
}

func (t *tests) match(r *Row) bool {
	switch {
	case t.kinds != 0 && t.kinds>>r.Kind&1 == 0,
		!t.eitherEx && r.Flags&Exercise != t.exercise,
		r.Flags&t.missing != t.missing,
		!t.recorded.IsZero() && (r.Recorded < t.recorded.Earliest || r.Recorded > t.recorded.Latest):
		return false
	}
	return t.overlaps(r)
}

// overlaps is the test that most rows fail where a list knows nothing of time.
func (t *tests) overlaps(r *Row) bool {
	return t.occurred.IsZero() ||
		r.Precision != event.Unplaced && r.Earliest <= t.occurred.Latest && r.Latest >= t.occurred.Earliest
}

// matchZone reports whether a row of the zone can match.
func (t *tests) matchZone(z *zone) bool {
	return (t.kinds == 0 || t.kinds&z.kinds != 0) &&
		(t.recorded.IsZero() || z.recordedMin <= t.recorded.Latest && z.recordedMax >= t.recorded.Earliest) &&
		(t.occurred.IsZero() || z.earliest <= t.occurred.Latest && z.latest >= t.occurred.Earliest)
}

// limit is the first row that is invisible as of a tree size.
func (h *Head) limit(asOf uint64) uint32 { return uint32(min(asOf, h.size.Load())) }

// plan makes a filter ready.
func (h *Head) plan(f *Filter, limit uint32) *plan {
	p := &plan{limit: limit}
	key := make(keyBuffer, 0, 64)

	texts := func(d dimension, list []string) {
		if list == nil {
			return
		}
		var t term
		for _, s := range list {
			key = key.text(d, s)
			t = h.open(t, key, limit)
		}
		p.require(t)
	}
	texts(dimOrganisation, f.Organisations)
	texts(dimOwner, f.Owners)
	texts(dimSystem, f.Systems)
	texts(dimSource, f.Sources)
	texts(dimPurpose, f.Purposes)
	texts(dimCollection, f.Collections)
	texts(dimTransfer, f.Transfers)
	texts(dimAbout, f.About)
	texts(dimClaimant, f.Claimants)
	texts(dimProposition, f.Propositions)
	texts(dimQuestion, f.Questions)
	texts(dimDocument, f.Documents)
	texts(dimDeclared, f.Declared)
	texts(dimRole, f.Roles)
	texts(dimOperation, f.Operations)

	if f.Targets != nil {
		var t term
		for _, id := range f.Targets {
			key = key.entry(dimTarget, id)
			t = h.open(t, key, limit)
		}
		p.require(t)
	}
	p.subjects(h, dimImage, event.SubjectImage, f.Images, f.Inferred)
	p.subjects(h, dimActor, event.SubjectActor, f.Actors, f.Inferred)
	p.subjects(h, dimPerson, event.SubjectPerson, f.Persons, f.Inferred)
	p.subjects(h, dimCase, event.SubjectCase, f.Cases, f.Inferred)
	p.subjects(h, dimRecord, event.SubjectRecord, f.Records, f.Inferred)

	p.tests = tests{eitherEx: true, missing: f.Missing & missing, occurred: f.Occurred, recorded: f.Recorded}
	if f.Missing&^missing != 0 {
		p.none = true // no list is kept of these
	}

	// What follows can be tested on the row. A list is used where it is shorter than those there are, since it then
	// leads; otherwise the row is there anyway and the test costs nothing.
	if f.Kinds != nil {
		var t term
		for _, k := range f.Kinds {
			if c := kindCodes[k]; c != 0 && p.tests.kinds>>c&1 == 0 {
				p.tests.kinds |= 1 << c
				key = key.code(dimKind, byte(c))
				t = h.open(t, key, limit)
			}
		}
		p.offer(t)
	}
	if f.Exercise != nil {
		p.tests.eitherEx = false
		code := byte(0)
		if *f.Exercise {
			p.tests.exercise, code = Exercise, 1
		}
		key = key.code(dimExercise, code)
		p.offer(h.open(nil, key, limit))
	}
	for bit, rest := byte(0), p.tests.missing; rest != 0; bit, rest = bit+1, rest>>1 {
		if rest&1 != 0 {
			key = key.code(dimFlag, bit)
			p.offer(h.open(nil, key, limit))
		}
	}
	p.scope = h.within(f.Scope, limit)
	slices.SortFunc(p.terms, func(a, b term) int {
		switch x, y := a.count(), b.count(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return p
}

// open adds the list of a key to a term, where there is one and it has entries below limit.
func (h *Head) open(t term, key keyBuffer, limit uint32) term {
	name, ok := h.lookup(key)
	if !ok {
		return t
	}
	if n := h.lists.open(h.names.lists.at(name), limit); n.n > 0 {
		t = append(t, n)
	}
	return t
}

// subjects requires one of some subjects, each with what is linked to it.
func (p *plan) subjects(h *Head, d dimension, kind event.SubjectKind, list []event.Denotation, inferred bool) {
	if list != nil {
		p.require(h.denoted(d, kind, list, p.limit, inferred))
	}
}

// denoted returns the lists of some subjects and of what is linked to them.
func (h *Head) denoted(d dimension, kind event.SubjectKind, list []event.Denotation, limit uint32, inferred bool) (t term) {
	key := make(keyBuffer, 0, 32)
	seen := map[event.Denotation]bool{}
	for _, given := range list {
		if seen[given] {
			continue
		}
		for _, one := range h.Equivalent(kind, given, uint64(limit), inferred) {
			if seen[one] {
				continue
			}
			seen[one] = true
			sealer, ok := h.lookup(key.text(dimSealer, one.Sealer))
			if !ok {
				continue
			}
			key = key.subject(d, one.Pseudonym, sealer)
			t = h.open(t, key, limit)
		}
	}
	return t
}

func (p *plan) require(t term) {
	if len(t) == 0 {
		p.none = true
		return
	}
	p.terms = append(p.terms, t)
}

func (p *plan) offer(t term) {
	if len(t) == 0 {
		p.none = true
		return
	}
	n := t.count()
	for _, other := range p.terms {
		if other.count() <= n {
			return
		}
	}
	p.terms = append(p.terms, t)
}
