package graph

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// cell is the value of one key of a table in a number: four bits of state, four of level, 56 of value. Rows are put
// together by their cells, and only those of a page are put into words.
type cell uint64

// The states of a cell. Named has a value; a wider one has that of the level at which the time fits.
const (
	isNamed cell = iota << 60
	isWider
	isUnplaced
	isMissing
	isWithheld
	isEmpty
	isOutOfScope
)

const (
	stateMask = cell(0xf) << 60
	valueMask = cell(1)<<56 - 1
	valueZero = int64(1) << 55 // values may be negative
)

func makeCell(state cell, l level, value int64) cell {
	return state | cell(l)<<56 | cell(value+valueZero)&valueMask
}

func (c cell) state() cell  { return c & stateMask }
func (c cell) level() level { return level(c >> 56 & 0xf) }
func (c cell) value() int64 { return int64(c&valueMask) - valueZero }

// level is a length of calendar time, in UTC.
type level uint8

const (
	anyTime level = iota // too wide for a year, or open at an end
	hourly
	daily
	monthly
	yearly
	dayOfWeek // Monday is 0
	hourOfDay
)

// ordinal numbers the hours, days, months or years of the calendar.
func (l level) ordinal(ns int64) int64 {
	switch l {
	case hourly:
		return floor(ns, int64(time.Hour))
	case daily:
		return floor(ns, 24*int64(time.Hour))
	}
	year, month, _ := time.Unix(0, ns).UTC().Date()
	if l == monthly {
		return int64(year)*12 + int64(month) - 1
	}
	return int64(year)
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

var weekdays = [...]string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}

// text writes the hour, day, month or year with an ordinal, and the time that it lasts.
func (l level) text(n int64) (string, event.Time) {
	if l == hourly {
		from := n * int64(time.Hour)
		return time.Unix(0, from).UTC().Format("2006-01-02T15"), event.Time{Earliest: from, Latest: from + int64(time.Hour) - 1, Precision: event.Interval}
	}
	var s string
	switch l {
	case dayOfWeek:
		return weekdays[n], event.Time{}
	case hourOfDay:
		return fmt.Sprintf("%02d", n), event.Time{}
	case daily:
		s = time.Unix(n*24*3600, 0).UTC().Format("2006-01-02")
	case monthly:
		s = time.Date(int(floor(n, 12)), time.Month(n-floor(n, 12)*12+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	case yearly:
		s = time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")
	}
	t, _ := event.ParseTime(s) // fails where the bucket sticks out of what a Time can hold
	return s, t
}

// placed says in which bucket a time lies as a whole. A time that is wider than a bucket is never cut or guessed into
// one: it is put into the smallest longer one that holds it, and marked.
func (l level) placed(r *index.Row) cell {
	switch {
	case r.Precision == event.Unplaced:
		return isUnplaced
	case r.Earliest == event.Beginning || r.Latest == event.End:
		return isWider
	}
	for at := l; at <= yearly; at++ {
		if n := at.ordinal(r.Earliest); n == at.ordinal(r.Latest) {
			if at == l {
				return makeCell(isNamed, at, n)
			}
			return makeCell(isWider, at, n)
		}
	}
	return isWider
}

// lexicon turns what a row of the index holds into cells, and cells into words, as of a tree size.
type lexicon struct {
	v    *View
	now  *catalog.View
	sc   *scope
	size uint64

	words  []word
	number map[word]cell
	cut    *cut
	err    error

	standing cell // of the entry at hand, in a table by standing
}

// word is a value in words.
type word struct {
	text   string
	system bool
	sealer string // of an actor's pseudonym
}

func (v *View) lexicon(size uint64, c *cut) *lexicon {
	sc := v.scope(size)
	return &lexicon{v: v, now: sc.catalog, sc: sc, size: size, number: map[word]cell{}, cut: c}
}

// cell returns the cell of a word.
func (x *lexicon) cell(w word) cell {
	if w.text == "" {
		return isEmpty
	}
	c, ok := x.number[w]
	if !ok {
		c = makeCell(isNamed, 0, int64(len(x.words)))
		x.words, x.number[w] = append(x.words, w), c
	}
	return c
}

// cached remembers what becomes of interned names.
func cached(of func(index.Name) cell) func(index.Name) cell {
	known := map[index.Name]cell{}
	return func(n index.Name) cell {
		c, ok := known[n]
		if !ok {
			c = of(n)
			known[n] = c
		}
		return c
	}
}

// text makes the cell of a name as it stands.
func (x *lexicon) text() func(index.Name) cell {
	return cached(func(n index.Name) cell { return x.cell(word{text: x.v.g.head.Name(n)}) })
}

// place makes the cell of an organisation or system, under the id that it has now if it was named by another.
func (x *lexicon) place() func(index.Name) cell {
	return cached(func(n index.Name) cell {
		t, system := event.DeclareOrganisation, x.v.g.head.System(n)
		if system {
			t = event.DeclareSystem
		}
		text := x.v.g.head.Name(n)
		if e, ok := x.now.Find(t, text); ok && text != "" {
			text = e.ID
		}
		return x.cell(word{text: text, system: system})
	})
}

// organisation makes the cell of an organisation; of a system it is the one that operates it.
func (x *lexicon) organisation() func(index.Name) cell {
	return cached(func(n index.Name) cell { return x.cell(word{text: x.organisationOf(n)}) })
}

func (x *lexicon) organisationOf(n index.Name) string {
	text := x.v.g.head.Name(n)
	if x.v.g.head.System(n) {
		text = operatorOf(x.now, text)
	}
	if e, ok := x.now.Organisation(text); ok && text != "" {
		return e.ID
	}
	return text
}

// country makes the cell of the country of an organisation or system as declared.
func (x *lexicon) country() func(index.Name) cell {
	return cached(func(n index.Name) cell { return x.cell(word{text: declaredCountry(x.now, x.organisationOf(n))}) })
}

// fromCountry and toCountry make the cells of the country that an entry comes from or goes to: as declared, and where none
// is, as the entry says itself.
func (x *lexicon) fromCountry() func(*index.Row) cell {
	return x.countryOfPlace(func(r *index.Row) index.Name { return r.From }, func(from, _ *event.Place) *event.Place { return from })
}

func (x *lexicon) toCountry() func(*index.Row) cell {
	return x.countryOfPlace(func(r *index.Row) index.Name { return r.To }, func(_, to *event.Place) *event.Place { return to })
}

func (x *lexicon) countryOfPlace(name func(*index.Row) index.Name, end func(from, to *event.Place) *event.Place) func(*index.Row) cell {
	type place struct {
		name    index.Name
		setting index.Setting
	}
	declared, said := x.country(), map[place]cell{}
	return func(r *index.Row) cell {
		at := place{name(r), r.Setting}
		if c := declared(at.name); c != isEmpty {
			return c
		}
		c, ok := said[at]
		if !ok {
			from, to := x.v.g.head.Places(r)
			c = x.cell(word{text: countryOf(x.now, end(&from, &to))})
			said[at] = c
		}
		return c
	}
}

// actor makes the cell of who acted. The pseudonyms that links say are one person's have one cell: that of the smallest.
func (x *lexicon) actor() func(index.Name) cell {
	return cached(func(n index.Name) cell {
		if n == 0 {
			return isEmpty
		}
		d := x.v.g.head.Denotation(n)
		for _, other := range x.v.g.head.Equivalent(event.SubjectActor, d, x.size, false) {
			if c := cmp.Or(strings.Compare(other.Sealer, d.Sealer), bytes.Compare(other.Pseudonym[:], d.Pseudonym[:])); c >= 0 {
				continue
			}
			// A pseudonym that stands out of the viewer's scope only is not for it.
			if is, err := x.v.meets(event.SubjectActor, other, x.sc); err != nil {
				x.err = err
			} else if is {
				d = other
			}
		}
		return x.cell(word{text: d.Pseudonym.String(), sealer: d.Sealer})
	})
}

// lacks says why a value is not there that the law wants of each operation: it is missing where the flag is set, and
// where it is not the source withholds it.
func lacks(r *index.Row, flag index.Flags) cell {
	switch {
	case r.Flags&flag != 0:
		return isMissing
	case r.Kind.Kind().Operation() != "":
		return isWithheld
	}
	return isEmpty
}

// value puts a cell into words.
func (x *lexicon) value(key string, c cell) TableValue {
	v := TableValue{Key: key}
	switch c.state() {
	case isNamed:
		if c.level() == 0 {
			w := x.words[c.value()]
			v.Value, v.System, v.Sealer = w.text, w.system, w.sealer
			return v
		}
		v.Value, v.Period = c.level().text(c.value())
	case isWider:
		v.Absent = AbsentWider
		if c.level() != anyTime {
			v.Value, v.Period = c.level().text(c.value())
		}
	case isUnplaced:
		v.Absent = AbsentUnplaced
	case isMissing:
		v.Absent = AbsentMissing
	case isWithheld:
		v.Absent = AbsentWithheld
	case isOutOfScope:
		v.Absent = AbsentOutOfScope
	default:
		v.Absent = AbsentEmpty
	}
	return v
}
