package schema

import (
	"context"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
)

type agreementRow struct {
	ID       graphql.ID
	Name     *text
	Aliases  []string
	Parties  []organisationRow
	Basis    *string
	Valid    *Period
	Exercise bool
	Entry    graphql.ID
}

type purposeRow struct {
	ID       graphql.ID
	Name     *text
	Aliases  []string
	Basis    *string
	Valid    *Period
	Exercise bool
	Entry    graphql.ID
}

type keyRow struct {
	ID       graphql.ID
	Source   graphql.ID
	Use      string
	Pem      string
	Valid    *Period
	Revoked  *Period
	Reason   *string
	Exercise bool
	Entry    graphql.ID
}

func (n *names) agreementOf(e *catalog.Entry) *agreementRow {
	row := &agreementRow{
		ID: graphql.ID(e.ID), Name: wording(e.Name), Aliases: list(e.Aliases), Parties: make([]organisationRow, len(e.Agreement.Parties)),
		Basis: opt(e.Agreement.Basis), Valid: period(e.Valid), Exercise: e.Exercise, Entry: graphql.ID(e.Entry.String()),
	}
	for i, id := range e.Agreement.Parties {
		row.Parties[i] = n.namedOrganisation(id)
	}
	return row
}

func purposeOf(e *catalog.Entry) *purposeRow {
	row := &purposeRow{ID: graphql.ID(e.ID), Name: wording(e.Name), Aliases: list(e.Aliases), Valid: period(e.Valid), Exercise: e.Exercise, Entry: graphql.ID(e.Entry.String())}
	if e.Rule != nil {
		row.Basis = opt(e.Rule.Basis)
	}
	return row
}

func keyOf(e *catalog.Entry) *keyRow {
	k := e.Key
	return &keyRow{
		ID: graphql.ID(e.ID), Source: graphql.ID(k.Source), Use: string(k.Use), Pem: k.PEM, Valid: period(e.Valid), Revoked: period(k.Revoked),
		Reason: opt(k.Reason), Exercise: e.Exercise, Entry: graphql.ID(e.Entry.String()),
	}
}

// Agreements resolves Query.agreements.
func (query) Agreements(ctx context.Context, args paging) (*connection[*agreementRow], error) {
	return declared(ctx, args, (*graph.View).Agreements, (*names).agreementOf)
}

// Purposes resolves Query.purposes.
func (query) Purposes(ctx context.Context, args paging) (*connection[*purposeRow], error) {
	return declared(ctx, args, (*graph.View).Purposes, func(_ *names, e *catalog.Entry) *purposeRow { return purposeOf(e) })
}

// Keys resolves Query.keys.
func (query) Keys(ctx context.Context, args paging) (*connection[*keyRow], error) {
	return declared(ctx, args, (*graph.View).Keys, func(_ *names, e *catalog.Entry) *keyRow { return keyOf(e) })
}
