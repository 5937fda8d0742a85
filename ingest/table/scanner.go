package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// The limits of a row. They bound what a reader holds of a file in which, say, a quotation mark is never closed.
const (
	MaxCell    = 64 << 10 // bytes
	MaxRow     = 1 << 20  // bytes
	MaxColumns = 4096
)

// scanner cuts text into rows of cells (RFC 4180, and what programs make of it: any separator, line feeds alone,
// quotation marks within cells that do not begin with one).
type scanner struct {
	in   *text
	sep  byte
	line int64 // lines read

	raw   []byte   // the row's lines
	cells [][]byte // of raw, or of loose
	loose []byte   // cells that had quotation marks taken out
}

// errRow is a row that cannot be cut into cells; the next one can be read.
var errRow = errors.New("text follows a closing quotation mark")

// next reads a row. The cells are valid until the next call. Blank lines are no rows.
func (s *scanner) next() ([][]byte, error) {
	s.raw = s.raw[:0]
	for {
		line, err := s.readLine()
		if err != nil {
			return nil, err
		}
		if len(line) > 0 {
			break
		}
		s.raw = s.raw[:0]
	}
	s.cells = s.cells[:0]
	if bytes.IndexByte(s.raw, '"') < 0 {
		rest := s.raw
		for {
			i := bytes.IndexByte(rest, s.sep)
			if i < 0 {
				break
			}
			s.cells = append(s.cells, rest[:i])
			rest = rest[i+1:]
			if len(s.cells) > MaxColumns {
				return nil, s.tooLarge("columns", MaxColumns)
			}
		}
		return append(s.cells, rest), nil
	}
	return s.quoted()
}

// quoted cuts a row that has quotation marks, reading on where one is open at the end of the line.
func (s *scanner) quoted() ([][]byte, error) {
	const (
		begin  = iota // of a cell
		plain         // within a cell without marks
		inside        // within marks
		closed        // after a closing mark
	)
	s.loose = s.loose[:0]
	var ends []int
	state, bad := begin, false
	first := s.line
	for i := 0; ; i++ {
		if i == len(s.raw) {
			if state != inside {
				break
			}
			s.raw = append(s.raw, '\n')
			s.loose = append(s.loose, '\n')
			if _, err := s.readLine(); err != nil {
				if errors.Is(err, io.EOF) {
					return nil, &format.Error{Code: format.ErrTruncated, Message: fmt.Sprintf("the file ends within a quoted cell of the row that begins in line %d", first)}
				}
				return nil, err
			}
			continue // the line feed at i is in the cell already
		}
		c := s.raw[i]
		switch {
		case state == inside && c == '"':
			state = closed
		case state == inside:
			s.loose = append(s.loose, c)
		case state == begin && c == '"':
			state = inside
		case c == s.sep:
			ends = append(ends, len(s.loose))
			if len(ends) > MaxColumns {
				return nil, s.tooLarge("columns", MaxColumns)
			}
			state = begin
		case state == closed && c == '"':
			s.loose = append(s.loose, c)
			state = inside
		case state == closed && c != ' ':
			bad = true
			s.loose = append(s.loose, c)
		case state == closed:
		default:
			s.loose = append(s.loose, c)
			state = plain
		}
	}
	ends = append(ends, len(s.loose))
	from := 0
	for _, to := range ends {
		s.cells = append(s.cells, s.loose[from:to])
		from = to
	}
	if bad {
		return s.cells, errRow
	}
	return s.cells, nil
}

// readLine appends a line to raw, without its end, and returns it.
func (s *scanner) readLine() ([]byte, error) {
	begin := len(s.raw)
	for {
		part, err := s.in.ReadSlice('\n')
		if len(s.raw)+len(part) > MaxRow {
			return nil, s.tooLarge("bytes", MaxRow)
		}
		s.raw = append(s.raw, part...)
		if err == nil {
			break
		}
		if errors.Is(err, io.EOF) && len(s.raw) > begin {
			break
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, &format.Error{Code: format.ErrRead, Message: "the file cannot be read on", Err: err}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
	s.line++
	n := len(s.raw)
	if n > begin && s.raw[n-1] == '\n' {
		n--
	}
	if n > begin && s.raw[n-1] == '\r' {
		n--
	}
	s.raw = s.raw[:n]
	return s.raw[begin:], nil
}

func (s *scanner) tooLarge(what string, most int) error {
	return &format.Error{Code: format.ErrTooLarge, Message: fmt.Sprintf("the row in line %d has more than %d %s; a quotation mark may be open, or the separator another", s.line+1, most, what)}
}
