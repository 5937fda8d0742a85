package trace

import (
	"cmp"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// maxCut is how many denied edges are named.
const maxCut = 100

// moving are the kinds of entries that have edges.
var moving = []event.Kind{event.KindCapture, event.KindEnrol, event.KindDerive, event.KindQuery, event.KindDisclose, event.KindReceive,
	event.KindCompare, event.KindMatch, event.KindTrain}

// pool is what the searches go through.
type pool struct {
	met    map[*image]bool
	images []*image
	seen   map[uint64]bool
}

// near reads what names the place asked about, and the images asked about, with the whole way of each image there and of
// what it was made of, so that the search of what is recorded misses nothing.
func (s *search) near() (complete bool, err error) {
	systems, organisations := s.t.places.inside(s.goal)
	var filters []index.Filter
	named := append(slices.Clone(moving), event.KindCorrect) // where it went may have been put right only later
	if len(systems) > 0 {
		filters = append(filters, index.Filter{Kinds: named, Systems: systems})
	}
	if len(organisations) > 0 {
		filters = append(filters, index.Filter{Kinds: named, Organisations: organisations})
	}
	for _, d := range s.q.From.Images {
		filters = append(filters, index.Filter{Kinds: moving, Images: s.t.image(d).names})
	}
	return s.gather(filters)
}

// rest reads everything else, as far as the budget goes, and what is claimed and permitted.
func (s *search) rest() (complete bool, err error) {
	if complete, err = s.gather([]index.Filter{{Kinds: moving}}); err != nil {
		return false, err
	}
	s.flows()
	if s.takes(ThroughPermissions) {
		err = s.permissions(s.pool.images)
	}
	return complete, err
}

// gather reads entries. complete is false where the budget did not go far enough.
func (s *search) gather(filters []index.Filter) (complete bool, err error) {
	s.t.most = s.t.read + cmp.Or(s.q.Entries, DefaultBudget.Entries)
	complete = true
	no := false
	for _, f := range filters {
		if !s.q.Exercise {
			f.Exercise = &no
		}
		for i, err := range s.t.r.Select(f, s.q.From.Images) {
			if err == nil {
				err = s.t.ctx.Err()
			}
			if err != nil {
				return false, err
			}
			if s.t.read >= s.t.most {
				complete = false
				break
			}
			whole, err := s.entry(i)
			if err != nil {
				return false, err
			}
			complete = complete && whole
		}
	}
	inOrder := func(a, b *link) int { return cmp.Compare(a.index, b.index) }
	slices.SortStableFunc(s.listed, inOrder)
	slices.SortStableFunc(s.bulk, inOrder)
	return complete, nil
}

// entry adds what an entry does, and the ways of its images. whole is false where one was not read to its end.
func (s *search) entry(i uint64) (whole bool, err error) {
	if s.pool.seen[i] {
		return true, nil
	}
	s.pool.seen[i] = true
	f, err := s.t.fact(i)
	if err != nil || f.void || !s.q.Exercise && f.sk.Exercise || f.index != i && s.pool.seen[f.index] {
		return true, err
	}
	s.pool.seen[f.index] = true // of a correction: what it corrects
	whole = true
	for _, m := range s.t.imagesOf(f) {
		read, err := s.follow(m)
		if err != nil {
			return false, err
		}
		whole = whole && read
	}
	ms, err := s.t.movesOf(f)
	if err != nil {
		return false, err
	}
	for k := range ms {
		if v := &ms[k]; v.image == nil {
			images := population{collection: f.sk.Collection, organisation: s.t.places.organisation(f.sk.Origin)}
			s.bulk = append(s.bulk, &link{class: v.class, through: ThroughBulk, from: v.from, to: v.to, left: v.left, came: v.came, images: images, move: v, index: f.index})
		}
	}
	return whole, nil
}

// follow adds the way of an image and of what it was made of.
func (s *search) follow(m *image) (whole bool, err error) {
	if s.pool.met[m] {
		return true, nil
	}
	s.pool.met[m] = true
	s.pool.images = append(s.pool.images, m)
	ways, err := s.t.ways(m)
	if err != nil {
		return false, err
	}
	whole = !m.cut
	for _, v := range ways {
		if !s.q.Exercise && v.fact.sk.Exercise {
			continue
		}
		l := &link{class: v.class, m: v.image, child: v.child, from: v.from, to: v.to, left: v.left, came: v.came, move: v, index: v.fact.index}
		s.of[m] = append(s.of[m], l)
		if v.image == m { // of a derivation once, at the parent
			s.listed = append(s.listed, l)
			continue
		}
		read, err := s.follow(v.image)
		if err != nil {
			return false, err
		}
		whole = whole && read
	}
	return whole, nil
}

// flows adds what is claimed.
func (s *search) flows() {
	for _, p := range s.claims.flows {
		if p.from == nil || p.to == nil || len(p.said) == 0 {
			continue
		}
		l := &link{class: Claimed, through: ThroughConjectures, from: p.from, to: p.to, left: p.when, came: p.when, images: p.images, proposition: p, index: p.said[0].Index}
		asserted := slices.ContainsFunc(p.with(event.StanceAsserted), func(x Statement) bool { return x.Claim.Modality == event.ModalityFact })
		switch {
		case asserted && s.takes(ThroughClaims):
			l.through = ThroughClaims
		case !asserted && s.takes(ThroughConjectures) && len(p.with(event.StanceAsserted, event.StanceConjectured)) > 0:
		case len(p.with(event.StanceDenied)) > 0:
			l.unsaid = true
		case len(p.silent()) > 0:
			l.silent = true
		default:
			continue
		}
		s.bulk = append(s.bulk, l)
	}
}

// permissions adds what owners released: of an image, of a collection, or of all that is theirs.
func (s *search) permissions(images []*image) error {
	add := func(f *fact, m *image, images population) {
		to := func(p *site) {
			if p == nil {
				return
			}
			at := f.sk.Occurred
			if d := f.sk.Permission.During; !d.IsZero() {
				at = d
			}
			if !at.IsZero() && f.sk.Permission.During.IsZero() {
				at = event.Time{Earliest: at.Earliest, Latest: event.End, Precision: event.Interval}
			}
			l := &link{class: Permitted, through: ThroughPermissions, m: m, to: p, left: at, came: at, images: images, index: f.index}
			if m == nil {
				s.bulk = append(s.bulk, l)
				return
			}
			s.of[m], s.listed = append(s.of[m], l), append(s.listed, l)
		}
		for _, id := range f.sk.Permission.Recipients {
			to(s.t.places.organisation(id))
		}
		for _, id := range f.sk.Permission.Systems {
			to(s.t.places.system(id))
		}
	}
	releases := func(f *fact) bool {
		return decides(f) && f.kind == event.KindRelease && (s.q.Exercise || !f.sk.Exercise)
	}
	for _, m := range images {
		trail, err := s.t.trail(m)
		if err != nil {
			return err
		}
		for _, f := range trail {
			if releases(f) {
				add(f, m, population{})
			}
		}
	}
	general, err := s.t.generally(nil)
	if err != nil {
		return err
	}
	for _, f := range general {
		if releases(f) {
			add(f, nil, population{organisation: s.t.places.organisation(f.sk.Owner)})
		}
	}
	if c := s.q.From.Collection; c != "" {
		list, err := s.t.decided(c)
		if err != nil {
			return err
		}
		for _, f := range list {
			if releases(f) {
				add(f, nil, population{collection: c})
			}
		}
	}
	return nil
}

// tell puts a path, and what stands beside it, into the answer.
func (s *search) tell(out *Reached, end *label) error {
	out.Path = &Path{}
	var steps []*label
	for l := end; l != nil; l = l.prev {
		if l.by != nil {
			steps = append(steps, l)
		}
		if l.prev == nil {
			if l.s != nil && l.by == nil {
				out.Path.Start = l.s.Place
			}
			switch {
			case l.hold != nil:
				out.Path.Held = l.hold.with(event.StanceAsserted, event.StanceConjectured)
				out.Path.Denied = s.claims.denials(nil, l.hold.at, l.pop.origin(), l.hold.when)
			case l.m == nil && l.by == nil && l.s != nil && s.q.From.Place == "":
				out.Path.Denied = s.claims.denials(nil, l.s, l.pop.origin(), event.Time{})
			}
			out.DeniedBy = joined(out.DeniedBy, out.Path.Denied)
		}
	}
	slices.Reverse(steps)
	for _, l := range steps {
		prev := l.prev
		if prev == nil {
			prev = &label{state: state{m: l.m, s: l.by.from, pop: l.pop}}
		}
		e, err := s.edge(prev, l.by)
		if err != nil {
			return err
		}
		out.Path.Edges = append(out.Path.Edges, e)
		out.DeniedBy = joined(out.DeniedBy, e.Denied)
		if l.by.silent {
			out.SilentOn = joined(out.SilentOn, e.Said)
		}
		if l.by.class != Part && l.by.class != Derivation {
			o, err := s.whose(prev)
			if err != nil {
				return err
			}
			out.ForbiddenBy = joined(out.ForbiddenBy, s.claims.forbidding(s.left(prev, l.by), l.by.to, o))
		}
	}
	if out.Verdict == ReachDenied {
		return s.cut(out)
	}
	return nil
}

// cut names the denied edges after which the goal could be reached without crossing another: each path crosses one of
// them, the last denied edge on it.
func (s *search) cut(out *Reached) error {
	starts, err := s.starts()
	if err != nil {
		return err
	}
	s.noting = true
	if _, err := s.run(starts); err != nil {
		return err
	}
	s.noting = false
	type key struct {
		by       *link
		from, to *site
	}
	met := map[key]bool{}
	s.level = 2
	defer func() { s.level = 3 }()
	for _, f := range s.denied {
		k := key{f.by, f.from.s, f.by.to}
		if f.by.class == Part {
			k.by = nil
		} else if f.from.s.within(f.by.from) {
			k.from = nil // it is one edge, wherever in its beginning the image is
		}
		if met[k] || len(out.Cut) == maxCut {
			continue
		}
		end, err := s.run([]*label{f.then})
		if err != nil {
			return err
		}
		if end == nil {
			continue
		}
		met[k] = true
		e, err := s.edge(f.from, f.by)
		if err != nil {
			return err
		}
		out.Cut = append(out.Cut, e)
		out.DeniedBy = joined(out.DeniedBy, e.Denied)
	}
	return nil
}

// edge is what a reader is told of an edge that is taken from where a label is.
func (s *search) edge(l *label, by *link) (Edge, error) {
	denied := s.denials(l, by)
	if by.move != nil {
		e, err := s.t.edge(by.move)
		if len(denied) > 0 {
			e.Denied, e.Standing = joined(e.Denied, denied), Contested
		}
		return e, err
	}
	e := Edge{Index: by.index, Class: by.class, Left: by.left, Came: by.came, Standing: StandClaimed, Denied: denied, Consent: Consent{State: NotNeeded}}
	if by.from != nil {
		e.From = by.from.Place
	} else if l.s != nil {
		e.From = l.s.Place
	}
	if by.to != nil {
		e.To = by.to.Place
	}
	if by.m != nil {
		e.Image = by.m.shown
	}
	if p := by.proposition; p != nil {
		e.Consent.State = Undecided
		if e.Said = p.with(event.StanceAsserted, event.StanceConjectured); by.silent {
			e.Said = p.silent()
		}
		e.Collection = p.images.collection
	}
	switch {
	case by.unsaid:
		e.Denied = joined(by.proposition.with(event.StanceDenied), denied)
		e.Standing = StandDenied
	case by.silent:
		e.Standing = Silence
	case len(denied) > 0 && by.class == Part:
		e.Standing = StandDenied
	case len(denied) > 0:
		e.Standing = Contested
	}
	return e, nil
}

// joined adds what a list of statements has not.
func joined(list, more []Statement) []Statement {
	for _, s := range more {
		if !slices.ContainsFunc(list, func(o Statement) bool { return o.Index == s.Index }) {
			list = append(list, s)
		}
	}
	return list
}
