package ingest_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// envelope signs a payload as another tool would.
func (x *sealer) envelope(t testing.TB, payloadType, payload string) []byte {
	t.Helper()
	text, err := batch.Sign(context.Background(), x.signer, payloadType, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// statement wraps a native event in an in-toto Statement whose subject is a picture.
func statement(native, digest string) string {
	return fmt.Sprintf(`{"_type":%q,"subject":[{"digest":{"sha256":%q}}],"predicateType":%q,"predicate":%s}`,
		batch.StatementType, strings.TrimPrefix(digest, "sha256:"), batch.PredicateEvent, native)
}

var picture = fmt.Sprintf("sha256:%064d", 7) // of native events

// An envelope around a plain event: the node seals the event, keeps the envelope, and says in the leaf that the log
// attests it and which key it verified. The same again has the first receipt, whatever became of the key.
func TestSignedPlainEvents(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	hand := func(body []byte) (int, string) { return s.send(t, "POST", "/v1/batches", s.token, body) }

	envelopes := map[string][]byte{
		"p1": x.envelope(t, batch.PayloadEvent, native("p1")),
		"p2": x.envelope(t, batch.PayloadInToto, statement(native("p2"), picture)),
	}
	first := map[string]ingest.ReceiptLine{}
	for id, text := range envelopes {
		status, answer := hand(text)
		r := receiptsOf(t, answer)[id]
		if status != 200 || r.Status != graph.Accepted || !strings.Contains(answer, `{"checkpoint":`) || !strings.Contains(answer, `{"summary":{"accepted":1`) {
			t.Fatalf("%s: %d %s", id, status, answer)
		}
		first[id] = r
		leaf := s.leaf(t, r.Entry)
		for _, want := range []string{x.signer.ID(), `"attested":"LOG"`} {
			if !strings.Contains(leaf, want) {
				t.Errorf("%s: the leaf lacks %s: %s", id, want, leaf)
			}
		}
		for _, personal := range []string{"user-1", picture} {
			if strings.Contains(leaf, personal) {
				t.Errorf("%s: the leaf has %q in the clear: %s", id, personal, leaf)
			}
		}
		if kept, err := s.auditor(t).Envelope(context.Background(), r.Entry); err != nil || string(kept) != string(text) {
			t.Errorf("%s: the kept envelope is %.60q, %v", id, kept, err)
		}
	}

	size := s.g.Checkpoint().Size
	again := func(when string) {
		t.Helper()
		bodies := map[string][]byte{}
		for id, text := range envelopes {
			bodies[id+" again"] = text
		}
		bodies["p1 in another envelope"] = x.envelope(t, batch.PayloadInToto, statement(native("p1"), picture))
		for name, text := range bodies {
			id := name[:2]
			status, answer := hand(text)
			if r, f := receiptsOf(t, answer)[id], first[id]; status != 200 || r.Status != graph.Duplicate || r.Entry != f.Entry || *r.Index != *f.Index || r.LeafHash != f.LeafHash || r.Recorded != f.Recorded {
				t.Errorf("%s, %s: %d %s", when, name, status, answer)
			}
		}
		if got := s.g.Checkpoint().Size; got != size {
			t.Errorf("%s: the log grew by %d entries", when, got-size)
		}
	}
	again("at once")
	if _, answer := s.post(t, []byte(native("p1"))); receiptsOf(t, answer)["p1"].Status != graph.Duplicate {
		t.Errorf("unsigned: %s", answer)
	}

	other := x.envelope(t, batch.PayloadEvent, strings.Replace(native("p1"), "user-1", "user-2", 1))
	fresh := x.envelope(t, batch.PayloadEvent, native("p3"))
	refused := func(name string, body []byte, status int, code string) {
		t.Helper()
		before := s.g.Checkpoint().Size
		got, answer := hand(body)
		if p := problemOf(t, answer); got != status || p.Code != code || p.Status != status || p.Detail == "" {
			t.Errorf("%s: %d %s, want %d %s", name, got, answer, status, code)
		}
		if strings.Contains(answer, "user-1") || strings.Contains(answer, picture) {
			t.Errorf("%s: the answer repeats a personal value: %s", name, answer)
		}
		if now := s.g.Checkpoint().Size; now != before {
			t.Errorf("%s: the log grew by %d entries", name, now-before)
		}
	}
	refused("other content under a recorded id", other, 422, "INVALID_EVENT")
	refused("a signature that does not hold", []byte(strings.Replace(string(fresh), `"sig":"`, `"sig":"AAAA`, 1)), 422, "BAD_SIGNATURE")
	refused("no signature", []byte(fmt.Sprintf(`{"payloadType":%q,"payload":"e30=","signatures":[]}`, batch.PayloadEvent)), 422, "BAD_SIGNATURE")
	refused("subjects that are not the images", x.envelope(t, batch.PayloadInToto, statement(native("p3"), strings.Replace(picture, "7", "8", 1))), 422, "SUBJECTS_MISMATCH")
	refused("an event with faults", x.envelope(t, batch.PayloadEvent, strings.Replace(native("p3"), "CONSULT", "CONSULTED", 1)), 422, "INVALID_EVENT")
	refused("an event that names nobody known", x.envelope(t, batch.PayloadEvent, strings.Replace(native("p3"), `"requester":"bka"`, `"requester":"nobody"`, 1)), 422, "INVALID_EVENT")
	refused("not an event", x.envelope(t, batch.PayloadEvent, `{"kind":`), 422, "INVALID_EVENT")
	refused("something behind it", append(append(append([]byte{}, fresh...), '\n'), fresh...), 400, "MALFORMED")
	refused("more than an envelope may have", append([]byte(strings.Repeat(" ", batch.DefaultLimits.Envelope)), fresh...), 413, "BATCH_TOO_LARGE")

	known := x.signer
	x.signer = newSigner(t)
	refused("an unknown key", x.envelope(t, batch.PayloadEvent, native("p3")), 422, "UNKNOWN_KEY")
	x.declare(t, "2200/..", "")
	refused("a key that is not valid yet", x.envelope(t, batch.PayloadEvent, native("p3")), 422, "KEY_NOT_YET_VALID")
	x.declare(t, "2020/2021", "")
	refused("a key that has expired", x.envelope(t, batch.PayloadEvent, native("p3")), 422, "KEY_EXPIRED")
	other2 := s.sealer(t, "other", s.source(t, "other"))
	refused("another source's key", other2.envelope(t, batch.PayloadEvent, native("p3")), 422, "UNKNOWN_KEY")

	x.signer = known
	time.Sleep(2 * time.Millisecond)
	x.declare(t, "", s.g.Now().Format(time.RFC3339Nano))
	refused("a key that was revoked", fresh, 422, "KEY_REVOKED")
	size = s.g.Checkpoint().Size
	again("after the key was revoked")
	refused("other content under a recorded id, by a revoked key", other, 422, "INVALID_EVENT")
}

// A statement about one leaf is a batch of one, with a place in the source's sequence.
func TestSignedLeaf(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	b, err := batch.NewBuilder(x.id, batch.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := event.Seal(parse(t, native("l1")), x.id, x.vault, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(sealed); err != nil {
		t.Fatal(err)
	}
	sub, err := b.SealLeaf(context.Background(), x.signer, x.next, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, sub)
	for _, c := range []struct {
		name   string
		body   []byte
		status int
		want   string
	}{
		{"an altered leaf", []byte(strings.Replace(string(text), `"purpose":"identification"`, `"purpose":"identificatioN"`, 1)), 422, "LEAF_ALTERED"},
		{"the leaf", text, 200, `"status":"ACCEPTED"`},
		{"again", text, 200, `"status":"ACCEPTED"`},
	} {
		status, answer := s.send(t, "POST", "/v1/batches", s.token, c.body)
		if status != c.status || !strings.Contains(answer, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, answer, c.status, c.want)
		}
		if status == 200 {
			r := receiptsOf(t, answer)["l1"]
			if leaf := s.leaf(t, r.Entry); leaf != string(sealed.Leaf) {
				t.Errorf("the leaf in the log is %s, sealed was %s", leaf, sealed.Leaf)
			}
		}
	}
	if c := s.g.Chain("gateway"); c.Last != 1 {
		t.Errorf("the source's sequence has come to %d", c.Last)
	}
}
