package graph

import "errors"

// Error is an error that a client can act on: Code is stable, Message says what to do.
type Error struct {
	Code    string
	Message string
	Err     error // cause, or nil
}

// The codes of [Error].
const (
	CodeNoRole         = "NO_ROLE"
	CodeNoPurpose      = "NO_PURPOSE"
	CodeForbidden      = "FORBIDDEN"
	CodeNotFound       = "NOT_FOUND"
	CodeBadCursor      = "BAD_CURSOR"
	CodeBadArgument    = "BAD_ARGUMENT"
	CodeTooMany        = "TOO_MANY_SUBJECTS"
	CodeTooCostly      = "TOO_COSTLY"
	CodeQueueFull      = "QUEUE_FULL"
	CodeUnknownSource  = "UNKNOWN_SOURCE"
	CodeSourceEnded    = "SOURCE_ENDED"
	CodeDuplicate      = "DUPLICATE_EVENTS"
	CodeForked         = "SEQUENCE_FORKED"
	CodeSkipped        = "SEQUENCE_SKIPPED"
	CodeBadPrevious    = "BAD_PREVIOUS"
	CodeTooLarge       = "BATCH_TOO_LARGE"
	CodeRefusedContent = "EVENTS_REFUSED"
	CodeSameApprover   = "SAME_APPROVER"
	CodeNamesSubject   = "NAMES_SUBJECT"
)

// Codes of the faults that the graph itself finds in an event; those of its shape are in package event.
const (
	FaultIDReused         = "ID_REUSED"
	FaultUndeclaredSystem = "UNDECLARED_SYSTEM"
	FaultUndeclaredOrg    = "UNDECLARED_ORGANISATION"
	FaultUndeclaredSource = "UNDECLARED_SOURCE"
	FaultKeyTaken         = "KEY_OF_ANOTHER_SOURCE"
	FaultNotItsWord       = "CLAIM_OF_ANOTHER"
	FaultNotAllowed       = "DECLARATION_NOT_ALLOWED"
)

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [Error] in err's chain, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
