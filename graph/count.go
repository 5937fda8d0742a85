package graph

import (
	"context"
	"fmt"

	"github.com/lichtspur/lichtspur/graph/index"
)

// CountKey is something by which entries are counted.
type CountKey string

// The keys. Those of time are in UTC and count an entry where its whole time of occurrence lies within one bucket.
const (
	ByActor        CountKey = "ACTOR"        // who acted; pseudonyms that are linked exactly are one
	ByOrganisation CountKey = "ORGANISATION" // the requester
	ByFrom         CountKey = "FROM"         // system, or organisation where no system is named
	ByTo           CountKey = "TO"
	BySource       CountKey = "SOURCE" // who handed it in
	ByKind         CountKey = "KIND"
	ByOperation    CountKey = "OPERATION"
	ByPurpose      CountKey = "PURPOSE"
	ByBasis        CountKey = "BASIS"        // each legal basis that an entry names
	ByCountry      CountKey = "COUNTRY"      // of the requester, as declared
	ByFromCountry  CountKey = "FROM_COUNTRY" // as declared; where nothing is, as the entry says
	ByToCountry    CountKey = "TO_COUNTRY"
	ByHour         CountKey = "HOUR"
	ByDay          CountKey = "DAY"
	ByMonth        CountKey = "MONTH"
	ByYear         CountKey = "YEAR"
	ByHourOfDay    CountKey = "HOUR_OF_DAY" // 00 to 23
	ByWeekday      CountKey = "WEEKDAY"
	ByRecordedDay  CountKey = "RECORDED_DAY" // day on which the log recorded it
	ByExercise     CountKey = "EXERCISE"
	ByMissing      CountKey = "MISSING" // each field that the law wants and that is neither given nor withheld
	ByUrgent       CountKey = "URGENT"
	ByBulk         CountKey = "BULK"
	ByHidden       CountKey = "HIDDEN"
)

// Bounds of tables.
const (
	MaxKeys   = 4       // keys of one table
	MaxGroups = 100_000 // rows of one table, over all its pages
	maxCells  = 6       // what a row is put together by: keys of counts; ends, time and splits of flows
)

// CountQuery says what is counted, by what.
type CountQuery struct {
	By     []CountKey
	Filter EventFilter
	Order  TableOrder
}

// CountRow is one row of a table of counts.
type CountRow struct {
	Keys       []TableValue
	Count      uint64 // entries that stand
	Superseded uint64 // entries that a later one of the same source supersedes; they are not in Count
	Exercise   uint64 // of Count, how many are exercise data
	Example    uint64 // index of the first entry counted here
}

// CountTable is a page of a table of counts. Total and Superseded are over the whole table, each entry once, while an
// entry with several legal bases or missing fields is in a row of each.
type CountTable struct {
	Rows              []CountRow
	Total, Superseded uint64
	TablePage
}

// Counts counts the entries that match. It fails with [CodeTooCostly] where the table has more than [MaxGroups] rows.
func (v *View) Counts(ctx context.Context, q CountQuery, pg Pagination) (*CountTable, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	if len(q.By) == 0 || len(q.By) > MaxKeys {
		return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%d keys to count by; name one to %d", len(q.By), MaxKeys)}
	}
	page, err := v.table("counts", q, pg)
	if err != nil {
		return nil, err
	}
	t := &CountTable{TablePage: page}
	x := v.lexicon(t.TreeSize, &t.cut)
	columns := make([]column, len(q.By))
	for i, key := range q.By {
		if key == ByStanding {
			return nil, &Error{Code: CodeBadArgument, Message: "entries are not counted by their standing, which is of transfers: ask for flows"}
		}
		if columns[i], err = x.column(key); err != nil {
			return nil, err
		}
	}
	keys := make([]string, len(q.By))
	for i, key := range q.By {
		keys[i] = string(key)
	}
	of := v.kept(&t.TablePage, &q.Filter)
	if of == nil {
		made := tabulation{columns: columns, aspects: aspects(q.By)}
		if err := v.tabulate(ctx, &q.Filter, t.TreeSize, t.from, x, &made); err != nil {
			return nil, err
		}
		of = v.keep(t.finish(x, &made, keys, q.Order), q.Filter.impersonal())
	}
	t.Total, t.Superseded = of.standing, of.gone
	for _, g := range t.cutOut(x, of, keys, pg.First) {
		t.Rows = append(t.Rows, CountRow{g.values, g.count, g.superseded, g.exercise, g.example})
	}
	return t, nil
}

// single makes a column of one cell.
func single(of func(i uint64, r *index.Row) cell) column {
	return func(i uint64, r *index.Row, to []cell) []cell { return append(to, of(i, r)) }
}

// aspects are what the columns of some keys look at.
func aspects(keys []CountKey) (a index.Aspects) {
	a.Flags = index.Exercise
	// within tells times apart: a shorter length tells all that a longer one does.
	within := func(c index.Calendar) {
		if a.Occurred == index.AnyTime || c < a.Occurred {
			a.Occurred = c
		}
	}
	for _, key := range keys {
		switch key {
		case ByActor:
			a.Actor, a.Flags = true, a.Flags|index.MissingActor
		case ByOrganisation, ByCountry:
			a.Requester = true
		case ByFrom:
			a.From = true
		case ByTo:
			a.To = true
		case BySource:
			a.Source = true
		case ByKind, ByOperation:
			a.Kind = true
		case ByPurpose:
			a.Purpose, a.Kind, a.Flags = true, true, a.Flags|index.MissingPurpose
		case ByBasis:
			a.Basis, a.Kind, a.Flags = true, true, a.Flags|index.MissingBasis
		case ByFromCountry:
			a.From, a.Setting = true, true
		case ByToCountry:
			a.To, a.Setting = true, true
		case ByHour, ByHourOfDay:
			within(index.Hours)
		case ByDay, ByWeekday:
			within(index.Days)
		case ByMonth:
			within(index.Months)
		case ByYear:
			within(index.Years)
		case ByRecordedDay:
			a.RecordedDay = true
		case ByUrgent:
			a.Flags |= index.Urgent
		case ByBulk:
			a.Flags |= index.Bulk
		case ByHidden:
			a.Flags |= index.Hidden
		case ByMissing:
			for _, m := range missingNames {
				a.Flags |= m.flag
			}
		}
	}
	return a
}

// column makes the column of a key.
func (x *lexicon) column(key CountKey) (column, error) {
	timed := func(l level) column {
		return single(func(_ uint64, r *index.Row) cell { return l.placed(r) })
	}
	// or says why a value is absent that the law wants.
	or := func(c cell, r *index.Row, flag index.Flags) cell {
		if c == isEmpty {
			return lacks(r, flag)
		}
		return c
	}
	flagged := func(bit index.Flags) column {
		return single(func(_ uint64, r *index.Row) cell {
			if r.Flags&bit != 0 {
				return x.cell(word{text: "true"})
			}
			return x.cell(word{text: "false"})
		})
	}
	switch key {
	case ByActor:
		actor := x.actor()
		return single(func(_ uint64, r *index.Row) cell {
			if r.Flags&confinedRow != 0 {
				return isOutOfScope
			}
			if c := actor(r.Actor); c != isEmpty || r.Flags&index.MissingActor == 0 {
				return c // a process, or withheld: the row does not tell
			}
			return isMissing
		}), nil
	case ByOrganisation:
		place := x.organisation()
		return single(func(_ uint64, r *index.Row) cell { return place(r.Requester) }), nil
	case ByFrom:
		place := x.place()
		return single(func(_ uint64, r *index.Row) cell { return place(r.From) }), nil
	case ByTo:
		place := x.place()
		return single(func(_ uint64, r *index.Row) cell { return place(r.To) }), nil
	case BySource:
		text := x.text()
		return single(func(_ uint64, r *index.Row) cell { return text(r.Source) }), nil
	case ByKind:
		return single(func(_ uint64, r *index.Row) cell { return x.cell(word{text: string(r.Kind.Kind())}) }), nil
	case ByOperation:
		return single(func(_ uint64, r *index.Row) cell { return x.cell(word{text: string(r.Kind.Kind().Operation())}) }), nil
	case ByPurpose:
		text := x.text()
		return single(func(_ uint64, r *index.Row) cell { return or(text(r.Purpose), r, index.MissingPurpose) }), nil
	case ByBasis:
		return x.bases(), nil
	case ByCountry:
		country := x.country()
		return single(func(_ uint64, r *index.Row) cell { return country(r.Requester) }), nil
	case ByFromCountry:
		country := x.fromCountry()
		return single(func(_ uint64, r *index.Row) cell { return country(r) }), nil
	case ByToCountry:
		country := x.toCountry()
		return single(func(_ uint64, r *index.Row) cell { return country(r) }), nil
	case ByHour:
		return timed(hourly), nil
	case ByDay:
		return timed(daily), nil
	case ByMonth:
		return timed(monthly), nil
	case ByYear:
		return timed(yearly), nil
	case ByHourOfDay:
		return single(func(_ uint64, r *index.Row) cell { return within(r, hourly) }), nil
	case ByWeekday:
		return single(func(_ uint64, r *index.Row) cell { return within(r, daily) }), nil
	case ByRecordedDay:
		return single(func(_ uint64, r *index.Row) cell { return makeCell(isNamed, daily, daily.ordinal(r.Recorded)) }), nil
	case ByStanding:
		return single(func(uint64, *index.Row) cell { return x.standing }), nil
	case ByExercise:
		return flagged(index.Exercise), nil
	case ByUrgent:
		return flagged(index.Urgent), nil
	case ByBulk:
		return flagged(index.Bulk), nil
	case ByHidden:
		return flagged(index.Hidden), nil
	case ByMissing:
		return func(_ uint64, r *index.Row, to []cell) []cell {
			for _, m := range missingNames {
				if r.Flags&m.flag != 0 {
					to = append(to, x.cell(word{text: m.name}))
				}
			}
			if len(to) == 0 {
				to = append(to, isEmpty)
			}
			if r.Flags&confinedRow != 0 { // of actor, case and justification it cannot be said
				to = append(to, isOutOfScope)
			}
			return to
		}, nil
	}
	return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is nothing to count by", string(key))}
}

var missingNames = []struct {
	flag index.Flags
	name string
}{
	{index.MissingActor, "ACTOR"}, {index.MissingBasis, "BASIS"}, {index.MissingCase, "CASE"},
	{index.MissingJustification, "JUSTIFICATION"}, {index.MissingOccurred, "OCCURRED"}, {index.MissingPurpose, "PURPOSE"},
}

// bases makes the cells of each legal basis.
func (x *lexicon) bases() column {
	known := map[index.Name][]cell{}
	return func(_ uint64, r *index.Row, to []cell) []cell {
		if r.Basis == 0 {
			return append(to, lacks(r, index.MissingBasis))
		}
		cells, ok := known[r.Basis]
		if !ok {
			for _, text := range x.v.g.head.Bases(r.Basis) {
				cells = append(cells, x.cell(word{text: text}))
			}
			known[r.Basis] = cells
		}
		return append(to, cells...)
	}
}

// within makes the cell of the hour of the day, or of the day of the week, that a time lies in as a whole.
func within(r *index.Row, l level) cell {
	c := l.placed(r)
	switch {
	case c.state() == isWider:
		return isWider
	case c.state() != isNamed:
		return c
	case l == hourly:
		return makeCell(isNamed, hourOfDay, c.value()-floor(c.value(), 24)*24)
	}
	n := c.value() + 3 // day 0 was a Thursday
	return makeCell(isNamed, dayOfWeek, n-floor(n, 7)*7)
}
