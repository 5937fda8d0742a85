package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// What others wrote for others is held against this server: packages of npm, named in testdata/clients/package.json. Node 20
// or newer is needed.

var installClients = sync.OnceValue(func() error {
	const dir = "testdata/clients"
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	// npm writes this file last.
	if have, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json")); err == nil && have.ModTime().After(lock.ModTime()) {
		return nil
	}
	c := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	c.Dir, c.Stderr = dir, os.Stderr
	return c.Run()
})

// node runs a script of testdata/clients and reads the JSON that it prints into out.
func node(t *testing.T, out any, script string, args ...string) {
	t.Helper()
	if err := installClients(); err != nil {
		t.Fatalf("the packages of npm cannot be installed, \"make node\" gets what that takes: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	c.Dir = "testdata/clients"
	var problems bytes.Buffer
	c.Stderr = &problems
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, text, problems.Bytes())
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, text)
	}
}

// server is the program that serves, in a process of its own.
type server struct {
	url     string
	dir     string
	token   string // of source exercise
	process *exec.Cmd
	log     bytes.Buffer
	ended   chan error
}

// serveDemo makes a data directory with the public record and the declarations of the exercise, and serves it, as a demonstration.
func serveDemo(t *testing.T, args ...string) *server {
	t.Helper()
	dir := t.TempDir()
	program(t, dir, "init", "--data", "data")
	program(t, dir, "record", "-o", "record.ndjson")
	program(t, dir, "ingest", "--data", "data", "--source", "log", "record.ndjson")
	program(t, dir, "simulate", "--declarations", "-o", "declarations.ndjson")
	program(t, dir, "ingest", "--data", "data", "--source", "log", "declarations.ndjson")
	said := strings.Fields(program(t, dir, "token", "create", "--data", "data", "--source", "exercise"))
	token := said[len(said)-1]
	s := startServer(t, dir, "data", append([]string{"--demo"}, args...)...)
	s.token = token
	return s
}

// startServer serves a data directory until the test ends.
func startServer(t testing.TB, dir, data string, args ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &server{url: "http://" + address, dir: dir, ended: make(chan error, 1)}
	s.process = exec.Command("lichtspur", append([]string{"serve", "--data", data, "--listen", address}, args...)...)
	s.process.Dir, s.process.Env, s.process.Stderr = dir, append(os.Environ(), "HOME="+dir), &s.log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.process.Wait() }()
	t.Cleanup(func() { s.stop(t) })
	for range 400 {
		if res, err := http.Get(s.url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.stop(t)
	t.Fatalf("the server is not ready:\n%s", s.log.Bytes())
	return nil
}

// stop sends SIGTERM and waits until the program has ended, which it must do without an error.
func (s *server) stop(t testing.TB) {
	t.Helper()
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM)
	s.process = nil
	if err := <-s.ended; err != nil {
		t.Errorf("serve ended with %v\n%s", err, s.log.Bytes())
	}
}

// Each audit that graphql-http has of a server is ok: those of what MUST be, SHOULD be and MAY be.
func TestGraphQLOverHTTPAudits(t *testing.T) {
	s := serveDemo(t)
	var report struct {
		Total  int `json:"total"`
		Failed []struct {
			ID     string `json:"id"`
			Name   string `json:"name"`
			Status string `json:"status"`
			Reason string `json:"reason"`
			Answer string `json:"answer"`
		} `json:"failed"`
	}
	node(t, &report, "audits.js", s.url+"/graphql")
	for _, f := range report.Failed {
		t.Errorf("%s %s: %s: %s\nanswered: %s", f.ID, f.Name, f.Status, f.Reason, f.Answer)
	}
	if report.Total != 61 {
		t.Errorf("there were %d audits, not 61", report.Total)
	}
}

// A dashboard's page on this machine asks, with a document that the operator knows; other pages and documents are refused.
func TestDashboardAsks(t *testing.T) {
	documents := t.TempDir()
	const text = "{ checkpoint { size } }"
	if err := os.WriteFile(filepath.Join(documents, "size.graphql"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveDemo(t, "--allow-origin", "http://localhost:5173", "--trusted-documents", documents, "--trusted-only", "--introspection", "nobody")
	send := func(method, path, origin, body string) (int, string, http.Header) {
		r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "cors")
		if method == http.MethodOptions {
			r.Header.Set("Access-Control-Request-Method", "POST")
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		out, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(out), res.Header
	}
	const page, other = "http://localhost:5173", "http://localhost:5174"
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	for _, c := range []struct {
		method, path, origin, body string
		status                     int
		want                       string
		let                        bool
	}{
		{"OPTIONS", "/graphql", page, "", 204, "", true},
		{"OPTIONS", "/graphql", other, "", 403, "ORIGIN", false},
		{"OPTIONS", "/v1/events", page, "", 405, "", false},
		{"POST", "/graphql", page, `{"documentId":"sha256:` + hash + `"}`, 200, `"size":`, true},
		{"POST", "/graphql", other, `{"documentId":"sha256:` + hash + `"}`, 403, "NOT_LOCAL", false},
		{"POST", "/graphql", page, `{"query":"{ me { role } }"}`, 403, "UNTRUSTED_DOCUMENT", true},
		{"GET", "/graphql/schema.graphql", page, "", 403, "FORBIDDEN", true},
	} {
		status, body, header := send(c.method, c.path, c.origin, c.body)
		if let := header.Get("Access-Control-Allow-Origin") == c.origin; status != c.status || !strings.Contains(body, c.want) || let != c.let {
			t.Errorf("%s %s from %s: %d %v %s", c.method, c.path, c.origin, status, header, body)
		}
	}
}

// The client of graphql-sse follows what others hand in. Its connection breaks again and again, and it sees each event once
// and in order; when the server stops it is told where to go on.
func TestGraphQLSSEClientMissesNothing(t *testing.T) {
	const events, breaks = 600, 12
	s := serveDemo(t)
	program(t, s.dir, "simulate", "--events", fmt.Sprint(events), "-o", "exercise.ndjson")
	if err := installClients(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", "follow.js", s.url+"/graphql", "now", fmt.Sprint(breaks))
	c.Dir = "testdata/clients"
	var problems bytes.Buffer
	c.Stderr = &problems
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	type line struct {
		Index    *uint64
		Cursor   string
		Broken   int
		Complete bool
		Failed   string
		Errors   []struct {
			Message    string
			Extensions struct{ Code, After string }
		}
	}
	lines := bufio.NewScanner(out)
	next := func() (l line) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the client ended: %v\n%s", c.Wait(), problems.Bytes())
		}
		if err := json.Unmarshal(lines.Bytes(), &l, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		return l
	}
	if l := next(); l.Index != nil || l.Cursor == "" {
		t.Fatalf("it begins with %+v", l)
	}
	program(t, s.dir, "ingest", "--server", s.url, "--token", s.token, "exercise.ndjson")
	var seen []uint64
	var last string
	broken := 0
	for len(seen) < events {
		l := next()
		switch {
		case l.Broken > 0:
			broken++
		case l.Index != nil:
			if len(seen) > 0 && *l.Index <= seen[len(seen)-1] {
				t.Fatalf("entry %d comes after %d", *l.Index, seen[len(seen)-1])
			}
			seen, last = append(seen, *l.Index), l.Cursor
		case l.Failed != "" || l.Errors != nil || l.Complete:
			t.Fatalf("after %d events: %+v", len(seen), l)
		}
	}
	if broken != breaks {
		t.Errorf("the connection broke %d times, not %d", broken, breaks)
	}
	s.stop(t)
	if l := next(); len(l.Errors) != 1 || l.Errors[0].Extensions.Code != "STOPPING" || l.Errors[0].Extensions.After != last {
		t.Errorf("the stream ends with %+v after %s", l, last)
	}
	if l := next(); !l.Complete {
		t.Errorf("the stream is not complete: %+v", l)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%v\n%s", err, problems.Bytes())
	}
}
