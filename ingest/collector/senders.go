package collector

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/syslog"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// Senders are those who may speak.
type Senders struct {
	list []*sender
	from map[string]*sender
}

// sender is one of them.
type sender struct {
	Name    string            `yaml:"name"`
	Source  string            `yaml:"source"`
	From    []string          `yaml:"from"`
	Mapping string            `yaml:"mapping"`
	Set     map[string]string `yaml:"set"`
	Others  string            `yaml:"others"`

	maker *syslog.Maker
}

// Those who come without a certificate.
const (
	fromTCP = "tcp"
	fromTLS = "tls"
)

// ParseSenders reads a file of senders. Mappings that are files are looked for from dir on.
func ParseSenders(text []byte, dir string) (*Senders, error) {
	var file struct {
		Senders []*sender `yaml:"senders"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("senders: %w", err)
	}
	if len(file.Senders) == 0 {
		return nil, errors.New("senders: there are none")
	}
	out := &Senders{list: file.Senders, from: map[string]*sender{}}
	names := map[string]bool{}
	for _, s := range file.Senders {
		if s == nil || !event.ValidSlug(s.Name) || names[s.Name] {
			return nil, errors.New("senders: each has a name of its own, an identifier (a-z, 0-9, '.', '-')")
		}
		names[s.Name] = true
		if !event.ValidSlug(s.Source) {
			return nil, fmt.Errorf("sender %s: source %.40q is not an identifier", s.Name, s.Source)
		}
		if len(s.From) == 0 {
			return nil, fmt.Errorf("sender %s: from says who it is: certificates, %s or %s", s.Name, fromTLS, fromTCP)
		}
		for _, f := range s.From {
			f, err := identity(f)
			if err != nil {
				return nil, fmt.Errorf("sender %s: %w", s.Name, err)
			}
			if other := out.from[f]; other != nil {
				return nil, fmt.Errorf("senders %s and %s are both from %.80q", other.Name, s.Name, f)
			}
			out.from[f] = s
		}
		if err := s.prepare(dir); err != nil {
			return nil, fmt.Errorf("sender %s: %w", s.Name, err)
		}
	}
	return out, nil
}

// identity is how one of from is looked up.
func identity(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if digest, ok := strings.CutPrefix(s, "sha256:"); ok {
		s = "sha256:" + strings.ReplaceAll(digest, ":", "") // fingerprints are written with colons, too
		if !event.ValidDigest(s) {
			return "", errors.New(`a fingerprint is "sha256:" and 64 hex digits`)
		}
	}
	if s == "" {
		return "", errors.New("from names nobody")
	}
	return s, nil
}

func (s *sender) prepare(dir string) error {
	var m *table.Mapping
	if s.Mapping != "" {
		name := s.Mapping
		if !slices.Contains(table.Shipped(), name) && !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		var err error
		if m, err = table.Load(name); err != nil {
			return err
		}
		if m, err = m.With(s.Set); err != nil {
			return err
		}
	}
	var err error
	if s.maker, err = syslog.NewMaker(m); err != nil {
		return err
	}
	switch s.Others {
	case "", "quarantine":
	case "ignore":
		s.maker.IgnoreOthers = true
	default:
		return fmt.Errorf("others is quarantine or ignore, not %.40q", s.Others)
	}
	return nil
}

// From reports whether any sender comes that way: "tcp", or, for anything else, over TLS.
func (s *Senders) From(way string) bool {
	for f := range s.from {
		if (f == fromTCP) == (way == fromTCP) {
			return true
		}
	}
	return false
}

// named returns the sender of that name and source, nil where there is none any more.
func (s *Senders) named(name, source string) *sender {
	for _, x := range s.list {
		if x.Name == name && x.Source == source {
			return x
		}
	}
	return nil
}

// TLS is the configuration to listen with: clients that no sender is for are refused. clients are the CAs of clients'
// certificates; nil: certificates count by their fingerprints alone.
func (s *Senders) TLS(certificate tls.Certificate, clients *x509.CertPool) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		// Whether a certificate counts is found below: one that is listed by its fingerprint needs no CA.
		ClientAuth: tls.RequestClientCert, ClientCAs: clients,
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := s.over(state, clients)
			return err
		},
	}
}

// errNobody says that no sender is for a connection.
var errNobody = errors.New("no sender is for this connection")

// over returns the sender of a connection over TLS.
func (s *Senders) over(state tls.ConnectionState, clients *x509.CertPool) (*sender, error) {
	if len(state.PeerCertificates) == 0 {
		if x := s.from[fromTLS]; x != nil {
			return x, nil
		}
		return nil, errNobody
	}
	leaf := state.PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	if x := s.from["sha256:"+hex.EncodeToString(sum[:])]; x != nil {
		return x, nil
	}
	if clients == nil {
		return nil, errNobody
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: clients, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		return nil, errNobody
	}
	names := slices.Clone(leaf.DNSNames)
	for _, u := range leaf.URIs {
		names = append(names, u.String())
	}
	if len(names) == 0 {
		names = append(names, leaf.Subject.CommonName)
	}
	for _, n := range names {
		n = strings.ToLower(n)
		if x := s.from[n]; x != nil && n != fromTCP && n != fromTLS && !strings.HasPrefix(n, "sha256:") {
			return x, nil
		}
	}
	return nil, errNobody
}
