package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Prefix begins every token, so that scanners for leaked secrets can find them.
const Prefix = "lsp_"

// secretBytes is how many random bytes a token has.
const secretBytes = 32

// MaxLifetime is the longest time that a token may be made for.
const MaxLifetime = 5 * 366 * 24 * time.Hour

// The ways in which a token is not accepted. [ErrUnknown] is also the answer to what is not a token at all.
var (
	ErrUnknown = errors.New("the token is not known here")
	ErrExpired = errors.New("the token has expired")
	ErrRevoked = errors.New("the token was revoked")
)

// ErrNoToken says that there is no token of the given id.
var ErrNoToken = errors.New("no token of that id")

// Reporter is the role that reads the receipts and the quarantine of one source and nothing else. A token of a source
// may do that too.
const Reporter = "reporter"

// DPO is the role that reads what some organisations took part in.
const DPO = "dpo"

// Scope is what a token speaks for: a source, or a viewer with a role. Exactly one of the two is filled.
type Scope struct {
	Source        string   `json:"source,omitzero"`        // slug of the source that hands in events
	Viewer        string   `json:"viewer,omitzero"`        // slug of the reader
	Role          string   `json:"role,omitzero"`          // of a viewer: "oversight", "dpo", "reporter", "operator"
	ReportsOn     string   `json:"reportsOn,omitzero"`     // of a viewer that is a reporter: the source whose receipts it reads
	Organisations []string `json:"organisations,omitzero"` // of a viewer: the organisations it belongs to
}

// Token is what is kept of a token. It does not contain the secret.
type Token struct {
	ID      string    `json:"id"`               // first 12 hex digits of Hash: safe to show and to log
	Hash    string    `json:"sha256"`           // SHA-256 of the whole token, 64 hex digits
	Name    string    `json:"name,omitzero"`    // the operator's own label
	Scope   Scope     `json:"scope"`            //
	Created time.Time `json:"created"`          //
	Expires time.Time `json:"expires"`          // first moment at which it is refused
	Revoked time.Time `json:"revoked,omitzero"` // zero: not revoked
}

// State is the condition of a token.
type State string

// The conditions of a token.
const (
	StateValid   State = "VALID"
	StateExpired State = "EXPIRED"
	StateRevoked State = "REVOKED"
)

// State returns the condition of t at the time now.
func (t Token) State(now time.Time) State {
	switch {
	case !t.Revoked.IsZero():
		return StateRevoked
	case !now.Before(t.Expires):
		return StateExpired
	}
	return StateValid
}

// Grant is what an accepted request may do.
type Grant struct {
	Token string // id of the token; "" where no token was needed ([Door.Open])
	Scope
}

var slug = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$`)

// Check reports what is wrong with s as the scope of a token.
func (s Scope) Check() error {
	if (s.Source == "") == (s.Viewer == "") {
		return errors.New("a token speaks for a source or for a viewer, one of the two")
	}
	if s.Source != "" && (s.Role != "" || s.ReportsOn != "" || len(s.Organisations) > 0) {
		return errors.New("a token of a source has no role and no organisations: it hands in, and reads nothing but its own receipts")
	}
	if s.Viewer != "" && s.Role == "" {
		return errors.New("a token of a viewer needs a role")
	}
	if s.Role == DPO && len(s.Organisations) == 0 {
		return errors.New("a token of a dpo says to which organisations it belongs")
	}
	if (s.Role == Reporter) != (s.ReportsOn != "") {
		return errors.New("a token of a reporter, and no other, says on which source it reports")
	}
	for _, v := range append([]string{s.Source, s.Viewer, s.Role, s.ReportsOn}, s.Organisations...) {
		if v != "" && !slug.MatchString(v) {
			return fmt.Errorf("%q is not a slug: small letters, digits, dots and hyphens, at most 64", v)
		}
	}
	return nil
}

// mint makes a token: the secret to hand out and what is kept of it.
func mint(random io.Reader) (secret string, t Token, err error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", Token{}, fmt.Errorf("random bytes for a token: %w", err)
	}
	secret = Prefix + base64.RawURLEncoding.EncodeToString(raw)
	hash := digest(secret)
	return secret, Token{ID: hash[:12], Hash: hash}, nil
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// wellFormed reports whether secret has the shape of a token.
func wellFormed(secret string) bool {
	rest, ok := strings.CutPrefix(secret, Prefix)
	if !ok || len(rest) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	return err == nil
}
