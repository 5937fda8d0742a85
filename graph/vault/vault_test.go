package vault

import (
	"path/filepath"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// made makes a vault with its root key in a file, and says where both are.
func made(t testing.TB) (v *Vault, dir, key string) {
	t.Helper()
	base := t.TempDir()
	dir, key = filepath.Join(base, "vault"), filepath.Join(base, "root.key")
	root, err := NewRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(dir, root, "log"); err != nil {
		t.Fatal(err)
	}
	return opened(t, dir, key), dir, key
}

func opened(t testing.TB, dir, key string) *Vault {
	t.Helper()
	root, err := LoadRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(dir, root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func pseudonym(t testing.TB, v *Vault, kind event.SubjectKind, source, identifier string) event.Pseudonym {
	t.Helper()
	p, err := v.Pseudonym(kind, source, identifier)
	if err != nil {
		t.Fatal(err)
	}
	if p.IsZero() {
		t.Fatal("zero pseudonym")
	}
	return p
}

func TestPseudonymsAreDistinctAndLast(t *testing.T) {
	v, dir, key := made(t)
	type subject struct {
		kind               event.SubjectKind
		source, identifier string
	}
	subjects := []subject{
		{event.SubjectImage, "", "sha256:aa"},
		{event.SubjectImage, "", "sha256:ab"},
		{event.SubjectPerson, "bka", "sha256:aa"},
		{event.SubjectPerson, "interpol", "sha256:aa"},
		{event.SubjectCase, "bka", "sha256:aa"},
		{event.SubjectRecord, "bka", "sha256:aa"},
		{event.SubjectPerson, "b", "kasha256:aa"},
		{event.SubjectPerson, "bka", ""},
	}
	given := map[event.Pseudonym]subject{}
	for _, s := range subjects {
		p := pseudonym(t, v, s.kind, s.source, s.identifier)
		if other, ok := given[p]; ok {
			t.Errorf("%v and %v have one pseudonym", s, other)
		}
		given[p] = s
		if q := pseudonym(t, v, s.kind, s.source, s.identifier); q != p {
			t.Errorf("%v: %v, then %v", s, p, q)
		}
	}
	if a, b := pseudonym(t, v, event.SubjectImage, "bka", "sha256:aa"), pseudonym(t, v, event.SubjectImage, "", "sha256:aa"); a != b {
		t.Error("a picture has a pseudonym per source")
	}
	entry := v.Entry("bka", "1")
	if entry == v.Entry("bk", "a1") || entry == v.Entry("bka", "2") {
		t.Error("entries are not distinct")
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	for p, s := range given {
		if q := pseudonym(t, v, s.kind, s.source, s.identifier); q != p {
			t.Errorf("%v: %v, and %v after opening again", s, p, q)
		}
	}
	if v.Entry("bka", "1") != entry {
		t.Error("entry id changed by opening again")
	}
}
