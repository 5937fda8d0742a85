package ingest

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/graph/event"
)

// unit is one event as it stands in a stream, or why it cannot be taken out of it.
type unit struct {
	line  int64 // of NDJSON from 1; the place in an array from 1
	bytes []byte
	err   *event.ParseError
}

// units reads a stream of events: a JSON array, or one JSON object a line (NDJSON), told apart by the first byte. It
// holds one event at a time, whatever the length of the stream.
type units struct {
	in    *bufio.Reader
	array *jsontext.Decoder
	count *bounded // beneath array
	begun bool
	n     int64
}

func newUnits(r io.Reader) *units { return &units{in: bufio.NewReaderSize(r, 64<<10)} }

// waiting reports whether the next unit would have to be waited for.
func (u *units) waiting() bool { return u.array == nil && u.in.Buffered() == 0 }

// errStream ends a stream that cannot be read on.
type errStream struct{ Code, Message string }

func (e *errStream) Error() string { return e.Message }

// next returns the next event, or io.EOF, or an *errStream, or the error of the reader beneath.
func (u *units) next() (unit, error) {
	if !u.begun {
		if err := u.begin(); err != nil {
			return unit{}, err
		}
	}
	if u.array != nil {
		return u.element()
	}
	for {
		line, err := u.line()
		if err != nil {
			return unit{}, err
		}
		if line.err != nil || len(trim(line.bytes)) > 0 {
			return line, nil
		}
	}
}

func (u *units) begin() error {
	u.begun = true
	if bom, _ := u.in.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = u.in.Discard(3)
	}
	for {
		b, err := u.in.ReadByte()
		if err != nil {
			return err
		}
		switch b {
		case ' ', '\t', '\r':
			continue
		case '\n':
			u.n++
			continue
		}
		if err := u.in.UnreadByte(); err != nil {
			return err
		}
		if b != '[' {
			return nil
		}
		u.n = 0
		u.count = &bounded{r: u.in, limit: 2 * event.MaxBytes}
		u.array = jsontext.NewDecoder(u.count)
		_, err = u.array.ReadToken()
		return err
	}
}

// bounded stops a reader that would have to hold more than limit bytes for one element: the decoder beneath grows its
// buffer until an element is whole.
type bounded struct {
	r           io.Reader
	limit, read int
}

var errElement = errors.New("an element of the array is too large")

func (b *bounded) Read(p []byte) (int, error) {
	if b.read > b.limit {
		return 0, errElement
	}
	if len(p) > 32<<10 {
		p = p[:32<<10]
	}
	n, err := b.r.Read(p)
	b.read += n
	return n, err
}

func (u *units) element() (unit, error) {
	if u.array.PeekKind() == ']' {
		if _, err := u.array.ReadToken(); err != nil {
			return unit{}, u.broken(err)
		}
		for {
			switch _, err := u.array.ReadToken(); {
			case errors.Is(err, io.EOF):
				return unit{}, io.EOF
			case err != nil:
				return unit{}, u.broken(err)
			default:
				return unit{}, &errStream{event.ParseTrailing, "something follows the array of events"}
			}
		}
	}
	// What is read is counted afresh for each element.
	u.count.read = 0
	v, err := u.array.ReadValue()
	if err != nil {
		return unit{}, u.broken(err)
	}
	u.n++
	return unit{line: u.n, bytes: append([]byte(nil), v...)}, nil
}

// broken says where an array cannot be read on.
func (u *units) broken(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errElement):
		return &errStream{event.ParseTooLarge, fmt.Sprintf("element %d of the array is larger than the %d bytes an event may have", u.n+1, event.MaxBytes)}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &errStream{event.ParseTruncated, fmt.Sprintf("the array ends within or after element %d, without its closing bracket", u.n+1)}
	case errors.As(err, &syntax):
		return &errStream{event.ParseSyntax, fmt.Sprintf("element %d of the array, byte %d of the stream, is not JSON; hand in one object a line to have the others read all the same", u.n+1, syntax.ByteOffset)}
	}
	return err
}

// line reads one line of at most event.MaxBytes; of a longer one the rest is skipped.
func (u *units) line() (unit, error) {
	var long []byte
	for {
		part, err := u.in.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) && len(part)+len(long) > 0 {
			u.n++
			return unit{line: u.n, bytes: append(long, part...)}, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return unit{}, err
		}
		if len(long)+len(part) > event.MaxBytes {
			return u.skip()
		}
		long = append(long, part...)
	}
}

func (u *units) skip() (unit, error) {
	for {
		_, err := u.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return unit{}, err
		}
		u.n++
		return unit{line: u.n, err: &event.ParseError{Code: event.ParseTooLarge, Offset: event.MaxBytes,
			Message: fmt.Sprintf("the line is longer than the %d bytes an event may have", event.MaxBytes)}}, nil
	}
}

func trim(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
