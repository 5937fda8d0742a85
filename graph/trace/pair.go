package trace

import (
	"cmp"
	"iter"
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
	other, err = t.match(f)
	return other, err == nil && other != f.index, err
}

// Matched reports whether an entry is a transfer or receipt that belongs to a pair.
func (t *Tracer) Matched(i uint64) (bool, error) {
	_, ok, err := t.Match(i)
	return ok, err
}

// match returns the index of the other side, its own where there is none.
func (t *Tracer) match(f *fact) (uint64, error) {
	if !transfers(f) {
		return f.index, nil
	}
	if other, ok := t.pairs[f.index]; ok {
		return other, nil
	}
	if err := t.settle(f, t.referring, t.agree, nil); err != nil {
		return 0, err
	}
	if other, ok := t.pairs[f.index]; ok {
		return other, nil
	}
	// Whoever is near this one and has no partner by reference takes part.
	partnerless := func(g *fact) (bool, error) {
		if _, ok := t.pairs[g.index]; ok {
			return false, nil
		}
		if g == f {
			return true, nil
		}
		err := t.settle(g, t.referring, t.agree, nil)
		_, ok := t.pairs[g.index]
		return !ok, err
	}
	if err := t.settle(f, t.resembling, t.resemble, partnerless); err != nil {
		return 0, err
	}
	return t.pairs[f.index], nil
}

func transfers(f *fact) bool {
	return !f.void && (f.kind == event.KindDisclose || f.kind == event.KindReceive)
}

// settle finds everything that could contend with a fact for a partner and pairs it off. What contends is what can be
// reached by going from candidate to candidate, so that the pairs are the same wherever one begins.
func (t *Tracer) settle(f *fact, near func(*fact) iter.Seq2[*fact, error], fits func(d, r *fact) bool, takesPart func(*fact) (bool, error)) error {
	group, met := []*fact{f}, map[*fact]bool{f: true}
	for n := 0; n < len(group); n++ {
		for g, err := range near(group[n]) {
			if err != nil {
				return err
			}
			d, r := sides(group[n], g)
			if d == nil || met[g] || !fits(d, r) {
				continue
			}
			if takesPart != nil {
				if ok, err := takesPart(g); err != nil {
					return err
				} else if !ok {
					continue
				}
			}
			met[g] = true
			group = append(group, g)
		}
	}
	slices.SortFunc(group, earlier)
	var free []*fact // transfers that have no receipt
	for _, d := range group {
		if _, taken := t.pairs[d.index]; !taken && d.kind == event.KindDisclose {
			free = append(free, d)
		}
	}
	for _, r := range group {
		if _, taken := t.pairs[r.index]; taken || r.kind != event.KindReceive {
			continue
		}
		if came := r.sk.Occurred; takesPart != nil {
			// No later receipt can reach a transfer that is out of reach of this one.
			for len(free) > 0 && !free[0].sk.Occurred.IsZero() && later(free[0].sk.Occurred.Latest, t.longest()) < came.Earliest {
				free = free[1:]
			}
		}
		if i := slices.IndexFunc(free, func(d *fact) bool { return fits(d, r) }); i >= 0 {
			d := free[i]
			t.pairs[d.index], t.pairs[r.index] = r.index, d.index
			free = slices.Delete(free, i, i+1)
		}
	}
	if takesPart != nil { // this was the last way to find a partner
		for _, g := range group {
			if _, ok := t.pairs[g.index]; !ok {
				t.pairs[g.index] = g.index
			}
		}
	}
	return nil
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
	sent, came := d.sk.Occurred, r.sk.Occurred
	if sent.IsZero() || came.IsZero() {
		return true
	}
	return came.Latest >= sent.Earliest && came.Earliest <= later(sent.Latest, t.window(r))
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
	if e, ok := t.places.cat.System(f.sk.To.System); ok && e.System.PairingWindow != "" {
		if d, err := time.ParseDuration(e.System.PairingWindow); err == nil {
			return d
		}
	}
	return DefaultWindow
}

func reference(f *fact) string {
	if f.sk.Transfer == nil {
		return ""
	}
	return f.sk.Transfer.Reference
}

// referring yields the facts that name a fact, or that it names, as the other side.
func (t *Tracer) referring(f *fact) iter.Seq2[*fact, error] {
	var filters []index.Filter
	other := []event.Kind{event.KindDisclose, event.KindReceive, event.KindCorrect}
	if ref := reference(f); ref != "" {
		filters = append(filters, index.Filter{Kinds: other, Transfers: []string{ref}})
	}
	if f.kind == event.KindDisclose {
		filters = append(filters, index.Filter{Kinds: other, Targets: []event.Pseudonym{f.id}})
	}
	return func(yield func(*fact, error) bool) {
		if f.kind == event.KindReceive {
			for _, r := range f.sk.Relates {
				if i, ok := t.r.Find(r.Entry); ok && r.Relation == event.RelationAnswers && t.r.Visible(i) {
					if g, err := t.fact(i); !yield(g, err) {
						return
					}
				}
			}
		}
		for g, err := range t.selected(filters...) {
			if err == nil && !refers(f, g) {
				continue
			}
			if !yield(g, err) {
				return
			}
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

// selected yields the facts of some filters that count.
func (t *Tracer) selected(filters ...index.Filter) iter.Seq2[*fact, error] {
	return func(yield func(*fact, error) bool) {
		for _, f := range filters {
			for i := range t.r.Select(f, index.Recorded, 0) {
				g, err := t.fact(i)
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

// resembling yields what may be the other side of a fact by what was sent.
func (t *Tracer) resembling(f *fact) iter.Seq2[*fact, error] {
	at := f.sk.Occurred
	if at.IsZero() {
		return func(func(*fact, error) bool) {}
	}
	kinds := []event.Kind{event.KindReceive, event.KindCorrect}
	during := event.Time{Earliest: at.Earliest, Latest: later(at.Latest, t.longest()), Precision: event.Interval}
	if f.kind == event.KindReceive {
		kinds[0] = event.KindDisclose
		during = event.Time{Earliest: -later(-at.Earliest, t.window(f)), Latest: at.Latest, Precision: event.Interval}
		if at.Earliest == event.Beginning {
			during.Earliest = event.Beginning
		}
	}
	filter := index.Filter{Kinds: kinds[:1], Occurred: during}
	corrected := index.Filter{Kinds: kinds[1:]}
	if len(f.sk.Images) > 0 {
		for _, m := range t.imagesOf(f) {
			filter.Images = append(filter.Images, m.names...)
		}
		if filter.Images == nil {
			filter.Images = []event.Denotation{}
		}
		corrected.Images = filter.Images
	} else if f.sk.Collection != "" {
		filter.Collections = []string{f.sk.Collection}
		corrected.Collections = filter.Collections
	} else {
		return func(func(*fact, error) bool) {}
	}
	return t.selected(filter, corrected)
}

// longest is the longest pairing window that any system declares.
func (t *Tracer) longest() time.Duration {
	if t.widest == 0 {
		t.widest = DefaultWindow
		for e := range t.places.cat.List(event.DeclareSystem, "", everything) {
			if d, err := time.ParseDuration(e.System.PairingWindow); err == nil {
				t.widest = max(t.widest, d)
			}
		}
	}
	return t.widest
}

// Unmatched is a transfer without a receipt or a receipt without a transfer.
type Unmatched struct {
	Index uint64
	Kind  event.Kind // DISCLOSE or RECEIVE
	From  Place
	To    Place
	Time  event.Time // when it occurred
	// Age is how long ago it occurred, at least and at most; both are zero where it is unplaced, and never negative.
	AgeLeast, AgeMost time.Duration
	Placed            bool
	// Due is the end of the time in which the other side may still come. For a receipt it is the time it came. Overdue
	// says that it is over.
	Due     time.Time
	Overdue bool
}

// Unmatched yields the transfers and receipts that match a filter and are in no pair, in the order asked for. Kinds of
// the filter other than DISCLOSE and RECEIVE are left out; none stands for both. now is what age is measured against.
func (t *Tracer) Unmatched(f index.Filter, order index.Order, after index.Position, now time.Time) iter.Seq2[Unmatched, error] {
	both := []event.Kind{event.KindDisclose, event.KindReceive}
	if f.Kinds == nil {
		f.Kinds = both
	}
	f.Kinds = slices.DeleteFunc(slices.Clone(f.Kinds), func(k event.Kind) bool { return !slices.Contains(both, k) })
	return func(yield func(Unmatched, error) bool) {
		for i := range t.r.Select(f, order, after) {
			g, err := t.fact(i)
			if err != nil {
				yield(Unmatched{}, err)
				return
			}
			other, err := t.match(g)
			if err != nil {
				yield(Unmatched{}, err)
				return
			}
			if g.void || other != g.index {
				continue
			}
			if !yield(t.unmatched(g, now), nil) {
				return
			}
		}
	}
}

func (t *Tracer) unmatched(f *fact, now time.Time) Unmatched {
	u := Unmatched{Index: f.index, Kind: f.kind, Time: f.sk.Occurred, Placed: !f.sk.Occurred.IsZero()}
	if s := t.places.of(f.sk.From); s != nil {
		u.From = s.Place
	}
	if s := t.places.of(f.sk.To); s != nil {
		u.To = s.Place
	}
	if !u.Placed {
		return u
	}
	since := func(at int64) time.Duration {
		if at == event.Beginning {
			return 1<<63 - 1
		}
		return max(0, now.Sub(time.Unix(0, at)))
	}
	u.AgeLeast, u.AgeMost = since(u.Time.Latest), since(u.Time.Earliest)
	due := u.Time.Latest
	if f.kind == event.KindDisclose {
		due = later(due, t.window(f))
	}
	u.Due = time.Unix(0, due).UTC()
	u.Overdue = now.After(u.Due)
	return u
}
