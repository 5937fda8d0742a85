package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Fields are fields of an event that are filled from texts that have names, as a mapping fills them from the cells of a
// row. Readers of other formats have them in their profiles, with paths in their records for columns.
type Fields struct{ list []*field }

// NewFields checks fields and makes them ready. Layouts and zone are of times.
func NewFields(of map[string]Field, tables map[string]map[string]string, layouts []string, zone string) (*Fields, error) {
	p := &program{m: &Mapping{Tables: tables, Layouts: layouts, Zone: zone}}
	f := new(Fields)
	for at, x := range of {
		if x.Parameter != "" || x.Required {
			return nil, fmt.Errorf("%s: here a field has no parameter and is not required", at)
		}
		made, err := p.field(at, x)
		if err != nil {
			return nil, err
		}
		f.list = append(f.list, made)
	}
	slices.SortFunc(f.list, func(a, b *field) int { return strings.Compare(a.to.text, b.to.text) })
	return f, nil
}

// Len is how many fields there are; they are numbered in the order of their pointers.
func (f *Fields) Len() int { return len(f.list) }

// Pointer is the JSON pointer of a field.
func (f *Fields) Pointer(i int) string { return f.list[i].to.text }

// Columns are the names of all texts that the fields read.
func (f *Fields) Columns() (list []string) {
	for _, x := range f.list {
		list = append(list, x.Column...)
		for _, p := range x.parts {
			if p.column != "" {
				list = append(list, p.column)
			}
		}
	}
	return list
}

// Filling is what fields are filled from.
type Filling struct {
	Get  func(column string) string   // "": there is nothing
	Bad  func(column, problem string) // a text that is not what its field takes; it is left out
	Skip func(i int) bool             // fields that are left out
}

// Fill fills the fields of an event for which there is a text.
func (f *Fields) Fill(e *event.Event, from Filling) {
	for i, x := range f.list {
		if from.Skip(i) {
			continue
		}
		if x.constant != nil {
			x.to.set(e, x.place(), x.constant)
			continue
		}
		column, s := x.to.text, ""
		if len(x.Column) > 0 {
			for _, c := range x.Column {
				if s = from.Get(c); s != "" {
					column = c
					break
				}
			}
		} else {
			s = x.together(from.Get)
		}
		list := []string{s}
		if x.Split != "" {
			list = strings.Split(s, x.Split)
		}
		place := x.place()
		for _, s := range list {
			if s = strings.TrimSpace(s); s == "" {
				continue
			}
			switch v, fault := x.convert(s); {
			case fault != "":
				from.Bad(column, fault)
			case v != nil:
				x.to.set(e, place, v)
				place++
			}
		}
	}
}

// place is the place of a list at which a field begins to fill it.
func (x *field) place() int {
	if x.to.list < 0 {
		return 0
	}
	return max(0, x.to.steps[x.to.list].place)
}

// together puts a text together, "" where none of its columns has one.
func (x *field) together(get func(string) string) string {
	var b strings.Builder
	some := false
	for _, p := range x.parts {
		b.WriteString(p.letters)
		if p.column != "" {
			s := get(p.column)
			some = some || s != ""
			b.WriteString(s)
		}
	}
	if !some {
		return ""
	}
	return b.String()
}
