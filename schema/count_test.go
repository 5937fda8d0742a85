package schema_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// A row is compared as words: the keys joined, absent ones as !REASON and, if there is a longer bucket, that.

const counting = `query($by: [CountKey!]!, $filter: EventFilter, $order: CountOrder, $first: Int, $after: String, $asOf: AsOf) {
  counts(by: $by, filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) {
    rows { keys { key value absent period actor { id { value } } } count superseded exercise }
    total superseded groups pageInfo { hasNextPage endCursor } treeSize complete
  }
}`

type table struct {
	Rows []struct {
		Keys []struct {
			Key    string  `json:"key"`
			Value  *string `json:"value"`
			Absent *string `json:"absent"`
			Period *string `json:"period"`
			Actor  *struct {
				ID struct {
					Value string `json:"value"`
				} `json:"id"`
			} `json:"actor"`
		} `json:"keys"`
		Count      int `json:"count"`
		Superseded int `json:"superseded"`
		Exercise   int `json:"exercise"`
	} `json:"rows"`
	Total      int `json:"total"`
	Superseded int `json:"superseded"`
	Groups     int `json:"groups"`
	PageInfo   struct {
		HasNextPage bool    `json:"hasNextPage"`
		EndCursor   *string `json:"endCursor"`
	} `json:"pageInfo"`
	TreeSize uint64 `json:"treeSize"`
	Complete bool   `json:"complete"`
}

// tally is a table in words: standing, superseded, and standing exercise entries by keys.
type tally map[string][3]int

// tabulate reads all pages of a table.
func (w *world) tabulate(t testing.TB, v vars) (tally, table) {
	t.Helper()
	got := tally{}
	v = maps.Clone(v)
	for {
		var out struct {
			Counts table `json:"counts"`
		}
		w.get(t, counting, v, &out)
		c := out.Counts
		for _, r := range c.Rows {
			var words []string
			for _, k := range r.Keys {
				var word string
				if k.Absent != nil {
					word = "!" + *k.Absent
				}
				switch {
				case k.Actor != nil:
					word += k.Actor.ID.Value
				case k.Value != nil:
					word += *k.Value
				}
				words = append(words, word)
			}
			key := strings.Join(words, "|")
			if _, twice := got[key]; twice {
				t.Errorf("two rows for %s", key)
			}
			got[key] = [3]int{r.Count, r.Superseded, r.Exercise}
		}
		if !c.Complete {
			t.Fatal("not complete")
		}
		if !c.PageInfo.HasNextPage {
			if len(got) != c.Groups {
				t.Errorf("%d rows on all pages, %d are said to be there", len(got), c.Groups)
			}
			return got, c
		}
		v["after"] = *c.PageInfo.EndCursor
	}
}

// when puts a time into buckets by writing it: its ends agree up to some letters.
func when(o event.Time, layout string) string {
	if o.IsZero() {
		return "!UNPLACED"
	}
	if o.Earliest == event.Beginning || o.Latest == event.End {
		return "!WIDER"
	}
	first, last := time.Unix(0, o.Earliest).UTC(), time.Unix(0, o.Latest).UTC()
	for _, l := range []string{"2006-01-02T15", "2006-01-02", "2006-01", "2006"} {
		if len(l) > len(layout) {
			continue
		}
		if first.Format(l) == last.Format(l) {
			if l == layout {
				return first.Format(l)
			}
			return "!WIDER" + first.Format(l)
		}
	}
	return "!WIDER"
}

// lacking is what a table says of a field that is not there.
func lacking(h handed, field string) string {
	switch {
	case missing(field)(h):
		return "!MISSING"
	case h.Kind.Operation() != "":
		return "!WITHHELD_BY_SOURCE"
	}
	return "!EMPTY"
}

func orElse(value, absent string) string { return cmp.Or(value, absent) }

// naive gives the words of each key for an entry.
func (w *world) keyOf(key string, h handed) []string {
	e := h.Event
	one := func(s string) []string { return []string{s} }
	switch key {
	case "KIND":
		return one(string(e.Kind))
	case "OPERATION":
		return one(orElse(string(e.Kind.Operation()), "!EMPTY"))
	case "SOURCE":
		return one(h.source)
	case "ORGANISATION":
		return one(orElse(e.Requester, "!EMPTY"))
	case "FROM":
		return one(cmp.Or(e.From.System, e.From.Organisation, "!EMPTY"))
	case "TO":
		return one(cmp.Or(e.To.System, e.To.Organisation, "!EMPTY"))
	case "ACTOR":
		if e.Actor == nil || e.Actor.ID == "" {
			if missing("actor")(h) {
				return one("!MISSING")
			}
			return one("!EMPTY")
		}
		return one(e.Actor.ID)
	case "PURPOSE":
		return one(orElse(e.Purpose, lacking(h, "purpose")))
	case "BASIS":
		if len(e.Basis) > 0 {
			return e.Basis
		}
		return one(lacking(h, "basis"))
	case "COUNTRY":
		return one(orElse(w.country(event.Place{Organisation: e.Requester}), "!EMPTY"))
	case "FROM_COUNTRY", "TO_COUNTRY":
		at := e.From
		if key == "TO_COUNTRY" {
			at = e.To
		}
		declared := event.Place{System: at.System}
		if at.System == "" {
			declared.Organisation = at.Organisation
		}
		return one(cmp.Or(w.country(declared), w.country(at), "!EMPTY"))
	case "HOUR":
		return one(when(e.Occurred, "2006-01-02T15"))
	case "DAY":
		return one(when(e.Occurred, "2006-01-02"))
	case "MONTH":
		return one(when(e.Occurred, "2006-01"))
	case "YEAR":
		return one(when(e.Occurred, "2006"))
	case "HOUR_OF_DAY", "WEEKDAY":
		layout, as := "2006-01-02T15", "15"
		if key == "WEEKDAY" {
			layout, as = "2006-01-02", "Monday"
		}
		at := when(e.Occurred, layout)
		if strings.HasPrefix(at, "!") {
			return one(strings.TrimRight(at, "0123456789-T"))
		}
		return one(strings.ToUpper(time.Unix(0, e.Occurred.Earliest).UTC().Format(as)))
	case "RECORDED_DAY":
		return one(h.Recorded.UTC().Format("2006-01-02"))
	case "EXERCISE":
		return one(fmt.Sprint(e.Exercise))
	case "URGENT":
		return one(fmt.Sprint(e.Urgent))
	case "HIDDEN":
		return one(fmt.Sprint(e.HiddenFromSubject))
	case "BULK":
		return one(fmt.Sprint(len(e.Images) == 0 && (e.Collection != "" || e.Quantity != nil)))
	case "MISSING":
		var out []string
		for _, f := range []string{"actor", "basis", "case", "justification", "occurred", "purpose"} {
			if missing(f)(h) {
				out = append(out, strings.ToUpper(f))
			}
		}
		if out == nil {
			out = one("!EMPTY")
		}
		return out
	}
	panic(key)
}

func (w *world) naiveTally(keys []string, all []handed) (tally, int, int) {
	want := tally{}
	standing, gone := 0, 0
	corrections := filtered(w.in, func(h handed) bool { return h.Kind == event.KindCorrect })
	for _, h := range all {
		rows := [][]string{nil}
		for _, k := range keys {
			var next [][]string
			for _, r := range rows {
				for _, word := range w.keyOf(k, h) {
					next = append(next, append(slices.Clone(r), word))
				}
			}
			rows = next
		}
		n := 0
		if supersededBy(corrections, h) {
			n = 1
			gone++
		} else {
			standing++
		}
		for _, r := range rows {
			c := want[strings.Join(r, "|")]
			c[n]++
			if n == 0 && h.Exercise {
				c[2]++
			}
			want[strings.Join(r, "|")] = c
		}
	}
	return want, standing, gone
}

func compareTallies(t *testing.T, got, want tally) {
	t.Helper()
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %v, want %v", k, got[k], n)
		}
	}
	for k, n := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %v, want no such row", k, n)
		}
	}
}

// Every key counts what a pass over the events handed in counts, alone and together with others.
func TestCounts(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	keys := []string{"ACTOR", "ORGANISATION", "FROM", "TO", "SOURCE", "KIND", "OPERATION", "PURPOSE", "BASIS", "COUNTRY", "FROM_COUNTRY", "TO_COUNTRY",
		"HOUR", "DAY", "MONTH", "YEAR", "HOUR_OF_DAY", "WEEKDAY", "RECORDED_DAY", "EXERCISE", "MISSING", "URGENT", "BULK", "HIDDEN"}
	sets := [][]string{{"ACTOR", "DAY"}, {"FROM", "TO", "MONTH", "KIND"}, {"MISSING", "BASIS"}, {"MISSING", "SOURCE"}, {"WEEKDAY", "HOUR_OF_DAY"}}
	for _, k := range keys {
		sets = append(sets, []string{k})
	}
	for _, by := range sets {
		t.Run(strings.Join(by, " "), func(t *testing.T) {
			want, standing, gone := w.naiveTally(by, all)
			order := "COUNT_DESC"
			if len(by) > 1 {
				order = "KEY"
			}
			got, c := w.tabulate(t, vars{"by": toAny(by), "order": order, "first": 500})
			compareTallies(t, got, want)
			if c.Total != standing || c.Superseded != gone || c.TreeSize != uint64(len(all)) {
				t.Errorf("%d stand, %d are superseded of %d; want %d, %d", c.Total, c.Superseded, c.TreeSize, standing, gone)
			}
		})
	}
}

// Filters, states and pages hold for tables, too.
func TestCountsFiltered(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	half := uint64(len(all) / 2)
	busy := w.pick(t, "query", func(h handed) bool { return h.Kind == event.KindQuery })
	want, _, _ := w.naiveTally([]string{"PURPOSE"}, filtered(all[:half], func(h handed) bool {
		return h.Kind == event.KindQuery && slices.Contains([]event.ResultState{event.ResultNoHit, event.ResultHit}, stateOf(h.Event)) && has(organisationsOf, busy.Requester, "europol")(h)
	}))
	got, c := w.tabulate(t, vars{"by": []any{"PURPOSE"}, "first": 2, "asOf": vars{"size": half},
		"filter": vars{"kinds": "QUERY", "results": []any{"HIT", "NO_HIT"}, "organisations": []any{busy.Requester, "europol"}}})
	if len(want) < 3 {
		t.Fatalf("only %v to count", want)
	}
	compareTallies(t, got, want)
	if c.TreeSize != half {
		t.Errorf("as of %d", c.TreeSize)
	}
	// Rows are in order.
	var out struct {
		Counts table `json:"counts"`
	}
	w.get(t, counting, vars{"by": []any{"MONTH"}, "order": "KEY", "first": 500}, &out)
	var months []string
	for _, r := range out.Counts.Rows {
		if r.Keys[0].Absent == nil {
			months = append(months, *r.Keys[0].Value)
			if *r.Keys[0].Period != *r.Keys[0].Value {
				t.Errorf("the period of %s is %s", *r.Keys[0].Value, *r.Keys[0].Period)
			}
		} else if len(months) == 0 {
			t.Error("what is absent comes first")
		}
	}
	if !slices.IsSorted(months) || len(months) < 12 {
		t.Errorf("months %v", months)
	}
}

func stateOf(e *event.Event) event.ResultState {
	if e.Result == nil {
		return ""
	}
	return e.Result.State
}

// What is superseded is counted apart from then on, and not before.
func TestCountsOfTheSuperseded(t *testing.T) {
	w := smallWorld(t)
	w.hand(t, graph.LogID,
		&event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "bka", Name: event.Text{EN: "BKA"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}},
		&event.Event{ID: "s", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSystem, ID: "inpol", Name: event.Text{EN: "INPOL"}, System: &event.SystemDeclaration{Operator: "bka"}}})
	query := func(id, purpose string) *event.Event {
		return &event.Event{ID: id, Kind: event.KindQuery, Requester: "bka", Purpose: purpose, Occurred: event.At(dawn), Databases: []event.Database{{System: "inpol"}}}
	}
	w.hand(t, graph.LogID, query("q1", "identification"), query("q2", "identification"))
	before := w.graph.Checkpoint().Size
	w.hand(t, graph.LogID, &event.Event{ID: "c1", Kind: event.KindCorrect, Relates: []event.Reference{{Relation: event.RelationSupersedes, ID: "q1"}}})
	for _, c := range []struct {
		asOf vars
		want tally
	}{
		{vars{"size": before}, tally{"QUERY": {2, 0, 0}, "DECLARE": {2, 0, 0}}},
		{nil, tally{"QUERY": {1, 1, 0}, "DECLARE": {2, 0, 0}, "CORRECT": {1, 0, 0}}},
	} {
		got, _ := w.tabulate(t, vars{"by": []any{"KIND"}, "asOf": c.asOf, "first": 10})
		compareTallies(t, got, c.want)
	}
}

func TestCountsRefused(t *testing.T) {
	w := theWorld(t)
	for name, c := range map[string]struct {
		who  string
		by   []any
		code string
	}{
		"no key":        {"auditor", []any{}, graph.CodeBadArgument},
		"too many keys": {"auditor", []any{"KIND", "KIND", "KIND", "KIND", "KIND"}, graph.CodeBadArgument},
		"a reporter":    {"reporter", []any{"KIND"}, graph.CodeForbidden},
	} {
		if a := w.ask(t, c.who, counting, vars{"by": c.by}); a.code() != c.code {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}
