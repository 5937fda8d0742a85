package graph

import (
	"fmt"
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// place is an entry of the log, or of the access ledger, whose actors are its readers.
type place struct {
	index  uint64
	access bool
}

// read reads the leaf of an entry and the sealed values beside it.
func (g *Graph) read(at place) (*event.Skeleton, *ledger.Entry, error) {
	log, name := g.ledger, "entry"
	if at.access {
		log, name = g.journal.ledger, "access entry"
	}
	raw, err := log.Entry(at.index)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s %d: %w", name, at.index, err)
	}
	sk, err := event.ParseSkeleton(raw.Leaf)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %d: %w", name, at.index, err)
	}
	return sk, &raw, nil
}

// openedAt opens the event of an entry as far as its keys are there, unscoped.
func (g *Graph) openedAt(at place) (*event.Event, string, error) {
	sk, raw, err := g.read(at)
	if err != nil {
		return nil, "", err
	}
	open, _, err := g.vault.Decrypt(sk.Sealer, sk.Entry, raw.Sealed)
	if err != nil {
		return nil, "", fmt.Errorf("entry %d: %w", at.index, err)
	}
	e, err := event.Open(sk, open)
	return e, sk.Source, err
}

// mentioning goes through the entries in which a pseudonym itself stands for a subject, and not only what is linked to
// it or says that it is linked, looked up or redacted.
func (g *Graph) mentioning(kind event.SubjectKind, d event.Denotation) iter.Seq2[place, error] {
	return func(yield func(place, error) bool) {
		if kind == event.SubjectEntry {
			i, ok := g.head.Entry(d.Pseudonym)
			if !ok {
				return
			}
			if sk, err := g.skeleton(i); err != nil || sk.Sealer == d.Sealer {
				yield(place{index: i}, err)
			}
			return
		}
		for i := range g.head.Select(subject(kind, d), index.Recorded, g.head.Size(), index.Position(0)) {
			sk, err := g.skeleton(i)
			if err == nil && (sk.Sealer != d.Sealer || !denotes(sk, kind, d.Pseudonym)) {
				continue
			}
			if !yield(place{index: i}, err) || err != nil {
				return
			}
		}
		if kind != event.SubjectActor || d.Sealer != LogID {
			return
		}
		j := g.journal
		for i := range j.head.Select(subject(kind, d), index.Recorded, j.head.Size(), index.Position(0)) {
			sk, err := j.skeleton(i)
			if err == nil && !denotes(sk, kind, d.Pseudonym) {
				continue
			}
			if !yield(place{i, true}, err) || err != nil {
				return
			}
		}
	}
}

// mentions reports whether a pseudonym itself stands for a subject in some entry.
func (g *Graph) mentions(kind event.SubjectKind, d event.Denotation) (bool, error) {
	for _, err := range g.mentioning(kind, d) {
		return err == nil, err
	}
	return false, nil
}
