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

func add(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
