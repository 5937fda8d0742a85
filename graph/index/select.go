package index

import (
	"cmp"
	"iter"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Select returns the entries that match, as of the tree size asOf (entries with index asOf and above are invisible,
// and so are the links and corrections among them), in order, from a position on. An asOf beyond [Head.Size] stands
// for the size at the time of this call.
//
// The iterator is lazy: it reads about as far as it is asked to. It may be used more than once and by several
// goroutines, and says the same each time.
func (h *Head) Select(f Filter, order Order, asOf uint64, after Position) iter.Seq[uint64] {
	rows := h.Rows(f, order, asOf, after)
	return func(yield func(uint64) bool) {
		for i := range rows {
			if !yield(i) {
				return
			}
		}
	}
}

// Rows is [Head.Select] with the rows of the entries.
func (h *Head) Rows(f Filter, order Order, asOf uint64, after Position) iter.Seq2[uint64, Row] {
	limit := h.limit(asOf)
	return func(yield func(uint64, Row) bool) {
		p := h.plan(&f, limit)
		if p.none || limit == 0 || !f.Occurred.IsZero() && f.Occurred.Earliest > f.Occurred.Latest {
			return
		}
		each := func(row uint32) bool { return yield(uint64(row), *h.rows.at(row)) }
		switch order {
		case Recorded:
			if uint64(after) < uint64(limit) {
				h.scan(p, upwards, uint32(after), limit, each)
			}
		case RecordedDesc:
			hi := limit
			if after != 0 {
				hi = uint32(min(uint64(after)-1, uint64(limit)))
			}
			h.scan(p, downwards, 0, hi, each)
		case Occurred, OccurredDesc:
			h.byTime(p, order == OccurredDesc, after, each)
		}
	}
}

// dearest is the longest list that is worked out for one question, in numbers.
const dearest = 1 << 20

// scan yields the rows of a plan in [lo, hi), in the direction of t. The shortest term leads; where there is none
// every row is looked at, but whole zones are left out.
func (h *Head) scan(p *plan, t turn, lo, hi uint32, yield func(uint32) bool) {
	if lo >= hi {
		return
	}
	terms := make([]union, 0, len(p.terms)+1)
	for _, one := range p.terms {
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
		if n := h.time.count(p.tests.occurred, p.limit); n <= dearest {
			patience = max(n, 256)
		}
	}
	for row <= last {
		agreed := row
		for i := 0; i < len(terms); {
			next, ok := terms[i].seek(agreed)
			if !ok {
				return
			}
			if next != agreed && i > 0 {
				agreed, i = next, 0
				continue
			}
			agreed = next
			i++
		}
		if agreed > last {
			return
		}
		row = agreed
		at := row ^ uint32(t)
		if skip, ok := h.skip(p, at, t); ok {
			if row = skip ^ uint32(t); row > last {
				return
			}
			if patience--; patience == 0 {
				terms = h.lead(p, t, terms)
			}
			continue
		}
		r := h.rows.at(at)
		if p.tests.match(r) && p.scope.holds(h, at, r) {
			if !yield(at) {
				return
			}
		} else if patience--; patience == 0 {
			terms = h.lead(p, t, terms)
		}
		if row == last {
			return
		}
		row++
	}
}

// skip returns the next row to look at where nothing in the zone of this row can match.
func (h *Head) skip(p *plan, at uint32, t turn) (next uint32, ok bool) {
	zone := at >> chunkBits
	if uint64(zone+1)<<chunkBits > uint64(p.limit) || p.tests.matchZone(h.zones.at(zone)) {
		return 0, false
	}
	if t == upwards {
		return (zone + 1) << chunkBits, true
	}
	// Below row zero there is nothing: the complement of all ones is zero, which the scan takes for the beginning,
	// so the first zone is left to the tests.
	return zone<<chunkBits - 1, zone > 0
}

// lead works out the entries of the time asked for as a list and lets it lead.
func (h *Head) lead(p *plan, t turn, terms []union) []union {
	var rows []uint32
	for pass := h.time.pass(p.tests.occurred, p.limit, false, nil); ; {
		at, ok := pass.next()
		if !ok {
			break
		}
		rows = append(rows, at.row)
	}
	slices.Sort(rows)
	return slices.Insert(terms, 0, unite(t, []numbers{flatNumbers(rows)}))
}

// byTime yields the rows of a plan in order of occurred time, then those not placed in time.
func (h *Head) byTime(p *plan, desc bool, after Position, yield func(uint32) bool) {
	var behind *point
	placed := true
	if after != 0 {
		if uint64(after) > uint64(p.limit) {
			return
		}
		row := uint32(after - 1)
		r := h.rows.at(row)
		placed = r.Precision != event.Unplaced
		behind = &point{r.Earliest, row}
	}
	if placed && !h.placed(p, desc, behind, yield) {
		return
	}
	if !p.tests.occurred.IsZero() {
		return
	}
	// Those not placed, in order of recording.
	n := h.lists.open(&h.unplaced, p.limit)
	if n.n == 0 {
		return
	}
	rest := *p
	rest.terms = append(slices.Clone(p.terms), term{n})
	lo, hi, t := uint32(0), p.limit, upwards
	if desc {
		t = downwards
	}
	if !placed && desc {
		hi = behind.row
	} else if !placed {
		lo = behind.row + 1
	}
	h.scan(&rest, t, lo, hi, yield)
}

// placed yields those placed in time behind a point. It walks the time and looks each entry up in the lists, and
// where it finds that few are on them it works out the shortest list in order of time instead.
func (h *Head) placed(p *plan, desc bool, behind *point, yield func(uint32) bool) (more bool) {
	patience := ^uint64(0)
	if len(p.terms) > 0 {
		if n := p.terms[0].count(); n <= dearest {
			patience = max(n, 64)
		}
	}
	for pass := h.time.pass(p.tests.occurred, p.limit, desc, behind); ; {
		at, ok := pass.next()
		if !ok {
			return true
		}
		if h.holds(p, at.row) {
			if !yield(at.row) {
				return false
			}
		} else if patience--; patience == 0 {
			return h.sorted(p, desc, at, yield)
		}
	}
}

// holds reports whether a row meets all terms and tests.
func (h *Head) holds(p *plan, row uint32) bool {
	r := h.rows.at(row)
	if !p.tests.match(r) {
		return false
	}
	for _, t := range p.terms {
		if !t.has(row) {
			return false
		}
	}
	return p.scope.holds(h, row, r)
}

// sorted yields the rows of a plan behind a point by working them all out first.
func (h *Head) sorted(p *plan, desc bool, behind point, yield func(uint32) bool) (more bool) {
	order := func(a, b point) int {
		c := cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
		if desc {
			return -c
		}
		return c
	}
	var found []point
	h.scan(p, upwards, 0, p.limit, func(row uint32) bool {
		r := h.rows.at(row)
		if at := (point{r.Earliest, row}); r.Precision != event.Unplaced && order(at, behind) > 0 {
			found = append(found, at)
		}
		return true
	})
	slices.SortFunc(found, order)
	for _, at := range found {
		if !yield(at.row) {
			return false
		}
	}
	return true
}
