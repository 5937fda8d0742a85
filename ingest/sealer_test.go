package ingest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/vault"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// sealer is a source of a station that seals and signs with a vault and a key of its own.
type sealer struct {
	s      *station
	id     string
	token  string
	vault  *vault.Vault
	signer *keys.Signer
	next   batch.Position
}

// sealer makes a source's vault and declares its key.
func (s *station) sealer(t testing.TB, id, token string) *sealer {
	t.Helper()
	x := &sealer{s: s, id: id, token: token, vault: newVault(t, id), signer: newSigner(t), next: batch.Position{Sequence: 1, From: time.Now()}}
	x.declare(t, "", "")
	return x
}

func newVault(t testing.TB, id string) *vault.Vault {
	t.Helper()
	dir := t.TempDir()
	root, err := vault.NewRoot(filepath.Join(dir, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Create(filepath.Join(dir, "vault"), root, id); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(dir, "vault"), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func newSigner(t testing.TB) *keys.Signer {
	t.Helper()
	private, err := keys.Generate(keys.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := keys.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// declare declares the source's key: with a validity and revoked from a time on, where these are given.
func (x *sealer) declare(t testing.TB, valid, revoked string) {
	t.Helper()
	text, err := keys.PublicPEM(x.signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	d := &event.Declaration{Type: event.DeclareKey, ID: x.signer.ID(), Valid: mustTime(t, valid),
		Key: &event.KeyDeclaration{Source: x.id, Use: event.KeySign, PEM: string(text), Revoked: mustTime(t, revoked)}}
	x.s.declare(t, d)
}

func mustTime(t testing.TB, text string) event.Time {
	t.Helper()
	if text == "" {
		return event.Time{}
	}
	out, err := event.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parse(t testing.TB, native string) *event.Event {
	t.Helper()
	e, err := event.Parse([]byte(native))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// seal seals native events as the next batch, and does not hand it in.
func (x *sealer) seal(t testing.TB, natives ...string) *batch.Submission {
	t.Helper()
	b, err := batch.NewBuilder(x.id, batch.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range natives {
		sealed, err := event.Seal(parse(t, n), x.id, x.vault, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add(sealed); err != nil {
			t.Fatal(err)
		}
	}
	sub, err := b.Seal(context.Background(), x.signer, x.next, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func textOf(t testing.TB, sub *batch.Submission) []byte {
	t.Helper()
	var text bytes.Buffer
	if _, err := sub.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// submit hands in a batch and goes on in the sequence where it is taken.
func (x *sealer) submit(t testing.TB, sub *batch.Submission) (int, string) {
	t.Helper()
	status, answer := x.s.send(t, "POST", "/v1/batches", x.token, textOf(t, sub))
	if status == 200 {
		x.next = batch.Position{Sequence: sub.Statement.Sequence + 1, Previous: sub.Digest, From: sub.Statement.To}
	}
	return status, answer
}

// receiptsOf are the receipts of an answer, by the source's own id.
func receiptsOf(t testing.TB, answer string) map[string]ingest.ReceiptLine {
	t.Helper()
	out := map[string]ingest.ReceiptLine{}
	for line := range strings.Lines(answer) {
		var l ingest.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if l.Receipt != nil {
			out[l.Receipt.ID] = *l.Receipt
		}
	}
	return out
}

// problemOf reads a refusal.
func problemOf(t testing.TB, answer string) access.Problem {
	t.Helper()
	var p access.Problem
	if err := json.Unmarshal([]byte(answer), &p); err != nil {
		t.Fatalf("no problem document: %q: %v", answer, err)
	}
	return p
}

// Whichever way an event comes first, it is known when it comes the other way: natively as a duplicate of the entry that
// its source sealed, in a batch as DUPLICATE_EVENTS, and that also when the source has lost its vault and seals under
// other pseudonyms.
func TestOneEventTwoWays(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	if status, answer := s.post(t, []byte(native("n1"))); status != 200 || !strings.Contains(answer, "ACCEPTED") {
		t.Fatal(status, answer)
	}
	status, answer := x.submit(t, x.seal(t, native("b1"), native("b2")))
	if status != 200 {
		t.Fatal(status, answer)
	}
	first := receiptsOf(t, answer)
	size := s.g.Checkpoint().Size

	again := func(when string) {
		t.Helper()
		_, answer := s.post(t, []byte(native("b1")+"\n"+native("b2")+"\n"+strings.Replace(native("b1"), "user-1", "user-2", 1)+"\n"))
		var lines []*ingest.ReceiptLine
		for line := range strings.Lines(answer) {
			var l ingest.Line
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			if l.Receipt != nil {
				lines = append(lines, l.Receipt)
			}
		}
		if len(lines) != 3 {
			t.Fatalf("%s: %s", when, answer)
		}
		for _, r := range lines[:2] {
			if f := first[r.ID]; r.Status != "DUPLICATE" || r.Entry != f.Entry || *r.Index != *f.Index || r.LeafHash != f.LeafHash || r.Recorded != f.Recorded {
				t.Errorf("%s: %s answers %+v, first %+v", when, r.ID, r, f)
			}
		}
		if r := lines[2]; r.Status != "REJECTED" || r.Faults[0].Code != "ID_REUSED" {
			t.Errorf("%s: other content under the id of a sealed event answers %+v", when, r)
		}
		if got := s.g.Checkpoint().Size; got != size {
			t.Errorf("%s: the log grew by %d entries", when, got-size)
		}
	}
	again("natively")

	refused := func(when string, natives ...string) {
		t.Helper()
		status, answer := x.submit(t, x.seal(t, natives...))
		if status != 409 || problemOf(t, answer).Code != "DUPLICATE_EVENTS" {
			t.Errorf("%s: %d %s", when, status, answer)
		}
		if got := s.g.Checkpoint().Size; got != size {
			t.Errorf("%s: the log grew by %d entries", when, got-size)
		}
	}
	refused("recorded natively, then sealed", native("b3"), native("n1"))
	refused("sealed anew", native("b2"), native("b4"))
	x.vault = newVault(t, x.id)
	refused("sealed anew under another vault", native("b2"), native("b4"))

	// What the refused batches held is not taken for recorded.
	if _, answer := s.post(t, []byte(native("b4"))); !strings.Contains(answer, "ACCEPTED") {
		t.Errorf("an event of a refused batch: %s", answer)
	}
	size = s.g.Checkpoint().Size
	again("natively, after the refusals")

	// A reference by the source's own id finds the sealed entry.
	correct := strings.Replace(native("c1"), `"kind":"CONSULT"`, `"kind":"CORRECT","relates":[{"relation":"SUPERSEDES","id":"b1"}]`, 1)
	_, answer = s.post(t, []byte(correct))
	r, ok := receiptsOf(t, answer)["c1"]
	if !ok || r.Status != "ACCEPTED" {
		t.Fatal(answer)
	}
	leaf := s.leaf(t, r.Entry)
	if !strings.Contains(leaf, first["b1"].Entry) {
		t.Errorf("a correction of b1, entry %s, says %s", first["b1"].Entry, leaf)
	}

	// All of it holds after a restart.
	s.restart(t)
	size = s.g.Checkpoint().Size
	again("natively, after a restart")
}

// Handed in both ways at the same moment an event is recorded once, and both ways answer with that one entry.
func TestOneEventTwoWaysAtOnce(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	// Picture and actor are known both ways from the beginning, so that no LINK falls due later.
	if _, answer := s.post(t, []byte(native("first"))); !strings.Contains(answer, "ACCEPTED") {
		t.Fatal(answer)
	}
	if status, answer := x.submit(t, x.seal(t, native("second"))); status != 200 {
		t.Fatal(answer)
	}
	const rounds, events = 20, 40
	sealedFirst := 0
	for n := range rounds {
		var natives []string
		for i := range events {
			natives = append(natives, native(fmt.Sprintf("%d-%d", n, i)))
		}
		sub := x.seal(t, natives...)
		size := s.g.Checkpoint().Size
		var wg sync.WaitGroup
		answers := make([]string, 2)
		var status int
		wg.Go(func() { status, answers[0] = x.submit(t, sub) })
		wg.Go(func() {
			time.Sleep(time.Duration(n%5) * time.Millisecond)
			_, answers[1] = s.post(t, []byte(strings.Join(natives, "\n")))
		})
		wg.Wait()
		sum, _ := summaryOf(t, answers[1])
		grown := s.g.Checkpoint().Size - size
		switch {
		case status == 200 && sum == ingest.Summary{Duplicates: events} && grown == events+1:
			sealedFirst++
			mine, theirs := receiptsOf(t, answers[0]), receiptsOf(t, answers[1])
			for id, r := range theirs {
				if m := mine[id]; r.Entry != m.Entry || *r.Index != *m.Index || r.LeafHash != m.LeafHash {
					t.Errorf("%s: natively %+v, in the batch %+v", id, r, m)
				}
			}
		case status == 409 && problemOf(t, answers[0]).Code == "DUPLICATE_EVENTS" && sum == ingest.Summary{Accepted: events} && grown == events:
		default:
			t.Fatalf("round %d: the batch answers %d %.300s, the stream %+v, and the log grew by %d", n, status, answers[0], sum, grown)
		}
	}
	t.Logf("the batch came first in %d of %d rounds", sealedFirst, rounds)
}
