package trace

import (
	"math"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Origins returns the organisations that an image is from, ascending, and how many entries were read for it: all of the
// image's, or as few as do.
func Origins(r Reader, d event.Denotation, all bool) (list []string, read int, err error) {
	t := New(r)
	if all {
		t.most = math.MaxInt
	}
	o, err := t.originOf(t.image(d))
	for _, s := range o.organisations {
		list = append(list, s.Organisation)
	}
	slices.Sort(list)
	return list, t.Read(), err
}
