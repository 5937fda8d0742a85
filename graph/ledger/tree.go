package ledger

import (
	"crypto/sha256"
	"hash"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// emptyRoot is the root of a tree without leaves (RFC 6962, section 2.1).
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// frontier is the right edge of a tree of a given size: for every one bit of size the hash of one complete subtree, the
// largest first. It is all that appending and the root need.
//
// tlog.StoredHashesForRecordHash gives the same hashes (a test holds it to that), but reads up to log n old ones through a
// HashReader for each leaf.
type frontier struct {
	size uint64
	tops []tlog.Hash // one for each one bit of size, from the highest
}

// append adds one leaf hash and appends the stored hashes it causes to dst, in storage order: the leaf's own, then those
// of the subtrees it completes.
func (f *frontier) append(dst []tlog.Hash, leaf tlog.Hash) []tlog.Hash {
	dst = append(dst, leaf)
	h := leaf
	for n := bits.TrailingZeros64(^f.size); n > 0; n-- {
		last := len(f.tops) - 1
		h = tlog.NodeHash(f.tops[last], h)
		f.tops = f.tops[:last]
		dst = append(dst, h)
	}
	f.tops = append(f.tops, h)
	f.size++
	return dst
}

// root is the tree's root.
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		return emptyRoot
	}
	h := f.tops[len(f.tops)-1]
	for i := len(f.tops) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.tops[i], h)
	}
	return h
}

// clone returns a frontier that can be appended to without f changing.
func (f *frontier) clone() frontier {
	return frontier{f.size, append([]tlog.Hash(nil), f.tops...)}
}

// readFrontier reads the right edge of the tree of the given size.
func readFrontier(size uint64, r tlog.HashReader) (frontier, error) {
	f := frontier{size: size}
	if size == 0 {
		return f, nil
	}
	var indexes []int64
	start := uint64(0)
	for level := 63; level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, int64(start>>level)))
			start += 1 << level
		}
	}
	var err error
	f.tops, err = r.ReadHashes(indexes)
	return f, err
}

// storedCount is the number of stored hashes of a tree of the given size.
func storedCount(size uint64) int64 { return tlog.StoredHashCount(int64(size)) }

// leafHasher computes RFC 6962 leaf hashes without an allocation for each.
type leafHasher struct {
	h   hash.Hash
	buf []byte
}

func newLeafHasher() *leafHasher { return &leafHasher{h: sha256.New(), buf: []byte{0}} }

func (l *leafHasher) sum(leaf []byte) (out tlog.Hash) {
	l.h.Reset()
	l.buf = append(append(l.buf[:0], 0), leaf...)
	l.h.Write(l.buf)
	l.h.Sum(out[:0])
	return out
}
