package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// resolve turns a filter into the index's terms, as of a tree size and within the viewer's scope.
func (v *View) resolve(f EventFilter, size uint64) (index.Filter, error) {
	out := index.Filter{
		Kinds: f.Kinds, Sources: f.Sources, Purposes: f.Purposes, Transfers: f.Transfers, Targets: f.Targets,
		Collections: f.Collections, Documents: f.Documents,
		Occurred: f.Occurred, Recorded: f.Recorded, Exercise: f.Exercise, Missing: f.Missing,
	}
	if f.Unmatched != nil {
		out.Kinds = onlyTransfers(f.Kinds)
	}
	sc := v.scope(size)
	now := sc.catalog
	if f.Systems != nil {
		out.Systems = []string{}
		for _, name := range f.Systems {
			if f.Parts {
				if e, ok := now.System(name); ok {
					out.Systems = append(out.Systems, now.Within(event.DeclareSystem, e.ID)...)
					continue
				}
			}
			out.Systems = append(out.Systems, now.Synonyms(event.DeclareSystem, name)...)
		}
	}
	if f.Organisations != nil {
		out.Organisations = []string{}
		for _, name := range f.Organisations {
			out.Organisations = append(out.Organisations, now.Synonyms(event.DeclareOrganisation, name)...)
		}
	}
	if f.Owners != nil {
		out.Owners = []string{}
		for _, name := range f.Owners {
			out.Owners = append(out.Owners, now.Synonyms(event.DeclareOrganisation, name)...)
		}
	}
	f.lead(now, &out)
	if f.Digests != nil || f.Images != nil {
		out.Images = []event.Denotation{}
		for _, digest := range f.Digests {
			if !event.ValidDigest(digest) {
				return out, errDigest(digest)
			}
			known, err := v.g.vault.Lookup(event.SubjectImage, "", digest)
			if err != nil {
				return out, err
			}
			if err := v.touches(event.SubjectImage, known); err != nil {
				return out, err
			}
			out.Images = append(out.Images, known...)
		}
		for _, p := range f.Images {
			found, err := v.touchesPseudonym(event.SubjectImage, p)
			if err != nil {
				return out, err
			}
			out.Images = append(out.Images, found...)
		}
	}
	out.Scope = sc.limits
	if sc.limits != nil && out.Images != nil {
		trails, err := v.trails(out.Images, sc)
		if err != nil {
			return out, err
		}
		if out.Images, err = v.known(event.SubjectImage, out.Images, sc); err != nil {
			return out, err
		}
		if len(trails) > 0 && !f.closes() {
			open := *sc.limits
			open.Whole = trails
			out.Scope = &open
			for _, d := range trails {
				if !slices.Contains(out.Images, d) {
					out.Images = append(out.Images, d)
				}
			}
		}
	}
	var err error
	if out.Actors, err = v.identities(event.SubjectActor, f.Actors, sc); err != nil {
		return out, err
	}
	if out.Persons, err = v.identities(event.SubjectPerson, f.Persons, sc); err != nil {
		return out, err
	}
	if out.Cases, err = v.identities(event.SubjectCase, f.Cases, sc); err != nil {
		return out, err
	}
	out.Records, err = v.identities(event.SubjectRecord, f.Records, sc)
	return out, err
}

func errDigest(digest string) error {
	return &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is no digest of a picture: write sha256: and 64 lower-case hex digits", digest)}
}

// sealers are all who may have given a pseudonym: the node and each declared source. Who they are tells nothing, since
// what they named is found within the viewer's scope.
func (v *View) sealers() []string {
	all := []string{LogID}
	for s := range v.g.catalog.View().List(event.DeclareSource, "", catalog.Criteria{}) {
		all = append(all, s.ID)
	}
	return all
}

// known leaves those of some subjects that an entry in scope names by just this pseudonym. Links lead from one pseudonym
// to another, so that else a subject that the viewer sees would be found by a name that stands out of its scope only.
func (v *View) known(kind event.SubjectKind, list []event.Denotation, sc *scope) ([]event.Denotation, error) {
	if sc.limits == nil {
		return list, nil
	}
	out := []event.Denotation{}
	for _, d := range list {
		is, err := v.names(kind, d, sc)
		if err != nil {
			return nil, err
		}
		if is {
			out = append(out, d)
		}
	}
	return out, nil
}

func (v *View) names(kind event.SubjectKind, d event.Denotation, sc *scope) (bool, error) {
	if len(v.g.head.Equivalent(kind, d, sc.size, false)) == 1 {
		return true, nil // nothing is linked to it: it finds its own entries, in scope, or nothing
	}
	return v.standsInScope(kind, d, sc)
}

// standsInScope reports whether an entry in scope names a subject by just this pseudonym. The index alone cannot say: it
// follows links.
func (v *View) standsInScope(kind event.SubjectKind, d event.Denotation, sc *scope) (bool, error) {
	f := subject(kind, d)
	f.Scope = sc.limits
	for i := range v.g.head.Select(f, index.Recorded, sc.size, index.Position(0)) {
		sk, err := v.g.skeleton(i)
		if err != nil {
			return false, err
		}
		if sk.Sealer == d.Sealer && denotes(sk, kind, d.Pseudonym) {
			return true, nil
		}
	}
	return false, nil
}

// denotes reports whether a pseudonym of a kind stands in a leaf.
func denotes(sk *event.Skeleton, kind event.SubjectKind, p event.Pseudonym) bool {
	actor := func(a *event.Actor) bool { return a != nil && a.Pseudonym == p }
	switch kind {
	case event.SubjectImage:
		return slices.ContainsFunc(sk.Images, func(i event.Image) bool { return i.Pseudonym == p })
	case event.SubjectPerson:
		return slices.ContainsFunc(sk.Persons, func(i event.Person) bool { return i.Pseudonym == p })
	case event.SubjectRecord:
		return slices.ContainsFunc(sk.Records, func(i event.Record) bool { return i.Pseudonym == p })
	case event.SubjectCase:
		return sk.Case != nil && sk.Case.Pseudonym == p
	case event.SubjectActor:
		return actor(sk.Actor) || sk.Authorisation != nil && actor(sk.Authorisation.By) ||
			slices.ContainsFunc(sk.Verifiers, func(a event.Actor) bool { return actor(&a) })
	}
	return false
}

// denotations pairs pseudonyms with every sealer that may have given them.
func (v *View) denotations(ps []event.Pseudonym) []event.Denotation {
	var out []event.Denotation
	for _, sealer := range v.sealers() {
		for _, p := range ps {
			out = append(out, event.Denotation{Sealer: sealer, Pseudonym: p})
		}
	}
	return out
}

func (v *View) identities(kind event.SubjectKind, ids []Identity, sc *scope) ([]event.Denotation, error) {
	if ids == nil {
		return nil, nil
	}
	out := []event.Denotation{}
	for _, id := range ids {
		switch {
		case !id.Pseudonym.IsZero() && (id.Source != "" || id.Identifier != ""):
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("name the %s by its pseudonym or by its identifier, not by both", strings.ToLower(string(kind)))}
		case !id.Pseudonym.IsZero():
			found, err := v.touchesPseudonym(kind, id.Pseudonym)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		case id.Identifier == "":
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("name the %s by its pseudonym or by its identifier", strings.ToLower(string(kind)))}
		default:
			sources := []string{id.Source}
			if id.Source == "" {
				sources = v.sealers()
			}
			var found []event.Denotation
			for _, s := range sources {
				known, err := v.g.vault.Lookup(kind, s, id.Identifier)
				if err != nil {
					return nil, err
				}
				found = append(found, known...)
			}
			if err := v.touches(kind, found); err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return v.known(kind, out, sc)
}
