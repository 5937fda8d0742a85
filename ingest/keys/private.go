package keys

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// Passphrase returns the passphrase of a private key. confirm is true where a new key is to be encrypted, so that
// whoever types it is asked twice.
type Passphrase func(confirm bool) ([]byte, error)

var (
	// ErrUnencrypted says that a private key lies open on disk.
	ErrUnencrypted = errors.New("the private key is not encrypted; encrypt it, or say explicitly that it may be used as it is")
	// ErrMode says that others may read a private key.
	ErrMode = errors.New("the private key can be read by others; give the file mode 0600")
	// ErrPassphrase says that a private key could not be decrypted.
	ErrPassphrase = errors.New("the private key does not open with this passphrase")
	// ErrNoPassphrase says that a passphrase is needed and none was given.
	ErrNoPassphrase = errors.New("the private key needs a passphrase")
)

// largest is more than any PEM file of a key or of a chain of certificates.
const largest = 1 << 20

// The types of PEM block of an encrypted private key: sigstore's, cosign's older one, and PKCS #8 as OpenSSL writes it.
const (
	encryptedSigstore = string(cryptoutils.EncryptedSigstorePrivateKeyPEMType)
	encryptedCosign   = "ENCRYPTED COSIGN PRIVATE KEY"
	encryptedPKCS8    = "ENCRYPTED PRIVATE KEY"
)

// Seal returns a private key encrypted under a passphrase, as one PEM block.
func Seal(private crypto.Signer, passphrase Passphrase) ([]byte, error) {
	secret, err := ask(passphrase, true)
	if err != nil {
		return nil, err
	}
	der, err := cryptoutils.MarshalPrivateKeyToEncryptedDER(private, cryptoutils.StaticPasswordFunc(secret))
	if err != nil {
		return nil, fmt.Errorf("encrypt private key: %w", err)
	}
	return cryptoutils.PEMEncode(cryptoutils.EncryptedSigstorePrivateKeyPEMType, der), nil
}

// Save writes a private key encrypted under a passphrase to a new file of mode 0600. An existing file is never
// replaced: errors.Is(err, fs.ErrExist).
func Save(path string, private crypto.Signer, passphrase Passphrase) error {
	sealed, err := Seal(private, passphrase)
	if err != nil {
		return err
	}
	return create(path, sealed)
}

// create makes a file that is durable and complete, or not there.
func create(path string, data []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write private key: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
			err = fmt.Errorf("write private key: %w", err)
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Load reads a private key from a file. Encrypted keys of sigstore, cosign and PKCS #8 are opened with passphrase;
// open ones (PKCS #8, PKCS #1, SEC 1) and those under an empty passphrase are refused with [ErrUnencrypted] unless
// unencrypted is true. A file that group or others may read is refused with [ErrMode].
func Load(path string, passphrase Passphrase, unencrypted bool) (crypto.Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read private key %s: not a file", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read private key %s (mode %04o): %w", path, info.Mode().Perm(), ErrMode)
	}
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	private, err := Unseal(data, passphrase, unencrypted)
	if err != nil {
		return nil, fmt.Errorf("read private key %s: %w", path, err)
	}
	return private, nil
}

// Unseal is [Load] for a key in memory.
func Unseal(data []byte, passphrase Passphrase, unencrypted bool) (crypto.Signer, error) {
	if len(data) > largest {
		return nil, errors.New("too large for a private key")
	}
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("more than one PEM block, or text after it")
	}
	if block.Headers["DEK-Info"] != "" {
		// Encryption of RFC 1423: the key is derived by one round of MD5 and nothing authenticates the content.
		return nil, errors.New("encrypted in the legacy way of RFC 1423, which protects nothing; convert it to PKCS #8")
	}
	var private crypto.PrivateKey
	var err error
	switch block.Type {
	case encryptedSigstore, encryptedCosign, encryptedPKCS8:
		if passphrase == nil {
			return nil, ErrNoPassphrase
		}
		secret, err := passphrase(false)
		if err != nil {
			return nil, fmt.Errorf("passphrase: %w", err)
		}
		if len(secret) == 0 {
			if !unencrypted {
				return nil, ErrNoPassphrase
			}
			// Not nil: sigstore takes nil to mean that the block is not encrypted after all.
			secret = []byte{}
		}
		private, err = cryptoutils.UnmarshalPEMToPrivateKey(data, cryptoutils.StaticPasswordFunc(secret))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPassphrase, err)
		}
	default:
		if !unencrypted {
			return nil, ErrUnencrypted
		}
		private, err = cryptoutils.UnmarshalPEMToPrivateKey(data, nil)
		if err != nil {
			return nil, err
		}
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T cannot sign", private)
	}
	if err := acceptable(signer.Public()); err != nil {
		return nil, err
	}
	return signer, nil
}

// ask asks for a passphrase and refuses an empty one.
func ask(passphrase Passphrase, confirm bool) ([]byte, error) {
	if passphrase == nil {
		return nil, ErrNoPassphrase
	}
	secret, err := passphrase(confirm)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	if len(secret) == 0 {
		return nil, ErrNoPassphrase
	}
	return secret, nil
}
