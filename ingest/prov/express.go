package prov

import (
	"strconv"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Entry is an entry of the log as a reader was shown it.
type Entry struct {
	ID       event.Pseudonym
	Index    uint64
	Source   string
	Recorded time.Time
	LeafHash string // base64
	Attested string // SOURCE, LOG
	Standing string
	Event    *event.Event // as far as it was shown, with pseudonyms
	JSON     []byte       // the same, as it was shown; nil: made of Event
}

// express states what an entry says in the terms of PROV. What these have no word for stands in attributes of the activity,
// and the event itself in one of them, so that nothing is lost.
func (d *statements) express(en *Entry) {
	e := en.Event
	x := &expression{d: d, en: en, e: e, activity: d.entry(en.ID)}
	attrs := []attribute{
		{"prov:type", own(string(e.Kind))},
		{"prov:label", text(string(e.Kind) + " " + strconv.FormatUint(en.Index, 10))},
		{"lichtspur:index", typed(strconv.FormatUint(en.Index, 10), "xsd:long")},
		{"lichtspur:source", text(en.Source)},
		{"lichtspur:leafHash", text(en.LeafHash)},
		{"lichtspur:attested", text(en.Attested)},
		{"lichtspur:standing", text(en.Standing)},
		{"lichtspur:occurred", text(e.Occurred.String())},
		{"lichtspur:purpose", text(e.Purpose)},
		{"lichtspur:exercise", truth(e.Exercise)},
		{"lichtspur:event", text(string(en.JSON))},
	}
	if !en.Recorded.IsZero() {
		attrs = append(attrs, attribute{"lichtspur:recorded", typed(en.Recorded.UTC().Format(time.RFC3339Nano), "xsd:dateTime")})
	}
	for _, b := range e.Basis {
		attrs = append(attrs, attribute{"lichtspur:basis", text(b)})
	}
	// When it happened is a time of PROV only where it is an instant: a day in which something happened is neither its
	// beginning nor its end.
	if e.Occurred.Precision == event.Instant {
		at := text(e.Occurred.String())
		attrs = append(attrs, attribute{"prov:startTime", at}, attribute{"prov:endTime", at})
	}
	d.thing("activity", x.activity, attrs...)
	x.agents()
	x.images()
	x.bulk()
	for _, r := range e.Relates {
		if !r.Entry.IsZero() {
			d.relate("wasInformedBy", []string{x.activity, d.entry(r.Entry)}, attribute{"lichtspur:relation", text(string(r.Relation))})
		}
	}
}

// expression is the work on one entry.
type expression struct {
	d        *statements
	en       *Entry
	e        *event.Event
	activity string
}

func (x *expression) associate(agent, role string) {
	x.d.relate("wasAssociatedWith", []string{x.activity, agent, ""}, attribute{"prov:role", own(role)})
}

// organisation states one, and returns its name.
func (x *expression) organisation(id string) string {
	if id == "" {
		return ""
	}
	name := x.d.organisation(id)
	x.d.thing("agent", name, attribute{"prov:type", typed("prov:Organization", "prov:QUALIFIED_NAME")}, attribute{"prov:label", text(id)})
	return name
}

// system states one, and returns its name.
func (x *expression) system(id string) string {
	if id == "" {
		return ""
	}
	name := x.d.system(id)
	x.d.thing("agent", name, attribute{"prov:type", typed("prov:SoftwareAgent", "prov:QUALIFIED_NAME")}, attribute{"prov:type", own("System")}, attribute{"prov:label", text(id)})
	return name
}

// place states the agents at one end, and returns the name of the one that holds what is there.
func (x *expression) place(p event.Place, role string) string {
	o, s := x.organisation(p.Organisation), x.system(p.System)
	holder := s
	switch {
	case s != "" && o != "":
		x.d.relate("actedOnBehalfOf", []string{s, o, x.activity})
	case s == "":
		holder = o
	}
	if holder == "" && p.Country != "" {
		holder = x.d.base + "country/" + p.Country
		x.d.thing("agent", holder, attribute{"prov:label", text(p.Country)})
	}
	if holder != "" {
		x.associate(holder, role)
	}
	return holder
}

// person states somebody who acts, and returns the name.
func (x *expression) person(a *event.Actor, role string) {
	if a == nil {
		return
	}
	name, of := x.activity+"/process", "prov:Person"
	if a.Automated {
		of = "prov:SoftwareAgent"
	}
	switch {
	case !a.Pseudonym.IsZero():
		name = x.d.base + "person/" + a.Pseudonym.String()
	case a.ID != "" || !a.Automated:
		return // nothing that could stand for a person is shown
	}
	x.d.thing("agent", name, attribute{"prov:type", typed(of, "prov:QUALIFIED_NAME")}, attribute{"lichtspur:role", text(a.Role)})
	x.associate(name, role)
	if r := x.organisation(x.e.Requester); r != "" {
		x.d.relate("actedOnBehalfOf", []string{name, r, x.activity})
	}
}

func (x *expression) agents() {
	e := x.e
	if r := x.organisation(e.Requester); r != "" {
		x.associate(r, "requester")
	}
	x.person(e.Actor, "actor")
	for i := range e.Verifiers {
		x.person(&e.Verifiers[i], "verifier")
	}
	if a := e.Authorisation; a != nil {
		x.person(a.By, "authoriser")
	}
	x.place(e.From, "from")
	x.place(e.To, "to")
	for _, db := range e.Databases {
		x.associate(x.system(db.System), "database")
	}
	if c := x.organisation(e.Controller); c != "" {
		x.associate(c, "controller")
	}
	if e.Owner != "" && e.Permission != nil {
		x.associate(x.organisation(e.Owner), "owner")
	}
	if p := e.Permission; p != nil {
		for _, r := range p.Recipients {
			x.associate(x.organisation(r), "recipient")
		}
		for _, s := range p.Systems {
			x.associate(x.system(s), "system")
		}
	}
	if c := e.Claim; c != nil {
		x.associate(x.organisation(c.Claimant), "claimant")
		if c.Reporter != "" {
			x.associate(x.organisation(c.Reporter), "reporter")
		}
	}
}

// copyAt states an image, the copy of it that a place holds, and who owns it, and returns the name of the copy.
func (x *expression) copyAt(i *event.Image, nth int, place, holder string) string {
	whole := x.d.image(x.en.ID, i, itoa(nth), "")
	x.d.thing("entity", whole, attribute{"prov:type", own("Image")}, attribute{"lichtspur:digest", text(i.Digest)}, attribute{"lichtspur:mediaType", text(i.MediaType)})
	for _, who := range [...]struct{ id, role string }{{x.e.Owner, "owner"}, {x.e.Origin, "origin"}} {
		if who.id != "" {
			x.d.relate("wasAttributedTo", []string{whole, x.organisation(who.id)}, attribute{"lichtspur:as", own(who.role)})
		}
	}
	if place == "" {
		return whole
	}
	name := x.d.image(x.en.ID, i, itoa(nth), place)
	x.d.thing("entity", name, attribute{"prov:type", own("Copy")})
	x.d.relate("specializationOf", []string{name, whole})
	if holder != "" {
		x.d.relate("wasAttributedTo", []string{name, holder}, attribute{"lichtspur:as", own("holder")})
	}
	return name
}

func (x *expression) used(entity, role string) {
	x.d.relate("used", []string{x.activity, entity, ""}, attribute{"prov:role", own(role)})
}

func (x *expression) generated(entity string) {
	x.d.relate("wasGeneratedBy", []string{entity, x.activity, ""})
}

func (x *expression) derived(entity, from string) {
	if entity != from {
		x.d.relate("wasDerivedFrom", []string{entity, from, x.activity, "", ""})
	}
}

// ends are where images are before and after, and who holds them there.
func (x *expression) ends() (from, fromHolder, to, toHolder string) {
	name := func(p event.Place) (string, string) {
		switch {
		case p.System != "":
			return p.System, x.d.system(p.System)
		case p.Organisation != "":
			return p.Organisation, x.d.organisation(p.Organisation)
		case p.Country != "":
			return p.Country, x.d.base + "country/" + p.Country
		}
		return "", ""
	}
	from, fromHolder = name(x.e.From)
	to, toHolder = name(x.e.To)
	return
}

// images states what becomes of each image.
func (x *expression) images() {
	e := x.e
	from, fromHolder, to, toHolder := x.ends()
	for n := range e.Images {
		i := &e.Images[n]
		before := func() string { return x.copyAt(i, n, from, fromHolder) }
		after := func() string { return x.copyAt(i, n, to, toHolder) }
		switch e.Kind {
		case event.KindCapture:
			x.generated(after())
		case event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindTrain:
			if to == "" {
				x.used(before(), "image")
				continue
			}
			c := after()
			x.generated(c)
			if from != "" && from != to {
				p := before()
				x.used(p, "image")
				x.derived(c, p)
			}
		case event.KindDerive:
			x.derive(i, n, from, fromHolder, to, toHolder)
		case event.KindErase:
			x.d.relate("wasInvalidatedBy", []string{before(), x.activity, ""})
		case event.KindQuery, event.KindMatch, event.KindCompare:
			if i.Role == event.RoleCandidate && i.System != "" {
				x.used(x.copyAt(i, n, i.System, x.system(i.System)), "candidate")
				continue
			}
			place, holder := from, fromHolder
			if place == "" && e.Requester != "" {
				place, holder = e.Requester, x.d.organisation(e.Requester)
			}
			role := "image"
			switch i.Role {
			case event.RoleProbe:
				role = "probe"
			case event.RoleCandidate:
				role = "candidate"
			}
			p := x.copyAt(i, n, place, holder)
			x.used(p, role)
			if e.Mode == event.ModeStoreProbe && i.Role == event.RoleProbe && to != "" {
				c := after()
				x.generated(c)
				x.derived(c, p)
			}
		default:
			x.used(before(), "image")
		}
	}
}

// derive states that children were made of parents. An end that is not named is the other one.
func (x *expression) derive(i *event.Image, n int, from, fromHolder, to, toHolder string) {
	if from == "" {
		from, fromHolder = to, toHolder
	}
	if to == "" {
		to, toHolder = from, fromHolder
	}
	if i.Role != event.RoleChild {
		x.used(x.copyAt(i, n, from, fromHolder), "parent")
		return
	}
	child := x.copyAt(i, n, to, toHolder)
	x.generated(child)
	if len(x.e.Images) > 128 {
		return // that each came of each would be thousands of statements, and the activity says so
	}
	for m := range x.e.Images {
		if p := &x.e.Images[m]; p.Role == event.RoleParent {
			x.derived(child, x.d.image(x.en.ID, p, itoa(m), from))
		}
	}
}

// bulk states what becomes of images that are named as a collection, or of which only a quantity is known.
func (x *expression) bulk() {
	e := x.e
	if e.Collection == "" && e.Quantity == nil {
		return
	}
	whole := x.activity + "/images"
	if e.Collection != "" {
		whole = x.d.base + "collection/" + e.Collection
	}
	attrs := []attribute{{"prov:type", typed("prov:Collection", "prov:QUALIFIED_NAME")}, {"prov:type", own("Images")}}
	if q := e.Quantity; q != nil {
		x.d.thing("activity", x.activity, attribute{"lichtspur:amount", typed(strconv.FormatInt(q.Amount, 10), "xsd:long")},
			attribute{"lichtspur:bound", text(string(q.Bound))}, attribute{"lichtspur:exclusive", truth(q.Exclusive)}, attribute{"lichtspur:unit", text(q.Unit)})
	}
	from, _, to, _ := x.ends()
	x.d.thing("entity", whole+at(from), attrs...)
	switch e.Kind {
	case event.KindErase:
		x.d.relate("wasInvalidatedBy", []string{whole + at(from), x.activity, ""})
	case event.KindCapture, event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindTrain:
		x.d.thing("entity", whole+at(to), attrs...)
		x.generated(whole + at(to))
		if from != "" && from != to {
			x.used(whole+at(from), "images")
			x.derived(whole+at(to), whole+at(from))
		}
	default:
		x.used(whole+at(from), "images")
	}
}
