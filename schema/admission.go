package schema

import (
	"context"
	"runtime"

	"golang.org/x/sync/semaphore"
)

// Requests are let in by what they cost. Those that cost little run as they come, so many at a time that their memory is
// bounded; those that cost much run few at a time, in the order in which they came, on half of the processors: so
// however many there are, the others are answered about as fast as without them. A request's time runs while it waits.

// smallCost is what a request costs at most that is not kept waiting by those that cost much: some tens of milliseconds.
const smallCost = 15_000

// admission bounds what runs at the same time.
type admission struct{ small, large *semaphore.Weighted }

func newAdmission() admission {
	n := int64(runtime.GOMAXPROCS(0))
	return admission{semaphore.NewWeighted(16 * n), semaphore.NewWeighted(max(1, n/2))}
}

var errBusy = &coded{"BUSY", "the server has more to do than it gets done in the time that this request has; ask again later, or for less"}

// admit waits until something that costs so much may run. It fails with errBusy when the time is over before that.
func (a admission) admit(ctx context.Context, cost int64) (done func(), err error) {
	s := a.small
	if cost > smallCost {
		s = a.large
	}
	if err := s.Acquire(ctx, 1); err != nil {
		return nil, errBusy
	}
	return func() { s.Release(1) }, nil
}
