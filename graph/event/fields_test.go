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
		if strings.HasSuffix(pointer, "/pseudonym") != (f.Class == event.FieldPseudonymous) {
			t.Errorf("%s has class %s", pointer, f.Class)
		}
	})
	for pointer := range inTable {
		t.Errorf("%s is in the table, no field", pointer)
	}
}

const (
	tableStart = "// # The field table\n"
	tableEnd   = "// # How an event is sealed\n"
)

// The page of the package documentation shows the table as it is. After a change: go test -run FieldPage -update.
func TestFieldPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(tableStart + "//\n")
	fmt.Fprintf(&b, "//\t%-42s %-13s %-11s %s\n", "field", "class", "seen", "redaction")
	for _, f := range event.Fields {
		fmt.Fprintf(&b, "//\t%-42s %-13s %-11s %s\n", f.Pointer, f.Class, f.Seen, f.Redaction)
	}
	b.WriteString("//\n")
	page, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	from, to := strings.Index(string(page), tableStart), strings.Index(string(page), tableEnd)
	if from < 0 || to < from {
		t.Fatal("doc.go has no field table")
	}
	if got := string(page[from:to]); got != b.String() {
		if *update {
			text := string(page[:from]) + b.String() + string(page[to:])
			if err := os.WriteFile("doc.go", []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Error("the field table in doc.go is not that of the code; run go test ./graph/event -run FieldPage -update")
	}
}
