package c2pa

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// Profile says what pictures of a source mean. The zero value maps any that are sound.
type Profile struct {
	Signers map[string]string `yaml:"signers"` // O or CN of the subject, or "sha256:…" of the certificate → organisation
	Prefix  string            `yaml:"prefix"`  // before the identifiers of those that are not listed
	Place   struct {
		Organisation string `yaml:"organisation"`
		System       string `yaml:"system"`
	} `yaml:"place"` // where the pictures are
	Require  string `yaml:"require"` // sound (default), trusted or any
	Exercise bool   `yaml:"exercise"`
}

// What a picture has to be to give an event.
const (
	requireSound   = "sound"
	requireTrusted = "trusted"
	requireAny     = "any"
)

// Options say how pictures are read. Zero values are the defaults.
type Options struct {
	Profile Profile
	Trust   *x509.CertPool // CAs of signers; nil: who signed is not checked
	Now     time.Time      // of certificates; default: now
}

// ParseProfile reads a profile from YAML. Unknown keys are errors.
func ParseProfile(text []byte) (p Profile, err error) {
	bad := func(f string, a ...any) error {
		return &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("profile: "+f, a...)}
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return p, &format.Error{Code: format.ErrBadMapping, Message: "the profile cannot be read", Err: err}
	}
	for from, to := range p.Signers {
		if !event.ValidSlug(to) {
			return p, bad("%.40q stands for %.80q, which is not an identifier", from, to)
		}
	}
	for _, s := range []string{p.Place.Organisation, p.Place.System} {
		if s != "" && !event.ValidSlug(s) {
			return p, bad("place %.40q is not an identifier", s)
		}
	}
	switch p.Require {
	case "", requireSound, requireTrusted, requireAny:
	default:
		return p, bad("require is %s, %s or %s, not %.40q", requireSound, requireTrusted, requireAny, p.Require)
	}
	return p, nil
}

// organisation is who a certificate stands for, "" where that is not said. A certificate of a person names no organisation,
// and a person's name is no identifier.
func (p *Profile) organisation(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	sum := sha256.Sum256(c.Raw)
	names := append([]string{"sha256:" + hex.EncodeToString(sum[:])}, c.Subject.Organization...)
	for _, n := range append(names, c.Subject.CommonName) {
		if o, ok := p.Signers[n]; ok {
			return o
		}
	}
	if len(c.Subject.Organization) == 0 {
		return ""
	}
	return table.Slug(p.Prefix + c.Subject.Organization[0])
}

// lacks says what a manifest is without that the profile requires, "" where it has all.
func (p *Profile) lacks(v *Validation) string {
	switch {
	case p.Require == requireAny:
		return ""
	case !v.Sound():
		return "the manifest is not sound: it does not say what its signer signed, or not of this picture"
	case p.Require == requireTrusted && v.Signer != Valid:
		return "the signer is not trusted"
	}
	return ""
}
