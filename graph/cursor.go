package graph

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A cursor is opaque to clients: encrypted and authenticated under a key of the node, so that a page cannot be
// asked for with another filter, by another viewer, or at a position that was never given out.
//
// Plain form, 32 bytes: SHA-256 prefix of list, filter, order, viewer and role (16), tree size (8), index of the last
// entry given out (8).

type position struct {
	size uint64 // tree size that the pages hold for
	last uint64 // index of the last entry given out
}

func (v *View) scopeHash(list string, filter string) [16]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%s", list, v.viewer.Name, v.viewer.Role, v.viewer.Source, filter)
	return [16]byte(h.Sum(nil)[:16])
}

func (v *View) cursor(scope [16]byte, p position) (string, error) {
	box, err := v.g.vault.Box("cursor")
	if err != nil {
		return "", err
	}
	plain := make([]byte, 0, 32)
	plain = append(plain, scope[:]...)
	plain = binary.BigEndian.AppendUint64(plain, p.size)
	plain = binary.BigEndian.AppendUint64(plain, p.last)
	nonce := make([]byte, box.NonceSize(), box.NonceSize()+len(plain)+box.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(box.Seal(nonce, nonce, plain, nil)), nil
}

var errCursor = &Error{Code: CodeBadCursor, Message: "the cursor is not one that this log gave this viewer for this question; ask for the first page again"}

func (v *View) parseCursor(s string, scope [16]byte) (p position, err error) {
	if len(s) > 256 {
		return p, errCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return p, errCursor
	}
	box, err := v.g.vault.Box("cursor")
	if err != nil {
		return p, err
	}
	if len(raw) < box.NonceSize() {
		return p, errCursor
	}
	plain, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], nil)
	if err != nil || len(plain) != 32 || [16]byte(plain[:16]) != scope {
		return p, errCursor
	}
	p.size = binary.BigEndian.Uint64(plain[16:])
	p.last = binary.BigEndian.Uint64(plain[24:])
	return p, nil
}
