package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest"
)

// program runs the program as a process of its own and returns what it printed.
func program(t testing.TB, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("lichtspur", args...) // the test binary, see TestMain
	c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("lichtspur %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// An ingest is killed at random moments, again and again. Whatever receipt was given out must hold afterwards: the
// entry is in the log at that place with that hash, and the proof of it verifies; and no event is there twice.
func TestReceiptsOutlastKill(t *testing.T) {
	const events, kills, overlap = 4000, 20, 512
	dir := t.TempDir()
	program(t, dir, "init", "--data", "data")
	program(t, dir, "record", "-o", "record.ndjson")
	program(t, dir, "ingest", "--data", "data", "--source", "log", "record.ndjson")
	program(t, dir, "simulate", "--declarations", "-o", "declarations.ndjson")
	program(t, dir, "ingest", "--data", "data", "--source", "log", "declarations.ndjson")
	program(t, dir, "simulate", "--events", fmt.Sprint(events), "-o", "exercise.ndjson")

	text, err := os.ReadFile(filepath.Join(dir, "exercise.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.SplitAfter(text, []byte("\n"))[:events]

	random := rand.New(rand.NewPCG(7, 7))
	given := map[string]*ingest.ReceiptLine{} // by id of the event
	killed := 0
	hand := func(n, from int, wait time.Duration, last bool) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "part.ndjson"), bytes.Join(all[from:], nil), 0o600); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, fmt.Sprintf("receipts-%d.ndjson", n))
		c := exec.Command("lichtspur", "ingest", "--data", "data", "--source", "exercise", "--receipts", file, "part.ndjson")
		c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir)
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if !last {
			// The moment counts from the first receipts on, or all kills would fall into the start.
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
				if info, err := os.Stat(file); err == nil && info.Size() > 0 {
					break
				}
			}
			time.AfterFunc(wait, func() { c.Process.Kill() })
		}
		err = c.Wait()
		switch {
		case err == nil:
		case !last && strings.Contains(err.Error(), "killed"):
			killed++
		default:
			t.Fatalf("ingest %d: %v\n%s", n, err, &out)
		}
		text, err = os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(text, []byte("\n")) {
			var l ingest.Line
			if json.Unmarshal(line, &l) != nil || l.Receipt == nil {
				continue // the last line may be cut short
			}
			r := l.Receipt
			if before := given[r.ID]; before != nil && (*before.Index != *r.Index || before.LeafHash != r.LeafHash || before.Entry != r.Entry) {
				t.Fatalf("event %s has two receipts: %+v and %+v", r.ID, before, r)
			}
			given[r.ID] = r
		}
	}
	// A source goes on where its receipts end, and a little before, since it may have lost some. A run that is through
	// before its moment comes does not count.
	runs := 0
	for ; killed < kills && runs < 3*kills; runs++ {
		hand(runs, max(0, min(len(given), events-1)-overlap), time.Duration(random.IntN(10_000))*time.Microsecond, false)
	}
	hand(runs, 0, 0, true)
	t.Logf("%d of %d runs were killed", killed, runs)
	if killed < kills {
		t.Errorf("only %d runs were killed", killed)
	}
	if len(given) != events {
		t.Fatalf("%d events have receipts, of %d", len(given), events)
	}
	if !strings.Contains(program(t, dir, "verify", "--data", "data"), "verified") {
		t.Error("the log does not verify")
	}

	g, err := graph.Open(filepath.Join(dir, "data"), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	places := map[uint64]string{}
	for id, r := range given {
		if other, ok := places[*r.Index]; ok {
			t.Fatalf("events %s and %s have the same place %d", id, other, *r.Index)
		}
		places[*r.Index] = id
		view, err := g.As(graph.Viewer{Name: "test", Role: graph.Oversight, Purpose: graph.Integrity}) // one request
		if err != nil {
			t.Fatal(err)
		}
		p, err := view.Prove(context.Background(), r.Entry)
		if err != nil {
			t.Fatalf("event %s: %v", id, err)
		}
		hash := tlog.RecordHash(p.Leaf)
		if p.Index != *r.Index || hash.String() != r.LeafHash {
			t.Fatalf("event %s is at %d with %s, its receipt says %d with %s", id, p.Index, hash, *r.Index, r.LeafHash)
		}
		if err := tlog.CheckRecord(p.Path, int64(p.Size), p.Head.Root, int64(p.Index), hash); err != nil {
			t.Fatalf("event %s: %v", id, err)
		}
	}
}
