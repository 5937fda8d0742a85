package ingest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// signed signs leaves as they are as the source's next batch, whatever is wrong with them.
func (x *sealer) signed(t testing.TB, change func(*batch.Statement), sealed ...*event.Sealed) []byte {
	t.Helper()
	st := &batch.Statement{Source: x.id, Sealer: x.id, Sequence: x.next.Sequence, Previous: x.next.Previous, From: x.next.From, To: time.Now(), Count: int64(len(sealed))}
	var lines bytes.Buffer
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
		for _, i := range at {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for i, s := range sealed {
		added, err := tlog.StoredHashes(int64(i), s.Leaf, reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, added...)
		var ds []string
		for _, d := range s.Disclosures {
			ds = append(ds, `"`+d.Encoded+`"`)
		}
		fmt.Fprintf(&lines, `{"leaf":%s,"hash":"%s","disclosures":[%s]}`+"\n", s.Leaf, tlog.RecordHash(s.Leaf), strings.Join(ds, ","))
	}
	var err error
	if st.Root, err = tlog.TreeHash(int64(len(sealed)), reader); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(st)
	}
	payload, err := st.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return append(append(x.envelope(t, batch.PayloadInToto, string(payload)), '\n'), lines.Bytes()...)
}

func (x *sealer) sealed(t testing.TB, natives ...string) (out []*event.Sealed) {
	t.Helper()
	for _, n := range natives {
		s, err := event.Seal(parse(t, n), x.id, x.vault, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// with signs under another key for the time of f.
func (x *sealer) with(signer *keys.Signer, f func() []byte) []byte {
	known := x.signer
	defer func() { x.signer = known }()
	x.signer = signer
	return f()
}

// Every code with which a batch can be refused, over HTTP: the status, a problem document that says it, nothing of the
// batch in the log, and its number still free. Of a fork the second statement is kept.
func TestEveryRefusal(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	otherToken := s.source(t, "other")
	if status, answer := x.submit(t, x.seal(t, native("r0"))); status != 200 {
		t.Fatal(answer)
	}
	if status, answer := s.post(t, []byte(native("natively"))); status != 200 {
		t.Fatal(answer)
	}
	first := x.next
	if status, answer := x.submit(t, x.seal(t, native("r1"))); status != 200 {
		t.Fatal(answer)
	}
	good := textOf(t, x.seal(t, native("g1"), native("g2"), native("g3")))
	lines := bytes.SplitAfter(good, []byte("\n"))
	swap := func(old, new string) []byte {
		t.Helper()
		out := bytes.Replace(good, []byte(old), []byte(new), 1)
		if bytes.Equal(out, good) {
			t.Fatalf("%q does not occur", old)
		}
		return out
	}
	at := func(p batch.Position, natives ...string) []byte {
		t.Helper()
		next := x.next
		defer func() { x.next = next }()
		x.next = p
		return textOf(t, x.seal(t, natives...))
	}
	undeclared := newSigner(t)
	refused := map[batch.Code]bool{}
	declared := func(valid, revoked string) []byte {
		t.Helper()
		return x.with(newSigner(t), func() []byte {
			x.declare(t, valid, revoked)
			return textOf(t, x.seal(t, native("g1")))
		})
	}

	for _, c := range []struct {
		name   string
		status int
		code   batch.Code
		token  string
		body   []byte
	}{
		{"no envelope", 400, batch.Malformed, "", []byte("hello\n")},
		{"a line that is not of the format", 400, batch.Malformed, "", swap(`{"leaf":{`, `{"note":1,"leaf":{`)},
		{"nine signatures", 413, batch.TooLarge, "", swap(`"signatures":[`, `"signatures":[`+strings.Repeat(`{"keyid":"x","sig":""},`, 9))},
		{"an unknown payload type", 422, batch.Unsupported, "", x.envelope(t, "application/json", "{}")},
		{"a statement without number", 422, batch.BadStatement, "", x.signed(t, func(st *batch.Statement) { st.Sequence = 0 })},
		{"handed in by another source", 422, batch.WrongSource, otherToken, good},
		{"a signature that does not hold", 422, batch.BadSignature, "", swap(`"sig":"`, `"sig":"AAAA`)},
		{"an undeclared key", 422, batch.UnknownKey, "", x.with(undeclared, func() []byte { return textOf(t, x.seal(t, native("g1"))) })},
		{"a certificate of nobody", 422, batch.UntrustedChain, "", certified(t, x, good)},
		{"a key from next century", 422, batch.KeyNotYetValid, "", declared("2200/..", "")},
		{"a key of the past", 422, batch.KeyExpired, "", declared("2020/2021", "")},
		{"a revoked key", 422, batch.KeyRevoked, "", declared("", "2021")},
		{"a number left out", 409, batch.SequenceSkipped, "", at(batch.Position{Sequence: x.next.Sequence + 1, Previous: x.next.Previous, From: x.next.From}, native("g1"))},
		{"a number used already", 409, batch.SequenceForked, "", at(first, native("g1"))},
		{"another batch before it", 409, batch.BadPrevious, "", at(batch.Position{Sequence: x.next.Sequence, Previous: first.Previous, From: x.next.From}, native("g1"))},
		{"a leaf too few", 422, batch.BadCount, "", bytes.Join(lines[:3], nil)},
		{"leaves in another order", 422, batch.BadRoot, "", bytes.Join([][]byte{lines[0], lines[2], lines[1], lines[3]}, nil)},
		{"a wrong root", 422, batch.BadRoot, "", x.signed(t, func(st *batch.Statement) { st.Root[0] ^= 1 }, x.sealed(t, native("g1"))...)},
		{"an altered leaf", 422, batch.LeafAltered, "", swap(`"purpose":"identification"`, `"purpose":"identificatioN"`)},
		{"a leaf that is no skeleton", 422, batch.BadLeaf, "", x.signed(t, nil, &event.Sealed{Leaf: []byte(`{"kind":"CONSULT"}`)})},
		{"values of another leaf", 422, batch.BadDisclosure, "", func() []byte {
			two := x.sealed(t, native("g1"), native("g2"))
			two[0].Disclosures, two[1].Disclosures = two[1].Disclosures, two[0].Disclosures
			return x.signed(t, nil, two...)
		}()},
		{"an event with faults", 422, batch.InvalidEvent, "", x.signed(t, nil, x.sealed(t, strings.Replace(native("g1"), `"purpose":"identification"`, `"purpose":"Because We Can!"`, 1))...)},
		{"an event twice", 409, batch.DuplicateEvents, "", x.signed(t, nil, x.sealed(t, native("g1"), native("g1"))...)},
		{"an event of an earlier batch", 409, batch.DuplicateEvents, "", textOf(t, x.seal(t, native("g1"), native("r1")))},
		{"an event handed in natively", 409, batch.DuplicateEvents, "", textOf(t, x.seal(t, native("natively"), native("g1")))},
		{"a statement about other pictures", 422, batch.SubjectsMismatch, "", x.envelope(t, batch.PayloadInToto, statement(native("g1"), strings.Replace(picture, "7", "8", 1)))},
		{"an undeclared organisation", 422, batch.Code(graph.CodeRefusedContent), "", textOf(t, x.seal(t, strings.Replace(native("g1"), `"requester":"bka"`, `"requester":"nobody"`, 1)))},
		{"a pseudonym that stood for another picture", 422, "PSEUDONYM_REUSED", "", x.signed(t, nil, x.borrowed(t, native("g1"), native("g2"))...)},
	} {
		token := c.token
		if token == "" {
			token = s.token
		}
		size := s.g.Checkpoint().Size
		status, answer := s.send(t, "POST", "/v1/batches", token, c.body)
		p := problemOf(t, answer)
		if status != c.status || p.Status != c.status || p.Code != string(c.code) || p.Detail == "" {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, answer, c.status, c.code)
		}
		if strings.Contains(answer, "user-1") || strings.Contains(answer, picture) {
			t.Errorf("%s: the answer repeats a personal value: %s", c.name, answer)
		}
		want := size
		if c.code == batch.SequenceForked {
			want++ // the evidence
		}
		if got := s.g.Checkpoint().Size; got != want {
			t.Errorf("%s: the log grew by %d entries", c.name, got-size)
		}
		refused[c.code] = true
	}
	for _, code := range batch.Codes() {
		if !refused[code] {
			t.Errorf("nothing is refused with %s", code)
		}
	}
	status, answer := s.send(t, "POST", "/v1/batches", s.token, good)
	if sum, _ := summaryOf(t, answer); status != 200 || sum.Accepted != 3 {
		t.Errorf("the batch itself, after all that: %d %s", status, answer)
	}

	s.declare(t, &event.Declaration{Type: event.DeclareSource, ID: "gateway", Name: event.Text{EN: "Gateway"}, Source: &event.SourceDeclaration{Organisation: "bka", Ended: true}})
	if status, answer := s.send(t, "POST", "/v1/batches", s.token, good); status != 403 || problemOf(t, answer).Code != graph.CodeSourceEnded {
		t.Errorf("a source that was ended: %d %s", status, answer)
	}
}

// borrowed seals two events and gives the second the first one's actor under the pseudonym of its own.
func (x *sealer) borrowed(t testing.TB, a, b string) []*event.Sealed {
	t.Helper()
	other := strings.Replace(b, "user-1", "user-9", 1)
	mixed := &mixing{x.vault, x}
	s1 := x.sealed(t, a)[0]
	s2, err := event.Seal(parse(t, other), x.id, mixed, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return []*event.Sealed{s1, s2}
}

// mixing is a sealer that gives one actor the pseudonym of another.
type mixing struct {
	event.Sealer
	x *sealer
}

func (m *mixing) Pseudonym(kind event.SubjectKind, source, identifier string) (event.Pseudonym, error) {
	if identifier == "user-9" {
		identifier = "user-1"
	}
	return m.Sealer.Pseudonym(kind, source, identifier)
}

// certified puts a certificate that nobody declared beside the signature of a batch.
func certified(t testing.TB, x *sealer, text []byte) []byte {
	t.Helper()
	key, err := keys.Generate(keys.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gateway"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pem := "-----BEGIN CERTIFICATE-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END CERTIFICATE-----\n"
	out := bytes.Replace(text, []byte(`"keyid":"`+x.signer.ID()+`",`), nil, 1)
	return bytes.Replace(out, []byte(`"sig":"`), []byte(`"certificate":"`+base64.StdEncoding.EncodeToString([]byte(pem))+`","sig":"`), 1)
}

// Of a fork both statements are there to be read: the recorded one beside its ADMIT, the refused one beside an ADMIT of
// outcome FORK. The same fork again adds nothing.
func TestBothStatementsOfAFork(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	begin := x.next
	one := x.seal(t, native("f1"))
	_, answer := x.submit(t, one)
	entry := receiptsOf(t, answer)["f1"].Entry
	x.next = begin
	two := x.seal(t, native("f2"))
	if one.Digest == two.Digest {
		t.Fatal("the statements are the same")
	}
	for range 2 {
		if status, answer := s.send(t, "POST", "/v1/batches", s.token, textOf(t, two)); status != 409 || problemOf(t, answer).Code != "SEQUENCE_FORKED" {
			t.Fatal(status, answer)
		}
	}
	v := s.auditor(t)
	ctx := context.Background()
	if kept, err := v.Envelope(ctx, entry); err != nil || !bytes.Equal(kept, one.Envelope) {
		t.Errorf("beside the recorded batch: %.80q, %v", kept, err)
	}
	page, err := v.Events(ctx, graph.EventFilter{Kinds: []event.Kind{event.KindAdmit}}, 0, graph.Pagination{First: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Entries) != 2 {
		t.Fatalf("%d ADMIT entries, want the recorded batch and the fork", len(page.Entries))
	}
	for i, want := range []struct {
		sub     *batch.Submission
		outcome event.AdmitOutcome
	}{{one, event.AdmitAccepted}, {two, event.AdmitFork}} {
		e := page.Entries[i]
		full, err := v.Event(ctx, e.ID.String())
		if err != nil {
			t.Fatal(err)
		}
		a := full.Event.Admit
		if a == nil || a.Outcome != want.outcome || a.Statement != want.sub.Digest || *a.Sequence != 1 || a.Key != x.signer.ID() {
			t.Errorf("ADMIT %d: %+v", i, a)
		}
		kept, err := v.Envelope(ctx, e.ID.String())
		if err != nil || !bytes.Equal(kept, want.sub.Envelope) {
			t.Errorf("envelope of ADMIT %d: %.80q, %v", i, kept, err)
			continue
		}
		_, payload, err := batch.ParseEnvelope(kept)
		if err != nil {
			t.Fatal(err)
		}
		if st, err := batch.ParseStatement(payload); err != nil || st.Root != want.sub.Statement.Root {
			t.Errorf("statement of ADMIT %d: %+v, %v", i, st, err)
		}
	}
	if c := s.g.Chain("gateway"); c.Last != 1 || c.Forks != 1 || c.Statement != one.Digest {
		t.Errorf("the chain is %+v", c)
	}
	if err := s.g.Close(); err != nil {
		t.Fatal(err)
	}
	audit, err := ingest.AuditSources(ctx, s.dir, s.options, nil)
	if err != nil || audit.Batches != 1 || audit.Forks != 1 || len(audit.Findings) != 0 {
		t.Errorf("the audit says %+v, %v", audit, err)
	}
}
