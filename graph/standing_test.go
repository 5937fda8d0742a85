package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

func flowClaim(id, claimant, proposition, from, to string, s event.Stance, q *event.Quantity) *event.Event {
	return &event.Event{ID: id, Kind: event.KindClaim, Citation: &event.Citation{Source: "doc"}, Claim: &event.Claim{
		Claimant: claimant, Stance: s, Modality: event.ModalityFact, SourceClass: event.SourcePress, Quantity: q,
		Proposition: event.Proposition{ID: proposition, Type: event.PropositionFlow, From: from, To: to}}}
}

// flowsOf writes the rows of a table of flows: ends, interval and split, entries, transfers, what is sent and received,
// and what is claimed.
func flowsOf(t *testing.T, v *graph.View, q graph.FlowQuery) (list []string) {
	t.Helper()
	q.Order = graph.ByKeys
	table, err := v.Flows(context.Background(), q, graph.Pagination{First: 100})
	if err != nil {
		t.Fatal(err)
	}
	if reason, _, err := table.Cut(); err != nil || reason != "" {
		t.Fatalf("cut: %s %v", reason, err)
	}
	for _, r := range table.Rows {
		words := []string{r.From.Value + ">" + r.To.Value}
		if r.At != nil {
			words = append(words, r.At.Value+string(r.At.Absent))
		}
		for _, s := range r.Split {
			words = append(words, s.Value+string(s.Absent))
		}
		words = append(words, fmt.Sprintf("%d entries, %d transfers (%d sent, %d received)", r.Count, r.Transfers, r.Sent.Entries, r.Received.Entries))
		if r.Superseded > 0 {
			words = append(words, fmt.Sprintf("%d superseded", r.Superseded))
		}
		if r.Claimed.Flows > 0 {
			words = append(words, fmt.Sprintf("%d claimed", r.Claimed.Flows))
			for _, s := range r.Claimed.Stated {
				most := "more"
				if s.AtMost != nil {
					most = fmt.Sprint(*s.AtMost)
				}
				words = append(words, fmt.Sprintf("%s %d to %s", s.Unit, s.AtLeast, most))
			}
			if r.Claimed.Silent > 0 {
				words = append(words, fmt.Sprintf("%d silent", r.Claimed.Silent))
			}
		}
		if len(r.Claims) > 0 {
			words = append(words, fmt.Sprintf("%d claims", len(r.Claims)))
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

// A transfer that both sides recorded is one, where and when the sender has it; what is only claimed stands apart, and the
// claims on one flow are not added up.
func TestFlowsByStanding(t *testing.T) {
	g, _ := open(t)
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareSystem("taj", "fr-pn"), declareSource("fr-gateway", "fr-pn", false),
		declareOrganisation("press", event.ClassPress),
		&event.Event{ID: "doc", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareDocument, ID: "doc", Name: event.Text{EN: "A document"}, Document: &event.DocumentDeclaration{Publisher: "press"}}})
	late := transfer(event.KindReceive, "came", "inpol", "taj", "A", 0, 1)
	late.Occurred = event.At(time.Date(2026, 5, 2, 0, 30, 0, 0, time.UTC)) // the next day
	sent := transfer(event.KindDisclose, "sent", "inpol", "taj", "A", 0, 1)
	sent.To, sent.Purpose, sent.Basis = event.Place{Organisation: "fr-pn"}, "prosecution", []string{"a"}
	bulk := transfer(event.KindDisclose, "bulk", "inpol", "icis", "", 3, 0)
	bulk.Images, bulk.Transfer, bulk.Quantity = nil, nil, &event.Quantity{Amount: 7, Bound: event.BoundAtLeast, Unit: "IMAGE"}
	record(t, g, "bka-gateway", sent, transfer(event.KindDisclose, "lost", "inpol", "taj", "B", 1, 2), bulk,
		transfer(event.KindDisclose, "own", "inpol", "icis", "C", 4, 3), transfer(event.KindReceive, "own too", "inpol", "icis", "C", 5, 3))
	record(t, g, "fr-gateway", late, transfer(event.KindReceive, "from nowhere", "icis", "taj", "D", 6, 4))
	images := func(bound event.Bound, n int64) *event.Quantity {
		return &event.Quantity{Amount: n, Bound: bound, Unit: "IMAGE"}
	}
	record(t, g, graph.LogID,
		flowClaim("c1", "press", "p1", "inpol", "icis", event.StanceAsserted, images(event.BoundAtLeast, 100)),
		flowClaim("c2", "de-bka", "p1", "inpol", "icis", event.StanceAsserted, images(event.BoundExact, 300)),
		flowClaim("c3", "press", "p2", "inpol", "icis", event.StanceConjectured, images(event.BoundExact, 5)),
		flowClaim("c4", "int-ipsg", "p3", "icis", "taj", event.StanceDenied, nil),
		flowClaim("c5", "press", "p4", "icis", "fr-pn", event.StanceAsserted, nil),
		flowClaim("c6", "de-bka", "p4", "icis", "fr-pn", event.StanceDenied, nil))
	plan := flowClaim("c7", "press", "p5", "taj", "icis", event.StanceAsserted, nil)
	plan.Claim.Modality = event.ModalityPlan
	silent := flowClaim("c8", "de-bka", "p6", "taj", "inpol", event.StanceNoInformation, nil)
	silent.Claim.Addressee = true
	record(t, g, graph.LogID, plan, silent)

	by := func(between graph.FlowKey, interval graph.CountKey, f graph.EventFilter, split ...graph.CountKey) graph.FlowQuery {
		return graph.FlowQuery{Between: between, Interval: interval, Filter: f, Split: split}
	}
	only := func(s ...trace.Standing) graph.EventFilter {
		return graph.EventFilter{Particulars: graph.Particulars{Standing: s}}
	}
	all := as(t, g, graph.Oversight)
	for _, c := range []struct {
		name string
		v    *graph.View
		q    graph.FlowQuery
		want []string
	}{
		{"by system", all, by(graph.BetweenSystems, "", graph.EventFilter{}, graph.ByStanding), []string{
			"icis>fr-pn CONTESTED 0 entries, 0 transfers (0 sent, 0 received) 1 claimed 1 silent 2 claims",
			"icis>taj CONTESTED 1 entries, 1 transfers (0 sent, 1 received) 2 claims",
			"icis>taj DENIED 0 entries, 0 transfers (0 sent, 0 received) 1 claimed 1 silent 2 claims",
			"inpol>icis CLAIMED 0 entries, 0 transfers (0 sent, 0 received) 2 claimed IMAGE 105 to more 3 claims",
			"inpol>icis RECORDED 3 entries, 2 transfers (2 sent, 1 received)",
			"inpol>taj CORROBORATED 2 entries, 1 transfers (1 sent, 1 received)",
			"inpol>taj RECORDED 1 entries, 1 transfers (1 sent, 0 received)",
			"taj>inpol NO_INFORMATION 0 entries, 0 transfers (0 sent, 0 received) 1 claimed 1 silent 1 claims",
		}},
		{"the pair is on the sender's day, under its purpose and basis", all, by(graph.BetweenOrganisations, graph.ByDay, only(trace.Corroborated), graph.ByPurpose, graph.ByBasis), []string{
			"de-bka>fr-pn 2026-05-01 prosecution a 2 entries, 1 transfers (1 sent, 1 received)"}},
		{"by kind both sides stand apart, and are one transfer", all, by(graph.BetweenOrganisations, "", only(trace.Corroborated), graph.ByKind), []string{
			"de-bka>fr-pn DISCLOSE 1 entries, 1 transfers (1 sent, 0 received)", "de-bka>fr-pn RECEIVE 1 entries, 0 transfers (0 sent, 1 received)"}},
		{"a receipt alone", all, by(graph.BetweenSystems, "", graph.EventFilter{Kinds: []event.Kind{event.KindReceive}, Particulars: graph.Particulars{From: []string{"inpol"}}}, graph.ByStanding), []string{
			"inpol>icis RECORDED 1 entries, 1 transfers (0 sent, 1 received)", "inpol>taj CORROBORATED 1 entries, 1 transfers (0 sent, 1 received)"}},
		{"a denied flow only", all, by(graph.BetweenSystems, "", graph.EventFilter{Particulars: graph.Particulars{Standing: []trace.Standing{trace.StandDenied}, To: []string{"taj"}}}), []string{
			"icis>taj 0 entries, 0 transfers (0 sent, 0 received) 1 claimed 1 silent 2 claims"}},
		{"a claim has no time but its own", all, by(graph.BetweenSystems, graph.ByMonth, only(trace.StandClaimed, trace.Silence), graph.ByPurpose), []string{
			"inpol>icis UNPLACED EMPTY 0 entries, 0 transfers (0 sent, 0 received) 2 claimed IMAGE 105 to more 3 claims",
			"taj>inpol UNPLACED EMPTY 0 entries, 0 transfers (0 sent, 0 received) 1 claimed 1 silent 1 claims"}},
		// What the other side recorded is in the scope of both, and what is denied in public is for all.
		{"as France sees it", as(t, g, graph.DPO, "fr-pn"), by(graph.BetweenOrganisations, "", only(trace.Corroborated, trace.Contested, trace.Recorded), graph.ByStanding), []string{
			"de-bka>fr-pn CORROBORATED 2 entries, 1 transfers (1 sent, 1 received)", "de-bka>fr-pn RECORDED 1 entries, 1 transfers (1 sent, 0 received)",
			"int-ipsg>fr-pn CONTESTED 1 entries, 1 transfers (0 sent, 1 received) 1 claimed 1 silent 3 claims"}},
	} {
		if got := flowsOf(t, c.v, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}

	// Entries by standing, and what was taken back.
	if got := sourceIDs(t, all, only(trace.Contested)); !slices.Equal(got, []string{"from nowhere"}) {
		t.Errorf("contested entries %q", got)
	}
	record(t, g, "fr-gateway", &event.Event{ID: "back", Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: "came"}}})
	if got, want := flowsOf(t, as(t, g, graph.Oversight), by(graph.BetweenSystems, "", only(trace.Corroborated, trace.Recorded))), []string{
		"inpol>fr-pn 1 entries, 1 transfers (1 sent, 0 received)", "inpol>icis 3 entries, 2 transfers (2 sent, 1 received)",
		"inpol>taj 1 entries, 1 transfers (1 sent, 0 received) 1 superseded"}; !slices.Equal(got, want) {
		t.Errorf("after the receipt was taken back:\n%s", strings.Join(got, "\n"))
	}
	// A transfer that was put right is where it went, and one with its receipt; what was said first is counted apart.
	put := func(id, to, reference string, minute, image int, of string) *event.Event {
		e := transfer(event.KindCorrect, id, "inpol", to, reference, minute, image)
		e.Relates = []event.Reference{{Relation: event.RelationSupersedes, ID: of}}
		return e
	}
	own := put("own, for another purpose", "icis", "C", 4, 3, "own")
	own.Purpose = "identification"
	record(t, g, "bka-gateway", put("elsewhere", "icis", "B", 1, 2, "lost"), own)
	for _, c := range []struct {
		q    graph.FlowQuery
		want []string
	}{
		{by(graph.BetweenSystems, "", only(trace.Corroborated, trace.Recorded), graph.ByPurpose), []string{
			"inpol>fr-pn prosecution 1 entries, 1 transfers (1 sent, 0 received)",
			"inpol>icis identification 2 entries, 1 transfers (1 sent, 1 received)",
			"inpol>icis MISSING 1 entries, 1 transfers (1 sent, 0 received) 1 superseded",
			"inpol>icis WITHHELD_BY_SOURCE 1 entries, 1 transfers (1 sent, 0 received)",
			"inpol>taj MISSING 0 entries, 0 transfers (0 sent, 0 received) 2 superseded"}},
		{by(graph.BetweenSystems, "", graph.EventFilter{Particulars: graph.Particulars{From: []string{"inpol"}}}), []string{
			"inpol>fr-pn 1 entries, 0 transfers (1 sent, 0 received)",
			"inpol>icis 4 entries, 0 transfers (3 sent, 1 received) 1 superseded",
			"inpol>taj 0 entries, 0 transfers (0 sent, 0 received) 2 superseded"}},
		{by(graph.BetweenSystems, "", graph.EventFilter{Kinds: []event.Kind{event.KindCorrect}, Particulars: graph.Particulars{To: []string{"icis"}}}), []string{
			"inpol>icis 2 entries, 0 transfers (0 sent, 0 received)"}},
	} {
		if got := flowsOf(t, as(t, g, graph.Oversight), c.q); !slices.Equal(got, c.want) {
			t.Errorf("put right:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
	if _, err := all.Counts(context.Background(), graph.CountQuery{By: []graph.CountKey{graph.ByStanding}}, graph.Pagination{First: 1}); graph.CodeOf(err) != graph.CodeBadArgument {
		t.Errorf("counts by standing: %v", err)
	}
}

// What the index tells of pairs is what opening each entry and its other side tells, which a filter asks for that all
// entries pass: with references that are shared by none, one or several, answers, corrections, denials of all images or of those from somewhere, narrower and
// wider places, any viewer and state.
func TestStandingsAreTheSameEntryByEntry(t *testing.T) {
	g, _ := open(t)
	w := rand.New(rand.NewPCG(6, 6))
	of := func(list ...string) string { return list[w.IntN(len(list))] }
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareSystem("taj", "fr-pn"), declareSource("fr-gateway", "fr-pn", true),
		declareOrganisation("press", event.ClassPress), part(event.DeclareOrganisation, "fr-pts", "fr-pn", false),
		&event.Event{ID: "doc", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareDocument, ID: "doc", Name: event.Text{EN: "A document"}, Document: &event.DocumentDeclaration{Publisher: "press"}}},
		flowClaim("c1", "press", "p1", "taj", "icis", event.StanceDenied, nil), flowClaim("c2", "press", "p2", "inpol", "taj", event.StanceAsserted, nil))
	ofFrance := flowClaim("c3", "press", "p3", "inpol", "taj", event.StanceDenied, nil)
	ofOne := flowClaim("c4", "press", "p4", "icis", "inpol", event.StanceDenied, nil)
	ofFrance.Claim.Proposition.Population, ofOne.Claim.Proposition.Population = "fr-pn", "c1"
	record(t, g, graph.LogID, ofFrance, ofOne)
	for _, kind := range []event.Kind{event.KindDisclose, event.KindReceive} {
		e := transfer(kind, "all of it "+string(kind), "icis", "inpol", "ONE", 1, 0)
		e.Images, e.Collection, e.Origin = nil, "c1", "de-bka"
		record(t, g, "importer", e)
	}
	sent := map[string][]string{}
	n := 0
	for range 12 {
		for _, source := range []string{"importer", "fr-gateway", "bka-gateway"} {
			var events []*event.Event
			for range 12 {
				n++
				kind := []event.Kind{event.KindDisclose, event.KindReceive, event.KindReceive, event.KindDisclose, event.KindEnrol}[w.IntN(5)]
				ends := []string{"inpol", "taj", "icis", "inpol", "taj"}
				k, image := w.IntN(4), w.IntN(6)
				e := transfer(kind, fmt.Sprint("e", n), ends[k], ends[k+1], fmt.Sprint("R", n/10+w.IntN(8)), w.IntN(59), image)
				if w.IntN(3) == 0 {
					e.To = event.Place{Organisation: of("fr-pn", "int-ipsg", "fr-pts")}
				}
				if w.IntN(6) == 0 {
					e.Occurred = event.Time{}
				}
				if w.IntN(4) == 0 {
					e.Transfer = nil
				}
				if w.IntN(5) == 0 {
					e.Images, e.Collection = nil, of("c1", "c2")
				}
				if k := sent[source]; len(k) > 0 && kind == event.KindReceive && w.IntN(6) == 0 {
					e.Relates = []event.Reference{{Relation: event.RelationAnswers, ID: of(k...)}}
				}
				if k := sent[source]; len(k) > 8 && w.IntN(9) == 0 {
					e.Relates = []event.Reference{{Relation: event.RelationSupersedes, ID: of(k...)}}
					if e.Kind = event.KindCorrect; w.IntN(2) == 0 {
						e = &event.Event{ID: e.ID, Kind: e.Kind, Relates: e.Relates}
					}
				}
				if w.IntN(2) == 0 {
					e.Origin = [...]string{"fr-pn", "fr-pts", of("fr-pn", "fr-pts"), "de-bka", of("fr-pn", "fr-pts", "de-bka"), ""}[image]
				}
				sent[source] = append(sent[source], e.ID)
				e.Exercise, e.Purpose = w.IntN(3) == 0, of("", "search")
				events = append(events, e)
			}
			if _, _, err := g.Record(context.Background(), source, events...); err != nil {
				t.Fatal(err)
			}
		}
	}
	yes, no := true, false
	views := []*graph.View{as(t, g, graph.Oversight), as(t, g, graph.DPO, "de-bka"), as(t, g, graph.DPO, "fr-pts"), as(t, g, graph.DPO, "int-ipsg")}
	standings := map[string]int{}
	for round := range 150 {
		v, asOf := views[w.IntN(len(views))], g.Checkpoint().Size-w.Uint64N(2)*w.Uint64N(g.Checkpoint().Size)
		q := graph.FlowQuery{Between: []graph.FlowKey{graph.BetweenSystems, graph.BetweenOrganisations}[w.IntN(2)], Order: graph.ByKeys, Split: []graph.CountKey{graph.ByStanding}}
		if w.IntN(2) == 0 {
			q.Split = append(q.Split, []graph.CountKey{graph.ByKind, graph.ByPurpose, graph.ByExercise}[w.IntN(3)])
		}
		if w.IntN(3) == 0 {
			q.Interval = graph.ByHour
		}
		switch w.IntN(7) {
		case 0:
			q.Filter.Exercise = &yes
		case 1:
			q.Filter.Systems = []string{of("taj", "icis")}
		case 2:
			q.Filter.Superseded = &no
		case 3:
			q.Filter.Kinds = []event.Kind{event.KindReceive, event.KindEnrol}
		case 4:
			q.Filter.Since = w.Uint64N(g.Checkpoint().Size)
		case 5:
			q.Filter.Standing = []trace.Standing{trace.Corroborated, trace.Contested}
		}
		pg := graph.Pagination{First: 500, AsOf: graph.AsOf{Size: &asOf}}
		got, err := v.Flows(context.Background(), q, pg)
		if err != nil {
			t.Fatal(err)
		}
		q.Filter.Held = &no
		want, err := v.Flows(context.Background(), q, pg)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Rows, want.Rows) {
			t.Fatalf("round %d, %+v as of %d:\ngot  %+v\nwant %+v", round, q, asOf, got.Rows, want.Rows)
		}
		for _, r := range got.Rows {
			standings[r.Split[0].Value] += int(r.Transfers)
			if r.Transfers < r.Count {
				standings["pairs"]++
			}
		}
	}
	for _, s := range []string{"RECORDED", "CORROBORATED", "CONTESTED", "pairs"} {
		if standings[s] < 100 {
			t.Errorf("this tests little: %v", standings)
		}
	}
}
