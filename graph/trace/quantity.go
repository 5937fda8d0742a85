package trace

import (
	"math"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Bounds reads a quantity as an interval. bounded false: there is no upper bound, and most says nothing. ABOUT bounds
// nothing: how far off it may be is not said.
func Bounds(q event.Quantity) (least, most int64, bounded bool) {
	step := int64(0)
	if q.Exclusive {
		step = 1
	}
	switch q.Bound {
	case event.BoundExact:
		return q.Amount, q.Amount, true
	case event.BoundAtLeast:
		return add(q.Amount, step), 0, false
	case event.BoundAtMost:
		return 0, max(0, q.Amount-step), true
	}
	return 0, 0, false
}

// Amount is a number as far as it is known: at least Least and, if Bounded, at most Most. Adding is adding of intervals,
// so the sum is never exact where a part is not.
type Amount struct {
	Least   int64 `json:"least"`
	Most    int64 `json:"most,omitzero"` // if Bounded
	Bounded bool  `json:"bounded"`
	About   int64 `json:"about,omitzero"`   // sum of the figures given as "about", which bound nothing
	Unknown int64 `json:"unknown,omitzero"` // how many parts gave no figure at all
}

// Exactly is a number that is known.
func Exactly(n int64) Amount { return Amount{Least: n, Most: n, Bounded: true} }

// AmountOf is a quantity as an amount; nil is one unknown part.
func AmountOf(q *event.Quantity) Amount {
	if q == nil {
		return Amount{Unknown: 1}
	}
	a := Amount{}
	a.Least, a.Most, a.Bounded = Bounds(*q)
	if q.Bound == event.BoundAbout {
		a.About = q.Amount
	}
	return a
}

// Plus adds two amounts. Sums that an int64 cannot hold are cut off downwards for Least and lose the upper bound.
func (a Amount) Plus(b Amount) Amount {
	s := Amount{Least: add(a.Least, b.Least), About: add(a.About, b.About), Unknown: a.Unknown + b.Unknown, Bounded: a.Bounded && b.Bounded}
	if s.Bounded {
		if a.Most > math.MaxInt64-b.Most {
			s.Bounded = false
		} else {
			s.Most = a.Most + b.Most
		}
	}
	return s
}

// Or is what is known where two say different things of one number: the interval that holds both. A side that gives
// no figure adds nothing.
func (a Amount) Or(b Amount) Amount {
	if a.Unknown > 0 {
		return b
	}
	if b.Unknown > 0 {
		return a
	}
	s := Amount{Least: min(a.Least, b.Least), Bounded: a.Bounded && b.Bounded, About: max(a.About, b.About)}
	if s.Bounded {
		s.Most = max(a.Most, b.Most)
	}
	return s
}

// Exact reports whether the number is known.
func (a Amount) Exact() bool { return a.Bounded && a.Least == a.Most }

func add(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
