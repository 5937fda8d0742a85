package schema_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

// sse is a stream as a client reads it.
type sse struct {
	t      testing.TB
	res    *http.Response
	lines  *bufio.Reader
	cancel context.CancelFunc
}

// follow opens a stream.
func (w *world) follow(t testing.TB, who, query string, v vars) *sse {
	t.Helper()
	body, err := json.Marshal(schema.Request{Query: query, Variables: v})
	if err != nil {
		t.Fatal(err)
	}
	return w.stream(t, who, w.post(t, string(body)))
}

func (w *world) stream(t testing.TB, who string, r *http.Request) *sse {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	r = r.WithContext(ctx)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+w.tokens[who])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	s := &sse{t, res, bufio.NewReader(res.Body), cancel}
	t.Cleanup(s.close)
	return s
}

func (s *sse) close() { s.cancel(); s.res.Body.Close() }

// next returns the next event, "" where the connection ends; comments are ":".
func (s *sse) next() (name, data string) {
	s.t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", ""
		}
		switch line = strings.TrimSuffix(line, "\n"); {
		case line == ":":
			name = ":"
		case line == "" && name != "":
			return name, data
		case strings.HasPrefix(line, "event: "):
			name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data += line[len("data: "):]
		case line != "":
			s.t.Fatalf("a line that is none: %q", line)
		}
	}
}

// notice is what a client reads of a next event.
type notice struct {
	Data *struct {
		Events struct {
			Cursor   string `json:"cursor"`
			TreeSize uint64 `json:"treeSize"`
			Event    *struct {
				Index uint64 `json:"index"`
				Kind  string `json:"kind"`
			} `json:"event"`
		} `json:"events"`
		Checkpoints struct {
			Size uint64 `json:"size"`
			Note string `json:"note"`
		} `json:"checkpoints"`
	} `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

func (s *sse) notice() notice {
	s.t.Helper()
	name, data := s.next()
	for name == ":" {
		name, data = s.next()
	}
	if name != "next" {
		s.t.Fatalf("%q %s", name, data)
	}
	var n notice
	if err := json.Unmarshal([]byte(data), &n); err != nil {
		s.t.Fatalf("%v: %s", err, data)
	}
	return n
}

func (s *sse) completes() {
	s.t.Helper()
	if name, data := s.next(); name != "complete" || data != "" {
		s.t.Errorf("%q %s, not complete", name, data)
	}
	if name, data := s.next(); name != "" {
		s.t.Errorf("after complete %q %s", name, data)
	}
}

const followed = `subscription Follow($filter: EventFilter = {kinds: [CONSULT]}, $after: String) { events(filter: $filter, after: $after) { cursor treeSize event { index kind } } }`

func seen(id string, i int) *event.Event {
	return &event.Event{ID: id, Kind: event.KindConsult, Occurred: event.At(dawn.Add(-time.Duration(i) * time.Hour)), Requester: "bka", Actor: &event.Actor{ID: "officer"},
		From: event.Place{System: "ifrs"}, Images: []event.Image{{Digest: fmt.Sprintf("sha256:%064x", i)}}}
}

// followWorld is a log that is written to.
func followWorld(t *testing.T) *world {
	w := smallWorld(t)
	w.hand(t, graph.LogID, record.Events()...)
	w.hand(t, graph.LogID, exercise.Declarations()...)
	return w
}

// Who follows gets what is recorded while it does, in order and once; who comes back with a cursor goes on there.
func TestFollow(t *testing.T) {
	w := followWorld(t)
	start := w.graph.Checkpoint().Size
	s := w.follow(t, "auditor", followed, nil)
	if got := s.res.Header.Get("Content-Type"); s.res.StatusCode != 200 || got != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %s", s.res.StatusCode, got)
	}
	first := s.notice()
	if e := first.Data.Events; e.Event != nil || e.Cursor != fmt.Sprint(start) || e.TreeSize != start {
		t.Fatalf("it begins with %+v", e)
	}
	var want []uint64
	for i := range 5 {
		other := &event.Event{ID: fmt.Sprint("erased ", i), Kind: event.KindErase, Occurred: event.At(dawn), Requester: "bka", From: event.Place{System: "ifrs"}, Images: []event.Image{{Digest: fmt.Sprintf("sha256:%064x", i)}}}
		w.hand(t, graph.LogID, seen(fmt.Sprint("first ", i), i), other, seen(fmt.Sprint("second ", i), i))
		n := w.in[len(w.in)-3].Index
		want = append(want, n, n+2)
	}
	var got []uint64
	var cursors []string
	for range want {
		e := s.notice().Data.Events
		if e.Event.Kind != "CONSULT" || e.Event.Index >= e.TreeSize {
			t.Fatalf("%+v", e)
		}
		got, cursors = append(got, e.Event.Index), append(cursors, e.Cursor)
	}
	if !slices.Equal(got, want) {
		t.Errorf("followed %v, recorded %v", got, want)
	}
	s.close()
	for i, cursor := range cursors {
		s := w.follow(t, "auditor", followed, vars{"after": cursor})
		if e := s.notice().Data.Events; e.Event != nil || e.Cursor != cursor {
			t.Errorf("after %s it begins with %+v", cursor, e)
		}
		for _, index := range want[i+1:] {
			if e := s.notice().Data.Events; e.Event.Index != index {
				t.Errorf("after %s: %d, not %d", cursor, e.Event.Index, index)
			}
		}
		s.close()
	}
	// The filter given takes the place of the default.
	s = w.follow(t, "auditor", followed, vars{"filter": vars{"kinds": []string{"ERASE"}}, "after": fmt.Sprint(start)})
	s.notice()
	if e := s.notice().Data.Events; e.Event.Kind != "ERASE" || e.Event.Index != want[0]+1 {
		t.Errorf("%+v", e)
	}
}

func TestFollowCheckpoints(t *testing.T) {
	w := followWorld(t)
	s := w.follow(t, "reporter", `subscription { checkpoints { size note } }`, nil)
	size := s.notice().Data.Checkpoints.Size
	if size != w.graph.Checkpoint().Size {
		t.Errorf("the first is of size %d", size)
	}
	for i := range 20 {
		w.hand(t, graph.LogID, seen(fmt.Sprint(i), i))
	}
	for size < w.graph.Checkpoint().Size {
		c := s.notice().Data.Checkpoints
		if c.Size <= size || !strings.Contains(c.Note, fmt.Sprintf("\n%d\n", c.Size)) {
			t.Fatalf("%+v after %d", c, size)
		}
		size = c.Size
	}
}

// What may not be followed, or is no subscription, is said in the stream, which then is complete.
func TestStreamsOfOneResult(t *testing.T) {
	w := theWorld(t)
	digest := w.someDigests(1)[0]
	for _, c := range []struct {
		name, who, query string
		v                vars
		code             string
	}{
		{"a question", "auditor", `{ me { role } }`, nil, ""},
		{"a question that is wrong", "auditor", `{ nothing }`, nil, "GRAPHQL_VALIDATION_FAILED"},
		{"half a subscription", "auditor", `subscription { events {`, nil, "GRAPHQL_PARSE_FAILED"},
		{"no such field", "auditor", `subscription { nothing { id } }`, nil, "GRAPHQL_VALIDATION_FAILED"},
		{"two at once", "auditor", `subscription { a: checkpoints { size } b: checkpoints { size } }`, nil, "GRAPHQL_VALIDATION_FAILED"},
		{"a reporter's events", "reporter", followed, nil, graph.CodeForbidden},
		{"a cursor of something else", "auditor", followed, vars{"after": "AAAA"}, graph.CodeBadCursor},
		{"a cursor beyond the log", "auditor", followed, vars{"after": "99999999"}, graph.CodeBadCursor},
		{"a filter that is none", "auditor", followed, vars{"filter": vars{"digests": []string{digest[:20]}}}, graph.CodeBadArgument},
		{"a variable of another type", "auditor", followed, vars{"filter": 3}, ""},
		{"too costly", "auditor", "subscription { checkpoints {" + strings.Repeat(" ...a", 90) + " } } fragment a on Checkpoint {" + strings.Repeat(" ...b", 90) + " } fragment b on Checkpoint {" + strings.Repeat(" size", 90) + " }", nil, "TOO_COSTLY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := w.follow(t, c.who, c.query, c.v)
			n := s.notice()
			if failed := c.code != "" || c.v["filter"] != nil; failed != (len(n.Errors) > 0) || failed && n.Data != nil {
				t.Fatalf("%+v", n)
			}
			if c.code != "" && n.Errors[0].Extensions["code"] != c.code {
				t.Errorf("%+v", n.Errors)
			}
			s.completes()
		})
	}
	// Without a stream there is no subscription.
	if a := w.ask(t, "auditor", followed, nil); a.code() != "BAD_REQUEST" || !strings.Contains(a.body, "text/event-stream") {
		t.Errorf("%s", a.body)
	}
	r := w.post(t, `[]`)
	r.Header.Set("Accept", "text/event-stream")
	if a := w.send(t, "auditor", r); a.status != http.StatusBadRequest || a.code() != "BAD_REQUEST" {
		t.Errorf("%d %s", a.status, a.body)
	}
	r = w.post(t, `{"query":"subscription { checkpoints { size } }"}`)
	r.Method, r.URL.RawQuery, r.Body, r.ContentLength = http.MethodHead, "query="+url.QueryEscape("subscription { checkpoints { size } }"), nil, 0
	r.Header.Set("Accept", "text/event-stream")
	if a := w.send(t, "auditor", r); strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Errorf("HEAD is answered by a stream: %v", a.header)
	}
	for accept, stream := range map[string]bool{
		"text/event-stream": true, "text/event-stream, application/json": true, "application/json, text/event-stream": false,
		"application/json;q=0.5, text/event-stream": true, "text/event-stream;q=0.5, application/json": false, "text/*": false, "*/*": false, "text/event-stream, */*": true,
	} {
		r := w.post(t, `{"query":"{ me { role } }"}`)
		r.Header.Set("Accept", accept)
		a := w.send(t, "auditor", r)
		if got := strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream"); got != stream && a.status != http.StatusNotAcceptable {
			t.Errorf("%s is answered with %s", accept, a.header.Get("Content-Type"))
		}
	}
}

func TestStreamsOfAViewerAreBounded(t *testing.T) {
	w := followWorld(t)
	var open []*sse
	for range schema.MaxStreams {
		s := w.follow(t, "auditor", followed, nil)
		s.notice()
		open = append(open, s)
	}
	if s := w.follow(t, "auditor", followed, nil); s.res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more is answered %d", s.res.StatusCode)
	}
	w.follow(t, "other", followed, nil).notice()
	open[0].close()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s := w.follow(t, "auditor", followed, nil)
		if s.res.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a stream that was closed counts as open")
		}
	}
}

// A stream is entries of the access ledger: before its first notice, every thousand events, and when it ends.
func TestStreamsAreAccountedFor(t *testing.T) {
	w := followWorld(t)
	start := w.graph.Checkpoint().Size
	var group []*event.Event
	for i := range 2300 {
		group = append(group, seen(fmt.Sprint(i), i))
	}
	w.hand(t, graph.LogID, group...)
	digest := group[7].Images[0].Digest
	s := w.follow(t, "auditor", followed, vars{"after": fmt.Sprint(start), "filter": vars{"kinds": []string{"CONSULT"}}})
	for n := 0; n < 2300; {
		if s.notice().Data.Events.Event != nil {
			n++
		}
	}
	s.close()
	one := w.follow(t, "auditor", followed, vars{"after": fmt.Sprint(start), "filter": vars{"digests": []string{digest}}})
	one.notice()
	one.notice()
	type reading struct {
		Way       string `json:"way"`
		Stage     string `json:"stage"`
		Operation string `json:"operation"`
		Rows      int    `json:"rows"`
		Bytes     int    `json:"bytes"`
		Opened    []any  `json:"opened"`
	}
	var stages []string
	var rows int
	var last reading
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		v, err := w.graph.As(graph.Viewer{Name: "inspector", Role: graph.Oversight, Purpose: graph.Integrity})
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Accesses(t.Context(), graph.AccessFilter{}, graph.Pagination{First: 50})
		if err != nil {
			t.Fatal(err)
		}
		stages, rows = nil, 0
		for i, r := range slices.Backward(p.Readings) {
			if r.Way != event.WaySubscription {
				continue
			}
			if r.Operation != "Follow" || r.Document == "" {
				t.Errorf("%+v", r)
			}
			stages, rows = append(stages, string(r.Stage)), rows+int(r.Rows)
			if i == len(p.Readings)-1 {
				last = reading{}
			}
			last = reading{Way: string(r.Way), Stage: string(r.Stage), Rows: int(r.Rows), Bytes: int(r.Bytes), Opened: make([]any, len(r.Opened))}
		}
		if slices.Contains(stages, "CLOSED") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("stages %v", stages)
		}
	}
	slices.Sort(stages)
	if want := []string{"CLOSED", "OPEN", "OPEN", "RUNNING", "RUNNING"}; !slices.Equal(stages, want) || rows < 2300 {
		t.Errorf("stages %v of %d rows, last %+v", stages, rows, last)
	}
}

// A token that is revoked ends its streams.
func TestARevokedTokenEndsItsStreams(t *testing.T) {
	w := followWorld(t)
	s := w.follow(t, "source", `subscription { checkpoints { size } }`, nil)
	s.notice()
	tokens, err := access.Open(filepath.Join(w.dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := tokens.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range list {
		if token.Scope.Source != "" {
			if _, err := tokens.Revoke(time.Now(), token.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.hand(t, graph.LogID, seen("later", 1))
	if n := s.notice(); len(n.Errors) != 1 || n.Errors[0].Extensions["code"] != graph.CodeNoRole {
		t.Errorf("%+v", n)
	}
	s.completes()
}

// A dpo follows what it would be listed, and of that what it would be shown.
func TestADPOFollowsItsScope(t *testing.T) {
	w := theWorld(t)
	tokens, err := access.Open(filepath.Join(w.dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := tokens.Create(time.Now(), rand.Reader, "dpo", access.Scope{Viewer: "dpo", Role: string(graph.DPO), Organisations: []string{"ipsg"}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	at := *w
	at.tokens = map[string]string{"dpo": token}
	const fields = `index json standing requester { id } actor { pseudonym id { value absent } } justification { value absent } images { role pseudonym digest { value absent } }`
	ask := func(query string, v vars) *answer {
		a := at.ask(t, "dpo", query, v)
		if a.code() != "" {
			t.Fatal(a.body)
		}
		return a
	}
	type list struct {
		Events struct {
			Nodes    []jsontext.Value `json:"nodes"`
			PageInfo struct {
				EndCursor   string `json:"endCursor"`
				HasNextPage bool   `json:"hasNextPage"`
			} `json:"pageInfo"`
		} `json:"events"`
	}
	var want []string
	for v := (vars{}); ; {
		var page list
		if err := json.Unmarshal(ask(`query($after: String) { events(first: 200, after: $after, filter: {exercise: true}) { nodes { `+fields+` } pageInfo { endCursor hasNextPage } } }`, v).Data, &page); err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Events.Nodes {
			want = append(want, string(n))
		}
		if !page.Events.PageInfo.HasNextPage {
			break
		}
		v = vars{"after": page.Events.PageInfo.EndCursor}
	}
	if len(want) < 50 || uint64(len(want)) > w.graph.Checkpoint().Size/2 {
		t.Fatalf("%d entries are in its scope", len(want))
	}
	s := at.follow(t, "dpo", `subscription { events(after: "0", filter: {exercise: true}) { event { `+fields+` } } }`, nil)
	for i := 0; i < len(want); {
		name, data := s.next()
		if name == ":" {
			continue
		}
		var n struct {
			Data struct {
				Events struct {
					Event jsontext.Value `json:"event"`
				} `json:"events"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(data), &n); err != nil {
			t.Fatalf("%q %v %s", name, err, data)
		}
		if e := string(n.Data.Events.Event); e != "null" {
			if e != want[i] {
				t.Fatalf("it follows\n%s\nand is listed\n%s", e, want[i])
			}
			i++
		}
	}
}
