package fhir_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Whatever a file holds, a reader gives valid events or an error with a code.
func check(t *testing.T, name string, text []byte, profiles ...*audit.Profile) {
	for _, p := range profiles {
		report := new(format.Report)
		n := int64(0)
		for e, err := range read(name, bytes.NewReader(text), p, report) {
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
}

func FuzzRead(f *testing.F) {
	for _, name := range samples {
		if filepath.Ext(name) != ".xml" {
			f.Add(sample(f, name))
		}
	}
	for line := range bytes.Lines(sample(f, "r4.ndjson")) {
		f.Add(line)
	}
	with := profile(f)
	f.Fuzz(func(t *testing.T, text []byte) { check(t, "", text, nil, with) })
}

func FuzzReadXML(f *testing.F) {
	for _, name := range samples {
		if filepath.Ext(name) == ".xml" {
			f.Add(sample(f, name))
		}
	}
	with := profile(f)
	f.Fuzz(func(t *testing.T, text []byte) { check(t, ".xml", text, nil, with) })
}
