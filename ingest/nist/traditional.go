package nist

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// The limits of a header. A transaction has at most 999 records (1.003 CRC).
const (
	maxRecords = 1000
	maxCNT     = 16 << 10
)

// traditional reads transactions in the traditional encoding.
type traditional struct {
	*source
	note func(code, field, problem string, loss format.Loss)
	over bool // the file has ended
}

func refuse(code, f string, a ...any) error {
	return &format.Error{Code: code, Message: fmt.Sprintf(f, a...)}
}

// next reads a transaction, or returns io.EOF. What follows it is looked at before it is given: bytes that belong to
// nothing say that its last record is longer than it says.
func (d *traditional) next() (*Transaction, error) {
	if d.over {
		return nil, io.EOF
	}
	t := &Transaction{Records: map[int]int{}}
	listed, err := d.header(t)
	if err != nil {
		return nil, err
	}
	for i, r := range listed {
		err := d.record(t, r)
		if err != nil {
			var own *format.Error
			if errors.As(err, &own) {
				own.Message = fmt.Sprintf("record %d of the transaction (Type-%d): %s", i+2, r.kind, own.Message)
			}
			return nil, err
		}
		t.Records[r.kind]++
	}
	t.Digest = d.reset()
	return t, d.after()
}

// after takes white space after a transaction, which some programs write. After it the file ends, or the next
// transaction begins.
func (d *traditional) after() error {
	space := false
	for {
		b, err := d.ahead(16)
		if err != nil {
			return err
		}
		rest := bytes.TrimLeft(b, " \r\n")
		if space = space || len(rest) < len(b); len(rest) == 0 && len(b) > 0 {
			d.take(b)
			continue
		}
		d.take(b[:len(b)-len(rest)])
		d.reset()
		if d.over = len(b) == 0; d.over && space {
			d.note(GapTrailing, "", "white space after the transaction", format.LostNone)
		}
		if !d.over && format.Detect(rest) != format.NISTITL {
			return refuse(format.ErrLength, "something follows the last record that 1.003 lists; a record may be longer or shorter than it says")
		}
		return nil
	}
}

// entry is a record as CNT lists it.
type entry struct {
	kind int
	idc  int // -1: not a number
}

// tag reads "10.003:" of a record that has limit bytes left.
func (d *traditional) tag(limit int64) (record, field int, n int64, err error) {
	b, err := d.ahead(int(min(limit, 16)))
	if err != nil {
		return 0, 0, 0, err
	}
	a, rest, dot := bytes.Cut(b, []byte{'.'})
	c, _, colon := bytes.Cut(rest, []byte{':'})
	if record, field = number(a), number(c); !dot || !colon || record < 0 || field < 0 || len(a) > 3 || len(c) > 9 {
		if int64(len(b)) < min(limit, 16) {
			return 0, 0, 0, d.ended(io.EOF)
		}
		return 0, 0, 0, refuse(format.ErrMalformed, "at byte %d of the transaction, where a field begins, is no tag", d.at)
	}
	n = int64(len(a) + len(c) + 2)
	d.take(b[:n])
	return record, field, n, nil
}

// number reads a number without sign, or returns -1.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 10 {
		return -1
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// length reads the first field of a tagged record, its length, and returns how many bytes are left of it. end is the
// separator after the field.
func (d *traditional) length(kind int) (left int64, end byte, err error) {
	record, field, n, err := d.tag(16)
	if err != nil {
		return 0, 0, err
	}
	if record != kind || field != 1 {
		return 0, 0, refuse(format.ErrMalformed, "begins with field %d.%03d, not with %d.001; an earlier record may be longer or shorter than it says", record, field, kind)
	}
	v, end, long, err := d.value(16, 12)
	if err != nil {
		return 0, 0, err
	}
	claimed := number(bytes.TrimSpace(v))
	if claimed < 0 || long || end == 0 {
		return 0, 0, refuse(format.ErrLength, "%d.001 is no length", kind)
	}
	left = int64(claimed) - n - int64(len(v)) - 1
	if left < 0 || left == 0 && end != fs || left > 0 && end == fs {
		return 0, 0, refuse(format.ErrLength, "the record says that it has %d bytes, and does not", claimed)
	}
	return left, end, nil
}

// fields reads the fields of a tagged record of which left bytes are to come. want says how many bytes of a field's value are
// kept; see gets it. data gets the pieces of field 999, which is the last one and may hold separators.
func (d *traditional) fields(kind int, left int64, want func(field int) int, see func(field int, value []byte, long bool), data func([]byte)) error {
	for left > 0 {
		record, field, n, err := d.tag(left)
		if err != nil {
			return err
		}
		if record != kind {
			return refuse(format.ErrMalformed, "has a field %d.%03d", record, field)
		}
		left -= n
		if left <= 0 {
			return refuse(format.ErrLength, "the record ends within field %d.%03d", kind, field)
		}
		if field == 999 && kind > 9 {
			if err := d.pass(left-1, data); err != nil {
				return err
			}
			return d.close(kind)
		}
		before := d.at
		v, end, long, err := d.value(left, want(field))
		if err != nil {
			return err
		}
		left -= d.at - before
		switch {
		case end == 0:
			return refuse(format.ErrLength, "the record ends within field %d.%03d, without its separator", kind, field)
		case end == fs && left > 0:
			return refuse(format.ErrLength, "the record ends %d bytes before the length that it says", left)
		case end == gs && left == 0:
			return refuse(format.ErrLength, "the record goes on after the length that it says")
		}
		see(field, v, long)
	}
	return nil
}

// close takes the separator at the end of a record.
func (d *traditional) close(kind int) error {
	b, err := d.window(1)
	if err != nil {
		return err
	}
	if b[0] != fs {
		return refuse(format.ErrLength, "where the Type-%d record says that it ends is no separator", kind)
	}
	d.take(b)
	return nil
}

// header reads the Type-1 record and returns the records that CNT lists.
func (d *traditional) header(t *Transaction) ([]entry, error) {
	left, _, err := d.length(1)
	if err != nil {
		return nil, err
	}
	var listed []entry
	var bad error
	counted := false
	names := map[int]*string{2: &t.Version, 4: &t.Type, 5: &t.Date, 6: &t.Priority, 7: &t.To, 8: &t.From, 9: &t.Control, 10: &t.Answers, 13: &t.Domain, 14: &t.UTC}
	err = d.fields(1, left, func(field int) int {
		if field == 3 {
			return maxCNT
		}
		return maxValue + 1
	}, func(field int, v []byte, long bool) {
		if field == 3 {
			if counted = true; long {
				bad = refuse(format.ErrTooLarge, "1.003 lists more than a transaction may have")
				return
			}
			if listed, err = d.contents(v); err != nil {
				bad = err
			}
			return
		}
		to := names[field]
		name := fmt.Sprintf("1.%03d", field)
		switch {
		case to == nil:
			if field == 11 || field == 12 {
				d.note(GapField, name, "resolution of fingerprints", format.LostNone)
			} else if len(v) > 0 {
				d.note(GapField, name, "no event has this field", format.LostValue)
			}
			return
		case field == 13:
			v = bytes.TrimRight(bytes.ReplaceAll(v, []byte{us}, []byte{' '}), " ")
		}
		s, ok := clean(v)
		if !ok || long {
			d.note(GapValue, name, "too long, or with control characters", format.LostValue)
			return
		}
		*to = s
	}, nil)
	if err == nil {
		err = bad
	}
	if err == nil && !counted {
		err = refuse(format.ErrMalformed, "the Type-1 record has no 1.003, which says what records there are")
	}
	return listed, err
}

// contents reads CNT: "1 US n" and, after each RS, "type US IDC".
func (d *traditional) contents(v []byte) ([]entry, error) {
	var listed []entry
	for i, sub := range bytes.Split(bytes.TrimRight(v, "\x1e"), []byte{rs}) {
		a, b, _ := bytes.Cut(sub, []byte{us})
		kind, n := number(bytes.TrimSpace(a)), number(bytes.TrimSpace(b))
		if i == 0 {
			if kind != 1 {
				return nil, refuse(format.ErrMalformed, "1.003 does not begin with the Type-1 record")
			}
			listed = make([]entry, 0, 8)
			defer func() {
				if n != len(listed) {
					d.note(GapCount, "1.003", "it lists another number of records than it counts", format.LostNone)
				}
			}()
			continue
		}
		if kind < 2 || kind > 99 {
			return nil, refuse(format.ErrMalformed, "1.003 lists a record of no type")
		}
		if listed = append(listed, entry{kind, n}); len(listed) > maxRecords {
			return nil, refuse(format.ErrTooLarge, "1.003 lists more than %d records", maxRecords)
		}
	}
	return listed, nil
}

// binary records have their length in their first four bytes; what is the least they can be.
var leastBinary = map[int]uint32{3: 18, 4: 18, 5: 18, 6: 18, 7: 5, 8: 12}

// record reads one record as CNT lists it.
func (d *traditional) record(t *Transaction, r entry) error {
	if least, ok := leastBinary[r.kind]; ok {
		return d.binary(r, least)
	}
	left, _, err := d.length(r.kind)
	if err != nil {
		return err
	}
	if r.kind == 10 {
		return d.picture(t, r, left)
	}
	if left == 0 {
		return nil
	}
	if err := d.pass(left-1, nil); err != nil {
		return err
	}
	return d.close(r.kind)
}

func (d *traditional) binary(r entry, least uint32) error {
	b, err := d.ahead(5)
	if err != nil {
		return err
	}
	if len(b) < 5 {
		return d.ended(io.EOF)
	}
	n := binary.BigEndian.Uint32(b)
	if n < least {
		return refuse(format.ErrLength, "it says that it has %d bytes; such a record has at least %d", n, least)
	}
	if r.idc >= 0 && int(b[4]) != r.idc {
		return refuse(format.ErrLength, "its IDC is %d, 1.003 says %d; an earlier record may be longer or shorter than it says", b[4], r.idc)
	}
	return d.pass(int64(n), nil)
}

// picture reads a Type-10 record. Its data is hashed as it passes.
func (d *traditional) picture(t *Transaction, r entry, left int64) error {
	img := Image{}
	h := sha256.New()
	names := map[int]*string{2: &img.IDC, 3: &img.Type, 4: &img.Source, 5: &img.Taken, 11: &img.Algorithm, 996: &img.Stated}
	err := d.fields(10, left, func(field int) int { return maxValue + 1 }, func(field int, v []byte, long bool) {
		if field == 994 {
			img.Elsewhere = true
			return
		}
		to := names[field]
		if to == nil {
			d.note(GapField, "Type-10", "fields that describe the picture itself", format.LostNone)
			return
		}
		s, ok := clean(v)
		if !ok || long {
			d.note(GapValue, fmt.Sprintf("10.%03d", field), "too long, or with control characters", format.LostValue)
			return
		}
		*to = s
	}, func(b []byte) {
		h.Write(b)
		img.Bytes += int64(len(b))
	})
	if err != nil {
		return err
	}
	if img.Bytes > 0 {
		img.Digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	}
	if n, err := strconv.Atoi(img.IDC); err != nil || n != r.idc {
		d.note(GapIDC, "10.002", "another IDC than 1.003 lists", format.LostNone)
	}
	img.Type = strings.ToUpper(img.Type)
	t.Images = append(t.Images, img)
	return nil
}
