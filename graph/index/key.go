package index

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/lichtspur/lichtspur/graph/event"
)

// This file is the one place that says how things are named: in the log-wide dictionary, where they get numbers, and
// in the directories of heads and blocks, where they have lists.

// dimension is what a list is about.
type dimension byte

// The dimensions. Numbers are never given anew. The comment says what is in the dictionary for a dimension and what
// the key of its lists holds.
//
//	text       the dictionary numbers texts; a list's key holds the number
//	subject    a list's key holds the pseudonym and the number of its sealer
//	entry      a list's key holds the id of an entry
//	code       a list's key holds a small number
const (
	dimKind         dimension = iota + 1 // code: that of the kind
	dimOrganisation                      // text: slug
	dimSystem                            // text: slug
	dimSource                            // text: slug
	dimPurpose                           // text
	dimCollection                        // text: slug
	dimTransfer                          // a list's key holds the beginning of the SHA-256 of the transfer reference
	dimAbout                             // text: slug
	dimClaimant                          // text: slug
	dimProposition                       // text: id of a proposition
	dimQuestion                          // text: id of a question
	dimDocument                          // text: slug
	dimDeclared                          // text: id of a catalog entry
	dimImage                             // subject
	dimActor                             // subject; the dictionary numbers those that acted, by pseudonym and sealer
	dimPerson                            // subject
	dimCase                              // subject
	dimRecord                            // subject
	dimTarget                            // entry
	dimSuperseded                        // entry; the list holds the CORRECT entries that supersede it
	dimFlag                              // code: number of the bit
	dimExercise                          // code: 0 or 1
	dimLinkImage                         // subject; the lists of these five hold LINK entries
	dimLinkActor                         // subject
	dimLinkPerson                        // subject
	dimLinkCase                          // subject
	dimLinkRecord                        // subject
	dimSealer                            // text: slug, has no lists
	dimSetting                           // the dictionary numbers settings, see setting.go, has no lists
	dimOwner                             // text: slug
	dimBasis                             // text, has no lists
	dimBases                             // the dictionary numbers sets of numbers, has no lists
	dimUnplaced                          // code: 0, entries not placed in time
	dimRole                              // text: slug; of an access
	dimOperation                         // text: way, name or document of an access
	dimCountry                           // text, has no lists
	dimQuantity                          // the dictionary numbers quantities, see setting.go, has no lists
	dimensions                           // how many there are, and one
)

// key names a list.
type key struct {
	id     [16]byte
	sealer uint32
	dim    dimension
}

// nameKey is the key of a text by its number.
func nameKey(d dimension, n Name) (k key) {
	k.dim = d
	binary.BigEndian.PutUint32(k.id[:], uint32(n))
	return k
}

// codeKey is the key of a code.
func codeKey(d dimension, code byte) key { return nameKey(d, Name(code)) }

// subjectKey is the key of a pseudonym.
func subjectKey(d dimension, p event.Pseudonym, sealer uint32) key {
	return key{id: p, sealer: sealer, dim: d}
}

// entryKey is the key of the entries that refer to another one.
func entryKey(d dimension, id event.Pseudonym) key { return key{id: id, dim: d} }

// transferKey is the key of a transfer reference. References are many and of any length, so they are not numbered.
func transferKey(reference string) (k key) {
	sum := sha256.Sum256([]byte(reference))
	k.dim = dimTransfer
	copy(k.id[:], sum[:])
	return k
}

// compare orders the keys of one dimension.
func (k *key) compare(id *[16]byte, sealer uint32) int {
	a, b := binary.BigEndian.Uint64(k.id[:]), binary.BigEndian.Uint64(id[:])
	if a == b {
		a, b = binary.BigEndian.Uint64(k.id[8:]), binary.BigEndian.Uint64(id[8:])
	}
	if a == b {
		a, b = uint64(k.sealer), uint64(sealer)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// bytes is the form of a key in which it is hashed.
func (k *key) bytes() (b [21]byte) {
	b[0] = byte(k.dim)
	copy(b[1:], k.id[:])
	binary.LittleEndian.PutUint32(b[17:], k.sealer)
	return b
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

// linksOf returns the dimension of the links of a subject's dimension.
func linksOf(d dimension) dimension { return d - dimImage + dimLinkImage }

// nameBuffer holds what the dictionary numbers while it is looked up or added, so that nothing is allocated for what
// exists. The first byte is the dimension.
type nameBuffer []byte

// text names a text.
func (b nameBuffer) text(d dimension, s string) nameBuffer {
	return append(append(b[:0], byte(d)), s...)
}

// subject names a pseudonym of a sealer.
func (b nameBuffer) subject(d dimension, p event.Pseudonym, sealer uint32) nameBuffer {
	b = append(append(b[:0], byte(d)), p[:]...)
	return binary.AppendUvarint(b, uint64(sealer))
}

// set names a set of numbers, which are ascending and without repeats.
func (b nameBuffer) set(d dimension, set []Name) nameBuffer {
	b = append(b[:0], byte(d))
	for _, n := range set {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// parseText undoes text.
func parseText(name []byte) string { return string(name[1:]) }

// parseSubject undoes subject.
func parseSubject(name []byte) (p event.Pseudonym, sealer uint32) {
	n := copy(p[:], name[1:])
	s, _ := binary.Uvarint(name[1+n:])
	return p, uint32(s)
}

// parseSet undoes set.
func parseSet(name []byte) (set []Name) {
	for name = name[1:]; len(name) > 0; {
		n, w := binary.Uvarint(name)
		if w <= 0 {
			break
		}
		set, name = append(set, Name(n)), name[w:]
	}
	return set
}
