package index

import (
	"runtime"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Sides returns the entries in [from, asOf) that have a transfer reference or relate to an entry, ascending; "" and the
// zero id name nothing. It says no more than [Index.Select] with Transfers and Targets would, and is for who asks it of
// every transfer of a walk: no plan is made.
func (x *Index) Sides(reference string, id event.Pseudonym, from, asOf uint64) (list []uint64) {
	limit, st := x.limit(asOf)
	defer runtime.KeepAlive(st)
	if from >= uint64(limit) {
		return nil
	}
	var keys []key
	if reference != "" {
		keys = append(keys, transferKey(reference))
	}
	if !id.IsZero() {
		keys = append(keys, entryKey(dimTarget, id))
	}
	for _, p := range st.parts[st.at(uint32(from)):] {
		if p.begin() >= limit {
			break
		}
		for i := range keys {
			for w := (walker{numbers: p.list(&keys[i], limit-p.begin())}); w.n > 0; w.i++ {
				at, ok := w.seek(uint32(max(from, uint64(p.begin()))) - p.begin())
				if !ok {
					break
				}
				list = append(list, uint64(p.begin()+at))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
