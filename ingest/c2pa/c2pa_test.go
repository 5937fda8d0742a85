package c2pa_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/veraison/go-cose"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/c2pa"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// read gives what a picture gives: events as lines, then gaps as lines.
func read(t testing.TB, in io.Reader, o c2pa.Options) string {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = now
	}
	var b strings.Builder
	report := new(format.Report)
	for e, err := range c2pa.Read(in, o, report) {
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
	for _, g := range report.Gaps() {
		fmt.Fprintf(&b, "%s %s %q: %s\n", g.Loss, g.Code, g.Field, g.Problem)
	}
	return b.String()
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func TestAPictureThatWasTaken(t *testing.T) {
	for _, kind := range []string{"jpeg", "png"} {
		for _, alg := range []cose.Algorithm{cose.AlgorithmES256, cose.AlgorithmES384, cose.AlgorithmES512, cose.AlgorithmPS256, cose.AlgorithmPS384, cose.AlgorithmPS512, cose.AlgorithmEdDSA} {
			id := newIdentity(t, alg, camera, nil)
			pic := taken(id).build(t, kind)
			got := read(t, iotest.HalfReader(bytes.NewReader(pic)), c2pa.Options{Trust: id.trust()})
			if !contains(got, `"kind":"CAPTURE"`, digest(pic), `"mediaType":"image/`+kind+`"`, `"origin":"example-camera-ag"`, `"to":{"organisation":"example-camera-ag"}`,
				`"occurred":"2026-05-01T11:00:00Z"`, "claim generator Sample Camera 7.1", "signer CN=Camera 7,O=Example Camera AG,C=DE", "source type digitalCapture",
				"signature VALID; assertions VALID; binding VALID; signer VALID") || strings.Count(got, "\n") != 1 {
				t.Errorf("%s, %v: %s", kind, alg, got)
			}
		}
	}
}

func TestAPictureMadeOfAnother(t *testing.T) {
	maker, editor := newIdentity(t, cose.AlgorithmES256, camera, nil), newIdentity(t, cose.AlgorithmPS256, pkix.Name{Organization: []string{"Editor GmbH"}}, nil)
	parent := taken(maker)
	box := parent.manifest(t, make([]byte, 32), 2, 100)
	c := edited(t, editor, parent, box)
	pic := c.build(t, "jpeg", box)
	got := read(t, bytes.NewReader(pic), c2pa.Options{})
	if !contains(got, `"kind":"DERIVE"`, `{"mediaType":"image/jpeg","role":"PARENT"},{"digest":"`+digest(pic), `"role":"CHILD"`, `"withheld":["/images/0/digest"]`,
		`"method":"cropped.color-adjustments.other"`, `"origin":"example-camera-ag"`, `"to":{"organisation":"editor-gmbh"}`, `"occurred":"2026-05-01T11:59:00Z"`,
		`{"reference":"`+parent.label+`"}`, `{"reference":"`+c.label+`"}`, "claim generator sample_editor/1.0", "signer NOT_CHECKED",
		`NONE CHECK "signer": no trust list was given`) {
		t.Error(got)
	}
	// The ingredient's manifest is another than the claim says.
	bad := bytes.Replace(box, []byte("Sample Camera"), []byte("Simple Camera"), 1)
	if got := read(t, bytes.NewReader(c.build(t, "jpeg", bad)), c2pa.Options{}); !contains(got, "EVENT MANIFEST_NOT_SOUND", "the manifest of an ingredient has another hash") {
		t.Error(got)
	}
	// By profile: who is behind a signer, and where the pictures are.
	p, err := c2pa.ParseProfile([]byte("signers: {Example Camera AG: bka-cameras}\nplace: {system: archive}\nexercise: true\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, bytes.NewReader(pic), c2pa.Options{Profile: p}); !contains(got, `"origin":"bka-cameras"`, `"to":{"system":"archive"}`, `"exercise":true`) {
		t.Error(got)
	}
	// An update manifest changes nothing of the content; the picture is still bound.
	base := edited(t, editor, parent, box)
	whole := base.build(t, "jpeg", box)
	update := &claimed{label: "urn:c2pa:update", version: 2, update: true, signer: maker, actions: []object{{"action": "c2pa.published"}}}
	first := storeOf(t, whole)
	inner := first[len(super("c2pa", "c2pa"))+len(box):] // the base's manifest
	update.ingredients = []object{{"dc:format": "image/jpeg", "relationship": "parentOf", "activeManifest": link("self#jumbf=/c2pa/"+base.label, inner)}}
	grown := put(picture(t, "jpeg"), super("c2pa", "c2pa", box, inner, update.manifest(t, nil, 0, 0)), "jpeg", 60_000)
	if got := read(t, bytes.NewReader(grown), c2pa.Options{}); !contains(got, `"kind":"DERIVE"`, "binding VALID", "changes "+base.label) {
		t.Error(got)
	}
}

// Some cameras leave EXIF before the manifest out of the hash; tables that the picture is decoded with, or what comes behind
// the manifest, must not be.
func TestMetadataOutsideOfTheBinding(t *testing.T) {
	id := newIdentity(t, cose.AlgorithmES256, camera, nil)
	plain := picture(t, "jpeg")
	exif := []byte("\xff\xe1\x00\x0aExif\x00\x00MM")
	tables := 2 + 2 + int(binary.BigEndian.Uint16(plain[4:])) // Go writes them first
	for _, x := range []struct {
		name       string
		before     []byte // up to the manifest
		after      []byte
		from, more int
		want       []string
	}{
		{"EXIF", append([]byte("\xff\xd8"), exif...), plain[2:], 0, 0, []string{`"kind":"CAPTURE"`, "binding VALID", `CHECK "binding": what is said of the picture`}},
		{"the manifest alone", append([]byte("\xff\xd8"), exif...), plain[2:], 2 + len(exif), 0, []string{`"kind":"CAPTURE"`, "binding VALID"}},
		{"behind the manifest", append([]byte("\xff\xd8"), exif...), plain[2:], 0, 1, []string{"MANIFEST_NOT_SOUND", "leaves out more than the manifest"}},
		{"tables", plain[:tables], plain[tables:], 0, 0, []string{"MANIFEST_NOT_SOUND", "leaves out more than the manifest"}},
		{"EXIF behind tables", append(plain[:tables:tables], exif...), plain[tables:], tables, 0, []string{`"kind":"CAPTURE"`, "binding VALID"}},
	} {
		c := taken(id)
		sum := sha256.Sum256(append(x.before[:x.from:x.from], x.after[x.more:]...))
		make := func(length int) []byte {
			return segments(super("c2pa", "c2pa", c.manifest(t, sum[:], x.from, length)), 700)
		}
		pic := bytes.Join([][]byte{x.before, make(len(x.before) - x.from + len(make(0)) + x.more), x.after}, nil)
		if got := read(t, bytes.NewReader(pic), c2pa.Options{}); !contains(got, x.want...) {
			t.Errorf("%s: %s", x.name, got)
		}
	}
}

// storeOf puts a JPEG's manifest store together.
func storeOf(t testing.TB, pic []byte) []byte {
	t.Helper()
	var out []byte
	for at := 2; pic[at+1] == 0xeb; {
		n := int(pic[at+2])<<8 | int(pic[at+3])
		if out == nil {
			out = append(out, pic[at+12:at+20]...)
		}
		out = append(out, pic[at+20:at+2+n]...)
		at += 2 + n
	}
	return out
}

func TestWhatDoesNotHold(t *testing.T) {
	id := newIdentity(t, cose.AlgorithmES256, camera, nil)
	good := taken(id).build(t, "jpeg")
	flip := func(find string, by int) func() []byte {
		return func() []byte {
			b := bytes.Clone(good)
			i := bytes.Index(b, []byte(find))
			if i < 0 {
				t.Fatalf("no %q", find)
			}
			b[i+by] ^= 1
			return b
		}
	}
	image := func() []byte {
		b := bytes.Clone(good)
		b[len(b)-20] ^= 1
		return b
	}
	change := func(c func(*claimed)) func() []byte {
		return func() []byte {
			x := taken(id)
			c(x)
			return x.build(t, "jpeg")
		}
	}
	for name, x := range map[string]struct {
		pic  func() []byte
		want []string
	}{
		"a bit of the picture":  {image, []string{"EVENT MANIFEST_NOT_SOUND", `"binding": the bytes of the picture have another hash`}},
		"a bit of the claim":    {flip("dc:title", 3), []string{"EVENT MANIFEST_NOT_SOUND", `"signature": it does not verify`}},
		"a bit of an assertion": {flip("c2pa.created", 6), []string{"EVENT MANIFEST_NOT_SOUND", `"assertions": c2pa.actions has another hash`}},
		"an assertion unnamed":  {change(func(c *claimed) { c.unnamed = true }), []string{"EVENT MANIFEST_NOT_SOUND", "one is there that the claim does not name"}},
		"no binding":            {change(func(c *claimed) { c.noHash = true }), []string{`"kind":"CAPTURE"`, "binding NOT_CHECKED", "there is no c2pa.hash.data"}},
		"made by a machine": {change(func(c *claimed) {
			c.actions[0]["digitalSourceType"] = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
		}), []string{"EVENT NOT_CAPTURED"}},
		"no actions":             {change(func(c *claimed) { c.actions = nil }), []string{"EVENT NOT_CAPTURED"}},
		"nothing says when":      {change(func(c *claimed) { delete(c.actions[0], "when") }), []string{`"kind":"CAPTURE"`, "VALUE FIELD_MISSING"}},
		"no manifest":            {func() []byte { return picture(t, "jpeg") }, []string{"EVENT NO_MANIFEST"}},
		"a PNG without one":      {func() []byte { return picture(t, "png") }, []string{"EVENT NO_MANIFEST"}},
		"WebP":                   {func() []byte { return []byte("RIFF\x10\x00\x00\x00WEBPVP8 ") }, []string{`EVENT KIND_NOT_READ "WebP"`}},
		"no picture":             {func() []byte { return []byte("Dear colleague, ") }, []string{"error MALFORMED"}},
		"a manifest cut in half": {func() []byte { return good[:300] }, []string{"error TRUNCATED"}},
	} {
		if got := read(t, bytes.NewReader(x.pic()), c2pa.Options{}); !contains(got, x.want...) || strings.Contains(x.want[0], "EVENT") && strings.Contains(got, "{") {
			t.Errorf("%s: %s", name, got)
		}
	}
	// With require: any what does not hold is recorded, and said.
	if got := read(t, bytes.NewReader(image()), c2pa.Options{Profile: c2pa.Profile{Require: "any"}}); !contains(got, `"kind":"CAPTURE"`, "binding INVALID") {
		t.Error(got)
	}
}

func TestSigners(t *testing.T) {
	strict := c2pa.Profile{Require: "trusted"}
	for name, x := range map[string]struct {
		change func(*x509.Certificate)
		other  bool
		want   string
	}{
		"good": {nil, false, "signer VALID"},
		"for signing claims": {func(c *x509.Certificate) {
			c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, nil
			c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, []int{1, 3, 6, 1, 4, 1, 62558, 2, 1})
		}, false, "signer VALID"},
		"of another CA": {nil, true, "does not chain to the trust list"},
		"over":          {func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) }, false, "not valid now"},
		"for servers":   {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, false, "not for signing claims"},
		"a CA":          {func(c *x509.Certificate) { c.IsCA = true; c.KeyUsage |= x509.KeyUsageCertSign }, false, "that of a CA"},
	} {
		id := newIdentity(t, cose.AlgorithmES256, camera, x.change)
		trust := id.trust()
		if x.other {
			trust = newIdentity(t, cose.AlgorithmES256, camera, nil).trust()
		}
		pic := taken(id).build(t, "png")
		if got := read(t, bytes.NewReader(pic), c2pa.Options{Trust: trust, Profile: strict}); !contains(got, x.want) || strings.Contains(got, `"kind"`) != (x.want == "signer VALID") {
			t.Errorf("%s: %s", name, got)
		}
	}
	// A person's certificate names no organisation, and the person becomes no identifier.
	id := newIdentity(t, cose.AlgorithmES256, pkix.Name{CommonName: "Erika Mustermann"}, nil)
	pic := taken(id).build(t, "png")
	if got := read(t, bytes.NewReader(pic), c2pa.Options{}); !contains(got, "EVENT NO_PLACE") {
		t.Error(got)
	}
	p := c2pa.Profile{}
	p.Place.Organisation = "bka"
	if got := read(t, bytes.NewReader(pic), c2pa.Options{Profile: p}); !contains(got, `"to":{"organisation":"bka"}`) || strings.Contains(got, `"origin"`) {
		t.Error(got)
	}
}

// Lengths that a file claims are refused without anything being allocated for them.
func TestHostileLengths(t *testing.T) {
	store := super("c2pa", "c2pa", super("c2ma", "x"))
	long := bytes.Clone(store)
	long[0] = 0x40 // a gibibyte
	jpeg := func(store []byte) []byte {
		return bytes.Join([][]byte{[]byte("\xff\xd8"), segments(store, 60_000), []byte("\xff\xda\x00\x02")}, nil)
	}
	wide := append([]byte("\x00\x00\x00\x01jumb\x00\x00\x00\x00\x40\x00\x00\x00"), store[8:]...)
	wideSegment := append([]byte("\xff\xd8\xff\xeb\x00\x80JP\x00\x01\x00\x00\x00\x01"), wide...)
	png := append([]byte("\x89PNG\r\n\x1a\n"), "\x40\x00\x00\x00caBX"...)
	inner := bytes.Clone(store)
	inner[8] = 0x40 // of the description
	nested := []byte{}
	for range 40 {
		nested = super("c2ma", "x", nested)
	}
	many := bytes.Repeat(jbox("free"), 5000)
	for name, x := range map[string]struct {
		in   []byte
		want string
	}{
		"a store of a gibibyte":                   {jpeg(long), "TOO_LARGE"},
		"in its long form":                        {append(wideSegment, make([]byte, 200)...), "TOO_LARGE"},
		"a chunk of a gibibyte":                   {png, "TOO_LARGE"},
		"a chunk longer than any":                 {append([]byte("\x89PNG\r\n\x1a\n"), "\xff\x00\x00\x00IDAT"...), "BAD_LENGTH"},
		"a box of a gibibyte":                     {jpeg(inner), "MALFORMED"},
		"boxes nested too deep":                   {jpeg(super("c2pa", "c2pa", nested)), "MALFORMED"},
		"too many boxes":                          {jpeg(super("c2pa", "c2pa", many)), "MALFORMED"},
		"a segment shorter than its length field": {[]byte("\xff\xd8\xff\xe0\x00\x01xxxxxxxx"), "BAD_LENGTH"},
		"a claim of a large array":                {jpeg(super("c2pa", "c2pa", super("c2ma", "x", super("c2cl", "c2pa.claim", jbox("cbor", []byte("\xa1jassertions\x9b\x00\x00\x00\x00\x40\x00\x00\x00")))))), "MALFORMED"},
		"a claim nested deep":                     {jpeg(super("c2pa", "c2pa", super("c2ma", "x", super("c2cl", "c2pa.claim", jbox("cbor", append([]byte("\xa1ax"), bytes.Repeat([]byte{0x81}, 10_000)...)))))), "MALFORMED"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := c2pa.Examine(bytes.NewReader(x.in), c2pa.Options{Now: now})
		runtime.ReadMemStats(&after)
		if format.CodeOf(err) != x.want {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

// A claim that names the same large part again and again is hashed once.
func TestMuchToHash(t *testing.T) {
	big := super("cbor", "c2pa.big", jbox("cbor", make([]byte, 4<<20)))
	var links []object
	for range 4000 {
		links = append(links, object{"url": "self#jumbf=c2pa.assertions/c2pa.big", "hash": []byte{1}})
	}
	claim := encode(t, object{"alg": "sha512", "created_assertions": links})
	store := super("c2pa", "c2pa", super("c2ma", "x", super("c2as", "c2pa.assertions", big), super("c2cl", "c2pa.claim.v2", jbox("cbor", claim))))
	begin := time.Now()
	p, err := c2pa.Examine(bytes.NewReader(put(picture(t, "png"), store, "png", 60_000)), c2pa.Options{Now: now})
	if err != nil || p.Active().Validation.Assertions != c2pa.Invalid {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > 5*time.Second { // 16 GB would take half a minute
		t.Errorf("it took %v", took)
	}
}

// What is held is not the picture.
func TestMemory(t *testing.T) {
	id := newIdentity(t, cose.AlgorithmES256, camera, nil)
	pic := taken(id).build(t, "jpeg")
	const more = 64 << 20
	for name, in := range map[string]io.Reader{
		"with a manifest": io.MultiReader(bytes.NewReader(pic), io.LimitReader(zeros{}, more)),
		"without":         io.MultiReader(bytes.NewReader(picture(t, "jpeg")), io.LimitReader(zeros{}, more)),
		"another kind":    io.MultiReader(strings.NewReader("GIF89a......"), io.LimitReader(zeros{}, more)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if p, err := c2pa.Examine(in, c2pa.Options{Now: now}); err != nil || p.Bytes < more {
			t.Errorf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func FuzzRead(f *testing.F) {
	id := newIdentity(f, cose.AlgorithmES256, camera, nil)
	parent := taken(id)
	box := parent.manifest(f, make([]byte, 32), 2, 100)
	f.Add(parent.build(f, "jpeg"))
	f.Add(parent.build(f, "png"))
	f.Add(edited(f, id, parent, box).build(f, "jpeg", box))
	f.Add(picture(f, "png"))
	any := c2pa.Options{Now: now, Trust: id.trust(), Profile: c2pa.Profile{Require: "any"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, o := range []c2pa.Options{any, {Now: now}} {
			report := new(format.Report)
			n := int64(0)
			for e, err := range c2pa.Read(bytes.NewReader(text), o, report) {
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

func BenchmarkRead(b *testing.B) {
	id := newIdentity(b, cose.AlgorithmES256, camera, nil)
	pic := taken(id).build(b, "jpeg")
	for name, more := range map[string]int{"small": 0, "3 MB": 3 << 20} {
		one := append(bytes.Clone(pic), make([]byte, more)...)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(one)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, err := range c2pa.Read(bytes.NewReader(one), c2pa.Options{Now: now, Profile: c2pa.Profile{Require: "any"}}, nil) {
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
