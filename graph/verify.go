package graph

import (
	"bytes"
	"errors"
	"path/filepath"

	"github.com/lichtspur/lichtspur/graph/ledger"
)

// Verify checks the log in a data directory from the bytes of the leaves up, without changing anything; see
// [ledger.Verify]. kept is a checkpoint that the caller vouches for, which the log is held to, or nil. A kept checkpoint
// that is not one of this log is an error that is [ledger.ErrCheckpoint].
func Verify(dir string, o Options, kept []byte, progress func(done, total uint64)) (*ledger.Report, error) {
	o.fill(dir)
	verifier, err := loadVerifier(o)
	if err != nil {
		return nil, err
	}
	lo := ledger.Options{Origin: verifier.Name(), Verifier: verifier, HeadFile: filepath.Join(o.KeysDir, "head"), Logger: o.Logger}
	return verify(filepath.Join(dir, "ledger"), lo, kept, progress)
}

// VerifyAccesses is Verify for the access ledger. The report is nil where there is none: the directory is older and was
// not opened since.
func VerifyAccesses(dir string, o Options, kept []byte, progress func(done, total uint64)) (*ledger.Report, error) {
	o.fill(dir)
	there, err := accessLedger(dir, o)
	if gone, ok := errors.AsType[*ledger.Damage](err); ok {
		return &ledger.Report{Findings: []*ledger.Damage{gone}}, nil
	}
	if err != nil || !there {
		return nil, err
	}
	lo, err := accessOptions(o, false)
	if err != nil {
		return nil, err
	}
	return verify(accessDir(dir), lo, kept, progress)
}

func verify(dir string, lo ledger.Options, kept []byte, progress func(done, total uint64)) (*ledger.Report, error) {
	if kept == nil {
		return ledger.Verify(dir, lo, nil, progress)
	}
	head, err := ledger.ParseCheckpoint(kept, lo.Origin, lo.Verifier)
	if err != nil {
		return nil, err
	}
	return ledger.Verify(dir, lo, &head, progress)
}

// OfAccesses reports whether a checkpoint says that it is one of an access ledger, by its origin.
func OfAccesses(checkpoint []byte) bool {
	origin, _, _ := bytes.Cut(checkpoint, []byte("\n"))
	return bytes.HasSuffix(origin, []byte(accessSuffix))
}
