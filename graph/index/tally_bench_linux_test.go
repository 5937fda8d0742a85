package index

import (
	"context"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// BenchmarkTallies counts over the log of -entries: by tallies, and by going over rows one by one and asking of each
// whether it is superseded, which is what they are for.
func BenchmarkTallies(b *testing.B) {
	x := million()
	size := x.size
	month := event.Time{Earliest: int64(1_600_000_000e9), Latest: int64(1_600_000_000e9) + 30*day, Precision: event.Interval}
	moving := []event.Kind{event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindTrain}
	for _, q := range []struct {
		name   string
		filter Filter
		by     Aspects
	}{
		{"kind", Filter{}, Aspects{Kind: true}},
		{"actor", Filter{}, Aspects{Actor: true}},
		{"actor-and-day", Filter{}, Aspects{Actor: true, Occurred: Days}},
		{"actor-and-day-of-a-month", Filter{Occurred: month}, Aspects{Actor: true, Occurred: Days}},
		{"flows-by-month", Filter{Kinds: moving}, Aspects{From: true, To: true, Kind: true, Moved: true, Flags: Bulk | Exercise, Occurred: Months}},
		{"kind-and-month-in-scope", Filter{Scope: &Scope{Organisations: []string{"organisation-3"}}}, Aspects{Kind: true, Occurred: Months}},
	} {
		b.Run(q.name+"/tallies", func(b *testing.B) {
			n, entries := 0, uint64(0)
			for b.Loop() {
				n, entries = 0, 0
				for t, err := range x.Tallies(context.Background(), q.filter, q.by, Sieve{}, size, 0) {
					if err != nil {
						b.Fatal(err)
					}
					n, entries = n+1, entries+t.Count
				}
			}
			b.ReportMetric(float64(n), "tallies")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(entries), "ns/entry")
		})
		b.Run(q.name+"/rows", func(b *testing.B) {
			entries := 0
			for b.Loop() {
				found := map[agreed]uint64{}
				entries = 0
				for i, r := range x.Rows(q.filter, Recorded, size, 0) {
					g := agreed{superseded: x.Superseded(i, size)}
					g.row.Kind, g.row.Actor, g.row.From, g.row.To = r.Kind, r.Actor, r.From, r.To
					if q.by.Occurred != AnyTime {
						g.row.Earliest = r.Earliest / day
					}
					found[g]++
					entries++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(entries), "ns/entry")
		})
	}
}
