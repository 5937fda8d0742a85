package vault

import (
	"hash/maphash"
	"sync"
)

// cache keeps the most recently used of up to so many values. It is split into shards so that readers on several
// cores rarely wait for each other; what is used least recently is found within a shard only.
type cache[K comparable, V any] struct {
	seed   maphash.Seed
	shards [cacheShards]shard[K, V]
}

const cacheShards = 16

type shard[K comparable, V any] struct {
	mu    sync.Mutex
	most  int
	at    map[K]uint32 // place in items
	items []item[K, V] // items[0] is the head of the ring: next the newest, previous the oldest
	_     [24]byte     // a cache line of its own
}

type item[K comparable, V any] struct {
	previous, next uint32
	key            K
	value          V
}

func newCache[K comparable, V any](most int) *cache[K, V] {
	c := &cache[K, V]{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].most = max(most/cacheShards, 1)
	}
	return c
}

func (c *cache[K, V]) shard(k K) *shard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, k)%cacheShards]
}

func (c *cache[K, V]) get(k K) (v V, ok bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.at[k]
	if !ok {
		return v, false
	}
	s.unlink(i)
	s.link(i)
	return s.items[i].value, true
}

func (c *cache[K, V]) put(k K, v V) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = make(map[K]uint32)
		s.items = make([]item[K, V], 1)
	}
	i, ok := s.at[k]
	switch {
	case ok:
		s.unlink(i)
	case len(s.items) <= s.most:
		i = uint32(len(s.items))
		s.items = append(s.items, item[K, V]{})
	default:
		i = s.items[0].previous
		s.unlink(i)
		delete(s.at, s.items[i].key)
	}
	s.at[k] = i
	s.items[i].key, s.items[i].value = k, v
	s.link(i)
}

// purge forgets everything and overwrites what was kept.
func (c *cache[K, V]) purge() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		clear(s.items)
		clear(s.at)
		s.items, s.at = nil, nil
		s.mu.Unlock()
	}
}

func (s *shard[K, V]) unlink(i uint32) {
	it := &s.items[i]
	s.items[it.previous].next = it.next
	s.items[it.next].previous = it.previous
}

func (s *shard[K, V]) link(i uint32) {
	head := &s.items[0]
	s.items[i].previous, s.items[i].next = 0, head.next
	s.items[head.next].previous = i
	head.next = i
}
