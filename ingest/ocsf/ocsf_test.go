package ocsf_test

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/ocsf"
)

var update = flag.Bool("update", false, "write golden files")

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func profile(t testing.TB) *audit.Profile {
	t.Helper()
	p, err := audit.ParseProfile(sample(t, "profile.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var samples = []string{"datastore.ndjson", "api.json"}

// show gives events as lines, then gaps.
func show(t testing.TB, events iter.Seq2[*event.Event, error], report *format.Report) string {
	t.Helper()
	var b strings.Builder
	for e, err := range events {
		if err != nil {
			fmt.Fprintf(&b, "error %s\n", err)
			break
		}
		if faults := e.Validate(); len(faults) > 0 {
			t.Fatalf("an event that is none: %v", faults)
		}
		text, err := event.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", text)
	}
	for _, g := range report.Gaps() {
		fmt.Fprintf(&b, "%s %s %q ×%d: %s\n", g.Loss, g.Code, g.Field, g.Count, g.Problem)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	var b strings.Builder
	for _, p := range []*audit.Profile{nil, profile(t)} {
		for _, name := range samples {
			report := new(format.Report)
			fmt.Fprintf(&b, "== %s, profile %v\n%s", name, p != nil, show(t, ocsf.Read(bytes.NewReader(sample(t, name)), p, report), report))
		}
	}
	if *update {
		if err := os.WriteFile("testdata/golden.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(sample(t, "golden.txt")); want != b.String() {
		t.Errorf("testdata/golden.txt differs:\n%s", b.String())
	}
}

func TestByteByByte(t *testing.T) {
	for _, name := range samples {
		whole, part := new(format.Report), new(format.Report)
		a := show(t, ocsf.Read(bytes.NewReader(sample(t, name)), nil, whole), whole)
		b := show(t, ocsf.Read(iotest.OneByteReader(bytes.NewReader(sample(t, name))), nil, part), part)
		if a != b {
			t.Errorf("%s:\n%s\n%s", name, a, b)
		}
	}
}
