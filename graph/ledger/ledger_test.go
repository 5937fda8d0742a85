package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sys/unix"
)

const testOrigin = "ledger.test/log"

// A fixed key, so that a child process of a test writes the log of its parent.
var testSKey, testVKey = func() (string, string) {
	s, v, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte("lichtspur"), 8)), testOrigin)
	if err != nil {
		panic(err)
	}
	return s, v
}()

func testOptions(t testing.TB, dir string) Options {
	t.Helper()
	s, err := note.NewSigner(testSKey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(testVKey)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Origin: testOrigin, Signer: s, Verifier: v, HeadFile: filepath.Join(filepath.Dir(dir), "head")}
}

// small makes Badger begin new files every megabyte.
func small(o Options) Options {
	o.valueLogSize, o.memTableSize = 1<<20, 1<<20
	o.MaxCommitBytes, o.MaxCommitEntries = 512<<10, 2000
	return o
}

// fastDir is a directory in memory where there is room for one: what survives a killed process does not depend on the
// disk, and hundreds of syncs take their time.
func fastDir(t testing.TB) string {
	t.Helper()
	var st unix.Statfs_t
	if _, bench := t.(*testing.B); bench || unix.Statfs("/dev/shm", &st) != nil || st.Bavail*uint64(st.Bsize) < 4<<30 {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "lichtspur-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func mustCreate(t testing.TB) (dir string, o Options) {
	t.Helper()
	dir = filepath.Join(fastDir(t), "log")
	o = testOptions(t, dir)
	if err := Create(dir, o); err != nil {
		t.Fatal(err)
	}
	return dir, o
}

func mustOpen(t testing.TB, dir string, o Options) *Ledger {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func mustClose(t testing.TB, l *Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// entryOf is entry i of the test logs: leaves of many lengths, some sealed values empty.
func entryOf(i uint64) Entry {
	return Entry{
		Leaf:     fmt.Appendf(nil, `{"leaf":%d,"pad":"%s"}`, i, bytes.Repeat([]byte{'x'}, int(i%300))),
		Sealed:   bytes.Repeat([]byte{byte(i)}, int(i%5)*20),
		Recorded: time.Unix(1_700_000_000+int64(i), 0).UTC(),
	}
}

func entriesOf(from, n uint64) (g []Entry) {
	for i := from; i < from+n; i++ {
		g = append(g, entryOf(i))
	}
	return g
}

func appendGroup(t testing.TB, l *Ledger, g []Entry) (uint64, Head) {
	t.Helper()
	ticket, err := l.Submit(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	first, h, err := ticket.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return first, h
}

// appendN appends groups of the next entries and waits for each.
func appendN(t testing.TB, l *Ledger, groups ...int) (head Head) {
	t.Helper()
	for _, n := range groups {
		next := l.Head().Size
		first, h := appendGroup(t, l, entriesOf(next, uint64(n)))
		if first != next || h.Size != next+uint64(n) {
			t.Fatalf("group of %d at %d, head %d; want %d and %d", n, first, h.Size, next, next+uint64(n))
		}
		head = h
	}
	return head
}

// checkLog verifies everything that a ledger says from the bytes of its leaves, with x/mod alone.
func checkLog(t testing.TB, l *Ledger) {
	t.Helper()
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(ix []int64) (out []tlog.Hash, err error) {
		for _, i := range ix {
			out = append(out, stored[i])
		}
		return out, nil
	})
	size := l.Head().Size
	next := uint64(0)
	for e, err := range l.Entries(0, size+1000) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Index != next {
			t.Fatalf("entry %d, want %d", e.Index, next)
		}
		next++
		hs, err := tlog.StoredHashes(int64(e.Index), e.Leaf, hashes)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hs...)
	}
	if next != size {
		t.Fatalf("%d entries, the head says %d", next, size)
	}
	all := make([]int64, len(stored))
	for i := range all {
		all[i] = int64(i)
	}
	got, err := l.ReadHashes(all)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i] != stored[i] {
			t.Fatalf("stored hash %d is not that of the leaves", i)
		}
	}
	v, err := note.NewVerifier(testVKey)
	if err != nil {
		t.Fatal(err)
	}
	var last Head
	for h, err := range l.Heads() {
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open(h.Checkpoint, note.VerifierList(v))
		if err != nil {
			t.Fatalf("head %d: %v", h.Size, err)
		}
		root, err := tlog.TreeHash(int64(h.Size), hashes)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%s\n%d\n%s\n", testOrigin, h.Size, base64.StdEncoding.EncodeToString(root[:]))
		if n.Text != want || h.Root != root {
			t.Fatalf("head %d: checkpoint %q, want %q", h.Size, n.Text, want)
		}
		if h.Size > 0 && h.Size <= last.Size || h.Recorded.Before(last.Recorded) {
			t.Fatalf("head %d (%v) after %d (%v)", h.Size, h.Recorded, last.Size, last.Recorded)
		}
		last = h
	}
	if last.Size != size || last.Root != l.Head().Root {
		t.Fatalf("the last kept head has size %d, Head() %d", last.Size, size)
	}
	r := rand.New(rand.NewPCG(size, 1))
	for range min(size, 40) {
		n := 1 + r.Uint64N(size)
		i, old := r.Uint64N(n), 1+r.Uint64N(n)
		root, _ := tlog.TreeHash(int64(n), hashes)
		oldRoot, _ := tlog.TreeHash(int64(old), hashes)
		p, err := l.InclusionProof(i, n)
		if err == nil {
			err = tlog.CheckRecord(p, int64(n), root, int64(i), stored[tlog.StoredHashIndex(0, int64(i))])
		}
		if err != nil {
			t.Fatalf("entry %d in %d: %v", i, n, err)
		}
		q, err := l.ConsistencyProof(old, n)
		if err == nil {
			err = tlog.CheckTree(q, int64(n), root, int64(old), oldRoot)
		}
		if err != nil {
			t.Fatalf("tree %d in %d: %v", old, n, err)
		}
	}
}

// checkEntries holds every entry of the log to entryOf.
func checkEntries(t testing.TB, l *Ledger) {
	t.Helper()
	for e, err := range l.Entries(0, l.Head().Size) {
		if err != nil {
			t.Fatal(err)
		}
		want := entryOf(e.Index)
		if !bytes.Equal(e.Leaf, want.Leaf) || !bytes.Equal(e.Sealed, want.Sealed) {
			t.Fatalf("entry %d is not what was submitted", e.Index)
		}
	}
}

func TestAppendReadReopen(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	if h := l.Head(); h.Size != 0 || h.Root != emptyRoot || len(h.Checkpoint) == 0 || !h.Recorded.IsZero() {
		t.Fatalf("head of a new log: %+v", h)
	}
	appendN(t, l, 1, 2, 300, 1, 256, 700)
	for range 2 {
		checkLog(t, l)
		checkEntries(t, l)
		for _, i := range []uint64{0, 1, 2, 3, 302, 303, 304, 1259} {
			e, err := l.Entry(i)
			if want := entryOf(i); err != nil || !bytes.Equal(e.Leaf, want.Leaf) || !bytes.Equal(e.Sealed, want.Sealed) {
				t.Fatalf("entry %d: %v", i, err)
			}
			if leaf, err := l.Leaf(i); err != nil || !bytes.Equal(leaf, e.Leaf) {
				t.Fatalf("leaf %d: %v", i, err)
			}
		}
		mustClose(t, l)
		l = mustOpen(t, dir, o)
	}
	appendN(t, l, 5)
	checkLog(t, l)
	if _, err := l.Entry(1265); !errors.Is(err, ErrNotFound) {
		t.Fatalf("entry beyond the log: %v", err)
	}
	if _, err := l.Leaf(1265); !errors.Is(err, ErrNotFound) {
		t.Fatalf("leaf beyond the log: %v", err)
	}
}

func TestRandomGroups(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir, o := mustCreate(t)
			o = small(o)
			r := rand.New(rand.NewPCG(seed, 7))
			l := mustOpen(t, dir, o)
			for range 40 {
				switch r.IntN(10) {
				case 0:
					mustClose(t, l)
					l = mustOpen(t, dir, o)
				default:
					appendN(t, l, 1+r.IntN(1<<r.IntN(9)))
				}
			}
			checkLog(t, l)
			checkEntries(t, l)
		})
	}
}

// The sizes and roots do not depend on how entries were grouped.
func TestGroupingDoesNotMatter(t *testing.T) {
	var roots [2]tlog.Hash
	for i, groups := range [][]int{{1, 1, 1, 97, 200}, {300}} {
		dir, o := mustCreate(t)
		l := mustOpen(t, dir, o)
		roots[i] = appendN(t, l, groups...).Root
	}
	if roots[0] != roots[1] {
		t.Fatal("roots differ")
	}
}

func TestHeads(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	at := func(s int64) time.Time { return time.Unix(s, 500).UTC() }
	leaf := func(s int64) Entry { return Entry{Leaf: fmt.Appendf(nil, "%d", s), Recorded: at(s)} }
	appendGroup(t, l, []Entry{leaf(100), leaf(90)})
	appendGroup(t, l, []Entry{leaf(80)}) // a clock that went back does not take the heads with it
	appendGroup(t, l, []Entry{leaf(200), leaf(201)})
	for _, c := range []struct {
		at   time.Time
		size uint64
	}{
		{at(0), 0}, {at(99), 0}, {at(100).Add(-1), 0}, {at(100), 3}, {at(200), 3}, {at(201), 5}, {at(9999), 5},
	} {
		h, err := l.HeadBefore(c.at)
		if err != nil || h.Size != c.size {
			t.Errorf("head before %v: size %d, %v; want %d", c.at, h.Size, err, c.size)
		}
	}
	if h, err := l.HeadAt(3); err != nil || h.Size != 3 || !h.Recorded.Equal(at(100)) {
		t.Errorf("head at 3: %+v, %v", h, err)
	}
	for size, want := range []uint64{0, 2, 2, 3, 5, 5} {
		if h, err := l.HeadCovering(uint64(size)); err != nil || h.Size != want {
			t.Errorf("head covering %d: %d, %v; want %d", size, h.Size, err, want)
		}
	}
	if _, err := l.HeadCovering(6); !errors.Is(err, ErrNotFound) {
		t.Errorf("head covering 6: %v", err)
	}
	for _, size := range []uint64{1, 4, 6, 1 << 62} {
		if _, err := l.HeadAt(size); !errors.Is(err, ErrNotFound) {
			t.Errorf("head at %d: %v", size, err)
		}
	}

	mustClose(t, l)
	if b, err := os.ReadFile(o.HeadFile); err != nil || !bytes.Equal(b, l.Head().Checkpoint) {
		t.Errorf("head file after close: %q, %v", b, err)
	}
}

func TestNotALedger(t *testing.T) {
	dir, o := mustCreate(t)
	if err := Create(dir, o); !errors.Is(err, ErrExists) {
		t.Errorf("create twice: %v", err)
	}
	if _, err := Open(t.TempDir(), o); !errors.Is(err, ErrNotLedger) {
		t.Errorf("open an empty directory: %v", err)
	}
	other := o
	other.Origin = "elsewhere"
	if _, err := Open(dir, other); !errors.Is(err, ErrNotLedger) {
		t.Errorf("open as another origin: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ledger.json"), []byte(`{"format":2,"origin":"ledger.test/log","shards":["0001"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, o); !errors.Is(err, ErrNotLedger) {
		t.Errorf("open a later format: %v", err)
	}
}

func TestSecondProcessIsTold(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	want := fmt.Sprintf("process %d", os.Getpid())
	for name, open := range map[string]func() error{
		"open":      func() error { _, err := Open(dir, o); return err },
		"read-only": func() error { _, err := OpenReadOnly(dir, o); return err },
		"verify":    func() error { _, err := Verify(dir, o, nil, nil); return err },
	} {
		if err := open(); !errors.Is(err, ErrLocked) || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("%s: %v, want it to name %s", name, err, want)
		}
	}
	mustClose(t, l)
	mustOpen(t, dir, o)
}

func TestReadOnly(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 10, 300)
	mustClose(t, l)
	before := listing(t, dir)
	o.Signer = nil
	a, err := OpenReadOnly(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenReadOnly(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	checkLog(t, a)
	checkEntries(t, b)
	if _, err := a.Submit(context.Background(), entriesOf(0, 1)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("submit: %v", err)
	}
	mustClose(t, a)
	mustClose(t, b)
	if after := listing(t, dir); after != before {
		t.Errorf("reading changed the directory:\n%s\n%s", before, after)
	}
}

// listing is every file of dir with length and checksum, but for the lock.
func listing(t testing.TB, dir string) string {
	t.Helper()
	var b bytes.Buffer
	err := filepath.Walk(dir, func(path string, fi os.FileInfo, err error) error {
		if err != nil || fi.IsDir() || fi.Name() == lockFile || fi.Name() == badgersLock {
			return err
		}
		size, sum, err := sumFile(path)
		fmt.Fprintf(&b, "%s %d %08x\n", path[len(dir):], size, sum)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
