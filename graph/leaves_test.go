package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// TestWhatIsRememberedChangesNothing asks where an image went as of every size of a log in which everything changes that
// an answer stands on, while it grows and in any order, and for several viewers. Each answer is that of a graph that has
// just been opened and remembers nothing.
func TestWhatIsRememberedChangesNothing(t *testing.T) {
	g, dir := open(t)
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareSystem("lab", "fr-pn"), declareSource("ipsg", "int-ipsg", false),
		&event.Event{ID: "document", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareDocument, ID: "doc", Document: &event.DocumentDeclaration{}}})
	day := func(n int) event.Time { return event.At(time.Date(2026, 5, n, 12, 0, 0, 0, time.UTC)) }
	correct := func(id, of string, e *event.Event) *event.Event {
		e.ID, e.Kind, e.Relates = id, event.KindCorrect, []event.Reference{{Relation: event.RelationSupersedes, ID: of}}
		return e
	}
	claim := func(id string, stance event.Stance) *event.Event {
		return &event.Event{ID: id, Kind: event.KindClaim, Citation: &event.Citation{Source: "doc"}, Claim: &event.Claim{Claimant: "de-bka", Stance: stance,
			Modality: event.ModalityFact, SourceClass: event.SourceOfficial, Proposition: event.Proposition{ID: "flow", Type: event.PropositionFlow, From: "inpol", To: "icis"}}}
	}
	sent := transfer(event.KindDisclose, "sent", "inpol", "icis", "A", 0, 1)
	sent.Owner = "de-bka"
	sold := declareSystem("icis", "fr-pn")
	sold.ID = "icis has another operator"
	moved := *sent
	moved.To = event.Place{System: "lab"}
	steps := []struct {
		source string
		e      *event.Event
	}{
		{"bka-gateway", &event.Event{ID: "enrolled", Kind: event.KindEnrol, Occurred: day(1), To: event.Place{System: "inpol"}, Images: []event.Image{{Digest: digest(1)}}}},
		{"bka-gateway", sent},
		{"ipsg", transfer(event.KindReceive, "received", "inpol", "icis", "A", 5, 1)},
		{graph.LogID, claim("denied", event.StanceDenied)},
		{"bka-gateway", &event.Event{ID: "released", Kind: event.KindRelease, Occurred: day(1), Owner: "de-bka", Requester: "de-bka", Permission: &event.Permission{Recipients: []string{"int-ipsg"}}}},
		{graph.LogID, correct("denied no more", "denied", claim("", event.StanceAsserted))},
		{"bka-gateway", correct("went elsewhere", "sent", &moved)},
		{graph.LogID, sold},
		{"bka-gateway", transfer(event.KindDisclose, "onward", "icis", "lab", "B", 9, 1)},
		{"bka-gateway", correct("never released", "released", &event.Event{})},
		{"ipsg", transfer(event.KindReceive, "received late", "icis", "lab", "B", 20, 1)},
	}
	answer := func(g *graph.Graph, viewer string, size uint64) string {
		v := as(t, g, graph.Oversight)
		if viewer != "" {
			v = as(t, g, graph.DPO, viewer)
		}
		l, err := v.Lineage(context.Background(), graph.LineageQuery{Image: graph.ImageRef{Digest: digest(1)}, Direction: trace.Down, Depth: 9, AsOf: graph.AsOf{Size: &size}})
		if err != nil {
			return err.Error()
		}
		x, err := v.Exposure(context.Background(), graph.ImageRef{Digest: digest(1)}, graph.AsOf{Size: &size})
		if err != nil {
			return err.Error()
		}
		// How much was read is told, too, and is the same.
		text, err := json.Marshal([]any{l, x}, json.Deterministic(true))
		if err != nil {
			panic(err) // answers that cannot be told apart would all be equal
		}
		return string(text)
	}
	type question struct {
		viewer string
		size   uint64
	}
	r := rand.New(rand.NewPCG(3, 5))
	given := map[question]string{}
	sizes := []uint64{g.Checkpoint().Size}
	viewers := []string{"", "de-bka", "int-ipsg", "fr-pn"}
	for _, s := range steps {
		record(t, g, s.source, s.e)
		sizes = append(sizes, g.Checkpoint().Size)
		for n := range 12 {
			q := question{viewers[r.IntN(len(viewers))], sizes[r.IntN(len(sizes))]}
			if n == 0 {
				q = question{viewers[0], sizes[len(sizes)-1]}
			}
			got := answer(g, q.viewer, q.size)
			if before, ok := given[q]; ok && before != got {
				t.Fatalf("%q as of %d was told\n%s\nand is told\n%s", q.viewer, q.size, before, got)
			}
			given[q] = got
		}
	}
	// Many ask at once, a graph that remembers nothing yet.
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	g = reopen(t, dir)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for q, want := range given {
				if got := answer(g, q.viewer, q.size); got != want {
					t.Errorf("%q as of %d was told\n%s\nand, while others ask,\n%s", q.viewer, q.size, want, got)
				}
			}
		})
	}
	wg.Wait()
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	different := map[string]bool{}
	for q, remembered := range given {
		different[fmt.Sprint(q.viewer, remembered)] = true
	}
	for _, size := range sizes[1:] {
		q := question{viewers[0], size}
		fresh := reopen(t, dir)
		if got := answer(fresh, q.viewer, q.size); got != given[q] {
			t.Errorf("%q as of %d was told\n%s\nand should be\n%s", q.viewer, q.size, given[q], got)
		}
		if err := fresh.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(different) < 3*len(steps)/2 {
		t.Errorf("only %d different answers", len(different))
	}
}
