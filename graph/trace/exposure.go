package trace

import (
	"cmp"
	"context"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// HoldingState says whether a holding has ended.
type HoldingState string

// The states of a holding.
const (
	Ended     HoldingState = "ENDED"           // an erasure certainly after it began
	MayEnd    HoldingState = "MAY_HAVE_ENDED"  // an erasure that may have been before it began
	NoEnd     HoldingState = "NO_END_RECORDED" // nothing recorded ends it
	Permanent HoldingState = "PERMANENT"       // in a model
)

// Holding is an image in a place over a time.
type Holding struct {
	Image event.Denotation
	Place Place
	// Since is when it began; unplaced where that is not known: then it was there when it left, or was found there.
	Since    event.Time
	Begun    bool     // an entry says how it came there
	Entries  []uint64 // that say so, or show that it was there, in order of the log
	State    HoldingState
	Until    event.Time // when it was erased, if Ended or MayEnd
	EndedBy  uint64     // index of the erasure
	Due      event.Time // latest date of erasure that was stated; unplaced: none was
	Standing Standing
	Denied   []Statement // who denies that images like this were there; then it is CONTESTED
	Exercise bool
}

// Sighting is somebody who saw an image, or an organisation for which nobody is named.
type Sighting struct {
	Organisation string
	Actor        event.Denotation // zero: nobody is named
	Automated    bool
	Kinds        []event.Kind
	Entries      []uint64
	Verifier     int // in the first of Entries: which verifier it was, or -1: who acted
	First, Last  event.Time
}

// Exposure is every place that holds or held an image, where it was shown, and everybody that saw it.
type Exposure struct {
	Holdings  []Holding
	Claimed   []ClaimedHolding // what is claimed of images like it, never one of Holdings
	Showings  []Edge           // transient: a probe sent to a database, a candidate returned, a side of a comparison
	Sightings []Sighting
	Derived   []event.Denotation // what was made of it, each an image of its own
	Cut       []Cutoff
	Beyond    bool
	Read      int
}

// Exposure returns where an image is or was, and who saw it.
func (t *Tracer) Exposure(ctx context.Context, images []event.Denotation, b Budget) (*Exposure, error) {
	t.During(ctx)
	before := t.read
	t.most = t.read + cmp.Or(b.Entries, DefaultBudget.Entries)
	out := &Exposure{}
	seen := sightings{list: &out.Sightings, at: map[seer]int{}}
	met := map[*image]bool{}
	var names []event.Denotation
	for _, d := range images {
		m := t.image(d)
		if met[m] {
			continue
		}
		met[m] = true
		trail, err := t.trail(m)
		if err != nil {
			return nil, err
		}
		if len(trail) == 0 {
			continue
		}
		names = append(names, m.names...)
		if m.cut {
			out.Cut = append(out.Cut, Cutoff{CutEntries, Copy{Image: m.shown}, 1})
		}
		if err := t.expose(out, &seen, m, trail); err != nil {
			return nil, err
		}
	}
	var err error
	if len(names) > 0 {
		out.Beyond, err = t.r.Beyond(t.ctx, names)
	}
	out.Read = t.read - before
	return out, err
}

// sign is something that begins, shows or ends a holding.
type sign struct {
	at       event.Time
	index    uint64
	begins   bool
	ends     bool
	forGood  bool
	due      event.Time
	standing Standing
	exercise bool
}

func (t *Tracer) expose(out *Exposure, seen *sightings, m *image, trail []*fact) error {
	derived := map[*image]bool{}
	signs := map[*site][]sign{}
	var sites []*site
	note := func(s *site, x sign) {
		if s == nil {
			return
		}
		if signs[s] == nil {
			sites = append(sites, s)
		}
		signs[s] = append(signs[s], x)
	}
	ways, err := t.ways(m)
	if err != nil {
		return err
	}
	for _, v := range ways {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		f := v.fact
		x := sign{index: f.index, standing: t.standing(v), exercise: f.sk.Exercise}
		left, came := x, x
		left.at, came.at, came.begins, came.due = v.left, v.came, true, due(f, v.pair)
		switch v.class {
		case Capture, Transfer, Training:
			came.forGood = v.class == Training
			note(v.from, left)
			note(v.to, came)
		case Derivation:
			if v.child == m {
				note(v.to, came)
				break
			}
			note(v.from, left)
			if !derived[v.child] && !slices.Contains(out.Derived, v.child.shown) {
				out.Derived = append(out.Derived, v.child.shown)
			}
			derived[v.child] = true
		case Showing:
			if f.kind != event.KindCompare && t.candidate(f, m) {
				note(v.from, left) // the database that returned it has it
			}
			e, err := t.edge(v)
			if err != nil {
				return err
			}
			out.Showings = append(out.Showings, e)
		}
	}
	for _, f := range trail {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if f.kind == event.KindErase {
			from := t.places.of(f.sk.From)
			for _, s := range sites {
				if from != nil && s.within(from) {
					signs[s] = append(signs[s], sign{at: f.sk.Occurred, index: f.index, ends: true, exercise: f.sk.Exercise})
				}
			}
			if from != nil && signs[from] == nil && !slices.ContainsFunc(sites, func(s *site) bool { return s.within(from) }) {
				note(from, sign{at: f.sk.Occurred, index: f.index, ends: true, exercise: f.sk.Exercise})
			}
		}
		t.see(seen, f)
	}
	var held []Holding
	for _, s := range sites {
		held = append(held, holdings(m, s, signs[s])...)
	}
	if err := t.contest(m, held); err != nil {
		return err
	}
	claimed, err := t.claimedHoldings(m, trail)
	if err != nil {
		return err
	}
	out.Holdings, out.Claimed = append(out.Holdings, held...), append(out.Claimed, claimed...)
	slices.SortStableFunc(out.Holdings, func(a, b Holding) int {
		return cmp.Or(cmp.Compare(spanOf(a.Since, false).lo, spanOf(b.Since, false).lo), cmp.Compare(a.Entries[0], b.Entries[0]))
	})
	return nil
}

// due is the date of erasure that an entry of a pair states, the latest of them.
func due(facts ...*fact) (at event.Time) {
	for _, f := range facts {
		if f == nil {
			continue
		}
		if r := f.sk.Retention; r != nil && !r.Until.IsZero() && (at.IsZero() || r.Until.Latest > at.Latest) {
			at = r.Until
		}
		if x := f.sk.Transfer; x != nil && !x.DeleteBy.IsZero() && (at.IsZero() || x.DeleteBy.Latest > at.Latest) {
			at = x.DeleteBy
		}
	}
	return at
}

// holdings turns what is known of an image in one place into the times that it was there.
func holdings(m *image, s *site, signs []sign) (list []Holding) {
	slices.SortStableFunc(signs, func(a, b sign) int {
		x, y := spanOf(a.at, false), spanOf(b.at, false)
		if a.at.IsZero() != b.at.IsZero() { // what is unplaced says least
			if a.at.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(x.lo, y.lo), cmp.Compare(a.index, b.index))
	})
	var open *Holding
	for _, x := range signs {
		if open == nil {
			list = append(list, Holding{Image: m.shown, Place: s.Place, State: NoEnd, Standing: Recorded, Exercise: true})
			open = &list[len(list)-1]
		}
		open.Exercise = open.Exercise && x.exercise
		if x.ends {
			open.State, open.Until, open.EndedBy = Ended, x.at, x.index
			if x.at.IsZero() || !open.Since.IsZero() && !open.Since.Before(x.at) {
				open.State = MayEnd
			}
			if len(open.Entries) == 0 {
				open.Entries = []uint64{x.index}
			}
			open = nil
			continue
		}
		open.Entries = append(open.Entries, x.index)
		if x.begins {
			if !open.Begun && len(open.Entries) == 1 {
				open.Since = x.at
			}
			open.Begun = true
			if x.standing == Corroborated {
				open.Standing = Corroborated
			}
			if !x.due.IsZero() && (open.Due.IsZero() || x.due.Latest > open.Due.Latest) {
				open.Due = x.due
			}
		}
		if x.forGood {
			open.State = Permanent
		}
	}
	return list
}

// sightings gathers who saw an image.
type sightings struct {
	list *[]Sighting
	at   map[seer]int
}

// seer tells sightings apart.
type seer struct {
	organisation string
	actor        event.Denotation
	automated    bool
}

// of returns the sighting of an organisation and actor, a new one where there is none.
func (s *sightings) of(x Sighting) *Sighting {
	k := seer{x.Organisation, x.Actor, x.Automated}
	at, ok := s.at[k]
	if !ok {
		at = len(*s.list)
		s.at[k] = at
		*s.list = append(*s.list, x)
	}
	return &(*s.list)[at]
}

// see notes who saw the images of an entry.
func (t *Tracer) see(seen *sightings, f *fact) {
	switch f.kind {
	case event.KindQuery, event.KindConsult, event.KindMatch:
	default:
		return
	}
	organisation := f.sk.Requester
	if s := t.places.organisation(organisation); s != nil {
		organisation = s.Organisation
	}
	note := func(a *event.Actor, verifier int) {
		x := Sighting{Organisation: organisation, Automated: a.Automated, Verifier: verifier}
		if !a.Pseudonym.IsZero() {
			x.Actor = event.Denotation{Sealer: f.sk.Sealer, Pseudonym: a.Pseudonym}
		}
		o := seen.of(x)
		if !slices.Contains(o.Kinds, f.kind) {
			o.Kinds = append(o.Kinds, f.kind)
		}
		// Entries come one after the other, but for those that two images of the question share.
		if n := len(o.Entries); n == 0 || o.Entries[n-1] != f.index && !slices.Contains(o.Entries, f.index) {
			o.Entries = append(o.Entries, f.index)
		}
		if when := f.sk.Occurred; !when.IsZero() {
			if o.First.IsZero() || when.Earliest < o.First.Earliest {
				o.First = when
			}
			if o.Last.IsZero() || when.Latest > o.Last.Latest {
				o.Last = when
			}
		}
	}
	if f.sk.Actor != nil {
		note(f.sk.Actor, -1)
	} else {
		note(&event.Actor{}, -1)
	}
	for i := range f.sk.Verifiers {
		note(&f.sk.Verifiers[i], i)
	}
}
