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

func (d declared) KeyAt(id string, at time.Time) (keys.Declared, bool) {
	e, state := d.g.Declared().KeyAt(id, at)
	if state == catalog.KeyUnknown {
		return keys.Declared{}, false
	}
	return declaredKey(e, state), true
}

func (d declared) KeysOf(source string, at time.Time) []keys.Declared {
	var out []keys.Declared
	now := d.g.Declared()
	for e := range now.KeysOf(source) {
		if k, state := now.KeyAt(e.ID, at); state != catalog.KeyUnknown {
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
