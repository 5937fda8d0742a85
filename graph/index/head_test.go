package index

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// record makes a log of n entries.
func record(seed uint64, n int) (*naive, world) {
	w := world{rand.New(rand.NewPCG(seed, 1))}
	log := &naive{}
	for i := range n {
		sk, recorded := w.entry(i, log.sks)
		log.sks, log.recorded = append(log.sks, sk), append(log.recorded, recorded)
	}
	return log, w
}

// apply folds a log in, in portions of random size.
func apply(t testing.TB, h *Index, log *naive, portion func() int) {
	for at := 0; at < len(log.sks); {
		end := min(len(log.sks), at+portion())
		if err := h.Apply(uint64(at), log.sks[at:end], log.recorded[at:end]); err != nil {
			t.Fatal(err)
		}
		at = end
	}
}

// first collects up to n numbers.
func first(h *Index, f Filter, order Order, asOf uint64, after Position, n int) (found []uint64) {
	for i := range h.Select(f, order, asOf, after) {
		if found = append(found, i); len(found) == n {
			break
		}
	}
	return found
}

// TestSelectLikeAScan compares whatever can be asked with a scan over all skeletons: every order, as of every sort
// of size, whole, cut off and resumed.
func TestSelectLikeAScan(t *testing.T) {
	for _, c := range []struct{ seed, entries, questions int }{
		{1, 1, 20}, {2, 40, 400}, {3, 300, 1500}, {4, 3000, 300}, {5, 14_000, 120},
	} {
		t.Run(fmt.Sprint(c.entries), func(t *testing.T) {
			log, w := record(uint64(c.seed), c.entries)
			h := New()
			apply(t, h, log, func() int { return 1 + w.IntN(700) })
			hits := 0
			for range c.questions {
				asOf := w.Uint64N(uint64(c.entries) + 2)
				if w.IntN(2) == 0 {
					asOf = uint64(c.entries) + w.Uint64N(2)
				}
				f, order := w.filter(log, asOf), Order(w.IntN(4))
				want := log.query(f, order, asOf, 0)
				got := first(h, f, order, asOf, 0, -1)
				if !slices.Equal(got, want) {
					t.Fatalf("order %d as of %d, %+v:\ngot  %v\nwant %v", order, asOf, f, brief(got), brief(want))
				}
				hits += len(want)
				if len(want) == 0 {
					continue
				}
				// A page that begins anywhere goes on where the one before it ended.
				at, n := w.IntN(len(want)), 1+w.IntN(20)
				got = first(h, f, order, asOf, After(want[at]), n)
				if rest := want[at+1:]; !slices.Equal(got, rest[:min(n, len(rest))]) {
					t.Fatalf("order %d as of %d after %d, %+v:\ngot  %v\nwant %v", order, asOf, want[at], f, brief(got), brief(rest))
				}
			}
			if c.entries > 100 && hits < c.questions*5 {
				t.Fatalf("only %d hits for %d questions: this tests little", hits, c.questions)
			}
		})
	}
}

func brief(l []uint64) string {
	if len(l) > 60 {
		return fmt.Sprint(len(l), " of them ", l[:60])
	}
	return fmt.Sprint(len(l), " of them ", l)
}

// TestReadersWhileWriting asks as of fixed sizes while entries are applied: what is above a size never shows, and
// a size that is seen is complete.
func TestReadersWhileWriting(t *testing.T) {
	const entries = 6000
	log, w := record(7, entries)
	h := New()
	type question struct {
		f     Filter
		order Order
		asOf  uint64
		want  []uint64
	}
	var questions []question
	for range 120 {
		q := question{order: Order(w.IntN(4)), asOf: 1 + w.Uint64N(entries)}
		q.f = w.filter(log, q.asOf)
		q.want = log.query(q.f, q.order, q.asOf, 0)
		questions = append(questions, q)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	for reader := range 3 {
		wg.Go(func() {
			for round := 0; ; round++ {
				finished := false
				select {
				case <-done:
					finished = true
				default:
				}
				for k := range questions {
					q := &questions[(k+reader*40)%len(questions)]
					if q.asOf > h.Size() {
						continue
					}
					if got := first(h, q.f, q.order, q.asOf, 0, -1); !slices.Equal(got, q.want) {
						t.Errorf("order %d as of %d, %+v:\ngot  %v\nwant %v", q.order, q.asOf, q.f, brief(got), brief(q.want))
						return
					}
				}
				if size := h.Size(); size > 0 {
					i := (size - 1) / uint64(reader+1)
					if at, ok := h.Entry(h.ID(i)); !ok || at != i {
						t.Errorf("entry %d found at %d, %v", i, at, ok)
						return
					}
					_ = h.Row(i)
				}
				if finished {
					return
				}
			}
		})
	}
	apply(t, h, log, func() int { return 1 + w.IntN(20) })
	close(done)
	wg.Wait()
}

// TestSettings reads what entries say of places, databases and quantities back from their rows.
func TestSettings(t *testing.T) {
	log, _ := record(8, 3000)
	h := New()
	apply(t, h, log, func() int { return 100 })
	quantities := 0
	for i, sk := range log.sks {
		r := h.Row(uint64(i))
		if from, to := h.Places(&r); from != sk.From || to != sk.To {
			t.Fatalf("entry %d goes from %+v to %+v, want %+v and %+v", i, from, to, sk.From, sk.To)
		}
		got, want := map[string]bool{}, map[string]bool{}
		for _, n := range h.Databases(r.Setting) {
			got[h.Name(n)] = true
		}
		for _, d := range sk.Databases {
			want[d.System] = true
		}
		if !maps.Equal(got, want) {
			t.Fatalf("entry %d searched %v, want %v", i, got, want)
		}
		q := h.Quantity(r.Setting)
		switch {
		case r.Flags&Bulk == 0 || sk.Quantity == nil:
			if q != nil {
				t.Fatalf("entry %d: %+v moved", i, q)
			}
		case q == nil || *q != *sk.Quantity:
			t.Fatalf("entry %d: %+v moved, want %+v", i, q, sk.Quantity)
		default:
			quantities++
		}
	}
	if quantities < 100 {
		t.Errorf("%d quantities test little", quantities)
	}
}

// TestGrouping holds the fold to be the same in whatever portions entries come: rows, names and settings.
func TestGrouping(t *testing.T) {
	log, _ := record(9, 5000)
	one, many := New(), New()
	apply(t, one, log, func() int { return 1 })
	apply(t, many, log, func() int { return 1024 })
	for i := range uint64(5000) {
		a, b := one.Row(i), many.Row(i)
		if a != b || one.Name(a.Source) != many.Name(b.Source) || !slices.Equal(one.Members(a.Setting), many.Members(b.Setting)) {
			t.Fatalf("row %d: %+v and %+v", i, a, b)
		}
	}
}

func TestRow(t *testing.T) {
	sk := &event.Skeleton{Sealer: "s", Source: "bka"}
	sk.Entry[0] = 1
	sk.Kind = event.KindDisclose
	sk.Occurred = event.Time{Earliest: 5, Latest: 9, Precision: event.Interval}
	sk.Requester = "bka"
	sk.From = event.Place{Organisation: "bka", System: "inpol-z"}
	sk.To = event.Place{Organisation: "interpol"}
	sk.Origin, sk.Owner, sk.Controller = "origin", "owner", "controller"
	sk.Collection = "c"
	sk.Actor = &event.Actor{Pseudonym: event.Pseudonym{3}}
	sk.Basis = []string{"BDSG § 78", "BDSG § 76"}
	sk.Withheld = []string{"/case/reference", "/basisless"}
	sk.Present = []string{"/justification"}
	h := New()
	if err := h.Apply(0, []*event.Skeleton{sk}, []int64{7}); err != nil {
		t.Fatal(err)
	}
	r := h.Row(0)
	if r.Occurred() != sk.Occurred || r.Recorded != 7 || r.Kind.Kind() != event.KindDisclose ||
		h.Name(r.From) != "inpol-z" || !h.System(r.From) || h.Name(r.To) != "interpol" || h.System(r.To) || h.Name(r.Source) != "bka" ||
		h.Name(r.Purpose) != "" || h.Name(r.Origin) != "origin" {
		t.Errorf("%+v", r)
	}
	if want := Bulk | Holds | MissingPurpose; r.Flags != want {
		t.Errorf("flags %b, want %b", r.Flags, want)
	}
	var parties []string
	for _, n := range h.Members(r.Setting) {
		parties = append(parties, h.Name(n))
	}
	if slices.Sort(parties); !slices.Equal(parties, []string{"bka", "controller", "inpol-z", "interpol", "origin"}) {
		t.Errorf("parties %v", parties)
	}
	for _, c := range []struct {
		kind       event.Kind
		images     []event.Image
		collection string
		want       bool
	}{{event.KindRelease, nil, "", true}, {event.KindRestrict, nil, "", true}, {event.KindRelease, nil, "c", false},
		{event.KindRestrict, make([]event.Image, 1), "", false}, {event.KindErase, nil, "", false}} {
		one := &event.Skeleton{Event: event.Event{Kind: c.kind, Images: c.images, Collection: c.collection}}
		if is := flagsOf(one, kindCodes[c.kind])&General != 0; is != c.want {
			t.Errorf("a decision about all images: %v of %+v", is, c)
		}
	}
	if d := h.Denotation(r.Actor); d != (event.Denotation{Sealer: "s", Pseudonym: event.Pseudonym{3}}) {
		t.Errorf("actor %v", d)
	}
	if b := h.Bases(r.Basis); !slices.Equal(b, sk.Basis) {
		t.Errorf("legal bases %q", b)
	}
	if at, ok := h.Entry(sk.Entry); !ok || at != 0 {
		t.Errorf("entry at %d, %v", at, ok)
	}
	if _, ok := h.Entry(event.Pseudonym{2}); ok {
		t.Error("found an entry that is not there")
	}
	for _, bad := range []uint64{0, 2} {
		if err := h.Apply(bad, []*event.Skeleton{sk}, []int64{8}); err == nil {
			t.Errorf("entry %d taken after entry 0", bad)
		}
	}
	if err := h.Apply(1, []*event.Skeleton{sk}, nil); err == nil {
		t.Error("an entry without a recorded time taken")
	}
	if h.Size() != 1 {
		t.Errorf("size %d after refusals", h.Size())
	}
}

// TestLists holds the growth of one list to its numbers, across every border of its chunks.
func TestLists(t *testing.T) {
	var s lists
	var l list
	var want []uint32
	for i := range uint32(6000) {
		s.add(&l, 3*i)
		s.add(&l, 3*i) // again: nothing
		want = append(want, 3*i)
		if v := s.open(&l, ^uint32(0)); v.n != i+1 || v.at(i) != 3*i || v.at(i/2) != 3*(i/2) {
			t.Fatalf("after %d: %d numbers, the last %d", i, v.n, v.at(v.n-1))
		}
		limit := 3 * (i / 3)
		if v := s.open(&l, limit); v.n != i/3 {
			t.Fatalf("%d numbers below %d", v.n, limit)
		}
	}
	v := s.open(&l, ^uint32(0))
	for i := range v.n {
		if v.at(i) != want[i] {
			t.Fatalf("number %d is %d", i, v.at(i))
		}
	}
}

// TestLinks follows a class of pseudonyms as links come, and one is taken back.
func TestLinks(t *testing.T) {
	d := func(sealer string, n byte) event.Denotation {
		return event.Denotation{Sealer: sealer, Pseudonym: event.Pseudonym{n}}
	}
	entry := func(id byte, source string) *event.Skeleton {
		sk := &event.Skeleton{Sealer: "log", Source: source}
		sk.Entry[0] = id
		return sk
	}
	link := func(id byte, a, b event.Denotation, method string) *event.Skeleton {
		sk := entry(id, "log")
		sk.Kind = event.KindLink
		sk.Link = &event.Link{Subject: event.SubjectImage, A: a, B: b, Method: method}
		return sk
	}
	correct := func(id byte, source string, what byte) *event.Skeleton {
		sk := entry(id, source)
		sk.Kind = event.KindCorrect
		sk.Relates = []event.Reference{{Relation: event.RelationSupersedes, Entry: event.Pseudonym{what}}}
		return sk
	}
	a, b, c, e := d("x", 1), d("y", 1), d("y", 2), d("z", 1)
	sks := []*event.Skeleton{
		link(10, a, b, "digest"), link(11, c, b, "arcface-r100"), link(12, c, e, "digest"),
		correct(13, "other", 10), correct(14, "log", 10),
	}
	h := New()
	if err := h.Apply(0, sks, make([]int64, len(sks))); err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct {
		of       event.Denotation
		asOf     uint64
		inferred bool
		want     []event.Denotation
	}{
		{a, 0, true, []event.Denotation{a}},
		{a, 1, false, []event.Denotation{a, b}},
		{a, 3, false, []event.Denotation{a, b}},
		{a, 3, true, []event.Denotation{a, b, c, e}},
		{e, 3, true, []event.Denotation{e, c, b, a}},
		{a, 4, false, []event.Denotation{a, b}},
		{a, 5, true, []event.Denotation{a}},
		{b, 5, true, []event.Denotation{b, c, e}},
		{d("nobody", 1), 5, true, []event.Denotation{d("nobody", 1)}},
	} {
		if got := h.Equivalent(event.SubjectImage, q.of, q.asOf, q.inferred); !slices.Equal(got, q.want) {
			t.Errorf("%v as of %d (inferred %v): %v, want %v", q.of, q.asOf, q.inferred, got, q.want)
		}
	}
}
