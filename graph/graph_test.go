package graph_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// open makes a data directory with a few declarations and opens it.
func open(t testing.TB) (*graph.Graph, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := graph.Create(dir, "log.example/test", graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g := reopen(t, dir)
	record(t, g, graph.LogID,
		declareOrganisation("de-bka", event.ClassNCB), declareOrganisation("int-ipsg", event.ClassInternational),
		declareSystem("icis", "int-ipsg"), declareSystem("inpol", "de-bka"),
		declareSource("bka-gateway", "de-bka", false), declareSource("importer", "de-bka", true))
	return g, dir
}

func reopen(t testing.TB, dir string) *graph.Graph {
	t.Helper()
	g, err := graph.Open(dir, graph.Options{BlockEntries: 64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

func declareOrganisation(id string, class event.RecipientClass) *event.Event {
	return &event.Event{ID: "organisation/" + id, Kind: event.KindDeclare, Declaration: &event.Declaration{
		Type: event.DeclareOrganisation, ID: id, Name: event.Text{EN: strings.ToUpper(id)}, Organisation: &event.OrganisationDeclaration{Class: class}}}
}

func declareSystem(id, operator string) *event.Event {
	return &event.Event{ID: "system/" + id, Kind: event.KindDeclare, Declaration: &event.Declaration{
		Type: event.DeclareSystem, ID: id, Name: event.Text{EN: strings.ToUpper(id)}, System: &event.SystemDeclaration{Operator: operator}}}
}

func declareSource(id, organisation string, introduces bool) *event.Event {
	return &event.Event{ID: "source/" + id, Kind: event.KindDeclare, Declaration: &event.Declaration{
		Type: event.DeclareSource, ID: id, Name: event.Text{EN: id}, Source: &event.SourceDeclaration{Organisation: organisation, Introduces: introduces}}}
}

func record(t testing.TB, g *graph.Graph, source string, events ...*event.Event) []graph.Receipt {
	t.Helper()
	receipts, _, err := g.Record(context.Background(), source, events...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range receipts {
		if r.Status == graph.Rejected {
			t.Fatalf("%s: %v", events[i].ID, r.Faults)
		}
	}
	return receipts
}

func digest(n int) string { return fmt.Sprintf("sha256:%064x", n) }

func consult(id string, image int) *event.Event {
	return &event.Event{ID: id, Kind: event.KindConsult, Occurred: event.At(time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)),
		Requester: "de-bka", From: event.Place{System: "inpol"}, Actor: &event.Actor{ID: "officer-1"}, Purpose: "prosecution",
		Images: []event.Image{{Digest: digest(image)}}, Case: &event.Case{Reference: "case-77"}, Justification: "synthetic"}
}

func TestRecordedEventIsProvenAndFound(t *testing.T) {
	g, dir := open(t)
	r := record(t, g, "bka-gateway", consult("e-1", 1))[0]

	view, err := g.As(graph.Viewer{Name: "auditor", Role: graph.Oversight, Purpose: graph.LawfulnessCheck})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	e, err := view.Event(ctx, r.Entry.String())
	if err != nil {
		t.Fatal(err)
	}
	if e.Index != r.Index || e.LeafHash != r.LeafHash || e.Event.ID != "e-1" || e.Event.Images[0].Digest != digest(1) {
		t.Fatalf("entry %+v does not match receipt %+v", e, r)
	}
	for _, personal := range []string{"officer-1", "case-77", digest(1), "synthetic", "e-1\""} {
		if strings.Contains(string(e.Leaf), personal) {
			t.Errorf("the leaf has %q in the clear", personal)
		}
	}

	p, err := view.Prove(ctx, r.Entry.String())
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := graph.VerifierKey(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	proves(t, p, vkey, "log.example/test")

	for name, f := range map[string]graph.EventFilter{
		"digest":  {Digests: []string{digest(1)}},
		"system":  {Systems: []string{"INPOL"}, Kinds: []event.Kind{event.KindConsult}},
		"actor":   {Actors: []graph.Identity{{Identifier: "officer-1"}}},
		"case":    {Cases: []graph.Identity{{Source: "bka-gateway", Identifier: "case-77"}}},
		"time":    {Occurred: mustTime("2026-05-01")},
		"combine": {Digests: []string{digest(1)}, Organisations: []string{"de-bka"}, Occurred: mustTime("2026")},
	} {
		page, err := view.Events(ctx, f, index.Recorded, graph.Pagination{First: 10})
		if err != nil {
			t.Fatal(name, err)
		}
		if len(page.Entries) != 1 || page.Entries[0].Index != r.Index {
			t.Errorf("%s finds %d entries", name, len(page.Entries))
		}
	}
	page, err := view.Events(ctx, graph.EventFilter{Digests: []string{digest(2)}}, index.Recorded, graph.Pagination{First: 10})
	if err != nil || len(page.Entries) != 0 {
		t.Errorf("an unknown picture finds %v, %v", page, err)
	}
}

func mustTime(s string) event.Time {
	t, err := event.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestRepeats(t *testing.T) {
	g, dir := open(t)
	first := record(t, g, "bka-gateway", consult("e-1", 1))[0]
	again := record(t, g, "bka-gateway", consult("e-1", 1))[0]
	if again.Status != graph.Duplicate || again.Index != first.Index || again.LeafHash != first.LeafHash {
		t.Errorf("repeat answers %+v, first %+v", again, first)
	}
	size := g.Checkpoint().Size
	receipts, _, err := g.Record(context.Background(), "bka-gateway", consult("e-1", 2))
	if err != nil {
		t.Fatal(err)
	}
	if r := receipts[0]; r.Status != graph.Rejected || r.Faults[0].Code != graph.FaultIDReused {
		t.Errorf("a reused id answers %+v", r)
	}
	// The same id of another source is another event.
	if r := record(t, g, "importer", consult("e-1", 2))[0]; r.Status != graph.Accepted {
		t.Errorf("another source's id answers %+v", r)
	}
	// Twice in one group, once with other content.
	receipts, _, err = g.Record(context.Background(), "bka-gateway", consult("e-2", 1), consult("e-2", 1), consult("e-2", 3))
	if err != nil {
		t.Fatal(err)
	}
	if receipts[0].Status != graph.Accepted || receipts[1].Status != graph.Duplicate || receipts[1].Index != receipts[0].Index || receipts[2].Status != graph.Rejected {
		t.Errorf("a group with repeats answers %+v", receipts)
	}
	if got := g.Checkpoint().Size; got != size+2 {
		t.Errorf("the log grew by %d entries, want 2", got-size)
	}
	// All of it holds after a restart.
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	g = reopen(t, dir)
	if again := record(t, g, "bka-gateway", consult("e-1", 1))[0]; again.Status != graph.Duplicate || again.LeafHash != first.LeafHash {
		t.Errorf("after a restart a repeat answers %+v, first %+v", again, first)
	}
}

func TestRepeatsInFlight(t *testing.T) {
	g, _ := open(t)
	const clients, events = 8, 50
	var mu sync.Mutex
	accepted := map[string]int{}
	index := map[string]uint64{}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range events {
				id := fmt.Sprintf("e-%d", i)
				receipts, _, err := g.Record(context.Background(), "bka-gateway", consult(id, i))
				if err != nil {
					t.Error(err)
					return
				}
				r := receipts[0]
				mu.Lock()
				if r.Status == graph.Accepted {
					accepted[id]++
				}
				if at, ok := index[id]; ok && at != r.Index {
					t.Errorf("%s has receipts with indexes %d and %d", id, at, r.Index)
				}
				index[id] = r.Index
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for i := range events {
		if n := accepted[fmt.Sprintf("e-%d", i)]; n != 1 {
			t.Errorf("e-%d was accepted %d times", i, n)
		}
	}
}

// A claim stands in the answers as its claimant's word, so a source gives its own organisation's, or another's as its
// organisation has it.
func TestClaimOfAnother(t *testing.T) {
	g, _ := open(t)
	unit, foreign := declareOrganisation("unit", event.ClassNCB), declareOrganisation("foreign", event.ClassNCB)
	unit.Declaration.Organisation.PartOf = "de-bka"
	record(t, g, graph.LogID, unit, foreign)
	claim := func(claimant, reporter string) *event.Event {
		return &event.Event{ID: claimant + "/" + reporter, Kind: event.KindClaim, Citation: &event.Citation{Source: "doc"}, Claim: &event.Claim{
			Claimant: claimant, Reporter: reporter, Stance: event.StanceDenied, Modality: event.ModalityFact, SourceClass: event.SourceOfficial,
			Proposition: event.Proposition{ID: "p", Type: event.PropositionHolding, Subject: "de-bka"}}}
	}
	record(t, g, "bka-gateway", claim("de-bka", ""), claim("unit", ""), claim("foreign", "de-bka"))
	record(t, g, graph.LogID, claim("foreign", ""))
	receipts, _, err := g.Record(context.Background(), "bka-gateway", claim("foreign", ""), claim("de-bka", "foreign"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range receipts {
		if codesOf(r.Faults) != "CLAIM_OF_ANOTHER" {
			t.Errorf("%s: %s %q", r.ID, r.Status, codesOf(r.Faults))
		}
	}
}

// A source that may introduce catalog entries does not change those of the operator or of another source.
func TestDeclaredByAnother(t *testing.T) {
	g, _ := open(t)
	rule := func(maximum string) *event.Event {
		return &event.Event{ID: "rule/" + maximum, Kind: event.KindDeclare, Declaration: &event.Declaration{
			Type: event.DeclareRetention, ID: "hits", Name: event.Text{EN: "Hits"}, Rule: &event.RuleDeclaration{Maximum: maximum}}}
	}
	record(t, g, graph.LogID, rule("P1Y"))
	receipts, _, err := g.Record(context.Background(), "importer", rule("P99Y"))
	if err != nil {
		t.Fatal(err)
	}
	if codes := codesOf(receipts[0].Faults); codes != "DECLARATION_NOT_ALLOWED" {
		t.Errorf("faults %q", codes)
	}
	own := rule("P2Y")
	own.Declaration.ID = "own"
	record(t, g, "importer", own)
	again := rule("P3Y")
	again.Declaration.ID = "own"
	record(t, g, "importer", again)
}

func TestUndeclared(t *testing.T) {
	g, _ := open(t)
	e := consult("e-1", 1)
	e.Requester, e.From.System = "nowhere", "nothing"
	receipts, _, err := g.Record(context.Background(), "bka-gateway", e)
	if err != nil {
		t.Fatal(err)
	}
	if codes := codesOf(receipts[0].Faults); codes != "UNDECLARED_ORGANISATION UNDECLARED_SYSTEM" {
		t.Errorf("faults %q", codes)
	}
	r := record(t, g, "importer", e)[0]
	if len(r.Flagged) != 2 {
		t.Errorf("introduced %v", r.Flagged)
	}
	if o, ok := g.Declared().Organisation("nowhere"); !ok || !o.Organisation.Flagged {
		t.Errorf("an introduced organisation is %+v", o)
	}
	// Only the operator declares keys and sources, and confirms what was introduced.
	receipts, _, err = g.Record(context.Background(), "importer", declareSource("mine", "de-bka", true), declareOrganisation("nowhere", event.ClassPrivate))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range receipts {
		if codesOf(r.Faults) != "DECLARATION_NOT_ALLOWED" {
			t.Errorf("a source's declaration answers %+v", r)
		}
	}
	if _, _, err := g.Record(context.Background(), "unheard-of", e); graph.CodeOf(err) != graph.CodeUnknownSource {
		t.Errorf("an unknown source answers %v", err)
	}
}

func codesOf(f event.Faults) string {
	var codes []string
	for _, x := range f {
		codes = append(codes, x.Code)
	}
	return strings.Join(codes, " ")
}

func TestPagesStayStableWhileTheLogGrows(t *testing.T) {
	g, _ := open(t)
	for i := range 25 {
		record(t, g, "bka-gateway", consult(fmt.Sprintf("e-%d", i), 1))
	}
	view, err := g.As(graph.Viewer{Name: "auditor", Role: graph.Oversight, Purpose: graph.LawfulnessCheck})
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range []index.Order{index.Recorded, index.RecordedDesc, index.Occurred, index.OccurredDesc} {
		var seen []uint64
		after := ""
		f := graph.EventFilter{Digests: []string{digest(1)}}
		var size uint64
		for n := 0; ; n++ {
			page, err := view.Events(context.Background(), f, order, graph.Pagination{First: 10, After: after})
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				size = page.TreeSize
			} else if page.TreeSize != size {
				t.Errorf("page %d holds for tree size %d, the first for %d", n, page.TreeSize, size)
			}
			for _, e := range page.Entries {
				seen = append(seen, e.Index)
			}
			if !page.More {
				break
			}
			if after, err = page.Cursor(len(page.Entries) - 1); err != nil {
				t.Fatal(err)
			}
			record(t, g, "bka-gateway", consult(fmt.Sprintf("late-%d-%d", order, n), 1))
		}
		// Two were added while the first order was paged, and so on.
		want := 25 + 2*int(order)
		if len(seen) != want {
			t.Errorf("order %d: %d entries in pages, want %d", order, len(seen), want)
		}
		// A cursor of one question or viewer is none of another's.
		if after != "" {
			if _, err := view.Events(context.Background(), graph.EventFilter{}, order, graph.Pagination{First: 1, After: after}); graph.CodeOf(err) != graph.CodeBadCursor {
				t.Errorf("a cursor of another filter answers %v", err)
			}
		}
	}
}

func TestDoorOfTheView(t *testing.T) {
	g, _ := open(t)
	for name, c := range map[string]struct {
		v    graph.Viewer
		code string
	}{
		"no role":          {graph.Viewer{Purpose: graph.LawfulnessCheck}, graph.CodeNoRole},
		"unknown role":     {graph.Viewer{Role: "king", Purpose: graph.LawfulnessCheck}, graph.CodeNoRole},
		"no purpose":       {graph.Viewer{Role: graph.Oversight}, graph.CodeNoPurpose},
		"unknown purpose":  {graph.Viewer{Role: graph.Oversight, Purpose: "CURIOSITY"}, graph.CodeNoPurpose},
		"unbound reporter": {graph.Viewer{Role: graph.Reporter, Purpose: graph.Reporting}, graph.CodeNoRole},
	} {
		if _, err := g.As(c.v); graph.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want code %s", name, err, c.code)
		}
	}
	r := record(t, g, "bka-gateway", consult("e-1", 1))[0]
	mine, err := g.As(graph.Viewer{Role: graph.Reporter, Source: "bka-gateway", Purpose: graph.Reporting})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if got, err := mine.Receipt(ctx, "bka-gateway", "e-1"); err != nil || got.Index != r.Index {
		t.Errorf("own receipt: %+v, %v", got, err)
	}
	if _, err := mine.Events(ctx, graph.EventFilter{}, index.Recorded, graph.Pagination{First: 1}); graph.CodeOf(err) != graph.CodeForbidden {
		t.Errorf("a reporter lists events: %v", err)
	}
	other, err := g.As(graph.Viewer{Role: graph.Reporter, Source: "importer", Purpose: graph.Reporting})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Event(ctx, r.Entry.String()); graph.CodeOf(err) != graph.CodeNotFound {
		t.Errorf("another's entry answers %v", err)
	}
}

// proves checks a proof with nothing but the checkpoint's own library and the verifier of the log.
func proves(t testing.TB, p *graph.Proof, vkey, origin string) {
	t.Helper()
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Open(p.Head.Checkpoint, note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%s\n%d\n%s\n", origin, p.Size, p.Head.Root); signed.Text != want {
		t.Fatalf("checkpoint says %q, want %q", signed.Text, want)
	}
	if err := tlog.CheckRecord(p.Path, int64(p.Size), p.Head.Root, int64(p.Index), tlog.RecordHash(p.Leaf)); err != nil {
		t.Fatal(err)
	}
}
