package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// The program is killed while it redacts, at a random moment or as soon as the vault's directory changes. Whoever opens
// the data directory then finds a redaction done, with the entry that says so, or not begun; done again it is told, and
// no subject has two entries.
func TestRedactionsOutlastKill(t *testing.T) {
	const persons = 10
	dir := t.TempDir()
	program(t, dir, "init", "--data", "data")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("declarations.ndjson", declaredGateway)
	program(t, dir, "ingest", "--data", "data", "--source", "log", "declarations.ndjson")
	events := ""
	for i := range persons {
		events += fmt.Sprintf(`{"id":"e%d","kind":"CONSULT","requester":"bka","from":{"system":"inpol"},"actor":{"id":"u1"},"purpose":"identification","images":[{"digest":"sha256:%064x"}],"persons":[{"id":"P-%d"}],"justification":"file"}`+"\n", i, i, i)
	}
	write("events.ndjson", events)
	program(t, dir, "ingest", "--data", "data", "--source", "gateway", "events.ndjson")

	random := rand.New(rand.NewPCG(11, 11))
	command := func(i int) *exec.Cmd {
		c := exec.Command("lichtspur", "redact", fmt.Sprintf("person:gateway:P-%d", i), fmt.Sprintf("sha256:%064x", i), "--data", "data",
			"--requester", "data subject", "--approver", "office", "--basis", "file 12/26", "--yes")
		c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir)
		return c
	}
	killed, entries := 0, 0
	for i := range persons {
		c := command(i)
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		before := vaultFiles(t, dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		var end <-chan time.Time
		if i%3 == 0 {
			end = time.After(time.Duration(random.IntN(150)) * time.Millisecond)
		} else {
			changed := make(chan time.Time, 1)
			end = changed
			go func() {
				for stop := time.Now().Add(20 * time.Second); time.Now().Before(stop); time.Sleep(50 * time.Microsecond) {
					if vaultFiles(t, dir) != before {
						changed <- time.Now()
						return
					}
				}
			}()
		}
		var err error
		select {
		case err = <-ended:
		case <-end:
			_ = c.Process.Kill()
			err = <-ended
		}
		switch {
		case err != nil && strings.Contains(err.Error(), "killed"):
			killed++
		case err != nil:
			t.Fatalf("redaction %d: %v\n%s", i, err, &out)
		}
		n := wholly(t, dir, i)
		if entries += n; n == 0 {
			out, err := command(i).CombinedOutput()
			if err != nil {
				t.Fatalf("redaction %d, after nothing had happened: %v\n%s", i, err, out)
			}
			if entries += wholly(t, dir, i); entries != 2*(i+1) {
				t.Fatalf("redaction %d: %d entries", i, entries)
			}
		}
		if out := program(t, dir, command(i).Args[1:]...); !strings.Contains(out, "nothing to redact") {
			t.Errorf("redaction %d, done again: %s", i, out)
		}
	}
	t.Logf("%d of %d were killed", killed, persons)
	if killed < persons/3 {
		t.Errorf("only %d were killed", killed)
	}
	if out := program(t, dir, "verify", "--data", "data"); !strings.Contains(out, "verified") {
		t.Errorf("%s", out)
	}
}

// vaultFiles tells states of the vault's directory apart.
func vaultFiles(t *testing.T, dir string) string {
	var all strings.Builder
	for _, at := range []string{"data/vault/pages", "data/vault/state.tmp", "data.keys/root.key.next"} {
		_ = filepath.WalkDir(filepath.Join(dir, at), func(path string, _ fs.DirEntry, err error) error { // what goes away meanwhile is gone
			if err == nil {
				fmt.Fprintln(&all, path)
			}
			return nil
		})
	}
	return all.String()
}

// wholly holds the redaction of one person and picture to being done or not begun, and returns its entries.
func wholly(t *testing.T, dir string, i int) int {
	t.Helper()
	g, err := graph.Open(filepath.Join(dir, "data"), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	v, err := g.As(graph.Viewer{Name: "test", Role: graph.Oversight, Purpose: graph.Integrity})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	r, err := v.Receipt(ctx, "gateway", fmt.Sprintf("e%d", i))
	if err != nil {
		t.Fatal(err)
	}
	e, err := v.Event(ctx, r.Entry.String())
	if err != nil {
		t.Fatal(err)
	}
	page, err := v.Events(ctx, graph.EventFilter{Kinds: []event.Kind{event.KindRedact}}, index.Recorded, graph.Pagination{First: 100})
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for _, one := range page.Entries {
		for _, d := range one.Event.Redaction.Denotes {
			if d.Pseudonym == e.Event.Persons[0].Pseudonym || d.Pseudonym == e.Event.Images[0].Pseudonym {
				entries++
			}
		}
	}
	closed := e.Event.Persons[0].ID == "" && e.Event.Images[0].Digest == "" && e.Event.Justification == "" && len(e.Closed) == 3
	if entries == 0 && len(e.Closed) == 0 || entries == 2 && closed {
		return entries
	}
	t.Fatalf("redaction %d: %d entries, closed %v", i, entries, e.Closed)
	return 0
}

const declaredGateway = `{"id":"o","kind":"DECLARE","declaration":{"type":"ORGANISATION","id":"bka","name":{"de":"BKA"},"organisation":{"class":"NCB"}}}
{"id":"s","kind":"DECLARE","declaration":{"type":"SYSTEM","id":"inpol","name":{"de":"INPOL"},"system":{"operator":"bka"}}}
{"id":"g","kind":"DECLARE","declaration":{"type":"SOURCE","id":"gateway","name":{"de":"Gateway"},"source":{"organisation":"bka"}}}
`
