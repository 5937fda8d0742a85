package schema_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

const flowing = `query($by: FlowKey!, $interval: Interval, $split: [FlowSplit!], $filter: EventFilter, $first: Int, $after: String, $asOf: AsOf) {
  flows(by: $by, interval: $interval, split: $split, filter: $filter, order: KEY, first: $first, after: $after, asOf: $asOf) {
    rows { from { ...v } to { ...v } at { ...v } split { ...v } count superseded exercise sent { ...m } received { ...m } other { ...m } }
    groups pageInfo { hasNextPage endCursor } complete treeSize } }
fragment v on CountValue { key value absent organisation { id } system { id } }
fragment m on Moved { entries listed unstated quantities { unit entries atLeast atMost exact about } }`

type flowValue struct {
	Key          string  `json:"key"`
	Value        *string `json:"value"`
	Absent       *string `json:"absent"`
	Organisation *struct {
		ID string `json:"id"`
	} `json:"organisation"`
	System *struct {
		ID string `json:"id"`
	} `json:"system"`
}

func (v *flowValue) word() string {
	word := ""
	if v.Absent != nil {
		word = "!" + *v.Absent
	}
	if v.Value != nil {
		word += *v.Value
	}
	return word
}

type quantitySum struct {
	Unit    string `json:"unit"`
	Entries int64  `json:"entries"`
	AtLeast int64  `json:"atLeast"`
	AtMost  *int64 `json:"atMost"`
	Exact   bool   `json:"exact"`
	About   *int64 `json:"about"`
}

type movedSide struct {
	Entries    int           `json:"entries"`
	Listed     int           `json:"listed"`
	Unstated   int           `json:"unstated"`
	Quantities []quantitySum `json:"quantities"`
}

func (m movedSide) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d entries, %d listed, %d unstated", m.Entries, m.Listed, m.Unstated)
	for _, q := range m.Quantities {
		most, about := "?", "-"
		if q.AtMost != nil {
			most = fmt.Sprint(*q.AtMost)
		}
		if q.About != nil {
			about = fmt.Sprint(*q.About)
		}
		fmt.Fprintf(&s, "; %s of %d: %d to %s, about %s, %v", q.Unit, q.Entries, q.AtLeast, most, about, q.Exact)
	}
	return s.String()
}

type flowRow struct {
	From       flowValue   `json:"from"`
	To         flowValue   `json:"to"`
	At         *flowValue  `json:"at"`
	Split      []flowValue `json:"split"`
	Count      int         `json:"count"`
	Superseded int         `json:"superseded"`
	Exercise   int         `json:"exercise"`
	Sent       movedSide   `json:"sent"`
	Received   movedSide   `json:"received"`
	Other      movedSide   `json:"other"`
}

func (w *world) flows(t *testing.T, v vars) map[string]flowRow {
	t.Helper()
	v = maps.Clone(v)
	got := map[string]flowRow{}
	for {
		var out struct {
			Flows struct {
				Rows     []flowRow `json:"rows"`
				Groups   int       `json:"groups"`
				PageInfo struct {
					HasNextPage bool    `json:"hasNextPage"`
					EndCursor   *string `json:"endCursor"`
				} `json:"pageInfo"`
				Complete bool `json:"complete"`
			} `json:"flows"`
		}
		w.get(t, flowing, v, &out)
		for _, r := range out.Flows.Rows {
			key := r.From.word() + ">" + r.To.word()
			if r.At != nil {
				key += "@" + r.At.word()
			}
			for _, s := range r.Split {
				key += "|" + s.word()
			}
			if _, twice := got[key]; twice {
				t.Errorf("two rows for %s", key)
			}
			got[key] = r
		}
		if !out.Flows.Complete {
			t.Fatal("not complete")
		}
		if !out.Flows.PageInfo.HasNextPage {
			if len(got) != out.Flows.Groups {
				t.Errorf("%d rows, %d are said to be there", len(got), out.Flows.Groups)
			}
			return got
		}
		v["after"] = *out.Flows.PageInfo.EndCursor
	}
}

// naiveFlow adds up quantities by trying what each may have been at the least and at the most.
type naiveFlow struct {
	count    int
	exercise int
	sides    [3]movedSide
}

func (n *naiveFlow) add(e *event.Event) {
	n.count++
	if e.Exercise {
		n.exercise++
	}
	side := &n.sides[2]
	switch e.Kind {
	case event.KindDisclose:
		side = &n.sides[0]
	case event.KindReceive:
		side = &n.sides[1]
	}
	side.Entries++
	bulk := len(e.Images) == 0 && (e.Collection != "" || e.Quantity != nil)
	switch {
	case !bulk:
		side.Listed++
		return
	case e.Quantity == nil:
		side.Unstated++
		return
	}
	i := slices.IndexFunc(side.Quantities, func(q quantitySum) bool { return q.Unit == e.Quantity.Unit })
	if i < 0 {
		i = len(side.Quantities)
		side.Quantities = append(side.Quantities, quantitySum{Unit: e.Quantity.Unit, AtMost: new(int64)})
	}
	q := &side.Quantities[i]
	q.Entries++
	least, most, about := bounds(e.Quantity)
	if about {
		sum := e.Quantity.Amount
		if q.About != nil {
			sum += *q.About
		}
		q.About = &sum
	}
	q.AtLeast += least
	if most == math.MaxInt64 || q.AtMost == nil {
		q.AtMost = nil
	} else {
		*q.AtMost += most
	}
}

func bounds(q *event.Quantity) (least, most int64, about bool) {
	one := int64(0)
	if q.Exclusive {
		one = 1
	}
	switch q.Bound {
	case event.BoundExact:
		return q.Amount, q.Amount, false
	case event.BoundAtLeast:
		return q.Amount + one, math.MaxInt64, false
	case event.BoundAtMost:
		return 0, q.Amount - one, false
	}
	return 0, 0, true
}

func (n *naiveFlow) settle() {
	for s := range n.sides {
		side := &n.sides[s]
		slices.SortFunc(side.Quantities, func(a, b quantitySum) int { return strings.Compare(a.Unit, b.Unit) })
		for i := range side.Quantities {
			q := &side.Quantities[i]
			q.Exact = q.About == nil && q.AtMost != nil && *q.AtMost == q.AtLeast
		}
	}
}

func (w *world) operator(p event.Place) string {
	if p.System != "" {
		if d := w.declared(event.DeclareSystem, p.System); d != nil {
			return d.System.Operator
		}
		return ""
	}
	return p.Organisation
}

// Flows are those of a pass over the events handed in, by each kind of end, interval and split.
func TestFlows(t *testing.T) {
	w := theWorld(t)
	places := map[string]func(event.Place) string{
		"SYSTEM":       func(p event.Place) string { return orElse(p.System, orElse(p.Organisation, "!EMPTY")) },
		"ORGANISATION": func(p event.Place) string { return orElse(w.operator(p), "!EMPTY") },
		"COUNTRY": func(p event.Place) string {
			return orElse(w.country(event.Place{Organisation: w.operator(p)}), orElse(w.country(p), "!EMPTY"))
		},
	}
	moving := []event.Kind{event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindTrain}
	for _, c := range []struct {
		by, interval string
		split        []string
		kinds        []event.Kind
	}{
		{"SYSTEM", "", nil, nil}, {"ORGANISATION", "", nil, nil}, {"COUNTRY", "", nil, nil},
		{"SYSTEM", "DAY", []string{"KIND"}, nil}, {"ORGANISATION", "MONTH", []string{"PURPOSE", "BASIS"}, nil}, {"COUNTRY", "HOUR", nil, []event.Kind{event.KindDisclose}},
		{"SYSTEM", "YEAR", []string{"EXERCISE"}, []event.Kind{event.KindQuery}}, {"ORGANISATION", "", nil, []event.Kind{event.KindQuery}}, {"COUNTRY", "", nil, []event.Kind{event.KindQuery}},
	} {
		t.Run(fmt.Sprint(c.by, c.interval, c.split, c.kinds), func(t *testing.T) {
			kinds := c.kinds
			if kinds == nil {
				kinds = moving
			}
			want := map[string]*naiveFlow{}
			for _, h := range w.entries() {
				if !slices.Contains(kinds, h.Kind) {
					continue
				}
				to := []string{places[c.by](h.To)}
				if h.Kind == event.KindQuery {
					to = nil
					for _, d := range h.Databases {
						p := event.Place{System: d.System}
						word := places[c.by](p)
						if !slices.Contains(to, word) {
							to = append(to, word)
						}
					}
				}
				keys := []string{""}
				for i, dest := range to {
					key := places[c.by](h.From) + ">" + dest
					if c.interval != "" {
						key += "@" + w.keyOf(c.interval, h)[0]
					}
					if i == 0 {
						keys[0] = key
					} else {
						keys = append(keys, key)
					}
				}
				for _, s := range c.split {
					var next []string
					for _, k := range keys {
						for _, word := range w.keyOf(s, h) {
							next = append(next, k+"|"+word)
						}
					}
					keys = next
				}
				for _, k := range keys {
					if want[k] == nil {
						want[k] = &naiveFlow{}
					}
					want[k].add(h.Event)
				}
			}
			v := vars{"by": c.by, "first": 400}
			if c.interval != "" {
				v["interval"] = c.interval
			}
			if c.split != nil {
				v["split"] = toAny(c.split)
			}
			if c.kinds != nil {
				v["filter"] = vars{"kinds": []any{string(c.kinds[0])}}
			}
			got := w.flows(t, v)
			if len(want) < 3 {
				t.Fatalf("only %d flows", len(want))
			}
			bulk := 0
			for k, n := range want {
				n.settle()
				g, ok := got[k]
				if !ok || g.Count != n.count || g.Exercise != n.exercise || fmt.Sprint(g.Sent, g.Received, g.Other) != fmt.Sprint(n.sides[0], n.sides[1], n.sides[2]) {
					t.Errorf("%s: %d: %v %v %v, want %d: %v", k, g.Count, g.Sent, g.Received, g.Other, n.count, n.sides)
				}
				bulk += len(n.sides[0].Quantities)
			}
			for k := range got {
				if want[k] == nil {
					t.Errorf("%s is no flow", k)
				}
			}
			if c.kinds == nil && bulk == 0 {
				t.Error("no bulk flow to add up")
			}
		})
	}
}

// Bounds are added as intervals: what is only known from below has no upper end, and what is about has neither.
func TestFlowsAddBounds(t *testing.T) {
	w := smallWorld(t)
	w.hand(t, graph.LogID, &event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "a", Name: event.Text{EN: "A"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}},
		&event.Event{ID: "p", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "b", Name: event.Text{EN: "B"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}})
	n := 0
	send := func(amount int64, bound event.Bound, exclusive bool) {
		n++
		w.hand(t, graph.LogID, &event.Event{ID: fmt.Sprint("t", n), Kind: event.KindDisclose, From: event.Place{Organisation: "a"}, To: event.Place{Organisation: "b"}, Occurred: event.At(dawn),
			Quantity: &event.Quantity{Amount: amount, Bound: bound, Exclusive: exclusive, Unit: "IMAGE"}})
	}
	check := func(want string) {
		t.Helper()
		got := w.flows(t, vars{"by": "ORGANISATION", "first": 5})["a>b"]
		if got.Sent.String() != want {
			t.Errorf("%s, want %s", got.Sent, want)
		}
		if got.From.Organisation == nil || got.From.Organisation.ID != "a" || got.From.System != nil {
			t.Errorf("from %+v", got.From)
		}
	}
	send(10, event.BoundExact, false)
	check("1 entries, 0 listed, 0 unstated; IMAGE of 1: 10 to 10, about -, true")
	send(5, event.BoundAtMost, true)
	check("2 entries, 0 listed, 0 unstated; IMAGE of 2: 10 to 14, about -, false")
	send(100, event.BoundAbout, false)
	check("3 entries, 0 listed, 0 unstated; IMAGE of 3: 10 to 14, about 100, false")
	send(7, event.BoundAtLeast, true)
	check("4 entries, 0 listed, 0 unstated; IMAGE of 4: 18 to ?, about 100, false")
}

func TestFlowsRefused(t *testing.T) {
	w := theWorld(t)
	if a := w.ask(t, "auditor", flowing, vars{"by": "SYSTEM", "split": []any{"KIND", "KIND"}}); a.code() != graph.CodeBadArgument {
		t.Errorf("twice the same: %s", a.body)
	}
	if a := w.ask(t, "reporter", flowing, vars{"by": "SYSTEM"}); a.code() != graph.CodeForbidden {
		t.Errorf("a reporter: %s", a.body)
	}
}
