package audit_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// read gives the texts at a of the records, then what was not read and what ended it.
func read(r io.Reader) string {
	report := new(format.Report)
	var out []string
	for d, err := range audit.Records(r, report, "Records") {
		if err != nil {
			out = append(out, format.CodeOf(err))
			break
		}
		s := d.Root().At("a").Text()
		if d.Around {
			s = "around"
		}
		out = append(out, fmt.Sprintf("%d=%s", d.Place, s))
	}
	for _, g := range report.Gaps() {
		out = append(out, fmt.Sprintf("%s×%d@%d", g.Code, g.Count, g.First))
	}
	return strings.Join(out, " ")
}

func TestRecords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", " \n", ""},
		{"one", `{"a":"x"}`, "1=x"},
		{"a line each", "{\"a\":\"x\"}\n\n{\"a\":1}\r\n{\"a\":true}", "1=x 2=1 3=true"},
		{"over many lines", "{\n  \"a\" : \"x\",\n  \"b\" : [\n{\"a\":1}\n]\n}\n{\"a\":\"y\"}", "1=x 2=y"},
		{"an array", `[{"a":"x"},{"a":"y"}]`, "1=x 2=y"},
		{"an empty array", `[]`, ""},
		{"two arrays", `[{"a":"x"}][{"a":"y"}]`, "1=x 2=y"},
		{"around a list", `{"n":[1],"Records":[{"a":"x"},{"a":"y"}],"a":"z"}`, "1=x 2=y 2=around"},
		{"an empty list", `{"Records":[]}`, "1=around"},
		{"a list further in", `{"a":"x","b":{"Records":[{"a":"y"}]}}`, "1=x"},
		{"a byte order mark", "\xef\xbb\xbf{\"a\":\"x\"}", "1=x"},
		{"UTF-16", "\xff\xfe{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", "1=1"},
		{"record separators", "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", "1=1 2=2"},
		{"commas before brackets", `{"a":"x","b":[1,2,],}`, "1=x"},
		{"brackets and quotes in texts", `{"a":"}\"]{","b":"\\"}`, "1=}\"]{"},
		{"escapes", `{"a":"\u00e4\n\ud83d\ude00\/"}`, "1=ä\n😀/"},
		{"half a character", `{"a":"\ud83d"}`, "1="},
		{"not UTF-8", "{\"a\":\"\xff\"}", "1="},
		{"a damaged line", "{\"a\":1}\n{\"a\":\"\n{\"a\":3}", "1=1 3=3 NOT_JSON×1@2"},
		{"a line that was cut", "{\"a\":{\"b\":1\n{\"a\":2}\n{\"a\":3}", "2=2 3=3 NOT_JSON×1@1"},
		{"crossed brackets", "{\"a\":[1}\n{\"a\":2}", "2=2 NOT_JSON×1@1"},
		{"lines that are no records", "# about\nxx\n{\"a\":1}", "2=1 NOT_JSON×1@1"},
		{"a number", "{\"a\":01}", "NOT_JSON×1@1"},
		{"a name twice", `{"a":1,"a":2}`, "NOT_JSON×1@1"},
		{"a name twice around a list", `{"a":[1,2],"a":2}`, "NOT_JSON×1@1"},
		{"cut", `{"a":1`, "TRUNCATED"},
		{"an array cut", `[{"a":1},`, "1=1 TRUNCATED"},
		{"an array of numbers", `[1]`, "MALFORMED"},
		{"nested deeply", strings.Repeat(`{"a":`, 70), "NOT_JSON×1@1"},
		{"too large", `{"a":1,"b":"` + strings.Repeat("x", audit.MaxRecord) + "\"}\n{\"a\":2}", "2=2 RECORD_TOO_LARGE×1@1"},
		{"a long text", `{"a":"` + strings.Repeat("x", 70<<10) + `","b":1}`, "1="},
	} {
		if got := read(strings.NewReader(c.text)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if len(c.text) < 1000 {
			if got := read(iotest.OneByteReader(strings.NewReader(c.text))); got != c.want {
				t.Errorf("%s, byte by byte: %q, want %q", c.name, got, c.want)
			}
		}
	}
}

func one(t *testing.T, text string) *audit.Document {
	t.Helper()
	d := new(audit.Document)
	if problem := d.Parse([]byte(text)); problem != "" {
		t.Fatal(problem)
	}
	return d
}

func TestPaths(t *testing.T) {
	n := one(t, `{"a":{"b":"x"},"list":[{"k":"1"},{"k":"2","v":"y"},{"k":"3","v":"z"}],"ext":[{"url":"http://a.b/c","v":["p","q"]}]}`).Root()
	for path, want := range map[string]string{"a.b": "x", "a.c": "", "list.v": "y", "list(3).v": "z", "list(4).v": "", "ext(http://a.b/c).v": "p"} {
		p, err := audit.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Find(p); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for _, bad := range []string{"", ".", "a.", "a()", "a(b", "a(b)c"} {
		if _, err := audit.ParsePath(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestUnused(t *testing.T) {
	n := one(t, `{"a":1,"b":{"c":1,"d":{"e":2,"f":3}},"g":null,"h":{"i":1}}`).Root()
	n.At("b", "c").Text()
	var got []string
	for path := range n.Unused() {
		got = append(got, path)
	}
	if want := []string{"a", "b.d", "h"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestDigestIsOfWhatIsSaid(t *testing.T) {
	a := one(t, `{"a": [ "x" , 1 ]}`).Digest()
	if b := one(t, `{"a":["\u0078",1]}`).Digest(); a != b {
		t.Error("white space and escapes count")
	}
	for _, other := range []string{`{"a":["x",2]}`, `{"a":["x"],"b":1}`, `{"a":{"b":"x"}}`, `{"a":"x1"}`} {
		if one(t, other).Digest() == a {
			t.Errorf("%s is the same", other)
		}
	}
	long := `"` + strings.Repeat("x", 70<<10)
	if one(t, `{"a":`+long+`1"}`).Digest() == one(t, `{"a":`+long+`2"}`).Digest() {
		t.Error("texts that are not kept do not count")
	}
}

func TestWordsAndFaces(t *testing.T) {
	for s, want := range map[string]string{
		"SearchFacesByImage": "search faces by image", "face_images": "face images", "api/v1/Face-Search": "api v 1 face search", "IDDatei": "id datei", "": "",
	} {
		if got := strings.Join(audit.Words(s), " "); got != want {
			t.Errorf("%s: %q", s, got)
		}
	}
	for s, want := range map[string]bool{
		"IndexFaces": true, "face_images": true, "Gesichtserkennung": true, "mugshots2019": true, "LichtbildDatei": true,
		"interface": false, "surfaces": false, "DescribeNetworkInterfaces": false, "facebook": false, "patients": false,
	} {
		if got := new(audit.Profile).FacesIn(s); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
	p, err := audit.ParseProfile([]byte(`faces: [Bilder, "/^foto/"]`))
	if err != nil {
		t.Fatal(err)
	}
	if !p.FacesIn("bilder") || !p.FacesIn("x", "Fotos") || p.FacesIn("faces") {
		t.Error("the profile does not say what holds faces")
	}
}

func TestProfilesThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a key that is none":       "organization: bka",
		"an organisation's name":   "organisation: Bundeskriminalamt Wiesbaden",
		"a name of a name":         "names: {a: B}",
		"a kind that is none":      "kinds: {a: READ}",
		"a kind of the log's own":  "kinds: {a: ADMIT}",
		"an expression":            "faces: [\"/(/\"]",
		"a field that is none":     "fields: {/nothing: a}",
		"a path":                   "fields: {/unit: {column: a..b}}",
		"a field with a parameter": "fields: {/unit: {parameter: a}}",
		"a table that is not here": "fields: {/unit: {column: a, table: b}}",
		"a zone":                   "zone: Mars/North\nfields: {/occurred: {column: a}}",
		"a basis over two lines":   "basis: [\"a\\nb\"]",
	} {
		if _, err := audit.ParseProfile([]byte(text)); format.CodeOf(err) != format.ErrBadMapping {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFieldsOfAProfile(t *testing.T) {
	p, err := audit.ParseProfile([]byte(`
tables: {o: {M: murder}}
layouts: ["02.01.2006 15:04"]
zone: Europe/Berlin
fields:
  /case/reference: {column: [no, u.case]}
  /case/offence: {column: u.o, table: o}
  /occurred: {column: u.when}
  /images/0/digest: {column: u.sha, prefix: "sha256:"}
  /databases/*/system: {column: u.dbs, split: ";", slug: true}
  /text/en: {text: "{u.x} of {u.y}"}
  /transfer/ground: {column: u.ground}
  /urgent: true
`))
	if err != nil {
		t.Fatal(err)
	}
	report := new(format.Report)
	m := audit.NewMapper(p, report)
	d := one(t, `{"u":{"case":"C 1","o":"M","when":"01.07.2024 12:00","sha":"`+strings.Repeat("a", 63)+`","dbs":"A b; c","x":"one","ground":"adequacy"}}`)
	e := m.Event(d.Root(), func() *event.Event {
		return &event.Event{ID: "1", Kind: event.KindQuery, Requester: "bka"}
	})
	if e == nil {
		t.Fatalf("%+v", report.Gaps())
	}
	b, err := event.Canonical(e)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"case":{"offence":"murder","reference":"C 1"},"databases":[{"system":"a-b"},{"system":"c"}],"id":"1","kind":"QUERY","occurred":"2024-07-01T10:00:00Z/2024-07-01T10:00:59.999999999Z","requester":"bka","text":{"en":"one of"},"urgent":true}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	var gaps []string
	for _, g := range report.Gaps() {
		gaps = append(gaps, g.Code+" "+g.Field)
	}
	if got := strings.Join(gaps, ", "); got != "BAD_DIGEST /images/0/digest, FORBIDDEN /transfer/ground" {
		t.Errorf("%s", got)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte("{\"a\":1}\n{\"a\":\"\n{\"a\":[1,{\"b\":null}]}"))
	f.Add([]byte(`{"Records":[{"a":"\ud83d\ude00"}],"b":1.5e3}`))
	f.Add([]byte("[{},{}]\x1e{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		report := new(format.Report)
		last := int64(0)
		for d, err := range audit.Records(strings.NewReader(string(text)), report, "Records") {
			if err != nil {
				if format.CodeOf(err) == "" {
					t.Fatal(err)
				}
				break
			}
			if d.Place < last || d.Place > report.Records && !d.Around {
				t.Fatalf("record %d after %d", d.Place, last)
			}
			last = d.Place
			d.Digest()
			for _, n := range d.Root().Unused() {
				n.Use().Text()
			}
		}
		if a, b := read(strings.NewReader(string(text))), read(iotest.OneByteReader(strings.NewReader(string(text)))); a != b {
			t.Fatalf("%q or, byte by byte, %q", a, b)
		}
	})
}

// Whatever a file holds, what is allocated is bounded by a record's bound, and by what its records keep.
func TestMemory(t *testing.T) {
	allocated := func(r io.Reader) (uint64, string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := read(r)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, got
	}
	endless := func(text string, n int64) io.Reader { return io.LimitReader(repeated(text), n) }
	const size = 48 << 20
	for _, c := range []struct {
		name string
		text io.Reader
		want string
	}{
		{"one text", io.MultiReader(strings.NewReader(`{"a":"`), endless(strings.Repeat("x", 512), size), strings.NewReader(`"}`)), "RECORD_TOO_LARGE×1@1"},
		{"a text that does not end", io.MultiReader(strings.NewReader(`{"a":"`), endless(strings.Repeat("x", 512), size)), "TRUNCATED"},
		{"one list", io.MultiReader(strings.NewReader(`{"a":[`), endless(strings.Repeat("1,", 256), size), strings.NewReader(`1]}`)), "RECORD_TOO_LARGE×1@1"},
		{"a line that is none", io.MultiReader(endless(strings.Repeat("x", 512), size), strings.NewReader("\n{\"a\":1}")), "2=1 NOT_JSON×1@1"},
		{"white space", io.MultiReader(endless(strings.Repeat(" ", 512), size), strings.NewReader("{\"a\":1}")), "1=1"},
		{"brackets", endless(strings.Repeat("{", 512), size), "NOT_JSON×1@1"},
	} {
		took, got := allocated(c.text)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if took > 8*audit.MaxRecord {
			t.Errorf("%s: %d bytes allocated for %d", c.name, took, size)
		}
	}
}

// repeated is a text again and again; reads are of whole ones.
type repeated string

func (r repeated) Read(p []byte) (n int, err error) {
	for n+len(r) <= len(p) {
		n += copy(p[n:], r)
	}
	return n, nil
}
