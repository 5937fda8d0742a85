package event_test

import (
	stdjson "encoding/json"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// sample is a search as a source would hand it in.
const sample = `{"id":"bka-2024-0000123","kind":"QUERY","exercise":true,"occurred":"2024-05-01T12:30:00Z","requester":"bka",` +
	`"actor":{"id":"u-1017","role":"officer"},"from":{"organisation":"bka","system":"inpol","country":"DE"},` +
	`"images":[{"role":"PROBE","digest":"sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","mediaType":"image/jpeg"},` +
	`{"role":"CANDIDATE","digest":"sha256:0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","system":"ifrs","score":9120}],` +
	`"purpose":"identification","basis":["BKAG § 27"],"justification":"Identifizierung einer unbekannten Person",` +
	`"case":{"reference":"AZ 12/2024","offence":"fraud"},"input":"FACE","mode":"TRANSIENT",` +
	`"databases":[{"system":"ifrs","replied":true}],"result":{"state":"HIT","candidates":1}}`

// chacha is a fast source of salts, so that the benchmark is of sealing and not of the kernel.
func chacha() *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{1}) }

func BenchmarkParse(b *testing.B) {
	data := []byte(sample)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseV1 is encoding/json's reading of the same, beside which Parse is judged.
func BenchmarkParseV1(b *testing.B) {
	data := []byte(sample)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d := stdjson.NewDecoder(strings.NewReader(sample))
		d.DisallowUnknownFields()
		var e event.Event
		if err := d.Decode(&e); err != nil {
			b.Fatal(err)
		}
	}
}

func parsed(b *testing.B) *event.Event {
	e, err := event.Parse([]byte(sample))
	if err != nil {
		b.Fatal(err)
	}
	if f := e.Validate(); len(f) > 0 {
		b.Fatal(f)
	}
	return e
}

func BenchmarkValidate(b *testing.B) {
	e := parsed(b)
	b.ReportAllocs()
	for b.Loop() {
		if f := e.Validate(); len(f) > 0 {
			b.Fatal(f)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	e := parsed(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Canonical(e); err != nil {
			b.Fatal(err)
		}
	}
}

// fixed gives pseudonyms without any work, so that the benchmark is of sealing alone.
type fixed struct{}

func (fixed) ID() string { return "log" }
func (fixed) Pseudonym(k event.SubjectKind, _, id string) (event.Pseudonym, error) {
	return event.Pseudonym{k[0], id[0], id[len(id)-1]}, nil
}
func (fixed) Entry(_, id string) event.Pseudonym { return event.Pseudonym{'E', id[0]} }

func BenchmarkSeal(b *testing.B) {
	e, salts := parsed(b), chacha()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Seal(e, "bka", fixed{}, salts, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDigests is the hashing that sealing the sample cannot do without.
func BenchmarkDigests(b *testing.B) {
	s, err := event.Seal(parsed(b), "bka", fixed{}, chacha(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(s.Disclosures)), "disclosures")
	b.ReportMetric(float64(len(s.Leaf)), "leaf-bytes")
	for b.Loop() {
		for _, d := range s.Disclosures {
			event.DisclosureDigest(d.Encoded)
		}
	}
}

func BenchmarkParseSkeleton(b *testing.B) {
	s, err := event.Seal(parsed(b), "bka", fixed{}, chacha(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.ParseSkeleton(s.Leaf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s, err := event.Seal(parsed(b), "bka", fixed{}, chacha(), nil)
	if err != nil {
		b.Fatal(err)
	}
	ds := encodings(s.Disclosures)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Open(s.Skeleton, ds); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckDisclosures(b *testing.B) {
	s, err := event.Seal(parsed(b), "bka", fixed{}, chacha(), nil)
	if err != nil {
		b.Fatal(err)
	}
	ds := encodings(s.Disclosures)
	b.ReportAllocs()
	for b.Loop() {
		if _, f := event.CheckDisclosures(s.Skeleton, ds); len(f) > 0 {
			b.Fatal(f)
		}
	}
}
