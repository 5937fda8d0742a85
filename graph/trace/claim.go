package trace

import (
	"cmp"
	"slices"
	"sync"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Statement is one claim that bears on an answer.
type Statement struct {
	Index    uint64 // of the entry
	Claim    *event.Claim
	Said     event.Time // when
	Citation *event.Citation
	Text     event.Text
}

// Standing says who stands behind an edge, see the package documentation.
type Standing string

// The standings.
const (
	Recorded     Standing = "RECORDED"
	Corroborated Standing = "CORROBORATED"
	StandClaimed Standing = "CLAIMED"
	Contested    Standing = "CONTESTED"
	StandDenied  Standing = "DENIED"
	Silence      Standing = "NO_INFORMATION" // nobody says so; the body asked has no information, or withholds it
)

// proposition is what claims say of one flow, holding or rule.
type proposition struct {
	id       string
	typ      event.PropositionType
	from, to *site // of a flow or rule; nil: any
	at       *site // of a holding, or what a rule is about
	images   population
	when     event.Time
	said     []*said
}

type said struct {
	Statement
	// until is the latest moment that a denial can speak of, since nobody can deny what is still to come.
	until    int64
	exercise bool // it is exercise data: nobody ever said it
}

// population is whose images are meant; the zero value is any.
type population struct {
	country      string
	organisation *site
	collection   string
}

func (p population) any() bool { return p == population{} }

// claims are the claims on flows, holdings and rules that a viewer sees.
type claims struct {
	flows, holdings, rules []*proposition

	mu  sync.Mutex
	met map[*site]*into // guarded by mu
}

// into is what is said of what goes into a place: the flows and holdings spoken of that it may be meant by, and the flows
// into parts of it that somebody denies.
type into struct{ flows, holdings, parted []*proposition }

// about returns what is said of what goes into a place.
func (c *claims) about(to *site) *into {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.met[to]
	if a == nil {
		a = &into{}
		for _, p := range c.flows {
			if p.to == nil || to.within(p.to) {
				a.flows = append(a.flows, p)
			} else if p.from != nil && p.to.within(to) && p.denied() {
				a.parted = append(a.parted, p)
			}
		}
		for _, p := range c.holdings {
			if to.within(p.at) {
				a.holdings = append(a.holdings, p)
			}
		}
		c.met[to] = a
	}
	return a
}

// near reports whether any flow or holding spoken of ends at a place or what it is in, so that the origin of an image
// need be looked up.
func (c *claims) near(to *site) bool {
	a := c.about(to)
	return len(a.flows)+len(a.holdings) > 0
}

// readClaims reads the claims.
func (t *Tracer) readClaims() (*claims, error) {
	c := &claims{met: map[*site]*into{}}
	for i, err := range t.r.Select(index.Filter{Kinds: []event.Kind{event.KindClaim}}, nil) {
		if err != nil {
			return nil, err
		}
		f, err := t.fact(i)
		if err != nil {
			return nil, err
		}
		if !f.void && f.sk.Claim != nil {
			c.take(t.places, f)
		}
	}
	return c, nil
}

// take adds a claim to what is said of its proposition. Propositions of one id are the same; what differs in a field is
// taken for another one, so that a slip in one claim changes nothing in the others.
func (c *claims) take(p *places, f *fact) {
	k := f.sk.Claim
	q := k.Proposition
	var list *[]*proposition
	switch q.Type {
	case event.PropositionFlow:
		list = &c.flows
	case event.PropositionHolding:
		list = &c.holdings
	case event.PropositionRule:
		list = &c.rules
	default:
		return
	}
	next := &proposition{id: q.ID, typ: q.Type, from: p.named(q.From), to: p.named(q.To), at: p.named(q.Subject),
		images: p.population(q.Population), when: q.At}
	i := slices.IndexFunc(*list, func(o *proposition) bool {
		return o.id == next.id && o.from == next.from && o.to == next.to && o.at == next.at && o.images == next.images && o.when == next.when
	})
	if i < 0 {
		i = len(*list)
		*list = append(*list, next)
	}
	until := event.End
	if !f.sk.Occurred.IsZero() {
		until = f.sk.Occurred.Latest
	}
	(*list)[i].said = append((*list)[i].said, &said{Statement{f.index, k, f.sk.Occurred, f.sk.Citation, f.sk.Text}, until, f.sk.Exercise})
}

// population resolves whose images a proposition means.
func (p *places) population(name string) population {
	switch {
	case name == "":
		return population{}
	case len(name) == 2 && name[0] >= 'A' && name[0] <= 'Z':
		return population{country: name}
	}
	if e, ok := p.cat.Organisation(name); ok {
		return population{organisation: p.organisation(e.ID)}
	}
	return population{collection: name}
}

// with returns what was said with one of some stances, as a fact or possibility: neither a plan nor a rule says that
// something is so.
func (p *proposition) with(stances ...event.Stance) (list []Statement) {
	for _, s := range p.said {
		m := s.Claim.Modality
		if slices.Contains(stances, s.Claim.Stance) && (m == event.ModalityFact || m == event.ModalityPossibility || p.typ == event.PropositionRule) {
			list = append(list, s.Statement)
		}
	}
	return list
}

// denies returns the denials that cover a flow of certain images at a time; an undated flow is at no particular time.
func (p *proposition) denies(when event.Time) (list []Statement) {
	for _, s := range p.said {
		if s.Claim.Stance != event.StanceDenied || s.Claim.Modality == event.ModalityPlan || s.Claim.Modality == event.ModalityRule {
			continue
		}
		switch {
		case !p.when.IsZero() && (when.IsZero() || when.Earliest < p.when.Earliest || when.Latest > p.when.Latest):
			continue // it may have been at another time than the one spoken of
		case !when.IsZero() && when.Earliest > s.until:
			continue // it was after that was said
		}
		list = append(list, s.Statement)
	}
	return list
}

// origin is whose images are asked about, or where an image is known to be from. All that is set must hold.
type origin struct {
	country       string
	organisations []*site // of a listed image: where it was first captured, as entries state it
	collection    string
}

// covers reports whether a population certainly takes in all images of an origin: all that it says must be so.
func (p population) covers(o origin) bool {
	all := func(takes func(*site) bool) bool {
		return len(o.organisations) > 0 && !slices.ContainsFunc(o.organisations, func(s *site) bool { return !takes(s) })
	}
	return (p.collection == "" || p.collection == o.collection) &&
		(p.country == "" || p.country == o.country || all(func(s *site) bool { return s.country() == p.country })) &&
		(p.organisation == nil || all(func(s *site) bool { return s.within(p.organisation) }))
}

// mayTake reports whether images of an origin may be in the population: nothing that it says is known to be otherwise.
func (p population) mayTake(o origin) bool {
	if p.collection != "" && o.collection != "" && p.collection != o.collection {
		return false
	}
	some := func(may func(*site) bool) bool {
		return len(o.organisations) == 0 || slices.ContainsFunc(o.organisations, may)
	}
	if p.country != "" {
		if o.country != "" {
			if o.country != p.country {
				return false
			}
		} else if !some(func(s *site) bool { return s.country() == "" || s.country() == p.country }) {
			return false
		}
	}
	if p.organisation == nil {
		return true
	}
	if c := p.organisation.country(); len(o.organisations) == 0 && o.country != "" && c != "" && c != o.country {
		return false
	}
	return some(func(s *site) bool { return s.within(p.organisation) || p.organisation.within(s) })
}

// denials returns who denies that images of an origin went from one place to another. A denial covers what goes from
// anything within its from into anything within its to; one of a holding, whatever goes into it.
func (c *claims) denials(from, to *site, o origin, when event.Time) (list []Statement) {
	about := c.about(to)
	for _, p := range about.flows {
		if (p.from == nil || from != nil && from.within(p.from)) && p.images.covers(o) {
			list = append(list, p.denies(when)...)
		}
	}
	for _, p := range about.holdings {
		if (from == nil || !from.within(p.at)) && p.images.covers(o) {
			list = append(list, p.denies(when)...)
		}
	}
	return list
}

// parts returns the denials that what came from a place into a whole is in a part of it: those that name the part.
func (c *claims) parts(from, whole, part *site, o origin) (list []Statement) {
	for _, p := range c.about(whole).parted {
		if from.within(p.from) && part.within(p.to) && p.images.covers(o) {
			list = append(list, p.denies(event.Time{})...)
		}
	}
	return list
}

// supports returns who asserts or conjectures a flow that takes in this one.
func (c *claims) supports(from, to *site, o origin, when event.Time) (list []Statement) {
	for _, p := range c.about(to).flows {
		if from != nil && p.from != nil && p.to != nil && from.within(p.from) && p.images.covers(o) &&
			(p.when.IsZero() || when.IsZero() || p.when.Overlaps(when)) {
			list = append(list, p.with(event.StanceAsserted, event.StanceConjectured)...)
		}
	}
	return list
}

// silent returns what the bodies asked said who have no information, or withhold it.
func (p *proposition) silent() (list []Statement) {
	for _, s := range p.said {
		if k := s.Claim; k.Addressee && (k.Stance == event.StanceNoInformation || k.Stance == event.StanceWithheld) {
			list = append(list, s.Statement)
		}
	}
	return list
}

// forbidding returns the rules that restrict images going from one place to another: asserted, by nobody denied, with
// ends that take these in. A rule for what leaves a place says nothing of what moves within it.
func (c *claims) forbidding(from, to *site, o origin) (list []Statement) {
	for _, p := range c.rules {
		if p.from == nil && p.to == nil || p.from != nil && (from == nil || !from.within(p.from) || to.within(p.from)) ||
			p.to != nil && !to.within(p.to) || !p.images.covers(o) || len(p.with(event.StanceDenied)) > 0 {
			continue
		}
		list = append(list, p.with(event.StanceAsserted)...)
	}
	return list
}

// origin is whose images a population takes in, as something to ask about.
func (p population) origin() origin {
	o := origin{country: p.country, collection: p.collection}
	if p.organisation != nil {
		o.organisations = []*site{p.organisation}
	}
	return o
}

// and is what two populations have in common, as far as it can be said: where both say something the first stands.
func (p population) and(q population) population {
	if p.country == "" {
		p.country = q.country
	}
	if p.organisation == nil || q.organisation != nil && q.organisation.within(p.organisation) {
		p.organisation = cmp.Or(q.organisation, p.organisation)
	}
	if p.collection == "" {
		p.collection = q.collection
	}
	return p
}

// meets reports whether a population is said in words that have to do with another: images of anybody are not for that
// images of Germany.
func (p population) meets(q population) bool {
	switch {
	case p.any() || q.any():
		return false
	case p.collection != "" || q.collection != "":
		return p.collection == q.collection
	}
	return p.mayTake(q.origin())
}
