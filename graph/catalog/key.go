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
	KeyUnknown     KeyState = iota // not declared
	KeyValid                       // may verify what was recorded then
	KeyNotYetValid                 // its validity begins later
	KeyExpired                     // its validity has ended
	KeyRevoked                     // it was revoked then or before
)

// String returns the state as a word.
func (s KeyState) String() string {
	switch s {
	case KeyUnknown:
		return "unknown"
	case KeyValid:
		return "valid"
	case KeyNotYetValid:
		return "not yet valid"
	case KeyExpired:
		return "expired"
	case KeyRevoked:
		return "revoked"
	}
	return "?"
}

// Key finds a key by its id.
func (v *View) Key(id string) (*Entry, bool) { return v.Get(event.DeclareKey, id) }

// KeysOf lists the keys declared for a source, whatever their state, by id.
func (v *View) KeysOf(source string) iter.Seq[*Entry] {
	return v.group(event.DeclareKey, keysOf, []string{source})
}

// KeyAt tells how a key stands at a time, by what this view knows. A submission is judged by the time it was
// recorded and, when it is taken in, by the view of that moment; a view of today judges it again with what has been
// said since, such as a revocation from an earlier time on.
//
// A validity without a beginning or end, or none at all, is not limited there. Where a bound is not an instant the
// whole of its day, month or year counts as valid; a revocation counts from the beginning of its.
func (v *View) KeyAt(id string, at time.Time) (*Entry, KeyState) {
	e, ok := v.Key(id)
	if !ok {
		return nil, KeyUnknown
	}
	n := at.UnixNano()
	switch k, valid := e.Key, e.Valid; {
	case !k.Revoked.IsZero() && n >= k.Revoked.Earliest:
		return e, KeyRevoked
	case !valid.IsZero() && n < valid.Earliest:
		return e, KeyNotYetValid
	case !valid.IsZero() && n > valid.Latest:
		return e, KeyExpired
	}
	return e, KeyValid
}
