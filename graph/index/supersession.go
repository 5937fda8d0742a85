package index

import (
	"cmp"
	"runtime"
	"slices"
	"sort"
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

// supersessions are all entries that are superseded. Corrections are few, so that whoever asks of many entries looks at a
// list of those instead of into every part for each. What the log said of one size it says of all later ones: the list only
// grows.
type supersessions struct {
	mu   sync.Mutex
	upTo uint32
	all  []supersession // by entry; replaced, never changed
	open []correction   // of entries that are not there
}

// below returns the list for what is asked as of a limit: those that were superseded since are on it, too.
func (s *supersessions) below(st *state, limit uint32) []supersession {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.upTo < limit {
		s.extend(st, limit)
	}
	return s.all
}

// Superseded reports whether an entry below asOf of the same source corrects the one with this index, which must be
// below [Index.Size].
func (x *Index) Superseded(index, asOf uint64) bool {
	row, _ := x.visible(index)
	limit, st := x.limit(asOf)
	defer runtime.KeepAlive(st)
	all := x.supersessions.below(st, limit)
	i, ok := slices.BinarySearchFunc(all, row, func(one supersession, row uint32) int { return cmp.Compare(one.entry, row) })
	return ok && all[i].since < limit
}

// supersededBelow returns the entries below limit that an entry below limit supersedes, in order.
func (x *Index) supersededBelow(st *state, limit uint32) []uint32 {
	var entries []uint32
	for _, one := range x.supersessions.below(st, limit) {
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
	slices.SortFunc(more, func(a, b supersession) int {
		return cmp.Or(cmp.Compare(a.entry, b.entry), cmp.Compare(a.since, b.since))
	})
	s.all = joined(s.all, more)
}

// joined makes one ascending list of two, in which each entry is superseded as early as either says.
func joined(a, b []supersession) []supersession {
	all := make([]supersession, 0, len(a)+len(b))
	for len(a)+len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && b[0].entry < a[0].entry {
			from = &b
		}
		if one := (*from)[0]; len(all) > 0 && all[len(all)-1].entry == one.entry {
			last := &all[len(all)-1]
			last.since = min(last.since, one.since)
		} else {
			all = append(all, one)
		}
		*from = (*from)[1:]
	}
	return all
}

func (h *head) corrections(to []correction, from, limit uint32) []correction {
	n := int(h.corrected.Load())
	for i := sort.Search(n, func(i int) bool { return h.correct.at(uint32(i)).by >= from }); i < n; i++ {
		c := *h.correct.at(uint32(i))
		if c.by >= limit {
			break
		}
		to = append(to, c)
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
