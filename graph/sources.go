package graph

import (
	"sort"
	"sync"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
)

// submissions is a fold of the ADMIT entries: who attested which entries, and how far each source's chain of
// batches has come. One goroutine, the ledger's writer, applies; any number read.
type submissions struct {
	mu      sync.RWMutex
	batches []admitted // ascending by first
	chains  map[string]*chain
}

// admitted is one batch in the log: the ADMIT entry stands at index, its leaves from index+1.
type admitted struct {
	index, count uint64
	source, key  string
	statement    string
	sequence     int64
	recorded     int64
}

// chain is a source's sequence of batches.
type chain struct {
	last       int64 // highest sequence number, 0 before the first
	statements map[int64]int
	forks      map[string]uint64 // statement digests kept as evidence, and where
	recorded   int64             // of the last
}

func newSubmissions() *submissions { return &submissions{chains: map[string]*chain{}} }

func (s *submissions) apply(index uint64, sk *event.Skeleton) {
	a := sk.Admit
	if sk.Kind != event.KindAdmit || a == nil || a.Sequence == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chains[a.Source]
	if c == nil {
		c = &chain{statements: map[int64]int{}, forks: map[string]uint64{}}
		s.chains[a.Source] = c
	}
	if a.Outcome == event.AdmitFork {
		c.forks[a.Statement] = index
		return
	}
	c.statements[*a.Sequence] = len(s.batches)
	c.last, c.recorded = *a.Sequence, a.Recorded.Earliest
	s.batches = append(s.batches, admitted{index, uint64(a.Count), a.Source, a.Key, a.Statement, *a.Sequence, a.Recorded.Earliest})
}

// covering returns the batch that entry i is a leaf of.
func (s *submissions) covering(i uint64) (admitted, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := sort.Search(len(s.batches), func(k int) bool { return s.batches[k].index >= i })
	if n == 0 {
		return admitted{}, false
	}
	b := s.batches[n-1]
	return b, i <= b.index+b.count
}

// at returns the batch with a sequence number.
func (s *submissions) at(source string, sequence int64) (admitted, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.chains[source]; c != nil {
		if n, ok := c.statements[sequence]; ok {
			return s.batches[n], true
		}
	}
	return admitted{}, false
}

// Chain is how far a source's sequence of sealed batches has come.
type Chain struct {
	Last      int64  // sequence number of the last batch, 0 before the first
	Statement string // its statement digest, "" before the first
	Recorded  time.Time
	Forks     int // statements kept as evidence of a fork
}

func (s *submissions) chain(source string) Chain {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.chains[source]
	if c == nil {
		return Chain{}
	}
	out := Chain{Last: c.last, Forks: len(c.forks), Recorded: time.Unix(0, c.recorded).UTC()}
	if n, ok := c.statements[c.last]; ok {
		out.Statement = s.batches[n].statement
	}
	return out
}

func (s *submissions) forked(source, statement string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.chains[source]
	if c == nil {
		return false
	}
	_, ok := c.forks[statement]
	return ok
}

// below returns the batches whose ADMIT entry stands below a tree size, in order.
func (s *submissions) below(size uint64) []admitted {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := sort.Search(len(s.batches), func(k int) bool { return s.batches[k].index >= size })
	return s.batches[:n:n]
}

// forksBelow counts the forks noted below a tree size, by source.
func (s *submissions) forksBelow(size uint64) map[string]int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := map[string]int{}
	for id, c := range s.chains {
		for _, at := range c.forks {
			if at < size {
				all[id]++
			}
		}
	}
	return all
}

// Statement returns the statement digest of a source's batch and when it was recorded.
func (g *Graph) Statement(source string, sequence int64) (string, time.Time, bool) {
	b, ok := g.submissions.at(source, sequence)
	return b.statement, time.Unix(0, b.recorded).UTC(), ok
}

// Declared returns what the log declares now, for the checks of the intake; readers ask [View.Catalog].
func (g *Graph) Declared() *catalog.View { return g.catalog.View() }
