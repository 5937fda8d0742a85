package table_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// What tells records of a stream apart: their key, else all that is used of them, else where they came.
func TestRecords(t *testing.T) {
	const text = `
name: stream
rows: {%s}
ignore: [noise]
events:
  - kind: CONSULT
    when: [{column: Who, not: [""]}]
    fields:
      /from/organisation: bka
      /actor/id: {column: [Who, user]}
      /records/0/reference: {column: what, required: true}
`
	records := func(rows string) *table.Records {
		t.Helper()
		m, err := table.Parse(fmt.Appendf(nil, text, rows))
		if err != nil {
			t.Fatal(err)
		}
		r, err := table.NewRecords(m)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	cells := func(pairs ...string) (out []table.Cell) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, table.Cell{Name: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	id := func(r *table.Records, own string, c []table.Cell) string {
		t.Helper()
		report := &format.Report{Records: 1}
		events, ruled, err := r.Events(own, c, report)
		if err != nil || !ruled || len(events) != 1 {
			t.Fatalf("%d events, %v, %v, %+v", len(events), ruled, err, report.Gaps())
		}
		return events[0].ID
	}
	one := cells("WHO", "u1", "what", "7", "nr", "88")
	keyed, counted, same := records("key: [nr]"), records("repeats: counted"), records("repeats: same")
	if got := id(keyed, "a/1", one); got != "stream/88" {
		t.Error(got)
	}
	if got := id(keyed, "a/1", cells("who", "u1", "what", "7")); got != "stream/a/1" { // without its key
		t.Error(got)
	}
	if a, b := id(counted, "a/1", one), id(counted, "a/2", one); a != "stream/a/1" || b != "stream/a/2" {
		t.Error(a, b)
	}
	if a, b := id(same, "a/1", one), id(same, "a/2", one); a != b || strings.Contains(a, "a/1") {
		t.Error(a, b)
	}
	if a, b := id(counted, "", one), id(counted, "", one); b != a+"/2" { // as rows of a file
		t.Error(a, b)
	}
	// A second name, what is left out on purpose, what is not mapped, and what there is no event for.
	report := &format.Report{Records: 1}
	events, _, err := counted.Events("a/3", []table.Cell{{Name: "cs1", Alias: "Who", Value: "u2"}, {Name: "what", Value: "8"}, {Name: "what", Value: "9"}, {Name: "noise", Value: "x"},
		{Name: "other", Value: "y"}, {Name: "quiet", Value: "z", Quiet: true}, {Name: "nothing"}}, report)
	if err != nil || len(events) != 1 || events[0].Actor.ID != "u2" || events[0].Records[0].Reference != "8" {
		t.Fatalf("%v %+v", err, events)
	}
	if g := report.Gaps(); len(g) != 1 || g[0].Field != "other" || g[0].Code != table.GapUnmapped {
		t.Errorf("%+v", g)
	}
	if events, ruled, err := counted.Events("a/4", cells("what", "7"), report); err != nil || ruled || len(events) != 0 {
		t.Errorf("%v %v %v", events, ruled, err)
	}
	lost := &format.Report{Records: 1}
	if events, ruled, err := counted.Events("a/5", cells("who", "u1"), lost); err != nil || !ruled || len(events) != 0 || lost.Lost() != 1 {
		t.Errorf("%v %v %v", events, ruled, err)
	}
}
