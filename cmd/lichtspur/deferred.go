package main

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// deferredBytes is how much of what is deferred is held in memory.
const deferredBytes = 8 << 20

// deferred keeps what can be written only after something else: in memory, and beyond that in a file without a name.
type deferred struct {
	b    bytes.Buffer
	file *os.File
}

func (s *deferred) Write(p []byte) (int, error) {
	n, _ := s.b.Write(p)
	if s.b.Len() < deferredBytes {
		return n, nil
	}
	return n, s.flush()
}

func (s *deferred) flush() error {
	if s.file == nil {
		f, err := os.CreateTemp("", "lichtspur-*")
		if err != nil {
			return err
		}
		s.file = f
		if err := os.Remove(f.Name()); err != nil { // it lives on until it is closed
			return err
		}
	}
	_, err := s.b.WriteTo(s.file)
	return err
}

// WriteTo gives all of it.
func (s *deferred) WriteTo(w io.Writer) (n int64, err error) {
	if s.file != nil {
		if err := s.flush(); err != nil {
			return 0, err
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
		return io.Copy(w, s.file)
	}
	return s.b.WriteTo(w)
}

func (s *deferred) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
