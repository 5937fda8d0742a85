package event

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// scattered is a leaf at random, or with every field that a leaf can have. Its values make no sense: strings have all
// that must be escaped, times are of every form.
func scattered(t testing.TB, r *rand.Rand, whole bool) (*Skeleton, []byte) {
	t.Helper()
	sk := new(Skeleton)
	scatter(r, reflect.ValueOf(sk).Elem(), whole)
	sk.Version, sk.Sealer, sk.Source, sk.Kind, sk.Entry = SkeletonVersion, "log", "src", KindReview, Pseudonym{1}
	if !whole && r.IntN(2) == 0 {
		sk.Claim, sk.Declaration = nil, nil // so that text is sealed
	}
	sk.Digests, sk.Present = nil, nil
	sk.slots(func(p slot) {
		if *p.value == "" {
			return
		}
		*p.value = ""
		sk.Present = append(sk.Present, string(p.appendName(nil)))
		sk.Digests = append(sk.Digests, DisclosureDigest(sk.Present[len(sk.Present)-1]))
	})
	slices.Sort(sk.Digests)
	slices.Sort(sk.Present)
	var w writer
	w.event(&sk.Event, sk)
	if w.err != nil {
		t.Fatal(w.err)
	}
	return sk, w.b
}

// What the writer writes, the reader reads: every field, with every form of value.
func TestReaderReadsWhatTheWriterWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	taken := 0
	for i := range 1000 {
		_, leaf := scattered(t, r, i < 50)
		want, err := parseLeaf(leaf)
		have := readLeaf(leaf)
		if err != nil {
			// Some parts at random have no text that is read again, such as a required time without value.
			if have != nil {
				t.Fatalf("taken, and %v\n%s", err, leaf)
			}
			continue
		}
		taken++
		if have == nil || !reflect.DeepEqual(have, want) {
			t.Fatalf("%s\nis read as\n%+v\nwant\n%+v", leaf, have, want)
		}
	}
	if taken < 200 {
		t.Errorf("only %d leaves were whole enough to be taken", taken)
	}
}

// A personal value in the clear is refused wherever it stands.
func TestReaderRefusesPersonalValues(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	tried := map[string]bool{}
	for range 20 {
		for _, wording := range []bool{true, false} {
			sk, _ := scattered(t, r, true)
			if !wording {
				sk.Claim, sk.Declaration, sk.Text = nil, nil, Text{}
			}
			sk.slots(func(p slot) {
				name := string(p.appendName(nil))
				tried[name] = true
				*p.value = "x"
				var w writer
				w.event(&sk.Event, sk)
				*p.value = ""
				if readLeaf(w.b) != nil {
					t.Errorf("%s is taken in the clear\n%s", name, w.b)
				}
			})
		}
	}
	for _, name := range []string{"/id", "/actor/id", "/images/0/digest", "/text/de", "/permission/scope"} {
		if !tried[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}

// The lists of a skeleton share memory, and yet can each be appended to.
func TestReaderListsAreApart(t *testing.T) {
	_, leaf := scattered(t, rand.New(rand.NewPCG(5, 5)), true)
	have, want := readLeaf(leaf), readLeaf(leaf)
	if have == nil {
		t.Fatalf("refused: %s", leaf)
	}
	for _, list := range []*[]string{&have.Digests, &have.Basis, &have.Present, &have.Withheld, &have.Permission.Systems} {
		if kept := *list; len(kept) == 0 || reflect.ValueOf(append(kept, "x")).Pointer() == reflect.ValueOf(kept).Pointer() {
			t.Errorf("%v has room that it shares", kept)
		}
	}
	if !reflect.DeepEqual(have, want) {
		t.Error("appending to a list changed another")
	}
}
