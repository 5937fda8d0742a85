package graph

import (
	"context"
	"slices"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Route is a question to the claimed flows: could an image of this origin have got there?
type Route struct {
	From string `json:"from"` // a country, an organisation or a system
	To   string `json:"to"`   // an organisation or a system
}

// Verdict says whether an image could have got somewhere.
type Verdict string

// The verdicts. What is forbidden may have happened all the same, so rules annotate and never decide.
const (
	VerdictRecorded Verdict = "RECORDED"         // an image went there by recorded steps
	VerdictPossible Verdict = "POSSIBLE"         // there is a way that nobody denies
	VerdictDenied   Verdict = "DENIED"           // each way crosses a flow that somebody denies
	VerdictUnknown  Verdict = "UNKNOWN"          // each way crosses one of which the body asked has no information, or withholds it
	VerdictNone     Verdict = "NO_RECORDED_PATH" // nothing that is recorded or claimed leads there, which does not mean no
)

// Reach is the verdict on a route, from what is claimed of flows, holdings and rules alone.
type Reach struct {
	Route
	Verdict     Verdict
	Path        []*Entry // claims that the way rests on, from the origin on; none where there is no way
	ForbiddenBy []*Entry // rules that restrict a step of it
	DeniedBy    []*Entry // who denies a step of it
}

// reach looks for the shortest way, first over flows that are asserted or conjectured and that nobody denies, then over
// denied ones too, then over those that a body asked will not or cannot speak on.
//
// What is in a part is in the whole. What is in the whole may be in the part, unless somebody denies that the part holds
// it. Times are not looked at.
func (v *View) reach(ctx context.Context, r Route, sc *scope) (*Reach, error) {
	w := &walk{now: sc.catalog, to: placeOf(sc.catalog, r.To)}
	all, err := v.statements(ctx, index.Filter{}, sc)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		w.take(s)
	}
	if len(r.From) == 2 && r.From == upper(r.From) {
		w.country = r.From
		for _, s := range w.holdings {
			if p := s.claim.Proposition; p.Population == r.From && positive(s) {
				w.starts = append(w.starts, step{at: placeOf(w.now, p.Subject), by: []*statement{s}})
			}
		}
	} else {
		w.starts = []step{{at: placeOf(w.now, r.From)}}
	}
	out := &Reach{Route: r, Verdict: VerdictNone}
	for _, try := range []struct {
		verdict Verdict
		search
	}{{VerdictPossible, search{}}, {VerdictDenied, search{denied: true}}, {VerdictUnknown, search{denied: true, silent: true}}} {
		found := w.search(try.search)
		if found == nil {
			continue
		}
		out.Verdict = try.verdict
		open := &answering{v: v, ctx: ctx, sc: sc, shown: map[uint64]bool{}}
		left := 0
		for _, list := range []struct {
			out *[]*Entry
			of  []*statement
		}{{&out.Path, found.by}, {&out.ForbiddenBy, found.forbidden}, {&out.DeniedBy, found.denied}} {
			if *list.out, err = open.open(unique(list.of), &left); err != nil {
				return nil, err
			}
		}
		v.reading.gave(open.rows)
		break
	}
	return out, nil
}

func upper(s string) string {
	b := []byte(s)
	for i := range b {
		if 'a' <= b[i] && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

func unique(of []*statement) (out []*statement) {
	for _, s := range of {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// walk is what is claimed, made ready to be walked.
type walk struct {
	now                    *catalog.View
	country                string // of the images; "" where it is a place that they are followed from
	starts                 []step
	to                     party
	flows, holdings, rules []*statement
}

// step is a place that was reached, and what that rests on.
type step struct {
	at                    party
	by, forbidden, denied []*statement
}

// search says which flows are gone along besides those that nobody denies.
type search struct{ denied, silent bool }

func (w *walk) take(s *statement) {
	if !s.counts() || s.note {
		return
	}
	switch s.claim.Proposition.Type {
	case event.PropositionFlow:
		w.flows = append(w.flows, s)
	case event.PropositionHolding:
		w.holdings = append(w.holdings, s)
	case event.PropositionRule:
		w.rules = append(w.rules, s)
	}
}

// placeOf is the system of a name, else the organisation.
func placeOf(now *catalog.View, name string) party {
	if e, ok := now.System(name); ok {
		return party{e.ID, true}
	}
	if e, ok := now.Organisation(name); ok {
		return party{e.ID, false}
	}
	return party{id: name}
}

// within reports whether a place is another one, part of it or run by it.
func (w *walk) within(p, whole party) bool {
	seen := map[party]bool{}
	for queue := []party{p}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == whole {
			return true
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		up := func(name string, system bool) {
			t := event.DeclareOrganisation
			if system {
				t = event.DeclareSystem
			}
			if name != "" {
				queue = append(queue, party{w.now.Synonyms(t, name)[0], system})
			}
		}
		if at.system {
			if e, ok := w.now.Get(event.DeclareSystem, at.id); ok {
				up(e.System.PartOf, true)
				up(e.System.Operator, false)
			}
		} else if e, ok := w.now.Get(event.DeclareOrganisation, at.id); ok {
			up(e.Organisation.PartOf, false)
		}
	}
	return false
}

// positive reports whether it is said that something is so, or may be: a plan or a rule says neither.
func positive(s *statement) bool {
	return (s.claim.Stance == event.StanceAsserted || s.claim.Stance == event.StanceConjectured) && factual(s)
}

func factual(s *statement) bool {
	return s.claim.Modality == event.ModalityFact || s.claim.Modality == event.ModalityPossibility
}

// silent reports whether a body that was asked has no information, or withholds it.
func silent(s *statement) bool {
	return s.claim.Addressee && (s.claim.Stance == event.StanceNoInformation || s.claim.Stance == event.StanceWithheld)
}

// covers reports whether what is said of a population is certainly said of the images asked about; may, whether it can be.
func (w *walk) covers(population string) bool { return population == "" || population == w.country }

func (w *walk) may(population string) bool {
	if w.country == "" || w.covers(population) || len(population) != 2 {
		e, ok := w.now.Organisation(population)
		return w.country == "" || population == "" || !ok || e.Organisation.Country == "" || e.Organisation.Country == w.country
	}
	return false
}

// denials returns who denies that the images went from one place to another, or that a place holds them. from is the zero
// party where only the holding matters.
func (w *walk) denials(from, to party) (out []*statement) {
	denies := func(s *statement) bool {
		return s.claim.Stance == event.StanceDenied && factual(s) && w.covers(s.claim.Proposition.Population)
	}
	for _, s := range w.flows {
		p := s.claim.Proposition
		if from != (party{}) && denies(s) && (p.From == "" || w.within(from, placeOf(w.now, p.From))) && (p.To == "" || w.within(to, placeOf(w.now, p.To))) {
			out = append(out, s)
		}
	}
	for _, s := range w.holdings {
		if at := placeOf(w.now, s.claim.Proposition.Subject); denies(s) && w.within(to, at) && (from == (party{}) || !w.within(from, at)) {
			out = append(out, s)
		}
	}
	return out
}

// forbidding returns the rules that restrict what leaves one place for another. A rule for what leaves a place says
// nothing of what moves within it.
func (w *walk) forbidding(from, to party) (out []*statement) {
	for _, s := range w.rules {
		p := s.claim.Proposition
		if s.claim.Stance != event.StanceAsserted || !w.covers(p.Population) || p.From == "" && p.To == "" {
			continue
		}
		if at := placeOf(w.now, p.From); p.From != "" && (!w.within(from, at) || w.within(to, at)) {
			continue
		}
		if p.To == "" || w.within(to, placeOf(w.now, p.To)) {
			out = append(out, s)
		}
	}
	return out
}

// search goes level by level and returns how the place asked about was first reached, nil where it was not.
func (w *walk) search(s search) *step {
	seen := map[party]bool{}
	queue := slices.Clone(w.starts)
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if seen[at.at] {
			continue
		}
		seen[at.at] = true
		if w.within(at.at, w.to) {
			return &at
		}
		if w.within(w.to, at.at) {
			if denied := w.denials(party{}, w.to); len(denied) == 0 || s.denied {
				at.denied = slices.Concat(at.denied, denied)
				return &at
			}
		}
		for _, f := range w.flows {
			if next, ok := w.along(at, f, s); ok {
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// along goes one flow on, where the search may.
func (w *walk) along(at step, f *statement, s search) (step, bool) {
	p := f.claim.Proposition
	if p.From == "" || p.To == "" || !w.may(p.Population) ||
		!positive(f) && !(s.denied && f.claim.Stance == event.StanceDenied && factual(f)) && !(s.silent && silent(f)) {
		return step{}, false
	}
	from, to := placeOf(w.now, p.From), placeOf(w.now, p.To)
	var denied []*statement
	switch {
	case w.within(at.at, from):
		from = at.at
	case w.within(from, at.at):
		denied = w.denials(party{}, from)
	default:
		return step{}, false
	}
	denied = append(denied, w.denials(from, to)...)
	if len(denied) > 0 && !s.denied {
		return step{}, false
	}
	next := step{at: to, by: at.by, forbidden: slices.Concat(at.forbidden, w.forbidding(from, to)), denied: slices.Concat(at.denied, denied)}
	if f.claim.Stance != event.StanceDenied {
		next.by = slices.Concat(at.by, []*statement{f})
	}
	return next, true
}
