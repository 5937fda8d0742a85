package c2pa_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// Samples are built here from the specification: no real picture with a manifest is at hand that may be kept. Whoever has one
// should try it; what is made and read by the same hands shows less.

// now is when the samples are read.
var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// identity is a signer with a CA of its own.
type identity struct {
	ca, leaf *x509.Certificate
	key      crypto.Signer
	alg      cose.Algorithm
}

func newIdentity(t testing.TB, alg cose.Algorithm, subject pkix.Name, change func(*x509.Certificate)) *identity {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sample CA"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	must(err)
	ca, err = x509.ParseCertificate(raw)
	must(err)
	id := &identity{ca: ca, alg: alg}
	switch alg {
	case cose.AlgorithmES256:
		id.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case cose.AlgorithmES384:
		id.key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case cose.AlgorithmES512:
		id.key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case cose.AlgorithmEdDSA:
		_, id.key, err = ed25519.GenerateKey(rand.Reader)
	default:
		id.key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	must(err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: subject, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 6, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true}
	if change != nil {
		change(leaf)
	}
	raw, err = x509.CreateCertificate(rand.Reader, leaf, ca, id.key.Public(), caKey)
	must(err)
	id.leaf, err = x509.ParseCertificate(raw)
	must(err)
	return id
}

func (id *identity) trust() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(id.ca)
	return pool
}

func jbox(kind string, data ...[]byte) []byte {
	body := bytes.Join(data, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, kind...), body...)
}

// super is a superbox; uuid is the first four letters of its type.
func super(uuid, label string, boxes ...[]byte) []byte {
	d := append([]byte(uuid), "\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03"...)
	d = append(append(d, label...), 0)
	return jbox("jumb", append([][]byte{jbox("jumd", d)}, boxes...)...)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	m, err := cbor.EncOptions{Sort: cbor.SortCanonical, Time: cbor.TimeRFC3339, TimeTag: cbor.EncTagRequired}.EncMode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type object = map[string]any

func link(url string, b []byte) object {
	sum := sha256.Sum256(b[8:]) // without the header of the superbox
	return object{"url": url, "hash": sum[:]}
}

// claimed is what a sample's manifest says.
type claimed struct {
	label       string
	version     int // of the claim
	update      bool
	actions     []object
	ingredients []object
	signer      *identity
	unnamed     bool   // an assertion that the claim does not name
	noHash      bool   // without c2pa.hash.data
	unprotected bool   // the chain is in the unprotected header
	generator   string // of claim v1
	extra       []byte // one more assertion box
}

// manifest builds one, given the hash of the picture and what of it is left out.
func (c *claimed) manifest(t testing.TB, sum []byte, start, length int) []byte {
	t.Helper()
	var boxes [][]byte
	var links []object
	add := func(label string, v any) {
		b := super("cbor", label, jbox("cbor", encode(t, v)))
		boxes = append(boxes, b)
		links = append(links, link("self#jumbf=c2pa.assertions/"+label, b))
	}
	if !c.noHash && !c.update {
		// Integers of fixed width, so that the manifest has the same length whatever they are.
		fixed := func(n int) cbor.RawMessage {
			return append([]byte{0x1a}, binary.BigEndian.AppendUint32(nil, uint32(n))...)
		}
		add("c2pa.hash.data", object{"alg": "sha256", "name": "jumbf manifest", "hash": sum, "pad": []byte{},
			"exclusions": []object{{"start": fixed(start), "length": fixed(length)}}})
	}
	suffix := map[int]string{1: "", 2: ".v2"}[c.version]
	if c.actions != nil {
		add("c2pa.actions"+suffix, object{"actions": c.actions})
	}
	for i, x := range c.ingredients {
		label := "c2pa.ingredient" + suffix
		if i > 0 {
			label += "__" + string(rune('0'+i))
		}
		add(label, x)
	}
	if c.unnamed {
		boxes = append(boxes, super("cbor", "c2pa.other", jbox("cbor", encode(t, object{}))))
	}
	if c.extra != nil {
		boxes = append(boxes, c.extra)
	}
	claim := object{"alg": "sha256", "instanceID": "xmp:iid:" + c.label, "signature": "self#jumbf=c2pa.signature", "dc:title": "sample"}
	label := "c2pa.claim"
	if c.version == 1 {
		claim["claim_generator"], claim["dc:format"], claim["assertions"] = c.generator, "image/jpeg", links
	} else {
		label = "c2pa.claim.v2"
		claim["claim_generator_info"], claim["created_assertions"] = object{"name": "Sample Camera", "version": "7.1"}, links
	}
	text := encode(t, claim)
	signer, err := cose.NewSigner(c.signer.alg, c.signer.key)
	if err != nil {
		t.Fatal(err)
	}
	msg := cose.NewSign1Message()
	msg.Headers.Protected.SetAlgorithm(c.signer.alg)
	chain := []any{c.signer.leaf.Raw, c.signer.ca.Raw}
	if c.unprotected {
		msg.Headers.Unprotected[cose.HeaderLabelX5Chain] = chain
		msg.Headers.Unprotected["pad"] = make([]byte, 20)
	} else {
		msg.Headers.Protected[cose.HeaderLabelX5Chain] = chain
	}
	msg.Payload = text
	if err := msg.Sign(rand.Reader, nil, signer); err != nil {
		t.Fatal(err)
	}
	msg.Payload = nil
	signature, err := msg.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	uuid := "c2ma"
	if c.update {
		uuid = "c2um"
	}
	return super(uuid, c.label, super("c2as", "c2pa.assertions", boxes...), super("c2cl", label, jbox("cbor", text)), super("c2cs", "c2pa.signature", jbox("cbor", signature)))
}

// picture is one without a manifest: noise, and no face.
func picture(t testing.TB, kind string) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.SetGray(i%64, i/64, color.Gray{Y: byte(i * i * 7919 >> 5)})
	}
	var b bytes.Buffer
	var err error
	if kind == "png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segments are the APP11 segments of a store, of at most so many bytes each.
func segments(store []byte, most int) []byte {
	var out []byte
	header, data := store[:8], store[8:]
	for n := uint32(1); len(data) > 0; n++ {
		part := data[:min(len(data), most)]
		data = data[len(part):]
		out = append(out, 0xff, 0xeb)
		out = binary.BigEndian.AppendUint16(out, uint16(2+8+8+len(part)))
		out = append(out, "JP\x02\x11"...)
		out = binary.BigEndian.AppendUint32(out, n)
		out = append(append(out, header...), part...)
	}
	return out
}

func chunk(store []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(store)))
	out = append(append(out, "caBX"...), store...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// put puts a store into a picture.
func put(pic, store []byte, kind string, most int) []byte {
	at, part := 2, segments(store, most)
	if kind == "png" {
		at, part = 8+12+13, chunk(store)
	}
	return bytes.Join([][]byte{pic[:at], part, pic[at:]}, nil)
}

// build puts a manifest, and those of ingredients before it, into a picture and binds the two.
func (c *claimed) build(t testing.TB, kind string, before ...[]byte) []byte {
	t.Helper()
	pic := picture(t, kind)
	store := func(sum []byte, start, length int) []byte {
		return super("c2pa", "c2pa", append(append([][]byte{}, before...), c.manifest(t, sum, start, length))...)
	}
	const most = 700 // so that there are several segments
	start := map[string]int{"jpeg": 2, "png": 33}[kind]
	length := len(put(pic, store(make([]byte, 32), 0, 0), kind, most)) - len(pic)
	sum := sha256.Sum256(pic)
	out := put(pic, store(sum[:], start, length), kind, most)
	for n := 0; len(out)-len(pic) != length; n++ { // signatures of ECDSA in COSE have fixed lengths, so this is for nothing
		if n > 3 {
			t.Fatal("the manifest has another length each time")
		}
		length = len(out) - len(pic)
		out = put(pic, store(sum[:], start, length), kind, most)
	}
	return out
}

const captureType = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"

func taken(signer *identity) *claimed {
	return &claimed{label: "urn:c2pa:0f6c1a52-0000-4000-8000-000000000001", version: 2, signer: signer,
		actions: []object{{"action": "c2pa.created", "when": now.Add(-time.Hour), "digitalSourceType": captureType}}}
}

var camera = pkix.Name{Organization: []string{"Example Camera AG"}, CommonName: "Camera 7", Country: []string{"DE"}}

// edited is a manifest of a picture that was made of another one, whose manifest is given.
func edited(t testing.TB, signer *identity, parent *claimed, box []byte) *claimed {
	t.Helper()
	return &claimed{label: "urn:uuid:0f6c1a52-0000-4000-8000-000000000002", version: 1, signer: signer, unprotected: true, generator: "sample_editor/1.0",
		actions: []object{{"action": "c2pa.opened"}, {"action": "c2pa.cropped", "when": now.Add(-time.Minute).Format(time.RFC3339)}, {"action": "c2pa.color_adjustments"}, {"action": "com.example.secret"}},
		ingredients: []object{{"dc:title": "original.jpg", "dc:format": "image/jpeg", "instanceID": "xmp:iid:" + parent.label, "relationship": "parentOf",
			"c2pa_manifest": link("self#jumbf=/c2pa/"+parent.label, box)}}}
}

func contains(s string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}
