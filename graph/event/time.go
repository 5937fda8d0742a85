package event

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Precision says how exactly a time is known.
type Precision uint8

// The precisions. Unplaced is the zero value: the time is not known at all, which is not the year zero.
const (
	Unplaced Precision = iota
	Instant
	Day
	Month
	Year
	Interval
)

// Time is an interval [Earliest, Latest] of nanoseconds since the Unix epoch, both ends included, in UTC. Its text
// form carries the precision:
//
//	2024-05-01T12:30:00Z          an instant (any RFC 3339 offset is read, UTC is written)
//	2024-05-01, 2024-05, 2024     a day, month or year, in UTC
//	A/B, ../B, A/..               an interval between two of the above, or open on one side
//
// An open end is [Beginning] or [End]. The zero Time is unplaced and is left out of JSON.
type Time struct {
	Earliest, Latest int64
	Precision        Precision
}

// Beginning and End stand for an open side of an interval.
const (
	Beginning = int64(-1 << 63)
	End       = int64(1<<63 - 1)
)

// IsZero reports whether the time is unplaced.
func (t Time) IsZero() bool { return t.Precision == Unplaced }

// At returns the instant t.
func At(t time.Time) Time { n := t.UnixNano(); return Time{n, n, Instant} }

// ParseTime reads the text form. It takes nothing that RFC 3339 leaves open: upper-case T and Z, two digits
// everywhere, at most nine digits of a second's fraction, no leap second. What an int64 of nanoseconds cannot hold
// (before 1677-09-22 or after 2262-04-10) is refused.
func ParseTime(s string) (Time, error) {
	a, b, isInterval := strings.Cut(s, "/")
	if !isInterval {
		return parsePoint(s)
	}
	t := Time{Beginning, End, Interval}
	if a == ".." && b == ".." {
		return Time{}, errors.New("an interval open on both sides says nothing; leave the time out")
	}
	if a != ".." {
		p, err := parsePoint(a)
		if err != nil {
			return Time{}, fmt.Errorf("start of interval: %w", err)
		}
		t.Earliest = p.Earliest
	}
	if b != ".." {
		p, err := parsePoint(b)
		if err != nil {
			return Time{}, fmt.Errorf("end of interval: %w", err)
		}
		t.Latest = p.Latest
	}
	if t.Earliest > t.Latest {
		return Time{}, errors.New("an interval cannot end before it starts")
	}
	return t, nil
}

var errTimeForm = errors.New("a time is 2006, 2006-01, 2006-01-02, 2006-01-02T15:04:05Z or an interval of two of them")

// parsePoint reads a year, month, day or instant.
func parsePoint(s string) (Time, error) {
	year, ok := digits(s, 0, 4)
	if !ok {
		return Time{}, errTimeForm
	}
	if len(s) == 4 {
		return span(Year, civil(year, 1, 1), civil(year+1, 1, 1))
	}
	month, ok := digits(s, 5, 2)
	if !ok || s[4] != '-' {
		return Time{}, errTimeForm
	}
	if month < 1 || month > 12 {
		return Time{}, errors.New("there is no such month")
	}
	if len(s) == 7 {
		next, in := year, month+1
		if in == 13 {
			next, in = year+1, 1
		}
		return span(Month, civil(year, month, 1), civil(next, in, 1))
	}
	day, ok := digits(s, 8, 2)
	if !ok || s[7] != '-' {
		return Time{}, errTimeForm
	}
	if day < 1 || day > daysIn(year, month) {
		return Time{}, errors.New("there is no such day")
	}
	days := civil(year, month, day)
	if len(s) == 10 {
		return span(Day, days, days+1)
	}
	second, nanos, err := parseClock(s[10:])
	if err != nil {
		return Time{}, err
	}
	second += days * 86400
	if second <= minSecond || second >= maxSecond {
		return Time{}, errTimeRange
	}
	n := second*1e9 + nanos
	return Time{n, n, Instant}, nil
}

// parseClock reads T15:04:05[.999999999](Z|±07:00) and returns the seconds since midnight UTC of the day that the
// text names (negative, or beyond a day, where the offset says so) and the nanoseconds.
func parseClock(s string) (second, nanos int64, err error) {
	h, ok1 := digits(s, 1, 2)
	m, ok2 := digits(s, 4, 2)
	sec, ok3 := digits(s, 7, 2)
	if !ok1 || !ok2 || !ok3 || s[0] != 'T' || s[3] != ':' || s[6] != ':' {
		return 0, 0, errTimeForm
	}
	if h > 23 || m > 59 || sec > 59 {
		return 0, 0, errors.New("there is no such time of day (leap seconds are not taken)")
	}
	rest := s[9:]
	if strings.HasPrefix(rest, ".") {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 1 || n > 10 {
			return 0, 0, errors.New("a second's fraction has one to nine digits")
		}
		nanos, _ = digits(rest, 1, n-1)
		for i := n; i < 10; i++ {
			nanos *= 10
		}
		rest = rest[n:]
	}
	second = h*3600 + m*60 + sec
	if rest == "Z" {
		return second, nanos, nil
	}
	oh, ok1 := digits(rest, 1, 2)
	om, ok2 := digits(rest, 4, 2)
	if !ok1 || !ok2 || len(rest) != 6 || rest[3] != ':' || oh > 23 || om > 59 || rest[0] != '+' && rest[0] != '-' {
		return 0, 0, errors.New("an instant ends in Z or an offset such as +02:00")
	}
	offset := oh*3600 + om*60
	if rest[0] == '+' {
		offset = -offset
	}
	return second + offset, nanos, nil
}

// digits reads n decimal digits of s at i.
func digits(s string, i, n int) (v int64, ok bool) {
	if len(s) < i+n {
		return 0, false
	}
	for _, c := range []byte(s[i : i+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

const (
	minSecond = Beginning / 1e9
	maxSecond = End / 1e9
	dayNanos  = int64(86400 * 1e9)
)

var errTimeRange = errors.New("the time is outside of 1677-09-22 to 2262-04-10")

// span is the Time from the start of one day (since the epoch) to the end of the day before another.
func span(p Precision, from, until int64) (Time, error) {
	if from <= minSecond/86400 || until >= maxSecond/86400 {
		return Time{}, errTimeRange
	}
	return Time{from * dayNanos, until*dayNanos - 1, p}, nil
}

// civil is the number of days from 1970-01-01 to the date (Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms", days_from_civil), for years from 0.
func civil(y, m, d int64) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = -1
	}
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func daysIn(y, m int64) int64 {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// String returns the text form, "" where unplaced. An interval is written with ends as coarse as they exactly allow
// (years if both ends fall on years, else months, else each end as a day or an instant), so equal intervals have
// equal texts.
func (t Time) String() string { return string(t.append(make([]byte, 0, 64))) }

// AppendText implements encoding.TextAppender.
func (t Time) AppendText(b []byte) ([]byte, error) { return t.append(b), nil }

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) { return t.append(nil), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(b []byte) error {
	u, err := ParseTime(string(b))
	*t = u
	return err
}

func (t Time) append(b []byte) []byte {
	switch t.Precision {
	case Unplaced:
		return b
	case Interval:
		p := t.coarsest()
		if t.Earliest == Beginning {
			b = append(b, ".."...)
		} else {
			b = appendPoint(b, t.Earliest, p, t.Earliest%dayNanos == 0)
		}
		b = append(b, '/')
		if t.Latest == End {
			return append(b, ".."...)
		}
		return appendPoint(b, t.Latest, p, (t.Latest+1)%dayNanos == 0)
	}
	return appendPoint(b, t.Earliest, t.Precision, true)
}

// coarsest is the precision in which both ends of an interval can be written: Year, Month, or Day where each end
// is to be written as a day or an instant.
func (t Time) coarsest() Precision {
	p := Year
	for i, n := range [2]int64{t.Earliest, t.Latest + 1} {
		if i == 0 && n == Beginning || i == 1 && t.Latest == End {
			continue
		}
		if n%dayNanos != 0 {
			return Day
		}
		_, month, day := time.Unix(0, n).UTC().Date()
		switch {
		case day != 1:
			return Day
		case month != time.January:
			p = Month
		}
	}
	return p
}

// appendPoint writes the point of time that n falls in. At precision Day of an interval's end, whole says whether
// the end is that of a whole day.
func appendPoint(b []byte, n int64, p Precision, whole bool) []byte {
	u := time.Unix(0, n).UTC()
	year, month, day := u.Date()
	b = appendDigits(b, year, 4)
	if p == Year {
		return b
	}
	b = appendDigits(append(b, '-'), int(month), 2)
	if p == Month {
		return b
	}
	b = appendDigits(append(b, '-'), day, 2)
	if p == Day && whole {
		return b
	}
	h, m, s := u.Clock()
	b = appendDigits(append(b, 'T'), h, 2)
	b = appendDigits(append(b, ':'), m, 2)
	b = appendDigits(append(b, ':'), s, 2)
	if nanos := u.Nanosecond(); nanos != 0 {
		b = appendDigits(append(b, '.'), nanos, 9)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, 'Z')
}

func appendDigits(b []byte, v, width int) []byte {
	for limit := 10; width > 1; width-- {
		if v < limit {
			for range width - 1 {
				b = append(b, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(v), 10)
}

// Overlaps reports whether the two times may be the same. An unplaced time overlaps nothing.
func (t Time) Overlaps(u Time) bool {
	return t.Precision != Unplaced && u.Precision != Unplaced && t.Earliest <= u.Latest && u.Earliest <= t.Latest
}

// Before reports whether t was certainly before u: all of it ended before any of u began.
func (t Time) Before(u Time) bool {
	return t.Precision != Unplaced && u.Precision != Unplaced && t.Latest < u.Earliest
}
