package trace

import (
	"iter"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Reader is the log as one viewer sees it, as of one tree size. Its methods are called by one goroutine at a time and
// say the same each time.
type Reader interface {
	// Size is the tree size that everything holds for.
	Size() uint64
	// Catalog is what is declared as of that size.
	Catalog() *catalog.View
	// Select yields the entries that match and that the viewer may see. It applies scope and size by itself.
	Select(f index.Filter, order index.Order, after index.Position) iter.Seq2[uint64, index.Row]
	// Trail yields, in order of index, every entry that names one of these pseudonyms, those that the viewer may not see,
	// too. A walk goes through those and shows nothing of them but that they are there.
	Trail(images []event.Denotation) iter.Seq[uint64]
	// Visible reports whether the viewer may see an entry.
	Visible(i uint64) bool
	// Entry is the skeleton of an entry below the size, opened or not. It is not changed.
	Entry(i uint64) (*event.Skeleton, error)
	// Find is the index of the entry with this id, if it is below the size.
	Find(id event.Pseudonym) (uint64, bool)
	// Superseded reports whether an entry below the size of the same source corrects this one.
	Superseded(i uint64) bool
	// Same is d and every other pseudonym of the same image, d first; inferred follows links that rest on a score, too.
	Same(d event.Denotation, inferred bool) []event.Denotation
}

// Tracer answers questions about one state of the log to one viewer. It remembers what it read and is for one goroutine
// and one request.
type Tracer struct {
	r        Reader
	places   *places
	facts    map[uint64]*fact
	pairs    map[uint64]uint64 // matched entries, both ways; unmatched ones stand for themselves
	images   map[event.Denotation]*image
	inferred bool // links that rest on a score are followed
	claims   *claims
	decision map[string][]*fact // by collection and owner
	widest   time.Duration      // longest pairing window, once known
	read     int                // skeletons read, for budgets
}

// New returns a tracer.
func New(r Reader) *Tracer {
	return &Tracer{r: r, places: newPlaces(r.Catalog()), facts: map[uint64]*fact{}, pairs: map[uint64]uint64{},
		images: map[event.Denotation]*image{}, decision: map[string][]*fact{}}
}

// Size is the tree size that the answers hold for.
func (t *Tracer) Size() uint64 { return t.r.Size() }

// image is a picture: all pseudonyms that denote it.
type image struct {
	name  event.Denotation   // the least, which stands for all
	names []event.Denotation // those that LINK entries say are the same
	trail []*fact            // once read
	read  bool
}

// image returns the image that a pseudonym denotes.
func (t *Tracer) image(d event.Denotation) *image {
	if m := t.images[d]; m != nil {
		return m
	}
	m := &image{name: d, names: t.r.Same(d, t.inferred)}
	for _, n := range m.names {
		if lessDenotation(n, m.name) {
			m.name = n
		}
		t.images[n] = m
	}
	t.images[d] = m
	return m
}

func lessDenotation(a, b event.Denotation) bool {
	if a.Sealer != b.Sealer {
		return a.Sealer < b.Sealer
	}
	return string(a.Pseudonym[:]) < string(b.Pseudonym[:])
}
