package vault

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Twin is the two ids of one event that came in a sealed batch: the one that this vault would have given it, had it
// been handed in unsealed, and the one that its source gave it, which the log has. Both are keyed values of the source's
// own id of the event, under keys of different vaults, so neither can be computed from the other.
type Twin struct {
	Own, Foreign event.Pseudonym
}

// Rows of twins stand beside the look-ups of pseudonyms:
//
//	'e' own id → the foreign id, 16 bytes
//
// They are about no person, so no key of the tree closes them: what the log itself shows of an event is its entry id, of
// whichever vault. Like the other rows they may name an entry that never made it into the log.
const rowTwin byte = 'e'

// RecordTwins writes twins in one durable write. A later one replaces an earlier one of the same own id.
func (v *Vault) RecordTwins(twins []Twin) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return v.broken
	}
	if len(twins) == 0 {
		return nil
	}
	v.meeting.Lock()
	defer v.meeting.Unlock()
	b := v.store.NewWriteBatch()
	defer b.Cancel()
	for i := range twins {
		if err := b.Set(twinName(twins[i].Own), twins[i].Foreign[:]); err != nil {
			return fmt.Errorf("record twins: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("record twins: %w", err)
	}
	return nil
}

// Twins returns the foreign ids recorded for own ids, in order; zero where there is none.
func (v *Vault) Twins(own []event.Pseudonym) ([]event.Pseudonym, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	out := make([]event.Pseudonym, len(own))
	err := v.store.View(func(txn *badger.Txn) error {
		for i := range own {
			item, err := txn.Get(twinName(own[i]))
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err == nil {
				err = item.Value(func(b []byte) error {
					if len(b) != len(out[i]) {
						return fmt.Errorf("%w: a twin has %d bytes", ErrDamaged, len(b))
					}
					copy(out[i][:], b)
					return nil
				})
			}
			if err != nil {
				return fmt.Errorf("read twin: %w", err)
			}
		}
		return nil
	})
	return out, err
}

func twinName(own event.Pseudonym) []byte { return append([]byte{rowTwin}, own[:]...) }
