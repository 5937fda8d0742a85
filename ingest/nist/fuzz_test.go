package nist_test

import (
	"bytes"
	"iter"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/nist"
)

// Whatever a file holds, a reader gives valid events or an error with a code.
func check(t *testing.T, events iter.Seq2[*event.Event, error], report *format.Report) {
	n := int64(0)
	for e, err := range events {
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

func FuzzRead(f *testing.F) {
	for _, name := range samples {
		f.Add(sample(f, name))
	}
	h := head{tot: "CPS", dat: "20240502", dai: "IPSG", ori: "NCB-XA", tcn: "XA-24-0001", gmt: "20240502101112Z", dom: "INT-I\x1f4.22b"}
	one := build(h, tagged(10, "10.002:01", "10.003:FACE", "10.004:XA-PD", "10.005:20231224", "10.011:JPEGB", "10.999:noise"))
	f.Add(one)
	f.Add(append(one, one...))
	f.Add(build(h, record{kind: 4, bytes: append([]byte{0, 0, 0, 25, 1}, make([]byte, 20)...)}))
	f.Fuzz(func(t *testing.T, text []byte) {
		report := new(format.Report)
		check(t, nist.Read(bytes.NewReader(text), nil, report), report)
	})
}

func FuzzReadXML(f *testing.F) {
	f.Add(sample(f, "face.xml"))
	f.Add([]byte("<NISTBiometricInformationExchangePackage><PackageInformationRecord/></NISTBiometricInformationExchangePackage>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		report := new(format.Report)
		check(t, nist.ReadXML(bytes.NewReader(text), nil, report), report)
	})
}
