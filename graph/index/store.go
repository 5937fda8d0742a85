package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// BlockEntries is how many entries the smallest blocks cover. Every fanIn of them that begin at a multiple of as many
// entries are merged into one of the next tier, up to tiers: 65,536, 524,288, 4,194,304.
const BlockEntries = 1 << 16

const tiers = 3

// Options configure an index that is kept in files.
type Options struct {
	// Size is how many entries the log has, Root what they are: the root of its first size entries. Blocks are held to
	// it, so that those of another log, or of one that was cut off and went on differently, are not taken for this one's.
	Size uint64
	Root func(size uint64) ([32]byte, error)

	BlockEntries int          // entries of the smallest blocks; zero: [BlockEntries]. Smaller ones are for tests
	Logger       *slog.Logger // nil for none

	unsynced bool // files are not synced, for tests with many of them
}

// store keeps blocks of an index in a directory. Two goroutines work for it, one makes blocks of full heads, the other
// merges blocks. What waits for them are the heads and blocks of the state itself, so nothing waits for them: a head
// that cannot be written, since the disk is full, stays in memory and is tried again when the next one is full.
type store struct {
	x    *Index
	dir  string
	opts Options

	later []*block // valid ones behind a gap, ascending; of the applying goroutine alone

	heads, blocks chan struct{} // capacity 1: there may be something to do
	ctx           context.Context
	stop          context.CancelFunc
	done          sync.WaitGroup

	changed sync.Cond // its lock is that of the state; broadcast when one of the two has come to an end
	failed  error     // why the last attempt failed, nil where it did not; guarded by that lock
}

// Open returns the index of a log whose blocks are kept in dir, which is made where it is not there. Files that are
// damaged, cut off, of another log or of another range than they say are removed, since what is in them is in the log,
// too. What the index does not hold is then applied by the caller, see [Index.Missing].
func Open(dir string, o Options) (*Index, error) {
	if o.BlockEntries == 0 {
		o.BlockEntries = BlockEntries
	}
	if o.BlockEntries < 64 || o.BlockEntries > BlockEntries || o.BlockEntries&(o.BlockEntries-1) != 0 {
		return nil, fmt.Errorf("blocks of %d entries: a power of two from 64 to %d is needed", o.BlockEntries, BlockEntries)
	}
	if o.Root == nil {
		return nil, errors.New("the log's roots are needed to hold blocks to them")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of the index: %w", err)
	}
	s := &store{dir: dir, opts: o, heads: make(chan struct{}, 1), blocks: make(chan struct{}, 1)}
	found, err := s.files()
	if err != nil {
		return nil, err
	}
	x := newIndex(uint32(o.BlockEntries))
	x.store, s.x = s, x
	s.changed.L = &x.mu
	s.later = found
	x.adopt()
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.done.Go(func() { s.work(s.heads, s.sealNext) })
	s.done.Go(func() { s.work(s.blocks, s.mergeNext) })
	s.wake(s.blocks)
	return x, nil
}

// files opens the blocks of the directory and returns those that are valid and not within a larger one, in order.
func (s *store) files() ([]*block, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("read directory of the index: %w", err)
	}
	type file struct {
		name       string
		begin, end uint64
	}
	var all []file
	for _, e := range entries {
		if begin, end, ok := parseFileName(e.Name()); ok {
			all = append(all, file{e.Name(), begin, end})
		} else if temporary(e.Name()) {
			if err := os.Remove(filepath.Join(s.dir, e.Name())); err != nil {
				return nil, err
			}
		}
	}
	// The larger of two that begin together is first.
	slices.SortFunc(all, func(a, b file) int {
		if a.begin != b.begin {
			return compare(a.begin, b.begin)
		}
		return compare(b.end, a.end)
	})
	var found []*block
	covered := uint64(0)
	for _, f := range all {
		path := filepath.Join(s.dir, f.name)
		if f.begin < covered {
			if err := os.Remove(path); err != nil { // merged, and the process died before this
				return nil, err
			}
			continue
		}
		b, err := s.open(path, f.begin, f.end)
		if errors.Is(err, errBlock) {
			s.opts.Logger.Warn("a block of the index is not usable and is made again from the log", "file", path, "why", err)
			if err := os.Remove(path); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		found, covered = append(found, b), f.end
	}
	return found, nil
}

func compare(a, b uint64) int {
	if a < b {
		return -1
	}
	return 1
}

// open maps a block and holds it to its checksums, its name, the tiers and the log. An error of it is errBlock unless
// the file or the log cannot be read.
func (s *store) open(path string, begin, end uint64) (*block, error) {
	if s.tierOf(end-begin) < 0 || begin%(end-begin) != 0 {
		return nil, fmt.Errorf("%w: %d to %d is no range of a block", errBlock, begin, end)
	}
	if end > s.opts.Size {
		return nil, fmt.Errorf("%w: it ends at entry %d; the log has %d", errBlock, end, s.opts.Size)
	}
	root, err := s.opts.Root(end)
	if err != nil {
		return nil, fmt.Errorf("the log's root at %d: %w", end, err)
	}
	return openBlock(path, begin, end, root)
}

// tierOf returns the tier of blocks of so many entries, -1 where there is none.
func (s *store) tierOf(n uint64) int {
	for t, of := 0, uint64(s.opts.BlockEntries); t < tiers; t, of = t+1, of*fanIn {
		if n == of {
			return t
		}
	}
	return -1
}

// Missing returns what is to be applied next, [from, to): behind to a kept block goes on, if there is one. Once the
// entries up to it are applied the index holds what is in that block, too.
func (x *Index) Missing() (from, to uint64) {
	from, to = x.size.Load(), MaxEntries
	if x.store != nil && len(x.store.later) > 0 {
		to = x.store.later[0].header.begin
	}
	return from, to
}

// adopt takes in the valid blocks that go on where the index ends.
func (x *Index) adopt() {
	s := x.store
	if len(s.later) == 0 {
		return
	}
	size := x.size.Load()
	var parts []part
	for len(s.later) > 0 && s.later[0].header.begin <= size {
		b := s.later[0]
		s.later = s.later[1:]
		if b.header.begin < size || x.head.rows.n > 0 || !x.learn(b) {
			// It was applied in the meantime, or names were given otherwise than when it was made.
			s.opts.Logger.Warn("a block of the index is not usable and is made again from the log", "file", b.file)
			s.remove(b)
			continue
		}
		parts = append(parts, b)
		size += uint64(b.header.rows)
	}
	if len(parts) == 0 {
		return
	}
	x.head = newHead(x, uint32(size))
	x.mu.Lock()
	old := x.state.Load().parts
	x.state.Store(&state{slices.Concat(old[:len(old)-1], parts, []part{x.head})})
	x.mu.Unlock()
	x.size.Store(size)
	s.wake(s.blocks)
}

// learn gives the names that a block first used their numbers. It changes nothing and reports false where they would
// get others.
func (x *Index) learn(b *block) bool {
	if b.firstName != x.names.count() {
		return false
	}
	for i := range b.names {
		if _, known := x.names.find(b.name(i)); known || len(b.name(i)) == 0 || len(b.name(i)) >= textSlab {
			return false
		}
	}
	for i := range b.names {
		x.names.add(b.name(i))
	}
	return true
}

func (s *store) remove(b *block) {
	if err := os.Remove(b.file); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.opts.Logger.Warn("a block of the index cannot be removed", "err", err)
	}
}

// Settle waits until at most so many full heads wait to be written, or, where that is zero, until all blocks that can be
// written and merged are. It returns why that did not go on.
func (x *Index) Settle(waiting int) error {
	s := x.store
	if s == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	s.failed = nil // it is tried again
	s.wake(s.heads)
	s.wake(s.blocks)
	for s.failed == nil && s.ctx.Err() == nil {
		parts := x.state.Load().parts
		n := 0
		for _, p := range parts[:len(parts)-1] {
			if _, ok := p.(*head); ok {
				n++
			}
		}
		if n <= waiting && (waiting > 0 || s.mergeable(parts) == nil) {
			return nil
		}
		s.changed.Wait()
	}
	if s.failed != nil {
		return s.failed
	}
	return context.Canceled
}

// Close ends the work on files; what is not written yet is written after the next start. Readers may go on.
func (x *Index) Close() error {
	s := x.store
	if s == nil {
		return nil
	}
	s.stop()
	s.done.Wait()
	x.mu.Lock()
	s.changed.Broadcast()
	x.mu.Unlock()
	return nil
}

func (s *store) wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// work does one sort of work until there is none, and again when it is woken.
func (s *store) work(wake chan struct{}, next func() (bool, error)) {
	for {
		select {
		case <-wake:
		case <-s.ctx.Done():
			return
		}
		for {
			did, err := next()
			if s.ctx.Err() != nil {
				return
			}
			if did || err != nil {
				s.x.mu.Lock()
				s.failed = err
				s.changed.Broadcast()
				s.x.mu.Unlock()
			}
			if err != nil {
				s.opts.Logger.Error("a block of the index cannot be written; its entries stay in memory", "err", err)
			}
			if !did || err != nil {
				break
			}
		}
	}
}

// sealNext makes a block of the first full head.
func (s *store) sealNext() (bool, error) {
	parts := s.x.state.Load().parts
	for _, p := range parts[:len(parts)-1] {
		if h, ok := p.(*head); ok {
			err := s.make([]part{h}, []input{sortHead(h)})
			s.wake(s.blocks)
			return true, err
		}
	}
	return false, nil
}

// mergeNext merges the first blocks that can be.
func (s *store) mergeNext() (bool, error) {
	parts := s.mergeable(s.x.state.Load().parts)
	if parts == nil {
		return false, nil
	}
	in := make([]input, len(parts))
	for i, p := range parts {
		in[i] = p.(*block)
	}
	return true, s.make(parts, in)
}

// mergeable returns the first fanIn parts that are blocks of one tier and make up one of the next, nil if there are none.
func (s *store) mergeable(parts []part) []part {
	run, of := 0, uint32(0)
	for i, p := range parts {
		b, ok := p.(*block)
		switch {
		case !ok || s.tierOf(uint64(b.rows())) == tiers-1:
			run = 0
			continue
		case run == 0 || b.rows() != of || run == fanIn:
			run, of = 0, b.rows()
			if b.begin()%(of*fanIn) != 0 {
				continue
			}
		}
		if run++; run == fanIn {
			return parts[i+1-fanIn : i+1 : i+1]
		}
	}
	return nil
}

// make writes a block of some parts, puts it into their place and removes their files.
func (s *store) make(parts []part, in []input) error {
	last := in[len(in)-1]
	begin, end := uint64(in[0].begin()), uint64(last.begin())+uint64(last.rows())
	root, err := s.opts.Root(end)
	if err != nil {
		return fmt.Errorf("the log's root at %d: %w", end, err)
	}
	made, err := build(s.ctx, s.dir, root, in, !s.opts.unsynced)
	if err != nil {
		return fmt.Errorf("make block %d to %d: %w", begin, end, err)
	}
	path := filepath.Join(s.dir, fileName(begin, end))
	if err := publish(made, path, !s.opts.unsynced); err != nil {
		return errors.Join(fmt.Errorf("make block %d to %d: %w", begin, end, err), os.Remove(made))
	}
	b, err := openBlock(path, begin, end, root)
	if err != nil {
		return fmt.Errorf("block just made: %w", err)
	}
	for _, p := range parts {
		if old, ok := p.(*block); ok {
			s.remove(old) // readers have it mapped
		}
	}
	x := s.x
	x.mu.Lock()
	defer x.mu.Unlock()
	all := x.state.Load().parts
	at := slices.Index(all, parts[0])
	x.state.Store(&state{slices.Concat(all[:at], []part{b}, all[at+len(parts):])})
	return nil
}
