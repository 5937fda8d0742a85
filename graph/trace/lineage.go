package trace

import (
	"cmp"
	"context"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Direction is which way an image is followed.
type Direction string

// The directions.
const (
	Down Direction = "DOWN" // where it went, and what was made of it
	Up   Direction = "UP"   // where it came from, and what it was made of
)

// Budget bounds a walk; a zero field is that of [DefaultBudget]. What is cut off is named in the answer.
type Budget struct {
	Copies  int // reached
	FanOut  int // hops followed out of one copy
	Entries int // read
}

// DefaultBudget is enough for what people look at.
var DefaultBudget = Budget{Copies: 1000, FanOut: 500, Entries: 20_000}

// MaxDepth is the most hops that a lineage goes.
const MaxDepth = 64

// LineageQuery asks for the way of an image.
type LineageQuery struct {
	Images    []event.Denotation // names of the image
	Place     string             // the copy in this system or organisation, and in what is part of it; "": all copies
	Direction Direction
	Depth     int     // hops, at most [MaxDepth]
	Classes   []Class // followed; nil: all
	At        int64   // down: hops that may have been at this moment or later; up: or earlier. [event.Beginning]: any
	Budget    Budget
}

// Copy is an image in a place. Where the place is zero it is not known.
type Copy struct {
	Image event.Denotation
	Place Place
}

// Hop is an edge and how many hops it is from where the walk began: 1 and up; 0 is how an image came to be where it begins.
type Hop struct {
	Edge
	Depth int
}

// CutReason is why a walk went no further.
type CutReason string

// The reasons.
const (
	CutDepth   CutReason = "DEPTH"
	CutCopies  CutReason = "COPIES"
	CutFanOut  CutReason = "FAN_OUT"
	CutEntries CutReason = "ENTRIES"
)

// Cutoff is where a walk was cut off. Hops is how many hops were not followed, at least.
type Cutoff struct {
	Reason CutReason
	Copy   Copy
	Hops   int
}

// Lineage is the way of an image, hop by hop. Hops are in order of depth, then of when they began, then of the log.
type Lineage struct {
	Starts []Copy
	Hops   []Hop
	Cut    []Cutoff
	// Beyond says that there is more of these images than the viewer may see, and nothing else of it.
	Beyond bool
	Copies int // reached, starts included
	Read   int // entries
}

// copyOf is an image in a place; the place may be nil, which is not known.
type copyOf struct {
	m *image
	s *site
}

func (c copyOf) shown() Copy {
	out := Copy{Image: c.m.shown}
	if c.s != nil {
		out.Place = c.s.Place
	}
	return out
}

// span is when something happened, as far as that is known. Walking up time runs backwards.
type span struct{ lo, hi int64 }

func spanOf(t event.Time, back bool) span {
	s := span{t.Earliest, t.Latest}
	if t.IsZero() {
		s = span{event.Beginning, event.End}
	}
	if back {
		s = span{negative(s.hi), negative(s.lo)}
	}
	return s
}

func negative(t int64) int64 {
	if t == event.Beginning {
		return event.End
	}
	if t == event.End {
		return event.Beginning
	}
	return -t
}

// walk follows images level by level. arrived is the earliest moment that an image can have come to a place by the hops
// followed so far: a hop is followed where it can have been at that moment or later, and not otherwise, so that only what
// certainly left before it came is left out.
type walk struct {
	t       *Tracer
	q       LineageQuery
	up      bool
	arrived map[copyOf]int64
	depth   map[*move]int
	hops    []*move
	cut     []Cutoff
	fanned  map[copyOf]int
}

// Lineage follows an image.
func (t *Tracer) Lineage(ctx context.Context, q LineageQuery) (*Lineage, error) {
	q.Budget.Copies = cmp.Or(q.Budget.Copies, DefaultBudget.Copies)
	q.Budget.FanOut = cmp.Or(q.Budget.FanOut, DefaultBudget.FanOut)
	t.most = t.read + cmp.Or(q.Budget.Entries, DefaultBudget.Entries)
	q.Depth = min(q.Depth, MaxDepth)
	w := &walk{t: t, q: q, up: q.Direction == Up, arrived: map[copyOf]int64{}, depth: map[*move]int{}, fanned: map[copyOf]int{}}
	before := t.read
	starts, err := w.starts()
	if err != nil {
		return nil, err
	}
	if err := w.follow(ctx, starts); err != nil {
		return nil, err
	}
	out := &Lineage{Cut: w.cut, Copies: len(w.arrived), Hops: make([]Hop, 0, len(w.hops))}
	for _, c := range starts {
		out.Starts = append(out.Starts, c.shown())
	}
	for _, v := range w.hops {
		e, err := t.edge(v)
		if err != nil {
			return nil, err
		}
		out.Hops = append(out.Hops, Hop{e, w.depth[v]})
	}
	slices.SortStableFunc(out.Hops, func(a, b Hop) int {
		return cmp.Or(cmp.Compare(a.Depth, b.Depth), cmp.Compare(spanOf(a.Left, false).lo, spanOf(b.Left, false).lo), cmp.Compare(a.Index, b.Index))
	})
	out.Read = t.read - before
	out.Beyond, err = w.beyond()
	return out, err
}

// beyond reports whether there is more of the images met than the viewer may see.
func (w *walk) beyond() (bool, error) {
	met := map[*image]bool{}
	var names []event.Denotation
	for c := range w.arrived {
		if !met[c.m] {
			met[c.m] = true
			names = append(names, c.m.names...)
		}
	}
	if len(names) == 0 {
		return false, nil
	}
	return w.t.r.Beyond(names)
}

// ways are the moves of an image, in order of the log.
func (t *Tracer) ways(m *image) (list []*move, err error) {
	trail, err := t.trail(m)
	if err != nil {
		return nil, err
	}
	for _, f := range trail {
		ms, err := t.movesOf(f)
		if err != nil {
			return nil, err
		}
		for i := range ms {
			if ms[i].image == m || ms[i].child == m {
				list = append(list, &ms[i])
			}
		}
	}
	return list, nil
}

// ends are the copies that a move leads from and to, as the walk goes.
func (w *walk) ends(v *move) (near, far copyOf) {
	near, far = copyOf{v.image, v.from}, copyOf{v.image, v.to}
	if v.child != nil {
		far.m = v.child
	}
	if w.up {
		return far, near
	}
	return near, far
}

// begins reports whether a move begins at a copy, as the walk goes. What is in a part is in the whole; of what is in the
// whole it is not known that it is in no part.
func (w *walk) begins(v *move, c copyOf) bool {
	n, _ := w.ends(v)
	return n.m == c.m && (n.s == c.s || n.s != nil && c.s != nil && near(n.s, c.s) || v.class == Derivation && n.s == nil)
}

// passes returns when a move can have ended at the earliest if it began at a moment or later, ok false where it cannot.
func (w *walk) passes(v *move, from int64) (at int64, ok bool) {
	first, then := spanOf(v.left, false), spanOf(v.came, false)
	if w.up {
		first, then = spanOf(v.came, true), spanOf(v.left, true)
	}
	at = max(from, first.lo)
	if at > first.hi {
		return 0, false
	}
	at = max(at, then.lo)
	return at, at <= then.hi && w.timely(v)
}

// timely reports whether a move may have been within the time asked about, and is of a class that is.
func (w *walk) timely(v *move) bool {
	switch {
	case w.q.Classes != nil && !slices.Contains(w.q.Classes, v.class):
		return false
	case w.q.At == event.Beginning:
		return true
	case w.up:
		return spanOf(v.came, false).lo <= w.q.At
	}
	return spanOf(v.left, false).hi >= w.q.At
}

// starts are the copies that the walk begins at: those in the place asked about, else those that no move of the image
// leads to, each as early as it can have been there.
func (w *walk) starts() (starts []copyOf, err error) {
	begin := func(c copyOf, at int64) {
		if old, ok := w.arrived[c]; !ok {
			w.arrived[c] = at
			starts = append(starts, c)
		} else if at < old {
			w.arrived[c] = at
		}
	}
	met := map[*image]bool{}
	for _, d := range w.q.Images {
		m := w.t.image(d)
		if met[m] {
			continue
		}
		met[m] = true
		all, err := w.t.ways(m)
		if err != nil {
			return nil, err
		}
		if m.cut {
			w.cutOff(CutEntries, Copy{Image: m.shown}, 1)
		}
		if w.q.Place != "" {
			within := w.t.places.named(w.q.Place)
			for _, v := range all {
				n, f := w.ends(v)
				for _, c := range [...]copyOf{n, f} {
					if c.m == m && c.s != nil && c.s.within(within) {
						begin(c, event.Beginning)
					}
				}
			}
			continue
		}
		w.begin(m, all, begin)
	}
	return starts, nil
}

// begin finds where the moves of one image begin. What leads in from nowhere named comes first; then, as long as a move
// is left that cannot be reached, the one that may have been first.
func (w *walk) begin(m *image, all []*move, begin func(copyOf, int64)) {
	arrived := map[copyOf]int64{}
	reached := map[*move]bool{}
	var own []*move // that begin at the image itself
	spread := func(c copyOf, at int64) {
		if old, ok := arrived[c]; ok && old <= at {
			return
		}
		queue := []copyOf{c}
		arrived[c] = at
		for ; len(queue) > 0; queue = queue[1:] {
			for _, v := range own {
				_, f := w.ends(v)
				if !w.begins(v, queue[0]) {
					continue
				}
				at, ok := w.passes(v, arrived[queue[0]])
				if !ok {
					continue
				}
				reached[v] = true
				if old, ok := arrived[f]; f.m == m && (!ok || at < old) {
					arrived[f] = at
					queue = append(queue, f)
				}
			}
		}
	}
	type start struct {
		c  copyOf
		at int64
	}
	var given []start
	for _, v := range all {
		n, f := w.ends(v)
		at, ok := w.passes(v, event.Beginning)
		switch {
		case !ok:
		case n.m == m && n.s == nil && v.class != Derivation:
			w.keep(v, 0)
			given = append(given, start{f, at})
		case n.m == m:
			own = append(own, v)
		default: // it was made of another image, or another of it, which the walk leaves behind
			given = append(given, start{f, at})
		}
	}
	for _, g := range given {
		begin(g.c, g.at)
		spread(g.c, g.at)
	}
	slices.SortStableFunc(own, func(a, b *move) int {
		x, y := spanOf(a.left, false), spanOf(b.left, false)
		if w.up {
			x, y = spanOf(a.came, true), spanOf(b.came, true)
		}
		return cmp.Or(cmp.Compare(x.lo, y.lo), cmp.Compare(x.hi, y.hi), cmp.Compare(a.fact.index, b.fact.index))
	})
	for _, v := range own {
		if !reached[v] {
			n, _ := w.ends(v)
			begin(n, event.Beginning)
			spread(n, event.Beginning)
		}
	}
}

// keep notes a hop, the first time at its depth.
func (w *walk) keep(v *move, depth int) bool {
	if _, ok := w.depth[v]; ok {
		return false
	}
	w.depth[v] = depth
	w.hops = append(w.hops, v)
	return true
}

// follow goes on from the starts, level by level. A copy that is reached earlier than before is gone on from again.
func (w *walk) follow(ctx context.Context, starts []copyOf) error {
	for level, depth := starts, 1; len(level) > 0; depth++ {
		var next []copyOf
		queued := map[copyOf]bool{}
		arrived := make([]int64, len(level)) // as of the level before: a hop more is a level more
		for i, c := range level {
			arrived[i] = w.arrived[c]
		}
		for i, c := range level {
			if err := ctx.Err(); err != nil {
				return err
			}
			all, err := w.t.ways(c.m)
			if err != nil {
				return err
			}
			if c.m.cut {
				w.cutOff(CutEntries, Copy{Image: c.m.shown}, 1)
			}
			tooDeep, tooMany, noRoom := 0, 0, 0
			for _, v := range all {
				if !w.begins(v, c) {
					continue
				}
				at, ok := w.passes(v, arrived[i])
				if !ok {
					continue
				}
				_, seen := w.depth[v]
				if depth > w.q.Depth {
					if !seen {
						tooDeep++
					}
					continue
				}
				_, f := w.ends(v)
				if f.s == nil && v.class == Derivation {
					f.s = c.s
				}
				old, known := w.arrived[f]
				switch {
				case !seen && w.fanned[c] >= w.q.Budget.FanOut:
					tooMany++
					continue
				case !known && f.s != nil && len(w.arrived) >= w.q.Budget.Copies:
					noRoom++
					continue
				}
				if w.keep(v, depth) {
					w.fanned[c]++
				}
				if f.s != nil && (!known || at < old) {
					w.arrived[f] = at
					if !queued[f] {
						queued[f] = true
						next = append(next, f)
					}
				}
			}
			for _, x := range [...]struct {
				why CutReason
				n   int
			}{{CutDepth, tooDeep}, {CutFanOut, tooMany}, {CutCopies, noRoom}} {
				w.cutOff(x.why, c.shown(), x.n)
			}
		}
		level = next
	}
	return nil
}

// cutOff notes where the walk was cut off, each place and reason once.
func (w *walk) cutOff(why CutReason, c Copy, n int) {
	if n == 0 {
		return
	}
	for i := range w.cut {
		if x := &w.cut[i]; x.Reason == why && x.Copy == c {
			x.Hops = max(x.Hops, n)
			return
		}
	}
	w.cut = append(w.cut, Cutoff{why, c, n})
}
