package batch

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var sizes = []int{1, 1024, 4096}

func BenchmarkBuild(b *testing.B) {
	s := newSource(b, "bka-gateway")
	for _, n := range sizes {
		events := s.searches(b, 0, n)
		builder, err := NewBuilder(s.id, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("leaves=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			start := cpu(b)
			for b.Loop() {
				builder.Reset()
				for _, e := range events {
					if err := builder.Add(e); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := builder.Seal(b.Context(), s.signer, Position{Sequence: 1, From: dawn}, noon); err != nil {
					b.Fatal(err)
				}
			}
			perEvent(b, n, start)
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	s := newSource(b, "bka-gateway")
	l := newLog(s)
	for _, n := range sizes {
		text, _ := s.batch(b, Position{Sequence: 1, From: dawn}, s.searches(b, 0, n)...)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("leaves=%d/workers=%d", n, workers), func(b *testing.B) {
				v := l.verifier()
				v.Workers = workers
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				start := cpu(b)
				for b.Loop() {
					if _, err := v.Verify(b.Context(), bytes.NewReader(text), s.id, noon); err != nil {
						b.Fatal(err)
					}
				}
				perEvent(b, n, start)
			})
		}
	}
}

// perEvent reports time an event: on the clock, and of all processors together, garbage collection included, which is
// what holds on a machine that is busy with other things.
func perEvent(b *testing.B, n int, start time.Duration) {
	events := float64(b.N) * float64(n)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/events, "ns/event")
	b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/events, "cpu-ns/event")
}

func cpu(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
