package table

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
)

// digest names a row by the cells that tell it apart.
type digest [16]byte

func (d digest) String() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// digester hashes cells with their lengths, so that no two different rows have the same text.
type digester struct {
	h   hash.Hash
	len [8]byte
	sum [sha256.Size]byte
}

func newDigester() *digester { return &digester{h: sha256.New()} }

func (d *digester) add(cell string) {
	binary.BigEndian.PutUint64(d.len[:], uint64(len(cell)))
	d.h.Write(d.len[:])
	d.h.Write([]byte(cell))
}

func (d *digester) done() (out digest) {
	copy(out[:], d.h.Sum(d.sum[:0]))
	d.h.Reset()
	return out
}

// MaxRows is how many different rows of one file are counted. What is held is 8 bytes a row and room to grow.
const MaxRows = 1 << 23

// tally counts how often each of many digests came. It keeps 64 bits of each: at the limit the chance that any two
// rows of a file are taken for equal is one in half a million, and what happens then is that a row is numbered 2.
type tally struct {
	slots []uint64         // open addressing; 0 is free
	n     int              // slots taken
	more  map[uint64]int64 // of those that came more than once
}

// count returns how often d came, this time included; false where there are too many to tell apart.
func (t *tally) count(d digest) (int64, bool) {
	k := binary.LittleEndian.Uint64(d[:8])
	if k == 0 {
		k = 1
	}
	if 4*(t.n+1) > 3*len(t.slots) {
		t.grow()
	}
	i := t.find(k)
	if t.slots[i] != k {
		if t.n >= MaxRows {
			return 0, false
		}
		t.slots[i] = k
		t.n++
		return 1, true
	}
	if t.more == nil {
		t.more = map[uint64]int64{}
	}
	if t.more[k] == 0 {
		t.more[k] = 1
	}
	t.more[k]++
	return t.more[k], true
}

func (t *tally) find(k uint64) uint64 {
	mask := uint64(len(t.slots) - 1)
	i := k & mask
	for t.slots[i] != 0 && t.slots[i] != k {
		i = (i + 1) & mask
	}
	return i
}

func (t *tally) grow() {
	old := t.slots
	t.slots = make([]uint64, max(1024, 2*len(old)))
	for _, k := range old {
		if k != 0 {
			t.slots[t.find(k)] = k
		}
	}
}
