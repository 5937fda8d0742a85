package prov

import (
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// entry gives the event of an activity that is an entry of a log of ours. What the document states of it beside is held
// to what the entry itself states: that somebody added or changed something does not go unseen.
func (m *mapper) entry(w *world, a *item, emit func(*event.Event) bool) bool {
	e, err := event.Parse([]byte(a.one(eventURI)))
	if err != nil {
		m.gap(GapInvalid, "event", "the entry is not one of this log's form", format.LostEvent)
		return true
	}
	m.compare(w, a, e)
	switch source := a.one(Namespace + "source"); {
	case e.Kind.Reserved() || e.Access != nil || e.Admit != nil && e.Kind == event.KindAdmit:
		m.gap(GapLog, string(e.Kind), "the log writes these entries itself", format.LostNone)
		return true
	case m.Own != nil && !m.Own(source):
		m.gap(GapSource, "", "an entry is handed in by the source whose it is, and by no other", format.LostNone)
		return true
	case closed(e):
		m.gap(GapClosed, string(e.Kind), "not everything of the entry was shown, so that it cannot be handed in", format.LostEvent)
		return true
	}
	text, err := event.Canonical(e) // without pseudonyms
	if err == nil {
		e, err = event.Parse(text)
	}
	if err != nil {
		m.gap(GapInvalid, string(e.Kind), "the entry has no form as an event", format.LostEvent)
		return true
	}
	if faults := e.Validate(); len(faults) > 0 {
		m.gap(GapInvalid, faults[0].Path, faults[0].Code+": "+faults[0].Problem, format.LostEvent)
		return true
	}
	return emit(e)
}

// closed reports whether something stands in the entry by its pseudonym alone.
func closed(e *event.Event) bool {
	if e.ID == "" {
		return true
	}
	actor := func(a *event.Actor) bool { return a != nil && !a.Pseudonym.IsZero() && a.ID == "" && a.Name == "" }
	if actor(e.Actor) || e.Authorisation != nil && actor(e.Authorisation.By) {
		return true
	}
	for i := range e.Verifiers {
		if actor(&e.Verifiers[i]) {
			return true
		}
	}
	for i := range e.Images {
		if g := &e.Images[i]; !g.Pseudonym.IsZero() && g.Digest == "" {
			return true
		}
	}
	for i := range e.Persons {
		if p := &e.Persons[i]; !p.Pseudonym.IsZero() && p.ID == "" && p.Name == "" {
			return true
		}
	}
	for i := range e.Records {
		if r := &e.Records[i]; !r.Pseudonym.IsZero() && r.Reference == "" {
			return true
		}
	}
	return e.Case != nil && !e.Case.Pseudonym.IsZero() && e.Case.Reference == ""
}

// compare notes what the entry states, and reports what else is stated of its activity.
func (m *mapper) compare(w *world, a *item, e *event.Event) {
	base, id, ok := cutLast(a.id, "entry/")
	p, err := event.ParsePseudonym(id)
	if !ok || err != nil {
		m.gap(GapDiffers, "activity", "an entry whose activity is not named by the entry's id", format.LostNone)
	}
	if len(w.bases) < 16 { // of how many logs one part may speak
		w.bases[base] = true
	}
	d := newStatements(base)
	d.express(&Entry{ID: p, Event: e})
	for key, s := range d.find {
		if s.parts != nil {
			w.known[key] = true
		}
	}
	for _, r := range w.related[a.id] {
		if w.stated(r) || len(r.all(Namespace+"edge")) > 0 {
			w.done[r] = true
			continue
		}
		m.gap(GapDiffers, r.kind, "a statement that the entry does not make is not taken", format.LostValue)
		w.done[r] = true
	}
	for i := range a.props {
		if n := a.props[i].name; !strings.HasPrefix(n, Namespace) && !strings.HasPrefix(n, provNS) {
			m.gap(GapDiffers, clipped(local(n)), "an attribute that the entry does not have is not taken", format.LostValue)
		}
	}
}

// stated reports whether an entry states this relation.
func (w *world) stated(i *item) bool {
	rel := relationOf(i.kind)
	parts := make([]string, len(rel.parts))
	for n := range rel.parts {
		if rel.parts[n] != "prov:time" {
			parts[n] = i.part(n)
		}
	}
	return w.known[relationKey(i.kind, parts)]
}

// ofLog reports whether a relation is one between things of a log of ours.
func (w *world) ofLog(i *item) bool {
	for n := range 2 {
		if !w.inLog(i.part(n)) {
			return false
		}
	}
	return true
}

func (w *world) inLog(uri string) bool {
	for base := range w.bases {
		if strings.HasPrefix(uri, base) {
			return true
		}
	}
	return false
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
