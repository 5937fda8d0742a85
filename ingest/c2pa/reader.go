package c2pa

import (
	"errors"
	"io"
	"iter"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Picture is what is kept of one: its digest, and what its manifests say.
type Picture struct {
	Kind      string // media type; "" where it is none that is read
	Other     string // then its name
	Digest    string // "sha256:…" of all of its bytes
	Bytes     int64
	Manifests []*Manifest // of the store, in its order; none: it has no store
}

// Active is the manifest that is about the picture as it is, nil where there is none.
func (p *Picture) Active() *Manifest {
	if len(p.Manifests) == 0 {
		return nil
	}
	return p.Manifests[len(p.Manifests)-1]
}

// manifest returns the one of that label, nil where there is none.
func (p *Picture) manifest(label string) *Manifest {
	for _, m := range p.Manifests {
		if m.Label == label && label != "" {
			return m
		}
	}
	return nil
}

// Base is the manifest that says how the content came to be: the active one, or what update manifests are about.
func (p *Picture) Base() *Manifest {
	m := p.Active()
	for n := 0; m != nil && m.Update && n < len(p.Manifests); n++ {
		m = p.parent(m)
	}
	return m
}

// parent is the manifest of the picture that one's picture was made from, nil where it is not in the store.
func (p *Picture) parent(m *Manifest) *Manifest {
	for _, i := range m.Ingredients {
		if i.Relationship == parentOf {
			return p.manifest(i.Manifest)
		}
	}
	return nil
}

// Root is the manifest of the picture that all began with, nil where the chain of parents does not lead to one.
func (p *Picture) Root() *Manifest {
	m := p.Base()
	for n := 0; m != nil && n <= len(p.Manifests); n++ {
		if len(m.Ingredients) == 0 {
			return m
		}
		m = p.parent(m)
	}
	return nil
}

// Examine reads a picture to its end. An error, an [*format.Error], is of a picture that is damaged, or of a manifest store
// that cannot be read.
func Examine(r io.Reader, o Options) (*Picture, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	s, p := newScan(r), new(Picture)
	head, err := s.in.Peek(12)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, s.ended(err)
	}
	p.Kind, p.Other = kindOf(head)
	var bound *binding
	found := func() error {
		store, err := parseStore(s.store)
		if err != nil {
			return err
		}
		if p.Manifests, err = manifests(store); err != nil {
			return err
		}
		known := hashes{}
		for _, m := range p.Manifests {
			m.validate(store, known, o.Trust, o.Now)
		}
		bound = p.bind(s)
		s.head = nil
		return nil
	}
	switch p.Kind {
	case kindJPEG:
		err = s.jpeg(found)
	case kindPNG:
		err = s.png(found)
	default:
		s.headless = true
		if p.Other == "" {
			return nil, &format.Error{Code: format.ErrMalformed, Message: "this is no picture of a kind that is known"}
		}
	}
	if err != nil {
		return nil, err
	}
	if p.Manifests == nil {
		s.head, s.headless = nil, true
	}
	if err := s.rest(); err != nil {
		return nil, err
	}
	p.Digest, p.Bytes = s.digest(), s.at
	if bound != nil {
		v := &p.Active().Validation
		if v.Binding = Valid; !bound.holds() {
			v.failed(&v.Binding, Invalid, "binding: the bytes of the picture have another hash")
		}
	}
	return p, nil
}

// bind begins to check that the picture is the one that its claim is about. What came of the file until now is hashed, what
// comes will be.
func (p *Picture) bind(s *scan) *binding {
	v := &p.Active().Validation
	base := p.Base()
	if base == nil {
		v.failed(&v.Binding, Unchecked, "binding: the manifest that this one changes is not in the store")
		return nil
	}
	b, err := base.dataHash(s.parts, s.said, base != p.Active())
	switch {
	case err != nil:
		v.failed(&v.Binding, Invalid, "binding: "+err.Error())
		return nil
	case b == nil:
		v.failed(&v.Binding, Unchecked, "binding: there is no c2pa.hash.data")
		return nil
	case s.headless:
		v.failed(&v.Binding, Unchecked, "binding: the manifest stands too far behind in the file")
		return nil
	}
	if b.more {
		v.Why = append(v.Why, "binding: what is said of the picture before the manifest, such as EXIF, is left out of it")
	}
	b.write(s.head, 0)
	s.after = b.write
	return b
}

// Read reads one picture and gives the event that its manifest is about. What cannot be mapped goes into the report, and so does
// what about the manifest is not valid. An error, an [*format.Error], ends the sequence.
func Read(r io.Reader, o Options, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		report.Records++
		p, err := Examine(r, o)
		if own, ok := errors.AsType[*format.Error](err); ok {
			own.At = report.Records
		}
		if err != nil {
			yield(nil, err)
			return
		}
		m := &mapper{Profile: &o.Profile, Picture: p, report: report}
		if e := m.event(); e != nil {
			report.Events++
			yield(e, nil)
		}
	}
}
