package index

import (
	"cmp"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// plan is a filter made ready for one tree size: conditions that are lists, by their keys, and tests on the row for
// what no list says or what a list would say more slowly. It is for one goroutine.
type plan struct {
	x     *Index
	st    *state
	limit uint32 // entries from here on are invisible

	require [][]key // of each, one of the lists must hold the entry
	offer   [][]key // likewise, but the tests say the same
	tests   tests
	scope   *scope // nil: everything is visible
	none    bool   // nothing can match
	// All entries that match are wanted, column by column: a list of what the tests say too is used only where it is short.
	sweeping bool

	stretches []*stretch // made when they are first looked at
}

// stretch is a plan made ready for one part.
type stretch struct {
	part
	terms []term // all must hold; the shortest first
	whole term   // lists of the images whose whole trail is open
	limit uint32 // of the part's own numbers
	none  bool   // nothing can match
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

// plan makes a filter ready.
func (x *Index) plan(f *Filter, st *state, limit uint32) *plan {
	p := &plan{x: x, st: st, limit: limit, stretches: make([]*stretch, len(st.parts))}
	name := make(nameBuffer, 0, 64)
	texts := func(d dimension, list []string) {
		if list == nil {
			return
		}
		var keys []key
		for _, s := range list {
			if n, ok := x.names.find(name.text(d, s)); ok {
				keys = append(keys, nameKey(d, Name(n)))
			}
		}
		p.demand(keys)
	}
	texts(dimOrganisation, f.Organisations)
	texts(dimOwner, f.Owners)
	texts(dimSystem, f.Systems)
	texts(dimSource, f.Sources)
	texts(dimPurpose, f.Purposes)
	texts(dimCollection, f.Collections)
	texts(dimAbout, f.About)
	texts(dimClaimant, f.Claimants)
	texts(dimProposition, f.Propositions)
	texts(dimQuestion, f.Questions)
	texts(dimDocument, f.Documents)
	texts(dimDeclared, f.Declared)
	texts(dimRole, f.Roles)
	texts(dimOperation, f.Operations)
	if f.Transfers != nil {
		var keys []key
		for _, reference := range f.Transfers {
			keys = append(keys, transferKey(reference))
		}
		p.demand(keys)
	}
	if f.Targets != nil {
		var keys []key
		for _, id := range f.Targets {
			keys = append(keys, entryKey(dimTarget, id))
		}
		p.demand(keys)
	}
	for _, s := range [...]struct {
		dim  dimension
		list []event.Denotation
	}{{dimImage, f.Images}, {dimActor, f.Actors}, {dimPerson, f.Persons}, {dimCase, f.Cases}, {dimRecord, f.Records}} {
		if s.list != nil {
			p.demand(p.denoted(s.dim, s.list, f.Inferred))
		}
	}

	p.tests = tests{eitherEx: true, missing: f.Missing & missing, occurred: f.Occurred, recorded: f.Recorded}
	if f.Missing&^missing != 0 {
		p.none = true // no list is kept of these
	}

	// What follows can be tested on the row. A list is used where it is shorter than those there are, since it then
	// leads; otherwise the row is there anyway and the test costs nothing.
	if f.Kinds != nil {
		var keys []key
		for _, k := range f.Kinds {
			if c := kindCodes[k]; c != 0 && p.tests.kinds>>c&1 == 0 {
				p.tests.kinds |= 1 << c
				keys = append(keys, codeKey(dimKind, byte(c)))
			}
		}
		p.none = p.none || len(keys) == 0
		p.offer = append(p.offer, keys)
	}
	if f.Exercise != nil {
		p.tests.eitherEx = false
		code := byte(0)
		if *f.Exercise {
			p.tests.exercise, code = Exercise, 1
		}
		p.offer = append(p.offer, []key{codeKey(dimExercise, code)})
	}
	for bit, rest := byte(0), p.tests.missing; rest != 0; bit, rest = bit+1, rest>>1 {
		if rest&1 != 0 {
			p.offer = append(p.offer, []key{codeKey(dimFlag, bit)})
		}
	}
	p.scope = p.within(f.Scope)
	return p
}

// demand adds a condition.
func (p *plan) demand(keys []key) {
	p.none = p.none || len(keys) == 0
	p.require = append(p.require, keys)
}

// denoted returns the keys of some subjects, each with what is linked to it.
func (p *plan) denoted(d dimension, list []event.Denotation, inferred bool) (keys []key) {
	name := make(nameBuffer, 0, 64)
	seen := make(map[event.Denotation]bool, len(list))
	for _, given := range list {
		if seen[given] {
			continue
		}
		for _, one := range p.x.equivalent(p.st, d, given, p.limit, inferred) {
			if seen[one] {
				continue
			}
			seen[one] = true
			if sealer, ok := p.x.names.find(name.text(dimSealer, one.Sealer)); ok {
				keys = append(keys, subjectKey(d, one.Pseudonym, sealer))
			}
		}
	}
	return keys
}

// few is how many rows are sooner tested than a list that would say the same is found.
const few = 64

// stretch makes the plan ready for a part.
func (p *plan) stretch(i int) *stretch {
	if p.stretches[i] != nil {
		return p.stretches[i]
	}
	part := p.st.parts[i]
	s := &stretch{part: part, limit: p.limit - part.begin()}
	if i+1 < len(p.st.parts) {
		s.limit = min(s.limit, p.st.parts[i+1].begin()-part.begin())
	}
	p.stretches[i] = s
	for _, keys := range p.require {
		t := s.open(keys)
		if s.none = len(t) == 0; s.none {
			return s
		}
		s.terms = append(s.terms, t)
	}
	shortest := ^uint64(0)
	for _, t := range s.terms {
		shortest = min(shortest, t.count())
	}
	for _, keys := range p.offer {
		if shortest <= few {
			break
		}
		t := s.open(keys)
		if s.none = len(t) == 0; s.none {
			return s
		}
		n := t.count()
		if p.sweeping && n > uint64(s.limit)/16 {
			continue
		}
		if !slices.ContainsFunc(s.terms, func(other term) bool { return other.count() <= n }) {
			s.terms = append(s.terms, t)
		}
	}
	slices.SortStableFunc(s.terms, func(a, b term) int { return cmp.Compare(a.count(), b.count()) })
	if p.scope != nil {
		s.whole = s.open(p.scope.whole)
	}
	return s
}

// open returns the lists of keys that have entries.
func (s *stretch) open(keys []key) (t term) {
	for i := range keys {
		if n := s.list(&keys[i], s.limit); n.n > 0 {
			t = append(t, n)
		}
	}
	return t
}

// holds reports whether a row meets all terms and tests.
func (s *stretch) holds(p *plan, at uint32, r *Row) bool {
	if !p.tests.match(r) {
		return false
	}
	for _, t := range s.terms {
		if !t.has(at) {
			return false
		}
	}
	return p.scope.holds(p.x, s.whole, at, r)
}
