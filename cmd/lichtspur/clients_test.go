package main

import (
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
	process *exec.Cmd
	log     bytes.Buffer
	ended   chan error
}

// serveDemo makes a data directory with the public record and serves it, as a demonstration.
func serveDemo(t *testing.T, args ...string) *server {
	t.Helper()
	dir := t.TempDir()
	program(t, dir, "init", "--data", "data")
	program(t, dir, "record", "-o", "record.ndjson")
	program(t, dir, "ingest", "--data", "data", "--source", "log", "record.ndjson")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &server{url: "http://" + address, ended: make(chan error, 1)}
	s.process = exec.Command("lichtspur", append([]string{"serve", "--data", "data", "--listen", address, "--demo"}, args...)...)
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
func (s *server) stop(t *testing.T) {
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
