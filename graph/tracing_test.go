package graph_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

func transfer(kind event.Kind, id, from, to, reference string, minutes, picture int) *event.Event {
	return &event.Event{ID: id, Kind: kind, Occurred: event.At(time.Date(2026, 5, 1, 12, minutes, 0, 0, time.UTC)),
		From: event.Place{System: from}, To: event.Place{System: to}, Transfer: &event.Transfer{Reference: reference},
		Images: []event.Image{{Digest: digest(picture)}}}
}

// Which transfers have no receipt and which receipts no transfer, as of a state, as far as a viewer sees.
func TestUnmatched(t *testing.T) {
	g, _ := open(t)
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), part(event.DeclareOrganisation, "fr-pts", "fr-pn", false),
		declareSystem("taj", "fr-pn"), declareSystem("lab", "fr-pts"))
	lab := part(event.DeclareSystem, "lab", "taj", false)
	lab.Declaration.System.Operator = "fr-pts"
	record(t, g, graph.LogID, lab)
	record(t, g, "bka-gateway",
		transfer(event.KindDisclose, "sent", "inpol", "taj", "A", 0, 1),
		transfer(event.KindDisclose, "lost", "inpol", "taj", "B", 1, 2))
	before := g.Checkpoint().Size
	record(t, g, "bka-gateway",
		transfer(event.KindReceive, "received", "inpol", "lab", "A", 5, 1),
		transfer(event.KindReceive, "from nowhere", "taj", "inpol", "C", 6, 3), consult("consult", 1))

	yes, no := true, false
	unmatched := func(is *bool) graph.EventFilter {
		return graph.EventFilter{Particulars: graph.Particulars{Unmatched: is}}
	}
	all := as(t, g, graph.Oversight)
	if got := sourceIDs(t, all, unmatched(&yes)); !slices.Equal(got, []string{"lost", "from nowhere"}) {
		t.Errorf("unmatched: %q", got)
	}
	if got := sourceIDs(t, all, unmatched(&no)); !slices.Equal(got, []string{"sent", "received"}) {
		t.Errorf("matched: %q", got)
	}
	then, err := all.Events(context.Background(), unmatched(&yes), index.Recorded, graph.Pagination{First: 10, AsOf: graph.AsOf{Size: &before}})
	if err != nil || len(then.Entries) != 2 || then.Entries[0].Event.ID != "sent" {
		t.Errorf("as of %d: %v %v", before, then, err)
	}
	// The laboratory took part in the receipt and not in the transfer, of which it must not learn.
	if got := sourceIDs(t, as(t, g, graph.DPO, "fr-pts"), unmatched(&yes)); !slices.Equal(got, []string{"received"}) {
		t.Errorf("the laboratory sees unmatched %q", got)
	}
	if got := sourceIDs(t, as(t, g, graph.DPO, "fr-pn"), unmatched(&no)); !slices.Equal(got, []string{"sent", "received"}) {
		t.Errorf("its whole sees matched %q", got)
	}
	// Taken back, a transfer is neither, and what it had is unmatched.
	sent, err := all.Event(context.Background(), strconv.Itoa(int(then.Entries[0].Index)))
	if err != nil {
		t.Fatal(err)
	}
	record(t, g, "bka-gateway", &event.Event{ID: "back", Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: "sent"}}})
	if got := sourceIDs(t, as(t, g, graph.Oversight), unmatched(&yes)); !slices.Equal(got, []string{"lost", "received", "from nowhere"}) {
		t.Errorf("after it was taken back: %q", got)
	}
	if c, err := all.Counterpart(sent.Index, g.Checkpoint().Size); err != nil || c != nil {
		t.Errorf("what was taken back has a counterpart: %v %v", c, err)
	}
	if c, err := all.Counterpart(sent.Index, then.TreeSize); err != nil || c == nil || c.Matched || c.Due != time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) {
		t.Errorf("as of %d: %+v %v", before, c, err)
	}
}

// Of hops out of its scope a dpo learns that there are some, of an image that it sees; the owner follows its image; and
// who sees nothing of an image learns nothing.
func TestLineageWithinScope(t *testing.T) {
	g, _ := open(t)
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareOrganisation("stranger", event.ClassAuthority), declareSystem("taj", "fr-pn"))
	owned := transfer(event.KindDisclose, "own", "inpol", "taj", "C", 2, 2)
	owned.Owner = "de-bka"
	onward := transfer(event.KindDisclose, "onward own", "taj", "icis", "D", 3, 2)
	onward.Actor, onward.Verifiers = &event.Actor{ID: "somebody"}, nil
	record(t, g, "bka-gateway", transfer(event.KindDisclose, "sent", "inpol", "taj", "A", 0, 1), transfer(event.KindDisclose, "onward", "taj", "icis", "B", 1, 1), owned, onward,
		&event.Event{ID: "viewed", Kind: event.KindConsult, Occurred: noon, Requester: "int-ipsg", From: event.Place{System: "icis"},
			Actor: &event.Actor{ID: "viewer of others"}, Images: []event.Image{{Digest: digest(2)}}})
	for _, c := range []struct {
		viewer  string
		picture int
		hops    int
		beyond  bool
	}{{"", 1, 2, false}, {"de-bka", 1, 1, true}, {"fr-pn", 1, 2, false}, {"stranger", 1, 0, false}, {"de-bka", 2, 2, false}, {"int-ipsg", 2, 1, true}} {
		v := as(t, g, graph.Oversight)
		if c.viewer != "" {
			v = as(t, g, graph.DPO, c.viewer)
		}
		l, err := v.Lineage(context.Background(), graph.LineageQuery{Image: graph.ImageRef{Digest: digest(c.picture)}, Direction: trace.Down, Depth: 9})
		if err != nil || len(l.Hops) != c.hops || l.Beyond != c.beyond {
			t.Errorf("%q of picture %d: %+v %v", c.viewer, c.picture, l, err)
		}
	}
	// Who looked is others' business, that somebody of an organisation did is the owner's.
	x, err := as(t, g, graph.DPO, "de-bka").Exposure(context.Background(), graph.ImageRef{Digest: digest(2)}, graph.AsOf{})
	if err != nil || len(x.Sightings) != 1 || x.Sightings[0].Organisation != "int-ipsg" || !x.Sightings[0].Actor.Pseudonym.IsZero() || len(x.Holdings) != 3 {
		t.Errorf("%+v %v", x, err)
	}
}
