package table

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// program is a mapping made ready, and, once the header of a file is known, bound to its columns.
type program struct {
	m       *Mapping
	events  []*rule
	used    []Columns // every column that the mapping reads, in a fixed order
	key     []string
	counted bool
	empty   patterns
	masked  patterns
	kept    patterns
	bound   map[string]int // name as the mapping has it → column of the file
	present []bool         // columns that the record at hand has; nil: all
}

// rule makes one event of a row.
type rule struct {
	*Event
	fields []*field
	seen   *tally // of Once
}

// field is one field of a rule.
type field struct {
	Field
	to       *pointer
	parts    []part // of Text
	constant *value
	layouts  []layout
	zone     *time.Location
	table    map[string]string
}

// part is a piece of a text: letters, or a column.
type part struct{ letters, column string }

// patterns are texts of cells.
type patterns struct {
	texts []string
	exprs []*regexp.Regexp
}

func newPatterns(list []string) (p patterns, err error) {
	for _, s := range list {
		if len(s) > 1 && s[0] == '/' && s[len(s)-1] == '/' {
			e, err := regexp.Compile(s[1 : len(s)-1])
			if err != nil {
				return p, err
			}
			p.exprs = append(p.exprs, e)
			continue
		}
		p.texts = append(p.texts, s)
	}
	return p, nil
}

func (p *patterns) match(s string) bool {
	return slices.Contains(p.texts, s) || slices.ContainsFunc(p.exprs, func(e *regexp.Regexp) bool { return e.MatchString(s) })
}

// compile checks a mapping and makes it ready. header is nil where only the mapping is to be checked.
func (m *Mapping) compile(header []string) (*program, error) {
	p := &program{m: m, key: m.Rows.Key}
	bad := func(f string, a ...any) error {
		return &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("mapping %.64s: ", m.Name) + fmt.Sprintf(f, a...)}
	}
	if !event.ValidSlug(m.Name) {
		return nil, bad("its name is not an identifier (a-z, 0-9, '.', '-')")
	}
	if len(m.Events) == 0 {
		return nil, bad("it makes no events")
	}
	if !slices.Contains(encodings, m.File.Encoding) {
		return nil, bad("no encoding %.40q; there are %s", m.File.Encoding, strings.Join(encodings[1:], ", "))
	}
	if _, err := separator(m.File.Separator); err != nil {
		return nil, bad("%v", err)
	}
	switch m.Rows.Repeats {
	case "":
		p.counted = len(p.key) == 0
	case "counted", "same":
		p.counted = m.Rows.Repeats == "counted"
	default:
		return nil, bad("rows repeat as counted or as same, not as %.40q", m.Rows.Repeats)
	}
	var err error
	for _, x := range []struct {
		to   *patterns
		from []string
	}{{&p.empty, m.Cells.Empty}, {&p.masked, m.Cells.Masked}, {&p.kept, m.Cells.Withheld}} {
		if *x.to, err = newPatterns(x.from); err != nil {
			return nil, bad("%v", err)
		}
	}
	use := func(c Columns) {
		if len(c) > 0 && !slices.ContainsFunc(p.used, func(u Columns) bool { return slices.Equal(u, c) }) {
			p.used = append(p.used, c)
		}
	}
	for _, k := range p.key {
		use(Columns{k})
	}
	ids := map[string]bool{}
	for i := range m.Events {
		e := &m.Events[i]
		if ids[e.ID] {
			return nil, bad("two events of a row have the id %.40q", e.ID)
		}
		ids[e.ID] = true
		if !e.Kind.Valid() || e.Kind.Reserved() {
			return nil, bad("no kind %.40q that a source hands in", string(e.Kind))
		}
		r := &rule{Event: e}
		if len(e.Once) > 0 {
			r.seen = new(tally)
		}
		for _, c := range e.When {
			use(Columns{c.Column})
		}
		for _, c := range e.Once {
			use(Columns{c})
		}
		for at, f := range e.Fields {
			x, err := p.field(at, f)
			if err != nil {
				return nil, bad("%v", err)
			}
			if fault := x.wrong(e.Kind); fault != "" {
				return nil, bad("%s: %s", at, fault)
			}
			r.fields = append(r.fields, x)
		}
		// Places of lists are filled in order.
		slices.SortFunc(r.fields, func(a, b *field) int { return strings.Compare(a.to.text, b.to.text) })
		for _, x := range r.fields {
			use(x.Column)
			for _, t := range x.parts {
				if t.column != "" {
					use(Columns{t.column})
				}
			}
		}
		p.events = append(p.events, r)
	}
	return p, p.bind(header)
}

func (p *program) field(at string, f Field) (*field, error) {
	m := p.m
	to, err := resolve(at)
	if err != nil {
		return nil, err
	}
	x := &field{Field: f, to: to}
	n := 0
	for _, is := range []bool{f.Value != nil, len(f.Column) > 0, f.Text != "", f.Parameter != ""} {
		if is {
			n++
		}
	}
	if n != 1 {
		return nil, fmt.Errorf("%s has %d of value, column, text and parameter; it wants one", at, n)
	}
	if many := to.list >= 0 && to.steps[to.list].place == star; many != (f.Split != "") {
		return nil, fmt.Errorf("%s: split and a * in the pointer go together", at)
	}
	if f.Table != "" {
		if x.table = m.Tables[f.Table]; x.table == nil {
			return nil, fmt.Errorf("%s: there is no table %.40q", at, f.Table)
		}
	}
	if f.Text != "" {
		if x.parts, err = parts(f.Text); err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
	}
	if to.kind == leafTime {
		if err := p.times(x); err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
	}
	constant := f.Value
	if f.Parameter != "" {
		v, ok := m.Parameters[f.Parameter]
		if !ok {
			return nil, fmt.Errorf("%s: there is no parameter %.40q", at, f.Parameter)
		}
		if constant = v.Default; constant == nil {
			empty := ""
			constant = &empty // given later, see Mapping.With
			return x, nil
		}
	}
	if constant != nil {
		v, fault := x.convert(*constant)
		if fault != "" {
			return nil, fmt.Errorf("%s: the value is %s", at, fault)
		}
		x.constant = v
	}
	return x, nil
}

// wrong says what no event of the kind could have of a constant, so that a mistake in a mapping or a parameter is found
// before every row of a file fails of it.
func (x *field) wrong(kind event.Kind) string {
	if x.constant == nil {
		return ""
	}
	e := &event.Event{Kind: kind}
	x.to.set(e, 0, x.constant)
	for _, f := range e.Validate() {
		if f.Code != event.FaultRequired && (f.Path == x.to.at(0) || f.Code == event.FaultForbidden) {
			return f.Problem + "; " + f.Remedy
		}
	}
	return ""
}

func (p *program) times(x *field) error {
	list, zone := x.Layouts, x.Zone
	if len(list) == 0 {
		list = p.m.Layouts
	}
	if len(list) == 0 || x.Value != nil {
		list = append(slices.Clone(list), layoutNative)
	}
	for _, s := range list {
		l, err := newLayout(s)
		if err != nil {
			return err
		}
		x.layouts = append(x.layouts, l)
	}
	if zone == "" {
		zone = p.m.Zone
	}
	if name, ok := strings.CutPrefix(zone, "$"); ok {
		v, ok := p.m.Parameters[name]
		if !ok {
			return fmt.Errorf("there is no parameter %.40q", name)
		}
		if zone = ""; v.Default != nil {
			zone = *v.Default
		}
	}
	x.zone = time.UTC
	if zone != "" && zone != "UTC" {
		var err error
		if x.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return fmt.Errorf("there is no time zone %.40q", zone)
		}
	}
	return nil
}

// parts cuts "{a} of {b}".
func parts(s string) (out []part, err error) {
	for s != "" {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return append(out, part{letters: s}), nil
		}
		if i > 0 {
			out = append(out, part{letters: s[:i]})
		}
		j := strings.IndexByte(s[i:], '}')
		if j < 2 {
			return nil, fmt.Errorf("%q has a brace without a column's name", s)
		}
		out = append(out, part{column: s[i+1 : i+j]})
		s = s[i+j+1:]
	}
	return out, nil
}

// fold is how names of columns are compared.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Trim(s, "\ufeff")), " "))
}

// bind finds the mapping's columns in a header.
func (p *program) bind(header []string) error {
	p.bound = map[string]int{}
	if header == nil {
		return nil
	}
	at := map[string]int{}
	for i, h := range header {
		if _, twice := at[fold(h)]; !twice && fold(h) != "" {
			at[fold(h)] = i
		}
	}
	for _, names := range p.used {
		for _, n := range names {
			if i, ok := at[fold(n)]; ok {
				p.bound[n] = i
			}
		}
	}
	for _, r := range p.events {
		for _, x := range r.fields {
			if x.Required && len(x.Column) > 0 && p.column(x.Column) < 0 {
				return &format.Error{Code: format.ErrNoColumn, Message: fmt.Sprintf("the file has no column %q, which mapping %s needs", x.Column[0], p.m.Name)}
			}
		}
	}
	if len(p.key) > 0 && slices.ContainsFunc(p.key, func(k string) bool { return p.column(Columns{k}) < 0 }) {
		// Without its key a row is told apart by all that is used of it.
		p.key, p.counted = nil, true
	}
	return nil
}

// column returns the column that goes by one of the names, or -1.
func (p *program) column(names Columns) int {
	for _, n := range names {
		if i, ok := p.bound[n]; ok && (p.present == nil || p.present[i]) {
			return i
		}
	}
	return -1
}

func separator(s string) (byte, error) {
	switch {
	case s == "", s == "auto":
		return 0, nil
	case s == "tab", s == "\t":
		return '\t', nil
	case len(s) == 1 && s[0] > ' ' && s[0] < 0x7f && s[0] != '"':
		return s[0], nil
	}
	return 0, fmt.Errorf("the separator is auto, tab or one character of ASCII, not %.20q", s)
}
