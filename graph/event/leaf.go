package event

// readLeaf reads a leaf in one pass, some four times as fast as reading any JSON, writing its canonical form and
// comparing. It returns nil for whatever is not a leaf; why it is none is for [parseLeaf] to say.
//
// Fields stand in the order in which [writer.event] writes them. Those that hold personal values are not among them,
// since no leaf has any.
func readLeaf(leaf []byte) *Skeleton {
	if len(leaf) > MaxLeaf {
		return nil
	}
	r := reader{s: string(leaf)}
	sk := new(Skeleton)
	r.skeleton(sk)
	if r.bad || r.i != len(r.s) || sk.check() != nil {
		return nil
	}
	return sk
}

func (r *reader) skeleton(sk *Skeleton) {
	e := &sk.Event
	r.open()
	r.list("_sd", &sk.Digests)
	if r.is("access") {
		e.Access = new(Access)
		r.access(e.Access)
	}
	if r.is("actor") {
		e.Actor = new(Actor)
		r.actor(e.Actor)
		r.next()
	}
	if r.is("admit") {
		e.Admit = new(Admit)
		r.admit(e.Admit)
	}
	if r.is("authorisation") {
		e.Authorisation = new(Authorisation)
		r.authorisation(e.Authorisation)
	}
	r.list("basis", &e.Basis)
	if r.is("case") {
		e.Case = new(Case)
		r.open()
		r.text("offence", &e.Case.Offence)
		r.pseudonym(&e.Case.Pseudonym)
		r.end()
	}
	if r.is("citation") {
		e.Citation = new(Citation)
		r.open()
		r.text("locator", &e.Citation.Locator)
		r.string("source", &e.Citation.Source)
		r.end()
	}
	if r.is("claim") {
		e.Claim = new(Claim)
		r.claim(e.Claim)
	}
	r.text("collection", &e.Collection)
	if r.is("consent") {
		e.Consent = new(Consent)
		r.open()
		r.time("at", &e.Consent.At)
		r.text("by", &e.Consent.By)
		r.end()
	}
	r.text("controller", &e.Controller)
	if r.is("databases") {
		r.databases(e)
	}
	if r.is("declaration") {
		e.Declaration = new(Declaration)
		r.declaration(e.Declaration)
	}
	r.denoting("entry", &sk.Entry)
	r.flag("exercise", &e.Exercise)
	r.place("from", &e.From)
	r.flag("hiddenFromSubject", &e.HiddenFromSubject)
	if r.is("images") {
		r.images(e)
	}
	r.text("input", (*string)(&e.Input))
	r.string("kind", (*string)(&e.Kind))
	if r.is("link") {
		e.Link = new(Link)
		r.link(e.Link)
	}
	r.text("method", &e.Method)
	r.text("mode", (*string)(&e.Mode))
	r.time("occurred", &e.Occurred)
	r.text("origin", &e.Origin)
	r.text("owner", &e.Owner)
	if r.is("permission") {
		e.Permission = new(Permission)
		r.permission(e.Permission)
	}
	if r.is("persons") {
		r.persons(e)
	}
	r.text("purpose", &e.Purpose)
	r.quantity(&e.Quantity)
	if r.is("records") {
		r.records(e)
	}
	if r.is("redaction") {
		e.Redaction = new(Redaction)
		r.redaction(e.Redaction)
	}
	if r.is("relates") {
		r.relates(e)
	}
	r.time("replied", &e.Replied)
	r.text("requester", &e.Requester)
	if r.is("result") {
		r.result(e)
	}
	if r.is("retention") {
		e.Retention = new(Retention)
		r.open()
		r.flag("hold", &e.Retention.Hold)
		r.text("rule", &e.Retention.Rule)
		r.time("until", &e.Retention.Until)
		r.end()
	}
	if r.is("review") {
		e.Review = new(Review)
		r.open()
		r.string("decision", &e.Review.Decision)
		r.text("finding", &e.Review.Finding)
		r.end()
	}
	r.list("sealed", &sk.Present)
	r.string("sealer", &sk.Sealer)
	r.string("source", &sk.Source)
	if e.hasPublicText() {
		r.wording("text", &e.Text)
	}
	r.place("to", &e.To)
	if r.is("transfer") {
		e.Transfer = new(Transfer)
		r.transfer(e.Transfer)
	}
	r.flag("urgent", &e.Urgent)
	if r.must("v") {
		sk.Version = int(r.integer())
		r.next()
	}
	if r.is("verifiers") {
		e.Verifiers = make([]Actor, 0, r.objects())
		for ok := r.openList(); ok; ok = r.another() {
			r.actor(add(&e.Verifiers))
		}
		r.filled(len(e.Verifiers))
	}
	if r.is("visibility") {
		e.Visibility = new(Visibility)
		r.open()
		r.list("organisations", &e.Visibility.Organisations)
		r.flag("public", &e.Visibility.Public)
		r.end()
	}
	r.list("withheld", &e.Withheld)
	r.close()
}

// filled refuses a list without elements, which is written by leaving it out.
func (r *reader) filled(n int) {
	if n == 0 {
		r.fail()
	}
}

func (r *reader) actor(a *Actor) {
	r.open()
	r.flag("automated", &a.Automated)
	r.pseudonym(&a.Pseudonym)
	r.text("role", &a.Role)
	r.close()
}

func (r *reader) authorisation(a *Authorisation) {
	r.open()
	r.time("at", &a.At)
	if r.is("by") {
		a.By = new(Actor)
		r.actor(a.By)
		r.next()
	}
	r.time("deadline", &a.Deadline)
	r.text("state", (*string)(&a.State))
	r.end()
}

// databases lets the answers of all databases be one piece of memory.
func (r *reader) databases(e *Event) {
	e.Databases = make([]Database, 0, r.objects())
	for ok := r.openList(); ok; ok = r.another() {
		d := add(&e.Databases)
		r.open()
		if r.is("replied") {
			if len(r.bools) == cap(r.bools) {
				r.bools = make([]bool, 0, cap(e.Databases))
			}
			d.Replied = add(&r.bools)
			*d.Replied = r.boolean()
			r.next()
		}
		r.string("system", &d.System)
		r.close()
	}
	r.filled(len(e.Databases))
}

func (r *reader) images(e *Event) {
	e.Images = make([]Image, 0, r.objects())
	for ok := r.openList(); ok; ok = r.another() {
		m := add(&e.Images)
		r.open()
		r.text("mediaType", &m.MediaType)
		r.pseudonym(&m.Pseudonym)
		r.text("role", (*string)(&m.Role))
		r.number("score", &m.Score)
		r.text("system", &m.System)
		r.close()
	}
	r.filled(len(e.Images))
}

func (r *reader) permission(p *Permission) {
	r.open()
	r.time("during", &p.During)
	r.list("purposes", &p.Purposes)
	r.list("recipients", &p.Recipients)
	r.list("systems", &p.Systems)
	r.end()
}

func (r *reader) persons(e *Event) {
	e.Persons = make([]Person, 0, r.objects())
	for ok := r.openList(); ok; ok = r.another() {
		p := add(&e.Persons)
		r.open()
		r.pseudonym(&p.Pseudonym)
		r.text("role", &p.Role)
		r.close()
	}
	r.filled(len(e.Persons))
}

func (r *reader) place(name string, p *Place) {
	if r.name != name {
		return
	}
	r.open()
	r.text("class", (*string)(&p.Class))
	r.text("country", &p.Country)
	r.text("organisation", &p.Organisation)
	r.text("system", &p.System)
	if *p == (Place{}) {
		r.fail()
	}
	r.end()
}

func (r *reader) records(e *Event) {
	e.Records = make([]Record, 0, r.objects())
	for ok := r.openList(); ok; ok = r.another() {
		x := add(&e.Records)
		r.open()
		r.pseudonym(&x.Pseudonym)
		r.text("system", &x.System)
		r.close()
	}
	r.filled(len(e.Records))
}

func (r *reader) relates(e *Event) {
	e.Relates = make([]Reference, 0, r.objects())
	for ok := r.openList(); ok; ok = r.another() {
		x := add(&e.Relates)
		r.open()
		if r.is("entry") {
			r.denoting("entry", &x.Entry)
		}
		r.string("relation", (*string)(&x.Relation))
		r.close()
	}
	r.filled(len(e.Relates))
}

// result lets the number of candidates stand beside the result that points to it.
func (r *reader) result(e *Event) {
	x := new(struct {
		Result
		candidates int64
	})
	e.Result = &x.Result
	r.open()
	if r.is("candidates") {
		x.candidates = r.integer()
		x.Candidates = &x.candidates
		r.next()
	}
	r.string("state", (*string)(&x.State))
	r.end()
}

func (r *reader) transfer(t *Transfer) {
	r.open()
	r.list("conditions", &t.Conditions)
	r.time("deleteBy", &t.DeleteBy)
	r.text("ground", &t.Ground)
	r.text("onwardApproval", &t.OnwardApproval)
	r.text("reference", &t.Reference)
	r.end()
}
