package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
)

// Signer is a key that signs, wherever it is held. It is safe for concurrent use if what holds the key is.
type Signer struct {
	id           string
	public       crypto.PublicKey
	signer       signature.Signer
	certificates []*x509.Certificate
}

// NewSigner makes a signer of a private key in memory.
func NewSigner(private crypto.Signer) (*Signer, error) {
	if private == nil {
		return nil, errors.New("no private key")
	}
	s, err := signature.LoadSigner(private, hashOf(private.Public()))
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return newSigner(context.Background(), s)
}

func newSigner(ctx context.Context, s signature.Signer) (*Signer, error) {
	public, err := s.PublicKey(options.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("public key of signer: %w", err)
	}
	if err := acceptable(public); err != nil {
		return nil, err
	}
	id, err := ID(public)
	if err != nil {
		return nil, err
	}
	return &Signer{id: id, public: public, signer: s}, nil
}

// Where names a signer for [Open].
type Where struct {
	Ref          string     // path of a file, or "scheme://…" of a key management service
	Passphrase   Passphrase // for a file
	Unencrypted  bool       // take a file that is not encrypted
	Certificates []byte     // PEM: the key's certificate and the intermediate ones; nil where the key is declared bare
}

// Open loads the signer that w names. Errors: those of [Load], and [*SchemeError] for a service that is not at hand.
func Open(ctx context.Context, w Where) (*Signer, error) {
	var s *Signer
	var err error
	if IsReference(w.Ref) {
		s, err = openService(ctx, w.Ref)
	} else {
		var private crypto.Signer
		if private, err = Load(w.Ref, w.Passphrase, w.Unencrypted); err == nil {
			s, err = NewSigner(private)
		}
	}
	if err != nil {
		return nil, err
	}
	if w.Certificates != nil {
		return s.WithCertificates(w.Certificates)
	}
	return s, nil
}

// WithCertificates returns s with its certificate, and intermediate ones after it, to be sent along with every
// signature. The first must be for the signer's own key.
func (s *Signer) WithCertificates(pem []byte) (*Signer, error) {
	certs, err := ParseCertificates(pem)
	if err != nil {
		return nil, err
	}
	if err := cryptoutils.EqualKeys(s.public, certs[0].PublicKey); err != nil {
		return nil, fmt.Errorf("the certificate is for another key: %w", err)
	}
	t := *s
	t.certificates = certs
	return &t, nil
}

// ID returns the key's name.
func (s *Signer) ID() string { return s.id }

// Public returns the public key.
func (s *Signer) Public() crypto.PublicKey { return s.public }

// Certificates returns the key's certificate and the intermediate ones, or nil.
func (s *Signer) Certificates() []*x509.Certificate { return s.certificates }

// Sign signs a message.
func (s *Signer) Sign(ctx context.Context, message []byte) ([]byte, error) {
	sig, err := s.signer.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", s.id, err)
	}
	return sig, nil
}
