package c2pa

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// The bounds of what is kept of a picture.
const (
	// MaxStore is the largest manifest store that is read, in bytes.
	MaxStore = 8 << 20
	// maxHead is how much of a picture may stand before the end of its manifest store, besides it, for its binding to be
	// checked: what a claim leaves out of the hash is known only when it was read.
	maxHead = 1 << 20
)

// Range is a part of a file.
type Range struct{ Start, End int64 }

// scan is a picture that is read once, from front to back.
type scan struct {
	in  *bufio.Reader
	sum hash.Hash // SHA-256 of the whole
	at  int64     // bytes taken

	head     []byte // what was taken, until the manifest store is whole
	headless bool   // there was too much of it
	after    func([]byte, int64)

	store []byte
	parts []Range // of the file, that the store stands in
	said  int64   // from here on, up to the store, are segments of a JPEG that say something of the picture and are none of it; 0: its beginning
}

// take takes n bytes and shows them to see, piece by piece.
func (s *scan) take(n int64, see func([]byte)) error {
	for n > 0 {
		if s.in.Buffered() == 0 {
			if _, err := s.in.Peek(1); err != nil {
				return s.ended(err)
			}
		}
		b, err := s.in.Peek(int(min(n, int64(s.in.Buffered()))))
		if err != nil {
			return s.ended(err)
		}
		s.took(b)
		if see != nil {
			see(b)
		}
		n -= int64(len(b))
		_, _ = s.in.Discard(len(b)) // they are in the buffer
	}
	return nil
}

// took counts and hashes bytes.
func (s *scan) took(b []byte) {
	s.sum.Write(b)
	switch {
	case s.after != nil:
		s.after(b, s.at)
	case s.headless:
	case len(s.head)+len(b) > maxHead+len(s.store)+len(s.store)/1024+64<<10:
		s.head, s.headless = nil, true
	default:
		s.head = append(s.head, b...)
	}
	s.at += int64(len(b))
}

// read takes n bytes, few of them, into a slice.
func (s *scan) read(n int64) ([]byte, error) {
	out := make([]byte, 0, n)
	err := s.take(n, func(b []byte) { out = append(out, b...) })
	return out, err
}

// rest takes all that follows.
func (s *scan) rest() error {
	for {
		if _, err := s.in.Peek(1); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return s.ended(err)
		}
		if err := s.take(int64(s.in.Buffered()), nil); err != nil {
			return err
		}
	}
}

func (s *scan) digest() string { return "sha256:" + hex.EncodeToString(s.sum.Sum(nil)) }

func (s *scan) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &format.Error{Code: format.ErrTruncated, Message: fmt.Sprintf("the picture ends at byte %d, within a part that goes on", s.at)}
	}
	return &format.Error{Code: format.ErrRead, Message: "the picture cannot be read on", Err: err}
}

func malformed(f string, a ...any) error {
	return &format.Error{Code: format.ErrMalformed, Message: fmt.Sprintf(f, a...)}
}

// Kinds of pictures.
const (
	kindJPEG = "image/jpeg"
	kindPNG  = "image/png"
)

// kindOf tells what kind of picture begins like that, and its name where it is one that is not read.
func kindOf(head []byte) (kind, other string) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return kindJPEG, ""
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return kindPNG, ""
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "", "WebP"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return "", "HEIF, AVIF or MP4"
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return "", "TIFF"
	case bytes.HasPrefix(head, []byte("GIF8")):
		return "", "GIF"
	}
	return "", ""
}

// newScan begins a picture.
func newScan(r io.Reader) *scan {
	return &scan{in: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
}

// jpeg reads a JPEG's segments up to its image data, and calls found when the manifest store is whole. It stands in segments
// APP11 (ISO/IEC 19566-5, annex D).
func (s *scan) jpeg(found func() error) error {
	if _, err := s.read(2); err != nil {
		return err
	}
	a := assembly{s: s, found: found}
	for {
		begin := s.at
		marker, err := s.marker()
		if err != nil {
			return err
		}
		switch {
		case marker == 0xda || marker == 0xd9: // image data begins, or the picture ends
			return a.end()
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd7:
			continue
		}
		b, err := s.read(2)
		if err != nil {
			return err
		}
		n := int64(binary.BigEndian.Uint16(b)) - 2
		if n < 0 {
			return &format.Error{Code: format.ErrLength, Message: fmt.Sprintf("a segment at byte %d is shorter than its own length", begin)}
		}
		if marker != 0xeb {
			if err := s.take(n, nil); err != nil {
				return err
			}
			if (marker < 0xe0 || marker > 0xef) && marker != 0xfe && s.store == nil {
				s.said = s.at
			}
			continue
		}
		payload, err := s.read(n)
		if err != nil {
			return err
		}
		if err := a.segment(payload, Range{begin, s.at}); err != nil {
			return err
		}
	}
}

// marker takes a marker, with the bytes that may fill up before it.
func (s *scan) marker() (byte, error) {
	b, err := s.read(1)
	if err != nil {
		return 0, err
	}
	if b[0] != 0xff {
		return 0, malformed("there is no marker at byte %d of the JPEG", s.at-1)
	}
	for {
		if b, err = s.read(1); err != nil {
			return 0, err
		}
		if b[0] != 0xff {
			return b[0], nil
		}
	}
}

// assembly puts the manifest store together from segments.
type assembly struct {
	s     *scan
	found func() error
	open  bool   // segments of it are still to come
	box   uint16 // box instance number
	next  uint32 // packet sequence number that comes next
	total int64  // length of the store
}

func (a *assembly) end() error {
	if a.open {
		return malformed("the manifest store is not whole")
	}
	return nil
}

// segment takes one APP11 segment. Those of other boxes than a manifest store are left alone.
func (a *assembly) segment(b []byte, r Range) error {
	if len(b) < 16 || string(b[:2]) != "JP" {
		return nil
	}
	box, packet := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
	data := b[8:]
	total, header := int64(binary.BigEndian.Uint32(data)), 8
	if total == 1 {
		if len(data) < 16 {
			return nil
		}
		long := binary.BigEndian.Uint64(data[8:])
		if long > 1<<62 {
			long = 1 << 62
		}
		total, header = int64(long), 16
	}
	if string(data[4:8]) != "jumb" {
		return nil
	}
	if !a.open {
		if !isStore(data[header:]) {
			return nil
		}
		switch {
		case a.total > 0:
			return malformed("there are two manifest stores")
		case packet != 1:
			return malformed("the manifest store begins with packet %d", packet)
		case total > MaxStore:
			return &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("the manifest store has %d bytes, at most %d are read", total, MaxStore)}
		case total < int64(header):
			return &format.Error{Code: format.ErrLength, Message: "the manifest store is shorter than its own length"}
		}
		a.open, a.box, a.next, a.total = true, box, 1, total
		a.s.store = append(a.s.store, data[:header]...)
	}
	if box != a.box {
		return nil
	}
	if packet != a.next {
		return malformed("packet %d of the manifest store comes in place of %d", packet, a.next)
	}
	a.next++
	a.s.store = append(a.s.store, data[header:]...)
	a.s.parts = append(a.s.parts, r)
	switch n := int64(len(a.s.store)); {
	case n > a.total:
		return &format.Error{Code: format.ErrLength, Message: "the segments hold more than the manifest store says that it has"}
	case n == a.total:
		a.open = false
		return a.found()
	}
	return nil
}

// png reads a PNG's chunks to its end. The manifest store is the chunk caBX.
func (s *scan) png(found func() error) error {
	if _, err := s.read(8); err != nil {
		return err
	}
	for {
		begin := s.at
		b, err := s.read(8)
		if err != nil {
			return err
		}
		n, kind := int64(binary.BigEndian.Uint32(b)), string(b[4:])
		if n > 1<<31-1 {
			return &format.Error{Code: format.ErrLength, Message: fmt.Sprintf("a chunk at byte %d is longer than any may be", begin)}
		}
		switch {
		case kind != "caBX":
			if err := s.take(n+4, nil); err != nil {
				return err
			}
			if kind == "IEND" {
				return nil
			}
			continue
		case s.store != nil:
			return malformed("there are two manifest stores")
		case n > MaxStore:
			return &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("the manifest store has %d bytes, at most %d are read", n, MaxStore)}
		}
		sum := crc32.NewIEEE()
		sum.Write(b[4:])
		s.store = []byte{}
		if err := s.take(n, func(b []byte) {
			sum.Write(b)
			s.store = append(s.store, b...)
		}); err != nil {
			return err
		}
		if b, err = s.read(4); err != nil {
			return err
		}
		if binary.BigEndian.Uint32(b) != sum.Sum32() {
			return malformed("the checksum of the manifest store is another")
		}
		s.parts, s.said = append(s.parts, Range{begin, s.at}), begin
		if err := found(); err != nil {
			return err
		}
	}
}
