package graph

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// FlowKey is what flows go between.
type FlowKey string

// What flows go between. Organisations are those that operate the systems, countries those of the organisations, as
// declared; where no country is declared it is the one that the entry says.
const (
	BetweenSystems       FlowKey = "SYSTEM" // or organisations, where no system is named
	BetweenOrganisations FlowKey = "ORGANISATION"
	BetweenCountries     FlowKey = "COUNTRY"
)

// FlowQuery says which flows are added up. Where the filter names no kinds it is the kinds that move images from one
// place to another: ENROL, DISCLOSE, RECEIVE and TRAIN. A QUERY, if it is named, shows its probe to each database
// searched, and is a flow to each of them.
type FlowQuery struct {
	Between  FlowKey
	Interval CountKey   // ByHour, ByDay, ByMonth or ByYear; "": all time is one
	Split    []CountKey // of ByKind, ByPurpose, ByBasis, ByExercise, ByStanding
	Filter   EventFilter
	Order    TableOrder
}

// Moved is what one side says was moved. Entries that list images name each of them; a bulk one names a collection or
// a quantity.
type Moved struct {
	Entries uint64
	Listed  uint64 // entries that list their images
	Stated  []Sum  // quantities of the bulk ones, by unit, in order of unit
	Silent  uint64 // bulk entries that state no quantity: how much more was moved is not known
}

// Sum is a sum of quantities with their bounds. What was moved in all is at least AtLeast and at most AtMost, besides
// what is only known about: of such an amount neither end is known.
type Sum struct {
	Unit    string
	Entries uint64
	AtLeast int64
	AtMost  *int64 // nil: no upper bound is stated by all
	About   int64  // sum of the amounts stated as ABOUT
	Abouts  uint64 // how many those are
}

// FlowRow is one flow. What the sender and the receiver say stands apart: the same transfer may be in both.
type FlowRow struct {
	From, To   TableValue
	At         *TableValue // of the interval
	Split      []TableValue
	Count      uint64
	Superseded uint64 // what stands in their place is in Count, where it went
	Exercise   uint64 // of Count, how many are exercise data
	Sent       Moved  // DISCLOSE
	Received   Moved  // RECEIVE
	Other      Moved
	Example    uint64

	// In tables by standing only: see standing.go.
	Paired    bool   // sides of transfers were looked up
	Transfers uint64 // of Count, a matched pair once
	Claimed   ClaimedFlows
	Claims    []trace.Statement // who denies it, and of what is claimed who says so, the first hundred
}

// FlowTable is a page of a table of flows.
type FlowTable struct {
	Rows []FlowRow
	TablePage
}

// flowKinds are the kinds that move images.
var flowKinds = []event.Kind{event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindTrain}

// Flows adds up what went from where to where. It fails as [View.Counts] does.
func (v *View) Flows(ctx context.Context, q FlowQuery, pg Pagination) (*FlowTable, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	page, err := v.table("flows", q, pg)
	if err != nil {
		return nil, err
	}
	t := &FlowTable{TablePage: page}
	x := v.lexicon(t.TreeSize, &t.cut)
	columns, keys, err := x.flow(&q)
	if err != nil {
		return nil, err
	}
	of := v.kept(&t.TablePage, &q.Filter)
	paired := q.Filter.Standing != nil || slices.Contains(q.Split, ByStanding)
	if of == nil {
		if of, err = v.addUp(ctx, &q, t, x, columns, keys, paired); err != nil {
			return nil, err
		}
	}
	for _, g := range t.cutOut(x, of, keys, pg.First) {
		row := FlowRow{From: g.values[0], To: g.values[1], Split: g.values[2:], Count: g.count, Superseded: g.superseded, Exercise: g.exercise, Example: g.example}
		if q.Interval != "" {
			row.At, row.Split = &g.values[2], g.values[3:]
		}
		if g.moved != nil {
			row.Sent, row.Received, row.Other = g.moved[0], g.moved[1], g.moved[2]
		}
		row.Paired = paired
		if s := g.standings; s != nil {
			row.Transfers, row.Claimed, row.Claims = s.transfers, s.claimed, s.claims
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// addUp makes all rows of a table of flows.
func (v *View) addUp(ctx context.Context, q *FlowQuery, t *FlowTable, x *lexicon, columns []column, keys []string, paired bool) (*keptTable, error) {
	impersonal := q.Filter.impersonal()
	made := tabulation{columns: columns, aspects: q.aspects(), add: func(g *group, r *index.Row, n uint64) {
		if g.moved == nil {
			g.moved = &[3]Moved{}
		}
		side := &g.moved[2]
		switch r.Kind.Kind() {
		case event.KindDisclose:
			side = &g.moved[0]
		case event.KindReceive:
			side = &g.moved[1]
		}
		x.move(side, r, n)
	}}
	var err error
	if paired {
		err = v.tabulateStandings(ctx, q, t.TreeSize, t.from, x, &made)
	} else {
		if q.Filter.Kinds == nil {
			q.Filter.Kinds = flowKinds
		}
		if err = v.tabulate(ctx, &q.Filter, t.TreeSize, t.from, x, &made); err == nil {
			err = v.replacements(ctx, q.Filter, t.TreeSize, t.from, x.cut, func(c *corrected) error { return made.take(c.index, &c.row, 1, false, x) })
		}
	}
	if err != nil {
		return nil, err
	}
	return v.keep(t.finish(x, &made, keys, q.Order), impersonal), nil
}

// aspects are what the columns look at, and what is moved.
func (q *FlowQuery) aspects() index.Aspects {
	keys := q.Split
	if q.Interval != "" {
		keys = append([]CountKey{q.Interval}, keys...)
	}
	a := aspects(keys)
	a.From, a.To, a.Kind, a.Moved, a.Flags = true, true, true, true, a.Flags|index.Bulk
	a.Setting = q.Between == BetweenCountries
	return a
}

// flow makes the columns of a table of flows, and their names.
func (x *lexicon) flow(q *FlowQuery) ([]column, []string, error) {
	var from, to func(*index.Row) cell
	named := func(of func(index.Name) cell) {
		from = func(r *index.Row) cell { return of(r.From) }
		to = func(r *index.Row) cell { return of(r.To) }
	}
	switch q.Between {
	case BetweenSystems:
		named(x.place())
	case BetweenOrganisations:
		named(x.organisation())
	case BetweenCountries:
		from, to = x.fromCountry(), x.toCountry()
	default:
		return nil, nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is nothing that flows go between", string(q.Between))}
	}
	searched := x.databases(q.Between)
	columns := []column{
		single(func(_ uint64, r *index.Row) cell { return from(r) }),
		func(_ uint64, r *index.Row, cells []cell) []cell {
			if r.Kind.Kind() != event.KindQuery {
				return append(cells, to(r))
			}
			return append(cells, searched(r.Setting)...)
		},
	}
	keys := []string{"FROM", "TO"}
	add := func(key CountKey, allowed ...CountKey) error {
		if !slices.Contains(allowed, key) || slices.Contains(keys, string(key)) {
			return &Error{Code: CodeBadArgument, Message: fmt.Sprintf("flows are not split by %q here", string(key))}
		}
		c, err := x.column(key)
		columns, keys = append(columns, c), append(keys, string(key))
		return err
	}
	if q.Interval != "" {
		if err := add(q.Interval, ByHour, ByDay, ByMonth, ByYear); err != nil {
			return nil, nil, err
		}
	}
	for _, key := range q.Split {
		if len(columns) == maxCells {
			return nil, nil, &Error{Code: CodeBadArgument, Message: "flows are split by at most three things beside an interval"}
		}
		if err := add(key, ByKind, ByPurpose, ByBasis, ByExercise, ByStanding); err != nil {
			return nil, nil, err
		}
	}
	return columns, keys, nil
}

// databases makes the cells of the databases that a search went to.
func (x *lexicon) databases(between FlowKey) func(index.Setting) []cell {
	known := map[index.Setting][]cell{}
	return func(s index.Setting) []cell {
		cells, ok := known[s]
		if ok {
			return cells
		}
		for _, n := range x.v.g.head.Databases(s) {
			w := word{text: x.v.g.head.Name(n), system: true}
			if e, ok := x.now.System(w.text); ok {
				w.text = e.ID
			}
			if between != BetweenSystems {
				w = word{text: operatorOf(x.now, w.text)}
				if between == BetweenCountries {
					w.text = declaredCountry(x.now, w.text)
				}
			}
			if c := x.cell(w); !slices.Contains(cells, c) {
				cells = append(cells, c)
			}
		}
		if len(cells) == 0 {
			cells = []cell{isEmpty}
		}
		known[s] = cells
		return cells
	}
}

// move adds n entries that are alike to what was moved.
func (x *lexicon) move(m *Moved, r *index.Row, n uint64) {
	m.Entries += n
	if r.Flags&index.Bulk == 0 {
		m.Listed += n
		return
	}
	q := x.v.g.head.Quantity(r.Setting)
	if q == nil {
		m.Silent += n
		return
	}
	m.add(q, n)
}

func (m *Moved) add(q *event.Quantity, n uint64) {
	i, ok := sumOf(m.Stated, q.Unit)
	if !ok {
		none := int64(0)
		m.Stated = slices.Insert(m.Stated, i, Sum{Unit: q.Unit, AtMost: &none})
	}
	m.Stated[i].add(q, n)
}

// sumOf finds the sum of a unit among sums in order of unit, or where it is to be.
func sumOf(sums []Sum, unit string) (int, bool) {
	return slices.BinarySearchFunc(sums, unit, func(s Sum, unit string) int { return strings.Compare(s.Unit, unit) })
}

// add adds a quantity of the sum's unit n times.
func (s *Sum) add(q *event.Quantity, n uint64) {
	s.Entries += n
	switch q.Bound {
	case event.BoundExact:
		s.AtLeast = plus(s.AtLeast, times(q.Amount, n))
		s.upTo(times(q.Amount, n))
	case event.BoundAtLeast:
		low := q.Amount
		if q.Exclusive {
			low = plus(low, 1)
		}
		s.AtLeast, s.AtMost = plus(s.AtLeast, times(low, n)), nil
	case event.BoundAtMost:
		high := q.Amount
		if q.Exclusive {
			high = max(high-1, 0)
		}
		s.upTo(times(high, n))
	default:
		s.About = plus(s.About, times(q.Amount, n))
		s.Abouts += n
	}
}

// times multiplies, up to the largest number there is; less than nothing is nothing.
func times(a int64, n uint64) int64 {
	hi, lo := bits.Mul64(uint64(max(a, 0)), n)
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(lo)
}

// upTo raises the upper bound, if there is one. A bound that no number holds is none.
func (s *Sum) upTo(n int64) {
	if s.AtMost == nil {
		return
	}
	if sum := plus(*s.AtMost, n); sum < math.MaxInt64 {
		s.AtMost = &sum
		return
	}
	s.AtMost = nil
}

// plus adds, up to the largest number there is: a lower bound stays true.
func plus(a, b int64) int64 {
	if b = max(b, 0); a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
