package schema

import (
	"context"

	"github.com/lichtspur/lichtspur/graph"
)

type countTable struct {
	Rows       []countRow
	Total      Long
	Superseded Long
	tableFoot
}

// tableFoot says which part of a table an answer has.
type tableFoot struct {
	Groups           int32
	PageInfo         pageInfoRow
	TreeSize         Long
	Complete         bool
	IncompleteReason *string
	ContinueFrom     *string
}

type countRow struct {
	Keys       []*countValue
	Count      Long
	Superseded Long
	Exercise   Long
}

type countValue struct {
	Key          string
	Value        *string
	Absent       *string
	Period       *Period
	Organisation *organisationRow
	System       *systemRow
	example      uint64
	rows         *rows
}

func (r *rows) countValue(v graph.TableValue, example uint64) *countValue {
	out := &countValue{Key: v.Key, Value: opt(v.Value), Absent: opt(string(v.Absent)), Period: period(v.Period), example: example, rows: r}
	switch graph.CountKey(v.Key) {
	case graph.ByOrganisation, graph.ByFrom, graph.ByTo:
		if v.System {
			out.System = r.names.system(v.Value)
		} else {
			out.Organisation = r.names.organisation(v.Value)
		}
	}
	return out
}

// Actor resolves CountValue.actor. It opens an entry, so who asks is charged for one.
func (v *countValue) Actor(ctx context.Context) (*actorRow, error) {
	if graph.CountKey(v.Key) != graph.ByActor || v.Value == nil {
		return nil, nil
	}
	if err := v.rows.budget.spendRows(1); err != nil {
		return nil, err
	}
	e, err := v.rows.view.Acted(ctx, v.example, v.rows.size)
	if err != nil {
		return nil, wrap(err)
	}
	return v.rows.actor(e, "/actor", e.Event.Actor), nil
}

// countOrder is the order of a table.
type countOrder string

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (countOrder) ImplementsGraphQLType(name string) bool { return name == "CountOrder" }

// Nullable marks that null is taken.
func (*countOrder) Nullable() {}

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (o *countOrder) UnmarshalGraphQL(input any) error {
	name, _ := input.(string)
	if input == nil {
		name = string(graph.ByCountDescending)
	}
	*o = countOrder(name)
	return nil
}

// Counts resolves Query.counts.
func (query) Counts(ctx context.Context, args struct {
	By     []string
	Filter *eventFilterInput
	Order  countOrder
	First  count
	After  *string
	AsOf   *asOfInput
}) (*countTable, error) {
	a := askingOf(ctx)
	f, err := args.Filter.filter(a.inURL)
	if err != nil {
		return nil, wrap(err)
	}
	pg, err := pagination(a, args.First, args.After, args.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	q := graph.CountQuery{Filter: f, Order: graph.TableOrder(args.Order)}
	for _, key := range args.By {
		q.By = append(q.By, graph.CountKey(key))
	}
	t, err := a.view.Counts(ctx, q, pg)
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, t.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	out := &countTable{Rows: make([]countRow, len(t.Rows)), Total: Long(t.Total), Superseded: Long(t.Superseded)}
	for i, row := range t.Rows {
		to := &out.Rows[i]
		to.Count, to.Superseded, to.Exercise, to.Keys = Long(row.Count), Long(row.Superseded), Long(row.Exercise), make([]*countValue, len(row.Keys))
		for k, v := range row.Keys {
			to.Keys[k] = r.countValue(v, row.Example)
		}
	}
	out.tableFoot, err = footOf(pg, len(t.Rows), &t.TablePage)
	return out, wrap(err)
}

// footOf makes the foot of a page of n rows.
func footOf(pg graph.Pagination, n int, t *graph.TablePage) (f tableFoot, err error) {
	f = tableFoot{Groups: int32(t.Groups), TreeSize: Long(t.TreeSize), Complete: true}
	if f.PageInfo, err = pageOf(pg, n, t.More, t.Cursor); err != nil {
		return f, err
	}
	reason, from, err := t.Cut()
	if reason != "" {
		f.Complete, f.IncompleteReason, f.ContinueFrom = false, &reason, &from
	}
	return f, err
}

// pageOf says where a page of n rows begins and ends.
func pageOf(pg graph.Pagination, n int, more bool, cursor func(int) (string, error)) (p pageInfoRow, err error) {
	p.HasNextPage, p.HasPreviousPage = more, pg.After != ""
	if n == 0 {
		return p, nil
	}
	first, err := cursor(0)
	if err != nil {
		return p, err
	}
	last, err := cursor(n - 1)
	p.StartCursor, p.EndCursor = &first, &last
	return p, err
}
