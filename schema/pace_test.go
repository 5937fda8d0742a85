package schema

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
)

const declarations = 1500

// paced is a log of many declarations behind a server that expects its clients to be fast, and whose connections hold
// little.
func paced(t *testing.T, p pace) (*Handler, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := graph.Create(dir, "log.example/paced", graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Open(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var events []*event.Event
	for i := range declarations {
		id := fmt.Sprintf("org-%d", i)
		events = append(events, &event.Event{ID: id, Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: id,
			Name: event.Text{EN: strings.Repeat("A long name. ", 60)}, Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}})
	}
	for part := range 3 {
		if _, _, err := g.Record(t.Context(), graph.LogID, events[part*500:part*500+500]...); err != nil {
			t.Fatal(err)
		}
	}
	h, err := New(g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.pace = p
	grant := access.Grant{Scope: access.Scope{Viewer: "auditor", Role: string(graph.Oversight)}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(access.With(r.Context(), grant, "integrity")))
	}))
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetWriteBuffer(4 << 10)
		return ctx
	}
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		_ = g.Close()
	})
	return h, server.Listener.Addr().String()
}

// reader is a client that reads when it wants to.
type reader struct {
	t     *testing.T
	conn  net.Conn
	lines *bufio.Reader

	next     uint64 // the index expected
	cursor   string
	ended    string // code of the error that the stream ended with
	complete bool
	comments int
}

func openReader(t *testing.T, address, after string, buffer int) *reader {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(buffer)
	body, err := json.Marshal(Request{Query: `subscription($after: String!) { events(after: $after) { cursor event { index json } } }`, Variables: map[string]any{"after": after}})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: log\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	next, err := strconv.ParseUint(after, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t: t, conn: conn, next: next, cursor: after}
}

// read reads until it has seen an index, or the stream ends.
func (r *reader) read(until uint64) {
	r.t.Helper()
	_ = r.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if r.lines == nil {
		res, err := http.ReadResponse(bufio.NewReader(r.conn), nil)
		if err != nil {
			r.t.Fatal(err)
		}
		r.lines = bufio.NewReader(res.Body)
	}
	for r.next <= until {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF && !strings.Contains(err.Error(), "reset") {
				r.t.Fatal(err)
			}
			return
		}
		if line == ":\n" {
			r.comments++
		}
		if line == "event: complete\n" {
			r.complete = true
		}
		text, ok := strings.CutPrefix(line, "data: ")
		if !ok || text == "\n" {
			continue
		}
		var n struct {
			Data *struct {
				Events struct {
					Cursor string `json:"cursor"`
					Event  *struct {
						Index uint64 `json:"index"`
					} `json:"event"`
				} `json:"events"`
			} `json:"data"`
			Errors []struct {
				Extensions map[string]any `json:"extensions"`
			} `json:"errors"`
		}
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			r.t.Fatalf("%v: %.200s", err, text)
		}
		if n.Data == nil {
			r.ended, _ = n.Errors[0].Extensions["code"].(string)
			if after, _ := n.Errors[0].Extensions["after"].(string); after != r.cursor {
				r.t.Errorf("it ends with after %q, the last notice had %q", after, r.cursor)
			}
			continue
		}
		r.cursor = n.Data.Events.Cursor
		if e := n.Data.Events.Event; e != nil {
			if e.Index != r.next {
				r.t.Fatalf("entry %d comes after %d", e.Index, r.next-1)
			}
			r.next++
		}
	}
}

// idle waits until no stream is open.
func (h *Handler) idle(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		h.streams.mu.Lock()
		n := h.streams.all
		h.streams.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are open", n)
		}
	}
}

// A client that does not read for a while is told so and where to go on; one that never does is cut off. Neither misses
// anything when it comes back.
func TestWhoStallsMissesNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		pace  pace
		pause time.Duration
		code  string
	}{
		{"slow", pace{time.Minute, 200 * time.Millisecond, 20 * time.Second}, 800 * time.Millisecond, "STALLED"},
		{"stuck", pace{time.Minute, time.Minute, 300 * time.Millisecond}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, address := paced(t, c.pace)
			r := openReader(t, address, "0", 4<<10)
			r.read(5)
			if c.pause > 0 {
				time.Sleep(c.pause)
			} else {
				h.idle(t)
			}
			r.read(declarations - 1)
			if r.next == declarations {
				t.Fatal("all of it fitted into the connection")
			}
			if r.read(declarations); r.ended != c.code || r.complete != (c.code != "") {
				t.Errorf("it ended with %q, complete: %v", r.ended, r.complete)
			}
			h.idle(t)
			h.pace = usualPace
			again := openReader(t, address, r.cursor, 1<<20)
			if again.next != r.next {
				t.Fatalf("the cursor goes on at %s, %d entries were seen", r.cursor, r.next)
			}
			if again.read(declarations - 1); again.next != declarations {
				t.Errorf("%d entries were seen", again.next)
			}
		})
	}
}

// Where nothing happens, comments go out; when the server stops, streams end and say where to go on.
func TestStreamsEndWhenTheServerStops(t *testing.T) {
	h, address := paced(t, pace{10 * time.Millisecond, time.Minute, time.Minute})
	r := openReader(t, address, strconv.Itoa(declarations-3), 1<<20)
	r.read(declarations - 1)
	time.Sleep(50 * time.Millisecond)
	h.Stop()
	h.Stop()
	if r.read(declarations); r.ended != "STOPPING" || !r.complete || r.comments == 0 {
		t.Errorf("ended with %q, complete: %v, %d comments", r.ended, r.complete, r.comments)
	}
	h.idle(t)
}
