package catalog

import (
	"sync"

	"github.com/lichtspur/lichtspur/graph/event"
)

// saying is what the catalog needs of one entry.
type saying struct {
	index       uint64
	kind        event.Kind
	entry       event.Pseudonym
	source      string
	exercise    bool
	relates     []event.Reference
	declaration *event.Declaration
	visibility  *event.Visibility
}

// limited reports whether not everybody may see it.
func (s *saying) limited() bool { return s.visibility != nil && !s.visibility.Public }

// told keeps what was applied, and the catalogs of those who may not see all of it. Such catalogs are folded when they
// are asked for, and go on from where they are when there is more.
type told struct {
	mu      sync.Mutex
	all     []saying
	limited []uint64 // indexes of those that not everybody may see
	parts   map[string]*part
	clock   uint64
}

// part is the catalog of those who see the same.
type part struct {
	catalog *Catalog
	applied int // of what was told
	used    uint64
}

// maxParts is how many catalogs of parts are kept: one for each set of organisations that reads.
const maxParts = 16

func (t *told) add(s saying) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, s)
	if s.limited() {
		t.limited = append(t.limited, s.index)
	}
}

// Seen returns the catalog, as of a tree size, of a log without the declarations that somebody may not see. seen is
// asked, by index, for those of limited visibility below size alone; it must always say the same for the same name of
// who sees. A correction that is not limited itself is seen by whoever sees what it corrects. It may be called by any
// goroutine.
func (c *Catalog) Seen(who string, size uint64, seen func(index uint64) bool) *View {
	t := &c.told
	t.mu.Lock()
	defer t.mu.Unlock()
	hidden := false
	for _, i := range t.limited {
		if i >= size || hidden {
			break
		}
		hidden = !seen(i)
	}
	if !hidden {
		return c.AsOf(size)
	}
	p := t.parts[who]
	if p == nil {
		t.makeRoom()
		p = &part{catalog: New()}
		t.parts[who] = p
	}
	t.clock++
	p.used = t.clock
	for ; p.applied < len(t.all) && t.all[p.applied].index < size; p.applied++ {
		if s := &t.all[p.applied]; !s.limited() || seen(s.index) {
			p.catalog.apply(s)
		}
	}
	return p.catalog.AsOf(size)
}

// makeRoom forgets the catalog that was not asked for longest.
func (t *told) makeRoom() {
	if t.parts == nil {
		t.parts = map[string]*part{}
	}
	if len(t.parts) < maxParts {
		return
	}
	oldest := ""
	for who, p := range t.parts {
		if oldest == "" || p.used < t.parts[oldest].used {
			oldest = who
		}
	}
	delete(t.parts, oldest)
}
