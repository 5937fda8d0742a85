package lanes_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/lanes"
	"github.com/lichtspur/lichtspur/graph/trace"
)

func at(t testing.TB, text string) event.Time {
	t.Helper()
	if text == "" {
		return event.Time{}
	}
	when, err := event.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// place reads org or org/system.
func place(text string) (p trace.Place) {
	p.Organisation, p.System, _ = strings.Cut(text, "/")
	return p
}

func hop(t testing.TB, step, depth int, from, to, left, came string) trace.Hop {
	h := trace.Hop{Step: step, Depth: depth}
	h.Class, h.Standing, h.From, h.To, h.Left, h.Came = trace.Transfer, trace.Recorded, place(from), place(to), at(t, left), at(t, came)
	return h
}

// lines are the lanes from above, as place@y, each band in brackets, + where it continues one.
func lines(l *lanes.Layout) string {
	var s strings.Builder
	for _, b := range l.Bands {
		s.WriteString("[" + b.Place.Organisation)
		if b.Continued {
			s.WriteString("+")
		}
		for _, lane := range b.Lanes {
			fmt.Fprintf(&s, " %s@%d", lane.Place.Name(), lane.Y)
		}
		s.WriteString("]")
	}
	return s.String()
}

func TestLayout(t *testing.T) {
	first, last := at(t, "2025-01-01").Earliest, at(t, "2025-12-31").Latest
	hops := []trace.Hop{
		hop(t, 0, 0, "", "a/file", "2025-01-01", "2025-01-01"),
		hop(t, 0, 1, "a/file", "b/file", "2025-12-31T23:59:59.999999999Z", ""),
		hop(t, 0, 1, "a/file", "a/desk", "", "../2025-03"),
		hop(t, 0, 2, "b/file", "c", "2025-07-02T12:00:00Z", "2025-07-02T12:00:00Z"),
		hop(t, 0, 2, "b/file", "a/other", "2020", "2030"), // outside
		hop(t, 0, 2, "c", "", "2025-02", ""),
		hop(t, 0, 2, "", "", "2025-02", ""),
	}
	l := lanes.Of(hops, first, last)
	const want = "[a file@76 desk@116][b file@178][c c@240][a+ other@302][ @364]"
	if got := lines(l); got != want || l.Height != 364+lanes.Row/2+lanes.Foot {
		t.Errorf("%s of height %d, want %s", got, l.Height, want)
	}
	for i, want := range []lanes.Mark{
		{lanes.Begin, lanes.Begin, 0, 76}, {lanes.End, lanes.End, 76, 178}, {lanes.Undated, lanes.Undated, 76, 116}, {715, 715, 178, 240},
		{lanes.Begin, lanes.End, 178, 302}, {412, 412, 240, 0}, {412, 412, 0, 364},
	} {
		if m := l.Marks[i]; m != want {
			t.Errorf("hop %d is at %+v, want %+v", i, m, want)
		}
	}
	if l := lanes.Of(hops[:1], first, first); l.Marks[0].Came != (lanes.Begin+lanes.End)/2 {
		t.Errorf("a single moment stands at %v", l.Marks[0].Came)
	}
	if l := lanes.Of(nil, 0, 0); len(l.Bands) != 0 || l.Height != lanes.Top+lanes.Foot {
		t.Errorf("no hops: %+v", l)
	}
}

func TestGroups(t *testing.T) {
	first, last := at(t, "2025-01-01").Earliest, at(t, "2025-12-31").Latest
	var hops []trace.Hop
	for range 5 {
		hops = append(hops, hop(t, 0, 1, "a", "b", "2025-05-01", "2025-05-01")) // few in all
	}
	for i := range 14 {
		to := "c"
		if i%4 == 3 {
			to = "d" // three: too few to stand as one
		}
		hops = append(hops, hop(t, 0, 2, "b", to, "2025-05-01", "2025-05-01"))
	}
	hops[5].Standing, hops[6].Exercise = trace.Contested, true // not like the others
	l := lanes.Of(hops, first, last)
	if len(l.Groups) != 1 || fmt.Sprint(l.Groups[0].Hops) != "[7 9 10 11 13 14 15 17 18]" {
		t.Errorf("groups: %+v", l.Groups)
	}
}

// Whatever is asked in addition, what was drawn stays where it is, and groups stand beside each other.
func TestNothingMovesWhenItGrows(t *testing.T) {
	groups, continued := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		begin := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		first, last := begin.UnixNano(), begin.AddDate(0, 6, 0).UnixNano()
		any := func() string {
			if r.IntN(12) == 0 {
				return ""
			}
			return fmt.Sprintf("%c/%d", 'a'+r.IntN(2+3*int(seed%2)), r.IntN(1+2*int(seed%2)))
		}
		var hops []trace.Hop
		var before *lanes.Layout
		for step, depth := 0, 1; step < 4; {
			for range r.IntN(30) {
				text := begin.AddDate(0, 0, r.IntN(180)).Format(time.RFC3339)
				hops = append(hops, hop(t, step, depth, any(), any(), text, text))
			}
			now := lanes.Of(hops, first, last)
			if before != nil {
				for i, m := range before.Marks {
					if now.Marks[i] != m {
						t.Fatalf("seed %d: hop %d moved from %+v to %+v", seed, i, m, now.Marks[i])
					}
				}
				if n := len(before.Groups); n > 0 && !reflect.DeepEqual(now.Groups[:n], before.Groups) {
					t.Fatalf("seed %d: groups changed", seed)
				}
				for i, b := range before.Bands {
					if c := now.Bands[i]; c.Y != b.Y || c.Place != b.Place || c.Continued != b.Continued || !reflect.DeepEqual(c.Lanes[:len(b.Lanes)], b.Lanes) {
						t.Fatalf("seed %d: band %+v became %+v", seed, b, c)
					}
				}
			}
			for i, b := range now.Bands {
				if i > 0 && b.Y != now.Bands[i-1].Y+now.Bands[i-1].Height+lanes.Gap || b.Height != lanes.Head+lanes.Row*len(b.Lanes)-lanes.Gap {
					t.Fatalf("seed %d: band %d is at %d, %d high", seed, i, b.Y, b.Height)
				}
				if b.Continued {
					continued++
				}
			}
			at := map[int][]float64{}
			for _, g := range now.Groups {
				m := now.Marks[g.Hops[0]]
				y := m.To
				if y == 0 {
					y = m.From
				}
				for _, x := range at[y] {
					if math.Abs(x-g.X) < 56 && len(at[y]) < 6 { // a lane has room for six wherever they stand
						t.Fatalf("seed %d: groups at %v and %v of one lane", seed, x, g.X)
					}
				}
				at[y] = append(at[y], g.X)
				groups++
			}
			before = now
			if depth++; depth > 2 || r.IntN(3) == 0 {
				step, depth = step+1, 1
			}
		}
	}
	if groups < 200 || continued < 20 {
		t.Errorf("%d groups, %d bands that continue others", groups, continued)
	}
}
