package vault

import (
	"bytes"
	"encoding/base64"
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// fixed is a vault whose keys are written here, without a store.
func fixed(t testing.TB) *Vault {
	s := &state{
		vault: [16]byte{1}, lookup: secret{2}, entries: secret{3}, store: secret{4}, boxes: secret{5},
		root: slot{kind: slotLive, key: secret{6}}, sealer: "log",
	}
	return newVault(t.TempDir(), s, RootKey{}, bytes.NewReader(bytes.Repeat([]byte{9}, 64)))
}

// What is on disk outlives the program that wrote it: these were written by the first version. The pseudonyms were
// computed independently too, from the description in the package comment.
func TestFirstVersionIsStillRead(t *testing.T) {
	const (
		image = "s9x9BEwoKBDj6aDJWNqAHw"
		actor = "AGbk1iFFmXOAvrouKEurzQ"
		entry = "tgMFh6ry7FzNUYP5MvTytg"
		blob  = "AQhldmlkZW5jZQKz3H0ETCgoEOPpoMlY2oAfAGbk1iFFmXOAvrouKEurzQkJCQkJCQkJCQkJCQkJCQkDAQEBEC9pbWFnZXMvMC9kaWdlc3QU" +
			"2awZPYeNG6dVlV0DDoHzFCwhJfQBAAIDL2lkBS90ZXh0Gg2687ggbNMQ/VH65F7DYLjQp+qWkQrcaI4/AgIBAQUvdW5pdBa9CaU21kcXZKvr6+HwDO4z" +
			"QG3dtIYG"
		state = "bGljaHRzcHVyLXZhdWx0LXN0YXRlLTEKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABYH9Aj/cV+KDiYk2+uQnsP3Tf4TH6uPnVKAJRxfcCW" +
			"D4HqQEKyrpsrTKWuuXUGzZhZmegH/u6I327aBwcdU6O3fvPugB9Oyjs9Iw9ZtPQxWe/Yb9gP21l8vOXR7j4zB+X0/dUOC3YGz8KDGB6JjTpyhukxsxJr" +
			"ik3vV4Jm3gopMpDfo8n6W3oYtC1LML0J+tENNtFfOI+EeGIYGjGEVabol5mM6ElESIVxz1/3iMZjEEQLNJQjeTqUgKFnwlShlOO8d9P8BxmQFzi6vHIw" +
			"WBHxkCsAnnqF64X0IEUkBA=="
	)
	v := fixed(t)
	if p := pseudonym(t, v, event.SubjectImage, "x", digestA); p.String() != image {
		t.Errorf("image: %v", p)
	}
	if p := pseudonym(t, v, event.SubjectPerson, "bka", "kk-17"); p.String() != actor {
		t.Errorf("actor: %v", p)
	}
	e := v.Entry("bka", "1")
	if e.String() != entry {
		t.Errorf("entry: %v", e)
	}
	data, err := base64.StdEncoding.DecodeString(blob)
	if err != nil {
		t.Fatal(err)
	}
	open, closed, err := v.Decrypt("log", e, data)
	if err != nil || len(closed) > 0 || !slices.Equal(open, []string{"b25l", "dHdv", "four!", "dGhyZWU"}) {
		t.Errorf("%q %v %v", open, closed, err)
	}
	if evidence, err := v.Evidence(data); err != nil || string(evidence) != "evidence" {
		t.Errorf("%q %v", evidence, err)
	}
	sealed, err := base64.StdEncoding.DecodeString(state)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openState(sealed, &RootKey{key: secret{4}})
	if err != nil || !bytes.Equal(s.encode(), v.state.encode()) {
		t.Errorf("%v", err)
	}
}
