package spool

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	segmentMagic = "lichspl1"
	sealedKey    = 60 // nonce, key and tag of a sealed key
	headerBytes  = 16 + sealedKey
	frameBytes   = 8 // of a block, before its ciphertext
)

// writer is the segment that is being written.
type writer struct {
	file   *os.File
	aead   cipher.AEAD
	blocks uint64
	offset int64
}

// write is the writing goroutine: it takes what is at hand as one block and syncs it.
func (s *Spool) write() {
	defer close(s.done)
	most := int(min(blockBytes, s.o.Limit/16))
	for {
		var group [][]byte
		select {
		case r := <-s.queue:
			group = append(group, r)
		case <-s.stop:
			return
		}
		size := len(group[0]) + 4
	more:
		for size < most {
			select {
			case r := <-s.queue:
				group = append(group, r)
				size += len(r) + 4
			default:
				break more
			}
		}
		err := s.insist(group, size)
		s.mu.Lock()
		s.writing = false
		if err != nil {
			s.failed = fmt.Errorf("%d records that were read could not be written to the spool: %w", s.taken-s.end, err)
		}
		s.changed.Broadcast()
		s.mu.Unlock()
		for _, r := range group {
			s.room.Release(int64(len(r)) + overhead)
		}
		if err != nil {
			return
		}
	}
}

// insist writes one block, again and again, until it is written or the spool is closed.
func (s *Spool) insist(group [][]byte, size int) error {
	for {
		err := s.put(group, size)
		if err == nil {
			return nil
		}
		s.o.Failing(err)
		if bad := s.abandon(); bad != nil {
			return errors.Join(err, bad)
		}
		t := time.NewTimer(s.o.Pause)
		select {
		case <-t.C:
		case <-s.shut:
			t.Stop()
			return err
		}
	}
}

// abandon leaves the segment that is written to as it was before a block that failed: whatever of that is in the file is
// written again, into another segment.
func (s *Spool) abandon() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out == nil {
		return nil
	}
	_ = s.out.file.Close() // what it says about the block is known
	s.out, s.live = nil, false
	g := s.segments[len(s.segments)-1]
	if g.first == g.end {
		s.segments = s.segments[:len(s.segments)-1]
		return os.Remove(s.path(g.first))
	}
	return os.Truncate(s.path(g.first), g.bytes)
}

// put waits for room and writes one block.
func (s *Spool) put(group [][]byte, size int) error {
	s.mu.Lock()
	need := int64(size) + headerBytes + frameBytes + 16
	// While it is being closed nobody makes room, and what is in memory is little.
	for s.used > 0 && s.used+need > s.o.Limit && !s.closing {
		s.changed.Wait()
	}
	s.writing = true
	fresh := !s.live || s.out == nil || s.out.offset >= s.o.Segment
	first := s.end
	s.mu.Unlock()
	if fresh {
		if err := s.begin(first); err != nil {
			return err
		}
	}
	block, err := s.out.seal(group, size)
	if err != nil {
		return err
	}
	if _, err := s.out.file.Write(block); err != nil {
		return err
	}
	if err := s.out.file.Sync(); err != nil {
		return err
	}
	s.out.offset += int64(len(block))
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &s.segments[len(s.segments)-1]
	g.end += uint64(len(group))
	s.used += s.out.offset - g.bytes
	g.bytes = s.out.offset
	s.end = g.end
	return nil
}

// begin begins a segment.
func (s *Spool) begin(first uint64) error {
	if s.out != nil {
		if err := s.out.file.Close(); err != nil {
			return err
		}
		s.out = nil
	}
	key := make([]byte, 32)
	if _, err := io.ReadFull(s.o.Random, key); err != nil {
		return err
	}
	aead, err := segmentCipher(key)
	if err != nil {
		return err
	}
	header := binary.BigEndian.AppendUint64([]byte(segmentMagic), first)
	header = append(header, s.box.Seal(nil, nil, key, header)...)
	if len(header) != headerBytes {
		return fmt.Errorf("a sealed key has %d bytes, not %d", len(header)-16, sealedKey)
	}
	// What a torn segment of that name left was removed when the spool was opened.
	f, err := os.OpenFile(s.path(first), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(header)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = syncDirectory(s.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	s.out = &writer{file: f, aead: aead, offset: headerBytes}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, segment{first: first, end: first})
	s.live = true
	return nil
}

func segmentCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce is the number of a block.
func nonce(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 4), n) }

// seal makes a block.
func (w *writer) seal(group [][]byte, size int) ([]byte, error) {
	plain := make([]byte, 0, size)
	for _, r := range group {
		plain = binary.BigEndian.AppendUint32(plain, uint32(len(r)))
		plain = append(plain, r...)
	}
	block := make([]byte, 0, frameBytes+len(plain)+w.aead.Overhead())
	block = binary.BigEndian.AppendUint32(block, uint32(len(plain)+w.aead.Overhead()))
	block = binary.BigEndian.AppendUint32(block, uint32(len(group)))
	block = w.aead.Seal(block, nonce(w.blocks), plain, block)
	w.blocks++
	return block, nil
}

// reader reads a segment, block by block.
type reader struct {
	file     *os.File
	in       *bufio.Reader
	aead     cipher.AEAD
	blocks   uint64
	offset   int64  // of the next block
	position uint64 // of its first record
}

// errBlock says that a block does not open.
var errBlock = errors.New("a block does not open")

// openSegment opens the segment of that name. One whose header is not whole is io.ErrUnexpectedEOF.
func (s *Spool) openSegment(first uint64) (r *reader, err error) {
	f, err := os.Open(s.path(first))
	if err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(f, header); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	key, err := s.box.Open(nil, nil, header[16:], header[:16])
	if err != nil || string(header[:8]) != segmentMagic || binary.BigEndian.Uint64(header[8:]) != first {
		return nil, fmt.Errorf("%w: %s was altered, renamed, or sealed under another root key", ErrDamaged, f.Name())
	}
	r = &reader{file: f, in: bufio.NewReaderSize(f, 64<<10), offset: headerBytes, position: first}
	r.aead, err = segmentCipher(key)
	return r, err
}

// block reads the next block: its records. Before the end of the file the error is errBlock where it does not open, and
// the reader stays before it; at the end it is io.EOF.
func (r *reader) block() ([][]byte, error) {
	head, err := r.in.Peek(frameBytes)
	switch {
	case errors.Is(err, io.EOF) && len(head) == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		return nil, errBlock
	case err != nil:
		return nil, fmt.Errorf("read spool: %w", err)
	}
	n, count := binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[4:])
	if n > blockBytes+MaxRecord+4096*4+64 || n < 16 {
		return nil, errBlock
	}
	block := make([]byte, frameBytes+int(n))
	if _, err := io.ReadFull(r.in, block); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, errBlock
		}
		return nil, fmt.Errorf("read spool: %w", err)
	}
	plain, err := r.aead.Open(nil, nonce(r.blocks), block[frameBytes:], block[:frameBytes])
	if err != nil {
		return nil, errBlock
	}
	records := make([][]byte, 0, min(int(count), len(plain)/4))
	for len(plain) >= 4 {
		m := binary.BigEndian.Uint32(plain)
		if int64(m) > int64(len(plain)-4) {
			return nil, errBlock
		}
		records = append(records, plain[4:4+m:4+m])
		plain = plain[4+m:]
	}
	if len(plain) > 0 || uint32(len(records)) != count {
		return nil, errBlock
	}
	r.blocks++
	r.offset += int64(len(block))
	r.position += uint64(count)
	return records, nil
}

// goesOn reports whether a block stands after the one that does not open. Each is synced before the next is written, so then
// the one before was whole once, and is damaged rather than torn.
func (r *reader) goesOn() bool {
	var head [frameBytes]byte
	if _, err := r.file.ReadAt(head[:], r.offset); err != nil {
		return false
	}
	next := *r
	at := r.offset + frameBytes + int64(binary.BigEndian.Uint32(head[:]))
	if _, err := r.file.Seek(at, io.SeekStart); err != nil {
		return false
	}
	next.in, next.offset, next.blocks = bufio.NewReader(r.file), at, r.blocks+1
	_, err := next.block()
	return err == nil
}

// Record is a record with its position.
type Record struct {
	Position uint64
	Data     []byte
}

// Read returns the next records that are not acknowledged, whole blocks up to about so many records and bytes, and waits
// until there is one. What it returned it does not return again, until the spool is opened anew.
func (s *Spool) Read(ctx context.Context, records, bytes int) ([]Record, error) {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	s.mu.Lock()
	at := s.acked
	if s.in != nil {
		at = s.in.position
	}
	for s.end <= at {
		switch {
		case ctx.Err() != nil:
			s.mu.Unlock()
			return nil, ctx.Err()
		case s.closing:
			s.mu.Unlock()
			return nil, ErrClosed
		}
		s.changed.Wait()
	}
	end, acked := s.end, s.acked
	s.mu.Unlock()
	var out []Record
	for size := 0; at < end && len(out) < records && size < bytes; {
		if err := s.seek(at); err != nil {
			return nil, err
		}
		first := s.in.position
		block, err := s.in.block()
		if err != nil {
			return nil, fmt.Errorf("%w: %s does not open at byte %d: %w", ErrDamaged, s.in.file.Name(), s.in.offset, err)
		}
		for i, b := range block {
			if p := first + uint64(i); p >= acked {
				out = append(out, Record{p, b})
				size += len(b)
			}
		}
		at = s.in.position
	}
	return out, nil
}

// seek opens the segment that the record at a position is in, and goes to its block; it stays where it is there already.
func (s *Spool) seek(at uint64) error {
	s.mu.Lock()
	var in *segment
	for i := range s.segments {
		if g := s.segments[i]; g.first <= at && at < g.end {
			in = &g
		}
	}
	s.mu.Unlock()
	if in == nil {
		return fmt.Errorf("%w: there is no record %d", ErrDamaged, at)
	}
	if s.in != nil && s.in.file.Name() == s.path(in.first) {
		return nil
	}
	if s.in != nil {
		if err := s.in.file.Close(); err != nil {
			return err
		}
		s.in = nil
	}
	r, err := s.openSegment(in.first)
	if err != nil {
		return err
	}
	s.in = r
	for {
		head, err := r.in.Peek(frameBytes)
		if err != nil {
			return fmt.Errorf("%w: %s ends before record %d: %w", ErrDamaged, r.file.Name(), at, err)
		}
		if r.position+uint64(binary.BigEndian.Uint32(head[4:])) > at {
			return nil
		}
		if _, err := r.block(); err != nil {
			return fmt.Errorf("%w: %s does not open at byte %d: %w", ErrDamaged, r.file.Name(), r.offset, err)
		}
	}
}

// Acknowledge says that everything before a position is done. When it returns that holds after a crash, too, and segments
// of which nothing is left are removed.
func (s *Spool) Acknowledge(position uint64) error {
	s.mu.Lock()
	if position > s.end {
		s.mu.Unlock()
		return fmt.Errorf("position %d is beyond the spool's end", position)
	}
	if position <= s.acked {
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	if err := s.writeState(position); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked = position
	for len(s.segments) > 0 && s.segments[0].end <= position {
		if len(s.segments) == 1 && s.live {
			if s.writing || s.taken > s.end {
				break // something more is about to come into it
			}
			s.live = false
		}
		g := s.segments[0]
		if err := os.Remove(s.path(g.first)); err != nil {
			return fmt.Errorf("tidy spool: %w", err)
		}
		s.segments = s.segments[1:]
		s.used -= g.bytes
	}
	s.changed.Broadcast()
	return nil
}
