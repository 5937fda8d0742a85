package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// formats are the forms of output. json is one document, ndjson one object a line, csv has a header line.
var formats = []string{"text", "json", "ndjson", "csv"}

// list prints rows of the same columns, as they come. A value is a string, a number, a bool, a time.Time (zero:
// none), a []string or nil; another one is printed as JSON.
type list struct {
	a       *app
	columns []string
	rows    int
	headed  bool // the line of the columns' names is printed, as it is before the first row
	out     io.Writer

	tab *tabwriter.Writer
	csv *csv.Writer
}

// textPage is after how many rows a table on a terminal settles its column widths: long lists appear as they come.
const textPage = 200

func (a *app) list(columns ...string) *list {
	l := &list{a: a, columns: columns, out: a.out}
	switch a.set.Output {
	case "text":
		l.tab = tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	case "csv":
		l.csv = csv.NewWriter(a.out)
	}
	return l
}

func (l *list) head() {
	if l.headed {
		return
	}
	l.headed = true
	switch {
	case l.tab != nil:
		head := make([]string, len(l.columns))
		for i, c := range l.columns {
			head[i] = strings.ToUpper(c)
		}
		fmt.Fprintln(l.tab, strings.Join(head, "\t"))
	case l.csv != nil:
		l.csv.Write(l.columns)
	}
}

// add prints one row: a value for each column.
func (l *list) add(values ...any) error {
	if len(values) != len(l.columns) {
		panic(fmt.Sprintf("%d values for %d columns", len(values), len(l.columns)))
	}
	l.head()
	defer func() { l.rows++ }()
	switch {
	case l.tab != nil:
		if l.rows > 0 && l.rows%textPage == 0 {
			l.tab.Flush()
		}
		_, err := fmt.Fprintln(l.tab, strings.Join(cells(values, "-", printable), "\t"))
		return err
	case l.csv != nil:
		l.csv.Write(cells(values, "", nil))
		return l.csv.Error()
	case l.a.set.Output == "json":
		before := ",\n"
		if l.rows == 0 {
			before = "["
		}
		if _, err := io.WriteString(l.out, before); err != nil {
			return err
		}
		return writeObject(l.out, l.columns, values, "")
	}
	return writeObject(l.out, l.columns, values, "\n")
}

// close ends the list. It must be called once.
func (l *list) close() error {
	l.head()
	switch {
	case l.tab != nil:
		return l.tab.Flush()
	case l.csv != nil:
		l.csv.Flush()
		return l.csv.Error()
	case l.a.set.Output == "json" && l.rows == 0:
		_, err := io.WriteString(l.out, "[]\n")
		return err
	case l.a.set.Output == "json":
		_, err := io.WriteString(l.out, "]\n")
		return err
	}
	return nil
}

// show prints one thing: names and values by turns. In text it is a line for each, and those without value are left out.
func (a *app) show(pairs ...any) error {
	var names []string
	var values []any
	for i := 0; i+1 < len(pairs); i += 2 {
		names, values = append(names, pairs[i].(string)), append(values, pairs[i+1])
	}
	switch a.set.Output {
	case "text":
		tab := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
		for i, cell := range cells(values, "", printable) {
			if cell != "" {
				fmt.Fprintf(tab, "%s\t%s\n", names[i], cell)
			}
		}
		return tab.Flush()
	case "csv":
		w := csv.NewWriter(a.out)
		w.Write(names)
		w.Write(cells(values, "", nil))
		w.Flush()
		return w.Error()
	}
	return writeObject(a.out, names, values, "\n")
}

// cells turns values into text. none stands for a missing one.
func cells(values []any, none string, clean func(string) string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		s := cell(v)
		if clean != nil {
			s = clean(s)
		}
		if s == "" {
			s = none
		}
		out[i] = s
	}
	return out
}

// phrases are texts with spaces in them, such as legal bases. In a cell they stand apart as in the page's tables.
type phrases []string

func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, " ")
	case phrases:
		return strings.Join(v, "; ")
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	case fmt.Stringer:
		return v.String()
	case int, int64, uint64, float64:
		return fmt.Sprint(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// writeObject writes one JSON object with its members in the given order.
func writeObject(w io.Writer, names []string, values []any, end string) error {
	buf := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			buf = append(buf, ',')
		}
		key, err := jsontext.AppendQuote(nil, name)
		if err != nil {
			return err
		}
		value := values[i]
		if t, ok := value.(time.Time); ok && t.IsZero() {
			value = nil
		}
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		buf = append(append(append(buf, key...), ':'), text...)
	}
	_, err := w.Write(append(append(buf, '}'), end...))
	return err
}

// printable replaces what a terminal would act on. Texts come from sources, and a name that moves the cursor could
// make a line of the output look like another.
func printable(s string) string {
	if strings.IndexFunc(s, acts) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if acts(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// acts reports whether r does something other than to appear: controls, and the marks that reorder a line.
func acts(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
}

// The colours used: ANSI numbers that every terminal has.
const (
	red   = "31"
	green = "32"
)

// paint colours s for a terminal, unless NO_COLOR (no-color.org) or a dumb terminal forbids it.
func (a *app) paint(tty bool, colour, s string) string {
	if !tty {
		return s
	}
	if v, ok := a.lookup("NO_COLOR"); ok && v != "" {
		return s
	}
	if v, _ := a.lookup("TERM"); v == "dumb" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}
