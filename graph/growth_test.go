package graph_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Who follows the log while others write to it sees each entry once, in order, and waits without asking.
func TestWhoFollowsTheLogMissesNothing(t *testing.T) {
	g, _ := open(t)
	const writers, each = 4, 60
	start := g.Checkpoint().Size
	wanted := graph.EventFilter{Kinds: []event.Kind{event.KindConsult}, Particulars: graph.Particulars{Since: start}}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	followers := make([][]string, 3)
	var wg sync.WaitGroup
	for k := range followers {
		wg.Go(func() {
			v, f := as(t, g, graph.Oversight), wanted
			for len(followers[k]) < writers*each {
				select {
				case <-v.Grown(f.Since):
				case <-ctx.Done():
					t.Errorf("follower %d waits with %d entries", k, len(followers[k]))
					return
				}
				if err := v.Renew(); err != nil {
					t.Error(err)
					return
				}
				p, err := v.Events(ctx, f, index.Recorded, graph.Pagination{First: 7})
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range p.Entries {
					followers[k] = append(followers[k], e.Event.ID)
				}
				if f.Since = p.Reached(); p.More != (f.Since < p.TreeSize) {
					t.Errorf("reached %d of %d, more: %v", f.Since, p.TreeSize, p.More)
				}
			}
		})
	}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, _, err := g.Record(ctx, "bka-gateway", consult(fmt.Sprintf("%d/%d", w, i), i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var all []string
	v := as(t, g, graph.Oversight)
	for f := wanted; f.Since < g.Checkpoint().Size; {
		p, err := v.Events(ctx, f, index.Recorded, graph.Pagination{First: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entries {
			all = append(all, e.Event.ID)
		}
		f.Since = p.Reached()
	}
	if len(all) != writers*each {
		t.Fatalf("the log has %d", len(all))
	}
	for k, ids := range followers {
		if !slices.Equal(ids, all) {
			t.Errorf("follower %d saw %d entries, or in another order", k, len(ids))
		}
	}
	select {
	case <-v.Grown(g.Checkpoint().Size):
		t.Error("the log did not grow")
	default:
	}
}

// A view that is kept is asked again whether its viewer may read.
func TestRenew(t *testing.T) {
	g, _ := open(t)
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority))
	v := as(t, g, graph.DPO, "fr-pn")
	if err := v.Renew(); err != nil {
		t.Fatal(err)
	}
	seen := len(sourceIDs(t, v, graph.EventFilter{}))
	e := consult("later", 1)
	e.Requester = "fr-pn"
	record(t, g, "bka-gateway", e)
	if err := v.Renew(); err != nil {
		t.Fatal(err)
	}
	if got := len(sourceIDs(t, v, graph.EventFilter{})); got != seen+1 {
		t.Errorf("sees %d entries, then %d", seen, got)
	}
}
