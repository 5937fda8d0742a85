package nist_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/nist"
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

var samples = []string{"rec01_rec02_rec16.nst.an2", "type-10-branded-tattoo-mark.an2", "type-8-sig-fax.an2"}

func only(t *testing.T, text []byte) *nist.Transaction {
	t.Helper()
	var out *nist.Transaction
	for tx, err := range nist.Transactions(bytes.NewReader(text), nil) {
		if err != nil {
			t.Fatal(err)
		}
		out = tx
	}
	return out
}

func TestSamples(t *testing.T) {
	for i, want := range []string{
		"0 ABC 20200704 20200704113713Z Wallace→Gormit user-defined/010206999 INT-I 4 9, records map[2:1 16:1], images []",
		"0400 AMN 20091009 20091009190000Z DAI000000→MDNISTIMG jck brand mark/ NORAM , records map[2:1 10:2], images [TATTOO MARK]",
		"0500 FAUF 20090728  DAI000000→MDNISTIMG jck type 8 signature/  1, records map[2:1 8:1], images []",
	} {
		tx := only(t, sample(t, samples[i]))
		types := []string{}
		for _, img := range tx.Images {
			types = append(types, img.Type)
		}
		// DAI, the destination, stands first in 1.007, and ORI in 1.008.
		got := fmt.Sprintf("%s %s %s %s %s→%s %s/%s %s %s, records %v, images %v", tx.Version, tx.Type, tx.Date, tx.UTC, tx.To, tx.From, tx.Control, tx.Answers, tx.Domain, tx.Priority, tx.Records, types)
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", samples[i], got, want)
		}
	}
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
	profile, err := nist.ParseProfile([]byte("agencies: {NCB-XA: ncb-xa-town, XA-PD: police-xa}\nkinds: {FRS: QUERY}\ndatabases: {IPSG: ifrs}\nzone: Europe/Berlin\npurpose: identification\nbasis: [\"Act § 1\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	face := func(idc int, more ...string) record {
		return tagged(10, fmt.Sprintf("10.002:%02d", idc), append([]string{"10.003:FACE"}, more...)...)
	}
	type c struct {
		name    string
		text    []byte
		profile *nist.Profile
	}
	var cases []c
	for _, s := range samples {
		cases = append(cases, c{s, sample(t, s), nil})
	}
	h := head{tot: "CPS", dat: "20240502", dai: "IPSG", ori: "NCB-XA", tcn: "XA-24-0001", gmt: "20240502101112Z", dom: "INT-I\x1f4.22b"}
	two := []record{tagged(2, "2.002:00"), face(1, "10.004:XA-PD", "10.005:20231224", "10.011:JPEGB", "10.999:noise\x1c\x1done"), face(2, "10.011:PNG", "10.999:noise two")}
	cases = append(cases,
		c{"two faces", build(h, two...), nil},
		c{"two faces, with a profile", build(h, two...), profile},
		c{"a query", build(with(h, func(h *head) { h.tot, h.gmt = "FRS", "" }), two...), profile},
		c{"no face", build(h, tagged(2, "2.002:00"), tagged(14, "14.002:01", "14.999:ridges")), nil},
		c{"old tags, no GMT, no DOM", build(with(h, func(h *head) { h.gmt, h.dom, h.short = "", "", true }), face(1, "10.999:x")), nil},
		c{"dates that disagree", build(with(h, func(h *head) { h.gmt = "20200102000000Z" }), face(1, "10.999:x")), nil},
		c{"a picture elsewhere", build(h, face(1, "10.994:file://x", fmt.Sprintf("10.996:%X", sha256.Sum256([]byte("x")))), face(2, "10.011:WSQ", "10.996:"+strings.Repeat("0", 64), "10.999:x"), face(3)), nil},
		c{"two transactions, the second answers the first", append(build(h, two...), append(build(with(h, func(h *head) { h.tcn, h.tcr, h.ori, h.dai = "IPSG 1", "XA-24-0001", "IPSG", "NCB-XA" })), "\r\n"...)...), nil},
		c{"no sender", build(with(h, func(h *head) { h.ori = "" }), face(1, "10.999:x")), nil},
		c{"letters of Latin-1", build(with(h, func(h *head) { h.tcn = "M\xfcnchen 1" }), face(1, "10.999:x")), nil},
	)
	var b strings.Builder
	for _, c := range cases {
		report := new(format.Report)
		fmt.Fprintf(&b, "== %s\n%s", c.name, show(t, nist.Read(bytes.NewReader(c.text), c.profile, report), report))
	}
	report := new(format.Report)
	fmt.Fprintf(&b, "== XML\n%s", show(t, nist.ReadXML(bytes.NewReader(sample(t, "face.xml")), profile, report), report))
	if *update {
		if err := os.WriteFile("testdata/golden.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(sample(t, "golden.txt")); want != b.String() {
		t.Errorf("testdata/golden.txt differs:\n%s", b.String())
	}
}

// read reads a file and returns what ended it.
func read(text []byte) (n int, err error) {
	for _, err = range nist.Read(bytes.NewReader(text), nil, nil) {
		if err == nil {
			n++
		}
	}
	return n, err
}

// A file that is cut anywhere is an error, and gives nothing of the transaction that it is cut in.
func TestTruncation(t *testing.T) {
	for _, name := range samples {
		text := sample(t, name)
		for n := range text {
			if len(text) > 6000 && n%97 != 0 && n > 400 && n < len(text)-50 {
				continue
			}
			if got, err := read(text[:n]); err == nil || got > 0 || format.CodeOf(err) == "" {
				t.Fatalf("%s cut after %d of %d bytes: %d events, %v", name, n, len(text), got, err)
			}
		}
	}
	text := sample(t, "face.xml")
	for n := range len(text) - 1 {
		for e, err := range nist.ReadXML(bytes.NewReader(text[:n]), nil, nil) {
			if err == nil {
				t.Fatalf("XML cut after %d of %d bytes gives %v", n, len(text), e.Kind)
			}
		}
	}
}

// A length that is another than the record's is an error, whichever digit of it is changed.
func TestFlippedLengths(t *testing.T) {
	for _, name := range samples {
		text := sample(t, name)
		for _, tag := range []string{"1.001:", "2.001:", "10.001:", "16.001:"} {
			from := 0
			for {
				i := bytes.Index(text[from:], []byte(tag))
				if i < 0 {
					break
				}
				i += from + len(tag)
				from = i
				if i > len(tag) && text[i-len(tag)-1] != 0x1c && i != len(tag) {
					continue // "2.001:" within "12.001:"
				}
				for ; text[i] >= '0' && text[i] <= '9'; i++ {
					for d := byte('0'); d <= '9'; d++ {
						bad := bytes.Clone(text)
						if bad[i] = d; d == text[i] {
							continue
						}
						if n, err := read(bad); err == nil || n > 0 || format.CodeOf(err) == "" {
							t.Errorf("%s: %s with %q at byte %d: %d events, %v", name, tag, d, i, n, err)
						}
					}
				}
			}
		}
	}
	text := sample(t, "type-8-sig-fax.an2")
	at := bytes.LastIndexByte(text[:230], 0x1c) + 1
	if n := binary.BigEndian.Uint32(text[at:]); int(n) != len(text)-at {
		t.Fatalf("the Type-8 record is not at %d", at)
	}
	for bit := range 32 {
		bad := bytes.Clone(text)
		bad[at+bit/8] ^= 1 << (bit % 8)
		if n, err := read(bad); err == nil || n > 0 {
			t.Errorf("bit %d of the length of a Type-8 record: %d events, %v", bit, n, err)
		}
	}
}

// What a file claims costs nothing: a claim of 1 GiB is an error after the bytes that are there.
func TestHugeClaims(t *testing.T) {
	h := head{tot: "CPS", dat: "20240502", dai: "IPSG", ori: "NCB-XA", tcn: "1"}
	whole := build(h, tagged(10, "10.002:01", "10.003:FACE", "10.999:x"))
	cases := map[string][]byte{
		"Type-1":          bytes.Replace(whole, []byte("1.001:"), []byte("1.001:107374"), 1),
		"Type-10":         bytes.Replace(whole, []byte("10.001:"), []byte("10.001:1073741824"), 1),
		"more than 2^63":  bytes.Replace(whole, []byte("10.001:"), []byte("10.001:99999999999999999999"), 1),
		"Type-14":         bytes.Replace(build(h, tagged(14, "14.002:01", "14.999:x")), []byte("14.001:"), []byte("14.001:1073741"), 1),
		"a binary record": build(h, record{kind: 4, bytes: append([]byte{0x40, 0, 0, 0, 1}, make([]byte, 20)...)}),
	}
	for name, text := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := read(text)
		runtime.ReadMemStats(&after)
		if err == nil || n > 0 {
			t.Errorf("%s: %d events, %v", name, n, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, took)
		}
	}
}

// Records of every type are read over, whatever bytes they hold, and a face among them is found.
func TestEveryType(t *testing.T) {
	separators := "\x1c\x1d\x1e\x1f1.001:5\x1c"
	list := []record{tagged(2, "2.002:00", "2.003:"+separators)}
	for kind, header := range map[int]int{3: 18, 4: 18, 5: 18, 6: 18, 7: 5, 8: 12} {
		b := make([]byte, header)
		b[4] = 7
		b = append(b, separators...)
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		list = append(list, record{kind: kind, bytes: b})
	}
	for kind := 9; kind < 100; kind++ {
		if kind == 10 {
			list = append(list, tagged(10, "10.002:01", "10.003:FACE", "10.004:XA-PD", "10.005:20230000", "10.026:1\x1f2\x1e3\x1f4", "10.999:"+separators))
			continue
		}
		list = append(list, tagged(kind, fmt.Sprintf("%d.002:01", kind), fmt.Sprintf("%d.999:%s", kind, separators)))
	}
	for _, version := range []string{"0200", "0201", "0300", "0400", "0500", "0501", "0502", "0600"} {
		text := bytes.Replace(build(head{tot: "CPS", dat: "20240502", dai: "IPSG", ori: "NCB-XA", tcn: "1"}, list...), []byte(".002:0500"), []byte(".002:"+version), 1)
		tx := only(t, text)
		if len(tx.Records) != 98 || len(tx.Images) != 1 || tx.Version != version || tx.Images[0].Digest != fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(separators))) {
			t.Errorf("version %s: %d types of records, images %+v", version, len(tx.Records), tx.Images)
		}
		if n, err := read(text); n != 2 || err != nil {
			t.Errorf("version %s: %d events, %v", version, n, err)
		}
	}
}

// A picture that really is large takes no more memory than a small one.
func TestLargePicture(t *testing.T) {
	const size = 64 << 20
	h := head{tot: "CPS", dat: "20240502", dai: "IPSG", ori: "NCB-XA", tcn: "1"}
	whole := build(h, tagged(10, "10.002:01", "10.003:FACE", "10.999:"))
	// The length of the record with size more bytes has more digits, which it counts, too.
	at := bytes.Index(whole, []byte("10.001:"))
	rest := whole[at:]
	old, _, _ := bytes.Cut(rest[len("10.001:"):], []byte{0x1d})
	n, _ := strconv.Atoi(string(old))
	length := n + size
	length += len(strconv.Itoa(length)) - len(old)
	text := slicesOf(whole[:at], []byte(fmt.Sprintf("10.001:%d", length)), rest[len("10.001:")+len(old):len(rest)-1])
	in := io.MultiReader(bytes.NewReader(text), io.LimitReader(zeros{}, size), strings.NewReader("\x1c"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	want := sha256.New()
	if _, err := io.CopyN(want, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	for tx, err := range nist.Transactions(in, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if len(tx.Images) != 1 || tx.Images[0].Bytes != size || tx.Images[0].Digest != fmt.Sprintf("sha256:%x", want.Sum(nil)) {
			t.Errorf("%+v", tx.Images)
		}
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("%d bytes allocated for a picture of %d", took, size)
	}
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestByteByByte(t *testing.T) {
	for _, name := range samples {
		whole, part := new(format.Report), new(format.Report)
		a := show(t, nist.Read(bytes.NewReader(sample(t, name)), nil, whole), whole)
		b := show(t, nist.Read(iotest.OneByteReader(bytes.NewReader(sample(t, name))), nil, part), part)
		if a != b {
			t.Errorf("%s:\n%s\n%s", name, a, b)
		}
	}
	whole, part := new(format.Report), new(format.Report)
	a := show(t, nist.ReadXML(bytes.NewReader(sample(t, "face.xml")), nil, whole), whole)
	if b := show(t, nist.ReadXML(iotest.OneByteReader(bytes.NewReader(sample(t, "face.xml"))), nil, part), part); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestXMLThatIsRefused(t *testing.T) {
	wrap := func(s string) string {
		return "<NISTBiometricInformationExchangePackage><PackageInformationRecord/>" + s + "</NISTBiometricInformationExchangePackage>"
	}
	for name, c := range map[string]struct{ text, code string }{
		"another document":     {"<html/>", format.ErrMalformed},
		"no header":            {"<NISTBiometricInformationExchangePackage/>", format.ErrMalformed},
		"a document type":      {"<!DOCTYPE x [<!ENTITY a 'b'>]>" + wrap(""), format.ErrMalformed},
		"an entity":            {wrap("<a>&b;</a>"), format.ErrMalformed},
		"crossed tags":         {wrap("<a><b></a></b>"), format.ErrMalformed},
		"two roots":            {wrap("") + wrap(""), format.ErrMalformed},
		"text after the root":  {wrap("") + "x", format.ErrMalformed},
		"nested deeply":        {wrap(strings.Repeat("<a>", 100)), format.ErrTooLarge},
		"a picture not base64": {wrap("<PackageFacialAndSMTImageRecord><BinaryBase64Object>abc</BinaryBase64Object></PackageFacialAndSMTImageRecord>"), format.ErrMalformed},
		"a long name":          {wrap("<" + strings.Repeat("a", 10000) + ">"), format.ErrMalformed},
		"nothing":              {"", format.ErrTruncated},
	} {
		var got error
		for _, err := range nist.ReadXML(strings.NewReader(c.text), nil, nil) {
			got = err
		}
		if format.CodeOf(got) != c.code {
			t.Errorf("%s: %v, want %s", name, got, c.code)
		}
	}
}

// The same picture has the same digest in both encodings, whatever its length.
func TestBase64(t *testing.T) {
	for n := range 50 {
		picture := bytes.Repeat([]byte{0xff, 0x10, 0x83}, 17)[:n+1]
		text := "<NISTBiometricInformationExchangePackage><PackageInformationRecord/><PackageFacialAndSMTImageRecord><FaceImage><BinaryBase64Object>\n " +
			base64.StdEncoding.EncodeToString(picture) + "\n</BinaryBase64Object></FaceImage></PackageFacialAndSMTImageRecord></NISTBiometricInformationExchangePackage>"
		for tx, err := range nist.TransactionsXML(strings.NewReader(text), nil) {
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("sha256:%x", sha256.Sum256(picture)); tx.Images[0].Digest != want || tx.Images[0].Bytes != int64(len(picture)) {
				t.Errorf("%d bytes: %+v", n+1, tx.Images[0])
			}
		}
	}
}

// Transactions for tests, as the specification has them.

type record struct {
	kind  int
	idc   int
	bytes []byte
}

// tagged builds a tagged record; its first field, the length, is computed.
func tagged(kind int, idc string, fields ...string) record {
	rest := "\x1d" + strings.Join(append([]string{idc}, fields...), "\x1d") + "\x1c"
	_, number, _ := strings.Cut(idc, ":")
	n, _ := strconv.Atoi(number)
	return record{kind, n, withLength(fmt.Sprintf("%d.001:", kind), rest)}
}

func withLength(tag, rest string) []byte {
	n := len(tag) + len(rest)
	for l := 1; ; l++ {
		if s := strconv.Itoa(n + l); len(s) == l {
			return []byte(tag + s + rest)
		}
	}
}

type head struct {
	tot, dat, dai, ori, tcn, tcr, gmt, dom string
	short                                  bool // tags as older versions have them
}

func with(h head, change func(*head)) head { change(&h); return h }

func build(h head, records ...record) []byte {
	cnt := fmt.Sprintf("1\x1f%d", len(records))
	var body []byte
	for _, r := range records {
		if len(r.bytes) > 4 && r.kind < 9 && r.kind > 2 {
			r.idc = int(r.bytes[4])
		}
		cnt += fmt.Sprintf("\x1e%d\x1f%02d", r.kind, r.idc)
		body = append(body, r.bytes...)
	}
	digits := "1.%03d:%s"
	if h.short {
		digits = "1.%02d:%s"
	}
	fields := []string{fmt.Sprintf(digits, 2, "0500"), fmt.Sprintf(digits, 3, cnt)}
	for _, f := range []struct {
		n int
		v string
	}{{4, h.tot}, {5, h.dat}, {7, h.dai}, {8, h.ori}, {9, h.tcn}, {10, h.tcr}, {11, "00.00"}, {12, "00.00"}, {13, h.dom}, {14, h.gmt}} {
		if f.v != "" {
			fields = append(fields, fmt.Sprintf(digits, f.n, f.v))
		}
	}
	first := fmt.Sprintf(strings.TrimSuffix(digits, "%s"), 1)
	return append(withLength(first, "\x1d"+strings.Join(fields, "\x1d")+"\x1c"), body...)
}
