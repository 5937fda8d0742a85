package schema_test

import (
	"context"
	stdjson "encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/schema"
)

// asker makes random questions out of what the schema says of itself, so that a new field is asked, and a new argument
// given, without anybody's doing.
type asker struct {
	r     *rand.Rand
	types map[string]*schemaType
	pools map[string][]string
	whole bool // what cannot be asked as of a state is asked, too
	count int  // fields of the question being made
}

type schemaType struct {
	Kind        string
	Name        string
	Fields      []schemaField
	InputFields []schemaField
	EnumValues  []struct{ Name string }
}

type schemaField struct {
	Name         string
	Args         []schemaField
	Type         *schemaRef
	DefaultValue *string
}

type schemaRef struct {
	Kind   string
	Name   string
	OfType *schemaRef
}

// notAsked are fields of the query that are about the viewer or the log, with the reason.
var notAsked = map[string]string{
	"me":         "the viewers differ",
	"checkpoint": "the logs differ; heads are public",
	"sources":    "for oversight and operators only", "sourceProof": "for oversight only",
	"accesses": "the access ledgers differ", "accessCheckpoint": "likewise", "accessProof": "likewise",
}

// notCompared are fields that tell where something stands in the log, or of the log itself.
var notCompared = map[string]string{
	"index": "position in the log", "leafHash": "the leaf has random salts", "leaf": "likewise", "path": "proof", "checkpoint": "proof",
	"treeSize":        "tree sizes are public",
	"Answer.asOf":     "likewise",
	"Difference.from": "a checkpoint", "Difference.to": "a checkpoint", "fromSize": "tree sizes are public", "toSize": "likewise", "consistency": "proof", "Supersession.by": "position in the log",
	"outOfScope":        "it says that there is more, and nothing else of it",
	"Proof.disclosures": "with random salts", "Proof.text": "the proof as a file",
}

// cursors are compared by the page that they open.
var cursorFields = []string{"cursor", "startCursor", "endCursor", "continueFrom"}

func newAsker(t *testing.T, h *schema.Handler, r *rand.Rand, w *twoWorld, whole bool) *asker {
	t.Helper()
	res, err := h.Exec(context.Background(), graph.Viewer{Name: "test", Role: graph.Oversight, Purpose: graph.Integrity}, schema.Request{Query: introspection})
	if err != nil || len(res.Errors) > 0 {
		t.Fatal(err, res.Errors)
	}
	var out struct {
		Schema struct{ Types []*schemaType } `json:"__schema"`
	}
	if err := stdjson.Unmarshal(res.Data, &out); err != nil {
		t.Fatal(err)
	}
	q := &asker{r: r, types: map[string]*schemaType{}, whole: whole}
	names := map[string]bool{}
	for _, one := range out.Schema.Types {
		q.types[one.Name] = one
		for _, f := range one.Fields {
			names[f.Name], names[one.Name+"."+f.Name] = true, true
		}
	}
	for _, list := range []map[string]string{notAsked, notCompared} {
		for name := range list {
			if !names[name] {
				t.Fatalf("there is no field %s any more", name)
			}
		}
	}
	q.gather(w)
	return q
}

// gather collects what may be asked for: what is in scope, what is not, and what there is not.
func (q *asker) gather(w *twoWorld) {
	organs := append(slices.Concat(w.organs, w.alias), "stranger", "hidden-org", "nobody", "Name of org-1")
	systems := append(slices.Concat(w.systems, w.alias), "hidden-system", "nowhere", "NAME VON SYSTEM-2")
	var digests, entries, ids, texts []string
	pseudonyms := map[string][]string{}
	see := func(kind string, p event.Pseudonym) {
		if s := p.String(); !p.IsZero() && !slices.Contains(pseudonyms[kind], s) {
			pseudonyms[kind] = append(pseudonyms[kind], s)
		}
	}
	for i := range 7 {
		digests = append(digests, fmt.Sprintf("sha256:%064x", i))
	}
	for _, s := range w.steps {
		if s.sk == nil {
			continue
		}
		sk := s.sk
		entries, ids = append(entries, s.entry.String()), append(ids, s.event.ID)
		for _, text := range []string{s.event.Justification, s.event.Text.EN, sk.Method} {
			texts = append(texts, strings.Fields(text)...)
		}
		for _, i := range sk.Images {
			see("image", i.Pseudonym)
		}
		for _, p := range sk.Persons {
			see("identity", p.Pseudonym)
		}
		for _, r := range sk.Records {
			see("identity", r.Pseudonym)
		}
		for _, a := range append(slices.Clone(sk.Verifiers), or(sk.Actor)) {
			see("identity", a.Pseudonym)
		}
		if sk.Case != nil {
			see("identity", sk.Case.Pseudonym)
		}
	}
	nothing := strings.Repeat("A", 22)
	few := func(names ...string) (out []string) {
		for _, name := range names {
			for i := range 5 {
				out = append(out, fmt.Sprintf("%s-%d", name, i))
			}
		}
		return out
	}
	q.pools = map[string][]string{
		"event.id": append(entries, nothing), "proof.event": append(entries, nothing), "targets": append(entries, nothing),
		"question.id": {"BT-1", "BT-2", "BT-1b", "HH-5", "XX-1"}, "organisation.id": organs, "system.id": systems, "systems": systems, "databases": systems,
		"organisations": organs, "requesters": organs, "owners": organs, "origins": organs, "controllers": organs, "claimants": organs, "operator": organs, "vendor": organs,
		"place": slices.Concat(organs, systems), "reach.to": slices.Concat(organs, systems), "organisation": organs, "collection": few("collection"),
		"subjects": slices.Concat(organs, systems), "from": slices.Concat(organs, systems), "to": slices.Concat(organs, systems), "partOf": slices.Concat(organs, systems),
		"digests": digests, "digest": digests, "images": append(pseudonyms["image"], nothing), "pseudonym": append(slices.Concat(pseudonyms["image"], pseudonyms["identity"], entries), nothing),
		"receipt.id": ids, "receipt.source": {"log", "source-0", "source-1", "source-2"},
		"identifier": append(few("actor", "person", "case", "record"), ids...), "source": {"log", "source-0", "source-1", "source-2"}, "sources": {"log", "source-0", "source-1", "source-2"},
		"units": few("unit"), "purposes": few("purpose"), "collections": few("collection"), "transfers": few("transfer"), "propositions": few("proposition"),
		"documents": {"document-0", "document-1"}, "questions": {"BT-1a", "BT-1b"}, "rules": few("rule"), "words": texts, "text": {"org", "Name", "system-1", "zz"},
		"countries": {"DE", "FR", "NE", "XX"}, "country": {"DE", "FR", "XX"}, "type": {"database", "model"},
		"bases": {"BDSG § 78", "BKAG § 27", "LED Art. 35", "none"}, "offences": {"fraud", "human-trafficking", "none"}, "grounds": {"adequacy", "none"}, "methods": {"arcface-r100", "none"},
		"withheld": {"/justification", "/images", "/images/0/digest", "/text", "/actor"}, "class": words(event.RecipientClasses()),
	}
	for _, name := range []string{"organisation.id", "system.id", "digests", "images", "identifier", "purposes", "event.id", "sources"} {
		q.pools[""] = append(q.pools[""], q.pools[name]...)
	}
}

func or(a *event.Actor) event.Actor {
	if a == nil {
		return event.Actor{}
	}
	return *a
}

// fields are the fields of the query to be asked.
func (q *asker) fields() (out []schemaField) {
	for _, f := range q.types["Query"].Fields {
		asOf := slices.ContainsFunc(f.Args, func(a schemaField) bool { return a.Name == "asOf" })
		if notAsked[f.Name] == "" && (asOf || q.whole) {
			out = append(out, f)
		}
	}
	return out
}

// question makes a random question for a field, as of a state. Positions in the log are written as «position of A».
func (q *asker) question(f schemaField, size uint64) string {
	for drop := 0; ; drop++ {
		q.count = 0
		text := "{ " + f.Name + q.arguments(f, size, true) + q.selection(f.Type, 0, drop) + " }"
		if slices.ContainsFunc(f.Args, func(a schemaField) bool { return a.Name == "after" }) {
			text = "query($after: String) " + text
		}
		if q.count < 900 {
			return text
		}
	}
}

// arguments gives those that must be given, and some others.
func (q *asker) arguments(f schemaField, size uint64, top bool) string {
	var parts []string
	for _, a := range f.Args {
		switch {
		case a.Name == "asOf" && a.Type.Name == "AsOf":
			parts = append(parts, fmt.Sprintf("asOf: {size: «%d»}", size))
		case a.Name == "after" && top:
			parts = append(parts, "after: $after")
		case a.Name == "after":
		case a.Name == "first":
			parts = append(parts, fmt.Sprintf("first: %d", 1+q.r.IntN(25)))
		case a.Type.Kind == "NON_NULL" || a.Name == "filter" && q.r.IntN(5) > 0 || q.r.IntN(2) == 0:
			parts = append(parts, a.Name+": "+q.value(a.Type, f.Name, a.Name, size))
		}
	}
	if parts == nil {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// value makes a random value.
func (q *asker) value(of *schemaRef, field, name string, size uint64) string {
	r := q.r
	switch of.Kind {
	case "NON_NULL":
		return q.value(of.OfType, field, name, size)
	case "LIST":
		var members []string
		for range r.IntN(4) + min(1, r.IntN(8)) { // seldom none
			if m := q.value(of.OfType, field, name, size); !slices.Contains(members, m) {
				members = append(members, m)
			}
		}
		return "[" + strings.Join(members, ", ") + "]"
	case "ENUM":
		return one(r, q.types[of.Name].EnumValues).Name
	case "INPUT_OBJECT":
		if of.Name == "AsOf" && name == "from" { // of a difference
			size = r.Uint64N(size + 1)
		}
		return q.object(q.types[of.Name], field, size)
	}
	switch of.Name {
	case "Int":
		return fmt.Sprint(r.IntN(6))
	case "Float":
		return fmt.Sprint(r.Float64())
	case "Boolean":
		return fmt.Sprint(r.IntN(2) == 0)
	case "Long":
		return fmt.Sprintf("«%d»", r.Uint64N(size+1))
	case "DateTime":
		return strconv.Quote(twoStart.Add(hours(r.IntN(20))).Format("2006-01-02T15:04:05Z"))
	case "Period":
		if name == "recorded" {
			return strconv.Quote(twoStart.Add(hours(r.IntN(16))).Format("2006-01-02T15:04:05Z") + "/..")
		}
		year := 2015 + r.IntN(11)
		return strconv.Quote(one(r, []string{fmt.Sprint(year), fmt.Sprintf("%d-%02d", year, 1+r.IntN(12)), fmt.Sprintf("../%d", year), fmt.Sprintf("%d-03-04/%d", year, year+2)}))
	}
	for _, key := range []string{field + "." + name, name, ""} {
		if pool := q.pools[key]; len(pool) > 0 {
			return quoted(one(r, pool))
		}
	}
	panic("nothing to ask for")
}

// quoted writes a string of GraphQL, which is JSON's.
func quoted(s string) string {
	text, _ := stdjson.Marshal(s)
	return string(text)
}

// object gives one or two fields, seldom more: what matches little says little.
func (q *asker) object(of *schemaType, field string, size uint64) string {
	if of.Name == "AsOf" {
		return fmt.Sprintf("{size: «%d»}", size)
	}
	chosen := map[string]bool{}
	for _, f := range of.InputFields {
		chosen[f.Name] = f.Type.Kind == "NON_NULL"
	}
	for range 1 + min(q.r.IntN(3), q.r.IntN(3)) {
		chosen[one(q.r, of.InputFields).Name] = true
	}
	if of.Name == "Origin" || of.Name == "ImageRef" { // one of them
		field := one(q.r, of.InputFields)
		return "{" + field.Name + ": " + q.value(field.Type, field.Name, field.Name, size) + "}"
	}
	if of.Name == "IdentityInput" {
		by := one(q.r, [][]string{{"pseudonym"}, {"identifier"}, {"identifier", "source"}})
		chosen = map[string]bool{}
		for _, name := range by {
			chosen[name] = true
		}
	}
	var parts []string
	for _, f := range of.InputFields {
		if chosen[f.Name] {
			parts = append(parts, f.Name+": "+q.value(f.Type, field, f.Name, size))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// selection selects everything; where that is too much, less and less.
func (q *asker) selection(of *schemaRef, depth, drop int) string {
	for of.OfType != nil {
		of = of.OfType
	}
	one := q.types[of.Name]
	if one.Kind != "OBJECT" {
		return ""
	}
	edges := q.r.IntN(3) == 0
	var parts []string
	for _, f := range one.Fields {
		leaf := len(q.selectionNames(f.Type)) == 0
		switch {
		case notCompared[f.Name] != "", notCompared[one.Name+"."+f.Name] != "", f.Name == "nodes" && edges, f.Name == "edges" && !edges,
			!leaf && (depth > 6 || drop > 0 && depth > 1 && q.r.IntN(6) < drop):
			continue
		}
		q.count++
		parts = append(parts, f.Name+q.arguments(f, 0, false)+q.selection(f.Type, depth+1, drop))
	}
	if parts == nil {
		q.count++
		return " { __typename }"
	}
	return " { " + strings.Join(parts, " ") + " }"
}

func (q *asker) selectionNames(of *schemaRef) []schemaField {
	for of.OfType != nil {
		of = of.OfType
	}
	return q.types[of.Name].Fields
}

// given is an answer made ready to be compared.
type given struct {
	data any
	next any  // cursor of the next page
	full bool // it says something
}

func (q *asker) answer(t *testing.T, s *store, v graph.Viewer, text string, after any) given {
	t.Helper()
	res, err := s.ask.Exec(context.Background(), v, schema.Request{Query: placed(text, s), Variables: map[string]any{"after": after}})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := stdjson.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	var out given
	if err := stdjson.Unmarshal(raw, &out.data); err != nil {
		t.Fatal(err)
	}
	for _, e := range res.Errors {
		switch code := e.Extensions["code"]; code {
		case "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "INTERNAL", "TOO_DEEP", "FORBIDDEN":
			t.Fatalf("%v: %s\n%s", code, e.Message, placed(text, s))
		}
	}
	out.full = len(res.Errors) == 0 && says(out.data)
	out.next = next(out.data)
	hideCursors(out.data)
	return out
}

// says reports whether there is a string, other than of an error, in an answer.
func says(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			if name != "incompleteReason" && says(one) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, says)
	case string:
		return true
	}
	return false
}

// next is the end cursor of the list asked for, where more follows.
func next(v any) any {
	data, _ := v.(map[string]any)["data"].(map[string]any)
	for _, list := range data {
		l, _ := list.(map[string]any)
		if info, _ := l["pageInfo"].(map[string]any); info["hasNextPage"] == true {
			return info["endCursor"]
		}
	}
	return nil
}

func hideCursors(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			if slices.Contains(cursorFields, name) && one != nil {
				v[name] = "a cursor"
				continue
			}
			hideCursors(one)
		}
	case []any:
		for _, one := range v {
			hideCursors(one)
		}
	}
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }
