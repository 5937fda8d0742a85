package graph

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// envelopeName stands beside the encrypted envelope of a signed plain event.
const envelopeName = "envelope"

// sealedValues encrypts the personal values of an event that the node sealed. The envelope of a signed plain event is
// personal as a whole: it is encrypted like one more value about everybody in the event, and put beside the values.
func (g *Graph) sealedValues(s *event.Sealed, by *SignedBy) ([]byte, error) {
	entry := s.Skeleton.Entry
	if by == nil {
		return g.vault.Encrypt(LogID, entry, s.Disclosures)
	}
	var about []event.Subject
	known := map[event.Pseudonym]bool{}
	for i := range s.Disclosures {
		for _, who := range s.Disclosures[i].Subjects {
			if !known[who.Pseudonym] {
				known[who.Pseudonym] = true
				about = append(about, who)
			}
		}
	}
	envelope, err := g.vault.Encrypt(LogID, entry, []event.Disclosure{{Name: envelopeName, Encoded: string(by.Envelope), Subjects: about}})
	if err != nil {
		return nil, err
	}
	return g.vault.EncryptWith(LogID, entry, s.Disclosures, envelope)
}

// Envelope returns the signature envelope that an entry is kept with: of a leaf of a sealed batch and of its ADMIT entry
// that of the batch, of an ADMIT of outcome FORK the one refused, of a signed plain event its own. It is not found where
// there is none, or a redaction closed it.
func (v *View) Envelope(ctx context.Context, id string) ([]byte, error) {
	if err := v.oversee(); err != nil {
		return nil, err
	}
	e, err := v.Event(ctx, id)
	if err != nil {
		return nil, err
	}
	absent := &Error{Code: CodeNotFound, Message: fmt.Sprintf("entry %q has no signature envelope", id)}
	at := e.Index
	if b, ok := v.g.submissions.covering(at); ok && e.Sealer != LogID {
		at = b.index
	}
	raw, err := v.g.ledger.Entry(at)
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", at, err)
	}
	if len(raw.Sealed) == 0 {
		return nil, absent
	}
	kept, err := v.g.vault.Evidence(raw.Sealed)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", at, err)
	}
	switch {
	case kept == nil:
		return nil, absent
	case at != e.Index || e.Event.Kind == event.KindAdmit:
		return kept, nil
	}
	open, _, err := v.g.vault.Decrypt(e.Sealer, e.ID, kept)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", at, err)
	}
	if len(open) != 1 {
		return nil, absent
	}
	return []byte(open[0]), nil
}

// SourceProof is what a source signed of a leaf of a sealed batch, so that others can check its signature again. The
// envelope's statement has the RFC 6962 root over the batch's leaves, which are leaves of the log as they are: Path leads
// from the entry's leaf hash to that root.
type SourceProof struct {
	Envelope     []byte // DSSE, one line of JSON
	Index, Count uint64 // place in the batch, and how many leaves it has
	Path         []tlog.Hash
	Source, Key  string // who signed, and the id of the key that verified when the batch was recorded
}

// ProveSource returns the proof that the source signed an entry. It is for oversight alone, since root and number of
// leaves tell of what else the batch holds. It is not found where the log alone vouches for the entry: of what the log
// sealed, a signed plain event too, the source signed no leaf.
func (v *View) ProveSource(ctx context.Context, id string) (*SourceProof, error) {
	if err := v.oversee(); err != nil {
		return nil, err
	}
	e, err := v.Event(ctx, id)
	if err != nil {
		return nil, err
	}
	b, ok := v.g.submissions.covering(e.Index)
	if !ok || e.Signature.Attested != event.AttestedBySource {
		return nil, &Error{Code: CodeNotFound, Message: fmt.Sprintf("no source signed entry %q; the log vouches for it", id)}
	}
	p := &SourceProof{Index: e.Index - b.index - 1, Count: b.count, Source: b.source, Key: b.key}
	if p.Envelope, err = v.Envelope(ctx, id); err != nil {
		return nil, err
	}
	p.Path, err = v.g.pathInBatch(b, p.Index)
	return p, err
}

// pathInBatch returns the path from a leaf of a batch to the batch's own root (RFC 6962 section 2.1.1).
func (g *Graph) pathInBatch(b admitted, leaf uint64) ([]tlog.Hash, error) {
	at := make([]int64, b.count)
	for i := range at {
		at[i] = tlog.StoredHashIndex(0, int64(b.index)+1+int64(i))
	}
	leaves, err := g.ledger.ReadHashes(at)
	if err != nil {
		return nil, fmt.Errorf("leaves of batch %d of source %q: %w", b.sequence, b.source, err)
	}
	var tree hashes
	for i, h := range leaves {
		more, err := tlog.StoredHashesForRecordHash(int64(i), h, &tree)
		if err != nil {
			return nil, err
		}
		tree = append(tree, more...)
	}
	return tlog.ProveRecord(int64(b.count), int64(leaf), &tree)
}

// hashes are the stored hashes of a small tree.
type hashes []tlog.Hash

// ReadHashes implements [tlog.HashReader].
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(*h)) {
			return nil, fmt.Errorf("hash %d of %d", x, len(*h))
		}
		out[i] = (*h)[x]
	}
	return out, nil
}
