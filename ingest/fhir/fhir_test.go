package fhir_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/fhir"
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

func profile(t testing.TB) *audit.Profile {
	t.Helper()
	p, err := audit.ParseProfile(sample(t, "profile.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var samples = []string{"r4.ndjson", "r5.json", "r4.xml", "r5.xml"}

func read(name string, text io.Reader, p *audit.Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	if filepath.Ext(name) == ".xml" {
		return fhir.ReadXML(text, p, report)
	}
	return fhir.Read(text, p, report)
}

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
			fmt.Fprintf(&b, "== %s, profile %v\n%s", name, p != nil, show(t, read(name, bytes.NewReader(sample(t, name)), p, report), report))
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
		a := show(t, read(name, bytes.NewReader(sample(t, name)), nil, whole), whole)
		b := show(t, read(name, iotest.OneByteReader(bytes.NewReader(sample(t, name))), nil, part), part)
		if a != b {
			t.Errorf("%s:\n%s\n%s", name, a, b)
		}
	}
}

// The same resource gives the same event in both encodings.
func TestEncodings(t *testing.T) {
	const text = `{"resourceType":"AuditEvent","id":"x1","contained":[{"resourceType":"Device","id":"srv","deviceName":[{"name":"Gesichtsdatei"}]}],
"extension":[{"url":"https://example.org/case","valueString":"ST/0043/24"}],"type":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110103","display":"DICOM Instances Accessed"},
"action":"R","recorded":"2024-05-04T10:00:00Z","_recorded":{"extension":[{"url":"https://example.org/clock","valueCode":"ntp"}]},"outcome":"0",
"agent":[{"who":{"identifier":{"value":"u-9"},"display":"Robin Example"},"requestor":true,"purposeOfUse":[{"coding":[{"code":"IDENT"}]}]}],"source":{"observer":{"reference":"#srv"}},
"entity":[{"what":{"reference":"Media/11"},"role":{"code":"3"},"description":"front view, Köln"}]}`
	line := func(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }
	a, b := new(format.Report), new(format.Report)
	x := line(show(t, fhir.ReadXML(bytes.NewReader(sample(t, "r4.xml")), profile(t), a), a))
	j := line(show(t, fhir.Read(strings.NewReader(text), profile(t), b), b))
	if x != j || !strings.Contains(x, "ST/0043/24") {
		t.Errorf("%s\n%s", x, j)
	}
}

func TestXMLThatIsRefused(t *testing.T) {
	wrap := func(s string) string { return `<AuditEvent xmlns="http://hl7.org/fhir">` + s + "</AuditEvent>" }
	for name, c := range map[string]struct{ text, code string }{
		"a document type":  {"<!DOCTYPE x [<!ENTITY a 'b'>]>" + wrap(""), format.ErrMalformed},
		"an entity":        {wrap(`<id value="&b;"/>`), format.ErrMalformed},
		"crossed tags":     {wrap("<a><b></a></b>"), format.ErrMalformed},
		"nested deeply":    {wrap(strings.Repeat("<a>", 100)), format.ErrTooLarge},
		"a long value":     {wrap(`<id value="` + strings.Repeat("a", 3<<20) + `"/>`), format.ErrTooLarge},
		"a long narrative": {wrap("<text><div>" + strings.Repeat("a", 3<<20) + "</div></text>"), format.ErrTooLarge},
		"an encoding":      {`<?xml version="1.0" encoding="ebcdic"?>` + wrap(""), format.ErrMalformed},
		"cut":              {wrap("")[:30], format.ErrTruncated},
		"cut within":       {`<AuditEvent><id value="a"/>`, format.ErrTruncated},
		"a Bundle cut":     {"<Bundle><entry>", format.ErrTruncated},
		"nothing":          {"", format.ErrTruncated},
	} {
		var got error
		for _, err := range fhir.ReadXML(strings.NewReader(c.text), nil, nil) {
			got = err
		}
		if format.CodeOf(got) != c.code {
			t.Errorf("%s: %v, want %s", name, got, c.code)
		}
	}
}

func TestFacesOfAProfile(t *testing.T) {
	p, err := audit.ParseProfile([]byte(`faces: ["/^Media/"]`))
	if err != nil {
		t.Fatal(err)
	}
	const one = `{"resourceType":"AuditEvent","type":{"code":"rest"},"action":"R","recorded":"2024-05-02T00:00:00Z","source":{"observer":{"display":"x"}},"entity":[{"what":{"reference":"%s/1"}}]}`
	report := new(format.Report)
	n := 0
	for _, err := range fhir.Read(strings.NewReader(fmt.Sprintf(one, "Media")+"\n"+fmt.Sprintf(one, "Claim")), p, report) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 || report.Lost() != 0 || len(report.Gaps()) != 1 || report.Gaps()[0].Code != audit.GapSubject {
		t.Errorf("%d events, %+v", n, report.Gaps())
	}
}

// Who took part and has no place in the event is counted, and so is a period that cannot be; a record that is a picture keeps its name.
func TestNothingGoesWithoutAWord(t *testing.T) {
	const text = `{"resourceType":"AuditEvent","type":{"code":"110106"},"period":{"start":"2024-05-02T10:00:00Z","end":"2024-05-02T09:00:00Z"},
"agent":[{"requestor":true,"who":{"reference":"Practitioner/1"}},{"requestor":false,"who":{"reference":"Practitioner/2"}}],
"source":{"observer":{"display":"x"}},"entity":[{"what":{"reference":"Media/9"},"detail":[{"type":"sha256","valueString":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}]}`
	report := new(format.Report)
	for e, err := range fhir.Read(strings.NewReader(text), nil, report) {
		if err != nil || len(e.Images) != 1 || len(e.Records) != 1 || e.Records[0].Reference != "Media/9" {
			t.Errorf("%+v, %v", e, err)
		}
	}
	var got []string
	for _, g := range report.Gaps() {
		got = append(got, g.Code+" "+g.Field)
	}
	if s := strings.Join(got, ", "); s != "BAD_VALUE period, FIELD_NOT_MAPPED agent.who" {
		t.Error(s)
	}
}

// Identifiers of organisations and systems are public: no person becomes one.
func TestPersonsStayPersons(t *testing.T) {
	for _, observer := range []string{
		`{"reference":"Practitioner/kim"}`, `{"display":"Kim Muster"}`, `{"type":"Practitioner","display":"Lee"}`, `{"reference":"#k"}`, `{"identifier":{"value":"u-17"}}`,
	} {
		text := `{"resourceType":"AuditEvent","contained":[{"resourceType":"Practitioner","id":"k","name":[{"family":"Muster","given":["Kim"]}]}],"type":{"code":"110106"},"recorded":"2024-05-02T00:00:00Z",
"agent":[{"requestor":true,"name":"Kim Muster","who":{"identifier":{"value":"u-17"}}},{"type":{"coding":[{"code":"110152"}]},"who":{"reference":"RelatedPerson/3","display":"Pat Example"}}],"source":{"observer":` + observer + `},"entity":[{"what":{"reference":"Media/1"}}]}`
		n := 0
		for e, err := range fhir.Read(strings.NewReader(text), nil, nil) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if e.From != (event.Place{}) || e.To != (event.Place{}) || e.Requester != "" || e.Records[0].System != "" {
				t.Errorf("%s: from %+v to %+v, requester %q", observer, e.From, e.To, e.Requester)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d events", observer, n)
		}
	}
}

// A picture that is contained is hashed, whatever its size, in both encodings.
func TestContainedPictures(t *testing.T) {
	for _, size := range []int{100, 500 << 10} {
		picture := bytes.Repeat([]byte{0xff, 0xd8, 0x3f}, size/3)
		want := fmt.Sprintf("sha256:%x", sha256.Sum256(picture))
		data := base64.StdEncoding.EncodeToString(picture)
		for name, text := range map[string]string{
			".json": `{"resourceType":"AuditEvent","contained":[{"resourceType":"Media","id":"m","content":{"contentType":"image/jpeg","data":"` + strings.ReplaceAll(data, "/", `\/`) + `"}}],"type":{"code":"read"},"entity":[{"what":{"reference":"#m"}}]}`,
			".xml":  `<AuditEvent><contained><DocumentReference><id value="m"/><content><attachment><contentType value="image/jpeg"/><data value="` + data + `"/></attachment></content></DocumentReference></contained><type><code value="read"/></type><entity><what><reference value="#m"/></what></entity></AuditEvent>`,
		} {
			n := 0
			for e, err := range read(name, strings.NewReader(text), nil, nil) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; len(e.Images) != 1 || e.Images[0].Digest != want || e.Images[0].MediaType != "image/jpeg" || len(e.Records) != 0 {
					t.Errorf("%s, %d bytes: %+v", name, size, e.Images)
				}
			}
			if n != 1 {
				t.Errorf("%s: %d events", name, n)
			}
		}
	}
}

// A resource of too many elements is lost, and nothing else.
func TestManyElements(t *testing.T) {
	report := new(format.Report)
	text := `<Bundle><entry><resource><AuditEvent>` + strings.Repeat("<entity/>", 100000) + `</AuditEvent></resource></entry><entry><resource><AuditEvent><type><code value="read"/></type></AuditEvent></resource></entry></Bundle>`
	n := 0
	for _, err := range fhir.ReadXML(strings.NewReader(text), nil, report) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 || report.Records != 2 || report.Gaps()[0].Code != audit.GapLarge {
		t.Errorf("%d events, %+v", n, report.Gaps())
	}
}

// A period of which one end is said is one of which the other is not known; who wrote it down did so after it began.
func TestPeriodsWithOneEnd(t *testing.T) {
	for period, want := range map[string]string{
		`{"start":"2024-05-02T10:00:00Z"}`:                              "2024-05-02T10:00:00Z/2024-05-02T11:00:00Z",
		`{"end":"2024-05-02T10:00:00Z"}`:                                "../2024-05-02T10:00:00Z",
		`{"start":"2024-05-02T10:00:00Z","end":"2024-05-02T10:30:00Z"}`: "2024-05-02T10:00:00Z/2024-05-02T10:30:00Z",
	} {
		text := `{"resourceType":"AuditEvent","type":{"code":"110106"},"recorded":"2024-05-02T11:00:00Z","period":` + period + `,
"agent":[{"requestor":true,"who":{"reference":"Practitioner/1"}}],"source":{"observer":{"display":"x"}},"entity":[{"what":{"reference":"Media/9"}}]}`
		n := 0
		for e, err := range fhir.Read(strings.NewReader(text), nil, new(format.Report)) {
			if n++; err != nil || e.Occurred.String() != want {
				t.Errorf("%s: %v %v, want %s", period, e, err, want)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d events", period, n)
		}
	}
}
