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
	class [classes]struct{ strata atomic.Pointer[strata] }
	rows  *column[Row]
}

// spans are the longest intervals (latest - earliest) of each class but the last, which has no limit.
var spans = [...]uint64{0, uint64(24 * time.Hour), uint64(31 * 24 * time.Hour), uint64(366 * 24 * time.Hour)}

const (
	classes    = len(spans) + 1
	sparseRows = 32 // of a block's run every so many-th key is kept
	tailRows   = 256
	maxRun     = 1 << 20
)

// strata is one class of a timeline: sorted runs, earlier arrivals first, and what has arrived since, unsorted.
type strata struct {
	runs []*run
	tail *tail
}

// run is sorted by earliest time, then by row. In a timeline all its rows arrived before those of the next run. A
// run of a head has its keys; one of a block has every sparse-th of them, and finds the others in the rows.
type run struct {
	keys   []int64
	rows   []uint32
	low    uint32 // least row
	sparse []int64
	block  *block
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
		last, runs = join(before, last), runs[:len(runs)-1]
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
	r := &run{keys: make([]int64, len(rows)), rows: make([]uint32, len(rows)), low: rows[0]}
	for i, p := range places {
		r.keys[i], r.rows[i] = p.key, p.row
	}
	return r
}

// join joins two runs. Where keys are equal a goes first, as all its rows are less than those of b.
func join(a, b *run) *run {
	n := len(a.keys) + len(b.keys)
	m := &run{keys: make([]int64, n), rows: make([]uint32, n), low: a.low}
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

// key returns the earliest time of the i-th row.
func (r *run) key(i int) int64 {
	if r.block != nil {
		return r.block.earliest(r.rows[i])
	}
	return r.keys[i]
}

// search returns the first place whose time and row are at least those given.
func (r *run) search(key int64, row uint32) int {
	if r.block == nil {
		return sort.Search(len(r.keys), func(i int) bool {
			return r.keys[i] > key || r.keys[i] == key && r.rows[i] >= row
		})
	}
	// Between the sparse keys the rows are asked.
	lo := sort.Search(len(r.sparse), func(i int) bool { return r.sparse[i] >= key })
	next := lo + sort.Search(len(r.sparse)-lo, func(i int) bool { return r.sparse[lo+i] > key })
	hi := min(next*sparseRows, len(r.rows))
	lo = max(lo-1, 0) * sparseRows
	return lo + sort.Search(hi-lo, func(i int) bool {
		k := r.key(lo + i)
		return k > key || k == key && r.rows[lo+i] >= row
	})
}

// bounds returns where in a run of a class the entries are that may overlap an interval.
func (r *run) bounds(class int, during event.Time) (lo, hi int) {
	if during.IsZero() {
		return 0, len(r.rows)
	}
	if class < len(spans) {
		from := during.Earliest - int64(spans[class])
		if from > during.Earliest {
			from = event.Beginning
		}
		lo = r.search(from, 0)
	}
	if during.Latest == event.End {
		return lo, len(r.rows)
	}
	return lo, r.search(during.Latest+1, 0)
}

// countRuns returns about how many entries of a part below limit overlap an interval, never too few.
func countRuns(p part, during event.Time, limit uint32) (n uint64) {
	for class := range classes {
		p.runs(class, limit, func(r *run) {
			if lo, hi := r.bounds(class, during); lo < hi {
				n += uint64(hi - lo)
			}
		})
	}
	return n
}

// point is a place on the timeline, in the numbers of the log.
type point struct {
	key int64
	row uint32
}

// lane is one run on the way of a pass; i is where it is, end where it stops.
type lane struct {
	*run
	i, end int
	now    point
	base   uint32
	part   int
}

// pass goes over the runs of some parts in one direction.
type pass struct {
	lanes []lane // a heap: the next one is the first
	step  int    // 1 or -1
}

// stop is where a pass is.
type stop struct {
	point
	part int
}

// join adds the runs of a part with what may overlap [during], everything where that is unplaced, behind a point, or
// from the beginning where that is nil. There may be entries among them that are not below the limit.
func (p *pass) join(s *stretch, part int, during event.Time, desc bool, behind *point) {
	base := s.begin()
	for class := range classes {
		s.runs(class, s.limit, func(r *run) {
			lo, hi := r.bounds(class, during)
			if behind != nil && lo < hi {
				// The place of the point itself, or of the next one after it.
				local := uint32(0)
				if behind.row > base {
					local = behind.row - base
				}
				at := r.search(behind.key, local)
				if desc {
					hi = min(hi, at)
				} else {
					if at < len(r.rows) && base+r.rows[at] == behind.row && r.key(at) == behind.key {
						at++
					}
					lo = max(lo, at)
				}
			}
			if lo >= hi {
				return
			}
			l := lane{run: r, i: lo, end: hi, base: base, part: part}
			if desc {
				l.i, l.end = hi-1, lo-1
			}
			l.now = l.point()
			p.lanes = append(p.lanes, l)
		})
	}
}

func (l *lane) point() point { return point{l.key(l.i), l.base + l.rows[l.i]} }

// begin orders the lanes; next may be called after it.
func (p *pass) begin() {
	for i := len(p.lanes)/2 - 1; i >= 0; i-- {
		p.down(i)
	}
}

// next returns the next entry.
func (p *pass) next() (stop, bool) {
	if len(p.lanes) == 0 {
		return stop{}, false
	}
	l := &p.lanes[0]
	at := stop{l.now, l.part}
	if l.i += p.step; l.i == l.end {
		p.lanes[0] = p.lanes[len(p.lanes)-1]
		p.lanes = p.lanes[:len(p.lanes)-1]
	} else {
		l.now = l.point()
	}
	p.down(0)
	return at, true
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
	if a.now.key == b.now.key {
		return (a.now.row < b.now.row) == (p.step > 0)
	}
	return (a.now.key < b.now.key) == (p.step > 0)
}
