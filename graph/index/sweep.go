package index

import (
	"encoding/binary"

	"github.com/lichtspur/lichtspur/graph/event"
)

// A sweep looks at all rows of a stretch that match, a portion at a time and column by column, which takes a few
// nanoseconds a row where an iterator takes a hundred.

const sweepRows = zoneRows // of a portion, at most

// sweep is for one goroutine; its arrays are used again for each portion.
type sweep struct {
	*plan
	s     *stretch
	terms []union
	ended bool // a term has no more

	at               []uint32 // the rows of the portion, by their number in the part
	one, two, three  [sweepRows]uint64
	earliest, latest [sweepRows]int64
	placed           [sweepRows]bool
	rows             [sweepRows]uint32
}

// begin turns to a part, which it goes through once, from below.
func (w *sweep) begin(part int) {
	s := w.stretch(part)
	if w.s == s {
		return
	}
	w.s = s
	w.ended = w.s.none
	w.terms = w.terms[:0]
	for _, t := range w.s.terms {
		w.terms = append(w.terms, unite(upwards, t))
	}
	// The entries of a short time are worked out as a list, which then takes part.
	if t := w.tests.occurred; !w.ended && !t.IsZero() && countRuns(w.s.part, t, w.s.limit) < uint64(w.s.limit)/16 {
		w.terms = w.lead(w.s, upwards, w.terms)
	}
}

// portion finds the rows in [lo, hi) that match; all are in one zone. They are in at until the next call.
func (w *sweep) portion(lo, hi uint32) {
	w.at = w.rows[:0]
	if w.ended {
		return
	}
	if _, skip := w.skip(w.s, lo, upwards); skip {
		return
	}
	w.candidates(lo, hi)
	w.test()
	if w.scope != nil && len(w.at) > 0 {
		w.inScope()
	}
}

// candidates are the rows that all terms hold.
func (w *sweep) candidates(lo, hi uint32) {
	if len(w.terms) == 0 {
		w.at = w.rows[:hi-lo]
		for i := range w.at {
			w.at[i] = lo + uint32(i)
		}
		return
	}
	for row := lo; row < hi; row++ {
		for i := 0; i < len(w.terms); {
			next, ok := w.terms[i].seek(row)
			if !ok {
				w.ended = true
				return
			}
			if next != row && i > 0 {
				row, i = next, 0
				continue
			}
			row = next
			i++
		}
		if row < hi {
			w.at = append(w.at, row)
		}
	}
}

// test leaves out the rows that fail a test.
func (w *sweep) test() {
	t := &w.tests
	if t.kinds != 0 && len(w.at) > 0 {
		kinds := w.column(fieldKind, &w.one)
		w.keep(func(k int) bool { return t.kinds>>kinds[k]&1 != 0 })
	}
	if (!t.eitherEx || t.missing != 0) && len(w.at) > 0 {
		flags := w.column(fieldFlags, &w.one)
		w.keep(func(k int) bool {
			f := Flags(flags[k])
			return (t.eitherEx || f&Exercise == t.exercise) && f&t.missing == t.missing
		})
	}
	if !t.recorded.IsZero() && len(w.at) > 0 {
		recorded := w.column(fieldRecorded, &w.one)
		w.keep(func(k int) bool {
			return int64(recorded[k]) >= t.recorded.Earliest && int64(recorded[k]) <= t.recorded.Latest
		})
	}
	if !t.occurred.IsZero() && len(w.at) > 0 {
		w.times()
		w.keep(func(k int) bool {
			return w.placed[k] && w.earliest[k] <= t.occurred.Latest && w.latest[k] >= t.occurred.Earliest
		})
	}
}

// inScope leaves out the rows that are out of scope.
func (w *sweep) inScope() {
	kinds, flags, settings := w.column(fieldKind, &w.one), w.column(fieldFlags, &w.two), w.column(fieldSetting, &w.three)
	w.keep(func(k int) bool {
		return own>>kinds[k]&1 == 0 && (Flags(flags[k])&Public != 0 || w.scope.party(w.x, Setting(settings[k])) || w.s.whole.has(w.at[k]))
	})
}

// keep leaves out the rows that fail a test of their place in at.
func (w *sweep) keep(is func(k int) bool) {
	n := 0
	for k := range w.at {
		if is(k) {
			w.at[n] = w.at[k]
			n++
		}
	}
	w.at = w.at[:n]
}

// column reads a field of the rows.
func (w *sweep) column(field int, to *[sweepRows]uint64) []uint64 {
	w.s.gather(field, w.at, to[:len(w.at)])
	return to[:len(w.at)]
}

// times reads when the rows happened; it uses the arrays one and two.
func (w *sweep) times() {
	w.s.times(w.at, w)
}

// gather reads a field of some rows.
func (b *block) gather(field int, at []uint32, to []uint64) {
	f, size := b.layout.fields[field], b.layout.size
	data := b.rowData[f.offset:]
	for k, i := range at {
		to[k] = f.base + f.unit*(binary.LittleEndian.Uint64(data[int(i)*size:])&f.mask)
	}
}

func (b *block) times(at []uint32, w *sweep) {
	b.gather(fieldPrecision, at, w.one[:len(at)])
	for k, precision := range w.one[:len(at)] {
		w.placed[k] = event.Precision(precision) != event.Unplaced
	}
	b.gather(fieldEarliest, at, w.one[:len(at)])
	b.gather(fieldLength, at, w.two[:len(at)])
	for k := range at {
		w.earliest[k], w.latest[k] = int64(w.one[k]), int64(w.one[k])
		if n := w.two[k]; n != 0 && n < uint64(len(b.lengths)) {
			w.latest[k] = int64(w.one[k] + b.lengths[n])
		}
	}
}

func (h *head) gather(field int, at []uint32, to []uint64) {
	for k, i := range at {
		r := h.rows.at(i)
		switch field {
		case fieldRecorded:
			to[k] = uint64(r.Recorded)
		case fieldFrom:
			to[k] = uint64(r.From)
		case fieldTo:
			to[k] = uint64(r.To)
		case fieldRequester:
			to[k] = uint64(r.Requester)
		case fieldSource:
			to[k] = uint64(r.Source)
		case fieldPurpose:
			to[k] = uint64(r.Purpose)
		case fieldActor:
			to[k] = uint64(r.Actor)
		case fieldBasis:
			to[k] = uint64(r.Basis)
		case fieldSetting:
			to[k] = uint64(r.Setting)
		case fieldOrigin:
			to[k] = uint64(r.Origin)
		case fieldKind:
			to[k] = uint64(r.Kind)
		case fieldFlags:
			to[k] = uint64(r.Flags)
		}
	}
}

func (h *head) times(at []uint32, w *sweep) {
	for k, i := range at {
		r := h.rows.at(i)
		w.earliest[k], w.latest[k], w.placed[k] = r.Earliest, r.Latest, r.Precision != event.Unplaced
	}
}
