package keys

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature/kms"
)

// SchemeError says that no provider for a key management service is at hand.
type SchemeError struct {
	Scheme    string
	Supported []string // schemes compiled in, sorted
}

func (e *SchemeError) Error() string {
	supported := "none is compiled in"
	if len(e.Supported) > 0 {
		supported = "compiled in: " + strings.Join(e.Supported, ", ")
	}
	return fmt.Sprintf("no provider for keys of %s:// (%s); a plug-in program sigstore-kms-%s in PATH would do", e.Scheme, supported, e.Scheme)
}

// The scheme becomes part of a program's name, so it must not hold a path.
var reference = regexp.MustCompile(`^([a-z][a-z0-9-]{0,31})://.`)

// IsReference reports whether ref names a key in a key management service and not a file.
func IsReference(ref string) bool { return reference.MatchString(ref) }

// Services returns the schemes of the providers compiled in, sorted.
func Services() []string {
	schemes := kms.SupportedProviders()
	for i, s := range schemes {
		schemes[i] = strings.TrimSuffix(s, "://")
	}
	slices.Sort(schemes)
	return schemes
}

func openService(ctx context.Context, ref string) (*Signer, error) {
	s, err := kms.Get(ctx, ref, crypto.SHA256)
	var missing *kms.ProviderNotFoundError
	switch {
	case errors.As(err, &missing):
		return nil, &SchemeError{Scheme: reference.FindStringSubmatch(ref)[1], Supported: Services()}
	case err != nil:
		return nil, fmt.Errorf("key %s: %w", ref, err)
	}
	signer, err := newSigner(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", ref, err)
	}
	// The service hashes with SHA-256, so a key that is verified with another hash would make signatures nobody accepts.
	if h := hashOf(signer.public); h != crypto.SHA256 && h != 0 {
		return nil, fmt.Errorf("key %s: of a service only P-256, RSA and Ed25519 keys can be used, this one wants %v", ref, h)
	}
	return signer, nil
}
