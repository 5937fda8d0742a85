package index

import (
	"bytes"
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Exchange is a DISCLOSE and a RECEIVE that name the same transfer reference, which no other entry names. Neither is
// superseded, and no entry that answers or corrects either makes it the other side of a third one. So whoever pairs
// transfers with receipts has nothing else to look at for these two but whether their parties and times agree.
type Exchange struct{ Transfer, Receipt uint32 } // by index

// exchanges are those of the last tree size that was asked for: tables by standing are asked page by page.
type exchanges struct {
	mu    sync.Mutex
	limit uint32
	known bool
	list  []Exchange
}

// Exchanges returns the exchanges as of a tree size, in order of the transfer. They are most of the transfers of a log
// whose sources give references; it takes about a microsecond for each. The list is not to be changed.
func (x *Index) Exchanges(ctx context.Context, asOf uint64) ([]Exchange, error) {
	limit, st := x.limit(asOf)
	defer runtime.KeepAlive(st)
	x.exchanges.mu.Lock()
	defer x.exchanges.mu.Unlock()
	if x.exchanges.known && x.exchanges.limit == limit {
		return x.exchanges.list, nil
	}
	list := st.exchanges(ctx, limit)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list = st.unrelated(list, x.supersededBelow(st, limit), limit)
	x.exchanges.limit, x.exchanges.known, x.exchanges.list = limit, true, list
	return list, nil
}

// referrer is an entry that is on a list.
type referrer struct {
	id   [16]byte // of the list's key
	row  uint32
	kind KindCode
}

// exchanges finds the references that one transfer and one receipt name and no other entry does.
func (s *state) exchanges(ctx context.Context, limit uint32) (list []Exchange) {
	const drawers = 64 // by the first bits of the key, so that they can be put in order side by side
	var all [drawers][]referrer
	for _, p := range s.parts {
		if p.begin() >= limit || ctx.Err() != nil {
			break
		}
		p.each(dimTransfer, limit-p.begin(), func(id [16]byte, v numbers) {
			to := &all[id[0]>>2]
			w := walker{numbers: v}
			for range 3 { // more than two are none, however many there are
				row, ok := w.seek(0)
				if !ok {
					break
				}
				*to = append(*to, referrer{id, p.begin() + row, p.kind(row)})
				w.i++
			}
		})
	}
	var found [drawers][]Exchange
	var wg sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for d := range work {
				found[d] = two(all[d])
				all[d] = nil
			}
		})
	}
	for d := range drawers {
		if ctx.Err() == nil {
			work <- d
		}
	}
	close(work)
	wg.Wait()
	for _, some := range found {
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b Exchange) int { return cmp.Compare(a.Transfer, b.Transfer) })
	return list
}

// two returns the keys that just a transfer and a receipt have.
func two(all []referrer) (list []Exchange) {
	slices.SortFunc(all, func(a, b referrer) int {
		return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.row, b.row))
	})
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n].id == all[i].id {
			n++
		}
		if n == 2 {
			a, b := &all[i], &all[i+1]
			switch {
			case a.kind == kindDisclose && b.kind == kindReceive:
				list = append(list, Exchange{a.row, b.row})
			case a.kind == kindReceive && b.kind == kindDisclose:
				list = append(list, Exchange{b.row, a.row})
			}
		}
		i += n
	}
	return list
}

var kindDisclose, kindReceive, kindCorrect = kindCodes[event.KindDisclose], kindCodes[event.KindReceive], kindCodes[event.KindCorrect]

// unrelated leaves out the exchanges that other entries have to do with: those superseded, and those of which a side
// relates to, or is related to by, a transfer, receipt or correction that is not its other side.
func (s *state) unrelated(list []Exchange, superseded []uint32, limit uint32) []Exchange {
	type relation struct{ of, by uint32 }
	var to []relation
	for _, p := range s.parts {
		if p.begin() >= limit {
			break
		}
		p.each(dimTarget, limit-p.begin(), func(id [16]byte, v numbers) {
			w := walker{numbers: v}
			for {
				row, ok := w.seek(0)
				if !ok {
					return
				}
				w.i++
				switch p.kind(row) {
				case kindReceive, kindDisclose, kindCorrect:
				default:
					continue
				}
				if of, ok := s.find(id); ok && of < limit {
					to = append(to, relation{of, p.begin() + row})
				}
			}
		})
	}
	from := slices.Clone(to)
	slices.SortFunc(to, func(a, b relation) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.by, b.by)) })
	slices.SortFunc(from, func(a, b relation) int { return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.of, b.of)) })
	alone := func(side, other uint32) bool {
		i, _ := slices.BinarySearchFunc(to, side, func(x relation, n uint32) int { return cmp.Compare(x.of, n) })
		for ; i < len(to) && to[i].of == side; i++ {
			if to[i].by != other {
				return false
			}
		}
		i, _ = slices.BinarySearchFunc(from, side, func(x relation, n uint32) int { return cmp.Compare(x.by, n) })
		for ; i < len(from) && from[i].by == side; i++ {
			if from[i].of != other {
				return false
			}
		}
		return true
	}
	stands := func(side uint32) bool {
		_, gone := slices.BinarySearch(superseded, side)
		return !gone
	}
	return slices.DeleteFunc(list, func(x Exchange) bool {
		return !stands(x.Transfer) || !stands(x.Receipt) || !alone(x.Transfer, x.Receipt) || !alone(x.Receipt, x.Transfer)
	})
}

func (b *block) each(d dimension, limit uint32, f func(id [16]byte, v numbers)) {
	l := &b.dims[d]
	for i := range l.keys {
		v := l.numbers(i, b.rows())
		if limit < b.rows() {
			if v.bits != nil {
				v.limit = limit
			} else {
				v.n = v.below(limit)
			}
		}
		if v.n > 0 {
			f(l.keys[i], v)
		}
	}
}

func (h *head) each(d dimension, limit uint32, f func(id [16]byte, v numbers)) {
	h.dir.each(func(n uint32) {
		if k := h.dir.keys.at(n); k.dim == d {
			if v := h.lists.open(h.dir.lists.at(n), limit); v.n > 0 {
				f(k.id, v)
			}
		}
	})
}

// each calls f with every number that is there, in no order.
func (s *slots) each(f func(uint32)) {
	for i := range s.shard {
		if t := s.shard[i].table.Load(); t != nil {
			for k := range *t {
				if slot := (*t)[k].Load(); slot != 0 {
					f(uint32(slot) - 1)
				}
			}
		}
	}
}
