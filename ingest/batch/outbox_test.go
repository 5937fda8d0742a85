package batch

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openOutbox(t *testing.T, dir string, s *source) *Outbox {
	t.Helper()
	o, err := OpenOutbox(dir, s.id, dawn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

// sealInto seals n searches as the next batch and returns the builder, which must be empty.
func sealInto(t *testing.T, o *Outbox, s *source, first, n int, now time.Time) *Statement {
	t.Helper()
	b, err := NewBuilder(s.id, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.searches(t, first, n) {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	st, err := o.Seal(t.Context(), b, s.signer, now)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != 0 || b.Size() != 0 {
		t.Fatal("a sealed builder is not empty")
	}
	return st
}

// submitAll hands in what waits, as a source does after a restart, and returns what became of each batch.
func submitAll(t *testing.T, o *Outbox, l *log) (got []string) {
	t.Helper()
	waiting, err := o.Pending()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range waiting {
		text, err := os.ReadFile(p.Path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.verifier().Verify(t.Context(), bytes.NewReader(text), "bka-gateway", noon)
		switch {
		case err != nil:
			got = append(got, string(CodeOf(err)))
			continue
		case b.Replay:
			got = append(got, "again")
		default:
			l.record("bka-gateway", b.Digest, noon)
			got = append(got, "recorded")
		}
		if err := o.Accepted(p.Sequence); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestOutboxNumbersBatchesAcrossRestarts(t *testing.T) {
	s, dir := newSource(t, "bka-gateway"), t.TempDir()
	l := newLog(s)
	o := openOutbox(t, dir, s)
	if p := o.Next(); p != (Position{1, "", dawn}) {
		t.Fatalf("a new outbox begins at %+v", p)
	}
	first := sealInto(t, o, s, 0, 3, dawn.Add(time.Hour))
	beat := sealInto(t, o, s, 0, 0, dawn.Add(2*time.Hour))
	if first.Sequence != 1 || beat.Sequence != 2 || !beat.From.Equal(first.To) || beat.Count != 0 {
		t.Fatalf("%+v, then %+v", first, beat)
	}
	if _, err := OpenOutbox(dir, s.id, dawn); !errors.Is(err, ErrOutboxBusy) {
		t.Fatalf("two processes number batches of one source: %v", err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = openOutbox(t, dir, s)
	sealInto(t, o, s, 3, 3, dawn.Add(90*time.Minute)) // the clock was set back
	if o.Next().From != dawn.Add(2*time.Hour) {
		t.Errorf("periods overlap: the next begins at %v", o.Next().From)
	}
	same(t, "handed in", submitAll(t, o, l), "recorded", "recorded", "recorded")
	same(t, "nothing waits", submitAll(t, o, l))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if _, err := o.Seal(t.Context(), &Builder{source: "other"}, s.signer, noon); err == nil {
		t.Error("a batch of another source is sealed")
	}
	_ = o.Close()
	if _, err := OpenOutbox(dir, "other", dawn); err == nil {
		t.Error("another source's outbox is opened")
	}
}

// Sealing stops at each step on the way; whatever is left, no number is used twice and none is lost.
func TestOutboxAfterACrashWhileSealing(t *testing.T) {
	for name, c := range map[string]struct {
		undo func(t *testing.T, dir, before string) // makes the directory what it was at the crash
		want []string                               // what is then handed in
		next int64
	}{
		"before the state": {func(t *testing.T, dir, before string) {
			rename(t, dir, "000000000002.ndjson", "000000000002.ndjson.tmp")
			write(t, filepath.Join(dir, stateFile), before)
		}, []string{"recorded"}, 2},
		"while writing the batch": {func(t *testing.T, dir, before string) {
			rename(t, dir, "000000000002.ndjson", "000000000002.ndjson.tmp")
			write(t, filepath.Join(dir, "000000000002.ndjson.tmp"), `{"payloadType":"applic`)
			write(t, filepath.Join(dir, stateFile), before)
		}, []string{"recorded"}, 2},
		"while writing the state": {func(t *testing.T, dir, before string) {
			rename(t, dir, "000000000002.ndjson", "000000000002.ndjson.tmp")
			write(t, filepath.Join(dir, stateFile), before)
			write(t, filepath.Join(dir, stateFile+".tmp"), `{"source":"bka-`)
		}, []string{"recorded"}, 2},
		"after the state": {func(t *testing.T, dir, _ string) {
			rename(t, dir, "000000000002.ndjson", "000000000002.ndjson.tmp")
		}, []string{"recorded", "recorded"}, 3},
		"after the name": {func(*testing.T, string, string) {}, []string{"recorded", "recorded"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := newSource(t, "bka-gateway"), t.TempDir()
			l := newLog(s)
			o := openOutbox(t, dir, s)
			sealInto(t, o, s, 0, 2, noon)
			before, err := os.ReadFile(filepath.Join(dir, stateFile))
			if err != nil {
				t.Fatal(err)
			}
			sealInto(t, o, s, 2, 2, noon)
			_ = o.Close()
			c.undo(t, dir, string(before))

			o = openOutbox(t, dir, s)
			if o.Next().Sequence != c.next {
				t.Fatalf("next is %d, want %d", o.Next().Sequence, c.next)
			}
			same(t, "handed in", submitAll(t, o, l), c.want...)
			sealInto(t, o, s, 4, 2, noon)
			same(t, "and the next", submitAll(t, o, l), "recorded")
			left, err := filepath.Glob(filepath.Join(dir, "*.tmp"))
			if err != nil || len(left) > 0 {
				t.Errorf("left over: %v %v", left, err)
			}
		})
	}
}

func TestOutboxAfterACrashBetweenSubmittingAndTheAnswer(t *testing.T) {
	s, dir := newSource(t, "bka-gateway"), t.TempDir()
	l := newLog(s)
	o := openOutbox(t, dir, s)
	sealInto(t, o, s, 0, 2, noon)
	sealInto(t, o, s, 2, 2, noon)
	_, first := l.Last(s.id)
	if first != "" {
		t.Fatal("nothing is recorded yet")
	}
	st, digest, err := readStatement(o.path(1))
	if err != nil || st.Sequence != 1 {
		t.Fatal(err)
	}
	l.record(s.id, digest, noon) // recorded, but the source never heard of it
	_ = o.Close()
	o = openOutbox(t, dir, s)
	same(t, "handed in", submitAll(t, o, l), "again", "recorded")
}

func TestOutboxTakesRefusedBatchesBack(t *testing.T) {
	s, dir := newSource(t, "bka-gateway"), t.TempDir()
	l := newLog(s)
	o := openOutbox(t, dir, s)
	for n := range 4 {
		sealInto(t, o, s, 10*n, 2, dawn.Add(time.Duration(n+1)*time.Hour))
	}
	if err := o.Accepted(2); !errors.Is(err, ErrNotPending) {
		t.Errorf("a batch is accepted before the one before it: %v", err)
	}
	if err := o.Accepted(1); err != nil {
		t.Fatal(err)
	}
	_, digest, err := readStatement(o.path(2))
	if err != nil {
		t.Fatal(err)
	}
	st, _, _ := readStatement(o.path(2))
	l.record(s.id, st.Previous, noon)
	for _, n := range []int64{1, 5} {
		if _, err := o.Withdraw(n); !errors.Is(err, ErrNotPending) {
			t.Errorf("batch %d is withdrawn: %v", n, err)
		}
	}
	back, err := o.Withdraw(3)
	if err != nil || len(back) != 2 {
		t.Fatalf("%v %v", back, err)
	}
	if p := o.Next(); p != (Position{3, digest, dawn.Add(2 * time.Hour)}) {
		t.Fatalf("goes on at %+v", p)
	}
	sealInto(t, o, s, 70, 1, noon)
	same(t, "handed in", submitAll(t, o, l), "recorded", "recorded")
	for _, path := range back {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("a withdrawn batch is gone: %v", err)
		}
	}
}

func TestOutboxAfterACrashWhileWithdrawing(t *testing.T) {
	s, dir := newSource(t, "bka-gateway"), t.TempDir()
	o := openOutbox(t, dir, s)
	sealInto(t, o, s, 0, 1, noon)
	before, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	sealInto(t, o, s, 1, 1, noon)
	sealInto(t, o, s, 2, 1, noon)
	_ = o.Close()
	write(t, filepath.Join(dir, stateFile), string(before)) // the state says so already, the files are still there
	o = openOutbox(t, dir, s)
	if o.Next().Sequence != 2 {
		t.Fatalf("next is %d", o.Next().Sequence)
	}
	waiting, err := o.Pending()
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%v wait, %v", waiting, err)
	}
}

func TestDamagedOutboxIsNotUsed(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, dir string){
		"state lost":    func(t *testing.T, dir string) { remove(t, filepath.Join(dir, stateFile)) },
		"state garbled": func(t *testing.T, dir string) { write(t, filepath.Join(dir, stateFile), `{"source":`) },
		"state emptied": func(t *testing.T, dir string) { write(t, filepath.Join(dir, stateFile), ``) },
		"state half": func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, stateFile), `{"source":"bka-gateway","sequence":2,"until":"2025-06-01T12:00:00Z"}`)
		},
		"batch garbled": func(t *testing.T, dir string) { write(t, filepath.Join(dir, "000000000001.ndjson"), "x\n") },
		"batch lost": func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "000000000002.ndjson"))
			rename(t, dir, "000000000001.ndjson", "000000000002.ndjson")
		},
		"batches swapped": func(t *testing.T, dir string) {
			rename(t, dir, "000000000001.ndjson", "x")
			rename(t, dir, "000000000002.ndjson", "000000000001.ndjson")
			rename(t, dir, "x", "000000000002.ndjson")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := newSource(t, "bka-gateway"), t.TempDir()
			o := openOutbox(t, dir, s)
			sealInto(t, o, s, 0, 1, noon)
			sealInto(t, o, s, 1, 1, noon)
			_ = o.Close()
			damage(t, dir)
			if _, err := OpenOutbox(dir, s.id, dawn); !errors.Is(err, ErrOutboxDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestOutboxIsNotBegunByAccident(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	for range 2 {
		if _, err := OpenOutbox(dir, "bka-gateway", time.Time{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o := openOutbox(t, dir, newSource(t, "bka-gateway"))
	_ = o.Close()
	if o, err := OpenOutbox(dir, "bka-gateway", time.Time{}); err != nil || o.Next().From != dawn {
		t.Errorf("an outbox that is there is not opened: %v", err)
	} else {
		_ = o.Close()
	}
}

func TestOutboxResumesFromWhatTheLogHas(t *testing.T) {
	s := newSource(t, "bka-gateway")
	o := openOutbox(t, t.TempDir(), s)
	last := Digest([]byte("batch 7"))
	for _, bad := range []struct {
		n         int64
		statement string
	}{{7, ""}, {0, last}, {-1, ""}, {7, "sha256:x"}, {MaxSequence, last}} {
		if err := o.Resume(bad.n, bad.statement, noon); err == nil {
			t.Errorf("resumed after batch %d with statement %q", bad.n, bad.statement)
		}
	}
	if err := o.Resume(7, last, noon); err != nil {
		t.Fatal(err)
	}
	if p := o.Next(); p != (Position{8, last, noon}) {
		t.Fatalf("goes on at %+v", p)
	}
	sealInto(t, o, s, 0, 1, noon)
	if err := o.Resume(7, last, noon); err == nil {
		t.Error("resumed while a batch waits")
	}
}

func TestFailedSealingKeepsEvents(t *testing.T) {
	s, dir := newSource(t, "bka-gateway"), t.TempDir()
	o := openOutbox(t, dir, s)
	b, err := NewBuilder(s.id, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.searches(t, 0, 3) {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, stateFile+".tmp"), 0o700); err != nil { // the state cannot be written
		t.Fatal(err)
	}
	if _, err := o.Seal(t.Context(), b, s.signer, noon); err == nil {
		t.Fatal("sealed although the state could not be written")
	}
	if b.Len() != 3 || o.Next().Sequence != 1 {
		t.Fatalf("%d events left, next is %d", b.Len(), o.Next().Sequence)
	}
	remove(t, filepath.Join(dir, stateFile+".tmp"))
	if _, err := o.Seal(t.Context(), b, s.signer, noon); err != nil {
		t.Fatal(err)
	}
	same(t, "handed in", submitAll(t, o, newLog(s)), "recorded")
}

func TestBuilderLimits(t *testing.T) {
	s := newSource(t, "bka-gateway")
	events := s.searches(t, 0, 6)
	size := len(rawOf(events[0]).line())
	for name, c := range map[string]struct {
		limits Limits
		fit    int
		err    error
	}{
		"leaves": {Limits{Leaves: 4}, 4, ErrFull},
		"bytes":  {Limits{Bytes: int64(1000 + 2*size + size/2), Envelope: 1000}, 2, ErrFull},
		"line":   {Limits{Line: size / 2}, 0, ErrOversized},
		"whole":  {Limits{Bytes: int64(1000 + size/2), Envelope: 1000}, 0, ErrOversized},
	} {
		b, err := NewBuilder(s.id, c.limits)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			err := b.Add(e)
			if i < c.fit && err != nil || i >= c.fit && !errors.Is(err, c.err) {
				t.Errorf("%s: event %d: %v", name, i, err)
			}
		}
		if b.Len() != c.fit {
			t.Errorf("%s: %d events, want %d", name, b.Len(), c.fit)
		}
		// What a builder takes a reader with the same limits takes.
		sub, err := b.Seal(t.Context(), s.signer, Position{Sequence: 1, From: dawn}, noon)
		if err != nil {
			t.Fatal(err)
		}
		v := newLog(s).verifier()
		v.Limits = c.limits
		if _, err := v.Verify(t.Context(), bytes.NewReader(textOf(t, sub)), s.id, noon); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBuilderRefusesWhatNobodyWouldAccept(t *testing.T) {
	s, other := newSource(t, "bka-gateway"), newSource(t, "lka-north")
	b, err := NewBuilder(s.id, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(other.seal(t, search(1))); err == nil {
		t.Error("another source's event is taken")
	}
	e := s.seal(t, search(1))
	if err := b.Add(e); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(s.seal(t, search(1))); !errors.Is(err, ErrTwice) {
		t.Errorf("an event is taken twice: %v", err)
	}
	if _, err := b.Seal(t.Context(), s.signer, Position{Sequence: 0, From: dawn}, noon); CodeOf(err) != BadStatement {
		t.Errorf("batch 0 is signed: %v", err)
	}
	if _, err := NewBuilder("No Slug", Limits{}); err == nil {
		t.Error("a source without an id builds batches")
	}
	if !strings.Contains(fmt.Sprint(b.Add(e)), "already") {
		t.Error("the message does not say what is wrong")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
