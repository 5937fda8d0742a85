package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ReadHashes implements tlog.HashReader over the stored hashes. It does not check them.
func (r *reader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	c := r.state.Load().chain
	out := make([]tlog.Hash, len(indexes))
	done := make([]bool, len(indexes))
	for i, x := range indexes {
		if done[i] {
			continue
		}
		if x < 0 || x >= storedCount(c.size) {
			return nil, fmt.Errorf("%w: stored hash %d", ErrNotFound, x)
		}
		k := c.findHash(x)
		first, end := c.first(k), c.end(k)
		low, high := storedCount(first), storedCount(end)
		err := r.value(first, kindHashes, func(v []byte) error {
			hs, err := parseHashes(v, first, end)
			if err != nil {
				return err
			}
			// Others of the request are often of the same commit: its value is read and summed once.
			for j := i; j < len(indexes); j++ {
				if y := indexes[j]; y >= low && y < high {
					out[j], done[j] = hs.at(int(y-low)), true
				}
			}
			return nil
		})
		if err != nil {
			return nil, found(&Damage{What: DamagedCommit, From: first, To: end, Err: fmt.Errorf("stored hashes: %w", err)})
		}
	}
	return out, nil
}

// InclusionProof proves that entry index is in the tree of that size, which need not be the size of a kept head. The proof
// is checked before it is returned.
func (r *reader) InclusionProof(index, size uint64) (tlog.RecordProof, error) {
	if now := r.state.Load().chain.size; index >= size || size > now {
		return nil, fmt.Errorf("%w: entry %d in a tree of %d; the log has %d", ErrNotFound, index, size, now)
	}
	p, err := tlog.ProveRecord(int64(size), int64(index), r)
	if err != nil {
		return nil, fmt.Errorf("inclusion proof: %w", err)
	}
	root, err := r.rootAt(size)
	if err != nil {
		return nil, err
	}
	leaf, err := r.LeafHash(index)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckRecord(p, int64(size), root, int64(index), leaf); err != nil {
		return nil, &Damage{What: DamagedHash, From: 0, To: size, Tile: tlog.Tile{H: TileHeight, L: 0, N: int64(index) >> TileHeight, W: 1 << TileHeight}.Path(), Err: err}
	}
	return p, nil
}

// ConsistencyProof proves that the tree of size old is a prefix of that of size new. 1 ≤ old ≤ new; the proof is checked
// before it is returned.
func (r *reader) ConsistencyProof(old, new uint64) (tlog.TreeProof, error) {
	if now := r.state.Load().chain.size; old == 0 || old > new || new > now {
		return nil, fmt.Errorf("%w: a proof from %d to %d; the log has %d", ErrNotFound, old, new, now)
	}
	p, err := tlog.ProveTree(int64(new), int64(old), r)
	if err != nil {
		return nil, fmt.Errorf("consistency proof: %w", err)
	}
	oldRoot, err := r.rootAt(old)
	if err != nil {
		return nil, err
	}
	newRoot, err := r.rootAt(new)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckTree(p, int64(new), newRoot, int64(old), oldRoot); err != nil {
		return nil, &Damage{What: DamagedHash, From: 0, To: new, Err: err}
	}
	return p, nil
}

// RootAt returns the root of the tree of any size up to the newest.
func (r *reader) RootAt(size uint64) (tlog.Hash, error) {
	if now := r.state.Load().chain.size; size > now {
		return tlog.Hash{}, fmt.Errorf("%w: a tree of %d; the log has %d", ErrNotFound, size, now)
	}
	return r.rootAt(size)
}

// rootAt prefers what was signed over what the stored hashes say.
func (r *reader) rootAt(size uint64) (tlog.Hash, error) {
	st := r.state.Load()
	if size == st.head.Size {
		return st.head.Root, nil
	}
	if key, ok := st.chain.keyOfSize(size); ok {
		h, err := r.readHead(key)
		return h.Root, err
	}
	f, err := readFrontier(size, r)
	if err != nil {
		return tlog.Hash{}, err
	}
	return f.root(), nil
}
