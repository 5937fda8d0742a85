package ocsf_test

import (
	"bytes"
	"testing"

	"github.com/lichtspur/lichtspur/ingest/ocsf"
)

func BenchmarkRead(b *testing.B) {
	line, _, _ := bytes.Cut(sample(b, "datastore.ndjson"), []byte("\n"))
	text := bytes.Repeat(append(line, '\n'), 1000)
	other := bytes.Repeat(append(bytes.ReplaceAll(line, []byte("gesichtserkennung"), []byte("vehicles")), '\n'), 1000)
	p := profile(b)
	b.Run("searches", func(b *testing.B) {
		n := 0
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range ocsf.Read(bytes.NewReader(text), p, nil) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("about something else", func(b *testing.B) {
		b.SetBytes(int64(len(other)))
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			for range ocsf.Read(bytes.NewReader(other), p, nil) {
				b.Fatal("an event")
			}
			n += 1000
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
	})
}
