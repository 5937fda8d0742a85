package catalog

import (
	"iter"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// KeyState is how a key stands at a time.
type KeyState uint8

// The states of a key.
const (
	KeyUnknown KeyState = iota
	KeyValid
	KeyNotYetValid
	KeyExpired
	KeyRevoked
)

// Key finds a key by its id.
func (v *View) Key(id string) (*Entry, bool) { return v.Get(event.DeclareKey, id) }

// KeysOf lists the keys declared for a source, by id.
func (v *View) KeysOf(source string) iter.Seq[*Entry] {
	return v.standing(rows[*Entry](v.txn, versions, "source", key(source)))
}

// KeyAt tells how a key stands at a time, by what the view knows of it: a revocation counts from the time it names, so
// that what was signed and recorded before it stays verified.
func (v *View) KeyAt(id string, at time.Time) (*Entry, KeyState) {
	e, ok := v.Key(id)
	if !ok {
		return nil, KeyUnknown
	}
	ns := at.UnixNano()
	switch k := e.Key; {
	case !k.Revoked.IsZero() && ns >= k.Revoked.Earliest:
		return e, KeyRevoked
	case !e.Valid.IsZero() && ns < e.Valid.Earliest:
		return e, KeyNotYetValid
	case !e.Valid.IsZero() && ns > e.Valid.Latest:
		return e, KeyExpired
	}
	return e, KeyValid
}
