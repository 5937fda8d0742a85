package ledger

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestSparseFiles holds copies of files with holes, and what is said of their ends, to what reading all of it gives.
func TestSparseFiles(t *testing.T) {
	w := rand.New(rand.NewPCG(3, 3))
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	for round := range 60 {
		size := []int64{0, 1, 4096, 70_001, 3 << 20}[round%5]
		f, err := os.Create(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		for range w.IntN(4) {
			if size > 0 {
				b := make([]byte, 1+w.Int64N(min(size, 9000)))
				if w.IntN(3) > 0 { // else zeros that were written
					b[w.IntN(len(b))] = byte(1 + w.IntN(255))
				}
				if _, err := f.WriteAt(b, w.Int64N(size-int64(len(b))+1)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := copyFile(from, to, false); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("round %d: the copy of %d bytes is another", round, size)
		}
		for range 10 {
			at := w.Int64N(size + 1)
			zeros, err := zerosFrom(from, at)
			if err != nil {
				t.Fatal(err)
			}
			if want := len(bytes.Trim(want[at:], "\x00")) == 0; zeros != want {
				t.Fatalf("round %d: only zeros from %d of %d on: %v", round, at, size, zeros)
			}
		}
	}
}
