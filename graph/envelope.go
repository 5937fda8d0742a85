package graph

import (
	"context"
	"fmt"

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
