package schema

import (
	"context"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Lists are Relay connections (https://relay.dev/graphql/connections.htm), walked forwards only.

type pageInfoRow struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

type connection[R any] struct {
	Edges            []edge[R]
	Nodes            []R
	PageInfo         pageInfoRow
	TreeSize         Long
	Complete         bool
	IncompleteReason *string
	ContinueFrom     *string
}

type edge[R any] struct {
	Cursor string
	Node   R
}

// pagination reads the arguments of a list and charges the request for it.
func pagination(a *asking, first count, after *string, at *asOfInput) (graph.Pagination, error) {
	pg := graph.Pagination{First: int(first), AsOf: at.asOf()}
	if after != nil {
		pg.After = *after
	}
	return pg, a.budget.spendRows(pg.First)
}

// connect makes a connection of a page: n rows, made by row, with their cursors.
func connect[R any](pg graph.Pagination, n int, more bool, size uint64, cursor func(int) (string, error), row func(int) (R, error)) (*connection[R], error) {
	out := &connection[R]{Edges: make([]edge[R], n), Nodes: make([]R, n), TreeSize: Long(size), Complete: true}
	for i := range n {
		var err error
		if out.Nodes[i], err = row(i); err != nil {
			return nil, err
		}
		out.Edges[i].Node = out.Nodes[i]
		if out.Edges[i].Cursor, err = cursor(i); err != nil {
			return nil, err
		}
	}
	out.PageInfo.HasNextPage, out.PageInfo.HasPreviousPage = more, pg.After != ""
	if n > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[n-1].Cursor
	}
	return out, nil
}

// entries makes a connection of a page of entries.
func entries[R any](ctx context.Context, a *asking, pg graph.Pagination, p *graph.Page, row func(*rows, *graph.Entry) (R, error)) (*connection[R], error) {
	r, err := rowsOf(ctx, a, p.TreeSize)
	if err != nil {
		return nil, err
	}
	out, err := connect(pg, len(p.Entries), p.More, p.TreeSize, p.Cursor, func(i int) (R, error) { return row(r, p.Entries[i]) })
	if err != nil {
		return nil, err
	}
	reason, from, err := p.Cut()
	if reason != "" {
		// Who only follows the cursors of the pages gets on, too.
		out.Complete, out.IncompleteReason, out.ContinueFrom = false, &reason, &from
		out.PageInfo.HasNextPage, out.PageInfo.EndCursor = true, &from
	}
	return out, err
}

// Events resolves Query.events.
func (query) Events(ctx context.Context, args struct {
	Filter *eventFilterInput
	Order  eventOrder
	First  count
	After  *string
	AsOf   *asOfInput
}) (*connection[*eventRow], error) {
	f, err := args.Filter.filter(askingOf(ctx).inURL)
	if err != nil {
		return nil, wrap(err)
	}
	return eventsOf(ctx, f, index.Order(args.Order), args.First, args.After, args.AsOf)
}

// Claims resolves Query.claims.
func (query) Claims(ctx context.Context, args struct {
	Filter *claimFilterInput
	First  count
	After  *string
	AsOf   *asOfInput
}) (*connection[*claimRow], error) {
	a := askingOf(ctx)
	pg, err := pagination(a, args.First, args.After, args.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	p, err := a.view.Claims(ctx, args.Filter.filter(), index.Recorded, pg)
	if err != nil {
		return nil, wrap(err)
	}
	out, err := entries(ctx, a, pg, p, (*rows).claim)
	return out, wrap(err)
}

// paging is what every list of the catalog takes for arguments.
type paging struct {
	First count
	After *string
	AsOf  *asOfInput
}

// declared resolves a list of the catalog: the page that read gives, a row for each of its entries.
func declared[R any](ctx context.Context, args paging, read func(*graph.View, graph.Pagination) (*graph.Listing, error), row func(*names, *catalog.Entry) R) (*connection[R], error) {
	a := askingOf(ctx)
	pg, err := pagination(a, args.First, args.After, args.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	l, err := read(a.view, pg)
	if err != nil {
		return nil, wrap(err)
	}
	n := newNames(l.Catalog)
	out, err := connect(pg, len(l.Entries), l.More, l.TreeSize, l.Cursor, func(i int) (R, error) { return row(n, l.Entries[i]), nil })
	return out, wrap(err)
}

// Organisations resolves Query.organisations.
func (query) Organisations(ctx context.Context, args struct {
	Filter *organisationFilterInput
	First  count
	After  *string
	AsOf   *asOfInput
}) (*connection[*organisationRow], error) {
	read := func(v *graph.View, pg graph.Pagination) (*graph.Listing, error) {
		return v.Organisations(args.Filter.criteria(), pg)
	}
	return declared(ctx, paging{args.First, args.After, args.AsOf}, read, func(_ *names, e *catalog.Entry) *organisationRow { return organisationOf(e) })
}

// Systems resolves Query.systems.
func (query) Systems(ctx context.Context, args struct {
	Filter *systemFilterInput
	First  count
	After  *string
	AsOf   *asOfInput
}) (*connection[*systemRow], error) {
	read := func(v *graph.View, pg graph.Pagination) (*graph.Listing, error) {
		return v.Systems(args.Filter.criteria(), pg)
	}
	return declared(ctx, paging{args.First, args.After, args.AsOf}, read, (*names).systemOf)
}
