package schema

import (
	"context"
	"time"

	graphql "github.com/graph-gophers/graphql-go"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// query is the root. The view comes with each request's context.
type query struct{}

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
	Name          string
	Role          string
	Organisations []string
	Source        *string
	Purpose       string
	PurposeText   *string
}

// Me resolves Query.me.
func (query) Me(ctx context.Context) viewerRow {
	v := viewOf(ctx).Viewer()
	return viewerRow{v.Name, string(v.Role), list(v.Organisations), opt(v.Source), string(v.Purpose), opt(v.PurposeText)}
}

// rowsOf prepares the rows of one answer as of a tree size.
func rowsOf(ctx context.Context, a *asking, size uint64) (*rows, error) {
	c, err := a.view.Catalog(graph.AsOf{Size: &size})
	if err != nil {
		return nil, err
	}
	return &rows{ctx: ctx, names: newNames(c), view: a.view, size: size, tried: map[string]bool{}, budget: &a.budget}, nil
}

// Event resolves Query.event. A role that lists no events gets the same answer for every id.
func (query) Event(ctx context.Context, args struct{ ID graphql.ID }) (*eventRow, error) {
	a := askingOf(ctx)
	size, err := a.view.TreeSize(graph.AsOf{})
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, size)
	if err != nil {
		return nil, wrap(err)
	}
	e, err := a.view.Event(ctx, string(args.ID))
	if graph.CodeOf(err) == graph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err)
	}
	row, err := r.event(e)
	return row, wrap(err)
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

type proofRow struct {
	Index       Long
	Leaf        *string
	LeafHash    string
	Path        []string
	Checkpoint  checkpointRow
	Disclosures []string
	Text        *string
}

type sourceProofRow struct {
	Envelope     string
	Index, Count Long
	Path         []string
	Key          *keyRow
}

// SourceProof resolves Query.sourceProof.
func (query) SourceProof(ctx context.Context, args struct{ Event graphql.ID }) (*sourceProofRow, error) {
	v := viewOf(ctx)
	p, err := v.ProveSource(ctx, string(args.Event))
	if graph.CodeOf(err) == graph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err)
	}
	c, err := v.Catalog(graph.AsOf{})
	if err != nil {
		return nil, wrap(err)
	}
	out := &sourceProofRow{Envelope: string(p.Envelope), Index: Long(p.Index), Count: Long(p.Count), Path: encoded(p.Path)}
	for e := range c.KeysOf(p.Source) { // a key may be declared under a name
		if k, err := keys.ParsePublic([]byte(e.Key.PEM)); err == nil && k.ID == p.Key {
			out.Key = keyOf(e)
		}
	}
	return out, nil
}

// encoded writes hashes in base64.
func encoded(hashes []tlog.Hash) []string {
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = h.String()
	}
	return out
}

// Proof resolves Query.proof.
func (query) Proof(ctx context.Context, args struct{ Event graphql.ID }) (*proofRow, error) {
	v := viewOf(ctx)
	p, err := v.Prove(ctx, string(args.Event))
	return proofOf(p, v.Origin(), err)
}
