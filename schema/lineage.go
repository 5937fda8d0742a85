package schema

import (
	"context"
	"fmt"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

type imageRefInput struct {
	Digest    *string
	Pseudonym *graphql.ID
}

func (in *imageRefInput) ref(inURL bool) (ref graph.ImageRef, err error) {
	if in.Digest != nil && inURL {
		return ref, errPersonal
	}
	ref.Digest = or(in.Digest)
	if in.Pseudonym != nil {
		if ref.Pseudonym, err = event.ParsePseudonym(string(*in.Pseudonym)); err != nil {
			return ref, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
		}
	}
	return ref, nil
}

// depth is how many hops are followed: one, where nothing or null is given.
type depth int32

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (depth) ImplementsGraphQLType(name string) bool { return name == "Int" }

// Nullable marks that null is taken.
func (*depth) Nullable() {}

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (d *depth) UnmarshalGraphQL(input any) error {
	var n count
	if input == nil {
		*d = 1
		return nil
	}
	err := n.UnmarshalGraphQL(input)
	*d = depth(n)
	return err
}

type budgetInput struct{ Copies, FanOut, Entries *int32 }

func (in *budgetInput) budget() (b trace.Budget) {
	number := func(n *int32) int {
		if n == nil {
			return 0
		}
		return int(*n)
	}
	if in != nil {
		b = trace.Budget{Copies: number(in.Copies), FanOut: number(in.FanOut), Entries: number(in.Entries)}
	}
	return b
}

type atRow struct {
	System       *systemRow
	Organisation *organisationRow
	Country      *string
}

func (r *rows) at(p trace.Place) *atRow {
	if p.IsZero() {
		return nil
	}
	return &atRow{r.names.system(p.System), r.names.organisation(p.Organisation), opt(p.Country)}
}

type consentAtRow struct {
	State string
	Entry *graphql.ID
	Index *Long
}

type hopRow struct {
	Depth       int32
	Edge        string
	Kind        *string
	Entry       *graphql.ID
	Index       *Long
	Counterpart *graphql.ID
	Image       *graphql.ID
	Child       *graphql.ID
	From        *atRow
	To          *atRow
	Left        *Period
	Came        *Period
	Collection  *string
	Quantity    *quantity
	Purpose     *string
	Basis       []string
	Exercise    bool
	Standing    string
	Consent     consentAtRow
	Claims      []claimRow
}

func (r *rows) entryID(i uint64) *graphql.ID { return id(r.view.EntryID(i)) }

// hop makes the row of an edge.
func (r *rows) hop(e *trace.Edge, depth int) (row hopRow, err error) {
	row = hopRow{Depth: int32(depth), Edge: string(e.Class), Kind: opt(string(e.Kind)),
		Image: id(e.Image.Pseudonym), Child: id(e.Child.Pseudonym), From: r.at(e.From), To: r.at(e.To), Left: period(e.Left), Came: period(e.Came),
		Collection: opt(e.Collection), Quantity: amount(e.Quantity), Purpose: opt(e.Purpose), Basis: list(e.Basis), Exercise: e.Exercise,
		Standing: string(e.Standing), Consent: consentAtRow{State: string(e.Consent.State)}}
	if e.Class != trace.Claimed && e.Class != trace.Part {
		index := Long(e.Index)
		row.Entry, row.Index = r.entryID(e.Index), &index
	}
	if e.Paired {
		row.Counterpart = r.entryID(e.Other)
	}
	if e.Consent.Decided {
		by := Long(e.Consent.By)
		row.Consent.Entry, row.Consent.Index = r.entryID(e.Consent.By), &by
	}
	row.Claims, err = r.statements(e.Denied, e.Said)
	return row, err
}

// statements opens the claims that an answer rests on, each once.
func (r *rows) statements(lists ...[]trace.Statement) (out []claimRow, err error) {
	met := map[uint64]bool{}
	out = []claimRow{}
	for _, list := range lists {
		for _, s := range list {
			if met[s.Index] {
				continue
			}
			met[s.Index] = true
			row := r.claims[s.Index]
			if row == nil {
				e, err := r.view.Statement(r.ctx, s.Index, r.size)
				if err != nil {
					return nil, err
				}
				if row, err = r.claim(e); err != nil {
					return nil, err
				}
				if r.claims == nil {
					r.claims = map[uint64]*claimRow{}
				}
				r.claims[s.Index] = row
			}
			out = append(out, *row)
		}
	}
	return out, nil
}

type cutoffRow struct {
	Reason string
	Image  *graphql.ID
	At     *atRow
	Hops   int32
}

func (r *rows) cutoffs(all []trace.Cutoff) []cutoffRow {
	out := make([]cutoffRow, len(all))
	for i, c := range all {
		out[i] = cutoffRow{string(c.Reason), id(c.Copy.Image.Pseudonym), r.at(c.Copy.Place), int32(c.Hops)}
	}
	return out
}

type copyRow struct {
	Image *graphql.ID
	At    *atRow
}

type lineageRow struct {
	Starts     []copyRow
	Hops       []hopRow
	Copies     int32
	OutOfScope bool
	Complete   bool
	Cutoffs    []cutoffRow
	TreeSize   Long
	rows       *rows
	found      *graph.Lineage
}

type onwardInput struct{ Image, Place graphql.ID }

// steps takes what a lineage is asked for beyond its depth; null is a hop further everywhere.
func steps(in *[]*onwardInput) (out []trace.Onward, err error) {
	if in == nil {
		return nil, nil
	}
	for _, o := range *in {
		var step trace.Onward
		if o != nil {
			if step.Place = string(o.Place); step.Place == "" {
				return nil, &graph.Error{Code: graph.CodeBadArgument, Message: "onward: the place has no name"}
			}
			if step.Image, err = event.ParsePseudonym(string(o.Image)); err != nil {
				return nil, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
			}
		}
		out = append(out, step)
	}
	return out, nil
}

// Lineage resolves Query.lineage.
func (query) Lineage(ctx context.Context, args struct {
	Image     imageRefInput
	Direction string
	Place     *graphql.ID
	Depth     depth
	Onward    *[]*onwardInput
	Edges     *[]string
	At        *DateTime
	Budget    *budgetInput
	AsOf      *asOfInput
}) (*lineageRow, error) {
	a := askingOf(ctx)
	ref, err := args.Image.ref(a.inURL)
	if err != nil {
		return nil, wrap(err)
	}
	q := graph.LineageQuery{Image: ref, Place: or(args.Place), Direction: trace.Direction(args.Direction), Depth: int(args.Depth), Classes: words[trace.Class](args.Edges), Budget: args.Budget.budget(), AsOf: args.AsOf.asOf()}
	if args.At != nil {
		q.At = args.At.Time
	}
	if q.Onward, err = steps(args.Onward); err != nil {
		return nil, wrap(err)
	}
	l, err := a.view.Lineage(ctx, q)
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, l.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	out := &lineageRow{Starts: make([]copyRow, len(l.Starts)), Hops: make([]hopRow, len(l.Hops)), Copies: int32(l.Copies), OutOfScope: l.Beyond,
		Complete: len(l.Cut) == 0, Cutoffs: r.cutoffs(l.Cut), TreeSize: Long(l.TreeSize), rows: r, found: l}
	for i, c := range l.Starts {
		out.Starts[i] = copyRow{id(c.Image.Pseudonym), r.at(c.Place)}
	}
	for i := range l.Hops {
		if out.Hops[i], err = r.hop(&l.Hops[i].Edge, l.Hops[i].Depth); err != nil {
			return nil, wrap(err)
		}
	}
	return out, nil
}

type holdingRow struct {
	Image    *graphql.ID
	At       atRow
	Since    *Period
	Begun    bool
	Entries  []graphql.ID
	State    string
	Until    *Period
	EndedBy  *graphql.ID
	Due      *Period
	Standing string
	Claims   []claimRow
	Exercise bool
}

type claimedHoldingRow struct {
	Image       *graphql.ID
	At          atRow
	Proposition graphql.ID
	Population  *string
	When        *Period
	Bearing     string
	Standing    string
	Claims      []claimRow
	Exercise    bool
}

type sightingRow struct {
	Organisation *organisationRow
	Kinds        []string
	Entries      []graphql.ID
	First        *Period
	Last         *Period
	rows         *rows
	seen         trace.Sighting
}

// Actor resolves Sighting.actor. It opens an entry, so who asks is charged for one.
func (s *sightingRow) Actor(ctx context.Context) (*actorRow, error) {
	if err := s.rows.budget.spendRows(1); err != nil {
		return nil, err
	}
	if n := s.seen.Verifier; n >= 0 {
		e, err := s.rows.view.Verified(ctx, s.seen.Entries[0], n, s.rows.size)
		if err != nil || n >= len(e.Event.Verifiers) {
			return nil, wrap(err)
		}
		return s.rows.actor(e, fmt.Sprintf("/verifiers/%d", n), &e.Event.Verifiers[n]), nil
	}
	e, err := s.rows.view.Acted(ctx, s.seen.Entries[0], s.rows.size)
	if err != nil {
		return nil, wrap(err)
	}
	return s.rows.actor(e, "/actor", e.Event.Actor), nil
}

type exposureRow struct {
	Holdings   []holdingRow
	Claimed    []claimedHoldingRow
	Showings   []hopRow
	Sightings  []*sightingRow
	Derived    []graphql.ID
	OutOfScope bool
	Complete   bool
	Cutoffs    []cutoffRow
	TreeSize   Long
}

func (r *rows) entryIDs(all []uint64) []graphql.ID {
	out := make([]graphql.ID, len(all))
	for i, at := range all {
		out[i] = graphql.ID(r.view.EntryID(at).String())
	}
	return out
}

// Exposure resolves Query.exposure.
func (query) Exposure(ctx context.Context, args struct {
	Image imageRefInput
	AsOf  *asOfInput
}) (*exposureRow, error) {
	a := askingOf(ctx)
	ref, err := args.Image.ref(a.inURL)
	if err != nil {
		return nil, wrap(err)
	}
	x, err := a.view.Exposure(ctx, ref, args.AsOf.asOf())
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, x.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	out := &exposureRow{Holdings: make([]holdingRow, len(x.Holdings)), Claimed: make([]claimedHoldingRow, len(x.Claimed)), Showings: make([]hopRow, len(x.Showings)), Sightings: make([]*sightingRow, len(x.Sightings)),
		Derived: make([]graphql.ID, len(x.Derived)), OutOfScope: x.Beyond, Complete: len(x.Cut) == 0, Cutoffs: r.cutoffs(x.Cut), TreeSize: Long(x.TreeSize)}
	for i := range x.Holdings {
		h := &x.Holdings[i]
		row := holdingRow{Image: id(h.Image.Pseudonym), At: *r.at(h.Place), Since: period(h.Since), Begun: h.Begun, Entries: r.entryIDs(h.Entries),
			State: string(h.State), Until: period(h.Until), Due: period(h.Due), Standing: string(h.Standing), Exercise: h.Exercise}
		if h.State == trace.Ended || h.State == trace.MayEnd {
			row.EndedBy = r.entryID(h.EndedBy)
		}
		if row.Claims, err = r.statements(h.Denied); err != nil {
			return nil, wrap(err)
		}
		out.Holdings[i] = row
	}
	for i := range x.Claimed {
		c := &x.Claimed[i]
		claims, err := r.statements(c.Denied, c.Said)
		if err != nil {
			return nil, wrap(err)
		}
		out.Claimed[i] = claimedHoldingRow{id(c.Image.Pseudonym), *r.at(c.Place), graphql.ID(c.Proposition), opt(c.Population), period(c.When),
			string(c.Bearing), string(c.Standing), claims, c.Exercise}
	}
	for i := range x.Showings {
		if out.Showings[i], err = r.hop(&x.Showings[i], 1); err != nil {
			return nil, wrap(err)
		}
	}
	for i, s := range x.Sightings {
		row := &sightingRow{Organisation: r.names.organisation(s.Organisation), Kinds: make([]string, len(s.Kinds)), Entries: r.entryIDs(s.Entries),
			First: period(s.First), Last: period(s.Last), rows: r, seen: s}
		for k, kind := range s.Kinds {
			row.Kinds[k] = string(kind)
		}
		out.Sightings[i] = row
	}
	for i, d := range x.Derived {
		out.Derived[i] = graphql.ID(d.Pseudonym.String())
	}
	return out, nil
}
