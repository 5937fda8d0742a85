package prov

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// Limits of what is held at a time: one bundle, or what a document states outside of bundles.
const (
	MaxBytes      = 32 << 20 // of its text
	MaxStatements = 400_000  // and values of their attributes

	mostProperties = 1000 // attributes of one statement
	mostValues     = 1000 // of one attribute
)

// said is the value of an attribute.
type said struct {
	text   string
	of     string // datatype, as written
	lang   string
	quoted bool // a text, and no number or truth value
}

// property is an attribute with its values.
type property struct {
	name   string
	values []said
}

// item is a statement as it stands in a document. Its names are as written until they are resolved.
type item struct {
	kind  string // the section
	id    string
	props []property
}

// part is a bundle, or what a document states outside of bundles.
type part struct {
	id    string // of the bundle
	names scope
	items []*item
	count int // statements and values
	bytes int64
}

// source is what is read, up to where what has to be held would be too large.
type source struct {
	r     io.Reader
	n     int64
	until int64
	over  bool
	err   error // of r
}

func (s *source) Read(p []byte) (int, error) {
	if s.n >= s.until {
		s.over = true
		return 0, errors.New("too much to hold")
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.until-s.n)])
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// window is how far the decoder may read ahead of what it has given.
const window = 64 << 10

// scanner reads documents, one after another, bundle by bundle.
type scanner struct {
	src  *source
	dec  *jsontext.Decoder
	at   int64 // parts so far, for errors
	note func(code, field, problem string, loss format.Loss)
	took int64 // bytes of the parts that are held
}

func newScanner(r io.Reader) *scanner {
	src := &source{r: r, until: MaxBytes}
	return &scanner{src: src, dec: jsontext.NewDecoder(src, jsontext.AllowDuplicateNames(true))}
}

// failure makes an error of one of the decoder.
func (s *scanner) failure(err error) error {
	e := &format.Error{Code: format.ErrMalformed, At: s.at + 1, Message: "this is not JSON", Err: err}
	switch {
	case s.src.over:
		return s.tooLarge()
	case s.src.err != nil:
		e.Code, e.Message, e.Err = format.ErrRead, "reading failed", s.src.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Code, e.Message, e.Err = format.ErrTruncated, "the document ends too early", nil
	default:
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) {
			e.Err = syntax.Err // without the text around it
		}
	}
	return e
}

func (s *scanner) malformed(message string) error {
	return &format.Error{Code: format.ErrMalformed, At: s.at + 1, Message: message}
}

func (s *scanner) tooLarge() error {
	return &format.Error{Code: format.ErrTooLarge, At: s.at + 1, Message: "a bundle, or what stands outside of bundles, is more than can be held at a time; divide it into bundles"}
}

// document reads one document. It gives bundles as they come, and at the end what stands outside of them. io.EOF: there is
// none.
func (s *scanner) document(give func(*part) (bool, error)) error {
	s.took = 0
	s.reach()
	switch s.dec.PeekKind() {
	case '{':
	case 0:
		_, err := s.dec.ReadToken()
		if errors.Is(err, io.EOF) && !s.src.over && s.src.err == nil {
			return io.EOF
		}
		return s.failure(err)
	default:
		return s.malformed("a PROV-JSON document is an object")
	}
	top := &part{}
	var waiting []*part // bundles that stand before the prefixes that their names may need
	err := s.object(func(section string) error {
		if section != "bundle" {
			return s.section(top, section)
		}
		if s.dec.PeekKind() != '{' {
			return s.malformed("bundle is an object of bundles")
		}
		return s.object(func(id string) error {
			p := &part{id: id}
			p.names.outer = &top.names
			if err := s.bundle(p); err != nil {
				return err
			}
			if top.names.prefixes == nil {
				waiting = append(waiting, p)
				s.took += p.bytes
				return nil
			}
			return s.finished(p, give)
		})
	})
	if err != nil {
		return err
	}
	for i, p := range waiting {
		waiting[i] = nil
		if err := s.finished(p, give); err != nil {
			return err
		}
	}
	if len(top.items) > 0 {
		return s.finished(top, give)
	}
	return nil
}

// errStop ends reading because nobody wants more.
var errStop = errors.New("stopped")

func (s *scanner) finished(p *part, give func(*part) (bool, error)) error {
	s.at++
	more, err := give(p)
	if err == nil && !more {
		err = errStop
	}
	return err
}

// reach lets the source be read as far as may be held.
func (s *scanner) reach() {
	s.src.until = s.dec.InputOffset() + MaxBytes - s.took + window
}

// object reads an object, member by member.
func (s *scanner) object(member func(name string) error) error {
	if _, err := s.dec.ReadToken(); err != nil {
		return s.failure(err)
	}
	for {
		switch s.dec.PeekKind() {
		case '}':
			_, err := s.dec.ReadToken()
			if err != nil {
				return s.failure(err)
			}
			return nil
		case '"':
		default:
			_, err := s.dec.ReadToken()
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return s.failure(err)
		}
		t, err := s.dec.ReadToken()
		if err != nil {
			return s.failure(err)
		}
		if err := member(t.String()); err != nil {
			return err
		}
	}
}

func (s *scanner) skip() error {
	if err := s.dec.SkipValue(); err != nil {
		return s.failure(err)
	}
	return nil
}

func (s *scanner) bundle(p *part) error {
	if s.dec.PeekKind() != '{' {
		s.note(GapStatement, "bundle", "a bundle that is no object", format.LostValue)
		return s.skip()
	}
	s.reach()
	begin := s.dec.InputOffset()
	err := s.object(func(section string) error { return s.section(p, section) })
	p.bytes = s.dec.InputOffset() - begin
	if p.bytes+s.took > MaxBytes {
		return s.tooLarge()
	}
	s.reach()
	return err
}

// section reads one member of a document or bundle.
func (s *scanner) section(p *part, name string) error {
	begin := s.dec.InputOffset()
	defer func() {
		if p.id == "" {
			s.took += s.dec.InputOffset() - begin
			s.reach()
		}
	}()
	known := name == "entity" || name == "activity" || name == "agent" || relationOf(name) != nil
	switch {
	case name == "prefix" && s.dec.PeekKind() == '{':
		if p.names.prefixes == nil {
			p.names.prefixes = map[string]string{}
		}
		return s.object(func(prefix string) error {
			if s.dec.PeekKind() != '"' {
				s.note(GapStatement, "prefix", "a namespace that is no text", format.LostValue)
				return s.skip()
			}
			t, err := s.dec.ReadToken()
			if err != nil {
				return s.failure(err)
			}
			if prefix == "default" {
				prefix = ""
			}
			p.names.prefixes[prefix] = t.String()
			return p.more(s)
		})
	case !known || s.dec.PeekKind() != '{':
		s.note(GapSection, clipped(name), "a section that PROV-JSON does not have, or not in this form", format.LostValue)
		return s.skip()
	}
	return s.object(func(id string) error {
		switch s.dec.PeekKind() {
		case '{':
			return s.statement(p, name, id)
		case '[':
			return s.list(func() error {
				if s.dec.PeekKind() != '{' {
					s.note(GapStatement, name, "a statement that is no object", format.LostValue)
					return s.skip()
				}
				return s.statement(p, name, id)
			})
		}
		s.note(GapStatement, name, "a statement that is no object", format.LostValue)
		return s.skip()
	})
}

func (s *scanner) list(each func() error) error {
	if _, err := s.dec.ReadToken(); err != nil {
		return s.failure(err)
	}
	for {
		switch s.dec.PeekKind() {
		case ']':
			if _, err := s.dec.ReadToken(); err != nil {
				return s.failure(err)
			}
			return nil
		case 0:
			_, err := s.dec.ReadToken()
			return s.failure(err)
		}
		if err := each(); err != nil {
			return err
		}
	}
}

// more counts one more statement or value.
func (p *part) more(s *scanner) error {
	if p.count++; p.count > MaxStatements {
		return s.tooLarge()
	}
	return nil
}

func (s *scanner) statement(p *part, kind, id string) error {
	i := &item{kind: kind, id: id}
	p.items = append(p.items, i)
	if err := p.more(s); err != nil {
		return err
	}
	return s.object(func(name string) error {
		if len(i.props) >= mostProperties {
			s.note(GapStatement, kind, "more attributes than a statement may have", format.LostValue)
			return s.skip()
		}
		i.props = append(i.props, property{name: name})
		at := &i.props[len(i.props)-1]
		if s.dec.PeekKind() != '[' {
			return s.value(p, at)
		}
		return s.list(func() error { return s.value(p, at) })
	})
}

// value reads one value of an attribute.
func (s *scanner) value(p *part, to *property) error {
	if err := p.more(s); err != nil {
		return err
	}
	var v said
	switch s.dec.PeekKind() {
	case '{':
		there := false
		err := s.object(func(name string) error {
			switch kind := s.dec.PeekKind(); {
			case name == "$" && kind != '{' && kind != '[' && kind != 'n':
				there = true
				return s.scalar(&v)
			case name == "type" && kind == '"', name == "lang" && kind == '"':
				t, err := s.dec.ReadToken()
				if err != nil {
					return s.failure(err)
				}
				if name == "type" {
					v.of = t.String()
				} else {
					v.lang = t.String()
				}
				return nil
			}
			return s.skip()
		})
		if err != nil {
			return err
		}
		if !there {
			s.note(GapStatement, clipped(to.name), "a value without its text", format.LostValue)
			return nil
		}
	case '[', 'n':
		s.note(GapStatement, clipped(to.name), "a value that PROV-JSON does not have", format.LostValue)
		return s.skip()
	default:
		if err := s.scalar(&v); err != nil {
			return err
		}
	}
	if len(to.values) >= mostValues {
		s.note(GapStatement, clipped(to.name), "more values than an attribute may have", format.LostValue)
		return nil
	}
	to.values = append(to.values, v)
	return nil
}

func (s *scanner) scalar(v *said) error {
	v.quoted = s.dec.PeekKind() == '"'
	t, err := s.dec.ReadToken()
	if err != nil {
		return s.failure(err)
	}
	v.text = t.String()
	return nil
}

// clipped cuts what goes into a report.
func clipped(s string) string {
	const most = 80
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}
