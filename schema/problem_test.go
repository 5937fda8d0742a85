package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
)

const secret = "badger: /srv/data/000042.vlog holds officer-1"

// failing is a root whose fields go wrong in every way.
type failing struct{ query }

func (failing) Me(context.Context) viewerRow { panic(secret) }

func (failing) Checkpoint(context.Context, struct{ At *DateTime }) (checkpointRow, error) {
	return checkpointRow{}, wrap(fmt.Errorf("read head: %w", errors.New(secret)))
}

func (failing) Event(context.Context, struct{ ID graphql.ID }) (*eventRow, error) {
	return nil, wrap(fmt.Errorf("entry 7: %w", &graph.Error{Code: graph.CodeBadArgument, Message: "say it otherwise", Err: errors.New(secret)}))
}

func (failing) Proof(ctx context.Context, _ struct{ Event graphql.ID }) (*proofRow, error) {
	<-ctx.Done()
	return nil, wrap(fmt.Errorf("read: %w", ctx.Err()))
}

func openFailing(t *testing.T) (*Handler, *bytes.Buffer) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := graph.Create(dir, "log.example/failing", graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Open(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	var log bytes.Buffer
	h, err := newHandler(g, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, &failing{})
	if err != nil {
		t.Fatal(err)
	}
	return h, &log
}

var auditor = graph.Viewer{Name: "auditor", Role: graph.Oversight, Purpose: graph.Integrity}

// What goes wrong inside is told to the operator, and to the client only that it did.
func TestWhatGoesWrongInsideStaysInside(t *testing.T) {
	h, log := openFailing(t)
	serve := func(query string) (*httptest.ResponseRecorder, string) {
		log.Reset()
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+query+`"}`))
		r.Header.Set("Content-Type", mediaJSON)
		r.Header.Set("Accept", mediaResponse)
		r = r.WithContext(access.With(r.Context(), access.Grant{Scope: access.Scope{Viewer: "auditor", Role: string(graph.Oversight)}}, "integrity"))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w, log.String()
	}
	for _, c := range []struct {
		name, query, code string
		logged            bool // the cause is for the operator to see
	}{
		{"panic", "{ me { name } }", codeInternal, false},
		{"store error", "{ checkpoint { size } }", codeInternal, true},
		{"store error beside others", "{ checkpoint { size } event(id: 1) { id } }", "", true},
		{"cause of a client's error", "{ event(id: 1) { id } }", graph.CodeBadArgument, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, log := serve(c.query)
			if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "badger") || !strings.Contains(w.Body.String(), c.code) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if strings.Contains(log, "badger") != c.logged {
				t.Errorf("log: %s", log)
			}
			if c.name == "panic" && !strings.Contains(log, "problem_test.go") {
				t.Errorf("the log does not say where it panicked: %s", log)
			}
		})
	}
}

func TestTime(t *testing.T) {
	h, _ := openFailing(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	out, err := h.Exec(ctx, auditor, Request{Query: "{ proof(event: 1) { index } }"})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Errors) == 0 || out.Errors[0].Extensions["code"] != "TIMEOUT" || statusOf(mediaResponse, out) != http.StatusServiceUnavailable {
		t.Errorf("%+v", out.Errors)
	}
}

func TestAccepts(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                  mediaJSON,
		"*/*":                               mediaJSON,
		"application/*":                     mediaJSON,
		"application/json":                  mediaJSON,
		"application/graphql-response+json": mediaResponse,
		"Application/GraphQL-Response+JSON": mediaResponse,
		"application/json; charset=utf-8":   mediaJSON,
		"application/json; charset=latin1":  "",
		"text/html":                         "",
		"text/html, */*;q=0.8":              mediaJSON,
		"application/json;q=0":              "",
		"application/json;q=0, */*":         mediaResponse,
		"*/*;q=0":                           "",
		"application/json;q=2":              "",
		"application/json;q=NaN":            "",
		"nonsense, application/json":        mediaJSON,
		"application/json;q=0.5, application/graphql-response+json;q=0.6": mediaResponse,
		"application/graphql-response+json, application/json;q=0.9":       mediaResponse,
		"application/graphql-response+json, application/json":             mediaResponse,
		"application/json, application/graphql-response+json":             mediaJSON,
		"application/graphql-response+json, */*":                          mediaResponse,
		"*/*, application/graphql-response+json":                          mediaResponse,
		"application/json;q=0.5, */*":                                     mediaResponse,
	} {
		if got := accepts([]string{accept}); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}

// What is half written is not sent.
func TestEncode(t *testing.T) {
	out := failure(&coded{codeInternal, sorry})
	out.Data = []byte(`{"me":{"name":`)
	if _, err := encode(out); err == nil {
		t.Error("half an answer was encoded")
	}
	out.Data = nil
	text, err := encode(out)
	if err != nil || string(text) != `{"errors":[{"message":"`+sorry+`","extensions":{"code":"INTERNAL"}}]}`+"\n" {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzAccepts(f *testing.F) {
	f.Add("application/json;q=0.5, */*")
	f.Add(", ;q=, application/graphql-response+json;charset=utf-8")
	f.Fuzz(func(t *testing.T, header string) {
		if got := accepts([]string{header}); got != "" && got != mediaJSON && got != mediaResponse {
			t.Errorf("%q", got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"query":"{ me { name } }","variables":{"size":18446744073709551615,"a":[1,1.5,{"b":null}]},"operationName":null}`)
	f.Add(`{"query":"{","variables":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var r Request
		if decode([]byte(text), &r) == nil {
			_ = recursion(r.Query)
		}
	})
}
