package prov_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/lichtspur/lichtspur/ingest/prov"
)

func BenchmarkRead(b *testing.B) {
	_, entries := several(b, 20)
	foreign, err := os.ReadFile("testdata/workflow.json")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		text []byte
	}{{"entries in bundles", bundles(b, entries)}, {"entries in one document", flat(b, entries)}, {"a document of others", foreign}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, err := range prov.Read(bytes.NewReader(c.text), nil, nil) {
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

func BenchmarkWrite(b *testing.B) {
	_, entries := several(b, 20)
	b.SetBytes(int64(len(bundles(b, entries))))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		w := prov.NewWriter(io.Discard, header)
		for _, en := range entries {
			if err := w.Entry(en); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if err := w.Close(prov.End{Complete: true}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
