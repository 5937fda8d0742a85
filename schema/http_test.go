package schema_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

func TestWhoMayAsk(t *testing.T) {
	w := theWorld(t)
	own := w.pick(t, "event of the reporter's source", func(h handed) bool { return h.source != graph.LogID && h.source != signer })
	for _, c := range []struct {
		name, who, purpose, query string
		status                    int
		code                      string
	}{
		{"oversight", "auditor", "integrity", "{ me { role } }", 200, ""},
		{"oversight with a reason", "auditor", "Lawfulness-Check; file 12/26", "{ me { role } }", 200, ""},
		{"nobody", "", "integrity", "{ me { role } }", 401, ""},
		{"no purpose", "auditor", "", "{ me { role } }", 403, graph.CodeNoPurpose},
		{"no such purpose", "auditor", "curiosity", "{ me { role } }", 403, graph.CodeNoPurpose},
		{"a reporter about itself", "reporter", "reporting", "{ me { role } }", 200, ""},
		{"a reporter about the log", "reporter", "reporting", "{ checkpoint { size } }", 200, ""},
		{"a reporter's list", "reporter", "reporting", "{ events { nodes { id } } }", 200, graph.CodeForbidden},
		{"a reporter's claims", "reporter", "reporting", "{ claims { nodes { id } } }", 200, graph.CodeForbidden},
		{"a reporter's systems", "reporter", "reporting", "{ systems { nodes { id } } }", 200, graph.CodeForbidden},
		{"a reporter's organisation", "reporter", "reporting", `{ organisation(id: \"bka\") { id } }`, 200, graph.CodeForbidden},
		{"a reporter's entry that is there", "reporter", "reporting", `{ event(id: \"` + own.Entry.String() + `\") { id } }`, 200, graph.CodeForbidden},
		{"a reporter's entry that is not there", "reporter", "reporting", `{ event(id: \"AAAAAAAAAAAAAAAAAAAAAA\") { id } }`, 200, graph.CodeForbidden},
		{"a source's token", "source", "reporting", "{ events { nodes { id } } }", 200, graph.CodeForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.post(t, `{"query":"`+c.query+`"}`)
			r.Header.Set(access.PurposeHeader, c.purpose)
			r.Header.Set("Accept", "application/graphql-response+json")
			a := w.send(t, c.who, r)
			if a.status != c.status || a.code() != c.code {
				t.Errorf("%d %s", a.status, a.body)
			}
			if c.code == graph.CodeForbidden && len(a.Data) > 0 && strings.Contains(string(a.Data), own.Entry.String()) {
				t.Errorf("the answer shows an entry: %s", a.body)
			}
		})
	}
	var me struct {
		Me struct{ Name, Role, Purpose, PurposeText string }
	}
	r := w.post(t, `{"query":"{ Me: me { Name: name Role: role Purpose: purpose PurposeText: purposeText } }"}`)
	r.Header.Set(access.PurposeHeader, "lawfulness-check; file 12/26")
	if err := json.Unmarshal(w.send(t, "auditor", r).Data, &me); err != nil {
		t.Fatal(err)
	}
	if m := me.Me; m.Name != "auditor" || m.Role != "oversight" || m.Purpose != "LAWFULNESS_CHECK" || m.PurposeText != "file 12/26" {
		t.Errorf("%+v", m)
	}
}

// The parts of GraphQL-over-HTTP that a client meets, in both media types.
func TestOverHTTP(t *testing.T) {
	w := theWorld(t)
	const json, response = "application/json", "application/graphql-response+json"
	get := func(query string) func() *http.Request {
		return func() *http.Request {
			r, err := http.NewRequest(http.MethodGet, w.url+"?"+query, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(access.PurposeHeader, "integrity")
			return r
		}
	}
	post := func(body string, edit ...func(*http.Request)) func() *http.Request {
		return func() *http.Request {
			r := w.post(t, body)
			for _, f := range edit {
				f(r)
			}
			return r
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	const ok = `{"query":"{ __typename }"}`
	digest := "sha256:" + strings.Repeat("0", 64)
	for _, c := range []struct {
		name          string
		request       func() *http.Request
		asJSON, asGQL int // status
		code          string
	}{
		{"query", post(ok), 200, 200, ""},
		{"charset", post(ok, header("Content-Type", "application/json; charset=UTF-8")), 200, 200, ""},
		{"other charset", post(ok, header("Content-Type", "application/json; charset=latin1")), 415, 415, "MEDIA_TYPE"},
		{"no media type", post(ok, header("Content-Type", "")), 415, 415, "MEDIA_TYPE"},
		{"form", post("query={__typename}", header("Content-Type", "application/x-www-form-urlencoded")), 415, 415, "MEDIA_TYPE"},
		{"text", post("{ __typename }", header("Content-Type", "application/graphql")), 415, 415, "MEDIA_TYPE"},
		{"no JSON", post("{"), 400, 400, "BAD_REQUEST"},
		{"a list of requests", post("[" + ok + "]"), 400, 400, "BAD_REQUEST"},
		{"a member twice", post(`{"query":"{ __typename }","query":"{ me { name } }"}`), 400, 400, "BAD_REQUEST"},
		{"no query", post(`{"variables":{}}`), 400, 400, "BAD_REQUEST"},
		{"blank query", post(`{"query":"  "}`), 400, 400, "BAD_REQUEST"},
		{"variables that are a list", post(`{"query":"{ __typename }","variables":[]}`), 400, 400, "BAD_REQUEST"},
		{"not UTF-8", post("{\"query\":\"{ __typename } # \xff\"}"), 400, 400, "BAD_REQUEST"},
		{"too long a body", post(`{"query":"{ __typename }","extensions":{"x":"` + strings.Repeat("x", schema.MaxBody) + `"}}`), 413, 413, "TOO_LARGE"},
		{"too long a query", post(`{"query":"{ __typename }` + strings.Repeat(" ", schema.MaxQuery) + `"}`), 200, 400, "TOO_LARGE"},
		{"no such field", post(`{"query":"{ nothing }"}`), 200, 400, "GRAPHQL_VALIDATION_FAILED"},
		{"half a query", post(`{"query":"{ me {"}`), 200, 400, "GRAPHQL_PARSE_FAILED"},
		{"no such operation", post(`{"query":"query A { __typename }","operationName":"B"}`), 200, 400, "BAD_REQUEST"},
		{"mutation", post(`{"query":"mutation { __typename }"}`), 200, 400, ""},
		{"subscription", post(`{"query":"subscription { __typename }"}`), 200, 400, ""},
		{"missing variable", post(`{"query":"query($id: ID!) { event(id: $id) { id } }"}`), 200, 400, "GRAPHQL_VALIDATION_FAILED"},
		{"variable of another type", post(`{"query":"query($n: Int) { events(first: $n) { treeSize } }","variables":{"n":"many"}}`), 200, 400, ""},
		{"a period that is none", post(`{"query":"{ me { name } events(filter: {occurred: \"yesterday\"}) { treeSize } }"}`), 200, 400, "BAD_REQUEST"},
		{"a size below zero", post(`{"query":"query($n: Long) { events(asOf: {size: $n}) { treeSize } }","variables":{"n":-1}}`), 200, 400, "BAD_REQUEST"},
		{"error of a field", post(`{"query":"{ accesses(first: 0) { treeSize } }"}`), 200, 200, graph.CodeBadArgument},
		{"no page", post(`{"query":"{ events(first: 0) { treeSize } }"}`), 200, 200, graph.CodeBadArgument},
		{"negative page", post(`{"query":"{ claims(first: -1) { treeSize } }"}`), 200, 200, graph.CodeBadArgument},
		{"null for defaults", post(`{"query":"query($n: Int, $o: EventOrder, $p: Boolean) { events(first: $n, order: $o, filter: {parts: $p}) { treeSize } claims(first: null, filter: {parts: null}) { treeSize } systems(first: null, filter: null) { treeSize } }","variables":{"n":null,"o":null,"p":null}}`), 200, 200, ""},
		{"size as digits", post(`{"query":"{ events(asOf: {size: \"1\"}) { treeSize } }"}`), 200, 200, ""},
		{"size beyond 32 bits", post(`{"query":"query($n: Long) { events(asOf: {size: $n}) { treeSize } }","variables":{"n":3000000000}}`), 200, 200, graph.CodeBadArgument},
		{"identity twice", post(`{"query":"{ events(filter: {actors: [{pseudonym: \"BAAAAAAAAAAAAAAAAAAAAA\", identifier: \"x\"}]}) { treeSize } }"}`), 200, 200, graph.CodeBadArgument},
		{"identity of nobody", post(`{"query":"{ events(filter: {cases: [{}]}) { treeSize } }"}`), 200, 200, graph.CodeBadArgument},
		{"a digest that is none", post(`{"query":"{ events(filter: {digests: [\"sha256:XYZ\"]}) { treeSize } }"}`), 200, 200, graph.CodeBadArgument},

		{"GET", get("query=%7B__typename%7D"), 200, 200, ""},
		{"GET with variables", get("query=" + url.QueryEscape("query($n: Int) { events(first: $n) { treeSize } }") + "&variables=%7B%22n%22%3A3%7D&operationName=&extensions="), 200, 200, ""},
		{"GET with variables that are none", get("query=%7B__typename%7D&variables=3"), 400, 400, "BAD_REQUEST"},
		{"GET of nothing", get(""), 400, 400, "BAD_REQUEST"},
		{"GET of a mutation", get("query=mutation%7B__typename%7D"), 200, 400, ""},
		{"digest in a URL", get("query=" + url.QueryEscape(`{ events(filter: {digests: ["`+digest+`"]}) { treeSize } }`)), 400, 400, "PERSONAL_IN_URL"},
		{"digest in a variable in a URL", get("query=" + url.QueryEscape(`query($d: [String!]) { events(filter: {digests: $d}) { treeSize } }`) + "&variables=" + url.QueryEscape(`{"d":["`+digest+`"]}`)), 400, 400, "PERSONAL_IN_URL"},
		{"digest in disguise in a URL", get("query=" + url.QueryEscape(`query($d: [String!]) { events(filter: {digests: $d}) { treeSize } }`) + "&variables=" + url.QueryEscape(`{"d":["sh\u0061256:`+strings.Repeat("0", 64)+`"]}`)), 200, 200, "PERSONAL_IN_URL"},
		{"identifier in a URL", get("query=" + url.QueryEscape(`{ events(filter: {actors: [{identifier: "officer-1"}]}) { treeSize } }`)), 200, 200, "PERSONAL_IN_URL"},
		{"pseudonym in a URL", get("query=" + url.QueryEscape(`{ events(filter: {actors: [{pseudonym: "BAAAAAAAAAAAAAAAAAAAAA"}]}) { treeSize } }`)), 200, 200, ""},
		{"PUT", post(ok, method(http.MethodPut)), 405, 405, "METHOD"},
		{"DELETE", post(ok, method(http.MethodDelete)), 405, 405, "METHOD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for accept, status := range map[string]int{json: c.asJSON, response: c.asGQL} {
				r := c.request()
				r.Header.Set("Accept", accept)
				a := w.send(t, "auditor", r)
				if a.status != status || c.code != "" && a.code() != c.code || (c.code == "" && status == 200 && c.asGQL == 200) != (len(a.Errors) == 0) {
					t.Errorf("%s: %d %s", accept, a.status, a.body)
				}
				if got := a.header.Get("Content-Type"); got != accept+"; charset=utf-8" {
					t.Errorf("%s is answered with %s", accept, got)
				}
				if accept == response && status >= 400 && a.Data != nil {
					t.Errorf("an error of the request has data: %s", a.body)
				}
				if (status == http.StatusMethodNotAllowed) != (a.header.Get("Allow") != "") || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Vary") != "Accept" {
					t.Errorf("header %v", a.header)
				}
				for _, e := range a.Errors {
					if code, _ := e.Extensions["code"].(string); code == "" {
						t.Errorf("an error without a code: %s", a.body)
					}
				}
			}
		})
	}
	r := post(ok)()
	r.Header.Set("Accept", "text/html")
	if a := w.send(t, "auditor", r); a.status != http.StatusNotAcceptable {
		t.Errorf("%d %s", a.status, a.body)
	}
	if w.log.Len() > 0 {
		t.Errorf("a client's mistakes are in the operator's log: %s", w.log)
	}
}

// What costs too much is refused before it runs.
func TestLimits(t *testing.T) {
	w := theWorld(t)
	repeat := func(n int, f func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	for name, c := range map[string]struct{ query, code string }{
		"rows":          {"{" + repeat(3, func(i int) string { return fmt.Sprintf(" e%d: events(first: 500) { treeSize }", i) }) + "}", "TOO_COSTLY"},
		"rows that fit": {"{" + repeat(2, func(i int) string { return fmt.Sprintf(" e%d: events(first: 500) { treeSize }", i) }) + "}", ""},
		"fields":        {"{" + repeat(2500, func(i int) string { return fmt.Sprintf(" a%d: __typename", i) }) + "}", "TOO_COSTLY"},
		"fragments that double": {"{ ...f0 }" + repeat(14, func(i int) string {
			return fmt.Sprintf(" fragment f%d on Query { a%d: me { name } ...f%d ...f%d }", i, i, i+1, i+1)
		}) + " fragment f14 on Query { z: me { name } }", ""},
		"the same field again and again":     {"{" + strings.Repeat(" a: __typename", 4000) + "}", "TOO_COSTLY"},
		"the longest field under many names": {"{ events(first: 500, filter: {exercise: true}) { nodes {" + repeat(60, func(i int) string { return fmt.Sprintf(" j%d: json", i) }) + " } } }", "TOO_COSTLY"},
		"depth":                              {"{ __schema { types { " + strings.Repeat("ofType { ", 14) + "name" + strings.Repeat(" }", 14) + " } } }", "TOO_DEEP"},
		"rows and fields":                    {"{ events(first: 500) { nodes { " + repeat(200, func(i int) string { return fmt.Sprintf(" a%d: index", i) }) + " } } }", "TOO_COSTLY"},
		"a thousand lists":                   {"{" + repeat(1000, func(i int) string { return fmt.Sprintf(" e%d: events(first: 100) { treeSize }", i) }) + "}", "TOO_COSTLY"},
		"the longest page there is":          {"{ events(first: 2147483647) { nodes { id } } }", "TOO_COSTLY"},
		"a fragment that holds itself":       {"{ me { ...a } } fragment a on Viewer { name ...b } fragment b on Viewer { ...a }", "GRAPHQL_VALIDATION_FAILED"},
		"fragments that double often":        {"{ me { ...f0 } }" + repeat(500, func(i int) string { return fmt.Sprintf(" fragment f%d on Viewer { ...f%d ...f%d }", i, i+1, i+1) }) + " fragment f500 on Viewer { name }", "TOO_COSTLY"},
		"the schema of the schema":           {"{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }", "TOO_COSTLY"},
		"brackets":                           {"{ events(filter: {kinds: " + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}) { treeSize } }", "GRAPHQL_PARSE_FAILED"},
		"braces":                             {strings.Repeat("{a", 20000), "GRAPHQL_PARSE_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			a := w.ask(t, "auditor", c.query, nil)
			if d := time.Since(begun); d > 5*time.Second {
				t.Errorf("it took %v", d)
			}
			if c.code != "" && a.code() != c.code || c.code == "" && a.code() != "" && a.code() != "TOO_COSTLY" {
				t.Errorf("%.300s", a.body)
			}
		})
	}
}

// A query that costs too much is told what it costs and what it may.
func TestCostIsRefusedWithBothNumbers(t *testing.T) {
	w := theWorld(t)
	const query = "query($n: Int) { events(first: $n) { nodes { id index kind recorded images { role } relates { entry } } } }"
	a := w.ask(t, "auditor", query, vars{"n": 100_000})
	if len(a.Errors) != 1 || a.code() != "TOO_COSTLY" || a.Data != nil {
		t.Fatalf("%s", a.body)
	}
	cost, limit := a.Errors[0].Extensions["cost"].(float64), a.Errors[0].Extensions["limit"].(float64)
	if limit != schema.MaxCost || cost < 100_000*10 || !strings.Contains(a.Errors[0].Message, fmt.Sprintf("%.0f", cost)) || !strings.Contains(a.Errors[0].Message, fmt.Sprintf("%.0f", limit)) {
		t.Errorf("%s", a.body)
	}
	a = w.ask(t, "auditor", query, vars{"n": 500})
	if a.code() != "" {
		t.Errorf("%.300s", a.body)
	}
	if got := a.header.Get("Lichtspur-Cost"); !regexp.MustCompile(`^[1-9]\d*; limit=100000$`).MatchString(got) {
		t.Errorf("Lichtspur-Cost: %q", got)
	}
}

// The command line asks a data directory through Exec: the answer is the one that a server gives.
func TestExecAnswersAsTheServerDoes(t *testing.T) {
	w := theWorld(t)
	h, err := schema.New(w.graph, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := graph.Viewer{Name: "local", Role: graph.Oversight, Purpose: graph.Integrity}
	for _, r := range []schema.Request{
		{Query: `{ checkpoint { origin size root note } events(first: 20, filter: {organisations: ["bka"]}) { nodes { id json images { digest { value } } } treeSize } }`},
		{Query: `query($s: [ID!]) { claims(filter: {subjects: $s}) { nodes { text { en } proposition { contested } } } }`, Variables: vars{"s": []any{"icis"}}},
		{Query: `{ events(first: 0) { treeSize } }`},
		{Query: `{ nothing }`},
	} {
		out, err := h.Exec(t.Context(), v, r)
		if err != nil {
			t.Fatal(err)
		}
		a := w.ask(t, "auditor", r.Query, r.Variables)
		if !bytes.Equal(out.Data, a.Data) || len(out.Errors) != len(a.Errors) || len(a.Errors) > 0 && (out.Errors[0].Message != a.Errors[0].Message || out.Errors[0].Extensions["code"] != a.code()) {
			t.Errorf("%s: %s %v, the server answers %s", r.Query, out.Data, out.Errors, a.body)
		}
	}
	if _, err := h.Exec(t.Context(), graph.Viewer{Name: "local", Role: graph.Oversight}, schema.Request{Query: "{ me { name } }"}); graph.CodeOf(err) != graph.CodeNoPurpose {
		t.Errorf("without a purpose: %v", err)
	}
}
