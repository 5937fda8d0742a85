package graph

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// A dpo follows an image that its organisation owns wherever it went: asked by that image, and by an entry's id, it
// sees entries in which its organisation took no part. Of these it sees what happened to its image, from where to
// where, by which organisation and why as the law names it, and nothing of the others' business: who acted, whom it
// concerned, which case, what was written about it, and which other images were there are out of its scope. So a
// question that asks for any of these is not answered by such entries.

// owned reports whether an image belongs to one of the viewer's organisations as of the scope's tree size: the first
// entry that names an owner of the image, or of what is linked to it exactly, names one of them, and nobody else had
// recorded anything of the image before. Who comes later and says that it is his does not get to see where it has been:
// not by another owner's word, and not by that of those who searched with the picture before he named himself. There
// the operator's word is needed, an entry of the source log. What its source took back does not count.
func (v *View) owned(d event.Denotation, sc *scope) (bool, error) {
	if sc.limits == nil || len(sc.limits.Organisations) == 0 || d.Pseudonym.IsZero() {
		return false, nil
	}
	v.mu.Lock()
	known, ok := v.owners[ownership{d, sc.size}]
	v.mu.Unlock()
	if ok {
		return known, nil
	}
	is, err := v.g.owned(d, sc)
	if err != nil {
		return false, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.owners == nil {
		v.owners = map[ownership]bool{}
	}
	v.owners[ownership{d, sc.size}] = is
	return is, nil
}

// ownership is what a view remembers of the images that it was asked about.
type ownership struct {
	image event.Denotation
	size  uint64
}

func (g *Graph) owned(d event.Denotation, sc *scope) (bool, error) {
	f := index.Filter{Images: []event.Denotation{d}, Owners: sc.limits.Organisations}
	var own []uint64 // entries that name the viewer's as owner
	for i := range g.head.Select(f, index.Recorded, sc.size, index.Position(0)) {
		if !g.head.Superseded(i, sc.size) {
			own = append(own, i)
		}
	}
	f.Owners = nil
	var first index.Name // source of the first entry
	mixed := false       // others recorded something of the image, too
	for i := range g.head.Select(f, index.Recorded, sc.size, index.Position(0)) {
		if len(own) == 0 {
			break
		}
		row := g.head.Row(i)
		if ofTheLog(row.Kind) || g.head.Superseded(i, sc.size) {
			continue
		}
		if i == own[0] {
			if own = own[1:]; g.head.Name(row.Source) == LogID || !mixed && (first == 0 || first == row.Source) {
				return true, nil
			}
		} else if sk, err := g.skeleton(i); err != nil || sk.Owner != "" {
			return false, err
		}
		if first == 0 {
			first = row.Source
		}
		mixed = mixed || row.Source != first
	}
	return false, nil
}

// trails returns those of some images that the viewer's organisations own.
func (v *View) trails(images []event.Denotation, sc *scope) ([]event.Denotation, error) {
	var out []event.Denotation
	for _, d := range images {
		is, err := v.owned(d, sc)
		if err != nil {
			return nil, err
		}
		if is {
			out = append(out, d)
		}
	}
	return out, nil
}

// finds reports whether the viewer sees anything of an entry that it asks for by its id.
func (v *View) finds(i uint64, sc *scope) (bool, error) {
	switch {
	case i >= sc.size:
		return false, nil
	case sc.sees(v.g.head, i):
		return true, nil
	case ofTheLog(v.g.head.Row(i).Kind):
		return false, nil
	}
	sk, err := v.g.skeleton(i)
	if err != nil {
		return false, err
	}
	for k := range sk.Images {
		is, err := v.owned(event.Denotation{Sealer: sk.Sealer, Pseudonym: sk.Images[k].Pseudonym}, sc)
		if err != nil || is {
			return is, err
		}
	}
	return false, nil
}

// opened returns an entry as the viewer sees it. The entry must be in its scope, by itself or by an image.
func (v *View) opened(i uint64, sc *scope) (*Entry, error) {
	e, err := v.g.entry(i)
	if err != nil || sc.sees(v.g.head, i) {
		return e, err
	}
	return e, v.confine(e, sc)
}

// outOfScope are the fields of an entry that a viewer does not see where it sees what happened to its image only. Each
// stands for all within it. Of images those stay that its organisation owns.
var outOfScope = []string{
	"/id", "/actor", "/authorisation/by", "/case", "/consent/scope", "/justification", "/permission/scope", "/persons",
	"/records", "/text", "/unit", "/verifiers",
}

// confine takes out of an entry what is out of scope where the viewer sees it for the sake of its image only.
func (v *View) confine(e *Entry, sc *scope) error {
	if err := v.confineEvent(e.Event, e.Sealer, sc); err != nil {
		return err
	}
	closed := make(map[string]Reason, len(outOfScope)+len(e.Event.Images)+len(e.Event.Relates))
	for pointer, reason := range e.Closed {
		if !closedBy(pointer) {
			closed[pointer] = reason
		}
	}
	for _, pointer := range outOfScope {
		closed[pointer] = OutOfScope
	}
	for i := range e.Event.Images {
		if e.Event.Images[i].Pseudonym.IsZero() {
			delete(closed, fmt.Sprintf("/images/%d/digest", i))
			closed[fmt.Sprintf("/images/%d", i)] = OutOfScope
		}
	}
	for i := range e.Event.Relates {
		closed[fmt.Sprintf("/relates/%d/id", i)] = OutOfScope
	}
	e.Closed, e.Leaf = closed, nil
	return nil
}

// confineEvent is confine for an event or the skeleton of one. Images that the viewer's organisations do not own keep
// their role, so that it can be seen what its image was compared with, and nothing else.
func (v *View) confineEvent(e *event.Event, sealer string, sc *scope) error {
	e.ID, e.Actor, e.Case, e.Justification, e.Persons, e.Records, e.Text, e.Unit, e.Verifiers = "", nil, nil, "", nil, nil, event.Text{}, "", nil
	if a := e.Authorisation; a != nil {
		rest := *a
		rest.By = nil
		e.Authorisation = &rest
	}
	if c := e.Consent; c != nil {
		rest := *c
		rest.Scope = ""
		e.Consent = &rest
	}
	if p := e.Permission; p != nil {
		rest := *p
		rest.Scope = ""
		e.Permission = &rest
	}
	for i := range e.Images {
		img := &e.Images[i]
		is, err := v.owned(event.Denotation{Sealer: sealer, Pseudonym: img.Pseudonym}, sc)
		if err != nil {
			return err
		}
		if !is {
			*img = event.Image{Role: img.Role}
		}
	}
	for i := range e.Relates {
		e.Relates[i].ID = ""
	}
	var withheld []string
	for _, pointer := range e.Withheld {
		if !closedBy(pointer) {
			withheld = append(withheld, pointer)
		}
	}
	e.Withheld = withheld
	return nil
}

// closedBy reports whether a pointer is to a field that is out of scope, or to something within one.
func closedBy(pointer string) bool {
	for _, p := range outOfScope {
		if pointer == p || strings.HasPrefix(pointer, p+"/") {
			return true
		}
	}
	return false
}

// closes reports whether a filter asks for what is out of scope in entries that are seen for the sake of an image.
func (f *EventFilter) closes() bool {
	if f.Actors != nil || f.Persons != nil || f.Cases != nil || f.Records != nil || f.Units != nil || f.Words != "" ||
		f.Offences != nil || f.Automated != nil || f.Missing&unseen != 0 {
		return true
	}
	for _, e := range f.Entries {
		if e.Identifier != "" {
			return true
		}
	}
	for _, pointer := range f.Withheld {
		if closedBy(pointer) {
			return true
		}
	}
	return false
}

// unseen are the flags of a row that tell of fields that may be out of scope.
const unseen = index.MissingActor | index.MissingCase | index.MissingJustification

// superseded reports whether an entry of the same source that the viewer sees corrects one that it sees.
func (v *View) superseded(i uint64, sc *scope) (bool, error) {
	if sc.limits == nil {
		return v.g.head.Superseded(i, sc.size), nil
	}
	for _, err := range v.corrections(i, sc) {
		return err == nil, err
	}
	return false, nil
}

// corrections yields the entries of the same source that supersede one that the viewer sees, in order of the log. It sees
// those that are in its scope; of an entry that is seen for the sake of its image it is every one that is not limited to
// others.
func (v *View) corrections(i uint64, sc *scope) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		if !v.g.head.Superseded(i, sc.size) {
			return
		}
		id, itself := v.g.head.ID(i), sc.sees(v.g.head, i)
		f := index.Filter{Kinds: []event.Kind{event.KindCorrect}, Targets: []event.Pseudonym{id}}
		for by := range v.g.head.Select(f, index.Recorded, sc.size, index.Position(0)) {
			if v.g.head.Row(by).Source != v.g.head.Row(i).Source {
				continue
			}
			sk, err := v.g.skeleton(by)
			if err != nil {
				yield(0, err)
				return
			}
			limited := sk.Visibility != nil && !sk.Visibility.Public
			if !sc.sees(v.g.head, by) && (itself || limited) {
				continue
			}
			if slices.ContainsFunc(sk.Relates, func(r event.Reference) bool { return r.Entry == id && r.Relation == event.RelationSupersedes }) && !yield(by, nil) {
				return
			}
		}
	}
}
