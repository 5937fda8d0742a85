package schema

import (
	"context"
	"strconv"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/index"
)

// subscription is the root of what can be followed. Its resolvers make a feed and leave it in the request's asking; the
// stream (stream.go) reads it at the pace of its client. The log itself is the queue, so nothing has to be dropped.
type subscription struct{}

// feed is what one subscription brings.
type feed struct {
	// read returns what has come since it was last read, and whether there is more already. The first time it is
	// called it fails where the viewer may not follow this.
	read func(context.Context) (payloads []payload, more bool, err error)
	// grown is closed when there may be more.
	grown func() <-chan struct{}
}

// payload is one notice on its way.
type payload struct {
	hand   func(context.Context) error // gives it to graphql-go, which makes the answer of it
	cursor string                      // where to go on after it, "" where that is nowhere to be told
}

// hand gives a value to graphql-go.
func hand[T any](to chan<- T, v T) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case to <- v:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type eventNotice struct {
	Cursor   string
	TreeSize Long
	Event    *eventRow
}

const (
	feedPage = 50     // entries read at a time
	feedStep = 10_000 // entries that do not match, after which a notice says how far it is
)

// eventFeed follows the entries that match a filter.
type eventFeed struct {
	asking  *asking
	filter  graph.EventFilter // since where it goes on
	told    uint64            // where to go on, as the last notice says
	begun   bool
	notices chan *eventNotice
}

// Events resolves Subscription.events.
func (subscription) Events(ctx context.Context, args struct {
	Filter *eventFilterInput
	After  *string
}) (<-chan *eventNotice, error) {
	a := askingOf(ctx)
	f, err := args.Filter.filter(a.inURL)
	if err != nil {
		return nil, wrap(err)
	}
	size, err := a.view.TreeSize(graph.AsOf{})
	if err != nil {
		return nil, wrap(err)
	}
	f.Since = size
	if args.After != nil && *args.After != "" {
		if f.Since, err = strconv.ParseUint(*args.After, 10, 64); err != nil || f.Since > size {
			return nil, &coded{graph.CodeBadCursor, "after is not the cursor of a notice of this log"}
		}
	}
	e := &eventFeed{asking: a, filter: f, notices: make(chan *eventNotice)}
	a.feed = &feed{read: e.read, grown: func() <-chan struct{} { return a.view.Grown(e.filter.Since) }}
	return e.notices, nil
}

func (e *eventFeed) read(ctx context.Context) (out []payload, more bool, err error) {
	size, err := e.asking.view.TreeSize(graph.AsOf{})
	if err != nil {
		return nil, false, err
	}
	notice := func(next uint64, row *eventRow) {
		n := &eventNotice{strconv.FormatUint(next, 10), Long(size), row}
		e.told = next
		out = append(out, payload{hand(e.notices, n), n.Cursor})
	}
	if !e.begun {
		notice(e.filter.Since, nil)
	} else if e.filter.Since >= size {
		return nil, false, nil
	}
	e.begun = true
	p, err := e.asking.view.Events(ctx, e.filter, index.Recorded, graph.Pagination{First: feedPage, AsOf: graph.AsOf{Size: &size}})
	if err != nil {
		return nil, false, err
	}
	r, err := rowsOf(ctx, e.asking, size)
	if err != nil {
		return nil, false, err
	}
	for _, entry := range p.Entries {
		r.budget = &budget{stop: func() {}} // each notice has its own
		row, err := r.event(entry)
		if err != nil {
			return nil, false, err
		}
		notice(entry.Index+1, row)
	}
	e.filter.Since = max(e.filter.Since, p.Reached())
	if len(p.Entries) == 0 && e.filter.Since >= e.told+feedStep {
		notice(e.filter.Since, nil)
	}
	return out, e.filter.Since < size, nil
}

// Checkpoints resolves Subscription.checkpoints.
func (subscription) Checkpoints(ctx context.Context) (<-chan checkpointRow, error) {
	a := askingOf(ctx)
	heads := make(chan checkpointRow)
	var size uint64
	begun := false
	a.feed = &feed{
		read: func(context.Context) ([]payload, bool, error) {
			h, err := a.view.Checkpoint(time.Time{})
			if err != nil || begun && h.Size <= size {
				return nil, false, err
			}
			begun, size = true, h.Size
			return []payload{{hand: hand(heads, checkpoint(a.view.Origin(), h))}}, false, nil
		},
		grown: func() <-chan struct{} { return a.view.Grown(size) },
	}
	return heads, nil
}
