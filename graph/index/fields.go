package index

import (
	"cmp"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// fields posts an entry under everything it names and fills in the names of its row. This is the one place that
// says under which dimension a field is found.
func (h *Head) fields(sk *event.Skeleton, at uint32, r *Row) {
	organisation := func(id string) Name { return h.post(dimOrganisation, id, at) }
	system := func(id string) Name { return h.post(dimSystem, id, at) }
	h.parties = h.parties[:0]
	party := func(n Name) Name {
		h.parties = append(h.parties, n)
		return n
	}

	// Who, from where, to where.
	r.Requester = party(organisation(sk.Requester))
	r.From, r.To = party(organisation(sk.From.Organisation)), party(organisation(sk.To.Organisation))
	r.From, r.To = cmp.Or(party(system(sk.From.System)), r.From), cmp.Or(party(system(sk.To.System)), r.To)
	party(organisation(sk.Origin))
	organisation(sk.Owner) // whose consent governs took no part
	party(organisation(sk.Controller))
	h.post(dimOwner, sk.Owner, at)
	r.Source = h.post(dimSource, sk.Source, at)
	r.Purpose = h.post(dimPurpose, sk.Purpose, at)
	h.post(dimCollection, sk.Collection, at)
	for i := range sk.Databases {
		party(system(sk.Databases[i].System))
	}

	// Subjects, by the pseudonyms of this leaf's sealer.
	sealer := h.sealerOf(sk.Sealer)
	for i := range sk.Images {
		h.subject(dimImage, sk.Images[i].Pseudonym, sealer, at)
		system(sk.Images[i].System)
	}
	actor := func(a *event.Actor) Name {
		if a == nil {
			return 0
		}
		return h.subject(dimActor, a.Pseudonym, sealer, at)
	}
	r.Actor = actor(sk.Actor)
	for i := range sk.Verifiers {
		actor(&sk.Verifiers[i])
	}
	if sk.Authorisation != nil {
		actor(sk.Authorisation.By)
	}
	for i := range sk.Persons {
		h.subject(dimPerson, sk.Persons[i].Pseudonym, sealer, at)
	}
	if sk.Case != nil {
		h.subject(dimCase, sk.Case.Pseudonym, sealer, at)
	}
	for i := range sk.Records {
		h.subject(dimRecord, sk.Records[i].Pseudonym, sealer, at)
		system(sk.Records[i].System)
	}

	// What is allowed, and by what.
	r.Basis = h.basis(sk.Basis)
	if t := sk.Transfer; t != nil {
		h.post(dimTransfer, t.Reference, at)
		organisation(t.OnwardApproval)
	}
	if sk.Consent != nil {
		organisation(sk.Consent.By)
	}
	if p := sk.Permission; p != nil {
		for _, id := range p.Recipients {
			organisation(id)
		}
		for _, id := range p.Systems {
			system(id)
		}
	}

	// What it belongs to and rests on.
	for i := range sk.Relates {
		h.relates(&sk.Relates[i], sk.Kind, at)
	}
	if sk.Citation != nil {
		h.post(dimDocument, sk.Citation.Source, at)
	}

	if sk.Claim != nil {
		h.claim(sk.Claim, at)
	}
	if d := sk.Declaration; d != nil {
		h.post(dimDeclared, d.ID, at)
	}
	if sk.Link != nil {
		h.link(sk.Link, at)
	}
	if d := sk.Redaction; d != nil {
		for _, one := range d.Denotes {
			h.subject(dimensionOf(d.Subject), one.Pseudonym, h.sealerOf(one.Sealer), at)
		}
	}
	if sk.Admit != nil {
		h.post(dimSource, sk.Admit.Source, at)
	}

	if sk.Access != nil {
		h.access(sk.Access, at)
	}

	h.scope(sk, at, r)
}

// basis interns the legal bases of an entry.
func (h *Head) basis(texts []string) Name {
	h.bases = h.bases[:0]
	for _, text := range texts {
		h.bases = append(h.bases, h.intern(dimBasis, text))
	}
	return h.internSet(dimBases, h.bases)
}

// claim posts a claim. What its proposition is about may be an organisation or a system, which the leaf does not
// say: it is found as either.
func (h *Head) claim(c *event.Claim, at uint32) {
	p := &c.Proposition
	h.post(dimProposition, p.ID, at)
	for _, id := range [...]string{p.Subject, p.From, p.To} {
		h.post(dimAbout, id, at)
		h.post(dimOrganisation, id, at)
		h.post(dimSystem, id, at)
	}
	for _, id := range [...]string{c.Claimant, c.Reporter} {
		h.post(dimClaimant, id, at)
		h.post(dimOrganisation, id, at)
	}
	h.post(dimQuestion, c.Question, at)
}

// relates posts an entry under the one it refers to.
func (h *Head) relates(ref *event.Reference, kind event.Kind, at uint32) {
	if ref.Entry.IsZero() {
		return
	}
	h.key = h.key.entry(dimTarget, ref.Entry)
	h.add(h.names.add(h.key), at)
	if kind == event.KindCorrect && ref.Relation == event.RelationSupersedes {
		h.key = h.key.entry(dimSuperseded, ref.Entry)
		h.add(h.names.add(h.key), at)
	}
}

// post puts an entry on the list of a text and returns its number, zero for the empty text.
func (h *Head) post(d dimension, text string, at uint32) Name {
	n := h.intern(d, text)
	if n != 0 {
		h.add(uint32(n), at)
	}
	return n
}

// intern returns the number of a text, zero for the empty text.
func (h *Head) intern(d dimension, text string) Name {
	if text == "" {
		return 0
	}
	h.key = h.key.text(d, text)
	return Name(h.names.add(h.key))
}

// internSet returns the number of the set of some names, zero for the empty set. It sorts them.
func (h *Head) internSet(d dimension, names []Name) Name {
	set := slices.DeleteFunc(names, func(n Name) bool { return n == 0 })
	if len(set) == 0 {
		return 0
	}
	slices.Sort(set)
	h.key = h.key.set(d, slices.Compact(set))
	return Name(h.names.add(h.key))
}

func (h *Head) postCode(d dimension, code byte, at uint32) {
	h.key = h.key.code(d, code)
	h.add(h.names.add(h.key), at)
}

// subject puts an entry on the list of a pseudonym, where there is one, and returns its number.
func (h *Head) subject(d dimension, p event.Pseudonym, sealer, at uint32) Name {
	if p.IsZero() || d == 0 {
		return 0
	}
	h.key = h.key.subject(d, p, sealer)
	n := h.names.add(h.key)
	h.add(n, at)
	return Name(n)
}

func (h *Head) add(name, at uint32) { h.lists.add(h.names.lists.at(name), at) }

// sealerOf returns the number of a sealer.
func (h *Head) sealerOf(id string) uint32 {
	if id != h.sealer || h.sealerNo == 0 {
		h.key = h.key.text(dimSealer, id)
		h.sealer, h.sealerNo = string(h.key[1:]), h.names.add(h.key)
	}
	return h.sealerNo
}
