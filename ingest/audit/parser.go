package audit

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Parse reads one record from a JSON object. It takes commas before closing brackets, which real exports have, and no
// name twice in an object. The problem, "" where there is none, says what is wrong without repeating any of it.
func (d *Document) Parse(raw []byte) (problem string) {
	d.reset()
	d.raw = raw
	p := parser{d: d, in: raw}
	p.space()
	if p.at >= len(raw) || raw[p.at] != '{' {
		return "not an object of JSON"
	}
	d.nodes = append(d.nodes, node{kind: branch})
	d.open = append(d.open, 0)
	if p.object(0); p.problem == "" {
		if p.space(); p.at < len(raw) {
			p.problem = "something follows the object"
		}
	}
	d.nodes[0].raw = span{0, int32(len(raw))}
	return p.problem
}

type parser struct {
	d       *Document
	in      []byte
	at      int
	depth   int
	problem string
}

func (p *parser) fail(problem string) {
	if p.problem == "" {
		p.problem = problem
	}
	p.at = len(p.in)
}

func (p *parser) space() {
	for p.at < len(p.in) {
		switch p.in[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// next returns the next byte that is no white space, 0 at the end.
func (p *parser) next() byte {
	if p.space(); p.at >= len(p.in) {
		return 0
	}
	return p.in[p.at]
}

// object reads an object's members into the node.
func (p *parser) object(i int32) {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested deeper than any record")
		return
	}
	p.at++
	for n := 0; ; n++ {
		switch c := p.next(); c {
		case '}':
			p.at++
			p.depth--
			return
		case ',':
			if n == 0 {
				p.fail("not JSON: a comma before the first member")
				return
			}
			p.at++
			if c = p.next(); c == '}' {
				continue
			}
			if c != '"' {
				p.fail("not JSON: a member without a name")
				return
			}
		case '"':
			if n > 0 {
				p.fail("not JSON: members without a comma between them")
				return
			}
		case 0:
			p.fail("not JSON: an object that does not end")
			return
		default:
			p.fail("not JSON: a member without a name")
			return
		}
		name, ok := p.quoted()
		if !ok {
			p.fail("a name that is too long, or not UTF-8")
		}
		if n >= maxWidth {
			p.fail("an object of more members than any record has")
		}
		if p.problem == "" && p.twice(i, name) {
			p.fail("a name twice in one object")
		}
		if p.next() != ':' {
			p.fail("not JSON: a name without a value")
			return
		}
		p.at++
		p.value(name)
		if p.problem != "" {
			return
		}
	}
}

// twice reports whether the node has a member of that name. The elements of a list were added one after another, so that
// only the last of them is compared.
func (p *parser) twice(i int32, name span) bool {
	d := p.d
	b := d.text[name.from:name.to]
	for c := d.nodes[i].first; c != 0; c = d.nodes[c].next {
		n := d.nodes[c].name
		if n.to-n.from == name.to-name.from && bytes.Equal(d.text[n.from:n.to], b) {
			return true
		}
	}
	return false
}

// value reads a value and adds it under the name.
func (p *parser) value(name span) {
	if len(p.d.nodes) >= maxNodes {
		p.fail("more members than any record has")
		return
	}
	d := p.d
	switch c := p.next(); {
	case c == '{':
		from := int32(p.at)
		i := d.add(name, branch)
		d.open = append(d.open, i)
		p.object(i)
		d.open = d.open[:len(d.open)-1]
		d.nodes[i].raw = span{from, int32(p.at)}
	case c == '[':
		p.list(name)
	case c == '"':
		from := int32(p.at)
		s, ok := p.quoted()
		i := d.add(name, text)
		d.nodes[i].value, d.nodes[i].raw = s, span{from, int32(p.at)}
		if !ok {
			d.nodes[i].kind = lost
		}
	default:
		p.word(name)
	}
}

func (p *parser) list(name span) {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested deeper than any record")
		return
	}
	p.at++
	for n := 0; p.problem == ""; n++ {
		c := p.next()
		if c == ',' && n > 0 {
			p.at++
			c = p.next()
		} else if n > 0 && c != ']' {
			p.fail("not JSON: elements without a comma between them")
			return
		}
		if c == ']' {
			p.at++
			p.depth--
			return
		}
		p.value(name)
	}
}

// word reads a number, true, false or null.
func (p *parser) word(name span) {
	from := p.at
	for p.at < len(p.in) {
		c := p.in[p.at]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E' {
			p.at++
			continue
		}
		break
	}
	b := p.in[from:p.at]
	k := number
	switch {
	case string(b) == "null":
		k = nothing
	case string(b) == "true", string(b) == "false":
		k = truth
	case !numeral(b):
		p.fail("not JSON: a value that is none")
		return
	}
	i := p.d.add(name, k)
	p.d.nodes[i].raw = span{int32(from), int32(p.at)}
	if k != nothing {
		p.d.nodes[i].value = p.d.keep(b)
	}
}

// numeral reports whether b is a number of JSON (RFC 8259 section 6).
func numeral(b []byte) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(b) && b[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(b)
}

// quoted reads a string and keeps it. It is false, and nothing is kept, where the string is too long or not UTF-8.
func (p *parser) quoted() (span, bool) {
	d := p.d
	from := int32(len(d.text))
	p.at++
	begin, ok := p.at, true
	flush := func(to int) {
		if ok = ok && int(len(d.text)-int(from))+to-begin <= maxText; ok {
			d.text = append(d.text, p.in[begin:to]...)
		}
	}
	for p.at < len(p.in) {
		switch c := p.in[p.at]; {
		case c == '"':
			flush(p.at)
			p.at++
			if ok = ok && utf8.Valid(d.text[from:]); !ok {
				d.text = d.text[:from]
			}
			return span{from, int32(len(d.text))}, ok
		case c == '\\':
			flush(p.at)
			r, n := escape(p.in[p.at:])
			if n == 0 {
				p.fail("not JSON: an escape that is none")
				return span{}, false
			}
			if ok = ok && r >= 0 && len(d.text)-int(from) < maxText; ok {
				d.text = utf8.AppendRune(d.text, r)
			}
			p.at += n
			begin = p.at
		case c < 0x20:
			p.fail("not JSON: a control character within a text")
			return span{}, false
		default:
			p.at++
		}
	}
	p.fail("not JSON: a text that does not end")
	return span{}, false
}

// escape reads an escape and returns its character (-1: half of one) and its length, 0 where it is none.
func escape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch c := b[1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, ok := hex4(b[2:])
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(b) >= 8 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := hex4(b[8:]); ok {
				if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
					return whole, 12
				}
			}
		}
		return -1, 6
	}
	return 0, 0
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
