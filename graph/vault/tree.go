package vault

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
)

// The key tree is the puncturable PRF of Goldreich, Goldwasser and Micali (JACM 33, 1986; puncturing after Boneh and
// Waters, ASIACRYPT 2013): a node's key derives the keys of its sixteen children, a point is the path of its 24
// hexadecimal digits, and the value at a point is the key of the leaf. Whoever holds the root can evaluate every
// point. To puncture a point the keys on its path are forgotten and those of the siblings along it kept: they give
// every other point and nothing about this one.
//
// What is kept is a trie of pages. A slot is one place in it: a live key, a page that knows more, or nothing.
const (
	arity  = 16
	levels = 24
)

// point is a path through the tree, one hexadecimal digit a level.
type point [levels / 2]byte

func (p *point) digit(level int) byte {
	b := p[level/2]
	if level%2 == 0 {
		return b >> 4
	}
	return b & 15
}

// errPunctured says that the key at a point was given up.
var errPunctured = errors.New("punctured")

// descend gives the key at the end of digits below node k of the given level. One step is one compression of
// SHA-256: 32 bytes of key, a label, level and digit fit one block.
func descend(k secret, p *point, level int) secret {
	var block [47]byte
	copy(block[32:], "lichtspur/ggm")
	for ; level < levels; level++ {
		copy(block[:], k[:])
		block[45] = byte(level)
		block[46] = p.digit(level)
		k = sha256.Sum256(block[:])
	}
	return k
}

// child gives the key of one child of node k of the given level.
func child(k *secret, level int, digit byte) secret {
	var block [47]byte
	copy(block[:], k[:])
	copy(block[32:], "lichtspur/ggm")
	block[45] = byte(level)
	block[46] = digit
	return sha256.Sum256(block[:])
}

// slotKind says what a slot holds.
type slotKind byte

const (
	slotDead slotKind = iota // a punctured leaf
	slotLive                 // the key of the whole subtree
	slotPage                 // the subtree has punctured leaves; a page knows which
)

// slot is one place in the trie. key is the node's key if live, and the key of the page's file if a page.
type slot struct {
	kind  slotKind
	key   secret
	seq   uint64 // of a page: the number of the puncture that wrote it
	fresh *page  // of a page: its content while it is not yet written
}

// page is what is known below one node that has punctured leaves under it. A branch has a slot for each child; a
// chain, the usual case below the first few levels, stands for a subtree with a single punctured leaf: its path from
// here, and at each level the keys of the fifteen other children in order of digit.
type page struct {
	level    int          // of the node; its children are one deeper
	branch   *[arity]slot // nil for a chain
	path     []byte       // of a chain: levels-level digits
	siblings []sideKeys   // of a chain: as many
}

type sideKeys [arity - 1]secret

// side is the place of a digit's key among the siblings of the digit on the path.
func side(digit, onPath byte) int {
	if digit < onPath {
		return int(digit)
	}
	return int(digit) - 1
}

// pager keeps pages.
type pager interface {
	load(s slot, level int) (*page, error)
	write(p *page, seq uint64) (slot, error)
}

// tree is the state of the PRF. It is a value: a puncture makes a new one.
type tree struct{ root slot }

func newTree(random io.Reader) (tree, error) {
	t := tree{slot{kind: slotLive}}
	if _, err := io.ReadFull(random, t.root.key[:]); err != nil {
		return tree{}, fmt.Errorf("make root of key tree: %w", err)
	}
	return t, nil
}

// find returns the live node above p and its level, or errPunctured.
func (t tree) find(p *point, pages pager) (secret, int, error) {
	s, level := t.root, 0
	for {
		switch s.kind {
		case slotLive:
			return s.key, level, nil
		case slotDead:
			return secret{}, level, errPunctured
		}
		pg, err := pageOf(s, level, pages)
		if err != nil {
			return secret{}, level, err
		}
		if pg.branch != nil {
			s = pg.branch[p.digit(level)]
			level++
			continue
		}
		for i, onPath := range pg.path {
			if d := p.digit(level + i); d != onPath {
				return pg.siblings[i][side(d, onPath)], level + i + 1, nil
			}
		}
		return secret{}, levels, errPunctured
	}
}

// value evaluates the PRF at p.
func (t tree) value(p *point, pages pager) (secret, error) {
	k, level, err := t.find(p, pages)
	if err != nil {
		return secret{}, err
	}
	return descend(k, p, level), nil
}

func pageOf(s slot, level int, pages pager) (*page, error) {
	if s.fresh != nil {
		return s.fresh, nil
	}
	return pages.load(s, level)
}

// puncture returns the tree without the given points, whose new pages are written with number seq, and the pages
// that it no longer refers to.
func (t tree) puncture(points []point, seq uint64, pages pager) (tree, []slot, error) {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b point) int { return slices.Compare(a[:], b[:]) })
	points = slices.Compact(points)
	left := points[:0]
	for _, p := range points {
		switch _, _, err := t.find(&p, pages); {
		case err == nil:
			left = append(left, p)
		case !errors.Is(err, errPunctured):
			return tree{}, nil, err
		}
	}
	if len(left) == 0 {
		return t, nil, nil
	}
	cut := &cutter{pages: pages, seq: seq}
	s, err := cut.cut(t.root, 0, left)
	if err == nil {
		s, err = cut.flush(s)
	}
	if err != nil {
		return tree{}, nil, err
	}
	return tree{s}, cut.stale, nil
}

// cutter is one puncture under way.
type cutter struct {
	pages pager
	seq   uint64
	stale []slot
}

// cut takes points, sorted and all alive, out of the subtree at s.
func (c *cutter) cut(s slot, level int, points []point) (slot, error) {
	if level == levels {
		return slot{}, nil
	}
	if s.kind == slotLive && len(points) == 1 {
		return slot{kind: slotPage, fresh: newChain(s.key, level, &points[0])}, nil
	}
	var pg *page
	if s.kind == slotLive {
		pg = newBranch(s.key, level)
	} else {
		old, err := pageOf(s, level, c.pages)
		if err != nil {
			return slot{}, err
		}
		if s.fresh == nil {
			c.stale = append(c.stale, s)
		}
		pg = old.asBranch()
	}
	for len(points) > 0 {
		d := points[0].digit(level)
		n := 1
		for n < len(points) && points[n].digit(level) == d {
			n++
		}
		var err error
		if pg.branch[d], err = c.cut(pg.branch[d], level+1, points[:n]); err != nil {
			return slot{}, err
		}
		points = points[n:]
	}
	return slot{kind: slotPage, fresh: pg}, nil
}

// flush writes the fresh pages at and below s, the lowest first: a page holds the keys of those under it.
func (c *cutter) flush(s slot) (slot, error) {
	if s.fresh == nil {
		return s, nil
	}
	if b := s.fresh.branch; b != nil {
		for i := range b {
			var err error
			if b[i], err = c.flush(b[i]); err != nil {
				return slot{}, err
			}
		}
	}
	return c.pages.write(s.fresh, c.seq)
}

func newChain(k secret, level int, p *point) *page {
	pg := &page{level: level}
	for ; level < levels; level++ {
		onPath := p.digit(level)
		var keys sideKeys
		for d := byte(0); d < arity; d++ {
			if d != onPath {
				keys[side(d, onPath)] = child(&k, level, d)
			}
		}
		pg.path = append(pg.path, onPath)
		pg.siblings = append(pg.siblings, keys)
		k = child(&k, level, onPath)
	}
	return pg
}

func newBranch(k secret, level int) *page {
	pg := &page{level: level, branch: new([arity]slot)}
	for d := byte(0); d < arity; d++ {
		pg.branch[d] = slot{kind: slotLive, key: child(&k, level, d)}
	}
	return pg
}

// asBranch returns a copy of the page as a branch: of a chain its first level, with the rest a chain under it.
func (pg *page) asBranch() *page {
	b := &page{level: pg.level, branch: new([arity]slot)}
	if pg.branch != nil {
		*b.branch = *pg.branch
		return b
	}
	onPath := pg.path[0]
	for d := byte(0); d < arity; d++ {
		if d != onPath {
			b.branch[d] = slot{kind: slotLive, key: pg.siblings[0][side(d, onPath)]}
		}
	}
	if len(pg.path) > 1 {
		b.branch[onPath] = slot{kind: slotPage, fresh: &page{level: pg.level + 1, path: pg.path[1:], siblings: pg.siblings[1:]}}
	}
	return b
}
