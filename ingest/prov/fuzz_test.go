package prov_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/prov"
)

// Whatever a document holds, it gives valid events or an error with a code, and what the events give when they are
// recorded and written is the same events.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no documents", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	_, entries := several(f, 1)
	for _, en := range entries {
		f.Add(flat(f, []*prov.Entry{en}))
	}
	f.Add(bundles(f, entries[:2]))
	f.Fuzz(func(t *testing.T, text []byte) {
		report := new(format.Report)
		var events []*event.Event
		for e, err := range prov.Read(bytes.NewReader(text), nil, report) {
			if err != nil {
				if format.CodeOf(err) == "" {
					t.Fatalf("neither read nor refused: %v", err)
				}
				break
			}
			events = append(events, e)
			if faults := e.Validate(); len(faults) > 0 {
				t.Fatalf("an event that is none: %v", faults)
			}
		}
		if int64(len(events)) != report.Events {
			t.Fatalf("%d events, %d in the report", len(events), report.Events)
		}
		var written []*prov.Entry
		for n, e := range events {
			if len(e.Images) < 50 { // a leaf has room for it
				written = append(written, shown(t, e, uint64(n)))
			}
		}
		again := all(t, prov.Read(bytes.NewReader(bundles(t, written)), nil, nil))
		if len(again) != len(written) {
			t.Fatalf("%d events of %d come back", len(again), len(written))
		}
	})
}
