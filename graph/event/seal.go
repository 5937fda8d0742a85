package event

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Sealer assigns pseudonyms. A sealer is the node itself or a source that seals its own batches; its id is written
// into every leaf, and an index key is (sealer, pseudonym).
type Sealer interface {
	// ID is the sealer's slug: the source's id, or the log's own.
	ID() string
	// Pseudonym returns the pseudonym of a subject. identifier is the personal value that identifies it: the
	// picture's digest, a person's or actor's id, a case or record reference. The same identifier always gives the
	// same pseudonym until it is redacted, afterwards a new one.
	Pseudonym(kind SubjectKind, source, identifier string) (Pseudonym, error)
	// Entry returns the keyed idempotency value of a source's own event id.
	Entry(source, id string) Pseudonym
}

// Subject is one party that a personal value is about.
type Subject struct {
	Kind      SubjectKind
	Pseudonym Pseudonym
}

// Disclosure is one personal value of an event, in the shape of RFC 9901 section 4.2: Encoded is
// base64url(JSON array [salt, name, value]), where name is the JSON pointer of the value in the event. Its digest,
// base64url(SHA-256(Encoded)), stands in the leaf.
type Disclosure struct {
	Name     string
	Encoded  string
	Subjects []Subject // whose redaction closes it, in order of kind and pseudonym; never empty
}

// Skeleton is what stands in the log: the event without its personal values. Its JCS form (RFC 8785) is the leaf.
type Skeleton struct {
	Event             // personal values absent, pseudonyms present
	Version int       `json:"v"`
	Sealer  string    `json:"sealer"`
	Source  string    `json:"source"`       // who handed it in
	Entry   Pseudonym `json:"entry"`        // id of this entry: the keyed idempotency value of (source, id)
	Digests []string  `json:"_sd,omitzero"` // sorted
	// Present lists the JSON pointers of the values that are sealed, ascending: that a value exists is public, so that
	// "no justification given" can be told from "justification sealed" without opening anything.
	Present []string `json:"sealed,omitzero"`
}

// Sealed is a skeleton with its disclosures.
type Sealed struct {
	Skeleton    *Skeleton
	Leaf        []byte // JCS, at most MaxLeaf bytes
	Disclosures []Disclosure
}

// MaxLeaf is the largest leaf that an entry bundle can carry (C2SP tlog-tiles: a 16-bit length).
const MaxLeaf = 65535

// SkeletonVersion is the version of the skeleton's form.
const SkeletonVersion = 1

// saltBytes is the length of a salt: 128 bits (RFC 9901 section 9.3).
const saltBytes = 16

var b64 = base64.RawURLEncoding.Strict()

// Seal splits a valid event into skeleton and disclosures. salts gives 16 random bytes a disclosure. admit is the
// log's own statement for node-sealed events and nil where a source seals.
//
// The error is a [Faults] where the event itself cannot be sealed (its leaf is too large, or it has no id), otherwise
// one of the sealer or of salts. The event is not changed and shares what is public with the skeleton.
func Seal(e *Event, source string, s Sealer, salts io.Reader, admit *Admit) (*Sealed, error) {
	if e.ID == "" {
		return nil, Faults{{FaultRequired, "/id", "the event has no id", "give each event an id that is unique at its source"}}
	}
	sk := &Skeleton{Event: *e, Version: SkeletonVersion, Sealer: s.ID(), Source: source, Entry: s.Entry(source, e.ID)}
	sk.detach()
	sk.Admit = admit
	var err error
	filled := 0
	sk.slots(func(p slot) {
		if *p.value != "" {
			filled++
		}
	})
	sk.parties(func(p party) {
		*p.of = Pseudonym{}
		if p.identifier == "" || err != nil {
			return
		}
		if *p.of, err = s.Pseudonym(p.kind, source, p.identifier); err != nil {
			err = fmt.Errorf("pseudonym of a subject of kind %s: %w", p.kind, err)
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range sk.Relates {
		if r := &sk.Relates[i]; r.ID != "" {
			r.Entry = s.Entry(source, r.ID)
		}
	}
	d, err := sk.disclose(filled, salts)
	if err != nil {
		return nil, err
	}
	w := writers.Get().(*writer)
	defer writers.Put(w)
	w.reset(false)
	w.event(&sk.Event, sk)
	if w.err != nil {
		return nil, w.err
	}
	leaf := slices.Clone(w.b)
	if len(leaf) > MaxLeaf {
		return nil, Faults{{FaultLeafTooLarge, "", fmt.Sprintf("what stands in the log has %d bytes, at most %d are possible", len(leaf), MaxLeaf),
			"split the event, for example by its images"}}
	}
	return &Sealed{sk, leaf, d}, nil
}

// workspace is the scratch memory of a sealing.
type workspace struct {
	salt, plain, encoded, names, digests []byte
	ends                                 [][2]int // of each name and encoding
}

var sealers = sync.Pool{New: func() any { return new(workspace) }}

// disclose moves the filled sealed values out of the skeleton, which has its pseudonyms already, and puts their digests in.
func (sk *Skeleton) disclose(filled int, salts io.Reader) ([]Disclosure, error) {
	w := sealers.Get().(*workspace)
	defer sealers.Put(w)
	salt := slices.Grow(w.salt[:0], filled*saltBytes)[:filled*saltBytes]
	if _, err := io.ReadFull(salts, salt); err != nil {
		return nil, fmt.Errorf("salts: %w", err)
	}
	w.salt = salt
	var (
		all      = sk.subjects(sk.Entry)
		subjects = make([]Subject, 0, filled) // one array for the disclosures about one subject
		list     = make([]Disclosure, 0, filled)
		plain    = w.plain[:0]
		encoded  = w.encoded[:0] // of all values, so that they become one string
		names    = w.names[:0]
		digests  = w.digests[:0]
		ends     = w.ends[:0]
	)
	sk.slots(func(p slot) {
		if *p.value == "" {
			return
		}
		nameFrom, from := len(names), len(encoded)
		names = p.appendName(names)
		plain = appendDisclosure(plain[:0], salt[:saltBytes], names[nameFrom:], *p.value)
		salt = salt[saltBytes:]
		encoded = b64.AppendEncode(encoded, plain)
		sum := sha256.Sum256(encoded[from:])
		digests = b64.AppendEncode(digests, sum[:])
		ends = append(ends, [2]int{len(names), len(encoded)})
		d := Disclosure{Subjects: all}
		switch {
		case p.of != nil:
			subjects = append(subjects, Subject{p.kind, *p.of})
			d.Subjects = subjects[len(subjects)-1 : len(subjects) : len(subjects)]
		case p.kind == SubjectEntry:
			subjects = append(subjects, Subject{SubjectEntry, sk.Entry})
			d.Subjects = subjects[len(subjects)-1 : len(subjects) : len(subjects)]
		}
		if d.Subjects[0].Pseudonym.IsZero() {
			d.Subjects = all // a note on a case without reference, say: about everybody in the event
		}
		list = append(list, d)
		*p.value = ""
	})
	w.plain, w.encoded, w.names, w.digests, w.ends = plain, encoded, names, digests, ends
	nameText, encodedText, digestText := string(names), string(encoded), string(digests)
	sk.Digests = make([]string, filled)
	var at [2]int
	for i, end := range ends {
		list[i].Name, list[i].Encoded = nameText[at[0]:end[0]], encodedText[at[1]:end[1]]
		sk.Digests[i] = digestText[i*digestChars : (i+1)*digestChars]
		at = end
	}
	slices.Sort(sk.Digests)
	sk.Present = make([]string, filled)
	for i := range list {
		sk.Present[i] = list[i].Name
	}
	slices.Sort(sk.Present)
	return list, nil
}

// digestChars is the length of a digest's text form.
const digestChars = 43

// appendDisclosure appends the JCS form of [salt, name, value].
func appendDisclosure(b, salt, name []byte, value string) []byte {
	b = append(b, `["`...)
	b = b64.AppendEncode(b, salt)
	b = append(b, `","`...)
	b = append(b, name...)
	b = append(b, `",`...)
	return append(appendString(b, value), ']')
}
