package table

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// mostNames is how many identifiers made of names are held against each other in one file.
const mostNames = 1 << 20

// event makes one event of the row, nil where there is none; why is in the report. A value with which the event would
// be invalid is left out and reported, and only where that does not help the event is lost.
func (d *reader) event(r *rule, id string) *event.Event {
	var drop map[*field]bool
	for try := 0; ; try++ {
		e, ok := d.fill(r, id, drop, try > 0)
		if !ok {
			return nil
		}
		faults := e.Validate()
		if len(faults) == 0 {
			return e
		}
		if try == 0 {
			drop = map[*field]bool{}
		}
		found := false
		for _, f := range faults {
			for _, x := range r.fields {
				if x.constant == nil && !x.Required && !drop[x] && d.blames(e, f.Path, x) {
					drop[x], found = true, true
					d.gap(f.Code, d.called(x), f.Problem, format.LostValue)
				}
			}
		}
		if !found || try > len(r.fields) {
			for _, f := range faults {
				d.gap(GapInvalid, f.Path, f.Code+": "+f.Problem, format.LostEvent)
				break // one event lost is one in the count
			}
			return nil
		}
	}
}

// blames reports whether a fault at path is of the value of x.
func (d *reader) blames(e *event.Event, path string, x *field) bool {
	if i, ok := strings.CutPrefix(path, "/withheld/"); ok {
		for n, p := range e.Withheld {
			if i == strconv.Itoa(n) {
				path = p
			}
		}
	}
	at, to := strings.Split(path, "/"), strings.Split(x.to.text, "/")
	if len(at) < 2 || len(at) > len(to) {
		return false
	}
	for i := range at {
		if at[i] != to[i] && i != x.to.list+1 {
			return false
		}
	}
	return true
}

// called is how the report calls a field: by the column it comes from, or by its pointer.
func (d *reader) called(x *field) string {
	if len(x.Column) == 0 {
		return x.to.text
	}
	if i := d.column(x.Column); i >= 0 {
		return d.header[i]
	}
	return x.Column[0]
}

// reading is what a field got out of a row.
type reading struct {
	*field
	values []*value
	hidden bool // there is a value, and it is withheld
}

// fill makes the event without the fields in drop. again says that gaps have been reported already.
func (d *reader) fill(r *rule, id string, drop map[*field]bool, again bool) (*event.Event, bool) {
	e := &event.Event{ID: id, Kind: r.Kind, Withheld: slices.Clone(r.Withheld)}
	for i := 0; i < len(r.fields); {
		group := r.fields[i].group()
		n := i + 1
		for group != "" && n < len(r.fields) && r.fields[n].group() == group {
			n++
		}
		read := d.readings[:0]
		said, variable := false, false // a value of the row; a field that comes from the row
		for _, x := range r.fields[i:n] {
			if drop[x] {
				variable = true
				continue
			}
			got, ok := d.get(x, again)
			if !ok {
				return nil, false
			}
			if x.constant == nil && x.Parameter == "" {
				variable = true
				said = said || len(got.values) > 0 || got.hidden
			}
			read = append(read, got)
		}
		d.readings = read
		i = n
		// What is constant in an element of a list, or of a quantity, says nothing by itself.
		if group != "" && variable && !said {
			continue
		}
		d.put(e, read)
	}
	return e, true
}

// group is the part of an event that is there as a whole or not at all, "" where a field stands for itself.
func (x *field) group() string {
	if at := x.to.element(); at != "" {
		return at
	}
	if at, ok := strings.CutSuffix(x.to.text[:strings.LastIndexByte(x.to.text, '/')+1], "quantity/"); ok {
		return at + "quantity"
	}
	return ""
}

// put puts the readings of one group, or of one field, into an event.
func (d *reader) put(e *event.Event, read []reading) {
	if len(read) == 0 {
		return
	}
	base := 0
	if read[0].to.list >= 0 {
		base = read[0].to.length(e)
	}
	for _, x := range read {
		if !x.hidden {
			continue
		}
		at := x.to.at(base)
		if strings.HasSuffix(x.to.text, "quantity/amount") {
			e.Withheld = append(e.Withheld, strings.TrimSuffix(at, "/amount"))
			return // a quantity without its amount would say nought
		}
		if x.to.list >= 0 {
			x.to.reach(e, base)
		}
		if !slices.Contains(e.Withheld, at) {
			e.Withheld = append(e.Withheld, at)
		}
	}
	for _, x := range read {
		for i, v := range x.values {
			x.to.set(e, base+i, v)
		}
	}
}

// get reads a field's value. It is false where the event cannot be without.
func (d *reader) get(x *field, again bool) (out reading, ok bool) {
	out.field = x
	if x.constant != nil {
		out.values = append(out.values, x.constant)
		return out, true
	}
	text, st := d.text(x)
	if st == masked || st == withheld {
		out.hidden = true
		return out, true
	}
	missing := func() (reading, bool) {
		if x.Required && !again {
			d.gap(GapRequired, d.called(x), "the event cannot be without it", format.LostEvent)
		}
		return out, !x.Required
	}
	if st != filled {
		return missing()
	}
	list := []string{text}
	if x.Split != "" {
		list = strings.Split(text, x.Split)
	}
	for _, s := range list {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		v, fault := x.convert(s)
		if fault == "" && x.Slug && v != nil && !d.own(v.text, s) {
			if !again {
				d.gap(GapCollision, d.called(x), "another name in this file makes the same identifier", format.LostEvent)
			}
			return out, false
		}
		switch {
		case fault != "" && !again:
			d.gap(GapValue, d.called(x), fault, format.LostValue)
		case fault == "" && v != nil:
			out.values = append(out.values, v)
		}
	}
	if len(out.values) == 0 {
		return missing()
	}
	return out, true
}

// own reports whether an identifier was made of this name, and no other, in the file. Names that differ in case and
// white space alone are one.
func (d *reader) own(id, name string) bool {
	d.digester.add(fold(name))
	sum := d.digester.done()
	if was, ok := d.names[id]; ok {
		return was == sum
	}
	if len(d.names) < mostNames {
		d.names[id] = sum
	}
	return true
}

// text is the text that a field reads, and what it says. Of a text put together, one cell that is withheld withholds
// it, and one that is empty leaves a gap.
func (d *reader) text(x *field) (string, state) {
	if len(x.Column) > 0 {
		i := d.column(x.Column)
		if i < 0 {
			return "", absent
		}
		return d.cells[i], d.states[i]
	}
	var b strings.Builder
	st := empty
	for _, p := range x.parts {
		b.WriteString(p.letters)
		if p.column == "" {
			continue
		}
		i := d.column(Columns{p.column})
		if i < 0 {
			continue
		}
		switch d.states[i] {
		case masked, withheld:
			return "", d.states[i]
		case filled:
			st = filled
			b.WriteString(d.cells[i])
		}
	}
	return b.String(), st
}
