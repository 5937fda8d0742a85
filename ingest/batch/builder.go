package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

var (
	// ErrFull says that the batch takes no more; seal it and add the event to the next one.
	ErrFull = errors.New("the batch is full")
	// ErrOversized says that an event fits into no batch.
	ErrOversized = errors.New("the event with its personal values is larger than a line of a batch may be")
	// ErrTwice says that the batch has an entry with this id already.
	ErrTwice = errors.New("the batch has this event already")
)

// Builder collects the sealed events of one source and signs them as a batch. It is not safe for concurrent use.
type Builder struct {
	source  string
	limits  Limits
	lines   []byte // encoded leaves
	hashes  []tlog.Hash
	entries map[event.Pseudonym]struct{}
	first   [32]byte // plain SHA-256 of the first leaf
}

// NewBuilder makes a builder for a source.
func NewBuilder(source string, limits Limits) (*Builder, error) {
	if !event.ValidSlug(source) {
		return nil, fmt.Errorf("source %.80q is not an id", source)
	}
	return &Builder{source: source, limits: limits.orDefault(), entries: map[event.Pseudonym]struct{}{}}, nil
}

// Len returns how many events have been added.
func (b *Builder) Len() int { return len(b.hashes) }

// Size returns how many bytes their lines take.
func (b *Builder) Size() int { return len(b.lines) }

// Reset drops all events.
func (b *Builder) Reset() {
	b.lines, b.hashes = b.lines[:0], b.hashes[:0]
	clear(b.entries)
}

// Add takes a sealed event. It must be sealed by the source itself and without the log's own statement. Errors:
// [ErrFull], [ErrOversized], [ErrTwice]; after each the batch is as before.
func (b *Builder) Add(s *event.Sealed) error {
	sk := s.Skeleton
	switch {
	case sk.Source != b.source || sk.Sealer != b.source:
		return fmt.Errorf("event sealed by %q for source %q cannot go into a batch of %q", sk.Sealer, sk.Source, b.source)
	case sk.Admit != nil || sk.Kind.Reserved():
		return fmt.Errorf("an entry of kind %s with the log's own statement cannot go into a batch", sk.Kind)
	case len(s.Leaf) == 0 || len(s.Leaf) > event.MaxLeaf:
		return fmt.Errorf("a leaf of %d bytes cannot go into a batch: %w", len(s.Leaf), ErrOversized)
	}
	if _, ok := b.entries[sk.Entry]; ok {
		return ErrTwice
	}
	hash := tlog.RecordHash(s.Leaf)
	start := len(b.lines)
	b.lines = appendLine(b.lines, s.Leaf, hash, s.Disclosures)
	size := len(b.lines) - start
	room := b.limits.Bytes - int64(b.limits.Envelope)
	var err error
	switch {
	case size > b.limits.Line || int64(size) > room:
		err = ErrOversized
	case len(b.hashes) >= b.limits.Leaves || int64(len(b.lines)) > room:
		err = ErrFull
	}
	if err != nil {
		b.lines = b.lines[:start]
		return err
	}
	if len(b.hashes) == 0 {
		b.first = sha256.Sum256(s.Leaf)
	}
	b.hashes = append(b.hashes, hash)
	b.entries[sk.Entry] = struct{}{}
	return nil
}

// Position is where in a source's sequence a batch goes.
type Position struct {
	Sequence int64     // its own number
	Previous string    // statement digest of the batch before, "" for the first
	From     time.Time // end of the period of the batch before
}

// Submission is a signed batch, ready to be handed in.
type Submission struct {
	Statement *Statement
	Digest    string // of the statement
	Envelope  []byte // line 1, without its line feed
	lines     []byte
}

// Seal signs what was added as one batch whose period ends at to; with nothing added it is a heartbeat. The builder
// keeps its events, and the submission shares their memory: after [Builder.Reset] or [Builder.Add] the submission
// must not be used any more.
func (b *Builder) Seal(ctx context.Context, s *keys.Signer, p Position, to time.Time) (*Submission, error) {
	return b.seal(ctx, s, p, to, nil)
}

// SealLeaf signs the only event that was added as one leaf.
func (b *Builder) SealLeaf(ctx context.Context, s *keys.Signer, p Position, to time.Time) (*Submission, error) {
	if len(b.hashes) != 1 {
		return nil, fmt.Errorf("%d events; a statement about one leaf takes one", len(b.hashes))
	}
	return b.seal(ctx, s, p, to, &b.first)
}

func (b *Builder) seal(ctx context.Context, s *keys.Signer, p Position, to time.Time, leaf *[32]byte) (*Submission, error) {
	if to.Before(p.From) {
		// The source's clock was set back. A period without length keeps the chain of periods free of overlaps.
		to = p.From
	}
	st := &Statement{
		Source: b.source, Sealer: b.source, Sequence: p.Sequence, Previous: p.Previous,
		From: p.From.UTC(), To: to.UTC(), Count: int64(len(b.hashes)), Root: treeRoot(b.hashes), Leaf: leaf,
	}
	payload, err := st.Marshal()
	if err != nil {
		return nil, err
	}
	if _, err := ParseStatement(payload); err != nil {
		return nil, fmt.Errorf("batch %d: %w", p.Sequence, err) // never sign what nobody would accept
	}
	envelope, err := Sign(ctx, s, PayloadInToto, payload)
	if err != nil {
		return nil, err
	}
	if len(envelope) > b.limits.Envelope {
		return nil, fmt.Errorf("an envelope of %d bytes; at most %d, so fewer certificates", len(envelope), b.limits.Envelope)
	}
	return &Submission{st, Digest(payload), envelope, b.lines}, nil
}

// WriteTo writes the submission.
func (s *Submission) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(append(bytes.Clone(s.Envelope), '\n'))
	if err != nil {
		return int64(n), err
	}
	m, err := w.Write(s.lines)
	return int64(n + m), err
}
