package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// TestTablesAreTheSameEntryByEntry holds tables that are tallied from the index to those that are made by opening each
// entry, which a filter asks for that all entries pass: with random keys, filters, viewers and tree sizes, over entries
// of which some are superseded, by their own source or in vain by another.
func TestTablesAreTheSameEntryByEntry(t *testing.T) {
	g, _ := open(t)
	w := rand.New(rand.NewPCG(5, 5))
	record(t, g, graph.LogID, declareOrganisation("fr-pn", event.ClassAuthority), declareSystem("taj", "fr-pn"),
		declareSource("fr-gateway", "fr-pn", true))
	organisations, systems, sources := []string{"de-bka", "int-ipsg", "fr-pn"}, []string{"icis", "inpol", "taj", "nobodys"}, []string{"importer", "fr-gateway"}
	of := func(list []string) string { return list[w.IntN(len(list))] }
	when := func() event.Time {
		from := time.Date(2025, 1, 1+w.IntN(70), w.IntN(24), w.IntN(60), 0, 0, time.UTC)
		switch w.IntN(8) {
		case 0:
			return event.Time{Earliest: event.At(from).Earliest, Latest: event.At(from.AddDate(0, 0, w.IntN(60))).Latest, Precision: event.Interval}
		case 1:
			return event.Time{}
		}
		return event.At(from)
	}
	var ids []string
	for range 6 {
		var events []*event.Event
		for range 60 {
			e := consult(fmt.Sprintf("e-%d", len(ids)), w.IntN(9))
			e.Requester, e.Occurred, e.Exercise = of(organisations), when(), w.IntN(3) == 0
			place := func() event.Place {
				p := event.Place{System: of(systems), Country: []string{"", "", "DE", "NL"}[w.IntN(4)]}
				if w.IntN(3) == 0 {
					p.Organisation = of(organisations)
				}
				return p
			}
			e.From, e.Purpose = place(), []string{"", "prosecution", "search"}[w.IntN(3)]
			if w.IntN(2) == 0 {
				e.Kind, e.To = event.KindDisclose, place()
				if w.IntN(2) == 0 {
					e.Images, e.Collection = nil, "c"
					if w.IntN(3) > 0 {
						e.Quantity = &event.Quantity{Amount: w.Int64N(5), Bound: []event.Bound{event.BoundExact, event.BoundAtLeast, event.BoundAtMost}[w.IntN(3)], Unit: "IMAGE"}
					}
				}
			}
			if w.IntN(3) == 0 {
				e.Actor = &event.Actor{ID: of([]string{"a", "b", "c"}), Name: "N"}
			}
			if len(ids) > 20 && w.IntN(6) == 0 {
				e = &event.Event{ID: e.ID, Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: of(ids)}}}
			}
			ids = append(ids, e.ID)
			events = append(events, e)
		}
		source := of(sources)
		_, _, err := g.Record(context.Background(), source, events...) // what a correction names in vain is refused, and the others are not
		if err != nil {
			t.Fatal(err)
		}
	}
	views := []*graph.View{as(t, g, graph.Oversight), as(t, g, graph.DPO, "de-bka"), as(t, g, graph.DPO, "fr-pn")}
	all := []graph.CountKey{graph.ByActor, graph.ByOrganisation, graph.ByFrom, graph.ByTo, graph.BySource, graph.ByKind, graph.ByOperation, graph.ByPurpose,
		graph.ByBasis, graph.ByCountry, graph.ByFromCountry, graph.ByToCountry, graph.ByHour, graph.ByDay, graph.ByMonth, graph.ByYear, graph.ByHourOfDay,
		graph.ByWeekday, graph.ByRecordedDay, graph.ByExercise, graph.ByMissing, graph.ByUrgent, graph.ByBulk, graph.ByHidden}
	yes, no := true, false
	head, err := views[0].Checkpoint(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rows, superseded := 0, uint64(0)
	for round := range 400 {
		v, asOf := views[w.IntN(len(views))], head.Size-w.Uint64N(2)*w.Uint64N(head.Size)
		pg := graph.Pagination{First: 500, AsOf: graph.AsOf{Size: &asOf}}
		var f graph.EventFilter
		for range w.IntN(3) {
			switch w.IntN(9) {
			case 0:
				f.Exercise = &yes
			case 1:
				f.Systems = []string{of(systems)}
			case 2:
				f.Occurred = event.Time{Earliest: event.At(time.Date(2025, 1, 1+w.IntN(60), 0, 0, 0, 0, time.UTC)).Earliest, Latest: event.End, Precision: event.Interval}
			case 3:
				f.Missing = index.MissingActor
			case 4:
				f.Superseded = &yes
			case 5:
				f.Countries = []string{"DE"}
			case 6:
				f.From = []string{of(systems)}
			case 7:
				f.Since = w.Uint64N(head.Size)
			case 8:
				f.Requesters = []string{of(organisations)}
			}
		}
		each := f
		each.Held = &no
		if round%2 == 0 {
			var by []graph.CountKey
			for range 1 + w.IntN(3) {
				by = append(by, all[w.IntN(len(all))])
			}
			order := []graph.TableOrder{graph.ByKeys, graph.ByCountDescending}[w.IntN(2)]
			got, err := v.Counts(context.Background(), graph.CountQuery{By: by, Filter: f, Order: order}, pg)
			if err != nil {
				t.Fatal(err)
			}
			want, err := v.Counts(context.Background(), graph.CountQuery{By: by, Filter: each, Order: order}, pg)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Rows, want.Rows) || got.Total != want.Total || got.Superseded != want.Superseded || got.Groups != want.Groups {
				t.Fatalf("by %v as of %d, %+v:\ngot  %+v\nwant %+v", by, asOf, f, got, want)
			}
			rows, superseded = rows+len(got.Rows), superseded+got.Superseded
			continue
		}
		q := graph.FlowQuery{Between: []graph.FlowKey{graph.BetweenSystems, graph.BetweenOrganisations, graph.BetweenCountries}[w.IntN(3)], Order: graph.ByKeys, Filter: f}
		if w.IntN(2) == 0 {
			q.Interval = []graph.CountKey{graph.ByDay, graph.ByMonth}[w.IntN(2)]
		}
		if w.IntN(2) == 0 {
			q.Split = []graph.CountKey{graph.ByPurpose, graph.ByKind}
		}
		got, err := v.Flows(context.Background(), q, pg)
		if err != nil {
			t.Fatal(err)
		}
		// Page by page, of a table that is kept, it is the same.
		part := pg
		part.First = 1 + w.IntN(9)
		var paged []graph.FlowRow
		for {
			page, err := v.Flows(context.Background(), q, part)
			if err != nil {
				t.Fatal(err)
			}
			if paged = append(paged, page.Rows...); !page.More {
				break
			}
			if part.After, err = page.Cursor(len(page.Rows) - 1); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(got.Rows, paged) {
			t.Fatalf("%+v as of %d, %d a page:\ngot  %+v\nwant %+v", q, asOf, part.First, paged, got.Rows)
		}
		q.Filter = each
		want, err := v.Flows(context.Background(), q, pg)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Rows, want.Rows) || got.Groups != want.Groups {
			t.Fatalf("%+v as of %d:\ngot  %+v\nwant %+v", q, asOf, got, want)
		}
		rows += len(got.Rows)
	}
	if rows < 2000 || superseded < 20 {
		t.Errorf("%d rows, %d entries superseded: this tests little", rows, superseded)
	}
}
