package schema

import (
	"context"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/trace"
)

type flowTable struct {
	Rows []*flowRow
	tableFoot
}

type flowRow struct {
	From       *countValue
	To         *countValue
	At         *countValue
	Split      []*countValue
	Count      Long
	Superseded Long
	Exercise   Long
	Sent       movedRow
	Received   movedRow
	Other      movedRow
	Transfers  *Long
	Claimed    *claimedRow
	said       []trace.Statement
	rows       *rows
}

type claimedRow struct {
	Flows      Long
	Exercise   Long
	Quantities []sumRow
	Unstated   Long
}

// Claims resolves Flow.claims. It opens entries, so who asks is charged for them.
func (r *flowRow) Claims() ([]claimRow, error) {
	if err := r.rows.budget.spendRows(len(r.said)); err != nil {
		return nil, err
	}
	r.rows.mu.Lock()
	defer r.rows.mu.Unlock()
	list, err := r.rows.statements(r.said)
	return list, wrap(err)
}

type movedRow struct {
	Entries    Long
	Listed     Long
	Quantities []sumRow
	Unstated   Long
}

type sumRow struct {
	Unit    string
	Entries Long
	AtLeast int64Long
	AtMost  *int64Long
	Exact   bool
	About   *int64Long
}

func moved(m *graph.Moved) movedRow {
	out := movedRow{Entries: Long(m.Entries), Listed: Long(m.Listed), Unstated: Long(m.Silent)}
	out.Quantities = sumRows(m.Stated)
	return out
}

func sumRows(sums []graph.Sum) []sumRow {
	out := make([]sumRow, len(sums))
	for i, s := range sums {
		row := sumRow{Unit: s.Unit, Entries: Long(s.Entries), AtLeast: int64Long(s.AtLeast), AtMost: (*int64Long)(s.AtMost)}
		if s.Abouts > 0 {
			row.About = (*int64Long)(&s.About)
		}
		row.Exact = s.Abouts == 0 && s.AtMost != nil && *s.AtMost == s.AtLeast
		out[i] = row
	}
	return out
}

// Flows resolves Query.flows.
func (query) Flows(ctx context.Context, args struct {
	By       string
	Interval *string
	Split    *[]string
	Filter   *eventFilterInput
	Order    countOrder
	First    count
	After    *string
	AsOf     *asOfInput
}) (*flowTable, error) {
	a := askingOf(ctx)
	f, err := args.Filter.filter(a.inURL)
	if err != nil {
		return nil, wrap(err)
	}
	pg, err := pagination(a, args.First, args.After, args.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	q := graph.FlowQuery{Between: graph.FlowKey(args.By), Interval: graph.CountKey(or(args.Interval)), Split: words[graph.CountKey](args.Split),
		Filter: f, Order: graph.TableOrder(args.Order)}
	t, err := a.view.Flows(ctx, q, pg)
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, t.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	out := &flowTable{Rows: make([]*flowRow, len(t.Rows))}
	for i := range t.Rows {
		from := &t.Rows[i]
		row := flowRow{From: r.end(q.Between, from.From, from.Example), To: r.end(q.Between, from.To, from.Example),
			Split: make([]*countValue, len(from.Split)), Count: Long(from.Count), Superseded: Long(from.Superseded), Exercise: Long(from.Exercise),
			Sent: moved(&from.Sent), Received: moved(&from.Received), Other: moved(&from.Other)}
		if from.At != nil {
			row.At = r.countValue(*from.At, from.Example)
		}
		for k, v := range from.Split {
			row.Split[k] = r.countValue(v, from.Example)
		}
		if from.Paired {
			n, c := Long(from.Transfers), &from.Claimed
			row.Transfers = &n
			row.Claimed = &claimedRow{Long(c.Flows), Long(c.Exercise), sumRows(c.Stated), Long(c.Silent)}
		}
		row.said, row.rows = from.Claims, r
		out.Rows[i] = &row
	}
	out.tableFoot, err = footOf(pg, len(t.Rows), &t.TablePage)
	return out, wrap(err)
}

// end is one end of a flow. A country is a word and no organisation.
func (r *rows) end(between graph.FlowKey, v graph.TableValue, example uint64) *countValue {
	out := r.countValue(v, example)
	if between == graph.BetweenCountries {
		out.Key += "_COUNTRY"
		out.Organisation = nil
	}
	return out
}
