package trace

import (
	"cmp"
	"context"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Verdict answers whether an image of some origin could have been in a place by some time.
type Verdict string

// The verdicts, each of a search that is made where the one before found nothing.
const (
	// ReachRecorded: an image of that origin has a path of recorded, listed edges. Two different images never join into one path.
	ReachRecorded Verdict = "RECORDED"
	// ReachPossible: there is a path when what is not recorded image by image is added, and nobody denies an edge of it.
	ReachPossible Verdict = "POSSIBLE"
	// ReachDenied: there are paths, and each crosses an edge that somebody denies.
	ReachDenied Verdict = "DENIED"
	// ReachUnknown: the only paths cross a flow on which the body that was asked has no information, or withholds it.
	ReachUnknown Verdict = "UNKNOWN"
	// NoRecordedPath: nothing recorded or claimed leads there. That is not a no.
	NoRecordedPath Verdict = "NO_RECORDED_PATH"
)

// Through is a class of edges beyond recorded, listed ones.
type Through string

// The classes of edges. All but Permissions are taken where nothing else is asked for.
const (
	ThroughBulk        Through = "BULK"        // recorded flows that list no images
	ThroughClaims      Through = "CLAIMS"      // flows and holdings that somebody asserts as a fact
	ThroughConjectures Through = "CONJECTURES" // that somebody thinks possible
	ThroughParts       Through = "PARTS"       // what came into a whole may be in its part
	ThroughHoldings    Through = "HOLDINGS"    // listed images of which it is not known where they are from
	ThroughPermissions Through = "PERMISSIONS" // what an owner released may have gone where it may go
)

// EveryThrough are the classes that are taken where nothing else is asked for.
var EveryThrough = []Through{ThroughBulk, ThroughClaims, ThroughConjectures, ThroughParts, ThroughHoldings}

// Part is the class of the edge from a whole to its part: what is in the whole may be in the part.
const Part Class = "PART"

// Permitted is the class of an edge that is only allowed.
const Permitted Class = "PERMITTED"

// Origin says whose images are meant. One of Place, Images and the others is given.
type Origin struct {
	Place        string             // those that are or were in a system or organisation, or in what is part of it
	Images       []event.Denotation // these
	Country      string             // those captured by organisations of a country, ISO 3166-1 alpha-2
	Organisation string             // those captured by an organisation, or by what is part of it
	Collection   string             // those of a collection
}

// ReachQuery asks whether an image of an origin could have been in a place.
type ReachQuery struct {
	From     Origin
	To       string    // system or organisation
	By       int64     // the latest moment that counts; [event.End]: any
	Through  []Through // nil: [EveryThrough]
	Exercise bool      // exercise data counts, which otherwise it does not: nothing of it happened
	Entries  int       // how many entries may be read; 0: [DefaultBudget]'s
}

// Path is a way from an origin to the place asked about.
type Path struct {
	Start  Place
	Held   []Statement // who says that images of the origin are held where the path starts
	Denied []Statement // who denies that
	Edges  []Edge
}

// Reached is the answer.
type Reached struct {
	Verdict Verdict
	Path    *Path  // the deciding one, with the fewest edges; nil where there is none
	Cut     []Edge // of DENIED: the denied edges, of which each path crosses one
	// ForbiddenBy are the rules that restrict what is on the path; what is forbidden may have happened.
	ForbiddenBy []Statement
	// DeniedBy are the denials of edges on the path and in the cut. They never make RECORDED less.
	DeniedBy []Statement
	// SilentOn are the answers of bodies that were asked and have no information, or withhold it: of UNKNOWN, on its path.
	SilentOn []Statement
	Complete bool // no entry that was not looked at could change the verdict
	Read     int
}

// link is an edge of the graph that is searched.
type link struct {
	class       Class
	through     Through // "": recorded and listed
	m, child    *image  // nil: not listed
	from, to    *site
	left, came  event.Time
	images      population // whose images it may have taken
	move        *move
	proposition *proposition
	index       uint64 // order of the log
	silent      bool   // nothing is said for it but that the body asked has no information
	unsaid      bool   // nothing is said for it but that it is denied
}

// state is where a search is: an image, or some image that is not listed, in a place.
type state struct {
	m    *image
	s    *site
	pop  population
	hold *proposition // what the path starts from
	via  *site        // where it came from, if somebody denies a flow into a part of where it is
}

// label is a state that was reached, and how.
type label struct {
	state
	at   int64 // the earliest that it can have come
	prev *label
	by   *link
}

// search is one of the four nested searches, by level: 1 recorded, 2 possible, 3 with what is denied, 4 with what the body
// asked is silent on.
type search struct {
	t      *Tracer
	q      *ReachQuery
	goal   *site
	claims *claims
	pool   pool
	listed []*link // of all images looked at
	of     map[*image][]*link
	bulk   []*link // all that list no image
	level  int
	from   map[*image]origin // of listed images, once known
	noting bool              // search 3 goes everywhere and notes each denied edge
	denied []crossing
	err    error // of what a test had to look up
}

// crossing is a denied edge, and the labels before and after it.
type crossing struct {
	from *label
	by   *link
	then *label
}

// Reach answers a query.
func (t *Tracer) Reach(ctx context.Context, q ReachQuery) (*Reached, error) {
	if q.Through == nil {
		q.Through = EveryThrough
	}
	t.During(ctx)
	before := t.read
	c, err := t.loadClaims()
	if err != nil {
		return nil, err
	}
	s := &search{t: t, q: &q, goal: t.places.named(q.To), claims: c, of: map[*image][]*link{}, from: map[*image]origin{},
		pool: pool{met: map[*image]bool{}, seen: map[uint64]bool{}}}
	out := &Reached{Verdict: NoRecordedPath}
	near, err := s.near()
	if err != nil {
		return nil, err
	}
	far := true
	verdicts := [...]Verdict{1: ReachRecorded, 2: ReachPossible, 3: ReachDenied, 4: ReachUnknown}
	for s.level = 1; s.level <= 4; s.level++ {
		if s.level == 2 {
			if far, err = s.rest(); err != nil {
				return nil, err
			}
		}
		starts, err := s.starts()
		if err != nil {
			return nil, err
		}
		end, err := s.run(starts)
		if err != nil {
			return nil, err
		}
		if end != nil {
			out.Verdict = verdicts[s.level]
			if err := s.tell(out, end); err != nil {
				return nil, err
			}
			break
		}
	}
	// What was not read can only lead to a verdict that comes before.
	out.Complete = near && (far || out.Verdict == ReachPossible)
	out.Read = t.read - before
	return out, nil
}

// takes reports whether a class of edges is asked for.
func (s *search) takes(c Through) bool { return c == "" || slices.Contains(s.q.Through, c) }

// starts are the states that a search begins at.
func (s *search) starts() (list []*label, err error) {
	met := map[state]bool{}
	add := func(st state, at int64, by *link) {
		if (by != nil || !met[st]) && at <= s.q.By {
			met[st] = true
			list = append(list, &label{state: st, at: at, by: by})
		}
	}
	o := s.q.From
	pop := population{country: o.Country, collection: o.Collection}
	if o.Organisation != "" {
		pop.organisation = s.t.places.organisation(o.Organisation)
	}
	var within *site
	if o.Place != "" {
		within = s.t.places.named(o.Place)
	}
	asked := map[*image]bool{}
	for _, d := range o.Images {
		asked[s.t.image(d)] = true
	}
	// Listed images, at each place that an edge begins at; what was captured there begins with its capture.
	for _, l := range s.listed {
		if err := s.t.ctx.Err(); err != nil {
			return nil, err
		}
		m := l.m
		switch {
		case o.Images != nil:
			if !asked[m] {
				continue
			}
		case o.Collection != "": // of no listed image it is known that it is of it
			continue
		case within == nil:
			ok, err := s.isFrom(m, pop)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		if l.from != nil && (within == nil || l.from.within(within)) {
			add(state{m: m, s: l.from, pop: pop}, event.Beginning, nil)
		}
		if at := spanOf(l.came, false).lo; l.to != nil && (within != nil && l.to.within(within) || within == nil && l.from == nil) {
			by := l
			if within != nil && l.from != nil { // how it came there is not asked
				by = nil
			}
			m := m
			if l.child != nil {
				m = l.child
			}
			add(state{m: m, s: l.to, pop: pop}, at, by)
		}
	}
	if s.level == 1 {
		return list, nil
	}
	// Some image of the origin, where it is said to be held, and where it is from.
	switch {
	case within != nil:
		for _, part := range s.t.places.below(within) {
			add(state{s: part}, event.Beginning, nil)
		}
		return list, nil
	case o.Images != nil:
		return list, nil
	}
	for _, p := range s.claims.holdings {
		if p.at == nil || !p.images.meets(pop) || !s.held(p, pop) {
			continue
		}
		add(state{s: p.at, pop: pop.and(p.images), hold: p}, spanOf(p.when, false).lo, nil)
	}
	if o.Collection != "" {
		for _, l := range s.bulk {
			if l.images.collection == o.Collection && l.from != nil {
				add(state{s: l.from, pop: pop}, event.Beginning, nil)
			}
		}
		return list, nil
	}
	for _, home := range s.t.places.homes(pop) {
		if s.level > 2 || len(s.claims.denials(nil, home, pop.origin(), event.Time{})) == 0 {
			add(state{s: home, pop: pop}, event.Beginning, nil)
		}
	}
	return list, nil
}

// held reports whether a search starts from a holding that is claimed.
func (s *search) held(p *proposition, pop population) bool {
	asserted := len(p.with(event.StanceAsserted)) > 0 && s.takes(ThroughClaims)
	conjectured := len(p.with(event.StanceConjectured)) > 0 && s.takes(ThroughConjectures)
	if !asserted && !conjectured {
		return false
	}
	return s.level > 2 || len(s.claims.denials(nil, p.at, pop.origin(), p.when)) == 0
}

// isFrom reports whether an image is of a population, as far as the search goes: certainly, or maybe where it is not known
// where it is from.
func (s *search) isFrom(m *image, pop population) (bool, error) {
	o, err := s.originOf(m)
	if err != nil {
		return false, err
	}
	if len(o.organisations) == 0 && o.collection == "" {
		return pop.any() || s.level > 1 && s.takes(ThroughHoldings), nil
	}
	if s.level == 1 {
		return pop.covers(o), nil
	}
	return pop.mayTake(o), nil
}

func (s *search) originOf(m *image) (origin, error) {
	o, ok := s.from[m]
	if !ok {
		var err error
		if o, err = s.t.originOf(m); err != nil {
			return o, err
		}
		s.from[m] = o
	}
	return o, nil
}

// reached reports whether a place is the one asked about, or in it.
func (s *search) reached(at *site) bool { return at != nil && at.within(s.goal) }

// run searches, and returns the first label at the goal: that of a path with the fewest edges.
func (s *search) run(starts []*label) (*label, error) {
	best := map[state]int64{}
	level := starts[:0:0]
	for _, l := range starts {
		if old, ok := best[l.state]; !ok || l.at < old {
			best[l.state] = l.at
			level = append(level, l)
		}
	}
	for len(level) > 0 {
		for _, l := range level {
			if s.reached(l.s) && !s.noting {
				return l, nil
			}
		}
		var next []*label
		for _, l := range level {
			if s.reached(l.s) {
				continue
			}
			if err := s.t.ctx.Err(); err != nil {
				return nil, err
			}
			err := s.expand(l, func(n *label) {
				if old, ok := best[n.state]; !ok || n.at < old {
					best[n.state] = n.at
					next = append(next, n)
				}
			})
			if err = cmp.Or(err, s.err); err != nil {
				return nil, err
			}
		}
		level = next
	}
	return nil, nil
}

// expand gives the labels that one leads to.
func (s *search) expand(l *label, give func(*label)) error {
	mine := s.of[l.m]
	if l.m == nil && s.level > 1 {
		mine = s.listed
	}
	for _, list := range [...][]*link{mine, s.bulk} {
		for _, e := range list {
			if err := s.along(l, e, give); err != nil {
				return err
			}
		}
	}
	// What came into a whole may be in the part that is asked about.
	if s.level > 1 && s.goal != l.s && s.goal.within(l.s) {
		return s.into(l, s.goal, func(n *label) error { give(n); return nil })
	}
	return nil
}

// into goes from a whole into its part.
func (s *search) into(l *label, part *site, then func(*label) error) error {
	if !s.takes(ThroughParts) {
		return nil
	}
	e := &link{class: Part, through: ThroughParts, from: l.s, to: part}
	n := &label{l.state, l.at, l, e}
	n.s = part
	if s.crosses(l, e, n) {
		return nil
	}
	return then(n)
}

// crosses reports whether an edge is denied and the search stops there, and notes it where it does not.
func (s *search) crosses(l *label, e *link, n *label) bool {
	if s.level == 1 || !e.unsaid && (s.level > 2 && !s.noting || !s.denies(l, e)) {
		return false
	}
	if s.noting {
		s.denied = append(s.denied, crossing{l, e, n})
	}
	return s.level == 2
}

// along follows an edge from a label, where it can be.
func (s *search) along(l *label, e *link, give func(*label)) error {
	if e.to == nil || e.from == nil && e.class != Permitted || l.m != nil && e.m != nil && l.m != e.m || !s.usable(e) {
		return nil
	}
	if l.m == nil && e.m != nil {
		if ok, err := s.isFrom(e.m, l.pop); err != nil || !ok {
			return err
		}
	}
	switch {
	case e.from == nil || l.s.within(e.from): // a permission holds wherever the image is
		return s.pass(l, e, give)
	case s.level > 1 && e.from.within(l.s):
		return s.into(l, e.from, func(n *label) error { return s.pass(n, e, give) })
	}
	return nil
}

// pass follows an edge that begins where a label is.
func (s *search) pass(l *label, e *link, give func(*label)) error {
	pop := l.pop
	if e.m == nil && !e.images.any() {
		o, err := s.whose(l)
		if err != nil {
			return err
		}
		if !e.images.mayTake(o) {
			return nil
		}
		pop = pop.and(e.images)
	}
	left, came := spanOf(e.left, false), spanOf(e.came, false)
	at := max(l.at, left.lo)
	if at > left.hi {
		return nil
	}
	if at = max(at, came.lo); at > came.hi || at > s.q.By {
		return nil
	}
	n := &label{state{m: l.m, s: e.to, pop: pop, hold: l.hold}, at, l, e}
	if s.level > 1 && e.class != Derivation && len(s.claims.about(e.to).parted) > 0 {
		n.via = s.left(l, e)
	}
	if e.m != nil {
		n.m = e.m
		if e.child != nil {
			n.m = e.child
		}
	}
	if !s.crosses(l, e, n) {
		give(n)
	}
	return nil
}

// usable reports whether a search takes edges of this kind.
func (s *search) usable(e *link) bool {
	switch {
	case e.through == "":
		return true
	case s.level == 1:
		return false
	case e.silent:
		return s.level == 4 && s.takes(ThroughClaims)
	case e.unsaid:
		return s.level > 2 && s.takes(ThroughClaims)
	}
	return s.takes(e.through)
}

// whose is whose image is at a label, as far as that is known.
func (s *search) whose(l *label) (origin, error) {
	o := l.pop.origin()
	if l.m != nil {
		known, err := s.originOf(l.m)
		if err != nil {
			return o, err
		}
		if len(known.organisations) > 0 {
			o.organisations = known.organisations
		}
	}
	return o, nil
}

// denies reports whether somebody denies an edge, taken from where a label is.
func (s *search) denies(l *label, e *link) bool { return len(s.denials(l, e)) > 0 }

func (s *search) denials(l *label, e *link) []Statement {
	if e.class == Derivation {
		return nil
	}
	o, err := s.whose(l)
	if err != nil {
		s.err = err
		return nil
	}
	list := s.claims.denials(s.left(l, e), e.to, o, e.left)
	if e.class == Part && l.via != nil { // a flow into the part that is denied is not had by way of the whole
		list = joined(list, s.claims.parts(l.via, l.s, e.to, o))
	}
	return list
}

// left is the place that an edge, taken from where a label is, leaves: the nearer one of the two.
func (s *search) left(l *label, e *link) *site {
	if l.s != nil && (e.from == nil || l.s.within(e.from)) {
		return l.s
	}
	return e.from
}
