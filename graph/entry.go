package graph

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Reason says why a value of an event is not shown.
type Reason string

// The reasons. A value that is shown has none.
const (
	Redacted         Reason = "REDACTED"           // its subject's keys were destroyed
	Hidden           Reason = "HIDDEN"             // lawfully kept from the data subject
	OutOfScope       Reason = "OUT_OF_SCOPE"       // not for this viewer
	WithheldBySource Reason = "WITHHELD_BY_SOURCE" // the source has it and does not say it
	Empty            Reason = "EMPTY"              // the source has none
)

// Signature says who vouches for an entry.
type Signature struct {
	Attested  event.Attestation // the source's own signature, or the log alone
	Source    string
	Key       string // id of the source's key; of a signed plain event the one that the log verified; else ""
	Sequence  int64  // of the batch, 0 where there is none
	Statement string // digest of the signed statement
}

// Entry is one entry of the log as a viewer sees it.
type Entry struct {
	Index     uint64
	ID        event.Pseudonym
	LeafHash  tlog.Hash
	Leaf      []byte // nil where it names what the viewer may not see
	Recorded  time.Time
	Sealer    string
	Source    string
	Event     *event.Event // opened as far as the viewer may see
	Signature Signature
	Closed    map[string]Reason // JSON pointers of what is not shown

	disclosures []string // what opened it, as [event.Open] takes it
}

// Absent returns why the value at a JSON pointer is not there: a reason from Closed, for it or for something above it,
// WITHHELD_BY_SOURCE if the source lists it (or something above it) as withheld, EMPTY otherwise. It is meant for values
// that are missing.
func (e *Entry) Absent(pointer string) Reason {
	for p := pointer; p != "" && len(e.Closed) > 0; p = p[:strings.LastIndexByte(p, '/')] {
		if r, ok := e.Closed[p]; ok {
			return r
		}
	}
	for _, w := range e.Event.Withheld {
		if w == pointer || strings.HasPrefix(pointer, w+"/") {
			return WithheldBySource
		}
	}
	return Empty
}

// skeleton reads one leaf, unscoped, and no sealed values: a third of what reading the entry costs.
func (g *Graph) skeleton(i uint64) (*event.Skeleton, error) {
	leaf, err := g.ledger.Leaf(i)
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", i, err)
	}
	sk, err := event.ParseSkeleton(leaf)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", i, err)
	}
	return sk, nil
}

// entry reads and opens one entry, unscoped.
func (g *Graph) entry(i uint64) (*Entry, error) {
	raw, err := g.ledger.Entry(i)
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", i, err)
	}
	sk, err := event.ParseSkeleton(raw.Leaf)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", i, err)
	}
	out := &Entry{Index: i, ID: sk.Entry, Leaf: raw.Leaf, LeafHash: tlog.RecordHash(raw.Leaf), Sealer: sk.Sealer, Source: sk.Source}
	out.Signature.Source = sk.Source
	if a := sk.Admit; a != nil {
		out.Recorded = time.Unix(0, a.Recorded.Earliest).UTC()
		out.Signature.Attested = event.AttestedByLog
		if sk.Kind != event.KindAdmit {
			out.Signature.Key = a.Key // of a signed plain event
		}
	} else if b, ok := g.submissions.covering(i); ok {
		out.Recorded = time.Unix(0, b.recorded).UTC()
		out.Signature = Signature{Attested: event.AttestedBySource, Source: b.source, Key: b.key, Sequence: b.sequence, Statement: b.statement}
	}
	var encoded []string
	if len(raw.Sealed) > 0 {
		open, closed, err := g.vault.Decrypt(sk.Sealer, sk.Entry, raw.Sealed)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		encoded = open
		out.disclosures = open
		if len(closed) > 0 {
			out.Closed = make(map[string]Reason, len(closed))
			for _, c := range closed {
				out.Closed[c.Name] = Redacted
			}
		}
	}
	if out.Event, err = event.Open(sk, encoded); err != nil {
		return nil, fmt.Errorf("entry %d: %w", i, err)
	}
	return out, nil
}

// sameContent reports whether a native event says what this entry says. Values that a redaction closed cannot be
// compared and count as equal.
func (e *Entry) sameContent(native *event.Event) (bool, error) {
	a, err := event.Canonical(e.Event)
	if err != nil {
		return false, err
	}
	b, err := event.Canonical(native)
	if err != nil {
		return false, err
	}
	if bytes.Equal(a, b) {
		return true, nil
	}
	return len(e.Closed) > 0 && e.Event.Kind == native.Kind && e.Event.Occurred == native.Occurred &&
		e.Event.From == native.From && e.Event.To == native.To && slices.Equal(e.Event.Basis, native.Basis), nil
}

func (e *Entry) receipt(s Status) Receipt {
	return Receipt{Status: s, ID: e.Event.ID, Entry: e.ID, Index: e.Index, LeafHash: e.LeafHash, Recorded: e.Recorded}
}
