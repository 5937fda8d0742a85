package trace_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// TestOriginsFromTheIndex holds the origins of images to be the same whether every entry of theirs is read or only those
// of which the index does not say enough.
func TestOriginsFromTheIndex(t *testing.T) {
	organisations := []string{"org-a", "org-b", "org-c", "org-d", ""}
	images := []string{"p", "q", "r", "s"}
	known, fewer := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 31))
		w := newWorld()
		w.abc()
		one := func(list []string) string { return list[r.IntN(len(list))] }
		place := func() event.Place { return at(one([]string{"a", "b", "c", "d"})) }
		var said []string
		for range 4 + r.IntN(12) {
			e := &event.Event{Requester: "org-a", Occurred: when("2025-01-01")}
			if r.IntN(3) == 0 {
				e.Origin = one(organisations)
			}
			own := pictures(one(images))
			switch r.IntN(8) {
			case 0:
				e.Kind, e.To, e.Images = event.KindCapture, place(), own
			case 1, 2:
				e.Kind, e.From, e.To, e.Images = event.KindDerive, at("a"), at("a"), pictures(one(images), one(images))
				e.Images[0].Role, e.Images[1].Role = event.RoleParent, event.RoleChild
			case 3:
				e.Kind, e.From, e.Databases, e.Input, e.Images = event.KindQuery, place(), []event.Database{{System: "b"}}, event.InputFace, pictures(one(images), one(images))
				e.Images[0].Role, e.Images[1].Role = event.RoleProbe, event.RoleCandidate
			case 4:
				e.Kind, e.From, e.Images = event.KindConsult, place(), own
			case 5:
				if len(said) == 0 {
					continue
				}
				e.Kind, e.Relates = event.KindCorrect, []event.Reference{{Relation: event.RelationSupersedes, ID: one(said)}}
				if r.IntN(2) == 0 {
					e.From, e.To, e.Images = place(), place(), own
				}
			default:
				e.Kind, e.From, e.To, e.Images = event.KindDisclose, place(), place(), own
			}
			w.say("src-a", e)
			said = append(said, e.ID)
		}
		for _, name := range images {
			read, readAll, err := trace.Origins(w.AsOf(0, nil), Image(pic(name)), true)
			if err != nil {
				t.Fatal(err)
			}
			quick, readFew, err := trace.Origins(w.AsOf(0, nil), Image(pic(name)), false)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(read, quick) {
				t.Fatalf("seed %d: %s is from %q by its entries and from %q by the index", seed, name, read, quick)
			}
			if len(read) > 0 {
				known++
			}
			if readFew < readAll {
				fewer++
			}
		}
	}
	if known < 300 || fewer < 300 {
		t.Errorf("%d origins that are known and %d that fewer entries were read for test little", known, fewer)
	}
}
