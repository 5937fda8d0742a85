package cloudevents_test

import (
	"bytes"
	"net/url"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/cloudevents"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Whatever a file holds, the reader gives valid events or an error with a code.
func FuzzRead(f *testing.F) {
	for _, name := range samples {
		f.Add(sample(f, name))
	}
	for line := range bytes.Lines(sample(f, "structured.ndjson")) {
		f.Add(line)
	}
	with, err := audit.ParseProfile([]byte("organisation: a\nfaces: [\"*\"]\nfields: {/unit: {column: x}}\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range []*audit.Profile{nil, with} {
			report := new(format.Report)
			n := int64(0)
			for e, err := range cloudevents.Read(bytes.NewReader(text), p, report) {
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

// Whatever a header says, it is UTF-8 or refused, and encoding what was read gives it again.
func FuzzDecode(f *testing.F) {
	f.Add("Euro%20%E2%82%AC")
	f.Add(`"a \" b"`)
	f.Fuzz(func(t *testing.T, in string) {
		out, ok := cloudevents.Decode(in)
		if !ok {
			return
		}
		if again, ok := cloudevents.Decode(url.PathEscape(out)); !ok || again != out {
			t.Fatalf("%q gives %q, and that, encoded, %q", in, out, again)
		}
	})
}
