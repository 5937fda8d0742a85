package batch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

func TestBatchOfAnySizeVerifies(t *testing.T) {
	s := newSource(t, "bka-gateway")
	l := newLog(s)
	for _, n := range []int{0, 1, 2, 31, 32, 33, 64, 300} {
		events := s.searches(t, 1000*n, n)
		text, digest := s.batch(t, Position{Sequence: 1, From: dawn}, events...)
		b, err := l.verifier().Verify(t.Context(), iotest.OneByteReader(bytes.NewReader(text)), s.id, noon)
		if err != nil {
			t.Fatalf("%d leaves: %v", n, err)
		}
		st := b.Statement
		if b.Digest != digest || b.Key != s.signer.ID() || b.Replay || st.Count != int64(n) || !st.From.Equal(dawn) || !st.To.Equal(noon) {
			t.Errorf("%d leaves: %+v", n, st)
		}
		if line, _, _ := bytes.Cut(text, []byte("\n")); !bytes.Equal(b.Envelope, line) {
			t.Errorf("%d leaves: the envelope is not kept as it came", n)
		}
		if len(b.Leaves) != n {
			t.Fatalf("%d leaves verified, %d sealed", len(b.Leaves), n)
		}
		var stored []tlog.Hash
		for i, got := range b.Leaves {
			if !bytes.Equal(got.Bytes, events[i].Leaf) || len(got.Disclosures) != len(events[i].Disclosures) {
				t.Fatalf("leaf %d is not the one that was sealed", i)
			}
			if opened, native := canonical(t, plain(got.Event)), canonical(t, search(1000*n+i)); opened != native {
				t.Fatalf("leaf %d opens to\n%s, handed in was\n%s", i, opened, native)
			}
			hashes, err := tlog.StoredHashes(int64(i), got.Bytes, reader(stored))
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, hashes...)
		}
		root, err := tlog.TreeHash(int64(n), reader(stored))
		if err != nil {
			t.Fatal(err)
		}
		if st.Root != root {
			t.Errorf("%d leaves: root %v, tlog has %v", n, st.Root, root)
		}
	}
}

// plain takes the pseudonyms out of an opened search, which is then the native event.
func plain(e *event.Event) *event.Event {
	e.Actor.Pseudonym, e.Case.Pseudonym = event.Pseudonym{}, event.Pseudonym{}
	for i := range e.Images {
		e.Images[i].Pseudonym = event.Pseudonym{}
	}
	return e
}

func canonical(t *testing.T, e *event.Event) string {
	t.Helper()
	b, err := event.Canonical(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type reader []tlog.Hash

func (r reader) ReadHashes(indexes []int64) (out []tlog.Hash, err error) {
	for _, i := range indexes {
		out = append(out, r[i])
	}
	return out, nil
}

func TestOneSignedLeafVerifies(t *testing.T) {
	s := newSource(t, "bka-gateway")
	b, err := NewBuilder(s.id, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.SealLeaf(t.Context(), s.signer, Position{Sequence: 1, From: dawn}, noon); err == nil {
		t.Error("a statement about one leaf without a leaf is signed")
	}
	if err := b.Add(s.seal(t, search(1))); err != nil {
		t.Fatal(err)
	}
	sub, err := b.SealLeaf(t.Context(), s.signer, Position{Sequence: 1, From: dawn}, noon)
	if err != nil {
		t.Fatal(err)
	}
	got, err := newLog(s).verifier().Verify(t.Context(), bytes.NewReader(textOf(t, sub)), s.id, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got.Statement.Leaf == nil || len(got.Leaves) != 1 || got.Statement.Root != tlog.RecordHash(got.Leaves[0].Bytes) {
		t.Errorf("%+v", got.Statement)
	}
}

func TestBatchesOfASourceFollowEachOther(t *testing.T) {
	s := newSource(t, "bka-gateway")
	l := newLog(s)
	var texts [][]byte
	p := Position{Sequence: 1, From: dawn}
	for n := range 4 {
		text, digest := s.batch(t, p, s.searches(t, 10*n, 3*n)...)
		if _, err := l.verifier().Verify(t.Context(), bytes.NewReader(text), s.id, noon); err != nil {
			t.Fatalf("batch %d: %v", p.Sequence, err)
		}
		l.record(s.id, digest, noon)
		texts = append(texts, text)
		p = Position{Sequence: p.Sequence + 1, Previous: digest, From: noon}
	}
	for n, text := range texts {
		b, err := l.verifier().Verify(t.Context(), bytes.NewReader(text), s.id, noon.Add(time.Hour))
		if err != nil || !b.Replay || b.Leaves != nil {
			t.Errorf("batch %d again: %v, replay %v", n+1, err, b != nil && b.Replay)
		}
	}
}

// A source that lost the answer asks again, perhaps after its key has expired or was revoked.
func TestReplayIsJudgedByTheFirstRecordedTime(t *testing.T) {
	s := newSource(t, "bka-gateway")
	l := newLog()
	l.declare(s).revoked = noon.Add(time.Hour)
	text, digest := s.batch(t, Position{Sequence: 1, From: dawn}, s.searches(t, 0, 2)...)
	l.record(s.id, digest, noon)
	if b, err := l.verifier().Verify(t.Context(), bytes.NewReader(text), s.id, noon.Add(2*time.Hour)); err != nil || !b.Replay {
		t.Fatalf("a replay is refused: %v", err)
	}
	next, _ := s.batch(t, Position{Sequence: 2, Previous: digest, From: noon})
	if _, err := l.verifier().Verify(t.Context(), bytes.NewReader(next), s.id, noon.Add(2*time.Hour)); CodeOf(err) != KeyRevoked {
		t.Fatalf("a new batch under a revoked key: %v", err)
	}
	forged := bytes.Replace(text, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)
	if _, err := l.verifier().Verify(t.Context(), bytes.NewReader(forged), s.id, noon); CodeOf(err) != BadSignature {
		t.Fatalf("a replay without a signature: %v", err)
	}
}

func TestForkIsHandedOverAsEvidence(t *testing.T) {
	s := newSource(t, "bka-gateway")
	l := newLog(s)
	_, first := s.batch(t, Position{Sequence: 1, From: dawn}, s.searches(t, 0, 2)...)
	l.record(s.id, first, noon)
	l.record(s.id, Digest([]byte("second")), noon)
	fork, digest := s.batch(t, Position{Sequence: 1, From: dawn}, s.searches(t, 5, 2)...)
	b, err := l.verifier().Verify(t.Context(), bytes.NewReader(fork), s.id, noon)
	if CodeOf(err) != SequenceForked {
		t.Fatal(err)
	}
	if b == nil || b.Digest != digest || b.Key != s.signer.ID() || !bytes.HasPrefix(fork, b.Envelope) || b.Leaves != nil {
		t.Fatalf("no evidence: %+v", b)
	}
	// What is not signed is no evidence of anything.
	unsigned := replacePayload(t, fork, func(p string) string { return strings.Replace(p, `"count":2`, `"count":3`, 1) })
	if b, err := l.verifier().Verify(t.Context(), bytes.NewReader(unsigned), s.id, noon); CodeOf(err) != BadSignature || b != nil {
		t.Fatalf("%v, %+v", err, b)
	}
}

func TestNoLeafIsReadBeforeTheSignatureHolds(t *testing.T) {
	s, other := newSource(t, "bka-gateway"), newSource(t, "stranger")
	l := newLog(s)
	text := other.sign(t, func(st *Statement) { st.Source, st.Sealer, st.Count = s.id, s.id, 4000 })
	r := io.MultiReader(bytes.NewReader(text), iotest.ErrReader(errors.New("read on")))
	if _, err := l.verifier().Verify(t.Context(), r, s.id, noon); CodeOf(err) != UnknownKey {
		t.Fatal(err)
	}
}

func TestErrorsOfReaderAndContextAreNotRefusals(t *testing.T) {
	s := newSource(t, "bka-gateway")
	l := newLog(s)
	text, _ := s.batch(t, Position{Sequence: 1, From: dawn}, s.searches(t, 0, 100)...)
	broken := errors.New("connection reset")
	_, err := l.verifier().Verify(t.Context(), io.MultiReader(bytes.NewReader(text[:len(text)/2]), iotest.ErrReader(broken)), s.id, noon)
	if !errors.Is(err, broken) || CodeOf(err) != "" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = l.verifier().Verify(ctx, bytes.NewReader(text), s.id, noon); !errors.Is(err, context.Canceled) || CodeOf(err) != "" {
		t.Errorf("got %v", err)
	}
}

func TestAllFaultyLeavesAreNamed(t *testing.T) {
	s := newSource(t, "bka-gateway")
	l := newLog(s)
	var leaves []rawLeaf
	var want []int
	for i, e := range s.searches(t, 0, 400) {
		raw := rawOf(e)
		if i%3 == 1 {
			raw.disclosures = raw.disclosures[1:]
			want = append(want, i)
		}
		leaves = append(leaves, raw)
	}
	text := s.sign(t, nil, leaves...)
	for _, workers := range []int{1, 2, 7} {
		v := l.verifier()
		v.Workers = workers
		_, err := v.Verify(t.Context(), bytes.NewReader(text), s.id, noon)
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Code != BadDisclosure {
			t.Fatal(err)
		}
		got := append([]*Error{refusal}, refusal.More...)
		if len(got) != maxReported {
			t.Fatalf("%d workers: %d leaves named, want %d", workers, len(got), maxReported)
		}
		for i, e := range got {
			if *e.Leaf != want[i] || e.Line != want[i]+2 || len(e.Faults) == 0 {
				t.Fatalf("%d workers: fault %d names leaf %d on line %d, want %d", workers, i, *e.Leaf, e.Line, want[i])
			}
		}
	}
}
