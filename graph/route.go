package graph

import (
	"context"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// Route is a question whose answer is a [trace.Verdict]: could an image of this origin have got there?
type Route struct {
	From string `json:"from"` // a country, an organisation or a system
	To   string `json:"to"`   // an organisation or a system
}

// Reach is the verdict on a route, and the claims that it rests on. See [View.Reach] for all of it.
type Reach struct {
	Route
	Verdict     trace.Verdict
	Path        []*Entry // claims that the way rests on, from the origin on; none where there is no way
	ForbiddenBy []*Entry // rules that restrict a step of it
	DeniedBy    []*Entry // who denies a step of it
}

// reach follows a route.
func (v *View) reach(ctx context.Context, r Route, sc *scope) (*Reach, error) {
	q := trace.ReachQuery{To: r.To, By: event.End}
	if country(r.From) {
		q.From.Country = r.From
	} else {
		q.From.Place = r.From
	}
	t, err := v.traced(sc)
	if err != nil {
		return nil, err
	}
	x, err := t.Reach(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &Reach{Route: r, Verdict: x.Verdict}
	if x.Path == nil {
		return out, nil
	}
	said, denied := x.Path.Held, x.Path.Denied
	for i := range x.Path.Edges {
		said = append(said, x.Path.Edges[i].Said...)
		denied = append(denied, x.Path.Edges[i].Denied...)
	}
	for _, list := range []struct {
		out *[]*Entry
		of  []trace.Statement
	}{{&out.Path, said}, {&out.ForbiddenBy, x.ForbiddenBy}, {&out.DeniedBy, denied}} {
		met := map[uint64]bool{}
		for _, s := range list.of {
			if met[s.Index] {
				continue
			}
			met[s.Index] = true
			e, err := v.opened(s.Index, sc)
			if err != nil {
				return nil, err
			}
			*list.out = append(*list.out, e)
			v.reading.gave(1)
		}
	}
	return out, nil
}

// country reports whether a name is that of a country: ISO 3166-1 alpha-2, in capitals.
func country(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
