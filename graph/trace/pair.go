package trace

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// DefaultWindow is how late a receipt may follow its transfer where the receiving system declares no pairing window.
const DefaultWindow = 72 * time.Hour

// Reconciliation: which DISCLOSE and which RECEIVE are one transfer.
//
// A pair agrees on its parties (of two places that one side each names, one lies within the other) and, where both
// sides are placed in time, the receipt can have come after the transfer and within the receiving system's window. It
// is then made
//
//  1. by a transfer reference that both have, or by the receipt's ANSWERS to the transfer's entry; else,
//  2. where not both have a reference and both are placed in time, by an image that both list, or by the collection that
//     both name.
//
// In each of the two, receipts are taken in order of the time they may have come first, and each takes the transfer
// that may have left first and has none yet; what is equal goes in order of the log. Every entry is in one pair at most.

// Match returns the entry that a DISCLOSE or RECEIVE makes a pair with, ok false where there is none as of the tree
// size, or the entry is of another kind.
func (t *Tracer) Match(i uint64) (other uint64, ok bool, err error) {
	f, err := t.fact(i)
	if err != nil {
		return 0, false, err
	}
	g, err := t.match(f)
	if err != nil {
		return 0, false, err
	}
	return g.index, g != f, nil
}

// match returns the other side, the fact itself where there is none.
func (t *Tracer) match(f *fact) (*fact, error) {
	if !transfers(f) {
		return f, nil
	}
	if f.other == nil {
		if err := t.settle(f, t.referring, t.agree, nil); err != nil {
			return nil, err
		}
	}
	if f.other == nil {
		if err := t.settle(f, t.resembling, t.resemble, t.partnerless); err != nil {
			return nil, err
		}
	}
	return f.other, nil
}

// partnerless reports whether a fact has no partner by reference: whoever is near one that has none takes part.
func (t *Tracer) partnerless(g *fact) (bool, error) {
	if g.other != nil {
		return false, nil
	}
	err := t.settle(g, t.referring, t.agree, nil)
	return g.other == nil, err
}

func transfers(f *fact) bool {
	return !f.void && (f.kind == event.KindDisclose || f.kind == event.KindReceive)
}

// contenders are facts that contend for partners, each once.
type contenders struct {
	list []*fact
	many map[*fact]bool // the same, once they are many
}

func (c *contenders) has(f *fact) bool {
	if c.many != nil {
		return c.many[f]
	}
	return slices.Contains(c.list, f)
}

func (c *contenders) add(f *fact) {
	c.list = append(c.list, f)
	if c.many != nil {
		c.many[f] = true
	} else if len(c.list) > 16 {
		c.many = make(map[*fact]bool)
		for _, g := range c.list {
			c.many[g] = true
		}
	}
}

// settle finds everything that could contend with a fact for a partner and pairs it off. What contends is what can be
// reached by going from candidate to candidate, so that the pairs are the same wherever one begins.
func (t *Tracer) settle(f *fact, near func(*fact) ([]*fact, error), fits func(d, r *fact) bool, takesPart func(*fact) (bool, error)) error {
	first, err := near(f)
	if err != nil {
		return err
	}
	if len(first) == 0 { // mostly
		if takesPart != nil {
			f.other = f
		}
		return nil
	}
	group := contenders{list: []*fact{f}}
	for n := 0; n < len(group.list); n++ {
		one, others := group.list[n], first
		if n > 0 {
			if others, err = near(one); err != nil {
				return err
			}
		}
		for _, g := range others {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			d, r := sides(one, g)
			if d == nil || group.has(g) || !fits(d, r) {
				continue
			}
			if takesPart != nil {
				if ok, err := takesPart(g); err != nil {
					return err
				} else if !ok {
					continue
				}
			}
			group.add(g)
		}
	}
	if len(group.list) > 1 {
		t.pairOff(group.list, fits, takesPart != nil)
	}
	if takesPart != nil { // this was the last way to find a partner
		for _, g := range group.list {
			if g.other == nil {
				g.other = g
			}
		}
	}
	return nil
}

// pairOff makes pairs of what contends for partners, timely where there is a time that both are near.
func (t *Tracer) pairOff(group []*fact, fits func(d, r *fact) bool, timely bool) {
	slices.SortFunc(group, earlier)
	var free []*fact // transfers that have no receipt
	for _, d := range group {
		if d.other == nil && d.kind == event.KindDisclose {
			free = append(free, d)
		}
	}
	for _, r := range group {
		if r.other != nil || r.kind != event.KindReceive {
			continue
		}
		if came := r.sk.Occurred; timely {
			// No later receipt can reach a transfer that is out of reach of this one.
			for len(free) > 0 && !free[0].sk.Occurred.IsZero() && later(free[0].sk.Occurred.Latest, t.longest()) < came.Earliest {
				free = free[1:]
			}
		}
		if i := slices.IndexFunc(free, func(d *fact) bool { return fits(d, r) }); i >= 0 {
			d := free[i]
			d.other, r.other = r, d
			free = slices.Delete(free, i, i+1)
		}
	}
}

// earlier orders by the time something may have happened first, then by the log; what is unplaced comes last.
func earlier(a, b *fact) int {
	x, y := a.sk.Occurred, b.sk.Occurred
	if x.IsZero() != y.IsZero() {
		if x.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(x.Earliest, y.Earliest), cmp.Compare(a.index, b.index))
}

// sides tells transfer from receipt, nil where these are not one of each.
func sides(a, b *fact) (d, r *fact) {
	switch {
	case !transfers(a) || !transfers(b) || a.kind == b.kind:
		return nil, nil
	case a.kind == event.KindDisclose:
		return a, b
	}
	return b, a
}

// agree reports whether parties and time let two facts that name each other be a pair.
func (t *Tracer) agree(d, r *fact) bool {
	for _, p := range [...][2]event.Place{{d.sk.From, r.sk.From}, {d.sk.To, r.sk.To}} {
		a, b := t.places.of(p[0]), t.places.of(p[1])
		if a == nil || b == nil || !near(a, b) {
			return false
		}
	}
	return InTime(d.sk.Occurred, r.sk.Occurred, t.window(r))
}

// later is a time and a while, without overflow.
func later(at int64, d time.Duration) int64 {
	if at > event.End-int64(d) {
		return event.End
	}
	return at + int64(d)
}

// window is how late a receipt may be.
func (t *Tracer) window(f *fact) time.Duration {
	if s := t.places.system(f.sk.To.System); s != nil {
		return s.window
	}
	return DefaultWindow
}

func reference(f *fact) string {
	if f.sk.Transfer == nil {
		return ""
	}
	return f.sk.Transfer.Reference
}

// referring returns the facts that name a fact, or that it names, as the other side.
func (t *Tracer) referring(f *fact) (list []*fact, err error) {
	if f.kind == event.KindReceive {
		for _, r := range f.sk.Relates {
			if r.Relation != event.RelationAnswers {
				continue
			}
			i, ok, err := t.r.Find(r.Entry)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			g, err := t.fact(i)
			if err != nil {
				return nil, err
			}
			list = append(list, g)
		}
	}
	// By the id of the entry, and by the reference that counts.
	about := t.names(f)
	for entry := f.index; ; entry = f.via {
		at, err := t.r.Sides(entry, about)
		if err != nil {
			return nil, err
		}
		for _, i := range at {
			g, err := t.fact(i)
			if err != nil {
				return nil, err
			}
			if g != f && !g.void && refers(f, g) {
				list = append(list, g)
			}
		}
		if entry == f.via {
			return list, nil
		}
	}
}

// refers reports whether two facts name each other as sides of one transfer.
func refers(f, g *fact) bool {
	if ref := reference(f); ref != "" && ref == reference(g) {
		return true
	}
	d, r := sides(f, g)
	return d != nil && slices.Contains(r.sk.Relates, event.Reference{Relation: event.RelationAnswers, Entry: d.id})
}

// names are all names of the images of a fact.
func (t *Tracer) names(f *fact) (all []event.Denotation) {
	if one := t.imagesOf(f); len(one) == 1 {
		return one[0].names
	}
	for _, m := range t.imagesOf(f) {
		all = append(all, m.names...)
	}
	return all
}

// selected yields the facts of some filters that count.
func (t *Tracer) selected(about []event.Denotation, filters ...index.Filter) iter.Seq2[*fact, error] {
	return func(yield func(*fact, error) bool) {
		for _, f := range filters {
			for i, err := range t.r.Select(f, about) {
				var g *fact
				if err == nil {
					g, err = t.fact(i)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !g.void && !yield(g, nil) {
					return
				}
			}
		}
	}
}

// resemble reports whether two facts that do not name each other can be a pair.
func (t *Tracer) resemble(d, r *fact) bool {
	if reference(d) != "" && reference(r) != "" || d.sk.Occurred.IsZero() || r.sk.Occurred.IsZero() || !t.agree(d, r) {
		return false
	}
	if len(d.sk.Images) == 0 && len(r.sk.Images) == 0 {
		return d.sk.Collection != "" && d.sk.Collection == r.sk.Collection
	}
	return slices.ContainsFunc(t.imagesOf(d), func(m *image) bool { return t.lists(r, m) })
}

// resembling returns what may be the other side of a fact by what was sent.
func (t *Tracer) resembling(f *fact) (list []*fact, err error) {
	at := f.sk.Occurred
	if at.IsZero() {
		return nil, nil
	}
	kind := event.KindReceive
	during := event.Time{Earliest: at.Earliest, Latest: later(at.Latest, t.longest()), Precision: event.Interval}
	if f.kind == event.KindReceive {
		kind = event.KindDisclose
		during = event.Time{Earliest: -later(-at.Earliest, t.window(f)), Latest: at.Latest, Precision: event.Interval}
		if at.Earliest == event.Beginning {
			during.Earliest = event.Beginning
		}
	}
	if list, ok := t.alreadyRead(f, during); ok {
		return list, nil
	}
	filter := index.Filter{Kinds: []event.Kind{kind}, Occurred: during}
	corrected := index.Filter{Kinds: []event.Kind{event.KindCorrect}}
	if len(f.sk.Images) > 0 {
		if filter.Images = t.names(f); filter.Images == nil {
			filter.Images = []event.Denotation{}
		}
		corrected.Images = filter.Images
	} else if f.sk.Collection != "" {
		filter.Collections = []string{f.sk.Collection}
		corrected.Collections = filter.Collections
	} else {
		return nil, nil
	}
	for g, err := range t.selected(filter.Images, filter, corrected) {
		if err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, nil
}

// alreadyRead returns what names an image of a fact and may be its other side at a time, where a walk has read all that
// names them.
func (t *Tracer) alreadyRead(f *fact, during event.Time) (list []*fact, ok bool) {
	for _, m := range t.imagesOf(f) {
		if !m.read || m.cut {
			return nil, false
		}
	}
	for _, m := range t.imagesOf(f) {
		sent, received := t.sequences(m)
		if f.kind == event.KindDisclose {
			sent = received
		}
		list = sent.during(list, during)
	}
	return list, len(t.imagesOf(f)) > 0
}

// Pairing says of a transfer or receipt which entry is its other side.
type Pairing struct {
	Matched bool
	Other   uint64 // index, if Matched
	// Agreed: the entries came in through sources of two organisations, if Matched.
	Agreed bool
	Time   event.Time // when it occurred; unplaced where that is not known
	// Due is the end of the time in which the other side may have come: of a receipt the time that it came itself. Zero
	// where it is unplaced or has no end.
	Due time.Time
}

// Age is how long before a moment it occurred, at least and at most, never less than zero; ok false where it is not
// placed in time.
func (p *Pairing) Age(at time.Time) (least, most time.Duration, ok bool) {
	since := func(ns int64) time.Duration {
		if ns == event.Beginning {
			return math.MaxInt64
		}
		return max(0, at.Sub(time.Unix(0, ns)))
	}
	if p.Time.IsZero() {
		return 0, 0, false
	}
	return since(p.Time.Latest), since(p.Time.Earliest), true
}

// Overdue reports whether at a moment the other side had no more time to come and has not come.
func (p *Pairing) Overdue(at time.Time) bool { return !p.Matched && !p.Due.IsZero() && at.After(p.Due) }

// Pairing returns the other side of a DISCLOSE or RECEIVE, ok false where the entry is of another kind or counts no more.
func (t *Tracer) Pairing(i uint64) (p Pairing, ok bool, err error) {
	f, err := t.fact(i)
	if err != nil || f.index != i || !transfers(f) {
		return p, false, err
	}
	other, err := t.match(f)
	if err != nil {
		return p, false, err
	}
	p.Time, p.Matched = f.sk.Occurred, other != f
	if p.Matched {
		p.Other, p.Agreed = other.index, t.party(f) != t.party(other)
	}
	if due := p.Time.Latest; !p.Time.IsZero() {
		if f.kind == event.KindDisclose {
			due = later(due, t.window(f))
		}
		if due != event.End {
			p.Due = time.Unix(0, due).UTC()
		}
	}
	return p, true, nil
}
