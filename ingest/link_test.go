package ingest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// Pseudonyms of different sealers for the same picture meet: the log says so in one LINK, whichever comes first, and a
// question by the picture's digest finds all of it. What two sealers have in common is not doubled when it comes again.
func TestSealersMeet(t *testing.T) {
	for _, order := range [][]string{
		{"log", "bka-gateway"}, {"bka-gateway", "log"}, {"bka-gateway", "lka-gateway"},
		{"log", "bka-gateway", "lka-gateway"}, {"bka-gateway", "lka-gateway", "log"}, {"lka-gateway", "log", "bka-gateway"},
	} {
		t.Run(strings.Join(order, " then "), func(t *testing.T) {
			s := newStation(t, 0)
			sealers := map[string]*sealer{}
			for _, id := range order {
				if id != "log" {
					sealers[id] = s.sealer(t, id, s.source(t, id))
				}
			}
			// Actors are each source's own, so a picture is all that can meet.
			hand := func(id, name string) {
				t.Helper()
				var status int
				var answer string
				if id == "log" {
					status, answer = s.post(t, []byte(native(name)))
				} else {
					status, answer = sealers[id].submit(t, sealers[id].seal(t, native(name)))
				}
				if status != 200 || receiptsOf(t, answer)[name].Status != graph.Accepted {
					t.Fatalf("%s by %s: %d %s", name, id, status, answer)
				}
			}
			var names []string
			for round := range 2 {
				for i, id := range order {
					name := fmt.Sprintf("%s-%d", id, round)
					names = append(names, name)
					hand(id, name)
					links := s.find(t, graph.EventFilter{Kinds: []event.Kind{event.KindLink}})
					want := i
					if round > 0 {
						want = len(order) - 1
					}
					if len(links) != want {
						t.Fatalf("after %s there are %d LINK entries, want %d", name, len(links), want)
					}
					for _, l := range links {
						if k := l.Event.Link; k.Subject != event.SubjectImage || k.A.Sealer == k.B.Sealer {
							t.Errorf("a LINK of %+v", k)
						}
					}
					var found []string
					for _, e := range s.find(t, graph.EventFilter{Digests: []string{picture}, Kinds: []event.Kind{event.KindConsult}}) {
						found = append(found, e.Event.ID)
					}
					if !slices.Equal(found, names) {
						t.Errorf("after %s the picture finds %v, want %v", name, found, names)
					}
				}
			}
		})
	}
}

// find are the entries that an auditor finds, in order of the log.
func (s *station) find(t testing.TB, f graph.EventFilter) []*graph.Entry {
	t.Helper()
	v := s.auditor(t)
	page, err := v.Events(context.Background(), f, 0, graph.Pagination{First: 100})
	if err != nil {
		t.Fatal(err)
	}
	var out []*graph.Entry
	for _, e := range page.Entries {
		full, err := v.Event(context.Background(), e.ID.String())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, full)
	}
	return out
}
