package ingest

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// Items in quarantine hold personal values, so looking at them is a reading like any other: an entry of the access ledger,
// durable before the first item goes out.

// accountTime is how long an answer waits for its entry in the access ledger, which takes milliseconds.
const accountTime = 15 * time.Second

// Reporter is a source that looks at what is its own.
func Reporter(source string) graph.Viewer {
	return graph.Viewer{Name: source, Role: graph.Reporter, Source: source, Purpose: graph.Reporting}
}

// AccountItems accounts for looking at all items of a source, or of all where it names none. It fails with [ErrDamaged]
// only where nothing can be read: what can be is accounted for.
func (in *Intake) AccountItems(ctx context.Context, v graph.Viewer, source string) error {
	a := graph.Access{Operation: "list"}
	var damage error
	for it, err := range in.Quarantine.Items(source) {
		if err != nil {
			damage = errors.Join(damage, err)
			continue
		}
		n, err := lengthOf(it)
		if err != nil {
			return err
		}
		a.Rows, a.Bytes = a.Rows+1, a.Bytes+n
	}
	if a.Rows == 0 && damage != nil {
		return damage
	}
	return in.account(ctx, v, a)
}

// AccountItem accounts for looking at one item.
func (in *Intake) AccountItem(ctx context.Context, v graph.Viewer, it Item) error {
	n, err := lengthOf(it)
	if err != nil {
		return err
	}
	return in.account(ctx, v, graph.Access{Operation: it.Quarantine, Rows: 1, Bytes: n})
}

func lengthOf(it Item) (int64, error) {
	var n counter
	err := json.MarshalWrite(&n, it)
	return int64(n) + 1, err
}

// account does so whether anybody still waits for the answer or not.
func (in *Intake) account(ctx context.Context, v graph.Viewer, a graph.Access) error {
	view, err := in.Graph.As(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), accountTime)
	defer cancel()
	a.Way = event.WayQuarantine
	return view.Account(ctx, a)
}

// counter counts what is written.
type counter int64

var _ io.Writer = (*counter)(nil)

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
