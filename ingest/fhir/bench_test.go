package fhir_test

import (
	"bytes"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	line, _, _ := bytes.Cut(sample(b, "r4.ndjson"), []byte("\n"))
	_, entry, _ := bytes.Cut(sample(b, "r4.xml"), []byte("<AuditEvent"))
	bundle := append(append([]byte("<Bundle>"), bytes.Repeat(append(append([]byte("<entry><resource><AuditEvent"), entry...), "</resource></entry>"...), 1000)...), "</Bundle>"...)
	p := profile(b)
	for _, c := range []struct {
		name string
		text []byte
	}{{"r4.ndjson", bytes.Repeat(append(line, '\n'), 1000)}, {"r4.xml", bundle}} {
		b.Run(c.name, func(b *testing.B) {
			n := 0
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range read(c.name, bytes.NewReader(c.text), p, nil) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			if n == 0 {
				b.Fatal("no events")
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
