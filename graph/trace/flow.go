package trace

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Moved is what one entry moves, taken together: what a table of flows wants to know of it.
type Moved struct {
	// Standing is that of the pair where it has another side: CORROBORATED where both came in through sources of two
	// organisations. It is CONTESTED where somebody denies a flow that takes in any of its images.
	Standing Standing
	// Pair is the entry that stands for it and its other side: of a matched pair the transfer, else the entry itself.
	Pair    uint64
	Matched bool
	// From and To say which entry of the pair names the narrower place: the one asked about or its other side.
	From, To uint64
	// When is the entry of the pair that says when it was: the transfer, or the receipt of one that is not placed in time.
	When   uint64
	Denied []Statement // who denies such a flow
}

// Moved returns what an entry moves, ok false where it counts no more or is part of another entry.
func (t *Tracer) Moved(i uint64) (m Moved, ok bool, err error) {
	f, err := t.fact(i)
	if err != nil || f.void || f.index != i {
		return m, false, err
	}
	m = Moved{Standing: Recorded, Pair: i, From: i, To: i, When: i}
	if transfers(f) {
		if err := t.join(f, &m); err != nil {
			return m, false, err
		}
	}
	m.Denied, err = t.denied(f)
	if len(m.Denied) > 0 {
		m.Standing = Contested
	}
	return m, err == nil, err
}

// Standing says who stands behind an entry: a claim is CLAIMED, whatever it says; what moves images as [Moved] has it;
// everything else is RECORDED.
func (t *Tracer) Standing(i uint64) (Standing, error) {
	f, err := t.fact(i)
	switch {
	case err != nil:
		return Recorded, err
	case f.sk.Claim != nil:
		return StandClaimed, nil
	case !slices.Contains(moving, f.kind):
		return Recorded, nil
	}
	m, ok, err := t.Moved(i)
	if err != nil || !ok {
		return Recorded, err
	}
	return m.Standing, nil
}

// join puts both sides of a transfer together.
func (t *Tracer) join(f *fact, m *Moved) error {
	g, err := t.match(f)
	if err != nil || g == f {
		return err
	}
	d, r := sides(f, g)
	m.Matched, m.Pair, m.From, m.To, m.When = true, d.index, d.index, d.index, d.index
	from, to := t.places.of(d.sk.From), t.places.of(d.sk.To)
	if narrower(from, t.places.of(r.sk.From)) != from {
		m.From = r.index
	}
	if narrower(to, t.places.of(r.sk.To)) != to {
		m.To = r.index
	}
	if d.sk.Occurred.IsZero() {
		m.When = r.index
	}
	if t.party(d) != t.party(r) {
		m.Standing = Corroborated
	}
	return nil
}

// denied returns who denies what an entry does, any of it.
func (t *Tracer) denied(f *fact) (list []Statement, err error) {
	c, err := t.loadClaims()
	if err != nil || !c.deny() {
		return nil, err
	}
	if transfers(f) { // a matched receipt leaves its edges to its transfer, and is denied as that is
		if other, err := t.match(f); err != nil {
			return nil, err
		} else if f.kind == event.KindReceive {
			f = other
		}
	}
	ms, err := t.movesOf(f)
	if err != nil {
		return nil, err
	}
	for k := range ms {
		v := &ms[k]
		if v.from == nil || v.to == nil || v.class == Derivation || !c.near(v.to) {
			continue
		}
		o := origin{collection: f.sk.Collection}
		if v.image != nil {
			if o, err = t.originOf(v.image); err != nil {
				return nil, err
			}
		} else if s := t.places.organisation(f.sk.Origin); s != nil {
			o.organisations = []*site{s}
		}
		list = joined(list, c.denials(v.from, v.to, o, v.left))
	}
	return list, nil
}

// deny reports whether anybody denies any flow or holding.
func (c *claims) deny() bool {
	denies := func(p *proposition) bool {
		return slices.ContainsFunc(p.said, func(s *said) bool { return s.Claim.Stance == event.StanceDenied })
	}
	return slices.ContainsFunc(c.flows, denies) || slices.ContainsFunc(c.holdings, denies)
}

// ClaimedFlow is a flow that somebody speaks of and no entry records: one proposition, whoever says how much of it.
type ClaimedFlow struct {
	Proposition string
	From, To    Place // zero: anywhere
	When        event.Time
	Exercise    bool // nobody ever said it
	// Standing is CLAIMED, or CONTESTED where it is also denied; DENIED where it is only that; NO_INFORMATION where nobody
	// says so and the body asked has none, or withholds it.
	Standing Standing
	Said     []Statement // who asserts or conjectures it; of NO_INFORMATION who was asked
	Denied   []Statement // who denies it, or a flow that takes it in
}

// ClaimedFlows returns the flows that are claimed, in order of the log. What is only planned, or a rule, is none.
func (t *Tracer) ClaimedFlows() ([]ClaimedFlow, error) {
	c, err := t.loadClaims()
	if err != nil {
		return nil, err
	}
	var list []ClaimedFlow
	for _, p := range c.flows {
		x := ClaimedFlow{Proposition: p.id, When: p.when, Standing: StandClaimed, Exercise: true}
		for _, s := range p.said {
			x.Exercise = x.Exercise && s.exercise
		}
		if p.from != nil {
			x.From = p.from.Place
		}
		if x.Denied = p.denies(p.when); p.to != nil {
			x.To = p.to.Place
			x.Denied = joined(x.Denied, c.denials(p.from, p.to, p.images.origin(), p.when))
		}
		x.Said = p.with(event.StanceAsserted, event.StanceConjectured)
		own := p.with(event.StanceDenied)
		switch {
		case len(x.Said) > 0 && len(x.Denied) > 0:
			x.Standing = Contested
		case len(x.Said) > 0:
		case len(own) > 0:
			x.Standing, x.Denied = StandDenied, joined(own, x.Denied)
		case len(p.silent()) > 0:
			x.Standing, x.Said = Silence, p.silent()
		default:
			continue
		}
		list = append(list, x)
	}
	return list, nil
}
