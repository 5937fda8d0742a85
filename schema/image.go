package schema

import (
	"context"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

type trailRow struct {
	Digest           value
	Pseudonyms       []sealedRow
	Kinds            []kindCountRow
	Entries          Long
	Superseded       Long
	FirstSeen        *Period
	LastSeen         *Period
	FirstRecorded    DateTime
	LastRecorded     DateTime
	Systems          []imageSystemRow
	Owners           []organisationRow
	Exercise         bool
	TreeSize         Long
	Complete         bool
	IncompleteReason *string
	trail            *graph.ImageTrail
}

type sealedRow struct {
	Sealer    string
	Pseudonym graphql.ID
}

type kindCountRow struct {
	Kind  string
	Count Long
}

type imageSystemRow struct {
	System    systemRow
	Entries   Long
	FirstSeen *Period
	LastSeen  *Period
}

func kindCounts(all []graph.KindCount) []kindCountRow {
	out := make([]kindCountRow, len(all))
	for i, k := range all {
		out[i] = kindCountRow{string(k.Kind), Long(k.Count)}
	}
	return out
}

// Image resolves Query.image.
func (query) Image(ctx context.Context, args struct {
	Digest    *string
	Pseudonym *graphql.ID
	AsOf      *asOfInput
}) (*trailRow, error) {
	a := askingOf(ctx)
	if args.Digest != nil && a.inURL {
		return nil, errPersonal
	}
	ref := graph.ImageRef{Digest: or(args.Digest)}
	if args.Pseudonym != nil {
		p, err := event.ParsePseudonym(string(*args.Pseudonym))
		if err != nil {
			return nil, wrap(&graph.Error{Code: graph.CodeBadArgument, Message: err.Error()})
		}
		ref.Pseudonym = p
	}
	if err := a.budget.spendRows(1); err != nil {
		return nil, wrap(err)
	}
	t, err := a.view.Image(ctx, ref, args.AsOf.asOf())
	if err != nil || t == nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, t.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	out := &trailRow{
		Digest: value{opt(t.Digest), opt(string(t.Absent))}, Pseudonyms: make([]sealedRow, len(t.Pseudonyms)), Kinds: kindCounts(t.Kinds),
		Entries: Long(t.Seen.Entries), Superseded: Long(t.Superseded), FirstSeen: period(t.Seen.First), LastSeen: period(t.Seen.Last),
		FirstRecorded: DateTime{t.Recorded}, LastRecorded: DateTime{t.Updated}, Systems: make([]imageSystemRow, len(t.Systems)),
		Owners: make([]organisationRow, len(t.Owners)), Exercise: t.Exercise, TreeSize: Long(t.TreeSize), trail: t,
	}
	out.IncompleteReason = opt(t.Cut())
	out.Complete = out.IncompleteReason == nil
	for i, p := range t.Pseudonyms {
		out.Pseudonyms[i] = sealedRow{p.Sealer, graphql.ID(p.Pseudonym.String())}
	}
	for i, s := range t.Systems {
		out.Systems[i] = imageSystemRow{r.names.namedSystem(s.System), Long(s.Entries), period(s.First), period(s.Last)}
	}
	for i, o := range t.Owners {
		out.Owners[i] = r.names.namedOrganisation(o)
	}
	return out, nil
}

// trailOrder is the order of an image's entries: as they happened, where nothing else is asked for.
type trailOrder index.Order

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (trailOrder) ImplementsGraphQLType(name string) bool { return name == "EventOrder" }

// Nullable marks that null is taken.
func (*trailOrder) Nullable() {}

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (o *trailOrder) UnmarshalGraphQL(input any) error {
	if input == nil {
		*o = trailOrder(index.Occurred)
		return nil
	}
	return (*eventOrder)(o).UnmarshalGraphQL(input)
}

// Events resolves ImageTrail.events.
func (t *trailRow) Events(ctx context.Context, args struct {
	Order trailOrder
	First count
	After *string
}) (*connection[*eventRow], error) {
	size := Long(t.trail.TreeSize)
	return eventsOf(ctx, t.trail.Filter, index.Order(args.Order), args.First, args.After, &asOfInput{Size: &size})
}
