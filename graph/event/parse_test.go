package event_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
)

// Whatever is wrong with the bytes has a code, an offset and, where it can be told, a path.
func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, in, code, path string
		offset               int64
	}{
		{"nothing", "", event.ParseEmpty, "", 0},
		{"white space", " \n\t", event.ParseEmpty, "", -1},
		{"garbage", "\x00\x01", event.ParseSyntax, "", 0},
		{"byte order mark", "\ufeff{}", event.ParseSyntax, "", 0},
		{"truncated", `{"kind":"QUE`, event.ParseTruncated, "/kind", 12},
		{"truncated object", `{"kind":"QUERY"`, event.ParseTruncated, "", 15},
		{"single quotes", `{'kind':"QUERY"}`, event.ParseSyntax, "", 1},
		{"trailing comma", `{"kind":"QUERY",}`, event.ParseSyntax, "", -1},
		{"comment", `{/* */"kind":"QUERY"}`, event.ParseSyntax, "", 1},
		{"NaN", `{"quantity":{"amount":NaN}}`, event.ParseSyntax, "/quantity/amount", -1},
		{"two events", `{"kind":"QUERY"}{"kind":"QUERY"}`, event.ParseTrailing, "", 16},
		{"something after", `{"kind":"QUERY"} x`, event.ParseTrailing, "", 17},
		{"a list", `[{"kind":"QUERY"}]`, event.ParseWrongType, "", 0},
		{"a string", `"QUERY"`, event.ParseWrongType, "", 0},
		{"null", `null`, event.ParseNull, "", 0},
		{"null field", `{"kind":"QUERY","id":null}`, event.ParseNull, "/id", 21},
		{"null in a list", `{"kind":"QUERY","images":[null]}`, event.ParseNull, "/images/0", 26},
		{"unknown name", `{"kind":"QUERY","sender":"x"}`, event.ParseUnknownName, "/sender", -1},
		{"name in another case", `{"Kind":"QUERY"}`, event.ParseUnknownName, "/Kind", -1},
		{"unknown name deep inside", `{"kind":"QUERY","images":[{},{"hash":"x"}]}`, event.ParseUnknownName, "/images/1/hash", -1},
		{"duplicate name", `{"kind":"QUERY","kind":"ERASE"}`, event.ParseDuplicateName, "/kind", -1},
		{"duplicate name, escaped", `{"kind":"QUERY","\u006bind":"ERASE"}`, event.ParseDuplicateName, "/kind", -1},
		{"duplicate name deep inside", `{"actor":{"id":"a","id":"b"}}`, event.ParseDuplicateName, "/actor/id", -1},
		{"number for a string", `{"kind":1}`, event.ParseWrongType, "/kind", -1},
		{"string for a number", `{"quantity":{"amount":"1"}}`, event.ParseWrongType, "/quantity/amount", -1},
		{"fraction", `{"quantity":{"amount":1.5}}`, event.ParseWrongType, "/quantity/amount", -1},
		{"number too large", `{"quantity":{"amount":9223372036854775808}}`, event.ParseWrongType, "/quantity/amount", -1},
		{"object for a list", `{"images":{}}`, event.ParseWrongType, "/images", -1},
		{"string for a boolean", `{"exercise":"true"}`, event.ParseWrongType, "/exercise", -1},
		{"bad time", `{"occurred":"yesterday"}`, event.ParseBadTime, "/occurred", -1},
		{"time as a number", `{"occurred":1714566600}`, event.ParseWrongType, "/occurred", -1},
		{"bad time deep inside", `{"claim":{"proposition":{"at":"2024-13"}}}`, event.ParseBadTime, "/claim/proposition/at", -1},
		{"bad pseudonym", `{"actor":{"pseudonym":"x"}}`, event.ParseBadPseudonym, "/actor/pseudonym", -1},
		{"pseudonym with stray bits", `{"actor":{"pseudonym":"AAAAAAAAAAAAAAAAAAAAAB"}}`, event.ParseBadPseudonym, "/actor/pseudonym", -1},
		{"not UTF-8", "{\"id\":\"\xff\"}", event.ParseEncoding, "/id", -1},
		{"lone surrogate", `{"id":"a\ud800b"}`, event.ParseEncoding, "/id", -1},
		{"too deep", `{"id":` + strings.Repeat("[", 50), event.ParseTooDeep, "", -1},
		{"far too deep", strings.Repeat("[", 100_000), event.ParseTooDeep, "", 16},
		{"deep and well-formed", `{"id":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`, event.ParseTooDeep, "", -1},
		{"too large", `{"id":"` + strings.Repeat("x", event.MaxBytes) + `"}`, event.ParseTooLarge, "", event.MaxBytes},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := event.Parse([]byte(test.in))
			var p *event.ParseError
			if !errors.As(err, &p) {
				t.Fatalf("read as %+v, error %v", e, err)
			}
			if p.Code != test.code || p.Path != test.path || p.Offset < 0 || p.Offset > int64(len(test.in)) || test.offset >= 0 && p.Offset != test.offset {
				t.Errorf("%s at %d %q, want %s at %d %q (%s)", p.Code, p.Offset, p.Path, test.code, test.offset, test.path, p.Message)
			}
			if len(p.Error()) > 500 || p.Message == "" {
				t.Errorf("message %q", p.Error())
			}
		})
	}
}

// An error does not repeat what a source wrote, which may be personal.
func TestParseErrorsHoldNoValues(t *testing.T) {
	for _, in := range []string{
		`{"occurred":"Erika Mustermann"}`, `{"actor":{"pseudonym":"Erika Mustermann"}}`, `{"quantity":{"amount":"Erika Mustermann"}}`,
		`{"exercise":"Erika Mustermann"}`, `{"id":"Erika Mustermann`,
	} {
		if _, err := event.Parse([]byte(in)); err == nil || strings.Contains(err.Error(), "Erika") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestParseTakesNullInsideOfText(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"null","kind":"QUERY","justification":"null and void"}`))
	if err != nil || e.ID != "null" {
		t.Errorf("%+v, %v", e, err)
	}
}

// A leaf is taken only in its one canonical form and with nothing personal in the clear.
func TestParseSkeletonRefuses(t *testing.T) {
	s, err := event.Seal(query(), "bka", sealer, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) string {
		if !bytes.Contains(s.Leaf, []byte(old)) {
			t.Fatalf("the leaf has no %s", old)
		}
		return strings.Replace(string(s.Leaf), old, new, 1)
	}
	digest := s.Skeleton.Digests[0]
	for _, test := range []struct{ name, leaf, code, path string }{
		{"white space", string(s.Leaf) + "\n", event.ParseNotCanonical, ""},
		{"names in another order", edit(`"sealer":"log","source":"bka"`, `"source":"bka","sealer":"log"`), event.ParseNotCanonical, ""},
		{"an escape", edit(`"sealer":"log"`, `"sealer":"\u006cog"`), event.ParseNotCanonical, ""},
		{"an empty list", edit(`"case":{`, `"basis":[],"case":{`), event.ParseNotCanonical, ""},
		{"an empty field", edit(`"kind":`, `"input":"","kind":`), event.ParseNotCanonical, ""},
		{"a false that says nothing", edit(`"entry":`, `"exercise":false,"entry":`), event.ParseNotCanonical, ""},
		{"another zone", edit(`"2024-05-01T12:30:00Z"`, `"2024-05-01T14:30:00+02:00"`), event.ParseNotCanonical, ""},
		{"another version", edit(`"v":1`, `"v":2`), event.ParseBadLeaf, "/v"},
		{"no version", edit(`,"v":1`, ``), event.ParseNotCanonical, ""},
		{"no sealer", edit(`"sealer":"log"`, `"sealer":""`), event.ParseBadLeaf, "/sealer"},
		{"no source", edit(`"source":"bka"`, `"source":""`), event.ParseBadLeaf, "/source"},
		{"unknown kind", edit(`"kind":"QUERY"`, `"kind":"GUESS"`), event.ParseBadLeaf, "/kind"},
		{"a digest cut short", edit(digest, digest[:42]), event.ParseBadLeaf, "/_sd/0"},
		{"a digest with stray bits", edit(digest, digest[:42]+"B"), event.ParseBadLeaf, "/_sd/0"},
		{"digests out of order", edit(digest, "~"+digest[1:]), event.ParseBadLeaf, "/_sd/0"},
		{"a digest missing", edit(`"`+digest+`",`, ``), event.ParseBadLeaf, "/sealed"},
		{"a pointer to nothing", edit(`"/actor/id"`, `"/actor/ic"`), event.ParseBadLeaf, "/sealed/0"},
		{"pointers out of order", edit(`"/actor/id","/actor/name"`, `"/actor/name","/actor/id"`), event.ParseBadLeaf, "/sealed/1"},
		{"an id in the clear", edit(`"images":`, `"id":"q-1","images":`), event.ParseBadLeaf, "/id"},
		{"a digest in the clear", edit(`"images":[{`, `"images":[{"digest":"sha256:aa",`), event.ParseBadLeaf, "/images/0/digest"},
		{"unknown name", edit(`"v":1`, `"v":1,"x":1`), event.ParseUnknownName, "/x"},
		{"an integer that JSON readers round", edit(`"score":9000`, `"score":9007199254740993`), event.ParseNotCanonical, ""},
		{"null", edit(`"v":1`, `"v":null`), event.ParseNull, "/v"},
		{"too large", edit(`"bka"`, `"`+strings.Repeat("x", event.MaxLeaf)+`"`), event.ParseTooLarge, ""},
		{"nothing", "", event.ParseEmpty, ""},
		{"empty object", "{}", event.ParseNotCanonical, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := event.ParseSkeleton([]byte(test.leaf))
			var p *event.ParseError
			if !errors.As(err, &p) || p.Code != test.code || p.Path != test.path {
				t.Errorf("want %s at %q, got %v", test.code, test.path, err)
			}
		})
	}
}

// FuzzParse: no input makes Parse panic; what it takes has a canonical form that it takes again with the same result;
// what it refuses, it refuses with a *ParseError that points into the text.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	r := seeded(11)
	for range 40 {
		e := eventtest.Random(r)
		f.Add(canonical(f, e))
	}
	for _, s := range []string{"", "{}", "null", "[", `{"kind":"QUERY","kind":"QUERY"}`, `{"a":` + strings.Repeat("[", 40), "{\"id\":\"\xff\"}", `{"id":"\ud800"}`, `{"relates":[{"entry":"AAAAAAAAAAAAAAAAAAAAAA"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := event.Parse(data)
		if err != nil {
			var p *event.ParseError
			if !errors.As(err, &p) || p.Code == "" || p.Offset < 0 || p.Offset > int64(len(data)) {
				t.Fatalf("%#v", err)
			}
			return
		}
		faults := e.Validate()
		for _, fault := range faults {
			if fault.Code == "" || fault.Problem == "" || fault.Remedy == "" || fault.Path != "" && fault.Path[0] != '/' {
				t.Fatalf("%+v", fault)
			}
		}
		a, err := event.Canonical(e)
		if err != nil {
			if len(faults) == 0 {
				t.Fatal(err)
			}
			return
		}
		again, err := event.Parse(a)
		if err != nil {
			t.Fatalf("%v\n%s", err, a)
		}
		if b := canonical(t, again); !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s", a, b)
		}
		if len(faults) > 0 {
			return
		}
		s, err := event.Seal(e, "src", sealer, rand.Reader, nil)
		if err != nil {
			var faults event.Faults
			if !errors.As(err, &faults) {
				t.Fatal(err)
			}
			return
		}
		sk, err := event.ParseSkeleton(s.Leaf)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Leaf)
		}
		if _, faults := event.CheckDisclosures(sk, encodings(s.Disclosures)); len(faults) > 0 {
			t.Fatalf("%v\n%s", faults, a)
		}
	})
}

// FuzzParseSkeleton: what is taken is in canonical form by the JSON package's own measure.
func FuzzParseSkeleton(f *testing.F) {
	r := seeded(12)
	for range 40 {
		s, err := event.Seal(eventtest.Random(r), "src", sealer, chacha(), nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s.Leaf)
	}
	f.Add([]byte("{}"))
	f.Add([]byte(`{"entry":"AAAAAAAAAAAAAAAAAAAAAA","kind":"ADMIT","sealer":"log","source":"log","v":1}`))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		sk, err := event.ParseSkeleton(leaf)
		if err != nil {
			var p *event.ParseError
			if !errors.As(err, &p) || p.Offset < 0 || p.Offset > int64(len(leaf)) {
				t.Fatalf("%#v", err)
			}
			return
		}
		v := jsontext.Value(bytes.Clone(leaf))
		if err := v.Canonicalize(); err != nil || !bytes.Equal(v, leaf) {
			t.Fatalf("taken, and not canonical: %s\n%s", leaf, v)
		}
		if _, err := event.Open(sk, nil); err != nil {
			t.Fatal(err)
		}
		event.CheckDisclosures(sk, nil)
		if _, err := json.Marshal(sk); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzOpen: no disclosure makes Open or CheckDisclosures panic; what opens is the canonical form of three strings.
func FuzzOpen(f *testing.F) {
	s, err := event.Seal(query(), "bka", sealer, chacha(), nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, d := range s.Disclosures {
		f.Add(d.Encoded, true)
	}
	for _, plain := range []string{"", `["AAAAAAAAAAAAAAAAAAAAAA","/text/en","x"]`, `["AAAAAAAAAAAAAAAAAAAAAA","/text/en","\u0001"]`, `["","",""]`, `[`} {
		f.Add(encode(plain), false)
	}
	f.Fuzz(func(t *testing.T, encoded string, known bool) {
		sk := *s.Skeleton
		if !known { // as if the leaf had it
			sk.Digests = []string{event.DisclosureDigest(encoded)}
			sk.Present = []string{"/text/en"}
		}
		e, err := event.Open(&sk, []string{encoded})
		event.CheckDisclosures(&sk, []string{encoded})
		if err != nil {
			return
		}
		got := personal(t, e)
		if len(got) != 1 {
			t.Fatalf("one disclosure opens %v", got)
		}
		for name, value := range got {
			if _, err := json.Marshal([]string{name, value}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
