package trace_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// pic is the digest of a picture.
func pic(name string) string { return fmt.Sprintf("sha256:%064x", []byte(name)) }

func when(s string) event.Time {
	if s == "" {
		return event.Time{}
	}
	t, err := event.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return t
}

// world is a log in the making.
type world struct {
	*Log
	n int
}

func newWorld() *world { return &world{Log: newLog()} }

// organisation declares an organisation with a country and what it is part of, both may be "".
func (w *world) organisation(id, country, partOf string) {
	w.declare(&event.Declaration{Type: event.DeclareOrganisation, ID: id,
		Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority, Country: country, PartOf: partOf}})
}

func (w *world) system(id, operator, partOf string, window ...string) {
	d := &event.SystemDeclaration{Operator: operator, PartOf: partOf}
	if len(window) > 0 {
		d.PairingWindow = window[0]
	}
	w.declare(&event.Declaration{Type: event.DeclareSystem, ID: id, System: d})
}

func (w *world) source(id, organisation string) {
	w.declare(&event.Declaration{Type: event.DeclareSource, ID: id, Source: &event.SourceDeclaration{Organisation: organisation}})
}

func (w *world) declare(d *event.Declaration) {
	w.n++
	w.Add("catalog", &event.Event{ID: fmt.Sprint("declared ", w.n), Kind: event.KindDeclare, Declaration: d})
}

// say appends an event of a source; an event without an id gets one.
func (w *world) say(source string, e *event.Event) uint64 {
	w.n++
	if e.ID == "" {
		e.ID = fmt.Sprint("said ", w.n)
	}
	return w.Add(source, e)
}

func at(system string) event.Place { return event.Place{System: system} }

func pictures(names ...string) (list []event.Image) {
	for _, n := range names {
		list = append(list, event.Image{Digest: pic(n)})
	}
	return list
}

// moved is an event that takes pictures from one system to another; reference may be "".
func moved(kind event.Kind, occurred, from, to, reference string, names ...string) *event.Event {
	e := &event.Event{Kind: kind, Occurred: when(occurred), From: at(from), To: at(to), Images: pictures(names...)}
	if reference != "" {
		e.Transfer = &event.Transfer{Reference: reference}
	}
	return e
}

func (w *world) abc() {
	for _, x := range []string{"a", "b", "c", "d"} {
		w.organisation("org-"+x, "", "")
		w.system(x, "org-"+x, "")
		w.source("src-"+x, "org-"+x)
	}
}

func TestPairs(t *testing.T) {
	type side struct {
		kind                          event.Kind
		occurred, from, to, ref, name string
	}
	const d, r = event.KindDisclose, event.KindReceive
	for _, c := range []struct {
		name  string
		sides []side
		want  [][2]int
	}{
		{"by reference", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "X", "p"}}, [][2]int{{0, 1}}},
		{"by reference though the images are not linked", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "X", "q"}}, [][2]int{{0, 1}}},
		{"a receipt from before its transfer", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T09:00:00Z", "a", "b", "X", "p"}}, nil},
		{"a receipt after the window of 72 hours", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-04T10:00:01Z", "a", "b", "X", "p"}}, nil},
		{"a receipt at the end of the window", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-04T10:00:00Z", "a", "b", "X", "p"}}, [][2]int{{0, 1}}},
		{"the receiver declares one hour", []side{{d, "2025-01-01T10:00:00Z", "a", "short", "X", "p"}, {r, "2025-01-01T11:30:00Z", "a", "short", "X", "p"}}, nil},
		{"a time known to the day may be within the hour", []side{{d, "2025-01-01T10:00:00Z", "a", "short", "X", "p"}, {r, "2025-01-01", "a", "short", "X", "p"}}, [][2]int{{0, 1}}},
		{"an unplaced time contradicts no reference", []side{{d, "", "a", "b", "X", "p"}, {r, "2025-01-01", "a", "b", "X", "p"}}, [][2]int{{0, 1}}},
		{"an unplaced time pairs nothing without a reference", []side{{d, "", "a", "b", "", "p"}, {r, "2025-01-01", "a", "b", "", "p"}}, nil},
		{"a reference that was used again between others", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "c", "X", "p"}}, nil},
		{"the sender says the whole, the receiver its part", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b-part", "X", "p"}}, [][2]int{{0, 1}}},
		{"without reference by parties, image and time", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "", "p"}}, [][2]int{{0, 1}}},
		{"without reference another image", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "", "q"}}, nil},
		{"one side has the reference", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "", "p"}}, [][2]int{{0, 1}}},
		{"two references are two transfers", []side{{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "Y", "p"}}, nil},
		{"the earliest unmatched first", []side{
			{d, "2025-01-01T12:00:00Z", "a", "b", "", "p"}, {d, "2025-01-01T10:00:00Z", "a", "b", "", "p"}, {r, "2025-01-01T13:00:00Z", "a", "b", "", "p"}}, [][2]int{{1, 2}}},
		{"and the earliest receipt first", []side{
			{r, "2025-01-01T14:00:00Z", "a", "b", "", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "", "p"}, {d, "2025-01-01T10:00:00Z", "a", "b", "", "p"}}, [][2]int{{1, 2}}},
		{"a reference comes before a resemblance", []side{
			{d, "2025-01-01T10:00:00Z", "a", "b", "", "p"}, {d, "2025-01-01T10:30:00Z", "a", "b", "X", "p"},
			{r, "2025-01-01T11:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T12:00:00Z", "a", "b", "", "p"}}, [][2]int{{1, 2}, {0, 3}}},
		{"one transfer has one receipt", []side{
			{d, "2025-01-01T10:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T11:00:00Z", "a", "b", "X", "p"}, {r, "2025-01-01T12:00:00Z", "a", "b", "X", "p"}}, [][2]int{{0, 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.abc()
			w.system("short", "org-b", "", "1h")
			w.system("b-part", "org-b", "b")
			var at []uint64
			for _, s := range c.sides {
				at = append(at, w.say("src-"+s.from, moved(s.kind, s.occurred, s.from, s.to, s.ref, s.name)))
			}
			want := map[uint64]uint64{}
			for _, p := range c.want {
				want[at[p[0]]], want[at[p[1]]] = at[p[1]], at[p[0]]
			}
			for _, i := range at {
				other, ok, err := w.Tracer().Match(i) // each from nothing, so that the answer depends on no order
				if err != nil {
					t.Fatal(err)
				}
				if wanted, is := want[i]; ok != is || ok && other != wanted {
					t.Errorf("side %d: matched %v with %d, want %v", i-at[0], ok, int(other)-int(at[0]), want)
				}
			}
		})
	}
}

func TestPairsAsOfAndCorrected(t *testing.T) {
	w := newWorld()
	w.abc()
	d := w.say("src-a", moved(event.KindDisclose, "2025-01-01T10:00:00Z", "a", "b", "X", "p"))
	before := uint64(len(w.Entries))
	r := w.say("src-b", moved(event.KindReceive, "2025-01-01T11:00:00Z", "a", "b", "X", "p"))
	paired := uint64(len(w.Entries))
	wrong := w.Entries[r]
	correction := moved(event.KindReceive, "2025-01-01T11:00:00Z", "a", "c", "X", "p")
	correction.Kind, correction.Relates = event.KindCorrect, []event.Reference{{Relation: event.RelationSupersedes, Entry: wrong.Entry}}
	w.say("src-b", correction)
	for _, c := range []struct {
		size uint64
		want bool
	}{{before, false}, {paired, true}, {0, false}} {
		_, got, err := trace.New(w.AsOf(c.size, nil)).Match(d)
		if err != nil || got != c.want {
			t.Errorf("as of %d: %v %v, want %v", c.size, got, err, c.want)
		}
	}
	// Corrected to another receiver, it has an edge there and none where it was wrong.
	edges, err := w.Tracer().Edges(r)
	if err != nil || len(edges) != 1 || edges[0].To.System != "c" || edges[0].Index != r {
		t.Errorf("%+v %v", edges, err)
	}
	// Another source's correction changes nothing.
	foreign := moved(event.KindReceive, "2025-01-01T11:00:00Z", "a", "d", "X", "p")
	foreign.Kind, foreign.Relates = event.KindCorrect, []event.Reference{{Relation: event.RelationSupersedes, Entry: w.Entries[d].Entry}}
	w.say("src-d", foreign)
	if edges, err = w.Tracer().Edges(d); err != nil || len(edges) != 1 || edges[0].To.System != "b" {
		t.Errorf("%+v %v", edges, err)
	}
	// Taken back, it counts no more.
	w.say("src-a", &event.Event{Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, Entry: w.Entries[d].Entry}}})
	if edges, err = w.Tracer().Edges(d); err != nil || len(edges) != 0 {
		t.Errorf("%+v %v", edges, err)
	}
}

func TestStandingOfPairs(t *testing.T) {
	for _, c := range []struct {
		name, receiver string
		want           trace.Standing
	}{
		{"both signed", "src-b", trace.Corroborated},
		{"one source says both", "src-a", trace.Recorded},
		{"two sources of one organisation", "src-a2", trace.Recorded},
		{"nobody received", "", trace.Recorded},
	} {
		w := newWorld()
		w.abc()
		w.source("src-a2", "org-a")
		d := w.say("src-a", moved(event.KindDisclose, "2025-01-01T10:00:00Z", "a", "b", "X", "p"))
		if c.receiver != "" {
			w.say(c.receiver, moved(event.KindReceive, "2025-01-01T11:00:00Z", "a", "b", "X", "p"))
		}
		e, err := w.Tracer().Edges(d)
		if err != nil || len(e) != 1 || e[0].Standing != c.want {
			t.Errorf("%s: %+v %v", c.name, e, err)
		}
		if c.receiver != "" && (e[0].Left.Earliest >= e[0].Came.Earliest || !e[0].Paired) {
			t.Errorf("%s: left %v, came %v", c.name, e[0].Left, e[0].Came)
		}
	}
}

func TestUnmatchedHaveAnAge(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", moved(event.KindDisclose, "2025-01-01T10:00:00Z", "a", "b", "X", "p"))
	w.say("src-a", moved(event.KindDisclose, "2025-01-05", "a", "b", "Y", "p"))
	w.say("src-b", moved(event.KindReceive, "2025-01-02T00:00:00Z", "c", "b", "Z", "p"))
	w.say("src-b", moved(event.KindReceive, "", "c", "b", "W", "p"))
	now := time.Date(2025, 1, 6, 12, 0, 0, 0, time.UTC)
	var got []string
	for i, u := range unmatched(t, w.Log) {
		least, most, placed := u.Age(now)
		got = append(got, fmt.Sprint(w.Entries[i].Kind, " ", least, " ", most, " ", placed, " ", u.Overdue(now)))
	}
	want := []string{"DISCLOSE 122h0m0s 122h0m0s true true", "DISCLOSE 12h0m0.000000001s 36h0m0s true false",
		"RECEIVE 108h0m0s 108h0m0s true true", "RECEIVE 0s 0s false false"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// unmatched yields the transfers and receipts that have no other side.
func unmatched(tb testing.TB, l *Log) iter.Seq2[uint64, *trace.Pairing] {
	return func(yield func(uint64, *trace.Pairing) bool) {
		tr := l.Tracer()
		for i := range l.Entries {
			p, ok, err := tr.Pairing(uint64(i))
			if err != nil {
				tb.Fatal(err)
			}
			if ok && !p.Matched && !yield(uint64(i), &p) {
				return
			}
		}
	}
}

// exerciseLog is exercise traffic handed in by each organisation's own source.
func exerciseLog(tb testing.TB, o exercise.Options) (*Log, []*event.Event, *exercise.Truth) {
	tb.Helper()
	l := newLog()
	l.Add("public-record", record.Events()...)
	l.Add("operator", exercise.Declarations()...)
	var events []*event.Event
	truth, err := exercise.Generate(o, func(e *event.Event) error {
		l.Add(exercise.SourceOf(e), e)
		events = append(events, e)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return l, events, truth
}

// TestUnmatchedOfTheExercise: all that are planted are found, and no others.
func TestUnmatchedOfTheExercise(t *testing.T) {
	for _, o := range []exercise.Options{{Events: 4000, Seed: 7}, {Events: 900, Seed: 3}} {
		l, events, truth := exerciseLog(t, o)
		name := map[uint64]string{}
		for _, e := range events {
			name[l.Index(exercise.SourceOf(e), e.ID)] = e.ID
		}
		var want, got []string
		for _, x := range truth.Irregularities {
			if x.Kind == exercise.TransferWithoutReceipt || x.Kind == exercise.ReceiptWithoutTransfer {
				want = append(want, x.Events[0])
			}
		}
		for i := range unmatched(t, l) {
			got = append(got, name[i])
		}
		slices.Sort(want)
		slices.Sort(got)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%d events: found %d %v, planted %d %v", o.Events, len(got), got, len(want), want)
		}
	}
}

// naivePairs pairs everything at once, by definition.
func naivePairs(l *Log) map[uint64]uint64 {
	pairs := map[uint64]uint64{}
	phase := func(fits func(d, r *event.Skeleton) bool) {
		type side struct {
			i  uint64
			sk *event.Skeleton
		}
		var all []side
		for i, sk := range l.Entries {
			all = append(all, side{uint64(i), sk})
		}
		slices.SortStableFunc(all, func(a, b side) int {
			x, y := a.sk.Occurred, b.sk.Occurred
			switch {
			case x.IsZero() && y.IsZero():
				return 0
			case x.IsZero():
				return 1
			case y.IsZero():
				return -1
			}
			return int(max(-1, min(1, x.Earliest-y.Earliest)))
		})
		for _, r := range all {
			if _, taken := pairs[r.i]; taken || r.sk.Kind != event.KindReceive {
				continue
			}
			for _, d := range all {
				if _, taken := pairs[d.i]; !taken && d.sk.Kind == event.KindDisclose && d.sk.From == r.sk.From && d.sk.To == r.sk.To && fits(d.sk, r.sk) {
					pairs[d.i], pairs[r.i] = r.i, d.i
					break
				}
			}
		}
	}
	ref := func(sk *event.Skeleton) string {
		if sk.Transfer == nil {
			return ""
		}
		return sk.Transfer.Reference
	}
	inWindow := func(d, r event.Time) bool {
		return r.Latest >= d.Earliest && r.Earliest <= d.Latest+int64(72*time.Hour)
	}
	phase(func(d, r *event.Skeleton) bool {
		return ref(d) != "" && ref(d) == ref(r) && (d.Occurred.IsZero() || r.Occurred.IsZero() || inWindow(d.Occurred, r.Occurred))
	})
	phase(func(d, r *event.Skeleton) bool {
		if ref(d) != "" && ref(r) != "" || d.Occurred.IsZero() || r.Occurred.IsZero() || !inWindow(d.Occurred, r.Occurred) {
			return false
		}
		if len(d.Images) == 0 && len(r.Images) == 0 {
			return d.Collection == r.Collection
		}
		for _, m := range d.Images {
			for _, n := range r.Images {
				if m.Pseudonym == n.Pseudonym {
					return true
				}
			}
		}
		return false
	})
	return pairs
}

// TestPairsLikeAll: asked one by one in any order, pairs are those that pairing everything at once gives.
func TestPairsLikeAll(t *testing.T) {
	matched := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		w := newWorld()
		w.abc()
		first := len(w.Entries)
		for range 4 + r.IntN(30) {
			occurred := time.Date(2025, 1, 1, r.IntN(24*9), 0, 0, 0, time.UTC).Format(time.RFC3339)
			switch r.IntN(12) {
			case 0:
				occurred = ""
			case 1:
				occurred = occurred[:10]
			case 2:
				occurred = occurred[:7]
			}
			kind, ref := event.KindDisclose, ""
			if r.IntN(2) == 0 {
				kind = event.KindReceive
			}
			if r.IntN(3) == 0 {
				ref = fmt.Sprint("R", r.IntN(4))
			}
			e := moved(kind, occurred, "a", "b", ref, "p"+fmt.Sprint(r.IntN(3)))
			switch r.IntN(6) {
			case 0:
				e.Images = append(e.Images, pictures("p9")...)
			case 1:
				e.Images, e.Collection = nil, "list"
			case 2:
				e.To = at("c")
			}
			w.say("src-a", e)
		}
		want := naivePairs(w.Log)
		tr := w.Tracer()
		order := r.Perm(len(w.Entries) - first)
		for _, k := range order {
			i := uint64(first + k)
			other, ok, err := tr.Match(i)
			if err != nil {
				t.Fatal(err)
			}
			if wanted, is := want[i]; ok != is || ok && other != wanted {
				t.Fatalf("seed %d, entry %d: %d %v, want %d %v", seed, i, other, ok, wanted, is)
			}
			if ok {
				matched++
			}
		}
	}
	if matched < 500 {
		t.Errorf("only %d matched: this tests little", matched)
	}
}
