package batch

import (
	"context"
	"io"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// Chains tells how far the sequences of sealed batches have come.
type Chains interface {
	// Last returns number and statement digest of a source's last batch, 0 and "" before the first.
	Last(source string) (sequence int64, statement string)
	// Statement returns the statement digest of a batch and when it was recorded.
	Statement(source string, sequence int64) (statement string, recorded time.Time, ok bool)
}

// Verifier verifies submissions. It is safe for concurrent use.
type Verifier struct {
	Keys    keys.Finder
	Chains  Chains
	Limits  Limits
	Workers int // goroutines that one batch is verified with, 0: one a processor
}

// Batch is a verified batch. Its fields are what package graph's Admit takes.
type Batch struct {
	Statement *Statement
	Digest    string // of the statement
	Key       string // id of the key that verified
	Envelope  []byte // as handed in, one line
	Replay    bool   // the statement is recorded already: answer with the first receipts. Leaves are not read
	Leaves    []Leaf
}

// Leaf is one verified leaf.
type Leaf struct {
	Bytes       []byte
	Skeleton    *event.Skeleton
	Disclosures []event.Disclosure
	Event       *event.Event // opened
}

// Verify reads and verifies a batch, or one signed leaf, that source hands in at the time at, which is going to be
// its recorded time. A refusal is an [*Error]; other errors are those of r and ctx.
//
// Of a batch that is refused once its signature held, the verified statement is returned beside the error, without
// leaves. With SEQUENCE_FORKED it is the evidence to keep.
func (v *Verifier) Verify(ctx context.Context, r io.Reader, source string, at time.Time) (*Batch, error) {
	lines := NewReader(r, v.Limits)
	text, err := lines.Envelope()
	if err != nil {
		return nil, err
	}
	b, err := v.verifyStatement(ctx, text, source, at)
	if err != nil {
		return b, err
	}
	if b.Replay {
		return b, nil
	}
	leaves, err := v.leaves(ctx, lines, b.Statement)
	if err != nil {
		return b, err
	}
	b.Leaves = leaves
	return b, nil
}

// Recorded verifies again the envelope of a batch or leaf that the log recorded at the time at: form, statement, and the
// signature by a key that was declared for the source and valid then. It does not judge the place in the source's
// sequence and reads no leaves. A refusal is an [*Error].
func (v *Verifier) Recorded(ctx context.Context, text []byte, source string, at time.Time) (*Batch, error) {
	envelope, payload, err := ParseEnvelope(text)
	if err != nil {
		return nil, err
	}
	st, err := ParseStatement(payload)
	if err != nil {
		return nil, err
	}
	if st.Source != source {
		return nil, refuse(WrongSource, "the statement is of source %q, recorded for %q", st.Source, source)
	}
	b := &Batch{Statement: st, Digest: Digest(payload), Envelope: text}
	b.Key, err = envelope.verify(ctx, v.Keys, source, at)
	return b, err
}

// verifyStatement verifies the first line.
func (v *Verifier) verifyStatement(ctx context.Context, text []byte, source string, at time.Time) (*Batch, error) {
	envelope, payload, err := ParseEnvelope(text)
	if err != nil {
		return nil, onLine(err, 1)
	}
	if envelope.PayloadType != PayloadInToto {
		return nil, refuse(Unsupported, "payload type %.100q; sealed batches have %q", envelope.PayloadType, PayloadInToto)
	}
	st, err := ParseStatement(payload)
	if err != nil {
		return nil, onLine(err, 1)
	}
	if st.Source != source {
		return nil, refuse(WrongSource, "the batch is of source %q, handed in by %q", st.Source, source)
	}
	if most := v.Limits.orDefault().Leaves; st.Count > int64(most) {
		return nil, refuse(TooLarge, "%d leaves; a batch has at most %d", st.Count, most)
	}
	b := &Batch{Statement: st, Digest: Digest(payload), Envelope: text}
	recorded, when, known := v.Chains.Statement(source, st.Sequence)
	if b.Replay = known && recorded == b.Digest; b.Replay {
		at = when
	}
	if b.Key, err = envelope.verify(ctx, v.Keys, source, at); err != nil {
		return nil, err
	}
	if b.Replay {
		return b, nil
	}
	return b, v.follows(st, known)
}

// follows checks that a statement is the next of its source.
func (v *Verifier) follows(st *Statement, known bool) error {
	last, statement := v.Chains.Last(st.Source)
	switch {
	case known || st.Sequence <= last:
		return refuse(SequenceForked, "batch %d of source %q is recorded with another statement", st.Sequence, st.Source)
	case st.Sequence > last+1:
		return refuse(SequenceSkipped, "batch %d of source %q does not follow batch %d, the last one here; hand in batch %d first", st.Sequence, st.Source, last, last+1)
	case st.Previous != statement:
		return refuse(BadPrevious, "batch %d names %s as the statement before it; batch %d here has %s", st.Sequence, orNone(st.Previous), last, orNone(statement))
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func onLine(err error, line int) error {
	if e, ok := err.(*Error); ok && e.Line == 0 {
		e.Line = line
	}
	return err
}
