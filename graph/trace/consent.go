package trace

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// ConsentState is what the owner had decided about a hop when it was made.
type ConsentState string

// The states of consent.
const (
	Released   ConsentState = "RELEASED"   // a RELEASE in force covers it
	Restricted ConsentState = "RESTRICTED" // a RESTRICT in force covers it, or a RELEASE is in force and none covers it
	Undecided  ConsentState = "UNKNOWN"    // neither was in force, or when the hop was made leaves it open
	NotNeeded  ConsentState = "NOT_NEEDED" // it stayed within one organisation, or went to the owner
)

// Consent is the state of consent at a hop, and the entry that decides it. An UNKNOWN has an entry where one may have
// been in force.
type Consent struct {
	State   ConsentState
	By      uint64 // index of the RELEASE or RESTRICT
	Decided bool   // By says something
}

// consent returns what the owner of an image had decided about a hop. A decision is in force at any moment that is
// certainly after it was made, within the time its permission gives. It covers a hop if each of its lists of
// recipients, systems and purposes is empty or has what the hop has. Decisions are
// those of the owner, on this image, or on the collection of a bulk transfer, or on all images of the owner that the
// hop states.
func (t *Tracer) consent(v *move) (Consent, error) {
	if v.from == nil || v.to == nil || v.class == Derivation {
		return Consent{State: NotNeeded}, nil
	}
	sender, receiver := t.organisationOf(v.from), t.organisationOf(v.to)
	if sender != nil && sender == receiver {
		return Consent{State: NotNeeded}, nil
	}
	decisions, err := t.decisions(v)
	if err != nil {
		return Consent{}, err
	}
	if v.image != nil && v.image.cut {
		return Consent{State: Undecided}, nil // what was not read may decide it
	}
	var restricted, covered, released, perhaps *fact
	for _, d := range decisions {
		owner := t.places.organisation(d.sk.Owner)
		if d.sk.Requester != "" && t.places.organisation(d.sk.Requester) != owner || owner == nil {
			continue
		}
		if receiver == owner {
			return Consent{State: NotNeeded}, nil
		}
		certain, possible := inForce(d, v.left)
		if !possible {
			continue
		}
		if !certain {
			perhaps = d
			continue
		}
		covers := t.permits(d.sk.Permission, v)
		switch {
		case d.kind == event.KindRestrict && covers:
			restricted = d
		case d.kind == event.KindRelease && covers:
			covered = d
		case d.kind == event.KindRelease:
			released = d
		}
	}
	switch {
	case restricted != nil:
		return Consent{Restricted, restricted.index, true}, nil
	case perhaps != nil && (perhaps.kind == event.KindRestrict || covered == nil):
		return Consent{Undecided, perhaps.index, true}, nil
	case covered != nil:
		return Consent{Released, covered.index, true}, nil
	case released != nil:
		return Consent{Restricted, released.index, true}, nil
	}
	return Consent{State: Undecided}, nil
}

// organisationOf returns the organisation that runs a place, nil where that is not known.
func (t *Tracer) organisationOf(s *site) *site {
	if s.System == "" {
		return s
	}
	return t.places.organisation(s.Organisation)
}

// inForce reports whether a decision was certainly, and whether it was possibly in force at a time.
func inForce(d *fact, at event.Time) (certain, possible bool) {
	made, during := d.sk.Occurred, d.sk.Permission.During
	if at.IsZero() || made.IsZero() {
		return false, true
	}
	if at.Latest <= made.Earliest || !during.IsZero() && !during.Overlaps(at) {
		return false, false
	}
	return made.Before(at) && (during.IsZero() || during.Earliest <= at.Earliest && at.Latest <= during.Latest), true
}

// permits reports whether what a permission lists takes in a hop. What it lists is meant as it stands: who releases to
// an organisation has not released to a part of it, and who restricts one system has not restricted its parts.
func (t *Tracer) permits(p *event.Permission, v *move) bool {
	among := func(list []string, resolve func(string) *site, is *site) bool {
		return len(list) == 0 || is != nil && slices.ContainsFunc(list, func(name string) bool { return resolve(name) == is })
	}
	var system *site
	if v.to.System != "" {
		system = v.to
	}
	return among(p.Recipients, t.places.organisation, t.organisationOf(v.to)) && among(p.Systems, t.places.system, system) &&
		(len(p.Purposes) == 0 || slices.Contains(p.Purposes, v.fact.sk.Purpose))
}

// decisions returns the RELEASE and RESTRICT that may bear on a hop, in order of the log.
func (t *Tracer) decisions(v *move) (list []*fact, err error) {
	if v.image != nil {
		if list, err = t.decisionsOn(v.image); err != nil {
			return nil, err
		}
	} else if v.fact.sk.Collection != "" {
		if list, err = t.decided(v.fact.sk.Collection); err != nil {
			return nil, err
		}
	}
	if owner := t.places.organisation(v.fact.sk.Owner); owner != nil {
		general, err := t.generally(owner)
		if err != nil {
			return nil, err
		}
		// Both are kept as they are: what is added goes into a list of its own.
		list = append(list[:len(list):len(list)], general...)
	}
	return list, nil
}

// decisionsOn returns those of the trail of an image.
func (t *Tracer) decisionsOn(m *image) ([]*fact, error) {
	if !m.decided {
		trail, err := t.trail(m)
		if err != nil {
			return nil, err
		}
		for _, f := range trail {
			if decides(f) {
				m.decisions = append(m.decisions, f)
			}
		}
		m.decided = true
	}
	return m.decisions, nil
}

func decides(f *fact) bool {
	return !f.void && (f.kind == event.KindRelease || f.kind == event.KindRestrict) && f.sk.Permission != nil
}

// decided returns the decisions on a collection. They are read once.
func (t *Tracer) decided(collection string) (list []*fact, err error) {
	if list, ok := t.decision[collection]; ok {
		return list, nil
	}
	filter := index.Filter{Kinds: []event.Kind{event.KindRelease, event.KindRestrict}, Collections: []string{collection}}
	for f, err := range t.selected(nil, filter) {
		if err != nil {
			return nil, err
		}
		if decides(f) && f.sk.Collection == collection {
			list = append(list, f)
		}
	}
	t.decision[collection] = list
	return list, nil
}
