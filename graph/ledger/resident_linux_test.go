package ledger

import (
	"bytes"
	"testing"
)

// Pages that are given back are read again from the file, those too that were just written; nothing is lost of them.
func TestPagesGivenBackAreReadAgain(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	for range 20 {
		appendN(t, l, 2000)
	}
	giveBack := func() {
		t.Helper()
		c := l.state.Load().chain
		for k := range c.firsts {
			err := l.store.view(commitKey(c.first(k), kindLeaves), func(v []byte) error {
				l.store.giveBack(v)
				if !l.store.mapped {
					t.Fatal("a value is no slice of a mapped file")
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	before := residentFiles()
	giveBack()
	if after := residentFiles(); after > before-4<<20 {
		t.Errorf("%d bytes of files are resident, %d were", after, before)
	}
	appendN(t, l, 300, 300)
	giveBack()
	for i := uint64(0); i < l.Head().Size; i += 97 {
		e, err := l.Entry(i)
		if want := entryOf(i); err != nil || !bytes.Equal(e.Leaf, want.Leaf) || !bytes.Equal(e.Sealed, want.Sealed) {
			t.Fatalf("entry %d: %+v, %v", i, e, err)
		}
	}
	checkLog(t, l)
	mustClose(t, l)
	checkLog(t, mustOpen(t, dir, o))
}

// Memory that is not of a mapped log file is never given back.
func TestOtherMemoryIsKept(t *testing.T) {
	v := bytes.Repeat([]byte("kept"), 1<<20)
	if mapsFile(v, ".vlog") {
		t.Fatal("memory of the heap is taken for a file")
	}
	var s store
	s.giveBack(v)
	s.much.Store(true)
	s.shed(v)
	if !bytes.Equal(v, bytes.Repeat([]byte("kept"), 1<<20)) {
		t.Error("it was given back")
	}
}
