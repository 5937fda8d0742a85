package index

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// agreed is all that entries can agree in.
type agreed struct {
	row        Row // what is not asked for is zero
	occurred   string
	superseded bool
}

// bucketName writes in words where [Calendar] says a time lies.
func bucketName(c Calendar, r *Row) string {
	if r.Precision == event.Unplaced {
		return "unplaced"
	}
	if r.Earliest == event.Beginning || r.Latest == event.End {
		return "any"
	}
	from, to := time.Unix(0, r.Earliest).UTC(), time.Unix(0, r.Latest).UTC()
	for ; c <= Years; c++ {
		layout := map[Calendar]string{Hours: "2006-01-02T15", Days: "2006-01-02", Months: "2006-01", Years: "2006"}[c]
		if a := from.Format(layout); a == to.Format(layout) {
			return a
		}
	}
	return "any"
}

func (a *Aspects) of(x *Index, i uint64, r *Row, asOf uint64) (g agreed) {
	pick := func(is bool, to *Name, n Name) {
		if is {
			*to = n
		}
	}
	pick(a.From, &g.row.From, r.From)
	pick(a.To, &g.row.To, r.To)
	pick(a.Requester, &g.row.Requester, r.Requester)
	pick(a.Source, &g.row.Source, r.Source)
	pick(a.Purpose, &g.row.Purpose, r.Purpose)
	pick(a.Actor, &g.row.Actor, r.Actor)
	pick(a.Basis, &g.row.Basis, r.Basis)
	if a.Kind {
		g.row.Kind = r.Kind
	}
	if a.Setting || a.Moved && (r.Flags&Bulk != 0 || r.Kind.Kind() == event.KindQuery) {
		g.row.Setting = r.Setting
	}
	g.row.Flags = r.Flags & a.Flags
	if a.RecordedDay {
		g.row.Recorded = time.Unix(0, r.Recorded).UTC().Truncate(24 * time.Hour).UnixNano()
	}
	if a.Occurred != AnyTime {
		g.occurred = bucketName(a.Occurred, r)
	}
	g.superseded = x.Superseded(i, asOf)
	return g
}

func (w world) aspects() (a Aspects) {
	for _, to := range [...]*bool{&a.From, &a.To, &a.Requester, &a.Source, &a.Purpose, &a.Actor, &a.Basis, &a.Kind, &a.Setting, &a.Moved, &a.RecordedDay} {
		*to = w.IntN(4) == 0
	}
	if w.IntN(30) == 0 {
		a = Aspects{true, true, true, true, true, true, true, true, true, true, 0, 0, true}
	}
	a.Flags, a.Occurred = Flags(w.Uint32()&w.Uint32()), Calendar(w.IntN(5))
	return a
}

// compareTallies holds tallies to what going over all rows one by one gives.
func compareTallies(t *testing.T, x *Index, log *naive, w world, questions int) (superseded, tallies int) {
	t.Helper()
	n := uint64(len(log.sks))
	for range questions {
		asOf, after := w.Uint64N(n+2), Position(0)
		if w.IntN(2) == 0 {
			asOf = n + w.Uint64N(2)
		}
		if w.IntN(3) == 0 {
			after = Position(w.Uint64N(n + 1))
		}
		f, by := w.filter(log, asOf), w.aspects()
		var sieve Sieve
		if w.IntN(3) == 0 {
			sieve.Test = func(i uint64, r *Row) bool { return (uint64(r.Requester)+i)%3 != 0 }
		}
		want := map[agreed]Tally{}
		for i, r := range x.Rows(f, Recorded, asOf, after) {
			if sieve.Test != nil && !sieve.Test(i, &r) {
				continue
			}
			g := by.of(x, i, &r, asOf)
			one, ok := want[g]
			if !ok {
				one.First, one.Superseded = i, g.superseded
			}
			one.Count++
			want[g] = one
		}
		got := map[agreed]Tally{}
		for one, err := range x.Tallies(context.Background(), f, by, sieve, asOf, after) {
			if err != nil {
				t.Fatal(err)
			}
			r := x.Row(one.First)
			g := by.of(x, one.First, &r, asOf)
			before, ok := got[g]
			if ok {
				one.First = min(one.First, before.First)
			}
			one.Count += before.Count
			got[g] = one
			if tallies++; one.Superseded {
				superseded++
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("by %+v as of %d after %d, %+v:\ngot  %v\nwant %v", by, asOf, after, f, got, want)
		}
	}
	return superseded, tallies
}

// TestTallies compares tallies with going over rows one by one, with random filters, scopes, aspects and tree sizes, in
// memory and in blocks, and while the log grows.
func TestTallies(t *testing.T) {
	superseded, tallies := 0, 0
	count := func(a, b int) { superseded, tallies = superseded+a, tallies+b }
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			log, w := record(seed, 300+int(seed)*80)
			inMemory := New()
			apply(t, inMemory, log, func() int { return 200 })
			count(compareTallies(t, inMemory, log, w, 50))
			x := log.inFiles(t, t.TempDir())
			for x.Size() < uint64(len(log.sks)) {
				from := x.Size()
				to := min(from+1+w.Uint64N(200), uint64(len(log.sks)))
				if err := x.Apply(from, log.sks[from:to], log.recorded[from:to]); err != nil {
					t.Fatal(err)
				}
				count(compareTallies(t, x, &naive{sks: log.sks[:to], recorded: log.recorded[:to]}, w, 8))
			}
			settle(t, x)
			count(compareTallies(t, x, log, w, 60))
		})
	}
	if superseded < 20 || tallies < 10_000 {
		t.Errorf("%d tallies, %d of them of superseded entries: this tests little", tallies, superseded)
	}
}

// TestTalliesEnd stops early and cancels; nothing of it goes on.
func TestTalliesEnd(t *testing.T) {
	log, _ := record(3, 20_000)
	x := New()
	apply(t, x, log, func() int { return 1000 })
	before := runtime.NumGoroutine()
	for range x.Tallies(context.Background(), Filter{}, Aspects{Actor: true}, Sieve{}, x.Size(), 0) {
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	failed := false
	for _, err := range x.Tallies(ctx, Filter{}, Aspects{Actor: true}, Sieve{}, x.Size(), 0) {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("canceled, and told nobody")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
