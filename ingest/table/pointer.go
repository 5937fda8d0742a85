package table

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
)

// pointer is a JSON pointer into an event, resolved to its Go fields.
type pointer struct {
	text  string
	steps []step
	kind  leaf
	list  int // index of the step into a list, -1: none. At most one is taken
}

// step goes from a struct to a field, or from a list to an element.
type step struct {
	field int  // of the struct
	list  bool // an element of a list
	place int  // of the list; star: any
}

const star = -1

// leaf is what sort of value a field takes.
type leaf uint8

const (
	leafText leaf = iota
	leafTime
	leafInt
	leafBool
)

var timeType = reflect.TypeFor[event.Time]()

// resolve finds the field that a pointer names. Those that only the log writes are refused by the event's validation.
func resolve(text string) (*pointer, error) {
	p := &pointer{text: text, list: -1}
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf("%q is no JSON pointer: it begins with /", text)
	}
	t := reflect.TypeFor[event.Event]()
	for _, name := range strings.Split(text[1:], "/") {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch {
		case t == timeType:
			return nil, fmt.Errorf("%s goes beyond a time", text)
		case t.Kind() == reflect.Struct:
			i := fieldOf(t, name)
			if i < 0 {
				return nil, fmt.Errorf("%s: an event has no field %q there", text, name)
			}
			p.steps = append(p.steps, step{field: i})
			t = t.Field(i).Type
		case t.Kind() == reflect.Slice:
			place := star
			if name != "*" {
				n, err := strconv.Atoi(name)
				if err != nil || n < 0 || n > 99 {
					return nil, fmt.Errorf("%s: %q is no place of a list (0 to 99, or *)", text, name)
				}
				place = n
			}
			if p.list >= 0 {
				return nil, fmt.Errorf("%s: a list within a list", text)
			}
			p.list = len(p.steps)
			p.steps = append(p.steps, step{list: true, place: place})
			t = t.Elem()
		default:
			return nil, fmt.Errorf("%s goes beyond a value", text)
		}
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == timeType:
		p.kind = leafTime
	case t.Kind() == reflect.String:
		p.kind = leafText
	case t.Kind() == reflect.Int64:
		p.kind = leafInt
	case t.Kind() == reflect.Bool:
		p.kind = leafBool
	default:
		return nil, fmt.Errorf("%s is no single value; name a field of it", text)
	}
	return p, nil
}

// fieldOf returns the index of the field with that JSON name, or -1. Pseudonyms are assigned by sealing.
func fieldOf(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag == name && name != "pseudonym" && name != "entry" {
			return i
		}
	}
	return -1
}

// element is the pointer up to and with the list's place, "" where it goes into none.
func (p *pointer) element() string {
	if p.list < 0 {
		return ""
	}
	return "/" + strings.Join(strings.Split(p.text[1:], "/")[:p.list+1], "/")
}

// at is the pointer's text with the place that the element really has.
func (p *pointer) at(place int) string {
	if p.list < 0 {
		return p.text
	}
	parts := strings.Split(p.text[1:], "/")
	parts[p.list] = strconv.Itoa(place)
	return "/" + strings.Join(parts, "/")
}

// length is how long the list is that the pointer goes into.
func (p *pointer) length(e *event.Event) int {
	v := reflect.ValueOf(e).Elem()
	for _, s := range p.steps[:p.list] {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return 0
			}
			v = v.Elem()
		}
		v = v.Field(s.field)
	}
	return v.Len()
}

// value is a cell's value as the field takes it.
type value struct {
	text string
	time event.Time
	n    int64
	yes  bool
}

// set puts a value into an event, in the given place of a list; the list grows to have it.
func (p *pointer) set(e *event.Event, place int, x *value) {
	v := p.walk(e, place, len(p.steps))
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch p.kind {
	case leafTime:
		v.Set(reflect.ValueOf(x.time))
	case leafText:
		v.SetString(x.text)
	case leafInt:
		v.SetInt(x.n)
	case leafBool:
		v.SetBool(x.yes)
	}
}

// reach makes the element that a pointer goes into, without a value: one that is withheld.
func (p *pointer) reach(e *event.Event, place int) { p.walk(e, place, p.list+1) }

// walk goes the first n steps, making what is not there.
func (p *pointer) walk(e *event.Event, place, n int) reflect.Value {
	v := reflect.ValueOf(e).Elem()
	for _, s := range p.steps[:n] {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		if !s.list {
			v = v.Field(s.field)
			continue
		}
		if missing := place + 1 - v.Len(); missing > 0 {
			v.Set(reflect.AppendSlice(v, reflect.MakeSlice(v.Type(), missing, missing)))
		}
		v = v.Index(place)
	}
	return v
}
