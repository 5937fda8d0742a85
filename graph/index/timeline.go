package index

import (
	"cmp"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// timeline keeps entries in order of the time they happened, whenever they arrive. What arrives is gathered in
// portions of tailRows, sorted, and merged with the portion before it where that is no larger, as the carries of a
// binary counter: an entry is moved a dozen times in its life, whether it is on time or decades late, and readers
// merge a dozen sorted runs. No merge is larger than maxRun, which bounds how long the writer stops.
//
// Entries are kept apart by how long their interval is, because what overlaps a day is found by beginning as long
// before it as the longest interval that could reach into it: one entry that spans decades would make every
// question begin decades earlier.
type timeline struct {
	class [len(spans) + 1]struct{ strata atomic.Pointer[strata] }
	rows  *column[Row]
}

// spans are the longest intervals (latest - earliest) of each class but the last, which has no limit.
var spans = [...]uint64{0, uint64(24 * time.Hour), uint64(31 * 24 * time.Hour), uint64(366 * 24 * time.Hour)}

const (
	tailRows = 256
	maxRun   = 1 << 20
)

// strata is one class of a timeline: sorted runs, earlier arrivals first, and what has arrived since, unsorted.
type strata struct {
	runs []*run
	tail *tail
}

// run is sorted by key, then by row. All its rows arrived before those of the next run.
type run struct {
	keys []int64 // earliest time
	rows []uint32
	low  uint32 // least row
}

type tail struct {
	n    atomic.Uint32
	rows [tailRows]uint32
}

// classOf returns the class of an interval. The difference is right for open ends, too, as it cannot overflow
// unsigned.
func classOf(earliest, latest int64) int {
	length := uint64(latest) - uint64(earliest)
	for i, s := range spans {
		if length <= s {
			return i
		}
	}
	return len(spans)
}

// add takes in a row that is placed in time.
func (t *timeline) add(row uint32, r *Row) {
	class := &t.class[classOf(r.Earliest, r.Latest)]
	s := class.strata.Load()
	if s == nil {
		s = &strata{tail: new(tail)}
		class.strata.Store(s)
	}
	n := s.tail.n.Load()
	s.tail.rows[n] = row
	s.tail.n.Store(n + 1)
	if n+1 < tailRows {
		return
	}
	last := t.sorted(s.tail.rows[:])
	runs := slices.Clone(s.runs)
	for len(runs) > 0 {
		before := runs[len(runs)-1]
		if len(before.keys) > len(last.keys) || len(before.keys)+len(last.keys) > maxRun {
			break
		}
		last, runs = merge(before, last), runs[:len(runs)-1]
	}
	class.strata.Store(&strata{runs: append(runs, last), tail: new(tail)})
}

// sorted makes a run of rows given in order of arrival.
func (t *timeline) sorted(rows []uint32) *run {
	type place struct {
		key int64
		row uint32
	}
	places := make([]place, len(rows))
	for i, row := range rows {
		places[i] = place{t.rows.at(row).Earliest, row}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
	})
	r := &run{make([]int64, len(rows)), make([]uint32, len(rows)), rows[0]}
	for i, p := range places {
		r.keys[i], r.rows[i] = p.key, p.row
	}
	return r
}

// merge joins two runs. Where keys are equal a goes first, as all its rows are less than those of b.
func merge(a, b *run) *run {
	n := len(a.keys) + len(b.keys)
	m := &run{make([]int64, n), make([]uint32, n), a.low}
	i, j := 0, 0
	for k := range m.keys {
		if j == len(b.keys) || i < len(a.keys) && a.keys[i] <= b.keys[j] {
			m.keys[k], m.rows[k] = a.keys[i], a.rows[i]
			i++
		} else {
			m.keys[k], m.rows[k] = b.keys[j], b.rows[j]
			j++
		}
	}
	return m
}

// lane is one run on the way of a pass; i is where it is, end where it stops.
type lane struct {
	*run
	i, end int
}

// pass goes over the timeline in one direction.
type pass struct {
	lanes []lane // a heap: the next one is the first
	step  int    // 1 or -1
	limit uint32 // rows from here on are invisible
	from  int64  // the interval's beginning
	rows  *column[Row]
}

// point is a place on the timeline.
type point struct {
	key int64
	row uint32
}

// pass begins a walk over the entries below limit that overlap [during], everything where that is unplaced,
// behind a point, or at the beginning where that is nil.
func (t *timeline) pass(during event.Time, limit uint32, desc bool, behind *point) *pass {
	p := &pass{step: 1, limit: limit, rows: t.rows, from: event.Beginning}
	if desc {
		p.step = -1
	}
	if !during.IsZero() {
		p.from = during.Earliest
	}
	for c := range t.class {
		t.each(c, limit, func(r *run) {
			lo, hi := bounds(r, c, during)
			if behind != nil {
				// The place of the point itself, or of the next one after it.
				at := sort.Search(len(r.keys), func(i int) bool {
					return r.keys[i] > behind.key || r.keys[i] == behind.key && r.rows[i] >= behind.row
				})
				if desc {
					hi = min(hi, at)
				} else {
					if at < len(r.keys) && r.rows[at] == behind.row {
						at++
					}
					lo = max(lo, at)
				}
			}
			if lo >= hi {
				return
			}
			l := lane{r, lo, hi}
			if desc {
				l.i, l.end = hi-1, lo-1
			}
			p.lanes = append(p.lanes, l)
		})
	}
	for i := len(p.lanes)/2 - 1; i >= 0; i-- {
		p.down(i)
	}
	return p
}

// each calls f with the runs of a class that hold rows below limit.
func (t *timeline) each(class int, limit uint32, f func(*run)) {
	s := t.class[class].strata.Load()
	if s == nil {
		return
	}
	for _, r := range s.runs {
		if r.low >= limit {
			return
		}
		f(r)
	}
	rows := s.tail.rows[:s.tail.n.Load()]
	// What is being applied at this moment is not below any limit.
	for len(rows) > 0 && rows[len(rows)-1] >= limit {
		rows = rows[:len(rows)-1]
	}
	if len(rows) > 0 {
		f(t.sorted(rows))
	}
}

// bounds returns where in a run of a class the entries are that may overlap an interval.
func bounds(r *run, class int, during event.Time) (lo, hi int) {
	if during.IsZero() {
		return 0, len(r.keys)
	}
	if class < len(spans) {
		from := during.Earliest - int64(spans[class])
		if from > during.Earliest {
			from = event.Beginning
		}
		lo, _ = slices.BinarySearch(r.keys, from)
	}
	hi = sort.Search(len(r.keys), func(i int) bool { return r.keys[i] > during.Latest })
	return lo, hi
}

// count returns about how many entries below limit overlap an interval, never too few.
func (t *timeline) count(during event.Time, limit uint32) (n uint64) {
	for c := range t.class {
		t.each(c, limit, func(r *run) {
			if lo, hi := bounds(r, c, during); lo < hi {
				n += uint64(hi - lo)
			}
		})
	}
	return n
}

// next returns the next entry.
func (p *pass) next() (point, bool) {
	for len(p.lanes) > 0 {
		l := &p.lanes[0]
		at := point{l.keys[l.i], l.rows[l.i]}
		l.i += p.step
		if l.i == l.end {
			p.lanes[0] = p.lanes[len(p.lanes)-1]
			p.lanes = p.lanes[:len(p.lanes)-1]
		}
		p.down(0)
		if at.row < p.limit && (p.from == event.Beginning || p.rows.at(at.row).Latest >= p.from) {
			return at, true
		}
	}
	return point{}, false
}

// down restores the heap below lane i.
func (p *pass) down(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(p.lanes); c++ {
			if p.sooner(&p.lanes[c], &p.lanes[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		p.lanes[i], p.lanes[least] = p.lanes[least], p.lanes[i]
		i = least
	}
}

func (p *pass) sooner(a, b *lane) bool {
	x, y := a.keys[a.i], b.keys[b.i]
	if x == y {
		return (a.rows[a.i] < b.rows[b.i]) == (p.step > 0)
	}
	return (x < y) == (p.step > 0)
}
