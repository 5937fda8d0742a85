package graph

import (
	"bytes"
	"fmt"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// sights lists what a skeleton's pseudonyms stand for, each pseudonym with each identifier once. e is the skeleton
// opened.
func sights(sk *event.Skeleton, e *event.Event, source string) []vault.Sight {
	out := make([]vault.Sight, 0, len(sk.Images)+len(sk.Persons)+len(sk.Verifiers)+2)
	see := func(kind event.SubjectKind, p event.Pseudonym, identifier string) {
		if p.IsZero() || identifier == "" {
			return
		}
		s := vault.Sight{Kind: kind, Source: source, Pseudonym: p, Identifier: identifier}
		for i := range out {
			if out[i] == s {
				return
			}
		}
		out = append(out, s)
	}
	for i := range sk.Images {
		see(event.SubjectImage, sk.Images[i].Pseudonym, e.Images[i].Digest)
	}
	for i := range sk.Persons {
		see(event.SubjectPerson, sk.Persons[i].Pseudonym, e.Persons[i].ID)
	}
	if sk.Actor != nil {
		see(event.SubjectActor, sk.Actor.Pseudonym, e.Actor.ID)
	}
	for i := range sk.Verifiers {
		see(event.SubjectActor, sk.Verifiers[i].Pseudonym, e.Verifiers[i].ID)
	}
	if a := sk.Authorisation; a != nil && a.By != nil {
		see(event.SubjectActor, a.By.Pseudonym, e.Authorisation.By.ID)
	}
	if sk.Case != nil {
		see(event.SubjectCase, sk.Case.Pseudonym, e.Case.Reference)
	}
	for i := range sk.Records {
		see(event.SubjectRecord, sk.Records[i].Pseudonym, e.Records[i].Reference)
	}
	return out
}

// named reports whether the log, or what is queued for it, has an entry in which a pseudonym stands. It runs under
// g.mu.
func (g *Graph) named(kind event.SubjectKind, d event.Denotation) bool {
	if g.naming[d] > 0 {
		return true
	}
	for range g.head.Select(subject(kind, d), index.Recorded, g.head.Size(), index.Position(0)) {
		return true
	}
	return false
}

// subject is the filter for one subject.
func subject(kind event.SubjectKind, d event.Denotation) (f index.Filter) {
	is := []event.Denotation{d}
	switch kind {
	case event.SubjectImage:
		f.Images = is
	case event.SubjectActor:
		f.Actors = is
	case event.SubjectPerson:
		f.Persons = is
	case event.SubjectCase:
		f.Cases = is
	case event.SubjectRecord:
		f.Records = is
	default:
		f.Kinds = []event.Kind{}
	}
	return f
}

// linksOf makes the LINK entries that a node-sealed event calls for: a subject that the node names for the first time
// and that other sealers named before. It runs under g.mu.
func (g *Graph) linksOf(it *item, source string) ([]ledger.Entry, error) {
	if !g.vault.HasForeign() {
		return nil, nil
	}
	var out []ledger.Entry
	for _, s := range sights(it.sealed.Skeleton, it.event, source) {
		own := event.Denotation{Sealer: LogID, Pseudonym: s.Pseudonym}
		if g.named(s.Kind, own) {
			continue
		}
		known, err := g.vault.Lookup(s.Kind, s.Source, s.Identifier)
		if err != nil {
			return nil, err
		}
		for _, d := range known {
			if d == own || !g.named(s.Kind, d) {
				continue
			}
			e, err := g.link(s.Kind, own, d)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			break // the others are linked to d already
		}
	}
	return out, nil
}

// meetings are the pseudonyms of a batch, each once: those whose links are known, and those that the vault has to be told.
type meetings struct {
	sealer string
	all    []vault.Sight
	fresh  map[event.Pseudonym]bool // not met lately
}

// meet asks the vault which of a batch's pseudonyms were met lately.
func (g *Graph) meet(b *Batch) (*meetings, error) {
	m := &meetings{fresh: map[event.Pseudonym]bool{}}
	if len(b.Leaves) == 0 {
		return m, nil
	}
	m.sealer = b.Leaves[0].Skeleton.Sealer
	seen := make(map[vault.Sight]bool, 1024)
	for i := range b.Leaves {
		for _, s := range sights(b.Leaves[i].Skeleton, b.Leaves[i].Event, b.Source) {
			if !seen[s] {
				seen[s] = true
				m.all = append(m.all, s)
			}
		}
	}
	rest, err := g.vault.Recognise(m.sealer, m.all)
	for i := range rest {
		m.fresh[rest[i].Pseudonym] = true
	}
	return m, err
}

// links tells the vault what pseudonyms that are new in the log stand for, and makes a LINK where another sealer's
// pseudonym stands for the same. It runs under g.mu.
func (g *Graph) links(m *meetings) ([]ledger.Entry, error) {
	// What the log has already was linked when it first came.
	var fresh []vault.Sight
	for _, s := range m.all {
		if m.fresh[s.Pseudonym] || !g.named(s.Kind, event.Denotation{Sealer: m.sealer, Pseudonym: s.Pseudonym}) {
			fresh = append(fresh, s)
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	met, err := g.vault.MeetAll(m.sealer, fresh)
	if err != nil {
		return nil, err
	}
	var out []ledger.Entry
	for _, m := range met {
		if g.named(m.Kind, m.New) {
			continue
		}
		for _, d := range append([]event.Denotation{m.Own}, m.Others...) {
			if !g.named(m.Kind, d) {
				continue
			}
			e, err := g.link(m.Kind, m.New, d)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			break // the others are linked to d already
		}
	}
	return out, nil
}

// link makes one LINK entry of the log. The pair is in a fixed order, so that the same link has one id.
func (g *Graph) link(kind event.SubjectKind, a, b event.Denotation) (ledger.Entry, error) {
	if c := bytes.Compare(a.Pseudonym[:], b.Pseudonym[:]); a.Sealer > b.Sealer || a.Sealer == b.Sealer && c > 0 {
		a, b = b, a
	}
	return g.ownEntry(&event.Event{
		ID:   fmt.Sprintf("link/%s/%s/%s/%s", a.Sealer, a.Pseudonym, b.Sealer, b.Pseudonym),
		Kind: event.KindLink, Link: &event.Link{Subject: kind, A: a, B: b, Method: "digest"},
	}, nil)
}

// names counts the pseudonyms of a skeleton as in flight (by is 1) or landed (by is -1). It runs under g.mu.
func (g *Graph) names(sk *event.Skeleton, by int) {
	count := func(p event.Pseudonym) {
		if p.IsZero() {
			return
		}
		d := event.Denotation{Sealer: sk.Sealer, Pseudonym: p}
		if g.naming[d] += by; g.naming[d] <= 0 {
			delete(g.naming, d)
		}
	}
	for i := range sk.Images {
		count(sk.Images[i].Pseudonym)
	}
	for i := range sk.Persons {
		count(sk.Persons[i].Pseudonym)
	}
	if sk.Actor != nil {
		count(sk.Actor.Pseudonym)
	}
	for i := range sk.Verifiers {
		count(sk.Verifiers[i].Pseudonym)
	}
	if a := sk.Authorisation; a != nil && a.By != nil {
		count(a.By.Pseudonym)
	}
	if sk.Case != nil {
		count(sk.Case.Pseudonym)
	}
	for i := range sk.Records {
		count(sk.Records[i].Pseudonym)
	}
}
