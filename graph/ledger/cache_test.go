package ledger

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
)

// Entries read one by one, in order and out of it, by several at once, come out of the commits that are kept as out of
// the store; what is kept stays within its bound, and a closed ledger answers nothing out of it.
func TestCommitsReadAgain(t *testing.T) {
	dir, o := mustCreate(t)
	o.CacheBytes = 50 << 10
	l := mustOpen(t, dir, o)
	for range 30 {
		appendN(t, l, 100)
	}
	size := l.Head().Size
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(w)))
			for i := range size {
				if w%2 == 1 {
					i = r.Uint64N(size)
				}
				e, err := l.Entry(i)
				want := entryOf(i)
				if err != nil || !bytes.Equal(e.Leaf, want.Leaf) || !bytes.Equal(e.Sealed, want.Sealed) {
					t.Errorf("entry %d: %+v, %v", i, e, err)
					return
				}
				clear(e.Leaf) // the caller's
				clear(e.Sealed)
			}
		})
	}
	wg.Wait()
	if n := l.values.used; n == 0 || n > valuesShare*o.CacheBytes {
		t.Errorf("%d bytes are kept, at most %d may be", n, valuesShare*o.CacheBytes)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for k := range l.values.by {
		if _, err := l.Entry(k.first); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed ledger answers %v", err)
		}
	}
}

// A value is kept when it is read for the second time, and not by the way.
func TestOnceReadIsNotKept(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 10, 10, 10)
	for i := uint64(0); i < 30; i += 10 {
		if _, err := l.Entry(i); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(l.values.by); n != 0 {
		t.Errorf("%d values are kept after each was read once", n)
	}
	if _, err := l.Entry(5); err != nil {
		t.Fatal(err)
	}
	if n := len(l.values.by); n != 3 {
		t.Errorf("%d values are kept, want leaves, sealed values and hashes of one commit", n)
	}
}
