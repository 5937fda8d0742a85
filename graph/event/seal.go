package event

import "io"

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
}

// Sealed is a skeleton with its disclosures.
type Sealed struct {
	Skeleton    *Skeleton
	Leaf        []byte // JCS, at most MaxLeaf bytes
	Disclosures []Disclosure
}

// MaxLeaf is the largest leaf that an entry bundle can carry (C2SP tlog-tiles: a 16-bit length).
const MaxLeaf = 65535

// Seal splits a valid event into skeleton and disclosures. salts gives 16 random bytes a disclosure. admit is the
// log's own statement for node-sealed events and nil where a source seals.
func Seal(e *Event, source string, s Sealer, salts io.Reader, admit *Admit) (*Sealed, error) {
	panic("contract")
}
