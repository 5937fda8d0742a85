package vault

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// RootKey opens a vault. It comes from a file of mode 0600, which the vault then owns and replaces at each redaction,
// or from the environment, where the vault cannot replace it.
//
// The file is one or two lines of text:
//
//	lichtspur-root-key-1 BASE64-OF-32-BYTES
//	vault HEX-OF-16-BYTES
//
// The second names the vault that took the key, so that a second one does not take it too and loses it when the
// first replaces it. In the environment stands the first line, or the base64 alone.
type RootKey struct {
	key   secret
	path  string   // of the file; "" if it came from elsewhere
	owner [16]byte // the vault that took it; zero if none has yet
}

const (
	rootMagic = "lichtspur-root-key-1"
	rootNext  = ".next" // the root key that a redaction is about to put in place
)

// String hides the key from logs and messages.
func (r RootKey) String() string { return "root key (hidden)" }

// GoString hides the key too.
func (r RootKey) GoString() string { return r.String() }

// NewRoot makes a root key and writes it to a new file of mode 0600. It fails where the file exists.
func NewRoot(path string) (RootKey, error) {
	r := RootKey{path: path}
	if _, err := rand.Read(r.key[:]); err != nil {
		return RootKey{}, fmt.Errorf("make root key: %w", err)
	}
	if err := writeSynced(path, r.text(), os.O_EXCL); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return RootKey{}, fmt.Errorf("%s: there is a root key already, and what it opens would be lost with it: %w", path, err)
		}
		return RootKey{}, fmt.Errorf("write root key: %w", err)
	}
	return r, nil
}

// LoadRoot reads a root key from a file. It refuses a file that others may read.
func LoadRoot(path string) (RootKey, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return RootKey{}, fmt.Errorf("%w: %s is missing; restore it from where root keys are kept, without it no personal value can be read: %w", ErrNoRoot, path, err)
	}
	if err != nil {
		return RootKey{}, fmt.Errorf("read root key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return RootKey{}, fmt.Errorf("read root key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return RootKey{}, fmt.Errorf("%w: %s is not a regular file", ErrRootMode, path)
	}
	if m := info.Mode().Perm(); m != 0o600 {
		return RootKey{}, fmt.Errorf("%w: %s has mode %04o and must have 0600; run chmod 600 %s, and if others may have read it, move the vault to a new root key", ErrRootMode, path, m, path)
	}
	text := make([]byte, 512)
	n, err := f.Read(text)
	if err != nil {
		return RootKey{}, fmt.Errorf("read root key %s: %w", path, err)
	}
	r, err := ParseRoot(string(text[:n]))
	clear(text)
	if err != nil {
		return RootKey{}, fmt.Errorf("%s: %w", path, err)
	}
	r.path = path
	return r, nil
}

// RootFromEnv reads a root key from an environment variable; ErrNoRoot if it is not set or empty. The variable is
// left as it is: whoever may read the environment of the process reads the key.
func RootFromEnv(name string) (RootKey, error) {
	text := os.Getenv(name)
	if text == "" {
		return RootKey{}, fmt.Errorf("%w in environment variable %s", ErrNoRoot, name)
	}
	r, err := ParseRoot(text)
	if err != nil {
		return RootKey{}, fmt.Errorf("environment variable %s: %w", name, err)
	}
	return r, nil
}

// ParseRoot reads the text form of a root key. Its errors do not repeat the text.
func ParseRoot(text string) (r RootKey, err error) {
	first, second, _ := strings.Cut(strings.TrimRight(text, "\r\n"), "\n")
	encoded := strings.TrimSpace(strings.TrimPrefix(first, rootMagic+" "))
	if base64.StdEncoding.DecodedLen(len(encoded)) > len(r.key)+2 {
		return RootKey{}, errors.New("a root key is the base64 of 32 bytes; this is longer")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != len(r.key) {
		return RootKey{}, errors.New("a root key is the base64 of 32 bytes, as `openssl rand -base64 32` makes it; this is not")
	}
	copy(r.key[:], raw)
	if r.key == (secret{}) {
		return RootKey{}, errors.New("the root key is all zeros")
	}
	if second == "" {
		return r, nil
	}
	digits, ok := strings.CutPrefix(second, "vault ")
	id, err := hex.DecodeString(digits)
	if !ok || err != nil || len(id) != len(r.owner) || hex.EncodeToString(id) != digits {
		return RootKey{}, errors.New("the second line of a root key file is \"vault\" and 32 hexadecimal digits; this is not")
	}
	copy(r.owner[:], id)
	return r, nil
}

// text is the content of the file.
func (r *RootKey) text() []byte {
	s := rootMagic + " " + base64.StdEncoding.EncodeToString(r.key[:]) + "\n"
	if r.owner != ([16]byte{}) {
		s += "vault " + hex.EncodeToString(r.owner[:]) + "\n"
	}
	return []byte(s)
}

// free reports whether no vault took the key yet.
func (r *RootKey) free() error {
	if r.owner == ([16]byte{}) {
		return nil
	}
	return fmt.Errorf("%w: %s; a redaction replaces the key and would close the other one: make a new key for each vault", ErrRootBound, r.path)
}

// bind writes into the key's file which vault took it.
func (r *RootKey) bind(vault [16]byte) error {
	if r.path == "" || r.owner == vault {
		return nil
	}
	if err := r.free(); err != nil {
		return err
	}
	r.owner = vault
	if _, err := replaceFile(r.path, r.text()); err != nil {
		return fmt.Errorf("write root key: %w", err)
	}
	return nil
}

// successor makes the key that will stand in r's file next, and puts it beside it as path.next.
func (r *RootKey) successor() (RootKey, error) {
	next := RootKey{path: r.path, owner: r.owner}
	if _, err := rand.Read(next.key[:]); err != nil {
		return RootKey{}, fmt.Errorf("make root key: %w", err)
	}
	if err := writeSynced(r.path+rootNext, next.text(), os.O_TRUNC); err != nil {
		return RootKey{}, fmt.Errorf("write next root key: %w", err)
	}
	if err := syncDir(filepath.Dir(r.path)); err != nil {
		return RootKey{}, fmt.Errorf("write next root key: %w", err)
	}
	return next, nil
}

// succeed puts path.next in the place of path.
func (r *RootKey) succeed() error {
	old, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("replace root key: %w", err)
	}
	defer old.Close()
	if _, err := swap(old, r.path+rootNext, r.path); err != nil {
		return fmt.Errorf("replace root key: %w", err)
	}
	return nil
}

// withdraw removes path.next, if it is there.
func (r *RootKey) withdraw() error {
	if r.path == "" {
		return nil
	}
	if err := os.Remove(r.path + rootNext); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove unused root key: %w", err)
	}
	return nil
}
