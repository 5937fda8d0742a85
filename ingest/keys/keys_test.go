package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature/kms/fake"
)

func secret(s string) Passphrase { return func(bool) ([]byte, error) { return []byte(s), nil } }

// generated is one key of each kind: making an RSA key takes long.
var generated = sync.OnceValue(func() map[Algorithm]crypto.Signer {
	out := map[Algorithm]crypto.Signer{}
	for _, a := range Algorithms() {
		private, err := Generate(a)
		if err != nil {
			panic(err)
		}
		out[a] = private
	}
	return out
})

func TestKeyIsNamedByItsSubjectPublicKeyInfo(t *testing.T) {
	for _, a := range Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			private := generated()[a]
			id := must(ID(private.Public()))(t)
			text := must(PublicPEM(private.Public()))(t)
			block, _ := pem.Decode(text)
			sum := sha256.Sum256(block.Bytes)
			if want := "sha256:" + hex.EncodeToString(sum[:]); id != want || !ValidID(id) {
				t.Fatalf("id %s, want %s", id, want)
			}
			if p := must(ParsePublic(text))(t); p.ID != id {
				t.Fatalf("declared key is named %s, its private key %s", p.ID, id)
			}
		})
	}
	if _, err := Generate("dsa"); err == nil || !strings.Contains(err.Error(), "ed25519") {
		t.Fatalf("an unknown algorithm must be refused and the known ones named: %v", err)
	}
}

func TestSignatureVerifiesUnderTheDeclaredKeyOnly(t *testing.T) {
	curve384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	curve521 := must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))(t)
	signers := []crypto.Signer{curve384, curve521}
	for _, a := range Algorithms() {
		signers = append(signers, generated()[a])
	}
	message := []byte("a message")
	for i, private := range signers {
		s := must(NewSigner(private))(t)
		sig := must(s.Sign(t.Context(), message))(t)
		for j, other := range signers {
			p := must(ParsePublic(must(PublicPEM(other.Public()))(t)))(t)
			if err := p.Verify(message, sig); (err == nil) != (i == j) {
				t.Errorf("signature of key %d under key %d: %v", i, j, err)
			}
			if err := p.Verify([]byte("another message"), sig); err == nil {
				t.Errorf("signature of key %d holds for another message", i)
			}
		}
	}
}

func TestPrivateKeyFile(t *testing.T) {
	private := must(Generate(ECDSAP256))(t)
	path := filepath.Join(t.TempDir(), "source.key")
	if err := Save(path, private, secret("correct horse")); err != nil {
		t.Fatal(err)
	}
	info := must(os.Stat(path))(t)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, want 0600", info.Mode().Perm())
	}
	data := must(os.ReadFile(path))(t)
	if !bytes.HasPrefix(data, []byte("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n")) {
		t.Errorf("not in sigstore's form: %.60s", data)
	}
	// Any sigstore tool opens it.
	theirs := must(cryptoutils.UnmarshalPEMToPrivateKey(data, cryptoutils.StaticPasswordFunc([]byte("correct horse"))))(t)
	if !private.(*ecdsa.PrivateKey).Equal(theirs) {
		t.Error("sigstore reads another key")
	}
	ours := must(Load(path, secret("correct horse"), false))(t)
	if !private.(*ecdsa.PrivateKey).Equal(ours) {
		t.Error("another key is read than was written")
	}

	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"wrong passphrase":   {second(Load(path, secret("battery staple"), false)), ErrPassphrase},
		"empty passphrase":   {second(Load(path, secret(""), false)), ErrNoPassphrase},
		"no passphrase":      {second(Load(path, nil, false)), ErrNoPassphrase},
		"existing file":      {Save(path, private, secret("x")), fs.ErrExist},
		"save without":       {Save(path+"2", private, nil), ErrNoPassphrase},
		"save under empty":   {Save(path+"2", private, secret("")), ErrNoPassphrase},
		"no such file":       {second(Load(path+"3", nil, false)), fs.ErrNotExist},
		"passphrase failing": {second(Load(path, func(bool) ([]byte, error) { return nil, os.ErrDeadlineExceeded }, false)), os.ErrDeadlineExceeded},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if _, err := os.Stat(path + "2"); err == nil {
		t.Error("a refused Save leaves a file behind")
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, secret("correct horse"), true); !errors.Is(err, ErrMode) {
			t.Errorf("mode %04o: %v, want %v", mode, err, ErrMode)
		}
	}
}

func TestUnencryptedKeyIsRefusedUnlessAllowed(t *testing.T) {
	private := must(Generate(Ed25519))(t)
	open := must(cryptoutils.MarshalPrivateKeyToPEM(private))(t)
	empty := pemOf(t, encryptedCosign, must(cryptoutils.MarshalPrivateKeyToEncryptedDER(private, cryptoutils.StaticPasswordFunc([]byte{})))(t))
	sec1 := pemOf(t, "EC PRIVATE KEY", must(x509.MarshalECPrivateKey(must(Generate(ECDSAP256))(t).(*ecdsa.PrivateKey)))(t))
	// An encrypted block's type around an open key: sigstore reads it where no passphrase is given.
	disguised := pemOf(t, encryptedSigstore, must(x509.MarshalPKCS8PrivateKey(private))(t))

	for name, c := range map[string]struct {
		data  []byte
		want  error
		takes bool // once allowed
	}{
		"PKCS #8":          {open, ErrUnencrypted, true},
		"SEC 1":            {sec1, ErrUnencrypted, true},
		"empty passphrase": {empty, ErrNoPassphrase, true},
		"disguised":        {disguised, ErrNoPassphrase, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path, secret(""), false); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if _, err := Load(path, secret(""), true); (err == nil) != c.takes {
				t.Errorf("allowed: %v", err)
			}
		})
	}
}

func TestPrivateKeyThatIsNone(t *testing.T) {
	private := must(Generate(Ed25519))(t)
	open := must(cryptoutils.MarshalPrivateKeyToPEM(private))(t)
	weak := must(rsa.GenerateKey(rand.Reader, 1024))(t)
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"text":          []byte("hello"),
		"two blocks":    append(bytes.Clone(open), open...),
		"public key":    must(PublicPEM(private.Public()))(t),
		"broken DER":    pemOf(t, "PRIVATE KEY", []byte{1, 2, 3}),
		"short RSA":     must(cryptoutils.MarshalPrivateKeyToPEM(weak))(t),
		"RFC 1423":      []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
		"much too long": bytes.Repeat([]byte("x"), largest+1),
	} {
		if _, err := Unseal(data, secret("x"), true); err == nil {
			t.Errorf("%s: taken for a private key", name)
		}
	}
}

func TestSignerFromService(t *testing.T) {
	private := must(Generate(ECDSAP256))(t)
	ctx := context.WithValue(t.Context(), fake.KmsCtxKey{}, crypto.PrivateKey(private))
	s := must(Open(ctx, Where{Ref: "fakekms://agency/source"}))(t)
	if id := must(ID(private.Public()))(t); s.ID() != id {
		t.Fatalf("id %s, want %s", s.ID(), id)
	}
	sig := must(s.Sign(ctx, []byte("m")))(t)
	if err := must(ParsePublic(must(PublicPEM(private.Public()))(t)))(t).Verify([]byte("m"), sig); err != nil {
		t.Fatal(err)
	}

	_, err := Open(t.Context(), Where{Ref: "nosuchkms://key"})
	var missing *SchemeError
	if !errors.As(err, &missing) || missing.Scheme != "nosuchkms" || !strings.Contains(err.Error(), "fakekms") {
		t.Fatalf("an unknown service must be refused and the known ones named: %v", err)
	}
	wide := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	if _, err := Open(context.WithValue(t.Context(), fake.KmsCtxKey{}, crypto.PrivateKey(wide)), Where{Ref: "fakekms://k"}); err == nil {
		t.Error("a P-384 key of a service signs with a hash that is not verified")
	}
	for _, path := range []string{"../x://y", "/etc/key", "key", "a/b://c", "x://"} {
		if IsReference(path) {
			t.Errorf("%q is taken for a service's key", path)
		}
	}
}

func TestDeclaredKeyThatIsNone(t *testing.T) {
	private := must(Generate(Ed25519))(t)
	public := must(PublicPEM(private.Public()))(t)
	for name, data := range map[string][]byte{
		"nothing":     nil,
		"text after":  append(bytes.Clone(public), "x"...),
		"two keys":    append(bytes.Clone(public), public...),
		"private key": must(cryptoutils.MarshalPrivateKeyToPEM(private))(t),
		"request":     pemOf(t, "CERTIFICATE REQUEST", []byte{1}),
		"broken key":  pemOf(t, "PUBLIC KEY", []byte{1}),
		"broken cert": pemOf(t, "CERTIFICATE", []byte{1}),
	} {
		if _, err := ParsePublic(data); err == nil {
			t.Errorf("%s: taken for a declared key", name)
		}
	}
}

func pemOf(t *testing.T, kind string, der []byte) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func second[T any](_ T, err error) error { return err }
