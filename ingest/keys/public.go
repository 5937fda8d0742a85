package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// Public is a public key that verifies, with the certificate it was declared in, if any.
type Public struct {
	ID          string
	Key         crypto.PublicKey
	Certificate *x509.Certificate // nil where the key was declared bare
	verifier    signature.Verifier
}

// ParsePublic reads a declared key: exactly one PEM block, of type PUBLIC KEY (SubjectPublicKeyInfo) or CERTIFICATE.
func ParsePublic(text []byte) (*Public, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, errors.New("declared key: no PEM block")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("declared key: more than one PEM block, or text after it")
	}
	switch block.Type {
	case string(cryptoutils.PublicKeyPEMType):
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("declared key: %w", err)
		}
		return newPublic(key, nil)
	case string(cryptoutils.CertificatePEMType):
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("declared key: %w", err)
		}
		return newPublic(cert.PublicKey, cert)
	case string(cryptoutils.PrivateKeyPEMType), string(cryptoutils.ECPrivateKeyPEMType), string(cryptoutils.PKCS1PrivateKeyPEMType):
		return nil, errors.New("declared key: this is a private key; a declaration takes the public one")
	}
	return nil, fmt.Errorf("declared key: PEM block of type %q; wanted PUBLIC KEY or CERTIFICATE", block.Type)
}

func newPublic(key crypto.PublicKey, cert *x509.Certificate) (*Public, error) {
	if err := acceptable(key); err != nil {
		return nil, err
	}
	id, err := ID(key)
	if err != nil {
		return nil, err
	}
	v, err := signature.LoadVerifier(key, hashOf(key))
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", id, err)
	}
	return &Public{ID: id, Key: key, Certificate: cert, verifier: v}, nil
}

// Verifier returns sigstore's verifier for the key.
func (p *Public) Verifier() signature.Verifier { return p.verifier }

// Verify returns nil if sig is the key's signature of message.
func (p *Public) Verify(message, sig []byte) error {
	return p.verifier.VerifySignature(bytes.NewReader(sig), bytes.NewReader(message))
}

// hashOf returns the hash that a key signs with: the one of its curve's strength (as sigstore's registry of
// algorithms pairs them), SHA-256 for RSA, none for Ed25519, which is pure.
func hashOf(key crypto.PublicKey) crypto.Hash {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		switch size := k.Curve.Params().BitSize; {
		case size > 384:
			return crypto.SHA512
		case size > 256:
			return crypto.SHA384
		}
	case ed25519.PublicKey:
		return 0
	}
	return crypto.SHA256
}

// ParseCertificates reads one or more certificates in PEM, nothing between and after them.
func ParseCertificates(text []byte) ([]*x509.Certificate, error) {
	if len(text) > largest {
		return nil, errors.New("too large for certificates")
	}
	certs, err := cryptoutils.UnmarshalCertificatesFromPEM(text)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if len(certs) == 0 {
		return nil, errors.New("certificate: no PEM block")
	}
	return certs, nil
}
