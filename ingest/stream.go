package ingest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// Intake takes events and batches in.
type Intake struct {
	Graph      *graph.Graph
	Quarantine *Quarantine // nil: what cannot be recorded is only answered
	// Workers prepare groups at once; zero: 2.
	Workers int
}

// A group is queued when it has this many events or bytes, or when the stream has no more at hand.
const (
	groupEvents = 512
	groupBytes  = 1 << 20
)

// Line is one line of the answer to a stream; exactly one member is filled.
type Line struct {
	Receipt    *ReceiptLine `json:"receipt,omitzero"`
	Checkpoint string       `json:"checkpoint,omitzero"`
	Error      *ErrorLine   `json:"error,omitzero"`
	Summary    *Summary     `json:"summary,omitzero"`

	// last says that nothing more is at hand: whoever passes lines on passes them on now.
	last bool
}

// ReceiptLine is a receipt as it is answered.
type ReceiptLine struct {
	Line       int64        `json:"line,omitzero"` // line of NDJSON, or place in the array, from 1
	Status     graph.Status `json:"status"`
	ID         string       `json:"id,omitzero"`
	Entry      string       `json:"entry,omitzero"`
	Index      *uint64      `json:"index,omitzero"`
	LeafHash   string       `json:"leafHash,omitzero"`
	Recorded   string       `json:"recorded,omitzero"`
	Flagged    []string     `json:"flagged,omitzero"` // introduced by this event, not confirmed
	Faults     event.Faults `json:"faults,omitzero"`
	Quarantine string       `json:"quarantine,omitzero"` // id of the item kept
	Unmapped   []string     `json:"unmapped,omitzero"`   // of a foreign record: fields that the event has no place for
}

// ErrorLine ends a stream.
type ErrorLine struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Summary counts what became of a stream's events.
type Summary struct {
	Accepted    int64 `json:"accepted"`
	Duplicates  int64 `json:"duplicates"`
	Rejected    int64 `json:"rejected"`
	Quarantined int64 `json:"quarantined,omitzero"`
}

func receiptLine(line int64, r graph.Receipt) *ReceiptLine {
	out := &ReceiptLine{Line: line, Status: r.Status, ID: r.ID, Flagged: r.Flagged, Faults: r.Faults}
	if r.Status != graph.Rejected {
		i := r.Index
		out.Entry, out.Index, out.LeafHash = r.Entry.String(), &i, r.LeafHash.String()
		out.Recorded = r.Recorded.UTC().Format(time.RFC3339Nano)
	}
	return out
}

// group is some units on their way through the stages: read, prepared (on several goroutines), submitted and
// answered (each in order).
type group struct {
	units    []unit
	bytes    int
	ready    chan struct{} // closed when it is prepared
	prepared *graph.Prepared
	events   []int // units that parsed, in order of the prepared group
	pending  *graph.Pending
	err      error
}

// Stream records a stream of events of an authenticated source and answers line by line. Where wait is false and the
// queue is full before anything was answered, it returns an error of code QUEUE_FULL and has recorded nothing; later
// it waits. An error of the stream itself is returned after the receipts of what came before it were answered.
//
// Where Stream ends early, because ctx does or something fails, it does not wait for a read that is under way: r may be
// read, to no effect, until that read returns.
func (in *Intake) Stream(ctx context.Context, source string, r io.Reader, wait bool, answer func(Line) error) (Summary, error) {
	return in.stream(ctx, source, newUnits(r), wait, answer)
}

// feed is where units come from.
type feed interface {
	next() (unit, error) // io.EOF or an *errStream: nothing comes after it
	waiting() bool       // whether the next one would have to be waited for
	close()              // after the last next, on the same goroutine
}

func (in *Intake) stream(ctx context.Context, source string, from feed, wait bool, answer func(Line) error) (Summary, error) {
	if _, err := in.Graph.SourceOf(source); err != nil {
		return Summary{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	workers := in.Workers
	if workers <= 0 {
		workers = 2
	}
	read := make(chan *group)         // to the preparing goroutines
	order := make(chan *group, 2)     // the same groups, in order, to the submitting one
	submitted := make(chan *group, 8) // in order, to this one
	ended := make(chan error, 1)      // how the stream ended; filled before order is closed
	go func() {
		defer close(order)
		defer from.close()
		ended <- split(from, func(g *group) bool {
			for _, to := range []chan *group{order, read} {
				select {
				case to <- g:
				case <-ctx.Done():
					return false
				}
			}
			return true
		})
	}()
	var wg sync.WaitGroup // who uses the graph
	defer wg.Wait()
	defer cancel()
	for range workers {
		wg.Go(func() {
			for {
				select {
				case g := <-read:
					in.prepare(source, g)
					close(g.ready)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wg.Go(func() {
		defer close(submitted)
		in.submit(ctx, order, submitted, wait)
	})

	var sum Summary
	var last ledger.Head
	for g := range submitted {
		if err := in.answer(ctx, source, g, &sum, &last, answer); err != nil {
			return sum, err
		}
	}
	if err := ctx.Err(); err != nil {
		return sum, err
	}
	if err := <-ended; err != nil {
		return sum, err
	}
	return sum, answer(Line{Summary: &sum})
}

// submit queues groups in order. After one that fails it queues no more: what comes after it may rest on it.
func (in *Intake) submit(ctx context.Context, order <-chan *group, submitted chan<- *group, wait bool) {
	for {
		var g *group
		var more bool
		select {
		case g, more = <-order:
		case <-ctx.Done():
		}
		if !more {
			return
		}
		select {
		case <-g.ready:
		case <-ctx.Done():
			return
		}
		if g.err == nil && g.prepared != nil {
			g.pending, g.err = in.Graph.Submit(ctx, g.prepared, wait)
		}
		wait = true // the first is queued: from here on there are receipts
		failed := g.err != nil
		select {
		case submitted <- g:
		case <-ctx.Done():
			return
		}
		if failed {
			return
		}
	}
}

// split reads units into groups until the stream ends. emit returns false where nobody wants more.
func split(u feed, emit func(*group) bool) error {
	g := &group{ready: make(chan struct{})}
	for {
		next, err := u.next()
		if err != nil {
			if len(g.units) > 0 && !emit(g) {
				return nil
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		g.units = append(g.units, next)
		g.bytes += len(next.bytes)
		if len(g.units) >= groupEvents || g.bytes >= groupBytes || u.waiting() {
			if !emit(g) {
				return nil
			}
			g = &group{ready: make(chan struct{})}
		}
	}
}

func (in *Intake) prepare(source string, g *group) {
	events := make([]*event.Event, 0, len(g.units))
	for i := range g.units {
		u := &g.units[i]
		if u.err != nil {
			continue
		}
		e, err := event.Parse(u.bytes)
		if err != nil {
			if !errors.As(err, &u.err) {
				g.err = err
				return
			}
			continue
		}
		events = append(events, e)
		g.events = append(g.events, i)
	}
	if len(events) > 0 {
		g.prepared, g.err = in.Graph.Prepare(source, events)
	}
}

// answer gives out the receipts of a group, then the checkpoint that covers them.
func (in *Intake) answer(ctx context.Context, source string, g *group, sum *Summary, last *ledger.Head, answer func(Line) error) error {
	if g.err != nil {
		return g.err
	}
	var receipts []graph.Receipt
	var head ledger.Head
	if g.pending != nil {
		var err error
		if receipts, head, err = g.pending.Wait(ctx); err != nil {
			return err
		}
	}
	lines := make([]*ReceiptLine, len(g.units))
	var refused []Item
	for n, i := range g.events {
		lines[i] = receiptLine(g.units[i].line, receipts[n])
		lines[i].Unmapped = g.units[i].unmapped
		switch receipts[n].Status {
		case graph.Accepted:
			sum.Accepted++
		case graph.Duplicate:
			sum.Duplicates++
		case graph.Rejected:
			sum.Rejected++
			refused = append(refused, Item{Line: g.units[i].line, ID: receipts[n].ID, Faults: receipts[n].Faults, Event: trim(g.units[i].bytes)})
		}
	}
	for i := range g.units {
		if err := g.units[i].err; err != nil {
			sum.Rejected++
			remedy := g.units[i].remedy
			if remedy == "" {
				remedy = "correct the text of the event and hand it in again; what does not parse is not kept"
			}
			lines[i] = &ReceiptLine{Line: g.units[i].line, ID: g.units[i].id, Status: graph.Rejected, Unmapped: g.units[i].unmapped, Faults: event.Faults{{
				Code: err.Code, Path: err.Path, Problem: err.Message, Remedy: remedy}}}
		}
	}
	if in.Quarantine != nil && len(refused) > 0 {
		ids, err := in.Quarantine.Keep(source, refused)
		switch {
		case errors.Is(err, ErrQuota):
			// The events are answered with their faults all the same; the source still has them.
		case err != nil:
			return err
		default:
			sum.Quarantined += int64(len(ids))
			n := 0
			for _, l := range lines {
				if l.Status == graph.Rejected && n < len(refused) && l.Line == refused[n].Line {
					l.Quarantine = ids[n]
					n++
				}
			}
		}
	}
	covers := head.Size > last.Size
	for i, l := range lines {
		if err := answer(Line{Receipt: l, last: !covers && i == len(lines)-1}); err != nil {
			return err
		}
	}
	if covers {
		*last = head
		return answer(Line{Checkpoint: string(head.Checkpoint), last: true})
	}
	return nil
}
