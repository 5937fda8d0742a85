package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// Batch verifies and records one sealed batch, signed leaf or signed plain event that a source hands in, and answers a
// receipt for each event, the checkpoint that covers them and a summary. A refusal is a *batch.Error or a *graph.Error,
// and nothing of the submission is recorded then, but for the evidence of a fork. Where the queue is full it waits for room
// if wait is true, and otherwise refuses with QUEUE_FULL.
func (in *Intake) Batch(ctx context.Context, source string, r io.Reader, wait bool, answer func(Line) error) (Summary, error) {
	if _, err := in.Graph.SourceOf(source); err != nil {
		return Summary{}, err
	}
	known := declared{in.Graph}
	v := &batch.Verifier{Keys: known, Chains: known, Workers: in.Workers}
	now := in.Graph.Now()
	br := bufio.NewReaderSize(plainReader{r}, 32<<10)
	first, err := firstLine(br)
	if err != nil {
		return Summary{}, err
	}
	if batch.IsSignedEvent(first) {
		return in.signedEvent(ctx, v, source, first, br, now, wait, answer)
	}
	b, err := v.Verify(ctx, io.MultiReader(bytes.NewReader(first), br), source, now)
	if err != nil {
		if batch.CodeOf(err) != batch.SequenceForked || b == nil {
			return Summary{}, err
		}
		// The graph keeps both statements and refuses with its own words.
	}
	g := &graph.Batch{
		Source: b.Statement.Source, Sequence: b.Statement.Sequence, Statement: b.Digest, Previous: b.Statement.Previous,
		Key: b.Key, Root: b.Statement.Root.String(), Envelope: b.Envelope, Leaves: make([]graph.Leaf, len(b.Leaves)), Recorded: now, Wait: wait,
	}
	for i, l := range b.Leaves {
		g.Leaves[i] = graph.Leaf{Bytes: l.Bytes, Skeleton: l.Skeleton, Disclosures: l.Disclosures, Event: l.Event}
	}
	receipts, head, _, err := in.Graph.Admit(ctx, g)
	if err != nil {
		return Summary{}, err
	}
	return answerAll(receipts, head, answer)
}

// firstLine reads a line with its line feed, or, of one that is longer than an envelope may be, the beginning.
func firstLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > batch.DefaultLimits.Envelope:
			return line, nil
		}
	}
}

// signedEvent verifies and records one plain event that its source signed; the node seals it.
func (in *Intake) signedEvent(ctx context.Context, v *batch.Verifier, source string, envelope []byte, rest *bufio.Reader, now time.Time, wait bool, answer func(Line) error) (Summary, error) {
	more, err := io.ReadAll(io.LimitReader(rest, 1<<10))
	if err != nil {
		return Summary{}, err
	}
	if len(bytes.TrimSpace(more)) > 0 {
		return Summary{}, &batch.Error{Code: batch.Malformed, Line: 2, Message: "something follows the signed event; hand in one a request"}
	}
	signed, err := v.Event(ctx, envelope, source, now)
	if code := batch.CodeOf(err); code == batch.KeyExpired || code == batch.KeyRevoked {
		// A repeat is judged by the time at which the event was recorded first, so that a lost answer can be asked for.
		at, recorded, lookup := in.Graph.RecordedAt(source, batch.EventID(envelope))
		if lookup != nil {
			return Summary{}, lookup
		}
		if recorded {
			signed, err = v.Event(ctx, envelope, source, at)
		}
	}
	if err != nil {
		return Summary{}, err
	}
	receipts, head, err := in.Graph.RecordSigned(ctx, source, signed.Event, graph.SignedBy{Key: signed.Key, Envelope: signed.Envelope}, now, wait)
	if err != nil {
		return Summary{}, err
	}
	if f := receipts[0].Faults; len(f) > 0 {
		return Summary{}, &batch.Error{Code: batch.InvalidEvent, Message: "the signed event cannot be recorded", Faults: f, Err: f}
	}
	return answerAll(receipts, head, answer)
}

// answerAll answers the receipts of a submission that was taken whole.
func answerAll(receipts []graph.Receipt, head ledger.Head, answer func(Line) error) (Summary, error) {
	var sum Summary
	for i := range receipts {
		if receipts[i].Status == graph.Duplicate {
			sum.Duplicates++
		} else {
			sum.Accepted++
		}
		if err := answer(Line{Receipt: receiptLine(int64(i+1), receipts[i])}); err != nil {
			return sum, err
		}
	}
	if err := answer(Line{Checkpoint: string(head.Checkpoint), last: true}); err != nil {
		return sum, err
	}
	return sum, answer(Line{Summary: &sum})
}

// Code returns the stable code of any error of this package or those it calls, or "INTERNAL".
func Code(err error) string {
	var s *errStream
	var p *event.ParseError
	switch {
	case batch.CodeOf(err) != "": // its cause may be one of those below
		return string(batch.CodeOf(err))
	case errors.As(err, &p):
		return p.Code
	case errors.As(err, &s):
		return s.Code
	case graph.CodeOf(err) != "":
		return graph.CodeOf(err)
	case errors.Is(err, ErrNoItem):
		return graph.CodeNotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "CANCELLED"
	}
	return "INTERNAL"
}
