package ledger

import (
	"bytes"
	"container/list"
	"slices"
	"sync"
)

// cache holds bytes that never change, up to a number of them; the longest unused go first.
type cache[K comparable] struct {
	mu    sync.Mutex
	limit int
	used  int
	order list.List // of cached[K], newest use in front
	by    map[K]*list.Element
}

type cached[K comparable] struct {
	key  K
	data []byte
}

func (c *cache[K]) get(k K) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[k]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(cached[K]).data, true
}

func (c *cache[K]) put(k K, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.by[k]; ok || len(data) > c.limit {
		return
	}
	if c.by == nil {
		c.by = make(map[K]*list.Element)
	}
	c.by[k] = c.order.PushFront(cached[K]{k, data})
	c.used += len(data)
	for c.used > c.limit {
		old := c.order.Remove(c.order.Back()).(cached[K])
		delete(c.by, old.key)
		c.used -= len(old.data)
	}
}

// valuesShare is how much more than for tiles there is for values: a sealed batch is one commit of some 8 MB.
const valuesShare = 4

// valueKey names a commit's leaves, sealed values or hashes.
type valueKey struct {
	first uint64
	kind  byte
}

// values keeps the values of commits that are being read again and again: one entry of a commit after the other, as
// where a stream is handed in once more. Badger checks the checksum of a whole commit each time that a value is read, which
// costs some hundred times what the one entry does. A value that is read for the first time is not kept, only
// remembered, so that single reads all over the log cost no copies.
type values struct {
	cache[valueKey]

	ring sync.Mutex
	once [64]valueKey // read lately; under ring
	at   int          // in once, where the next one goes
}

// again reports whether a value was read lately, and remembers that it was.
func (c *values) again(k valueKey) bool {
	c.ring.Lock()
	defer c.ring.Unlock()
	if slices.Contains(c.once[:], k) {
		return true
	}
	c.once[c.at] = k
	c.at = (c.at + 1) % len(c.once)
	return false
}

// value gives f the leaves, sealed values or hashes of the commit that begins at first, valid only inside f.
func (r *reader) value(first uint64, kind byte, f func([]byte) error) error {
	k := valueKey{first, kind}
	if v, ok := r.values.get(k); ok {
		if r.store.isClosed() {
			return ErrClosed
		}
		return f(v)
	}
	return r.store.view(commitKey(first, kind), func(v []byte) error {
		if r.values.again(k) && len(v) <= r.values.limit/2 {
			v = bytes.Clone(v)
			r.values.put(k, v)
		}
		return f(v)
	})
}
