package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/spf13/cobra"
)

// outFlag gives a command that writes a document its own -o FILE in the place of -o FORMAT.
func outFlag(c *cobra.Command, what string) *string {
	return c.Flags().StringP("output", "o", "-", "`file` to write "+what+" to; - is standard output")
}

// write lets fill write the file at path, or standard output for "-". The file appears when it is whole, in the place
// of one of the same name: a run that fails or is interrupted leaves what was there. What is there and no regular file, a
// device or a pipe, is written to and not replaced.
func (a *app) write(path string, fill func(io.Writer) error) error {
	if path == "-" {
		w := bufio.NewWriterSize(a.out, 256<<10)
		if err := fill(w); err != nil {
			return err
		}
		return w.Flush()
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(path, fill)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	defer f.Close()
	w := bufio.NewWriterSize(f, 256<<10)
	if err := fill(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// writeInto lets fill write into what is at a path.
func writeInto(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 256<<10)
	if err := fill(w); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// open opens the file at path for reading, or standard input for "-". size is -1 where it is not known.
func (a *app) open(path string) (r io.ReadCloser, size int64, err error) {
	if path == "-" {
		return io.NopCloser(a.in), -1, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	size = -1
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return f, size, nil
}

// lineCounter counts the lines that go through it.
type lineCounter struct {
	w     io.Writer
	count func(lines int)
}

func (l lineCounter) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	lines := 0
	for _, b := range p[:n] {
		if b == '\n' {
			lines++
		}
	}
	l.count(lines)
	return n, err
}

// countingReader counts the bytes that were read through it, for another goroutine to see.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c *countingReader) count() int64 { return c.n.Load() }

// bytesReader is a reader of b, or none where there is nothing: a request then has no body.
func bytesReader(b []byte) io.Reader {
	if b == nil {
		return nil
	}
	return bytes.NewReader(b)
}
