package table

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The encodings a mapping may name.
const (
	encodingAuto   = "auto"
	encodingUTF8   = "utf-8"
	encodingLatin1 = "latin-1"
	encodingCP1252 = "windows-1252"
	encodingUTF16  = "utf-16" // the byte order mark says which; without one, little endian as Windows writes it
)

var encodings = []string{"", encodingAuto, encodingUTF8, encodingLatin1, encodingCP1252, encodingUTF16}

// text is a file's text in UTF-8.
type text struct {
	*bufio.Reader
	// mixed says that a cell that is not UTF-8 is read as Windows-1252, of which Latin-1's letters are a part. Only the
	// cell itself can tell: the first letter that is not ASCII may stand in the last row.
	mixed bool
}

const bufferBytes = 64 << 10

// decoded returns the text of r.
func decoded(r io.Reader, encoding string) (*text, error) {
	in := bufio.NewReaderSize(r, bufferBytes)
	head, err := in.Peek(512)
	if err != nil && err != io.EOF && len(head) == 0 {
		return nil, err
	}
	order := unicode.LittleEndian
	wide := encoding == encodingUTF16
	if encoding == "" || encoding == encodingAuto || wide {
		switch {
		case bytes.HasPrefix(head, []byte("\xff\xfe")):
			wide = true
		case bytes.HasPrefix(head, []byte("\xfe\xff")):
			wide, order = true, unicode.BigEndian
		case len(head) > 3 && head[1] == 0 && head[3] == 0 && head[0] != 0:
			wide = true
		case len(head) > 3 && head[0] == 0 && head[2] == 0 && head[1] != 0:
			wide, order = true, unicode.BigEndian
		}
	}
	out := func(r io.Reader) *text { return &text{Reader: bufio.NewReaderSize(r, bufferBytes)} }
	switch {
	case wide:
		return out(unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(in)), nil
	case encoding == encodingLatin1:
		return out(charmap.ISO8859_1.NewDecoder().Reader(in)), nil
	case encoding == encodingCP1252:
		return out(charmap.Windows1252.NewDecoder().Reader(in)), nil
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
		return &text{Reader: in}, nil
	}
	return &text{Reader: in, mixed: encoding != encodingUTF8}, nil
}

// cell returns the text of a cell, and whether it had to be taken for another encoding than the file's.
func (t *text) cell(b []byte) (s string, other bool, err error) {
	if utf8.Valid(b) {
		return string(b), false, nil
	}
	if !t.mixed {
		return "", false, fmt.Errorf("not UTF-8")
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(out), true, err
}
