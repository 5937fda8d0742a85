package graph

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lichtspur/lichtspur/graph/event"
)

// leaf is a skeleton that was read, and what was found out about it that stays true.
type leaf struct {
	sk    *event.Skeleton // not changed
	sides atomic.Pointer[sides]
}

// sides are the entries that may be the other side of a transfer or receipt, or correct it: DISCLOSE, RECEIVE and CORRECT
// entries that have its transfer reference, or relate to it. Entries are only ever added to a log, so what was found below
// a size stays, and who asks about a later one looks at the entries since.
type sides struct {
	below uint64 // this size
	at    []uint64
}

// leaves remembers leaves that were read lately, so that what is looked at again and again is read and parsed once. A leaf
// never changes and has no personal values, those are sealed and beside it; a redaction destroys keys and leaves it as it
// is. Who may see an entry, and how much of it, is decided by who asks and not here.
//
// It is two generations: what is used moves into the young one, and when that is full the old one is forgotten.
type leaves struct {
	mu         sync.Mutex
	young, old map[uint64]*leaf
}

// maxLeaves is how many leaves a generation has: some 30 MB in both.
const maxLeaves = 8192

func (c *leaves) get(i uint64) *leaf {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.young[i]; l != nil {
		return l
	}
	l := c.old[i]
	if l != nil {
		c.add(i, l)
	}
	return l
}

// put remembers a leaf, and returns the one that is remembered: another reader may have been faster.
func (c *leaves) put(i uint64, l *leaf) *leaf {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.young[i]; other != nil {
		return other
	}
	c.add(i, l)
	return l
}

func (c *leaves) add(i uint64, l *leaf) {
	if c.young == nil || len(c.young) >= maxLeaves {
		c.young, c.old = make(map[uint64]*leaf), c.young
	}
	c.young[i] = l
}

// remembered returns a leaf, unscoped. Its skeleton is not the caller's to change.
func (g *Graph) remembered(i uint64) (*leaf, error) {
	if l := g.leaves.get(i); l != nil {
		return l, nil
	}
	sk, err := g.skeleton(i)
	if err != nil {
		return nil, err
	}
	return g.leaves.put(i, &leaf{sk: sk}), nil
}

// sidesOf returns the sides of an entry as of a tree size, unscoped. What relates to a receipt or a correction is no side
// of it.
func (g *Graph) sidesOf(i, size uint64) ([]uint64, error) {
	l, err := g.remembered(i)
	if err != nil {
		return nil, err
	}
	var reference string
	var id event.Pseudonym
	if l.sk.Transfer != nil {
		reference = l.sk.Transfer.Reference
	}
	if l.sk.Kind == event.KindDisclose {
		id = l.sk.Entry
	}
	var known sides
	if s := l.sides.Load(); s != nil {
		known = *s
	}
	if known.below < size {
		at := known.at[:len(known.at):len(known.at)]
		for _, other := range g.head.Sides(reference, id, known.below, size) {
			switch g.head.Row(other).Kind.Kind() {
			case event.KindDisclose, event.KindReceive, event.KindCorrect:
				if other != i {
					at = append(at, other)
				}
			}
		}
		known = sides{size, at}
		l.sides.Store(&known)
	}
	n := len(known.at)
	for n > 0 && known.at[n-1] >= size {
		n--
	}
	return known.at[:n], nil
}

// depicts reports whether an entry names one of some images, unscoped.
func (g *Graph) depicts(i uint64, images []event.Denotation) (bool, error) {
	if len(images) == 0 {
		return false, nil
	}
	l, err := g.remembered(i)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(l.sk.Images, func(m event.Image) bool {
		return slices.Contains(images, event.Denotation{Sealer: l.sk.Sealer, Pseudonym: m.Pseudonym})
	}), nil
}
