package syslog_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/syslog"
	"github.com/lichtspur/lichtspur/ingest/table"
)

var update = flag.Bool("update", false, "write golden files")

func mapping(t testing.TB) *table.Mapping {
	t.Helper()
	m, err := table.Load("testdata/gate.yaml")
	if err == nil {
		m, err = m.With(map[string]string{"agency": "bka"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// read gives what a stream gives: events as lines, then gaps as lines.
func read(t testing.TB, m *table.Mapping, in io.Reader) string {
	t.Helper()
	var b strings.Builder
	report := new(format.Report)
	for e, err := range syslog.Read(in, m, report) {
		if err != nil {
			fmt.Fprintf(&b, "error %s\n", err)
			break
		}
		if f := e.Validate(); len(f) > 0 {
			t.Fatalf("an event that is none: %v", f)
		}
		text, err := event.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", text)
	}
	fmt.Fprintf(&b, "%d messages, %d events\n", report.Records, report.Events)
	for _, g := range report.Gaps() {
		fmt.Fprintf(&b, "%s %s %q ×%d from %d: %s\n", g.Loss, g.Code, g.Field, g.Count, g.First, g.Problem)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	text, err := os.ReadFile("testdata/gate.log")
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, mapping(t), bytes.NewReader(text))
	if slow := read(t, mapping(t), iotest.OneByteReader(bytes.NewReader(text))); slow != got {
		t.Error("byte by byte it reads another way")
	}
	golden := filepath.Join("testdata", "gate.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	alone := read(t, nil, bytes.NewReader(text))
	if !strings.Contains(alone, "15 messages, 1 events") || !strings.Contains(alone, "NO_MAPPING") {
		t.Errorf("without a mapping:\n%s", alone)
	}
}

// A mapping of CEF whose events say nothing of which messages they are of makes none of what a daemon says of itself.
func TestTextBesideCEF(t *testing.T) {
	const head = "name: g\nevents: [{kind: QUERY, withheld: [/databases], %sfields: {/requester: bka, /occurred: {column: syslog.timestamp, layouts: [native]}, /actor/id: {column: %s}}}]\n"
	const text = "<134>1 2026-05-01T09:00:00Z h acme - - [s@32473 user=\"u1\"] listening\n<134>1 2026-05-01T09:00:00Z h acme - - - CEF:0|a|b|1|2|n|3|suser=u2\n"
	for _, c := range []struct{ when, column, want string }{
		{"", "suser", "2 messages, 1 events"},
		{"", "syslog.text", "2 messages, 2 events"},
		{"", "data.s@32473.user", "2 messages, 2 events"},
		{"when: [{column: syslog.app, in: [acme]}], ", "suser", "2 messages, 2 events"},
	} {
		m, err := table.Parse(fmt.Appendf(nil, head, c.when, c.column))
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, m, strings.NewReader(text)); !strings.Contains(got, c.want) || strings.Contains(got, "EVENT NO_RULE") != (c.column == "suser" && c.when == "") {
			t.Errorf("%s, %q:\n%s", c.column, c.when, got)
		}
	}
}

func TestMessages(t *testing.T) {
	for in, want := range map[string]string{
		"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed":   "34 1 2003-10-11T22:14:15.003Z mymachine.example.com su  ID47 [] 'su root' failed",
		`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time`:                  "165 1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710  [] %% It's time",
		`<165>1 2003-10-11T22:14:15.003Z h e - ID47 [exampleSDID@32473 iut="3" eventID="1\]1"][b c="\\"]`: `165 1 2003-10-11T22:14:15.003Z h e  ID47 [{exampleSDID@32473 iut 3} {exampleSDID@32473 eventID 1]1} {b c \}] `,
		"<34>Oct 11 22:14:15 mymachine su[7]: 'su root' failed":                                           "34 0  mymachine su 7  [] 'su root' failed",
		"<13>Nov 25 17:52:28 host viewer: {}":                                                             "13 0  host viewer   [] {}",
		"<34>Oct 11 22:14:15 mymachine CEF:0|a|b":                                                         "34 0  mymachine    [] CEF:0|a|b",
		"<13>no date: here": "13 0      [] no date: here",
		"<999>x":            "-1 0      [] <999>x",
		"":                  "-1 0      [] ",
	} {
		m, err := syslog.Parse([]byte(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := fmt.Sprint(m.Priority, " ", m.Version, " ", m.Timestamp, " ", m.Hostname, " ", m.App, " ", m.Process, " ", m.ID, " ", m.Data, " ", string(m.Text)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", in, got, want)
		}
	}
	for _, in := range []string{"<34>1 ", "<34>1 - - - -", "<34>1 - - - - - x", "<34>1 - - - - - [a", `<34>1 - - - - - [a b="c`, `<34>1 - - - - - -x`} {
		if m, err := syslog.Parse([]byte(in)); err == nil {
			t.Errorf("%q: %+v", in, m)
		}
	}
}

func TestFrames(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"lines", "<1>a\n<2>b\r\n<3>c\x00<4>d", "<1>a|<2>b|<3>c|<4>d(open)|EOF"},
		{"counted", "4 <1>a6 <2>b\nc4 <3>d", "<1>a|<2>b\nc|<3>d|EOF"},
		{"both, with a line feed after a counted one", "4 <1>a\n<2>b\n4 <3>c", "<1>a|<2>b|<3>c|EOF"},
		{"a line that begins with a digit", "2026-05-01 x\n12345678901 x\n0 x\n", "2026-05-01 x|12345678901 x|0 x|EOF"},
		{"digits alone", "12\n123", "12|123(open)|EOF"},
		{"nothing", "\r\n\n\x00 ", "EOF"},
		{"a count that is not reached", "10 <1>a", "<1>a(open, 6 missing)|EOF"},
		{"a claim of a gibibyte", "1073741824 <1>a", "BAD_LENGTH"},
	} {
		var got []string
		frames := syslog.NewFrames(strings.NewReader(c.in))
		for {
			f, err := frames.Next()
			if err != nil {
				if again, same := frames.Next(); same != err || again.Text != nil {
					t.Errorf("%s: goes on after its end", c.name)
				}
				got = append(got, map[bool]string{true: "EOF", false: format.CodeOf(err)}[errors.Is(err, io.EOF)])
				break
			}
			s := string(f.Text)
			switch {
			case f.Missing > 0:
				s += fmt.Sprintf("(open, %d missing)", f.Missing)
			case f.Open:
				s += "(open)"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
}

// A message that is too long is read over, and its beginning is kept; the next one is whole.
func TestLongMessages(t *testing.T) {
	n := syslog.MaxMessage + 1
	long := strings.Repeat("x", n)
	for name, in := range map[string]string{"line": long + "\n<1>a\n", "counted": fmt.Sprint(n, " ", long, "4 <1>a")} {
		frames := syslog.NewFrames(strings.NewReader(in))
		f, err := frames.Next()
		if err != nil || f.Cut != int64(n) || len(f.Text) != syslog.CutTo {
			t.Errorf("%s: %d bytes of %d, %v", name, len(f.Text), f.Cut, err)
		}
		if f, err = frames.Next(); err != nil || string(f.Text) != "<1>a" || f.Cut != 0 {
			t.Errorf("%s: then %q, %v", name, f.Text, err)
		}
	}
}

// What is held is bounded by what may be kept, and not by what is claimed or sent.
func TestMemory(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"claim":       io.MultiReader(strings.NewReader(fmt.Sprint(syslog.MaxClaim, " ")), io.LimitReader(letters{}, syslog.MaxClaim)),
		"line":        io.LimitReader(letters{}, syslog.MaxClaim),
		"short claim": io.MultiReader(strings.NewReader(fmt.Sprint(syslog.MaxClaim, " x"))),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		frames := syslog.NewFrames(in)
		for {
			if _, err := frames.Next(); err != nil {
				break
			}
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 5*syslog.MaxMessage {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzRead(f *testing.F) {
	if text, err := os.ReadFile("testdata/gate.log"); err != nil {
		f.Fatal(err)
	} else {
		f.Add(text)
	}
	f.Add([]byte("<1>1 - - - - - [a b=\"\\\"\\]\"] x\n5 <1>ab1073741824 x"))
	m := mapping(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		report := new(format.Report)
		n := int64(0)
		for e, err := range syslog.Read(bytes.NewReader(text), m, report) {
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
	})
}

func BenchmarkRead(b *testing.B) {
	text, err := os.ReadFile("testdata/gate.log")
	if err != nil {
		b.Fatal(err)
	}
	frames := syslog.NewFrames(bytes.NewReader(text))
	one := map[string][]byte{}
	for i := range 7 {
		f, err := frames.Next()
		if err != nil {
			b.Fatal(err)
		}
		if name := map[int]string{0: "CEF", 6: "JSON"}[i]; name != "" {
			one[name] = fmt.Appendf(nil, "%d %s", len(f.Text), f.Text)
		}
	}
	m := mapping(b)
	for _, name := range []string{"CEF", "JSON"} {
		b.Run(name, func(b *testing.B) {
			const many = 1000
			all := bytes.Repeat(one[name], many)
			b.SetBytes(int64(len(all)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, err := range syslog.Read(bytes.NewReader(all), m, nil) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
