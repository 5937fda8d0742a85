package spool_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/ingest/spool"
)

func box(t testing.TB, key byte) cipher.AEAD {
	t.Helper()
	b, err := aes.NewCipher(append(make([]byte, 31), key))
	if err != nil {
		t.Fatal(err)
	}
	a, err := cipher.NewGCMWithRandomNonce(b)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func open(t testing.TB, dir string, o spool.Options) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, box(t, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t testing.TB, s *spool.Spool, from, n int) {
	t.Helper()
	for i := range n {
		if err := s.Append(t.Context(), fmt.Appendf(nil, "record %d", from+i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// take reads n records and checks that they are those from a position on.
func take(t testing.TB, s *spool.Spool, from, n int) {
	t.Helper()
	for got := 0; got < n; {
		list, err := s.Read(t.Context(), n-got, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if want := fmt.Sprintf("record %d", from+got); r.Position != uint64(from+got) || string(r.Data) != want {
				t.Fatalf("record %d is %q, want %q", r.Position, r.Data, want)
			}
			got++
		}
	}
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func TestRecordsAreReadUntilAcknowledged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Options{Segment: 2 << 10})
	id := s.ID()
	for i := range 40 {
		add(t, s, i*10, 10)
	}
	take(t, s, 0, 400)
	if err := s.Acknowledge(123); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), nil); !errors.Is(err, spool.ErrClosed) {
		t.Errorf("append to a closed spool: %v", err)
	}
	s = open(t, dir, spool.Options{Segment: 2 << 10})
	if s.ID() != id {
		t.Error("it has another id")
	}
	add(t, s, 400, 1)
	take(t, s, 123, 278)
	if len(files(t, dir)) < 3 {
		t.Errorf("segments: %v", files(t, dir))
	}
	if err := s.Acknowledge(401); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) > 0 || s.State().Bytes != 0 {
		t.Errorf("left of what is done: %v, %+v", left, s.State())
	}
	add(t, s, 401, 5)
	take(t, s, 401, 5)
	if err := s.Acknowledge(500); err == nil {
		t.Error("what does not exist was acknowledged")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever of the last block a crash leaves, what was synced before it is read, and what comes after goes on from there.
func TestTornEnd(t *testing.T) {
	whole := t.TempDir()
	s := open(t, whole, spool.Options{})
	add(t, s, 0, 3)
	two, err := os.ReadFile(files(t, whole)[0])
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, 3, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(files(t, whole)[0])
	text, err := os.ReadFile(files(t, whole)[0])
	if err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(filepath.Join(whole, "state"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(text) {
		for _, torn := range [][]byte{text[:n], append(text[:n:n], make([]byte, len(text)-n)...)} {
			if n < len(two) && len(torn) > n { // zeros in the middle: a tear of the first block is one of the last, too
				continue
			}
			dir := t.TempDir()
			for file, b := range map[string][]byte{name: torn, "state": state} {
				if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := spool.Open(dir, box(t, 1), spool.Options{})
			if err != nil {
				t.Fatalf("cut at %d of %d: %v", n, len(text), err)
			}
			end := int(s.State().End)
			if n >= len(two) && end != 3 {
				t.Fatalf("cut at %d: %d records are left", n, end)
			}
			add(t, s, end, 2)
			take(t, s, 0, end+2)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, err = spool.Open(dir, box(t, 1), spool.Options{}) // the torn segment is not the last any more
			if err != nil {
				t.Fatalf("cut at %d, opened again: %v", n, err)
			}
			take(t, s, 0, end+2)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is damaged, missing, or of another is said, and nothing is repaired.
func TestDamage(t *testing.T) {
	make := func() string {
		dir := t.TempDir()
		s := open(t, dir, spool.Options{Segment: 200})
		for i := range 12 {
			add(t, s, i, 1)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	flip := func(dir string, file, at int) {
		path := files(t, dir)[file]
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[(at+len(b))%len(b)] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, damage := range map[string]func(dir string){
		"a bit of a block":               func(dir string) { flip(dir, 0, 100) },
		"the last bit of a segment":      func(dir string) { flip(dir, 1, -1) },
		"a header":                       func(dir string) { flip(dir, 0, 20) },
		"a segment is missing":           func(dir string) { os.Remove(files(t, dir)[1]) },
		"the first segment is missing":   func(dir string) { os.Remove(files(t, dir)[0]) },
		"the state is missing":           func(dir string) { os.Remove(filepath.Join(dir, "state")) },
		"the state is something else":    func(dir string) { os.WriteFile(filepath.Join(dir, "state"), []byte("x"), 0o600) },
		"a segment under another name":   func(dir string) { os.Rename(files(t, dir)[0], filepath.Join(dir, "0000000000000001.spool")) },
		"a block within the last":        func(dir string) { flip(dir, len(files(t, dir))-1, 90) },
		"a segment is cut in the middle": func(dir string) { os.Truncate(files(t, dir)[0], 150) },
	} {
		dir := make()
		damage(dir)
		if s, err := spool.Open(dir, box(t, 1), spool.Options{}); !errors.Is(err, spool.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				s.Close()
			}
		}
	}
	if _, err := spool.Open(make(), box(t, 2), spool.Options{}); !errors.Is(err, spool.ErrDamaged) || !strings.Contains(err.Error(), "another root key") {
		t.Errorf("another key: %v", err)
	}
}

// What a spool holds cannot be read without its key.
func TestSealed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Options{})
	add(t, s, 0, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(files(t, dir)[0])
	if err != nil || strings.Contains(string(b), "record") {
		t.Errorf("%v, %q", err, b)
	}
}

// Whoever appends waits for room, and goes on when there is some.
func TestBounds(t *testing.T) {
	s := open(t, t.TempDir(), spool.Options{Limit: 40 << 10, Segment: 4 << 10})
	defer s.Close()
	const many, size = 6000, 1000
	var wg sync.WaitGroup
	wg.Go(func() {
		for range many {
			if err := s.Append(t.Context(), make([]byte, size)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	time.Sleep(200 * time.Millisecond)
	if st := s.State(); st.Bytes > st.Limit || st.Bytes < st.Limit/2 {
		t.Errorf("waiting for room: %+v", st)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Flush(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("flush of a full spool: %v", err)
	}
	for n := uint64(0); n < many; {
		list, err := s.Read(t.Context(), 100, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if r.Position != n || len(r.Data) != size {
				t.Fatalf("record %d is %d with %d bytes", n, r.Position, len(r.Data))
			}
			n++
		}
		if err := s.Acknowledge(n); err != nil {
			t.Fatal(err)
		}
		if st := s.State(); st.Bytes > st.Limit {
			t.Fatalf("beyond the limit: %+v", st)
		}
	}
	wg.Wait()
	if err := s.Append(t.Context(), make([]byte, spool.MaxRecord+1)); !errors.Is(err, spool.ErrTooLarge) {
		t.Error(err)
	}
}

// A disk that does not take a block is asked again, and nothing is lost or there twice.
func TestFailingDisk(t *testing.T) {
	dir := t.TempDir()
	told := make(chan error, 100)
	s := open(t, dir, spool.Options{Segment: 300, Pause: time.Millisecond, Failing: func(err error) { told <- err }})
	add(t, s, 0, 3)
	for from := 3; from < 30; from += 3 {
		// Without its directory no segment can be begun.
		if err := os.Rename(dir, dir+"-away"); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := s.Append(t.Context(), fmt.Appendf(nil, "record %d", from+i)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond)
		if err := os.Rename(dir+"-away", dir); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) == 0 {
		t.Error("nobody was told")
	}
	take(t, s, 0, 30)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, spool.Options{})
	take(t, s, 0, 30)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// What cannot be written when it is closed is lost, and that is said.
	s = open(t, dir, spool.Options{Pause: time.Hour})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), []byte("x")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond)
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "1 records that were read could not be written") {
		t.Errorf("closed with %v", err)
	}
}

// Many append and one reads, with acknowledgements and new openings between: each record comes once, in order of its sender.
func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	next := map[int]int{}
	sent := [3]int{}
	for range 6 {
		s := open(t, dir, spool.Options{Segment: 1 << 10})
		var wg sync.WaitGroup
		for who := range sent {
			from := sent[who]
			sent[who] += 200
			wg.Go(func() {
				for i := range 200 {
					if err := s.Append(t.Context(), fmt.Appendf(nil, "%d %d", who, from+i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for stop := random.IntN(500); stop > 0; {
			list, err := s.Read(t.Context(), 1+random.IntN(60), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				var who, n int
				fmt.Sscan(string(r.Data), &who, &n)
				if n != next[who] {
					t.Fatalf("sender %d: %d after %d", who, n, next[who])
				}
				next[who]++
			}
			stop -= len(list)
			if err := s.Acknowledge(list[len(list)-1].Position + 1); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := open(b, b.TempDir(), spool.Options{})
	defer s.Close()
	record := make([]byte, 400)
	b.SetBytes(int64(len(record)))
	n := uint64(0)
	go func() {
		for {
			list, err := s.Read(context.Background(), 4096, 1<<20)
			if err != nil {
				return
			}
			if s.Acknowledge(list[len(list)-1].Position+1) != nil {
				return
			}
		}
	}()
	begin := time.Now() // the loop's clock stops before all of it is done
	for b.Loop() {
		if err := s.Append(context.Background(), record); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if err := s.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/time.Since(begin).Seconds(), "records/s")
}
