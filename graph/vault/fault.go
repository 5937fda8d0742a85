package vault

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
)

// What can be wrong, for errors.Is.
var (
	ErrNoRoot      = errors.New("no root key")
	ErrRootMode    = errors.New("root key file is open to others")
	ErrRootKey     = errors.New("wrong root key")
	ErrRootBound   = errors.New("root key belongs to another vault")
	ErrNotVault    = errors.New("not a vault")
	ErrExists      = errors.New("vault exists already")
	ErrLocked      = errors.New("vault is open in another process")
	ErrDamaged     = errors.New("vault is damaged")
	ErrUncertain   = errors.New("vault has to be opened again")
	ErrSealedValue = errors.New("sealed values are damaged")

	ErrPseudonymRedacted = errors.New("pseudonym is redacted")
	ErrPseudonymReused   = errors.New("pseudonym stood for something else before")
)

// The codes of a [PseudonymError].
const (
	CodePseudonymRedacted = "PSEUDONYM_REDACTED" // is ErrPseudonymRedacted
	CodePseudonymReused   = "PSEUDONYM_REUSED"   // is ErrPseudonymReused
)

// PseudonymError refuses a pseudonym.
type PseudonymError struct {
	Code string
	event.Denotation
}

func (e *PseudonymError) Error() string {
	why := "its keys were destroyed by a redaction; the sealer has to give the subject a new pseudonym"
	if e.Code == CodePseudonymReused {
		why = "it stands for another identifier already; the sealer has to give each subject a pseudonym of its own"
	}
	return fmt.Sprintf("%s: pseudonym %s of sealer %s: %s", e.Code, e.Pseudonym, e.Sealer, why)
}

// Is makes errors.Is work with the sentinel of the code.
func (e *PseudonymError) Is(target error) bool {
	return target == ErrPseudonymRedacted && e.Code == CodePseudonymRedacted ||
		target == ErrPseudonymReused && e.Code == CodePseudonymReused
}

// ValueError says which values of an entry do not decrypt although their keys are there. It is ErrSealedValue.
type ValueError struct {
	Sealer string
	Entry  event.Pseudonym
	Names  []string // JSON pointers; empty if not even the names can be read
	Reason string
}

func (e *ValueError) Error() string {
	if len(e.Names) == 0 {
		return fmt.Sprintf("sealed values of entry %s: %s", e.Entry, e.Reason)
	}
	return fmt.Sprintf("sealed value %s of entry %s: %s", strings.Join(e.Names, ", "), e.Entry, e.Reason)
}

// Is makes errors.Is work with ErrSealedValue.
func (e *ValueError) Is(target error) bool { return target == ErrSealedValue }
