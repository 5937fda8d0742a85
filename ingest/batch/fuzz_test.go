package batch

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// What a submitter may make the reader hold is bounded by the limits, whatever it writes.
var fuzzLimits = Limits{Leaves: 16, Bytes: 64 << 10, Line: 8 << 10, Envelope: 4 << 10}

func FuzzReader(f *testing.F) {
	golden, err := os.ReadFile("testdata/submission.ndjson")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add(golden[:len(golden)/2])
	f.Add([]byte("{}\n{}\n"))
	f.Add([]byte("{\"leaf\":{},\"hash\":\"\"}"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(text), fuzzLimits)
		if line, err := r.Envelope(); err != nil {
			if CodeOf(err) == "" {
				t.Fatalf("neither read nor refused: %v", err)
			}
			return
		} else if len(line) > fuzzLimits.Envelope {
			t.Fatalf("%d bytes of envelope", len(line))
		}
		for n := 0; ; n++ {
			leaf, _, disclosures, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if CodeOf(err) == "" {
					t.Fatalf("neither read nor refused: %v", err)
				}
				// The reader stays where it is: a refusal of form ends the submission.
				return
			}
			if n >= fuzzLimits.Leaves || len(leaf) == 0 || leaf[0] != '{' || len(leaf) > fuzzLimits.Line {
				t.Fatalf("leaf %d of %d bytes", n, len(leaf))
			}
			total := 0
			for _, d := range disclosures {
				total += len(d)
			}
			if total > fuzzLimits.Line {
				t.Fatalf("%d bytes of disclosures", total)
			}
		}
	})
}

func FuzzVerify(f *testing.F) {
	s := newSource(f, "bka-gateway")
	l := newLog(s)
	good, _ := s.batch(f, Position{Sequence: 1, From: dawn}, s.searches(f, 0, 3)...)
	f.Add(good)
	for _, c := range tamperings {
		st := newStage(f)
		f.Add(c.make(st))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v := l.verifier()
		v.Limits = fuzzLimits
		b, err := v.Verify(t.Context(), bytes.NewReader(text), s.id, noon)
		if err != nil {
			if CodeOf(err) == "" {
				t.Fatalf("neither taken nor refused: %v", err)
			}
			return
		}
		// The key signed a few statements in this test, the fuzzer none: their leaves are all that can come in.
		if int64(len(b.Leaves)) != b.Statement.Count {
			t.Fatalf("%d leaves, signed are %d", len(b.Leaves), b.Statement.Count)
		}
	})
}

// FuzzLeaves lets the fuzzer write what a hostile source may: any leaves, with a statement that fits them.
func FuzzLeaves(f *testing.F) {
	for _, c := range tamperings {
		if _, lines, ok := bytes.Cut(c.make(newStage(f)), []byte("\n")); ok && len(lines) < fuzzLimits.Line {
			f.Add(lines)
		}
	}
	s := newSource(f, "bka-gateway")
	v := newLog(s).verifier()
	v.Limits = fuzzLimits
	f.Fuzz(func(t *testing.T, lines []byte) {
		var leaves []rawLeaf
		for line := range bytes.SplitSeq(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n")) {
			l, _ := decodeLine(line)
			leaves = append(leaves, rawLeaf{hash: l.hash})
		}
		envelope, _, _ := bytes.Cut(s.sign(t, nil, leaves...), []byte("\n"))
		b, err := v.Verify(t.Context(), bytes.NewReader(append(append(envelope, '\n'), lines...)), s.id, noon)
		if err != nil {
			if CodeOf(err) == "" {
				t.Fatalf("neither taken nor refused: %v", err)
			}
			return
		}
		for i, l := range b.Leaves {
			if tlog.RecordHash(l.Bytes) != leaves[i].hash || l.Skeleton.Source != s.id || l.Skeleton.Sealer != s.id || l.Skeleton.Admit != nil || l.Event.ID == "" {
				t.Fatalf("leaf %d is taken: %s", i, l.Bytes)
			}
		}
	})
}

func FuzzStatement(f *testing.F) {
	s := newSource(f, "bka-gateway")
	for _, change := range []func(*Statement){
		nil,
		func(st *Statement) { st.Sequence, st.Previous = 12, Digest(nil) },
		func(st *Statement) { st.Count, st.Leaf = 1, &[32]byte{1} },
	} {
		line, _, _ := bytes.Cut(s.sign(f, change), []byte("\n"))
		_, payload, err := ParseEnvelope(line)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1","predicate":{}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		st, err := ParseStatement(payload)
		if err != nil {
			if c := CodeOf(err); c != BadStatement && c != Unsupported {
				t.Fatalf("refused with %q: %v", c, err)
			}
			return
		}
		again, err := st.Marshal()
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		back, err := ParseStatement(again)
		if err != nil || !reflect.DeepEqual(st, back) {
			t.Fatalf("%+v is written as %s and read as %+v (%v)", st, again, back, err)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	s := newSource(f, "bka-gateway")
	native, err := event.Canonical(search(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.envelope(f, PayloadEvent, native))
	f.Add(s.envelope(f, PayloadEvent, []byte(`{"kind":"QUERY"}`)))
	f.Add([]byte(`{"payloadType":"x","payload":"e30=","signatures":[{"sig":""}]}`))
	f.Add([]byte(`{"payloadType":"x","payload":"e30=","signatures":[{"sig":"","certificate":"AAAA","intermediates":["AAAA"]}]}`))
	l := newLog(s)
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := l.verifier().Event(t.Context(), text, s.id, noon)
		switch {
		case err != nil && CodeOf(err) == "":
			t.Fatalf("neither taken nor refused: %v", err)
		case err == nil && e.Event.ID != search(0).ID:
			t.Fatalf("taken without being signed: %s", text)
		}
	})
}
