package event

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// scatter fills a value: at random, or wholly.
func scatter(r *rand.Rand, v reflect.Value, whole bool) {
	some := func() bool { return whole || r.IntN(3) > 0 }
	switch v.Kind() {
	case reflect.Struct:
		switch v.Interface().(type) {
		case Time:
			n := r.Int64N(4e18)
			v.Set(reflect.ValueOf([]Time{{n, n, Instant}, {n / 1e9 * 1e9, n/1e9*1e9 + 5e9, Interval}, {Beginning, n, Interval}}[r.IntN(3)]))
			return
		}
		for i := range v.NumField() {
			if some() {
				scatter(r, v.Field(i), whole)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		scatter(r, v.Elem(), whole)
	case reflect.Slice:
		n := 1 + r.IntN(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			scatter(r, v.Index(i), whole)
		}
	case reflect.Array: // a pseudonym
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(r.IntN(256)))
		}
	case reflect.String:
		alphabet := []string{"a", "Z", "0", `"`, `\`, "/", "\n", "\t", "\r", "\b", "\f", "\x00", "\x1f", "\x7f", "<", "&", "é", "ß", "照", "🙂", "\u2028", "\u0085"}
		var b strings.Builder
		for range 1 + r.IntN(20) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		v.SetString(b.String())
	case reflect.Bool:
		v.SetBool(whole || r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64N(maxInteger) - maxInteger/2)
	default:
		panic(v.Type().String())
	}
}

// reference is the canonical form by way of the JSON package: marshalled, then sorted and written anew.
func reference(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	text := jsontext.Value(b)
	if err := text.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The writer by hand is equal to marshalling and canonicalising, for every field.
func TestCanonicalIsJCS(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 400 {
		var sk Skeleton
		scatter(r, reflect.ValueOf(&sk).Elem(), i < 20)
		var w writer
		w.event(&sk.Event, &sk)
		if want := reference(t, &sk); w.err != nil || string(w.b) != want {
			t.Fatalf("%v\nhave %s\nwant %s", w.err, w.b, want)
		}
		// The native form leaves out what only sealing adds.
		have, err := Canonical(&sk.Event)
		if err != nil {
			t.Fatal(err)
		}
		e := sk.detached()
		e.parties(func(p party) { *p.of = Pseudonym{} })
		e.Admit, e.Access = nil, nil
		for i := range e.Relates {
			if e.Relates[i].ID != "" {
				e.Relates[i].Entry = Pseudonym{}
			}
		}
		if want := reference(t, e); string(have) != want {
			t.Fatalf("native\nhave %s\nwant %s", have, want)
		}
	}
}

func TestCanonicalCountsEmptyListsAsAbsent(t *testing.T) {
	a, _ := Canonical(&Event{Kind: KindQuery, Images: []Image{}, Basis: []string{}})
	if string(a) != `{"kind":"QUERY"}` {
		t.Errorf("%s", a)
	}
}

// Strings are plain exactly if the JSON package writes them as they are and they are ASCII.
func FuzzPlainString(f *testing.F) {
	for _, s := range []string{"", "a", "12345678", "1234567\x1f", `1234567"9`, "é", "\x7f", strings.Repeat("~", 17), "1234567\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ascii := true
		for i := range len(s) {
			ascii = ascii && s[i] < utf8.RuneSelf
		}
		quoted, err := jsontext.AppendQuote(nil, s)
		if want := ascii && err == nil && string(quoted) == `"`+s+`"`; isPlain(s) != want {
			t.Errorf("%q: plain %v, want %v", s, isPlain(s), want)
		}
		if err == nil {
			v := jsontext.Value(quoted)
			if v.Canonicalize() != nil || string(appendString(nil, s)) != string(v) {
				t.Errorf("%q is written as %s, want %s", s, appendString(nil, s), v)
			}
		}
	})
}

// Each slot has a pointer by which it is found again, and the places of two slots differ.
func TestSlotsAreFoundByName(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 50 {
		var e Event
		scatter(r, reflect.ValueOf(&e).Elem(), i < 10)
		if i%2 == 0 {
			e.Claim, e.Declaration = nil, nil // so that text is sealed
		}
		seen := map[*string]bool{}
		e.slots(func(p slot) {
			name := string(p.appendName(nil))
			q, ok := e.slot(name)
			if !ok || q.value != p.value || q.kind != p.kind || q.of != p.of || string(q.appendName(nil)) != name {
				t.Errorf("%s is found as %+v, %v", name, q, ok)
			}
			if seen[p.value] {
				t.Errorf("%s has the place of another", name)
			}
			seen[p.value] = true
			if class, ok := e.ClassAt(name); !ok || class != FieldSealed {
				t.Errorf("%s has class %s in the field table", name, class)
			}
			f, _ := FieldAt(name)
			if want := map[bool]Effect{true: RedactionSubject, false: RedactionAny}[p.of != nil]; p.kind != SubjectEntry && f.Redaction != want && f.Redaction != RedactionWording {
				t.Errorf("%s: a redaction does %s, says the table", name, f.Redaction)
			}
			if p.kind == SubjectEntry && f.Redaction != RedactionEntry {
				t.Errorf("%s: a redaction does %s, says the table", name, f.Redaction)
			}
		})
		for _, f := range Fields {
			if f.Class == FieldSealed && i < 10 && f.Redaction != RedactionWording {
				if _, ok := e.slot(strings.ReplaceAll(f.Pointer, "*", "0")); !ok {
					t.Errorf("%s is sealed by the table, and has no slot", f.Pointer)
				}
			}
		}
	}
}
