package event

// This file has the fields of what is said about flows instead of done with images: claims, declarations, and the
// statements of the log itself. The others are in leaf.go.

func (r *reader) admit(a *Admit) {
	r.open()
	r.string("attested", (*string)(&a.Attested))
	r.number("count", &a.Count)
	r.text("key", &a.Key)
	r.text("outcome", (*string)(&a.Outcome))
	r.text("previous", &a.Previous)
	if r.must("recorded") {
		a.Recorded = r.instant()
		r.next()
	}
	r.text("root", &a.Root)
	if r.is("sequence") {
		a.Sequence = new(r.integer())
		r.next()
	}
	r.string("source", &a.Source)
	r.text("statement", &a.Statement)
	r.end()
}

func (r *reader) claim(c *Claim) {
	r.open()
	r.flag("addressee", &c.Addressee)
	r.string("claimant", &c.Claimant)
	r.string("modality", (*string)(&c.Modality))
	if r.must("proposition") {
		p := &c.Proposition
		r.open()
		r.time("at", &p.At)
		r.text("from", &p.From)
		r.string("id", &p.ID)
		r.text("population", &p.Population)
		r.text("subject", &p.Subject)
		r.wording("text", &p.Text)
		r.text("to", &p.To)
		r.string("type", (*string)(&p.Type))
		r.end()
	}
	r.quantity(&c.Quantity)
	r.text("question", &c.Question)
	r.flag("reading", &c.Reading)
	r.text("referredTo", &c.ReferredTo)
	r.text("reporter", &c.Reporter)
	r.string("sourceClass", (*string)(&c.SourceClass))
	r.string("stance", (*string)(&c.Stance))
	r.text("value", &c.Value)
	r.end()
}

func (r *reader) link(l *Link) {
	r.open()
	if r.must("a") {
		r.denotation(&l.A)
		r.next()
	}
	if r.must("b") {
		r.denotation(&l.B)
		r.next()
	}
	r.string("method", &l.Method)
	r.number("score", &l.Score)
	r.string("subject", (*string)(&l.Subject))
	r.end()
}

func (r *reader) denotation(d *Denotation) {
	r.open()
	r.denoting("pseudonym", &d.Pseudonym)
	r.string("sealer", &d.Sealer)
	r.close()
}

func (r *reader) quantity(v **Quantity) {
	if !r.is("quantity") {
		return
	}
	q := new(Quantity)
	*v = q
	r.open()
	if r.must("amount") {
		q.Amount = r.integer()
		r.next()
	}
	r.string("bound", (*string)(&q.Bound))
	r.flag("exclusive", &q.Exclusive)
	r.string("unit", &q.Unit)
	r.end()
}

func (r *reader) redaction(x *Redaction) {
	r.open()
	r.string("approver", &x.Approver)
	r.string("basis", &x.Basis)
	if r.must("denotes") {
		x.Denotes = make([]Denotation, 0, r.objects())
		for ok := r.openList(); ok; ok = r.another() {
			r.denotation(add(&x.Denotes))
		}
	}
	r.string("requester", &x.Requester)
	r.string("subject", (*string)(&x.Subject))
	r.end()
}

func (r *reader) declaration(d *Declaration) {
	r.open()
	if r.is("agreement") {
		d.Agreement = new(AgreementDeclaration)
		r.open()
		r.text("basis", &d.Agreement.Basis)
		if r.must("parties") {
			d.Agreement.Parties = r.strings()
		}
		r.end()
	}
	r.list("aliases", &d.Aliases)
	if r.is("document") {
		x := new(DocumentDeclaration)
		d.Document = x
		r.open()
		r.time("published", &x.Published)
		r.text("publisher", &x.Publisher)
		r.text("reference", &x.Reference)
		r.end()
	}
	r.string("id", &d.ID)
	if r.is("key") {
		k := new(KeyDeclaration)
		d.Key = k
		r.open()
		r.string("pem", &k.PEM)
		r.text("reason", &k.Reason)
		r.time("revoked", &k.Revoked)
		r.string("source", &k.Source)
		r.string("use", (*string)(&k.Use))
		r.end()
	}
	r.wording("name", &d.Name)
	if r.is("organisation") {
		o := new(OrganisationDeclaration)
		d.Organisation = o
		r.open()
		r.string("class", (*string)(&o.Class))
		r.text("country", &o.Country)
		r.flag("flagged", &o.Flagged)
		r.text("partOf", &o.PartOf)
		r.end()
	}
	if r.is("rule") {
		x := new(RuleDeclaration)
		d.Rule = x
		r.open()
		r.text("anchor", &x.Anchor)
		r.text("basis", &x.Basis)
		r.text("maximum", &x.Maximum)
		r.text("minimum", &x.Minimum)
		r.list("systems", &x.Systems)
		r.end()
	}
	if r.is("source") {
		s := new(SourceDeclaration)
		d.Source = s
		r.open()
		r.flag("ended", &s.Ended)
		r.text("heartbeat", &s.Heartbeat)
		r.flag("introduces", &s.Introduces)
		r.string("organisation", &s.Organisation)
		r.end()
	}
	if r.is("system") {
		s := new(SystemDeclaration)
		d.System = s
		r.open()
		r.flag("flagged", &s.Flagged)
		r.text("hours", &s.Hours)
		r.string("operator", &s.Operator)
		r.text("pairingWindow", &s.PairingWindow)
		r.text("partOf", &s.PartOf)
		r.text("type", &s.Type)
		r.text("vendor", &s.Vendor)
		r.end()
	}
	r.string("type", (*string)(&d.Type))
	r.time("valid", &d.Valid)
	r.end()
}
