package graph

import (
	"sort"
	"sync"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// decisions are the RELEASE and RESTRICT that name neither an image nor a collection: they are about all images of their
// owner, so no list of the index finds them from an image. There are few, and they are looked for once, when they are
// first asked for.
type decisions struct {
	mu   sync.Mutex
	all  []uint64 // ascending
	upTo uint64   // entries below it were looked at
}

// decisionsBelow returns those with an index below a tree size.
func (g *Graph) decisionsBelow(size uint64) []uint64 {
	d := &g.decisions
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.upTo < size {
		found := d.all
		f := index.Filter{Kinds: []event.Kind{event.KindRelease, event.KindRestrict}}
		for i, row := range g.head.Rows(f, index.Recorded, size, index.Position(d.upTo)) {
			if row.Flags&index.General != 0 {
				found = append(found, i)
			}
		}
		d.all, d.upTo = found, size
	}
	return d.all[:sort.Search(len(d.all), func(i int) bool { return d.all[i] >= size })]
}
