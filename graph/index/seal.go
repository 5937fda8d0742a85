package index

import "slices"

// fullHead is a head that will not grow any more, sorted as a block is.
type fullHead struct {
	*head
	lists [dimensions][]keyedList // by key
	timed [classes]*run
}

// keyedList is the number of a list and its key.
type keyedList struct {
	key
	n uint32
}

func sortHead(h *head) *fullHead {
	f := &fullHead{head: h}
	for n := range h.dir.keys.n {
		k := h.dir.keys.at(n)
		f.lists[k.dim] = append(f.lists[k.dim], keyedList{*k, n})
	}
	for _, lists := range f.lists {
		slices.SortFunc(lists, func(a, b keyedList) int { return a.compare(&b.id, b.sealer) })
	}
	for class := range classes {
		all := &run{}
		h.time.each(class, ^uint32(0), func(r *run) { all = join(all, r) })
		f.timed[class] = all
	}
	return f
}

func (f *fullHead) rows() uint32                     { return f.head.rows.n }
func (f *fullHead) timesOf(class int) *run           { return f.timed[class] }
func (f *fullHead) nameRange() (first, count uint32) { return f.firstName, f.names }
func (f *fullHead) name(i uint32) []byte             { return f.x.names.name(f.firstName + i) }
func (f *fullHead) keyCount(d dimension) int         { return len(f.lists[d]) }
func (f *fullHead) key(d dimension, i int) key       { return f.lists[d][i].key }

func (f *fullHead) countOf(d dimension, i int) uint32 {
	return f.dir.lists.at(f.lists[d][i].n).n.Load()
}

func (f *fullHead) numbersOf(d dimension, i int) numbers {
	return f.head.lists.open(f.dir.lists.at(f.lists[d][i].n), ^uint32(0))
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
