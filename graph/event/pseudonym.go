package event

import (
	"encoding/base64"
	"fmt"
)

// Pseudonym is 16 bytes that stand for an image, person, case, record or entry. Its text form is 22 characters of
// unpadded base64url. The zero value means none.
type Pseudonym [16]byte

// IsZero reports whether p stands for nothing.
func (p Pseudonym) IsZero() bool { return p == Pseudonym{} }

// String returns the text form, or "" for none.
func (p Pseudonym) String() string {
	if p.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(p[:])
}

// MarshalText implements encoding.TextMarshaler.
func (p Pseudonym) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pseudonym) UnmarshalText(b []byte) error {
	q, err := ParsePseudonym(string(b))
	*p = q
	return err
}

// ParsePseudonym reads the text form.
func ParsePseudonym(s string) (p Pseudonym, err error) {
	if len(s) != 22 {
		return p, fmt.Errorf("a pseudonym is 22 characters of base64url, this has %d", len(s))
	}
	if _, err = base64.RawURLEncoding.Strict().Decode(p[:], []byte(s)); err != nil {
		return Pseudonym{}, fmt.Errorf("a pseudonym is base64url: %w", err)
	}
	return p, nil
}
