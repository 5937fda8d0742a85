package schema

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	graphql "github.com/graph-gophers/graphql-go"
	golang "github.com/graph-gophers/graphql-go/ast"
	"github.com/vektah/gqlparser/v2/ast"
)

// The cost of a query is known before it runs. One unit is about a field of the answer: a microsecond or a few.
//
// A field costs 1, and what it holds once more for each member: of a page as many as its first says, by variable or
// default, of another list of objects so many as such lists usually have. What is read although no field shows it has a
// weight: an entry of a page is opened, a table is added up. Of what @skip and @include leave out nothing is known before
// it runs, so all of it counts. A fragment is worked out once, wherever and however often it is spread, so the time this
// takes grows with the length of the text alone.

// MaxCost is what a request may cost. An answer says what it cost and this limit in its header Lichtspur-Cost (RFC 9651: 1234; limit=100000).
const MaxCost = 100_000

const (
	usualMembers = 3  // of a list of objects without pages
	entryWeight  = 10 // to read and open an entry of a page

	listWeight   = 1_000  // to find the entries of a page, at worst in a list as long as the log
	tableWeight  = 20_000 // to add up a table, at worst of the whole log, or all that is recorded of an image
	walkWeight   = 30_000 // to follow an image hop by hop; where much is recorded of it an answer is large
	layoutWeight = 10_000 // to follow it further for the time that it spans, which opens nothing more
	openedWeight = 20_000 // to open entries since a filter asks for what no index has, at worst graph.MaxOpened of them
)

// weights of fields beside the 1 of each, by Type.field.
var weights = map[string]int64{
	"Query.events":      listWeight,
	"Query.claims":      listWeight,
	"ImageTrail.events": listWeight,
	"Difference.events": listWeight,
	"Query.event":       entryWeight,
	"Query.proof":       entryWeight,
	"Query.sourceProof": entryWeight,
	"Query.image":       tableWeight,
	"Query.accesses":    listWeight,
	"Query.lineage":     walkWeight,
	"Query.exposure":    walkWeight,
	"Lineage.layout":    layoutWeight,
	"Query.difference":  tableWeight,
	"Query.counts":      tableWeight,
	"Query.flows":       tableWeight,
	"Query.sources":     tableWeight,
	"Query.reach":       walkWeight,
	"Sighting.actor":    entryWeight,
	"CountValue.actor":  entryWeight,
	"Question.answer":   200, // some look-ups a part; of a route, all claims on flows
	"Event.json":        20,
	"Event.standing":    5, // the other side of a transfer is looked up
	"Event.counterpart": 5, // likewise
	"Event.redactions":  5, // looked up where something is closed
	"Claim.proposition": 5, // whether it is contested is looked up
	"Flow.claims":       entryWeight,
}

// indexed are the fields of EventFilter that the index answers, or a row of it. For any other entries are opened.
var indexed = map[string]bool{
	"kinds": true, "digests": true, "images": true, "systems": true, "parts": true, "organisations": true, "actors": true,
	"persons": true, "cases": true, "records": true, "sources": true, "collections": true, "documents": true,
	"purposes": true, "transfers": true, "targets": true, "occurred": true, "recorded": true, "exercise": true,
	"missing": true, "owners": true, "requesters": true, "attested": true, "urgent": true, "hidden": true, "bulk": true,
	"superseded": true, "entries": true,
}

// members of lists that have more of them, or fewer, than usual. Those of the schema itself are its averages, but for
// its types, whose number is known; how often such lists may stand in one another is limited apart (see recursion).
var members = map[string]int64{
	"Query.sources":           50,
	"Query.questions":         46,
	"Query.standingQuestions": 10,
	"Question.bodies":         1,
	"Answer.claims":           3,
	"Answer.parts":            2,
	"Answer.beside":           1,
	"AnswerPart.claims":       2,
	"AnswerPart.referrals":    1,
	"AnswerPart.details":      1,
	"AnswerPart.values":       2,
	"AnswerPart.sum":          1,
	"AnswerPart.extent":       1,
	"SourceHealth.gaps":       10,
	"Event.relates":           1,
	"Event.records":           1,
	"Event.persons":           1,
	"Event.redactions":        1,
	"ImageTrail.kinds":        10,
	"Lineage.hops":            100,
	"Layout.bands":            10,
	"Layout.marks":            100,
	"Layout.groups":           10,
	"Hop.claims":              1,
	"Flow.claims":             1,
	"Moved.quantities":        1,
	"ClaimedFlows.quantities": 1,
	"Hop.basis":               1,
	"Reachability.cut":        10,
	"Exposure.holdings":       20,
	"Exposure.claimed":        5,
	"Holding.claims":          1,
	"Exposure.showings":       50,
	"Exposure.sightings":      20,
	"ImageTrail.pseudonyms":   5,
	"ImageTrail.systems":      10,
	"Difference.kinds":        20,
	"Difference.propositions": 100,
	"Difference.declarations": 100,
	"Difference.superseded":   100,
	"__Schema.directives":     6,
	"__Type.fields":           8,
	"__Type.inputFields":      2,
	"__Type.enumValues":       2,
	"__Type.interfaces":       1,
	"__Type.possibleTypes":    1,
	"__Field.args":            1,
	"__Directive.args":        1,
}

// costly is the refusal of a query.
type costly struct{ cost, limit int64 }

func (c costly) Error() string {
	cost := strconv.FormatInt(c.cost, 10)
	if c.cost == math.MaxInt64 {
		cost = "more than can be counted"
	}
	return fmt.Sprintf("the query costs %s and a request may cost %d: ask for shorter pages or for fewer fields of long lists", cost, c.limit)
}

// Extensions gives graphql-go the stable code, and clients both numbers.
func (c costly) Extensions() map[string]any {
	return map[string]any{"code": codeTooCostly, "cost": c.cost, "limit": c.limit}
}

// cost of a selection: fixed, and of that much more for each entry of the page that it is part of.
type cost struct{ fixed, each int64 }

// pricer works out what one operation costs.
type pricer struct {
	schema    *golang.Schema
	doc       *document
	variables map[string]any
	spread    map[string]cost // of fragments, by name
	asks      bool            // for the schema itself
	open      map[string]bool // fragments that are being worked out: one that holds itself is refused when it is validated
}

// price returns what an operation costs, and whether it asks for the schema itself. Of a document that is not valid it is of what is known in it; such a one is
// refused anyway.
func price(s *graphql.Schema, doc *document, op *ast.OperationDefinition, variables map[string]any) (total int64, introspects bool) {
	p := &pricer{schema: s.AST(), doc: doc, variables: variables, spread: map[string]cost{}, open: map[string]bool{}}
	if variables, err := withDefaults(op, variables); err == nil {
		p.variables = variables
	}
	root, _ := p.schema.RootOperationTypes[string(op.Operation)].(*golang.ObjectTypeDefinition)
	if root == nil {
		return 0, false
	}
	c := p.selection(root, op.SelectionSet)
	return plus(c.fixed, c.each), p.asks
}

func (p *pricer) selection(in *golang.ObjectTypeDefinition, set ast.SelectionSet) (sum cost) {
	add := func(c cost) { sum.fixed, sum.each = plus(sum.fixed, c.fixed), plus(sum.each, c.each) }
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			add(p.field(in, s))
		case *ast.InlineFragment:
			if s.TypeCondition == "" || s.TypeCondition == in.Name {
				add(p.selection(in, s.SelectionSet))
			}
		case *ast.FragmentSpread:
			add(p.fragment(s.Name))
		}
	}
	return sum
}

func (p *pricer) fragment(name string) cost {
	if c, ok := p.spread[name]; ok {
		return c
	}
	f := p.doc.fragments[name]
	if f == nil || p.open[name] {
		return cost{}
	}
	on, _ := p.schema.Types[f.TypeCondition].(*golang.ObjectTypeDefinition)
	if on == nil {
		return cost{}
	}
	p.open[name] = true
	c := p.selection(on, f.SelectionSet)
	delete(p.open, name)
	p.spread[name] = c
	return c
}

var schemaField = &golang.FieldDefinition{Name: "__schema", Type: &golang.TypeName{}}

func (p *pricer) field(in *golang.ObjectTypeDefinition, f *ast.Field) cost {
	def := in.Fields.Get(f.Name)
	var of golang.Type
	switch {
	case def != nil:
		of = def.Type
	case f.Name == "__schema":
		of, def, p.asks = p.schema.Types["__Schema"], schemaField, true
	case f.Name == "__type":
		of, def, p.asks = p.schema.Types["__Type"], schemaField, true
	default:
		return cost{fixed: 1}
	}
	object, many := inner(of)
	own := plus(1, weights[in.Name+"."+f.Name])
	if filter := def.Arguments.Get("filter"); filter != nil && filter.Type.String() == "EventFilter" && p.opens(f.Arguments.ForName("filter")) {
		own = plus(own, openedWeight)
	} else if p.pairs(f.Arguments.ForName("split")) {
		own = plus(own, openedWeight)
	}
	if object == nil {
		return cost{fixed: own}
	}
	c := p.selection(object, f.SelectionSet)
	switch at := in.Name + "." + f.Name; {
	case def.Arguments.Get("first") != nil:
		n := p.first(f.Arguments.ForName("first"))
		if holdsEntries(object) {
			own = plus(own, times(n, entryWeight))
		}
		return cost{fixed: plus(own, plus(c.fixed, times(n, c.each)))}
	case many && paged(in):
		return cost{each: plus(own, plus(c.fixed, c.each))}
	case at == "__Schema.types":
		return cost{fixed: plus(own, times(int64(len(p.schema.Types)), c.fixed))}
	case many:
		n, ok := members[at]
		if !ok {
			n = usualMembers
		}
		return cost{fixed: plus(own, times(n, c.fixed))}
	}
	return cost{fixed: plus(own, plus(c.fixed, c.each))}
}

// opens reports whether a filter asks for what no index has.
func (p *pricer) opens(a *ast.Argument) bool {
	if a == nil {
		return false
	}
	if a.Value.Kind == ast.Variable {
		given, _ := p.variables[a.Value.Raw].(map[string]any)
		for name, v := range given {
			if v != nil && !indexed[name] {
				return true
			}
		}
		return false
	}
	for _, c := range a.Value.Children {
		if indexed[c.Name] || c.Value.Kind == ast.NullValue {
			continue
		}
		if c.Value.Kind != ast.Variable || p.variables[c.Value.Raw] != nil {
			return true
		}
	}
	return false
}

// pairs reports whether flows are split by standing, for which each transfer and its other side are opened.
func (p *pricer) pairs(split *ast.Argument) bool {
	if split == nil {
		return false
	}
	given := p.variables[split.Value.Raw]
	if split.Value.Kind != ast.Variable {
		var err error
		if given, err = constant(split.Value); err != nil { // a variable in the list
			return true
		}
	}
	list, ok := given.([]any)
	if !ok {
		list = []any{given}
	}
	return slices.Contains(list, any("STANDING"))
}

// inner returns the type of the objects that a field holds, nil where it holds none, and whether in a list.
func inner(t golang.Type) (object *golang.ObjectTypeDefinition, many bool) {
	for {
		switch of := t.(type) {
		case *golang.NonNull:
			t = of.OfType
		case *golang.List:
			t, many = of.OfType, true
		case *golang.ObjectTypeDefinition:
			return of, many
		default:
			return nil, many
		}
	}
}

// paged reports whether the lists of a type have as many members as the page that it is was asked to have.
func paged(t *golang.ObjectTypeDefinition) bool { return t.Fields.Get("pageInfo") != nil }

// holdsEntries reports whether a page is of entries of a log, which are opened.
func holdsEntries(t *golang.ObjectTypeDefinition) bool {
	nodes := t.Fields.Get("nodes")
	if nodes == nil {
		return false
	}
	object, _ := inner(nodes.Type)
	return object != nil && object.Fields.Get("index") != nil
}

// first returns how long a page is asked to be. What is no number is refused when it is read; until then it counts as
// the default.
func (p *pricer) first(a *ast.Argument) int64 {
	if a == nil {
		return defaultCount
	}
	var given any
	if a.Value.Kind == ast.Variable {
		given = p.variables[a.Value.Raw]
	} else if v, err := constant(a.Value); err == nil {
		given = v
	}
	switch n := given.(type) {
	case int32:
		return max(int64(n), 0)
	case int64:
		return max(n, 0)
	case float64:
		if n >= math.MaxInt32 {
			return math.MaxInt32
		}
		return max(int64(n), 0)
	case string: // a number that is larger than an Int
		if _, err := strconv.ParseFloat(n, 64); err == nil {
			return math.MaxInt32
		}
	}
	return defaultCount
}

// constant returns the Go value of a literal without variables, as graphql-go takes variables: whole numbers of 32 bits
// as int32, longer ones as digits.
func constant(v *ast.Value) (any, error) {
	switch v.Kind {
	case ast.IntValue:
		if n, err := strconv.ParseInt(v.Raw, 10, 32); err == nil {
			return int32(n), nil
		}
		return v.Raw, nil
	case ast.FloatValue:
		return strconv.ParseFloat(v.Raw, 64)
	case ast.StringValue, ast.BlockValue, ast.EnumValue:
		return v.Raw, nil
	case ast.BooleanValue:
		return v.Raw == "true", nil
	case ast.NullValue:
		return nil, nil
	case ast.ListValue:
		out := make([]any, len(v.Children))
		for i, child := range v.Children {
			var err error
			if out[i], err = constant(child.Value); err != nil {
				return nil, err
			}
		}
		return out, nil
	case ast.ObjectValue:
		out := make(map[string]any, len(v.Children))
		for _, child := range v.Children {
			value, err := constant(child.Value)
			if err != nil {
				return nil, err
			}
			out[child.Name] = value
		}
		return out, nil
	}
	return nil, fmt.Errorf("%q is no constant", v.Raw)
}

// plus and times end at the greatest number instead of going over it. Neither is given a negative one.

func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func times(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
