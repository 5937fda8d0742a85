package graph_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

func as(t testing.TB, g *graph.Graph, role graph.Role, organisations ...string) *graph.View {
	t.Helper()
	v, err := g.As(graph.Viewer{Name: "viewer", Role: role, Organisations: organisations, Purpose: graph.SelfMonitoring})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sourceIDs are the sources' own ids of what a filter finds.
func sourceIDs(t testing.TB, v *graph.View, f graph.EventFilter) []string {
	t.Helper()
	p, err := v.Events(context.Background(), f, index.Recorded, graph.Pagination{First: graph.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range p.Entries {
		id := e.Event.ID
		if id == "" {
			id = string(e.Absent("/id")) + " " + strconv.Itoa(int(e.Index))
		}
		ids = append(ids, id)
	}
	return ids
}

var noon = event.At(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))

func part(t event.DeclarationType, id, of string, flagged bool) *event.Event {
	d := &event.Declaration{Type: t, ID: id, Name: event.Text{EN: id}}
	if t == event.DeclareSystem {
		d.System = &event.SystemDeclaration{Operator: "int-ipsg", PartOf: of, Flagged: flagged}
	} else {
		d.Organisation = &event.OrganisationDeclaration{Class: event.ClassAuthority, PartOf: of, Flagged: flagged}
	}
	return &event.Event{ID: "part/" + id, Kind: event.KindDeclare, Declaration: d}
}

// Whose part, whose system and whose part of a system it was, and nobody else's.
func TestScopeOfADPO(t *testing.T) {
	g, _ := open(t)
	alias := declareOrganisation("fr-pn", event.ClassAuthority)
	alias.Declaration.Aliases = []string{"Police nationale", "pn"}
	record(t, g, graph.LogID, alias, declareSystem("taj", "fr-pn"), part(event.DeclareSystem, "taj-faces", "taj", false),
		part(event.DeclareOrganisation, "fr-pts", "fr-pn", false), part(event.DeclareOrganisation, "fr-own", "fr-pn", true))
	view := func(id string, edit func(*event.Event)) *event.Event {
		e := consult(id, 1)
		e.Requester, e.From = "de-bka", event.Place{System: "inpol"}
		edit(e)
		return e
	}
	record(t, g, "bka-gateway",
		view("requester", func(e *event.Event) { e.Requester = "fr-pn" }),
		view("requester is a part", func(e *event.Event) { e.Requester = "fr-pts" }),
		view("requester is a part that nobody confirmed", func(e *event.Event) { e.Requester = "fr-own" }),
		view("system", func(e *event.Event) { e.From.System = "taj" }),
		view("part of a system", func(e *event.Event) { e.From.System = "taj-faces" }),
		view("origin", func(e *event.Event) { e.Origin = "fr-pn" }),
		view("controller", func(e *event.Event) { e.Controller = "fr-pn" }),
		view("owner of another image", func(e *event.Event) { e.Images[0].Digest, e.Owner = digest(2), "fr-pn" }),
		view("others", func(*event.Event) {}),
	)
	want := []string{"requester", "requester is a part", "system", "part of a system", "origin", "controller"}
	viewed := graph.EventFilter{Kinds: []event.Kind{event.KindConsult}}
	for _, name := range []string{"fr-pn", "Police nationale", "pn"} {
		if got := sourceIDs(t, as(t, g, graph.DPO, name), viewed); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := sourceIDs(t, as(t, g, graph.DPO, "fr-pts"), viewed); !slices.Equal(got, want[1:2]) {
		t.Errorf("a part sees %q", got)
	}
	if got := sourceIDs(t, as(t, g, graph.Oversight), viewed); len(got) != 9 {
		t.Errorf("oversight sees %q", got)
	}
	// As of a state before a part was declared its part is not in scope, nor is what came later.
	size := uint64(0)
	v := as(t, g, graph.DPO, "fr-pn")
	p, err := v.Events(context.Background(), viewed, index.Recorded, graph.Pagination{First: 10, AsOf: graph.AsOf{Size: &size}})
	if err != nil || len(p.Entries) != 0 {
		t.Errorf("%v %v", p, err)
	}
	if _, err := g.As(graph.Viewer{Name: "x", Role: graph.DPO, Organisations: []string{"fr-pn", "nobody"}, Purpose: graph.SelfMonitoring}); graph.CodeOf(err) != graph.CodeNoRole {
		t.Errorf("an organisation that is not declared: %v", err)
	}
	if _, err := g.As(graph.Viewer{Name: "x", Role: graph.DPO, Purpose: graph.SelfMonitoring}); graph.CodeOf(err) != graph.CodeNoRole {
		t.Errorf("no organisation: %v", err)
	}
}

// Who names himself owner of an image that others searched with before does not see their searches, until the operator
// says that it is his.
func TestOwnershipClaimedLate(t *testing.T) {
	g, _ := open(t)
	record(t, g, graph.LogID, declareOrganisation("late", event.ClassAuthority),
		&event.Event{ID: "source/late-source", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSource, ID: "late-source", Source: &event.SourceDeclaration{Organisation: "late"}}})
	search := consult("search", 1)
	capture := &event.Event{ID: "capture", Kind: event.KindCapture, Occurred: noon, Requester: "late", To: event.Place{Organisation: "late"}, Owner: "late",
		Images: []event.Image{{Digest: digest(1)}}}
	own := &event.Event{ID: "own", Kind: event.KindCapture, Occurred: noon, Requester: "late", To: event.Place{Organisation: "late"}, Owner: "late",
		Images: []event.Image{{Digest: digest(2)}}}
	record(t, g, "bka-gateway", search)
	record(t, g, "late-source", capture, own)
	record(t, g, "bka-gateway", consult("search again", 1), consult("search for the second", 2))
	asked := func(n int) []string {
		return sourceIDs(t, as(t, g, graph.DPO, "late"), graph.EventFilter{Digests: []string{digest(n)}})
	}
	if got := asked(1); !slices.Equal(got, []string{"capture"}) {
		t.Errorf("who came later is told %q", got)
	}
	if got := asked(2); len(got) != 2 {
		t.Errorf("who came first is told %q", got)
	}
	confirmed := &event.Event{ID: "confirmed", Kind: event.KindCapture, Occurred: noon, Requester: "late", To: event.Place{Organisation: "late"}, Owner: "late",
		Images: []event.Image{{Digest: digest(1)}}}
	record(t, g, graph.LogID, confirmed)
	if got := asked(1); len(got) != 4 {
		t.Errorf("whom the operator confirmed is told %q", got)
	}
}

// A dpo follows the image of its organisation; of others' entries it sees what happened and not whose business it was.
func TestTrailOfAnOwnedImage(t *testing.T) {
	g, _ := open(t)
	ctx := context.Background()
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareOrganisation("late", event.ClassAuthority))
	enrol := &event.Event{ID: "enrol", Kind: event.KindEnrol, Occurred: noon, Requester: "fr-pn", To: event.Place{System: "icis"},
		Owner: "fr-pn", Images: []event.Image{{Digest: digest(1)}}}
	search := &event.Event{ID: "search", Kind: event.KindQuery, Occurred: noon, Requester: "de-bka", Purpose: "prosecution", Basis: []string{"BKAG § 27"},
		Databases: []event.Database{{System: "icis"}}, Actor: &event.Actor{ID: "officer", Name: "O"}, Unit: "unit 7", Justification: "reasons",
		Case: &event.Case{Reference: "case-1", Offence: "fraud"}, Persons: []event.Person{{ID: "suspect"}}, Verifiers: []event.Actor{{ID: "second"}},
		Records: []event.Record{{System: "inpol", Reference: "r-1"}}, Withheld: []string{"/case/note", "/mode"}, Text: event.Text{EN: "free"},
		Images: []event.Image{{Role: event.RoleProbe, Digest: digest(9)}, {Role: event.RoleCandidate, Digest: digest(1), Score: 9000, System: "icis"},
			{Role: event.RoleCandidate, Digest: digest(8), Score: 8000, System: "inpol"}}}
	other := consult("other image", 9)
	claims := consult("says that it owns it", 1)
	claims.Owner = "late"
	receipts := record(t, g, "bka-gateway", enrol, search, other, claims)

	owner, late := as(t, g, graph.DPO, "fr-pn"), as(t, g, graph.DPO, "late")
	asked := graph.EventFilter{Digests: []string{digest(1)}}
	if got := sourceIDs(t, owner, asked); len(got) != 3 || got[0] != "enrol" || got[1][:12] != "OUT_OF_SCOPE" {
		t.Errorf("the owner is told %q", got)
	}
	if got := sourceIDs(t, owner, graph.EventFilter{Kinds: []event.Kind{event.KindQuery, event.KindConsult}}); len(got) != 0 {
		t.Errorf("not asked by the image it is told %q", got)
	}
	if got := sourceIDs(t, late, asked); len(got) != 0 {
		t.Errorf("who claims it later is told %q", got)
	}
	e, err := owner.Event(ctx, receipts[1].Entry.String())
	if err != nil {
		t.Fatal(err)
	}
	x := e.Event
	if x.Kind != event.KindQuery || x.Requester != "de-bka" || x.Basis[0] != "BKAG § 27" || len(x.Databases) != 1 || len(x.Images) != 3 ||
		x.Images[1].Digest != digest(1) || x.Images[1].Score != 9000 || x.Images[0].Role != event.RoleProbe {
		t.Errorf("what happened to the image is not there: %+v", x)
	}
	if x.ID != "" || x.Actor != nil || x.Unit != "" || x.Justification != "" || x.Case != nil || x.Persons != nil || x.Verifiers != nil || x.Records != nil ||
		!x.Text.IsZero() || x.Images[0] != (event.Image{Role: event.RoleProbe}) || x.Images[2] != (event.Image{Role: event.RoleCandidate}) || e.Leaf != nil ||
		!slices.Equal(x.Withheld, []string{"/mode"}) {
		t.Errorf("the others' business is: %+v", x)
	}
	for _, pointer := range []string{"/id", "/actor/name", "/case/note", "/persons/0/id", "/images/0/digest", "/images/2/digest", "/justification", "/text/en"} {
		if r := e.Absent(pointer); r != graph.OutOfScope {
			t.Errorf("%s is absent because %s", pointer, r)
		}
	}
	if p, err := owner.Prove(ctx, receipts[1].Entry.String()); err != nil || p.Leaf != nil || p.Hash != receipts[1].LeafHash {
		t.Errorf("proof %+v %v", p, err)
	}
	// What is out of scope cannot be asked by either.
	automated := false
	for name, f := range map[string]graph.EventFilter{
		"actor":         {Actors: []graph.Identity{{Identifier: "officer"}}},
		"person":        {Persons: []graph.Identity{{Identifier: "suspect"}}},
		"case":          {Cases: []graph.Identity{{Identifier: "case-1"}}},
		"record":        {Records: []graph.Identity{{Identifier: "r-1"}}},
		"unit":          {Particulars: graph.Particulars{Units: []string{"unit 7"}}},
		"words":         {Particulars: graph.Particulars{Words: "reasons"}},
		"offence":       {Particulars: graph.Particulars{Offences: []string{"fraud"}}},
		"automated":     {Particulars: graph.Particulars{Automated: &automated, Modes: []event.Mode{}}},
		"own id":        {Particulars: graph.Particulars{Entries: []graph.Identity{{Source: "bka-gateway", Identifier: "search"}}}},
		"withheld":      {Particulars: graph.Particulars{Withheld: []string{"/case"}}},
		"missing actor": {Missing: index.MissingActor, Kinds: []event.Kind{event.KindQuery, event.KindConsult}},
		"system of another candidate, or of a record": {Systems: []string{"inpol"}, Kinds: []event.Kind{event.KindQuery}},
	} {
		f.Digests = asked.Digests
		if got := sourceIDs(t, owner, f); len(got) != 0 {
			t.Errorf("asked by %s it is told %q", name, got)
		}
	}
	if got := sourceIDs(t, owner, graph.EventFilter{Digests: asked.Digests, Systems: []string{"icis"}, Kinds: []event.Kind{event.KindQuery}}); len(got) != 1 {
		t.Errorf("asked by the database it is told %q", got)
	}
	if _, err := owner.Event(ctx, receipts[2].Entry.String()); graph.CodeOf(err) != graph.CodeNotFound {
		t.Errorf("another image's entry: %v", err)
	}
	if _, err := owner.Receipt(ctx, "bka-gateway", "search"); graph.CodeOf(err) != graph.CodeNotFound {
		t.Errorf("the receipt of another's entry: %v", err)
	}
}

// What is limited to others does not name anything, and what it replaced stands.
func TestLimitedDeclarations(t *testing.T) {
	g, _ := open(t)
	limited := func(id string, d *event.Event, organisations ...string) *event.Event {
		d.ID, d.Visibility = id, &event.Visibility{Organisations: organisations}
		return d
	}
	renamed := declareSystem("icis", "de-bka")
	renamed.Declaration.Name.EN, renamed.Declaration.Aliases = "Renamed", []string{"secret name"}
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareOrganisation("fr-hid", event.ClassAuthority),
		limited("1", part(event.DeclareOrganisation, "fr-hid", "fr-pn", false), "fr-pn"),
		limited("2", renamed, "de-bka"), limited("3", declareSystem("hidden", "fr-pn"), "fr-hid"))
	record(t, g, graph.LogID, consultIn("e-1", "icis"), consultIn("e-2", "hidden"))

	for _, c := range []struct {
		role          graph.Role
		of            string
		icis, byAlias string
		hidden        bool
		sees          []string
	}{
		{graph.Oversight, "", "Renamed", "icis", true, []string{"e-1", "e-2"}},
		{graph.DPO, "de-bka", "Renamed", "icis", false, []string{"e-1"}}, // it operates ICIS, as it alone may know
		{graph.DPO, "int-ipsg", "ICIS", "", false, []string{"e-1"}},
		{graph.DPO, "fr-pn", "ICIS", "", true, []string{"e-2"}}, // what is limited to its part, which only it knows to be one
		{graph.Operator, "", "Renamed", "icis", true, nil},
	} {
		v := as(t, g, c.role, c.of)
		now, err := v.Catalog(graph.AsOf{})
		if err != nil {
			t.Fatal(err)
		}
		icis, _ := now.System("icis")
		alias := ""
		if e, ok := now.System("secret name"); ok {
			alias = e.ID
		}
		if _, ok := now.System("hidden"); icis.Name.EN != c.icis || alias != c.byAlias || ok != c.hidden {
			t.Errorf("%s of %q: %q %q %t", c.role, c.of, icis.Name.EN, alias, ok)
		}
		l, err := v.Systems(catalog.Criteria{}, graph.Pagination{First: 10})
		if err != nil || slices.ContainsFunc(l.Entries, func(e *catalog.Entry) bool { return e.ID == "hidden" }) != c.hidden {
			t.Errorf("%s of %q: list %v", c.role, c.of, err)
		}
		if c.role != graph.Operator {
			if got := sourceIDs(t, v, graph.EventFilter{Kinds: []event.Kind{event.KindConsult}}); !slices.Equal(got, c.sees) {
				t.Errorf("%s of %q sees %q", c.role, c.of, got)
			}
		}
	}
}

func consultIn(id, system string) *event.Event {
	e := consult(id, 1)
	e.Requester, e.From.System = "", system
	return e
}

// What each role is refused altogether.
func TestRolesAreRefused(t *testing.T) {
	g, _ := open(t)
	ctx := context.Background()
	id := record(t, g, "bka-gateway", consult("e-1", 1))[0].Entry.String()
	reporter, err := g.As(graph.Viewer{Name: "r", Role: graph.Reporter, Source: "bka-gateway", Purpose: graph.Reporting})
	if err != nil {
		t.Fatal(err)
	}
	views := map[graph.Role]*graph.View{graph.Oversight: as(t, g, graph.Oversight), graph.DPO: as(t, g, graph.DPO, "de-bka"), graph.Reporter: reporter, graph.Operator: as(t, g, graph.Operator)}
	page := graph.Pagination{First: 5}
	for _, c := range []struct {
		name string
		read func(v *graph.View) error
		may  []graph.Role
	}{
		{"events", func(v *graph.View) error {
			_, err := v.Events(ctx, graph.EventFilter{}, index.Recorded, page)
			return err
		}, []graph.Role{graph.Oversight, graph.DPO}},
		{"claims", func(v *graph.View) error {
			_, err := v.Claims(ctx, graph.ClaimFilter{}, index.Recorded, page)
			return err
		}, []graph.Role{graph.Oversight, graph.DPO}},
		{"contested", func(v *graph.View) error { _, err := v.Contested(ctx, "p", 1); return err }, []graph.Role{graph.Oversight, graph.DPO}},
		{"event", func(v *graph.View) error { _, err := v.Event(ctx, id); return err }, []graph.Role{graph.Oversight, graph.DPO, graph.Reporter}},
		{"proof", func(v *graph.View) error { _, err := v.Prove(ctx, id); return err }, []graph.Role{graph.Oversight, graph.DPO, graph.Reporter}},
		{"receipt", func(v *graph.View) error { _, err := v.Receipt(ctx, "bka-gateway", "e-1"); return err }, []graph.Role{graph.Oversight, graph.DPO, graph.Reporter}},
		{"catalog", func(v *graph.View) error { _, err := v.Catalog(graph.AsOf{}); return err }, []graph.Role{graph.Oversight, graph.DPO, graph.Operator}},
		{"organisations", func(v *graph.View) error { _, err := v.Organisations(catalog.Criteria{}, page); return err }, []graph.Role{graph.Oversight, graph.DPO, graph.Operator}},
		{"chain", func(v *graph.View) error { _, err := v.Chain("bka-gateway"); return err }, []graph.Role{graph.Oversight, graph.Reporter, graph.Operator}},
		{"entry bundle", func(v *graph.View) error { _, err := v.EntryBundle(0, 1); return err }, []graph.Role{graph.Oversight}},
		{"checkpoint", func(v *graph.View) error { _, err := v.Checkpoint(time.Time{}); return err }, graph.Roles()},
	} {
		for role, v := range views {
			err := c.read(v)
			if may := slices.Contains(c.may, role); may != (err == nil) || !may && graph.CodeOf(err) != graph.CodeForbidden {
				t.Errorf("%s asks for %s: %v", role, c.name, err)
			}
		}
	}
	// A dpo of others finds nothing, and is told so in the words for what was never there.
	other := as(t, g, graph.DPO, "int-ipsg")
	_, known := other.Event(ctx, id)
	_, unknown := other.Event(ctx, "AAAAAAAAAAAAAAAAAAAAAA")
	if graph.CodeOf(known) != graph.CodeNotFound || graph.CodeOf(unknown) != graph.CodeNotFound {
		t.Errorf("%v, %v", known, unknown)
	}
}

// A proposition is contested as far as one sees, and a claim that its source took back does not count.
func TestContested(t *testing.T) {
	g, _ := open(t)
	ctx := context.Background()
	says := func(id string, stance event.Stance, organisations ...string) *event.Event {
		e := &event.Event{ID: id, Kind: event.KindClaim, Citation: &event.Citation{Source: "doc"}, Claim: &event.Claim{Claimant: "de-bka", Stance: stance,
			Modality: event.ModalityFact, SourceClass: event.SourceOfficial, Proposition: event.Proposition{ID: "p", Type: event.PropositionHolding, Subject: "icis"}}}
		if organisations != nil {
			e.Visibility = &event.Visibility{Organisations: organisations}
		}
		return e
	}
	record(t, g, graph.LogID, says("yes", event.StanceAsserted), says("no", event.StanceDenied, "de-bka"))
	size := g.Checkpoint().Size
	contested := func(v *graph.View, size uint64) bool {
		t.Helper()
		is, err := v.Contested(ctx, "p", size)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	bka, ipsg := as(t, g, graph.DPO, "de-bka"), as(t, g, graph.DPO, "int-ipsg")
	if !contested(as(t, g, graph.Oversight), size) || !contested(bka, size) || contested(ipsg, size) || contested(bka, size-1) {
		t.Error("who sees the denial does not see that it is contested, or somebody else does")
	}
	record(t, g, graph.LogID, &event.Event{ID: "taken back", Kind: event.KindCorrect, Visibility: &event.Visibility{Organisations: []string{"de-bka"}},
		Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: "no"}}})
	now := g.Checkpoint().Size
	if contested(bka, now) || !contested(bka, size) {
		t.Error("what was taken back still counts, or did not count before")
	}
	if n := len(sourceIDs(t, ipsg, graph.EventFilter{Kinds: []event.Kind{event.KindCorrect}})); n != 0 {
		t.Error("a correction limited to others is seen")
	}
}
