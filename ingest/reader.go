package ingest

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/graph/event"
)

// unit is one event as it stands in a stream, or why it cannot be taken out of it.
type unit struct {
	line  int64 // of NDJSON from 1; the place in an array from 1
	bytes []byte
	err   *event.ParseError

	id       string   // of what was refused, where it has one
	remedy   string   // of err; "": that of an event that does not parse
	unmapped []string // of a foreign record
}

// units reads a stream of events: a JSON array, or one JSON object a line (NDJSON), told apart by the first byte. It
// holds one event at a time, whatever the length of the stream.
type units struct {
	in    *bufio.Reader
	array *jsontext.Decoder
	count *bounded // beneath array
	begun bool
	n     int64
	ended error // io.EOF or an *errStream: nothing comes after it
}

func newUnits(r io.Reader) *units { return &units{in: bufio.NewReaderSize(r, 64<<10)} }

func (u *units) close() {}

// waiting reports whether the next unit would have to be waited for.
func (u *units) waiting() bool {
	if u.in.Buffered() > 0 {
		return false
	}
	return u.array == nil || len(bytes.Trim(u.array.UnreadBuffer(), " \t\r\n,")) == 0
}

// errStream ends a stream that cannot be read on. Message is for whoever sent it; the cause may name addresses and files.
type errStream struct {
	Code, Message string
	Err           error // cause, or nil
}

func (e *errStream) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *errStream) Unwrap() error { return e.Err }

// codeBadGzip is the code of a compressed stream that is damaged; the others are those of package event.
const codeBadGzip = "BAD_GZIP"

// codeSilent is the code of a stream that was waited for too long.
const codeSilent = "STREAM_SILENT"

// next returns the next event, or io.EOF, or an *errStream.
func (u *units) next() (unit, error) {
	if u.ended != nil {
		return unit{}, u.ended
	}
	next, err := u.read()
	if err != nil && !errors.Is(err, io.EOF) {
		err = streamError(err)
	}
	u.ended = err
	return next, err
}

// streamError says what ended a stream too early: it is damaged, or whoever sent it went away.
func streamError(err error) error {
	var already *errStream
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &already):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &errStream{codeSilent, "nothing came for too long; hand in again what has no receipt", err}
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return &errStream{codeBadGzip, "the gzip stream is damaged", err}
	}
	return &errStream{event.ParseTruncated, "the stream ends too early", err}
}

// plainReader gives errors of the reader beneath as streamError does.
type plainReader struct{ r io.Reader }

func (p plainReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = streamError(err)
	}
	return n, err
}

func (u *units) read() (unit, error) {
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
		// What is wrong within an element is that element's fault and found when it is parsed.
		u.array = jsontext.NewDecoder(u.count, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
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
	u.count.read = 0 // what is read is counted afresh for each element
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
				return unit{}, &errStream{event.ParseTrailing, "something follows the array of events", nil}
			}
		}
	}
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
		return &errStream{event.ParseTooLarge, fmt.Sprintf("element %d of the array is larger than the %d bytes an event may have", u.n+1, event.MaxBytes), nil}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &errStream{event.ParseTruncated, fmt.Sprintf("the array ends within or after element %d, without its closing bracket", u.n+1), nil}
	case errors.As(err, &syntax):
		return &errStream{event.ParseSyntax, fmt.Sprintf("element %d of the array, byte %d of the stream, is not JSON; hand in one object a line to have the others read all the same", u.n+1, syntax.ByteOffset), nil}
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
