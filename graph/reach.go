package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// Origin says whose images are meant, in one of these ways; see [trace.Origin].
type Origin struct {
	Place        string // system or organisation, by id, alias or name
	Image        *ImageRef
	Country      string
	Organisation string
	Collection   string
}

// ReachQuery asks whether an image of an origin could have been in a place.
type ReachQuery struct {
	From     Origin
	To       string    // system or organisation, by id, alias or name
	By       time.Time // the latest moment that counts; zero: any
	Through  []trace.Through
	Exercise bool
	AsOf     AsOf
}

// Reachability is the answer, as far as the viewer sees, as of a tree size.
type Reachability struct {
	*trace.Reached
	TreeSize uint64
}

// Reach answers whether an image of an origin could have been in a place by some time.
func (v *View) Reach(ctx context.Context, q ReachQuery) (*Reachability, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	size, err := v.size(q.AsOf)
	if err != nil {
		return nil, err
	}
	sc := v.scope(size)
	ask := trace.ReachQuery{To: q.To, By: event.End, Through: q.Through, Exercise: q.Exercise,
		From: trace.Origin{Place: q.From.Place, Country: q.From.Country, Organisation: q.From.Organisation, Collection: q.From.Collection}}
	given := 0
	for _, s := range [...]string{q.From.Place, q.From.Country, q.From.Organisation, q.From.Collection} {
		if s != "" {
			given++
		}
	}
	if q.From.Image != nil {
		given++
		if ask.From.Images, _, err = v.pictured(*q.From.Image, AsOf{Size: &size}); err != nil {
			return nil, err
		}
		if ask.From.Images == nil {
			ask.From.Images = []event.Denotation{}
		}
	}
	if given != 1 {
		return nil, &Error{Code: CodeBadArgument, Message: "from: say whose images are meant in one way: place, image, country, organisation or collection"}
	}
	for _, name := range [...]string{q.From.Place, q.To} {
		if name != "" && !sc.declares(name) {
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("neither a system nor an organisation %q is declared", name)}
		}
	}
	if name := q.From.Organisation; name != "" {
		if _, ok := sc.catalog.Organisation(name); !ok {
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("no organisation %q is declared", name)}
		}
	}
	if q.To == "" {
		return nil, &Error{Code: CodeBadArgument, Message: "to: name a system or an organisation"}
	}
	if !q.By.IsZero() {
		ask.By = event.At(q.By).Latest
	}
	t, err := v.traced(sc)
	if err != nil {
		return nil, err
	}
	r, err := t.Reach(ctx, ask)
	if err != nil {
		return nil, err
	}
	if r.Path != nil {
		v.reading.gave(len(r.Path.Edges) + len(r.Cut))
	}
	return &Reachability{r, size}, nil
}

// declares reports whether a name is that of a system or an organisation.
func (sc *scope) declares(name string) bool {
	if _, ok := sc.catalog.System(name); ok {
		return true
	}
	_, ok := sc.catalog.Organisation(name)
	return ok
}
