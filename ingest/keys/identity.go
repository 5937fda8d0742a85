package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// Algorithm is a kind of key that [Generate] makes.
type Algorithm string

// The algorithms.
const (
	ECDSAP256 Algorithm = "ecdsa-p256" // the default of sigstore's own tools
	Ed25519   Algorithm = "ed25519"
	RSA3072   Algorithm = "rsa-3072"
)

// Algorithms returns all algorithms, the default first.
func Algorithms() []Algorithm { return []Algorithm{ECDSAP256, Ed25519, RSA3072} }

// Generate makes a new key. Randomness is the system's: since Go 1.26 the standard library takes no other for ECDSA
// and RSA.
func Generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case ECDSAP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case Ed25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	}
	return nil, fmt.Errorf("no such kind of key: %q (there are %q)", a, Algorithms())
}

// acceptable refuses keys that are too weak to sign evidence, and RSA keys so long that verifying is a burden.
func acceptable(public crypto.PublicKey) error {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
		return fmt.Errorf("an ECDSA key on curve %s cannot be used; P-256, P-384 and P-521 can", k.Curve.Params().Name)
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < 2048 || n > 4096 {
			return fmt.Errorf("an RSA key of %d bits cannot be used; 2048 to 4096 can", n)
		}
		return nil
	}
	return fmt.Errorf("a key of type %T cannot be used; ECDSA, Ed25519 and RSA keys can", public)
}

// ID returns the name of a public key: "sha256:" and the hex of SHA-256 over its SubjectPublicKeyInfo in DER.
func ID(public crypto.PublicKey) (string, error) {
	der, err := cryptoutils.MarshalPublicKeyToDER(public)
	if err != nil {
		return "", fmt.Errorf("key has no SubjectPublicKeyInfo: %w", err)
	}
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

var idForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// ValidID reports whether s has the form of a key's name.
func ValidID(s string) bool { return idForm.MatchString(s) }

// PublicPEM returns a public key as it is declared: one PEM block of type PUBLIC KEY.
func PublicPEM(public crypto.PublicKey) ([]byte, error) {
	pem, err := cryptoutils.MarshalPublicKeyToPEM(public)
	if err != nil {
		return nil, fmt.Errorf("key has no SubjectPublicKeyInfo: %w", err)
	}
	return pem, nil
}
