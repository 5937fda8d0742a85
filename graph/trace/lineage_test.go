package trace_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// enrolled is an event that stores a picture in a system.
func enrolled(occurred, to, name string) *event.Event {
	return &event.Event{Kind: event.KindEnrol, Occurred: when(occurred), To: at(to), Images: pictures(name)}
}

// derived is an event that makes one picture of another.
func derived(occurred, in, parent, child string) *event.Event {
	return &event.Event{Kind: event.KindDerive, Occurred: when(occurred), From: at(in), To: at(in), Method: "crop",
		Images: []event.Image{{Role: event.RoleParent, Digest: pic(parent)}, {Role: event.RoleChild, Digest: pic(child)}}}
}

// follow asks for a lineage and puts its hops into words: depth, class, from, to.
func (w *world) follow(t testing.TB, q trace.LineageQuery) (hops []string, l *trace.Lineage) {
	t.Helper()
	if q.At == 0 {
		q.At = event.Beginning
	}
	l, err := w.Tracer().Lineage(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range l.Hops {
		hops = append(hops, fmt.Sprintf("%d %s %s>%s", h.Depth, strings.ToLower(string(h.Class[:2])), h.From.Name(), h.To.Name()))
	}
	return hops, l
}

func down(name string, depth int) trace.LineageQuery {
	return trace.LineageQuery{Images: []event.Denotation{Image(pic(name))}, Direction: trace.Down, Depth: depth}
}

func up(name string, depth int) trace.LineageQuery {
	q := down(name, depth)
	q.Direction = trace.Up
	return q
}

func TestLineage(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", enrolled("2025-01-01", "a", "p"))
	w.say("src-a", moved(event.KindDisclose, "2025-01-02T10:00:00Z", "a", "b", "X", "p"))
	w.say("src-b", moved(event.KindReceive, "2025-01-02T11:00:00Z", "a", "b", "X", "p"))
	w.say("src-b", derived("2025-01-03", "b", "p", "crop"))
	w.say("src-b", moved(event.KindDisclose, "2025-01-04", "b", "c", "Y", "crop"))
	w.say("src-b", moved(event.KindDisclose, "2025-01-05", "b", "d", "Z", "p"))
	w.say("src-c", moved(event.KindDisclose, "2024-12-31", "c", "d", "W", "crop")) // before it came
	for _, c := range []struct {
		name string
		q    trace.LineageQuery
		want []string
	}{
		{"down one hop", down("p", 1), []string{"0 ca >a", "1 tr a>b"}},
		{"down to the end", down("p", 9), []string{"0 ca >a", "1 tr a>b", "2 de b>b", "2 tr b>d", "3 tr b>c"}},
		{"up from the child", up("crop", 9), []string{"1 tr c>d", "1 tr b>c", "2 de b>b", "3 tr a>b", "4 ca >a"}},
		{"up from one copy", func() trace.LineageQuery { q := up("crop", 9); q.Place = "org-c"; return q }(),
			[]string{"1 tr b>c", "2 de b>b", "3 tr a>b", "4 ca >a"}},
		{"down from one copy", func() trace.LineageQuery { q := down("p", 9); q.Place = "b"; return q }(),
			[]string{"1 de b>b", "1 tr b>d", "2 tr b>c"}},
		{"down from a time", func() trace.LineageQuery { q := down("p", 9); q.At = when("2025-01-04").Latest; return q }(), []string{"1 tr b>d"}},
		{"up from a time", func() trace.LineageQuery { q := up("p", 9); q.At = when("2025-01-03").Earliest; return q }(), []string{"1 tr a>b", "2 ca >a"}},
		{"nothing", down("unknown", 9), nil},
	} {
		got, l := w.follow(t, c.q)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.name == "down one hop" && (len(l.Cut) != 1 || l.Cut[0].Reason != trace.CutDepth || l.Cut[0].Hops != 2 || l.Cut[0].Copy.Place.Name() != "b") {
			t.Errorf("%s: cut off %+v", c.name, l.Cut)
		}
	}
}

// What is linked is one image, whoever gave which pseudonym.
func TestLineageFollowsLinks(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", enrolled("2025-01-01", "a", "p"))
	w.say("src-a", moved(event.KindDisclose, "2025-01-02", "a", "b", "X", "p"))
	w.AddSealed("other", "src-b", &event.Event{ID: "onward", Kind: event.KindDisclose, Occurred: when("2025-01-03"), From: at("b"), To: at("c"), Images: pictures("p"), Transfer: &event.Transfer{Reference: "Y"}})
	if got, _ := w.follow(t, down("p", 9)); len(got) != 2 {
		t.Fatalf("before it is linked: %q", got)
	}
	foreign, _ := Sealer("other").Pseudonym(event.SubjectImage, "", pic("p"))
	w.say("log", &event.Event{Kind: event.KindLink, Link: &event.Link{Subject: event.SubjectImage, A: Image(pic("p")), B: event.Denotation{Sealer: "other", Pseudonym: foreign}, Method: "digest"}})
	if got, _ := w.follow(t, down("p", 9)); !slices.Equal(got, []string{"0 ca >a", "1 tr a>b", "2 tr b>c"}) {
		t.Errorf("linked: %q", got)
	}
}

func TestLineageBudget(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", enrolled("2025-01-01", "a", "p"))
	for i := range 6 {
		w.system(fmt.Sprint("s", i), "org-b", "")
		w.say("src-a", moved(event.KindDisclose, "2025-01-02", "a", fmt.Sprint("s", i), "", "p"))
	}
	for _, c := range []struct {
		b      trace.Budget
		reason trace.CutReason
		hops   int
	}{{trace.Budget{Copies: 3}, trace.CutCopies, 3}, {trace.Budget{FanOut: 2}, trace.CutFanOut, 3}, {trace.Budget{Entries: 4}, trace.CutEntries, 4}} {
		q := down("p", 9)
		q.Budget = c.b
		_, l := w.follow(t, q)
		if len(l.Hops) != c.hops || len(l.Cut) != 1 || l.Cut[0].Reason != c.reason {
			t.Errorf("%+v: %d hops, cut off %+v", c.b, len(l.Hops), l.Cut)
		}
	}
}

// Consent is that of the owner, as it was when the hop was made.
func TestConsentAtEachHop(t *testing.T) {
	decision := func(kind event.Kind, owner, occurred string, p event.Permission, names ...string) *event.Event {
		return &event.Event{Kind: kind, Occurred: when(occurred), Owner: owner, Requester: owner, Permission: &p, Images: pictures(names...)}
	}
	toB := event.Permission{Recipients: []string{"org-b"}}
	for _, c := range []struct {
		name string
		say  []*event.Event
		want trace.ConsentState
		by   int // which of them decides, -1: none
	}{
		{"nobody decided", nil, trace.Undecided, -1},
		{"released to the recipient", []*event.Event{decision(event.KindRelease, "org-a", "2025-01-01", toB, "p")}, trace.Released, 0},
		{"released to another", []*event.Event{decision(event.KindRelease, "org-a", "2025-01-01", event.Permission{Recipients: []string{"org-d"}}, "p")}, trace.Restricted, 0},
		{"released afterwards", []*event.Event{decision(event.KindRelease, "org-a", "2025-02-01", toB, "p")}, trace.Undecided, -1},
		{"restricted after it was released", []*event.Event{decision(event.KindRelease, "org-a", "2025-01-01", toB, "p"), decision(event.KindRestrict, "org-a", "2025-01-02", toB, "p")}, trace.Restricted, 1},
		{"released by somebody else", []*event.Event{decision(event.KindRelease, "org-d", "2025-01-01", toB, "q")}, trace.Undecided, -1},
		{"released for a time that is over", []*event.Event{decision(event.KindRelease, "org-a", "2025-01-01", event.Permission{During: when("2025-01-02")}, "p")}, trace.Undecided, -1},
		{"released on the same day, at no known hour", []*event.Event{decision(event.KindRelease, "org-a", "2025-01-10", toB, "p")}, trace.Undecided, 0},
		{"all images of the owner are restricted", []*event.Event{decision(event.KindRestrict, "org-a", "2025-01-01", event.Permission{})}, trace.Restricted, 0},
		{"all images of another owner are restricted", []*event.Event{decision(event.KindRestrict, "org-d", "2025-01-01", event.Permission{})}, trace.Undecided, -1},
	} {
		w := newWorld()
		w.abc()
		var at []uint64
		for _, e := range c.say {
			at = append(at, w.say("src-a", e))
		}
		e := moved(event.KindDisclose, "2025-01-10T10:00:00Z", "a", "b", "X", "p")
		e.Owner = "org-a"
		w.say("src-a", e)
		_, l := w.follow(t, down("p", 9))
		if len(l.Hops) != 1 {
			t.Fatalf("%s: %+v", c.name, l)
		}
		got := l.Hops[0].Consent
		if got.State != c.want || got.Decided != (c.by >= 0) || got.Decided && got.By != at[c.by] {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// TestLineageLikeAllPaths: a hop is in a lineage, at its depth, where some path of that many hops that can have happened
// in this order leads to its end, and nowhere else.
func TestLineageLikeAllPaths(t *testing.T) {
	long := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		w := newWorld()
		w.abc()
		systems := []string{"a", "b", "c", "d"}
		type hop struct {
			from, to string
			at       event.Time
			index    uint64
		}
		var all []hop
		for range 3 + r.IntN(8) {
			day := time.Date(2025, 1, 1+r.IntN(8), r.IntN(24), 0, 0, 0, time.UTC)
			text := day.Format(time.RFC3339)
			switch r.IntN(4) {
			case 0:
				text = text[:10]
			case 1:
				text = text[:7]
			}
			if r.IntN(8) == 0 {
				text = ""
			}
			from, to := systems[r.IntN(4)], systems[r.IntN(4)]
			if from == to {
				continue
			}
			i := w.say("src-a", moved(event.KindDisclose, text, from, to, fmt.Sprint("R", len(all)), "p"))
			all = append(all, hop{from, to, when(text), i})
		}
		// Paths from a, one by one: what is the earliest that it can have come by this path?
		want := map[uint64]int{}
		var walk func(at string, came int64, depth int)
		walk = func(at string, came int64, depth int) {
			if depth > 4 {
				return
			}
			for _, h := range all {
				first, last := h.at.Earliest, h.at.Latest
				if h.at.IsZero() {
					first, last = event.Beginning, event.End
				}
				if h.from != at || last < came {
					continue
				}
				if d, ok := want[h.index]; !ok || depth < d {
					want[h.index] = depth
				}
				walk(h.to, max(came, first), depth+1)
			}
		}
		walk("a", event.Beginning, 1)
		q := down("p", 4)
		q.Place = "a"
		_, l := w.follow(t, q)
		got := map[uint64]int{}
		for _, h := range l.Hops {
			got[h.Index] = h.Depth
			if h.Depth > 2 {
				long++
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: %v, want %v of %v", seed, got, want, all)
		}
	}
	if long < 60 {
		t.Errorf("only %d hops were far", long)
	}
}

func TestExposure(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", enrolled("2025-01-01", "a", "p"))
	w.say("src-a", moved(event.KindDisclose, "2025-01-02T10:00:00Z", "a", "b", "X", "p"))
	r := moved(event.KindReceive, "2025-01-02T11:00:00Z", "a", "b", "X", "p")
	r.Retention = &event.Retention{Until: when("2025-06-30")}
	w.say("src-b", r)
	gone := w.say("src-b", &event.Event{Kind: event.KindErase, Occurred: when("2025-02-01"), From: at("b"), Images: pictures("p")})
	w.say("src-b", moved(event.KindDisclose, "2025-03-01", "a", "b", "Y", "p")) // and it came again
	w.say("src-d", &event.Event{Kind: event.KindErase, Occurred: when("2025-02-01"), From: at("d"), Images: pictures("p")})
	w.say("src-c", &event.Event{Kind: event.KindQuery, Occurred: when("2025-01-05"), Requester: "org-c", From: at("c"), Databases: []event.Database{{System: "a"}},
		Actor: &event.Actor{ID: "officer"}, Verifiers: []event.Actor{{ID: "second"}}, Input: event.InputText, Result: &event.Result{State: event.ResultHit},
		Images: []event.Image{{Role: event.RoleCandidate, Digest: pic("p")}}})
	w.say("src-c", &event.Event{Kind: event.KindConsult, Occurred: when("2025-01-06"), Requester: "org-c", From: at("a"), Actor: &event.Actor{ID: "officer"}, Images: pictures("p")})
	w.say("src-c", &event.Event{Kind: event.KindConsult, Occurred: when("2025-01-07"), Requester: "org-d", From: at("a"), Images: pictures("p")})
	w.say("src-a", &event.Event{Kind: event.KindTrain, Occurred: when("2025-04"), From: at("a"), To: at("c"), Images: pictures("p")})
	x, err := w.Tracer().Exposure(context.Background(), []event.Denotation{Image(pic("p"))}, trace.Budget{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range x.Holdings {
		got = append(got, fmt.Sprintf("%s %s %s %s %v %s", h.Place.System, h.Since, h.State, h.Until, h.Begun, h.Standing))
		if h.Place.System == "b" && h.State == trace.Ended && (h.EndedBy != gone || h.Due != when("2025-06-30")) {
			t.Errorf("%+v", h)
		}
	}
	want := []string{
		"d  ENDED 2025-02-01 false RECORDED",
		"a 2025-01-01 NO_END_RECORDED  true RECORDED",
		"b 2025-01-02T11:00:00Z ENDED 2025-02-01 true CORROBORATED",
		"b 2025-03-01 NO_END_RECORDED  true RECORDED",
		"c 2025-04 PERMANENT  true RECORDED",
	}
	if !slices.Equal(got, want) {
		t.Errorf("holdings:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(x.Showings) != 1 || x.Showings[0].From.System != "a" || x.Showings[0].To.System != "c" {
		t.Errorf("showings: %+v", x.Showings)
	}
	got = nil
	for _, s := range x.Sightings {
		got = append(got, fmt.Sprintf("%s named %v %v %d entries %d %s %s", s.Organisation, !s.Actor.Pseudonym.IsZero(), s.Kinds, len(s.Entries), s.Verifier, s.First, s.Last))
	}
	want = []string{"org-c named true [QUERY CONSULT] 2 entries -1 2025-01-05 2025-01-06", "org-c named true [QUERY] 1 entries 0 2025-01-05 2025-01-05",
		"org-d named false [CONSULT] 1 entries -1 2025-01-07 2025-01-07"}
	if !slices.Equal(got, want) {
		t.Errorf("sightings: %q", got)
	}
}
