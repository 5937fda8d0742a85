package event

import "time"

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
