package index

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lichtspur/lichtspur/graph/event"
)

// The benchmarks take a log of a million entries. For other sizes, and without generating and building anew each time:
//
//	go test -run - -bench . ./graph/index -entries 10000000 -blocks /var/tmp/blocks
var (
	entries   = flag.Int("entries", 1_000_000, "entries of the log that benchmarks take")
	blocksDir = flag.String("blocks", "", "directory in which benchmarks keep their blocks; \"\": a temporary one")
)

// pseudonym looks like any other, as one of a sealer does.
func pseudonym(space byte, n int) (p event.Pseudonym) {
	mix := func(x uint64) uint64 { // splitmix64, Steele and others 2014
		x += 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	first := mix(uint64(space)<<56 | uint64(n))
	binary.BigEndian.PutUint64(p[:], first)
	binary.BigEndian.PutUint64(p[8:], mix(first))
	return p
}

// traffic makes the entries of a log as it looks in service: searches, consultations and transfers of images of skewed
// popularity between some hundred systems, most on time, some decades late. late is how many in a thousand.
func traffic(n, late int) func(at int) (*event.Skeleton, int64) {
	w := rand.New(rand.NewPCG(7, 7))
	pick := func(n int, skew float64) int { return int(float64(n) * math.Pow(w.Float64(), skew)) }
	mix := []event.Kind{event.KindQuery, event.KindQuery, event.KindQuery, event.KindConsult, event.KindConsult,
		event.KindConsult, event.KindCapture, event.KindEnrol, event.KindDisclose, event.KindReceive, event.KindMatch, event.KindErase}
	// What there are few of is made once, so that generating leaves little to collect.
	names := func(prefix string, n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprint(prefix, i)
		}
		return all
	}
	sources, organisations, systems, purposes := names("source-", 20), names("organisation-", 34), names("system-", 100), names("purpose-", 10)
	basis, present := []string{"BDSG § 76"}, []string{"/actor/id", "/justification"}
	return func(i int) (*event.Skeleton, int64) {
		now := int64(1_600_000_000e9) + int64(i)*30e9
		sk := &event.Skeleton{Sealer: "log", Source: sources[pick(20, 2)], Entry: pseudonym(1, i)}
		at := now - w.Int64N(600e9)
		if w.IntN(1000) < late {
			at -= w.Int64N(20*365) * day
		}
		sk.Kind, sk.Exercise = mix[w.IntN(len(mix))], true
		sk.Occurred = event.Time{Earliest: at, Latest: at, Precision: event.Instant}
		from, to := pick(100, 3), pick(100, 3)
		sk.Requester = organisations[from/3]
		sk.From = event.Place{Organisation: sk.Requester, System: systems[from]}
		sk.To = event.Place{Organisation: organisations[to/3], System: systems[to]}
		sk.Owner, sk.Controller = sk.Requester, sk.To.Organisation
		sk.Actor = &event.Actor{Pseudonym: pseudonym(2, pick(5000, 2))}
		sk.Images = []event.Image{{Pseudonym: pseudonym(3, pick(n/3, 2))}}
		if sk.Kind == event.KindQuery {
			sk.Databases = []event.Database{{System: sk.To.System}}
			sk.Images = append(sk.Images, event.Image{Pseudonym: pseudonym(3, pick(n/3, 2)), System: sk.To.System})
		}
		sk.Purpose = purposes[pick(10, 2)]
		sk.Basis = basis
		sk.Present = present
		if w.IntN(100) != 0 {
			sk.Case = &event.Case{Pseudonym: pseudonym(4, pick(n/10, 1))}
		}
		if sk.Kind == event.KindDisclose || sk.Kind == event.KindReceive {
			sk.Transfer = &event.Transfer{Reference: fmt.Sprintf("2024-%08d", w.IntN(n))}
			sk.Relates = []event.Reference{{Relation: event.RelationAnswers, Entry: pseudonym(1, w.IntN(i+1))}}
		}
		return sk, now
	}
}

// built is an index in files over the log of -entries, as after a start.
type built struct {
	*Index
	dir          string
	size         uint64
	cpu          time.Duration // of folding, writing and merging; 0 where the files were there
	ready        time.Duration // what Open took, and folding the entries behind the last block
	onDisk, anon int64
}

func noRoot(uint64) (root [32]byte, err error) { return root, nil }

func used(who int) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(who, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// anonymous is the memory of the process that is not of files, as the kernel counts it.
func anonymous() (n int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &n); err == nil {
			return n << 10
		}
	}
	return 0
}

// load applies what an index does not hold of a log. It returns the time of the processors that generating it took, and
// how long applying did.
func load(x *Index, n, late int) (generating, applying time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	next := traffic(n, late)
	const portion = 1024
	sks, recorded := make([]*event.Skeleton, portion), make([]int64, portion)
	for at := 0; at < n; {
		began, k := used(unix.RUSAGE_THREAD), 0
		for ; k < portion && at+k < n; k++ {
			sks[k], recorded[k] = next(at + k)
		}
		generating += used(unix.RUSAGE_THREAD) - began
		if from := int(x.Size()); at+k > from {
			skip, began := max(0, from-at), time.Now()
			if err := x.Apply(uint64(at+skip), sks[skip:k], recorded[skip:k]); err != nil {
				panic(err)
			}
			applying += time.Since(began)
		}
		at += k
	}
	return generating, applying
}

// build makes the index once for all benchmarks.
var million = sync.OnceValue(func() *built {
	b := &built{dir: *blocksDir, size: uint64(*entries)}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "blocks-")
		if err != nil {
			panic(err)
		}
		b.dir = dir
		leftover = dir
	}
	open := func() *Index {
		x, err := Open(b.dir, Options{Size: b.size, Root: noRoot})
		if err != nil {
			panic(err)
		}
		return x
	}
	x := open()
	if x.Size() == 0 {
		began := used(unix.RUSAGE_SELF)
		generating, _ := load(x, *entries, 20)
		if err := x.Settle(0); err != nil {
			panic(err)
		}
		b.cpu = used(unix.RUSAGE_SELF) - began - generating
	}
	_ = x.Close()
	x = nil
	runtime.GC()
	debug.FreeOSMemory()
	before := anonymous()
	began := time.Now()
	b.Index = open()
	b.ready = time.Since(began)
	_, applying := load(b.Index, *entries, 20)
	b.ready += applying
	runtime.GC()
	debug.FreeOSMemory()
	b.anon = anonymous() - before
	files, _ := filepath.Glob(filepath.Join(b.dir, "*.block"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			b.onDisk += info.Size()
		}
	}
	return b
})

var leftover string

func TestMain(m *testing.M) {
	code := m.Run()
	if leftover != "" {
		_ = os.RemoveAll(leftover)
	}
	os.Exit(code)
}

// BenchmarkBuild reports what the index of the log takes: time of the processors an entry (folding, writing, merging),
// bytes of files an entry, time of a start with all blocks there, memory that is not of files after it, the head's entries
// included.
func BenchmarkBuild(b *testing.B) {
	x := million()
	for b.Loop() {
		_ = x.Size()
	}
	if x.cpu > 0 {
		b.ReportMetric(float64(x.cpu.Nanoseconds())/1e3/float64(x.size), "µs/event")
	}
	b.ReportMetric(float64(x.onDisk)/float64(x.size), "B/event")
	b.ReportMetric(float64(x.ready.Microseconds())/1e3, "ms-ready")
	b.ReportMetric(float64(x.anon)/1e6, "MB-anonymous")
	b.ReportMetric(float64(len(x.state.Load().parts)), "parts")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkApply folds into a head alone, 1,024 entries at a time.
func BenchmarkApply(b *testing.B) {
	const n = 65536
	next := traffic(n, 20)
	sks, recorded := make([]*event.Skeleton, n), make([]int64, n)
	for i := range sks {
		sks[i], recorded[i] = next(i)
	}
	for b.Loop() {
		x := New()
		for at := 0; at < n; at += 1024 {
			if err := x.Apply(uint64(at), sks[at:at+1024], recorded[at:at+1024]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}

// BenchmarkLate compares how long a page of one time takes in a log of which nothing is late and in one of which a
// twentieth is decades late.
func BenchmarkLate(b *testing.B) {
	for _, late := range []int{0, 50} {
		b.Run(fmt.Sprint(late, "-in-1000"), func(b *testing.B) {
			const n = 1 << 19
			x, err := Open(b.TempDir(), Options{Size: n, Root: noRoot})
			if err != nil {
				b.Fatal(err)
			}
			defer x.Close()
			load(x, n, late)
			if err := x.Settle(0); err != nil {
				b.Fatal(err)
			}
			measure(b, func(i int) int {
				return len(first(x, Filter{Occurred: hours(i, n, 24)}, Occurred, n, 0, 100))
			})
		})
	}
}

// BenchmarkWhileBuilding asks for pages while entries are applied, and blocks made and merged, as fast as it goes.
func BenchmarkWhileBuilding(b *testing.B) {
	const n = 1 << 19
	x, err := Open(b.TempDir(), Options{Size: n, Root: noRoot})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	load(x, n, 20)
	const portion = 1024
	sks, recorded := make([]*event.Skeleton, 64*portion), make([]int64, 64*portion)
	next := traffic(n, 20)
	for i := range sks {
		sks[i], recorded[i] = next(n + i)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for at := 0; ; at = (at + portion) % len(sks) {
			select {
			case <-stop:
				return
			default:
			}
			size := x.Size()
			for i := range portion {
				sks[at+i].Entry = pseudonym(1, int(size)+i)
			}
			if err := x.Apply(size, sks[at:at+portion], recorded[at:at+portion]); err != nil {
				b.Error(err)
				return
			}
			_ = x.Settle(2)
		}
	})
	for _, q := range []struct {
		name   string
		filter func(i int) Filter
		order  Order
	}{
		{"image", func(i int) Filter { return Filter{Images: imageOf(i, n)} }, Recorded},
		{"system-newest", func(i int) Filter { return Filter{Systems: []string{fmt.Sprint("system-", i%100)}} }, RecordedDesc},
		{"day-by-time", func(i int) Filter { return Filter{Occurred: hours(i, n, 24)} }, Occurred},
	} {
		b.Run(q.name, func(b *testing.B) {
			measure(b, func(i int) int { return len(first(x, q.filter(i), q.order, x.Size(), 0, 100)) })
		})
	}
	close(stop)
	wg.Wait()
}

// measure runs f for numbers and reports the 50th and 99th percentile of how long it took, and how many rows it returned.
func measure(b *testing.B, f func(i int) int) {
	b.ReportAllocs()
	rows, i := 0, 0
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		rows += f(i)
		took = append(took, time.Since(began))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
	b.ReportMetric(float64(rows)/float64(i), "rows")
}

func imageOf(i, n int) []event.Denotation {
	return []event.Denotation{{Sealer: "log", Pseudonym: pseudonym(3, i*7919%(n/3))}}
}

// hours is an interval of the log's time.
func hours(i, n int, hours int64) event.Time {
	at := int64(1_600_000_000e9) + int64(i*7919%n)*30e9
	return event.Time{Earliest: at, Latest: at + hours*3600e9, Precision: event.Interval}
}

// BenchmarkSelect asks for pages of at most 100.
func BenchmarkSelect(b *testing.B) {
	x := million()
	size, n := x.size, int(x.size)
	image := func(i int) []event.Denotation { return imageOf(i, n) }
	hours := func(i int, h int64) event.Time { return hours(i, n, h) }
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
			measure(b, func(i int) int { return len(first(x.Index, q.filter(i), q.order, q.asOf, 0, 100)) })
		})
	}
	b.Run("system-earlier", func(b *testing.B) {
		measure(b, func(i int) int {
			f := Filter{Systems: []string{fmt.Sprint("system-", i%100)}}
			return len(first(x.Index, f, RecordedDesc, size, After(uint64(i*7919%n)), 100))
		})
	})
	b.Run("entry", func(b *testing.B) {
		i := uint64(0)
		for b.Loop() {
			if at, ok := x.Entry(x.ID(i % size)); !ok || at != i%size {
				b.Fatal("not found")
			}
			i += 7919
		}
	})
}
