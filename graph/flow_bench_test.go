package graph_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/index"
)

var benchFlows = flag.Int("flow-events", 200_000, "how many events the benchmarks of what the page shows first lie in")

// BenchmarkFirstView asks what the page shows first: flows by month, plain and by standing, and the newest hundred entries
// with their standings, of the public record and exercise data. first is what the first question after a start takes, in ms,
// grown one whose state of the log was not asked about before, again one that was.
//
//	go test ./graph -run - -bench FirstView -flow-events 1000000
func BenchmarkFirstView(b *testing.B) {
	l := newTraffic(b)
	l.append(b, *benchFlows, nil)
	flows := func(split ...graph.CountKey) func(*testing.B, *graph.View, uint64) {
		return func(b *testing.B, v *graph.View, size uint64) {
			q := graph.FlowQuery{Between: graph.BetweenSystems, Interval: graph.ByMonth, Split: split, Order: graph.ByKeys}
			t, err := v.Flows(context.Background(), q, graph.Pagination{First: 500, AsOf: graph.AsOf{Size: &size}})
			if err != nil {
				b.Fatal(err)
			}
			if reason, _, _ := t.Cut(); reason != "" || t.Groups < 400 {
				b.Fatalf("%d rows, cut off: %q", t.Groups, reason)
			}
		}
	}
	newest := func(b *testing.B, v *graph.View, size uint64) {
		p, err := v.Events(context.Background(), graph.EventFilter{}, index.RecordedDesc, graph.Pagination{First: 100, AsOf: graph.AsOf{Size: &size}})
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range p.Entries {
			if _, err := v.Standing(e.Index, size); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		ask  func(*testing.B, *graph.View, uint64)
	}{{"flows", flows()}, {"standings", flows(graph.ByStanding)}, {"newest", newest}} {
		b.Run(c.name, func(b *testing.B) {
			g := l.open(b)
			defer l.close(b, g)
			size := g.Checkpoint().Size
			timed := func(size uint64) float64 {
				v, began := as(b, g, graph.Oversight), time.Now()
				c.ask(b, v, size)
				return float64(time.Since(began).Microseconds()) / 1000
			}
			first := timed(size)
			var grown float64
			for n := uint64(1); b.Loop(); n++ {
				grown += timed(size - n%10_000)
			}
			b.ReportMetric(first, "ms-first")
			b.ReportMetric(grown/float64(b.N), "ms-grown")
			timed(size)
			b.ReportMetric(timed(size), "ms-again")
		})
	}
}
