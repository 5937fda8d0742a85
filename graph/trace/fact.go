package trace

import (
	"fmt"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// fact is an entry as corrections leave it.
type fact struct {
	index uint64 // of the entry that was made first
	via   uint64 // of the entry whose content counts: itself, or the last correction
	id    event.Pseudonym
	kind  event.Kind
	void  bool // taken back, or of no kind that counts
	sk    *event.Skeleton

	// Worked out once.
	images []*image // that it names, each once; nil: not known yet
	moves  []move
	moved  bool
	other  *fact // of a transfer or receipt the other side, itself where there is none; nil: not known yet
}

// maxCorrections bounds how many corrections of corrections are followed.
const maxCorrections = 64

// fact returns what an entry says. A CORRECT stands for the entry that it supersedes.
func (t *Tracer) fact(i uint64) (*fact, error) {
	if f := t.facts[i]; f != nil {
		return f, nil
	}
	sk, err := t.skeleton(i)
	if err != nil {
		return nil, err
	}
	if sk.Kind == event.KindCorrect {
		if first, ok, err := t.corrected(i, sk); err != nil {
			return nil, err
		} else if ok && first < i {
			f, err := t.fact(first)
			if err == nil {
				t.facts[i] = f
			}
			return f, err
		}
	}
	f := &fact{index: i, via: i, id: sk.Entry, kind: sk.Kind, sk: sk}
	for range maxCorrections {
		by, ok, err := t.r.Correction(f.via)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		f.via = by
		if f.sk, err = t.skeleton(by); err != nil {
			return nil, err
		}
	}
	f.void = f.via != i && empty(f.sk)
	t.facts[i] = f
	return f, nil
}

func (t *Tracer) skeleton(i uint64) (*event.Skeleton, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	t.read++
	sk, err := t.r.Entry(i)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", i, err)
	}
	return sk, nil
}

// corrected returns the entry that a CORRECT supersedes, through others that were superseded before.
func (t *Tracer) corrected(i uint64, sk *event.Skeleton) (first uint64, ok bool, err error) {
	source := sk.Source
	for range maxCorrections {
		at := slices.IndexFunc(sk.Relates, func(r event.Reference) bool { return r.Relation == event.RelationSupersedes })
		if at < 0 {
			return first, ok, nil
		}
		target, found, err := t.r.Find(sk.Relates[at].Entry)
		if err != nil || !found || target >= i {
			return first, ok, err
		}
		if sk, err = t.skeleton(target); err != nil || sk.Source != source {
			return first, ok, err
		}
		first, ok = target, true
		if sk.Kind != event.KindCorrect {
			break
		}
	}
	return first, ok, nil
}

// StandsFor returns the entry, and its kind, in whose place a CORRECT stands; ok false for every other entry, and for a
// correction that takes back, was itself corrected, or is of another source's entry.
func (t *Tracer) StandsFor(i uint64) (first uint64, kind event.Kind, ok bool, err error) {
	f, err := t.fact(i)
	if err != nil || f.void || f.index == i || f.via != i {
		return 0, "", false, err
	}
	return f.index, f.kind, true, nil
}

// empty reports whether a correction brings nothing that could stand in the place of what it takes back.
func empty(sk *event.Skeleton) bool {
	return sk.From == (event.Place{}) && sk.To == (event.Place{}) && len(sk.Images) == 0 && sk.Collection == "" &&
		sk.Quantity == nil && len(sk.Databases) == 0 && sk.Permission == nil && sk.Claim == nil
}
