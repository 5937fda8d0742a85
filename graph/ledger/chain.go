package ledger

import (
	"fmt"
	"sort"
)

// chain knows where every commit begins: commit k holds the leaves [firsts[k], firsts[k+1]), the last one up to size. It is
// eight bytes a commit in memory and makes a leaf's commit a binary search. A chain is never changed; a longer one shares its
// array with the shorter.
type chain struct {
	firsts []uint64
	size   uint64
}

// find returns the commit that holds leaf i, which must be below size.
func (c chain) find(i uint64) int {
	return sort.Search(len(c.firsts), func(k int) bool { return c.firsts[k] > i }) - 1
}

// findHash returns the commit that added stored hash x.
func (c chain) findHash(x int64) int {
	return sort.Search(len(c.firsts), func(k int) bool { return storedCount(c.firsts[k]) > x }) - 1
}

// first and end are the bounds of commit k.
func (c chain) first(k int) uint64 { return c.firsts[k] }

func (c chain) end(k int) uint64 {
	if k+1 < len(c.firsts) {
		return c.firsts[k+1]
	}
	return c.size
}

// keyOfSize returns the key of the head of a tree size, if one is kept.
func (c chain) keyOfSize(size uint64) (key []byte, ok bool) {
	if size == 0 {
		return headKey(0, 0), true
	}
	if size > c.size {
		return nil, false
	}
	k := c.find(size - 1)
	return headKey(c.first(k), size), c.end(k) == size
}

// with returns the chain after another commit.
func (c chain) with(size uint64) chain {
	return chain{append(c.firsts, c.size), size}
}

// readChain reads all keys of the store and fails with a Missing *Damage unless every commit is whole and follows the one
// before it. With the error it returns the chain up to there.
func readChain(s *store) (chain, error) {
	var c chain
	var have byte // bit k for kind k of the commit that begins at c.size
	genesis := false
	err := s.keys(func(key []byte) error {
		first, kind, size, err := parseKey(key)
		if err != nil {
			return &Damage{What: DamagedFile, Err: err}
		}
		switch {
		case kind == kindHead && size == 0:
			if first != 0 {
				return &Damage{What: DamagedFile, Err: fmt.Errorf("%w: key %x", errValue, key)}
			}
			genesis = true
		case first != c.size:
			return &Damage{What: Missing, From: c.size, To: max(first, c.size+1)}
		case kind != kindHead:
			have |= 1 << kind
		case have != 1<<kindLeaves|1<<kindSealed|1<<kindHashes || size <= first:
			return &Damage{What: Missing, From: c.size, To: max(size, c.size+1), Err: fmt.Errorf("a key of the commit is not there")}
		default:
			c, have = c.with(size), 0
		}
		return nil
	})
	switch {
	case err != nil:
		return c, err
	case have != 0:
		return c, &Damage{What: Missing, From: c.size, To: c.size + 1, Err: fmt.Errorf("the commit has no head")}
	case !genesis:
		return c, &Damage{What: DamagedHead, To: 0, Err: fmt.Errorf("%w: the head of the empty tree", ErrNotFound)}
	}
	return c, nil
}
