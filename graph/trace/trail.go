package trace

import (
	"cmp"
	"slices"
	"sort"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// image is a picture: all pseudonyms that denote it.
type image struct {
	name  event.Denotation   // the least, which stands for all
	names []event.Denotation // those that LINK entries say are the same
	shown event.Denotation   // as the first entry read has it: that which the viewer knows it by
	trail []*fact            // once read, in order of the log
	read  bool
	cut   bool // the trail goes on, and was not read to its end

	// What each of its edges asks for is worked out once.
	origin         origin
	sought         bool    // origin was
	decisions      []*fact // of its trail that decide about consent
	decided        bool    // decisions were looked for
	sent, received *sequence
}

// imageIn returns an image that an entry names.
func (t *Tracer) imageIn(f *fact, p event.Pseudonym) *image {
	d := event.Denotation{Sealer: f.sk.Sealer, Pseudonym: p}
	m := t.image(d)
	if m.shown.Pseudonym.IsZero() {
		m.shown = d
	}
	return m
}

// image returns the image that a pseudonym denotes.
func (t *Tracer) image(d event.Denotation) *image {
	if m := t.images[d]; m != nil {
		return m
	}
	m := &image{name: d, names: t.r.Same(d, t.inferred)}
	for _, n := range m.names {
		if lessDenotation(n, m.name) {
			m.name = n
		}
		t.images[n] = m
	}
	t.images[d] = m
	return m
}

func lessDenotation(a, b event.Denotation) bool {
	if a.Sealer != b.Sealer {
		return a.Sealer < b.Sealer
	}
	return string(a.Pseudonym[:]) < string(b.Pseudonym[:])
}

// is reports whether a pseudonym of a sealer denotes an image.
func (m *image) is(sealer string, p event.Pseudonym) bool {
	for i := range m.names {
		if n := &m.names[i]; n.Pseudonym == p && n.Sealer == sealer {
			return true
		}
	}
	return false
}

// trail returns what was said of an image, in order of index.
func (t *Tracer) trail(m *image) ([]*fact, error) {
	if m.read {
		return m.trail, nil
	}
	m.trail = nil
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
			if p := f.sk.Images[i].Pseudonym; m.is(f.sk.Sealer, p) {
				m.shown = event.Denotation{Sealer: f.sk.Sealer, Pseudonym: p}
				break
			}
		}
	}
	m.read = true
	return m.trail, nil
}

// lists reports whether a fact names an image.
func (t *Tracer) lists(f *fact, m *image) bool {
	for i := range f.sk.Images {
		if p := f.sk.Images[i].Pseudonym; !p.IsZero() && m.is(f.sk.Sealer, p) {
			return true
		}
	}
	return false
}

// imagesOf returns the images of a fact, each once.
func (t *Tracer) imagesOf(f *fact) []*image {
	if f.images == nil && len(f.sk.Images) > 0 {
		f.images = make([]*image, 0, len(f.sk.Images))
		for i := range f.sk.Images {
			if p := f.sk.Images[i].Pseudonym; !p.IsZero() {
				if m := t.imageIn(f, p); !slices.Contains(f.images, m) {
					f.images = append(f.images, m)
				}
			}
		}
	}
	return f.images
}

// ways are the moves of an image, in order of the log.
func (t *Tracer) ways(m *image) (list []*move, err error) {
	trail, err := t.trail(m)
	if err != nil {
		return nil, err
	}
	list = make([]*move, 0, len(trail))
	for _, f := range trail {
		ms, err := t.movesOf(f)
		if err != nil {
			return nil, err
		}
		for i := range ms {
			if ms[i].image == m || ms[i].child == m {
				list = append(list, &ms[i])
			}
		}
	}
	return list, nil
}

// sequence is facts that are placed in time, in order of when they may have been first, made to be asked for those of a
// time.
type sequence struct {
	facts []*fact
	until []int64 // the latest moment of any up to here
}

// sequences returns the transfers and the receipts of an image whose trail was read.
func (t *Tracer) sequences(m *image) (sent, received *sequence) {
	if m.sent == nil {
		m.sent, m.received = &sequence{}, &sequence{}
		for _, f := range m.trail {
			switch {
			case f.sk.Occurred.IsZero():
			case f.kind == event.KindDisclose:
				m.sent.facts = append(m.sent.facts, f)
			case f.kind == event.KindReceive:
				m.received.facts = append(m.received.facts, f)
			}
		}
		m.sent.settle()
		m.received.settle()
	}
	return m.sent, m.received
}

func (s *sequence) settle() {
	slices.SortStableFunc(s.facts, func(a, b *fact) int { return cmp.Compare(a.sk.Occurred.Earliest, b.sk.Occurred.Earliest) })
	s.until = make([]int64, len(s.facts))
	for i, f := range s.facts {
		if s.until[i] = f.sk.Occurred.Latest; i > 0 {
			s.until[i] = max(s.until[i], s.until[i-1])
		}
	}
}

// during adds the facts that may have been within a time to a list, the last first.
func (s *sequence) during(list []*fact, at event.Time) []*fact {
	i := sort.Search(len(s.facts), func(i int) bool { return s.facts[i].sk.Occurred.Earliest > at.Latest })
	for i--; i >= 0 && s.until[i] >= at.Earliest; i-- {
		if f := s.facts[i]; f.sk.Occurred.Latest >= at.Earliest {
			list = append(list, f)
		}
	}
	return list
}
