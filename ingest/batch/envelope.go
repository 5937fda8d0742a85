package batch

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	sigstore "github.com/sigstore/sigstore/pkg/signature/dsse"

	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// Envelope is a DSSE envelope.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     string      `json:"payload"` // base64
	Signatures  []Signature `json:"signatures"`
}

// Signature is one signature of an envelope. Certificate and Intermediates are PEM.
type Signature struct {
	KeyID         string   `json:"keyid,omitzero"`
	Sig           string   `json:"sig"` // base64
	Certificate   []byte   `json:"certificate,omitzero"`
	Intermediates [][]byte `json:"intermediates,omitzero"`
}

// What an envelope may make the verifier do: each attempt is a signature check, each certificate a link of a chain.
const (
	maxSignatures    = 8
	maxAttempts      = 16
	maxIntermediates = 8
)

// ParseEnvelope reads an envelope and decodes its payload. The error is an [*Error] with code MALFORMED.
func ParseEnvelope(text []byte) (*Envelope, []byte, error) {
	var e Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, nil, refuse(Malformed, "not a DSSE envelope").because(err)
	}
	switch {
	case e.PayloadType == "" || e.Payload == "":
		return nil, nil, refuse(Malformed, "not a DSSE envelope: it has no payloadType or no payload")
	case len(e.Signatures) == 0:
		return nil, nil, refuse(BadSignature, "the envelope is not signed")
	case len(e.Signatures) > maxSignatures:
		return nil, nil, refuse(TooLarge, "%d signatures; an envelope has at most %d", len(e.Signatures), maxSignatures)
	}
	plain := e.outer()
	payload, err := plain.DecodeB64Payload()
	if err != nil {
		return nil, nil, refuse(Malformed, "the payload is not base64")
	}
	return &e, payload, nil
}

// outer is the envelope as the DSSE library knows it, without signatures.
func (e *Envelope) outer() dsse.Envelope {
	return dsse.Envelope{PayloadType: e.PayloadType, Payload: e.Payload}
}

// Sign returns a signed envelope around a payload, as one line of JSON.
func Sign(ctx context.Context, s *keys.Signer, payloadType string, payload []byte) ([]byte, error) {
	sig, err := s.Sign(ctx, dsse.PAE(payloadType, payload))
	if err != nil {
		return nil, err
	}
	out := Signature{KeyID: s.ID(), Sig: base64.StdEncoding.EncodeToString(sig)}
	for i, c := range s.Certificates() {
		pem, err := cryptoutils.MarshalCertificateToPEM(c)
		if err != nil {
			return nil, fmt.Errorf("certificate of key %s: %w", s.ID(), err)
		}
		if i == 0 {
			out.Certificate = pem
		} else {
			out.Intermediates = append(out.Intermediates, pem)
		}
	}
	return json.Marshal(Envelope{payloadType, base64.StdEncoding.EncodeToString(payload), []Signature{out}})
}

// verify returns the id of the key of source whose signature holds. The first signature that holds and whose key is
// valid at the time decides; if there is none, the refusal that came nearest.
func (e *Envelope) verify(ctx context.Context, finder keys.Finder, source string, at time.Time) (string, error) {
	nearest := refuse(UnknownKey, "no key that is declared for source %q made the signature", source)
	attempts := 0
	for _, sig := range e.Signatures {
		candidates, refusal := candidatesFor(sig, finder, source, at)
		for _, c := range candidates {
			if attempts++; attempts > maxAttempts {
				return "", refuse(TooLarge, "more than %d keys would have to be tried; name the key in keyid", maxAttempts)
			}
			if err := e.holds(ctx, sig, c.key); err != nil {
				refusal = nearer(refusal, refuse(BadSignature, "the signature of key %s does not hold", c.key.ID))
				continue
			}
			if c.state == nil {
				return c.key.ID, nil
			}
			refusal = nearer(refusal, c.state)
		}
		nearest = nearer(nearest, refusal)
	}
	return "", nearest
}

// nearer returns the refusal that tells an honest source more: a key's state is only told where its signature holds,
// a bad signature only where the key is known.
func nearer(a, b *Error) *Error {
	rank := func(e *Error) int {
		switch {
		case e == nil:
			return 0
		case e.Code == UnknownKey:
			return 1
		case e.Code == UntrustedChain:
			return 2
		case e.Code == BadSignature:
			return 3
		}
		return 4
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// candidate is a key that may have made a signature, and why it does not count although it is known.
type candidate struct {
	key   *keys.Public
	state *Error
}

func candidatesFor(sig Signature, finder keys.Finder, source string, at time.Time) ([]candidate, *Error) {
	certs, err := certificatesOf(sig)
	if err != nil {
		return nil, refuse(UntrustedChain, "the certificate cannot be read").because(err)
	}
	id := sig.KeyID
	if len(certs) > 0 {
		// A declaration of the certificate's own key comes before its chain: that is how one certificate is revoked.
		if id, err = keys.ID(certs[0].PublicKey); err != nil {
			return nil, refuse(UntrustedChain, "the certificate's key cannot be used").because(err)
		}
		if sig.KeyID != "" && sig.KeyID != id {
			return nil, refuse(UnknownKey, "keyid is %.100q, but the certificate is for key %s", sig.KeyID, id)
		}
	}
	unknown := refuse(UnknownKey, "key %.100q is not declared for source %q", id, source)
	if id == "" {
		var out []candidate
		for _, d := range finder.KeysOf(source, at) {
			if c, err := declared(d, source, at); err == nil {
				out = append(out, c)
			}
		}
		return out, refuse(UnknownKey, "no key that is declared for source %q made the signature, and it names none", source)
	}
	if d, ok := find(finder, id, source, at); ok {
		c, err := declared(d, source, at)
		if err != nil {
			return nil, unknown.because(err)
		}
		return []candidate{c}, nil
	}
	if len(certs) == 0 {
		return nil, unknown
	}
	key, err := keys.Chain(certs, finder.KeysOf(source, at), at)
	if key == nil {
		return nil, refuse(UntrustedChain, "key %s", id).because(err)
	}
	return []candidate{{key, stateRefusal(err)}}, nil
}

// find finds the declaration of a key by the name it is declared under or, where an operator gave it a name of his own,
// because another source has the same key or for another reason, by the key itself.
func find(finder keys.Finder, id, source string, at time.Time) (keys.Declared, bool) {
	named, ok := finder.KeyAt(id, at)
	if ok && named.Source == source {
		return named, true
	}
	for _, d := range finder.KeysOf(source, at) {
		if p, err := keys.ParsePublic([]byte(d.PEM)); err == nil && p.ID == id && d.Use == event.KeySign {
			return d, true
		}
	}
	return named, ok
}

// declared turns a declaration into a candidate.
func declared(d keys.Declared, source string, at time.Time) (candidate, error) {
	if d.Source != source {
		return candidate{}, errors.New("it is another source's")
	}
	if d.Use != event.KeySign {
		return candidate{}, errors.New("it is declared as a CA, not for signing")
	}
	key, err := keys.Trust(d, at)
	if key == nil {
		return candidate{}, err
	}
	return candidate{key, stateRefusal(err)}, nil
}

func stateRefusal(err error) *Error {
	var state *keys.StateError
	if !errors.As(err, &state) {
		return nil
	}
	code := KeyRevoked
	switch state.State {
	case keys.NotYetValid:
		code = KeyNotYetValid
	case keys.Expired:
		code = KeyExpired
	}
	return &Error{Code: code, Message: err.Error(), Err: nil}
}

// holds checks one signature with sigstore's verifier behind the DSSE library's.
func (e *Envelope) holds(ctx context.Context, sig Signature, key *keys.Public) error {
	one := e.outer()
	one.Signatures = []dsse.Signature{{KeyID: key.ID, Sig: sig.Sig}}
	v, err := dsse.NewEnvelopeVerifier(&sigstore.VerifierAdapter{SignatureVerifier: key.Verifier(), Pub: key.Key, PubKeyID: key.ID})
	if err != nil {
		return err
	}
	_, err = v.Verify(ctx, &one)
	return err
}

func certificatesOf(sig Signature) ([]*x509.Certificate, error) {
	if len(sig.Certificate) == 0 {
		return nil, nil
	}
	if len(sig.Intermediates) > maxIntermediates {
		return nil, fmt.Errorf("%d intermediate certificates; at most %d", len(sig.Intermediates), maxIntermediates)
	}
	pem := append(bytes.Clone(sig.Certificate), '\n')
	for _, c := range sig.Intermediates {
		pem = append(append(pem, c...), '\n')
	}
	certs, err := keys.ParseCertificates(pem)
	if err != nil {
		return nil, err
	}
	if len(certs) > maxIntermediates+1 {
		return nil, fmt.Errorf("%d certificates; at most %d", len(certs), maxIntermediates+1)
	}
	return certs, nil
}
