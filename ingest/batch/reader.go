package batch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// Reader reads a submission, a line at a time and within limits. It checks form only, no signature. Compression is the
// caller's: limits are on what comes out of it.
type Reader struct {
	r      *bufio.Reader
	limits Limits
	left   int64 // bytes that may still come
	line   int   // number of the line read last
	leaves int
	err    error
}

// NewReader makes a reader.
func NewReader(r io.Reader, l Limits) *Reader {
	l = l.orDefault()
	return &Reader{r: bufio.NewReaderSize(r, 16<<10), limits: l, left: l.Bytes}
}

// Line returns the number of the line read last, from 1.
func (r *Reader) Line() int { return r.line }

// Envelope reads the first line and returns it without its line feed.
func (r *Reader) Envelope() ([]byte, error) {
	if r.line != 0 {
		return nil, errors.New("the envelope has been read already")
	}
	line, err := r.next(nil, r.limits.Envelope)
	if err == io.EOF {
		return nil, refuse(Malformed, "nothing was handed in")
	}
	return line, err
}

// Next reads a leaf's line. At the end the error is io.EOF. A submission is read in whole lines: a last line without
// its line feed was cut off and is refused.
func (r *Reader) Next() (leaf []byte, hash tlog.Hash, disclosures []string, err error) {
	line, err := r.raw(nil)
	if err != nil {
		return nil, hash, nil, err
	}
	raw, refusal := decodeLine(line)
	if refusal != nil {
		refusal.Line = r.line
		return nil, hash, nil, refusal
	}
	return raw.leaf, raw.hash, raw.disclosures, nil
}

// raw appends the next leaf's line to buf.
func (r *Reader) raw(buf []byte) ([]byte, error) {
	line, err := r.next(buf, r.limits.Line)
	if err != nil {
		return line, err
	}
	if r.leaves++; r.leaves > r.limits.Leaves {
		return nil, r.fail(refuse(TooLarge, "more than %d leaves", r.limits.Leaves))
	}
	return line, nil
}

// next appends a line without its line feed to buf.
func (r *Reader) next(buf []byte, most int) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	start := len(buf)
	for {
		part, err := r.r.ReadSlice('\n')
		if r.left -= int64(len(part)); r.left < 0 {
			return nil, r.fail(refuse(TooLarge, "more than %d bytes", r.limits.Bytes))
		}
		buf = append(buf, part...)
		if len(buf)-start > most+1 {
			return nil, r.fail(refuse(TooLarge, "line %d has more than %d bytes", r.line+1, most))
		}
		switch {
		case err == nil:
			r.line++
			buf = buf[:len(buf)-1]
			if len(bytes.TrimSpace(buf[start:])) == 0 {
				return nil, r.fail(&Error{Code: Malformed, Message: "an empty line", Line: r.line})
			}
			return buf, nil
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(buf) == start:
			return nil, r.fail(io.EOF)
		case err == io.EOF && r.line == 0:
			// An envelope alone, as tools write it to a file: a heartbeat or a signed plain event.
			r.line++
			return buf, nil
		case err == io.EOF:
			return nil, r.fail(&Error{Code: Malformed, Message: "the last line is cut off", Line: r.line + 1})
		default:
			return nil, r.fail(fmt.Errorf("read submission: %w", err))
		}
	}
}

func (r *Reader) fail(err error) error { r.err = err; return err }
