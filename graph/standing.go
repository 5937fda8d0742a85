package graph

import (
	"context"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// ByStanding tells flows apart by who stands behind them, see [trace.Standing]. Entries are not counted by it: it is not
// an entry that is claimed or denied.
const ByStanding CountKey = "STANDING"

// Tables of flows by standing are of transfers, not of entries. An entry and its other side are one: both are in the row
// of the pair, at the narrower of the places that they name and at the time, and under the purpose and basis, of the
// transfer; only by kind do they stand apart. It is RECORDED, CORROBORATED where both sides came in through sources of
// two organisations, CONTESTED where somebody denies a flow that takes in any of its images.
//
// Beside what is recorded stand the flows that are only spoken of, each proposition once: CLAIMED, CONTESTED where it is
// also denied, DENIED where it is only that, NO_INFORMATION where nobody says so and the body asked has none. They are
// never in the counts of what is recorded. What is claimed of one flow by several is one flow, so that its quantity is the
// span of what they say and not the sum.

// ClaimedFlows is what is spoken of and not recorded. Each is a proposition.
type ClaimedFlows struct {
	Flows    uint64
	Exercise uint64 // of Flows
	Stated   []Sum
	Silent   uint64 // flows of which nobody says how much
}

// maxStatements is how many claims a row of a table names.
const maxStatements = 100

// standings is a table of flows by standing being made.
type standings struct {
	v      *View
	x      *lexicon
	q      *FlowQuery
	size   uint64
	t      *tracer
	table  *tabulation
	filter EventFilter
	met    map[uint64]bool             // transfers whose own entry was added
	alone  map[uint64][][maxCells]cell // by transfer: the rows of its receipt, while its own entry was not met
	at     [][maxCells]cell            // rows that the receipt at hand is added to; nil: they are not wanted
	fresh  uint64                      // how many of the entries at hand are the first that were met of their transfer
	wanted func(trace.Standing) bool
	denied []trace.Statement
}

// tabulateStandings makes all rows of a table of flows by standing. Both sides of each transfer are looked up.
func (v *View) tabulateStandings(ctx context.Context, q *FlowQuery, size uint64, from index.Position, x *lexicon, made *tabulation) error {
	also := made.add
	s := &standings{v: v, x: x, q: q, size: size, t: v.tracer(size), table: made, filter: q.Filter, met: map[uint64]bool{}, alone: map[uint64][][maxCells]cell{}, wanted: among(q.Filter.Standing)}
	s.filter.Standing = nil
	made.add = func(g *group, r *index.Row, n uint64) {
		also(g, r, n)
		s.also(g)
	}
	made.number = map[[maxCells]cell]int{}
	claims := q.Filter.Kinds == nil || slices.Contains(q.Filter.Kinds, event.KindClaim)
	if s.filter.Kinds == nil {
		s.filter.Kinds = flowKinds
	}
	s.filter.Kinds = slices.DeleteFunc(slices.Clone(s.filter.Kinds), func(k event.Kind) bool { return k == event.KindClaim })
	if len(s.filter.Kinds) > 0 {
		if err := s.recorded(ctx, from); err != nil {
			return err
		}
		if err := v.replacements(ctx, s.filter, size, from, x.cut, func(c *corrected) error { return s.entry(c.index, c.of, c.row, false) }); err != nil {
			return err
		}
		s.settle()
	}
	if claims && from == 0 { // a table that goes on has them no more
		return s.claimed(ctx)
	}
	return nil
}

// recorded adds the entries that match.
func (s *standings) recorded(ctx context.Context, from index.Position) error {
	f, err := s.v.resolve(s.filter, s.size)
	if err != nil {
		return err
	}
	sv, err := s.v.sieve(&s.filter, s.size)
	if err != nil {
		return err
	}
	if !sv.opens() && (f.Scope == nil || len(f.Scope.Whole) == 0) {
		return s.quick(ctx, f, sv, from)
	}
	superseded := s.v.superseding(s.size)
	for hit, err := range s.v.scan(ctx, f, sv, index.Recorded, s.size, from, s.x.cut) {
		if err != nil {
			return err
		}
		if s.x.cut.opened == MaxOpened {
			s.x.cut.short = true
			return nil
		}
		s.x.cut.opened++
		s.x.cut.last = hit.index
		over, err := superseded(hit.index)
		if err != nil {
			return err
		}
		if err := s.entry(hit.index, hit.index, hit.row, over); err != nil {
			return err
		}
	}
	return nil
}

// entry adds an entry to the row of its transfer. What it is, is said by the entry that was made first: itself, or what it
// corrects.
func (s *standings) entry(i, first uint64, r index.Row, over bool) error {
	var m trace.Moved
	var ok bool
	err := s.t.ask(func(t *trace.Tracer) (err error) {
		m, ok, err = t.Moved(first)
		return err
	})
	if err != nil {
		return err
	}
	if !ok {
		m = trace.Moved{Standing: trace.Recorded, Pair: i}
	} else if m.Matched && !over {
		r = s.joined(i, r, &m)
	}
	switch {
	case over:
		return s.add(i, &r, &m, 1, over, 0)
	case !m.Matched:
		return s.add(i, &r, &m, 1, over, 1)
	case first == m.Pair:
		s.met[first], s.alone[first] = true, nil
		return s.add(i, &r, &m, 1, over, 1)
	case s.met[m.Pair]:
		return s.add(i, &r, &m, 1, over, 0)
	}
	// The transfer counts where its own entry is, if that comes.
	s.at = [][maxCells]cell{}
	err = s.add(i, &r, &m, 1, over, 0)
	s.alone[m.Pair], s.at = s.at, nil
	return err
}

// settle counts the transfers of which only the receipt matched the filter.
func (s *standings) settle() {
	for _, rows := range s.alone {
		for _, cells := range rows {
			s.table.groups[s.table.number[cells]].standings.transfers++
		}
	}
}

// add adds n entries that are alike to the row of r, of which so many stand for transfers.
func (s *standings) add(i uint64, r *index.Row, m *trace.Moved, n uint64, over bool, transfers uint64) error {
	if s.wanted != nil && !s.wanted(m.Standing) {
		return nil
	}
	s.x.standing = s.x.cell(word{text: string(m.Standing)})
	s.fresh, s.denied = transfers, m.Denied
	return s.table.take(i, r, n, over, s.x)
}

// joined makes the row of one side of a pair that of the pair.
func (s *standings) joined(i uint64, r index.Row, m *trace.Moved) index.Row {
	return joinedRow(&r, m, func(of uint64) *index.Row {
		if of == i {
			return &r
		}
		row := s.v.g.head.Row(of)
		return &row
	})
}

// joinedRow makes of the row of one side of a pair that of the pair.
func joinedRow(r *index.Row, m *trace.Moved, side func(of uint64) *index.Row) index.Row {
	out, when := *side(m.Content), side(m.When)
	out.From, out.To = side(m.From).From, side(m.To).To
	out.Earliest, out.Latest, out.Precision = when.Earliest, when.Latest, when.Precision
	out.Kind, out.Flags = r.Kind, out.Flags&^(index.Exercise|index.Bulk)|r.Flags&(index.Exercise|index.Bulk)
	return out
}

// also adds to a row what is to be known of the entry at hand.
func (s *standings) also(g *group) {
	if g.standings == nil {
		g.standings = &standingRow{}
	}
	g.standings.transfers += s.fresh
	if s.at != nil {
		s.at = append(s.at, g.cells)
	}
	g.standings.name(s.denied)
}

// standingRow is what a row of a table by standing has beside others.
type standingRow struct {
	transfers uint64
	claimed   ClaimedFlows
	claims    []trace.Statement
}

func (r *standingRow) name(list []trace.Statement) {
	for _, s := range list {
		if len(r.claims) < maxStatements && !slices.ContainsFunc(r.claims, func(o trace.Statement) bool { return o.Index == s.Index }) {
			r.claims = append(r.claims, s)
		}
	}
}

// claimed adds the flows that are claimed.
func (s *standings) claimed(ctx context.Context) error {
	var list []trace.ClaimedFlow
	err := s.t.ask(func(t *trace.Tracer) (err error) {
		list, err = t.ClaimedFlows()
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	said, err := s.claims(ctx)
	if err != nil {
		return err
	}
	ends := s.ends()
	for k := range list {
		c := &list[k]
		spoken := slices.Concat(c.Said, c.Denied)
		if s.wanted != nil && !s.wanted(c.Standing) || !s.q.Filter.Occurred.IsZero() && !c.When.Overlaps(s.q.Filter.Occurred) || !ends(c) ||
			!slices.ContainsFunc(spoken, func(x trace.Statement) bool { return said[x.Index] }) {
			continue
		}
		cells, err := s.cells(c)
		if err != nil {
			return err
		}
		g, err := s.table.group(cells, spoken[0].Index)
		if err != nil {
			return err
		}
		if g.standings == nil {
			g.standings = &standingRow{}
		}
		g.standings.claimed.add(c)
		g.standings.name(spoken)
	}
	return s.x.err
}

// claims are the claims that match the filter, but for what it says of ends and time, which a proposition has itself.
func (s *standings) claims(ctx context.Context) (map[uint64]bool, error) {
	filter := s.filter
	filter.Kinds = []event.Kind{event.KindClaim}
	filter.From, filter.To, filter.Countries, filter.Occurred = nil, nil, nil, event.Time{}
	f, err := s.v.resolve(filter, s.size)
	if err != nil {
		return nil, err
	}
	sv, err := s.v.sieve(&filter, s.size)
	if err != nil {
		return nil, err
	}
	said := map[uint64]bool{}
	for hit, err := range s.v.scan(ctx, f, sv, index.Recorded, s.size, 0, s.x.cut) {
		if err != nil {
			return nil, err
		}
		said[hit.index] = true
	}
	return said, nil
}

// ends makes the test of the ends of a claimed flow.
func (s *standings) ends() func(*trace.ClaimedFlow) bool {
	now, f := s.x.now, &s.q.Filter
	among := func(given []string) func(p trace.Place) bool {
		if given == nil {
			return func(trace.Place) bool { return true }
		}
		systems, organisations := names(now, event.DeclareSystem, given), names(now, event.DeclareOrganisation, given)
		return func(p trace.Place) bool {
			return p.System != "" && systems[p.System] || p.Organisation != "" && organisations[p.Organisation]
		}
	}
	from, to := among(f.From), among(f.To)
	return func(c *trace.ClaimedFlow) bool {
		return from(c.From) && to(c.To) && (f.Countries == nil || slices.Contains(f.Countries, s.country(c.From)) || slices.Contains(f.Countries, s.country(c.To)))
	}
}

func (s *standings) country(p trace.Place) string {
	organisation := p.Organisation
	if organisation == "" {
		organisation = operatorOf(s.x.now, p.System)
	}
	return declaredCountry(s.x.now, organisation)
}

// cells are those of the row that a claimed flow belongs to.
func (s *standings) cells(c *trace.ClaimedFlow) (cells [maxCells]cell, err error) {
	end := func(p trace.Place) cell {
		switch s.q.Between {
		case BetweenSystems:
			return s.x.cell(word{text: p.Name(), system: p.System != ""})
		case BetweenOrganisations:
			return s.x.cell(word{text: p.Organisation})
		}
		return s.x.cell(word{text: s.country(p)})
	}
	cells[0], cells[1] = end(c.From), end(c.To)
	n := 2
	add := func(c cell) {
		cells[n] = c
		n++
	}
	if s.q.Interval != "" {
		add(intervals[s.q.Interval].placed(&index.Row{Earliest: c.When.Earliest, Latest: c.When.Latest, Precision: c.When.Precision}))
	}
	for _, key := range s.q.Split {
		switch key {
		case ByKind:
			add(s.x.cell(word{text: string(event.KindClaim)}))
		case ByStanding:
			add(s.x.cell(word{text: string(c.Standing)}))
		case ByExercise:
			text := "false"
			if c.Exercise {
				text = "true"
			}
			add(s.x.cell(word{text: text}))
		default: // a claim gives neither purpose nor basis
			add(isEmpty)
		}
	}
	return cells, nil
}

var intervals = map[CountKey]level{ByHour: hourly, ByDay: daily, ByMonth: monthly, ByYear: yearly}

// add adds a claimed flow: of each unit the span of what is said of it.
func (f *ClaimedFlows) add(c *trace.ClaimedFlow) {
	f.Flows++
	if c.Exercise {
		f.Exercise++
	}
	var spans []Sum
	if c.Standing == trace.StandClaimed || c.Standing == trace.Contested {
		for _, s := range c.Said {
			if q := s.Claim.Quantity; q != nil {
				spans = span(spans, Bounds(q))
			}
		}
	}
	if len(spans) == 0 {
		f.Silent++
	}
	for _, one := range spans {
		i, ok := sumOf(f.Stated, one.Unit)
		if !ok {
			none := int64(0)
			f.Stated = slices.Insert(f.Stated, i, Sum{Unit: one.Unit, AtMost: &none})
		}
		f.Stated[i].join(&one)
	}
}

// span widens what is said of one amount by another statement.
func span(spans []Sum, q Sum) []Sum {
	i, ok := sumOf(spans, q.Unit)
	if !ok {
		return slices.Insert(spans, i, q)
	}
	s := &spans[i]
	switch {
	case q.Abouts > 0 && s.Abouts > 0 && q.About == s.About:
	case q.Abouts > 0 || s.Abouts > 0: // an amount without ends beside another: nothing is known of both
		*s = Sum{Unit: s.Unit, Entries: s.Entries}
	default:
		s.AtLeast = min(s.AtLeast, q.AtLeast)
		if s.AtMost != nil && (q.AtMost == nil || *q.AtMost > *s.AtMost) {
			s.AtMost = q.AtMost
		}
	}
	return spans
}

// join adds a sum of the same unit.
func (s *Sum) join(o *Sum) {
	s.Entries += o.Entries
	s.AtLeast, s.About, s.Abouts = plus(s.AtLeast, o.AtLeast), plus(s.About, o.About), s.Abouts+o.Abouts
	if o.AtMost == nil {
		s.AtMost = nil
	} else {
		s.upTo(*o.AtMost)
	}
}

// Standing says who stands behind an entry that the viewer sees: of what moves images as [trace.Moved] has it; what is a
// claim is CLAIMED, whatever it says.
func (v *View) Standing(i, size uint64) (trace.Standing, error) {
	sc := v.scope(size)
	if ok, err := v.finds(i, sc); err != nil || !ok {
		return trace.Recorded, err
	}
	return v.standing(i, size)
}

func (v *View) standing(i, size uint64) (standing trace.Standing, err error) {
	err = v.tracer(size).ask(func(t *trace.Tracer) error {
		standing, err = t.Standing(i)
		return err
	})
	return standing, err
}

// stands makes the test of a filter's Standing.
func (v *View) stands(wanted []trace.Standing, size uint64) func(i uint64) (bool, error) {
	return func(i uint64) (bool, error) {
		s, err := v.standing(i, size)
		return err == nil && slices.Contains(wanted, s), err
	}
}
