package schema

import (
	"context"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/index"
)

type differenceRow struct {
	FromSize         Long
	ToSize           Long
	From             checkpointRow
	To               checkpointRow
	Consistency      []string
	Added            Long
	Exercise         Long
	Kinds            []kindCountRow
	Declarations     []declarationChangeRow
	Propositions     []propositionChangeRow
	Superseded       []supersessionRow
	Complete         bool
	IncompleteReason *string
}

type declarationChangeRow struct {
	Type   string
	ID     graphql.ID
	Change string
	Before *graphql.ID
	After  *graphql.ID
}

type propositionChangeRow struct {
	ID              graphql.ID
	Claims          Long
	Stances         []string
	ContestedBefore bool
	ContestedAfter  bool
}

type supersessionRow struct {
	Index Long
	By    Long
}

// Difference resolves Query.difference.
func (query) Difference(ctx context.Context, args struct {
	From asOfInput
	To   *asOfInput
}) (*differenceRow, error) {
	a := askingOf(ctx)
	if err := a.budget.spendRows(1); err != nil {
		return nil, wrap(err)
	}
	d, err := a.view.Difference(ctx, args.From.asOf(), args.To.asOf())
	if err != nil {
		return nil, wrap(err)
	}
	origin := a.view.Origin()
	out := &differenceRow{
		FromSize: Long(d.FromSize), ToSize: Long(d.ToSize), From: checkpoint(origin, d.From), To: checkpoint(origin, d.To),
		Consistency: make([]string, len(d.Consistency)), Added: Long(d.Added), Exercise: Long(d.Exercise), Kinds: kindCounts(d.Kinds),
		Declarations: make([]declarationChangeRow, len(d.Declarations)), Propositions: make([]propositionChangeRow, len(d.Propositions)),
		Superseded: make([]supersessionRow, len(d.Superseded)),
	}
	out.IncompleteReason = opt(d.Cut())
	out.Complete = out.IncompleteReason == nil
	for i, h := range d.Consistency {
		out.Consistency[i] = h.String()
	}
	entry := func(e *catalog.Entry) *graphql.ID {
		if e == nil {
			return nil
		}
		return id(e.Entry)
	}
	for i, c := range d.Declarations {
		out.Declarations[i] = declarationChangeRow{string(c.Type), graphql.ID(c.ID), string(c.Change), entry(c.Before), entry(c.After)}
	}
	for i, p := range d.Propositions {
		row := propositionChangeRow{graphql.ID(p.ID), Long(p.Claims), make([]string, len(p.Stances)), p.ContestedBefore, p.ContestedAfter}
		for k, s := range p.Stances {
			row.Stances[k] = string(s)
		}
		out.Propositions[i] = row
	}
	for i, s := range d.Superseded {
		out.Superseded[i] = supersessionRow{Long(s.Index), Long(s.By)}
	}
	return out, nil
}

// Events resolves Difference.events.
func (d *differenceRow) Events(ctx context.Context, args struct {
	Filter *eventFilterInput
	Order  eventOrder
	First  count
	After  *string
}) (*connection[*eventRow], error) {
	f, err := args.Filter.filter(askingOf(ctx).inURL)
	if err != nil {
		return nil, wrap(err)
	}
	f.Since = uint64(d.FromSize)
	return eventsOf(ctx, f, index.Order(args.Order), args.First, args.After, &asOfInput{Size: &d.ToSize})
}

// eventsOf answers a list of entries.
func eventsOf(ctx context.Context, f graph.EventFilter, order index.Order, first count, after *string, asOf *asOfInput) (*connection[*eventRow], error) {
	a := askingOf(ctx)
	pg, err := pagination(a, first, after, asOf)
	if err != nil {
		return nil, wrap(err)
	}
	p, err := a.view.Events(ctx, f, order, pg)
	if err != nil {
		return nil, wrap(err)
	}
	out, err := entries(ctx, a, pg, p, (*rows).event)
	return out, wrap(err)
}
