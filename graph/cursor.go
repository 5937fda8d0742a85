package graph

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
)

// A cursor is opaque to clients: encrypted and authenticated under a key of the node, so that a page cannot be
// asked for with another filter, by another viewer, or at a position that was never given out.
//
// Plain form: SHA-256 prefix of list, filter, order, viewer, role and organisations (16 bytes), tree size (8), then where the page
// ended: the index of the last entry given out (8), or in a list of the catalog the id of the last one.

type position struct {
	size uint64 // tree size that the pages hold for
	last string // the last one given out, as the list writes it
}

func lastIndex(i uint64) string { return string(binary.BigEndian.AppendUint64(nil, i)) }

// cursors makes and reads the cursors of one list as one viewer asks for it.
type cursors struct {
	box   cipher.AEAD
	scope [16]byte
}

// cursors binds cursors to a list, its filter and order, and the viewer.
func (v *View) cursors(list, filter string) (*cursors, error) {
	box, err := v.g.vault.Box("cursor")
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	parts := append([]string{list, v.viewer.Name, string(v.viewer.Role), v.viewer.Source, filter}, slices.Sorted(slices.Values(v.viewer.Organisations))...)
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return &cursors{box, [16]byte(h.Sum(nil)[:16])}, nil
}

func (c *cursors) write(p position) (string, error) {
	plain := append(make([]byte, 0, 48), c.scope[:]...)
	plain = binary.BigEndian.AppendUint64(plain, p.size)
	plain = append(plain, p.last...)
	nonce := make([]byte, c.box.NonceSize(), c.box.NonceSize()+len(plain)+c.box.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(c.box.Seal(nonce, nonce, plain, nil)), nil
}

var errCursor = &Error{Code: CodeBadCursor, Message: "the cursor is not one that this log gave this viewer for this question; ask for the first page again"}

func (c *cursors) read(s string) (p position, err error) {
	if len(s) > 256 {
		return p, errCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) < c.box.NonceSize() {
		return p, errCursor
	}
	plain, err := c.box.Open(nil, raw[:c.box.NonceSize()], raw[c.box.NonceSize():], nil)
	if err != nil || len(plain) < 24 || [16]byte(plain[:16]) != c.scope {
		return p, errCursor
	}
	return position{binary.BigEndian.Uint64(plain[16:]), string(plain[24:])}, nil
}
