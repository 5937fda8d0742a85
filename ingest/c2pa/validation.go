package c2pa

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sort"
	"time"

	"github.com/veraison/go-cose"
)

// State is how one thing about a manifest came out.
type State string

// The states.
const (
	Unchecked State = "NOT_CHECKED"
	Valid     State = "VALID"
	Invalid   State = "INVALID"
)

// Validation is what was checked of a manifest.
type Validation struct {
	Signature  State // of the claim, under the leaf of the chain beside it
	Assertions State // each has the hash that the claim says, and none is there that it does not name
	Signer     State // the chain leads to the trust list, at the time of reading
	Binding    State // the picture's bytes are those that the claim is about (c2pa.hash.data); of the active manifest alone

	Leaf *x509.Certificate // of the signer, nil where there is none
	Why  []string          // what is not valid or was not checked, and why

	references []hashedURI // to the manifests of ingredients
}

// failed sets a state and says why.
func (v *Validation) failed(to *State, state State, why string) {
	*to = state
	if !slices.Contains(v.Why, why) {
		v.Why = append(v.Why, why)
	}
}

// Sound reports whether the manifest says what its signer signed: signature and assertions are valid, and the picture is the
// one that it is about. An update manifest is about the picture of the manifest before it.
func (v *Validation) Sound() bool {
	return v.Signature == Valid && v.Assertions == Valid && v.Binding != Invalid
}

// validate checks signature, assertions and signer of a manifest. trust is nil where there is no trust list.
func (m *Manifest) validate(store *superbox, known hashes, trust *x509.CertPool, now time.Time) {
	v := &m.Validation
	v.Signature, v.Assertions, v.Signer, v.Binding = Unchecked, Unchecked, Unchecked, Unchecked
	m.checkAssertions(store, known)
	chain, err := m.checkSignature()
	if err != nil {
		v.failed(&v.Signature, Invalid, "signature: "+err.Error())
	} else {
		v.Signature = Valid
	}
	if len(chain) == 0 {
		return
	}
	v.Leaf = chain[0]
	if trust == nil {
		v.failed(&v.Signer, Unchecked, "signer: no trust list was given")
		return
	}
	if err := trusted(chain, trust, now); err != nil {
		v.failed(&v.Signer, Invalid, "signer: "+err.Error())
		return
	}
	v.Signer = Valid
}

// checkAssertions compares the hashes of a claim with what stands in its manifest.
func (m *Manifest) checkAssertions(store *superbox, sums hashes) {
	v := &m.Validation
	named := map[*superbox]bool{}
	fail := func(why string) { v.failed(&v.Assertions, Invalid, "assertions: "+why) }
	for _, u := range m.assertions {
		b := m.find(store, u.URL)
		if b == nil {
			if !m.redacted[u.URL] {
				fail("one that the claim names is missing")
			}
			continue
		}
		named[b] = true
		if err := m.holds(u, b.content, sums); err != nil {
			fail(known(b.label) + " " + err.Error())
		}
	}
	for _, u := range v.references {
		// The URI may go into the manifest; the hash is over all of it, with the first versions over its claim.
		b := store.child(manifestOf(u.URL))
		if b == nil {
			fail("the manifest of an ingredient is missing")
			continue
		}
		err := m.holds(u, b.content, sums)
		if text := claimOf(b); err != nil && text != nil && m.holds(u, text, sums) == nil {
			err = nil
		}
		if err != nil {
			fail("the manifest of an ingredient " + err.Error())
		}
	}
	if s := m.box.child("c2pa.assertions"); s != nil {
		for _, b := range s.super {
			if !named[b] {
				fail("one is there that the claim does not name")
			}
		}
	}
	if len(m.assertions) == 0 {
		fail("the claim names none")
	}
	if v.Assertions == Unchecked {
		v.Assertions = Valid
	}
}

// maxChain is how many certificates of a chain are read.
const maxChain = 10

// checkSignature verifies the claim's signature (COSE_Sign1, RFC 9052, the claim as its detached payload) and returns the
// chain of the signer, also where the signature is not valid.
func (m *Manifest) checkSignature() ([]*x509.Certificate, error) {
	b := m.box.child("c2pa.signature")
	if b == nil {
		return nil, errors.New("there is none")
	}
	text := b.data("cbor")
	var msg cose.Sign1Message
	if len(text) > 0 && text[0] == 0x84 { // without its tag
		var bare cose.UntaggedSign1Message
		if err := bare.UnmarshalCBOR(text); err != nil {
			return nil, errors.New("it is no COSE_Sign1")
		}
		msg = cose.Sign1Message(bare)
	} else if err := msg.UnmarshalCBOR(text); err != nil {
		return nil, errors.New("it is no COSE_Sign1")
	}
	if msg.Payload != nil && !bytes.Equal(msg.Payload, m.claim) {
		return nil, errors.New("it is of something else than the claim")
	}
	chain, err := chainOf(&msg.Headers)
	if err != nil {
		return nil, err
	}
	alg, err := msg.Headers.Protected.Algorithm()
	if err != nil {
		return chain, errors.New("it does not say its algorithm")
	}
	switch alg {
	case cose.AlgorithmES256, cose.AlgorithmES384, cose.AlgorithmES512, cose.AlgorithmPS256, cose.AlgorithmPS384, cose.AlgorithmPS512, cose.AlgorithmEdDSA:
	default:
		return chain, errors.New("its algorithm is none that claims are signed with")
	}
	verifier, err := cose.NewVerifier(alg, chain[0].PublicKey)
	if err != nil {
		return chain, errors.New("the signer's key does not go with its algorithm")
	}
	msg.Payload = m.claim
	if err := msg.Verify(nil, verifier); err != nil {
		return chain, errors.New("it does not verify")
	}
	return chain, nil
}

// chainOf reads the certificates beside a signature, x5chain (RFC 9360): one, or a list from the leaf on.
func chainOf(h *cose.Headers) ([]*x509.Certificate, error) {
	var found any
	for _, label := range []any{cose.HeaderLabelX5Chain, "x5chain"} {
		for _, of := range []map[any]any{h.Protected, h.Unprotected} {
			if v, ok := of[label]; ok && found == nil {
				found = v
			}
		}
	}
	var list []any
	switch v := found.(type) {
	case []byte:
		list = []any{v}
	case []any:
		list = v
	}
	if len(list) == 0 || len(list) > maxChain {
		return nil, errors.New("the signer's certificates are not beside it")
	}
	var out []*x509.Certificate
	for _, v := range list {
		raw, ok := v.([]byte)
		if !ok {
			return nil, errors.New("the signer's certificates cannot be read")
		}
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, errors.New("the signer's certificates cannot be read")
		}
		pssKey(c)
		out = append(out, c)
	}
	return out, nil
}

// oidPSS is the algorithm of keys that are for RSASSA-PSS alone (RFC 4055), which package x509 leaves unparsed.
var oidPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

// pssKey parses the key of a certificate that is for RSASSA-PSS alone. Claims are not signed in any other way with RSA.
func pssKey(c *x509.Certificate) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if c.PublicKey != nil {
		return
	}
	if rest, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err != nil || len(rest) > 0 || !info.Algorithm.Algorithm.Equal(oidPSS) {
		return
	}
	if key, err := x509.ParsePKCS1PublicKey(info.Key.RightAlign()); err == nil {
		c.PublicKey, c.PublicKeyAlgorithm = key, x509.RSA
	}
}

// usages are the extended key usages of certificates that claims may be signed with.
var usages = []asn1.ObjectIdentifier{
	{1, 3, 6, 1, 5, 5, 7, 3, 36},    // document signing
	{1, 3, 6, 1, 4, 1, 62558, 2, 1}, // C2PA claim signing
}

// trusted reports why a chain does not lead to the trust list.
func trusted(chain []*x509.Certificate, trust *x509.CertPool, now time.Time) error {
	leaf := chain[0]
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return errors.New("the certificate is not valid now, and the time of signing is not known for sure")
	}
	if leaf.IsCA {
		return errors.New("the certificate is that of a CA")
	}
	usable := slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageEmailProtection)
	for _, u := range usages {
		usable = usable || slices.ContainsFunc(leaf.UnknownExtKeyUsage, u.Equal)
	}
	if !usable {
		return errors.New("the certificate is not for signing claims")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: trust, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return errors.New("the certificate does not chain to the trust list")
	}
	return nil
}

// binding checks that a picture is the one that a claim is about, by the assertion c2pa.hash.data: a hash of the file
// without some parts of it, among them the manifest itself.
type binding struct {
	want       []byte
	sum        hash.Hash
	exclusions []Range // in order
	more       bool    // what is said of the picture before the manifest is left out, too
}

// dataHash reads the assertion. Nil without an error: there is none. changed says that the store has grown since, by an update
// manifest, so that it stands in more of the file than the assertion says. said is from where on there is nothing before the
// manifest but what is said of the picture (EXIF …): some cameras leave that out, and no more may be.
func (m *Manifest) dataHash(parts []Range, said int64, changed bool) (*binding, error) {
	store := m.box.child("c2pa.assertions")
	if store == nil {
		return nil, nil
	}
	var a *superbox
	for _, b := range store.super {
		if kind(b.label) == "c2pa.hash.data" {
			if a != nil {
				return nil, errors.New("there are two of c2pa.hash.data")
			}
			a = b
		}
	}
	if a == nil {
		return nil, nil
	}
	var v struct {
		Alg        string `cbor:"alg"`
		Hash       []byte `cbor:"hash"`
		Exclusions []struct {
			Start  uint64 `cbor:"start"`
			Length uint64 `cbor:"length"`
		} `cbor:"exclusions"`
	}
	if err := decoder.Unmarshal(a.data("cbor"), &v); err != nil {
		return nil, errors.New("c2pa.hash.data cannot be read")
	}
	if v.Alg == "" {
		v.Alg = m.algorithm
	}
	b := &binding{want: v.Hash, sum: newHash(v.Alg)}
	if b.sum == nil {
		return nil, fmt.Errorf("the hash algorithm %.20q is not known", v.Alg)
	}
	for _, x := range v.Exclusions {
		if x.Start > 1<<62 || x.Length > 1<<62 {
			return nil, errors.New("c2pa.hash.data leaves out what no file has")
		}
		r := Range{int64(x.Start), int64(x.Start + x.Length)}
		if changed && r.Start == parts[0].Start {
			r.End = parts[len(parts)-1].End
		}
		b.exclusions = append(b.exclusions, r)
	}
	sort.Slice(b.exclusions, func(i, j int) bool { return b.exclusions[i].Start < b.exclusions[j].Start })
	for i := 1; i < len(b.exclusions); i++ {
		if b.exclusions[i].Start < b.exclusions[i-1].End {
			return nil, errors.New("c2pa.hash.data leaves out something twice")
		}
	}
	for _, x := range b.exclusions {
		if x.Start == x.End {
			continue
		}
		if x.Start < said || x.End > parts[len(parts)-1].End {
			return nil, errors.New("c2pa.hash.data leaves out more than the manifest")
		}
		b.more = b.more || x.Start < parts[0].Start
	}
	return b, nil
}

// write hashes bytes of the file that stand at an offset, without what is left out.
func (b *binding) write(p []byte, at int64) {
	for len(p) > 0 {
		out, next := false, at+int64(len(p))
		for _, x := range b.exclusions {
			switch {
			case at < x.Start:
				next = min(next, x.Start)
			case at < x.End:
				out, next = true, min(next, x.End)
			default:
				continue
			}
			break
		}
		part := p[:next-at]
		if !out {
			b.sum.Write(part)
		}
		p, at = p[len(part):], next
	}
}

func (b *binding) holds() bool { return bytes.Equal(b.sum.Sum(nil), b.want) }
