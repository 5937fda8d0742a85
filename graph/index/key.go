package index

import (
	"encoding/binary"

	"github.com/lichtspur/lichtspur/graph/event"
)

// dimension is what a posting list is about; it is the first byte of the list's key.
type dimension byte

// The dimensions. The comment gives what follows the first byte in a key.
const (
	dimKind         dimension = iota + 1 // the kind's code, one byte
	dimOrganisation                      // slug
	dimSystem                            // slug
	dimSource                            // slug
	dimPurpose                           // text
	dimCollection                        // slug
	dimTransfer                          // transfer reference
	dimAbout                             // slug
	dimClaimant                          // slug
	dimProposition                       // id of a proposition
	dimQuestion                          // id of a question
	dimDocument                          // slug
	dimDeclared                          // id of a catalog entry
	dimImage                             // sealer's number, pseudonym
	dimActor                             // sealer's number, pseudonym
	dimPerson                            // sealer's number, pseudonym
	dimCase                              // sealer's number, pseudonym
	dimRecord                            // sealer's number, pseudonym
	dimTarget                            // id of an entry
	dimSuperseded                        // id of an entry; its list holds the CORRECT entries that supersede it
	dimFlag                              // number of the bit, one byte
	dimExercise                          // 0 or 1, one byte
	dimLink                              // subject kind's dimension, sealer's number, pseudonym; its list holds numbers of links, not of entries
	dimSealer                            // slug; interned for its number, its list is empty
	dimParties                           // set of interned names; interned for its number, its list is empty
	dimOwner                             // slug
	dimBasis                             // a legal basis; interned for its number, its list is empty
	dimBases                             // set of interned names; interned for its number, its list is empty
	dimRole                              // slug; of an access
	dimOperation                         // way, name or document of an access
)

// keyBuffer holds a key while it is looked up or added, so that nothing is allocated for those that exist.
type keyBuffer []byte

func (b keyBuffer) text(d dimension, s string) keyBuffer {
	return append(append(b[:0], byte(d)), s...)
}

func (b keyBuffer) code(d dimension, code byte) keyBuffer {
	return append(b[:0], byte(d), code)
}

func (b keyBuffer) entry(d dimension, id event.Pseudonym) keyBuffer {
	return append(append(b[:0], byte(d)), id[:]...)
}

// subject is the key of a pseudonym. The sealer's number comes last so that the sealer's length does not matter.
func (b keyBuffer) subject(d dimension, p event.Pseudonym, sealer uint32) keyBuffer {
	b = append(append(b[:0], byte(d)), p[:]...)
	return binary.AppendUvarint(b, uint64(sealer))
}

// link is the key of the links of a pseudonym; of is the dimension of its subject's kind.
func (b keyBuffer) link(of dimension, p event.Pseudonym, sealer uint32) keyBuffer {
	b = append(append(b[:0], byte(dimLink), byte(of)), p[:]...)
	return binary.AppendUvarint(b, uint64(sealer))
}

// set is the key of a set of names, which are ascending and without repeats.
func (b keyBuffer) set(d dimension, set []Name) keyBuffer {
	b = append(b[:0], byte(d))
	for _, n := range set {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// parseText returns the text of a key made by text.
func parseText(key []byte) string { return string(key[1:]) }

// parseSubject undoes subject.
func parseSubject(key []byte) (p event.Pseudonym, sealer uint32) {
	n := copy(p[:], key[1:])
	s, _ := binary.Uvarint(key[1+n:])
	return p, uint32(s)
}

// parseSet undoes set.
func parseSet(key []byte) (set []Name) {
	for key = key[1:]; len(key) > 0; {
		n, w := binary.Uvarint(key)
		set, key = append(set, Name(n)), key[w:]
	}
	return set
}

// dimensionOf returns the dimension in which subjects of a kind are looked up, zero where there is none.
func dimensionOf(k event.SubjectKind) dimension {
	switch k {
	case event.SubjectImage:
		return dimImage
	case event.SubjectActor:
		return dimActor
	case event.SubjectPerson:
		return dimPerson
	case event.SubjectCase:
		return dimCase
	case event.SubjectRecord:
		return dimRecord
	}
	return 0
}
