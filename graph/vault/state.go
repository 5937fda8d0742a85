package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// state is what the root key protects: everything secret in a vault hangs on it, and it is a few hundred bytes
// whatever was recorded or redacted. The file:
//
//	"lichtspur-vault-state-1\n"
//	32 bytes of salt, new at each writing
//	16 bytes by which a wrong root key is told from a damaged file
//	AES-256-GCM under HKDF-SHA-256(root key, salt), nonce zero, of
//
//	16 bytes  id of the vault
//	4 × 32    keys: look-up, entries, store, boxes
//	8 bytes   number of the last puncture, big-endian
//	slot      root of the key tree, as in a page
//	byte      length of the sealer's id, then the id
type state struct {
	vault   [16]byte
	lookup  secret // gives the points of the key tree
	entries secret // gives entry ids
	store   secret // encrypts the look-up store
	boxes   secret // gives the keys of boxes
	seq     uint64
	root    slot
	sealer  string
}

const stateMagic = "lichtspur-vault-state-1\n"

func (s *state) encode() []byte {
	out := bytes.Clone(s.vault[:])
	for _, k := range []*secret{&s.lookup, &s.entries, &s.store, &s.boxes} {
		out = append(out, k[:]...)
	}
	out = binary.BigEndian.AppendUint64(out, s.seq)
	out = s.root.append(out)
	out = append(out, byte(len(s.sealer)))
	return append(out, s.sealer...)
}

// parseState reads the decrypted content of a state file.
func parseState(b []byte) (*state, error) {
	s := &state{}
	fixed := len(s.vault) + 4*len(secret{}) + 8
	if len(b) < fixed {
		return nil, io.ErrUnexpectedEOF
	}
	b = b[copy(s.vault[:], b):]
	for _, k := range []*secret{&s.lookup, &s.entries, &s.store, &s.boxes} {
		b = b[copy(k[:], b):]
	}
	s.seq, b = binary.BigEndian.Uint64(b), b[8:]
	var err error
	if s.root, b, err = parseSlot(b); err != nil {
		return nil, fmt.Errorf("root of key tree: %w", err)
	}
	if s.root.kind == slotDead {
		return nil, errors.New("root of key tree: none")
	}
	if len(b) < 1 || len(b) != 1+int(b[0]) || b[0] == 0 {
		return nil, errors.New("sealer: wrong length")
	}
	s.sealer = string(b[1:])
	return s, nil
}

// stateKeys derives the key of a state file and the value that tells whether the root key is the right one.
func stateKeys(root *RootKey, salt []byte) (key secret, check [16]byte) {
	out, err := hkdf.Key(sha256.New, root.key[:], salt, "lichtspur vault state", len(key)+len(check))
	if err != nil {
		panic(err) // 48 bytes are within HKDF's limit
	}
	copy(check[:], out[copy(key[:], out):])
	return key, check
}

// seal encrypts s under root.
func (s *state) seal(root *RootKey, random io.Reader) ([]byte, error) {
	out := make([]byte, len(stateMagic)+32, 512)
	copy(out, stateMagic)
	salt := out[len(stateMagic):]
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("make salt of state file: %w", err)
	}
	key, check := stateKeys(root, salt)
	out = append(out, check[:]...)
	return gcm(&key).Seal(out, make([]byte, 12), s.encode(), out), nil
}

// openState decrypts the content of a state file: ErrNotVault, ErrRootKey, ErrDamaged.
func openState(b []byte, root *RootKey) (*state, error) {
	rest, ok := bytes.CutPrefix(b, []byte(stateMagic))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin as a state file of this version", ErrNotVault)
	}
	if len(rest) < 32+16 {
		return nil, fmt.Errorf("%w: cut short", ErrDamaged)
	}
	key, check := stateKeys(root, rest[:32])
	if subtle.ConstantTimeCompare(check[:], rest[32:48]) != 1 {
		return nil, ErrRootKey
	}
	head := len(stateMagic) + 48
	plain, err := gcm(&key).Open(nil, make([]byte, 12), b[head:], b[:head])
	if err != nil {
		return nil, fmt.Errorf("%w: the root key is right, the content does not decrypt", ErrDamaged)
	}
	s, err := parseState(plain)
	clear(plain)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return s, nil
}

// findState opens the state file at path with root, or with the key in the file beside root's if a redaction was cut
// short between replacing the state and replacing the root key. It returns the key that opens it, and changes nothing.
func findState(path string, root RootKey) (*state, RootKey, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, root, fmt.Errorf("%w: %s is missing", ErrNotVault, path)
	}
	if err != nil {
		return nil, root, fmt.Errorf("read state of vault: %w", err)
	}
	s, err := openState(b, &root)
	if errors.Is(err, ErrRootKey) && root.path != "" {
		if next, nerr := LoadRoot(root.path + rootNext); nerr == nil {
			if s, err := openState(b, &next); err == nil {
				return s, next, nil
			}
		} else if !errors.Is(nerr, ErrNoRoot) {
			err = errors.Join(err, nerr)
		}
	}
	switch {
	case errors.Is(err, ErrRootKey):
		return nil, root, fmt.Errorf("%w: it does not open %s; it is the key of another vault, or an older one that a redaction has replaced since", err, path)
	case err != nil:
		return nil, root, fmt.Errorf("state of vault %s: %w", path, err)
	}
	return s, root, nil
}

// settleRoot finishes what a redaction that was cut short left of the root key's file: found is the key that opens
// the state, in the file itself or in the one beside it.
func settleRoot(root, found RootKey) (RootKey, error) {
	if found.path != root.path {
		found.path = root.path
		return found, found.succeed()
	}
	return root, root.withdraw()
}
