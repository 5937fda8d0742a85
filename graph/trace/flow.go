package trace

import (
	"slices"
	"time"

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
	// Content is the entry with the content of that: itself, or its last correction. So it is with those below.
	Content uint64
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
	m = Moved{Standing: Recorded, Pair: i, Content: f.via, From: f.via, To: f.via, When: f.via}
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
	m.Matched, m.Pair = true, d.index
	m.Content, m.From, m.To, m.When = d.via, d.via, d.via, d.via
	from, to := t.places.of(d.sk.From), t.places.of(d.sk.To)
	if narrower(from, t.places.of(r.sk.From)) != from {
		m.From = r.via
	}
	if narrower(to, t.places.of(r.sk.To)) != to {
		m.To = r.via
	}
	if d.sk.Occurred.IsZero() {
		m.When = r.via
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
		if v.from == nil || v.to == nil || v.class == Derivation {
			continue
		}
		may := c.mayDeny(v.from, v.to)
		if len(may) == 0 {
			continue
		}
		var o origin
		if v.image == nil {
			o.collection = f.sk.Collection
		}
		stated := t.places.organisation(f.sk.Origin)
		if stated != nil {
			o.organisations = []*site{stated}
		}
		// A population takes in an image only where all that is stated of its origin agrees: so it need not be asked what
		// other entries state where this one says otherwise.
		if v.image != nil && !(stated != nil && !t.candidate(f, v.image) && !slices.ContainsFunc(may, func(p *proposition) bool { return p.images.covers(o) })) {
			if o = (origin{}); slices.ContainsFunc(may, func(p *proposition) bool { return !p.images.any() }) {
				if o, err = t.originOf(v.image); err != nil {
					return nil, err
				}
			}
		}
		list = joined(list, c.denials(v.from, v.to, o, v.left))
	}
	return list, nil
}

// Denies reports whether anybody denies any flow or holding.
func (t *Tracer) Denies() (bool, error) {
	c, err := t.loadClaims()
	return err == nil && c.deny(), err
}

// deny reports whether anybody denies any flow or holding.
func (c *claims) deny() bool {
	return slices.ContainsFunc(c.flows, (*proposition).denied) || slices.ContainsFunc(c.holdings, (*proposition).denied)
}

// denied reports whether anybody denies it.
func (p *proposition) denied() bool {
	return slices.ContainsFunc(p.said, func(s *said) bool { return s.Claim.Stance == event.StanceDenied })
}

// mayDeny returns what is denied of flows from one place to another, of whatever images at whatever time.
func (c *claims) mayDeny(from, to *site) (list []*proposition) {
	for _, p := range c.flows {
		if (p.from == nil || from.within(p.from)) && (p.to == nil || to.within(p.to)) && p.denied() {
			list = append(list, p)
		}
	}
	for _, p := range c.holdings {
		if to.within(p.at) && !from.within(p.at) && p.denied() {
			list = append(list, p)
		}
	}
	return list
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

// Ends says of the places that a transfer and a receipt name whether they can be those of one transfer.
type Ends struct {
	Agree    bool
	From, To bool          // the receipt names the narrower place
	Window   time.Duration // how late the receipt may come
	Denied   bool          // somebody denies flows that may take this one in, by where it is from
}

// Ends compares the places from which and to which a transfer and a receipt say that images went. For one entry alone it
// is given twice: then Denied is what is asked. from is the organisation that the transfer, or that entry, states its images
// to be from, "" where it states none or they may be what a search returned.
func (t *Tracer) Ends(d, r [2]event.Place, from string) (e Ends, err error) {
	a, b := [2]*site{t.places.of(d[0]), t.places.of(r[0])}, [2]*site{t.places.of(d[1]), t.places.of(r[1])}
	e.Agree = a[0] != nil && a[1] != nil && b[0] != nil && b[1] != nil && near(a[0], a[1]) && near(b[0], b[1])
	left, came := narrower(a[0], a[1]), narrower(b[0], b[1])
	e.From, e.To = left != a[0], came != b[0]
	if e.Window = DefaultWindow; b[1] != nil && r[1].System != "" {
		e.Window = b[1].window
	}
	if left == nil || came == nil || left == came {
		return e, nil
	}
	c, err := t.loadClaims()
	if err != nil {
		return e, err
	}
	stated := t.places.organisation(from)
	e.Denied = slices.ContainsFunc(c.mayDeny(left, came), func(p *proposition) bool {
		images := p.images
		images.collection = "" // which is not asked here
		return stated == nil || images.covers(origin{organisations: []*site{stated}})
	})
	return e, nil
}

// InTime reports whether a receipt can have come after a transfer and within a window.
func InTime(sent, came event.Time, window time.Duration) bool {
	return sent.IsZero() || came.IsZero() || came.Latest >= sent.Earliest && came.Earliest <= later(sent.Latest, window)
}
