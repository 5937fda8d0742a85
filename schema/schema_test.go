package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/schema"
)

// typeRef, seven deep, as tools ask for it.
const typeRef = `kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }`

// introspection is what graphql-js asks (getIntrospectionQuery).
const introspection = `query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType } directives { name description locations args { ...InputValue } } } }
fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
  inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { ` + typeRef + ` }`

type described struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Kind        string      `json:"kind"`
	Fields      []described `json:"fields"`
	EnumValues  []described `json:"enumValues"`
	Type        *typeName   `json:"type"`
}

type typeName struct {
	Kind   string    `json:"kind"`
	Name   string    `json:"name"`
	OfType *typeName `json:"ofType"`
}

func (w *world) types(t *testing.T) map[string]described {
	t.Helper()
	var out struct {
		Schema struct {
			Types []described `json:"types"`
		} `json:"__schema"`
	}
	w.get(t, introspection, nil, &out)
	types := map[string]described{}
	for _, one := range out.Schema.Types {
		types[one.Name] = one
	}
	return types
}

func TestSchemaDescribesItself(t *testing.T) {
	types := theWorld(t).types(t)
	for name, part := range map[string]string{"Query": "events", "Event": "occurred", "Value": "absent", "EventFilter": ""} {
		one, ok := types[name]
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		if part != "" && !slices.ContainsFunc(one.Fields, func(f described) bool { return f.Name == part }) {
			t.Errorf("%s has no %s", name, part)
		}
	}
	for _, f := range types["Query"].Fields {
		if f.Description == "" {
			t.Errorf("Query.%s is not described", f.Name)
		}
	}
	for name, one := range types {
		if strings.HasPrefix(name, "__") || one.Kind != "OBJECT" && one.Kind != "ENUM" && one.Kind != "SCALAR" {
			continue
		}
		if one.Description == "" && !strings.HasSuffix(name, "Edge") {
			t.Errorf("%s is not described", name)
		}
		for _, f := range one.Fields {
			// An empty list says that there is nothing; null would leave it open.
			if f.Type.Kind == "LIST" {
				t.Errorf("%s.%s is a list that may be null", name, f.Name)
			}
			if f.Type.Kind == "NON_NULL" && f.Type.OfType.Kind == "LIST" && f.Type.OfType.OfType.Kind != "NON_NULL" {
				t.Errorf("%s.%s is a list whose members may be null", name, f.Name)
			}
		}
	}
}

func words[T ~string](list []T) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, string(s))
		}
	}
	return out
}

func TestEnumsAreTheVocabularies(t *testing.T) {
	types := theWorld(t).types(t)
	for name, want := range map[string][]string{
		"Kind":            words(event.Kinds()),
		"Operation":       words(event.Operations()),
		"Stance":          words(event.Stances()),
		"Modality":        words(event.Modalities()),
		"SourceClass":     words(event.SourceClasses()),
		"PropositionType": words(event.PropositionTypes()),
		"Bound":           words(event.Bounds()),
		"Attestation":     words(event.Attestations()),
		"ImageRole":       append(words(event.ImageRoles()), "SUBJECT"), // in an event the image it is about has no role
		"AbsentReason":    words([]graph.Reason{graph.Redacted, graph.Hidden, graph.OutOfScope, graph.WithheldBySource, graph.Empty}),
		"Role":            words(graph.Roles()),
		"Purpose":         words(graph.Purposes()),
		"EventOrder":      {"RECORDED", "RECORDED_DESC", "OCCURRED", "OCCURRED_DESC"},
		"MissingField":    {"JUSTIFICATION", "CASE", "BASIS", "PURPOSE", "ACTOR", "OCCURRED"},
	} {
		one, ok := types[name]
		if !ok && (name == "Role" || name == "Purpose") {
			continue
		}
		var got []string
		for _, v := range one.EnumValues {
			got = append(got, v.Name)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, the vocabulary %v", name, got, want)
		}
	}
}

// Every field of every type is answered, for entries of every kind.
func TestEveryFieldIsAnswered(t *testing.T) {
	w := theWorld(t)
	types := w.types(t)
	var fields func(name string) string
	fields = func(name string) string {
		var b strings.Builder
		for _, f := range types[name].Fields {
			inner := f.Type
			for inner.OfType != nil {
				inner = inner.OfType
			}
			b.WriteString(" " + f.Name)
			if inner.Kind == "OBJECT" {
				b.WriteString(" {" + fields(inner.Name) + " }")
			}
		}
		return b.String()
	}
	seen := map[event.Kind]bool{}
	for _, h := range w.entries() {
		if seen[h.Kind] {
			continue
		}
		seen[h.Kind] = true
		var out struct {
			Event map[string]any `json:"event"`
		}
		w.get(t, fmt.Sprintf(`query($id: ID!) { event(id: $id) {%s } }`, fields("Event")), vars{"id": fmt.Sprint(h.Index)}, &out)
		if out.Event["kind"] != string(h.Kind) || len(out.Event) != len(types["Event"].Fields) {
			t.Errorf("%s: %v", h.Kind, out.Event)
		}
	}
	if len(seen) < 14 {
		t.Errorf("the world has kinds %v alone", seen)
	}
	for _, list := range []string{"events", "claims", "systems", "organisations"} {
		var out map[string]map[string]any
		w.get(t, fmt.Sprintf(`{ %s(first: 3) { edges { cursor node { id } } nodes { id } pageInfo {%s } treeSize complete incompleteReason continueFrom } }`, list, fields("PageInfo")), nil, &out)
		if out[list]["complete"] != true {
			t.Errorf("%s: %v", list, out)
		}
	}
	var out map[string]any
	w.get(t, fmt.Sprintf(`{ checkpoint {%s } me {%s } proof(event: "1") {%s } system(id: "ifrs") {%s } organisation(id: "bka") {%s } }`,
		fields("Checkpoint"), fields("Viewer"), fields("Proof"), fields("System"), fields("Organisation")), nil, &out)
}

// The text of the schema is one that graphql-go reads, and every field has its resolver.
func TestParse(t *testing.T) {
	if _, err := schema.New(nil, schema.Options{}); err != nil {
		t.Fatal(err)
	}
}
