package index

import (
	"context"
	"iter"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Aspects say in what entries agree that are tallied together.
type Aspects struct {
	From, To, Requester, Source, Purpose, Actor, Basis, Kind bool

	Setting bool  // what [Setting] says
	Moved   bool  // the same, of bulk entries and searches only
	Flags   Flags // these

	Occurred    Calendar // where they are within one bucket, and if in none, within one of a longer sort
	RecordedDay bool     // day on which they were recorded
}

// Calendar is a length of calendar time, in UTC.
type Calendar uint8

// The lengths. AnyTime tells no times apart.
const (
	AnyTime Calendar = iota
	Hours
	Days
	Months
	Years
)

// Tally is how many entries agree. They may be in several tallies.
type Tally struct {
	First      uint64 // of them, by index
	Count      uint64
	Superseded bool // as of the tree size asked for; else none of them is
}

// Sieve is what else is to be known of entries that are tallied. It is used by several goroutines.
type Sieve struct {
	Test       func(index uint64, r *Row) bool                 // nil: all are wanted
	Superseded func(index uint64) (superseded bool, err error) // of those that [Index.Superseded] says are; nil: they are
}

// Tallies counts the entries that match and pass the sieve, as of a tree size and from a position on in order of
// recording. It reads rows column by column, on all processors; tallies come in no order.
func (x *Index) Tallies(ctx context.Context, f Filter, by Aspects, sieve Sieve, asOf uint64, after Position) iter.Seq2[Tally, error] {
	limit, _ := x.limit(asOf)
	return func(yield func(Tally, error) bool) {
		_, st := x.limit(uint64(limit))
		defer runtime.KeepAlive(st)
		if uint64(after) >= uint64(limit) || !f.Occurred.IsZero() && f.Occurred.Earliest > f.Occurred.Latest {
			return
		}
		within, cancel := context.WithCancel(ctx)
		all := units(st, uint32(after), limit)
		gone := x.supersededBelow(st, limit)
		results := make(chan tallied)
		var next atomic.Int64
		var done sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), len(all)) {
			done.Go(func() {
				t := &tallier{by: by, sieve: sieve, gone: gone, results: results, ctx: within}
				t.plan = x.sweepPlan(&f, st, limit)
				t.seed, t.words = rand.Uint64(), by.words()
				if t.none {
					return
				}
				for {
					i := int(next.Add(1)) - 1
					if i >= len(all) {
						break
					}
					if err := t.take(all[i]); err != nil {
						t.send(tallied{err: err})
						return
					}
				}
				t.flush()
			})
		}
		go func() {
			done.Wait()
			close(results)
		}()
		defer func() {
			cancel()
			for range results { // until nobody reads the parts any more
			}
		}()
		for r := range results {
			if r.err != nil {
				yield(Tally{}, r.err)
				return
			}
			for _, one := range r.tallies {
				if !yield(one, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Tally{}, err)
		}
	}
}

// tallied is what a goroutine found.
type tallied struct {
	tallies []Tally
	err     error
}

// unit is a piece of work: rows of one part.
type unit struct {
	part   int
	lo, hi uint32 // numbers of the part
}

const unitRows = 1 << 17

// units divides the entries in [from, to).
func units(st *state, from, to uint32) (all []unit) {
	for i, p := range st.parts {
		base, end := p.begin(), to
		if i+1 < len(st.parts) {
			end = min(to, st.parts[i+1].begin())
		}
		for lo := max(from, base); lo < end; {
			hi := min(end, (lo-base)/unitRows*unitRows+unitRows+base)
			all = append(all, unit{i, lo - base, hi - base})
			lo = hi
		}
	}
	return all
}

// sweepPlan is a plan for going over all entries: a list takes part only where it leaves most of them out.
func (x *Index) sweepPlan(f *Filter, st *state, limit uint32) *plan {
	p := x.plan(f, st, limit)
	p.sweeping = true
	return p
}

// words is how many words an entry's aspects take: half of one for kind and flags and for each name and day, one for a time.
func (a *Aspects) words() int {
	halves := 1
	for _, is := range [...]bool{a.From, a.To, a.Requester, a.Source, a.Purpose, a.Actor, a.Basis, a.Setting || a.Moved, a.RecordedDay} {
		if is {
			halves++
		}
	}
	n := (halves + 1) / 2
	if a.Occurred != AnyTime {
		n++
	}
	return n
}

const (
	maxWords = 6
	// Groups that are kept before they are handed on: a table of them stays in the cache of a processor, about.
	maxTallies = 1 << 17
	isGone     = 1 << 24 // in the first half word, above kind and flags
)

// tallier is one of the goroutines that tally.
type tallier struct {
	sweep
	by      Aspects
	sieve   Sieve
	gone    []uint32 // entries superseded
	results chan<- tallied
	ctx     context.Context

	keys   [maxWords][sweepRows]uint64 // of the portion, by word
	over   [sweepRows]bool
	months memo

	// A hash table of the groups found, open addressing with linear probing.
	seed   uint64
	words  int
	slots  []uint32 // number of the group plus one
	known  []uint64 // the words of each
	groups []struct{ first, count uint32 }
}

// take tallies a unit.
func (t *tallier) take(u unit) error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	t.begin(u.part)
	for lo := u.lo; lo < u.hi; {
		hi := min(u.hi, lo&^(zoneRows-1)+zoneRows)
		t.portion(lo, hi)
		lo = hi
		if t.sieve.Test != nil {
			var r Row
			base := t.s.begin()
			t.keep(func(k int) bool {
				t.s.row(t.at[k], &r)
				return t.sieve.Test(uint64(base+t.at[k]), &r)
			})
		}
		if len(t.at) == 0 {
			if t.ended {
				break
			}
			continue
		}
		if err := t.mark(); err != nil {
			return err
		}
		t.aspects()
		t.count()
		if err := t.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// mark finds out which rows are superseded.
func (t *tallier) mark() error {
	over := t.over[:len(t.at)]
	clear(over)
	base := t.s.begin()
	first, last := base+t.at[0], base+t.at[len(t.at)-1]
	from, _ := slices.BinarySearch(t.gone, first)
	k := 0
	for _, entry := range t.gone[from:] {
		if entry > last {
			break
		}
		n, ok := slices.BinarySearch(t.at[k:], entry-base)
		if k += n; !ok {
			continue
		}
		is := true
		if t.sieve.Superseded != nil {
			var err error
			if is, err = t.sieve.Superseded(uint64(entry)); err != nil {
				return err
			}
		}
		over[k] = is
	}
	return nil
}

// aspects works out the words of the rows.
func (t *tallier) aspects() {
	n := len(t.at)
	for w := range t.words {
		clear(t.keys[w][:n])
	}
	half := 0
	put := func(values []uint64) {
		to, shift := t.keys[half/2][:n], half%2*32
		for k, v := range values {
			to[k] |= v << shift
		}
		half++
	}
	var moved []uint64
	first := &t.keys[0]
	if t.by.Kind || t.by.Moved {
		kinds := t.column(fieldKind, &t.one)
		if t.by.Kind {
			copy(first[:n], kinds)
		}
		if t.by.Moved {
			moved = t.three[:n]
			for k, kind := range kinds {
				moved[k] = 0
				if KindCode(kind) == kindQuery {
					moved[k] = ^uint64(0)
				}
			}
		}
	}
	if t.by.Flags != 0 || t.by.Moved {
		mask := uint64(t.by.Flags)
		for k, flags := range t.column(fieldFlags, &t.one) {
			first[k] |= flags & mask << 8
			if moved != nil && Flags(flags)&Bulk != 0 {
				moved[k] = ^uint64(0)
			}
		}
	}
	for k, over := range t.over[:n] {
		if over {
			first[k] |= isGone
		}
	}
	half++
	for _, c := range [...]struct {
		is    bool
		field int
	}{{t.by.From, fieldFrom}, {t.by.To, fieldTo}, {t.by.Requester, fieldRequester}, {t.by.Source, fieldSource},
		{t.by.Purpose, fieldPurpose}, {t.by.Actor, fieldActor}, {t.by.Basis, fieldBasis}, {t.by.Setting, fieldSetting}} {
		if c.is {
			put(t.column(c.field, &t.one))
		}
	}
	if t.by.Moved && !t.by.Setting {
		settings := t.column(fieldSetting, &t.one)
		for k := range settings {
			settings[k] &= moved[k]
		}
		put(settings)
	}
	if t.by.RecordedDay {
		days := t.column(fieldRecorded, &t.one)
		for k := range days {
			days[k] = uint64(uint32(floor(int64(days[k]), int64(24*time.Hour))))
		}
		put(days)
	}
	if t.by.Occurred != AnyTime {
		t.times()
		to := t.keys[(half+1)/2][:n]
		for k := range to {
			to[k] = t.months.bucket(t.by.Occurred, t.earliest[k], t.latest[k], t.placed[k])
		}
	}
}

// count adds the rows to the groups.
func (t *tallier) count() {
	base := t.s.begin()
	for k, row := range t.at {
		if len(t.groups)*4 >= len(t.slots)*3 {
			t.grow()
		}
		h := t.seed
		for w := range t.words {
			hi, lo := bits.Mul64(h^t.keys[w][k], 0x9e3779b97f4a7c15)
			h = hi ^ lo
		}
		mask := uint64(len(t.slots) - 1)
		for i := h & mask; ; i = (i + 1) & mask {
			g := t.slots[i]
			if g == 0 {
				t.groups = append(t.groups, struct{ first, count uint32 }{base + row, 1})
				t.slots[i] = uint32(len(t.groups))
				for w := range t.words {
					t.known = append(t.known, t.keys[w][k])
				}
				break
			}
			same := true
			for w, word := range t.known[int(g-1)*t.words : int(g)*t.words] {
				same = same && word == t.keys[w][k]
			}
			if same {
				t.groups[g-1].count++
				break
			}
		}
		if len(t.groups) == maxTallies {
			t.flush()
		}
	}
}

// grow makes the table twice as long.
func (t *tallier) grow() {
	slots := make([]uint32, max(1024, 2*len(t.slots)))
	mask := uint64(len(slots) - 1)
	for g := range t.groups {
		h := t.seed
		for _, word := range t.known[g*t.words : (g+1)*t.words] {
			hi, lo := bits.Mul64(h^word, 0x9e3779b97f4a7c15)
			h = hi ^ lo
		}
		i := h & mask
		for slots[i] != 0 {
			i = (i + 1) & mask
		}
		slots[i] = uint32(g + 1)
	}
	t.slots = slots
}

// flush hands on what was found.
func (t *tallier) flush() {
	out := make([]Tally, len(t.groups))
	for i, g := range t.groups {
		out[i] = Tally{uint64(g.first), uint64(g.count), t.known[i*t.words]&isGone != 0}
	}
	clear(t.slots)
	t.groups, t.known = t.groups[:0], t.known[:0]
	t.send(tallied{tallies: out})
}

func (t *tallier) send(r tallied) {
	select {
	case t.results <- r:
	case <-t.ctx.Done():
	}
}

var kindQuery = kindCodes["QUERY"]

// memo remembers the month and year of the last day asked for: most entries are in order of time.
type memo struct {
	day         int64
	known       bool
	month, year int64
}

func (m *memo) of(day int64) (month, year int64) {
	if !m.known || m.day != day {
		y, mo, _ := time.Unix(day*24*3600, 0).UTC().Date()
		*m = memo{day, true, int64(y)*12 + int64(mo) - 1, int64(y)}
	}
	return m.month, m.year
}

// bucket numbers the bucket of a calendar that a time lies in as a whole, or of the shortest longer one.
func (m *memo) bucket(c Calendar, earliest, latest int64, placed bool) uint64 {
	if !placed {
		return 0
	}
	if earliest == event.Beginning || latest == event.End {
		return 1
	}
	number := func(c Calendar, n int64) uint64 { return uint64(c)<<56 | uint64(n)&(1<<56-1) }
	if c == Hours {
		if n := floor(earliest, int64(time.Hour)); n == floor(latest, int64(time.Hour)) {
			return number(Hours, n)
		}
	}
	day := floor(earliest, int64(24*time.Hour))
	last := day
	if latest != earliest {
		last = floor(latest, int64(24*time.Hour))
	}
	if day == last && c <= Days {
		return number(Days, day)
	}
	month, year := m.of(day)
	toMonth, toYear := month, year
	if last != day {
		toMonth, toYear = m.of(last)
	}
	switch {
	case month == toMonth && c <= Months:
		return number(Months, month)
	case year == toYear:
		return number(Years, year)
	}
	return 1
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
