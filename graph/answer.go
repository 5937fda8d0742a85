package graph

import (
	"context"
	"maps"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// MaxShown is how many claims an answer shows of each of its lists. The status is computed from all of them.
const MaxShown = 100

// Answer is what the record says to a question, as of a tree size and as far as the viewer sees.
type Answer struct {
	Question *Question
	TreeSize uint64
	Parts    []PartAnswer
	Beside   []Remark // what else was said in answer to this question
	Reach    *Reach   // nil where the question has no route
	LeftOut  int      // claims of Beside that are not shown
}

// PartAnswer is the answer to one part.
type PartAnswer struct {
	Part      *Part
	Status    event.Stance // or [NotInRecord]
	How       How
	Contested bool       // somebody asserts the proposition and somebody denies it
	Claims    []*Entry   // those whose stance is the status; none if it is not in the record
	Details   []*Entry   // those that give the particulars: on each proposition what decides it
	Referred  []Referral // without those that it made before what decides
	Sum       []Sum      // of the details, by unit, where they add up
	Extent    []Sum      // of what the part is about, by unit
	Beside    []Remark
	LeftOut   int // claims that are not shown, because there are more than [MaxShown]
}

// Referral is a claim that points to another answer in answer to this question.
type Referral struct {
	*Entry
	To string // the id of a question, or where else the answer is
}

// Remark is a claim that stands beside an answer and is none.
type Remark struct {
	*Entry
	Earlier bool            // it speaks of an earlier time than is asked about
	About   event.Pseudonym // of a correction that annotates a claim: the claim
}

// Status returns the status of the whole line, "" where its parts have different ones.
func (a *Answer) Status() event.Stance {
	for i := range a.Parts {
		if a.Parts[i].Status != a.Parts[0].Status {
			return ""
		}
	}
	return a.Parts[0].Status
}

// Contested reports whether a part is.
func (a *Answer) Contested() bool {
	return slices.ContainsFunc(a.Parts, func(p PartAnswer) bool { return p.Contested })
}

// Answer computes the answer to a question from the claims in the log. What its own source took back does not count, and
// what it put into other words counts as that; of both what the viewer does not see is left aside.
func (v *View) Answer(ctx context.Context, q *Question, a AsOf) (*Answer, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	size, err := v.size(a)
	if err != nil {
		return nil, err
	}
	w := &answering{v: v, ctx: ctx, q: q, sc: v.scope(size)}
	anywhere := map[uint64]bool{}
	for _, name := range q.Bodies {
		w.bodies = append(w.bodies, w.sc.catalog.Synonyms(event.DeclareOrganisation, name)...)
	}
	out := &Answer{Question: q, TreeSize: size, Parts: make([]PartAnswer, len(q.Parts))}
	for i := range q.Parts {
		w.shown = map[uint64]bool{}
		if out.Parts[i], err = w.part(&q.Parts[i]); err != nil {
			return nil, err
		}
		maps.Copy(anywhere, w.shown)
	}
	w.shown = anywhere
	rest, err := v.statements(ctx, index.Filter{Questions: []string{q.ID}}, w.sc)
	if err != nil {
		return nil, err
	}
	if out.Beside, err = w.remarks(rest, event.Time{}, &out.LeftOut); err != nil {
		return nil, err
	}
	if q.Reach != nil {
		if out.Reach, err = v.reach(ctx, *q.Reach, w.sc); err != nil {
			return nil, err
		}
	}
	v.reading.gave(w.rows)
	return out, nil
}

// answering is the work on one answer.
type answering struct {
	v      *View
	ctx    context.Context
	q      *Question
	sc     *scope
	bodies []string        // with all their names
	shown  map[uint64]bool // in the part at hand
	rows   int
}

func (w *answering) part(p *Part) (PartAnswer, error) {
	out := PartAnswer{Part: p}
	names := slices.Concat([]string{p.Proposition}, p.Details, p.Extent, p.Beside)
	all, err := w.v.statements(w.ctx, index.Filter{Propositions: names}, w.sc)
	if err != nil {
		return out, err
	}
	on := func(id string) (list []*statement) {
		for _, s := range all {
			if s.claim.Proposition.ID == id {
				list = append(list, s)
			}
		}
		return list
	}
	// A claim that speaks of another time than is asked about is shown beside the answer, under whatever name it goes.
	own := slices.DeleteFunc(on(p.Proposition), func(s *statement) bool { return elsewhen(s, p.At) })
	at := p.At
	if at.IsZero() && len(own) > 0 {
		at = own[0].claim.Proposition.At
	}
	r := rule(w.bodies, w.q.ID, own)
	out.Status, out.How, out.Contested = r.status, r.how, contested(own)
	if out.Claims, err = w.open(r.deciding, &out.LeftOut); err != nil {
		return out, err
	}
	var referring []*statement
	for _, s := range own {
		if s.counts() && !s.note && s.claim.Stance == event.StanceReferred && s.rank(w.q.ID).answers && slices.Contains(w.bodies, s.claim.Claimant) && !w.outdated(s, r.deciding) {
			referring = append(referring, s)
		}
	}
	referrals, err := w.open(referring, &out.LeftOut)
	if err != nil {
		return out, err
	}
	for _, e := range referrals {
		out.Referred = append(out.Referred, Referral{e, e.Event.Claim.ReferredTo})
	}
	details := w.particulars(p.Details, on)
	if out.Details, err = w.open(details, &out.LeftOut); err != nil {
		return out, err
	}
	if p.Sum {
		out.Sum = sums(details)
	}
	extent := w.particulars(p.Extent, on)
	out.Extent = sums(extent)
	// Who contradicts comes first, then all else on the proposition, then what is to be shown beside it.
	var beside []*statement
	for _, opposing := range []bool{true, false} {
		for _, s := range on(p.Proposition) {
			if opposes(s, r.status) == opposing {
				beside = append(beside, s)
			}
		}
	}
	for _, id := range slices.Concat(p.Details, p.Beside) {
		for _, s := range on(id) {
			if s.claim.Stance != event.StanceReferred { // which says nothing to the proposition
				beside = append(beside, s)
			}
		}
	}
	out.Beside, err = w.remarks(beside, at, &out.LeftOut)
	return out, err
}

// outdated reports whether what decides was said to this question after a statement was.
func (w *answering) outdated(s *statement, deciding []*statement) bool {
	return slices.ContainsFunc(deciding, func(d *statement) bool { return d.rank(w.q.ID).answers && d.rank("").said > s.rank("").said })
}

// particulars returns on each of some propositions what the bodies say to it or, where they say nothing, what somebody else
// does.
func (w *answering) particulars(propositions []string, on func(string) []*statement) (out []*statement) {
	for _, id := range propositions {
		r := rule(w.bodies, w.q.ID, on(id))
		if r.deciding == nil {
			r = rule(nil, w.q.ID, on(id))
		}
		out = append(out, r.deciding...)
	}
	return out
}

func opposes(s *statement, status event.Stance) bool {
	return status == event.StanceAsserted && s.claim.Stance == event.StanceDenied ||
		status == event.StanceDenied && s.claim.Stance == event.StanceAsserted
}

// elsewhen reports whether a statement speaks of another time than is asked about.
func elsewhen(s *statement, at event.Time) bool {
	t := s.claim.Proposition.At
	return !at.IsZero() && !t.IsZero() && !t.Overlaps(at)
}

// sums adds up asserted quantities, by unit, in order of appearance.
func sums(of []*statement) (out []Sum) {
	for _, s := range of {
		q := s.claim.Quantity
		if q == nil || s.claim.Stance != event.StanceAsserted {
			continue
		}
		i := slices.IndexFunc(out, func(o Sum) bool { return o.Unit == q.Unit })
		if i < 0 {
			i = len(out)
			out = append(out, Sum{Unit: q.Unit, AtMost: new(int64)})
		}
		out[i].add(q, 1)
	}
	return out
}

// Bounds returns how large a quantity is as far as it is known.
func Bounds(q *event.Quantity) Sum {
	s := Sum{Unit: q.Unit, AtMost: new(int64)}
	s.add(q, 1)
	return s
}

// open opens statements to be shown.
func (w *answering) open(of []*statement, left *int) (out []*Entry, err error) {
	for i, s := range of {
		if i == MaxShown {
			*left += len(of) - i
			break
		}
		e, err := w.v.opened(s.index, w.sc)
		if err != nil {
			return nil, err
		}
		w.rows++
		w.shown[s.index] = true
		out = append(out, e)
	}
	return out, nil
}

// remarks opens what is to stand beside an answer and is not shown elsewhere in it.
func (w *answering) remarks(of []*statement, at event.Time, left *int) ([]Remark, error) {
	of = slices.DeleteFunc(of, func(s *statement) bool { return w.shown[s.index] })
	entries, err := w.open(of, left)
	if err != nil {
		return nil, err
	}
	out := make([]Remark, len(entries))
	for i, e := range entries {
		out[i] = Remark{Entry: e, Earlier: !at.IsZero() && of[i].claim.Proposition.At.Before(at), About: of[i].about}
	}
	return out, nil
}

// statements returns the claims that match a filter and stand, in order of recording. A CORRECT that takes the place of a
// claim of the same source is one; any other is a note on a claim.
func (v *View) statements(ctx context.Context, f index.Filter, sc *scope) (out []*statement, err error) {
	f.Kinds = []event.Kind{event.KindClaim, event.KindCorrect}
	for hit, err := range v.scan(ctx, f, &sieve{}, index.Recorded, sc.size, index.Position(0), &cut{}) {
		if err != nil {
			return nil, err
		}
		if is, err := v.superseded(hit.index, sc); err != nil {
			return nil, err
		} else if is {
			continue
		}
		sk, err := v.g.skeleton(hit.index)
		if err != nil {
			return nil, err
		}
		if sk.Claim == nil {
			continue
		}
		s := &statement{index: hit.index, claim: sk.Claim, said: sk.Occurred, exercise: sk.Exercise}
		if sk.Kind == event.KindCorrect {
			s.note, s.about = v.annotates(sk, v.g.head.Row(hit.index).Source, sc)
		}
		out = append(out, s)
	}
	return out, nil
}

// annotates reports whether a CORRECT leaves what it is about as it is, and what that is.
func (v *View) annotates(sk *event.Skeleton, source index.Name, sc *scope) (is bool, about event.Pseudonym) {
	for _, r := range sk.Relates {
		i, ok := v.g.head.Entry(r.Entry)
		if !ok || i >= sc.size || !sc.sees(v.g.head, i) {
			continue
		}
		if r.Relation == event.RelationSupersedes && v.g.head.Row(i).Source == source {
			return false, event.Pseudonym{}
		}
		about = r.Entry
	}
	return true, about
}
