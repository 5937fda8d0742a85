package trace_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

func TestLineageOnward(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", enrolled("2025-01-01", "a", "p"))
	w.say("src-a", moved(event.KindDisclose, "2025-01-02", "a", "b", "X", "p"))
	w.say("src-a", moved(event.KindDisclose, "2025-01-02", "a", "c", "Y", "p"))
	w.say("src-b", moved(event.KindDisclose, "2025-01-03", "b", "d", "Z", "p"))
	w.say("src-c", moved(event.KindDisclose, "2025-01-03", "c", "a", "V", "p"))
	w.say("src-d", moved(event.KindDisclose, "2025-01-04", "d", "c", "W", "p"))
	shown := Image(pic("p")).Pseudonym
	on := func(place string) trace.Onward { return trace.Onward{Image: shown, Place: place} }
	base := []string{"0 ca >a", "1 tr a>b", "1 tr a>c"}
	for _, c := range []struct {
		name   string
		onward []trace.Onward
		want   []string
		cut    []string
	}{
		{"none", nil, nil, []string{"b", "c"}},
		{"from one copy", []trace.Onward{on("b")}, []string{"2 tr b>d"}, []string{"c", "d"}},
		{"from one, and from where that led", []trace.Onward{on("b"), on("d")}, []string{"2 tr b>d", "3 tr d>c"}, []string{"c"}},
		{"everywhere", []trace.Onward{{}}, []string{"2 tr b>d", "2 tr c>a"}, []string{"d"}},
		{"from one, then everywhere", []trace.Onward{on("b"), {}}, []string{"2 tr b>d", "2 tr c>a"}, []string{"d"}},
		{"from one, then everywhere, twice", []trace.Onward{on("b"), {}, {}}, []string{"2 tr b>d", "2 tr c>a", "3 tr d>c"}, nil},
		{"what is not shown is passed over", []trace.Onward{on("d"), on("nowhere"), {Image: shown}, {Image: event.Pseudonym{1}, Place: "b"}}, nil, []string{"b", "c"}},
		{"and what was gone on from", []trace.Onward{on("a"), on("b"), on("b")}, []string{"2 tr b>d"}, []string{"c", "d"}},
	} {
		q := down("p", 1)
		q.Onward = c.onward
		got, l := w.follow(t, q)
		if want := append(slices.Clone(base), c.want...); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
		var cut []string
		for _, x := range l.Cut {
			cut = append(cut, x.Copy.Place.Name())
		}
		slices.Sort(cut)
		if !slices.Equal(cut, c.cut) {
			t.Errorf("%s: cut off at %q, want %q", c.name, cut, c.cut)
		}
	}
}

// What is asked in addition stands behind what was there; a hop more for all is what one more hop would have shown; and all
// of it is within the span.
func TestLineageGrowsAtItsEnd(t *testing.T) {
	grew, apart := 0, 0
	for seed := range uint64(250) {
		r := rand.New(rand.NewPCG(seed, 5))
		w := newWorld()
		w.abc()
		places := []string{"a", "b", "c", "d"}
		w.say("src-a", enrolled("2025-01-01", "a", "p"))
		for n := range 6 + r.IntN(10) {
			text := time.Date(2025, 1, 1+r.IntN(8), r.IntN(24), 0, 0, 0, time.UTC).Format(time.RFC3339)
			if r.IntN(4) == 0 {
				text = text[:10]
			}
			if from, to := places[r.IntN(4)], places[r.IntN(4)]; from == to {
				w.say("src-a", derived(text, from, "p", fmt.Sprint("crop", n)))
			} else {
				w.say("src-a", moved(event.KindDisclose, text, from, to, fmt.Sprint("R", n), []string{"p", "crop4"}[r.IntN(2)]))
			}
		}
		q := down("p", 1)
		first, last, ok, err := w.Tracer().Span(context.Background(), func() trace.LineageQuery { q := q; q.At = event.Beginning; return q }())
		if err != nil || !ok {
			t.Fatal(seed, ok, err)
		}
		_, before := w.follow(t, q)
		for range 5 {
			var next trace.Onward
			if n := len(before.Cut); n > 0 && r.IntN(3) > 0 {
				c := before.Cut[r.IntN(n)].Copy
				next = trace.Onward{Image: c.Image.Pseudonym, Place: c.Place.Name()}
			}
			q.Onward = append(q.Onward, next)
			_, now := w.follow(t, q)
			if len(now.Hops) < len(before.Hops) || !reflect.DeepEqual(now.Hops[:len(before.Hops)], before.Hops) {
				t.Fatalf("seed %d: %+v: what was there has changed", seed, q.Onward)
			}
			if next != (trace.Onward{}) {
				if len(now.Hops) == len(before.Hops) {
					t.Fatalf("seed %d: %+v brought nothing, and a cutoff said that it would", seed, next)
				}
				grew++
			}
			for _, h := range now.Hops {
				if h.Left.Earliest < first || h.Came.Latest > last {
					t.Fatalf("seed %d: %s to %s is not within the span", seed, h.Left, h.Came)
				}
			}
			before = now
		}
		// However it was opened, two hops for all show at least what two hops show.
		all := down("p", 2)
		_, two := w.follow(t, all)
		some := down("p", 1)
		some.Onward = []trace.Onward{q.Onward[0], {}}
		_, open := w.follow(t, some)
		at := map[uint64]int{}
		for _, h := range open.Hops {
			at[h.Index] = h.Depth
		}
		for _, h := range two.Hops {
			if d, ok := at[h.Index]; !ok || d > h.Depth {
				t.Fatalf("seed %d: two hops show entry %d at %d, one and one more at %d", seed, h.Index, h.Depth, d)
			}
		}
		if len(open.Hops) > len(two.Hops) {
			apart++
		}
	}
	if grew < 80 || apart == 0 {
		t.Errorf("grew %d times, %d were further in one place", grew, apart)
	}
}
