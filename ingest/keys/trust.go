package keys

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// State is what a declared key is at a time.
type State string

// The states.
const (
	Valid       State = "VALID"
	NotYetValid State = "NOT_YET_VALID"
	Expired     State = "EXPIRED"
	Revoked     State = "REVOKED"
)

// Declared is a key as the log declares it, with its state at the time asked for.
type Declared struct {
	ID     string
	Source string
	Use    event.KeyUse
	PEM    string
	State  State
}

// Finder finds the keys that the log declares. Times are recorded times.
type Finder interface {
	// KeyAt returns a key by name.
	KeyAt(id string, at time.Time) (Declared, bool)
	// KeysOf returns all keys of a source, of either use and in any state.
	KeysOf(source string, at time.Time) []Declared
}

// StateError says that a key is declared or certified, but not valid at the time.
type StateError struct {
	ID    string
	State State
	At    time.Time
	What  string // "key", "certificate of key", "CA" or "certificate of CA"
}

func (e *StateError) Error() string {
	when := e.At.UTC().Format(time.RFC3339)
	switch e.State {
	case NotYetValid:
		return fmt.Sprintf("%s %s is not yet valid at %s", e.What, e.ID, when)
	case Expired:
		return fmt.Sprintf("%s %s is no longer valid at %s: it has expired", e.What, e.ID, when)
	default:
		return fmt.Sprintf("%s %s is no longer valid at %s: it was revoked", e.What, e.ID, when)
	}
}

// ErrNoChain says that a certificate does not chain to any CA declared for the source.
var ErrNoChain = errors.New("the certificate does not chain to a CA that is declared for the source")

// Trust returns the public key of a declaration if it is valid at a time: by its declared state, and by the validity
// of the certificate it was declared in, if any. A key that is not comes back too, with a [*StateError]: its
// signature can still be checked, so that only who holds the key is told of its state.
func Trust(d Declared, at time.Time) (*Public, error) {
	p, err := ParsePublic([]byte(d.PEM))
	if err != nil {
		return nil, err
	}
	if d.State != Valid {
		return p, &StateError{ID: d.ID, State: d.State, At: at, What: "key"}
	}
	if p.Certificate != nil {
		if state := stateOf(p.Certificate, at); state != Valid {
			return p, &StateError{ID: d.ID, State: state, At: at, What: "certificate of key"}
		}
	}
	return p, nil
}

// stateOf is a certificate's state by its own dates, both ends included (RFC 5280 section 4.1.2.5).
func stateOf(c *x509.Certificate, at time.Time) State {
	switch {
	case at.Before(c.NotBefore):
		return NotYetValid
	case at.After(c.NotAfter):
		return Expired
	}
	return Valid
}

// Chain returns the public key of a certificate if it chains to one of a source's declared CAs and everything on the
// way is valid at a time. certs is the certificate and then the intermediate ones. Where it fails on dates or on a
// revoked CA the key comes back too, with a [*StateError], as in [Trust]; otherwise the error is [ErrNoChain].
func Chain(certs []*x509.Certificate, declared []Declared, at time.Time) (*Public, error) {
	if len(certs) == 0 {
		return nil, ErrNoChain
	}
	leaf := certs[0]
	p, err := newPublic(leaf.PublicKey, leaf)
	if err != nil {
		return nil, err
	}
	if leaf.IsCA {
		return nil, fmt.Errorf("%w: it is a CA itself", ErrNoChain)
	}
	if leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, fmt.Errorf("%w: it is not for signatures", ErrNoChain)
	}
	intermediates := x509.NewCertPool()
	for _, c := range certs[1:] {
		intermediates.AddCert(c)
	}
	var best error
	for _, d := range declared {
		if d.Use != event.KeyCA {
			continue
		}
		ca, err := ParsePublic([]byte(d.PEM))
		if err != nil || ca.Certificate == nil || !ca.Certificate.IsCA {
			continue // a declaration that no certificate can chain to
		}
		err = chainTo(certs, ca.Certificate, intermediates, d, at)
		if err == nil {
			return p, nil
		}
		var state *StateError
		if best == nil || errors.As(err, &state) {
			best = err
		}
	}
	if best == nil {
		best = fmt.Errorf("%w: none is", ErrNoChain)
	}
	var state *StateError
	if errors.As(best, &state) {
		return p, best
	}
	return nil, best
}

// chainTo verifies a chain to one CA. Where it does not hold at the time, it is asked whether it ever held, so that
// "expired" is said only of a certificate that the CA did issue.
func chainTo(certs []*x509.Certificate, ca *x509.Certificate, intermediates *x509.CertPool, d Declared, at time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	verify := func(t time.Time) error {
		_, err := certs[0].Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: intermediates, CurrentTime: t, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		return err
	}
	err := verify(at)
	if err == nil {
		if d.State != Valid {
			return &StateError{ID: d.ID, State: d.State, At: at, What: "CA"}
		}
		return nil
	}
	path := append([]*x509.Certificate{certs[0], ca}, certs[1:]...)
	once := path[0].NotBefore // the first time at which all of them had begun
	for _, c := range path {
		if c.NotBefore.After(once) {
			once = c.NotBefore
		}
	}
	if verify(once) != nil {
		return fmt.Errorf("%w: %w", ErrNoChain, err)
	}
	for i, c := range path {
		state := stateOf(c, at)
		if state == Valid {
			continue
		}
		id, e := ID(c.PublicKey)
		if e != nil {
			return e
		}
		what := "certificate of CA"
		if i == 0 {
			what = "certificate of key"
		}
		return &StateError{ID: id, State: state, At: at, What: what}
	}
	return fmt.Errorf("%w: %w", ErrNoChain, err)
}
