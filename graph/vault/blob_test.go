package vault

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

func encoded(ds []event.Disclosure) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Encoded)
	}
	slices.Sort(out)
	return out
}

func TestValuesComeBack(t *testing.T) {
	v, dir, key := made(t)
	entry, ds := ordinary(t, v, 1)
	p := func(b byte) event.Subject {
		return event.Subject{Kind: event.SubjectPerson, Pseudonym: event.Pseudonym{b}}
	}
	verbatim := event.Disclosure{Name: "/text", Encoded: "not base64url!", Subjects: []event.Subject{p(1)}}
	broken := event.Disclosure{Name: "/text", Encoded: "aGVs\nbG8", Subjects: []event.Subject{p(1)}}
	loose := event.Disclosure{Name: "/text", Encoded: "aGVsbG9", Subjects: []event.Subject{p(1)}} // not strict: stray bits
	many := make([]event.Disclosure, 0, 700)
	for i := range cap(many) {
		many = append(many, disclosed(t, fmt.Sprintf("/images/%d/digest", i), fmt.Sprint(i), event.Subject{Pseudonym: event.Pseudonym{1, byte(i), byte(i >> 8)}}))
	}
	tests := []struct {
		name     string
		ds       []event.Disclosure
		evidence []byte
	}{
		{"nothing", nil, nil},
		{"an ordinary event", ds, nil},
		{"with evidence", ds, []byte("{\"payload\":\"…\"}")},
		{"evidence alone", nil, []byte{0}},
		{"about several", []event.Disclosure{disclosed(t, "/a", "1", p(2), p(1)), disclosed(t, "/b", "2", p(1), p(2)), disclosed(t, "/c", "3", p(1)), disclosed(t, "/d", "4", p(3), p(2), p(1), p(3))}, nil},
		{"about the entry and another", []event.Disclosure{disclosed(t, "/a", "1", p(2), event.Subject{Kind: event.SubjectEntry, Pseudonym: entry})}, nil},
		{"not what base64url gives", []event.Disclosure{verbatim, broken, loose, {Name: "", Encoded: "", Subjects: []event.Subject{p(1)}}}, nil},
		{"many", many, nil},
	}
	blobs := make([][]byte, len(tests))
	for i, test := range tests {
		var err error
		if blobs[i], err = v.EncryptWith("log", entry, test.ds, test.evidence); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	for i, test := range tests {
		open, closed, err := v.Decrypt("log", entry, blobs[i])
		if err != nil || len(closed) > 0 {
			t.Fatalf("%s: %v %v", test.name, closed, err)
		}
		slices.Sort(open)
		if !slices.Equal(open, encoded(test.ds)) {
			t.Errorf("%s: %q, want %q", test.name, open, encoded(test.ds))
		}
		if got, err := v.Evidence(blobs[i]); err != nil || !bytes.Equal(got, test.evidence) {
			t.Errorf("%s: evidence %q %v", test.name, got, err)
		}
	}
	if blobs[0] != nil {
		t.Error("nothing takes bytes")
	}
	again, err := v.Encrypt("log", entry, ds)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(again, blobs[1]) {
		t.Error("encrypted twice, the same bytes: the salt is not new")
	}
}

func TestEncryptRefuses(t *testing.T) {
	v, _, _ := made(t)
	entry := v.Entry("bka", "1")
	if _, err := v.Encrypt("log", entry, []event.Disclosure{disclosed(t, "/a", "1")}); err == nil || !strings.Contains(err.Error(), "/a") {
		t.Errorf("a value about nobody: %v", err)
	}
	if _, err := v.Encrypt("log", entry, []event.Disclosure{disclosed(t, "/a", "1", event.Subject{})}); err == nil || !strings.Contains(err.Error(), "/a") {
		t.Errorf("a subject without pseudonym: %v", err)
	}
}

func TestValuesAreBoundToSealerAndEntry(t *testing.T) {
	v, _, _ := made(t)
	entry, ds := ordinary(t, v, 1)
	blob, err := v.Encrypt("log", entry, ds)
	if err != nil {
		t.Fatal(err)
	}
	if open, _, err := v.Decrypt("bka", entry, blob); !errors.Is(err, ErrSealedValue) || len(open) > 0 {
		t.Errorf("another sealer: %v %v", open, err)
	}
	if open, _, err := v.Decrypt("log", v.Entry("bka", "2"), blob); !errors.Is(err, ErrSealedValue) || len(open) > 0 {
		t.Errorf("another entry: %v %v", open, err)
	}
	other, _, _ := made(t)
	if open, _, err := other.Decrypt("log", entry, blob); !errors.Is(err, ErrSealedValue) || len(open) > 0 {
		t.Errorf("another vault: %v %v", open, err)
	}
}

// Whatever byte of a blob is damaged, no wrong value comes out, a missing one is an error, and the error names the
// entry and, where the names can be read, the values.
func TestDamagedBlobIsTold(t *testing.T) {
	v, _, _ := made(t)
	entry, ds := ordinary(t, v, 1)
	image, actor := ds[1].Subjects[0], ds[2].Subjects[0]
	ds = append(ds, disclosed(t, "/unit", "K11", image, actor))
	blob, err := v.EncryptWith("log", entry, ds, []byte("evidence"))
	if err != nil {
		t.Fatal(err)
	}
	all := encoded(ds)
	inside := bytes.Index(blob, []byte("evidence"))
	check := func(what string, bad []byte) []string {
		t.Helper()
		open, closed, err := v.Decrypt("log", entry, bad)
		for _, o := range open {
			if !slices.Contains(all, o) {
				t.Fatalf("%s: a value that was never encrypted: %q", what, o)
			}
		}
		if len(closed) > 0 {
			t.Fatalf("%s: damage passes as redaction", what)
		}
		if len(open) == len(all) && err == nil {
			t.Fatalf("%s: not noticed", what)
		}
		if err == nil || !errors.Is(err, ErrSealedValue) || !strings.Contains(err.Error(), entry.String()) {
			t.Fatalf("%s: %v", what, err)
		}
		return open
	}
	partly := 0
	for at := range blob {
		if at >= inside && at < inside+8 {
			continue
		}
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(blob)
			bad[at] ^= bit
			if len(check(fmt.Sprintf("byte %d flipped by %#x", at, bit), bad)) > 0 {
				partly++
			}
		}
		if at > 0 {
			check(fmt.Sprintf("cut to %d bytes", at), blob[:at])
		}
	}
	if partly < 100 {
		t.Errorf("damage to one value closes the others: only %d flips left some open", partly)
	}
	check("a byte more", append(bytes.Clone(blob), 0))

	b, err := parseBlob(blob)
	if err != nil {
		t.Fatal(err)
	}
	b.sets[1].sealed[3] ^= 1 // the image's; shares memory with blob
	_, _, err = v.Decrypt("log", entry, blob)
	var fault *ValueError
	if !errors.As(err, &fault) || !slices.Equal(fault.Names, []string{"/images/0/digest"}) || fault.Entry != entry {
		t.Errorf("%v", err)
	}
}
