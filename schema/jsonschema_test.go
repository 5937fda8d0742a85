package schema_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
	"github.com/lichtspur/lichtspur/schema"
)

type object = map[string]any

// document is the schema as a tree.
type document struct {
	t    *testing.T
	root object
}

func readSchema(t *testing.T) document {
	t.Helper()
	var root object
	if err := json.Unmarshal(schema.EventJSONSchema, &root); err != nil {
		t.Fatal(err)
	}
	return document{t, root}
}

// follow returns the schema that a reference leads to.
func (d document) follow(v any) object {
	d.t.Helper()
	for {
		o, _ := v.(object)
		ref, ok := o["$ref"].(string)
		if !ok {
			return o
		}
		name := strings.TrimPrefix(ref, "#/$defs/")
		if v, ok = d.root["$defs"].(object)[name]; !ok {
			d.t.Fatalf("%s leads nowhere", ref)
		}
	}
}

func list(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, x := range items {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func sorted(l []string) []string { return slices.Sorted(slices.Values(l)) }

// vocabularies are the Go types whose values a source can choose from.
var vocabularies = map[reflect.Type][]string{
	reflect.TypeFor[event.Kind]():               native(),
	reflect.TypeFor[event.ImageRole]():          names(event.ImageRoles()),
	reflect.TypeFor[event.InputType]():          names(event.InputTypes()),
	reflect.TypeFor[event.Mode]():               names(event.Modes()),
	reflect.TypeFor[event.ResultState]():        names(event.ResultStates()),
	reflect.TypeFor[event.RecipientClass]():     names(event.RecipientClasses()),
	reflect.TypeFor[event.AuthorisationState](): names(event.AuthorisationStates()),
	reflect.TypeFor[event.Relation]():           names(event.Relations()),
	reflect.TypeFor[event.Bound]():              names(event.Bounds()),
	reflect.TypeFor[event.Stance]():             names(event.Stances()),
	reflect.TypeFor[event.Modality]():           names(event.Modalities()),
	reflect.TypeFor[event.SourceClass]():        names(event.SourceClasses()),
	reflect.TypeFor[event.PropositionType]():    names(event.PropositionTypes()),
	reflect.TypeFor[event.DeclarationType]():    names(event.DeclarationTypes()),
	reflect.TypeFor[event.KeyUse]():             names(event.KeyUses()),
}

func names[T ~string](l []T) []string {
	var out []string
	for _, v := range l {
		out = append(out, string(v))
	}
	return out
}

func native() []string {
	var out []string
	for _, k := range event.Kinds() {
		if !k.Reserved() {
			out = append(out, string(k))
		}
	}
	return out
}

// ofTheLog are the fields that a native event never has.
func ofTheLog(at, name string) bool {
	return name == "pseudonym" || at == "" && (name == "admit" || name == "access" || name == "link" || name == "redaction")
}

// The schema has the properties, the required ones, the types and the vocabularies of the Go type: no more, no less.
func TestSchemaIsTheType(t *testing.T) {
	d := readSchema(t)
	var compare func(at string, typ reflect.Type, v any)
	compare = func(at string, typ reflect.Type, v any) {
		s := d.follow(v)
		if vocabulary, ok := vocabularies[typ]; ok {
			if have := list(s["enum"]); !slices.Equal(sorted(have), sorted(vocabulary)) {
				t.Errorf("%s: enum %v, vocabulary %v", at, have, vocabulary)
			}
			return
		}
		if typ == reflect.TypeFor[event.Time]() {
			if v.(object)["$ref"] != "#/$defs/time" {
				t.Errorf("%s is not a time", at)
			}
			return
		}
		wantType := map[reflect.Kind]string{reflect.String: "string", reflect.Array: "string", reflect.Int64: "integer", reflect.Bool: "boolean",
			reflect.Slice: "array", reflect.Struct: "object"}
		switch typ.Kind() {
		case reflect.Pointer:
			compare(at, typ.Elem(), v)
			return
		case reflect.String:
			if typ.PkgPath() != "" {
				t.Errorf("%s: %s has no vocabulary", at, typ)
			}
		case reflect.Slice:
			compare(at+"/*", typ.Elem(), s["items"])
		case reflect.Struct:
			if s["additionalProperties"] != false {
				t.Errorf("%s is open", at)
			}
			properties := object{}
			if p, ok := s["properties"].(object); ok {
				properties = maps.Clone(p)
			}
			required := list(s["required"])
			for i := range typ.NumField() {
				name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				property, ok := properties[name]
				delete(properties, name)
				if ofTheLog(at, name) {
					if ok {
						t.Errorf("%s/%s is in the schema, and only the log writes it", at, name)
					}
					continue
				}
				if !ok {
					t.Errorf("%s/%s is not in the schema", at, name)
					continue
				}
				needed := !strings.Contains(options, "omitzero") || at == "" && name == "id"
				if slices.Contains(required, name) != needed {
					t.Errorf("%s/%s: required is %v", at, name, !needed)
				}
				compare(at+"/"+name, typ.Field(i).Type, property)
			}
			for name := range properties {
				t.Errorf("%s/%s is in the schema and no field", at, name)
			}
		}
		for _, one := range alternatives(d, s) {
			if one["type"] != wantType[typ.Kind()] {
				t.Errorf("%s: type %v, want %v", at, one["type"], wantType[typ.Kind()])
			}
		}
	}
	compare("", reflect.TypeFor[event.Event](), d.root)
}

// alternatives are the schemas that a value may follow.
func alternatives(d document, s object) []object {
	choice, ok := s["anyOf"].([]any)
	if !ok || s["type"] != nil {
		return []object{s}
	}
	var out []object
	for _, v := range choice {
		out = append(out, d.follow(v))
	}
	return out
}

// For each kind the schema names the fields that the table of kinds names.
func TestSchemaHasTheRules(t *testing.T) {
	d := readSchema(t)
	compiled := compile(t)
	conditions := map[string]bool{}
	for _, c := range d.root["allOf"].([]any) {
		k := c.(object)["if"].(object)["properties"].(object)["kind"].(object)["const"].(string)
		if ref := c.(object)["then"].(object)["$ref"]; ref != "#/$defs/"+k {
			t.Errorf("%s is held to %v", k, ref)
		}
		conditions[k] = true
	}
	for _, k := range native() {
		if !conditions[k] {
			t.Errorf("%s is held to nothing", k)
		}
		rule := event.Kind(k).Rule()
		known := slices.Concat(rule.Required, rule.Optional)
		// What is known, by trying each name.
		for name := range d.root["properties"].(object) {
			e := object{"id": "1", "kind": k, "withheld": []any{"/to"}}
			if name != "id" && name != "kind" && name != "withheld" {
				e[name] = "x"
			}
			if refused := refusesName(compiled.Validate(e), name); refused == slices.Contains(known, name) {
				t.Errorf("%s with %s: refused %v", k, name, refused)
			}
		}
		rules := d.root["$defs"].(object)[k].(object)["anyOf"].([]any)[1].(object)["allOf"].([]any)
		var required []string
		var groups [][]string
		for _, r := range rules {
			if r := r.(object); r["required"] != nil {
				required = append(required, list(r["required"])...)
			} else {
				var group []string
				for _, one := range r["anyOf"].([]any) {
					group = append(group, list(one.(object)["required"])...)
				}
				groups = append(groups, sorted(group))
			}
		}
		want := slices.DeleteFunc(slices.Clone(rule.Required), func(s string) bool { return s == "id" || s == "kind" })
		if !slices.Equal(sorted(required), sorted(want)) {
			t.Errorf("%s needs %v, by the schema %v", k, want, required)
		}
		var wantGroups [][]string
		for _, g := range rule.OneOf {
			wantGroups = append(wantGroups, sorted(g))
		}
		if !reflect.DeepEqual(groups, wantGroups) {
			t.Errorf("%s needs one of %v, by the schema %v", k, wantGroups, groups)
		}
	}
}

// refusesName reports whether a validation failed, among others, for the name of a property.
func refusesName(err error, name string) bool {
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return false
	}
	if k, ok := failed.ErrorKind.(*kind.PropertyNames); ok && k.Property == name {
		return true
	}
	return slices.ContainsFunc(failed.Causes, func(cause *jsonschema.ValidationError) bool { return refusesName(cause, name) })
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.EventJSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("event.schema.json", tree); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tree reads a JSON text as the schema's validator wants it.
func tree(t *testing.T, text []byte) object {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v.(object)
}

// Valid events of every kind follow the schema. Spoilt in one place, neither the schema nor Parse and Validate take them.
func TestSchemaTakesWhatIsValid(t *testing.T) {
	s := compile(t)
	r := rand.New(rand.NewPCG(5, 5))
	spoilt := map[string]int{}
	for range 300 {
		e := eventtest.Random(r)
		text, err := event.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(tree(t, text)); err != nil {
			t.Fatalf("valid, and not by the schema: %v\n%s", err, text)
		}
		for name, spoil := range spoilers {
			broken := tree(t, text)
			if !spoil(broken) {
				continue
			}
			spoilt[name]++
			if s.Validate(broken) == nil {
				t.Errorf("%s: the schema takes it\n%v", name, broken)
			}
			raw, err := json.Marshal(broken)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := event.Parse(raw); err == nil && len(e.Validate()) == 0 {
				t.Errorf("%s: it is valid\n%s", name, raw)
			}
		}
	}
	for name := range spoilers {
		if spoilt[name] < 10 {
			t.Errorf("%s was tried %d times", name, spoilt[name])
		}
	}
}

// spoilers break one thing in an event, if it has that.
var spoilers = map[string]func(object) bool{
	"no id":              func(o object) bool { delete(o, "id"); return true },
	"no kind":            func(o object) bool { delete(o, "kind"); return true },
	"a kind of the log":  func(o object) bool { o["kind"] = "ADMIT"; return true },
	"no such kind":       func(o object) bool { o["kind"] = "query"; return true },
	"an unknown field":   func(o object) bool { o["sender"] = "x"; return true },
	"null":               func(o object) bool { o["unit"] = nil; return true },
	"a number for text":  func(o object) bool { o["id"] = 5; return true },
	"a bad time":         func(o object) bool { o["occurred"] = "1 May 2024"; return true },
	"a link":             func(o object) bool { o["link"] = object{}; return true },
	"control characters": func(o object) bool { o["id"] = "a\u0000b"; return true },
	"an empty list":      func(o object) bool { o["images"] = []any{object{"sha": "x"}}; return true },
	"a pseudonym": func(o object) bool {
		a, ok := o["actor"].(object)
		if ok {
			a["pseudonym"] = "AAAAAAAAAAAAAAAAAAAAAQ"
		}
		return ok
	},
	"a digest in capitals": func(o object) bool {
		images, ok := o["images"].([]any)
		if !ok {
			return false
		}
		m := images[len(images)-1].(object)
		d, ok := m["digest"].(string)
		m["digest"] = strings.ToUpper(d)
		return ok
	},
	"an organisation that is no slug": func(o object) bool {
		p, ok := o["to"].(object)
		if ok {
			p["organisation"] = "Bundeskriminalamt"
		}
		return ok
	},
	"a country in small letters": func(o object) bool {
		p, ok := o["from"].(object)
		if ok {
			p["country"] = "de"
		}
		return ok
	},
	"no such stance": func(o object) bool {
		c, ok := o["claim"].(object)
		if ok {
			c["stance"] = "MAYBE"
		}
		return ok
	},
	"a claim without claimant": func(o object) bool {
		c, ok := o["claim"].(object)
		delete(c, "claimant")
		return ok
	},
	"a fraction": func(o object) bool {
		q, ok := o["quantity"].(object)
		if ok {
			q["amount"] = 1.5
		}
		return ok
	},
	"an amount below zero": func(o object) bool {
		q, ok := o["quantity"].(object)
		if ok {
			q["amount"] = -1
		}
		return ok
	},
	"a reference to nothing": func(o object) bool {
		l, ok := o["relates"].([]any)
		if ok {
			delete(l[0].(object), "id")
			delete(l[0].(object), "entry")
		}
		return ok
	},
	"a claim in a search": func(o object) bool {
		ok := o["kind"] == "QUERY"
		o["review"] = object{"decision": "x"}
		return ok
	},
	"a search of nothing": func(o object) bool {
		_, withholds := o["withheld"]
		delete(o, "databases")
		return o["kind"] == "QUERY" && !withholds
	},
	"a transfer to nobody": func(o object) bool {
		_, withholds := o["withheld"]
		delete(o, "to")
		return o["kind"] == "DISCLOSE" && !withholds
	},
}
