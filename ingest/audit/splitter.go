package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"golang.org/x/text/encoding/unicode"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// The codes of gaps that all readers of records have.
const (
	GapDamaged = "NOT_JSON"         // a record that cannot be read
	GapLarge   = "RECORD_TOO_LARGE" // a record of more than MaxRecord bytes, or of too many members
)

// Records reads objects of JSON: one or more, with anything of white space between them (a line each, or over many
// lines), arrays of them, and objects around an array of them that stands under one of the names in lists, which are
// read as they come. What cannot be read goes into the report as a lost event: of objects on lines only the damaged
// one. Memory is bounded by [MaxRecord].
//
// The document is the same one each time. An error, an [*format.Error], ends the sequence.
func Records(r io.Reader, report *format.Report, lists ...string) iter.Seq2[*Document, error] {
	return func(yield func(*Document, error) bool) {
		d := new(Document)
		s := &splitter{in: bufio.NewReaderSize(Plain(r), 64<<10), lists: lists, report: report}
		s.emit = func(raw []byte, around bool) bool {
			if !around {
				report.Records++
			}
			at := max(report.Records, 1)
			if s.over {
				report.Add(GapLarge, "", fmt.Sprintf("a record of more than %d bytes", MaxRecord), format.LostEvent, at)
				return true
			}
			if problem := d.Parse(raw); problem != "" {
				report.Add(GapDamaged, "", problem, format.LostEvent, at)
				return true
			}
			d.Place, d.Around = at, around
			return yield(d, nil)
		}
		if err := s.run(); err != nil && !errors.Is(err, errStop) {
			var own *format.Error
			if errors.As(err, &own) {
				own.At = report.Records + 1
			}
			yield(nil, err)
		}
	}
}

// Plain gives text in UTF-8 without a byte order mark, whatever encoding of Unicode it is in.
func Plain(r io.Reader) io.Reader {
	in := bufio.NewReaderSize(r, 4<<10)
	head, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(in)
	case len(head) == 4 && head[0] != 0 && head[1] == 0 && head[3] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(in)
	case len(head) == 4 && head[0] == 0 && head[1] != 0 && head[2] == 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(in)
	}
	return in
}

// splitter finds where records begin and end. It counts brackets and knows texts; what is within is for [Document.Parse].
type splitter struct {
	in     *bufio.Reader
	lists  []string
	report *format.Report
	emit   func(raw []byte, around bool) bool
	over   bool // the record was too large, and is not kept

	inner []byte // of an element
	outer []byte // of an object on its own, or around a list
}

// errStop says that nobody wants more records; errDamaged that an object is none.
var (
	errStop    = errors.New("no more records are wanted")
	errDamaged = errors.New("a damaged record")
)

func (s *splitter) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &format.Error{Code: format.ErrTruncated, Message: "the file ends within a record, or before the end of its list"}
	}
	return &format.Error{Code: format.ErrRead, Message: "the file cannot be read on", Err: err}
}

// significant returns the next byte that is no white space, without taking it.
func (s *splitter) significant() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n', 0x1e: // 0x1e begins a record in RFC 7464
			continue
		}
		return c, s.in.UnreadByte()
	}
}

func (s *splitter) run() error {
	for {
		c, err := s.significant()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.ended(err)
		}
		switch c {
		case '[':
			_, _ = s.in.Discard(1)
			err = s.elements()
		case '{':
			err = s.single()
		default:
			err = errDamaged
		}
		if errors.Is(err, errDamaged) {
			s.report.Records++
			s.report.Add(GapDamaged, "", "not JSON", format.LostEvent, s.report.Records)
			err = s.resume()
		}
		if err != nil {
			return err
		}
	}
}

// resume goes on to the next line that begins with a record.
func (s *splitter) resume() error {
	for {
		b, err := s.in.Peek(1)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return s.ended(err)
		}
		if b[0] == '{' || b[0] == 0x1e {
			return nil
		}
		for {
			if _, err = s.in.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return s.ended(err)
		}
	}
}

// single takes an object that stands on its own, or around a list.
func (s *splitter) single() error {
	around, err := s.object(&s.outer, true)
	if err != nil {
		return err
	}
	return s.give(s.outer, around)
}

func (s *splitter) give(raw []byte, around bool) error {
	more := s.emit(raw, around)
	s.over = false
	if !more {
		return errStop
	}
	return nil
}

// elements takes the elements of a list up to its end.
func (s *splitter) elements() error {
	for {
		c, err := s.significant()
		if err != nil {
			return s.ended(err)
		}
		switch c {
		case ']':
			_, _ = s.in.Discard(1)
			return nil
		case ',':
			_, _ = s.in.Discard(1)
			continue
		case '{':
			if _, err = s.object(&s.inner, false); err == nil {
				err = s.give(s.inner, false)
			}
		default:
			err = errDamaged
		}
		if errors.Is(err, errDamaged) {
			return &format.Error{Code: format.ErrMalformed, Message: "an element of the list is not an object of JSON"}
		}
		if err != nil {
			return err
		}
	}
}

// object copies an object into a buffer. Of one that stands on its own, lists under the names of s.lists are taken out,
// and their elements given; around says whether there was one.
func (s *splitter) object(into *[]byte, single bool) (around bool, err error) {
	raw, over := (*into)[:0], false
	defer func() { *into = raw }()
	var (
		closes   []byte // brackets that are to come
		prev     byte   // last byte of significance
		quoted   bool
		escaped  bool
		fresh    bool // only white space since the beginning of the line
		key      [32]byte
		keyBytes int
	)
	for {
		if _, err := s.in.Peek(1); err != nil {
			return around, s.ended(err)
		}
		b, _ := s.in.Peek(s.in.Buffered())
		taken := -1 // bytes of b, where it is not all
		var ended, list bool
	chunk:
		for i, c := range b {
			if quoted {
				switch {
				case escaped:
					escaped = false
				case c == '\\':
					escaped = true
				case c == '"':
					quoted, prev = false, '"'
					continue
				case c == '\n':
					_, _ = s.in.Discard(i + 1)
					return around, errDamaged
				}
				if len(closes) == 1 && keyBytes < len(key) {
					key[keyBytes] = c
					keyBytes++
				}
				continue
			}
			switch c {
			case ' ', '\t', '\r':
				continue
			case '\n':
				fresh = true
				continue
			case '"':
				quoted, keyBytes = true, 0
			case '{', '[':
				if prev != 0 && prev != ':' && prev != ',' && prev != '[' {
					if _, _ = s.in.Discard(i); !fresh {
						s.line()
					}
					return around, errDamaged
				}
				if list = c == '[' && single && len(closes) == 1 && prev == ':' && slices.Contains(s.lists, string(key[:keyBytes])); list {
					taken = i + 1
					prev = ']'
					break chunk
				}
				if len(closes) >= maxDepth {
					_, _ = s.in.Discard(i + 1)
					return around, errDamaged
				}
				closes = append(closes, c+2) // in ASCII both closing brackets are two after theirs
			case '}', ']':
				if closes[len(closes)-1] != c {
					_, _ = s.in.Discard(i + 1)
					return around, errDamaged
				}
				if closes = closes[:len(closes)-1]; len(closes) == 0 {
					taken, ended = i+1, true
					break chunk
				}
			}
			prev, fresh = c, false
		}
		if taken < 0 {
			taken = len(b)
		}
		if over = over || len(raw)+taken > MaxRecord; over {
			raw = raw[:0]
		} else {
			raw = append(raw, b[:taken]...)
		}
		_, _ = s.in.Discard(taken)
		if list {
			around = true
			if err := s.elements(); err != nil {
				return around, err
			}
			if !over {
				raw = append(raw, ']')
			}
		}
		if ended {
			s.over = over
			return around, nil
		}
	}
}

// line takes the rest of a line.
func (s *splitter) line() {
	for {
		if _, err := s.in.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}
