package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// TestBlocksOfAnotherLog opens a directory with the blocks of a log that has the same length and went on differently.
func TestBlocksOfAnotherLog(t *testing.T) {
	one, w := record(11, 700)
	other, _ := record(12, 700)
	copy(other.sks, one.sks[:100])
	copy(other.recorded, one.recorded[:100])
	dir, fresh := t.TempDir(), t.TempDir()
	for _, d := range []struct {
		dir  string
		logs []*naive
	}{{fresh, []*naive{other}}, {dir, []*naive{one, other}}} {
		for _, log := range d.logs {
			x := log.inFiles(t, d.dir)
			log.catchUp(t, x, func() int { return 50 })
			compareWithScan(t, x, log, w, 30)
			settle(t, x)
			compareWithScan(t, x, log, w, 30)
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sameFiles(t, blockFiles(t, dir), blockFiles(t, fresh))

	// A log that is shorter than its blocks.
	short := &naive{sks: other.sks[:300], recorded: other.recorded[:300]}
	x := short.inFiles(t, dir)
	short.catchUp(t, x, func() int { return 50 })
	compareWithScan(t, x, short, w, 30)
}

// TestUnwritable takes the directory away: what cannot be written stays in memory and is answered from there, and is
// written when it can be.
func TestUnwritable(t *testing.T) {
	log, w := record(13, 700)
	want := t.TempDir()
	x := log.inFiles(t, want)
	log.catchUp(t, x, func() int { return 50 })
	settle(t, x)

	dir := filepath.Join(t.TempDir(), "index")
	x = log.inFiles(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	log.catchUp(t, x, func() int { return 50 })
	if err := x.Settle(0); err == nil {
		t.Fatal("written to a directory that is not there")
	}
	compareWithScan(t, x, log, w, 50)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	settle(t, x)
	compareWithScan(t, x, log, w, 50)
	sameFiles(t, blockFiles(t, dir), blockFiles(t, want))
}

// TestReadersWhileMerging holds pages to what they were while the blocks under them are made, merged and removed.
func TestReadersWhileMerging(t *testing.T) {
	log, w := record(14, 4200)
	x := log.inFiles(t, t.TempDir())
	for x.Size() < uint64(len(log.sks)) {
		from := x.Size()
		to := min(from+1+w.Uint64N(600), uint64(len(log.sks)))
		if err := x.Apply(from, log.sks[from:to], log.recorded[from:to]); err != nil {
			t.Fatal(err)
		}
		grown := &naive{sks: log.sks[:to], recorded: log.recorded[:to]}
		compareWithScan(t, x, grown, w, 3)
	}
}

// TestBlockIsTheSame holds a block to what it always was. Where it changes, [magic] has to change with it, or else
// directories with blocks of before would be taken for good and answer otherwise than the log.
func TestBlockIsTheSame(t *testing.T) {
	const want = "d1fbc55d76e0a764d82c2655d3e3a65d02d7872386c748215137f101c603dc71"
	log, _ := record(1, 64)
	dir := t.TempDir()
	x := log.inFiles(t, dir)
	log.catchUp(t, x, func() int { return 64 })
	settle(t, x)
	for _, b := range blockFiles(t, dir) {
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%d bytes with SHA-256 %x, want %s: a new magic, unless it is the log of this test that changed", len(b), sum, want)
		}
	}
}

// FuzzBlock holds the parser to refusing what is no block.
func FuzzBlock(f *testing.F) {
	log, _ := record(1, 64)
	dir := f.TempDir()
	x := log.inFiles(f, dir)
	log.catchUp(f, x, func() int { return 64 })
	if err := x.Settle(0); err != nil {
		f.Fatal(err)
	}
	var whole []byte
	for _, whole = range blockFiles(f, dir) {
	}
	f.Add(uint16(0), whole[:100])
	f.Add(uint16(12), []byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, at uint16, with []byte) {
		b := bytes.Clone(whole)
		copy(b[min(int(at), len(b)):], with)
		if bytes.Equal(b, whole) {
			return
		}
		if p, err := parseBlock(b); err == nil && p.check() == nil && !betweenSections(p.header, whole, b) {
			t.Fatal("damage that was not noticed")
		}
	})
}

// betweenSections reports whether two blocks differ only in bytes that are of no section.
func betweenSections(h header, a, b []byte) bool {
	if !bytes.Equal(a[:headerSize], b[:headerSize]) {
		return false
	}
	for _, s := range h.sections {
		if !bytes.Equal(a[s.offset:s.offset+s.length], b[s.offset:s.offset+s.length]) {
			return false
		}
	}
	return true
}

func TestWriteZeros(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "zeros"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 1<<20 + 17
	if err := writeZeros(f, size); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(b, make([]byte, size)) {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
}
