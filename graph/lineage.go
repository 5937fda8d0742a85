package graph

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// LineageQuery asks where an image went or came from.
type LineageQuery struct {
	Image     ImageRef
	Place     string // the copy in this system or organisation, by id, alias or name; "": all copies
	Direction trace.Direction
	Depth     int            // hops, 1 to trace.MaxDepth
	Onward    []trace.Onward // then, at most MaxOnward
	Classes   []trace.Class  // of edges that are followed; nil: all
	At        time.Time      // down: hops at this time or later; up: or earlier. Zero: any
	Budget    trace.Budget
	AsOf      AsOf
}

// MaxOnward is how many steps a lineage takes at most when its hops are done.
const MaxOnward = 64

// Lineage is the way of an image, as far as the viewer sees, as of a tree size.
type Lineage struct {
	*trace.Lineage
	TreeSize uint64
	// Span returns the first and the last moment that this lineage can show to the viewer however far it is followed; see
	// [trace.Tracer.Span]. It is worked out once, out of what was read already, and may be called from any goroutine.
	Span func() (Span, error) `json:"-"`
}

// Span is a time, in nanoseconds since the Unix epoch. Placed is false where nothing is placed in time.
type Span struct {
	First, Last int64
	Placed      bool
}

// Lineage follows an image hop by hop. What the viewer may not see is left out as if it were not there, but that
// [trace.Lineage].Beyond says that there is more of these images.
func (v *View) Lineage(ctx context.Context, q LineageQuery) (*Lineage, error) {
	t, ask, size, err := v.following(q)
	if err != nil {
		return nil, err
	}
	l, err := t.Lineage(ctx, ask)
	if err != nil {
		return nil, err
	}
	v.reading.gave(len(l.Hops))
	return &Lineage{l, size, sync.OnceValues(func() (s Span, err error) {
		s.First, s.Last, s.Placed, err = t.Span(ctx, ask)
		return s, err
	})}, nil
}

// following checks a question, and prepares to answer it as of a tree size.
func (v *View) following(q LineageQuery) (*trace.Tracer, trace.LineageQuery, uint64, error) {
	ask := trace.LineageQuery{Direction: q.Direction, Depth: q.Depth, Onward: q.Onward, Classes: q.Classes, At: event.Beginning, Budget: q.Budget}
	if q.Depth < 1 || q.Depth > trace.MaxDepth {
		return nil, ask, 0, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("depth is %d; a lineage goes 1 to %d hops", q.Depth, trace.MaxDepth)}
	}
	if len(q.Onward) > MaxOnward {
		return nil, ask, 0, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%d steps onward; a lineage takes up to %d", len(q.Onward), MaxOnward)}
	}
	if err := affordable(q.Budget); err != nil {
		return nil, ask, 0, err
	}
	images, size, err := v.pictured(q.Image, q.AsOf)
	if err != nil {
		return nil, ask, 0, err
	}
	ask.Images = images
	if !q.At.IsZero() {
		ask.At = event.At(q.At).Earliest
	}
	sc := v.scope(size)
	if ask.Place = q.Place; q.Place != "" {
		if _, ok := sc.catalog.System(q.Place); !ok {
			if _, ok := sc.catalog.Organisation(q.Place); !ok {
				return nil, ask, 0, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("neither a system nor an organisation %q is declared", q.Place)}
			}
		}
	}
	t, err := v.traced(sc)
	return t, ask, size, err
}

// affordable refuses budgets that are larger than the largest.
func affordable(b trace.Budget) error {
	d := trace.DefaultBudget
	for _, x := range [...]struct {
		name        string
		asked, most int
	}{{"copies", b.Copies, d.Copies}, {"fanOut", b.FanOut, d.FanOut}, {"entries", b.Entries, d.Entries}} {
		if x.asked < 0 || x.asked > x.most {
			return &Error{Code: CodeBadArgument, Message: fmt.Sprintf("budget: %s is %d; it may be up to %d", x.name, x.asked, x.most)}
		}
	}
	return nil
}

// Exposure says where an image is or was and who saw it, as far as the viewer sees, as of a tree size.
type Exposure struct {
	*trace.Exposure
	TreeSize uint64
}

// Exposure returns every system that holds or held an image, where it was shown, and everybody that saw it.
func (v *View) Exposure(ctx context.Context, image ImageRef, a AsOf) (*Exposure, error) {
	images, size, err := v.pictured(image, a)
	if err != nil {
		return nil, err
	}
	t, err := v.traced(v.scope(size))
	if err != nil {
		return nil, err
	}
	x, err := t.Exposure(ctx, images, trace.Budget{})
	if err != nil {
		return nil, err
	}
	v.reading.gave(len(x.Holdings) + len(x.Claimed) + len(x.Showings) + len(x.Sightings))
	return &Exposure{x, size}, nil
}

// pictured returns the names by which the viewer may ask for an image, and the tree size of the answer.
func (v *View) pictured(ref ImageRef, a AsOf) ([]event.Denotation, uint64, error) {
	if err := v.reads(); err != nil {
		return nil, 0, err
	}
	size, err := v.size(a)
	if err != nil {
		return nil, 0, err
	}
	var f EventFilter
	switch {
	case (ref.Digest != "") == !ref.Pseudonym.IsZero():
		return nil, 0, &Error{Code: CodeBadArgument, Message: "name the image by its digest or by a pseudonym"}
	case ref.Digest != "":
		f.Digests = []string{ref.Digest}
	default:
		f.Images = []event.Pseudonym{ref.Pseudonym}
	}
	out, err := v.resolve(f, size)
	return out.Images, size, err
}

// EntryID is the id of an entry that an answer names by its index.
func (v *View) EntryID(i uint64) event.Pseudonym { return v.g.head.ID(i) }

// Statement returns a claim that an answer rests on, as of its tree size.
func (v *View) Statement(ctx context.Context, index, size uint64) (*Entry, error) {
	return v.event(strconv.FormatUint(index, 10), min(size, v.g.head.Size()))
}

// Verified is [View.Acted] for the nth verifier of an entry.
func (v *View) Verified(ctx context.Context, index uint64, nth int, size uint64) (*Entry, error) {
	e, err := v.event(strconv.FormatUint(index, 10), min(size, v.g.head.Size()))
	if err != nil || nth >= len(e.Event.Verifiers) {
		return e, err
	}
	return e, v.reading.touch(event.SubjectActor, event.Denotation{Sealer: e.Sealer, Pseudonym: e.Event.Verifiers[nth].Pseudonym})
}
