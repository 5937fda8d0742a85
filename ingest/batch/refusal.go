package batch

import (
	"errors"
	"fmt"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Code says why a submission is refused. Codes are stable.
type Code string

// The codes.
const (
	// Form.
	Malformed        Code = "MALFORMED"             // a line is not what the format says
	TooLarge         Code = "BATCH_TOO_LARGE"       // a limit is exceeded; the message has both numbers
	Unsupported      Code = "UNSUPPORTED_STATEMENT" // payload type or predicate type is not known, or not taken here
	BadStatement     Code = "BAD_STATEMENT"         // the statement contradicts itself or lacks something
	WrongSource      Code = "WRONG_SOURCE"          // handed in by, or naming, another source
	BadSignature     Code = "BAD_SIGNATURE"         // the signature does not hold
	UnknownKey       Code = "UNKNOWN_KEY"           // the key is not declared for the source
	UntrustedChain   Code = "UNTRUSTED_CHAIN"       // the certificate does not chain to a declared CA
	KeyNotYetValid   Code = "KEY_NOT_YET_VALID"     // at the recorded time
	KeyExpired       Code = "KEY_EXPIRED"           // at the recorded time
	KeyRevoked       Code = "KEY_REVOKED"           // at the recorded time
	SequenceSkipped  Code = "SEQUENCE_SKIPPED"      // the batch before is not recorded
	SequenceForked   Code = "SEQUENCE_FORKED"       // the number is recorded with another statement
	BadPrevious      Code = "BAD_PREVIOUS"          // the batch does not follow from the one before
	BadCount         Code = "BAD_COUNT"             // more or fewer leaves than signed
	BadRoot          Code = "BAD_ROOT"              // the leaves' hashes do not give the signed root
	LeafAltered      Code = "LEAF_ALTERED"          // the hashes give the signed root, but this leaf is another
	BadLeaf          Code = "BAD_LEAF"              // not a skeleton in canonical form, or of a kind only the log writes
	BadDisclosure    Code = "BAD_DISCLOSURE"        // the personal values are not those that the leaf has digests of
	InvalidEvent     Code = "INVALID_EVENT"         // the opened event has faults, listed
	DuplicateEvents  Code = "DUPLICATE_EVENTS"      // an entry occurs twice in the batch
	SubjectsMismatch Code = "SUBJECTS_MISMATCH"     // of a signed plain event: subjects are not its images
)

// Codes returns all codes, in the order in which they are looked for.
func Codes() []Code {
	return []Code{
		Malformed, TooLarge, Unsupported, BadStatement, WrongSource, BadSignature, UnknownKey, UntrustedChain,
		KeyNotYetValid, KeyExpired, KeyRevoked, SequenceSkipped, SequenceForked, BadPrevious, BadCount, BadRoot,
		LeafAltered, BadLeaf, BadDisclosure, InvalidEvent, DuplicateEvents, SubjectsMismatch,
	}
}

// Error is a refusal. A batch is refused as a whole.
type Error struct {
	Code    Code
	Message string
	Line    int          // line of the submission, from 1; 0 where it is about no line
	Leaf    *int         // which leaf of the batch, from 0; nil where it is about no leaf
	Faults  event.Faults // of InvalidEvent and BadDisclosure
	More    []*Error     // further leaves that are refused, in order, at most 99
	Err     error        // cause, or nil
}

func (e *Error) Error() string {
	s := e.Message
	if e.Leaf != nil {
		s = fmt.Sprintf("leaf %d: %s", *e.Leaf, s)
	} else if e.Line > 0 {
		s = fmt.Sprintf("line %d: %s", e.Line, s)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if n := len(e.More); n > 0 {
		s += fmt.Sprintf(" (and %d more leaves)", n)
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [Error] in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// because adds a cause.
func (e *Error) because(err error) *Error { e.Err = err; return e }

// Limits bounds a submission. Zero fields stand for those of [DefaultLimits].
type Limits struct {
	Leaves   int   // in a batch
	Bytes    int64 // of a whole submission, uncompressed
	Line     int   // bytes of one leaf with its disclosures
	Envelope int   // bytes of the envelope's line, certificates included
}

// DefaultLimits leaves room in a commit of the ledger (24 MiB), which a batch must fit into with its personal values
// encrypted. A search with ten personal values takes 2 kB.
var DefaultLimits = Limits{Leaves: 4096, Bytes: 16 << 20, Line: 1 << 20, Envelope: 256 << 10}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	if l.Leaves > 0 {
		d.Leaves = l.Leaves
	}
	if l.Bytes > 0 {
		d.Bytes = l.Bytes
	}
	if l.Line > 0 {
		d.Line = l.Line
	}
	if l.Envelope > 0 {
		d.Envelope = l.Envelope
	}
	return d
}
