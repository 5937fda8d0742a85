package event_test

import (
	"bytes"
	mathrand "math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
)

// agree holds the reader of leaves to the definition of a leaf: both take the text, with the same result, or neither.
func agree(t testing.TB, leaf []byte) (taken bool) {
	t.Helper()
	want, err := event.ParseLeaf(leaf)
	have := event.ReadLeaf(leaf)
	switch {
	case (have != nil) != (err == nil):
		t.Fatalf("taken: %v, and by definition: %v\n%s", have != nil, err, leaf)
	case have != nil && !reflect.DeepEqual(have, want):
		t.Fatalf("%s\nis read as\n%+v\nwant\n%+v", leaf, have, want)
	}
	return have != nil
}

// randomLeaf is the leaf of a random event, sealed by the log or by a source.
func randomLeaf(t testing.TB, r *mathrand.Rand, e *event.Event) []byte {
	t.Helper()
	var admit *event.Admit
	if r.IntN(2) == 0 {
		n := r.Int64N(9)
		admit = &event.Admit{Source: "src", Sequence: &n, Count: n, Attested: event.AttestedByLog, Recorded: event.Time{Earliest: n, Latest: n, Precision: event.Instant}}
	}
	s, err := event.Seal(e, "src", sealer, chacha(), admit)
	if err != nil {
		t.Fatal(err)
	}
	return s.Leaf
}

// reserved are events of the kinds that only the log writes.
func reserved() []*event.Event {
	denotes := []event.Denotation{{Sealer: "log", Pseudonym: event.Pseudonym{1}}, {Sealer: "bka", Pseudonym: event.Pseudonym{2}}}
	return []*event.Event{
		{ID: "1", Kind: event.KindAdmit},
		{ID: "2", Kind: event.KindLink, Link: &event.Link{Subject: event.SubjectImage, A: denotes[0], B: denotes[1], Method: "digest", Score: 9}},
		{ID: "3", Kind: event.KindRedact, Redaction: &event.Redaction{Subject: event.SubjectPerson, Denotes: denotes, Requester: "p", Approver: "q", Basis: "LED Art. 16"}},
		{ID: "4", Kind: event.KindRedact, Redaction: &event.Redaction{}},
		reading(),
	}
}

// reading is an entry of the access ledger.
func reading() *event.Event {
	return &event.Event{ID: "5", Kind: event.KindConsult, Actor: &event.Actor{ID: "bfdi-1"}, Purpose: "lawfulness-check", Justification: "file 12/26",
		Relates: []event.Reference{{Relation: event.RelationBelongsTo, Entry: event.Pseudonym{3}}},
		Access: &event.Access{Role: "dpo", Organisations: []string{"de-bka", "de-lka"}, Way: event.WaySubscription, Stage: event.StageRunning,
			Operation: "Trail", Document: "sha256:" + strings.Repeat("0a", 32), Bytes: 1, Rows: 2, Size: 3, Owners: []string{"de-bka"},
			Opened: []event.Opened{{Subject: event.SubjectImage, Sealer: "log", Pseudonyms: []event.Pseudonym{{1}, {2}}},
				{Subject: event.SubjectCase, Sealer: "bka", Pseudonyms: []event.Pseudonym{{3}}}}}}
}

// Leaves of every kind are read as the definition has it, and none is left to the slow way.
func TestLeavesOfAllKinds(t *testing.T) {
	r := seeded(21)
	events := reserved()
	for range 200 {
		for _, k := range event.Kinds() {
			if !k.Reserved() {
				events = append(events, eventtest.OfKind(r, k))
			}
		}
	}
	for _, e := range events {
		if leaf := randomLeaf(t, r, e); !agree(t, leaf) {
			t.Fatalf("refused: %s", leaf)
		}
	}
}

// tokens are what leaves are made of and what they are easily spoilt with.
var tokens = []string{`{`, `}`, `[`, `]`, `,`, `:`, `"`, `\`, `{}`, `[]`, `""`, `null`, `true`, `false`, `0`, `-0`, `-1`, `00`, `1.0`, `1e3`,
	`9007199254740991`, `9007199254740992`, `-9007199254740991`, `18446744073709551617`, ` `, "\n", "\x00", "\x7f", "\xff", `é`, "\xed\xa0\x80", `\u0041`, `\u001f`,
	`\u001F`, `\n`, `\u000a`, `\/`, `\ud800`, `"2024-02-30"`, `"2024/2025"`, `"2024-01-01/2025-12-31"`, `"2024-05-01T12:30:00.10Z"`, `"../.."`,
	`"AAAAAAAAAAAAAAAAAAAAAA"`, `"AAAAAAAAAAAAAAAAAAAAAB"`, `"AAAAAAAAAAAAAAAAAAAAAQ"`, `"AAAAAAAAAAAAAAAAAAAA\nQ"`, `"":1`, `"":{}`, `"id":"x"`, `"text":{}`,
	`"from":{}`, `"images":[{}]`, `"basis":[]`, `"basis":[""]`, `"claim":{}`, `"urgent":true`, `"x":1`}

// spoil changes a leaf somewhere: a token, a stretch of another leaf, a member or an element gone or twice.
func spoil(r *mathrand.Rand, leaf, other []byte) []byte {
	cut := func(b []byte) (from, to int) { // at places where something starts or ends, mostly
		at := func() int {
			i := r.IntN(len(b) + 1)
			if r.IntN(4) > 0 {
				if n := bytes.IndexAny(b[i:], `{}[],:"`); n >= 0 {
					i += n + r.IntN(2)
				}
			}
			return i
		}
		from, to = at(), at()
		return min(from, to), max(from, to)
	}
	from, to := cut(leaf)
	switch r.IntN(6) {
	case 0:
		return append(append(bytes.Clone(leaf[:from]), tokens[r.IntN(len(tokens))]...), leaf[from:]...)
	case 1:
		return append(append(bytes.Clone(leaf[:from]), tokens[r.IntN(len(tokens))]...), leaf[to:]...)
	case 2:
		return append(bytes.Clone(leaf[:from]), leaf[to:]...)
	case 3:
		return append(bytes.Clone(leaf[:to]), leaf[from:]...)
	case 4:
		f, u := cut(other)
		return append(append(bytes.Clone(leaf[:from]), other[f:u]...), leaf[to:]...)
	}
	leaf = bytes.Clone(leaf)
	leaf[r.IntN(len(leaf))] ^= 1 << r.IntN(8)
	return leaf
}

// Each field of a leaf in turn is given each token as its value.
func TestLeavesWithOtherValues(t *testing.T) {
	r := seeded(22)
	taken := 0
	for _, k := range event.Kinds() {
		if k.Reserved() {
			continue
		}
		leaf := string(randomLeaf(t, r, eventtest.OfKind(r, k)))
		for i := range leaf {
			if leaf[i] != ':' {
				continue
			}
			end := i + 1 + strings.IndexAny(leaf[i+1:], `,}]`)
			for _, v := range tokens {
				if agree(t, []byte(leaf[:i+1]+v+leaf[end:])) {
					taken++
				}
			}
		}
	}
	if taken == 0 {
		t.Error("no other value fits anywhere")
	}
}

// Leaves that are spoilt are taken and refused as the definition has it.
func TestSpoiltLeaves(t *testing.T) {
	r := seeded(23)
	taken := 0
	for range 300 {
		a, b := randomLeaf(t, r, eventtest.Random(r)), randomLeaf(t, r, eventtest.Random(r))
		for range 60 {
			if agree(t, spoil(r, a, b)) {
				taken++
			}
		}
	}
	if taken == 0 {
		t.Error("each was refused: the texts are too far from leaves")
	}
}

// What is nearly a leaf is refused, each for one reason: the same text without it is a leaf.
func TestNearlyLeaves(t *testing.T) {
	const whole = `{"entry":"AAAAAAAAAAAAAAAAAAAAAQ","kind":"REVIEW","sealer":"log","source":"src","v":1}`
	for name, edit := range map[string][2]string{
		"place without fields":    {`,"kind"`, `,"from":{},"kind"`},
		"other place":             {`,"v"`, `,"to":{},"v"`},
		"list without images":     {`,"kind"`, `,"images":[],"kind"`},
		"list without databases":  {`{"entry"`, `{"databases":[],"entry"`},
		"list without persons":    {`,"sealer"`, `,"persons":[],"sealer"`},
		"list without records":    {`,"sealer"`, `,"records":[],"sealer"`},
		"list without references": {`,"sealer"`, `,"relates":[],"sealer"`},
		"list without verifiers":  {`1}`, `1,"verifiers":[]}`},
		"list without digests":    {`{"entry"`, `{"_sd":[],"entry"`},
		"name without letters":    {`1}`, `1,"":}`},
		"comma at the end":        {`1}`, `1,}`},
		"comma at the start":      {`{"entry"`, `{,"entry"`},
		"member without value":    {`1}`, `}`},
		"comma in a list":         {`1}`, `1,"withheld":["a",]}`},
		"no comma in a list":      {`1}`, `1,"withheld":["a""b"]}`},
		"list in a list":          {`1}`, `1,"withheld":[["a"]]}`},
		"another leaf":            {`1}`, `1}` + whole},
		"byte 0":                  {`1}`, "1}\x00"},
		"end too early":           {`1}`, `1`},
		"entry of zeros":          {`AQ"`, `AA"`},
		"entry too long":          {`AQ"`, `AQAA"`},
		"wording of free text":    {`,"v"`, `,"text":{"en":"x"},"v"`},
		"minus zero":              {`1}`, `-0}`},
	} {
		if !agree(t, []byte(whole)) {
			t.Fatalf("refused: %s", whole)
		}
		text := strings.Replace(whole, edit[0], edit[1], 1)
		if text == whole || agree(t, []byte(text)) {
			t.Errorf("%s: taken: %s", name, text)
		}
	}
	for _, part := range [][2]string{
		{`,"kind"`, `,"from":{"system":"inpol"},"kind"`}, {`,"kind"`, `,"images":[{}],"kind"`}, {`{"entry"`, `{"actor":{},"entry"`},
		{`1}`, `1,"withheld":[""]}`}, {`1}`, `1,"withheld":["\u001f\\n\\\"é/` + "\x7f" + `"]}`},
	} {
		if text := strings.Replace(whole, part[0], part[1], 1); !agree(t, []byte(text)) {
			t.Errorf("refused: %s", text)
		}
	}
}

// FuzzSkeletonReader: no text is taken by the reader of leaves that is none by definition, or read otherwise. seed
// spoils the text further, so that names and structure change too and not just bytes.
func FuzzSkeletonReader(f *testing.F) {
	r := seeded(24)
	for _, e := range reserved() {
		f.Add(randomLeaf(f, r, e), uint64(0))
	}
	for _, k := range event.Kinds() {
		if !k.Reserved() {
			f.Add(randomLeaf(f, r, eventtest.OfKind(r, k)), uint64(0))
			f.Add(randomLeaf(f, r, eventtest.OfKind(r, k)), r.Uint64())
		}
	}
	for _, s := range tokens {
		f.Add([]byte(s), uint64(0))
	}
	other := randomLeaf(f, r, eventtest.OfKind(r, event.KindQuery))
	f.Fuzz(func(t *testing.T, leaf []byte, seed uint64) {
		agree(t, leaf)
		if seed == 0 || len(leaf) == 0 {
			return
		}
		r := seeded(seed)
		for range 4 {
			agree(t, spoil(r, leaf, other))
		}
	})
}
