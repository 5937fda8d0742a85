package index

import (
	"cmp"
	"iter"
	"runtime"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Select returns the entries that match, as of the tree size asOf (entries with index asOf and above are invisible,
// and so are the links and corrections among them), in order, from a position on. An asOf beyond [Index.Size] stands
// for the size at the time of this call.
//
// The iterator is lazy: it reads about as far as it is asked to. It may be used more than once and by several
// goroutines, and says the same each time.
func (x *Index) Select(f Filter, order Order, asOf uint64, after Position) iter.Seq[uint64] {
	rows := x.Rows(f, order, asOf, after)
	return func(yield func(uint64) bool) {
		for i := range rows {
			if !yield(i) {
				return
			}
		}
	}
}

// Rows is [Index.Select] with the rows of the entries.
func (x *Index) Rows(f Filter, order Order, asOf uint64, after Position) iter.Seq2[uint64, Row] {
	limit, _ := x.limit(asOf)
	return func(yield func(uint64, Row) bool) {
		// What may have been sealed or merged since says the same.
		_, st := x.limit(uint64(limit))
		defer runtime.KeepAlive(st)
		p := x.plan(&f, st, limit)
		if p.none || limit == 0 || !f.Occurred.IsZero() && f.Occurred.Earliest > f.Occurred.Latest {
			return
		}
		each := func(row uint32, r *Row) bool { return yield(uint64(row), *r) }
		switch order {
		case Recorded:
			if uint64(after) < uint64(limit) {
				p.byRecord(upwards, uint32(after), limit, each)
			}
		case RecordedDesc:
			hi := limit
			if after != 0 {
				hi = uint32(min(uint64(after)-1, uint64(limit)))
			}
			p.byRecord(downwards, 0, hi, each)
		case Occurred, OccurredDesc:
			p.byTime(order == OccurredDesc, after, each)
		}
	}
}

// dearest is the longest list that is worked out for one question, in numbers.
const dearest = 1 << 20

// byRecord yields the rows in [lo, hi) in the direction of t.
func (p *plan) byRecord(t turn, lo, hi uint32, yield func(uint32, *Row) bool) (more bool) {
	if lo >= hi {
		return true
	}
	// The parts that hold lo and hi-1.
	i, last := p.st.at(lo), p.st.at(hi-1)
	step := 1
	if t == downwards {
		i, last, step = last, i, -1
	}
	for ; ; i += step {
		s := p.stretch(i)
		base := s.begin()
		from, to := max(lo, base)-base, min(hi-base, s.limit)
		if !p.scan(s, t, from, to, func(row uint32, r *Row) bool { return yield(base+row, r) }) {
			return false
		}
		if i == last {
			return true
		}
	}
}

// scan yields the rows of a part in [lo, hi), in the direction of t. The shortest term leads; where there is none
// every row is looked at, but whole zones are left out. It reports whether the end was reached.
func (p *plan) scan(s *stretch, t turn, lo, hi uint32, yield func(uint32, *Row) bool) (more bool) {
	if lo >= hi || s.none {
		return true
	}
	terms := make([]union, 0, len(s.terms)+1)
	for _, one := range s.terms {
		terms = append(terms, unite(t, one))
	}
	row, last := lo^uint32(t), (hi-1)^uint32(t)
	if t == downwards {
		row, last = last, row
	}
	// Where the time asked for is not where the scan is looking, it does not look for longer than it takes to work
	// out the entries of that time as a list, which then takes part.
	patience := ^uint64(0)
	if !p.tests.occurred.IsZero() {
		if n := countRuns(s.part, p.tests.occurred, s.limit); n <= dearest {
			patience = max(n, 256)
		}
	}
	var r Row
	for row <= last {
		agreed := row
		for i := 0; i < len(terms); {
			next, ok := terms[i].seek(agreed)
			if !ok {
				return true
			}
			if next != agreed && i > 0 {
				agreed, i = next, 0
				continue
			}
			agreed = next
			i++
		}
		if agreed > last {
			return true
		}
		row = agreed
		at := row ^ uint32(t)
		if skip, ok := p.skip(s, at, t); ok {
			if row = skip ^ uint32(t); row > last {
				return true
			}
			if patience--; patience == 0 {
				terms = p.lead(s, t, terms)
			}
			continue
		}
		s.row(at, &r)
		if p.tests.match(&r) && p.scope.holds(p.x, s.whole, at, &r) {
			if !yield(at, &r) {
				return false
			}
		} else if patience--; patience == 0 {
			terms = p.lead(s, t, terms)
		}
		if row == last {
			return true
		}
		row++
	}
	return true
}

// skip returns the next row to look at where nothing in the zone of this row can match.
func (p *plan) skip(s *stretch, at uint32, t turn) (next uint32, ok bool) {
	z := at >> zoneBits
	if uint64(z+1)<<zoneBits > uint64(s.limit) || p.tests.matchZone(s.zone(z)) {
		return 0, false
	}
	if t == upwards {
		return (z + 1) << zoneBits, true
	}
	// Below row zero there is nothing: the complement of all ones is zero, which the scan takes for the beginning,
	// so the first zone is left to the tests.
	return z<<zoneBits - 1, z > 0
}

// lead works out the entries of the time asked for as a list and lets it lead.
func (p *plan) lead(s *stretch, t turn, terms []union) []union {
	var rows []uint32
	walk := pass{step: 1}
	walk.join(s, 0, p.tests.occurred, false, nil)
	for walk.begin(); ; {
		at, ok := walk.next()
		if !ok {
			break
		}
		if at.row-s.begin() < s.limit {
			rows = append(rows, at.row-s.begin())
		}
	}
	slices.Sort(rows)
	return slices.Insert(terms, 0, unite(t, []numbers{flatNumbers(rows)}))
}

// byTime yields the rows of a plan in order of occurred time, then those not placed in time.
func (p *plan) byTime(desc bool, after Position, yield func(uint32, *Row) bool) {
	var behind *point
	placed := true
	if after != 0 {
		if uint64(after) > uint64(p.limit) {
			return
		}
		row := uint32(after - 1)
		var r Row
		p.st.row(row, &r)
		placed = r.Precision != event.Unplaced
		behind = &point{r.Earliest, row}
	}
	if placed && !p.placed(desc, behind, yield) {
		return
	}
	if !p.tests.occurred.IsZero() {
		return
	}
	// Those not placed, in order of recording.
	rest := *p
	rest.stretches = make([]*stretch, len(p.stretches))
	rest.require = append(slices.Clone(p.require), []key{codeKey(dimUnplaced, 0)})
	lo, hi, t := uint32(0), p.limit, upwards
	if desc {
		t = downwards
	}
	if !placed && desc {
		hi = behind.row
	} else if !placed {
		lo = behind.row + 1
	}
	rest.byRecord(t, lo, hi, yield)
}

// placed yields those placed in time behind a point. It walks the time and looks each entry up in the lists, and
// where it finds that few are on them it works out the shortest list in order of time instead.
func (p *plan) placed(desc bool, behind *point, yield func(uint32, *Row) bool) (more bool) {
	walk := pass{step: 1}
	if desc {
		walk.step = -1
	}
	listed, n := len(p.require)+len(p.offer) > 0, uint64(0)
	for i, part := range p.st.parts {
		if part.begin() >= p.limit {
			break
		}
		s := p.stretch(i)
		if s.none {
			continue
		}
		if listed {
			n += s.terms[0].count()
		}
		walk.join(s, i, p.tests.occurred, desc, behind)
	}
	patience := ^uint64(0)
	if listed && n <= dearest {
		patience = max(n, 64)
	}
	var r Row
	for walk.begin(); ; {
		at, ok := walk.next()
		if !ok {
			return true
		}
		s := p.stretches[at.part]
		row := at.row - s.begin()
		if row < s.limit {
			s.row(row, &r)
			if s.holds(p, row, &r) {
				if !yield(at.row, &r) {
					return false
				}
				continue
			}
		}
		if patience--; patience == 0 {
			return p.sorted(desc, at.point, yield)
		}
	}
}

// sorted yields the rows of a plan behind a point by working them all out first.
func (p *plan) sorted(desc bool, behind point, yield func(uint32, *Row) bool) (more bool) {
	order := func(a, b point) int {
		c := cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
		if desc {
			return -c
		}
		return c
	}
	var found []point
	p.byRecord(upwards, 0, p.limit, func(row uint32, r *Row) bool {
		if at := (point{r.Earliest, row}); r.Precision != event.Unplaced && order(at, behind) > 0 {
			found = append(found, at)
		}
		return true
	})
	slices.SortFunc(found, order)
	var r Row
	for _, at := range found {
		p.st.row(at.row, &r)
		if !yield(at.row, &r) {
			return false
		}
	}
	return true
}
