package index

import (
	"math/bits"
	"sync/atomic"
)

// list is an ascending list of numbers, of entries mostly. Most lists are short (a picture is seen a few times),
// some are as long as the log (a kind). The first two numbers stand in the list itself; the others in chunks of 4,
// 8, 16 … 512 words, each followed by a word that says where the next is; the rest in chunks of longChunk words with
// a directory. So a number never moves once it is there, no list wastes more than about half of its last chunk, and
// the place of the i-th number is found without walking.
type list struct {
	n     atomic.Uint32 // how many there are; those below it never change
	first [2]uint32
	more  uint32 // address of the chunk of 4
	tail  uint32 // of the writer alone: address of the chunk that holds the last number
}

const (
	firstChunkBits = 2
	lastChunkBits  = 9
	shortWords     = 1<<(lastChunkBits+1) - 1<<firstChunkBits // in the chunks without a directory
	shortNumbers   = 2 + shortWords
	longChunkBits  = 10
	longChunk      = 1 << longChunkBits
)

// lists is where the chunks of all lists are kept.
type lists struct {
	arena arena
	long  column[longList]
}

// longList is the directory of a long list.
type longList struct {
	chunks atomic.Pointer[[]uint32]
}

// add appends a number that is greater than all in the list, or does nothing where it is the last one already.
func (s *lists) add(l *list, number uint32) {
	n := l.n.Load()
	switch {
	case n == 0:
		l.first[0] = number
	case n < 2:
		if l.first[n-1] == number {
			return
		}
		l.first[n] = number
	default:
		if s.last(l, n) == number {
			return
		}
		*s.slot(l, n) = number
	}
	l.n.Store(n + 1)
}

// last returns the last of n numbers.
func (s *lists) last(l *list, n uint32) uint32 {
	if n <= 2 {
		return l.first[n-1]
	}
	size, offset := chunkOf(n - 1)
	return s.arena.words(l.tail, size)[offset]
}

// chunkOf returns the size of the chunk that holds number i, at least the third, and its place in it.
func chunkOf(i uint32) (size, offset uint32) {
	if i >= shortNumbers {
		return longChunk, (i - shortNumbers) & (longChunk - 1)
	}
	j := i - 2 + 1<<firstChunkBits
	size = 1 << (bits.Len32(j) - 1)
	return size, j - size
}

// slot makes room for number n, at least the third, and returns its place.
func (s *lists) slot(l *list, n uint32) *uint32 {
	size, offset := chunkOf(n)
	if offset == 0 {
		switch {
		case n >= shortNumbers:
			s.grow(l, n == shortNumbers)
		case size == 1<<firstChunkBits:
			l.more = s.arena.alloc(size + 1)
			l.tail = l.more
		default:
			next := s.arena.alloc(size + 1)
			s.arena.words(l.tail, size/2+1)[size/2] = next
			l.tail = next
		}
	}
	return &s.arena.words(l.tail, size)[offset]
}

// grow adds a chunk to the directory of a long list, which it makes first where there is none.
func (s *lists) grow(l *list, first bool) {
	link := s.link(l)
	if first {
		*link, _ = s.long.append()
	}
	long := s.long.at(*link)
	var dir []uint32
	if old := long.chunks.Load(); old != nil {
		dir = *old
	}
	l.tail = s.arena.alloc(longChunk)
	dir = append(dir, l.tail)
	long.chunks.Store(&dir)
}

// link returns the word after the last chunk without a directory: the number of the long list.
func (s *lists) link(l *list) *uint32 {
	at := l.more
	for size := uint32(1 << firstChunkBits); size < 1<<lastChunkBits; size *= 2 {
		at = s.arena.words(at+size, 1)[0]
	}
	return &s.arena.words(at+1<<lastChunkBits, 1)[0]
}

// numbers is a list as it was at a moment, opened for reading.
type numbers struct {
	n     uint32
	first [2]uint32
	short [lastChunkBits - firstChunkBits + 1][]uint32
	long  []uint32
	arena *arena
	flat  []uint32 // instead of the four above: ascending numbers, of a block or worked out for one question
	bits  []uint32 // instead of all: a bit for each number there may be; n is about right and zero only if it is empty
	limit uint32   // of bits: numbers below it are meant
}

// open reads a list up to what is published; those not below limit are left out.
func (s *lists) open(l *list, limit uint32) (v numbers) {
	v.n = l.n.Load()
	v.arena = &s.arena
	if v.n > 0 {
		v.first[0] = l.first[0]
	}
	if v.n > 1 {
		v.first[1] = l.first[1]
	}
	if v.n > 2 {
		at := l.more
		rest := v.n - 2
		for i := range v.short {
			size := uint32(1) << (firstChunkBits + i)
			v.short[i] = s.arena.words(at, size)
			if rest <= size {
				rest = 0
				break
			}
			rest -= size
			at = s.arena.words(at+size, 1)[0]
		}
		if rest > 0 {
			v.long = *s.long.at(at).chunks.Load()
		}
	}
	v.n = v.below(limit)
	return v
}

// flatNumbers are ascending numbers worked out for one question.
func flatNumbers(ascending []uint32) numbers {
	return numbers{n: uint32(len(ascending)), flat: ascending}
}

// has reports whether a number is on the list.
func (v *numbers) has(number uint32) bool {
	if v.bits != nil {
		return number < v.limit && v.bits[number>>5]>>(number&31)&1 != 0
	}
	i := v.search(0, v.n, number)
	return i < v.n && v.at(i) == number
}

// at returns number i, which is below n; not of bits.
func (v *numbers) at(i uint32) uint32 {
	switch {
	case v.flat != nil:
		return v.flat[i]
	case i < 2:
		return v.first[i]
	case i < shortNumbers:
		size, offset := chunkOf(i)
		return v.short[bits.TrailingZeros32(size)-firstChunkBits][offset]
	}
	i -= shortNumbers
	return v.arena.words(v.long[i>>longChunkBits], longChunk)[i&(longChunk-1)]
}

// below returns how many numbers are below limit. It looks from the end, where the limit usually is.
func (v *numbers) below(limit uint32) uint32 {
	hi, step := v.n, uint32(1)
	for hi > 0 {
		lo := hi - min(step, hi)
		if v.at(lo) < limit {
			return v.search(lo+1, hi, limit)
		}
		hi, step = lo, step*2
	}
	return 0
}

// search returns the least i in [lo, hi] with number i at least target, hi where there is none below hi.
func (v *numbers) search(lo, hi, target uint32) uint32 {
	for lo < hi {
		mid := lo + (hi-lo)/2
		if v.at(mid) < target {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
