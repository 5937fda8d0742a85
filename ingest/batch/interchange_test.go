package batch

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/sigstore/sigstore/pkg/signature"
	sigstore "github.com/sigstore/sigstore/pkg/signature/dsse"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/lichtspur/lichtspur/ingest/keys"
)

var update = flag.Bool("update", false, "write golden files anew")

// The submission is text that other implementations have to read: it may not change unnoticed.
func TestSubmissionIsGolden(t *testing.T) {
	const path = "testdata/submission.ndjson"
	s := newSource(t, "bka-gateway")
	text, digest := s.batch(t, Position{Sequence: 12, Previous: Digest([]byte("batch 11")), From: dawn}, s.searches(t, 95, 3)...)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, golden) {
		at := 0
		for at < min(len(text), len(golden)) && text[at] == golden[at] {
			at++
		}
		t.Errorf("the form of submissions has changed at byte %d: %.80q was %.80q", at, text[at:], golden[at:])
	}
	// What was signed once must verify for ever.
	l := newLog(s)
	for range 10 {
		l.record(s.id, Digest([]byte("earlier")), dawn)
	}
	l.record(s.id, Digest([]byte("batch 11")), dawn)
	b, err := l.verifier().Verify(t.Context(), bytes.NewReader(golden), s.id, noon)
	if err != nil {
		t.Fatal(err)
	}
	if b.Digest != digest {
		t.Errorf("statement %s, want %s", b.Digest, digest)
	}
}

// The library of in-toto itself must find nothing wrong with our statements.
func TestStatementIsInToto(t *testing.T) {
	s := newSource(t, "bka-gateway")
	b, err := NewBuilder(s.id, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	event := s.seal(t, search(0))
	if err := b.Add(event); err != nil {
		t.Fatal(err)
	}
	for name, seal := range map[string]func() (*Submission, error){
		"batch": func() (*Submission, error) {
			return b.Seal(t.Context(), s.signer, Position{Sequence: 1, From: dawn}, noon)
		},
		"leaf": func() (*Submission, error) {
			return b.SealLeaf(t.Context(), s.signer, Position{Sequence: 1, From: dawn}, noon)
		},
	} {
		sub, err := seal()
		if err != nil {
			t.Fatal(err)
		}
		_, payload, err := ParseEnvelope(sub.Envelope)
		if err != nil {
			t.Fatal(err)
		}
		var st intoto.Statement
		if err := protojson.Unmarshal(payload, &st); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := st.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		leaf := sha256.Sum256(event.Leaf)
		about := st.GetSubject()[0].GetDigest()
		if root := tlog.RecordHash(event.Leaf); name == "batch" && about["rfc6962"] != hex.EncodeToString(root[:]) {
			t.Errorf("the batch's subject is %v", about)
		}
		if name == "leaf" && about["sha256"] != hex.EncodeToString(leaf[:]) {
			t.Errorf("the leaf's subject is %v", about)
		}
	}
}

// sigstore's own DSSE signer and verifier and ours accept each other's envelopes.
func TestEnvelopeIsSigstores(t *testing.T) {
	for _, a := range keys.Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			private, err := keys.Generate(a)
			if err != nil {
				t.Fatal(err)
			}
			s := &source{"bka-gateway", signerOf(t, private), newSource(t, "salts").salts}
			l := newLog(s)
			ours, _ := s.batch(t, Position{Sequence: 1, From: dawn}, s.searches(t, 0, 3)...)
			line, leaves, _ := bytes.Cut(ours, []byte("\n"))

			d, _ := l.KeyAt(s.signer.ID(), noon)
			public, err := keys.ParsePublic([]byte(d.PEM))
			if err != nil {
				t.Fatal(err)
			}
			var payload []byte
			theirs := sigstore.WrapVerifier(public.Verifier(), sigstore.WithExpectedPayloadType(PayloadInToto), sigstore.WithDecodedPayload(&payload))
			// sigstore's verifier gives keys SSH fingerprints for names; the name in an envelope is only a hint.
			unnamed := bytes.Replace(line, []byte(s.signer.ID()), nil, 1)
			if err := theirs.VerifySignature(bytes.NewReader(unnamed), nil); err != nil {
				t.Fatalf("sigstore does not accept our envelope: %v", err)
			}
			if !strings.Contains(string(payload), PredicateBatch) {
				t.Errorf("sigstore reads another payload: %s", payload)
			}

			sv, err := signature.LoadSigner(private, hashes[a])
			if err != nil {
				t.Fatal(err)
			}
			envelope, err := sigstore.WrapSigner(sv, PayloadInToto).SignMessage(bytes.NewReader(payload))
			if err != nil {
				t.Fatal(err)
			}
			text := append(append(envelope, '\n'), leaves...)
			b, err := l.verifier().Verify(t.Context(), bytes.NewReader(text), s.id, noon)
			if err != nil {
				t.Fatalf("we do not accept sigstore's envelope: %v", err)
			}
			if b.Key != s.signer.ID() {
				t.Errorf("verified with key %s, signed with %s", b.Key, s.signer.ID())
			}
		})
	}
}

var hashes = map[keys.Algorithm]crypto.Hash{keys.ECDSAP256: crypto.SHA256, keys.Ed25519: 0, keys.RSA3072: crypto.SHA256}

// DSSE lets a payload be in URL-safe base64.
func TestPayloadInURLSafeBase64(t *testing.T) {
	s := newSource(t, "bka-gateway")
	text, _ := s.batch(t, Position{Sequence: 1, From: dawn}, s.searches(t, 0, 1)...)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	_, payload, err := ParseEnvelope(line)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(base64.StdEncoding.EncodeToString(payload)), []byte(base64.URLEncoding.EncodeToString(payload)), 1)
	if _, err := newLog(s).verifier().Verify(t.Context(), bytes.NewReader(text), s.id, noon); err != nil {
		t.Fatal(err)
	}
}
