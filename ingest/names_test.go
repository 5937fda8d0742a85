package ingest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// A source asks which names are declared: it is told what a refusal would tell it, and nothing is recorded.
func TestNames(t *testing.T) {
	s := newStation(t, 0)
	s.declare(t, &event.Declaration{Type: event.DeclareSystem, ID: "inpol-z", Name: event.Text{DE: "INPOL"}, System: &event.SystemDeclaration{Operator: "bka"}})
	size := s.g.Checkpoint().Size
	for _, c := range []struct {
		name, body, token string
		status            int
		want              string
	}{
		{"some are not", `{"names":[{"id":"bka","type":"ORGANISATION"},{"id":"bka","type":"SYSTEM"},{"id":"inpol-z","type":"SYSTEM"},{"id":"inpol-z"},{"id":"nobody"}]}`, s.token,
			http.StatusOK, `{"source":"gateway","introduces":false,"names":[{"id":"bka","type":"SYSTEM"},{"id":"nobody"}]}` + "\n"},
		{"none", `{"names":[]}`, s.token, http.StatusOK, `"names":[]`},
		{"no list", `[]`, s.token, http.StatusBadRequest, "BAD_REQUEST"},
		{"something else beside it", `{"names":[],"purpose":"x"}`, s.token, http.StatusBadRequest, "BAD_REQUEST"},
		{"too many", `{"names":[` + strings.Repeat(`{"id":"a"},`, 5000) + `{"id":"a"}]}`, s.token, http.StatusBadRequest, "TOO_LARGE"},
		{"too long", `{"names":[{"id":"` + strings.Repeat("a", 1<<20) + `"}]}`, s.token, http.StatusBadRequest, "BAD_REQUEST"},
		{"by nobody", `{"names":[]}`, "lsp_other", http.StatusUnauthorized, "UNKNOWN_TOKEN"},
	} {
		status, body := s.send(t, "POST", "/v1/names", c.token, []byte(c.body), "Content-Type", "application/json")
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %.200s, want %d %s", c.name, status, body, c.status, c.want)
		}
	}
	if now := s.g.Checkpoint().Size; now != size {
		t.Errorf("asking recorded %d entries", now-size)
	}
}
