package ocsf_test

import (
	"bytes"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/ocsf"
)

// Whatever a file holds, the reader gives valid events or an error with a code.
func FuzzRead(f *testing.F) {
	for _, name := range samples {
		f.Add(sample(f, name))
	}
	for line := range bytes.Lines(sample(f, "datastore.ndjson")) {
		f.Add(line)
	}
	with := profile(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range []*audit.Profile{nil, with} {
			report := new(format.Report)
			n := int64(0)
			for e, err := range ocsf.Read(bytes.NewReader(text), p, report) {
				if err != nil {
					if format.CodeOf(err) == "" {
						t.Fatalf("neither read nor refused: %v", err)
					}
					break
				}
				n++
				if faults := e.Validate(); len(faults) > 0 {
					t.Fatalf("an event that is none: %v", faults)
				}
				if b, err := event.Canonical(e); err != nil {
					t.Fatal(err)
				} else if _, err := event.Parse(b); err != nil {
					t.Fatal(err)
				}
			}
			if n != report.Events {
				t.Fatalf("%d events, %d in the report", n, report.Events)
			}
		}
	})
}
