package trace

import (
	"cmp"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// maxGenerations bounds how far up a chain of DERIVE the origin of an image is looked for.
const maxGenerations = 32

// originOf returns where an image is from: what its entries state as origin, else who captured it, else the same of what
// it was derived from. Nothing is known where nothing is stated.
//
// Each edge of an image asks for it, so it is worked out once.
func (t *Tracer) originOf(m *image) (origin, error) {
	if !m.sought {
		o, err := t.originAbove(m, nil)
		if err != nil {
			return o, err
		}
		m.origin, m.sought = o, true
	}
	return m.origin, nil
}

func (t *Tracer) originAbove(m *image, below []*image) (o origin, err error) {
	if len(below) >= maxGenerations || slices.Contains(below, m) {
		return o, nil
	}
	made, err := t.stated(m, &o)
	if err != nil || len(o.organisations) > 0 {
		return o, err
	}
	var parents []*image
	for _, f := range made {
		switch f.kind {
		case event.KindCapture:
			if s := t.places.of(f.sk.To); s != nil {
				if s.System != "" {
					s = t.places.organisation(s.Organisation)
				}
				if s != nil {
					o.add(s)
				}
			}
		case event.KindDerive:
			ms, err := t.movesOf(f)
			if err != nil {
				return o, err
			}
			for _, v := range ms {
				if v.child == m && !slices.Contains(parents, v.image) {
					parents = append(parents, v.image)
				}
			}
		}
	}
	if len(o.organisations) > 0 {
		return o, nil
	}
	for _, p := range parents {
		above, err := t.originAbove(p, append(below, m))
		if err != nil {
			return o, err
		}
		for _, s := range above.organisations {
			o.add(s)
		}
	}
	return o, nil
}

// add adds an organisation that an image is from.
func (o *origin) add(s *site) {
	if !slices.Contains(o.organisations, s) {
		o.organisations = append(o.organisations, s)
	}
}

// stated adds what the entries of an image state as its origin. Where they state none, made are those that captured or
// derived it, in order of the log.
//
// A picture may be in very many entries, so what can say no more than is known of an entry before it is read, or was said
// by another, is not read.
func (t *Tracer) stated(m *image, o *origin) (made []*fact, err error) {
	take := func(f *fact) {
		if s := t.places.organisation(f.sk.Origin); s != nil && !t.candidate(f, m) {
			o.add(s)
		}
		if f.kind == event.KindCapture || f.kind == event.KindDerive {
			made = append(made, f)
		}
	}
	if m.read || t.most > 0 { // who has only so many to read reads them for the trail
		trail, err := t.trail(m)
		for _, f := range trail {
			take(f)
		}
		return made, err
	}
	read := func(i uint64) error {
		f, err := t.fact(i)
		if err == nil && !f.void && t.lists(f, m) {
			take(f)
		}
		return err
	}
	var later []uint64
	for i, err := range t.r.Select(index.Filter{Images: m.names}, m.names) {
		if err != nil {
			return nil, err
		}
		kind, origin, ok := t.r.Stated(i)
		if ok {
			if kind == event.KindCapture || kind == event.KindDerive {
				later = append(later, i)
			}
			s := t.places.organisation(origin)
			if s == nil || slices.Contains(o.organisations, s) {
				continue
			}
			if !finds(kind) {
				o.add(s)
				continue
			}
		}
		if err := read(i); err != nil {
			return nil, err
		}
	}
	if len(o.organisations) > 0 {
		return nil, nil
	}
	// Those read above were corrected, and are few: in order of the log with the others.
	early := made
	made = nil
	for _, i := range later {
		if err := read(i); err != nil {
			return nil, err
		}
	}
	made = append(made, early...)
	slices.SortStableFunc(made, func(a, b *fact) int { return cmp.Compare(a.index, b.index) })
	return made, nil
}

// finds reports whether images of an entry of a kind may be what a search returned.
func finds(k event.Kind) bool {
	switch k {
	case event.KindCapture, event.KindEnrol, event.KindDerive, event.KindDisclose, event.KindReceive, event.KindTrain, event.KindErase,
		event.KindRelease, event.KindRestrict, event.KindHold:
		return false
	}
	return true
}

// candidate reports whether an image is in a fact only as what a search returned: what the search states is of its probe.
func (t *Tracer) candidate(f *fact, m *image) bool {
	for i := range f.sk.Images {
		x := &f.sk.Images[i]
		if x.Role != event.RoleCandidate && !x.Pseudonym.IsZero() && slices.Contains(m.names, event.Denotation{Sealer: f.sk.Sealer, Pseudonym: x.Pseudonym}) {
			return false
		}
	}
	return true
}
