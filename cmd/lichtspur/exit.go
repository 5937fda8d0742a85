package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// The exit codes. Scripts rely on them: a code is never given another meaning.
const (
	exitOK        = 0
	exitError     = 1
	exitUsage     = 2  // the command line or the configuration is wrong; nothing was done
	exitSignature = 10 // a signature does not verify, or its key is not one that may sign
	exitNotFound  = 11 // what was asked for is not there
	exitProof     = 12 // the log does not match its own hashes, heads or proofs, or a file of it, its keys or its vault is damaged
	exitNoAccess  = 14 // no role, no purpose, or a token that is not accepted
)

// failure is an error with the exit code that it leads to.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage marks err as a mistake in the command line or the configuration.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &failure{exitUsage, err}
}

// errSaid marks a failure whose explanation is already in the output of the command.
var errSaid = errors.New("the command said what failed")

// said returns an error that ends the program with code and prints nothing more.
func said(code int) error { return &failure{code, errSaid} }

// byCode gives the exit code for the stable codes that errors of the graph, of a batch and of a server carry. Codes
// that are not here lead to [exitError].
var byCode = map[string]int{
	string(batch.BadSignature):   exitSignature,
	string(batch.UnknownKey):     exitSignature,
	string(batch.UntrustedChain): exitSignature,
	string(batch.KeyNotYetValid): exitSignature,
	string(batch.KeyExpired):     exitSignature,
	string(batch.KeyRevoked):     exitSignature,

	graph.CodeNotFound:      exitNotFound,
	graph.CodeUnknownSource: exitNotFound,

	graph.CodeSameApprover: exitUsage,
	graph.CodeNamesSubject: exitUsage,

	string(batch.SequenceForked): exitProof,
	string(batch.BadPrevious):    exitProof,
	string(batch.BadCount):       exitProof,
	string(batch.BadRoot):        exitProof,
	string(batch.LeafAltered):    exitProof,
	string(batch.BadLeaf):        exitProof,
	string(batch.BadDisclosure):  exitProof,

	graph.CodeNoRole:    exitNoAccess,
	graph.CodeNoPurpose: exitNoAccess,
	graph.CodeForbidden: exitNoAccess,
	"NO_SOURCE":         exitNoAccess,
	"NO_TOKEN":          exitNoAccess,
	"UNKNOWN_TOKEN":     exitNoAccess,
	"EXPIRED_TOKEN":     exitNoAccess,
	"REVOKED_TOKEN":     exitNoAccess,
	"NOT_LOCAL":         exitNoAccess,
}

// exitCode returns the exit code for err. An explicit [failure] decides before anything that it wraps.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	if code := byCode[codeOf(err)]; code != 0 {
		return code
	}
	switch {
	case errors.Is(err, ledger.ErrDamaged), errors.Is(err, ledger.ErrCheckpoint), errors.Is(err, vault.ErrDamaged):
		return exitProof
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ledger.ErrNotFound), errors.Is(err, ingest.ErrNoItem):
		return exitNotFound
	}
	return exitError
}

// codeOf returns the stable code in the chain of err, or "".
func codeOf(err error) string {
	if c, ok := errors.AsType[interface {
		error
		StableCode() string
	}](err); ok {
		return c.StableCode()
	}
	if code := batch.CodeOf(err); code != "" {
		return string(code)
	}
	return graph.CodeOf(err)
}

// told is the text of err with its stable code, which a refusal of a server has in it and one of a data directory has not.
func told(err error) string {
	text := err.Error()
	if code := codeOf(err); code != "" && !strings.Contains(text, code) {
		return code + ": " + text
	}
	return text
}
