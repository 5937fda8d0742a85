package index

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// fullHead is a head that will not grow any more, sorted as a block is.
type fullHead struct {
	*head
	keys  [dimensions][]uint32 // numbers of lists, by key
	times [classes]*run
}

func sortHead(h *head) *fullHead {
	f := &fullHead{head: h}
	type place struct {
		first uint64
		n     uint32
	}
	var places [dimensions][]place
	for n := range h.dir.keys.n {
		k := h.dir.keys.at(n)
		places[k.dim] = append(places[k.dim], place{binary.BigEndian.Uint64(k.id[:]), n})
	}
	for d := range places {
		slices.SortFunc(places[d], func(a, b place) int {
			if a.first != b.first {
				return cmp.Compare(a.first, b.first)
			}
			k := h.dir.keys.at(b.n)
			return h.dir.keys.at(a.n).compare(&k.id, k.sealer)
		})
		f.keys[d] = make([]uint32, len(places[d]))
		for i, p := range places[d] {
			f.keys[d][i] = p.n
		}
	}
	for class := range classes {
		all := &run{}
		h.time.each(class, ^uint32(0), func(r *run) { all = join(all, r) })
		f.times[class] = all
	}
	return f
}

func (f *fullHead) rows() uint32                     { return f.head.rows.n }
func (f *fullHead) timesOf(class int) *run           { return f.times[class] }
func (f *fullHead) nameRange() (first, count uint32) { return f.firstName, f.names }
func (f *fullHead) name(i uint32) []byte             { return f.x.names.name(f.firstName + i) }
func (f *fullHead) keyCount(d dimension) int         { return len(f.keys[d]) }
func (f *fullHead) key(d dimension, i int) key       { return *f.dir.keys.at(f.keys[d][i]) }

func (f *fullHead) numbersOf(d dimension, i int) numbers {
	return f.lists.open(f.dir.lists.at(f.keys[d][i]), ^uint32(0))
}

func (f *fullHead) linkRecords() (all []linkRecord) {
	for i := range f.links.n {
		l := f.links.at(i)
		r := linkRecord{a: l.a.pseudonym, b: l.b.pseudonym, sealerA: l.a.sealer, sealerB: l.b.sealer, at: l.at}
		if l.exact {
			r.exact = 1
		}
		all = append(all, r)
	}
	return all
}
