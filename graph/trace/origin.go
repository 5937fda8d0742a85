package trace

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
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
	trail, err := t.trail(m)
	if err != nil {
		return o, err
	}
	var captured []*site
	var parents []*image
	for _, f := range trail {
		if s := t.places.organisation(f.sk.Origin); s != nil && !t.candidate(f, m) && !slices.Contains(o.organisations, s) {
			o.organisations = append(o.organisations, s)
		}
		switch f.kind {
		case event.KindCapture:
			if s := t.places.of(f.sk.To); s != nil {
				if s.System != "" {
					s = t.places.organisation(s.Organisation)
				}
				if s != nil && !slices.Contains(captured, s) {
					captured = append(captured, s)
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
	if len(o.organisations) == 0 {
		o.organisations = captured
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
			if !slices.Contains(o.organisations, s) {
				o.organisations = append(o.organisations, s)
			}
		}
	}
	return o, nil
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
