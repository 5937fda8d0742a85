package graph

import (
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// An event that a source sealed itself has the entry id that the source's vault gave it. The node, whose vault would give
// it another, knows the source's own id of the event since it opened the disclosures, and keeps both (vault.Twin): so the
// same event is recognised whichever way it is handed in again.

// seals reports whether a source ever handed in a sealed batch.
func (g *Graph) seals(source string) bool { return g.submissions.chain(source).Last > 0 }

// recordedAs returns the id under which a source's event stands in the log, and where: that which the node's vault gives
// it, own, or where the event came in a sealed batch that which the source's vault gave it.
func (g *Graph) recordedAs(source string, own event.Pseudonym) (entry event.Pseudonym, index uint64, ok bool, err error) {
	if index, ok = g.head.Entry(own); ok || !g.seals(source) {
		return own, index, ok, nil
	}
	twins, err := g.vault.Twins([]event.Pseudonym{own})
	if err != nil || twins[0].IsZero() {
		return own, 0, false, err
	}
	index, ok = g.head.Entry(twins[0])
	return twins[0], index, ok, nil
}

// RecordedAt returns when a source's event was recorded, by the source's own id; false where it is not.
func (g *Graph) RecordedAt(source, id string) (time.Time, bool, error) {
	_, index, ok, err := g.recordedAs(source, g.vault.Entry(source, id))
	if err != nil || !ok {
		return time.Time{}, false, err
	}
	return time.Unix(0, g.head.Row(index).Recorded).UTC(), true, nil
}

// twins records the ids of a batch's events, native those that the node would give them, and returns the ids of sealed
// entries that were recorded for them before; zero where there is none. They are others than the leaves' own where a source
// that lost its vault seals its events anew. Those that are in the log keep their twins: the batch is going to be refused.
func (g *Graph) twins(b *Batch, native []event.Pseudonym) (before []event.Pseudonym, err error) {
	if before, err = g.vault.Twins(native); err != nil {
		return nil, err
	}
	fresh := make([]vault.Twin, 0, len(native))
	for i := range native {
		entry := b.Leaves[i].Skeleton.Entry
		if _, ok := g.head.Entry(before[i]); !ok && before[i] != entry {
			fresh = append(fresh, vault.Twin{Own: native[i], Foreign: entry})
		}
	}
	return before, g.vault.RecordTwins(fresh)
}

// relating is the node's sealer for one event that relates to others by the source's own ids: those that came in a sealed
// batch have the ids that the batch gave them.
type relating struct {
	*vault.Vault
	g   *Graph
	id  string // of the event itself
	err error
}

func (r *relating) Entry(source, id string) event.Pseudonym {
	if id == r.id {
		return r.Vault.Entry(source, id)
	}
	own := r.Vault.Entry(source, id)
	entry, _, ok, err := r.g.recordedAs(source, own)
	if err != nil {
		r.err = err
	}
	if !ok {
		return own
	}
	return entry
}

// seal seals an event of a source.
func (g *Graph) seal(e *event.Event, source string, admit *event.Admit) (*event.Sealed, error) {
	if len(e.Relates) == 0 || !g.seals(source) {
		return event.Seal(e, source, g.vault, g.opts.Random, admit)
	}
	r := &relating{Vault: g.vault, g: g, id: e.ID}
	sealed, err := event.Seal(e, source, r, g.opts.Random, admit)
	if r.err != nil {
		return nil, r.err
	}
	return sealed, err
}
