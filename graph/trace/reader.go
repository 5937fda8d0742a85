package trace

import (
	"context"
	"iter"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Reader is the log as one viewer sees it, as of one tree size: what is out of the viewer's scope is not there, so that
// no answer can depend on it. Its methods are called by one goroutine at a time and say the same each time.
type Reader interface {
	// Size is the tree size that everything holds for.
	Size() uint64
	// Catalog is what is declared as of that size.
	Catalog() *catalog.View
	// Select yields the entries that match, in order of the log. Beside those that the viewer sees anyway these are
	// entries that name one of the images about, where it may follow that image.
	Select(f index.Filter, about []event.Denotation) iter.Seq2[uint64, error]
	// Entry is the skeleton of an entry, as far as the viewer sees it. It is not changed.
	Entry(i uint64) (*event.Skeleton, error)
	// Stated is what is known of an entry before it is read: its kind, and the organisation that it states its images to be
	// from. ok is false where that is not all: where it corrects, is corrected, or is not wholly seen.
	Stated(i uint64) (kind event.Kind, origin string, ok bool)
	// Find is the index of the entry with this id.
	Find(id event.Pseudonym) (i uint64, ok bool, err error)
	// Correction is the last entry of the same source that supersedes this one.
	Correction(i uint64) (by uint64, ok bool, err error)
	// Same is d and every other pseudonym of the same image, d first; inferred follows links that rest on a score, too.
	Same(d event.Denotation, inferred bool) []event.Denotation
	// General lists the RELEASE and RESTRICT that name neither an image nor a collection, in order of the log: they are
	// about all images of their owner.
	General() ([]uint64, error)
	// Sides lists what may be the other side of a transfer or receipt, or correct it, in order of the log: DISCLOSE, RECEIVE
	// and CORRECT entries that have its transfer reference, or relate to it. What is seen of them is as in Select.
	Sides(i uint64, about []event.Denotation) ([]uint64, error)
	// Beyond reports whether entries out of the viewer's scope name one of these images. It is all that is ever said of
	// them.
	Beyond(ctx context.Context, images []event.Denotation) (bool, error)
}

// Tracer answers questions about one state of the log to one viewer. It remembers what it read and is for one goroutine
// and one request.
type Tracer struct {
	ctx      context.Context // of the question that is being answered
	r        Reader
	ground   *Ground
	places   *places // of the ground
	facts    map[uint64]*fact
	images   map[event.Denotation]*image
	inferred bool               // links that rest on a score are followed
	claims   *claims            // of the ground, once asked for
	decision map[string][]*fact // by collection
	read     int                // skeletons read
	most     int                // how many may be read for trails; 0: any number
}

// New returns a tracer on a ground of its own.
func New(r Reader) *Tracer { return On(NewGround(r.Catalog()), r) }

// On returns a tracer on a ground that others may stand on, too.
func On(g *Ground, r Reader) *Tracer {
	return &Tracer{ctx: context.Background(), r: r, ground: g, places: g.places, facts: make(map[uint64]*fact, 256),
		images: map[event.Denotation]*image{}, decision: map[string][]*fact{}}
}

// During has the questions that follow end where a context does, with its error.
func (t *Tracer) During(ctx context.Context) { t.ctx = ctx }

// Size is the tree size that the answers hold for.
func (t *Tracer) Size() uint64 { return t.r.Size() }

// Read is how many entries were read so far.
func (t *Tracer) Read() int { return t.read }
