package trace_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// TestPlantedIrregularities: of 20,000 events, what is planted of transfers beyond consent, without receipt and receipts
// without transfer is found with the decision that forbids it, and nothing that is not planted; and the lineage of the
// image shows each hop beyond consent.
func TestPlantedIrregularities(t *testing.T) {
	for _, seed := range []uint64{7, 1, 2} {
		l, events, truth := exerciseLog(t, exercise.Options{Events: 20_000, Seed: seed})
		index := map[string]uint64{}
		name := map[uint64]string{}
		for _, e := range events {
			i := l.Index(exercise.SourceOf(e), e.ID)
			index[e.ID], name[i] = i, e.ID
		}
		var want, got []string
		for _, x := range truth.Irregularities {
			switch x.Kind {
			case exercise.TransferBeyondConsent, exercise.TransferWithoutReceipt, exercise.ReceiptWithoutTransfer:
				want = append(want, fmt.Sprint(x.Kind, x.Events))
			}
		}
		tr := l.Tracer()
		for i, sk := range l.Entries {
			p, transfer, err := tr.Pairing(uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			if transfer && !p.Matched {
				kind := exercise.TransferWithoutReceipt
				if sk.Kind == event.KindReceive {
					kind = exercise.ReceiptWithoutTransfer
				}
				got = append(got, fmt.Sprint(kind, []string{name[uint64(i)]}))
			}
			edges, err := tr.Edges(uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range edges {
				if e.Consent.State == trace.Restricted {
					got = append(got, fmt.Sprint(exercise.TransferBeyondConsent, []string{name[e.Index], name[e.Consent.By]}))
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if len(want) < 10 || !slices.Equal(got, want) {
			t.Errorf("seed %d: found %d\n%q\nplanted %d\n%q", seed, len(got), got, len(want), want)
		}
		for _, x := range truth.Irregularities {
			if x.Kind != exercise.TransferBeyondConsent {
				continue
			}
			at := index[x.Events[0]]
			image := event.Denotation{Sealer: "log", Pseudonym: l.Entries[at].Images[0].Pseudonym}
			way, err := l.Tracer().Lineage(context.Background(), trace.LineageQuery{Images: []event.Denotation{image}, Direction: trace.Down, Depth: 16,
				At: event.Beginning, Classes: []trace.Class{trace.Capture, trace.Transfer, trace.Derivation}})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(way.Hops, func(h trace.Hop) bool {
				return h.Index == at && h.Consent.State == trace.Restricted && h.Consent.By == index[x.Events[1]]
			}) {
				t.Errorf("seed %d: %s is not on the way of its image", seed, x.Events[0])
			}
		}
	}
}
