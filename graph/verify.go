package graph

import (
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
	var from *ledger.Head
	if kept != nil {
		head, err := ledger.ParseCheckpoint(kept, verifier.Name(), verifier)
		if err != nil {
			return nil, err
		}
		from = &head
	}
	lo := ledger.Options{Origin: verifier.Name(), Verifier: verifier, HeadFile: filepath.Join(o.KeysDir, "head"), Logger: o.Logger}
	return ledger.Verify(filepath.Join(dir, "ledger"), lo, from, progress)
}
