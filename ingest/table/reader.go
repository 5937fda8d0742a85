package table

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// The codes of gaps.
const (
	GapRow        = "BAD_ROW"         // cannot be cut into cells
	GapCells      = "WRONG_CELLS"     // more or fewer cells than the header
	GapNoColumn   = "COLUMN_MISSING"  // the mapping names it, the file does not have it
	GapUnmapped   = "COLUMN_UNMAPPED" // the file has it, the mapping does not name it
	GapIgnored    = "COLUMN_IGNORED"  // the mapping leaves it out on purpose
	GapValue      = "BAD_VALUE"       // a cell that does not fit its field
	GapRequired   = "VALUE_MISSING"   // a cell without which there is no event
	GapInvalid    = "INVALID_EVENT"   // the events that a row gives are none
	GapCollision  = "SAME_IDENTIFIER" // two names in the file make one identifier
	GapEncoding   = "OTHER_ENCODING"  // not UTF-8, read as Windows-1252
	GapUnreadable = "UNREADABLE"      // in no encoding
	GapEmpty      = "EMPTY"           // cell without a value
	GapMasked     = "MASKED"          // cell with a value made unreadable
	GapWithheld   = "WITHHELD"        // cell with a value kept back
	GapRepeated   = "REPEATED_ROW"    // equal to an earlier one, and counted
	GapRule       = "NO_RULE"         // no event of the mapping is of such a row
)

// Read reads rows and gives the events that a mapping makes of them. Parameters without a default must have been given
// ([Mapping.With]). What is not mapped goes into the report; an error, an [*format.Error], ends the sequence.
func Read(r io.Reader, m *Mapping, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		d := &reader{report: report, digester: newDigester(), names: map[string]digest{}, emit: func(e *event.Event) bool { return yield(e, nil) }}
		if err := d.read(r, m); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// errStopped says that nobody wants more events.
var errStopped = errors.New("stopped")

type reader struct {
	*program
	report   *format.Report
	emit     func(*event.Event) bool
	header   []string
	row      int64    // the current one, from 1
	cells    []string // of the row, without the white space around them
	states   []state
	reads    []bool    // columns that the mapping reads
	unused   []bool    // columns that it neither reads nor ignores
	readings []reading // of one group, reused
	tally    tally
	digester *digester
	names    map[string]digest // identifier → digest of the name that it was made of
}

func (d *reader) read(in io.Reader, m *Mapping) error {
	t, err := decoded(in, m.File.Encoding)
	if err != nil {
		return &format.Error{Code: format.ErrRead, Message: "the file cannot be read", Err: err}
	}
	s := &scanner{in: t}
	if err := d.begin(s, m); err != nil {
		return err
	}
	for {
		raw, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, errRow) {
			return err
		}
		d.row++
		d.report.Records++
		if err != nil {
			d.gap(GapRow, "", errRow.Error(), format.LostEvent)
			continue
		}
		if !d.take(t, raw) {
			continue
		}
		if !slices.ContainsFunc(d.program.events, d.holds) {
			d.gap(GapRule, "", "the mapping has no event for such a row", format.LostNone)
		}
		id, err := d.identify()
		if err != nil {
			return err
		}
		if err := d.events(id); err != nil {
			return err
		}
	}
}

func (d *reader) gap(code, field, problem string, loss format.Loss) {
	d.report.Add(code, field, problem, loss, d.row)
}

// begin reads the header and binds the mapping to it.
func (d *reader) begin(s *scanner, m *Mapping) error {
	for range m.File.Skip {
		if s.raw = s.raw[:0]; true {
			if _, err := s.readLine(); err != nil {
				return ended(err)
			}
		}
	}
	s.sep, _ = separator(m.File.Separator)
	d.header = m.File.Columns
	if d.header == nil || s.sep == 0 {
		head, err := s.in.Peek(format.HeadBytes)
		if err != nil && len(head) == 0 {
			return ended(err)
		}
		if line, rest, ok := strings.Cut(string(head), "\n"); s.sep == 0 && ok && strings.HasPrefix(line, "sep=") && len(strings.TrimRight(line, "\r")) == 5 {
			// Excel's own way to say it.
			s.sep = line[4]
			if _, err := s.in.Discard(len(line) + 1); err != nil {
				return ended(err)
			}
			head = []byte(rest)
			s.line++
		}
		if s.sep == 0 {
			p, err := m.compile(nil)
			if err != nil {
				return err
			}
			s.sep = p.separator(head)
		}
	}
	if d.header == nil {
		raw, err := s.next()
		if err != nil {
			return ended(err)
		}
		for _, c := range raw {
			name, _, err := s.in.cell(c)
			if err != nil {
				return &format.Error{Code: format.ErrMalformed, Message: "the header is in no encoding that is read"}
			}
			name = strings.TrimSpace(name)
			if strings.Contains(name, "\r") {
				return &format.Error{Code: format.ErrMalformed, Message: "lines end in CR alone, which is not read; make their ends LF or CRLF"}
			}
			d.header = append(d.header, name)
		}
	}
	var err error
	if d.program, err = m.compile(d.header); err != nil {
		return err
	}
	d.columns()
	if len(d.used) > 0 && !slices.Contains(d.reads, true) {
		return &format.Error{Code: format.ErrNoColumn, Message: "the file has none of the columns that the mapping reads; it may be another table, or begin with lines that are no header (skip)"}
	}
	return nil
}

// ended is the error of a file that ends, or fails, before its rows begin.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return &format.Error{Code: format.ErrTruncated, Message: "the file ends before its header does"}
	}
	var own *format.Error
	if errors.As(err, &own) || errors.Is(err, errRow) {
		return &format.Error{Code: format.ErrMalformed, Message: "the header cannot be read", Err: err}
	}
	return &format.Error{Code: format.ErrRead, Message: "the file cannot be read", Err: err}
}

// separator finds the one under which the first line has most columns of the mapping, and of those most at all.
func (p *program) separator(head []byte) byte {
	line, _, _ := strings.Cut(string(head), "\n")
	best, most := byte(','), -1
	for _, sep := range []byte(",;\t|") {
		names := strings.Split(strings.TrimRight(line, "\r"), string(sep))
		for i := range names {
			names[i] = strings.Trim(names[i], `" `)
		}
		found := 0
		for _, u := range p.used {
			for _, n := range u {
				if slices.ContainsFunc(names, func(h string) bool { return fold(h) == fold(n) }) {
					found++
				}
			}
		}
		if n := found<<16 + len(names); n > most {
			best, most = sep, n
		}
	}
	return best
}

// columns reports what does not fit between mapping and header.
func (d *reader) columns() {
	n := len(d.header)
	d.cells, d.states, d.reads, d.unused = make([]string, n), make([]state, n), make([]bool, n), make([]bool, n)
	for _, u := range d.used {
		if d.column(u) < 0 {
			d.report.Add(GapNoColumn, u[0], "the mapping reads it, the file does not have it", format.LostNone, 0)
		}
	}
	for i, h := range d.header {
		ignored := slices.ContainsFunc(d.m.Ignore, func(n string) bool { return fold(n) == fold(h) })
		if ignored {
			d.report.Add(GapIgnored, h, "the mapping leaves it out on purpose", format.LostNone, 0)
		}
		d.reads[i] = slices.ContainsFunc(d.used, func(u Columns) bool { return d.column(u) == i })
		d.unused[i] = !d.reads[i] && !ignored
	}
}

// take reads a row's cells and reports whether it is one.
func (d *reader) take(t *text, raw [][]byte) bool {
	for len(raw) > len(d.header) && len(raw[len(raw)-1]) == 0 {
		raw = raw[:len(raw)-1] // a separator at the end of each row
	}
	if len(raw) != len(d.header) {
		d.gap(GapCells, "", "not as many cells as the header", format.LostEvent)
		return false
	}
	all := true
	for i, b := range raw {
		if len(b) > MaxCell {
			d.gap(GapValue, d.header[i], fmt.Sprintf("a cell of more than %d bytes", MaxCell), format.LostEvent)
			return false
		}
		s, other, err := t.cell(b)
		if err != nil {
			d.gap(GapUnreadable, d.header[i], "in no encoding that is read", format.LostEvent)
			return false
		}
		if other {
			d.gap(GapEncoding, d.header[i], "not UTF-8; read as Windows-1252", format.LostNone)
		}
		if strings.ContainsRune(s, utf8.RuneError) {
			d.gap(GapEncoding, d.header[i], "letters that could not be read", format.LostNone)
		}
		d.cells[i] = strings.TrimSpace(s)
		st := d.state(d.cells[i])
		d.states[i] = st
		all = all && (st == empty || len(d.used) > 0 && !d.reads[i])
		switch {
		case d.unused[i]:
			if st != empty {
				d.gap(GapUnmapped, d.header[i], "the mapping does not name this column", format.LostValue)
			}
		case st == empty:
			d.gap(GapEmpty, d.header[i], "cells without a value", format.LostNone)
		case st == masked:
			d.gap(GapMasked, d.header[i], "cells whose value was made unreadable: recorded as withheld", format.LostNone)
		case st == withheld:
			d.gap(GapWithheld, d.header[i], "cells whose value is kept back: recorded as withheld", format.LostNone)
		}
	}
	if all {
		d.gap(GapEmpty, "", "a row without any value that the mapping reads", format.LostEvent)
	}
	return !all
}

// events makes the events of a row, whose ids begin with id.
func (d *reader) events(id string) error {
	for _, r := range d.program.events {
		if !d.holds(r) {
			continue
		}
		own := id
		if r.ID != "" {
			own += "/" + r.ID
		}
		if r.seen != nil {
			for _, c := range r.Once {
				d.digester.add(d.named(c))
			}
			key := d.digester.done()
			n, ok := r.seen.count(key)
			if !ok {
				return d.tooMany()
			}
			if n > 1 {
				continue
			}
			own = d.m.Name + "/" + r.ID + "/" + key.String()
		}
		e := d.event(r, own)
		if e == nil {
			continue
		}
		d.report.Events++
		if !d.emit(e) {
			return errStopped
		}
	}
	return nil
}

func (d *reader) tooMany() error {
	return &format.Error{Code: format.ErrTooMany, At: d.row, Message: fmt.Sprintf("more than %d different rows cannot be told apart in one go; split the file, or give the mapping a key", MaxRows)}
}

// named is the text of a column by its name in the mapping.
func (d *reader) named(name string) string {
	if i := d.column(Columns{name}); i >= 0 {
		return d.cells[i]
	}
	return ""
}

// identify returns what the ids of the row's events begin with. A key of one readable column stands in it as it is,
// so that the source finds its rows again; any other is hashed.
func (d *reader) identify() (string, error) {
	if i := d.keyColumn(); i >= 0 {
		if v := d.cells[i]; d.states[i] == filled && len(v) <= 200 && strings.IndexFunc(v, func(r rune) bool { return r < 0x20 || r == 0x7f }) < 0 {
			return d.m.Name + "/" + v, nil
		}
	}
	keyed := len(d.key) > 0 && !slices.ContainsFunc(d.key, func(k string) bool {
		i := d.column(Columns{k})
		return i < 0 || d.states[i] == empty
	})
	var key digest
	if keyed {
		for _, k := range d.key {
			d.digester.add(d.named(k))
		}
		key = d.digester.done()
	} else {
		key = d.whole()
	}
	id := d.m.Name + "/" + key.String()
	if keyed && !d.counted {
		return id, nil
	}
	n, ok := d.tally.count(key)
	if !ok {
		return "", d.tooMany()
	}
	if n > 1 {
		d.gap(GapRepeated, "", "equal to an earlier row; counted, since equal rows can be real", format.LostNone)
		id += "/" + strconv.FormatInt(n, 10)
	}
	return id, nil
}

// whole is the digest of all that is used of a row.
func (d *reader) whole() digest {
	for _, u := range d.used {
		if i := d.column(u); i >= 0 {
			d.digester.add(d.cells[i])
		} else {
			d.digester.add("")
		}
	}
	return d.digester.done()
}

// keyColumn is the column of a key that is one column and not counted, or -1.
func (d *reader) keyColumn() int {
	if len(d.key) != 1 || d.counted {
		return -1
	}
	return d.column(Columns{d.key[0]})
}

func (d *reader) holds(r *rule) bool {
	for _, c := range r.When {
		v := d.named(c.Column)
		if len(c.In) > 0 && !slices.Contains(c.In, v) || slices.Contains(c.Not, v) {
			return false
		}
	}
	return true
}
