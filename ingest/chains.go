package ingest

import (
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// declared finds the keys that the log declares (keys.Finder), and how far each source's batches have come
// (batch.Chains).
type declared struct{ g *graph.Graph }

// finder finds keys in one state of the catalog.
type finder struct{ now *catalog.View }

func (d declared) KeyAt(id string, at time.Time) (keys.Declared, bool) {
	return finder{d.g.Declared()}.KeyAt(id, at)
}

func (d declared) KeysOf(source string, at time.Time) []keys.Declared {
	return finder{d.g.Declared()}.KeysOf(source, at)
}

func (f finder) KeyAt(id string, at time.Time) (keys.Declared, bool) {
	e, state := f.now.KeyAt(id, at)
	if state == catalog.KeyUnknown {
		return keys.Declared{}, false
	}
	return declaredKey(e, state), true
}

func (f finder) KeysOf(source string, at time.Time) []keys.Declared {
	var out []keys.Declared
	for e := range f.now.KeysOf(source) {
		if k, state := f.now.KeyAt(e.ID, at); state != catalog.KeyUnknown {
			out = append(out, declaredKey(k, state))
		}
	}
	return out
}

func declaredKey(e *catalog.Entry, state catalog.KeyState) keys.Declared {
	out := keys.Declared{ID: e.ID, Source: e.Key.Source, Use: e.Key.Use, PEM: e.Key.PEM}
	switch state {
	case catalog.KeyValid:
		out.State = keys.Valid
	case catalog.KeyNotYetValid:
		out.State = keys.NotYetValid
	case catalog.KeyExpired:
		out.State = keys.Expired
	case catalog.KeyRevoked:
		out.State = keys.Revoked
	}
	return out
}

func (d declared) Last(source string) (int64, string) {
	c := d.g.Chain(source)
	return c.Last, c.Statement
}

func (d declared) Statement(source string, sequence int64) (string, time.Time, bool) {
	return d.g.Statement(source, sequence)
}
