package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// blockFiles are the names and contents of the files of an index.
func blockFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestReindex makes the blocks of a log again that was written in commits of random size, with a start in between and one
// after damage, and holds what is answered after each start to what was answered before.
func TestReindex(t *testing.T) {
	g, dir := open(t)
	w := rand.New(rand.NewPCG(1, 2))
	n := 0
	write := func(most int) {
		for until := n + most; n < until; {
			var events []*event.Event
			for range min(until-n, 1+w.IntN(90)) {
				e := consult(fmt.Sprint("e-", n), n*7%60)
				if n%50 == 7 {
					e = declareOrganisation(fmt.Sprint("org-", n), event.ClassNCB)
				}
				events = append(events, e)
				n++
			}
			source := "bka-gateway"
			for len(events) > 0 {
				k := slices.IndexFunc(events, func(e *event.Event) bool { return e.Kind == event.KindDeclare })
				if source = "bka-gateway"; k == 0 {
					source, k = graph.LogID, 1
				} else if k < 0 {
					k = len(events)
				}
				record(t, g, source, events[:k]...)
				events = events[k:]
			}
		}
	}
	answers := func() string {
		view, err := g.As(graph.Viewer{Name: "auditor", Role: graph.Oversight, Purpose: graph.LawfulnessCheck})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for image := range 60 {
			page, err := view.Events(context.Background(), graph.EventFilter{Digests: []string{digest(image)}}, index.Recorded, graph.Pagination{First: 100})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(&b, image, page.TreeSize, page.More)
			for _, e := range page.Entries {
				fmt.Fprint(&b, " ", e.Index, e.Recorded)
			}
		}
		sources, _, err := view.Sources(context.Background(), graph.AsOf{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sources {
			fmt.Fprint(&b, s.ID, s.Declared, s.Entries, s.Last, s.LastSign)
		}
		for _, e := range slices.Collect(g.Declared().List(event.DeclareOrganisation, "", catalog.Criteria{})) {
			fmt.Fprint(&b, e.ID)
		}
		return b.String()
	}
	start := func() {
		before := answers()
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		g = reopen(t, dir)
		if after := answers(); after != before {
			t.Fatalf("before %s\nafter %s", before, after)
		}
		if r := record(t, g, "bka-gateway", consult("e-0", 0)); r[0].Status != graph.Duplicate {
			t.Fatalf("%s after a start", r[0].Status)
		}
	}
	write(700)
	start()
	write(500)
	for name, b := range blockFiles(t, filepath.Join(dir, "index")) {
		b[len(b)/2] ^= 1
		if err := os.WriteFile(filepath.Join(dir, "index", name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		break
	}
	start()
	write(100)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}

	var all []map[string][]byte
	for i := range 2 {
		to := t.TempDir()
		made, err := graph.Reindex(context.Background(), dir, to, graph.Options{BlockEntries: 64}, nil)
		if err != nil {
			t.Fatal(err)
		}
		files := blockFiles(t, filepath.Join(to, "index"))
		if want := uint64(n + 6); made.Entries != want || made.Blocks < len(files) || len(files) < int(want/512) {
			t.Fatalf("%+v with %d files", made, len(files))
		}
		if _, err := graph.Reindex(context.Background(), dir, to, graph.Options{BlockEntries: 64}, nil); err == nil {
			t.Fatal("made over what was there")
		}
		if all = append(all, files); i > 0 && !maps.EqualFunc(all[0], all[1], bytes.Equal) {
			t.Fatal("made twice, not the same")
		}
	}
	// What the data directory has written so far is the same.
	same := 0
	for name, b := range blockFiles(t, filepath.Join(dir, "index")) {
		if again, ok := all[0][name]; ok {
			if !bytes.Equal(b, again) {
				t.Fatalf("%s differs", name)
			}
			same++
		}
	}
	if same == 0 {
		t.Fatal("no file of both")
	}
}
