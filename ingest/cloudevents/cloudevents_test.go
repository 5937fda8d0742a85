package cloudevents_test

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/cloudevents"
	"github.com/lichtspur/lichtspur/ingest/format"
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

var samples = []string{"structured.ndjson", "batch.json"}

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
	for _, name := range samples {
		report := new(format.Report)
		fmt.Fprintf(&b, "== %s\n%s", name, show(t, cloudevents.Read(bytes.NewReader(sample(t, name)), nil, report), report))
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
		a := show(t, cloudevents.Read(bytes.NewReader(sample(t, name)), nil, whole), whole)
		b := show(t, cloudevents.Read(iotest.OneByteReader(bytes.NewReader(sample(t, name))), nil, part), part)
		if a != b {
			t.Errorf("%s:\n%s\n%s", name, a, b)
		}
	}
}

// The examples of the HTTP binding, section 3.1.3.2.
func TestHeaderValues(t *testing.T) {
	for in, want := range map[string]string{
		"Euro%20%E2%82%AC%20%F0%9F%98%80": "Euro € 😀",
		"%e2%82%ac":                       "€",
		`"a \"b\" \\ c"`:                  `a "b" \ c`,
		`"%20"`:                           " ",
		"%2520":                           "%20",
		"100%":                            "100%",
		"%zz":                             "%zz",
		"plain":                           "plain",
	} {
		if got, ok := cloudevents.Decode(in); got != want || !ok {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	for _, bad := range []string{"%C0%A0", "%ff", "\xff"} {
		if got, ok := cloudevents.Decode(bad); ok {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}

func TestBinary(t *testing.T) {
	h := http.Header{"Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Type": {"x"}, "Ce-Source": {"/a"}, "Ce-Id": {"%C3%A4"}, "Ce-Region": {"n"}, "Ce-Traceparent": {"0"}}
	e, refusal := cloudevents.Binary(h, []byte("{}"))
	if refusal != nil || e.ID != "ä" || e.Source != "/a" || e.ContentType != "application/json" || len(e.Others) != 1 {
		t.Fatalf("%+v %v", e, refusal)
	}
	for name, change := range map[string]func(http.Header){
		"id":          func(h http.Header) { h.Del("Ce-Id") },
		"source":      func(h http.Header) { h.Set("Ce-Source", "a\nb") },
		"specversion": func(h http.Header) { h.Set("Ce-Specversion", "2.0") },
		"type":        func(h http.Header) { h.Add("Ce-Type", "y") },
		"region":      func(h http.Header) { h.Set("Ce-Region", "%C0%A0") },
	} {
		bad := h.Clone()
		change(bad)
		if _, refusal := cloudevents.Binary(bad, []byte("{}")); refusal == nil || refusal.Field != name || refusal.Code != cloudevents.BadEvent {
			t.Errorf("%s: %v", name, refusal)
		}
	}
	if _, refusal := cloudevents.Binary(h, []byte(" ")); refusal == nil || refusal.Code != cloudevents.NoData {
		t.Error("nothing is data")
	}
}

func TestKeysAreApart(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []cloudevents.Event{{Source: "a", ID: "b"}, {Source: "a b", ID: "c"}, {Source: "a", ID: "b c"}, {Source: "a/b", ID: "c"}, {Source: "a", ID: "b/c"}, {Source: "a", ID: strings.Repeat("x", 2000)}} {
		for n := 1; n < 3; n++ {
			key := c.Key(n)
			if was := seen[key]; was != "" || len(key) > 1000 {
				t.Errorf("%q is of %q and %q", key, was, c.Source+" "+c.ID)
			}
			seen[key] = c.Source + " " + c.ID
		}
	}
}
