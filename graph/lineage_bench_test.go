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

var benchEvents = flag.Int("lineage-events", 100_000, "how many exercise events the benchmark of lineage lies in")

const (
	benchWays    = 60  // images with a way
	benchCopies  = 135 // copies that each way has
	benchSystems = 45
)

// BenchmarkLineage follows images with 135 copies (three pictures, of which two are made of the first, each in 45 systems)
// whose entries lie among exercise events. -lineage-events 1000000 for the figures in the documentation.
func BenchmarkLineage(b *testing.B) {
	g, _ := open(b)
	ctx := context.Background()
	put := func(source string, events []*event.Event) {
		for chunk := range slices.Chunk(events, 2000) {
			receipts, _, err := g.Record(ctx, source, chunk...)
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range receipts {
				if r.Status != graph.Accepted {
					b.Fatal(r.Faults)
				}
			}
		}
	}
	put(graph.LogID, public.Events())
	put(graph.LogID, exercise.Declarations())
	for i := range benchSystems {
		put(graph.LogID, []*event.Event{declareSystem(fmt.Sprint("bench-", i), "int-ipsg")})
	}
	picture := func(way, child int) string { return fmt.Sprintf("sha256:%064x", 1<<40+way*16+child) }
	step := 0
	var ways [benchWays][]*event.Event
	for n := range ways {
		at := func(i int) event.Time {
			return event.At(time.Date(2025, 1, 1+i/20, i%20, n, 0, 0, time.UTC))
		}
		place := func(i int) event.Place { return event.Place{System: fmt.Sprint("bench-", i)} }
		add := func(kind event.Kind, i int, from, to event.Place, images ...event.Image) {
			step++
			ways[n] = append(ways[n], &event.Event{ID: fmt.Sprintf("way-%d", step), Kind: kind, Occurred: at(i), From: from, To: to, Images: images, Owner: "de-bka"})
		}
		for child := range 3 {
			img := event.Image{Digest: picture(n, child)}
			if child == 0 {
				add(event.KindEnrol, 0, event.Place{}, place(0), img)
			} else {
				add(event.KindDerive, 1, place(0), place(0), event.Image{Role: event.RoleParent, Digest: picture(n, 0)}, event.Image{Role: event.RoleChild, Digest: picture(n, child)})
				ways[n][len(ways[n])-1].Method = "crop"
			}
			for i := 1; i < benchSystems; i++ {
				add(event.KindDisclose, 1+i, place((i-1)/3), place(i), img)
				ways[n][len(ways[n])-1].Transfer = &event.Transfer{Reference: fmt.Sprintf("way-%d", step)}
			}
		}
	}
	var group []*event.Event
	made, turn := 0, 0
	_, err := exercise.Generate(exercise.Options{Events: *benchEvents, Seed: 7}, func(e *event.Event) error {
		made++
		if group = append(group, e); len(group) == 2000 {
			put(exercise.Source, group)
			group = group[:0]
		}
		// Entries of the ways, spread over all.
		if every := max(1, *benchEvents/(benchWays*benchCopies)); made%every == 0 && turn < benchWays*benchCopies {
			n, i := turn%benchWays, turn/benchWays
			if turn++; i < len(ways[n]) {
				put("bka-gateway", ways[n][i:i+1])
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	put(exercise.Source, group)
	for ; turn < benchWays*benchCopies; turn++ {
		if n, i := turn%benchWays, turn/benchWays; i < len(ways[n]) {
			put("bka-gateway", ways[n][i:i+1])
		}
	}
	v := as(b, g, graph.Oversight)
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		began := time.Now()
		l, err := v.Lineage(ctx, graph.LineageQuery{Image: graph.ImageRef{Digest: picture(n%benchWays, 0)}, Direction: trace.Down, Depth: 16})
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		if l.Copies != benchCopies || len(l.Cut) > 0 {
			b.Fatalf("%d copies, %d hops, cut off %v", l.Copies, len(l.Hops), l.Cut)
		}
	}
	took = took[len(took)/2:] // warm
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}
