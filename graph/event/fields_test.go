package event_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph/event"
)

var update = flag.Bool("update", false, "write the field table into doc.go")

// walk calls f for each value of a JSON text that is no object or list, with its pointer.
func walk(t testing.TB, text []byte, f func(pointer string, value any)) {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var down func(string, any)
	down = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, next := range v {
				down(at+"/"+name, next)
			}
		case []any:
			for i, next := range v {
				down(fmt.Sprintf("%s/%d", at, i), next)
			}
		default:
			f(at, v)
		}
	}
	down("", tree)
}

// leaves calls f for each JSON field of a Go type that holds a value, with its pointer, "*" for places of lists.
func leaves(at string, t reflect.Type, f func(pointer string)) {
	switch {
	case t.Kind() == reflect.Pointer:
		leaves(at, t.Elem(), f)
	case t.Kind() == reflect.Slice:
		leaves(at+"/*", t.Elem(), f)
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[event.Time]():
		for i := range t.NumField() {
			field := t.Field(i)
			if field.Anonymous {
				leaves(at, field.Type, f)
				continue
			}
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			leaves(at+"/"+name, field.Type, f)
		}
	default:
		f(at)
	}
}

// Every JSON field of a leaf, and so of an event, has its row in the table, and every row its field.
func TestFieldTableIsWhole(t *testing.T) {
	inTable := map[string]bool{}
	for _, f := range event.Fields {
		if inTable[f.Pointer] {
			t.Errorf("%s has two rows", f.Pointer)
		}
		inTable[f.Pointer] = true
		if f.Class == "" || f.Seen == "" || f.Redaction == "" {
			t.Errorf("%s: the row has gaps: %+v", f.Pointer, f)
		}
	}
	leaves("", reflect.TypeFor[event.Skeleton](), func(pointer string) {
		if !inTable[pointer] {
			t.Errorf("%s is not in the table", pointer)
		}
		delete(inTable, pointer)
		f, ok := event.FieldAt(strings.ReplaceAll(pointer, "*", "12"))
		if !ok || f.Pointer != pointer {
			t.Errorf("%s is not found", pointer)
		}
		if (strings.HasSuffix(pointer, "/pseudonym") || strings.HasSuffix(pointer, "/pseudonyms/*")) != (f.Class == event.FieldPseudonymous) {
			t.Errorf("%s has class %s", pointer, f.Class)
		}
	})
	for pointer := range inTable {
		t.Errorf("%s is in the table, no field", pointer)
	}
}

// The pages of the package documentation show the tables as they are. After a change: go test -run Pages -update.
func TestPages(t *testing.T) {
	file, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	page := string(file)
	page = replaceSection(t, page, "The table of kinds", kindsPage())
	page = replaceSection(t, page, "The field table", fieldsPage())
	switch {
	case page == string(file):
	case *update:
		if err := os.WriteFile("doc.go", []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the tables in doc.go are not those of the code; run go test ./graph/event -run Pages -update")
	}
}

func fieldsPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "//\t%-42s %-13s %-11s %s\n", "field", "class", "seen", "redaction")
	for _, f := range event.Fields {
		fmt.Fprintf(&b, "//\t%-42s %-13s %-11s %s\n", f.Pointer, f.Class, f.Seen, f.Redaction)
	}
	return b.String()
}

func kindsPage() string {
	var b strings.Builder
	b.WriteString("// Besides id and kind. What is neither named as needed nor as possible is forbidden; withheld counts as there.\n//\n")
	b.WriteString("// A CONSULT by the log itself, in the access ledger, needs access, actor and purpose instead, and may have occurred,\n// justification and relates.\n//\n")
	for _, k := range event.Kinds() {
		rule := k.Rule()
		var needs []string
		for _, name := range rule.Required {
			if name != "id" && name != "kind" {
				needs = append(needs, name)
			}
		}
		for _, group := range rule.OneOf {
			needs = append(needs, "one of ("+strings.Join(group, ", ")+")")
		}
		who := ""
		if k.Reserved() {
			who = ", written by the log only"
		}
		fmt.Fprintf(&b, "//\t%s%s\n//\t\tneeds    %s\n", k, who, strings.Join(needs, "; "))
		if len(rule.Optional) > 0 {
			fmt.Fprintf(&b, "//\t\tmay have %s\n", wrap(rule.Optional, 100, "//\t\t         "))
		}
	}
	return b.String()
}

// wrap joins words to lines of some length.
func wrap(words []string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, w := range words {
		if column > 0 && column+len(w) > width {
			b.WriteString("\n" + indent)
			column = 0
		} else if column > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		column += len(w) + 1
		if i+1 < len(words) {
			b.WriteByte(',')
		}
	}
	return b.String()
}

// replaceSection puts text into the section of that title, up to the next one.
func replaceSection(t *testing.T, page, title, text string) string {
	t.Helper()
	start := "// # " + title + "\n//\n"
	before, rest, ok := strings.Cut(page, start)
	next := strings.Index(rest, "// # ")
	if !ok || next < 0 {
		t.Fatalf("doc.go has no section %q", title)
	}
	return before + start + text + "//\n" + rest[next:]
}
