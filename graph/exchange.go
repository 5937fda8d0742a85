package graph

import (
	"context"
	"math/bits"
	"sync/atomic"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// Most transfers of a log share their reference with one receipt and nothing else, and most flows are denied by nobody.
// Of those the index alone says what a table by standing wants to know, some hundred times sooner than by opening both
// entries: rows are tallied, pairs are put together from their rows, and only the entries that remain are opened.

// marks is a set of entries that several goroutines add to.
type marks []atomic.Uint64

func makeMarks(size uint64) marks { return make(marks, (size+63)/64) }

func (m marks) set(i uint64)      { m[i/64].Or(1 << (i % 64)) }
func (m marks) has(i uint64) bool { return m[i/64].Load()>>(i%64)&1 != 0 }

// each yields the entries in order.
func (m marks) each(yield func(uint64) bool) {
	for w := range m {
		for rest := m[w].Load(); rest != 0; rest &= rest - 1 {
			if !yield(uint64(w)*64 + uint64(bits.TrailingZeros64(rest))) {
				return
			}
		}
	}
}

// nth returns the n-th entry, from one on; ok false where there are fewer.
func (m marks) nth(n int) (i uint64, ok bool) {
	for i := range m.each {
		if n--; n == 0 {
			return i, true
		}
	}
	return 0, false
}

// quick makes the rows of a table by standing, where the index can answer the filter.
func (s *standings) quick(ctx context.Context, f index.Filter, sv *sieve, from index.Position) error {
	h := s.v.g.head
	sc := s.v.scope(s.size)
	pairs, err := s.exchanged(ctx, sc)
	if err != nil {
		return err
	}
	paired := makeMarks(s.size)
	for _, p := range pairs {
		paired.set(uint64(p.Transfer))
		paired.set(uint64(p.Receipt))
	}
	deniable, err := s.deniable()
	if err != nil {
		return err
	}
	if sv.since > 0 {
		from = max(from, index.After(sv.since-1))
	}
	want := s.filter.Superseded
	var hit, late marks
	var tallies []index.Tally
	// Where more remain to be opened than may be, the table ends before them, and what is tallied must end there, too.
	for until := s.size; ; {
		hit, late, tallies = makeMarks(s.size), makeMarks(s.size), tallies[:0]
		sieve := index.Sieve{Test: func(i uint64, r *index.Row) bool {
			if i >= until || !sv.tests(i, r) {
				return false
			}
			switch kind := r.Kind.Kind(); {
			case paired.has(i):
				hit.set(i)
			case kind == event.KindDisclose || kind == event.KindReceive || deniable(r):
				late.set(i)
			default:
				return true
			}
			return false
		}}
		if sc.limits != nil {
			sieve.Superseded = func(i uint64) (bool, error) { return s.v.superseded(i, sc) }
		}
		for one, err := range h.Tallies(ctx, f, s.table.aspects, sieve, s.size, from) {
			if err != nil {
				return err
			}
			if want == nil || *want == one.Superseded {
				tallies = append(tallies, one)
			}
		}
		cut, ok := late.nth(MaxOpened + 1)
		if !ok {
			break
		}
		until = cut
		s.x.cut.short, s.x.cut.last = true, cut-1
	}
	for _, one := range tallies {
		r := h.Row(one.First)
		if err := s.add(one.First, &r, &trace.Moved{Standing: trace.Recorded}, one.Count, one.Superseded, one.Count); err != nil {
			return err
		}
	}
	if want == nil || !*want { // neither side of these pairs is superseded
		if err := s.both(ctx, pairs, hit); err != nil {
			return err
		}
	}
	return s.rest(ctx, late)
}

// both adds the pairs of which a side is marked.
func (s *standings) both(ctx context.Context, pairs []exchanged, hit marks) error {
	for n, p := range pairs {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		d, r := uint64(p.Transfer), uint64(p.Receipt)
		sent, came := hit.has(d), hit.has(r)
		if !sent && !came {
			continue
		}
		m := trace.Moved{Standing: p.standing, Matched: true, Pair: d, Content: d, From: d, To: d, When: d}
		if s.wanted != nil && !s.wanted(m.Standing) {
			continue
		}
		transfer, receipt := s.v.g.head.Row(d), s.v.g.head.Row(r)
		if p.from {
			m.From = r
		}
		if p.to {
			m.To = r
		}
		if transfer.Precision == event.Unplaced {
			m.When = r
		}
		row := func(of uint64) *index.Row {
			if of == d {
				return &transfer
			}
			return &receipt
		}
		fresh := uint64(1)
		for _, side := range [...]struct {
			is bool
			i  uint64
		}{{sent, d}, {came, r}} {
			if !side.is {
				continue
			}
			joined := joinedRow(row(side.i), &m, row)
			if err := s.add(side.i, &joined, &m, 1, false, fresh); err != nil {
				return err
			}
			fresh = 0
		}
	}
	return nil
}

// rest adds marked entries one by one.
func (s *standings) rest(ctx context.Context, late marks) error {
	superseded := s.v.superseding(s.size)
	for i := range late.each {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		over, err := superseded(i)
		if err != nil {
			return err
		}
		if want := s.filter.Superseded; want != nil && *want != over {
			continue
		}
		if err := s.entry(i, i, s.v.g.head.Row(i), over); err != nil {
			return err
		}
	}
	return nil
}

// exchanged is an exchange that is a pair.
type exchanged struct {
	index.Exchange
	standing trace.Standing
	from, to bool // the receipt names the narrower place
}

// exchanged returns the exchanges that are pairs which nobody denies, as the viewer sees, in order of the transfer.
func (s *standings) exchanged(ctx context.Context, sc *scope) ([]exchanged, error) {
	h := s.v.g.head
	all, err := h.Exchanges(ctx, s.size)
	if err != nil {
		return nil, err
	}
	type places struct {
		from, to [2]index.Name
		origin   index.Name
	}
	type sources struct{ sent, came index.Name }
	ends, agreed := map[places]trace.Ends{}, map[sources]trace.Standing{}
	pairs := make([]exchanged, 0, len(all))
	err = s.t.ask(func(t *trace.Tracer) error {
		for n, x := range all {
			if n&1023 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if sc.limits != nil && (!sc.sees(h, uint64(x.Transfer)) || !sc.sees(h, uint64(x.Receipt))) {
				continue
			}
			d, r := h.Row(uint64(x.Transfer)), h.Row(uint64(x.Receipt))
			at := places{[2]index.Name{d.From, r.From}, [2]index.Name{d.To, r.To}, d.Origin}
			e, ok := ends[at]
			if !ok {
				if e, err = t.Ends([2]event.Place{s.named(d.From), s.named(d.To)}, [2]event.Place{s.named(r.From), s.named(r.To)}, h.Name(d.Origin)); err != nil {
					return err
				}
				ends[at] = e
			}
			if !e.Agree || e.Denied || !trace.InTime(d.Occurred(), r.Occurred(), e.Window) {
				continue
			}
			by := sources{d.Source, r.Source}
			standing, ok := agreed[by]
			if !ok {
				if standing = trace.Recorded; t.Party(h.Name(d.Source)) != t.Party(h.Name(r.Source)) {
					standing = trace.Corroborated
				}
				agreed[by] = standing
			}
			pairs = append(pairs, exchanged{x, standing, e.From, e.To})
		}
		return nil
	})
	return pairs, err
}

func (s *standings) named(n index.Name) event.Place {
	if s.v.g.head.System(n) {
		return event.Place{System: s.v.g.head.Name(n)}
	}
	return event.Place{Organisation: s.v.g.head.Name(n)}
}

// deniable makes a test of whether somebody may deny what an entry other than a transfer does. It is for any number of
// goroutines.
func (s *standings) deniable() (func(r *index.Row) bool, error) {
	var denied bool
	if err := s.t.ask(func(t *trace.Tracer) (err error) {
		denied, err = t.Denies()
		return err
	}); err != nil || !denied {
		return func(*index.Row) bool { return false }, err
	}
	type ends struct{ from, to, origin index.Name }
	between := remembered(func(e ends) bool {
		var is bool
		from, to := s.named(e.from), s.named(e.to)
		err := s.t.ask(func(t *trace.Tracer) error {
			x, err := t.Ends([2]event.Place{from, to}, [2]event.Place{from, to}, s.v.g.head.Name(e.origin))
			is = x.Denied
			return err
		})
		return is || err != nil // where it cannot be said here it is said when the entry is opened
	})
	return func(r *index.Row) bool {
		switch r.Kind.Kind() {
		case event.KindEnrol, event.KindTrain:
			return between(ends{r.From, r.To, r.Origin})
		case event.KindRelease, event.KindRestrict, event.KindErase, event.KindConsult:
			return false
		}
		return true // what it does is not between these two places alone
	}, nil
}
