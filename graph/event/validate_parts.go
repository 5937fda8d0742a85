package event

import (
	"slices"
	"strings"
)

func (c *checker) actor(path string, a *Actor) {
	if a == nil {
		return
	}
	if *a == (Actor{}) {
		c.add(FaultEmpty, path, "this says nothing of who acted", "give an id, name or role, or leave it out")
	}
	if !validLine(a.ID) { // paths are put together only when they are needed
		c.text(path+"/id", a.ID, validLine, FaultLine, remedyLine)
	}
	if !validLine(a.Name) {
		c.text(path+"/name", a.Name, validLine, FaultLine, remedyLine)
	}
	if !ValidSlug(a.Role) {
		c.slug(path+"/role", a.Role)
	}
	c.pseudonym(path, a.Pseudonym)
}

func (c *checker) pseudonym(path string, p Pseudonym) {
	if c.by != bySource && !p.IsZero() {
		c.add(FaultPseudonymGiven, path+"/pseudonym", "a native event has no pseudonyms", "leave it out; sealing assigns them")
	}
}

func (c *checker) place(path string, p *Place) {
	if *p == (Place{}) {
		return
	}
	if p.Organisation != "" && !ValidSlug(p.Organisation) {
		c.slug(path+"/organisation", p.Organisation)
	}
	if p.System != "" && !ValidSlug(p.System) {
		c.slug(path+"/system", p.System)
	}
	if p.Country != "" && !validCountry(p.Country) {
		c.country(path+"/country", p.Country)
	}
	if p.Class != "" {
		member(c, path+"/class", p.Class, recipientClasses)
	}
}

func (c *checker) images() {
	e := c.e
	roles := e.Kind.rule().roles
	var has [2]bool // parent, child
	for i := range e.Images {
		m := &e.Images[i]
		switch {
		case m.Role != RoleSubject && !slices.Contains(imageRoles, m.Role):
			member(c, at("/images/", i, "/role"), m.Role, imageRoles)
		case roles != nil && !slices.Contains(roles, m.Role):
			c.add(FaultImageRole, at("/images/", i, "/role"), "an image of a "+string(e.Kind)+" does not have this role", "use "+roleNames(roles))
		}
		has[0] = has[0] || m.Role == RoleParent
		has[1] = has[1] || m.Role == RoleChild
		switch {
		case m.Digest != "":
			if !ValidDigest(m.Digest) {
				c.add(FaultDigest, at("/images/", i, "/digest"), "this is not the digest of a picture", `use "sha256:" and the 64 lower-case hex digits of the SHA-256 of the picture's bytes`)
			}
		case !c.keptBack("/images/", i, "/digest"):
			c.add(FaultRequired, at("/images/", i, "/digest"), "an image is named by its digest", "give the digest, or name it in withheld")
		}
		if m.MediaType != "" && !validMediaType(m.MediaType) {
			c.add(FaultMediaType, at("/images/", i, "/mediaType"), "this is not a media type", "use type/subtype in lower case, such as image/jpeg")
		}
		if m.System != "" && !ValidSlug(m.System) {
			c.slug(at("/images/", i, "/system"), m.System)
		}
		if m.Score < 0 || m.Score > 10000 {
			c.add(FaultRange, at("/images/", i, "/score"), "a score is from 0 to 10000", "scale the similarity to that range")
		}
		if !m.Pseudonym.IsZero() && c.by != bySource {
			c.pseudonym(at("/images/", i, ""), m.Pseudonym)
		}
	}
	if e.Kind == KindDerive && len(e.Images) > 0 && (!has[0] || !has[1]) {
		c.add(FaultImageRole, "/images", "a DERIVE needs an image with role PARENT and one with role CHILD", "name what was derived from what")
	}
}

// keptBack reports whether withheld names this field of a list member, or of all members.
func (c *checker) keptBack(list string, i int, member string) bool {
	return len(c.e.Withheld) > 0 &&
		(slices.Contains(c.e.Withheld, at(list, i, member)) || slices.Contains(c.e.Withheld, list+"*"+member))
}

func roleNames(roles []ImageRole) string {
	list := make([]string, len(roles))
	for i, r := range roles {
		if list[i] = string(r); r == RoleSubject {
			list[i] = "no role"
		}
	}
	return strings.Join(list, ", ")
}

func (c *checker) quantity(path string, q *Quantity) {
	if q == nil {
		return
	}
	if q.Amount < 0 || q.Amount > maxInteger {
		c.add(FaultRange, path+"/amount", "an amount is from 0 to 2^53-1", "check the number")
	}
	member(c, path+"/bound", q.Bound, bounds)
	if q.Exclusive && q.Bound != BoundAtLeast && q.Bound != BoundAtMost {
		c.add(FaultConflict, path+"/exclusive", "only AT_LEAST and AT_MOST can be exclusive", "leave it out")
	}
	if !validUnit(q.Unit) {
		c.add(FaultToken, path+"/unit", "a unit is a word of A-Z and '_'", "use a unit such as IMAGE, RECORD, SEARCH")
	}
}

// about checks whom and what the event is about, images apart.
func (c *checker) about() {
	e := c.e
	for i := range e.Persons {
		p := &e.Persons[i]
		if *p == (Person{}) {
			c.add(FaultEmpty, at("/persons/", i, ""), "this says nothing of anybody", "give an id, name or role, or leave it out")
		}
		c.text(at("/persons/", i, "/id"), p.ID, validLine, FaultLine, remedyLine)
		c.text(at("/persons/", i, "/name"), p.Name, validLine, FaultLine, remedyLine)
		c.slug(at("/persons/", i, "/role"), p.Role)
		c.pseudonym(at("/persons/", i, ""), p.Pseudonym)
	}
	for i := range e.Records {
		r := &e.Records[i]
		c.slug(at("/records/", i, "/system"), r.System)
		c.text(at("/records/", i, "/reference"), r.Reference, validLine, FaultLine, remedyLine)
		if r.Reference == "" && !c.keptBack("/records/", i, "/reference") {
			c.add(FaultRequired, at("/records/", i, "/reference"), "a record is named by its reference", "give the reference, or name it in withheld")
		}
		c.pseudonym(at("/records/", i, ""), r.Pseudonym)
	}
	for i := range e.Verifiers {
		c.actor(at("/verifiers/", i, ""), &e.Verifiers[i])
	}
	if s := e.Case; s != nil {
		if *s == (Case{}) {
			c.add(FaultEmpty, "/case", "this says nothing of any case", "give a reference or an offence, or leave it out")
		}
		c.text("/case/reference", s.Reference, validLine, FaultLine, remedyLine)
		c.text("/case/note", s.Note, validText, FaultText, remedyText)
		c.slug("/case/offence", s.Offence)
		c.pseudonym("/case", s.Pseudonym)
	}
}

func (c *checker) authorisation() {
	a := c.e.Authorisation
	if a == nil {
		return
	}
	if *a == (Authorisation{}) {
		c.add(FaultEmpty, "/authorisation", "this says nothing of any authorisation", "give its state, or leave it out")
	}
	c.actor("/authorisation/by", a.By)
	if a.State != "" {
		member(c, "/authorisation/state", a.State, authorisationStates)
	}
}

// search checks what a search or comparison was made with and where.
func (c *checker) search() {
	e := c.e
	if e.Input != "" {
		member(c, "/input", e.Input, inputTypes)
	}
	if e.Mode != "" {
		member(c, "/mode", e.Mode, modes)
	}
	if e.Mode == ModeStoreProbe && e.To == (Place{}) && c.withheldFields()&fTo == 0 {
		c.add(FaultRequired, "/to", "a search that stores its probe has a place where it is stored", "name that system in to")
	}
	for i := range e.Databases {
		d := &e.Databases[i]
		if !ValidSlug(d.System) {
			c.needSlug(at("/databases/", i, "/system"), d.System)
		}
		for _, other := range e.Databases[:i] {
			if other.System == d.System {
				c.add(FaultRepeated, at("/databases/", i, "/system"), "this database is there twice", "name each once")
				break
			}
		}
	}
	if r := e.Result; r != nil {
		member(c, "/result/state", r.State, resultStates)
		if n := r.Candidates; n != nil {
			if *n < 0 || *n > maxInteger {
				c.add(FaultRange, "/result/candidates", "a count is from 0 to 2^53-1", "check the number")
			}
			if *n > 0 && r.State == ResultNoHit {
				c.add(FaultConflict, "/result/candidates", "there are candidates, yet the result is NO_HIT", "check which of the two is wrong")
			}
		}
	}
}

// terms checks what the handing over of images is subject to.
func (c *checker) terms() {
	e := c.e
	if t := e.Transfer; t != nil {
		if t.Reference == "" && t.Ground == "" && len(t.Conditions) == 0 && t.OnwardApproval == "" && t.DeleteBy.IsZero() {
			c.add(FaultEmpty, "/transfer", "this says nothing of any transfer", "leave it out")
		}
		c.text("/transfer/reference", t.Reference, validToken, FaultToken, remedyRef)
		c.slug("/transfer/ground", t.Ground)
		c.slugs("/transfer/conditions/", t.Conditions)
		c.slug("/transfer/onwardApproval", t.OnwardApproval)
	}
	if t := e.Consent; t != nil {
		if *t == (Consent{}) {
			c.add(FaultEmpty, "/consent", "this says nothing of any consent", "leave it out")
		}
		c.slug("/consent/by", t.By)
		c.text("/consent/scope", t.Scope, validText, FaultText, remedyText)
	}
	if p := e.Permission; p != nil {
		c.slugs("/permission/recipients/", p.Recipients)
		c.slugs("/permission/systems/", p.Systems)
		c.slugs("/permission/purposes/", p.Purposes)
		c.text("/permission/scope", p.Scope, validText, FaultText, remedyText)
	}
	if r := e.Retention; r != nil {
		if *r == (Retention{}) && e.Kind != KindHold {
			c.add(FaultEmpty, "/retention", "this says nothing of any retention", "leave it out")
		}
		c.slug("/retention/rule", r.Rule)
	}
}

func (c *checker) relates() {
	corrects := false
	for i := range c.e.Relates {
		r := &c.e.Relates[i]
		member(c, at("/relates/", i, "/relation"), r.Relation, relations)
		corrects = corrects || r.Relation == RelationSupersedes || r.Relation == RelationAbout
		c.text(at("/relates/", i, "/id"), r.ID, validLine, FaultLine, remedyLine)
		switch {
		case r.ID == "" && r.Entry.IsZero():
			c.add(FaultRequired, at("/relates/", i, "/id"), "this refers to no event", "give the source's own id of the earlier event, or the entry id of another source's")
		case r.ID != "" && !r.Entry.IsZero() && c.by != bySource:
			c.add(FaultConflict, at("/relates/", i, "/entry"), "both id and entry are given", "give the source's own id, or the entry id of another source's event")
		case r.ID != "" && r.ID == c.e.ID:
			c.add(FaultConflict, at("/relates/", i, "/id"), "the event refers to itself", "refer to an earlier event")
		}
	}
	if c.e.Kind == KindCorrect && len(c.e.Relates) > 0 && !corrects {
		c.add(FaultRequired, "/relates", "a CORRECT names what it corrects", "add a reference with relation SUPERSEDES, or ABOUT for another's claim")
	}
}

func (c *checker) visibility() {
	v := c.e.Visibility
	if v == nil {
		return
	}
	switch {
	case v.Public && len(v.Organisations) > 0:
		c.add(FaultConflict, "/visibility", "it is public and limited to organisations", "leave out one of the two")
	case !v.Public && len(v.Organisations) == 0:
		c.add(FaultEmpty, "/visibility", "nobody may see this", "name organisations, or leave it out to make it public")
	}
	c.slugs("/visibility/organisations/", v.Organisations)
}

// own checks the parts that only the log writes.
func (c *checker) own() {
	e := c.e
	if l := e.Link; l != nil && c.by == byLog {
		member(c, "/link/subject", l.Subject, subjectKinds)
		c.needSlug("/link/method", l.Method)
		if l.Score < 0 || l.Score > 10000 {
			c.add(FaultRange, "/link/score", "a score is from 0 to 10000", "scale the similarity to that range")
		}
		c.denotation("/link/a", l.A)
		c.denotation("/link/b", l.B)
		if l.A == l.B {
			c.add(FaultConflict, "/link/b", "a pseudonym is linked to itself", "leave the link out")
		}
	}
	if r := e.Redaction; r != nil && c.by == byLog {
		member(c, "/redaction/subject", r.Subject, subjectKinds)
		if len(r.Denotes) == 0 {
			c.add(FaultRequired, "/redaction/denotes", "a redaction names whom it redacts", "give at least one pseudonym")
		}
		for i, d := range r.Denotes {
			c.denotation(at("/redaction/denotes/", i, ""), d)
		}
		c.needLine("/redaction/requester", r.Requester)
		c.needLine("/redaction/approver", r.Approver)
		c.needLine("/redaction/basis", r.Basis)
	}
	if a := e.Admit; a != nil && c.by == byLog {
		c.needSlug("/admit/source", a.Source)
		member(c, "/admit/attested", a.Attested, attestations)
		if a.Outcome != AdmitAccepted {
			member(c, "/admit/outcome", a.Outcome, admitOutcomes)
		}
		if a.Recorded.Precision != Instant {
			c.add(FaultRequired, "/admit/recorded", "what is admitted is recorded at an instant", "give it")
		}
	}
	if r := e.Review; r != nil {
		c.needSlug("/review/decision", r.Decision)
		c.text("/review/finding", r.Finding, validToken, FaultToken, remedyRef)
	}
}

func (c *checker) denotation(path string, d Denotation) {
	c.needSlug(path+"/sealer", d.Sealer)
	if d.Pseudonym.IsZero() {
		c.add(FaultRequired, path+"/pseudonym", "a pseudonym is missing", "give it")
	}
}
