package schema

import (
	"context"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"
	"time"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// query is the root. The view comes with each request's context.
type query struct{}

type viewKey struct{}

func viewOf(ctx context.Context) *graph.View { return ctx.Value(viewKey{}).(*graph.View) }

type asOfInput struct {
	Size *Long
	At   *DateTime
}

func (a *asOfInput) asOf() graph.AsOf {
	var out graph.AsOf
	if a == nil {
		return out
	}
	if a.Size != nil {
		out.Size = uint64(*a.Size)
	}
	if a.At != nil {
		out.At = a.At.Time
	}
	return out
}

type checkpointRow struct {
	Origin   string
	Size     Long
	Root     string
	Recorded *DateTime
	Note     string
}

func checkpoint(origin string, h ledger.Head) checkpointRow {
	out := checkpointRow{Origin: origin, Size: Long(h.Size), Root: h.Root.String(), Note: string(h.Checkpoint)}
	if !h.Recorded.IsZero() {
		out.Recorded = &DateTime{h.Recorded}
	}
	return out
}

// Checkpoint resolves Query.checkpoint.
func (query) Checkpoint(ctx context.Context, args struct{ At *DateTime }) (checkpointRow, error) {
	v := viewOf(ctx)
	var at time.Time
	if args.At != nil {
		at = args.At.Time
	}
	h, err := v.Checkpoint(at)
	return checkpoint(v.Origin(), h), wrap(err)
}

type viewerRow struct {
	Name        string
	Role        string
	Source      *string
	Purpose     string
	PurposeText *string
}

// Me resolves Query.me.
func (query) Me(ctx context.Context) viewerRow {
	v := viewOf(ctx).Viewer()
	return viewerRow{v.Name, string(v.Role), opt(v.Source), string(v.Purpose), opt(v.PurposeText)}
}

// rowsOf prepares the rows of one answer as of a tree size; zero: now.
func rowsOf(v *graph.View, size uint64) (*rows, error) {
	c, err := v.Catalog(graph.AsOf{Size: size})
	if err != nil {
		return nil, err
	}
	if size == 0 {
		h, err := v.Checkpoint(time.Time{})
		if err != nil {
			return nil, err
		}
		size = h.Size
	}
	return &rows{names: newNames(c), view: v, size: size, tried: map[string]bool{}}, nil
}

// Event resolves Query.event.
func (query) Event(ctx context.Context, args struct{ ID graphql.ID }) (*eventRow, error) {
	v := viewOf(ctx)
	e, err := v.Event(ctx, string(args.ID))
	if graph.CodeOf(err) == graph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(v, 0)
	if err != nil {
		return nil, wrap(err)
	}
	row, err := r.event(e)
	return row, wrap(err)
}

type identityInput struct {
	Pseudonym  *graphql.ID
	Source     *graphql.ID
	Identifier *string
}

type eventFilterInput struct {
	Kinds         *[]string
	Digests       *[]string
	Images        *[]graphql.ID
	Systems       *[]graphql.ID
	Parts         bool
	Organisations *[]graphql.ID
	Actors        *[]identityInput
	Cases         *[]identityInput
	Sources       *[]graphql.ID
	Purposes      *[]string
	Transfers     *[]string
	Targets       *[]graphql.ID
	Occurred      *Period
	Recorded      *Period
	Exercise      *bool
	Missing       *[]string
}

// texts turns an optional list into strings: nil stays nil, since an empty list matches nothing.
func texts[T ~string](in *[]T) []string {
	if in == nil {
		return nil
	}
	out := make([]string, len(*in))
	for i, s := range *in {
		out[i] = string(s)
	}
	return out
}

func pseudonyms(in *[]graphql.ID) ([]event.Pseudonym, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]event.Pseudonym, len(*in))
	for i, s := range *in {
		p, err := event.ParsePseudonym(string(s))
		if err != nil {
			return nil, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
		}
		out[i] = p
	}
	return out, nil
}

func identities(in *[]identityInput) ([]graph.Identity, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]graph.Identity, len(*in))
	for i, x := range *in {
		if x.Pseudonym != nil {
			p, err := event.ParsePseudonym(string(*x.Pseudonym))
			if err != nil {
				return nil, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
			}
			out[i].Pseudonym = p
		}
		if x.Source != nil {
			out[i].Source = string(*x.Source)
		}
		if x.Identifier != nil {
			out[i].Identifier = *x.Identifier
		}
	}
	return out, nil
}

var missingFlags = map[string]index.Flags{
	"JUSTIFICATION": index.MissingJustification, "CASE": index.MissingCase, "BASIS": index.MissingBasis,
	"PURPOSE": index.MissingPurpose, "ACTOR": index.MissingActor, "OCCURRED": index.MissingOccurred,
}

func (in *eventFilterInput) filter() (f graph.EventFilter, err error) {
	if in == nil {
		return f, nil
	}
	if in.Kinds != nil {
		f.Kinds = []event.Kind{}
		for _, k := range *in.Kinds {
			f.Kinds = append(f.Kinds, event.Kind(k))
		}
	}
	f.Digests, f.Systems, f.Organisations, f.Sources = texts(in.Digests), texts(in.Systems), texts(in.Organisations), texts(in.Sources)
	f.Purposes, f.Transfers, f.Parts, f.Exercise = texts(in.Purposes), texts(in.Transfers), in.Parts, in.Exercise
	if f.Images, err = pseudonyms(in.Images); err != nil {
		return f, err
	}
	if f.Targets, err = pseudonyms(in.Targets); err != nil {
		return f, err
	}
	if f.Actors, err = identities(in.Actors); err != nil {
		return f, err
	}
	if f.Cases, err = identities(in.Cases); err != nil {
		return f, err
	}
	if in.Occurred != nil {
		f.Occurred = in.Occurred.Time
	}
	if in.Recorded != nil {
		f.Recorded = in.Recorded.Time
	}
	if in.Missing != nil {
		for _, m := range *in.Missing {
			f.Missing |= missingFlags[m]
		}
	}
	return f, nil
}

type pageInfoRow struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

type eventConnection struct {
	Edges            []eventEdge
	Nodes            []*eventRow
	PageInfo         pageInfoRow
	TreeSize         Long
	Complete         bool
	IncompleteReason *string
	ContinueFrom     *string
}

type eventEdge struct {
	Cursor string
	Node   *eventRow
}

var orders = map[string]index.Order{
	"RECORDED": index.Recorded, "RECORDED_DESC": index.RecordedDesc, "OCCURRED": index.Occurred, "OCCURRED_DESC": index.OccurredDesc,
}

func pagination(first int32, after *string, a *asOfInput) graph.Pagination {
	pg := graph.Pagination{First: int(first), AsOf: a.asOf()}
	if after != nil {
		pg.After = *after
	}
	return pg
}

// cursors gives the cursor of every entry of a page, and what Relay calls its page info.
func cursors(p *graph.Page, after *string) ([]string, pageInfoRow, error) {
	out := make([]string, len(p.Entries))
	for i := range out {
		c, err := p.Cursor(i)
		if err != nil {
			return nil, pageInfoRow{}, err
		}
		out[i] = c
	}
	info := pageInfoRow{HasNextPage: p.More, HasPreviousPage: after != nil && *after != ""}
	if n := len(out); n > 0 {
		info.StartCursor, info.EndCursor = &out[0], &out[n-1]
	}
	return out, info, nil
}

// Events resolves Query.events.
func (query) Events(ctx context.Context, args struct {
	Filter *eventFilterInput
	Order  string
	First  int32
	After  *string
	AsOf   *asOfInput
}) (*eventConnection, error) {
	v := viewOf(ctx)
	f, err := args.Filter.filter()
	if err != nil {
		return nil, wrap(err)
	}
	p, err := v.Events(ctx, f, orders[args.Order], pagination(args.First, args.After, args.AsOf))
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(v, p.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	cs, info, err := cursors(p, args.After)
	if err != nil {
		return nil, wrap(err)
	}
	out := &eventConnection{Edges: make([]eventEdge, len(cs)), Nodes: make([]*eventRow, len(cs)), PageInfo: info, TreeSize: Long(p.TreeSize), Complete: true}
	for i, e := range p.Entries {
		if out.Nodes[i], err = r.event(e); err != nil {
			return nil, wrap(err)
		}
		out.Edges[i] = eventEdge{cs[i], out.Nodes[i]}
	}
	return out, nil
}

type claimFilterInput struct {
	Subjects     *[]graphql.ID
	Parts        bool
	Claimants    *[]graphql.ID
	Propositions *[]graphql.ID
	Questions    *[]graphql.ID
	Documents    *[]graphql.ID
	Stances      *[]string
}

type claimConnection struct {
	Edges            []claimEdge
	Nodes            []*claimRow
	PageInfo         pageInfoRow
	TreeSize         Long
	Complete         bool
	IncompleteReason *string
	ContinueFrom     *string
}

type claimEdge struct {
	Cursor string
	Node   *claimRow
}

// Claims resolves Query.claims.
func (query) Claims(ctx context.Context, args struct {
	Filter *claimFilterInput
	First  int32
	After  *string
	AsOf   *asOfInput
}) (*claimConnection, error) {
	v := viewOf(ctx)
	var f graph.ClaimFilter
	if in := args.Filter; in != nil {
		f = graph.ClaimFilter{Subjects: texts(in.Subjects), Parts: in.Parts, Claimants: texts(in.Claimants), Propositions: texts(in.Propositions), Questions: texts(in.Questions), Documents: texts(in.Documents)}
		if in.Stances != nil {
			f.Stances = []event.Stance{}
			for _, s := range *in.Stances {
				f.Stances = append(f.Stances, event.Stance(s))
			}
		}
	}
	p, err := v.Claims(ctx, f, index.Recorded, pagination(args.First, args.After, args.AsOf))
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(v, p.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	cs, info, err := cursors(p, args.After)
	if err != nil {
		return nil, wrap(err)
	}
	out := &claimConnection{Edges: make([]claimEdge, len(cs)), Nodes: make([]*claimRow, len(cs)), PageInfo: info, TreeSize: Long(p.TreeSize), Complete: true}
	for i, e := range p.Entries {
		if out.Nodes[i], err = r.claim(e); err != nil {
			return nil, wrap(err)
		}
		out.Edges[i] = claimEdge{cs[i], out.Nodes[i]}
	}
	return out, nil
}

// Organisation resolves Query.organisation.
func (query) Organisation(ctx context.Context, args struct {
	ID   graphql.ID
	AsOf *asOfInput
}) (*organisationRow, error) {
	c, err := viewOf(ctx).Catalog(args.AsOf.asOf())
	if err != nil {
		return nil, wrap(err)
	}
	if e, ok := c.Organisation(string(args.ID)); ok {
		return organisationOf(e), nil
	}
	return nil, nil
}

// System resolves Query.system.
func (query) System(ctx context.Context, args struct {
	ID   graphql.ID
	AsOf *asOfInput
}) (*systemRow, error) {
	c, err := viewOf(ctx).Catalog(args.AsOf.asOf())
	if err != nil {
		return nil, wrap(err)
	}
	if e, ok := c.System(string(args.ID)); ok {
		return newNames(c).systemOf(e), nil
	}
	return nil, nil
}

type catalogConnection[R any] struct {
	Edges    []catalogEdge[R]
	Nodes    []R
	PageInfo pageInfoRow
	TreeSize Long
	Complete bool
}

type catalogEdge[R any] struct {
	Cursor string
	Node   R
}

// catalogPage takes a page off a list that is in order of id. Its cursor is the id and the tree size.
func catalogPage[R any](v *graph.View, first int32, after *string, a *asOfInput, list func(*catalog.View, string) iter.Seq[*catalog.Entry], row func(*names, *catalog.Entry) R) (*catalogConnection[R], error) {
	if first < 1 || first > graph.MaxPage {
		return nil, &graph.Error{Code: graph.CodeBadArgument, Message: fmt.Sprintf("first is %d; a page has 1 to %d entries", first, graph.MaxPage)}
	}
	at, from := a.asOf(), ""
	if after != nil && *after != "" {
		raw, err := base64.RawURLEncoding.DecodeString(*after)
		var size uint64
		if err == nil {
			_, err = fmt.Sscanf(string(raw), "%d %s", &size, &from)
		}
		if err != nil {
			return nil, &graph.Error{Code: graph.CodeBadCursor, Message: "the cursor is not one of this list; ask for the first page again"}
		}
		at = graph.AsOf{Size: size}
	}
	if at == (graph.AsOf{}) {
		h, err := v.Checkpoint(time.Time{})
		if err != nil {
			return nil, err
		}
		at.Size = h.Size
	}
	c, err := v.Catalog(at)
	if err != nil {
		return nil, err
	}
	out := &catalogConnection[R]{Edges: []catalogEdge[R]{}, Nodes: []R{}, TreeSize: Long(at.Size), Complete: true}
	out.PageInfo.HasPreviousPage = from != ""
	n := newNames(c)
	for e := range list(c, from) {
		if len(out.Nodes) == int(first) {
			out.PageInfo.HasNextPage = true
			break
		}
		r := row(n, e)
		cursor := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", at.Size, e.ID))
		out.Nodes = append(out.Nodes, r)
		out.Edges = append(out.Edges, catalogEdge[R]{cursor, r})
	}
	if k := len(out.Edges); k > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[k-1].Cursor
	}
	return out, nil
}

type organisationFilterInput struct {
	Country *string
	Class   *string
	PartOf  *graphql.ID
	Text    *string
}

func or[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}

// Organisations resolves Query.organisations.
func (query) Organisations(ctx context.Context, args struct {
	Filter *organisationFilterInput
	First  int32
	After  *string
	AsOf   *asOfInput
}) (*catalogConnection[*organisationRow], error) {
	var want catalog.Criteria
	if f := args.Filter; f != nil {
		want = catalog.Criteria{Country: or(f.Country), Class: event.RecipientClass(or(f.Class)), PartOf: or(f.PartOf), Text: or(f.Text)}
	}
	out, err := catalogPage(viewOf(ctx), args.First, args.After, args.AsOf,
		func(c *catalog.View, after string) iter.Seq[*catalog.Entry] { return c.Organisations(after, want) },
		func(_ *names, e *catalog.Entry) *organisationRow { return organisationOf(e) })
	return out, wrap(err)
}

type systemFilterInput struct {
	Operator *graphql.ID
	Vendor   *graphql.ID
	Type     *string
	PartOf   *graphql.ID
	Text     *string
}

// Systems resolves Query.systems.
func (query) Systems(ctx context.Context, args struct {
	Filter *systemFilterInput
	First  int32
	After  *string
	AsOf   *asOfInput
}) (*catalogConnection[*systemRow], error) {
	var want catalog.Criteria
	if f := args.Filter; f != nil {
		want = catalog.Criteria{Operator: or(f.Operator), Vendor: or(f.Vendor), Type: or(f.Type), PartOf: or(f.PartOf), Text: or(f.Text)}
	}
	out, err := catalogPage(viewOf(ctx), args.First, args.After, args.AsOf,
		func(c *catalog.View, after string) iter.Seq[*catalog.Entry] { return c.Systems(after, want) },
		func(n *names, e *catalog.Entry) *systemRow { return n.systemOf(e) })
	return out, wrap(err)
}

type proofRow struct {
	Index      Long
	Leaf       string
	LeafHash   string
	Path       []string
	Checkpoint checkpointRow
}

// Proof resolves Query.proof.
func (query) Proof(ctx context.Context, args struct{ Event graphql.ID }) (*proofRow, error) {
	v := viewOf(ctx)
	p, err := v.Prove(ctx, string(args.Event))
	if graph.CodeOf(err) == graph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err)
	}
	out := &proofRow{Index: Long(p.Index), Leaf: base64.StdEncoding.EncodeToString(p.Leaf), LeafHash: p.LeafHash().String(),
		Path: make([]string, len(p.Path)), Checkpoint: checkpoint(v.Origin(), p.Head)}
	for i, h := range p.Path {
		out.Path[i] = h.String()
	}
	return out, nil
}

// coded is an error as the client sees it.
type coded struct {
	code, message string
}

func (c *coded) Error() string { return c.message }

// Extensions gives graphql-go the stable code.
func (c *coded) Extensions() map[string]any { return map[string]any{"code": c.code} }

// internal wraps an error that is not the client's: its text goes to the operator's log only.
type internal struct{ err error }

func (e *internal) Error() string { return "the log failed to answer; the operator's log says why" }
func (e *internal) Unwrap() error { return e.err }

// Extensions gives graphql-go the stable code.
func (e *internal) Extensions() map[string]any { return map[string]any{"code": "INTERNAL"} }

// wrap gives an error its stable code, and hides what is not the client's.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	if code := graph.CodeOf(err); code != "" {
		return &coded{code, err.Error()}
	}
	if slices.Contains([]error{context.DeadlineExceeded, context.Canceled}, err) {
		return &coded{"TIMEOUT", "the answer took longer than a request may; ask for less"}
	}
	return &internal{err}
}
