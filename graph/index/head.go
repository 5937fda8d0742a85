package index

import (
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Head is the index of a log in memory.
type Head struct{}

// New returns the index of an empty log.
func New() *Head { return &Head{} }

// Apply folds in the entries that follow the last one applied: sks[i] has index first+i and was recorded at
// recorded[i] (nanoseconds since the Unix epoch). It is called by one goroutine at a time. Readers see all of them
// or none. It fails, and changes nothing, where the entries do not follow.
func (h *Head) Apply(first uint64, sks []*event.Skeleton, recorded []int64) error { panic("api") }

// Size returns the number of entries that readers see.
func (h *Head) Size() uint64 { panic("api") }

// Entry returns the index of the entry with this id.
func (h *Head) Entry(id event.Pseudonym) (index uint64, ok bool) { panic("api") }

// Row returns the row of an entry; index must be below [Head.Size].
func (h *Head) Row(index uint64) Row { panic("api") }

// ID returns the id of an entry; index must be below [Head.Size].
func (h *Head) ID(index uint64) event.Pseudonym { panic("api") }

// Select returns the entries that match, as of the tree size asOf (entries with index asOf and above are invisible,
// and so are the links and corrections among them), in order, from a position on. The iterator is lazy: it reads
// as far as it is asked to. It may be used more than once and by several goroutines.
func (h *Head) Select(f Filter, order Order, asOf uint64, after Position) iter.Seq[uint64] {
	panic("api")
}

// Equivalent returns d and everything that LINK entries below asOf say denotes the same subject.
func (h *Head) Equivalent(kind event.SubjectKind, d event.Denotation, asOf uint64, inferred bool) []event.Denotation {
	panic("api")
}

// Name returns the text of an interned identifier, "" for none.
func (h *Head) Name(n Name) string { panic("api") }

// Members returns the names in a set of parties, ascending.
func (h *Head) Members(p Parties) []Name { panic("api") }
