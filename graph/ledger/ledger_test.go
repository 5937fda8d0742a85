package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const testOrigin = "ledger.test/log"

func testOptions(t testing.TB, dir string) Options {
	t.Helper()
	return Options{Origin: testOrigin, Signer: testSigner(t), Verifier: testVerifier(t), HeadFile: filepath.Join(filepath.Dir(dir), "head")}
}

var testKeys = func() (keys [2]string) {
	s, v, err := note.GenerateKey(rand.Reader, testOrigin)
	if err != nil {
		panic(err)
	}
	return [2]string{s, v}
}()

func testSigner(t testing.TB) note.Signer {
	s, err := note.NewSigner(testKeys[0])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testVerifier(t testing.TB) note.Verifier {
	v, err := note.NewVerifier(testKeys[1])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mustCreate(t testing.TB) (dir string, o Options) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "log")
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

func entryOf(i uint64) Entry {
	return Entry{
		Leaf:     fmt.Appendf(nil, `{"leaf":%d,"pad":"%s"}`, i, bytes.Repeat([]byte{'x'}, int(i%300))),
		Sealed:   bytes.Repeat([]byte{byte(i)}, int(i%5)*20),
		Recorded: time.Unix(1_700_000_000+int64(i), 0).UTC(),
	}
}

func appendN(t testing.TB, l *Ledger, groups ...int) Head {
	t.Helper()
	next := l.Head().Size
	var head Head
	for _, n := range groups {
		var g []Entry
		for range n {
			g = append(g, entryOf(next))
			next++
		}
		ticket, err := l.Submit(context.Background(), g)
		if err != nil {
			t.Fatal(err)
		}
		first, h, err := ticket.Wait(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if first != next-uint64(n) || h.Size != next {
			t.Fatalf("group of %d at %d, head %d; want %d and %d", n, first, h.Size, next-uint64(n), next)
		}
		head = h
	}
	return head
}

func TestAppendReadReopen(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	head := appendN(t, l, 1, 2, 300, 1, 256, 700)
	check := func() {
		t.Helper()
		if l.Head().Root != head.Root || l.Head().Size != head.Size {
			t.Fatalf("head %v, want %v", l.Head(), head)
		}
		var want []tlog.Hash
		for e, err := range l.Entries(0, 1<<40) {
			if err != nil {
				t.Fatal(err)
			}
			w := entryOf(e.Index)
			if !bytes.Equal(e.Leaf, w.Leaf) || !bytes.Equal(e.Sealed, w.Sealed) {
				t.Fatalf("entry %d differs", e.Index)
			}
			hs, err := tlog.StoredHashes(int64(e.Index), e.Leaf, tlog.HashReaderFunc(func(ix []int64) (out []tlog.Hash, err error) {
				for _, i := range ix {
					out = append(out, want[i])
				}
				return out, nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, hs...)
		}
		got := make([]int64, len(want))
		for i := range got {
			got[i] = int64(i)
		}
		hs, err := l.ReadHashes(got)
		if err != nil {
			t.Fatal(err)
		}
		for i := range hs {
			if hs[i] != want[i] {
				t.Fatalf("stored hash %d differs", i)
			}
		}
	}
	check()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, o)
	check()
	head = appendN(t, l, 5)
	check()
}
