package event

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// DisclosureDigest is the digest of an encoded disclosure as it stands in a leaf: base64url(SHA-256(encoded)).
func DisclosureDigest(encoded string) string {
	sum := sha256.Sum256([]byte(encoded))
	return b64.EncodeToString(sum[:])
}

// Open puts the values of the encoded disclosures back into the skeleton's event. A subset is fine: what is not
// disclosed stays absent. It returns an error if one is malformed, belongs to no digest of the skeleton, names no
// sealed field of it or is given twice. The skeleton is not changed.
func Open(sk *Skeleton, encoded []string) (*Event, error) {
	e := sk.Event.detached()
	var o opener
	for i, s := range encoded {
		d, err := o.open(sk, e, s)
		if err != nil {
			return nil, fmt.Errorf("disclosure %d: %w", i, err)
		}
		if *d.slot.value != "" {
			return nil, fmt.Errorf("disclosure %d: %w", i, Fault{FaultDisclosureRepeated, d.name, "this value is disclosed twice", "hand in each once"})
		}
		*d.slot.value = d.value
	}
	return e, nil
}

// opened is a decoded disclosure with its place in an event.
type opened struct {
	salt, name, value string
	digest            int // its place in the skeleton's digests
	slot              slot
}

// opener keeps scratch memory between disclosures.
type opener struct{ scratch, plain []byte }

// open decodes one disclosure and finds its digest and its slot. The error is a Fault.
func (o *opener) open(sk *Skeleton, e *Event, encoded string) (opened, error) {
	var d opened
	o.scratch = append(o.scratch[:0], encoded...)
	sum := sha256.Sum256(o.scratch)
	var text [digestChars]byte
	b64.Encode(text[:], sum[:])
	digest := find(sk.Digests, text[:])
	if digest < 0 {
		return d, Fault{FaultDisclosureUnknown, "", "its digest is not in the leaf", "hand in the disclosures that the leaf was sealed with"}
	}
	var err error
	if o.plain, err = b64.AppendDecode(o.plain[:0], o.scratch); err != nil {
		return d, malformed("it is not base64url without padding")
	}
	if d.salt, d.name, d.value, err = splitDisclosure(string(o.plain)); err != nil {
		return d, err
	}
	d.digest = digest
	var ok bool
	if d.slot, ok = e.slot(d.name); ok {
		_, ok = slices.BinarySearch(sk.Present, d.name)
	}
	if !ok {
		return d, Fault{FaultDisclosureName, clip(d.name), "this names no value that the leaf says is sealed", "name a sealed field of the event by its JSON pointer"}
	}
	return d, nil
}

// find returns the place of b in a sorted list, or -1. (slices.BinarySearch would want a string made of it.)
func find(list []string, b []byte) int {
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid] < string(b) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(list) || list[lo] != string(b) {
		return -1
	}
	return lo
}

// splitDisclosure takes the JCS form of [salt, name, value] apart: three strings, the first two without escapes.
func splitDisclosure(plain string) (salt, name, value string, err error) {
	rest, ok := strings.CutPrefix(plain, `["`)
	salt, rest, ok1 := strings.Cut(rest, `","`)
	name, rest, ok2 := strings.Cut(rest, `","`)
	if !ok || !ok1 || !ok2 || !isPlain(salt) || !isPlain(name) || !strings.HasSuffix(rest, `"]`) {
		return "", "", "", malformed("it is not the canonical form of [salt, name, value]")
	}
	if len(salt) < 22 {
		return "", "", "", Fault{FaultDisclosureSalt, "", "its salt has less than 128 bits", "use 16 random bytes, as base64url, for each value"}
	}
	if value, ok = unquote(plain[len(plain)-len(rest)-1 : len(plain)-1]); !ok || value == "" {
		return "", "", "", malformed("its value is not a string in canonical form, or empty")
	}
	return salt, name, value, nil
}

// unquote reads a JSON string that is in canonical form.
func unquote(quoted string) (string, bool) {
	inner := quoted[1 : len(quoted)-1]
	if isPlain(inner) {
		return inner, true
	}
	b, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return "", false
	}
	s := string(b)
	return s, string(appendString(nil, s)) == quoted
}

func malformed(problem string) Fault {
	return Fault{FaultDisclosureForm, "", problem, "encode base64url(JCS([salt, name, value])), see RFC 9901 section 4.2"}
}

// CheckDisclosures checks a leaf that a source has sealed together with all of its disclosures: each digest of the
// leaf has its disclosure, exactly once; each names a sealed field that the leaf has room for; a pseudonym is there if
// and only if the value that it stands for is; salts are not used twice; and the event that they make is valid
// ([Event.Validate]). It returns the disclosures with their subjects, in the order given, and every fault at once.
func CheckDisclosures(sk *Skeleton, encoded []string) ([]Disclosure, Faults) {
	_, list, faults := OpenAll(sk, encoded)
	return list, faults
}

// OpenAll is [CheckDisclosures] and [Open] in one pass, for intake. The event is whole only where there is no fault.
func OpenAll(sk *Skeleton, encoded []string) (*Event, []Disclosure, Faults) {
	var (
		faults Faults
		list   = make([]Disclosure, 0, len(encoded))
		e      = sk.Event.detached()
		all    = sk.subjects(sk.Entry)
		seen   = make([]bool, len(sk.Digests))
		salts  = make(map[string]bool, len(encoded))
		o      opener
	)
	for i, s := range encoded {
		d, err := o.open(sk, e, s)
		if err != nil {
			f := err.(Fault)
			if f.Path == "" {
				f.Path = fmt.Sprintf("/disclosures/%d", i)
			}
			faults = append(faults, f)
			continue
		}
		switch {
		case seen[d.digest] || *d.slot.value != "":
			faults = append(faults, Fault{FaultDisclosureRepeated, d.name, "this value is disclosed twice", "hand in each once"})
			continue
		case salts[d.salt]:
			faults = append(faults, Fault{FaultDisclosureSalt, d.name, "its salt is that of another value", "use 16 random bytes for each value"})
		}
		seen[d.digest], salts[d.salt] = true, true
		*d.slot.value = d.value
		about := all
		switch {
		case d.slot.of != nil && !d.slot.of.IsZero():
			about = []Subject{{d.slot.kind, *d.slot.of}}
		case d.slot.of == nil && d.slot.kind == SubjectEntry:
			about = []Subject{{SubjectEntry, sk.Entry}}
		}
		list = append(list, Disclosure{d.name, s, about})
	}
	for i, ok := range seen {
		if !ok {
			faults = append(faults, Fault{FaultDisclosureMissing, fmt.Sprintf("/_sd/%d", i), "the value of this digest is not disclosed", "hand in every disclosure of the leaf"})
		}
	}
	e.parties(func(p party) {
		path := string((&slot{before: p.before, index: p.index}).appendName(nil))
		switch {
		case p.identifier != "" && p.of.IsZero():
			faults = append(faults, Fault{FaultPseudonymMissing, path + "/pseudonym", "a value is disclosed of somebody without a pseudonym", "put the pseudonym into the leaf"})
		case p.identifier == "" && !p.of.IsZero():
			faults = append(faults, Fault{FaultDisclosureMissing, path, "the value that this pseudonym stands for is not disclosed", "disclose it, or leave the pseudonym out"})
		}
	})
	for i := range e.Relates {
		if r := &e.Relates[i]; r.ID != "" && r.Entry.IsZero() {
			faults = append(faults, Fault{FaultPseudonymMissing, at("/relates/", i, "/entry"), "an id is disclosed of an event without its entry id", "put the entry id into the leaf"})
		}
	}
	return e, list, append(faults, e.validate(bySource)...)
}
