package graph

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// references checks what events refer to against the catalog and what is in flight. Undeclared organisations and
// systems are faults, unless the source may introduce them: then the log declares them, flagged, ahead of the event.
type references struct {
	g          *Graph
	source     string
	src        *event.SourceDeclaration
	now        *catalog.View
	introduced []*event.Declaration
	within     []string        // keys of what earlier events of the same group declare
	found      map[string]bool // type and id of what is declared: a group names the same few again and again
}

func (g *Graph) references(source string, src *event.SourceDeclaration) *references {
	return &references{g: g, source: source, src: src, now: g.catalog.View(), found: map[string]bool{}}
}

func declaredKey(d *event.Declaration) string { return string(d.Type) + "/" + d.ID }

// named is a reference with the JSON pointer it stands at.
type named struct {
	path, id string
	system   bool
	either   bool // an organisation or a system
}

// namesIn lists the organisations and systems that an event refers to, with the JSON pointer of each.
func namesIn(e *event.Event) []named {
	var out []named
	org := func(path, id string) {
		if id != "" {
			out = append(out, named{path: path, id: id})
		}
	}
	sys := func(path, id string) {
		if id != "" {
			out = append(out, named{path: path, id: id, system: true})
		}
	}
	either := func(path, id string) {
		if id != "" {
			out = append(out, named{path: path, id: id, either: true})
		}
	}
	org("/requester", e.Requester)
	org("/from/organisation", e.From.Organisation)
	sys("/from/system", e.From.System)
	org("/to/organisation", e.To.Organisation)
	sys("/to/system", e.To.System)
	org("/origin", e.Origin)
	org("/owner", e.Owner)
	org("/controller", e.Controller)
	for i, db := range e.Databases {
		sys(fmt.Sprintf("/databases/%d/system", i), db.System)
	}
	for i, img := range e.Images {
		sys(fmt.Sprintf("/images/%d/system", i), img.System)
	}
	for i, r := range e.Records {
		sys(fmt.Sprintf("/records/%d/system", i), r.System)
	}
	if t := e.Transfer; t != nil {
		org("/transfer/onwardApproval", t.OnwardApproval)
	}
	if c := e.Consent; c != nil {
		org("/consent/by", c.By)
	}
	if p := e.Permission; p != nil {
		for i, r := range p.Recipients {
			org(fmt.Sprintf("/permission/recipients/%d", i), r)
		}
		for i, s := range p.Systems {
			sys(fmt.Sprintf("/permission/systems/%d", i), s)
		}
	}
	if c := e.Claim; c != nil {
		org("/claim/claimant", c.Claimant)
		org("/claim/reporter", c.Reporter)
		either("/claim/proposition/subject", c.Proposition.Subject)
		either("/claim/proposition/from", c.Proposition.From)
		either("/claim/proposition/to", c.Proposition.To)
	}
	if d := e.Declaration; d != nil {
		if o := d.Organisation; o != nil {
			org("/declaration/organisation/partOf", o.PartOf)
		}
		if s := d.System; s != nil {
			org("/declaration/system/operator", s.Operator)
			sys("/declaration/system/partOf", s.PartOf)
			org("/declaration/system/vendor", s.Vendor)
		}
		if s := d.Source; s != nil {
			org("/declaration/source/organisation", s.Organisation)
		}
	}
	return out
}

// event returns the ids that e introduces, or its faults.
func (r *references) event(e *event.Event) ([]string, event.Faults) {
	var faults event.Faults
	if d := e.Declaration; d != nil && r.source != LogID {
		if why := r.mayDeclare(d); why != "" {
			faults = append(faults, event.Fault{Code: FaultNotAllowed, Path: "/declaration", Problem: why,
				Remedy: "ask the operator of the log to declare it (`lichtspur source`, `lichtspur key`)"})
		}
	}
	if e.Declaration != nil && e.Declaration.Key != nil {
		faults = append(faults, r.key(e)...)
	}
	if e.Claim != nil && r.source != LogID && !r.speaksFor(e.Claim) {
		faults = append(faults, event.Fault{Code: FaultNotItsWord, Path: "/claim",
			Problem: fmt.Sprintf("source %q is of %q and cannot give the word of %q", r.source, r.src.Organisation, cmp.Or(e.Claim.Reporter, e.Claim.Claimant)),
			Remedy:  "name the source's own organisation in reporter, as that which says that the claimant said so"})
	}
	var fresh []*event.Declaration
	for _, n := range namesIn(e) {
		if r.known(n) || slices.ContainsFunc(fresh, func(d *event.Declaration) bool { return d.ID == n.id && (d.System != nil) == n.system }) {
			continue
		}
		if r.src.Introduces && !n.either {
			fresh = append(fresh, r.introduce(n))
			continue
		}
		code, what := FaultUndeclaredOrg, "organisation"
		switch {
		case n.system:
			code, what = FaultUndeclaredSystem, "system"
		case n.either:
			what = "organisation or system"
		}
		faults = append(faults, event.Fault{Code: code, Path: n.path, Problem: fmt.Sprintf("%s %q is not declared", what, n.id),
			Remedy: "declare it first (a DECLARE event handed in by the operator), or use its declared id; aliases are for reading"})
	}
	if len(faults) > 0 {
		return nil, faults
	}
	var ids []string
	for _, d := range fresh {
		ids = append(ids, d.ID)
	}
	r.introduced = append(r.introduced, fresh...)
	return ids, nil
}

func (r *references) known(n named) bool {
	if n.either {
		return r.known(named{id: n.id}) || r.known(named{id: n.id, system: true})
	}
	kind := event.DeclareOrganisation
	if n.system {
		kind = event.DeclareSystem
		if r.declared(event.DeclareSystem, n.id) {
			return true
		}
	} else if r.declared(event.DeclareOrganisation, n.id) {
		return true
	}
	if k := string(kind) + "/" + n.id; r.g.declared[k] > 0 || slices.Contains(r.within, k) {
		return true
	}
	return slices.ContainsFunc(r.introduced, func(d *event.Declaration) bool { return d.Type == kind && d.ID == n.id })
}

func (r *references) declared(t event.DeclarationType, id string) bool {
	k := string(t) + "/" + id
	if r.found[k] {
		return true
	}
	_, ok := r.now.Get(t, id)
	if ok {
		r.found[k] = true
	}
	return ok
}

// key checks the declaration of a key. An id stands for one key of one source: a declaration that gives it to another
// would take it from the first, whose batches would be refused from then on. Only a correction moves a key.
func (r *references) key(e *event.Event) (faults event.Faults) {
	d := e.Declaration
	if of := d.Key.Source; of != LogID && !r.declared(event.DeclareSource, of) && r.g.declared[string(event.DeclareSource)+"/"+of] == 0 {
		faults = append(faults, event.Fault{Code: FaultUndeclaredSource, Path: "/declaration/key/source",
			Problem: fmt.Sprintf("source %q is not declared", of), Remedy: "declare it first, with `lichtspur source add`"})
	}
	if first, ok := r.now.Key(d.ID); ok && e.Kind == event.KindDeclare && first.Key.Source != d.Key.Source {
		faults = append(faults, event.Fault{Code: FaultKeyTaken, Path: "/declaration/id",
			Problem: fmt.Sprintf("the id %q is that of a key of source %q", d.ID, first.Key.Source),
			Remedy:  "where both sources are to use the key, such as a CA of their agency, declare it for this one under an id of its own (--id)"})
	}
	return faults
}

// speaksFor reports whether a claim is one that the source's organisation, or what is part of it, makes or gives as another's.
// A claim stands in the answers as the word of its claimant, so only the operator enters what a third party said.
func (r *references) speaksFor(k *event.Claim) bool {
	id := cmp.Or(k.Reporter, k.Claimant)
	for range maxPartOf {
		if id == r.src.Organisation {
			return true
		}
		o, ok := r.now.Get(event.DeclareOrganisation, id)
		if !ok || unconfirmed(o) || o.Organisation.PartOf == "" {
			return false
		}
		id = o.Organisation.PartOf
	}
	return false
}

// maxPartOf bounds how far up an organisation is looked for, should declarations go round in a circle.
const maxPartOf = 32

// mayDeclare says why a source other than the log may not declare d, or "".
func (r *references) mayDeclare(d *event.Declaration) string {
	first, ok := r.now.Get(d.Type, d.ID)
	switch {
	case d.Type == event.DeclareSource || d.Type == event.DeclareKey:
		return "sources and keys are declared by the operator only"
	case !r.src.Introduces:
		return fmt.Sprintf("source %q may not introduce catalog entries", r.source)
	case d.Organisation != nil && !d.Organisation.Flagged, d.System != nil && !d.System.Flagged:
		return "a source introduces organisations and systems with flagged: true only; the operator confirms them"
	case d.Organisation == nil && d.System == nil && ok && first.Source != r.source:
		return fmt.Sprintf("%q is declared by source %q, and a source changes only what it declared itself", d.ID, first.Source)
	}
	return ""
}

func (r *references) introduce(n named) *event.Declaration {
	d := &event.Declaration{ID: n.id, Name: event.Text{EN: n.id}}
	if n.system {
		d.Type = event.DeclareSystem
		d.System = &event.SystemDeclaration{Operator: r.src.Organisation, Flagged: true}
	} else {
		d.Type = event.DeclareOrganisation
		d.Organisation = &event.OrganisationDeclaration{Class: event.ClassPrivate, Flagged: true}
	}
	return d
}

// declarations seals what was introduced. It runs under g.mu.
func (r *references) declarations() ([]ledger.Entry, error) {
	var out []ledger.Entry
	for _, d := range r.introduced {
		e, err := r.g.ownEntry(&event.Event{
			ID: "introduced/" + r.source + "/" + declaredKey(d), Kind: event.KindDeclare, Declaration: d,
		}, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
