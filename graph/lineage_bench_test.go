package graph_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	public "github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

var benchEvents = flag.Int("lineage-events", 100_000, "how many other events the benchmark of lineage lies in")

const (
	benchWays    = 60  // images with a way
	benchCopies  = 135 // copies that each way has
	benchSystems = 45
	benchTurns   = 10 // stretches of the log over which the entries of each way are spread
)

// BenchmarkLineage follows images with 135 copies (three pictures, of which two are made of the first, each in 45 systems)
// whose entries lie among others, in an index with blocks as in service. first is what a question takes whose leaves were
// not read since the start, p50 and p99 what it takes from then on. Where Debian's PostgreSQL is installed it is asked the
// same of the same entries, see lineage_postgres_test.go.
//
//	go test ./graph -run - -bench Lineage -lineage-events 1000000
func BenchmarkLineage(b *testing.B) {
	l := newTraffic(b)
	var table *relation
	if postgresDir() != "" {
		table = newRelation(b)
	}
	for turn := range benchTurns {
		g := l.open(b)
		var all []*event.Event
		for n := range benchWays {
			way := wayOf(n)
			all = append(all, way[turn*len(way)/benchTurns:(turn+1)*len(way)/benchTurns]...)
		}
		for _, r := range put(b, g, "bka-gateway", all) {
			table.add(b, r.Index, all[0])
			all = all[1:]
		}
		l.close(b, g)
		l.append(b, *benchEvents/benchTurns, table)
	}
	g := l.open(b)
	defer l.close(b, g)
	b.Run("lichtspur", func(b *testing.B) { follow(b, g) })
	b.Run("postgresql", func(b *testing.B) {
		if table == nil {
			b.Log("PostgreSQL is not installed: lineage is measured alone")
			return
		}
		table.follow(b)
	})
}

func follow(b *testing.B, g *graph.Graph) {
	v := as(b, g, graph.Oversight)
	ask := func(n int) time.Duration {
		began := time.Now()
		l, err := v.Lineage(context.Background(), graph.LineageQuery{Image: graph.ImageRef{Digest: picture(n%benchWays, 0)}, Direction: trace.Down, Depth: 16})
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(began)
		if l.Copies != benchCopies || len(l.Hops) != benchCopies || len(l.Cut) > 0 {
			b.Fatalf("%d copies, %d hops, cut off %v", l.Copies, len(l.Hops), l.Cut)
		}
		return took
	}
	var first, took []time.Duration
	for n := range benchWays {
		if n == 1 { // the very first reads what all questions stand on
			first = first[:0]
		}
		first = append(first, ask(n))
	}
	for n := 0; b.Loop(); n++ {
		took = append(took, ask(n))
	}
	slices.Sort(first)
	slices.Sort(took)
	b.ReportMetric(float64(first[len(first)/2].Microseconds()), "µs-first")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}

// picture is the digest of one of the three pictures of a way.
func picture(way, child int) string { return fmt.Sprintf("sha256:%064x", 1<<40+way*16+child) }

// wayOf are the events of a way, in order.
func wayOf(n int) (way []*event.Event) {
	at := func(i int) event.Time {
		return event.At(time.Date(2025, 1, 1+i/20, i%20, n, 0, 0, time.UTC))
	}
	place := func(i int) event.Place { return event.Place{System: fmt.Sprint("bench-", i)} }
	add := func(kind event.Kind, i int, from, to event.Place, images ...event.Image) *event.Event {
		e := &event.Event{ID: fmt.Sprintf("way-%d-%d", n, len(way)), Kind: kind, Occurred: at(i), From: from, To: to, Images: images, Owner: "de-bka"}
		way = append(way, e)
		return e
	}
	for i := range benchSystems {
		for child := range 3 {
			img := event.Image{Digest: picture(n, child)}
			switch {
			case i > 0:
				e := add(event.KindDisclose, 1+i, place((i-1)/3), place(i), img)
				e.Transfer = &event.Transfer{Reference: e.ID}
			case child == 0:
				add(event.KindEnrol, 0, event.Place{}, place(0), img)
			default:
				add(event.KindDerive, 1, place(0), place(0), event.Image{Role: event.RoleParent, Digest: picture(n, 0)}, event.Image{Role: event.RoleChild, Digest: img.Digest}).Method = "crop"
			}
		}
	}
	return way
}

// put records events, all of which are accepted.
func put(b *testing.B, g *graph.Graph, source string, events []*event.Event) (all []graph.Receipt) {
	for chunk := range slices.Chunk(events, 2000) {
		receipts, _, err := g.Record(context.Background(), source, chunk...)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range receipts {
			if r.Status != graph.Accepted {
				b.Fatal(r.Faults)
			}
		}
		all = append(all, receipts...)
	}
	return all
}

// declared records what the events of the benchmark name.
func declared(b *testing.B, g *graph.Graph) {
	put(b, g, graph.LogID, public.Events())
	put(b, g, graph.LogID, exercise.Declarations())
	for i := range benchSystems {
		put(b, g, graph.LogID, []*event.Event{declareSystem(fmt.Sprint("bench-", i), "int-ipsg")})
	}
}
