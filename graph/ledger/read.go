package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"sort"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// state is what readers see. It is replaced as a whole after each commit.
type state struct {
	chain chain
	head  Head
}

// reader answers questions from the store. Everything it returns is checked against the tree or a checksum first, so a
// damaged byte is an error and not an answer.
type reader struct {
	store    *store
	origin   string
	verifier note.Verifier
	state    atomic.Pointer[state]
	tiles    cache[tileKey]
	values   values
}

// found is d, unless it was found only because the ledger was closed in the meantime.
func found(d *Damage) error {
	if errors.Is(d.Err, ErrClosed) {
		return ErrClosed
	}
	return d
}

// IndexedEntry is an entry with its place in the log.
type IndexedEntry struct {
	Index        uint64
	Leaf, Sealed []byte
}

// Head returns the newest head.
func (r *reader) Head() Head { return r.state.Load().head }

// HeadAt returns the kept head of exactly that size, or ErrNotFound.
func (r *reader) HeadAt(size uint64) (Head, error) {
	key, ok := r.state.Load().chain.keyOfSize(size)
	if !ok {
		return Head{}, fmt.Errorf("%w: a head of size %d", ErrNotFound, size)
	}
	return r.readHead(key)
}

// HeadCovering returns the first kept head of at least that size: the one whose checkpoint came with the receipts of the
// entries below it. ErrNotFound for a size that the log has not reached.
func (r *reader) HeadCovering(size uint64) (Head, error) {
	c := r.state.Load().chain
	switch {
	case size > c.size:
		return Head{}, fmt.Errorf("%w: a head of size %d or more", ErrNotFound, size)
	case size == 0:
		return r.HeadAt(0)
	}
	k := c.find(size - 1)
	return r.readHead(headKey(c.first(k), c.end(k)))
}

func (r *reader) readHead(key []byte) (h Head, err error) {
	wantFirst, _, wantSize, err := parseKey(key)
	if err != nil {
		return Head{}, err
	}
	err = r.store.view(key, func(v []byte) error {
		var first uint64
		if first, h, err = parseHead(v); err != nil {
			return err
		}
		if first != wantFirst || h.Size != wantSize {
			return fmt.Errorf("%w: it is of another commit", errValue)
		}
		return nil
	})
	if err != nil {
		return Head{}, found(&Damage{What: DamagedHead, From: wantFirst, To: wantSize, Err: err})
	}
	return h, nil
}

// HeadBefore returns the last kept head all of whose entries were recorded at t or earlier. There is always one: the head of
// the empty tree.
func (r *reader) HeadBefore(t time.Time) (Head, error) {
	c := r.state.Load().chain
	var failed error
	// Recorded never decreases from head to head.
	k := sort.Search(len(c.firsts), func(k int) bool {
		if failed != nil {
			return true
		}
		h, err := r.readHead(headKey(c.first(k), c.end(k)))
		if err != nil {
			failed = err
		}
		return h.Recorded.After(t)
	})
	if failed != nil {
		return Head{}, failed
	}
	if k == 0 {
		return r.HeadAt(0)
	}
	return r.readHead(headKey(c.first(k-1), c.end(k-1)))
}

// Heads yields all kept heads up to the newest at the time of the call, the empty tree's first. It ends after an error.
func (r *reader) Heads() iter.Seq2[Head, error] {
	c := r.state.Load().chain
	return func(yield func(Head, error) bool) {
		h, err := r.HeadAt(0)
		if !yield(h, err) || err != nil {
			return
		}
		for k := range c.firsts {
			h, err := r.readHead(headKey(c.first(k), c.end(k)))
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
}

// Entry returns entry i, without a recorded time, or ErrNotFound. The slices are the caller's.
func (r *reader) Entry(i uint64) (Entry, error) {
	c := r.state.Load().chain
	if i >= c.size {
		return Entry{}, fmt.Errorf("%w: entry %d of %d", ErrNotFound, i, c.size)
	}
	k := c.find(i)
	first, end := c.first(k), c.end(k)
	var e Entry
	err := r.row(first, end, kindLeaves, i, func(b []byte) { e.Leaf = bytes.Clone(b) })
	if err != nil {
		return Entry{}, err
	}
	if err := r.row(first, end, kindSealed, i, func(b []byte) { e.Sealed = append([]byte(nil), b...) }); err != nil {
		return Entry{}, err
	}
	want, err := r.LeafHash(i)
	if err != nil {
		return Entry{}, err
	}
	if newLeafHasher().sum(e.Leaf) != want {
		return Entry{}, &Damage{What: DamagedLeaf, From: i, To: i + 1}
	}
	return e, nil
}

// Leaf returns the leaf of entry i, or ErrNotFound. It is held to its checksum, as those of Entries are, and not to the
// tree. The slice is the caller's.
func (r *reader) Leaf(i uint64) (leaf []byte, err error) {
	c := r.state.Load().chain
	if i >= c.size {
		return nil, fmt.Errorf("%w: entry %d of %d", ErrNotFound, i, c.size)
	}
	k := c.find(i)
	err = r.row(c.first(k), c.end(k), kindLeaves, i, func(b []byte) { leaf = bytes.Clone(b) })
	return leaf, err
}

// row gives f one row of a leaves or sealed value, valid only inside f.
func (r *reader) row(first, end uint64, kind byte, i uint64, f func([]byte)) error {
	what := DamagedLeaf
	if kind == kindSealed {
		what = DamagedSealed
	}
	err := r.value(first, kind, func(v []byte) error {
		rs, err := parseRows(v, kind, first, end)
		if err != nil {
			return err
		}
		b, err := rs.at(int(i - first))
		if err != nil {
			return err
		}
		f(b)
		return nil
	})
	if err != nil {
		return found(&Damage{What: what, From: i, To: i + 1, Err: err})
	}
	return nil
}

// Entries yields the entries [from, to) in order; to is cut to the size of the log at the time of the call. It reads commit
// by commit and does not hash (Verify does); an entry's slices share one buffer with those of its commit and are the
// caller's. It ends after an error.
func (r *reader) Entries(from, to uint64) iter.Seq2[IndexedEntry, error] {
	c := r.state.Load().chain
	to = min(to, c.size)
	return func(yield func(IndexedEntry, error) bool) {
		if from >= to {
			return
		}
		for k := c.find(from); k < len(c.firsts) && c.first(k) < to; k++ {
			leaves, sealed, err := r.commitRows(c.first(k), c.end(k))
			if err != nil {
				yield(IndexedEntry{}, err)
				return
			}
			for i := max(from, c.first(k)); i < min(to, c.end(k)); i++ {
				e := IndexedEntry{Index: i}
				if e.Leaf, err = leaves.at(int(i - c.first(k))); err != nil {
					yield(e, &Damage{What: DamagedLeaf, From: i, To: i + 1, Err: err})
					return
				}
				if e.Sealed, err = sealed.at(int(i - c.first(k))); err != nil {
					yield(e, &Damage{What: DamagedSealed, From: i, To: i + 1, Err: err})
					return
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// commitRows reads a copy of a commit's leaves and sealed values.
func (r *reader) commitRows(first, end uint64) (leaves, sealed rows, err error) {
	if leaves, err = r.rowsOf(first, end, kindLeaves); err == nil {
		sealed, err = r.rowsOf(first, end, kindSealed)
	}
	return leaves, sealed, err
}

func (r *reader) rowsOf(first, end uint64, kind byte) (rs rows, err error) {
	err = r.store.view(commitKey(first, kind), func(v []byte) error {
		var err error
		rs, err = parseRows(bytes.Clone(v), kind, first, end)
		return err
	})
	if err != nil {
		return rows{}, found(&Damage{What: DamagedCommit, From: first, To: end, Err: err})
	}
	return rs, nil
}

// LeafHash returns the stored RFC 6962 hash of leaf i.
func (r *reader) LeafHash(i uint64) (tlog.Hash, error) {
	if size := r.state.Load().chain.size; i >= size {
		return tlog.Hash{}, fmt.Errorf("%w: entry %d of %d", ErrNotFound, i, size)
	}
	hs, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))})
	if err != nil {
		return tlog.Hash{}, err
	}
	return hs[0], nil
}
