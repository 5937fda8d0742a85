package event

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// reader reads the one form that a leaf has, in the order in which the [writer] writes it. It holds a copy of the leaf
// that the strings of the skeleton are parts of, and it is always at one member of the innermost object: name is that
// member's name and i the place of its value; at the end of the object name is "" and i the place of the brace. A field
// takes the member if it has its name; what no field takes is still there at the closing brace, and so unknown names,
// names twice and names in another order are all refused by the same check.
//
// This file has the parts of JSON; the fields are in leaf.go.
type reader struct {
	s     string
	i     int
	name  string
	bad   bool     // this is not a leaf: nothing is taken from here on
	pool  []string // of the lists of strings, so that they are one piece of memory
	bools []bool   // likewise of what the flags of databases point to
}

func (r *reader) fail() { r.bad, r.i, r.name = true, len(r.s), "" }

// at is the byte at the cursor, 0 at the end of the leaf. No leaf has a byte 0.
func (r *reader) at() byte {
	if r.i < len(r.s) {
		return r.s[r.i]
	}
	return 0
}

func (r *reader) eat(c byte) {
	if r.at() != c {
		r.fail()
		return
	}
	r.i++
}

// open enters an object.
func (r *reader) open() {
	if r.eat('{'); r.at() == '}' {
		r.name = ""
		return
	}
	r.member()
}

// next goes from the end of a member's value to the next member.
func (r *reader) next() {
	if r.at() == '}' {
		r.name = ""
		return
	}
	r.eat(',')
	r.member()
}

// member reads a name. Whether its letters are any that JSON allows does not matter: it is only compared with names of
// fields. None of those is empty.
func (r *reader) member() {
	r.eat('"')
	rest := r.s[r.i:]
	n := strings.IndexByte(rest, '"')
	if n < 1 || n+1 == len(rest) || rest[n+1] != ':' {
		r.fail()
		return
	}
	r.name = rest[:n]
	r.i += n + 2
}

// close leaves an object, end one that is the value of a member.
func (r *reader) close() {
	if r.name != "" {
		r.fail()
	}
	r.eat('}')
}

func (r *reader) end() {
	r.close()
	r.next()
}

// openList enters a list and reports whether it has an element, another whether there is one more. Together they are
// the head of a loop over the elements, after which the cursor is at the next member.
func (r *reader) openList() bool {
	if r.eat('['); r.at() != ']' {
		return !r.bad
	}
	r.i++
	r.next()
	return false
}

func (r *reader) another() bool {
	switch r.at() {
	case ',':
		r.i++
		return true
	case ']':
		r.i++
		r.next()
	default:
		r.fail()
	}
	return false
}

// objects is how many objects the list at the cursor has, for the capacity of a slice: right for objects that hold
// neither lists nor brackets in their strings. The limit is there for texts made to be miscounted.
func (r *reader) objects() int {
	rest := r.s[r.i:]
	return min(strings.Count(rest[:max(strings.IndexByte(rest, ']'), 0)], "{"), 64)
}

// add appends an element to the list and returns its place.
func add[T any](list *[]T) *T {
	var zero T
	*list = append(*list, zero)
	return &(*list)[len(*list)-1]
}

// is reports whether the cursor is at the member of that name.
func (r *reader) is(name string) bool { return r.name == name }

// must is is for members that are always there.
func (r *reader) must(name string) bool {
	if r.name != name {
		r.fail()
		return false
	}
	return true
}

// string reads a member that is always there, text one that is left out where empty.
func (r *reader) string(name string, v *string) {
	if r.must(name) {
		*v = r.quoted()
		r.next()
	}
}

func (r *reader) text(name string, v *string) {
	if r.name == name {
		r.some(v)
	}
}

func (r *reader) some(v *string) {
	if *v = r.quoted(); *v == "" {
		r.fail()
	}
	r.next()
}

// quoted reads a string: UTF-8, escaped where it must be and not otherwise. Most are plain, so eight bytes are looked
// at at a time as [isPlain] does. (The lowest byte that its test marks is always one that it means to mark.)
func (r *reader) quoted() string {
	const (
		low  = 0x0101010101010101
		high = 0x8080808080808080
	)
	r.eat('"')
	v := r.s[r.i:]
	i := 0
	for i+8 <= len(v) {
		u := v[i : i+8]
		x := uint64(u[0]) | uint64(u[1])<<8 | uint64(u[2])<<16 | uint64(u[3])<<24 |
			uint64(u[4])<<32 | uint64(u[5])<<40 | uint64(u[6])<<48 | uint64(u[7])<<56
		quote, backslash := x^('"'*low), x^('\\'*low)
		if m := (x | (x - 0x20*low) | (quote-low)&^quote | (backslash-low)&^backslash) & high; m != 0 {
			i += bits.TrailingZeros64(m) / 8
			break
		}
		i += 8
	}
	for ascii, escaped := true, false; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			ok := ascii || utf8.ValidString(v[:i])
			s := v[:i]
			if escaped {
				s, ok = unquote(r.s[r.i-1 : r.i+i+1])
			}
			if r.i += i + 1; !ok {
				r.fail()
			}
			return s
		case c == '\\':
			escaped = true
			i++
		case c >= utf8.RuneSelf:
			ascii = false
		case c < 0x20:
			r.fail()
			return ""
		}
	}
	r.fail()
	return ""
}

// list reads a list of strings that is left out where empty.
func (r *reader) list(name string, v *[]string) {
	if r.name == name {
		if *v = r.strings(); len(*v) == 0 {
			r.fail()
		}
	}
}

// strings reads a list of strings, the digests of the leaf first: the pool that they open has room for as many
// pointers, which are what most leaves have besides.
func (r *reader) strings() []string {
	if r.pool == nil {
		const few, most = 4, 1024
		r.pool = make([]string, 0, few+2*min(max(strings.IndexByte(r.s[r.i:], ']'), 0)/(digestChars+len(`"",`)), most))
	}
	from := len(r.pool)
	for ok := r.openList(); ok; ok = r.another() {
		if len(r.pool) == cap(r.pool) {
			r.pool = append(make([]string, 0, 2*(len(r.pool)-from)+4), r.pool[from:]...)
			from = 0
		}
		r.pool = append(r.pool, r.quoted())
	}
	return r.pool[from:len(r.pool):len(r.pool)] // cut, so that nobody appends into the next list
}

// flag reads a member that is there only where true.
func (r *reader) flag(name string, v *bool) {
	if r.name == name {
		if *v = r.boolean(); !*v {
			r.fail()
		}
		r.next()
	}
}

func (r *reader) boolean() bool {
	rest := r.s[r.i:]
	switch {
	case strings.HasPrefix(rest, "true"):
		r.i += len("true")
		return true
	case strings.HasPrefix(rest, "false"):
		r.i += len("false")
	default:
		r.fail()
	}
	return false
}

// number reads a member that is left out where zero.
func (r *reader) number(name string, v *int64) {
	if r.name == name {
		if *v = r.integer(); *v == 0 {
			r.fail()
		}
		r.next()
	}
}

// integer reads a number that is written as [writer.integer] writes it.
func (r *reader) integer() (v int64) {
	negative := r.at() == '-'
	if negative {
		r.i++
	}
	from := r.i
	for c := r.at(); c >= '0' && c <= '9' && v <= maxInteger; c = r.at() {
		v = v*10 + int64(c-'0')
		r.i++
	}
	zeroFirst := r.i > from && r.s[from] == '0' && (negative || r.i > from+1)
	if r.i == from || zeroFirst || v > maxInteger {
		r.fail()
	}
	if negative {
		return -v
	}
	return v
}

// time reads a member that is left out where the time is not known, instant the value of one that never is.
func (r *reader) time(name string, v *Time) {
	if r.name == name {
		*v = r.instant()
		r.next()
	}
}

func (r *reader) instant() Time {
	s := r.quoted()
	t, err := ParseTime(s)
	var b [64]byte
	if err != nil || string(t.append(b[:0])) != s {
		r.fail()
	}
	return t
}

// pseudonym reads a member that is left out where there is none, denoting one of that name that is always there.
func (r *reader) pseudonym(v *Pseudonym) {
	if r.name == "pseudonym" {
		r.denoting("pseudonym", v)
	}
}

func (r *reader) denoting(name string, v *Pseudonym) {
	if r.must(name) {
		r.denoted(v)
		r.next()
	}
}

// denoted reads the pseudonym at the cursor.
func (r *reader) denoted(v *Pseudonym) {
	s := r.quoted()
	// The decoder passes over line ends; the pseudonym has fewer bytes then, and is refused for its length.
	if n, err := b64.Decode(v[:], []byte(s[:min(len(s), 22)])); err != nil || n != len(v) || len(s) != 22 || v.IsZero() {
		r.fail()
	}
}

func (r *reader) wording(name string, t *Text) {
	if r.name != name {
		return
	}
	r.open()
	r.text("de", &t.DE)
	r.text("en", &t.EN)
	if t.IsZero() {
		r.fail()
	}
	r.end()
}
