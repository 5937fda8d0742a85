package syslog

import (
	"bytes"
	"iter"
	"strings"
)

// Message is one message of RFC 5424, or what can be told of one that is older or bare.
type Message struct {
	Priority  int    // 0 to 191: facility*8 + severity; -1: none
	Version   int    // 1; 0: not in the form of RFC 5424
	Timestamp string // RFC 3339; "": none
	Hostname  string
	App       string
	Process   string
	ID        string // MSGID
	Data      []Parameter
	Text      []byte // MSG, without its byte order mark; part of what was parsed
}

// Parameter is one parameter of the structured data.
type Parameter struct{ Element, Name, Value string }

// fault is why a message cannot be read. Its text repeats nothing of the message.
type fault struct{ code, problem string }

func (f *fault) Error() string { return f.problem }

// Parse reads a message. One without the form of RFC 5424 is read as far as that goes: a priority, a date and a host as RFC
// 3164 has them, and the text. Only what claims to be RFC 5424 and is not is an error.
func Parse(b []byte) (*Message, error) {
	m := &Message{Priority: -1}
	b = bytes.TrimRight(b, "\r\n\x00")
	rest, ok := m.priority(b)
	if !ok {
		m.Text = b
		return m, nil
	}
	if len(rest) < 2 || rest[0] != '1' || rest[1] != ' ' {
		m.old(rest)
		return m, nil
	}
	m.Version = 1
	rest = rest[2:]
	for _, f := range []struct {
		to   *string
		most int // bytes, RFC 5424, 6
	}{{&m.Timestamp, 64}, {&m.Hostname, 255}, {&m.App, 48}, {&m.Process, 128}, {&m.ID, 32}} {
		n := bytes.IndexByte(rest, ' ')
		// Senders are not held to the lengths to the byte, only to some.
		if n <= 0 || n > 2*f.most {
			return nil, &fault{GapHeader, "the header has not its five fields"}
		}
		if v := rest[:n]; len(v) != 1 || v[0] != '-' {
			if bytes.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				return nil, &fault{GapHeader, "a field of the header is not printable ASCII"}
			}
			*f.to = string(v)
		}
		rest = rest[n+1:]
	}
	rest, ok = m.data(rest)
	switch {
	case !ok:
		return nil, &fault{GapData, "the structured data is not in its form"}
	case len(rest) > 0 && rest[0] != ' ':
		return nil, &fault{GapData, "something follows the structured data without a space"}
	case len(rest) > 0:
		m.Text = bytes.TrimPrefix(rest[1:], []byte("\xef\xbb\xbf"))
	}
	return m, nil
}

// priority reads "<134>".
func (m *Message) priority(b []byte) ([]byte, bool) {
	if len(b) < 3 || b[0] != '<' {
		return b, false
	}
	end := bytes.IndexByte(b[:min(len(b), 5)], '>')
	if end < 2 {
		return b, false
	}
	n := 0
	for _, c := range b[1:end] {
		if c < '0' || c > '9' {
			return b, false
		}
		n = 10*n + int(c-'0')
	}
	if n > 191 {
		return b, false
	}
	m.Priority = n
	return b[end+1:], true
}

// old reads what RFC 3164 has after the priority: "Sep 19 08:26:10 host tag[7]: text". The date has no year and no zone, so it
// is no time; it is read over.
func (m *Message) old(b []byte) {
	const date = len("Sep 19 08:26:10 ")
	if len(b) > date && b[3] == ' ' && b[6] == ' ' && b[9] == ':' && b[12] == ':' && b[date-1] == ' ' {
		b = b[date:]
		if n := bytes.IndexByte(b, ' '); n > 0 && n <= 255 && !bytes.Contains(b[:n], []byte(":")) {
			m.Hostname, b = strings.ToValidUTF8(string(b[:n]), "\ufffd"), b[n+1:]
		}
	}
	if tag, rest, ok := bytes.Cut(b[:min(len(b), 64)], []byte(": ")); ok && len(tag) > 0 && !bytes.ContainsAny(tag, " {|") {
		name, process, _ := strings.Cut(strings.ToValidUTF8(string(tag), "\ufffd"), "[")
		m.App, m.Process = name, strings.TrimSuffix(process, "]")
		b = b[len(b[:min(len(b), 64)])-len(rest):]
	}
	m.Text = b
}

// data reads the structured data and returns what follows it.
func (m *Message) data(b []byte) ([]byte, bool) {
	if len(b) > 0 && b[0] == '-' {
		return b[1:], true
	}
	if len(b) == 0 || b[0] != '[' {
		return nil, false
	}
	for len(b) > 0 && b[0] == '[' {
		b = b[1:]
		id, rest, ok := name(b)
		if !ok {
			return nil, false
		}
		b = rest
		for len(b) > 0 && b[0] == ' ' {
			p := Parameter{Element: id}
			if p.Name, b, ok = name(bytes.TrimLeft(b, " ")); !ok || len(b) < 2 || b[0] != '=' || b[1] != '"' {
				return nil, false
			}
			if p.Value, b, ok = quoted(b[2:]); !ok {
				return nil, false
			}
			m.Data = append(m.Data, p)
		}
		if len(b) == 0 || b[0] != ']' {
			return nil, false
		}
		b = b[1:]
	}
	return b, true
}

// name reads an SD-NAME.
func name(b []byte) (string, []byte, bool) {
	n := 0
	for n < len(b) && b[n] > ' ' && b[n] < 0x7f && b[n] != '=' && b[n] != ']' && b[n] != '"' {
		n++
	}
	return string(b[:n]), b[n:], n > 0 && n <= 64
}

// quoted reads a PARAM-VALUE after its quotation mark, to and with the one that ends it.
func quoted(b []byte) (string, []byte, bool) {
	var out []byte
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return string(out), b[i+1:], true
		case c == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\' || b[i+1] == ']'):
			i++
			out = append(out, b[i])
		default:
			out = append(out, c)
		}
	}
	return "", nil, false
}

// severities are the names of RFC 5424, 6.2.1.
var severities = [8]string{"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"}

// Fields gives the values that a message has beside its text, under the names that a mapping calls them by.
func (m *Message) Fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		severity := ""
		if m.Priority >= 0 {
			severity = severities[m.Priority&7]
		}
		for _, f := range [][2]string{
			{"syslog.severity", severity}, {"syslog.timestamp", m.Timestamp}, {"syslog.hostname", m.Hostname}, {"syslog.app", m.App},
			{"syslog.process", m.Process}, {"syslog.id", m.ID},
		} {
			if !yield(f[0], f[1]) {
				return
			}
		}
		for _, p := range m.Data {
			if !yield("data."+p.Element+"."+p.Name, p.Value) {
				return
			}
		}
	}
}
