package ingest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"time"
)

// KeepOnce is [Quarantine.Keep] for what may be handed in again after a crash, when nobody knows any more whether it was kept:
// a group goes by the time at which its first item came in and a key, and of a group that is there already only those
// items are added that it has not, by id and text. Items that were removed meanwhile come again.
func (q *Quarantine) KeepOnce(source string, at time.Time, key [8]byte, items []Item) error {
	name := at.UTC().Format("20060102T150405.000000000Z") + "-" + hex.EncodeToString(key[:]) + sheetEnding
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.expire(); err != nil {
		return err
	}
	s, err := q.read(name)
	if errors.Is(err, ErrNoItem) {
		s, err = &sheet{Source: source, Kept: at.UTC()}, nil
	}
	if err != nil {
		return err
	}
	before := len(s.Items)
	for i := range items {
		if !slices.ContainsFunc(s.Items[:before], func(it *Item) bool {
			return it != nil && it.ID == items[i].ID && bytes.Equal(it.Event, items[i].Event)
		}) {
			s.Items = append(s.Items, &items[i])
		}
	}
	if len(s.Items) == before {
		return nil
	}
	return q.write(name, s)
}
