package schema_test

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

type difference struct {
	FromSize    uint64     `json:"fromSize"`
	ToSize      uint64     `json:"toSize"`
	From        signedHead `json:"from"`
	To          signedHead `json:"to"`
	Consistency []string   `json:"consistency"`
	Added       int        `json:"added"`
	Exercise    int        `json:"exercise"`
	Kinds       []struct {
		Kind  string `json:"kind"`
		Count int    `json:"count"`
	} `json:"kinds"`
	Declarations []struct {
		Type   string  `json:"type"`
		ID     string  `json:"id"`
		Change string  `json:"change"`
		Before *string `json:"before"`
		After  *string `json:"after"`
	} `json:"declarations"`
	Propositions []struct {
		ID              string   `json:"id"`
		Claims          int      `json:"claims"`
		Stances         []string `json:"stances"`
		ContestedBefore bool     `json:"contestedBefore"`
		ContestedAfter  bool     `json:"contestedAfter"`
	} `json:"propositions"`
	Superseded []struct {
		Index uint64 `json:"index"`
		By    uint64 `json:"by"`
	} `json:"superseded"`
	Complete bool      `json:"complete"`
	Events   entryList `json:"events"`
}

type signedHead struct {
	Size uint64 `json:"size"`
	Root string `json:"root"`
}

const differenceQuery = `query($from: AsOf!, $to: AsOf, $order: EventOrder, $filter: EventFilter) { difference(from: $from, to: $to) {
  fromSize toSize from { size root } to { size root } consistency added exercise kinds { kind count }
  declarations { type id change before after } propositions { id claims stances contestedBefore contestedAfter } superseded { index by } complete
  events(first: 500, order: $order, filter: $filter) { nodes { id index } treeSize complete } } }`

func (w *world) difference(t *testing.T, v vars) difference {
	t.Helper()
	var out struct {
		Difference difference `json:"difference"`
	}
	w.get(t, differenceQuery, v, &out)
	return out.Difference
}

// What was added between any two states is what was handed in between them, and the checkpoints are provably of one log.
func TestDifference(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	size := uint64(len(all))
	orders := []string{"RECORDED", "RECORDED_DESC", "OCCURRED", "OCCURRED_DESC"}
	for n, c := range [][2]uint64{{size - 200, size}, {size - 400, size - 100}, {10, 300}, {0, 250}, {size, size}, {0, 0}} {
		d := w.difference(t, vars{"from": vars{"size": c[0]}, "to": vars{"size": c[1]}, "order": orders[n%len(orders)]})
		want := all[c[0]:c[1]]
		kinds := map[string]int{}
		for _, h := range want {
			kinds[string(h.Kind)]++
		}
		if d.FromSize != c[0] || d.ToSize != c[1] || d.Added != len(want) || d.Exercise != len(filtered(want, func(h handed) bool { return h.Exercise })) || len(d.Kinds) != len(kinds) || !d.Complete {
			t.Errorf("%v: %d to %d, %d added, %v", c, d.FromSize, d.ToSize, d.Added, d.Kinds)
		}
		for _, k := range d.Kinds {
			if kinds[k.Kind] != k.Count {
				t.Errorf("%v: %d of %s, want %d", c, k.Count, k.Kind, kinds[k.Kind])
			}
		}
		var got []uint64
		for _, e := range d.Events.Nodes {
			got = append(got, e.Index)
		}
		if order := inOrder(want, orders[n%len(orders)]); !slices.Equal(got, order) {
			t.Errorf("%v: entries %v, want %v", c, head(got), head(order))
		}
		if d.From.Size < c[0] || d.To.Size < c[1] {
			t.Errorf("%v: checkpoints of %d and %d", c, d.From.Size, d.To.Size)
		}
		if d.From.Size == 0 || d.From.Size == d.To.Size {
			if len(d.Consistency) != 0 {
				t.Errorf("%v: a proof of nothing", c)
			}
			continue
		}
		if err := consistent(d); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
	if a := w.ask(t, "auditor", differenceQuery, vars{"from": vars{"size": 5}, "to": vars{"size": 4}}); a.code() != graph.CodeBadArgument {
		t.Errorf("%s", a.body)
	}
}

// consistent checks the proof that the older log is a prefix of the newer one.
func consistent(d difference) error {
	var proof tlog.TreeProof
	for _, s := range d.Consistency {
		h, err := tlog.ParseHash(s)
		if err != nil {
			return err
		}
		proof = append(proof, h)
	}
	older, err := tlog.ParseHash(d.From.Root)
	if err != nil {
		return err
	}
	newer, err := tlog.ParseHash(d.To.Root)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, int64(d.To.Size), newer, int64(d.From.Size), older)
}

// Declarations that change, are taken back or confirmed, claims that oppose and corrections are told.
func TestDifferenceOfWhatStands(t *testing.T) {
	w := smallWorld(t)
	organisation := func(id, name string) *event.Event {
		return &event.Event{ID: "o/" + id + "/" + name, Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: id, Name: event.Text{EN: name},
			Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}}
	}
	claim := func(id string, stance event.Stance) *event.Event {
		return &event.Event{ID: id, Kind: event.KindClaim, Citation: &event.Citation{Source: "doc"}, Claim: &event.Claim{
			Proposition: event.Proposition{ID: "p", Type: event.PropositionState, Subject: "a", Text: event.Text{EN: "It is so."}}, Claimant: "a", Stance: stance,
			Modality: event.ModalityFact, SourceClass: event.SourceOfficial}}
	}
	w.hand(t, graph.LogID, organisation("a", "A"), organisation("b", "B"), &event.Event{ID: "d", Kind: event.KindDeclare,
		Declaration: &event.Declaration{Type: event.DeclareDocument, ID: "doc", Name: event.Text{EN: "Doc"}, Document: &event.DocumentDeclaration{}}})
	w.hand(t, graph.LogID, claim("c1", event.StanceAsserted))
	before := w.graph.Checkpoint().Size
	w.hand(t, graph.LogID, organisation("c", "C"), organisation("a", "A, renamed"), claim("c2", event.StanceDenied))
	w.hand(t, graph.LogID, &event.Event{ID: "x", Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: "o/b/B"}}})
	d := w.difference(t, vars{"from": vars{"size": before}})
	var changes []string
	for _, c := range d.Declarations {
		changes = append(changes, fmt.Sprint(c.Type, " ", c.ID, " ", c.Change, " ", c.Before != nil, " ", c.After != nil))
	}
	want := []string{"ORGANISATION a CHANGED true true", "ORGANISATION b REMOVED true false", "ORGANISATION c ADDED false true"}
	if !slices.Equal(changes, want) {
		t.Errorf("declarations %q, want %q", changes, want)
	}
	if p := d.Propositions; len(p) != 1 || p[0].ID != "p" || p[0].Claims != 1 || !slices.Equal(p[0].Stances, []string{"DENIED"}) || p[0].ContestedBefore || !p[0].ContestedAfter {
		t.Errorf("propositions %+v", p)
	}
	if s := d.Superseded; len(s) != 1 || s[0].Index != 1 || s[0].By != before+3 {
		t.Errorf("superseded %+v", s)
	}
	if d.From.Size != before {
		t.Errorf("from %+v", d.From)
	}
}
