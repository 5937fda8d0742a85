package batch

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// A line that is cut at its marks means what the JSON parser says it means.
func FuzzLine(f *testing.F) {
	s := newSource(f, "bka-gateway")
	line := strings.TrimSuffix(rawOf(s.seal(f, search(1))).line(), "\n")
	f.Add([]byte(line))
	for _, c := range [][2]string{
		{`{"leaf":`, `{"leaf": `},
		{`"disclosures":[`, `"disclosures": [`},
		{`"disclosures":["`, `"disclosures":["\u0041`},
		{`"disclosures":["`, `"disclosures":["","`},
		{`{"leaf":{`, `{"leaf":{"a":"}\"{\\","b":[{}],`},
		{`]}`, `],"hash":""}`},
		{`]}`, `,]}`},
		{`]}`, `]} `},
		{`,"hash":"`, `,"hash":"A`},
	} {
		f.Add([]byte(strings.Replace(line, c[0], c[1], 1)))
	}
	f.Add([]byte(`{"leaf":{},"hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`))
	f.Add([]byte(`{"leaf":{}},"hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		cut, ok := cutLine(line)
		if !ok {
			return
		}
		parsed, refusal := parseLine(line)
		if refusal != nil {
			// Only the leaf can be at fault then: put a sound one in its place.
			at := len(lineLeaf)
			sound := append(append(bytes.Clone(line[:at]), "{}"...), line[at+len(cut.leaf):]...)
			if parsed, refusal = parseLine(sound); refusal != nil {
				t.Fatalf("cut although it is refused: %v", refusal)
			}
			parsed.leaf = cut.leaf
		}
		if !bytes.Equal(cut.leaf, parsed.leaf) || cut.hash != parsed.hash || !reflect.DeepEqual(cut.disclosures, parsed.disclosures) {
			t.Fatalf("cut as %q %v %q, parsed as %q %v %q", cut.leaf, cut.hash, cut.disclosures, parsed.leaf, parsed.hash, parsed.disclosures)
		}
	})
}

func TestLinesAreCutNotParsed(t *testing.T) {
	s := newSource(t, "bka-gateway")
	for _, e := range s.searches(t, 0, 50) {
		line := strings.TrimSuffix(rawOf(e).line(), "\n")
		l, ok := cutLine([]byte(line))
		if !ok || !bytes.Equal(l.leaf, e.Leaf) || len(l.disclosures) != len(e.Disclosures) {
			t.Fatalf("not cut, or wrongly: %s", line)
		}
	}
}
