package schema_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
	"github.com/lichtspur/lichtspur/schema"
)

// handed is one event as it was handed in, and what the log said of it.
type handed struct {
	*event.Event
	source string
	graph.Receipt
}

// world is a real log behind a real server, and everything that was handed in to it. The shared one is never changed
// after it is made.
type world struct {
	dir    string
	graph  *graph.Graph
	url    string
	log    *bytes.Buffer
	tokens map[string]string // by who
	in     []handed          // by index
	own    []handed          // what the log wrote itself: ADMIT, LINK
	heads  []ledger.Head     // after each group
	batch  *batch.Submission // the sealed one
	close  func()
}

var (
	shared   *world
	makeOnce sync.Once
)

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		shared.close()
	}
	os.Exit(code)
}

// theWorld is the public record, 2,000 exercise events, each handed in by the source it belongs to, and a sealed batch
// of one source.
func theWorld(t testing.TB) *world {
	t.Helper()
	makeOnce.Do(func() {
		dir, err := os.MkdirTemp("", "schema")
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, filepath.Join(dir, "data"))
		w.load(t, 2000)
		w.sealedBatch(t, dir)
		inner := w.close
		w.close = func() { inner(); _ = os.RemoveAll(dir) }
		shared = w
	})
	if shared == nil {
		t.Fatal("the world could not be made")
	}
	return shared
}

// load records the public record and exercise events, each handed in by the source it belongs to.
func (w *world) load(t testing.TB, events int) *exercise.Truth {
	t.Helper()
	w.hand(t, graph.LogID, record.Events()...)
	w.hand(t, graph.LogID, exercise.Declarations()...)
	var group []*event.Event
	flush := func() {
		bySource := map[string][]*event.Event{}
		for _, e := range group {
			bySource[exercise.SourceOf(e)] = append(bySource[exercise.SourceOf(e)], e)
		}
		for _, s := range slices.Sorted(maps.Keys(bySource)) {
			w.hand(t, s, bySource[s]...)
		}
		group = nil
	}
	truth, err := exercise.Generate(exercise.Options{Events: events, Seed: 7}, func(e *event.Event) error {
		if group = append(group, e); len(group) == 500 {
			flush()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	flush()
	return truth
}

var dawn = time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)

// newWorld makes an empty log behind a server. Its clock goes a second at every look.
func newWorld(t testing.TB, dir string) *world {
	t.Helper()
	var mu sync.Mutex
	now := dawn
	o := graph.Options{Clock: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}}
	if err := graph.Create(dir, "log.example/schema", o); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: dir, graph: g, log: &bytes.Buffer{}, tokens: map[string]string{}}
	tokens, err := access.Open(filepath.Join(dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	for who, scope := range map[string]access.Scope{
		"auditor":  {Viewer: "auditor", Role: string(graph.Oversight)},
		"other":    {Viewer: "other", Role: string(graph.Oversight)},
		"reporter": {Viewer: "reporter", Role: string(graph.Reporter), ReportsOn: exercise.Source},
		"source":   {Source: exercise.Source},
	} {
		token, _, err := tokens.Create(time.Now(), rand.Reader, who, scope, time.Hour)
		if err != nil {
			t.Fatal(who, err)
		}
		w.tokens[who] = token
	}
	h, err := schema.New(g, schema.Options{Logger: slog.New(slog.NewTextHandler(w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	door := &access.Door{Tokens: tokens}
	server := httptest.NewServer(door.Handler(h))
	w.url = server.URL
	w.close = func() { server.Close(); _ = g.Close() }
	return w
}

// smallWorld is a log of its own, for what changes it.
func smallWorld(t testing.TB) *world {
	w := newWorld(t, filepath.Join(t.TempDir(), "data"))
	t.Cleanup(w.close)
	return w
}

func (w *world) hand(t testing.TB, source string, events ...*event.Event) {
	t.Helper()
	receipts, head, err := w.graph.Record(context.Background(), source, events...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range receipts {
		if r.Status != graph.Accepted {
			t.Fatalf("%s: %s %v", events[i].ID, r.Status, r.Faults)
		}
		w.in = append(w.in, handed{events[i], source, r})
	}
	w.heads = append(w.heads, head)
}

const signer = "exercise-signer"

// sealedBatch hands in a few events of a source with a vault and a key of its own. Their pictures are ones that the log
// has seen, so LINK entries follow.
func (w *world) sealedBatch(t testing.TB, dir string) {
	t.Helper()
	ctx := context.Background()
	private, err := keys.Generate(keys.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := keys.PublicPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	w.hand(t, graph.LogID,
		&event.Event{ID: "source/" + signer, Kind: event.KindDeclare, Declaration: &event.Declaration{
			Type: event.DeclareSource, ID: signer, Name: event.Text{EN: "Signer"}, Source: &event.SourceDeclaration{Organisation: "bka"}}},
		&event.Event{ID: "key/" + signer, Kind: event.KindDeclare, Declaration: &event.Declaration{
			Type: event.DeclareKey, ID: key.ID(), Key: &event.KeyDeclaration{Source: signer, Use: event.KeySign, PEM: string(pem)}}})
	root, err := vault.NewRoot(filepath.Join(dir, "signer.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Create(filepath.Join(dir, "signer"), root, signer); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(dir, "signer"), root)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	b, err := batch.NewBuilder(signer, batch.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var events []*event.Event
	for _, digest := range w.someDigests(3) {
		e := &event.Event{ID: "s-" + digest[7:15], Kind: event.KindConsult, Exercise: true, Occurred: event.At(dawn.Add(-time.Hour)),
			Requester: "bka", From: event.Place{System: "ifrs"}, Actor: &event.Actor{ID: "signer-officer"}, Images: []event.Image{{Digest: digest}}}
		sealed, err := event.Seal(e, signer, v, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add(sealed); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if w.batch, err = b.Seal(ctx, key, batch.Position{Sequence: 1, From: dawn}, dawn.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := w.batch.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	intake := &ingest.Intake{Graph: w.graph}
	n := 0
	_, err = intake.Batch(ctx, signer, &text, true, func(l ingest.Line) error {
		if l.Receipt == nil {
			return nil
		}
		id, err := event.ParsePseudonym(l.Receipt.Entry)
		if err != nil {
			return err
		}
		at, err := time.Parse(time.RFC3339Nano, l.Receipt.Recorded)
		if err != nil {
			return err
		}
		r := graph.Receipt{Entry: id, Index: *l.Receipt.Index, Recorded: at}
		if n == 0 {
			w.own = append(w.own, handed{&event.Event{Kind: event.KindAdmit}, graph.LogID, graph.Receipt{Index: r.Index - 1, Recorded: at}})
		}
		w.in = append(w.in, handed{events[n], signer, r})
		n++
		return nil
	})
	if err != nil || n != len(events) {
		t.Fatal(n, err)
	}
	w.heads = append(w.heads, w.graph.Checkpoint())
	for i := w.in[len(w.in)-1].Index + 1; i < w.graph.Checkpoint().Size; i++ {
		// One LINK a picture, in the order of the batch.
		about := &event.Event{Kind: event.KindLink, Images: events[(len(w.own)-1)%len(events)].Images}
		w.own = append(w.own, handed{about, graph.LogID, graph.Receipt{Index: i, Recorded: w.in[len(w.in)-1].Recorded}})
	}
	if len(w.own) != 1+len(events) {
		t.Fatalf("the batch brought %d entries of the log's own", len(w.own))
	}
}

// someDigests are digests of pictures in the exercise, the first ones in.
func (w *world) someDigests(n int) (out []string) {
	for _, h := range w.in {
		for _, img := range h.Images {
			if img.Digest != "" && !slices.Contains(out, img.Digest) {
				if out = append(out, img.Digest); len(out) == n {
					return out
				}
			}
		}
	}
	return out
}

// answer is a response of GraphQL over HTTP.
type answer struct {
	status int
	header http.Header
	body   string
	Data   jsontext.Value `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

func (a *answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// send sends any request and reads the answer.
func (w *world) send(t testing.TB, who string, r *http.Request) *answer {
	t.Helper()
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[who])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{status: res.StatusCode, header: res.Header, body: string(body)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && len(body) > 0 {
		if err := json.Unmarshal(body, a); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
	}
	return a
}

func (w *world) post(t testing.TB, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(access.PurposeHeader, "integrity; test")
	return r
}

type vars = map[string]any

func (w *world) ask(t testing.TB, who, query string, v vars) *answer {
	t.Helper()
	body, err := json.Marshal(schema.Request{Query: query, Variables: v})
	if err != nil {
		t.Fatal(err)
	}
	return w.send(t, who, w.post(t, string(body)))
}

// get asks as the auditor, wants no error, and reads the data into out.
func (w *world) get(t testing.TB, query string, v vars, out any) {
	t.Helper()
	a := w.ask(t, "auditor", query, v)
	if a.status != http.StatusOK || len(a.Errors) > 0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		t.Fatalf("%v: %s", err, a.Data)
	}
}

// entryList is a connection of entries.
type entryList struct {
	Nodes []struct {
		ID    string `json:"id"`
		Index uint64 `json:"index"`
	} `json:"nodes"`
	Edges []struct {
		Cursor string `json:"cursor"`
		Node   struct {
			Index uint64 `json:"index"`
			ID    string `json:"id"`
		} `json:"node"`
	} `json:"edges"`
	PageInfo struct {
		HasNextPage     bool    `json:"hasNextPage"`
		HasPreviousPage bool    `json:"hasPreviousPage"`
		StartCursor     *string `json:"startCursor"`
		EndCursor       *string `json:"endCursor"`
	} `json:"pageInfo"`
	TreeSize uint64 `json:"treeSize"`
	Complete bool   `json:"complete"`
}

const pages = `query($filter: EventFilter, $order: EventOrder, $first: Int, $after: String, $asOf: AsOf) {
  events(filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) {
    nodes { id index } edges { cursor node { id index } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } treeSize complete
  }
}`

// walk reads all pages and returns the indexes, in order.
func (w *world) walk(t testing.TB, filter vars, order string, first int, asOf vars) (found []uint64, size uint64) {
	t.Helper()
	var after *string
	for n := 0; ; n++ {
		var out struct {
			Events entryList `json:"events"`
		}
		w.get(t, pages, vars{"filter": filter, "order": order, "first": first, "after": after, "asOf": asOf}, &out)
		l := out.Events
		if n == 0 {
			size = l.TreeSize
		}
		if l.TreeSize != size || !l.Complete || l.PageInfo.HasPreviousPage != (n > 0) || len(l.Nodes) != len(l.Edges) {
			t.Fatalf("page %d: %+v", n, l)
		}
		for i, e := range l.Nodes {
			if l.Edges[i].Node.Index != e.Index {
				t.Fatal("edges and nodes differ")
			}
			found = append(found, e.Index)
		}
		if k := len(l.Nodes); k == 0 && l.PageInfo.EndCursor != nil || k > 0 && (*l.PageInfo.EndCursor != l.Edges[k-1].Cursor || *l.PageInfo.StartCursor != l.Edges[0].Cursor) {
			t.Fatalf("page info %+v", l.PageInfo)
		}
		if !l.PageInfo.HasNextPage {
			return found, size
		}
		if len(l.Nodes) != first {
			t.Fatalf("page %d has %d entries of %d, and more follow", n, len(l.Nodes), first)
		}
		after = l.PageInfo.EndCursor
	}
}
