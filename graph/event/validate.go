package event

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxInteger is the largest integer that every JSON reader reads exactly (RFC 7493 section 2.2), and so the largest
// that has a canonical form.
const maxInteger = 1<<53 - 1

// Validate returns everything that is wrong with a native event, all at once: fields that its kind needs or forbids,
// values outside of their vocabulary or form, fields that contradict each other. It looks at the event alone; whether
// organisations and systems are declared is for the graph to say.
func (e *Event) Validate() Faults { return e.validate(byNative) }

// ValidateOwn is Validate for the log's own entries: kinds that only the log writes are allowed.
func (e *Event) ValidateOwn() Faults { return e.validate(byLog) }

// writer of an event, as far as it matters for what may be in it.
type author uint8

const (
	byNative author = iota // a source, as a native event: no pseudonyms
	bySource               // a source, opened from a leaf that it sealed: with pseudonyms
	byLog                  // the log itself: reserved kinds too
)

// checker collects faults. Paths of list members are put together only when there is a fault.
type checker struct {
	e      *Event
	by     author
	faults Faults
}

func (e *Event) validate(by author) Faults {
	c := &checker{e: e, by: by}
	c.kind()
	c.text("/id", e.ID, validLine, FaultLine, remedyLine)
	c.text("/unit", e.Unit, validLine, FaultLine, remedyLine)
	c.actor("/actor", e.Actor)
	c.place("/from", &e.From)
	c.place("/to", &e.To)
	c.slug("/requester", e.Requester)
	c.slug("/origin", e.Origin)
	c.slug("/owner", e.Owner)
	c.slug("/controller", e.Controller)
	c.slug("/collection", e.Collection)
	c.slug("/purpose", e.Purpose)
	c.slug("/method", e.Method)
	c.images()
	c.quantity("/quantity", e.Quantity)
	c.about()
	c.lines("/basis", e.Basis)
	c.text("/justification", e.Justification, validText, FaultText, remedyText)
	c.authorisation()
	c.search()
	c.terms()
	c.relates()
	c.withheld()
	c.visibility()
	c.wording("/text", e.Text)
	if e.Citation != nil {
		c.needSlug("/citation/source", e.Citation.Source)
		c.text("/citation/locator", e.Citation.Locator, validLine, FaultLine, remedyLine)
	}
	if e.Replied.Before(e.Occurred) {
		c.add(FaultConflict, "/replied", "the reply is earlier than the event", "check which of the two times is wrong")
	}
	c.claim()
	c.declaration()
	c.own()
	return c.faults
}

const (
	remedySlug = "use 1 to 64 of a-z, 0-9, '.' and '-', with a letter or digit at both ends"
	remedyLine = "use one line of at most 1000 bytes without control characters"
	remedyText = "use at most 32 KiB of UTF-8, of control characters only tab and line ends"
	remedyRef  = "use at most 200 letters, digits and . _ : / - of ASCII"
)

func (c *checker) add(code, path, problem, remedy string) {
	c.faults = append(c.faults, Fault{code, path, problem, remedy})
}

func at(list string, i int, member string) string { return list + strconv.Itoa(i) + member }

// kind checks the table of kinds.
func (c *checker) kind() {
	e := c.e
	if !e.Kind.Valid() {
		c.add(FaultUnknownKind, "/kind", "there is no such kind", "use one of "+members(kinds))
		return
	}
	if e.Kind.Reserved() && c.by != byLog {
		c.add(FaultKindReserved, "/kind", "only the log itself writes events of kind "+string(e.Kind), "hand in what happened; the log adds its own entries")
		return
	}
	r, has := e.Kind.rule(), e.present()
	there := has | c.withheldFields()
	if e.Admit != nil && c.by == byLog {
		has &^= fAdmit
		there |= fAdmit
	}
	if e.Kind == KindAdmit {
		there |= fAdmit // put in by Seal
	}
	for _, name := range (r.required &^ there).names() {
		c.add(FaultRequired, "/"+name, string(e.Kind)+" needs this field", "fill it, or name it in withheld if the source has it and keeps it back")
	}
	for _, g := range r.oneOf {
		if g&there == 0 {
			names := g.names()
			c.add(FaultRequired, "/"+names[0], string(e.Kind)+" needs at least one of "+strings.Join(names, ", "), "fill one of them, or name it in withheld")
		}
	}
	for _, name := range (has &^ r.allowed()).names() {
		if name == "admit" {
			c.add(FaultLogOnly, "/admit", "only the log itself writes this field", "leave it out")
			continue
		}
		c.add(FaultForbidden, "/"+name, string(e.Kind)+" has no such field", "leave it out, or hand in an event of the kind that it belongs to")
	}
}

// withheldFields is the set of top-level fields that the source names as withheld, wholly or in part.
func (c *checker) withheldFields() (s fieldSet) {
	for _, p := range c.e.Withheld {
		name, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
		if i := slices.Index(fieldNames[:], name); i >= 0 {
			s |= 1 << i
		}
	}
	return s
}

func (c *checker) withheld() {
	var tree any // the event as a JSON tree, made when first needed
	for i, p := range c.e.Withheld {
		path := func() string { return at("/withheld/", i, "") }
		filled, known := c.e.filled(&tree, p)
		switch {
		case !known:
			c.add(FaultUnknownField, path(), "this is not the JSON pointer of a field that can be withheld", "use a pointer such as /justification or /actor/id")
		case filled:
			c.add(FaultWithheldPresent, path(), "the field is there", "leave out either the field or its name here")
		case slices.Contains(c.e.Withheld[:i], p):
			c.add(FaultRepeated, path(), "this pointer is there twice", "name each field once")
		}
	}
}

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

// text checks a string that may be empty.
func (c *checker) text(path, v string, valid func(string) bool, code, remedy string) {
	if v != "" && !valid(v) {
		c.add(code, path, "this does not have the form of the field", remedy)
	}
}

func (c *checker) slug(path, v string) {
	if v != "" && !ValidSlug(v) {
		c.add(FaultSlug, path, "this is not an identifier", remedySlug)
	}
}

func (c *checker) needSlug(path, v string) {
	if v == "" {
		c.add(FaultRequired, path, "this field is missing", "fill it")
		return
	}
	c.slug(path, v)
}

func (c *checker) needLine(path, v string) {
	if v == "" {
		c.add(FaultRequired, path, "this field is missing", "fill it")
		return
	}
	c.text(path, v, validLine, FaultLine, remedyLine)
}

func (c *checker) country(path, v string) {
	if v != "" && !validCountry(v) {
		c.add(FaultCountry, path, "there is no such country code", "use a code of ISO 3166-1 alpha-2, such as DE")
	}
}

// slugs checks a list of slugs; list ends in '/'.
func (c *checker) slugs(list string, v []string) {
	for i, s := range v {
		if !ValidSlug(s) {
			c.add(FaultSlug, at(list, i, ""), "this is not an identifier", remedySlug)
		} else if slices.Contains(v[:i], s) {
			c.add(FaultRepeated, at(list, i, ""), "this is there twice", "name each once")
		}
	}
}

func (c *checker) lines(list string, v []string) {
	for i, s := range v {
		if s == "" || !validLine(s) {
			c.add(FaultLine, at(list+"/", i, ""), "this does not have the form of the field", remedyLine)
		} else if slices.Contains(v[:i], s) {
			c.add(FaultRepeated, at(list+"/", i, ""), "this is there twice", "name each once")
		}
	}
}

func (c *checker) wording(path string, t Text) {
	if t.EN != "" && !validText(t.EN) {
		c.text(path+"/en", t.EN, validText, FaultText, remedyText)
	}
	if t.DE != "" && !validText(t.DE) {
		c.text(path+"/de", t.DE, validText, FaultText, remedyText)
	}
}

// member checks that v is in its vocabulary. What is not is repeated, clipped: vocabularies are public.
func member[T ~string](c *checker, path string, v T, list []T) {
	switch {
	case slices.Contains(list, v):
	case v == "":
		c.add(FaultRequired, path, "this field is missing", "use one of "+members(list))
	default:
		c.add(FaultVocabulary, path, fmt.Sprintf("there is no %.40q here", string(v)), "use one of "+members(list))
	}
}

func members[T ~string](list []T) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(v))
	}
	return b.String()
}
