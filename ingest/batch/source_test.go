package batch

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

var (
	dawn = time.Date(2025, 6, 1, 6, 0, 0, 0, time.UTC)
	noon = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
)

// sealer assigns pseudonyms by HMAC under a fixed key, so that golden files stay the same.
type sealer string

func (s sealer) ID() string { return string(s) }

func (s sealer) sum(parts ...string) (p event.Pseudonym) {
	h := hmac.New(sha256.New, []byte(s))
	for _, x := range parts {
		fmt.Fprintf(h, "%d:%s,", len(x), x)
	}
	copy(p[:], h.Sum(nil))
	return p
}

func (s sealer) Pseudonym(kind event.SubjectKind, source, identifier string) (event.Pseudonym, error) {
	return s.sum(string(kind), source, identifier), nil
}

func (s sealer) Entry(source, id string) event.Pseudonym { return s.sum("entry", source, id) }

// search is event n of a day of searches.
func search(n int) *event.Event {
	picture := sha256.Sum256(fmt.Appendf(nil, "noise %d", n%97))
	found := sha256.Sum256(fmt.Appendf(nil, "noise %d", n%89))
	candidates, replied := int64(1), true
	return &event.Event{
		ID: fmt.Sprintf("search-%06d", n), Kind: event.KindQuery, Exercise: true,
		Occurred:  event.At(dawn.Add(time.Duration(n) * time.Second)),
		Requester: "lka-north", Unit: "Dezernat 12",
		Actor: &event.Actor{ID: fmt.Sprintf("user-%02d", n%23), Role: "examiner"},
		From:  event.Place{Organisation: "lka-north", System: "workbench"},
		Images: []event.Image{
			{Role: event.RoleProbe, Digest: fmt.Sprintf("sha256:%x", picture)},
			{Role: event.RoleCandidate, Digest: fmt.Sprintf("sha256:%x", found), System: "faces", Score: 8123},
		},
		Purpose: "identification", Basis: []string{"BKAG § 29"},
		Justification: "suspect in proceeding, see file",
		Case:          &event.Case{Reference: fmt.Sprintf("12 Js %d/25", n%31), Offence: "theft"},
		Input:         event.InputFace, Mode: event.ModeTransient,
		Databases: []event.Database{{System: "faces", Replied: &replied}},
		Result:    &event.Result{State: event.ResultHit, Candidates: &candidates},
	}
}

// source is one source with a key of its own.
type source struct {
	id     string
	signer *keys.Signer
	salts  *rand.ChaCha8
}

func newSource(t testing.TB, id string) *source {
	t.Helper()
	seed := sha256.Sum256([]byte(id))
	return &source{id, signerOf(t, ed25519.NewKeyFromSeed(seed[:])), rand.NewChaCha8(seed)}
}

func signerOf(t testing.TB, private crypto.Signer) *keys.Signer {
	t.Helper()
	s, err := keys.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *source) seal(t testing.TB, e *event.Event) *event.Sealed {
	t.Helper()
	sealed, err := event.Seal(e, s.id, sealer(s.id), s.salts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// searches seals events first to first+n-1.
func (s *source) searches(t testing.TB, first, n int) []*event.Sealed {
	t.Helper()
	out := make([]*event.Sealed, n)
	for i := range out {
		out[i] = s.seal(t, search(first+i))
	}
	return out
}

// batch signs events as a batch.
func (s *source) batch(t testing.TB, p Position, events ...*event.Sealed) (text []byte, digest string) {
	t.Helper()
	b, err := NewBuilder(s.id, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	sub, err := b.Seal(t.Context(), s.signer, p, noon)
	if err != nil {
		t.Fatal(err)
	}
	return textOf(t, sub), sub.Digest
}

func textOf(t testing.TB, s *Submission) []byte {
	t.Helper()
	var w bytes.Buffer
	if _, err := s.WriteTo(&w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// rawLeaf is one line as a hostile source may write it.
type rawLeaf struct {
	leaf        string
	hash        tlog.Hash
	disclosures []string
}

func rawOf(s *event.Sealed) rawLeaf {
	l := rawLeaf{leaf: string(s.Leaf), hash: tlog.RecordHash(s.Leaf)}
	for _, d := range s.Disclosures {
		l.disclosures = append(l.disclosures, d.Encoded)
	}
	return l
}

func (l rawLeaf) line() string {
	var ds []event.Disclosure
	for _, d := range l.disclosures {
		ds = append(ds, event.Disclosure{Encoded: d})
	}
	return string(appendLine(nil, []byte(l.leaf), l.hash, ds))
}

// sign signs lines as they are, with the statement that fits them after change.
func (s *source) sign(t testing.TB, change func(*Statement), leaves ...rawLeaf) []byte {
	t.Helper()
	st := &Statement{Source: s.id, Sealer: s.id, Sequence: 1, From: dawn, To: noon, Count: int64(len(leaves))}
	var hashes []tlog.Hash
	var lines bytes.Buffer
	for _, l := range leaves {
		hashes = append(hashes, l.hash)
		lines.WriteString(l.line())
	}
	st.Root = treeRoot(hashes)
	if change != nil {
		change(st)
	}
	payload, err := st.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return append(s.envelope(t, PayloadInToto, payload), lines.Bytes()...)
}

// envelope signs any payload and returns the envelope as a line.
func (s *source) envelope(t testing.TB, payloadType string, payload []byte) []byte {
	t.Helper()
	e, err := Sign(t.Context(), s.signer, payloadType, payload)
	if err != nil {
		t.Fatal(err)
	}
	return append(e, '\n')
}

// declaration is a key with its times; zero times are open.
type declaration struct {
	keys.Declared
	from, until, revoked time.Time
}

// log is what a log knows of keys and sequences.
type log struct {
	keys    []declaration
	batches map[string][]recordedBatch
}

type recordedBatch struct {
	statement string
	at        time.Time
}

func newLog(sources ...*source) *log {
	l := &log{batches: map[string][]recordedBatch{}}
	for _, s := range sources {
		l.declare(s)
	}
	return l
}

func (l *log) declare(s *source) *declaration {
	pem, err := keys.PublicPEM(s.signer.Public())
	if err != nil {
		panic(err)
	}
	l.keys = append(l.keys, declaration{Declared: keys.Declared{ID: s.signer.ID(), Source: s.id, Use: event.KeySign, PEM: string(pem)}})
	return &l.keys[len(l.keys)-1]
}

func (d declaration) at(t time.Time) keys.Declared {
	out := d.Declared
	switch {
	case !d.revoked.IsZero() && !t.Before(d.revoked):
		out.State = keys.Revoked
	case t.Before(d.from):
		out.State = keys.NotYetValid
	case !d.until.IsZero() && t.After(d.until):
		out.State = keys.Expired
	default:
		out.State = keys.Valid
	}
	return out
}

func (l *log) KeyAt(id string, t time.Time) (keys.Declared, bool) {
	for _, d := range l.keys {
		if d.ID == id {
			return d.at(t), true
		}
	}
	return keys.Declared{}, false
}

func (l *log) KeysOf(source string, t time.Time) (out []keys.Declared) {
	for _, d := range l.keys {
		if d.Source == source {
			out = append(out, d.at(t))
		}
	}
	return out
}

func (l *log) Last(source string) (int64, string) {
	b := l.batches[source]
	if len(b) == 0 {
		return 0, ""
	}
	return int64(len(b)), b[len(b)-1].statement
}

func (l *log) Statement(source string, n int64) (string, time.Time, bool) {
	b := l.batches[source]
	if n < 1 || n > int64(len(b)) {
		return "", time.Time{}, false
	}
	return b[n-1].statement, b[n-1].at, true
}

func (l *log) record(source, statement string, at time.Time) {
	l.batches[source] = append(l.batches[source], recordedBatch{statement, at})
}

func (l *log) verifier() *Verifier { return &Verifier{Keys: l, Chains: l} }

// replacePayload puts another payload under the signatures of a submission.
func replacePayload(t testing.TB, text []byte, change func(string) string) []byte {
	t.Helper()
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	_, payload, err := ParseEnvelope(line)
	if err != nil {
		t.Fatal(err)
	}
	altered := change(string(payload))
	if altered == string(payload) {
		t.Fatal("nothing changed")
	}
	old, new := base64.StdEncoding.EncodeToString(payload), base64.StdEncoding.EncodeToString([]byte(altered))
	return append(append(bytes.Replace(line, []byte(old), []byte(new), 1), '\n'), rest...)
}
