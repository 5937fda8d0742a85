package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// Target names a subject to be redacted: by what identifies it or by a pseudonym that stands in the log. The entry
// itself, whose keys close the source's own id of the event and what is about nobody else, is named by its id.
type Target struct {
	Kind       event.SubjectKind
	Source     string          // whose identifier it is; "" for images and with a pseudonym
	Identifier string          // a picture's digest, the id of a person or actor (the name where there is no id), the reference of a case or record
	Pseudonym  event.Pseudonym // instead of an identifier
}

// aimed is a target as the vault knows it.
type aimed struct {
	subjects []vault.Subject
	denotes  []event.Denotation // whose keys are there: every pseudonym of the subject, in order; none: all are gone
	sight    []event.Denotation // by which it is looked for in the log: those that are gone too
}

// aim finds what a target is. Of what is not in the log it fails with [CodeNotFound].
func (g *Graph) aim(t Target) (*aimed, error) {
	if (t.Identifier == "") == t.Pseudonym.IsZero() {
		return nil, &Error{Code: CodeBadArgument, Message: "name a subject by its identifier or by a pseudonym"}
	}
	if !slices.Contains(event.SubjectKinds(), t.Kind) {
		return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is no kind of subject; it is one of %s", t.Kind, subjectKinds())}
	}
	out := &aimed{}
	var err error
	if t.Pseudonym.IsZero() {
		err = g.aimIdentifier(out, t)
	} else {
		err = g.aimPseudonym(out, t)
	}
	if err != nil {
		return nil, err
	}
	// What LINK entries of equal digests lead to is the same subject, whether the vault's look-up still has it or not.
	for i := range out.subjects {
		s := &out.subjects[i]
		for _, d := range slices.Clone(s.Denotes) {
			for _, other := range g.head.Equivalent(t.Kind, d, g.head.Size(), false) {
				if !slices.Contains(s.Denotes, other) {
					s.Denotes = append(s.Denotes, other)
				}
			}
		}
		out.sight = append(out.sight, s.Denotes...)
	}
	if len(out.subjects) == 0 {
		return out, nil
	}
	if out.denotes, err = g.vault.Reach(out.subjects...); err != nil {
		return nil, err
	}
	out.sight = append(out.sight, out.denotes...)
	for _, l := range []*[]event.Denotation{&out.denotes, &out.sight} {
		slices.SortFunc(*l, byDenotation)
		*l = slices.Compact(*l)
	}
	return out, nil
}

func subjectKinds() string {
	var out []string
	for _, k := range event.SubjectKinds() {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

func (g *Graph) aimIdentifier(out *aimed, t Target) error {
	switch {
	case t.Kind == event.SubjectEntry:
		return &Error{Code: CodeBadArgument, Message: "an entry is named by its id in the log (22 characters)"}
	case t.Kind == event.SubjectImage && !event.ValidDigest(t.Identifier):
		return errDigest(t.Identifier)
	case t.Kind != event.SubjectImage && t.Source == "":
		return &Error{Code: CodeBadArgument, Message: "whose identifier is it? the same one may stand for somebody else at another source: name the source"}
	}
	known, err := g.vault.Lookup(t.Kind, t.Source, t.Identifier)
	if err != nil {
		return err
	}
	s := vault.Subject{Kind: t.Kind, Source: t.Source, Identifier: t.Identifier}
	for _, d := range known {
		is, err := g.mentions(t.Kind, d)
		if err != nil {
			return err
		}
		if is {
			s.Denotes = append(s.Denotes, d)
		}
	}
	if s.Denotes != nil {
		out.subjects = []vault.Subject{s}
		return nil
	}
	before, err := g.vault.Redactions(t.Kind, t.Source, t.Identifier)
	if err != nil || before > 0 {
		return err
	}
	return &Error{Code: CodeNotFound, Message: fmt.Sprintf("nothing is recorded of this %s%s; look at kind, source and spelling",
		strings.ToLower(string(t.Kind)), ofSource(t.Source))}
}

func ofSource(id string) string {
	if id == "" {
		return ""
	}
	return fmt.Sprintf(" of source %q", id)
}

func (g *Graph) aimPseudonym(out *aimed, t Target) error {
	found := false
	sealers := []string{LogID}
	for s := range g.catalog.View().List(event.DeclareSource, "", catalog.Criteria{}) {
		sealers = append(sealers, s.ID)
	}
	for _, sealer := range sealers {
		d := event.Denotation{Sealer: sealer, Pseudonym: t.Pseudonym}
		is, err := g.mentions(t.Kind, d)
		if err != nil {
			return err
		}
		if !is {
			continue
		}
		found = true
		s, err := g.identified(t.Kind, d)
		if err != nil {
			return err
		}
		out.subjects = append(out.subjects, s)
	}
	if !found {
		return &Error{Code: CodeNotFound, Message: fmt.Sprintf("no entry names %s %s", strings.ToLower(string(t.Kind)), t.Pseudonym)}
	}
	return nil
}

// identified is the subject that a pseudonym stands for, with its identifier where one can be read and the vault still
// makes just this pseudonym of it: without it the pseudonym could be computed again after the redaction.
func (g *Graph) identified(kind event.SubjectKind, d event.Denotation) (vault.Subject, error) {
	s := vault.Subject{Kind: kind, Denotes: []event.Denotation{d}}
	source, identifier := "", ""
	for at, err := range g.mentioning(kind, d) {
		if err != nil {
			return s, err
		}
		e, of, err := g.openedAt(at)
		if err != nil {
			return s, err
		}
		eachSubject(e, func(k event.SubjectKind, p event.Pseudonym, id string) {
			if k == kind && p == d.Pseudonym && id != "" {
				source, identifier = of, id
			}
		})
		if identifier != "" {
			break
		}
	}
	if identifier == "" {
		return s, nil
	}
	known, err := g.vault.Lookup(kind, source, identifier)
	if err == nil && slices.Contains(known, d) {
		s.Source, s.Identifier = source, identifier
	}
	return s, err
}
