package event

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// This file has the parts of JSON that a writer writes: members of objects, elements of lists, strings and numbers as
// RFC 8785 has them.

func (w *writer) open()      { w.b = append(w.b, '{') }
func (w *writer) close()     { w.b = append(w.b, '}') }
func (w *writer) openList()  { w.b = append(w.b, '[') }
func (w *writer) closeList() { w.b = append(w.b, ']') }

// element starts the next element of a list.
func (w *writer) element() {
	if w.b[len(w.b)-1] != '[' {
		w.b = append(w.b, ',')
	}
}

// name starts the next member of an object.
func (w *writer) name(s string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, s...)
	w.b = append(w.b, '"', ':')
}

// string writes a member that is always there, text one that is left out where empty.
func (w *writer) string(name, v string) {
	w.name(name)
	w.quote(v)
}

func (w *writer) text(name, v string) {
	if v != "" {
		w.string(name, v)
	}
}

func (w *writer) number(name string, v int64) {
	if v != 0 {
		w.name(name)
		w.integer(v)
	}
}

// integer writes a number. Beyond what every reader reads exactly there is no canonical form: RFC 8785 writes numbers
// as an IEEE 754 double.
func (w *writer) integer(v int64) {
	if (v > maxInteger || v < -maxInteger) && w.err == nil {
		w.err = errors.New("an integer beyond 2^53 has no canonical form")
	}
	w.b = strconv.AppendInt(w.b, v, 10)
}

func (w *writer) flag(name string, v bool) {
	if v {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *writer) time(name string, t Time) {
	if !t.IsZero() {
		w.name(name)
		w.b = append(w.b, '"')
		w.b = t.append(w.b)
		w.b = append(w.b, '"')
	}
}

func (w *writer) pseudonym(p Pseudonym) {
	if !p.IsZero() && !w.native {
		w.name("pseudonym")
		w.b = appendString(w.b, p.String())
	}
}

func (w *writer) wording(name string, t Text) {
	if t.IsZero() {
		return
	}
	w.name(name)
	w.open()
	w.text("de", t.DE)
	w.text("en", t.EN)
	w.close()
}

func (w *writer) list(name string, v []string) {
	if len(v) > 0 {
		w.name(name)
		w.strings(v)
	}
}

func (w *writer) strings(v []string) {
	w.openList()
	for _, s := range v {
		w.element()
		w.quote(s)
	}
	w.closeList()
}

func (w *writer) quote(v string) {
	if isPlain(v) {
		w.b = append(w.b, '"')
		w.b = append(w.b, v...)
		w.b = append(w.b, '"')
		return
	}
	if !utf8.ValidString(v) && w.err == nil {
		w.err = errors.New("text that is not UTF-8 has no canonical form")
	}
	w.b = appendString(w.b, v)
}

// isPlain reports whether a JSON string of v is v: ASCII without control characters, quotes and backslashes. It looks at
// eight bytes at a time (Alan Mycroft's test for a zero byte), since most of a leaf are such strings.
func isPlain(v string) bool {
	const (
		low  = 0x0101010101010101
		high = 0x8080808080808080
	)
	for len(v) >= 8 {
		x := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
			uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		quote, backslash := x^('"'*low), x^('\\'*low)
		if (x|(x-0x20*low)|(quote-low)&^quote|(backslash-low)&^backslash)&high != 0 {
			return false
		}
		v = v[8:]
	}
	for i := 0; i < len(v); i++ {
		if c := v[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendString appends a JSON string as RFC 8785 section 3.2.2.2 has it: the two-character escapes, other control
// characters as \u00xx in lower case, all else as it is.
func appendString(b []byte, v string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, v[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\f':
			b = append(b, `\f`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			const hex = "0123456789abcdef"
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, v[from:]...), '"')
}
