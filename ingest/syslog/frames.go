package syslog

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// The bounds of a message.
const (
	// MaxMessage is the longest message that is kept, in bytes: an event in JSON, and a header.
	MaxMessage = event.MaxBytes + 64<<10
	// MaxClaim is the longest message that is read over. What claims to be longer is no message.
	MaxClaim = 64 << 20
	// CutTo is how much is kept of a message that is longer than it may be.
	CutTo = 8 << 10
)

// Frame is a message as it stands in a stream.
type Frame struct {
	Text    []byte
	Cut     int64 // how many bytes it had, where that is more than it may and Text is its beginning; else 0
	Open    bool  // the stream ended, or failed, before the message did
	Missing int64 // of an open one that said its length: bytes that did not come
}

// Frames takes messages out of a stream (RFC 6587): those that begin with their length in digits and a space ("octet
// counting", the only way of RFC 5425), and those that a line feed or NUL ends. Both may come in turn. What is held is one
// message, at most [MaxMessage] bytes, which grow as they come and not as they are claimed.
type Frames struct {
	in  *bufio.Reader
	buf []byte
	err error // what the stream ended with
}

// NewFrames takes messages out of r.
func NewFrames(r io.Reader) *Frames { return &Frames{in: bufio.NewReaderSize(r, 16<<10)} }

// Next returns the next message, in a slice that holds until the next call. The error is io.EOF where the stream has ended,
// or an [*format.Error]; what came before it of a message was given as an open one.
func (f *Frames) Next() (Frame, error) {
	if f.err != nil {
		return Frame{}, f.err
	}
	if !f.blank() {
		return Frame{}, f.err
	}
	f.buf = f.buf[:0]
	n, digits := f.count()
	switch {
	case digits == 0:
		return f.line(), nil
	case n > MaxClaim:
		f.err = &format.Error{Code: format.ErrLength, Message: "a message claims to be longer than any is"}
		return Frame{}, f.err
	}
	_, _ = f.in.Discard(digits + 1) // they were looked at
	out := Frame{Missing: n}
	if n > MaxMessage {
		out.Cut = n
	}
	for out.Missing > 0 {
		part := f.part()
		if part == nil {
			out.Open = true
			break
		}
		part = part[:min(out.Missing, int64(len(part)))]
		f.keep(part, out.Cut > 0)
		out.Missing -= int64(len(part))
	}
	out.Text = f.buf
	return out, nil
}

// part takes what is at hand, at least one byte, and returns nil where the stream has ended. What is not wanted of it is
// put back by [Frames.keep].
func (f *Frames) part() []byte {
	if _, err := f.in.Peek(1); err != nil {
		f.end(err)
		return nil
	}
	b, _ := f.in.Peek(f.in.Buffered())
	return b
}

// keep takes bytes that were looked at and adds them to the message, to one that is too long only up to what is kept of it.
func (f *Frames) keep(part []byte, cut bool) {
	n := len(part)
	if cut {
		part = part[:min(n, max(CutTo-len(f.buf), 0))]
	}
	f.buf = append(f.buf, part...)
	_, _ = f.in.Discard(n)
}

func (f *Frames) end(err error) {
	f.err = io.EOF
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.err = &format.Error{Code: format.ErrRead, Message: "the stream cannot be read on", Err: err}
	}
}

// blank reads over what may stand between messages, and reports whether anything follows.
func (f *Frames) blank() bool {
	for {
		part := f.part()
		if part == nil {
			return false
		}
		rest := bytes.TrimLeft(part, "\n\r\x00 ")
		_, _ = f.in.Discard(len(part) - len(rest))
		if len(rest) > 0 {
			return true
		}
	}
}

// count looks whether the next message begins with its length, in digits; digits is 0 where it does not.
func (f *Frames) count() (n int64, digits int) {
	const most = 10
	for i := 1; i <= most+1; i++ {
		b, err := f.in.Peek(i)
		if err != nil {
			return 0, 0 // and line meets the same end
		}
		switch c := b[i-1]; {
		case c == ' ' && i > 1:
			return n, i - 1
		case c < '0' || c > '9' || i == 1 && c == '0':
			return 0, 0
		default:
			n = 10*n + int64(c-'0')
		}
	}
	return 0, 0
}

// line reads a message that a line feed or NUL ends, or the stream.
func (f *Frames) line() Frame {
	var out Frame
	n := int64(0)
	for {
		part := f.part()
		if part == nil {
			out.Open = true
			break
		}
		end := bytes.IndexAny(part, "\n\x00")
		if end >= 0 {
			part = part[:end]
		}
		if n += int64(len(part)); n > MaxMessage {
			out.Cut = n
			f.buf = f.buf[:min(len(f.buf), CutTo)]
		}
		f.keep(part, out.Cut > 0)
		if end >= 0 {
			_, _ = f.in.Discard(1)
			break
		}
	}
	out.Text = bytes.TrimRight(f.buf, "\r")
	return out
}
