package cef

import (
	"bytes"
	"errors"
	"iter"
	"strings"
)

// Message is one message. Its texts are unescaped.
type Message struct {
	Version  string // "0", "1"
	Vendor   string
	Product  string
	Release  string // of the product
	Class    string // device event class id
	Name     string
	Severity string
	Pairs    []Pair // of the extension, in order, each key once

	Repeated int // pairs left out because their key came before
	Stray    int // bytes of the extension that stand before its first key
}

// Pair is one key of the extension with its value.
type Pair struct{ Key, Value string }

// The errors of a message that is none.
var (
	ErrNone   = errors.New("does not begin as CEF does")
	ErrHeader = errors.New("has not the seven fields that a message begins with")
)

// fields are the fields before the extension.
const fields = 7

// Parse reads a message, which has to be valid UTF-8 for its texts to be. Its error is [ErrNone] or [ErrHeader].
func Parse(b []byte) (*Message, error) {
	rest, ok := bytes.CutPrefix(b, []byte("CEF:"))
	if !ok {
		return nil, ErrNone
	}
	m := new(Message)
	rest = bytes.TrimLeft(rest, " ")
	for i, to := range []*string{&m.Version, &m.Vendor, &m.Product, &m.Release, &m.Class, &m.Name, &m.Severity} {
		n := pipe(rest)
		if n < 0 && i < fields-1 {
			return nil, ErrHeader
		}
		if n < 0 { // an extension and its pipe may be missing together
			*to, rest = unescape(bytes.TrimRight(rest, " \r\n")), nil
			break
		}
		*to, rest = unescape(rest[:n]), rest[n+1:]
	}
	if m.Version == "" || strings.Trim(m.Version, "0123456789.") != "" {
		return nil, ErrHeader
	}
	m.extension(rest)
	return m, nil
}

// pipe is the place of the first pipe that is not escaped, or -1.
func pipe(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '|':
			return i
		}
	}
	return -1
}

// unescape takes the escapes out of a field or value. A backslash before a letter that needs none stays.
func unescape(b []byte) string {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b))
	for ; i >= 0; i = bytes.IndexByte(b, '\\') {
		out.Write(b[:i])
		if i+1 == len(b) {
			b = b[i:]
			break
		}
		switch c := b[i+1]; c {
		case '\\', '=', '|':
			out.WriteByte(c)
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		default:
			out.Write(b[i : i+2])
		}
		b = b[i+2:]
	}
	out.Write(b)
	return out.String()
}

// extension reads the keys and values.
func (m *Message) extension(b []byte) {
	key, from := "", 0 // of the pair that is being read, and where its value begins
	seen := map[string]bool{}
	end := func(to int) {
		value := bytes.TrimRight(b[from:to], " \t\r\n\x00")
		switch {
		case key == "":
			m.Stray += len(bytes.TrimSpace(value))
		case seen[key]:
			m.Repeated++
		default:
			seen[key] = true
			m.Pairs = append(m.Pairs, Pair{key, unescape(value)})
		}
	}
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '=':
			if at := keyBefore(b[from:i], from > 0); at >= 0 {
				end(from + at)
				key, from = string(b[from+at:i]), i+1
			}
		}
	}
	end(len(b))
}

// keyBefore is where in b the key begins that b ends with, or -1. It stands after white space, and within a value that is
// being read nowhere else.
func keyBefore(b []byte, within bool) int {
	at := len(b)
	for at > 0 && isKey(b[at-1]) {
		at--
	}
	if at == len(b) || at == 0 && within || at > 0 && b[at-1] != ' ' && b[at-1] != '\t' {
		return -1
	}
	return at
}

func isKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '[' || c == ']'
}

// Fields gives all values that a message has under their names, and, for keys that have a label (cs1 and cs1Label), the
// label, "" for the others. Labels themselves are not given.
func (m *Message) Fields() iter.Seq2[[2]string, string] {
	return func(yield func([2]string, string) bool) {
		for _, f := range []struct{ name, value string }{
			{"cef.version", m.Version}, {"cef.vendor", m.Vendor}, {"cef.product", m.Product}, {"cef.release", m.Release},
			{"cef.class", m.Class}, {"cef.name", m.Name}, {"cef.severity", m.Severity},
		} {
			if !yield([2]string{f.name}, f.value) {
				return
			}
		}
		keys := make(map[string]string, len(m.Pairs)) // → its label
		for _, p := range m.Pairs {
			keys[p.Key] = ""
		}
		for _, p := range m.Pairs {
			if of, ok := labelled(p.Key, keys); ok {
				keys[of] = p.Value
			}
		}
		for _, p := range m.Pairs {
			if _, ok := labelled(p.Key, keys); ok {
				continue
			}
			if !yield([2]string{p.Key, keys[p.Key]}, p.Value) {
				return
			}
		}
	}
}

// labelled returns the key that a key is the label of, where the message has that.
func labelled(key string, keys map[string]string) (string, bool) {
	of, ok := strings.CutSuffix(key, "Label")
	if ok {
		_, ok = keys[of]
	}
	return of, ok
}
