package index

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/lichtspur/lichtspur/graph/event"
)

// MaxEntries is how many entries one index holds.
const MaxEntries = 1<<32 - 2

// Index is the index of a log: blocks in files and, over them, a head in memory. One goroutine applies; any number of
// others read meanwhile and take no lock. What they read is settled by the tree size they ask for.
type Index struct {
	names dictionary
	size  atomic.Uint64 // entries that readers see; stored after all that belongs to them
	state atomic.Pointer[state]
	mu    sync.Mutex // held by whoever replaces the state
	store *store     // nil: nothing is kept in files

	supersessions supersessions
	exchanges     exchanges

	// Of the writer alone.
	full     uint32 // how many entries fill a head
	head     *head  // the last part
	name     nameBuffer
	recent   [256]Name // texts met lately: most of an entry's are
	bases    []Name    // of the entry being folded
	sealer   string    // the last one, and its number
	sealerNo uint32
}

// state is of what parts the index consists, in order and without gaps. The last one is the head that grows. A state
// never changes; whoever holds it keeps the files of its blocks mapped.
type state struct{ parts []part }

// New returns the index of an empty log, in memory alone.
func New() *Index { return newIndex(math.MaxUint32) }

func newIndex(full uint32) *Index {
	x := &Index{full: full, name: make(nameBuffer, 0, 64)}
	x.names.init()
	x.head = newHead(x, 0)
	x.state.Store(&state{[]part{x.head}})
	return x
}

// Apply folds in the entries that follow the last one applied: sks[i] has index first+i and was recorded at
// recorded[i] (nanoseconds since the Unix epoch). It is called by one goroutine at a time, does not wait for files and
// keeps nothing of the skeletons. Readers see all of them or none. It fails, and changes nothing, where the entries do
// not follow.
func (x *Index) Apply(first uint64, sks []*event.Skeleton, recorded []int64) error {
	size := x.size.Load()
	if first != size {
		return fmt.Errorf("index holds %d entries: cannot go on with entry %d", size, first)
	}
	if len(sks) != len(recorded) {
		return fmt.Errorf("%d entries with %d recorded times", len(sks), len(recorded))
	}
	if size+uint64(len(sks)) > MaxEntries {
		return fmt.Errorf("one index holds at most %d entries", uint64(MaxEntries))
	}
	for i, sk := range sks {
		if x.head.fold(sk, recorded[i]); x.head.rows.n == x.full {
			x.next(size + uint64(i) + 1)
		}
	}
	x.size.Store(size + uint64(len(sks)))
	if x.store != nil {
		x.adopt()
	}
	return nil
}

// next begins a new head, since the last one is full.
func (x *Index) next(base uint64) {
	x.head.names = x.names.count() - x.head.firstName
	x.head = newHead(x, uint32(base))
	x.mu.Lock()
	x.state.Store(&state{append(slices.Clone(x.state.Load().parts), x.head)})
	x.mu.Unlock()
	if x.store != nil {
		x.store.wake(x.store.heads)
	}
}

// Size returns the number of entries that readers see.
func (x *Index) Size() uint64 { return x.size.Load() }

// limit returns the first entry that is invisible as of a tree size, and the parts that hold those before it.
func (x *Index) limit(asOf uint64) (uint32, *state) {
	size := x.size.Load() // before the state, which then has all of it
	return uint32(min(asOf, size)), x.state.Load()
}

// Entry returns the index of the entry with this id, whatever tree size it came with.
func (x *Index) Entry(id event.Pseudonym) (index uint64, ok bool) {
	limit, st := x.limit(math.MaxUint64)
	defer runtime.KeepAlive(st)
	n, ok := st.find(id)
	if !ok || n >= limit {
		return 0, false
	}
	return uint64(n), true
}

// Row returns the row of an entry; index must be below [Index.Size].
func (x *Index) Row(index uint64) (r Row) {
	row, st := x.visible(index)
	defer runtime.KeepAlive(st)
	st.row(row, &r)
	return r
}

// ID returns the id of an entry; index must be below [Index.Size].
func (x *Index) ID(index uint64) event.Pseudonym {
	row, st := x.visible(index)
	defer runtime.KeepAlive(st)
	p := st.parts[st.at(row)]
	return p.id(row - p.begin())
}

func (x *Index) visible(index uint64) (uint32, *state) {
	limit, st := x.limit(math.MaxUint64)
	if index >= uint64(limit) {
		panic(fmt.Sprintf("index: entry %d of %d", index, limit))
	}
	return uint32(index), st
}

// at returns which part holds an entry.
func (s *state) at(row uint32) int {
	return sort.Search(len(s.parts), func(i int) bool { return s.parts[i].begin() > row }) - 1
}

// row fills in the row of an entry.
func (s *state) row(row uint32, r *Row) {
	// By the types of parts and not by their interface, so that a caller's row can lie on its stack.
	switch p := s.parts[s.at(row)].(type) {
	case *block:
		p.row(row-p.begin(), r)
	case *head:
		p.row(row-p.begin(), r)
	}
}

// find returns the entry with an id, which readers may not see yet. A log has no id twice; if it had, the first would
// count.
func (s *state) find(id event.Pseudonym) (uint32, bool) {
	if id.IsZero() {
		return 0, false
	}
	for _, p := range s.parts {
		if n, ok := p.find(id); ok {
			return p.begin() + n, true
		}
	}
	return 0, false
}

// Name returns the text of an interned identifier, "" for none.
func (x *Index) Name(n Name) string {
	if n == 0 {
		return ""
	}
	return parseText(x.names.name(uint32(n)))
}

// System reports whether a name is a system's and not an organisation's.
func (x *Index) System(n Name) bool {
	return n != 0 && dimension(x.names.name(uint32(n))[0]) == dimSystem
}

// Bases returns the legal bases of a set, in the order in which the log first named them.
func (x *Index) Bases(n Name) (texts []string) {
	if n == 0 {
		return nil
	}
	for _, one := range parseSet(x.names.name(uint32(n))) {
		texts = append(texts, x.Name(one))
	}
	return texts
}

// Denotation returns the sealer and pseudonym that an interned actor stands for, the zero value for none.
func (x *Index) Denotation(n Name) event.Denotation {
	if n == 0 {
		return event.Denotation{}
	}
	p, sealer := parseSubject(x.names.name(uint32(n)))
	return event.Denotation{Sealer: x.Name(Name(sealer)), Pseudonym: p}
}

// intern returns the number of a text, zero for the empty text.
func (x *Index) intern(d dimension, text string) Name {
	if text == "" {
		return 0
	}
	recent := &x.recent[(uint(d)*37+uint(len(text))*5+uint(text[len(text)-1])+uint(text[len(text)/2])*3)%uint(len(x.recent))]
	if n := *recent; n != 0 {
		if name := x.names.name(uint32(n)); dimension(name[0]) == d && string(name[1:]) == text {
			return n
		}
	}
	x.name = x.name.text(d, text)
	*recent = Name(x.names.add(x.name))
	return *recent
}

// internSet returns the number of the set of some names, zero for the empty set. It sorts them.
func (x *Index) internSet(d dimension, names []Name) Name {
	set := sorted(names)
	if len(set) == 0 {
		return 0
	}
	x.name = x.name.set(d, set)
	return Name(x.names.add(x.name))
}

// basis interns the legal bases of an entry.
func (x *Index) basis(texts []string) Name {
	x.bases = x.bases[:0]
	for _, text := range texts {
		x.bases = append(x.bases, x.intern(dimBasis, text))
	}
	return x.internSet(dimBases, x.bases)
}

// sealerOf returns the number of a sealer.
func (x *Index) sealerOf(id string) uint32 {
	if id != x.sealer || x.sealerNo == 0 {
		x.name = x.name.text(dimSealer, id)
		x.sealer, x.sealerNo = string(x.name[1:]), x.names.add(x.name)
	}
	return x.sealerNo
}
