package ledger

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// benchEntry is the size of a usual event: 450 bytes of skeleton, 600 of ciphertext.
func benchEntry(i uint64) Entry {
	return Entry{Leaf: fmt.Appendf(nil, "%0450d", i), Sealed: bytes.Repeat([]byte{byte(i)}, 600)}
}

// One event after another, and many at once: entries a second and allocations for each.
func BenchmarkAppend(b *testing.B) {
	for _, inFlight := range []int{1, 16, 1024} {
		b.Run(fmt.Sprint(inFlight, " in flight"), func(b *testing.B) {
			dir, o := mustCreate(b)
			l := mustOpen(b, dir, o)
			entries := make([]Entry, b.N)
			for i := range entries {
				entries[i] = benchEntry(uint64(i))
			}
			b.ReportAllocs()
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range inFlight {
				wg.Go(func() {
					for {
						i := int(next.Add(1)) - 1
						if i >= b.N {
							return
						}
						ticket, err := l.SubmitWait(context.Background(), entries[i:i+1])
						if err == nil {
							_, _, err = ticket.Wait(context.Background())
						}
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			s := l.Stats()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(s.Entries)/float64(s.Commits), "entries/commit")
		})
	}
}

// A bulk import: groups of a thousand, two waiting.
func BenchmarkAppendGroups(b *testing.B) {
	dir, o := mustCreate(b)
	l := mustOpen(b, dir, o)
	var g []Entry
	for i := range uint64(1000) {
		g = append(g, benchEntry(i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	var before *Ticket
	for range b.N {
		ticket, err := l.SubmitWait(context.Background(), g)
		if err != nil {
			b.Fatal(err)
		}
		if before != nil {
			if _, _, err := before.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		before = ticket
	}
	if _, _, err := before.Wait(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func benchLedger(b *testing.B, n uint64) (string, Options) {
	b.Helper()
	dir, o := mustCreate(b)
	l := mustOpen(b, dir, o)
	for l.Head().Size < n {
		var g []Entry
		for i := range uint64(500) {
			g = append(g, benchEntry(l.Head().Size+i))
		}
		appendGroup(b, l, g)
	}
	mustClose(b, l)
	return dir, o
}

func BenchmarkRead(b *testing.B) {
	const n = 200_000
	dir, o := benchLedger(b, n)
	b.Run("verify", func(b *testing.B) {
		for range b.N {
			if report, err := Verify(dir, o, nil, nil); err != nil || report.Err() != nil {
				b.Fatal(err, report.Err())
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	})
	b.Run("open", func(b *testing.B) {
		for range b.N {
			l, err := Open(dir, o)
			if err != nil {
				b.Fatal(err)
			}
			mustClose(b, l)
		}
	})
	l := mustOpen(b, dir, o)
	b.Run("sequential", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			bytes := 0
			for e, err := range l.Entries(0, n) {
				if err != nil {
					b.Fatal(err)
				}
				bytes += len(e.Leaf)
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	})
	b.Run("entry", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := l.Entry(uint64(i) * 7919 % n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("inclusion proof", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := l.InclusionProof(uint64(i)*7919%n, n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("consistency proof", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := l.ConsistencyProof(1+uint64(i)*7919%n, n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hash tile", func(b *testing.B) {
		l.tiles.limit = 0
		for i := range b.N {
			if _, err := l.HashTile(tlog.Tile{H: 8, L: 0, N: int64(i % (n / 256)), W: 256}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
