package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
)

// step is one event on its way into the stores.
type step struct {
	source string
	event  *event.Event
	group  int // recorded together
	entry  event.Pseudonym
	sk     *event.Skeleton // as A has it; nil: A refused it
	index  uint64          // in A
}

// twoWorld makes the events of a world.
type twoWorld struct {
	r       *rand.Rand
	owners  []string
	steps   []*step
	base    int // steps that declare what the others name; nothing takes them back
	organs  []string
	systems []string
	alias   []string
}

func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func makeTwoWorld(r *rand.Rand, owned bool) *twoWorld {
	w := &twoWorld{r: r}
	for i := range 6 {
		w.organs = append(w.organs, fmt.Sprintf("org-%d", i))
	}
	for i := range 7 {
		w.systems = append(w.systems, fmt.Sprintf("system-%d", i))
	}
	w.alias = []string{"alias-0", "alias-1", "alias-2", "alias-3"}
	w.owners = []string{"stranger"}
	if owned {
		w.owners = append(w.owners, w.organs...)
	}
	declare := func(d *event.Declaration) {
		w.add(graph.LogID, &event.Event{ID: "base " + string(d.Type) + " " + d.ID, Kind: event.KindDeclare, Declaration: d})
	}
	declare(&event.Declaration{Type: event.DeclareOrganisation, ID: "stranger", Organisation: &event.OrganisationDeclaration{Class: event.ClassPrivate}})
	for _, id := range w.organs {
		declare(w.organisation(id, true))
	}
	for _, id := range w.systems {
		declare(w.system(id))
	}
	for i, id := range []string{"source-0", "source-1"} {
		declare(&event.Declaration{Type: event.DeclareSource, ID: id, Source: &event.SourceDeclaration{Organisation: w.organs[i]}})
	}
	declare(&event.Declaration{Type: event.DeclareDocument, ID: "document-0", Name: event.Text{EN: "A document"}, Document: &event.DocumentDeclaration{Publisher: "org-0"}})
	for i := range 4 { // one is said again; who may see each is left to chance
		w.add(graph.LogID, &event.Event{ID: fmt.Sprint("purposed ", i), Kind: event.KindDeclare, Visibility: w.limit(), Declaration: &event.Declaration{
			Type: event.DeclarePurpose, ID: fmt.Sprintf("purpose-%d", i%3), Name: event.Text{EN: fmt.Sprint("Purpose ", i)}}})
	}
	w.base = len(w.steps)
	for range 60 {
		w.random()
	}
	w.questioned()
	return w
}

// registered adds agreements, and keys of sources: said again, taken back, and limited like others.
func (w *twoWorld) registered(r *rand.Rand) {
	w.r = r
	pem := "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
	for i := range 12 {
		d := &event.Declaration{Type: event.DeclareAgreement, ID: fmt.Sprintf("agreement-%d", i%3), Name: event.Text{DE: fmt.Sprint("Vereinbarung ", i)},
			Agreement: &event.AgreementDeclaration{Parties: []string{one(r, w.organs), "undeclared"}, Basis: one(r, []string{"", "BKAG § 27"})}}
		if i >= 6 {
			d = &event.Declaration{Type: event.DeclareKey, ID: fmt.Sprintf("key-%d", i%3), Key: &event.KeyDeclaration{Source: "source-0", Use: one(r, []event.KeyUse{event.KeySign, event.KeyCA}), PEM: pem, Reason: fmt.Sprint("reason ", i)}}
		}
		e := &event.Event{ID: fmt.Sprint("registered ", i), Kind: event.KindDeclare, Declaration: d, Visibility: w.limit(), Exercise: r.IntN(4) == 0}
		if i%6 > 2 && r.IntN(3) == 0 {
			e = &event.Event{ID: e.ID, Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: fmt.Sprint("registered ", i-1)}}}
		}
		w.add(graph.LogID, e)
	}
}

// asked are the questions that the worlds have claims on.
var asked = slices.DeleteFunc(record.Questions(), func(q graph.Question) bool {
	return !slices.Contains([]string{"BT-1", "BT-1b", "BT-2", "HH-5"}, q.ID)
})

// questioned adds claims on what the questionnaire asks for. It draws from numbers of its own, so that a seed makes the
// same events as ever before them.
func (w *twoWorld) questioned() {
	before := w.r
	w.r = rand.New(rand.NewPCG(before.Uint64(), 46))
	defer func() { w.r = before }()
	r := w.r
	for _, id := range []string{"federal-government", "hamburg-police", "hamburg-senate", "clearview-ai"} {
		w.add(graph.LogID, &event.Event{ID: "asked " + id, Kind: event.KindDeclare, Declaration: &event.Declaration{
			Type: event.DeclareOrganisation, ID: id, Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}})
	}
	for i := range 40 {
		q := one(r, asked)
		c := &event.Claim{Claimant: one(r, q.Bodies), Stance: one(r, event.Stances()), Modality: event.ModalityFact, SourceClass: event.SourceOfficial, Reading: r.IntN(4) == 0}
		c.Proposition = event.Proposition{ID: one(r, q.Parts).Proposition, Type: event.PropositionState, Subject: one(r, w.systems)}
		if r.IntN(2) == 0 {
			c.Question = q.ID
		}
		if c.Stance == event.StanceReferred {
			c.ReferredTo = "BT-6"
		}
		switch r.IntN(4) {
		case 0: // a way from DE to Clearview AI, step by step
			c.Proposition = event.Proposition{ID: "holding", Type: event.PropositionHolding, Subject: one(r, w.systems), Population: "DE"}
			c.Stance, c.ReferredTo = event.StanceAsserted, ""
		case 1:
			c.Proposition = event.Proposition{ID: "flow-" + fmt.Sprint(i%3), Type: event.PropositionFlow, From: one(r, w.systems), To: "clearview-ai"}
			if r.IntN(2) == 0 {
				c.Stance, c.ReferredTo = event.StanceAsserted, ""
			}
		}
		e := &event.Event{ID: fmt.Sprintf("asked %d", i), Kind: event.KindClaim, Claim: c, Visibility: w.limit(), Exercise: r.IntN(8) == 0, Citation: &event.Citation{Source: "document-0"}}
		if i > 0 && r.IntN(4) == 0 {
			e.Kind = event.KindCorrect
			e.Relates = []event.Reference{{Relation: one(r, []event.Relation{event.RelationSupersedes, event.RelationAbout}), ID: fmt.Sprintf("asked %d", r.IntN(i))}}
		}
		w.add(graph.LogID, e)
	}
}

func (w *twoWorld) add(source string, e *event.Event) {
	w.steps = append(w.steps, &step{source: source, event: e, group: len(w.steps) / 5})
}

func (w *twoWorld) some(list []string) string {
	if w.r.IntN(2) == 0 {
		return ""
	}
	return one(w.r, list)
}

func (w *twoWorld) aliases() (out []string) {
	for range w.r.IntN(3) {
		if a := one(w.r, w.alias); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func (w *twoWorld) organisation(id string, first bool) *event.Declaration {
	o := &event.OrganisationDeclaration{Class: one(w.r, event.RecipientClasses()), Country: one(w.r, []string{"", "DE", "FR"}), Flagged: w.r.IntN(4) == 0}
	if !first || id != "org-0" {
		if o.PartOf = w.some(w.organs[:3]); o.PartOf >= id && first || o.PartOf == id {
			o.PartOf = ""
		}
	}
	return &event.Declaration{Type: event.DeclareOrganisation, ID: id, Name: event.Text{EN: "Name of " + id}, Aliases: w.aliases(), Organisation: o}
}

func (w *twoWorld) system(id string) *event.Declaration {
	s := &event.SystemDeclaration{Operator: one(w.r, w.organs), Vendor: w.some(w.organs), Type: one(w.r, []string{"", "database"}), Flagged: w.r.IntN(4) == 0}
	if s.PartOf = w.some(w.systems[:3]); s.PartOf >= id {
		s.PartOf = ""
	}
	return &event.Declaration{Type: event.DeclareSystem, ID: id, Name: event.Text{DE: "Name von " + id}, Aliases: w.aliases(), System: s}
}

func (w *twoWorld) limit() *event.Visibility {
	switch w.r.IntN(3) {
	case 0:
		return nil
	case 1:
		return &event.Visibility{Public: true}
	}
	v := &event.Visibility{Organisations: []string{one(w.r, w.organs)}}
	if o := one(w.r, w.organs); w.r.IntN(2) == 0 && !slices.Contains(v.Organisations, o) {
		v.Organisations = append(v.Organisations, o)
	}
	return v
}

// random adds a random event, with few names, so that events meet.
func (w *twoWorld) random() {
	r, e := w.r, eventtest.Random(w.r)
	source := one(r, []string{graph.LogID, "source-0", "source-1"})
	org := func(p *string) {
		if *p != "" {
			*p = one(r, w.organs)
		}
	}
	sys := func(p *string) {
		if *p != "" {
			*p = one(r, w.systems)
		}
	}
	few := func(p *string, what string) {
		if *p != "" {
			*p = fmt.Sprintf("%s-%d", what, r.IntN(4))
		}
	}
	actor := func(a *event.Actor) {
		if a != nil {
			few(&a.ID, "actor")
		}
	}
	org(&e.Requester)
	org(&e.From.Organisation)
	sys(&e.From.System)
	org(&e.To.Organisation)
	sys(&e.To.System)
	org(&e.Origin)
	org(&e.Controller)
	if e.Owner != "" {
		e.Owner = one(r, w.owners)
		if r.IntN(8) > 0 { // most say the same of an image
			e.Images = e.Images[:min(1, len(e.Images))]
		}
	}
	few(&e.Purpose, "purpose")
	few(&e.Collection, "collection")
	few(&e.Unit, "unit")
	actor(e.Actor)
	for i := range e.Verifiers {
		actor(&e.Verifiers[i])
	}
	if e.Authorisation != nil {
		actor(e.Authorisation.By)
	}
	for i := range e.Images {
		sys(&e.Images[i].System)
		if e.Images[i].Digest != "" {
			n := r.IntN(6)
			e.Images[i].Digest = fmt.Sprintf("sha256:%064x", n)
			if e.Owner != "" && r.IntN(20) > 0 {
				e.Owner = w.owners[n%len(w.owners)]
			}
		}
	}
	for i := range e.Persons {
		few(&e.Persons[i].ID, "person")
	}
	for i := range e.Records {
		sys(&e.Records[i].System)
		few(&e.Records[i].Reference, "record")
	}
	for i := range e.Databases {
		e.Databases[i].System = w.systems[(i*3+r.IntN(3))%len(w.systems)]
	}
	if e.Case != nil {
		few(&e.Case.Reference, "case")
	}
	if t := e.Transfer; t != nil {
		few(&t.Reference, "transfer")
		org(&t.OnwardApproval)
	}
	if e.Consent != nil {
		org(&e.Consent.By)
	}
	if p := e.Permission; p != nil {
		for i := range p.Recipients {
			p.Recipients[i] = w.organs[i]
		}
		p.Recipients = slices.Clone(p.Recipients)
		if p.Systems != nil {
			p.Systems = []string{one(r, w.systems)}
		}
	}
	if e.Citation != nil {
		e.Citation.Source = "document-0"
	}
	if c := e.Claim; c != nil {
		org(&c.Claimant)
		org(&c.Reporter)
		few(&c.Proposition.ID, "proposition")
		sys(&c.Proposition.Subject)
		sys(&c.Proposition.From)
		org(&c.Proposition.To)
		if r.IntN(2) == 0 {
			c.Stance, c.ReferredTo = one(r, []event.Stance{event.StanceAsserted, event.StanceDenied}), ""
		}
	}
	if e.Visibility != nil || e.Kind == event.KindClaim || e.Kind == event.KindDeclare {
		e.Visibility = w.limit()
	}
	if e.Declaration != nil {
		source = graph.LogID
		switch r.IntN(6) {
		case 0, 1:
			e.Declaration = w.organisation(one(r, append([]string{"hidden-org"}, w.organs...)), false)
		case 2, 3:
			e.Declaration = w.system(one(r, append([]string{"hidden-system"}, w.systems...)))
		case 4:
			e.Declaration = &event.Declaration{Type: event.DeclareDocument, ID: "document-0", Name: event.Text{EN: "Renamed " + fmt.Sprint(r.IntN(9))}, Document: &event.DocumentDeclaration{}}
		default:
			e.Declaration = &event.Declaration{Type: event.DeclareRetention, ID: fmt.Sprintf("rule-%d", r.IntN(3)), Rule: &event.RuleDeclaration{Maximum: "P1Y"}}
		}
	}
	for i := range e.Relates {
		w.relate(&e.Relates[i], source, e.Kind == event.KindCorrect)
	}
	w.add(source, e)
}

// relate refers to an earlier event, of the same source where it corrects.
func (w *twoWorld) relate(ref *event.Reference, source string, corrects bool) {
	later := w.steps[w.base:]
	for range 10 {
		if len(later) == 0 {
			break
		}
		if s := one(w.r, later); s.source == source {
			ref.ID, ref.Entry = s.event.ID, event.Pseudonym{}
			return
		}
	}
	if ref.ID == "" {
		ref.ID, ref.Entry = "nothing", event.Pseudonym{}
	}
	_ = corrects
}

// receipts adds the other side of most transfers, now and then under the name of a part or of a whole, so that one side
// may be in scope and the other not.
func (w *twoWorld) receipts(r *rand.Rand) {
	for _, s := range slices.Clone(w.steps[w.base:]) {
		if s.event.Kind != event.KindDisclose || r.IntN(4) == 0 {
			continue
		}
		e := *s.event
		e.ID, e.Kind, e.Relates = "receipt of "+e.ID, event.KindReceive, nil
		if r.IntN(2) == 0 {
			e.Images = nil
			for _, i := range s.event.Images {
				e.Images = append(e.Images, event.Image{Digest: i.Digest})
			}
		}
		if r.IntN(3) > 0 && e.To.System != "" {
			e.To.Organisation = ""
			e.To.System = one(r, w.systems[:3])
		}
		if r.IntN(3) == 0 && e.Transfer == nil {
			e.Transfer = &event.Transfer{Reference: "transfer-0"}
		}
		w.add(one(r, []string{s.source, "source-0", "source-1"}), &e)
	}
}

var twoStart = time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
