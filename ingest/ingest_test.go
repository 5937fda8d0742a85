package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
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
	dir     string
	options graph.Options
	quota   int64
	g       *graph.Graph
	q       *ingest.Quarantine
	intake  *ingest.Intake
	handler *ingest.Handler
	tokens  *access.Store
	server  *httptest.Server
	token   string // of the source "gateway"
}

func newStation(t testing.TB, quota int64) *station {
	t.Helper()
	return newStationWith(t, quota, graph.Options{})
}

func newStationWith(t testing.TB, quota int64, o graph.Options) *station {
	t.Helper()
	s := &station{dir: filepath.Join(t.TempDir(), "data"), options: o, quota: quota}
	if err := graph.Create(s.dir, "log.example/ingest", o); err != nil {
		t.Fatal(err)
	}
	s.open(t)
	t.Cleanup(func() { _ = s.g.Close() })
	var err error
	if s.tokens, err = access.Open(filepath.Join(s.dir, "tokens.json")); err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewServer((&access.Door{Tokens: s.tokens}).Handler(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) })))
	t.Cleanup(s.server.Close)
	s.declare(t, &event.Declaration{Type: event.DeclareOrganisation, ID: "bka", Name: event.Text{DE: "BKA"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}})
	s.token = s.source(t, "gateway")
	return s
}

func (s *station) open(t testing.TB) {
	t.Helper()
	var err error
	if s.g, err = graph.Open(s.dir, s.options); err != nil {
		t.Fatal(err)
	}
	box, err := s.g.Vault().Box("quarantine")
	if err != nil {
		t.Fatal(err)
	}
	if s.q, err = ingest.OpenQuarantine(filepath.Join(s.dir, "quarantine"), box, s.options.Clock, s.quota, 0); err != nil {
		t.Fatal(err)
	}
	s.intake = &ingest.Intake{Graph: s.g, Quarantine: s.q}
	s.handler = ingest.NewHandler(s.intake, slog.New(slog.DiscardHandler))
}

// restart closes and opens the graph. No request is under way.
func (s *station) restart(t testing.TB) {
	t.Helper()
	if err := s.g.Close(); err != nil {
		t.Fatal(err)
	}
	s.open(t)
}

// auditor is a viewer who may see everything.
func (s *station) auditor(t testing.TB) *graph.View {
	t.Helper()
	v, err := s.g.As(graph.Viewer{Name: "auditor", Role: graph.Oversight, Purpose: graph.LawfulnessCheck})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// leaf is the leaf of an entry.
func (s *station) leaf(t testing.TB, entry string) string {
	t.Helper()
	e, err := s.auditor(t).Event(context.Background(), entry)
	if err != nil {
		t.Fatal(err)
	}
	return string(e.Leaf)
}

// declare records what the operator declares.
func (s *station) declare(t testing.TB, d *event.Declaration) {
	t.Helper()
	receipts, _, err := s.g.Record(context.Background(), graph.LogID, &event.Event{ID: fmt.Sprintf("%s/%s/%d", d.Type, d.ID, time.Now().UnixNano()), Kind: event.KindDeclare, Declaration: d})
	if err != nil || receipts[0].Status != graph.Accepted {
		t.Fatal(receipts, err)
	}
}

// source declares one more source and returns its token.
func (s *station) source(t testing.TB, id string) string {
	t.Helper()
	s.declare(t, &event.Declaration{Type: event.DeclareSource, ID: id, Name: event.Text{EN: id}, Source: &event.SourceDeclaration{Organisation: "bka"}})
	token, _, err := s.tokens.Create(time.Now(), rand.Reader, id, access.Scope{Source: id}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (s *station) post(t testing.TB, body []byte, header ...string) (int, string) {
	t.Helper()
	return s.send(t, http.MethodPost, "/v1/events", s.token, body, header...)
}

// send makes one request and returns status and body of the answer.
func (s *station) send(t testing.TB, method, path, token string, body []byte, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.server.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
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
	return fmt.Sprintf(`{"id":%q,"kind":"CONSULT","requester":"bka","from":{"organisation":"bka"},"actor":{"id":"user-1"},"images":[{"digest":"sha256:%064d"}],"purpose":"identification"}`, id, 7)
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

// Who looks at the quarantine is in the access ledger before the first item goes out.
func TestLookingAtTheQuarantineIsAnEntry(t *testing.T) {
	s := newStation(t, 64<<10)
	if _, answer := s.post(t, []byte(strings.ReplaceAll(native("i"), `"requester":"bka"`, `"requester":"unknown"`))); !strings.Contains(answer, "REJECTED") {
		t.Fatal(answer)
	}
	_, listed := s.send(t, http.MethodGet, "/v1/quarantine", s.token, nil)
	var it ingest.Item
	if err := json.Unmarshal([]byte(strings.TrimSpace(listed)), &it); err != nil {
		t.Fatalf("%v: %s", err, listed)
	}
	_, shown := s.send(t, http.MethodGet, "/v1/quarantine/"+it.Quarantine, s.token, nil)
	view, err := s.g.As(graph.Viewer{Name: "control", Role: graph.Oversight, Purpose: graph.Integrity})
	if err != nil {
		t.Fatal(err)
	}
	p, err := view.Accesses(t.Context(), graph.AccessFilter{}, graph.Pagination{First: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Readings) != 2 {
		t.Fatalf("%d readings", len(p.Readings))
	}
	for i, want := range []struct {
		operation string
		bytes     int
	}{{it.Quarantine, len(shown)}, {"list", len(listed)}} {
		r := p.Readings[i]
		if r.Way != event.WayQuarantine || r.Reader != "gateway" || r.Role != graph.Reporter || r.Operation != want.operation || r.Rows != 1 || r.Bytes != int64(want.bytes) {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
}
