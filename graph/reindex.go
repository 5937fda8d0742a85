package graph

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// Reindexed is what [Reindex] went through.
type Reindexed struct {
	Entries, Accesses uint64 // of the log and of the access ledger
	Blocks            int    // files made
	Bytes             int64  // of them
}

// Reindex makes the blocks of the indexes of a data directory again, from the logs alone, in the directories index and
// accesses.index below to, which must not hold any. The data directory is not changed and must not be open for writing.
// The files are the same, byte for byte, as those in the data directory, as soon as that has written all of its own; the
// entries behind the last block have none.
func Reindex(ctx context.Context, dir, to string, o Options, progress func(done, total uint64)) (*Reindexed, error) {
	o.fill(dir)
	verifier, err := loadVerifier(o)
	if err != nil {
		return nil, err
	}
	out := &Reindexed{}
	logOptions := ledger.Options{Origin: verifier.Name(), Verifier: verifier, HeadFile: filepath.Join(o.KeysDir, "head"), Logger: o.Logger}
	out.Entries, err = out.again(ctx, filepath.Join(dir, "ledger"), logOptions, filepath.Join(to, "index"), o, progress,
		func(x *index.Index) folding {
			g := &Graph{head: x, catalog: catalog.New(), submissions: newSubmissions()}
			return g.fold
		})
	if err != nil {
		return nil, err
	}
	there, err := accessLedger(dir, o)
	if err != nil || !there {
		return out, err
	}
	accesses, err := accessOptions(o, false)
	if err != nil {
		return nil, err
	}
	out.Accesses, err = out.again(ctx, accessDir(dir), accesses, filepath.Join(to, "accesses.index"), o, progress,
		func(x *index.Index) folding { return (&journal{head: x}).fold })
	if err != nil {
		return nil, fmt.Errorf("access ledger: %w", err)
	}
	return out, nil
}

// folding applies entries, in order, to what is computed from a log.
type folding func(first uint64, sks []*event.Skeleton) error

// again makes the blocks of one log and returns its size.
func (out *Reindexed) again(ctx context.Context, from string, lo ledger.Options, to string, o Options,
	progress func(done, total uint64), begin func(*index.Index) folding) (size uint64, err error) {
	if there, err := os.ReadDir(to); err == nil && len(there) > 0 {
		return 0, fmt.Errorf("%s is not empty: blocks are made in a new place, and compared or moved from there", to)
	}
	l, err := ledger.OpenReadOnly(from, lo)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	x, err := openBlocks(to, l, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	fold := begin(x)
	err = catchUp(l, x, nil, func(first uint64, sks []*event.Skeleton) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return fold(first, sks)
	}, progress)
	if err == nil {
		err = x.Settle(0)
	}
	if err != nil {
		return 0, err
	}
	made, err := os.ReadDir(to)
	if err != nil {
		return 0, err
	}
	for _, f := range made {
		info, err := f.Info()
		if err != nil {
			return 0, err
		}
		out.Blocks++
		out.Bytes += info.Size()
	}
	return x.Size(), nil
}
