package index

import "math/bits"

// A scan goes over row numbers in one direction. To have every algorithm once, numbers are turned when it goes
// downwards: turned numbers (their complement) always ascend.

// turn is zero for a scan upwards and all ones for one downwards; a number is turned, and turned back, by xor.
type turn uint32

const (
	upwards   turn = 0
	downwards turn = 1<<32 - 1
)

// walker walks one list in turned numbers.
type walker struct {
	numbers
	// The current place, counted from the end where the walk begins; of bits the least turned number that may come.
	// Either way one more passes what seek has returned.
	i uint32
	turn
}

// current returns the turned number at a place.
func (w *walker) current(i uint32) uint32 {
	if w.turn == upwards {
		return w.at(i)
	}
	return ^w.at(w.n - 1 - i)
}

// seek moves to the first turned number that is at least target and returns it. Targets must not descend.
func (w *walker) seek(target uint32) (uint32, bool) {
	if w.bits != nil {
		return w.seekBit(max(target, w.i))
	}
	if w.i >= w.n {
		return 0, false
	}
	if c := w.current(w.i); c >= target {
		return c, true
	}
	// Gallop: the next one wanted is usually near.
	lo, step := w.i, uint32(1)
	for step < w.n-lo && w.current(lo+step) < target {
		lo, step = lo+step, step*2
	}
	hi := w.n
	if step < w.n-lo {
		hi = lo + step
	}
	for lo++; lo < hi; {
		mid := lo + (hi-lo)/2
		if w.current(mid) < target {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	w.i = lo
	if lo == w.n {
		return 0, false
	}
	return w.current(lo), true
}

// seekBit is seek for bits.
func (w *walker) seekBit(target uint32) (uint32, bool) {
	if w.turn == upwards {
		for at := target; at < w.limit; at = (at | 31) + 1 {
			if rest := w.bits[at>>5] >> (at & 31); rest != 0 {
				if at += uint32(bits.TrailingZeros32(rest)); at >= w.limit {
					return 0, false
				}
				w.i = at
				return at, true
			}
		}
		return 0, false
	}
	if w.limit == 0 {
		return 0, false
	}
	for at := min(^target, w.limit-1); ; at = (at &^ 31) - 1 {
		if rest := w.bits[at>>5] << (31 - at&31); rest != 0 {
			w.i = ^(at - uint32(bits.LeadingZeros32(rest)))
			return w.i, true
		}
		if at < 32 {
			return 0, false
		}
	}
}

// branch is one list of a union and what its walker stands at.
type branch struct {
	walker
	now  uint32
	done bool
}

// union walks the numbers that are on any of some lists.
type union []branch

// unite joins lists; empty ones are left out.
func unite(t turn, all []numbers) union {
	u := make(union, 0, len(all))
	for _, n := range all {
		if n.n > 0 {
			b := branch{walker: walker{numbers: n, turn: t}}
			if now, ok := b.walker.seek(0); ok {
				b.now = now
				u = append(u, b)
			}
		}
	}
	return u
}

// seek moves to the first turned number that is at least target and returns it.
func (u union) seek(target uint32) (uint32, bool) {
	least, ok := uint32(0), false
	for i := range u {
		b := &u[i]
		if !b.done && b.now < target {
			now, more := b.walker.seek(target)
			b.now, b.done = now, !more
		}
		if !b.done && (!ok || b.now < least) {
			least, ok = b.now, true
		}
	}
	return least, ok
}

// term is one condition of a filter as lists, any of which may hold the entry.
type term []numbers

// count is how many numbers are on the lists, repeats included.
func (t term) count() (n uint64) {
	for i := range t {
		n += uint64(t[i].n)
	}
	return n
}

// has reports whether a number is on any of the lists.
func (t term) has(number uint32) bool {
	for k := range t {
		if t[k].has(number) {
			return true
		}
	}
	return false
}
