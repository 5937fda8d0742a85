package table

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/lichtspur/lichtspur/graph/event"
)

// state is what a cell says.
type state uint8

const (
	absent   state = iota // the file has no such column
	empty                 // the source has nothing there
	masked                // there is a value that was made unreadable
	withheld              // there is a value that is kept back
	filled
)

// state tells what the text of a cell says.
func (p *program) state(s string) state {
	switch {
	case s == "" || p.empty.match(s):
		return empty
	case p.masked.match(s):
		return masked
	case p.kept.match(s):
		return withheld
	}
	return filled
}

// What can be wrong with a value. The texts go into reports and name no value.
const (
	faultTable  = "not in the value table"
	faultNumber = "not a whole number"
	faultBool   = "neither yes nor no"
	faultTime   = "not a time in a layout of the mapping"
	faultSlug   = "without a letter or digit to make an identifier of"
)

var (
	yes = []string{"true", "yes", "y", "1", "ja", "j", "wahr"}
	no  = []string{"false", "no", "n", "0", "nein", "falsch"}
)

// convert makes of a cell's text what the field takes, or says what is wrong.
func (x *field) convert(s string) (*value, string) {
	if x.table != nil {
		to, ok := x.table[s]
		if !ok {
			to, ok = x.table[strings.ToLower(s)]
		}
		switch {
		case ok:
			s = to
		case x.Otherwise != nil:
			s = *x.Otherwise
		default:
			return nil, faultTable
		}
		if s == "" {
			return nil, ""
		}
	}
	v := new(value)
	switch x.to.kind {
	case leafTime:
		t, err := readTime(s, x.layouts, x.zone)
		if err != nil {
			if err == errNoTime {
				return nil, faultTime
			}
			return nil, err.Error()
		}
		v.time = t
	case leafInt:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, faultNumber
		}
		v.n = n
	case leafBool:
		low := strings.ToLower(s)
		if v.yes = slices.Contains(yes, low); !v.yes && !slices.Contains(no, low) {
			return nil, faultBool
		}
	case leafText:
		if x.Slug {
			if s = Slug(x.Prefix + s); s == "" {
				return nil, faultSlug
			}
		} else {
			s = x.Prefix + s
		}
		v.text = s
	}
	return v, ""
}

// Slug makes an identifier of a name: letters without their marks in lower case, digits, and '-' for everything
// between. A name that is too long ends in a part of its digest, so that two long names stay two.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		case r == 'ß':
			b.WriteString("ss")
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
			// a mark of the letter before, or an apostrophe: "state's" is one word
		default:
			gap = true
		}
	}
	out := b.String()
	const most, tail = 64, 11 // event.ValidSlug
	if len(out) > most {
		d := newDigester()
		d.add(out)
		sum := d.done()
		const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
		end := make([]byte, tail-1)
		for i := range end {
			end[i] = digits[int(sum[i])%len(digits)]
		}
		out = strings.TrimRight(out[:most-tail], "-") + "-" + string(end)
	}
	if !event.ValidSlug(out) {
		return ""
	}
	return out
}
