package schema

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	golang "github.com/graph-gophers/graphql-go/ast"
)

func priceOf(t testing.TB, h *Handler, query, name string, variables map[string]any) int64 {
	t.Helper()
	doc, err := parse(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	op := doc.operation(name)
	if op == nil {
		t.Fatalf("%s: no operation", query)
	}
	c, _ := price(h.schema, doc, op, variables)
	return c
}

func TestCost(t *testing.T) {
	h, err := New(nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const list = "query($n: Int) { events(first: $n) { nodes { id } } }"
	const filtered = "query($f: EventFilter) { events(first: 2, filter: $f) { nodes { id } } }"
	// A list: itself, its weight, and of each entry that it is opened, the entry and its field.
	events := func(n int64) int64 { return 1 + listWeight + n*(entryWeight+1+1) }
	for _, c := range []struct {
		name, query, operation string
		variables              map[string]any
		want                   int64
	}{
		{"one field", "{ __typename }", "", nil, 1},
		{"an object", "{ me { name role } }", "", nil, 3},
		{"an alias each", "{ a: me { name } b: me { name } }", "", nil, 4},
		{"the default", "{ events { nodes { id } } }", "", nil, events(50)},
		{"a literal", "{ events(first: 7) { nodes { id } } }", "", nil, events(7)},
		{"null is the default", "{ events(first: null) { nodes { id } } }", "", nil, events(50)},
		{"a variable", list, "", map[string]any{"n": int32(9)}, events(9)},
		{"a variable that is not given", list, "", nil, events(50)},
		{"a variable's default", "query($n: Int = 3) { events(first: $n) { nodes { id } } }", "", nil, events(3)},
		{"a variable before its default", "query($n: Int = 3) { events(first: $n) { nodes { id } } }", "", map[string]any{"n": int32(4)}, events(4)},
		{"null before its default", "query($n: Int = 3) { events(first: $n) { nodes { id } } }", "", map[string]any{"n": nil}, events(50)},
		{"a variable with a fraction", list, "", map[string]any{"n": 9.0}, events(9)},
		{"negative", "{ events(first: -5) { nodes { id } } }", "", nil, events(0)},
		{"negative variable", list, "", map[string]any{"n": int32(-2147483648)}, events(0)},
		{"beyond 32 bits", "{ events(first: 99999999999999999999999) { nodes { id } } }", "", nil, events(math.MaxInt32)},
		{"a variable beyond 32 bits", list, "", map[string]any{"n": "9223372036854775807"}, events(math.MaxInt32)},
		{"an infinite variable", list, "", map[string]any{"n": math.Inf(1)}, events(math.MaxInt32)},
		{"nodes and edges", "{ events(first: 2) { nodes { id } edges { node { id } } pageInfo { endCursor } treeSize } }", "", nil, events(2) + 2*3 + 3},
		{"a page's fields by fragment", "{ events(first: 2) { ...p } } fragment p on EventConnection { nodes { id } treeSize }", "", nil, events(2) + 1},
		{"a page's fields inline", "{ events(first: 2) { ... on EventConnection { nodes { ... { id } } } } }", "", nil, events(2)},
		{"a list within", "{ events(first: 2) { nodes { images { role } } } }", "", nil, 1 + listWeight + 2*(entryWeight+1+1+3)},
		{"weights", "{ events(first: 2) { nodes { json } } }", "", nil, 1 + listWeight + 2*(entryWeight+1+21)},
		{"the catalog is not opened", "{ systems(first: 4) { nodes { id } } }", "", nil, 1 + 4*2},
		{"agreements with their parties", "{ agreements(first: 4) { nodes { parties { id } } } }", "", nil, 1 + 4*(1+1+3)},
		{"keys", "{ keys(first: 4) { nodes { id } } }", "", nil, 1 + 4*2},
		{"a filter of the index", `{ events(first: 2, filter: {kinds: [QUERY], exercise: true, words: null}) { nodes { id } } }`, "", nil, events(2)},
		{"a filter that opens entries", `{ events(first: 2, filter: {words: "x"}) { nodes { id } } }`, "", nil, events(2) + openedWeight},
		{"such a filter in a variable", filtered, "", map[string]any{"f": map[string]any{"kinds": []any{}, "countries": []any{"DE"}}}, events(2) + openedWeight},
		{"such a filter that is null", filtered, "", map[string]any{"f": map[string]any{"countries": nil, "digests": []any{}}}, events(2)},
		{"such a filter by default", `query($f: EventFilter = {held: true}) { events(first: 2, filter: $f) { nodes { id } } }`, "", nil, events(2) + openedWeight},
		{"a variable within a filter", `query($w: String) { events(first: 2, filter: {words: $w}) { nodes { id } } }`, "", map[string]any{"w": "x"}, events(2) + openedWeight},
		{"a variable within a filter that is not given", `query($w: String) { events(first: 2, filter: {words: $w}) { nodes { id } } }`, "", nil, events(2)},
		{"a table", "{ counts(by: [ACTOR], first: 2) { total rows { count } } }", "", nil, 1 + tableWeight + 1 + 2*2},
		{"a way with where it is drawn", `{ lineage(image: {pseudonym: "x"}, direction: DOWN) { copies layout { width marks { left } } } }`, "", nil, 1 + walkWeight + 1 + 1 + layoutWeight + 1 + 1 + 100},
		{"one of two operations", "query A { me { name } } query B { events(first: 500) { nodes { id } } }", "A", nil, 2},
		{"left out or not", "query($no: Boolean!) { me @include(if: $no) { name @skip(if: true) } }", "", nil, 2},
		{"the schema", "{ __schema { types { name } } }", "", nil, 2 + int64(len(h.schema.AST().Types))},
		{"fragments that hold themselves", "{ me { ...a } } fragment a on Viewer { name ...b } fragment b on Viewer { role ...a }", "", nil, 3},
		{"unknown fields", "{ nothing { at { all } } me { nothing } ...none }", "", nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := priceOf(t, h, c.query, c.operation, c.variables); got != c.want {
				t.Errorf("%s %v costs %d, want %d", c.query, c.variables, got, c.want)
			}
		})
	}
}

// Each fragment is worked out once: what doubles at each of a thousand steps has a cost, and has it at once.
func TestCostOfFragmentsThatDouble(t *testing.T) {
	h, err := New(nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("{ me { ...f0 } }")
	for i := range 1000 {
		fmt.Fprintf(&b, " fragment f%d on Viewer { ...f%d ...f%d }", i, i+1, i+1)
	}
	b.WriteString(" fragment f1000 on Viewer { name }")
	begun := time.Now()
	if got := priceOf(t, h, b.String(), "", nil); got != math.MaxInt64 {
		t.Errorf("2^1000 fields cost %d", got)
	}
	if d := time.Since(begun); d > time.Second {
		t.Errorf("it took %v to say so", d)
	}
	if text := (costly{math.MaxInt64, MaxCost}).Error(); !strings.Contains(text, "more than can be counted") || !strings.Contains(text, fmt.Sprint(MaxCost)) {
		t.Error(text)
	}
}

// Each weight and number of members is of a field that there is.
func TestWeightsAreOfTheSchema(t *testing.T) {
	h, err := New(nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []map[string]int64{weights, members} {
		for at := range table {
			name, field, _ := strings.Cut(at, ".")
			object, _ := inner(h.schema.AST().Types[name])
			if object == nil || object.Fields.Get(field) == nil {
				t.Errorf("there is no %s", at)
			}
		}
	}
	filter := h.schema.AST().Types["EventFilter"].(*golang.InputObject)
	for name := range indexed {
		if filter.Values.Get(name) == nil {
			t.Errorf("there is no EventFilter.%s", name)
		}
	}
}

// Whatever stands in a document and its variables, its cost is a number that is not negative and is found soon.
func FuzzCost(f *testing.F) {
	h, err := New(nil, Options{})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"{ me { name } }", "query A($n: Int = 3) { events(first: $n) { nodes { id images { role } } pageInfo { endCursor } } }",
		"{ ...a } fragment a on Query { ...b } fragment b on Query { ...a me { name } }",
		"{ __schema { types { name fields { name args { name } } } } __type(name: \"Event\") { name } }",
		"subscription { __typename }", `{ events(first: -1, filter: {digests: ["""x"""]}) { treeSize } }`, "{ a: events(first: 1e400) { treeSize } }",
	} {
		f.Add(seed, "", int32(3))
	}
	f.Fuzz(func(t *testing.T, query, name string, n int32) {
		if len(query) > MaxQuery {
			return
		}
		doc, err := parse(query)
		if err != nil {
			return
		}
		for _, v := range []map[string]any{nil, {"n": n}, {"n": float64(n) * 1e300}, {"n": "x"}, {"n": []any{}}} {
			op := doc.operation(name)
			if op == nil {
				return
			}
			if c, _ := price(h.schema, doc, op, v); c < 0 {
				t.Errorf("%q costs %d", query, c)
			}
		}
		// What graphql-go holds for valid can be read here; both have to, before anything is answered.
		h.schema.Validate(query)
	})
}
