package index

import "github.com/lichtspur/lichtspur/graph/event"

// fields posts an entry under everything it names and fills in the names of its row. This is the one place that
// says under which dimension a field is found.
func (h *head) fields(sk *event.Skeleton, at uint32, r *Row) {
	organisation := func(id string) Name { return h.post(dimOrganisation, id, at) }
	system := func(id string) Name { return h.post(dimSystem, id, at) }
	set := &h.setting
	*set = setting{databases: set.databases[:0], parties: set.parties[:0]}
	party := func(n Name) Name {
		set.parties = append(set.parties, n)
		return n
	}
	place := func(p *event.Place) (Name, aside) {
		at := aside{party(organisation(p.Organisation)), h.x.intern(dimCountry, p.Country)}
		if s := party(system(p.System)); s != 0 {
			return s, at
		}
		return at.organisation, aside{country: at.country}
	}

	// Who, from where, to where.
	r.Requester = party(organisation(sk.Requester))
	r.From, set.from = place(&sk.From)
	r.To, set.to = place(&sk.To)
	if sk.Quantity != nil && r.Flags&Bulk != 0 {
		set.quantity = h.x.quantity(sk.Quantity)
	}
	r.Origin = party(organisation(sk.Origin))
	organisation(sk.Owner) // whose consent governs took no part
	party(organisation(sk.Controller))
	h.post(dimOwner, sk.Owner, at)
	r.Source = h.post(dimSource, sk.Source, at)
	r.Purpose = h.post(dimPurpose, sk.Purpose, at)
	h.post(dimCollection, sk.Collection, at)
	for i := range sk.Databases {
		set.databases = append(set.databases, party(system(sk.Databases[i].System)))
	}

	// Subjects, by the pseudonyms of this leaf's sealer.
	sealer := h.x.sealerOf(sk.Sealer)
	for i := range sk.Images {
		h.subject(dimImage, sk.Images[i].Pseudonym, sealer, at)
		system(sk.Images[i].System)
	}
	actor := func(a *event.Actor) {
		if a != nil {
			h.subject(dimActor, a.Pseudonym, sealer, at)
		}
	}
	if actor(sk.Actor); sk.Actor != nil && !sk.Actor.Pseudonym.IsZero() {
		h.x.name = h.x.name.subject(dimActor, sk.Actor.Pseudonym, sealer)
		r.Actor = Name(h.x.names.add(h.x.name))
	}
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
	r.Basis = h.x.basis(sk.Basis)
	if t := sk.Transfer; t != nil {
		if t.Reference != "" {
			h.add(transferKey(t.Reference), at)
		}
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
		h.takeLink(sk.Link, at)
	}
	if d := sk.Redaction; d != nil {
		for _, one := range d.Denotes {
			h.subject(dimensionOf(d.Subject), one.Pseudonym, h.x.sealerOf(one.Sealer), at)
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

// claim posts a claim. What its proposition is about may be an organisation or a system, which the leaf does not
// say: it is found as either.
func (h *head) claim(c *event.Claim, at uint32) {
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
func (h *head) relates(ref *event.Reference, kind event.Kind, at uint32) {
	if ref.Entry.IsZero() {
		return
	}
	h.add(entryKey(dimTarget, ref.Entry), at)
	if kind == event.KindCorrect && ref.Relation == event.RelationSupersedes {
		h.add(entryKey(dimSuperseded, ref.Entry), at)
		n, c := h.correct.append()
		*c = correction{ref.Entry, h.base + at}
		h.corrected.Store(n + 1)
	}
}

// post puts an entry on the list of a text and returns its number, zero for the empty text.
func (h *head) post(d dimension, text string, at uint32) Name {
	n := h.x.intern(d, text)
	if n != 0 {
		h.addName(d, n, at)
	}
	return n
}

// subject puts an entry on the list of a pseudonym, where there is one.
func (h *head) subject(d dimension, p event.Pseudonym, sealer, at uint32) {
	if !p.IsZero() && d != 0 {
		h.add(subjectKey(d, p, sealer), at)
	}
}
