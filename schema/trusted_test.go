package schema_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crypto/sha256"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

func sha(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// serving is the shared world behind a server of its own, with other options.
func (w *world) serving(t *testing.T, o schema.Options) *world {
	t.Helper()
	h, err := schema.New(w.graph, o)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := access.Open(filepath.Join(w.dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	door := &access.Door{Tokens: tokens}
	mux := http.NewServeMux()
	mux.Handle("/graphql", schema.CORS([]string{"https://dashboard.example"}, door.Handler(h)))
	mux.Handle("/graphql/schema.graphql", schema.CORS([]string{"https://dashboard.example"}, door.Handler(h.Schema())))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	out := *w
	out.url = server.URL + "/graphql"
	return &out
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTrustedDocuments(t *testing.T) {
	w := theWorld(t)
	const one, two = "query One($id: ID!) { event(id: $id) { index } }\n", "{ me { role } }"
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "one.graphql"), one)
	writeFile(t, filepath.Join(dir, "more/two.graphql"), two)
	writeFile(t, filepath.Join(dir, "notes.txt"), "{ none }")
	manifest := writeFile(t, filepath.Join(t.TempDir(), "documents.json"), `{"sha256:`+sha(one)+`": `+fmt.Sprintf("%q", one)+`, "`+strings.ToUpper(sha(two))+`": "`+two+`"}`)

	for name, path := range map[string]string{"directory": dir, "manifest": manifest} {
		trusted, err := schema.ReadTrusted(path)
		if err != nil || trusted.Len() != 2 {
			t.Fatal(name, trusted, err)
		}
		open, only := w.serving(t, schema.Options{Trusted: trusted}), w.serving(t, schema.Options{Trusted: trusted, TrustedOnly: true})
		persisted := func(hash string) string {
			return `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}`
		}
		for _, c := range []struct {
			name, body string
			open, only string // codes
			status     int    // of only, to who takes application/graphql-response+json
		}{
			{"by id", `{"documentId":"sha256:` + sha(one) + `","variables":{"id":"1"}}`, "", "", 200},
			{"by bare hash", `{"documentId":"` + sha(two) + `"}`, "", "", 200},
			{"by extension", `{` + persisted(sha(two)) + `}`, "", "", 200},
			{"with its text", `{"query":"` + two + `",` + persisted(sha(two)) + `}`, "", "", 200},
			{"by its text", `{"query":"` + two + `"}`, "", "", 200},
			{"not known", `{"documentId":"sha256:` + sha("{ __typename }") + `"}`, "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_FOUND", 400},
			{"no hash", `{"documentId":"one"}`, "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_FOUND", 400},
			{"another hash than its text", `{"query":"{ __typename }",` + persisted(sha(two)) + `}`, "BAD_REQUEST", "BAD_REQUEST", 400},
			{"not known, with its text", `{"query":"{ __typename }",` + persisted(sha("{ __typename }")) + `}`, "", "UNTRUSTED_DOCUMENT", 403},
			{"not known, by its text", `{"query":"{ __typename }"}`, "", "UNTRUSTED_DOCUMENT", 403},
			{"known but for a blank", `{"query":"{ me { role }  }"}`, "", "UNTRUSTED_DOCUMENT", 403},
			{"nothing", `{}`, "BAD_REQUEST", "BAD_REQUEST", 400},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				for s, want := range map[*world]string{open: c.open, only: c.only} {
					r := s.post(t, c.body)
					r.Header.Set("Accept", "application/graphql-response+json")
					if a := s.send(t, "auditor", r); a.code() != want || s == only && a.status != c.status {
						t.Errorf("%d %s", a.status, a.body)
					}
				}
			})
		}
		r, err := http.NewRequest(http.MethodGet, only.url+"?documentId="+sha(one)+"&variables="+url.QueryEscape(`{"id":"1"}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(access.PurposeHeader, "integrity")
		if a := only.send(t, "auditor", r); a.code() != "" || !strings.Contains(a.body, `"index":1`) {
			t.Errorf("GET is answered %s", a.body)
		}
	}
}

func TestTrustedDocumentsThatAreWrong(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ file, text, want string }{
		"a hash of another text": {"a.json", `{"` + sha("{ me { name } }") + `":"{ me { role } }"}`, "is not the SHA-256 of its text, which is " + sha("{ me { role } }")},
		"no hash":                {"b.json", `{"me":"{ me { role } }"}`, `"me" is not the SHA-256`},
		"no object":              {"c.json", `[]`, "not a JSON object of hashes to texts"},
		"none":                   {"d.json", `{}`, "there are none"},
		"none in a directory":    {"e/readme.md", ``, "there are none"},
		"not of the schema":      {"f/one.graphql", `{ nothing }`, `Cannot query field "nothing"`},
		"no document":            {"g/one.graphql", `{ me {`, sha(`{ me {`)},
	} {
		path := writeFile(t, filepath.Join(dir, c.file), c.text)
		if strings.Contains(c.file, "/") {
			path = filepath.Dir(path)
		}
		trusted, err := schema.ReadTrusted(path)
		if err == nil {
			_, err = schema.New(nil, schema.Options{Trusted: trusted})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := schema.ReadTrusted(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("what is not there is read")
	}
	if _, err := schema.New(nil, schema.Options{TrustedOnly: true}); err == nil {
		t.Error("nothing at all is answered, without a word")
	}
}

func TestIntrospectionByRole(t *testing.T) {
	w := theWorld(t)
	text := func(s *world, who string) *answer {
		r, err := http.NewRequest(http.MethodGet, s.url+"/schema.graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		return s.send(t, who, r)
	}
	all, some, nobody := w.serving(t, schema.Options{}), w.serving(t, schema.Options{Introspection: []graph.Role{graph.Oversight}}), w.serving(t, schema.Options{Introspection: []graph.Role{}})
	for _, c := range []struct {
		name string
		s    *world
		who  string
		may  bool
	}{
		{"all", all, "auditor", true}, {"all", all, "reporter", true}, {"all", all, "source", true},
		{"some", some, "auditor", true}, {"some", some, "reporter", false}, {"some", some, "source", false},
		{"nobody", nobody, "auditor", false}, {"nobody", nobody, "reporter", false},
	} {
		for _, query := range []string{
			"{ __schema { types { name } } }", `{ me { name } t: __type(name: "Event") { name } }`,
			"{ ... { ...a } } fragment a on Query { __schema { queryType { name } } }", introspection,
		} {
			a := c.s.ask(t, c.who, query, nil)
			if c.may && a.code() != "" || !c.may && (a.code() != graph.CodeForbidden || a.Data != nil) {
				t.Errorf("%s, %s: %.200s", c.name, c.who, a.body)
			}
		}
		if a := c.s.ask(t, c.who, "{ __typename me { __typename } }", nil); a.code() != "" {
			t.Errorf("%s, %s: %s", c.name, c.who, a.body)
		}
		a := text(c.s, c.who)
		if c.may && (a.status != 200 || a.body != schema.SDL()) || !c.may && (a.status != 403 || !strings.Contains(a.body, graph.CodeForbidden)) {
			t.Errorf("%s, %s: the text of the schema: %d %.200s", c.name, c.who, a.status, a.body)
		}
	}
	if a := text(all, ""); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
	// A client that has read the text asks as it says.
	var types struct {
		Schema struct{ Types []typeName } `json:"__schema"`
	}
	if err := json.Unmarshal(all.ask(t, "auditor", "{ __schema { types { name kind } } }", nil).Data, &types); err != nil {
		t.Fatal(err)
	}
	for _, one := range types.Schema.Types {
		if one.Kind == "OBJECT" && !strings.HasPrefix(one.Name, "__") && !strings.Contains(schema.SDL(), "type "+one.Name+" {") {
			t.Errorf("the text has no %s", one.Name)
		}
	}
}

func TestPagesOfOtherOrigins(t *testing.T) {
	w := theWorld(t).serving(t, schema.Options{})
	preflight := func(origin string) *http.Request {
		r, err := http.NewRequest(http.MethodOptions, w.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,lichtspur-purpose")
		return r
	}
	a := w.send(t, "", preflight("https://dashboard.example"))
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "https://dashboard.example" || a.header.Get("Access-Control-Allow-Methods") != "GET, POST" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization, Content-Type, Lichtspur-Purpose") || a.header.Get("Access-Control-Allow-Credentials") != "" || a.header.Get("Vary") != "Origin" {
		t.Errorf("%d %v", a.status, a.header)
	}
	for _, origin := range []string{"https://dashboard.example.evil", "http://dashboard.example", "null", "https://dashboard.example:444"} {
		if a := w.send(t, "", preflight(origin)); a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", origin, a.status, a.header)
		}
	}
	ask := func(who, origin string) *answer {
		r := w.post(t, `{"query":"{ me { role } }"}`)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		return w.send(t, who, r)
	}
	if a := ask("auditor", "https://dashboard.example"); a.code() != "" || a.header.Get("Access-Control-Allow-Origin") != "https://dashboard.example" || strings.Join(a.header.Values("Vary"), ", ") != "Origin, Accept" {
		t.Errorf("%v %s", a.header, a.body)
	}
	// A page can read why it is refused.
	if a := ask("", "https://dashboard.example"); a.status != http.StatusUnauthorized || a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
	for _, origin := range []string{"", "https://other.example"} {
		if a := ask("auditor", origin); a.code() != "" || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%q: %v %s", origin, a.header, a.body)
		}
	}
	// OPTIONS that is no preflight is a request like another.
	r := preflight("https://dashboard.example")
	r.Header.Del("Access-Control-Request-Method")
	if a := w.send(t, "auditor", r); a.status != http.StatusMethodNotAllowed {
		t.Errorf("%d %s", a.status, a.body)
	}
	for origin, ok := range map[string]bool{"https://a.example": true, "http://localhost:5173": true, "*": false, "null": false, "https://a.example/": false, "a.example": false, "https://u@a.example": false, "https://": false} {
		if err := schema.CheckOrigin(origin); (err == nil) != ok {
			t.Errorf("%s: %v", origin, err)
		}
	}
}
