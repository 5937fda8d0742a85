package fhir

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// The limits of markup.
const (
	maxToken = 1 << 20 // bytes of one token
	maxDepth = 64
)

// Documents reads resources in XML, alone or in a Bundle, as JSON has them: an element's value is its text, and of a resource
// within another the name of its element is its resourceType.
func Documents(r io.Reader, report *format.Report) iter.Seq2[*audit.Document, error] {
	return func(yield func(*audit.Document, error) bool) {
		m := newMarkup(r)
		found := false
		for {
			more, err := m.next()
			if more && err == nil {
				found = true
				report.Records++
				if m.over {
					report.Add(audit.GapLarge, "", "a resource of more elements than any has", format.LostEvent, report.Records)
					continue
				}
				m.doc.Place = report.Records
				if !yield(m.doc, nil) {
					return
				}
				continue
			}
			if err == nil && !found && !m.bundle {
				err = &format.Error{Code: format.ErrTruncated, Message: "there is nothing here"}
			}
			if err != nil {
				var own *format.Error
				if errors.As(err, &own) {
					own.At = report.Records + 1
				}
				yield(nil, err)
			}
			return
		}
	}
}

// markup builds documents of the tokens of XML.
type markup struct {
	dec    *xml.Decoder
	count  *bounded
	doc    *audit.Document
	path   []string // of open elements outside of records
	bundle bool     // there was one
	over   bool
}

// bounded stops a reader that would have to hold more than a limit for one token.
type bounded struct {
	r    io.Reader
	read int
}

var errToken = errors.New("a token is too large")

func (b *bounded) Read(p []byte) (int, error) {
	if b.read > maxToken {
		return 0, errToken
	}
	n, err := b.r.Read(p)
	b.read += n
	return n, err
}

func newMarkup(r io.Reader) *markup {
	m := &markup{count: &bounded{r: audit.Plain(r)}, doc: new(audit.Document)}
	m.dec = xml.NewDecoder(m.count)
	m.dec.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "utf-16", "us-ascii", "ascii": // UTF-16 has been decoded before
			return in, nil
		case "iso-8859-1", "latin1":
			return charmap.ISO8859_1.NewDecoder().Reader(in), nil
		case "windows-1252":
			return charmap.Windows1252.NewDecoder().Reader(in), nil
		}
		return nil, errors.New("an encoding that is not read")
	}
	return m
}

// token returns the next token.
func (m *markup) token() (xml.Token, error) {
	m.count.read = 0
	t, err := m.dec.Token()
	var syntax *xml.SyntaxError
	switch {
	case err == nil:
		if _, is := t.(xml.Directive); is {
			return nil, &format.Error{Code: format.ErrMalformed, Message: "a document type, which is not read"}
		}
		return t, nil
	case errors.Is(err, errToken):
		return nil, &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("a tag or text of more than %d bytes", maxToken)}
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		return nil, &format.Error{Code: format.ErrTruncated, Message: "the document ends too early"}
	case errors.As(err, &syntax):
		return nil, &format.Error{Code: format.ErrMalformed, Message: fmt.Sprintf("not well-formed XML in line %d", syntax.Line)}
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case strings.HasPrefix(err.Error(), "xml: "):
		return nil, &format.Error{Code: format.ErrMalformed, Message: "an encoding of XML that is not read"}
	}
	return nil, &format.Error{Code: format.ErrRead, Message: "the document cannot be read on", Err: err}
}

// next builds the next resource. It is false at the end.
func (m *markup) next() (bool, error) {
	for {
		t, err := m.token()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := t.Name.Local
			switch {
			case len(m.path) == 0 && name == "Bundle":
				m.bundle = true
			case len(m.path) == 0, len(m.path) == 3 && m.path[1] == "entry" && m.path[2] == "resource":
				return true, m.record(name)
			case len(m.path) >= maxDepth:
				return false, &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("elements nested deeper than %d", maxDepth)}
			}
			m.path = append(m.path, name)
		case xml.EndElement:
			m.path = m.path[:len(m.path)-1]
		}
	}
}

// record builds a resource, of which the start tag was read.
func (m *markup) record(name string) error {
	d := m.doc
	d.Begin()
	m.over = false
	m.leaf("resourceType", name)
	var merged []bool // of open elements: whether it stands for the one around it
	var names []string
	for {
		t, err := m.token()
		if errors.Is(err, io.EOF) {
			err = &format.Error{Code: format.ErrTruncated, Message: "the document ends within a resource"}
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := t.Name.Local
			if name == "div" {
				if err := m.skip(); err != nil {
					return err
				}
				continue
			}
			if len(merged) >= maxDepth {
				return &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("elements nested deeper than %d", maxDepth)}
			}
			within := len(names) > 0 && names[len(names)-1] == "contained"
			merged, names = append(merged, within || m.over), append(names, name)
			if within {
				m.leaf("resourceType", name)
				continue
			}
			if m.over || !d.Open(name) {
				m.over, merged[len(merged)-1] = true, true
				continue
			}
			for _, a := range t.Attr {
				switch a.Name.Local {
				case "value":
					d.Set(a.Value)
				case "url":
					m.leaf("url", a.Value)
				}
			}
		case xml.EndElement:
			if len(merged) == 0 {
				return nil
			}
			if !merged[len(merged)-1] {
				d.Close()
			}
			merged, names = merged[:len(merged)-1], names[:len(names)-1]
		}
	}
}

func (m *markup) leaf(name, value string) {
	if m.over || !m.doc.Open(name) {
		m.over = true
		return
	}
	m.doc.Set(value)
	m.doc.Close()
}

// skip reads over an element of which the start tag was read: a narrative.
func (m *markup) skip() error {
	for depth := 1; depth > 0; {
		t, err := m.token()
		if errors.Is(err, io.EOF) {
			err = &format.Error{Code: format.ErrTruncated, Message: "the document ends within a narrative"}
		}
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("elements nested deeper than %d", maxDepth)}
			}
		case xml.EndElement:
			depth--
		}
	}
	return nil
}
