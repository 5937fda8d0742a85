package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// traffic makes a log as it looks in service: searches, consultations and transfers of images of skewed popularity
// between some hundred systems, most on time, some years late.
func traffic(n int) ([]*event.Skeleton, []int64) {
	w := rand.New(rand.NewPCG(7, 7))
	pick := func(n int, skew float64) int { return int(float64(n) * math.Pow(w.Float64(), skew)) }
	pseudonym := func(space byte, n int) (p event.Pseudonym) {
		p[0] = space
		binary.BigEndian.PutUint64(p[8:], uint64(n))
		return p
	}
	mix := []event.Kind{event.KindQuery, event.KindQuery, event.KindQuery, event.KindConsult, event.KindConsult,
		event.KindConsult, event.KindCapture, event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindMatch, event.KindErase}
	sks, recorded := make([]*event.Skeleton, n), make([]int64, n)
	for i := range sks {
		now := int64(1_600_000_000e9) + int64(i)*30e9
		sk := &event.Skeleton{Sealer: "log", Source: fmt.Sprint("source-", pick(20, 2)), Entry: pseudonym(1, i)}
		at := now - w.Int64N(600e9)
		if w.IntN(50) == 0 {
			at -= w.Int64N(20*365) * day
		}
		sk.Kind, sk.Exercise = mix[w.IntN(len(mix))], true
		sk.Occurred = event.Time{Earliest: at, Latest: at, Precision: event.Instant}
		from, to := pick(100, 3), pick(100, 3)
		sk.Requester = fmt.Sprint("organisation-", from/3)
		sk.From = event.Place{Organisation: sk.Requester, System: fmt.Sprint("system-", from)}
		sk.To = event.Place{Organisation: fmt.Sprint("organisation-", to/3), System: fmt.Sprint("system-", to)}
		sk.Owner, sk.Controller = sk.Requester, sk.To.Organisation
		sk.Actor = &event.Actor{Pseudonym: pseudonym(2, pick(5000, 2))}
		sk.Images = []event.Image{{Pseudonym: pseudonym(3, pick(n/3, 2))}}
		if sk.Kind == event.KindQuery {
			sk.Databases = []event.Database{{System: sk.To.System}}
			sk.Images = append(sk.Images, event.Image{Pseudonym: pseudonym(3, pick(n/3, 2)), System: sk.To.System})
		}
		sk.Purpose = fmt.Sprint("purpose-", pick(10, 2))
		sk.Basis = []string{"BDSG § 76"}
		sk.Present = []string{"/actor/id", "/justification"}
		if w.IntN(100) != 0 {
			sk.Case = &event.Case{Pseudonym: pseudonym(4, pick(n/10, 1))}
		}
		if sk.Kind == event.KindDisclose || sk.Kind == event.KindReceive {
			sk.Transfer = &event.Transfer{Reference: fmt.Sprintf("2024-%08d", w.IntN(n))}
			sk.Relates = []event.Reference{{Relation: event.RelationAnswers, Entry: pseudonym(1, w.IntN(i+1))}}
		}
		sks[i], recorded[i] = sk, now
	}
	return sks, recorded
}

var million = sync.OnceValues(func() (*Index, int) {
	sks, recorded := traffic(1_000_000)
	h := New()
	if err := h.Apply(0, sks, recorded); err != nil {
		panic(err)
	}
	return h, len(sks)
})

// BenchmarkApply folds a million entries into an empty head, 1,024 at a time, and reports time and memory an entry.
func BenchmarkApply(b *testing.B) {
	sks, recorded := traffic(1_000_000)
	for b.Loop() {
		var before, after runtime.MemStats
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		h, began := New(), time.Now()
		for at := 0; at < len(sks); at += 1024 {
			end := min(at+1024, len(sks))
			if err := h.Apply(uint64(at), sks[at:end], recorded[at:end]); err != nil {
				b.Fatal(err)
			}
		}
		took := time.Since(began)
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(sks)), "B/event")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(len(sks)), "B-allocated/event")
		b.ReportMetric(float64(took.Nanoseconds())/float64(len(sks)), "ns/event")
		runtime.KeepAlive(h)
		b.StartTimer()
	}
}

// BenchmarkSelect asks a head of a million entries for pages of at most 100.
func BenchmarkSelect(b *testing.B) {
	h, n := million()
	size := uint64(n)
	image := func(i int) []event.Denotation {
		d := event.Denotation{Sealer: "log"}
		d.Pseudonym[0] = 3
		binary.BigEndian.PutUint64(d.Pseudonym[8:], uint64(i*7919%(n/3)))
		return []event.Denotation{d}
	}
	hours := func(i int, hours int64) event.Time {
		at := int64(1_600_000_000e9) + int64(i*7919%n)*30e9
		return event.Time{Earliest: at, Latest: at + hours*3600e9, Precision: event.Interval}
	}
	for _, q := range []struct {
		name   string
		filter func(i int) Filter
		order  Order
		asOf   uint64
	}{
		{"image", func(i int) Filter { return Filter{Images: image(i)} }, Recorded, size},
		{"image-as-of-half", func(i int) Filter { return Filter{Images: image(i)} }, Recorded, size / 2},
		{"system-newest", func(i int) Filter { return Filter{Systems: []string{fmt.Sprint("system-", i%100)}} }, RecordedDesc, size},
		{"system-and-kind-newest", func(i int) Filter {
			return Filter{Systems: []string{fmt.Sprint("system-", i%100)}, Kinds: []event.Kind{event.KindErase}}
		}, RecordedDesc, size},
		{"two-systems-newest", func(i int) Filter {
			return Filter{Systems: []string{fmt.Sprint("system-", i%100)}, Organisations: []string{fmt.Sprint("organisation-", i%33)}}
		}, RecordedDesc, size},
		{"day-by-time", func(i int) Filter { return Filter{Occurred: hours(i, 24)} }, Occurred, size},
		{"day-by-time-as-of-half", func(i int) Filter { return Filter{Occurred: hours(i/2, 24)} }, Occurred, size / 2},
		{"day-by-record", func(i int) Filter { return Filter{Occurred: hours(i, 24)} }, Recorded, size},
		{"month-of-system-by-time", func(i int) Filter {
			return Filter{Occurred: hours(i, 720), Systems: []string{fmt.Sprint("system-", i%100)}}
		}, OccurredDesc, size},
		{"day-long-ago-by-record", func(i int) Filter {
			t := hours(i, 24)
			t.Earliest, t.Latest = t.Earliest-3000*day, t.Latest-3000*day
			return Filter{Occurred: t}
		}, Recorded, size},
		{"missing-case-newest", func(int) Filter { return Filter{Missing: MissingCase} }, RecordedDesc, size},
		{"all-by-time", func(int) Filter { return Filter{} }, OccurredDesc, size},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			rows, i := 0, 0
			for b.Loop() {
				rows += len(first(h, q.filter(i), q.order, q.asOf, 0, 100))
				i++
			}
			b.ReportMetric(float64(rows)/float64(i), "rows")
		})
	}
	b.Run("entry", func(b *testing.B) {
		i := uint64(0)
		for b.Loop() {
			if at, ok := h.Entry(h.ID(i % size)); !ok || at != i%size {
				b.Fatal("not found")
			}
			i += 7919
		}
	})
}
