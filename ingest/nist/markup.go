package nist

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// The limits of markup.
const (
	maxDepth = 64
	maxName  = 256
	maxTag   = 64 << 10 // attributes of one element
)

// markup cuts XML into tags and pieces of text. Package encoding/xml holds the text of an element as a whole, and here it
// may be a picture; this one holds a window. It reads what documents are made of and no more: names without their
// prefixes, no attributes, the five entities of XML and numeric ones. A document type is refused, so there are no others.
type markup struct {
	in    *bufio.Reader
	open  []string // names of the open elements
	empty bool     // the tag given last was an empty element's: its end is next
	begun bool     // there was a root
	text  []byte   // reused
}

// token is what markup is cut into.
type token uint8

const (
	tokenStart token = iota
	tokenEnd
	tokenText
)

// newMarkup returns the markup of r, in UTF-8, UTF-16 with a byte order mark, or what its declaration says of Latin-1
// and Windows-1252.
func newMarkup(r io.Reader) *markup {
	in := bufio.NewReaderSize(r, bufferBytes)
	head, _ := in.Peek(256)
	var from encoding.Encoding
	declaration, _, _ := bytes.Cut(bytes.ToLower(head), []byte("?>"))
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte("<\x00")):
		from = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case bytes.HasPrefix(head, []byte("\x00<")):
		from = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case bytes.Contains(declaration, []byte("iso-8859-1")):
		from = charmap.ISO8859_1
	case bytes.Contains(declaration, []byte("windows-1252")):
		from = charmap.Windows1252
	}
	if from != nil {
		in = bufio.NewReaderSize(from.NewDecoder().Reader(in), bufferBytes)
	} else if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	return &markup{in: in}
}

func (m *markup) bad(what string) error {
	return refuse(format.ErrMalformed, "not well-formed XML, within %q: %s", strings.Join(m.open, "/"), what)
}

func (m *markup) ended(err error) error {
	if errors.Is(err, io.EOF) {
		return refuse(format.ErrTruncated, "the document ends within %q", strings.Join(m.open, "/"))
	}
	return &format.Error{Code: format.ErrRead, Message: "the document cannot be read on", Err: err}
}

// next returns the next tag's name or piece of text, or io.EOF after the root. The text is valid until the next call.
func (m *markup) next() (token, string, []byte, error) {
	if m.empty {
		m.empty = false
		return m.end()
	}
	for {
		if _, err := m.in.Peek(1); err != nil {
			if errors.Is(err, io.EOF) && m.begun && len(m.open) == 0 {
				return 0, "", nil, io.EOF
			}
			return 0, "", nil, m.ended(err)
		}
		b, _ := m.in.Peek(m.in.Buffered())
		if b[0] != '<' {
			text, err := m.piece(b)
			if err != nil || len(text) > 0 {
				return tokenText, "", text, err
			}
			continue
		}
		_, _ = m.in.Discard(1)
		c, err := m.in.ReadByte()
		if err != nil {
			return 0, "", nil, m.ended(err)
		}
		switch c {
		case '?':
			if err := m.skip("?>"); err != nil {
				return 0, "", nil, err
			}
		case '!':
			text, err := m.special()
			if err != nil || text != nil {
				return tokenText, "", text, err
			}
		case '/':
			name, err := m.name()
			if err != nil {
				return 0, "", nil, err
			}
			if err := m.attributes(); err != nil {
				return 0, "", nil, err
			}
			m.empty = false
			if len(m.open) == 0 || m.open[len(m.open)-1] != name {
				return 0, "", nil, m.bad("an end tag of another element")
			}
			return m.end()
		default:
			_ = m.in.UnreadByte()
			name, err := m.name()
			if err != nil {
				return 0, "", nil, err
			}
			if len(m.open) == 0 && m.begun {
				return 0, "", nil, m.bad("a second root")
			}
			if m.begun = true; len(m.open) >= maxDepth {
				return 0, "", nil, refuse(format.ErrTooLarge, "elements nested deeper than %d", maxDepth)
			}
			m.open = append(m.open, name)
			return tokenStart, name, nil, m.attributes()
		}
	}
}

func (m *markup) end() (token, string, []byte, error) {
	name := m.open[len(m.open)-1]
	m.open = m.open[:len(m.open)-1]
	return tokenEnd, name, nil, nil
}

// piece takes text up to the next tag or entity, or what is at hand of it.
func (m *markup) piece(b []byte) ([]byte, error) {
	n := bytes.IndexAny(b, "<&")
	if n == 0 {
		return m.entity()
	}
	if n < 0 {
		n = len(b)
	}
	m.text = append(m.text[:0], b[:n]...)
	_, _ = m.in.Discard(n)
	if len(m.open) == 0 && len(bytes.TrimSpace(m.text)) > 0 {
		return nil, m.bad("text outside of the root")
	}
	if len(m.open) == 0 {
		return nil, nil
	}
	return m.text, nil
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

func (m *markup) entity() ([]byte, error) {
	b, err := m.in.Peek(12)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, m.ended(err)
	}
	n := bytes.IndexByte(b, ';')
	if n < 2 || len(m.open) == 0 {
		return nil, m.bad("an entity that is none")
	}
	name := string(b[1:n])
	_, _ = m.in.Discard(n + 1)
	if s, ok := entities[name]; ok {
		m.text = append(m.text[:0], s...)
		return m.text, nil
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if digits == name {
		return nil, m.bad("an entity that is not declared")
	}
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	r, err := strconv.ParseUint(digits, base, 21)
	if err != nil || !utf8.ValidRune(rune(r)) || r == 0 {
		return nil, m.bad("an entity of no character")
	}
	m.text = utf8.AppendRune(m.text[:0], rune(r))
	return m.text, nil
}

// special reads what begins with "<!": a comment, CDATA of at most maxTag bytes, or a document type, which is refused.
func (m *markup) special() ([]byte, error) {
	b, err := m.in.Peek(7)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, m.ended(err)
	}
	switch {
	case bytes.HasPrefix(b, []byte("--")):
		_, _ = m.in.Discard(2)
		return nil, m.skip("-->")
	case string(b) == "[CDATA[" && len(m.open) > 0:
		_, _ = m.in.Discard(7)
		m.text = m.text[:0]
		for !bytes.HasSuffix(m.text, []byte("]]>")) {
			c, err := m.in.ReadByte()
			if err != nil {
				return nil, m.ended(err)
			}
			if m.text = append(m.text, c); len(m.text) > maxTag {
				return nil, refuse(format.ErrTooLarge, "a CDATA section of more than %d bytes", maxTag)
			}
		}
		if m.text = m.text[:len(m.text)-3]; len(m.text) == 0 {
			return nil, nil
		}
		return m.text, nil
	case len(b) < 7:
		return nil, m.ended(io.EOF)
	}
	return nil, m.bad("a document type, which is not read")
}

// skip takes everything up to and with the mark.
func (m *markup) skip(mark string) error {
	n := 0
	for n < len(mark) {
		c, err := m.in.ReadByte()
		switch {
		case err != nil:
			return m.ended(err)
		case c == mark[n]:
			n++
		case mark[0] == '-' && c == '-' && n == 2:
			// "--->": the last two hyphens count
		case c == mark[0]:
			n = 1
		default:
			n = 0
		}
	}
	return nil
}

// name reads a tag's name and returns it without its prefix. The rest of the tag is for attributes.
func (m *markup) name() (string, error) {
	var b []byte
	for {
		c, err := m.in.ReadByte()
		if err != nil {
			return "", m.ended(err)
		}
		if c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			_ = m.in.UnreadByte()
			break
		}
		if c == '<' || c == '&' || c == '=' || c == '"' || len(b) >= maxName {
			return "", m.bad("a tag without a name")
		}
		b = append(b, c)
	}
	if i := bytes.LastIndexByte(b, ':'); i >= 0 {
		b = b[i+1:]
	}
	if len(b) == 0 || !utf8.Valid(b) {
		return "", m.bad("a tag without a name")
	}
	return string(b), nil
}

// attributes takes the rest of a tag.
func (m *markup) attributes() error {
	var quote, last byte
	for n := 0; ; n++ {
		c, err := m.in.ReadByte()
		switch {
		case err != nil:
			return m.ended(err)
		case n > maxTag:
			return refuse(format.ErrTooLarge, "a tag of more than %d bytes", maxTag)
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'':
			quote = c
		case c == '<':
			return m.bad("a tag within a tag")
		case c == '>':
			m.empty = last == '/'
			return nil
		}
		last = c
	}
}
