package graph

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

const (
	foldSize = 4096 // how many entries are folded at a time while an index is rebuilt
	skimSize = 256  // how many single entries are read at a time
	// unsealed is how many full heads may wait for their files meanwhile, so that memory stays small.
	unsealed = 2
)

// openBlocks opens the blocks of the index of a log.
func openBlocks(dir string, l *ledger.Ledger, o Options) (*index.Index, error) {
	return index.Open(dir, index.Options{Size: l.Head().Size, Logger: o.Logger, BlockEntries: o.BlockEntries,
		Root: func(size uint64) ([32]byte, error) { return l.RootAt(size) }})
}

// openIndex opens the index and brings it, the catalog and the submissions up to the log. Of what is in blocks only the
// entries that the latter two are made of are read.
func (g *Graph) openIndex() (err error) {
	if g.head, err = openBlocks(filepath.Join(g.dir, "index"), g.ledger, g.opts); err != nil {
		return err
	}
	return catchUp(g.ledger, g.head, g.skim, g.fold, g.opts.Progress)
}

// skim applies the entries of [from, to), which are in the index, to catalog and submissions: in order, and read on all
// processors, since each may be in a commit of its own.
func (g *Graph) skim(from, to uint64) error {
	f := index.Filter{Kinds: []event.Kind{event.KindAdmit, event.KindDeclare, event.KindCorrect}}
	all := slices.Collect(g.head.Select(f, index.Recorded, to, index.Position(from)))
	sks, errs := make([]*event.Skeleton, skimSize), make([]error, skimSize)
	for some := range slices.Chunk(all, skimSize) {
		var wg sync.WaitGroup
		next := atomic.Int64{}
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(some)); i = next.Add(1) - 1 {
					sks[i], errs[i] = g.leaf(some[i])
				}
			})
		}
		wg.Wait()
		for i, at := range some {
			if errs[i] != nil {
				return errs[i]
			}
			g.note(at, sks[i])
		}
	}
	return nil
}

// leaf reads an entry for the folds, which hold it to its checksum and not to the tree.
func (g *Graph) leaf(i uint64) (*event.Skeleton, error) {
	b, err := g.ledger.Leaf(i)
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", i, err)
	}
	sk, err := event.ParseSkeleton(b)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", i, err)
	}
	return sk, nil
}

// catchUp brings what is computed from a log up to it: stretches that the index holds in blocks are skimmed, the others
// folded.
func catchUp(l *ledger.Ledger, x *index.Index, skim func(from, to uint64) error,
	fold folding, progress func(done, total uint64)) error {
	total := l.Head().Size
	writable := true
	for done := uint64(0); ; {
		if size := x.Size(); skim != nil && size > done {
			if err := skim(done, size); err != nil {
				return err
			}
		}
		from, to := x.Missing()
		to = min(to, total)
		if from >= to {
			return nil
		}
		err := parsed(l, from, to, func(first uint64, sks []*event.Skeleton) error {
			if err := fold(first, sks); err != nil {
				return err
			}
			if progress != nil {
				progress(first+uint64(len(sks)), total)
			}
			// Blocks that cannot be written are no reason not to answer; the index says so in its log.
			writable = writable && x.Settle(unsealed) == nil
			return nil
		})
		if err != nil {
			return err
		}
		done = to
	}
}

// parsed calls f with the skeletons of the entries [from, to), in order, foldSize at a time. Parsing runs on all
// processors.
func parsed(l *ledger.Ledger, from, to uint64, f folding) error {
	type chunk struct {
		first uint64
		sks   []*event.Skeleton
		err   error
	}
	type job struct {
		first  uint64
		leaves [][]byte
		out    chan chunk
	}
	jobs := make(chan job, 4)
	order := make(chan chan chunk, 8)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range jobs {
				c := chunk{first: j.first, sks: make([]*event.Skeleton, len(j.leaves))}
				for i, leaf := range j.leaves {
					if c.sks[i], c.err = event.ParseSkeleton(leaf); c.err != nil {
						c.err = fmt.Errorf("entry %d: %w", j.first+uint64(i), c.err)
						break
					}
				}
				j.out <- c
			}
		})
	}
	var readErr error
	go func() {
		defer close(order)
		defer close(jobs)
		var j job
		send := func() bool {
			if len(j.leaves) == 0 {
				return true
			}
			j.out = make(chan chunk, 1)
			select {
			case order <- j.out:
			case <-ctx.Done():
				return false
			}
			jobs <- j
			return true
		}
		for e, err := range l.Entries(from, to) {
			if err != nil {
				readErr = err
				return
			}
			if len(j.leaves) == 0 {
				j = job{first: e.Index, leaves: make([][]byte, 0, foldSize)}
			}
			j.leaves = append(j.leaves, e.Leaf)
			if len(j.leaves) == foldSize {
				if !send() {
					return
				}
				j = job{}
			}
		}
		send()
	}()
	var err error
	for out := range order {
		c := <-out
		if err != nil {
			continue
		}
		if err = c.err; err == nil {
			err = f(c.first, c.sks)
		}
		if err != nil {
			cancel()
		}
	}
	workers.Wait()
	return errors.Join(readErr, err)
}

// fold applies entries, in order, to everything that is computed from the log.
func (g *Graph) fold(first uint64, sks []*event.Skeleton) error {
	recorded := make([]int64, len(sks))
	for i, sk := range sks {
		at := first + uint64(i)
		g.note(at, sk)
		if sk.Admit != nil {
			recorded[i] = sk.Admit.Recorded.Earliest
		} else if b, ok := g.submissions.covering(at); ok {
			recorded[i] = b.recorded
		}
	}
	return g.head.Apply(first, sks, recorded)
}

// note applies an entry to catalog and submissions.
func (g *Graph) note(at uint64, sk *event.Skeleton) {
	switch sk.Kind {
	case event.KindAdmit:
		g.submissions.apply(at, sk)
	case event.KindDeclare, event.KindCorrect:
		g.catalog.Apply(at, sk)
	}
}
