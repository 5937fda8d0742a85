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
	Depth     int      // hops, at most [MaxDepth]
	Onward    []Onward // taken one after the other, when so many hops are done
	Classes   []Class  // followed; nil: all
	At        int64    // down: hops that may have been at this moment or later; up: or earlier. [event.Beginning]: any
	Budget    Budget
}

// Onward is a further step of a walk: one hop on from a copy, by the pseudonym and the place that the walk shows, where
// the walk has reached it and not gone on from it. The zero Onward is one hop on from wherever the depth was the reason
// to stop.
type Onward struct {
	Image event.Pseudonym
	Place string // system, else organisation
}

// Copy is an image in a place. Where the place is zero it is not known.
type Copy struct {
	Image event.Denotation
	Place Place
}

// Hop is an edge and how many hops it is from where the walk began: 1 and up; 0 is how an image came to be where it begins.
// Step is which of [LineageQuery].Onward brought it, from 1; 0: none.
type Hop struct {
	Edge
	Depth int
	Step  int
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

// Lineage is the way of an image, hop by hop. Hops are in order of the step that brought them, then of depth, then of when
// they began, then of the log: a hop more, or a step more, adds to the end.
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

// stop is a copy that a walk has reached.
type stop struct {
	copyOf
	arrived int64 // the earliest moment that the image can have come there by the hops followed so far
	fanned  int   // hops followed out of it
	depth   int   // of the hops that are to be followed out of it
	waits   bool  // to be gone on from
}

// walk follows images level by level. A hop is followed where it can have been when the image had arrived or later, and not
// otherwise, so that only what certainly left before it came is left out.
type walk struct {
	t      *Tracer
	q      LineageQuery
	up     bool
	step   int // of q.Onward, from 1
	stops  map[copyOf]*stop
	ways   map[*image]*ways
	hops   []*move // followed
	cut    []Cutoff
	places []int32 // scratch of ways.out
}

// ways are the moves of an image, by where they begin as the walk goes.
type ways struct {
	all   []*move // in order of the log
	from  map[*site][]int32
	sites []*site // that are in from
}

// waysOf finds the ways of an image once.
func (w *walk) waysOf(m *image) (*ways, error) {
	if x := w.ways[m]; x != nil {
		return x, nil
	}
	all, err := w.t.ways(m)
	if err != nil {
		return nil, err
	}
	x := &ways{all: all, from: map[*site][]int32{}}
	for i, v := range all {
		n, _ := w.ends(v)
		if n.m != m {
			continue
		}
		list, met := x.from[n.s]
		if !met {
			x.sites = append(x.sites, n.s)
		}
		x.from[n.s] = append(list, int32(i))
	}
	w.ways[m] = x
	return x, nil
}

// out are the moves that begin at a copy, in order of the log, by their place in all. What is in a part is in the whole; of
// what is in the whole it is not known that it is in no part. The list is good until the next call.
func (w *walk) out(x *ways, c copyOf) []int32 {
	if c.s == nil {
		return x.from[nil]
	}
	w.places = w.places[:0]
	lists := 0
	for _, s := range x.sites {
		switch {
		case s == nil:
			for _, i := range x.from[nil] {
				if x.all[i].class == Derivation {
					w.places = append(w.places, i)
				}
			}
		case s == c.s || near(s, c.s):
			w.places = append(w.places, x.from[s]...)
		default:
			continue
		}
		lists++
	}
	if lists > 1 {
		slices.Sort(w.places)
	}
	return w.places
}

// Lineage follows an image.
func (t *Tracer) Lineage(ctx context.Context, q LineageQuery) (*Lineage, error) {
	before := t.read
	w, starts, err := t.walk(ctx, q)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(w.hops, func(a, b *move) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.depth, b.depth), cmp.Compare(spanOf(a.left, false).lo, spanOf(b.left, false).lo), cmp.Compare(a.fact.index, b.fact.index))
	})
	out := &Lineage{Cut: w.cut, Copies: len(w.stops), Hops: make([]Hop, len(w.hops))}
	for _, c := range starts {
		out.Starts = append(out.Starts, c.shown())
	}
	for i, v := range w.hops {
		out.Hops[i].Depth, out.Hops[i].Step = v.depth, v.step
		if err := t.tell(v, &out.Hops[i].Edge); err != nil {
			return nil, err
		}
	}
	out.Read = t.read - before
	out.Beyond, err = w.beyond()
	return out, err
}

// walk makes a walk, and returns where it began.
func (t *Tracer) walk(ctx context.Context, q LineageQuery) (*walk, []*stop, error) {
	q.Budget.Copies = cmp.Or(q.Budget.Copies, DefaultBudget.Copies)
	q.Budget.FanOut = cmp.Or(q.Budget.FanOut, DefaultBudget.FanOut)
	t.most = t.read + cmp.Or(q.Budget.Entries, DefaultBudget.Entries)
	q.Depth = min(q.Depth, MaxDepth)
	t.During(ctx)
	w := &walk{t: t, q: q, up: q.Direction == Up, stops: map[copyOf]*stop{}, ways: map[*image]*ways{}}
	starts, err := w.starts()
	if err != nil {
		return nil, nil, err
	}
	return w, starts, w.follow(starts)
}

// Span returns the first and the last moment of all that a lineage could show however far it were followed, and of what is
// recorded of its images at all: the time that it is drawn along stays as it is when it goes on. ok is false where nothing
// of it is placed in time.
func (t *Tracer) Span(ctx context.Context, q LineageQuery) (first, last int64, ok bool, err error) {
	q.Depth, q.Onward = MaxDepth, nil
	w, _, err := t.walk(ctx, q)
	if err != nil {
		return 0, 0, false, err
	}
	first, last = event.End, event.Beginning
	add := func(at event.Time) {
		if at.IsZero() {
			return
		}
		for _, end := range [...]int64{at.Earliest, at.Latest} {
			if end != event.Beginning && end != event.End {
				first, last = min(first, end), max(last, end)
			}
		}
	}
	for _, v := range w.hops {
		add(v.left)
		add(v.came)
	}
	for _, d := range q.Images {
		trail, err := t.trail(t.image(d))
		if err != nil {
			return 0, 0, false, err
		}
		for _, f := range trail {
			add(f.sk.Occurred)
		}
	}
	if first > last {
		return 0, 0, false, nil
	}
	return first, last, true, nil
}

// beyond reports whether there is more of the images met than the viewer may see.
func (w *walk) beyond() (bool, error) {
	met := map[*image]bool{}
	var names []event.Denotation
	for c := range w.stops {
		if !met[c.m] {
			met[c.m] = true
			names = append(names, c.m.names...)
		}
	}
	if len(names) == 0 {
		return false, nil
	}
	return w.t.r.Beyond(w.t.ctx, names)
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
func (w *walk) starts() (starts []*stop, err error) {
	begin := func(c copyOf, at int64) {
		if old := w.stops[c]; old == nil {
			s := &stop{copyOf: c, arrived: at}
			w.stops[c] = s
			starts = append(starts, s)
		} else if at < old.arrived {
			old.arrived = at
		}
	}
	met := map[*image]bool{}
	for _, d := range w.q.Images {
		m := w.t.image(d)
		if met[m] {
			continue
		}
		met[m] = true
		x, err := w.waysOf(m)
		if err != nil {
			return nil, err
		}
		if m.cut {
			w.cutOff(CutEntries, Copy{Image: m.shown}, 1)
		}
		if w.q.Place != "" {
			within := w.t.places.named(w.q.Place)
			for _, v := range x.all {
				n, f := w.ends(v)
				for _, c := range [...]copyOf{n, f} {
					if c.m == m && c.s != nil && c.s.within(within) {
						begin(c, event.Beginning)
					}
				}
			}
			continue
		}
		if err := w.begin(m, x, begin); err != nil {
			return nil, err
		}
	}
	return starts, nil
}

// begin finds where the moves of one image begin. What leads in from nowhere named comes first; then, as long as a move
// is left that cannot be reached, the one that may have been first.
func (w *walk) begin(m *image, x *ways, begin func(copyOf, int64)) error {
	arrived := map[copyOf]int64{}
	reached := make([]bool, len(x.all))
	spread := func(c copyOf, at int64) error {
		if old, ok := arrived[c]; ok && old <= at {
			return nil
		}
		queue := []copyOf{c}
		arrived[c] = at
		for ; len(queue) > 0; queue = queue[1:] {
			if err := w.t.ctx.Err(); err != nil {
				return err
			}
			from := arrived[queue[0]]
			for _, i := range w.out(x, queue[0]) {
				v := x.all[i]
				n, f := w.ends(v)
				at, ok := w.passes(v, from)
				if !ok || n.s == nil && v.class != Derivation {
					continue
				}
				reached[i] = true
				if old, ok := arrived[f]; f.m == m && (!ok || at < old) {
					arrived[f] = at
					queue = append(queue, f)
				}
			}
		}
		return nil
	}
	type start struct {
		c  copyOf
		at int64
	}
	var given []start
	var own []int32 // moves that begin at the image itself
	for i, v := range x.all {
		n, f := w.ends(v)
		at, ok := w.passes(v, event.Beginning)
		switch {
		case !ok:
		case n.m == m && n.s == nil && v.class != Derivation:
			w.keep(v, 0)
			given = append(given, start{f, at})
		case n.m == m:
			own = append(own, int32(i))
		default: // it was made of another image, or another of it, which the walk leaves behind
			given = append(given, start{f, at})
		}
	}
	for _, g := range given {
		begin(g.c, g.at)
		if err := spread(g.c, g.at); err != nil {
			return err
		}
	}
	slices.SortStableFunc(own, func(i, j int32) int {
		a, b := x.all[i], x.all[j]
		p, q := spanOf(a.left, false), spanOf(b.left, false)
		if w.up {
			p, q = spanOf(a.came, true), spanOf(b.came, true)
		}
		return cmp.Or(cmp.Compare(p.lo, q.lo), cmp.Compare(p.hi, q.hi), cmp.Compare(a.fact.index, b.fact.index))
	})
	for _, i := range own {
		if !reached[i] {
			n, _ := w.ends(x.all[i])
			begin(n, event.Beginning)
			if err := spread(n, event.Beginning); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep notes a hop, the first time at its depth.
func (w *walk) keep(v *move, depth int) bool {
	if v.in == w {
		return false
	}
	v.in, v.depth, v.step = w, depth, w.step
	w.hops = append(w.hops, v)
	return true
}

// follow goes on from the starts, level by level, and then step by step.
func (w *walk) follow(starts []*stop) (err error) {
	front, limit := starts, w.q.Depth
	for _, c := range front {
		c.depth, c.waits = 1, true
	}
	for depth := 1; depth <= limit && len(front) > 0; depth++ {
		if front, err = w.level(front); err != nil {
			return err
		}
	}
	for i, o := range w.q.Onward {
		w.step = i + 1
		if o == (Onward{}) && limit < MaxDepth {
			limit++
		}
		var going, staying []*stop
		for _, c := range front {
			if o == (Onward{}) && c.depth <= limit || o != (Onward{}) && c.m.shown.Pseudonym == o.Image && c.s != nil && c.s.Name() == o.Place {
				going = append(going, c)
			} else {
				staying = append(staying, c)
			}
		}
		next, err := w.level(going)
		if err != nil {
			return err
		}
		front = append(staying, next...)
	}
	for _, c := range front {
		if err := w.tooDeep(c); err != nil {
			return err
		}
	}
	return nil
}

// level follows a hop out of each of these copies, and returns those to go on from. A copy that is reached earlier than
// before is gone on from again.
func (w *walk) level(level []*stop) (next []*stop, err error) {
	begun := make([]stop, len(level)) // as of the level before: a hop more is a level more
	for i, c := range level {
		c.waits, begun[i] = false, *c
	}
	for i, c := range level {
		depth := begun[i].depth
		if err := w.t.ctx.Err(); err != nil {
			return nil, err
		}
		x, err := w.waysOf(c.m)
		if err != nil {
			return nil, err
		}
		if c.m.cut {
			w.cutOff(CutEntries, Copy{Image: c.m.shown}, 1)
		}
		tooMany, noRoom := 0, 0
		for _, k := range w.out(x, c.copyOf) {
			v := x.all[k]
			at, ok := w.passes(v, begun[i].arrived)
			if !ok {
				continue
			}
			_, f := w.ends(v)
			if f.s == nil && v.class == Derivation {
				f.s = c.s
			}
			there := w.stops[f]
			switch {
			case v.in != w && c.fanned >= w.q.Budget.FanOut:
				tooMany++
				continue
			case there == nil && f.s != nil && len(w.stops) >= w.q.Budget.Copies:
				noRoom++
				continue
			}
			if w.keep(v, depth) {
				c.fanned++
			}
			if f.s == nil || there != nil && at >= there.arrived {
				continue
			}
			if there == nil {
				there = &stop{copyOf: f}
				w.stops[f] = there
			}
			there.arrived = at
			if !there.waits {
				there.depth, there.waits = depth+1, true
				next = append(next, there)
			}
		}
		w.cutOff(CutFanOut, c.shown(), tooMany)
		w.cutOff(CutCopies, c.shown(), noRoom)
	}
	return next, nil
}

// tooDeep notes how many hops out of a copy were not followed since the walk goes no deeper.
func (w *walk) tooDeep(c *stop) error {
	if err := w.t.ctx.Err(); err != nil {
		return err
	}
	x, err := w.waysOf(c.m)
	if err != nil {
		return err
	}
	if c.m.cut {
		w.cutOff(CutEntries, Copy{Image: c.m.shown}, 1)
	}
	n := 0
	for _, k := range w.out(x, c.copyOf) {
		if v := x.all[k]; v.in != w {
			if _, ok := w.passes(v, c.arrived); ok {
				n++
			}
		}
	}
	w.cutOff(CutDepth, c.shown(), n)
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
