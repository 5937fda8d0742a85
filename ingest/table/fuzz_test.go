package table_test

import (
	"bytes"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// Whatever a file holds, a reader gives valid events or an error with a code, and accounts for every row.
func FuzzRead(f *testing.F) {
	f.Add(sample(f, "agency-sharing.csv"), false)
	f.Add(sample(f, "search-audit.csv"), false)
	f.Add([]byte(gate), true)
	f.Add([]byte("\xff\xfeN\x00r\x00;\x00Z\x00e\x00i\x00t\x00\n\x00"), true)
	f.Add([]byte("sep=|\nid|time\n\"a\"b|c\n"), false)
	mappings := []*table.Mapping{
		load(f, "search-audit", map[string]string{"agency": "a", "zone": "America/New_York"}), load(f, "agency-sharing", nil), load(f, "testdata/gate.yaml", nil),
	}
	f.Fuzz(func(t *testing.T, text []byte, last bool) {
		for i, m := range mappings {
			if (i == 2) != last {
				continue
			}
			report := new(format.Report)
			n := int64(0)
			for e, err := range table.Read(bytes.NewReader(text), m, report) {
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

// A mapping is foreign text, too.
func FuzzMapping(f *testing.F) {
	f.Add(sample(f, "gate.yaml"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := table.Parse(text)
		if err != nil {
			if format.CodeOf(err) == "" {
				t.Fatalf("neither read nor refused: %v", err)
			}
			return
		}
		for e, err := range table.Read(bytes.NewReader([]byte(gate)), m, nil) {
			if err == nil && len(e.Validate()) > 0 {
				t.Fatal("an event that is none")
			}
		}
	})
}
