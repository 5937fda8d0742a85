package batch

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/lichtspur/lichtspur/ingest/keys"
)

// authority is a CA, or a leaf once it has been issued.
type authority struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := keys.Generate(keys.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	a.sign(t, a, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "agency CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: dawn.AddDate(-1, 0, 0), NotAfter: dawn.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// issue makes a a leaf under parent.
func (a *authority) issue(t testing.TB, parent *authority, from, until time.Time) {
	t.Helper()
	a.sign(t, parent, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "bka-gateway"}, BasicConstraintsValid: true,
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
	})
}

func (a *authority) sign(t testing.TB, parent *authority, c *x509.Certificate) {
	t.Helper()
	issuer := c
	if parent.cert != nil {
		issuer = parent.cert
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, a.key.Public(), parent.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) pem(t testing.TB) []byte {
	t.Helper()
	out, err := cryptoutils.MarshalCertificateToPEM(a.cert)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// text is the certificate as an envelope has it.
func (a *authority) text(t testing.TB) string {
	return base64.StdEncoding.EncodeToString(a.pem(t))
}
