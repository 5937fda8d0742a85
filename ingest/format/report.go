package format

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Loss is how much is lost with a gap.
type Loss string

// The losses.
const (
	LostEvent Loss = "EVENT" // a row or record gives no event, or one event less
	LostValue Loss = "VALUE" // the event is there, this value of it is not
	LostNone  Loss = "NONE"  // nothing: worth knowing
)

// Gap is what was not mapped for one reason in one field. Neither Field nor Problem repeats a value of the file: both
// may be logged.
type Gap struct {
	Code    string `json:"code"`  // stable
	Field   string `json:"field"` // column, field number or element; "" for a whole row or record
	Problem string `json:"problem"`
	Loss    Loss   `json:"loss"`
	Count   int64  `json:"count"`
	First   int64  `json:"first"` // row or record of the first, from 1; 0: the file as a whole
}

// MostGaps is how many gaps a report holds. A file that is not what it seems may have another one in every row; what
// is beyond is counted together under [CodeMore].
const MostGaps = 1000

// CodeMore is the code of the gap that counts those beyond [MostGaps].
const CodeMore = "MORE"

// Report counts what was read and what could not be mapped. The zero value is an empty report. It is filled by one
// goroutine and read when the sequence has ended.
type Report struct {
	Records int64 // rows, transactions
	Events  int64
	gaps    map[gapKey]*Gap
}

type gapKey struct {
	code, field, problem string
	loss                 Loss
}

// Add counts one more of a gap, found at the given row or record.
func (r *Report) Add(code, field, problem string, loss Loss, at int64) {
	if r == nil {
		return
	}
	k := gapKey{code, field, problem, loss}
	g := r.gaps[k]
	if g == nil {
		if r.gaps == nil {
			r.gaps = map[gapKey]*Gap{}
		}
		if len(r.gaps) >= MostGaps {
			problem = "gaps of more kinds than a report lists"
			k = gapKey{CodeMore, "", problem, loss}
			g = r.gaps[k]
		}
	}
	if g == nil {
		g = &Gap{Code: k.code, Field: k.field, Problem: problem, Loss: loss, First: at}
		r.gaps[k] = g
	}
	g.Count++
}

// Gaps returns what was not mapped, events first, then values, then notes; each by where it was found first.
func (r *Report) Gaps() []Gap {
	out := make([]Gap, 0, len(r.gaps))
	for _, g := range r.gaps {
		out = append(out, *g)
	}
	order := []Loss{LostEvent, LostValue, LostNone}
	slices.SortFunc(out, func(a, b Gap) int {
		return cmp.Or(slices.Index(order, a.Loss)-slices.Index(order, b.Loss), cmp.Compare(a.First, b.First), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Problem, b.Problem))
	})
	return out
}

// Lost counts the gaps that lose an event.
func (r *Report) Lost() (n int64) {
	for _, g := range r.gaps {
		if g.Loss == LostEvent {
			n += g.Count
		}
	}
	return n
}

// Error is why a file cannot be read on. What was read before it stands.
type Error struct {
	Code    string // stable
	At      int64  // row or record, from 1; 0 where it is none
	Message string
	Err     error // cause, or nil
}

// The codes of errors.
const (
	ErrTruncated  = "TRUNCATED"      // the file ends before it should
	ErrMalformed  = "MALFORMED"      // not the format that it was read as
	ErrLength     = "BAD_LENGTH"     // a record is not as long as it says
	ErrTooLarge   = "TOO_LARGE"      // something that has to be kept is larger than it may be
	ErrUnknown    = "UNKNOWN_FORMAT" // nothing that is read here
	ErrNoColumn   = "COLUMN_MISSING" // a column that the mapping cannot do without
	ErrBadMapping = "BAD_MAPPING"    // the mapping itself
	ErrTooMany    = "TOO_MANY_ROWS"  // more rows than can be told apart
	ErrRead       = "READ"           // the reader beneath failed
)

// Error implements error.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.At > 0 {
		s = fmt.Sprintf("%s at record %d: %s", e.Code, e.At, e.Message)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.Err }

// StableCode returns the code.
func (e *Error) StableCode() string { return e.Code }

// CodeOf returns the code of the [Error] in the chain of err, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
