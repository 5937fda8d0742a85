package trace

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Bearing is what a claim on the images of a population says of one image. That images of a population are in a place does
// not say that this one is, and that something is in a whole does not say in which part; that none is there says that this
// one is not, in no part either.
type Bearing string

// The bearings.
const (
	MayBeAmong    Bearing = "MAY_BE_AMONG"   // the image is of a population of which some are said to be there
	SaidAbsent    Bearing = "SAID_ABSENT"    // no image of the population is there, it is said
	Disputed      Bearing = "DISPUTED"       // some say this, some that
	NothingKnown  Bearing = "NO_INFORMATION" // the body asked has no information on that population, or withholds it
	OriginUnknown Bearing = "ORIGIN_UNKNOWN" // whether the image is of the population is not known
)

// ClaimedHolding is what claims say of images of a population in a place, where the image asked about is of that population
// or may be. It is never a recorded holding.
type ClaimedHolding struct {
	Image       event.Denotation
	Place       Place
	Proposition string
	Population  string     // as it is said; "": any image
	When        event.Time // that it speaks of
	Bearing     Bearing
	Standing    Standing
	Said        []Statement // who asserts or conjectures it; of NO_INFORMATION who was asked
	Denied      []Statement // who denies it, or denies it of a whole that the place lies within
	Exercise    bool        // nobody ever said it
}

// claimedHoldings returns what is claimed of images like one, in order of the log. What is said of no population in
// particular says nothing of an image unless it is denied. A collection is meant where an entry of the image names it.
func (t *Tracer) claimedHoldings(m *image, trail []*fact) (list []ClaimedHolding, err error) {
	c, err := t.loadClaims()
	if err != nil || len(c.holdings) == 0 {
		return nil, err
	}
	o, err := t.originOf(m)
	if err != nil {
		return nil, err
	}
	for _, p := range c.holdings {
		own := o
		if named := p.images.collection; named != "" {
			if !slices.ContainsFunc(trail, func(f *fact) bool { return f.sk.Collection == named }) {
				continue
			}
			own.collection = named
		}
		if p.at == nil || !p.images.mayTake(own) {
			continue
		}
		x := ClaimedHolding{Image: m.shown, Place: p.at.Place, Proposition: p.id, When: p.when, Exercise: true}
		x.Population = p.said[0].Claim.Proposition.Population
		for _, s := range p.said {
			x.Exercise = x.Exercise && s.exercise
		}
		x.Said, x.Denied = p.with(event.StanceAsserted, event.StanceConjectured), p.with(event.StanceDenied)
		for _, q := range c.holdings {
			if q != p && p.at.within(q.at) && q.images.covers(p.images.origin()) {
				x.Denied = joined(x.Denied, q.denies(p.when))
			}
		}
		switch {
		case len(x.Said) > 0 && len(x.Denied) > 0:
			x.Bearing, x.Standing = Disputed, Contested
		case len(x.Said) > 0 && p.images.any():
			continue
		case len(x.Said) > 0:
			x.Bearing, x.Standing = MayBeAmong, StandClaimed
		case len(x.Denied) > 0:
			x.Bearing, x.Standing = SaidAbsent, StandDenied
		case len(p.silent()) > 0:
			x.Bearing, x.Standing, x.Said = NothingKnown, Silence, p.silent()
		default:
			continue
		}
		if !p.images.covers(own) {
			x.Bearing = OriginUnknown
		}
		list = append(list, x)
	}
	return list, nil
}

// contest marks the recorded holdings of an image that somebody denies: recorded they stay.
func (t *Tracer) contest(m *image, list []Holding) error {
	c, err := t.loadClaims()
	if err != nil || !slices.ContainsFunc(c.holdings, (*proposition).denied) {
		return err
	}
	o, err := t.originOf(m)
	if err != nil {
		return err
	}
	for i := range list {
		h := &list[i]
		at := t.places.of(event.Place{System: h.Place.System, Organisation: h.Place.Organisation})
		for _, p := range c.holdings {
			if at != nil && p.at != nil && at.within(p.at) && p.images.covers(o) {
				h.Denied = joined(h.Denied, p.denies(h.Since))
			}
		}
		if len(h.Denied) > 0 {
			h.Standing = Contested
		}
	}
	return nil
}
