package keys

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/lichtspur/lichtspur/graph/event"
)

var (
	start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	year  = 365 * 24 * time.Hour
)

// authority is a CA or a leaf made for a test.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func certify(t testing.TB, parent *authority, name string, ca bool, from, to time.Time, change func(*x509.Certificate)) *authority {
	t.Helper()
	key := must(Generate(ECDSAP256))(t)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name)) + from.Unix()), Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: to, BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ca {
		c.KeyUsage = x509.KeyUsageCertSign
	}
	if change != nil {
		change(c)
	}
	issuer, signer := c, key
	if parent != nil {
		issuer, signer = parent.cert, parent.key
	}
	der := must(x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), signer))(t)
	return &authority{must(x509.ParseCertificate(der))(t), key}
}

func (a *authority) declared(t testing.TB, use event.KeyUse, state State) Declared {
	t.Helper()
	return Declared{
		ID: must(ID(a.key.Public()))(t), Source: "agency", Use: use, State: state,
		PEM: string(must(cryptoutils.MarshalCertificateToPEM(a.cert))(t)),
	}
}

func TestChainToDeclaredCA(t *testing.T) {
	root := certify(t, nil, "agency root", true, start, start.Add(4*year), nil)
	middle := certify(t, root, "agency issuing", true, start.Add(year/2), start.Add(2*year), nil)
	leaf := certify(t, root, "scanner 1", false, start.Add(year/4), start.Add(year), nil)
	deep := certify(t, middle, "scanner 2", false, start.Add(year/2), start.Add(3*year), nil)
	stranger := certify(t, nil, "agency root", true, start, start.Add(4*year), nil)
	forged := certify(t, stranger, "scanner 1", false, start.Add(year/4), start.Add(year), nil)
	wrongUse := certify(t, root, "tls only", false, start, start.Add(year), func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	mid := start.Add(3 * year / 4)

	valid := []Declared{stranger.declared(t, event.KeySign, Valid), root.declared(t, event.KeyCA, Valid)}
	revoked := []Declared{root.declared(t, event.KeyCA, Revoked)}
	anchored := []Declared{middle.declared(t, event.KeyCA, Valid)} // an intermediate CA as the anchor of one source
	ended := []Declared{certifyAgain(t, root, start, start.Add(year/2)).declared(t, event.KeyCA, Valid)}

	for name, c := range map[string]struct {
		certs    []*x509.Certificate
		declared []Declared
		at       time.Time
		want     State // "" for no chain
	}{
		"leaf":                     {chain(leaf), valid, mid, Valid},
		"through intermediate":     {chain(deep, middle), valid, mid, Valid},
		"intermediate as anchor":   {chain(deep), anchored, mid, Valid},
		"first second":             {chain(leaf), valid, leaf.cert.NotBefore, Valid},
		"last second":              {chain(leaf), valid, leaf.cert.NotAfter, Valid},
		"before":                   {chain(leaf), valid, leaf.cert.NotBefore.Add(-time.Second), NotYetValid},
		"after":                    {chain(leaf), valid, leaf.cert.NotAfter.Add(time.Second), Expired},
		"intermediate expired":     {chain(deep, middle), valid, start.Add(5 * year / 2), Expired},
		"CA expired":               {chain(leaf), ended, mid, Expired},
		"CA revoked":               {chain(leaf), revoked, mid, Revoked},
		"intermediate missing":     {chain(deep), valid, mid, ""},
		"other CA of that name":    {chain(forged), valid, mid, ""},
		"other CA, expired":        {chain(forged), valid, start.Add(2 * year), ""},
		"other CA, brought along":  {chain(forged, stranger), valid, mid, ""},
		"no CA declared":           {chain(leaf), nil, mid, ""},
		"declared for signing":     {chain(leaf), []Declared{root.declared(t, event.KeySign, Valid)}, mid, ""},
		"anchor of another branch": {chain(leaf), anchored, mid, ""},
		"CA signs itself":          {chain(root), valid, mid, ""},
		"not for signatures":       {chain(wrongUse), valid, mid, ""},
		"none":                     {nil, valid, mid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Chain(c.certs, c.declared, c.at)
			var state *StateError
			switch {
			case c.want == Valid:
				if err != nil || p == nil {
					t.Fatalf("got %v", err)
				}
				if id := must(ID(c.certs[0].PublicKey))(t); p.ID != id {
					t.Errorf("key %s, want the leaf's, %s", p.ID, id)
				}
			case c.want != "":
				if !errors.As(err, &state) || state.State != c.want || p == nil {
					t.Errorf("got %v, want %s", err, c.want)
				}
			default:
				if !errors.Is(err, ErrNoChain) || p != nil {
					t.Errorf("got %v, want %v", err, ErrNoChain)
				}
			}
		})
	}
}

func TestTrustInDeclaredKey(t *testing.T) {
	cert := certify(t, nil, "scanner", false, start, start.Add(year), nil)
	bare := Declared{ID: "k", Use: event.KeySign, State: Valid, PEM: string(must(PublicPEM(cert.key.Public()))(t))}
	in := func(s State) Declared { d := bare; d.State = s; return d }
	for name, c := range map[string]struct {
		declared Declared
		at       time.Time
		want     State
	}{
		"bare":                      {bare, start, Valid},
		"bare, expired":             {in(Expired), start, Expired},
		"bare, not yet":             {in(NotYetValid), start, NotYetValid},
		"bare, revoked":             {in(Revoked), start, Revoked},
		"certificate":               {cert.declared(t, event.KeySign, Valid), start.Add(year), Valid},
		"certificate, after":        {cert.declared(t, event.KeySign, Valid), start.Add(year + time.Second), Expired},
		"certificate, before":       {cert.declared(t, event.KeySign, Valid), start.Add(-time.Second), NotYetValid},
		"revoked before it expired": {cert.declared(t, event.KeySign, Revoked), start.Add(2 * year), Revoked},
	} {
		p, err := Trust(c.declared, c.at)
		var state *StateError
		if got := Valid; p == nil {
			t.Errorf("%s: %v", name, err)
		} else if errors.As(err, &state) {
			if got = state.State; got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		} else if got != c.want || err != nil {
			t.Errorf("%s: valid (%v), want %s", name, err, c.want)
		}
	}
	if p, err := Trust(Declared{PEM: "nothing"}, start); err == nil || p != nil {
		t.Error("a declaration without a key is trusted")
	}
}

func TestCertificateOfSigner(t *testing.T) {
	root := certify(t, nil, "root", true, start, start.Add(year), nil)
	leaf := certify(t, root, "leaf", false, start, start.Add(year), nil)
	s := must(NewSigner(leaf.key))(t)
	text := must(cryptoutils.MarshalCertificatesToPEM(chain(leaf, root)))(t)
	if got := must(s.WithCertificates(text))(t).Certificates(); len(got) != 2 {
		t.Fatalf("%d certificates", len(got))
	}
	if _, err := s.WithCertificates(must(cryptoutils.MarshalCertificatesToPEM(chain(root)))(t)); err == nil {
		t.Error("a certificate for another key is taken")
	}
	if s.Certificates() != nil {
		t.Error("WithCertificates changed the signer that it was called on")
	}
}

// certifyAgain issues a's own certificate anew, for another time.
func certifyAgain(t testing.TB, a *authority, from, to time.Time) *authority {
	t.Helper()
	c := *a.cert
	c.NotBefore, c.NotAfter = from, to
	der := must(x509.CreateCertificate(rand.Reader, &c, &c, a.key.Public(), a.key))(t)
	return &authority{must(x509.ParseCertificate(der))(t), a.key}
}

func chain(as ...*authority) (certs []*x509.Certificate) {
	for _, a := range as {
		certs = append(certs, a.cert)
	}
	return certs
}
