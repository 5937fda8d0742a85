package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Records makes events of records that come one at a time and have names with their values, such as messages of a
// stream, by the same mappings as rows: a name is a column. Of file a mapping for records says nothing, and a name that
// one record has and another has not is no gap. It is for one goroutine.
type Records struct {
	d      *reader
	folded map[string]int // name as it is compared → column; -2: left out on purpose
	names  map[string]int // name as it comes → the same, -1: none; of those seen lately
	out    []*event.Event
}

// Cell is one value of a record, under its name and, where it has one, a second name. A quiet one is no gap where the mapping
// does not read it.
type Cell struct {
	Name, Alias, Value string
	Quiet              bool
}

// mostNamed bounds how many names are remembered: of a hostile stream every name is new.
const mostNamed = 4096

// mostOnce bounds how many values of a rule's Once are remembered; what is forgotten is given again, under the same id.
const mostOnce = 1 << 16

// NewRecords makes a mapping ready. Its parameters must have been given ([Mapping.With]).
func NewRecords(m *Mapping) (*Records, error) {
	p, err := m.compile(nil)
	if err != nil {
		return nil, err
	}
	r := &Records{folded: map[string]int{}, names: map[string]int{}}
	for _, n := range m.Ignore {
		r.folded[fold(n)] = -2
	}
	var header []string
	have := map[string]bool{}
	for _, names := range p.used {
		for _, n := range names {
			if f := fold(n); f != "" && !have[f] {
				have[f] = true
				r.folded[f] = len(header)
				header = append(header, n)
			}
		}
	}
	r.d = &reader{header: header, digester: newDigester(), names: map[string]digest{}}
	if r.d.program, err = m.compile(header); err != nil {
		return nil, err
	}
	n := len(header)
	r.d.cells, r.d.states, r.d.present = make([]string, n), make([]state, n), make([]bool, n)
	r.d.emit = func(e *event.Event) bool {
		r.out = append(r.out, e)
		return true
	}
	return r, nil
}

// Reads reports whether the mapping reads the value of a name.
func (r *Records) Reads(name string) bool { return r.column(name) >= 0 }

// Chooses reports whether each event of the mapping says which records it is of.
func (r *Records) Chooses() bool {
	return !slices.ContainsFunc(r.d.program.events, func(e *rule) bool { return len(e.When) == 0 })
}

// column is the column of a name that comes, -1 where the mapping does not read it, -2 where it leaves it out on purpose.
func (r *Records) column(name string) int {
	if i, ok := r.names[name]; ok {
		return i
	}
	at, ok := r.folded[fold(name)]
	if !ok {
		at = -1
	}
	if len(r.names) >= mostNamed {
		clear(r.names)
	}
	r.names[strings.Clone(name)] = at
	return at
}

// Events gives the events of one record, in a slice that holds until the next call. What is not mapped goes into the report,
// at report.Records. own tells the record apart
// where nothing in it does: the mapping counts records and has no key, or the record is without. Where it is "", records are
// counted as rows of a file are. ruled is false where the mapping has no event for such a record.
func (r *Records) Events(own string, cells []Cell, report *format.Report) (events []*event.Event, ruled bool, err error) {
	d := r.d
	r.out = r.out[:0]
	d.report, d.row = report, report.Records
	clear(d.cells)
	clear(d.states)
	clear(d.present)
	for _, c := range cells {
		i := r.column(c.Name)
		if i == -1 && c.Alias != "" {
			i = r.column(c.Alias)
		}
		switch {
		case i == -1 && !c.Quiet && c.Value != "":
			d.gap(GapUnmapped, named(c), "the mapping does not name this", format.LostValue)
			continue
		case i < 0 || d.present[i]:
			continue
		}
		if len(c.Value) > MaxCell {
			d.gap(GapValue, d.header[i], fmt.Sprintf("a value of more than %d bytes", MaxCell), format.LostEvent)
			return nil, true, nil
		}
		d.cells[i], d.present[i] = strings.TrimSpace(c.Value), true
		d.states[i] = d.state(d.cells[i])
	}
	ruled = slices.ContainsFunc(d.program.events, d.holds)
	if !ruled {
		return nil, false, nil
	}
	id, err := r.identify(own)
	if err != nil {
		return nil, true, err
	}
	for _, rule := range d.program.events {
		if rule.seen != nil && rule.seen.n >= mostOnce {
			*rule.seen = tally{}
		}
	}
	err = d.events(id)
	return r.out, true, err
}

// named is how a report calls a value: a name that a sender made up may be long, and may be personal.
func named(c Cell) string {
	if len(c.Name) > 40 {
		return c.Name[:40]
	}
	return c.Name
}

// identify returns what the ids of a record's events begin with.
func (r *Records) identify(own string) (string, error) {
	d := r.d
	keyed := len(d.key) > 0 && !slices.ContainsFunc(d.key, func(k string) bool {
		i := d.column(Columns{k})
		return i < 0 || d.states[i] == empty
	})
	switch {
	case own == "" || keyed && !d.counted:
		return d.identify()
	case !d.counted && len(d.key) == 0:
		return d.m.Name + "/" + d.whole().String(), nil
	}
	return d.m.Name + "/" + own, nil
}
