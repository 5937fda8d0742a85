package cloudevents_test

import (
	"bytes"
	"testing"

	"github.com/lichtspur/lichtspur/ingest/cloudevents"
)

func BenchmarkRead(b *testing.B) {
	lines := bytes.Split(sample(b, "structured.ndjson"), []byte("\n"))
	for name, line := range map[string][]byte{"native": lines[0], "OCSF": lines[2]} {
		text := bytes.Repeat(append(line, '\n'), 1000)
		b.Run(name, func(b *testing.B) {
			n := 0
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range cloudevents.Read(bytes.NewReader(text), nil, nil) {
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
