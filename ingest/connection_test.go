package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest"
)

// caller is a client of one request that writes and reads as it likes.
type caller struct {
	testing.TB
	conn net.Conn
	resp *http.Response
	in   *bufio.Reader
}

// call begins a request of chunked body and sends no body yet.
func (s *station) call(t testing.TB, path string) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: log.example\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n", path, s.token)
	return &caller{TB: t, conn: conn}
}

func (c *caller) send(text string) {
	c.Helper()
	if _, err := fmt.Fprintf(c.conn, "%x\r\n%s\r\n", len(text), text); err != nil {
		c.Fatal(err)
	}
}

// answer reads the head of the answer.
func (c *caller) answer() *http.Response {
	c.Helper()
	if c.resp == nil {
		var err error
		if c.resp, err = http.ReadResponse(bufio.NewReader(c.conn), nil); err != nil {
			c.Fatal(err)
		}
		c.in = bufio.NewReader(c.resp.Body)
	}
	return c.resp
}

// line reads a line of the answer; io.EOF at its end.
func (c *caller) line() (l ingest.Line, err error) {
	c.Helper()
	c.answer()
	text, err := c.in.ReadBytes('\n')
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(text, &l); err != nil {
		c.Fatalf("%q: %v", text, err)
	}
	return l, nil
}

// whole is the rest of the answer.
func (c *caller) whole() string {
	c.Helper()
	c.answer()
	text, err := io.ReadAll(c.in)
	if err != nil {
		c.Fatal(err)
	}
	return string(text)
}

// A stream that falls silent is answered, and what came before stands. A slow one is not silent.
func TestSilentStreams(t *testing.T) {
	s := newStation(t, 0)
	s.handler.Patience = 400 * time.Millisecond
	size := s.g.Checkpoint().Size

	slow := s.call(t, "/v1/events")
	for i := range 8 {
		slow.send(native(fmt.Sprintf("slow-%d", i)) + "\n")
		for {
			l, err := slow.line()
			if err != nil {
				t.Fatal(err)
			}
			if l.Receipt != nil && l.Receipt.Status != graph.Accepted {
				t.Fatalf("%+v", l.Receipt)
			}
			if l.Checkpoint != "" {
				break
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	slow.send(native("half")[:40])
	l, err := slow.line()
	if err != nil || l.Error == nil || l.Error.Code != "STREAM_SILENT" {
		t.Errorf("a stream that fell silent: %+v, %+v, %v", l, l.Error, err)
	}
	if l, err := slow.line(); err == nil {
		t.Errorf("after the error: %+v", l)
	}
	if got := s.g.Checkpoint().Size; got != size+8 {
		t.Errorf("the log grew by %d entries, want 8", got-size)
	}

	for path, sent := range map[string]string{"/v1/events": "", "/v1/batches": "", "/v1/events ": native("x")[:30], "/v1/batches ": `{"payloadType":"`} {
		c := s.call(t, strings.TrimSpace(path))
		if sent != "" {
			c.send(sent)
		}
		resp, text := c.answer(), c.whole()
		if resp.StatusCode != http.StatusRequestTimeout || problemOf(t, text).Code != "STREAM_SILENT" || !resp.Close {
			t.Errorf("%s, silent after %q: %d %s", path, sent, resp.StatusCode, text)
		}
	}
	if got := s.g.Checkpoint().Size; got != size+8 {
		t.Errorf("the log grew by %d entries, want 8", got-size)
	}
}

// A client that fetches no receipts is given up, and so is its stream.
func TestUnreadAnswers(t *testing.T) {
	s := newStation(t, 0)
	s.handler.Patience = 500 * time.Millisecond
	var running atomic.Int64
	inner := s.server.Config.Handler
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Add(-1)
		inner.ServeHTTP(w, r)
	})
	c := s.call(t, "/v1/events")
	_ = c.conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	_ = c.conn.SetDeadline(time.Now().Add(15 * time.Second))
	// Each line has a receipt that is many times longer.
	text := strings.Repeat("{\n", 20_000)
	begin := time.Now()
	for {
		if _, err := fmt.Fprintf(c.conn, "%x\r\n%s\r\n", len(text), text); err != nil {
			break
		}
		if time.Since(begin) > 14*time.Second {
			t.Fatal("whoever fetches nothing can send for ever")
		}
	}
	for begin := time.Now(); running.Load() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("the request is still under way")
		}
	}
}

// A client that goes away in the middle of its stream: what it has receipts for is there, nothing is there by half, and the
// whole stream handed in again records the rest, once.
func TestClientGoesAway(t *testing.T) {
	s := newStation(t, 0)
	size := s.g.Checkpoint().Size
	var all []string
	for i := range 3000 {
		all = append(all, native(fmt.Sprintf("gone-%d", i))+"\n")
	}
	c := s.call(t, "/v1/events")
	c.send(strings.Join(all[:1500], "") + all[1500][:50])
	acknowledged := map[string]uint64{}
	for len(acknowledged) < 700 {
		l, err := c.line()
		if err != nil {
			t.Fatal(err)
		}
		if l.Receipt != nil {
			acknowledged[l.Receipt.ID] = *l.Receipt.Index
		}
	}
	_ = c.conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
	_ = c.conn.Close()

	// Whatever was queued is committed; nothing comes after it.
	settled := s.g.Checkpoint().Size
	for range 20 {
		time.Sleep(20 * time.Millisecond)
		if now := s.g.Checkpoint().Size; now != settled {
			settled = now
		}
	}
	if settled > size+1500 || settled < size+700 {
		t.Errorf("the log grew by %d entries of the 1500 that came whole", settled-size)
	}
	status, answer := s.post(t, []byte(strings.Join(all, "")))
	sum, _ := summaryOf(t, answer)
	if status != 200 || sum.Duplicates != int64(settled-size) || sum.Accepted != 3000-sum.Duplicates {
		t.Errorf("again: %d %+v, there were %d", status, sum, settled-size)
	}
	receipts := receiptsOf(t, answer)
	for id, index := range acknowledged {
		if r := receipts[id]; r.Status != graph.Duplicate || *r.Index != index {
			t.Errorf("%s was acknowledged as %d, and is %+v", id, index, r)
		}
	}
	if got := s.g.Checkpoint().Size; got != size+3000 {
		t.Errorf("the log grew by %d entries, want 3000", got-size)
	}
}

// With the queue full a request is refused before anything of it is recorded, whichever way it hands in, and taken when
// there is room again. A stream that has receipts already waits.
func TestFullQueue(t *testing.T) {
	var held atomic.Bool
	release := make(chan struct{})
	o := graph.Options{QueueBytes: 1, QueueEntries: 1} // the least: one commit
	o.OnCommit = func(uint64) {
		if held.Load() {
			<-release
		}
	}
	s := newStationWith(t, 0, o)
	x := s.sealer(t, "gateway", s.token)
	size := s.g.Checkpoint().Size
	held.Store(true)

	big := strings.TrimSuffix(native("big-%d"), "}") + `,"justification":"` + strings.Repeat("x", 30<<10) + `"}` + "\n"
	const n = 350
	const streams = 4
	done := make(chan string, streams)
	for k := range streams {
		var stream strings.Builder
		for i := range n {
			fmt.Fprintf(&stream, big, k*n+i)
		}
		go func() {
			_, answer := s.post(t, []byte(stream.String()))
			done <- answer
		}()
	}
	// The streams fill the queue and wait. From then on nothing more is queued: it stays as it is for two seconds, since
	// on a busy machine a stream may stand still for a moment without waiting.
	for queued, still := -1, 0; still < 20; time.Sleep(100 * time.Millisecond) {
		now := s.g.Stats().QueuedBytes
		if still++; now <= 20<<20 || now != queued {
			queued, still = now, 0
		}
	}
	sub := x.seal(t, native("b1"))
	hand := map[string]func() (int, string){
		"a stream": func() (int, string) { return s.post(t, []byte(native("s1"))) },
		"a batch":  func() (int, string) { return x.submit(t, sub) },
		"a CloudEvent": func() (int, string) {
			return s.send(t, "POST", "/v1/cloudevents", s.token, []byte(envelope("c1", native("c1"))), "Content-Type", "application/cloudevents+json")
		},
		"CloudEvents": func() (int, string) {
			return s.send(t, "POST", "/v1/cloudevents", s.token, []byte("["+envelope("c2", native("c2"))+"]"), "Content-Type", "application/cloudevents-batch+json")
		},
		"a signed event": func() (int, string) {
			return s.send(t, "POST", "/v1/batches", s.token, x.envelope(t, "application/vnd.lichtspur.event+json", native("p1")))
		},
	}
	for name, f := range hand {
		status, answer := f()
		if status != http.StatusTooManyRequests || problemOf(t, answer).Code != "QUEUE_FULL" {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), "POST", s.server.URL+"/v1/events", strings.NewReader(native("s1")))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", resp.Header.Get("Retry-After"))
	}

	held.Store(false)
	close(release)
	recorded := 0
	for range streams {
		answer := <-done
		switch sum, _ := summaryOf(t, answer); {
		case sum == ingest.Summary{Accepted: n}:
			recorded += n
		case strings.Contains(answer, "QUEUE_FULL"): // it came when it was full already
		default:
			t.Errorf("a stream that filled the queue: %.300s", answer)
		}
	}
	if got := int(s.g.Checkpoint().Size - size); got != recorded {
		t.Errorf("the log grew by %d entries, want %d", got, recorded)
	}
	for name, f := range hand {
		if status, answer := f(); status != 200 || !strings.Contains(answer, "ACCEPTED") {
			t.Errorf("%s, with room: %d %s", name, status, answer)
		}
	}
}
