package event_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
)

const sealer = eventtest.Sealer("log")

func seeded(seed uint64) *mathrand.Rand { return mathrand.New(mathrand.NewPCG(seed, 2)) }

func encodings(ds []event.Disclosure) []string {
	list := make([]string, len(ds))
	for i, d := range ds {
		list[i] = d.Encoded
	}
	return list
}

func canonical(t testing.TB, e *event.Event) []byte {
	t.Helper()
	b, err := event.Canonical(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// personal lists the personal values of a native event by walking its JSON tree with the field table, a way of its own
// beside the one that Seal takes.
func personal(t testing.TB, e *event.Event) map[string]string {
	t.Helper()
	found := map[string]string{}
	walk(t, canonical(t, e), func(pointer string, value any) {
		class, ok := e.ClassAt(pointer)
		if !ok {
			t.Fatalf("%s is not in the field table", pointer)
		}
		if class == event.FieldSealed {
			found[pointer] = value.(string)
		}
	})
	return found
}

// Sealing an event, writing its leaf, reading it and opening it gives the same event; nothing personal is in the leaf;
// each personal value is disclosed once, by its pointer; every disclosure is about somebody.
func TestSealOpens(t *testing.T) {
	r := seeded(1)
	seen := map[event.Kind]int{}
	for i := range 3000 {
		e := eventtest.Random(r)
		seen[e.Kind]++
		before := canonical(t, e)
		if f := e.Validate(); len(f) > 0 {
			t.Fatalf("event %d is not valid: %v\n%s", i, f, before)
		}
		s, err := event.Seal(e, "src", sealer, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if after := canonical(t, e); !bytes.Equal(before, after) {
			t.Fatalf("sealing changed the event\n%s\n%s", before, after)
		}
		want := personal(t, e)
		if len(s.Disclosures) != len(want) || len(s.Skeleton.Digests) != len(want) {
			t.Fatalf("%d disclosures, %d digests, %d personal values\n%s", len(s.Disclosures), len(s.Skeleton.Digests), len(want), before)
		}
		for _, d := range s.Disclosures {
			value, ok := want[d.Name]
			if !ok {
				t.Fatalf("%s is disclosed and is not personal, or twice", d.Name)
			}
			delete(want, d.Name)
			if bytes.Contains(s.Leaf, []byte(value)) {
				t.Fatalf("the value of %s is in the leaf: %q\n%s", d.Name, value, s.Leaf)
			}
			if len(d.Subjects) == 0 {
				t.Fatalf("%s is about nobody", d.Name)
			}
			for _, sub := range d.Subjects {
				if sub.Pseudonym.IsZero() {
					t.Fatalf("%s is about a subject without a pseudonym", d.Name)
				}
			}
			if _, found := slices.BinarySearch(s.Skeleton.Digests, event.DisclosureDigest(d.Encoded)); !found {
				t.Fatalf("%s has no digest in the leaf", d.Name)
			}
		}
		sk, err := event.ParseSkeleton(s.Leaf)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Leaf)
		}
		opened, err := event.Open(sk, encodings(s.Disclosures))
		if err != nil {
			t.Fatal(err)
		}
		if after := canonical(t, opened); !bytes.Equal(before, after) {
			t.Fatalf("opened differs\n%s\n%s", before, after)
		}
		again, faults := event.CheckDisclosures(sk, encodings(s.Disclosures))
		if len(faults) > 0 {
			t.Fatalf("%v\n%s", faults, before)
		}
		for i, d := range again {
			if w := s.Disclosures[i]; d.Name != w.Name || d.Encoded != w.Encoded || !slices.Equal(d.Subjects, w.Subjects) {
				t.Fatalf("disclosure %d is read as %v, was sealed as %v", i, d, w)
			}
		}
	}
	for _, k := range event.Kinds() {
		if seen[k] == 0 && !k.Reserved() {
			t.Errorf("no event of kind %s was tried", k)
		}
	}
}

// Any subset of the disclosures opens just its values.
func TestOpenSubset(t *testing.T) {
	r := seeded(3)
	for range 300 {
		e := eventtest.Random(r)
		s, err := event.Seal(e, "src", sealer, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		var some []string
		names := map[string]bool{}
		for _, d := range s.Disclosures {
			if r.IntN(2) == 0 {
				some = append(some, d.Encoded)
				names[d.Name] = true
			}
		}
		opened, err := event.Open(s.Skeleton, some)
		if err != nil {
			t.Fatal(err)
		}
		got := personal(t, opened)
		if len(got) != len(names) {
			t.Fatalf("opened %v, disclosed %v", got, names)
		}
		for pointer, value := range personal(t, e) {
			if names[pointer] && got[pointer] != value {
				t.Fatalf("%s opened as %q, was %q", pointer, got[pointer], value)
			}
		}
	}
}

func query() *event.Event {
	e, err := event.Parse([]byte(`{"id":"q-1","kind":"QUERY","requester":"bka","unit":"SO 43","occurred":"2024-05-01T12:30:00Z",
		"actor":{"id":"u-17","name":"Erika Musterfrau","role":"officer"},"justification":"Identifizierung",
		"images":[{"role":"PROBE","digest":"sha256:` + strings.Repeat("0a", 32) + `"},{"role":"CANDIDATE","digest":"sha256:` + strings.Repeat("0b", 32) + `","score":9000}],
		"case":{"reference":"AZ 12/24","note":"Eilsache"},"databases":[{"system":"ifrs"}],"relates":[{"relation":"ANSWERS","id":"q-0"}]}`))
	if err != nil {
		panic(err)
	}
	return e
}

// Each value is about whom the field table says.
func TestSubjects(t *testing.T) {
	e := query()
	s, err := event.Seal(e, "bka", sealer, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	sub := func(kind event.SubjectKind, id string) event.Subject {
		p, _ := sealer.Pseudonym(kind, "bka", id)
		return event.Subject{Kind: kind, Pseudonym: p}
	}
	var (
		actor  = sub(event.SubjectActor, "u-17")
		aCase  = sub(event.SubjectCase, "AZ 12/24")
		probe  = sub(event.SubjectImage, e.Images[0].Digest)
		hit    = sub(event.SubjectImage, e.Images[1].Digest)
		entry  = event.Subject{Kind: event.SubjectEntry, Pseudonym: sealer.Entry("bka", "q-1")}
		images = []event.Subject{probe, hit}
	)
	slices.SortFunc(images, func(a, b event.Subject) int { return bytes.Compare(a.Pseudonym[:], b.Pseudonym[:]) })
	all := []event.Subject{actor, aCase, images[0], images[1]}
	want := map[string][]event.Subject{
		"/id": {entry}, "/relates/0/id": {entry}, "/actor/id": {actor}, "/actor/name": {actor}, "/case/reference": {aCase},
		"/case/note": {aCase}, "/images/0/digest": {probe}, "/images/1/digest": {hit}, "/unit": all, "/justification": all,
	}
	for _, d := range s.Disclosures {
		if !slices.Equal(d.Subjects, want[d.Name]) {
			t.Errorf("%s is about %v, want %v", d.Name, d.Subjects, want[d.Name])
		}
		delete(want, d.Name)
	}
	for name := range want {
		t.Errorf("%s is not disclosed", name)
	}
	if got, want := s.Skeleton.Relates[0].Entry, sealer.Entry("bka", "q-0"); got != want {
		t.Errorf("the reference has entry %s, want %s", got, want)
	}
}

// The text of a claim or declaration is public wording, that of any other event free text.
func TestTextOfClaimsIsPublic(t *testing.T) {
	r := seeded(5)
	for _, k := range []event.Kind{event.KindClaim, event.KindDeclare, event.KindQuery, event.KindReview} {
		e := eventtest.OfKind(r, k)
		e.Text = event.Text{EN: "the very words", DE: "die Worte selbst"}
		s, err := event.Seal(e, "src", sealer, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := k == event.KindClaim || k == event.KindDeclare
		if got := bytes.Contains(s.Leaf, []byte("the very words")); got != want {
			t.Errorf("%s: wording in the leaf: %v", k, got)
		}
	}
}

// A source's free text about nobody is closed with the entry itself.
func TestFreeTextAboutNobody(t *testing.T) {
	e := &event.Event{ID: "1", Kind: event.KindEnrol, To: event.Place{System: "inpol"}, Collection: "album", Justification: "bulk load"}
	s, err := event.Seal(e, "src", sealer, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Disclosures {
		if len(d.Subjects) != 1 || d.Subjects[0] != (event.Subject{Kind: event.SubjectEntry, Pseudonym: s.Skeleton.Entry}) {
			t.Errorf("%s is about %v", d.Name, d.Subjects)
		}
	}
}

func TestSealFails(t *testing.T) {
	big := query()
	for i := range 1200 {
		big.Images = append(big.Images, event.Image{Role: event.RoleCandidate, Digest: fmt.Sprintf("sha256:%064x", i)})
	}
	if f := big.Validate(); len(f) > 0 {
		t.Fatal(f)
	}
	var faults event.Faults
	if _, err := event.Seal(big, "src", sealer, rand.Reader, nil); !errors.As(err, &faults) || faults[0].Code != event.FaultLeafTooLarge {
		t.Errorf("a leaf beyond 65,535 bytes: %v", err)
	}
	noID := query()
	noID.ID = ""
	if _, err := event.Seal(noID, "src", sealer, rand.Reader, nil); !errors.As(err, &faults) || faults[0].Path != "/id" {
		t.Errorf("an event without an id: %v", err)
	}
	broken := errors.New("no randomness")
	if _, err := event.Seal(query(), "src", sealer, iotest.ErrReader(broken), nil); !errors.Is(err, broken) {
		t.Errorf("salts that fail: %v", err)
	}
	if _, err := event.Seal(query(), "src", failing{sealer}, rand.Reader, nil); !errors.Is(err, errSealer) {
		t.Errorf("a sealer that fails: %v", err)
	}
	latin := query()
	latin.Purpose = "\xe4"
	if _, err := event.Seal(latin, "src", sealer, rand.Reader, nil); err == nil {
		t.Error("text that is not UTF-8 was sealed")
	}
}

var errSealer = errors.New("redacted")

type failing struct{ eventtest.Sealer }

func (failing) Pseudonym(event.SubjectKind, string, string) (event.Pseudonym, error) {
	return event.Pseudonym{}, errSealer
}

// The log's own statement goes into the leaf of a node-sealed event and into that of an ADMIT.
func TestSealWithAdmit(t *testing.T) {
	seq := int64(7)
	admit := &event.Admit{Source: "bka", Sequence: &seq, Count: 3, Attested: event.AttestedBySource, Root: "abc", Key: "sha256:00"}
	admit.Recorded, _ = event.ParseTime("2024-05-01T12:00:00Z")
	for _, e := range []*event.Event{query(), {ID: "admit/bka/7", Kind: event.KindAdmit}} {
		s, err := event.Seal(e, "log", sealer, rand.Reader, admit)
		if err != nil {
			t.Fatal(err)
		}
		sk, err := event.ParseSkeleton(s.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		if sk.Admit == nil || *sk.Admit.Sequence != 7 || sk.Admit.Attested != event.AttestedBySource {
			t.Errorf("admit is read as %+v", sk.Admit)
		}
		if e.Admit != nil {
			t.Error("sealing changed the event")
		}
		if _, faults := event.CheckDisclosures(sk, encodings(s.Disclosures)); len(faults) == 0 {
			t.Error("a source's leaf with a statement of the log passes")
		}
	}
}

// encode makes an encoded disclosure of any JSON text.
func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// Every way in which leaf and disclosures of a source can disagree has its code.
func TestCheckDisclosures(t *testing.T) {
	const salt = "AAAAAAAAAAAAAAAAAAAAAA"
	good, err := event.Seal(query(), "bka", sealer, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	with := func(add ...string) func(*event.Skeleton, []string) []string {
		return func(sk *event.Skeleton, ds []string) []string {
			for _, text := range add {
				sk.Digests = append(sk.Digests, event.DisclosureDigest(encode(text)))
				ds = append(ds, encode(text))
				if parts := strings.Split(text, `"`); len(parts) > 3 {
					sk.Present = append(sk.Present, parts[3])
				}
			}
			slices.Sort(sk.Digests)
			slices.Sort(sk.Present)
			return ds
		}
	}
	tests := []struct {
		name string
		code string
		path string
		do   func(*event.Skeleton, []string) []string
	}{
		{"one is missing", event.FaultDisclosureMissing, "", func(_ *event.Skeleton, ds []string) []string { return ds[1:] }},
		{"none is there", event.FaultDisclosureMissing, "", func(*event.Skeleton, []string) []string { return nil }},
		{"one twice", event.FaultDisclosureRepeated, "", func(_ *event.Skeleton, ds []string) []string { return append(ds, ds[3]) }},
		{"one too many", event.FaultDisclosureUnknown, "/disclosures/10",
			func(_ *event.Skeleton, ds []string) []string { return append(ds, encode(`["`+salt+`","/id","x"]`)) }},
		{"a value twice", event.FaultDisclosureRepeated, "/id", with(`["` + salt + `","/id","x"]`)},
		{"a public field", event.FaultDisclosureName, "/purpose", with(`["` + salt + `","/purpose","x"]`)},
		{"no such image", event.FaultDisclosureName, "/images/2/digest", with(`["` + salt + `","/images/2/digest","x"]`)},
		{"index with a zero in front", event.FaultDisclosureName, "/images/01/digest", with(`["` + salt + `","/images/01/digest","x"]`)},
		{"name without slash", event.FaultDisclosureName, "id", with(`["` + salt + `","id","x"]`)},
		{"a part that the leaf lacks", event.FaultDisclosureName, "/consent/scope", with(`["` + salt + `","/consent/scope","x"]`)},
		{"short salt", event.FaultDisclosureSalt, "/disclosures/10", with(`["AAAA","/text/en","x"]`)},
		{"the same salt", event.FaultDisclosureSalt, "/text/de", with(`["`+salt+`","/text/en","x"]`, `["`+salt+`","/text/de","x"]`)},
		{"white space", event.FaultDisclosureForm, "", with(`["` + salt + `", "/text/en","x"]`)},
		{"a needless escape", event.FaultDisclosureForm, "", with(`["` + salt + `","/text/en","\u0041"]`)},
		{"a bare line feed", event.FaultDisclosureForm, "", with("[\"" + salt + "\",\"/text/en\",\"\n\"]")},
		{"a number", event.FaultDisclosureForm, "", with(`["` + salt + `","/text/en",1]`)},
		{"an empty value", event.FaultDisclosureForm, "", with(`["` + salt + `","/text/en",""]`)},
		{"four members", event.FaultDisclosureForm, "", with(`["` + salt + `","/text/en","x","y"]`)},
		{"two members", event.FaultDisclosureForm, "", with(`["` + salt + `","/text/en"]`)},
		{"not UTF-8", event.FaultDisclosureForm, "", with("[\"" + salt + "\",\"/text/en\",\"\xff\"]")},
		{"nothing", event.FaultDisclosureForm, "", with("")},
		{"value of the wrong form", event.FaultText, "/text/en", with(`["` + salt + `","/text/en","a\u0000b"]`)},
		{"somebody without a pseudonym", event.FaultPseudonymMissing, "/actor/pseudonym",
			func(sk *event.Skeleton, ds []string) []string { sk.Actor.Pseudonym = event.Pseudonym{}; return ds }},
		{"a reference without its entry", event.FaultPseudonymMissing, "/relates/0/entry",
			func(sk *event.Skeleton, ds []string) []string { sk.Relates[0].Entry = event.Pseudonym{}; return ds }},
		{"a pseudonym for nothing", event.FaultDisclosureMissing, "/persons/0",
			func(sk *event.Skeleton, ds []string) []string {
				sk.Persons = []event.Person{{Role: "suspect", Pseudonym: event.Pseudonym{1}}}
				return ds
			}},
		{"a reserved kind", event.FaultKindReserved, "/kind", func(sk *event.Skeleton, ds []string) []string { sk.Kind = event.KindLink; return ds }},
		{"a field that the kind forbids", event.FaultForbidden, "/collection",
			func(sk *event.Skeleton, ds []string) []string {
				sk.Kind, sk.Collection = event.KindReview, "x"
				return ds
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sk, err := event.ParseSkeleton(good.Leaf)
			if err != nil {
				t.Fatal(err)
			}
			_, faults := event.CheckDisclosures(sk, test.do(sk, encodings(good.Disclosures)))
			if !slices.ContainsFunc(faults, func(f event.Fault) bool {
				return f.Code == test.code && (test.path == "" || f.Path == test.path)
			}) {
				t.Errorf("want %s at %q, got %v", test.code, test.path, faults)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	s, err := event.Seal(query(), "bka", sealer, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	ds := encodings(s.Disclosures)
	for name, list := range map[string][]string{
		"another's": {encode(`["AAAAAAAAAAAAAAAAAAAAAA","/id","x"]`)},
		"repeated":  {ds[0], ds[0]},
		"altered":   {ds[0][:len(ds[0])-1] + "A"},
		"garbage":   {"%"},
	} {
		if _, err := event.Open(s.Skeleton, list); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	before := string(s.Leaf)
	if _, err := event.Open(s.Skeleton, ds); err != nil {
		t.Fatal(err)
	}
	if s.Skeleton.Actor.ID != "" || before != string(s.Leaf) {
		t.Error("opening changed the skeleton")
	}
}
