package schema_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

// A request in process, from the body's bytes to the answer's: what a page costs without the network.
func BenchmarkHandler(b *testing.B) {
	w := theWorld(b)
	h, err := schema.New(w.graph, schema.Options{})
	if err != nil {
		b.Fatal(err)
	}
	grant := access.Grant{Scope: access.Scope{Viewer: "auditor", Role: string(graph.Oversight)}}
	for _, c := range []struct{ name, query string }{
		{"typename", "{ __typename }"},
		{"image", `{ events(filter: {digests: [\"` + w.someDigests(1)[0] + `\"]}) { nodes { index kind recorded source requester { id } images { role } } } }`},
		{"page100x12", `{ events(first: 100, filter: {exercise: true}) { nodes { id index kind recorded occurred source exercise purpose basis requester { id } from { system { id } } actor { pseudonym } } pageInfo { endCursor } treeSize } }`},
		{"page100json", `{ events(first: 100, filter: {exercise: true}) { nodes { json } } }`},
		{"claims100", `{ claims(first: 100) { nodes { id stance text { en } claimant { id } proposition { id contested } } } }`},
		{"systems100", `{ systems(first: 100) { nodes { id name { en } parts operator { id } } } }`},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+c.query+`"}`))
				r.Header.Set("Content-Type", "application/json")
				r = r.WithContext(access.With(r.Context(), grant, "integrity"))
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK || strings.HasPrefix(w.Body.String(), `{"errors"`) {
					b.Fatal(w.Code, w.Body)
				}
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes/answer")
		})
	}
}

// What the graph alone takes for a page of a hundred opened entries.
func BenchmarkPage(b *testing.B) {
	w := theWorld(b)
	view, err := w.graph.As(graph.Viewer{Name: "auditor", Role: graph.Oversight, Purpose: graph.Integrity})
	if err != nil {
		b.Fatal(err)
	}
	on := true
	b.ReportAllocs()
	for b.Loop() {
		p, err := view.Events(b.Context(), graph.EventFilter{Exercise: &on}, 0, graph.Pagination{First: 100})
		if err != nil || len(p.Entries) != 100 {
			b.Fatal(err)
		}
	}
}
