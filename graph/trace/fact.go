package trace

import (
	"fmt"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// fact is an entry as corrections leave it.
type fact struct {
	index uint64 // of the entry that was made first
	via   uint64 // of the entry whose content counts: itself, or the last correction
	id    event.Pseudonym
	kind  event.Kind
	void  bool // taken back, or of no kind that counts
	sk    *event.Skeleton
	moves []move
	moved bool
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

// empty reports whether a correction brings nothing that could stand in the place of what it takes back.
func empty(sk *event.Skeleton) bool {
	return sk.From == (event.Place{}) && sk.To == (event.Place{}) && len(sk.Images) == 0 && sk.Collection == "" &&
		sk.Quantity == nil && len(sk.Databases) == 0 && sk.Permission == nil && sk.Claim == nil
}

// trail returns what was said of an image, in order of index.
func (t *Tracer) trail(m *image) ([]*fact, error) {
	if m.read {
		return m.trail, nil
	}
	for i, err := range t.r.Select(index.Filter{Images: m.names}, m.names) {
		if err != nil {
			return nil, err
		}
		if t.most > 0 && t.read >= t.most {
			m.cut = true
			break
		}
		f, err := t.fact(i)
		if err != nil {
			return nil, err
		}
		// Only a correction leads to a fact that may be on the list already.
		if !f.void && (f.index == i || !slices.Contains(m.trail, f)) && t.lists(f, m) {
			m.trail = append(m.trail, f)
		}
	}
	if len(m.trail) > 0 {
		f := m.trail[0]
		for i := range f.sk.Images {
			if d := (event.Denotation{Sealer: f.sk.Sealer, Pseudonym: f.sk.Images[i].Pseudonym}); slices.Contains(m.names, d) {
				m.shown = d
				break
			}
		}
	}
	m.read = true
	return m.trail, nil
}

// lists reports whether a fact names an image.
func (t *Tracer) lists(f *fact, m *image) bool {
	return slices.ContainsFunc(f.sk.Images, func(i event.Image) bool {
		return !i.Pseudonym.IsZero() && slices.Contains(m.names, event.Denotation{Sealer: f.sk.Sealer, Pseudonym: i.Pseudonym})
	})
}

// imagesOf returns the images of a fact, each once.
func (t *Tracer) imagesOf(f *fact) (all []*image) {
	for i := range f.sk.Images {
		if p := f.sk.Images[i].Pseudonym; !p.IsZero() {
			if m := t.imageIn(f, p); !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}
