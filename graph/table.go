package graph

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Absent says why a row of a table has no value for a key.
type Absent string

// The reasons.
const (
	AbsentWider    Absent = "WIDER"              // the time given is wider than the bucket; the value, if there is one, is the longer bucket that holds it
	AbsentUnplaced Absent = "UNPLACED"           // not placed in time
	AbsentMissing  Absent = "MISSING"            // the law wants it, and it is neither given nor withheld
	AbsentWithheld Absent = "WITHHELD_BY_SOURCE" // the source has it and does not say it
	AbsentEmpty    Absent = "EMPTY"              // the entry gives none
	// Of an entry that is seen for the sake of its image: this is not the viewer's to know.
	AbsentOutOfScope Absent = "OUT_OF_SCOPE"
)

// TableOrder is the order of the rows of a table.
type TableOrder string

// The orders. Equal rows are in order of their keys; values that are absent come last.
const (
	ByCountDescending TableOrder = "COUNT_DESC"
	ByKeys            TableOrder = "KEY"
)

// TableValue is the value of one key of a row.
type TableValue struct {
	Key    string
	Value  string // "" where there is none: then Absent says why
	Absent Absent
	Period event.Time // of a bucket of time
	System bool       // the value is a system's id, not an organisation's
	Sealer string     // of an actor: whose pseudonym it is
}

// TablePage says which part of a table a page is.
type TablePage struct {
	Groups   int // rows of the whole table
	More     bool
	TreeSize uint64

	cursors *cursors
	from    index.Position
	offset  uint64
	cut     cut
}

// table begins a page of a table.
func (v *View) table(list string, query any, pg Pagination) (t TablePage, err error) {
	cs, at, err := v.begin(list, query, index.Recorded, pg)
	if err != nil {
		return t, err
	}
	t.TreeSize, t.cursors = at.size, cs
	t.from, t.offset, err = begins(at.last)
	return t, err
}

// finish puts the rows of a table in order.
func (t *TablePage) finish(x *lexicon, made *tabulation, keys []string, order TableOrder) *keptTable {
	for i := range made.groups {
		made.groups[i].put(x, keys)
	}
	slices.SortFunc(made.groups, func(a, b group) int {
		if order != ByKeys {
			if c := cmp.Or(-cmp.Compare(a.count, b.count), -cmp.Compare(a.superseded, b.superseded)); c != 0 {
				return c
			}
		}
		return compareCells(a.cells[:len(keys)], b.cells[:len(keys)], a.values, b.values)
	})
	for i := range made.groups {
		made.groups[i].values = nil
	}
	return &keptTable{t.key(), made.groups, slices.Clip(x.words), t.cut, made.standing, made.gone}
}

// put puts the cells of a row into words.
func (g *group) put(x *lexicon, keys []string) {
	g.values = make([]TableValue, len(keys))
	for k, key := range keys {
		g.values[k] = x.value(key, g.cells[k])
	}
}

// cutOut returns the rows of the page, in words.
func (t *TablePage) cutOut(x *lexicon, of *keptTable, keys []string, first int) []group {
	t.cut, x.words = of.cut, of.words
	groups := of.groups
	t.Groups = len(groups)
	lo := min(t.offset, uint64(len(groups)))
	hi := min(lo+uint64(first), uint64(len(groups)))
	t.More = hi < uint64(len(groups))
	page := slices.Clone(groups[lo:hi])
	for i := range page {
		page[i].put(x, keys)
	}
	return page
}

// Cursor returns the cursor of the i-th row of the page.
func (t *TablePage) Cursor(i int) (string, error) {
	return t.cursors.write(position{t.TreeSize, tablePlace(t.from, t.offset+uint64(i)+1)})
}

// Cut returns why not all entries were counted, and the cursor of a table of those that were not, "" where all were.
func (t *TablePage) Cut() (reason, from string, err error) {
	if !t.cut.short {
		return "", "", nil
	}
	from, err = t.cursors.write(position{t.TreeSize, tablePlace(index.After(t.cut.last), 0)})
	return reasonOpened, from, err
}

// tablePlace is where a page of a table begins: which entries the table counts, and how many of its rows went before.
func tablePlace(from index.Position, offset uint64) string {
	return string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(from)), offset))
}

// begins reads what tablePlace wrote.
func begins(last string) (from index.Position, offset uint64, err error) {
	switch len(last) {
	case 0:
		return 0, 0, nil
	case 16:
		b := []byte(last)
		return index.Position(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:]), nil
	}
	return 0, 0, errCursor
}

// group is a row of a table being made.
type group struct {
	cells             [maxCells]cell
	count, superseded uint64
	exercise          uint64 // of count
	example           uint64
	values            []TableValue
	moved             *[3]Moved // of flows
	standings         *standingRow
}

// column gives the cells of a key for an entry; most give one.
type column func(i uint64, r *index.Row, to []cell) []cell

// tabulation is a table being made.
type tabulation struct {
	columns        []column
	aspects        index.Aspects                          // what the columns look at
	add            func(g *group, r *index.Row, n uint64) // what else is to be known of n entries of a row; nil: nothing
	groups         []group                                // in no order
	standing, gone uint64                                 // entries, each once
	number         map[[maxCells]cell]int
	scratch        [maxCells][]cell
}

// tabulate makes all rows of a table, and counts the entries that stand and that are superseded. What rows of the index
// say is tallied there, and only what is alike is told apart here; where entries have to be opened they are taken one by
// one.
func (v *View) tabulate(ctx context.Context, filter *EventFilter, size uint64, from index.Position, x *lexicon, t *tabulation) error {
	f, err := v.resolve(*filter, size)
	if err != nil {
		return err
	}
	s, err := v.sieve(filter, size)
	if err != nil {
		return err
	}
	t.number = map[[maxCells]cell]int{}
	if s.opens() || f.Scope != nil && len(f.Scope.Whole) > 0 {
		return v.tabulateEach(ctx, f, s, size, from, x, t)
	}
	if s.since > 0 {
		from = max(from, index.After(s.since-1))
	}
	var sieve index.Sieve
	if len(s.row) > 0 {
		sieve.Test = s.tests
	}
	sc := v.scope(size)
	if sc.limits != nil {
		sieve.Superseded = func(i uint64) (bool, error) { return v.superseded(i, sc) }
	}
	for one, err := range v.g.head.Tallies(ctx, f, t.aspects, sieve, size, from) {
		if err != nil {
			return err
		}
		if want := filter.Superseded; want != nil && *want != one.Superseded {
			continue
		}
		r := v.g.head.Row(one.First)
		if err := t.take(one.First, &r, one.Count, one.Superseded, x); err != nil {
			return err
		}
	}
	return nil
}

// tabulateEach is tabulate entry by entry.
func (v *View) tabulateEach(ctx context.Context, f index.Filter, s *sieve, size uint64, from index.Position, x *lexicon, t *tabulation) error {
	superseded := v.superseding(size)
	for hit, err := range v.scan(ctx, f, s, index.Recorded, size, from, x.cut) {
		if err != nil {
			return err
		}
		x.cut.last = hit.index
		over, err := superseded(hit.index)
		if err != nil {
			return err
		}
		if err := t.take(hit.index, &hit.row, 1, over, x); err != nil {
			return err
		}
	}
	return nil
}

// take adds n entries that are alike, of which i is the first and r its row.
func (t *tabulation) take(i uint64, r *index.Row, n uint64, over bool, x *lexicon) error {
	for k := range t.columns {
		t.scratch[k] = t.columns[k](i, r, t.scratch[k][:0])
	}
	if x.err != nil {
		return x.err
	}
	if over {
		t.gone += n
	} else {
		t.standing += n
	}
	for cells := range product(t.scratch[:len(t.columns)]) {
		g, err := t.group(cells, i)
		if err != nil {
			return err
		}
		if over {
			g.superseded += n
			continue
		}
		g.count += n
		if r.Flags&index.Exercise != 0 {
			g.exercise += n
		}
		if t.add != nil {
			t.add(g, r, n)
		}
	}
	return nil
}

// group returns the row of some cells, which the entry i belongs to.
func (t *tabulation) group(cells [maxCells]cell, i uint64) (*group, error) {
	at, ok := t.number[cells]
	if !ok {
		if at = len(t.groups); at == MaxGroups {
			return nil, &Error{Code: CodeTooCostly, Message: fmt.Sprintf("the table has %d rows or more, and a table gets %d; ask by fewer keys or narrow the filter", MaxGroups+1, MaxGroups)}
		}
		t.number[cells] = at
		t.groups = append(t.groups, group{cells: cells, example: i})
	}
	g := &t.groups[at]
	g.example = min(g.example, i)
	return g, nil
}

// superseding returns a test of whether an entry is superseded as of a tree size, as far as the viewer sees. Where nothing
// corrects anything it costs nothing.
func (v *View) superseding(size uint64) func(uint64) (bool, error) {
	sc := v.scope(size)
	for range v.g.head.Select(index.Filter{Kinds: []event.Kind{event.KindCorrect}}, index.Recorded, size, 0) {
		return func(i uint64) (bool, error) { return v.superseded(i, sc) }
	}
	return func(uint64) (bool, error) { return false, nil }
}

// product yields each choice of one cell from each list.
func product(lists [][]cell) func(yield func([maxCells]cell) bool) {
	return func(yield func([maxCells]cell) bool) {
		var chosen [maxCells]cell
		var choose func(k int) bool
		choose = func(k int) bool {
			if k == len(lists) {
				return yield(chosen)
			}
			for _, c := range lists[k] {
				chosen[k] = c
				if !choose(k + 1) {
					return false
				}
			}
			return true
		}
		choose(0)
	}
}

// compareCells orders rows by their keys: what is there before what is absent, time by time, words by their letters.
func compareCells(a, b []cell, x, y []TableValue) int {
	for k := range a {
		c := cmp.Compare(a[k].state(), b[k].state())
		switch {
		case c != 0:
		case a[k].level() != 0 || b[k].level() != 0:
			c = cmp.Or(cmp.Compare(x[k].Period.Earliest, y[k].Period.Earliest), cmp.Compare(a[k], b[k]))
		default:
			c = cmp.Or(strings.Compare(x[k].Value, y[k].Value), strings.Compare(x[k].Sealer, y[k].Sealer), systemsLast(x[k].System, y[k].System))
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// systemsLast puts an organisation before a system of the same id.
func systemsLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
