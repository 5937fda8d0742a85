package index

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
)

const (
	shardBits = 6
	shards    = 1 << shardBits // growing one of them is the longest the writer stops
)

// slots is a hash table of numbers, open addressing with linear probing. What the numbers stand for is kept elsewhere; a
// slot holds a part of its hash (upper half) beside the number plus one, so that it is hardly ever looked at in vain. Zero
// is empty. Nothing is ever deleted.
type slots struct {
	shard [shards]struct {
		table atomic.Pointer[[]atomic.Uint64] // a power of two long
		used  uint32                          // of the writer alone
	}
	// The seed is random so that a source cannot choose identifiers that collide. It decides where a number is
	// kept and nothing that a reader is told.
	seed maphash.Seed
}

// find returns the number that is equal to what was hashed.
func (s *slots) find(hash uint64, equal func(uint32) bool) (uint32, bool) {
	t := s.shard[hash&(shards-1)].table.Load()
	if t == nil {
		return 0, false
	}
	part := uint32(hash >> shardBits)
	mask := uint32(len(*t) - 1)
	for i := part & mask; ; i = (i + 1) & mask {
		slot := (*t)[i].Load()
		if slot == 0 {
			return 0, false
		}
		if n := uint32(slot) - 1; uint32(slot>>32) == part && equal(n) {
			return n, true
		}
	}
}

// insert adds a number that is not there.
func (s *slots) insert(hash uint64, number uint32) {
	sh := &s.shard[hash&(shards-1)]
	t := sh.table.Load()
	if t == nil {
		first := make([]atomic.Uint64, 16)
		t = &first
		sh.table.Store(t)
	}
	if size := uint32(len(*t)); sh.used >= size/4*3 {
		larger := make([]atomic.Uint64, 2*size)
		for i := range *t {
			if slot := (*t)[i].Load(); slot != 0 {
				place(larger, slot)
			}
		}
		t = &larger
		sh.table.Store(t)
	}
	place(*t, hash>>shardBits<<32|uint64(number+1))
	sh.used++
}

func place(table []atomic.Uint64, slot uint64) {
	mask := uint32(len(table) - 1)
	for i := uint32(slot>>32) & mask; ; i = (i + 1) & mask {
		if table[i].Load() == 0 {
			table[i].Store(slot)
			return
		}
	}
}

// dictionary numbers names from one on, in the order in which they are first seen, so that a number is a pure function
// of the log. It is log-wide: what has a number keeps it in all heads and blocks.
type dictionary struct {
	slots
	where column[span] // of each name, in the text
	text  textArena
}

// span is where a name lies in the text.
type span struct {
	slab   uint32
	offset uint16
	length uint16
}

func (d *dictionary) init() {
	d.seed = maphash.MakeSeed()
	d.where.append() // number zero means none
}

// count returns how many numbers are given, zero included. It is for the writer.
func (d *dictionary) count() uint32 { return d.where.n }

// name returns the bytes of a number.
func (d *dictionary) name(n uint32) []byte { return d.text.at(*d.where.at(n)) }

func (d *dictionary) find(name []byte) (uint32, bool) {
	return d.slots.find(maphash.Bytes(d.seed, name), func(n uint32) bool { return bytes.Equal(d.name(n), name) })
}

// add returns the number of a name, a new one where it has none.
func (d *dictionary) add(name []byte) uint32 {
	hash := maphash.Bytes(d.seed, name)
	if n, ok := d.slots.find(hash, func(n uint32) bool { return bytes.Equal(d.name(n), name) }); ok {
		return n
	}
	n, where := d.where.append()
	*where = d.text.put(name)
	d.slots.insert(hash, n)
	return n
}

// directory holds the lists of a head.
type directory struct {
	slots
	keys  column[key]
	lists column[list]
}

func (d *directory) hash(k *key) uint64 {
	b := k.bytes()
	return maphash.Bytes(d.seed, b[:])
}

// find returns the number of a list.
func (d *directory) find(k *key) (uint32, bool) {
	return d.slots.find(d.hash(k), func(n uint32) bool { return *d.keys.at(n) == *k })
}

// add returns the number of a list, which it makes where there is none.
func (d *directory) add(k *key) uint32 {
	hash := d.hash(k)
	if n, ok := d.slots.find(hash, func(n uint32) bool { return *d.keys.at(n) == *k }); ok {
		return n
	}
	n, kept := d.keys.append()
	*kept = *k
	d.lists.append()
	d.slots.insert(hash, n)
	return n
}

// textArena keeps short byte strings that never move.
type textArena struct {
	slabs  atomic.Pointer[[][]byte]
	offset int // of the writer alone
}

const textSlab = 1 << 16

// put stores a string of less than textSlab bytes, which every part of a leaf is.
func (a *textArena) put(s []byte) span {
	var dir [][]byte
	if old := a.slabs.Load(); old != nil {
		dir = *old
	}
	if len(dir) == 0 || a.offset+len(s) > textSlab {
		dir = append(dir, make([]byte, textSlab))
		a.slabs.Store(&dir)
		a.offset = 0
	}
	copy(dir[len(dir)-1][a.offset:], s)
	at := span{uint32(len(dir) - 1), uint16(a.offset), uint16(len(s))}
	a.offset += len(s)
	return at
}

func (a *textArena) at(s span) []byte {
	lo, hi := int(s.offset), int(s.offset)+int(s.length)
	return (*a.slabs.Load())[s.slab][lo:hi:hi]
}
