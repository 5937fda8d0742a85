package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/access"
)

// station is a real graph behind the real handler and door.
type station struct {
	g      *graph.Graph
	q      *ingest.Quarantine
	server *httptest.Server
	token  string
}

func newStation(t testing.TB, quota int64) *station {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := graph.Create(dir, "log.example/ingest", graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Open(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	receipts, _, err := g.Record(context.Background(), graph.LogID,
		&event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "bka", Name: event.Text{DE: "BKA"},
			Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}},
		&event.Event{ID: "s", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSource, ID: "gateway", Name: event.Text{EN: "Gateway"},
			Source: &event.SourceDeclaration{Organisation: "bka"}}})
	if err != nil || receipts[0].Status != graph.Accepted || receipts[1].Status != graph.Accepted {
		t.Fatal(receipts, err)
	}
	box, err := g.Vault().Box("quarantine")
	if err != nil {
		t.Fatal(err)
	}
	q, err := ingest.OpenQuarantine(filepath.Join(dir, "quarantine"), box, nil, quota, 0)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := access.Open(filepath.Join(dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := tokens.Create(time.Now(), rand.Reader, "gateway", access.Scope{Source: "gateway"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	door := &access.Door{Tokens: tokens}
	h := ingest.NewHandler(&ingest.Intake{Graph: g, Quarantine: q}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(door.Handler(h))
	t.Cleanup(server.Close)
	return &station{g, q, server, token}
}

func (s *station) post(t testing.TB, body []byte, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.server.URL+"/v1/events", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func native(id string) string {
	return fmt.Sprintf(`{"id":%q,"kind":"CONSULT","requester":"bka","from":{"organisation":"bka"},"actor":{"id":"u1"},"images":[{"digest":"sha256:%064d"}],"purpose":"identification"}`, id, 7)
}

func summaryOf(t testing.TB, answer string) (sum ingest.Summary, statuses []string) {
	t.Helper()
	for line := range strings.Lines(answer) {
		var l ingest.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if l.Summary != nil {
			sum = *l.Summary
		}
		if l.Receipt != nil {
			statuses = append(statuses, string(l.Receipt.Status))
		}
	}
	return sum, statuses
}

func TestStreamsAnswerOneReceiptAnEvent(t *testing.T) {
	s := newStation(t, 0)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(native("z") + "\n"))
	_ = z.Close()
	for _, c := range []struct {
		name, body string
		header     []string
		want       ingest.Summary
	}{
		{"lines", native("a") + "\n" + native("b") + "\n", nil, ingest.Summary{Accepted: 2}},
		{"again, without the last line feed", native("a") + "\r\n\n" + native("b"), nil, ingest.Summary{Duplicates: 2}},
		{"array", "[" + native("c") + "," + native("d") + "]", nil, ingest.Summary{Accepted: 2}},
		{"byte order mark", "\xef\xbb\xbf" + native("e"), nil, ingest.Summary{Accepted: 1}},
		{"gzip", zipped.String(), []string{"Content-Encoding", "gzip"}, ingest.Summary{Accepted: 1}},
		{"one bad line among good ones", native("f") + "\n{\"id\":\n" + native("g"), nil, ingest.Summary{Accepted: 2, Rejected: 1}},
		{"twice in one stream", native("h") + "\n" + native("h"), nil, ingest.Summary{Accepted: 1, Duplicates: 1}},
		{"parsed and invalid", strings.Replace(native("i"), `"bka","from"`, `"nobody","from"`, 1), nil, ingest.Summary{Rejected: 1, Quarantined: 1}},
		{"nothing", "", nil, ingest.Summary{}},
	} {
		status, answer := s.post(t, []byte(c.body), c.header...)
		if status != http.StatusOK {
			t.Errorf("%s: status %d: %s", c.name, status, answer)
			continue
		}
		if sum, _ := summaryOf(t, answer); sum != c.want {
			t.Errorf("%s: %+v, want %+v\n%s", c.name, sum, c.want, answer)
		}
	}
	// What is in quarantine is readable by its source alone, and its id is free.
	var kept []ingest.Item
	for it, err := range s.q.Items("gateway") {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, it)
	}
	if len(kept) != 1 || kept[0].ID != "i" || kept[0].Faults[0].Code != graph.FaultUndeclaredOrg {
		t.Fatalf("quarantine has %+v", kept)
	}
	if _, answer := s.post(t, []byte(native("i"))); !strings.Contains(answer, "ACCEPTED") {
		t.Errorf("the id of an item in quarantine is not free: %s", answer)
	}
	for body, code := range map[string]string{"[" + native("k"): "TRUNCATED", "[1 2]": "SYNTAX"} {
		if _, answer := s.post(t, []byte(body)); !strings.Contains(answer, code) {
			t.Errorf("%q answers %s", body, answer)
		}
	}
	if status, answer := s.post(t, []byte("no gzip"), "Content-Encoding", "gzip"); status != http.StatusBadRequest || !strings.Contains(answer, "BAD_GZIP") {
		t.Errorf("bad gzip answers %d %s", status, answer)
	}
}

func TestMutatedBodiesGetAClearAnswer(t *testing.T) {
	const quota = 64 << 10
	s := newStation(t, quota)
	r := mathrand.New(mathrand.NewPCG(1, 2))
	seed := []byte(native("m") + "\n" + native("n") + "\n")
	for range 2000 {
		body := bytes.Clone(seed)
		for range 1 + r.IntN(6) {
			switch at := r.IntN(len(body)); r.IntN(3) {
			case 0:
				body[at] = byte(r.Uint32())
			case 1:
				body = append(body[:at], body[min(len(body), at+r.IntN(20)):]...)
			case 2:
				body = append(body[:at:at], append([]byte(strings.Repeat("[{", r.IntN(30))), body[at:]...)...)
			}
			if len(body) == 0 {
				body = []byte("x")
			}
		}
		status, answer := s.post(t, body)
		if status == http.StatusInternalServerError || status >= 500 || strings.Contains(answer, "INTERNAL") {
			t.Fatalf("%q answers %d %s", body, status, answer)
		}
	}
	if used, _ := s.q.Used(); used > quota {
		t.Errorf("quarantine has %d bytes, its quota is %d", used, quota)
	}
}
