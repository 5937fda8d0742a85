package schema

import (
	"context"
	"strings"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/trace"
)

type originInput struct {
	Place        *graphql.ID
	Image        *imageRefInput
	Country      *string
	Organisation *graphql.ID
	Collection   *graphql.ID
}

type reachPathRow struct {
	Start *atRow
	Held  []claimRow
	Edges []hopRow
}

type reachRow struct {
	Verdict     string
	Path        *reachPathRow
	Cut         []hopRow
	ForbiddenBy []claimRow
	DeniedBy    []claimRow
	SilentOn    []claimRow
	Complete    bool
	TreeSize    Long
}

// Reach resolves Query.reach.
func (query) Reach(ctx context.Context, args struct {
	From     originInput
	To       graphql.ID
	By       *DateTime
	Through  *[]string
	Exercise flag
	AsOf     *asOfInput
}) (*reachRow, error) {
	a := askingOf(ctx)
	q := graph.ReachQuery{To: string(args.To), Through: words[trace.Through](args.Through), Exercise: bool(args.Exercise), AsOf: args.AsOf.asOf(),
		From: graph.Origin{Place: or(args.From.Place), Country: strings.ToUpper(or(args.From.Country)), Organisation: or(args.From.Organisation), Collection: or(args.From.Collection)}}
	if args.From.Image != nil {
		ref, err := args.From.Image.ref(a.inURL)
		if err != nil {
			return nil, wrap(err)
		}
		q.From.Image = &ref
	}
	if args.By != nil {
		q.By = args.By.Time
	}
	x, err := a.view.Reach(ctx, q)
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, x.TreeSize)
	if err != nil {
		return nil, wrap(err)
	}
	out := &reachRow{Verdict: string(x.Verdict), Complete: x.Complete, TreeSize: Long(x.TreeSize)}
	if x.Path != nil {
		out.Path = &reachPathRow{Start: r.at(x.Path.Start)}
		if out.Path.Held, err = r.statements(x.Path.Held); err != nil {
			return nil, wrap(err)
		}
		if out.Path.Edges, err = r.hops(x.Path.Edges); err != nil {
			return nil, wrap(err)
		}
	}
	if out.Cut, err = r.hops(x.Cut); err != nil {
		return nil, wrap(err)
	}
	for _, list := range [...]struct {
		of []trace.Statement
		to *[]claimRow
	}{{x.ForbiddenBy, &out.ForbiddenBy}, {x.DeniedBy, &out.DeniedBy}, {x.SilentOn, &out.SilentOn}} {
		if *list.to, err = r.statements(list.of); err != nil {
			return nil, wrap(err)
		}
	}
	return out, nil
}

// hops makes the rows of a path's edges, the first of depth one.
func (r *rows) hops(edges []trace.Edge) ([]hopRow, error) {
	out := make([]hopRow, len(edges))
	for i := range edges {
		var err error
		if out[i], err = r.hop(&edges[i], i+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}
