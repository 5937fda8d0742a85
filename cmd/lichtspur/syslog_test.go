package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/ingest/spool"
)

// A server is killed at random moments while messages stream in. What was taken from the wire and synced to its spool,
// whether it was recorded by then or not, is in the log at the end, once; and so is what came after.
func TestStreamOutlastsKill(t *testing.T) {
	const kills = 20
	dir := t.TempDir()
	for name, text := range map[string]string{"base.ndjson": streamBase, "senders.yaml": streamSenders} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program(t, dir, "init", "--data", "data")
	program(t, dir, "ingest", "--data", "data", "--source", "log", "base.ndjson")

	random := rand.New(rand.NewPCG(11, 11))
	taken := map[int]bool{} // lines that were in the spool or in the log after a kill
	next := 0               // the first line that was not sent, or was lost with its connection
	waited, early := 0, 0
	for run := 0; run < kills; run++ {
		c, _, addr := serveStream(t, dir)
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(20*time.Millisecond+time.Duration(random.IntN(80_000))*time.Microsecond, func() { c.Process.Kill() })
		sent := next
		for {
			line := streamLine(sent)
			if sent%2 == 0 {
				line = fmt.Sprintf("%d %s", len(line), line)
			} else {
				line += "\n"
			}
			if _, err := conn.Write([]byte(line)); err != nil {
				break
			}
			if sent++; sent%3 == 0 {
				time.Sleep(time.Millisecond) // enough for the log to be behind, and not more than can be looked through here
			}
		}
		conn.Close()
		_ = c.Wait()

		// What is left is looked at with the program's own eyes; a crash here would be one more.
		inSpool, inLog := whatIsThere(t, filepath.Join(dir, "data"))
		before := len(taken)
		for _, n := range append(inSpool, inLog...) {
			taken[n] = true
		}
		for n := range taken {
			if !slices.Contains(inSpool, n) && !slices.Contains(inLog, n) {
				t.Fatalf("kill %d: line %d was taken and is gone", run, n)
			}
		}
		if len(inSpool) > 0 {
			waited++
		}
		if len(taken) == before {
			early++
		}
		// The sender goes on after the last line that was taken: those between were lost with the connection.
		next = 0
		for n := range taken {
			next = max(next, n+1)
		}
		for n := range next {
			if !taken[n] {
				t.Fatalf("kill %d: line %d was taken and line %d before it was not", run, next-1, n)
			}
		}
		if next > sent {
			t.Fatalf("kill %d: line %d was taken and never sent", run, next-1)
		}
	}
	t.Logf("%d lines were taken in %d runs; %d times some waited in the spool, %d times a kill came before the first", next, kills, waited, early)
	if waited == 0 {
		t.Error("no kill came while anything was in the spool")
	}

	// The last run is let alone until it has recorded all, and ends as it should.
	c, web, addr := serveStream(t, dir)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "%s\n", streamLine(next))
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	conn.Read(make([]byte, 1)) // the end: it is in the spool
	conn.Close()
	taken[next] = true
	for end := time.Now().Add(30 * time.Second); !strings.Contains(metricsOf(t, web), "lichtspur_syslog_spool_messages 0\n"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the spool is not emptied")
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, c.Stderr)
	}
	inSpool, inLog := whatIsThere(t, filepath.Join(dir, "data"))
	slices.Sort(inLog)
	if len(inSpool) != 0 || len(inLog) != len(taken) {
		t.Fatalf("%d lines are in the log and %d in the spool, of %d", len(inLog), len(inSpool), len(taken))
	}
	for i, n := range inLog {
		if i != n { // once each, and none left out
			t.Fatalf("line %d is in the log at the place of line %d", n, i)
		}
	}
	if out := program(t, dir, "quarantine", "list", "--data", "data", "-o", "csv"); strings.Count(out, "\n") != 1 {
		t.Errorf("quarantine: %s", out)
	}
	if !strings.Contains(program(t, dir, "verify", "--data", "data"), "verified") {
		t.Error("the log does not verify")
	}
}

const streamBase = `{"id":"o1","kind":"DECLARE","declaration":{"type":"ORGANISATION","id":"bka","name":{"de":"BKA"},"organisation":{"class":"NCB"}}}
{"id":"s1","kind":"DECLARE","declaration":{"type":"SOURCE","id":"gate","name":{"en":"gate"},"source":{"organisation":"bka"}}}
`

const streamSenders = `senders: [{name: gate, source: gate, from: [tcp]}]`

// streamLine is a message with a number of its own.
func streamLine(n int) string {
	return fmt.Sprintf(`<134>1 2026-05-01T09:00:02Z gate viewer - - - {"id":"line-%d","kind":"CONSULT","occurred":"2026-05-01T09:00:00Z","requester":"bka","from":{"organisation":"bka"},"actor":{"id":"u%d"},"records":[{"reference":"%d"}]}`, n, n%7, n)
}

// serveStream starts a server that takes syslog, and waits until it does.
func serveStream(t *testing.T, dir string) (c *exec.Cmd, web, addr string) {
	t.Helper()
	for _, to := range []*string{&web, &addr} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*to = l.Addr().String()
		l.Close()
	}
	c = exec.Command("lichtspur", "serve", "--data", "data", "--listen", web, "--syslog", addr, "--syslog-senders", "senders.yaml")
	c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir)
	c.Stderr = new(bytes.Buffer)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if res, err := http.Get("http://" + web + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return c, web, addr
			}
		}
		if time.Now().After(end) {
			t.Fatalf("the server is not ready\n%s", c.Stderr)
		}
	}
}

func metricsOf(t *testing.T, web string) string {
	t.Helper()
	res, err := http.Get("http://" + web + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// whatIsThere gives the numbers of the lines that wait in the spool, and of those in the log, each as often as it is there.
func whatIsThere(t *testing.T, data string) (inSpool, inLog []int) {
	t.Helper()
	g, err := graph.Open(data, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	box, err := g.Vault().Box("spool")
	if err != nil {
		t.Fatal(err)
	}
	s, err := spool.Open(filepath.Join(data, "spool"), box, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	number := func(text []byte, after string) int {
		_, rest, _ := bytes.Cut(text, []byte(after))
		n := -1
		fmt.Sscanf(string(rest), "%d", &n)
		return n
	}
	for st := s.State(); st.Acknowledged+uint64(len(inSpool)) < st.End; {
		list, err := s.Read(t.Context(), 1<<20, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if bytes.Contains(r.Data, []byte(`"line-`)) && bytes.HasSuffix(r.Data, []byte("}]}")) {
				inSpool = append(inSpool, number(r.Data, `"line-`))
			} else {
				t.Logf("cut off: a message of %d bytes", len(r.Data))
				inSpool = append(inSpool, -1)
			}
		}
	}
	inSpool = slices.DeleteFunc(inSpool, func(n int) bool { return n < 0 })
	view, err := g.As(graph.Viewer{Name: "test", Role: graph.Oversight, Purpose: graph.Integrity})
	if err != nil {
		t.Fatal(err)
	}
	pg := graph.Pagination{First: graph.MaxPage}
	for {
		page, err := view.Events(t.Context(), graph.EventFilter{Kinds: []event.Kind{event.KindConsult}}, index.Recorded, pg)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			inLog = append(inLog, number([]byte(e.Event.Records[0].Reference), ""))
		}
		if !page.More {
			return inSpool, inLog
		}
		if pg.After, err = page.Cursor(len(page.Entries) - 1); err != nil {
			t.Fatal(err)
		}
	}
}
