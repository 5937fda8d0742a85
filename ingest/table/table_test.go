package table_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

var (
	update = flag.Bool("update", false, "write golden files")
	whole  = flag.String("agency-sharing", "", "`file` of all 37,099 edges, to be read whole")
)

// read gives what a mapping makes of a file: events as lines, then gaps as lines.
func read(t testing.TB, m *table.Mapping, in io.Reader) string {
	t.Helper()
	var b strings.Builder
	report := new(format.Report)
	for e, err := range table.Read(in, m, report) {
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
	fmt.Fprintf(&b, "%d rows, %d events\n", report.Records, report.Events)
	for _, g := range report.Gaps() {
		fmt.Fprintf(&b, "%s %s %q ×%d from %d: %s\n", g.Loss, g.Code, g.Field, g.Count, g.First, g.Problem)
	}
	return b.String()
}

func load(t testing.TB, name string, values map[string]string) *table.Mapping {
	t.Helper()
	m, err := table.Load(name)
	if err == nil {
		m, err = m.With(values)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s", file, got)
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShippedMappings(t *testing.T) {
	for _, c := range []struct {
		name   string
		values map[string]string
	}{
		{"agency-sharing", nil},
		{"search-audit", map[string]string{"agency": "springfield-pd", "zone": "America/New_York"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, c.name+".golden", read(t, load(t, c.name, c.values), bytes.NewReader(sample(t, c.name+".csv"))))
		})
	}
}

const gate = "Nr;Zeit;Benutzer;Tor;Dateien;Ergebnis;Bild;Bemerkung\n" +
	"1;30.03.2025 01:30;Jörg;Süd-Tor;INPOL, Länder-Datei;Treffer;" + digestA + ";x\n" +
	"2;30.03.2025 02:30;Jörg;Süd-Tor;INPOL;kein Treffer;-;\n" + // clocks skipped it
	"3;26.10.2025 02:30;-;Süd-Tor;INPOL;vielleicht;zzz;\n" + // clocks showed it twice; no digest
	"4;26.10.2025;***;;;Treffer;" + digestA + ";\n" // no databases

const digestA = "014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962"

// The same rows give the same events in whatever way they are written.
func TestWaysOfWriting(t *testing.T) {
	m := load(t, "testdata/gate.yaml", nil)
	plain := read(t, m, strings.NewReader(gate))
	golden(t, "gate.golden", plain)
	encode := func(e interface{ String(string) (string, error) }) string {
		s, err := e.String(gate)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, text := range map[string]string{
		"byte order mark":              "\ufeff" + gate,
		"CRLF":                         strings.ReplaceAll(gate, "\n", "\r\n"),
		"tab":                          strings.ReplaceAll(gate, ";", "\t"),
		"UTF-16 little endian":         encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"UTF-16 big endian":            encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		"UTF-16 without a mark":        encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()),
		"said to Excel":                "sep=;\r\n" + gate,
		"separator at the end":         strings.ReplaceAll(gate, "\n", ";\n"),
		"blank lines, none at the end": strings.TrimSuffix(strings.ReplaceAll(gate, "\n", "\n\n"), "\n\n"),
		"all quoted":                   "\"" + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(gate, "\n"), ";", "\";\""), "\n", "\"\n\"") + "\"\n",
	} {
		if name == "separator at the end" {
			// Its header has a column without a name, which nothing is in.
			text = strings.Replace(text, "Bemerkung;\n", "Bemerkung\n", 1)
		}
		if got := read(t, m, strings.NewReader(text)); got != plain {
			t.Errorf("%s:\n%s", name, got)
		}
		if got := read(t, m, iotest.OneByteReader(strings.NewReader(text))); got != plain {
			t.Errorf("%s, byte by byte:\n%s", name, got)
		}
	}
	got := read(t, m, strings.NewReader(encode(charmap.ISO8859_1.NewEncoder())))
	events, gaps, _ := strings.Cut(got, "4 rows")
	if !strings.HasPrefix(plain, events) || !strings.Contains(gaps, "NONE OTHER_ENCODING") {
		t.Errorf("Latin-1:\n%s", got)
	}
}

// A row that no event of the mapping is of is counted, since where a row can give several events their number does not tell.
func TestRowsWithoutEvent(t *testing.T) {
	m, err := table.Parse([]byte("name: r\nevents: [{kind: QUERY, withheld: [/databases], when: [{column: art, in: [S]}], fields: {/requester: a, /actor/id: {column: u}}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, m, strings.NewReader("art,u\nS,x\nDelete,y\nDelete,z\n"))
	if !strings.Contains(got, "3 rows, 1 events") || !strings.Contains(got, "NONE NO_RULE \"\" ×2 from 2") {
		t.Error(got)
	}
}

// What a mapping says of every row is nothing that happened: where it reads none of the columns or values there is no event.
func TestNothingIsMadeOfNothing(t *testing.T) {
	m := load(t, "search-audit", map[string]string{"agency": "a"})
	if got := read(t, m, strings.NewReader("product,price\napple,1\npear,2\n")); !strings.Contains(got, "error COLUMN_MISSING") || !strings.Contains(got, "0 rows, 0 events") {
		t.Errorf("a table of something else:\n%s", got)
	}
	if got := read(t, m, strings.NewReader("userId,searchDate,printed by\n***,2025-05-01,me\n,,me\n")); !strings.Contains(got, "2 rows, 1 events") || !strings.Contains(got, "EVENT EMPTY") {
		t.Errorf("a row that says nothing:\n%s", got)
	}
}

// Browsers write a narrow space that does not break before AM and PM, Postgres an offset of hours alone.
func TestTimesAsPublished(t *testing.T) {
	m := load(t, "search-audit", map[string]string{"agency": "a", "zone": "America/Chicago"})
	for in, want := range map[string]string{
		"11/3/2025, 2:04:05\u202fPM":     "2025-11-03T20:04:05Z",
		"2025-11-03\u00a014:04:05":       "2025-11-03T20:04:05Z",
		"2025-11-03 14:04:05.123456+00":  "2025-11-03T14:04:05.123456Z",
		"2025-11-03 14:04:05-06":         "2025-11-03T20:04:05Z",
		"2025-11-03 14:04:05.5 +0100":    "2025-11-03T13:04:05.5Z",
		"11/2/2025, 1:30:00\u202fAM UTC": "2025-11-02T01:30:00Z",
	} {
		if got := read(t, m, strings.NewReader("id,time\n1,\""+in+"\"\n")); !strings.Contains(got, `"occurred":"`+want+`"`) {
			t.Errorf("%q:\n%s", in, got)
		}
	}
}

// Rows that overlapping exports repeat keep their ids; rows that are there twice are two.
func TestRepeatedRows(t *testing.T) {
	m, err := table.Parse([]byte("name: r\nevents: [{kind: QUERY, withheld: [/databases], fields: {/requester: a, /actor/id: {column: u}, /justification: {column: why}}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	ids := func(rows ...string) (out []string) {
		for e, err := range table.Read(strings.NewReader(strings.Join(rows, "\n")), m, nil) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, e.ID)
		}
		return out
	}
	first := ids("u,why", "x,1", "y,2", "y,2", "z,3")
	second := ids("why;other;u", "2;a;y", "2;b;y", "3;c;z", "2;d;y")
	if first[1] == first[2] || first[2] != first[1]+"/2" {
		t.Errorf("equal rows of one file: %q", first)
	}
	if second[0] != first[1] || second[1] != first[2] || second[2] != first[3] || second[3] != first[1]+"/3" {
		t.Errorf("the overlapping export has other ids: %q, %q", first, second)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	m := load(t, "agency-sharing", nil)
	header := "src_agency,external_agency,src_agency_id,external_agency_id\n"
	for _, c := range []struct{ name, text, code string }{
		{"nothing", "", format.ErrTruncated},
		{"a needed column is missing", "src_agency,external_agency_id\na,b\n", format.ErrNoColumn},
		{"an open quotation mark", header + "a,\"b,1,2\nc,d,3,4\n", format.ErrTruncated},
		{"an open quotation mark in a long file", header + "\"" + strings.Repeat("a,b,1,2\n", table.MaxRow/8+1), format.ErrTooLarge},
		{"another table", "Report of May\nsrc_agency,external_agency,src_agency_id,external_agency_id\na,b,1,2\n", format.ErrNoColumn},
		{"lines that end in CR alone", strings.ReplaceAll(header, "\n", "\r") + "a,b,1,2\r", format.ErrMalformed},
		{"a line without end", header + strings.Repeat("a", table.MaxRow+1), format.ErrTooLarge},
	} {
		var got error
		for _, err := range table.Read(strings.NewReader(c.text), m, nil) {
			got = err
		}
		if format.CodeOf(got) != c.code {
			t.Errorf("%s: %v, want %s", c.name, got, c.code)
		}
	}
	for e, err := range table.Read(io.MultiReader(strings.NewReader(header+"a,b,1,2\n"), iotest.ErrReader(io.ErrClosedPipe)), m, nil) {
		if e == nil && format.CodeOf(err) != format.ErrRead {
			t.Errorf("a reader that fails: %v", err)
		}
	}
}

func TestMappingsThatAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "name: A B\nevents: [{kind: QUERY}]", "name: a", "name: a\nevents: [{kind: ADMIT}]", "name: a\nevents: [{kind: QUERY, feilds: {}}]",
		"name: a\nevents: [{kind: QUERY, fields: {/nothing: x}}]", "name: a\nevents: [{kind: QUERY, fields: {/actor: x}}]",
		"name: a\nevents: [{kind: QUERY, fields: {/requester: {colum: x}}}]", "name: a\nevents: [{kind: QUERY, fields: {/requester: {column: x, text: y}}}]",
		"name: a\nevents: [{kind: QUERY, fields: {/occurred: {column: x, layouts: ['15:04']}}}]", "name: a\nevents: [{kind: QUERY, fields: {/occurred: {column: x, layouts: ['2006-01-02 03:04']}}}]",
		"name: a\nzone: Europe/Atlantis\nevents: [{kind: QUERY, fields: {/occurred: {column: x}}}]", "name: a\nevents: [{kind: QUERY, fields: {/urgent: maybe}}]",
		"name: a\nevents: [{kind: QUERY, fields: {/images/0/pseudonym: x}}]", "name: a\ncells: {masked: ['/(/']}\nevents: [{kind: QUERY}]",
		"name: a\nevents: [{kind: QUERY, fields: {/databases/*/system: {column: x}}}]", "name: a\nfile: {encoding: EBCDIC}\nevents: [{kind: QUERY}]",
	} {
		if _, err := table.Parse([]byte(text)); format.CodeOf(err) != format.ErrBadMapping {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"name: a\nevents: [{kind: QUERY, fields: {/requester: Springfield PD}}]", "name: a\nevents: [{kind: RELEASE, fields: {/to/system: x}}]",
		"name: a\nevents: [{kind: QUERY, fields: {/result/state: MAYBE}}]",
	} {
		if _, err := table.Parse([]byte(text)); format.CodeOf(err) != format.ErrBadMapping {
			t.Errorf("a constant that no event may have: %q: %v", text, err)
		}
	}
	m, err := table.Load("search-audit")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.With(nil); format.CodeOf(err) != format.ErrBadMapping {
		t.Errorf("without its parameter: %v", err)
	}
	if _, err := m.With(map[string]string{"agency": "a", "zoen": "UTC"}); format.CodeOf(err) != format.ErrBadMapping {
		t.Errorf("with a parameter that it does not have: %v", err)
	}
}

// All edges of the real file, read where -agency-sharing names it.
func TestWholeFile(t *testing.T) {
	if *whole == "" {
		return
	}
	f, err := os.Open(*whole)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	kinds, ids := map[event.Kind]int{}, map[string]bool{}
	report, begin := new(format.Report), time.Now()
	for e, err := range table.Read(f, load(t, "agency-sharing", nil), report) {
		if err != nil {
			t.Fatal(err)
		}
		kinds[e.Kind]++
		ids[e.ID] = true
	}
	if kinds[event.KindRelease] != 37099 || kinds[event.KindDeclare] != 224+4619 || len(ids) != int(report.Events) || report.Lost() != 0 {
		t.Errorf("%v, %d ids, gaps %v", kinds, len(ids), report.Gaps())
	}
	t.Logf("%d rows, %v in %s", report.Records, kinds, time.Since(begin))
}

// Rows are not held: a file of any length takes what its longest row takes.
func TestMemory(t *testing.T) {
	m := load(t, "agency-sharing", nil)
	header := "src_agency,external_agency,src_agency_id,external_agency_id\n"
	in := io.MultiReader(strings.NewReader(header), io.LimitReader(&endless{[]byte("Thomasville GA PD,Whitfield County GA SO,2487,2745\n")}, 8<<20))
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, most := 0, uint64(0)
	for _, err := range table.Read(in, m, nil) {
		if err != nil && format.CodeOf(err) != "" {
			break // the last row is cut
		}
		if n++; n%40000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 2<<20 || n < 100000 {
		t.Errorf("%d bytes held after %d events", grown, n)
	}
}

// endless is a file of rows that does not end.
type endless struct{ row []byte }

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.row) <= len(p) {
		n += copy(p[n:], e.row)
	}
	return n, nil
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name, header, row string
		values            map[string]string
	}{
		{"agency-sharing", "src_agency,external_agency,src_agency_id,external_agency_id\n", "Thomasville GA PD,Whitfield County GA SO,2487,2745\n", nil},
		{"search-audit", "id,user,time,reason,networks\n", "4f1c2a70-9d7e-4c55-a1a1-000000000000,***,2025-03-14T13:05:09Z,\"stolen vehicle, case 12\",73\n", map[string]string{"agency": "a"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := load(b, c.name, c.values)
			in := io.MultiReader(strings.NewReader(c.header), &endless{[]byte(c.row)})
			n := 0
			b.SetBytes(int64(len(c.row)))
			b.ReportAllocs()
			b.ResetTimer()
			for _, err := range table.Read(in, m, nil) {
				if err != nil {
					b.Fatal(err)
				}
				if n++; n >= b.N {
					break
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
