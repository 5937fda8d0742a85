package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/lichtspur/lichtspur/graph/event"
)

func denotes(sealer string, b byte) event.Denotation {
	return event.Denotation{Sealer: sealer, Pseudonym: event.Pseudonym{b, 0xff}}
}

func meet(t *testing.T, v *Vault, d event.Denotation, identifier string) []event.Denotation {
	t.Helper()
	others, err := v.Meet(d.Sealer, event.SubjectImage, "any", d.Pseudonym, identifier)
	if err != nil {
		t.Fatal(err)
	}
	return others
}

// A process that dies while Badger begins a log file leaves it empty, or zeros up to its full length. The vault opens, and
// knows what it knew.
func TestDiedBeginningAFile(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"%05d.mem", "%06d.vlog"} {
		for _, length := range []int64{0, 1 << 20} {
			t.Run(fmt.Sprintf("%s/%d", next[5:], length), func(t *testing.T) {
				v, dir, key := made(t)
				bka := denotes("bka", 1)
				meet(t, v, bka, digestA)
				if err := v.Close(); err != nil {
					t.Fatal(err)
				}
				last := 0
				files, err := os.ReadDir(filepath.Join(dir, storeDir))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					var number int
					if _, err := fmt.Sscanf(f.Name(), next, &number); err == nil {
						last = max(last, number)
					}
				}
				begun := filepath.Join(dir, storeDir, fmt.Sprintf(next, last+1))
				if err := errors.Join(os.WriteFile(begun, nil, 0o600), os.Truncate(begun, length)); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					v = opened(t, dir, key)
					own := event.Denotation{Sealer: "log", Pseudonym: pseudonym(t, v, event.SubjectImage, "", digestA)}
					if known, err := v.Lookup(event.SubjectImage, "", digestA); err != nil || !slices.Contains(known, own) || !slices.Contains(known, bka) {
						t.Errorf("%v %v", known, err)
					}
					meet(t, v, denotes("interpol", 2), digestA)
					if err := v.Close(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

func TestPseudonymsOfSealersMeet(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	own := event.Denotation{Sealer: "log", Pseudonym: pseudonym(t, v, event.SubjectImage, "", digestA)}
	if v.HasForeign() {
		t.Error("something was met in a new vault")
	}
	if known, err := v.Lookup(event.SubjectImage, "", digestA); err != nil || !slices.Equal(known, []event.Denotation{own}) {
		t.Errorf("%v %v", known, err)
	}
	bka, interpol, europol := denotes("bka", 1), denotes("interpol", 1), denotes("europol", 3)
	if others := meet(t, v, bka, digestA); len(others) != 0 {
		t.Errorf("the first meets %v", others)
	}
	if others := meet(t, v, interpol, digestA); !slices.Equal(others, []event.Denotation{bka}) {
		t.Errorf("the second meets %v", others)
	}
	if others := meet(t, v, denotes("bka", 9), digestB); len(others) != 0 {
		t.Errorf("another picture meets %v", others)
	}
	if !v.HasForeign() {
		t.Error("nothing was met")
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	if !v.HasForeign() {
		t.Error("nothing was met, after opening again")
	}
	if others := meet(t, v, europol, digestA); !slices.Equal(others, []event.Denotation{bka, interpol}) {
		t.Errorf("the third meets %v", others)
	}
	if others := meet(t, v, bka, digestA); !slices.Equal(others, []event.Denotation{interpol, europol}) {
		t.Errorf("the first again meets %v", others)
	}
	// A sealer's own second pseudonym for a picture is not linked to its first: the sealer may have redacted that.
	if others := meet(t, v, denotes("bka", 2), digestA); !slices.Equal(others, []event.Denotation{interpol, europol}) {
		t.Errorf("a second pseudonym meets %v", others)
	}
	known, err := v.Lookup(event.SubjectImage, "elsewhere", digestA)
	if err != nil || !slices.Equal(known, []event.Denotation{own, bka, interpol, europol, denotes("bka", 2)}) {
		t.Errorf("%v %v", known, err)
	}
	if known, err := v.Lookup(event.SubjectPerson, "", digestA); err != nil || len(known) != 1 {
		t.Errorf("a person with the picture's digest: %v %v", known, err)
	}
}

func TestPersonsMeetWithinTheirSource(t *testing.T) {
	v, _, _ := made(t)
	if _, err := v.Meet("bka", event.SubjectPerson, "bka", event.Pseudonym{1}, "p-1"); err != nil {
		t.Fatal(err)
	}
	if known, err := v.Lookup(event.SubjectPerson, "lka", "p-1"); err != nil || len(known) != 1 {
		t.Errorf("%v %v", known, err)
	}
	if known, err := v.Lookup(event.SubjectPerson, "bka", "p-1"); err != nil || len(known) != 2 {
		t.Errorf("%v %v", known, err)
	}
}

func TestOnePseudonymOneIdentifier(t *testing.T) {
	t.Parallel()
	v, _, _ := made(t)
	meet(t, v, denotes("bka", 1), digestA)
	own := pseudonym(t, v, event.SubjectImage, "", digestA)
	tests := []struct {
		name   string
		sealer string
		sights []Sight
		ok     bool
	}{
		{"the same again", "bka", []Sight{{event.SubjectImage, "", event.Pseudonym{1, 0xff}, digestA}}, true},
		{"another picture", "bka", []Sight{{event.SubjectImage, "", event.Pseudonym{1, 0xff}, digestB}}, false},
		{"another kind", "bka", []Sight{{event.SubjectPerson, "", event.Pseudonym{1, 0xff}, digestA}}, false},
		{"two pictures at once", "bka", []Sight{{event.SubjectImage, "", event.Pseudonym{5}, "sha256:new"}, {event.SubjectImage, "", event.Pseudonym{6}, digestA}, {event.SubjectImage, "", event.Pseudonym{6}, digestB}}, false},
		{"the same pseudonym of another sealer", "interpol", []Sight{{event.SubjectImage, "", event.Pseudonym{1, 0xff}, digestB}}, true},
		{"our own", "log", []Sight{{event.SubjectImage, "", own, digestA}}, true},
		{"our own for another", "log", []Sight{{event.SubjectImage, "", own, digestB}}, false},
	}
	for _, test := range tests {
		_, err := v.MeetAll(test.sealer, test.sights)
		if test.ok && err != nil || !test.ok && !errors.Is(err, ErrPseudonymReused) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if known, err := v.Lookup(event.SubjectImage, "", "sha256:new"); err != nil || len(known) != 1 {
		t.Errorf("a refused batch left %v %v", known, err)
	}
	for _, bad := range []Sight{{event.SubjectImage, "", event.Pseudonym{}, digestA}, {event.SubjectImage, "", event.Pseudonym{1}, ""}} {
		if _, err := v.MeetAll("bka", []Sight{bad}); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestMeetAllTellsEachOnce(t *testing.T) {
	v, _, _ := made(t)
	meet(t, v, denotes("interpol", 1), digestA)
	sight := func(b byte, identifier string) Sight {
		return Sight{event.SubjectImage, "", event.Pseudonym{b}, identifier}
	}
	met, err := v.MeetAll("bka", []Sight{sight(1, digestA), sight(2, digestB), sight(1, digestA), sight(3, digestA)})
	if err != nil {
		t.Fatal(err)
	}
	interpol := []event.Denotation{denotes("interpol", 1)}
	own := func(identifier string) event.Denotation {
		return event.Denotation{Sealer: "log", Pseudonym: pseudonym(t, v, event.SubjectImage, "", identifier)}
	}
	want := []Met{
		{event.SubjectImage, event.Denotation{Sealer: "bka", Pseudonym: event.Pseudonym{1}}, true, own(digestA), interpol},
		{event.SubjectImage, event.Denotation{Sealer: "bka", Pseudonym: event.Pseudonym{2}}, true, own(digestB), nil},
		{event.SubjectImage, event.Denotation{Sealer: "bka", Pseudonym: event.Pseudonym{3}}, true, own(digestA), interpol},
	}
	if fmt.Sprint(met) != fmt.Sprint(want) {
		t.Errorf("\n%v, want\n%v", met, want)
	}
	met, err = v.MeetAll("bka", []Sight{sight(3, digestA), sight(4, digestB)})
	if err != nil || len(met) != 2 || met[0].First || !met[1].First || !slices.Equal(met[0].Others, interpol) {
		t.Errorf("again: %v %v", met, err)
	}
}

func TestLargeBatchIsMet(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	sights := make([]Sight, 20_000)
	for i := range sights {
		sights[i] = Sight{Kind: event.SubjectImage, Identifier: fmt.Sprint("sha256:", i)}
		binary.BigEndian.PutUint64(sights[i].Pseudonym[:], uint64(i+1))
	}
	if met, err := v.MeetAll("bka", sights); err != nil || len(met) != len(sights) {
		t.Fatal(len(met), err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	for i := 0; i < len(sights); i += 997 {
		if known, err := v.Lookup(event.SubjectImage, "", sights[i].Identifier); err != nil || len(known) != 2 || known[1].Pseudonym != sights[i].Pseudonym {
			t.Fatalf("%d: %v %v", i, known, err)
		}
	}
}

func TestRedactionTakesAllPseudonymsOfThePicture(t *testing.T) {
	t.Parallel()
	bka, interpol := denotes("bka", 1), denotes("interpol", 2)
	for _, test := range []struct {
		name    string
		subject Subject
	}{
		{"by identifier", Subject{Kind: event.SubjectImage, Identifier: digestA}},
		{"by one pseudonym of another sealer", Subject{Kind: event.SubjectImage, Denotes: []event.Denotation{interpol}}},
		{"by both", Subject{Kind: event.SubjectImage, Identifier: digestA, Denotes: []event.Denotation{bka}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, _, _ := made(t)
			own := event.Denotation{Sealer: "log", Pseudonym: pseudonym(t, v, event.SubjectImage, "", digestA)}
			meet(t, v, bka, digestA)
			meet(t, v, interpol, digestA)
			meet(t, v, denotes("bka", 9), digestB)
			entry := event.Pseudonym{42}
			blob, err := v.Encrypt("bka", entry, []event.Disclosure{disclosed(t, "/images/0/digest", digestA, event.Subject{Kind: event.SubjectImage, Pseudonym: bka.Pseudonym})})
			if err != nil {
				t.Fatal(err)
			}
			gone, err := v.Puncture(test.subject)
			if err != nil || len(gone) != 3 || !slices.Contains(gone, own) || !slices.Contains(gone, bka) || !slices.Contains(gone, interpol) {
				t.Fatalf("%v %v", gone, err)
			}
			if open, closed, err := v.Decrypt("bka", entry, blob); err != nil || len(open) != 0 || len(closed) != 1 {
				t.Errorf("%v %v %v", open, closed, err)
			}
			for _, d := range gone {
				if _, err := v.MeetAll(d.Sealer, []Sight{{event.SubjectImage, "", d.Pseudonym, digestA}}); !errors.Is(err, ErrPseudonymRedacted) {
					t.Errorf("%v is met again: %v", d, err)
				}
			}
			known, err := v.Lookup(event.SubjectImage, "", digestA)
			if err != nil || len(known) != 1 || known[0] == own {
				t.Errorf("the digest leads to %v %v", known, err)
			}
			fresh := denotes("bka", 77)
			if others := meet(t, v, fresh, digestA); len(others) != 0 {
				t.Errorf("a new pseudonym meets the redacted %v", others)
			}
			if known, err := v.Lookup(event.SubjectImage, "", digestB); err != nil || len(known) != 2 {
				t.Errorf("the other picture: %v %v", known, err)
			}
			// Two rows of the other picture and two of the new pseudonym are all that is left.
			rows := 0
			if err := v.store.View(func(txn *badger.Txn) error {
				it := txn.NewIterator(badger.DefaultIteratorOptions)
				defer it.Close()
				for it.Rewind(); it.Valid(); it.Next() {
					rows++
				}
				return nil
			}); err != nil || rows != 4 {
				t.Errorf("%d rows left: %v", rows, err)
			}
		})
	}
}
