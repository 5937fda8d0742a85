package index

import "sync/atomic"

// The structures of this package have one writer and any number of readers that take no lock. What a reader may
// touch is settled by numbers that the writer stores atomically after the memory they speak of: the size of the
// head, the length of a list, a slot of a hash table. Nothing below such a number is ever written again.

const (
	chunkBits = 12
	chunkRows = 1 << chunkBits // rows in a chunk of a column
)

// column is an append-only array in chunks, so that growing copies nothing and moves nothing.
type column[T any] struct {
	chunks atomic.Pointer[[]*[chunkRows]T]
	n      uint32 // of the writer alone
}

// append adds a zero element and returns its number and place. The writer fills it before publishing the number.
func (c *column[T]) append() (uint32, *T) {
	i := c.n
	if i&(chunkRows-1) == 0 {
		var dir []*[chunkRows]T
		if old := c.chunks.Load(); old != nil {
			dir = *old
		}
		// append may write behind the end of the directory that readers hold, which they do not look at.
		dir = append(dir, new([chunkRows]T))
		c.chunks.Store(&dir)
	}
	c.n++
	return i, &(*c.chunks.Load())[i>>chunkBits][i&(chunkRows-1)]
}

// at returns the element with a number that was published.
func (c *column[T]) at(i uint32) *T {
	return &(*c.chunks.Load())[i>>chunkBits][i&(chunkRows-1)]
}

const (
	slabBits  = 16
	slabWords = 1 << slabBits
)

// arena hands out runs of words that never move. An address is the slab and the offset in it. Words hold no
// pointers, so the garbage collector does not walk them.
type arena struct {
	slabs atomic.Pointer[[]*[slabWords]uint32]
	next  uint64 // of the writer alone: the first free address
}

// alloc returns the address of n free words, n at most slabWords.
func (a *arena) alloc(n uint32) uint32 {
	if a.next&(slabWords-1)+uint64(n) > slabWords {
		a.next = (a.next + slabWords - 1) &^ (slabWords - 1)
	}
	if a.next+uint64(n) > 1<<32 {
		panic("index: sixteen gigabytes of postings in one head")
	}
	for {
		var dir []*[slabWords]uint32
		if old := a.slabs.Load(); old != nil {
			dir = *old
		}
		if a.next>>slabBits < uint64(len(dir)) {
			break
		}
		dir = append(dir, new([slabWords]uint32))
		a.slabs.Store(&dir)
	}
	at := a.next
	a.next += uint64(n)
	return uint32(at)
}

// words returns the n words at an address.
func (a *arena) words(at, n uint32) []uint32 {
	off := at & (slabWords - 1)
	return (*a.slabs.Load())[at>>slabBits][off : off+n : off+n]
}
