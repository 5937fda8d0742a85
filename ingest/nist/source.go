package nist

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// The separators of the traditional encoding (information separators of ASCII).
const (
	fs = 0x1c // ends a record
	gs = 0x1d // ends a field
	rs = 0x1e // ends a subfield
	us = 0x1f // ends an item
)

const bufferBytes = 64 << 10

// source is bytes that are looked at in a window of fixed size, counted and hashed as they are taken.
type source struct {
	in  *bufio.Reader
	sum hash.Hash
	at  int64 // bytes taken of this transaction
}

func newSource(r io.Reader) *source {
	return &source{in: bufio.NewReaderSize(r, bufferBytes), sum: sha256.New()}
}

// window returns what is at hand, at least one and at most n bytes, without taking it.
func (s *source) window(n int64) ([]byte, error) {
	if _, err := s.in.Peek(1); err != nil {
		return nil, s.ended(err)
	}
	return s.in.Peek(int(min(n, int64(s.in.Buffered()))))
}

// ahead returns the next n bytes, fewer where there are no more, without taking them.
func (s *source) ahead(n int) ([]byte, error) {
	b, err := s.in.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, s.ended(err)
	}
	return b, nil
}

func (s *source) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &format.Error{Code: format.ErrTruncated, Message: fmt.Sprintf("the file ends at byte %d of a transaction that goes on", s.at)}
	}
	return &format.Error{Code: format.ErrRead, Message: "the file cannot be read on", Err: err}
}

// take takes bytes that were looked at.
func (s *source) take(b []byte) {
	s.sum.Write(b)
	s.at += int64(len(b))
	_, _ = s.in.Discard(len(b)) // they are in the buffer
}

// pass takes n bytes and shows them to see, piece by piece. Nothing is allocated, whatever n is.
func (s *source) pass(n int64, see func([]byte)) error {
	for n > 0 {
		b, err := s.window(n)
		if err != nil {
			return err
		}
		if see != nil {
			see(b)
		}
		n -= int64(len(b))
		s.take(b)
	}
	return nil
}

// value takes bytes to the next GS or FS, that one included, of the limit bytes that are left of the record. The first
// keep bytes are returned; long says that there were more.
func (s *source) value(limit int64, keep int) (v []byte, end byte, long bool, err error) {
	for limit > 0 {
		b, err := s.window(limit)
		if err != nil {
			return nil, 0, false, err
		}
		n := bytes.IndexAny(b, "\x1c\x1d")
		part := b
		if n >= 0 {
			part, end = b[:n], b[n]
			b = b[:n+1]
		}
		if room := keep - len(v); len(part) > room {
			part, long = part[:max(room, 0)], true
		}
		v = append(v, part...)
		limit -= int64(len(b))
		s.take(b)
		if n >= 0 {
			return v, end, long, nil
		}
	}
	return v, 0, long, nil
}

// reset begins a new transaction and returns the digest of the one before.
func (s *source) reset() (d [32]byte) {
	s.sum.Sum(d[:0])
	s.sum.Reset()
	s.at = 0
	return d
}
