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
	c.access()
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
	if e.Access != nil && e.Kind == KindConsult && c.by == byLog {
		r = accessRule
	}
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
		if name == "admit" || name == "access" {
			c.add(FaultLogOnly, "/"+name, "only the log itself writes this field", "leave it out")
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
