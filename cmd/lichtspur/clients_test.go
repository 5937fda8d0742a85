package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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
