package event

// This file has what an entry of the access ledger says beside other events: its rule, its check and its form. The
// type is in event.go.

// accessRule is what a CONSULT of the log itself has: who read and why, and how.
var accessRule = kindRule{required: always | fAccess | fActor | fPurpose, optional: fOccurred | fJustification | fRelates}

// access checks what the log says of a reading.
func (c *checker) access() {
	a := c.e.Access
	if a == nil || c.by != byLog {
		return
	}
	c.needSlug("/access/role", a.Role)
	c.slugs("/access/organisations/", a.Organisations)
	member(c, "/access/way", a.Way, accessWays)
	if a.Stage != "" {
		member(c, "/access/stage", a.Stage, accessStages)
	}
	c.text("/access/operation", a.Operation, validToken, FaultToken, remedyRef)
	if a.Document != "" && !ValidDigest(a.Document) {
		c.add(FaultDigest, "/access/document", "this is not the digest of a document", `use "sha256:" and 64 lower-case hex digits`)
	}
	for path, n := range map[string]int64{"/access/bytes": a.Bytes, "/access/rows": a.Rows, "/access/size": a.Size} {
		if n < 0 || n > maxInteger {
			c.add(FaultRange, path, "a count is from 0 to 2^53-1", "check the number")
		}
	}
	for i := range a.Opened {
		o := &a.Opened[i]
		member(c, at("/access/opened/", i, "/subject"), o.Subject, subjectKinds)
		c.needSlug(at("/access/opened/", i, "/sealer"), o.Sealer)
		if len(o.Pseudonyms) == 0 {
			c.add(FaultRequired, at("/access/opened/", i, "/pseudonyms"), "this names nobody", "give at least one pseudonym")
		}
		for _, p := range o.Pseudonyms {
			if p.IsZero() {
				c.add(FaultRequired, at("/access/opened/", i, "/pseudonyms"), "a pseudonym is missing", "give it")
			}
		}
	}
	c.slugs("/access/owners/", a.Owners)
}

func (w *writer) access(a *Access) {
	w.name("access")
	w.open()
	w.number("bytes", a.Bytes)
	w.text("document", a.Document)
	if len(a.Opened) > 0 {
		w.name("opened")
		w.openList()
		for i := range a.Opened {
			o := &a.Opened[i]
			w.element()
			w.open()
			w.name("pseudonyms")
			w.openList()
			for _, p := range o.Pseudonyms {
				w.element()
				w.b = appendString(w.b, p.String())
			}
			w.closeList()
			w.string("sealer", o.Sealer)
			w.string("subject", string(o.Subject))
			w.close()
		}
		w.closeList()
	}
	w.text("operation", a.Operation)
	w.list("organisations", a.Organisations)
	w.list("owners", a.Owners)
	w.string("role", a.Role)
	w.number("rows", a.Rows)
	w.number("size", a.Size)
	w.text("stage", string(a.Stage))
	w.string("way", string(a.Way))
	w.close()
}

func (r *reader) access(a *Access) {
	r.open()
	r.number("bytes", &a.Bytes)
	r.text("document", &a.Document)
	if r.is("opened") {
		for ok := r.openList(); ok; ok = r.another() {
			o := add(&a.Opened)
			r.open()
			if r.must("pseudonyms") {
				o.Pseudonyms = []Pseudonym{}
				for ok := r.openList(); ok; ok = r.another() {
					r.denoted(add(&o.Pseudonyms))
				}
			}
			r.string("sealer", &o.Sealer)
			r.string("subject", (*string)(&o.Subject))
			r.close()
		}
		r.filled(len(a.Opened))
	}
	r.text("operation", &a.Operation)
	r.list("organisations", &a.Organisations)
	r.list("owners", &a.Owners)
	r.string("role", &a.Role)
	r.number("rows", &a.Rows)
	r.number("size", &a.Size)
	r.text("stage", (*string)(&a.Stage))
	r.string("way", (*string)(&a.Way))
	r.end()
}
