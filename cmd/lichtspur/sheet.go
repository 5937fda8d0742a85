package main

import (
	"fmt"
	"io"
	"strings"
)

// sheet writes rows as CSV (RFC 4180) that a spreadsheet opens safely: what it would take for a formula gets an apostrophe
// before it, as in the page's exports. Texts come from sources.
type sheet struct {
	w         io.Writer
	separator string
	columns   int
	b         []byte
}

// separators are the names of those that a shell does not like, beside the characters themselves.
var separators = map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";", "\t": "\t"}

// newSheet writes the header. mark says whether a byte order mark comes first, by which Excel knows UTF-8.
func newSheet(w io.Writer, separator string, mark bool, columns ...string) (*sheet, error) {
	s := &sheet{w: w, separator: separator, columns: len(columns)}
	if mark {
		s.b = append(s.b, "\ufeff"...)
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = c
	}
	return s, s.row(head...)
}

// row writes one: a value for each column, as a [list] takes them.
func (s *sheet) row(values ...any) error {
	if len(values) != s.columns {
		panic(fmt.Sprintf("%d values for %d columns", len(values), s.columns))
	}
	for i, v := range values {
		if i > 0 {
			s.b = append(s.b, s.separator...)
		}
		text := cell(v)
		switch v.(type) {
		case int, int64, uint64, float64:
		default:
			if text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 {
				text = "'" + text
			}
		}
		if strings.ContainsAny(text, "\"\n\r"+s.separator) {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		s.b = append(s.b, text...)
	}
	s.b = append(s.b, "\r\n"...)
	_, err := s.w.Write(s.b)
	s.b = s.b[:0]
	return err
}
