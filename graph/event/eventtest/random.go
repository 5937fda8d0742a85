// Package eventtest makes events for tests: random ones that are valid, of every kind that a source can hand in, with
// every field that the kind may have, and a sealer without a vault.
package eventtest

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Random returns a valid native event of a random kind. The same state of r gives the same event.
func Random(r *rand.Rand) *event.Event {
	for {
		if k := pick(r, event.Kinds()); !k.Reserved() {
			return OfKind(r, k)
		}
	}
}

// OfKind returns a valid native event of that kind, which must not be reserved to the log.
func OfKind(r *rand.Rand, k event.Kind) *event.Event {
	g := &generator{r: r, e: &event.Event{Kind: k}, rule: k.Rule(), filled: map[string]bool{}}
	for _, name := range g.rule.Required {
		g.fill(name)
	}
	for _, group := range g.rule.OneOf {
		g.fill(pick(r, group))
	}
	for _, name := range g.rule.Optional {
		if r.IntN(3) == 0 {
			g.fill(name)
		}
	}
	g.reconcile()
	return g.e
}

type generator struct {
	r    *rand.Rand
	e    *event.Event
	rule event.Rule

	filled map[string]bool // names of top-level fields
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (g *generator) maybe() bool { return g.r.IntN(2) == 0 }

// fill fills the top-level field of that name.
func (g *generator) fill(name string) {
	e, r := g.e, g.r
	if g.filled[name] {
		return
	}
	g.filled[name] = true
	switch name {
	case "id":
		e.ID = fmt.Sprintf("ev-%x %s", r.Uint64(), pick(r, []string{"", "ä", `"`, `\`}))
	case "exercise":
		e.Exercise = true
	case "occurred":
		e.Occurred = g.time()
	case "replied":
		e.Replied = g.time()
	case "requester":
		e.Requester = g.slug("org")
	case "unit":
		e.Unit = g.phrase()
	case "actor":
		e.Actor = g.actor()
	case "from":
		e.From = g.place()
	case "to":
		e.To = g.place()
	case "origin":
		e.Origin = g.slug("org")
	case "owner":
		e.Owner = g.slug("org")
	case "controller":
		e.Controller = g.slug("org")
	case "images":
		for range 1 + r.IntN(4) {
			e.Images = append(e.Images, g.image(pick(r, g.rule.Roles)))
		}
		if e.Kind == event.KindDerive {
			e.Images = append(e.Images, g.image(event.RoleParent), g.image(event.RoleChild))
		}
	case "collection":
		e.Collection = g.slug("collection")
	case "quantity":
		e.Quantity = g.quantity()
	case "persons":
		for range 1 + r.IntN(3) {
			e.Persons = append(e.Persons, event.Person{ID: g.id("person"), Name: g.optional(g.phrase), Role: pick(r, []string{"", "suspect", "missing"})})
		}
	case "records":
		for range 1 + r.IntN(3) {
			e.Records = append(e.Records, event.Record{System: g.slug("system"), Reference: g.id("record")})
		}
	case "purpose":
		e.Purpose = g.slug("purpose")
	case "basis":
		e.Basis = pick(r, [][]string{{"BDSG § 78"}, {"BKAG § 27", "LED Art. 35"}})
	case "justification":
		e.Justification = g.phrase()
	case "case":
		e.Case = &event.Case{Reference: g.id("case"), Offence: pick(r, []string{"", "fraud", "human-trafficking"}), Note: g.optional(g.phrase)}
	case "authorisation":
		e.Authorisation = &event.Authorisation{At: g.time(), State: pick(r, event.AuthorisationStates()), Deadline: g.time()}
		if g.maybe() {
			e.Authorisation.By = g.actor()
		}
	case "urgent":
		e.Urgent = true
	case "input":
		e.Input = pick(r, event.InputTypes())
	case "mode":
		e.Mode = pick(r, event.Modes())
	case "databases":
		for i := range 1 + r.IntN(3) {
			d := event.Database{System: fmt.Sprintf("system-%d-%d", i, r.IntN(50))}
			if g.maybe() {
				replied := g.maybe()
				d.Replied = &replied
			}
			e.Databases = append(e.Databases, d)
		}
	case "result":
		e.Result = &event.Result{State: pick(r, event.ResultStates())}
		if g.maybe() && e.Result.State != event.ResultNoHit {
			n := r.Int64N(200)
			e.Result.Candidates = &n
		}
	case "verifiers":
		for range 1 + r.IntN(2) {
			e.Verifiers = append(e.Verifiers, *g.actor())
		}
	case "transfer":
		e.Transfer = &event.Transfer{Reference: g.id("T"), Ground: pick(r, []string{"", "adequacy"}),
			Conditions: pick(r, [][]string{nil, {"no-onward-transfer", "delete-after-use"}}), OnwardApproval: g.optional(g.org), DeleteBy: g.time()}
	case "consent":
		e.Consent = &event.Consent{By: g.slug("org"), Scope: g.optional(g.phrase), At: g.time()}
	case "permission":
		e.Permission = &event.Permission{Recipients: pick(r, [][]string{nil, {"org-a", "org-b"}}), Systems: pick(r, [][]string{nil, {"ifrs"}}),
			Purposes: pick(r, [][]string{nil, {"identification"}}), During: g.time(), Scope: g.optional(g.phrase)}
	case "retention":
		e.Retention = &event.Retention{Rule: g.slug("rule"), Until: g.time(), Hold: g.maybe()}
	case "method":
		e.Method = "arcface-r100"
	case "hiddenFromSubject":
		e.HiddenFromSubject = true
	case "citation":
		e.Citation = &event.Citation{Source: g.slug("document"), Locator: g.optional(g.phrase)}
	case "relates":
		for range 1 + r.IntN(2) {
			ref := event.Reference{Relation: pick(r, event.Relations())}
			if e.Kind == event.KindCorrect {
				ref.Relation = event.RelationSupersedes
			}
			if g.maybe() {
				ref.ID = g.id("earlier")
			} else {
				ref.Entry = event.Pseudonym{1, byte(r.IntN(256)), byte(r.IntN(256))}
			}
			e.Relates = append(e.Relates, ref)
		}
	case "visibility":
		e.Visibility = pick(r, []*event.Visibility{{Public: true}, {Organisations: []string{"org-a"}}})
	case "text":
		e.Text = event.Text{EN: g.phrase(), DE: g.optional(g.phrase)}
	case "claim":
		e.Claim = g.claim()
	case "declaration":
		e.Declaration = g.declaration()
	case "review":
		e.Review = &event.Review{Decision: "unfounded", Finding: g.optional(func() string { return g.id("finding") })}
	}
}

// reconcile mends what fields filled one by one contradict each other in, and withholds something now and then.
func (g *generator) reconcile() {
	e := g.e
	if e.Replied.Before(e.Occurred) {
		e.Replied = e.Occurred
	}
	if e.Mode == event.ModeStoreProbe && e.To == (event.Place{}) {
		e.To = g.place()
	}
	if g.r.IntN(4) != 0 {
		return
	}
	if len(e.Images) > 0 {
		e.Images[0].Digest = ""
		e.Withheld = append(e.Withheld, "/images/0/digest")
	}
	for _, name := range g.rule.Optional {
		if name == "justification" && e.Justification == "" {
			e.Withheld = append(e.Withheld, "/justification")
		}
	}
	if e.Text.DE == "" {
		e.Withheld = append(e.Withheld, "/text/de")
	}
}

func (g *generator) org() string { return g.slug("org") }

func (g *generator) slug(what string) string { return fmt.Sprintf("%s-%d", what, g.r.IntN(40)) }

func (g *generator) id(what string) string { return fmt.Sprintf("%s:%d", what, g.r.IntN(1_000_000)) }

func (g *generator) optional(f func() string) string {
	if g.maybe() {
		return ""
	}
	return f()
}

// phrase is free text with all that is hard to write in JSON.
func (g *generator) phrase() string {
	words := []string{"Prüfung", "of", "the", `"probe"`, `back\slash`, "照片", "🙂", "a/b", "<b>", "line sep", "tilde~1", "e\u0301"}
	n := 1 + g.r.IntN(6)
	list := []string{fmt.Sprintf("%x", g.r.Uint64())}
	for range n {
		list = append(list, pick(g.r, words))
	}
	return strings.Join(list, " ")
}

func (g *generator) time() event.Time {
	base := time.Date(2015+g.r.IntN(11), time.Month(1+g.r.IntN(12)), 1+g.r.IntN(28), g.r.IntN(24), g.r.IntN(60), g.r.IntN(60), 0, time.UTC)
	var s string
	switch g.r.IntN(7) {
	case 0:
		return event.Time{}
	case 1:
		s = base.Format("2006")
	case 2:
		s = base.Format("2006-01")
	case 3:
		s = base.Format("2006-01-02")
	case 4:
		s = base.Format("2006-01-02") + "/" + base.AddDate(0, 0, g.r.IntN(900)).Format("2006-01-02")
	case 5:
		s = pick(g.r, []string{"../" + base.Format(time.RFC3339), base.Format("2006-01") + "/.."})
	default:
		return event.At(base.Add(time.Duration(g.r.Int64N(1e9))))
	}
	t, err := event.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return t
}

func (g *generator) place() event.Place {
	return event.Place{Organisation: g.slug("org"), System: g.optional(func() string { return g.slug("system") }),
		Country: pick(g.r, []string{"", "DE", "FR", "NE"}), Class: pick(g.r, append(event.RecipientClasses(), ""))}
}

func (g *generator) actor() *event.Actor {
	a := &event.Actor{ID: g.id("user"), Name: g.optional(g.phrase), Role: pick(g.r, []string{"", "officer", "analyst"}), Automated: g.r.IntN(4) == 0}
	if g.r.IntN(8) == 0 {
		a.ID, a.Role = "", "officer"
	}
	return a
}

func (g *generator) image(role event.ImageRole) event.Image {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d", g.r.IntN(10_000)))
	m := event.Image{Role: role, Digest: "sha256:" + hex.EncodeToString(sum[:]), MediaType: pick(g.r, []string{"", "image/jpeg", "image/png"})}
	if role == event.RoleCandidate {
		m.System, m.Score = g.slug("system"), g.r.Int64N(10_001)
	}
	return m
}

func (g *generator) quantity() *event.Quantity {
	q := &event.Quantity{Amount: g.r.Int64N(3_000_000_000), Bound: pick(g.r, event.Bounds()), Unit: pick(g.r, []string{"IMAGE", "RECORD", "SEARCH"})}
	q.Exclusive = (q.Bound == event.BoundAtLeast || q.Bound == event.BoundAtMost) && g.maybe()
	return q
}

func (g *generator) claim() *event.Claim {
	p := event.Proposition{ID: g.id("proposition"), Type: pick(g.r, event.PropositionTypes()), At: g.time(),
		Population: pick(g.r, []string{"", "DE", "collection-1"}), Text: event.Text{EN: g.phrase()}}
	if p.Type == event.PropositionFlow {
		p.From, p.To = g.slug("system"), g.slug("org")
	} else {
		p.Subject = g.slug("system")
	}
	c := &event.Claim{Proposition: p, Claimant: g.slug("org"), Reporter: g.optional(g.org), Stance: pick(g.r, event.Stances()),
		Modality: pick(g.r, event.Modalities()), SourceClass: pick(g.r, event.SourceClasses()), Question: pick(g.r, []string{"", "BT-1a"}),
		Addressee: g.maybe(), Reading: g.maybe(), Value: g.optional(g.phrase)}
	if c.Stance == event.StanceReferred {
		c.ReferredTo = "BT-Drs 19/16723 Q10"
	}
	if g.maybe() {
		c.Quantity = g.quantity()
	}
	return c
}

func (g *generator) declaration() *event.Declaration {
	d := &event.Declaration{Type: pick(g.r, event.DeclarationTypes()), ID: g.slug("declared"), Name: event.Text{EN: g.phrase(), DE: g.optional(g.phrase)},
		Aliases: pick(g.r, [][]string{nil, {"BKA", "Bundeskriminalamt"}}), Valid: g.time()}
	switch d.Type {
	case event.DeclareOrganisation:
		d.Organisation = &event.OrganisationDeclaration{Class: pick(g.r, event.RecipientClasses()), Country: pick(g.r, []string{"", "DE"}),
			PartOf: g.optional(g.org), Flagged: g.maybe()}
	case event.DeclareSystem:
		d.System = &event.SystemDeclaration{Operator: g.slug("org"), PartOf: g.optional(func() string { return g.slug("system") }), Type: "database",
			Vendor: g.optional(g.org), Hours: "06:00-20:00", PairingWindow: "72h", Flagged: g.maybe()}
	case event.DeclareSource:
		d.Source = &event.SourceDeclaration{Organisation: g.slug("org"), Introduces: g.maybe(), Heartbeat: "24h", Ended: g.maybe()}
	case event.DeclareKey:
		d.ID, d.Key = g.key()
	case event.DeclareAgreement:
		d.Agreement = &event.AgreementDeclaration{Parties: []string{"org-a", "org-b"}, Basis: g.optional(g.phrase)}
	case event.DeclareRetention:
		d.Rule = &event.RuleDeclaration{Minimum: "P6M", Maximum: pick(g.r, []string{"", "P3Y", "P1Y2M10DT2H30M"}), Anchor: g.optional(g.phrase),
			Systems: pick(g.r, [][]string{nil, {"ifrs"}}), Basis: "BKAG § 81"}
	case event.DeclareDocument:
		d.Document = &event.DocumentDeclaration{Publisher: g.optional(g.phrase), Published: g.time(), Reference: "BT-Drucksache 19/18172"}
	}
	return d
}

func (g *generator) key() (string, *event.KeyDeclaration) {
	seed := sha256.Sum256(fmt.Appendf(nil, "%d", g.r.IntN(100)))
	der, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:]), &event.KeyDeclaration{Source: g.slug("source"), Use: pick(g.r, event.KeyUses()),
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), Revoked: g.time(), Reason: g.optional(g.phrase)}
}

// Sealer is an [event.Sealer] without a vault: pseudonyms are HMACs under its name. Nothing can be redacted.
type Sealer string

// ID implements event.Sealer.
func (s Sealer) ID() string { return string(s) }

// Pseudonym implements event.Sealer.
func (s Sealer) Pseudonym(kind event.SubjectKind, source, identifier string) (event.Pseudonym, error) {
	return s.hash(string(kind), source, identifier), nil
}

// Entry implements event.Sealer.
func (s Sealer) Entry(source, id string) event.Pseudonym { return s.hash("ENTRY", source, id) }

func (s Sealer) hash(parts ...string) (p event.Pseudonym) {
	mac := hmac.New(sha256.New, []byte(s))
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	copy(p[:], mac.Sum(nil))
	return p
}
