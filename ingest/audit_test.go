package ingest_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// A log that was written past the intake: what its owner, who holds the signing key, could slip in. The tree is in order and
// verifies, and the audit of the sources' signatures names each batch that no source stands for.
func TestAuditNamesPlantedBatches(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	stranger := newSigner(t)
	if status, answer := x.submit(t, x.seal(t, native("honest"))); status != 200 {
		t.Fatal(answer)
	}
	want := map[uint64]string{} // index of ADMIT → code

	// plant admits a batch as if it had been verified, with what change makes of it.
	plant := func(code string, change func(sub *batch.Submission, b *graph.Batch), natives ...string) {
		t.Helper()
		sub := x.seal(t, natives...)
		v := &batch.Verifier{Keys: everything{x}, Chains: follows{x}}
		got, err := v.Verify(context.Background(), reader(textOf(t, sub)), x.id, time.Now())
		if err != nil && got == nil {
			t.Fatal(err)
		}
		b := &graph.Batch{Source: x.id, Sequence: sub.Statement.Sequence, Statement: sub.Digest, Previous: sub.Statement.Previous,
			Key: x.signer.ID(), Root: sub.Statement.Root.String(), Envelope: sub.Envelope, Wait: true}
		for _, l := range got.Leaves {
			b.Leaves = append(b.Leaves, graph.Leaf{Bytes: l.Bytes, Skeleton: l.Skeleton, Disclosures: l.Disclosures, Event: l.Event})
		}
		change(sub, b)
		receipts, _, _, err := s.g.Admit(context.Background(), b)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if code != "" {
			want[receipts[0].Index-1] = code
		}
		x.next = batch.Position{Sequence: b.Sequence + 1, Previous: b.Statement, From: sub.Statement.To}
	}

	plant("", func(*batch.Submission, *graph.Batch) {}, native("a0"))
	plant("NO_EVIDENCE", func(_ *batch.Submission, b *graph.Batch) { b.Envelope = nil }, native("a1"))
	plant("BAD_SIGNATURE", func(_ *batch.Submission, b *graph.Batch) {
		b.Envelope = replaced(t, b.Envelope, `"sig":"`, `"sig":"AAAA`)
	}, native("a2"))
	plant("MALFORMED", func(_ *batch.Submission, b *graph.Batch) { b.Envelope = []byte("hello") }, native("a3"))
	plant("UNKNOWN_KEY", func(sub *batch.Submission, b *graph.Batch) {
		known := x.signer
		x.signer = stranger
		b.Envelope, b.Key = x.resign(t, sub.Envelope), stranger.ID()
		x.signer = known
	}, native("a4"))
	plant("STATEMENT_DIFFERS", func(_ *batch.Submission, b *graph.Batch) { b.Key = stranger.ID() }, native("a5"))
	plant("STATEMENT_DIFFERS", func(_ *batch.Submission, b *graph.Batch) { b.Root = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }, native("a6"))
	plant("BAD_ROOT", func(_ *batch.Submission, b *graph.Batch) {
		b.Leaves[0], b.Leaves[1] = b.Leaves[1], b.Leaves[0]
	}, native("a7"), native("a8"))
	plant("BAD_COUNT", func(_ *batch.Submission, b *graph.Batch) { b.Leaves = b.Leaves[:1] }, native("a9"), native("a10"))
	plant("KEY_EXPIRED", func(sub *batch.Submission, b *graph.Batch) {
		known := x.signer
		x.signer = newSigner(t)
		x.declare(t, "2020/2021", "")
		b.Envelope, b.Key = x.resign(t, sub.Envelope), x.signer.ID()
		x.signer = known
	}, native("a11"))
	plant("", func(*batch.Submission, *graph.Batch) {}, native("a12"))

	if err := s.g.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := graph.Verify(s.dir, s.options, nil, nil)
	if err != nil || report.Err() != nil {
		t.Fatalf("the tree: %+v, %v", report, err)
	}
	audit, err := ingest.AuditSources(context.Background(), s.dir, s.options, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[uint64]string{}
	for _, f := range audit.Findings {
		if f.Source != "gateway" || f.Problem == "" {
			t.Errorf("%+v", f)
		}
		if _, ok := got[f.Index]; !ok { // the first says it; leaves that do not fit are told after it
			got[f.Index] = f.Code
		}
	}
	for index, code := range want {
		if got[index] != code {
			t.Errorf("entry %d: found %q, want %s", index, got[index], code)
		}
		delete(got, index)
	}
	for index, code := range got {
		t.Errorf("entry %d: found %s, and nothing is wrong with it", index, code)
	}
	if audit.Batches != 12 || audit.Leaves != 13 {
		t.Errorf("%d batches with %d leaves were checked", audit.Batches, audit.Leaves)
	}
}

func reader(text []byte) io.Reader { return bytes.NewReader(text) }

func replaced(t testing.TB, text []byte, old, new string) []byte {
	t.Helper()
	out := bytes.Replace(text, []byte(old), []byte(new), 1)
	if bytes.Equal(out, text) {
		t.Fatalf("%q does not occur", old)
	}
	return out
}

// resign puts the payload of an envelope into one that is signed by the key of today.
func (x *sealer) resign(t testing.TB, envelope []byte) []byte {
	t.Helper()
	e, payload, err := batch.ParseEnvelope(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return x.envelope(t, e.PayloadType, string(payload))
}

// everything is a finder that has the source's key.
type everything struct{ x *sealer }

func (e everything) KeyAt(id string, at time.Time) (keys.Declared, bool) {
	for _, d := range e.KeysOf(e.x.id, at) {
		if d.ID == id {
			return d, true
		}
	}
	return keys.Declared{}, false
}

func (e everything) KeysOf(string, time.Time) []keys.Declared {
	text, err := keys.PublicPEM(e.x.signer.Public())
	if err != nil {
		return nil
	}
	return []keys.Declared{{ID: e.x.signer.ID(), Source: e.x.id, Use: event.KeySign, PEM: string(text), State: keys.Valid}}
}

// follows knows the batch before the next one of a source.
type follows struct{ x *sealer }

func (f follows) Last(string) (int64, string) { return f.x.next.Sequence - 1, f.x.next.Previous }

func (follows) Statement(string, int64) (string, time.Time, bool) { return "", time.Time{}, false }
