package ingest

import (
	"context"
	"errors"
	"io"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// Batch verifies and records one sealed batch, or one signed leaf, that a source hands in, and answers a receipt for
// each leaf, the checkpoint that covers them and a summary. A refusal is a *batch.Error or a *graph.Error, and
// nothing of the batch is recorded then, but for the evidence of a fork.
func (in *Intake) Batch(ctx context.Context, source string, r io.Reader, answer func(Line) error) (Summary, error) {
	if _, err := in.Graph.SourceOf(source); err != nil {
		return Summary{}, err
	}
	known := declared{in.Graph}
	v := &batch.Verifier{Keys: known, Chains: known, Workers: in.Workers}
	b, err := v.Verify(ctx, r, source, in.Graph.Now())
	if err != nil {
		if batch.CodeOf(err) != batch.SequenceForked || b == nil {
			return Summary{}, err
		}
		// The graph keeps both statements and refuses with its own words.
	}
	g := &graph.Batch{
		Source: b.Statement.Source, Sequence: b.Statement.Sequence, Statement: b.Digest, Previous: b.Statement.Previous,
		Key: b.Key, Root: b.Statement.Root.String(), Envelope: b.Envelope, Leaves: make([]graph.Leaf, len(b.Leaves)),
	}
	for i, l := range b.Leaves {
		g.Leaves[i] = graph.Leaf{Bytes: l.Bytes, Skeleton: l.Skeleton, Disclosures: l.Disclosures, Event: l.Event}
	}
	receipts, head, _, err := in.Graph.Admit(ctx, g)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Accepted: int64(len(receipts))}
	for i := range receipts {
		if err := answer(Line{Receipt: receiptLine(int64(i+1), receipts[i])}); err != nil {
			return sum, err
		}
	}
	if err := answer(Line{Checkpoint: string(head.Checkpoint)}); err != nil {
		return sum, err
	}
	return sum, answer(Line{Summary: &sum})
}

// Code returns the stable code of any error of this package or those it calls, or "INTERNAL".
func Code(err error) string {
	var s *errStream
	var p *event.ParseError
	switch {
	case errors.As(err, &p):
		return p.Code
	case errors.As(err, &s):
		return s.Code
	case batch.CodeOf(err) != "":
		return string(batch.CodeOf(err))
	case graph.CodeOf(err) != "":
		return graph.CodeOf(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "CANCELLED"
	}
	return "INTERNAL"
}
