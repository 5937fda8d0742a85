package prov_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/prov"
)

// shown is an event as a reader of the log is shown it: sealed, and opened again.
func shown(t testing.TB, e *event.Event, index uint64) *prov.Entry {
	t.Helper()
	if e.ID == "" {
		e.ID = fmt.Sprintf("e-%d", index)
	}
	s, err := event.Seal(e, "source-a", eventtest.Sealer("log"), rand.NewChaCha8([32]byte{byte(index)}), nil)
	if err != nil {
		t.Fatal(err)
	}
	var encoded []string
	for _, d := range s.Disclosures {
		encoded = append(encoded, d.Encoded)
	}
	opened, err := event.Open(s.Skeleton, encoded)
	if err != nil {
		t.Fatal(err)
	}
	return &prov.Entry{ID: s.Skeleton.Entry, Index: index, Source: "source-a", Recorded: time.Unix(1_700_000_000, 0), Standing: "RECORDED", Attested: "LOG", Event: opened}
}

var header = prov.Header{Origin: "log.example.org/test", TreeSize: 100}

func all(t testing.TB, events iter.Seq2[*event.Event, error]) (out []*event.Event) {
	t.Helper()
	for e, err := range events {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func canonical(t testing.TB, list []*event.Event) (out []string) {
	t.Helper()
	for _, e := range list {
		text, err := event.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// several are events of every kind that a source hands in, n of each.
func several(t testing.TB, n int) (native []*event.Event, entries []*prov.Entry) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for _, k := range event.Kinds() {
		if k.Reserved() {
			continue
		}
		for range n {
			e := eventtest.OfKind(r, k)
			en := shown(t, e, uint64(len(native)))
			native, entries = append(native, e), append(entries, en)
		}
	}
	return native, entries
}

// bundles writes entries as they come.
func bundles(t testing.TB, entries []*prov.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := prov.NewWriter(&b, header)
	for _, en := range entries {
		if err := w.Entry(en); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(prov.End{Complete: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// flat states them all in one document.
func flat(t testing.TB, entries []*prov.Entry) []byte {
	t.Helper()
	d := prov.NewDocument(header)
	for _, en := range entries {
		if err := d.Entry(en); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := d.Write(&b, prov.End{Complete: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written and read again are the same events, of every kind with every field, and nothing is lost or strange.
func TestRoundTrip(t *testing.T) {
	native, entries := several(t, 40)
	want := canonical(t, native)
	for name, text := range map[string][]byte{"bundles": bundles(t, entries), "one document": flat(t, entries)} {
		t.Run(name, func(t *testing.T) {
			report := new(format.Report)
			got := canonical(t, all(t, prov.Read(bytes.NewReader(text), nil, report)))
			if gaps := report.Gaps(); len(gaps) > 0 {
				t.Errorf("gaps: %+v", gaps)
			}
			slices.Sort(got)
			sorted := slices.Sorted(slices.Values(want))
			if !slices.Equal(got, sorted) {
				t.Fatalf("%d events of %d", len(got), len(want))
			}
			if report.Events != int64(len(want)) || report.Records != report.Events {
				t.Errorf("the report counts %d records and %d events", report.Records, report.Events)
			}
		})
	}
}

// However the text comes, in one piece or byte by byte, it gives the same.
func TestSmallReads(t *testing.T) {
	_, entries := several(t, 1)
	text := bundles(t, entries)
	want := canonical(t, all(t, prov.Read(bytes.NewReader(text), nil, nil)))
	got := canonical(t, all(t, prov.Read(iotest.OneByteReader(bytes.NewReader(text)), nil, nil)))
	if !slices.Equal(got, want) {
		t.Fatal("differs")
	}
}

// Debian's python3-prov reads what is written, counts the same statements, and what it writes gives the same events.
func TestPython(t *testing.T) {
	if exec.Command("/usr/bin/python3", "-c", "import prov").Run() != nil {
		if out, err := exec.Command("make", "-C", "../..", "readers").CombinedOutput(); err != nil {
			t.Fatalf("python3-prov is wanted, and not there: %s", out)
		}
	}
	native, entries := several(t, 4)
	want := slices.Sorted(slices.Values(canonical(t, native)))
	for name, text := range map[string][]byte{"bundles": bundles(t, entries), "one document": flat(t, entries)} {
		t.Run(name, func(t *testing.T) {
			python := exec.Command("/usr/bin/python3", "testdata/roundtrip.py")
			python.Stdin = bytes.NewReader(text)
			var again, said bytes.Buffer
			python.Stdout, python.Stderr = &again, &said
			if err := python.Run(); err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
			if got, want := said.String(), counts(text); got != want {
				t.Errorf("python3-prov counts\n%swritten were\n%s", got, want)
			}
			report := new(format.Report)
			got := slices.Sorted(slices.Values(canonical(t, all(t, prov.Read(&again, nil, report)))))
			if !slices.Equal(got, want) {
				t.Errorf("%d events of %d come back", len(got), len(want))
			}
			if gaps := report.Gaps(); len(gaps) > 0 {
				t.Errorf("gaps: %+v", gaps)
			}
		})
	}
}

// Entries of other sources, those that only the log writes, and those of which not all was shown are not handed in.
func TestWhoseEntries(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	mine := shown(t, eventtest.OfKind(r, event.KindDisclose), 1)
	theirs := shown(t, eventtest.OfKind(r, event.KindDisclose), 2)
	theirs.Source = "source-b"
	link := &prov.Entry{ID: event.Pseudonym{9}, Event: &event.Event{ID: "l", Kind: event.KindLink, Link: &event.Link{Subject: event.SubjectImage, Method: "digest",
		A: event.Denotation{Sealer: "log", Pseudonym: event.Pseudonym{1}}, B: event.Denotation{Sealer: "bka", Pseudonym: event.Pseudonym{2}}}}}
	nameless := shown(t, eventtest.OfKind(r, event.KindErase), 3)
	nameless.Event.ID = ""
	faceless := shown(t, &event.Event{Kind: event.KindErase, From: event.Place{System: "inpol-z"}, Images: []event.Image{{Digest: "sha256:" + strings.Repeat("ab", 32)}}}, 4)
	faceless.Event.Images[0].Digest = ""
	report := new(format.Report)
	p := &prov.Profile{Own: func(source string) bool { return source == "source-a" }}
	got := all(t, prov.Read(bytes.NewReader(bundles(t, []*prov.Entry{mine, theirs, link, nameless, faceless})), p, report))
	if len(got) != 1 || got[0].ID != mine.Event.ID {
		t.Fatalf("%d events", len(got))
	}
	codes := map[string]int64{}
	for _, g := range report.Gaps() {
		codes[g.Code] += g.Count
	}
	if codes[prov.GapSource] != 1 || codes[prov.GapLog] != 1 || codes[prov.GapClosed] != 2 || len(codes) != 3 {
		t.Errorf("%v", codes)
	}
}

// A statement that somebody added to those of an entry is reported.
func TestAddedStatement(t *testing.T) {
	en := shown(t, &event.Event{Kind: event.KindErase, From: event.Place{System: "inpol-z"}, Images: []event.Image{{Digest: "sha256:" + strings.Repeat("ab", 32)}}}, 4)
	text := bytes.Replace(bundles(t, []*prov.Entry{en}), []byte(`"wasInvalidatedBy":{`),
		[]byte(`"used":{"_:x":{"prov:activity":"log:entry/`+en.ID.String()+`","prov:entity":"log:image/another"}},"wasInvalidatedBy":{`), 1)
	report := new(format.Report)
	if got := all(t, prov.Read(bytes.NewReader(text), nil, report)); len(got) != 1 {
		t.Fatalf("%d events", len(got))
	}
	gaps := report.Gaps()
	if len(gaps) != 1 || gaps[0].Code != prov.GapDiffers || gaps[0].Field != "used" {
		t.Errorf("%+v", gaps)
	}
}

// Documents of others: each golden file holds the events that one gives, and what of it is not mapped.
func TestForeign(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var p *prov.Profile
			if y, err := os.ReadFile(strings.TrimSuffix(name, ".json") + ".yaml"); err == nil {
				if p, err = prov.ParseProfile(y); err != nil {
					t.Fatal(err)
				}
			}
			report := new(format.Report)
			var got bytes.Buffer
			events := all(t, prov.Read(bytes.NewReader(text), p, report))
			for _, line := range canonical(t, events) {
				fmt.Fprintln(&got, line)
			}
			for _, g := range report.Gaps() {
				fmt.Fprintln(&got, g.Loss, g.Code, g.Field, g.Count)
			}
			golden := strings.TrimSuffix(name, ".json") + ".golden"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%swant\n%s", got.String(), want)
			}
			for _, e := range events {
				if f := e.Validate(); f != nil {
					t.Errorf("%v", f)
				}
			}

			// What is recorded of it, written and read again, is the same.
			var entries []*prov.Entry
			for n, e := range events {
				entries = append(entries, shown(t, e, uint64(n)))
			}
			again := all(t, prov.Read(bytes.NewReader(bundles(t, entries)), nil, nil))
			if !slices.Equal(canonical(t, again), canonical(t, events)) {
				t.Error("what was recorded does not come back")
			}
		})
	}
}

func TestErrors(t *testing.T) {
	_, entries := several(t, 1)
	text := bundles(t, entries)
	for name, c := range map[string]struct {
		in   io.Reader
		code string
	}{
		"nothing":                                {strings.NewReader(" \n"), format.ErrTruncated},
		"no object":                              {strings.NewReader("[1]"), format.ErrMalformed},
		"no JSON":                                {strings.NewReader(`{"prefix":{,}}`), format.ErrMalformed},
		"cut":                                    {bytes.NewReader(text[:len(text)/2]), format.ErrTruncated},
		"not UTF-8":                              {strings.NewReader("{\"entity\":{\"\xff\":{}}}"), format.ErrMalformed},
		"a failing reader":                       {io.MultiReader(strings.NewReader(`{"entity":`), iotest.ErrReader(io.ErrClosedPipe)), format.ErrRead},
		"an endless text":                        {io.MultiReader(strings.NewReader(`{"entity":{"a":{"b":"`), endless('x')), format.ErrTooLarge},
		"an endless bundle":                      {io.MultiReader(strings.NewReader(`{"bundle":{"b":{"entity":{"a":[{}`), repeating(`,{}`)), format.ErrTooLarge},
		"endless depth":                          {endless('{'), format.ErrMalformed},
		"bundles before the prefix, without end": {io.MultiReader(strings.NewReader(`{"bundle":{"b":{}`), repeating(`,"c":{"entity":{"a":{"b":"`+strings.Repeat("x", 1000)+`"}}}`)), format.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for _, err := range prov.Read(c.in, nil, nil) {
				last = err
			}
			if format.CodeOf(last) != c.code {
				t.Fatalf("%v, want %s", last, c.code)
			}
		})
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// repeating is a text over and over.
func repeating(s string) io.Reader {
	r, w := io.Pipe()
	go func() {
		block := []byte(strings.Repeat(s, 1+100_000/len(s)))
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}()
	return readOnly{r}
}

// readOnly closes the pipe when nobody reads any more.
type readOnly struct{ *io.PipeReader }

// A list of entries is read bundle by bundle: what is held does not grow with the file.
func TestMemory(t *testing.T) {
	_, entries := several(t, 2)
	one := bundles(t, entries)
	begin, end := bytes.Index(one, []byte(`"bundle":{`))+len(`"bundle":{`), bytes.LastIndex(one, []byte("},\n\"entity\""))
	parts := []io.Reader{bytes.NewReader(one[:end])}
	const times = 300
	for range times - 1 {
		parts = append(parts, strings.NewReader(","), bytes.NewReader(one[begin:end]))
	}
	parts = append(parts, bytes.NewReader(one[end:]))
	n, most := 0, uint64(0)
	for _, err := range prov.Read(io.MultiReader(parts...), nil, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%2000 == 0 {
			most = max(most, live())
		}
	}
	if n != times*len(entries) {
		t.Fatalf("%d events", n)
	}
	if size := uint64(times * len(one)); most > 8<<20 || size < 4*most {
		t.Errorf("%d bytes held of a file of %d", most, size)
	}
}
