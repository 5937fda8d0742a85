package nist_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/lichtspur/lichtspur/ingest/nist"
)

func BenchmarkRead(b *testing.B) {
	h := head{tot: "CPS", dat: "20240502", dai: "IPSG", ori: "NCB-XA", tcn: "1", gmt: "20240502101112Z"}
	noise := string(bytes.Repeat([]byte("noise\x1c\x1d"), 150<<10/7))
	b.Run("a face of 150 KB", func(b *testing.B) {
		one := build(h, tagged(2, "2.002:00"), tagged(10, "10.002:01", "10.003:FACE", "10.011:JPEGB", "10.999:"+noise))
		run(b, one, func() int {
			n := 0
			for _, err := range nist.Read(bytes.NewReader(one), nil, nil) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			return n
		})
	})
	b.Run("headers alone", func(b *testing.B) {
		one := build(h, tagged(2, "2.002:00"))
		run(b, one, func() int {
			n := 0
			for range nist.Read(bytes.NewReader(one), nil, nil) {
				n++
			}
			return n
		})
	})
	b.Run("XML, a face of 150 KB", func(b *testing.B) {
		one := bytes.Replace(sample(b, "face.xml"), []byte("bm9pc2Ug\n        b25l"), []byte(base64.StdEncoding.EncodeToString([]byte(noise))), 1)
		run(b, one, func() int {
			n := 0
			for _, err := range nist.ReadXML(bytes.NewReader(one), nil, nil) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			return n
		})
	})
}

func run(b *testing.B, one []byte, read func() int) {
	b.SetBytes(int64(len(one)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n += read()
	}
	if n == 0 {
		b.Fatal("no events")
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
