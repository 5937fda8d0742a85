package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Families of messages under the look-up key. A point of the key tree is the beginning of such a sum.
const (
	familyIdentifier byte = 1 // kind, source, identifier: gives the pseudonym and the look-up
	familyPseudonym  byte = 2 // sealer, pseudonym: gives the keys of sealed values
	familyEntry      byte = 3 // source, id: gives the entry id; under a key of its own
)

// subject is what a vault knows of one identifier without having stored it.
type subject struct {
	key        secret // value of the key tree at its point
	pseudonym  event.Pseudonym
	generation uint32
}

// most generations of one identifier: it would have to be redacted, and met again, as often.
const maxGenerations = 1 << 16

// tag names an identifier. Pictures are the same whoever hands them in; everything else is the source's own.
func (v *Vault) tag(kind event.SubjectKind, source, identifier string) secret {
	if kind == event.SubjectImage {
		source = ""
	}
	return v.points.sum(familyIdentifier, string(kind), source, identifier)
}

// pointOf is the place of an identifier's generation in the key tree.
func pointOf(tag *secret, generation uint32) (p point) {
	if generation > 0 {
		sum := tag.mac("generation", binary.BigEndian.AppendUint32(nil, generation))
		tag = &sum
	}
	copy(p[:], tag[:])
	return p
}

// denoted is the place of a pseudonym in the key tree.
func (v *Vault) denoted(sealer string, p event.Pseudonym) (out point) {
	sum := v.points.sum(familyPseudonym, sealer, string(p[:]))
	copy(out[:], sum[:])
	return out
}

// current finds the identifier's first generation that is not punctured. Nothing counts generations but the tree.
func (v *Vault) current(tag *secret) (subject, error) {
	id := [16]byte(tag[:16])
	if s, ok := v.subjects.get(id); ok {
		return s, nil
	}
	for g := uint32(0); g < maxGenerations; g++ {
		s := subject{generation: g}
		p := pointOf(tag, g)
		var err error
		if s.key, err = v.tree.value(&p, v.pages); errors.Is(err, errPunctured) {
			continue
		} else if err != nil {
			return subject{}, err
		}
		sum := s.key.mac("pseudonym")
		copy(s.pseudonym[:], sum[:])
		// A redaction that knew the pseudonym and not the identifier has punctured only this.
		d := v.denoted(v.id, s.pseudonym)
		if _, _, err := v.tree.find(&d, v.pages); errors.Is(err, errPunctured) {
			continue
		} else if err != nil {
			return subject{}, err
		}
		v.subjects.put(id, s)
		return s, nil
	}
	return subject{}, fmt.Errorf("%w: an identifier was redacted %d times", ErrDamaged, maxGenerations)
}

// keyOf gives the key of what is said about a pseudonym; errPunctured if it was redacted. Keys of entries are used
// once and not worth keeping.
func (v *Vault) keyOf(sealer string, p event.Pseudonym, keep bool) (secret, error) {
	d := v.denoted(sealer, p)
	if k, ok := v.keys.get(d); ok {
		return k, nil
	}
	k, err := v.tree.value(&d, v.pages)
	if err == nil && keep {
		v.keys.put(d, k)
	}
	return k, err
}

// Pseudonym implements [event.Sealer]. It writes nothing.
func (v *Vault) Pseudonym(kind event.SubjectKind, source, identifier string) (event.Pseudonym, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return event.Pseudonym{}, v.broken
	}
	tag := v.tag(kind, source, identifier)
	s, err := v.current(&tag)
	return s.pseudonym, err
}

// Entry implements [event.Sealer]. The id of an entry is not in the key tree: the same source's id gives the same
// entry after a redaction too, so that an event handed in again is recognised.
func (v *Vault) Entry(source, id string) event.Pseudonym {
	sum := v.entries.sum(familyEntry, source, id)
	return event.Pseudonym(sum[:16])
}

func randomNonce(k *secret) (cipher.AEAD, error) {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

var _ event.Sealer = (*Vault)(nil)
