package index

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"github.com/lichtspur/lichtspur/graph/event"
)

// correction is a CORRECT entry that supersedes another one, if their source is the same.
type correction struct {
	of event.Pseudonym
	by uint32
}

// supersession says since which entry one is superseded.
type supersession struct{ entry, since uint32 }

// supersessions are all entries that are superseded. Corrections are few, so that a sweep over all entries looks at a list
// of those instead of asking for each. What the log said of one size it says of all later ones: the list only grows.
type supersessions struct {
	mu   sync.Mutex
	upTo uint32
	all  []supersession // by entry; replaced, never changed
	open []correction   // of entries that are not there
}

// supersededBelow returns the entries below limit that an entry below limit supersedes, in order.
func (x *Index) supersededBelow(st *state, limit uint32) []uint32 {
	s := &x.supersessions
	s.mu.Lock()
	if s.upTo < limit {
		s.extend(st, limit)
	}
	all := s.all
	s.mu.Unlock()
	var entries []uint32
	for _, one := range all {
		if one.entry < limit && one.since < limit {
			entries = append(entries, one.entry)
		}
	}
	return entries
}

// extend takes in the corrections below limit.
func (s *supersessions) extend(st *state, limit uint32) {
	found := s.open
	for _, p := range st.parts {
		if p.begin() < limit {
			found = p.corrections(found, s.upTo, limit)
		}
	}
	s.upTo, s.open = limit, nil
	var more []supersession
	var this, by Row
	for _, c := range found {
		of, ok := st.find(c.of)
		if !ok || of >= limit {
			s.open = append(s.open, c)
			continue
		}
		if st.row(of, &this); this.Source == 0 {
			continue
		}
		if st.row(c.by, &by); by.Source == this.Source {
			more = append(more, supersession{of, c.by})
		}
	}
	if len(more) == 0 {
		return
	}
	all := slices.Concat(s.all, more)
	slices.SortFunc(all, func(a, b supersession) int {
		return cmp.Or(cmp.Compare(a.entry, b.entry), cmp.Compare(a.since, b.since))
	})
	s.all = slices.CompactFunc(all, func(a, b supersession) bool { return a.entry == b.entry })
}

func (h *head) corrections(to []correction, from, limit uint32) []correction {
	for i := range h.corrected.Load() {
		if c := *h.correct.at(i); c.by >= from && c.by < limit {
			to = append(to, c)
		}
	}
	return to
}

func (b *block) corrections(to []correction, from, limit uint32) []correction {
	if b.begin()+b.rows() <= from {
		return to
	}
	l := &b.dims[dimSuperseded]
	for k := range l.keys {
		for w := (walker{numbers: l.numbers(k, b.rows())}); ; w.i++ {
			n, ok := w.seek(0)
			if !ok {
				break
			}
			if by := b.begin() + n; by >= from && by < limit {
				to = append(to, correction{l.keys[k], by})
			}
		}
	}
	runtime.KeepAlive(b)
	return to
}
