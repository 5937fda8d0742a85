package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Many submitters: every group is in the log once, whole and in one commit; OnCommit saw all of it in order before any
// ticket was released.
func TestConcurrentGroups(t *testing.T) {
	dir, o := mustCreate(t)
	var told uint64
	commitOf := map[uint64]uint64{} // first index of each commit by leaf index
	var mu sync.Mutex
	o.OnCommit = func(c Commit) {
		mu.Lock()
		defer mu.Unlock()
		if c.First != told || c.Head.Size != c.First+uint64(len(c.Entries)) {
			t.Errorf("commit from %d of %d to %d, want it from %d", c.First, len(c.Entries), c.Head.Size, told)
		}
		told = c.Head.Size
		for i := range c.Entries {
			commitOf[c.First+uint64(i)] = c.First
		}
	}
	l := mustOpen(t, dir, o)
	var wg sync.WaitGroup
	seen := map[string]bool{}
	for w := range 16 {
		wg.Go(func() {
			for n := range 20 {
				g := make([]Entry, 1+(w+n)%7)
				for i := range g {
					g[i] = Entry{Leaf: fmt.Appendf(nil, "%d/%d/%d", w, n, i)}
				}
				ticket, err := l.SubmitWait(context.Background(), g)
				if err != nil {
					t.Error(err)
					return
				}
				first, head, err := ticket.Wait(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if told < head.Size || head.Size < first+uint64(len(g)) {
					t.Errorf("released at %d before OnCommit (%d)", head.Size, told)
				}
				for i := range g {
					if commitOf[first+uint64(i)] != commitOf[first] {
						t.Errorf("group at %d was split", first)
					}
				}
				mu.Unlock()
				for i := range g {
					e, err := l.Entry(first + uint64(i))
					if err != nil || string(e.Leaf) != string(g[i].Leaf) || ticket.LeafHash(i) != newLeafHasher().sum(e.Leaf) {
						t.Errorf("entry %d: %q, %v", first+uint64(i), e.Leaf, err)
					}
				}
			}
		})
	}
	wg.Wait()
	for e, err := range l.Entries(0, told) {
		if err != nil || seen[string(e.Leaf)] {
			t.Fatalf("entry %d: %q, %v", e.Index, e.Leaf, err)
		}
		seen[string(e.Leaf)] = true
	}
	if s := l.Stats(); s.Entries != told || s.Size != told || s.QueuedEntries != 0 || s.QueuedBytes != 0 || s.Commits == 0 {
		t.Errorf("stats %+v after %d entries", s, told)
	}
	checkLog(t, l)
}

// stall makes commits wait until the returned function is called.
func stall(l *Ledger) (goOn func()) {
	gate := make(chan struct{})
	l.commitTo = func(b *batch) error { <-gate; return l.store.commit(b) }
	return func() { close(gate) }
}

func TestBackPressure(t *testing.T) {
	dir, o := mustCreate(t)
	o.MaxCommitEntries, o.QueueEntries = 4, 8
	l := mustOpen(t, dir, o)
	goOn := stall(l)
	var tickets []*Ticket
	for i := range uint64(8) {
		ticket, err := l.Submit(context.Background(), entriesOf(i, 1))
		if err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, ticket)
	}
	if _, err := l.Submit(context.Background(), entriesOf(8, 1)); !errors.Is(err, ErrFull) {
		t.Fatalf("ninth entry of eight: %v", err)
	}
	short, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := l.SubmitWait(short, entriesOf(8, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("waiting for room: %v", err)
	}
	if _, _, err := tickets[0].Wait(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("waiting for a commit: %v", err)
	}
	waited := make(chan error)
	go func() {
		ticket, err := l.SubmitWait(context.Background(), entriesOf(8, 3))
		if err == nil {
			_, _, err = ticket.Wait(context.Background())
		}
		waited <- err
	}()
	goOn()
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	for _, ticket := range tickets {
		if _, _, err := ticket.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if l.Stats().Full != 1 {
		t.Errorf("stats %+v", l.Stats())
	}
	checkLog(t, l)
}

func TestTooLarge(t *testing.T) {
	dir, o := mustCreate(t)
	o.MaxCommitEntries, o.MaxCommitBytes = 10, 100_000
	l := mustOpen(t, dir, o)
	for what, g := range map[string][]Entry{
		"entries": make([]Entry, 11),
		"leaf":    {{Leaf: make([]byte, 65536)}},
		"bytes":   {{Leaf: make([]byte, 1000), Sealed: make([]byte, 99_001)}},
	} {
		_, err := l.Submit(context.Background(), g)
		var tl *TooLarge
		if !errors.Is(err, ErrTooLarge) || !errors.As(err, &tl) || tl.What != what || tl.Got <= tl.Most {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := l.Submit(context.Background(), nil); err == nil {
		t.Error("an empty group is taken")
	}
	appendGroup(t, l, []Entry{{Leaf: make([]byte, 65535)}, {}, {Sealed: make([]byte, 1000)}})
	checkLog(t, l)
}

// Close commits what waits; later groups are refused, not forgotten.
func TestCloseCommitsWhatWaits(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	goOn := stall(l)
	a, err := l.Submit(context.Background(), entriesOf(0, 3))
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Submit(context.Background(), entriesOf(3, 3))
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- l.Close() }()
	for {
		l.mu.Lock()
		closing := l.closing
		l.mu.Unlock()
		if closing {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := l.Submit(context.Background(), entriesOf(6, 1)); !errors.Is(err, ErrStopped) {
		t.Errorf("submit while closing: %v", err)
	}
	goOn()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	for _, ticket := range []*Ticket{a, b} {
		if _, _, err := ticket.Wait(context.Background()); err != nil {
			t.Error(err)
		}
	}
	l = mustOpen(t, dir, o)
	if l.Head().Size != 6 {
		t.Errorf("size %d", l.Head().Size)
	}
	checkEntries(t, l)
}

// A commit that fails, with and without having been written, ends the intake; the next open finds a whole log and knows.
func TestFailedCommit(t *testing.T) {
	broken := errors.New("injected")
	for _, c := range []struct {
		name  string
		fault func(l *Ledger, b *batch) error
		size  uint64
	}{
		{"failed", func(l *Ledger, b *batch) error { return broken }, 5},
		{"failed but persisted", func(l *Ledger, b *batch) error { return errors.Join(l.store.commit(b), broken) }, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, o := mustCreate(t)
			l := mustOpen(t, dir, o)
			appendN(t, l, 5)
			l.commitTo = func(b *batch) error { return c.fault(l, b) }
			ticket, err := l.Submit(context.Background(), entriesOf(5, 3))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := ticket.Wait(context.Background()); !errors.Is(err, broken) || !errors.Is(err, ErrStopped) {
				t.Fatalf("ticket: %v", err)
			}
			if l.Head().Size != 5 {
				t.Fatalf("head %d is served, acknowledged was 5", l.Head().Size)
			}
			if _, err := l.Submit(context.Background(), entriesOf(8, 1)); !errors.Is(err, broken) || !errors.Is(err, ErrStopped) {
				t.Fatalf("after a failed commit: %v", err)
			}
			l.Close()
			l = mustOpen(t, dir, o)
			if l.Head().Size != c.size {
				t.Fatalf("size %d after reopening, want %d", l.Head().Size, c.size)
			}
			checkLog(t, l)
			checkEntries(t, l)
			appendN(t, l, 4)
			checkLog(t, l)
		})
	}
}

// What Badger only logs stops the log too.
func TestBadgersLoggedErrorsCount(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 1)
	l.store.log.Errorf("Error while curlf sync: %v\n", "input/output error")
	ticket, err := l.Submit(context.Background(), entriesOf(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ticket.Wait(context.Background()); !errors.Is(err, ErrStopped) {
		t.Fatalf("a commit whose sync failed is acknowledged: %v", err)
	}
}

// Heads that cannot be kept end the intake.
func TestHeadFileThatCannotBeWritten(t *testing.T) {
	dir, o := mustCreate(t)
	o.HeadFile = t.TempDir() + "/there/head"
	if _, err := Open(dir, o); err == nil {
		t.Fatal("opened without a place for the head file")
	}
	o.HeadFile = ""
	l := mustOpen(t, dir, o)
	appendN(t, l, 1)
}

// A new ledger has its head file, so that one that is missing is always told.
func TestMissingHeadFileIsTold(t *testing.T) {
	dir, o := mustCreate(t)
	var told bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&told, nil))
	reopen := func() {
		t.Helper()
		told.Reset()
		l, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if reopen(); told.Len() > 0 {
		t.Errorf("the first open says %s", &told)
	}
	if err := os.Remove(o.HeadFile); err != nil {
		t.Fatal(err)
	}
	if reopen(); !strings.Contains(told.String(), "head file is missing") {
		t.Errorf("an open without head file says %q", &told)
	}
	if reopen(); told.Len() > 0 {
		t.Errorf("the open after it says %s", &told)
	}
}

// A full disk refuses the group and nothing else: with room again the log goes on.
func TestNoSpace(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 1)
	l.store.reserve = 1 << 62
	ticket, err := l.Submit(context.Background(), entriesOf(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ticket.Wait(context.Background()); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("without space: %v", err)
	}
	l.store.reserve = 0
	appendN(t, l, 2)
	checkLog(t, l)
}

// Reading while the ledger closes ends with ErrClosed.
func TestReadWhileClosing(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 500)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := uint64(0); ; i = (i + 1) % 500 {
				if _, err := l.Entry(i); errors.Is(err, ErrClosed) {
					return
				} else if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	mustClose(t, l)
	wg.Wait()
	if _, err := l.Submit(context.Background(), entriesOf(0, 1)); !errors.Is(err, ErrStopped) {
		t.Errorf("submit after close: %v", err)
	}
}
