package vault

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

const digestA, digestB = "sha256:aa", "sha256:bb"

func names(closed []Closed) []string {
	var out []string
	for _, c := range closed {
		out = append(out, c.Name+" "+c.Reason)
	}
	slices.Sort(out)
	return out
}

func TestRedactionClosesTheSubjectsValuesAndNoOthers(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	a := event.Subject{Kind: event.SubjectImage, Pseudonym: pseudonym(t, v, event.SubjectImage, "", digestA)}
	b := event.Subject{Kind: event.SubjectImage, Pseudonym: pseudonym(t, v, event.SubjectImage, "", digestB)}
	who := event.Subject{Kind: event.SubjectPerson, Pseudonym: pseudonym(t, v, event.SubjectPerson, "bka", "kk-17")}
	entry := v.Entry("bka", "1")
	self := event.Subject{Kind: event.SubjectEntry, Pseudonym: entry}
	ds := []event.Disclosure{
		disclosed(t, "/images/0/digest", digestA, a), disclosed(t, "/images/1/digest", digestB, b),
		disclosed(t, "/both", "of them", b, a), disclosed(t, "/with", "actor", who, a), disclosed(t, "/actor/id", "kk-17", who),
		disclosed(t, "/id", "1", self),
	}
	blob, err := v.Encrypt("log", entry, ds)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA})
	if err != nil || !slices.Equal(gone, []event.Denotation{{Sealer: "log", Pseudonym: a.Pseudonym}}) {
		t.Fatalf("%v %v", gone, err)
	}
	check := func(v *Vault, when string) {
		t.Helper()
		open, closed, err := v.Decrypt("log", entry, blob)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if want := []string{"/both REDACTED", "/images/0/digest REDACTED", "/with REDACTED"}; !slices.Equal(names(closed), want) {
			t.Errorf("%s: closed %v", when, names(closed))
		}
		slices.Sort(open)
		if want := encoded([]event.Disclosure{ds[1], ds[4], ds[5]}); !slices.Equal(open, want) {
			t.Errorf("%s: open %q", when, open)
		}
		if gone, err := v.Redacted("log", a.Pseudonym); err != nil || !gone {
			t.Errorf("%s: redacted %v %v", when, gone, err)
		}
		if gone, err := v.Redacted("log", b.Pseudonym); err != nil || gone {
			t.Errorf("%s: the other is redacted %v %v", when, gone, err)
		}
		if pseudonym(t, v, event.SubjectImage, "", digestB) != b.Pseudonym || pseudonym(t, v, event.SubjectPerson, "bka", "kk-17") != who.Pseudonym {
			t.Errorf("%s: a pseudonym of another subject has changed", when)
		}
		// The old pseudonym is refused, with the code.
		_, err = v.Encrypt("log", v.Entry("bka", "2"), ds[:1])
		var refused *PseudonymError
		if !errors.Is(err, ErrPseudonymRedacted) || !errors.As(err, &refused) || refused.Code != CodePseudonymRedacted || refused.Pseudonym != a.Pseudonym || !strings.HasPrefix(err.Error(), "PSEUDONYM_REDACTED") {
			t.Errorf("%s: used again: %v", when, err)
		}
	}
	check(v, "at once")
	second := pseudonym(t, v, event.SubjectImage, "", digestA)
	if second == a.Pseudonym {
		t.Fatal("a later sighting gets the redacted pseudonym")
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	check(v, "opened again")
	if pseudonym(t, v, event.SubjectImage, "", digestA) != second {
		t.Error("the new pseudonym does not last")
	}
	// And once more: the second pseudonym goes as the first did.
	newer := disclosed(t, "/images/0/digest", digestA, event.Subject{Kind: event.SubjectImage, Pseudonym: second})
	blob2, err := v.Encrypt("log", entry, []event.Disclosure{newer})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA}); err != nil {
		t.Fatal(err)
	}
	if third := pseudonym(t, v, event.SubjectImage, "", digestA); third == second || third == a.Pseudonym {
		t.Error("the third pseudonym is an old one")
	}
	if open, closed, err := v.Decrypt("log", entry, blob2); err != nil || len(open) != 0 || len(closed) != 1 {
		t.Errorf("%v %v %v", open, closed, err)
	}
	check(v, "redacted twice")
}

func TestRedactionByPseudonymAlone(t *testing.T) {
	v, _, _ := made(t)
	first := pseudonym(t, v, event.SubjectCase, "bka", "1 Js 1/24")
	d := event.Denotation{Sealer: "log", Pseudonym: first}
	if gone, err := v.Puncture(Subject{Kind: event.SubjectCase, Denotes: []event.Denotation{d}}); err != nil || !slices.Equal(gone, []event.Denotation{d}) {
		t.Fatalf("%v %v", gone, err)
	}
	if pseudonym(t, v, event.SubjectCase, "bka", "1 Js 1/24") == first {
		t.Error("a redacted pseudonym is given again")
	}
	if gone, err := v.Puncture(Subject{Kind: event.SubjectCase, Denotes: []event.Denotation{d}}); err != nil || len(gone) != 0 {
		t.Errorf("once more: %v %v", gone, err)
	}
	if _, err := v.Puncture(Subject{Kind: event.SubjectCase}); err == nil {
		t.Error("a redaction of nothing is done")
	}
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	// CopyFS widens modes by the umask; keys must stay private.
	err := filepath.WalkDir(to, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(p, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// With the root key in a file, no mixture of old and new opens, and the old directory as a whole opens only with the
// old root key, which is gone.
func TestOldStateDoesNotOpenAfterRedaction(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	entry, ds := ordinary(t, v, 1)
	blob, err := v.Encrypt("log", entry, ds)
	if err != nil {
		t.Fatal(err)
	}
	image := ds[1].Subjects[0].Pseudonym
	if _, err := v.MeetAll("bka", []Sight{{event.SubjectImage, "", event.Pseudonym{7}, "sha256:1"}}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	before := filepath.Join(t.TempDir(), "before")
	copyTree(t, filepath.Dir(dir), before)

	v = opened(t, dir, key)
	if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: "sha256:1"}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	now, err := LoadRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	then, err := LoadRoot(filepath.Join(before, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	if now.key == then.key {
		t.Fatal("the root key is still the same")
	}
	if _, err := Open(filepath.Join(before, "vault"), now); !errors.Is(err, ErrRootKey) {
		t.Errorf("old directory, new root key: %v", err)
	}
	if _, err := Open(dir, then); !errors.Is(err, ErrRootKey) {
		t.Errorf("new directory, old root key: %v", err)
	}
	// The old look-up store and the old pages beside the new state, as if neither had ever been compacted.
	mixed := filepath.Join(t.TempDir(), "mixed")
	copyTree(t, before, mixed)
	newState, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mixed, "vault", stateFile), newState, 0o600); err != nil {
		t.Fatal(err)
	}
	copyTree(t, filepath.Join(dir, pageFolder), filepath.Join(mixed, "new"))
	if err := os.RemoveAll(filepath.Join(mixed, "vault", pageFolder)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(mixed, "new"), filepath.Join(mixed, "vault", pageFolder)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mixed, "root.key"), now.text(), 0o600); err != nil {
		t.Fatal(err)
	}
	m := opened(t, filepath.Join(mixed, "vault"), filepath.Join(mixed, "root.key"))
	if !m.HasForeign() {
		t.Fatal("the old look-up store is not there")
	}
	known, err := m.Lookup(event.SubjectImage, "", "sha256:1")
	if err != nil || len(known) != 1 || known[0].Pseudonym == image {
		t.Errorf("the digest still leads to %v %v", known, err)
	}
	open, closed, err := m.Decrypt("log", entry, blob)
	if err != nil || len(closed) != 1 || len(open) != len(ds)-1 {
		t.Errorf("%q %v %v", open, closed, err)
	}
	// Only old and old together: what a backup of everything gives. The log's REDACT entry tells that it is out of date.
	old := opened(t, filepath.Join(before, "vault"), filepath.Join(before, "root.key"))
	if gone, err := old.Redacted("log", image); err != nil || gone {
		t.Errorf("%v %v", gone, err)
	}
}

// A root key from the environment cannot be replaced: the old state opens until the vault is moved to another.
func TestRootKeyFromEnvironmentHasToBeMoved(t *testing.T) {
	t.Parallel()
	roots := make([]RootKey, 2)
	for i := range roots {
		var k secret
		if _, err := rand.Read(k[:]); err != nil {
			t.Fatal(err)
		}
		var err error
		if roots[i], err = ParseRoot(base64.StdEncoding.EncodeToString(k[:])); err != nil {
			t.Fatal(err)
		}
	}
	dir, before := filepath.Join(t.TempDir(), "vault"), filepath.Join(t.TempDir(), "before")
	if err := Create(dir, roots[0], "log"); err != nil {
		t.Fatal(err)
	}
	copyTree(t, dir, before)
	v, err := Open(dir, roots[0])
	if err != nil {
		t.Fatal(err)
	}
	p := pseudonym(t, v, event.SubjectImage, "", digestA)
	if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA}); err != nil {
		t.Fatal(err)
	}
	if err := v.Rekey(roots[1]); err != nil {
		t.Fatal(err)
	}
	if err := v.Rekey(RootKey{}); !errors.Is(err, ErrNoRoot) {
		t.Errorf("moved to no key: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := Open(before, roots[0])
	if err != nil {
		t.Fatal(err)
	}
	if pseudonym(t, old, event.SubjectImage, "", digestA) != p {
		t.Error("the copy is another vault")
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(before, roots[1]); !errors.Is(err, ErrRootKey) {
		t.Errorf("old state, new root key: %v", err)
	}
	if _, err := Open(dir, roots[0]); !errors.Is(err, ErrRootKey) {
		t.Errorf("new state, old root key: %v", err)
	}
	v, err = Open(dir, roots[1])
	if err != nil {
		t.Fatal(err)
	}
	// Into a file, from where it is replaced by itself.
	key := filepath.Join(t.TempDir(), "root.key")
	file, err := NewRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Rekey(file); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestB}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	if gone, err := v.Redacted("log", p); err != nil || !gone {
		t.Errorf("%v %v", gone, err)
	}
}

func TestReplacedFileIsOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(path, []byte("the old secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(path) // the old blocks
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if replaced, err := replaceFile(path, []byte("new")); err != nil || !replaced {
		t.Fatal(replaced, err)
	}
	left := make([]byte, 64)
	n, _ := old.ReadAt(left, 0)
	if strings.Trim(string(left[:n]), "\x00") != "" {
		t.Errorf("%q is left", left[:n])
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := os.Stat(path + ".tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestManyRedactions(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	image := func(i int) string { return fmt.Sprint("sha256:", i) }
	before := map[int]event.Pseudonym{}
	var batch []Subject
	for i := range 400 {
		before[i] = pseudonym(t, v, event.SubjectImage, "", image(i))
		if i%2 == 0 {
			batch = append(batch, Subject{Kind: event.SubjectImage, Identifier: image(i)})
		}
	}
	gone, err := v.Puncture(batch...)
	if err != nil || len(gone) != len(batch) {
		t.Fatal(len(gone), err)
	}
	if info, err := os.Stat(filepath.Join(dir, stateFile)); err != nil || info.Size() > 512 {
		t.Errorf("the state file has grown: %v %v", info.Size(), err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	for i, p := range before {
		if now := pseudonym(t, v, event.SubjectImage, "", image(i)); (now == p) != (i%2 == 1) {
			t.Errorf("picture %d: %v, now %v", i, p, now)
		}
	}
}
