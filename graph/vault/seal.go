package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Closed is a value that cannot be opened any more.
type Closed struct {
	Name   string // JSON pointer of the value in the event
	Reason string // Redacted
}

// Redacted says that the keys of a value were destroyed.
const Redacted = "REDACTED"

// Encrypt encrypts the disclosures of an entry for the ledger. Each value is under a key that comes from the keys of
// all its subjects, so that the redaction of any of them closes it; sealer is who assigned their pseudonyms. It
// returns nil for no disclosures, and a [PseudonymError] if a subject was redacted.
func (v *Vault) Encrypt(sealer string, entry event.Pseudonym, ds []event.Disclosure) ([]byte, error) {
	return v.EncryptWith(sealer, entry, ds, nil)
}

// EncryptWith is Encrypt with evidence beside the values, such as the signature envelope of a submission. Evidence
// is kept in the clear; what is personal does not belong there.
func (v *Vault) EncryptWith(sealer string, entry event.Pseudonym, ds []event.Disclosure, evidence []byte) ([]byte, error) {
	if len(ds) == 0 && len(evidence) == 0 {
		return nil, nil
	}
	size := 1 + 2*binary.MaxVarintLen32 + len(evidence) + 16
	for i := range ds {
		size += len(ds[i].Encoded) + len(ds[i].Name) + 16*len(ds[i].Subjects) + 16 + 12
	}
	out := make([]byte, 0, size)
	out = append(out, blobVersion)
	out = binary.AppendUvarint(out, uint64(len(evidence)))
	out = append(out, evidence...)
	if len(ds) == 0 {
		return append(out, 0, 0), nil
	}

	g, err := group(entry, ds)
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", entry, err)
	}
	out = binary.AppendUvarint(out, uint64(len(g.subjects)-1))
	for _, p := range g.subjects[1:] {
		out = append(out, p[:]...)
	}
	salt := out[len(out) : len(out)+16]
	if _, err := io.ReadFull(v.random, salt); err != nil {
		return nil, fmt.Errorf("make salt of sealed values: %w", err)
	}
	out = out[:len(out)+16]

	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	keys := make([]secret, len(g.subjects))
	for n, used := range g.used {
		if !used {
			continue
		}
		if keys[n], err = v.keyOf(sealer, g.subjects[n], n > 0); errors.Is(err, errPunctured) {
			return nil, &PseudonymError{CodePseudonymRedacted, event.Denotation{Sealer: sealer, Pseudonym: g.subjects[n]}}
		} else if err != nil {
			return nil, err
		}
	}
	out = binary.AppendUvarint(out, uint64(len(g.sets)))
	var plain, aad []byte
	for i := range g.sets {
		s := &g.sets[i]
		out = binary.AppendUvarint(out, uint64(len(s.subjects)))
		for _, n := range s.subjects {
			out = binary.AppendUvarint(out, uint64(n))
		}
		header := len(out)
		out = binary.AppendUvarint(out, uint64(len(s.values)))
		plain = plain[:0]
		for _, j := range s.values {
			out = binary.AppendUvarint(out, uint64(len(ds[j].Name)))
			out = append(out, ds[j].Name...)
			plain = appendValue(plain, ds[j].Encoded)
		}
		aad = authenticated(aad[:0], sealer, entry, out[header:])
		key := valueKey(keys, s.subjects, salt, entry)
		out = binary.AppendUvarint(out, uint64(len(plain)+16))
		out = gcm(&key).Seal(out, zeroNonce[:], plain, aad)
	}
	clear(plain[:cap(plain)])
	return out, nil
}

// Decrypt opens the disclosures in a blob as far as their keys are still there; they come in the order of the blob. A
// value whose keys are there and that does not decrypt is an error, a [ValueError], that comes beside everything
// that does.
func (v *Vault) Decrypt(sealer string, entry event.Pseudonym, data []byte) (open []string, closed []Closed, err error) {
	b, err := parseBlob(data)
	if err != nil {
		return nil, nil, &ValueError{Sealer: sealer, Entry: entry, Reason: err.Error()}
	}
	if len(b.sets) == 0 {
		return nil, nil, nil
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, nil, v.broken
	}
	keys := make([]secret, 1+len(b.subjects)/16)
	state := make([]keyState, len(keys))
	open = make([]string, 0, len(b.sets))
	var plain, aad []byte
	var damage error
	for i := range b.sets {
		s := &b.sets[i]
		gone := false
		for _, n := range s.subjects {
			if state[n] == keyUnknown {
				keys[n], err = v.keyOf(sealer, b.subject(n, entry), n > 0)
				switch {
				case err == nil:
					state[n] = keyThere
				case errors.Is(err, errPunctured):
					state[n] = keyGone
				default:
					return nil, nil, err
				}
			}
			gone = gone || state[n] == keyGone
		}
		if gone {
			for _, name := range s.names {
				closed = append(closed, Closed{Name: name, Reason: Redacted})
			}
			continue
		}
		aad = authenticated(aad[:0], sealer, entry, s.header)
		key := valueKey(keys, s.subjects, b.salt, entry)
		if plain, err = gcm(&key).Open(plain[:0], zeroNonce[:], s.sealed, aad); err != nil {
			damage = errors.Join(damage, &ValueError{sealer, entry, s.names, "the key is there, the ciphertext is not what was encrypted for this entry"})
			plain = nil
			continue
		}
		if open, err = appendValues(open, plain, len(s.names)); err != nil {
			damage = errors.Join(damage, &ValueError{sealer, entry, s.names, err.Error()})
		}
	}
	clear(plain[:cap(plain)])
	return open, closed, damage
}

// Closing tells the values of a blob that open today apart: those that would close if the keys of the subjects that gone
// names were destroyed, and those that would stay open. What is closed already is in neither.
func (v *Vault) Closing(sealer string, entry event.Pseudonym, data []byte, gone func(event.Denotation) bool) (closing, open []string, err error) {
	b, err := parseBlob(data)
	if err != nil {
		return nil, nil, &ValueError{Sealer: sealer, Entry: entry, Reason: err.Error()}
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, nil, v.broken
	}
	for i := range b.sets {
		s := &b.sets[i]
		there, closes := true, false
		for _, n := range s.subjects {
			p := b.subject(n, entry)
			if _, err = v.keyOf(sealer, p, false); errors.Is(err, errPunctured) {
				there = false
			} else if err != nil {
				return nil, nil, err
			}
			closes = closes || gone(event.Denotation{Sealer: sealer, Pseudonym: p})
		}
		switch {
		case there && closes:
			closing = append(closing, s.names...)
		case there:
			open = append(open, s.names...)
		}
	}
	return closing, open, nil
}

// Evidence is [EvidenceOf].
func (v *Vault) Evidence(data []byte) ([]byte, error) { return EvidenceOf(data) }

// EvidenceOf returns what [Vault.EncryptWith] put beside the values of a blob, nil if nothing. It needs no key.
func EvidenceOf(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, nil
	}
	b, err := parseBlob(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealedValue, err)
	}
	if len(b.evidence) == 0 {
		return nil, nil
	}
	return bytes.Clone(b.evidence), nil
}

type keyState byte

const (
	keyUnknown keyState = iota
	keyThere
	keyGone
)

var zeroNonce [12]byte

// valueKey is the key of the values about the given subjects in one blob: HMAC of label, salt and entry under the
// subject's key, or where there are several, under the SHA-256 of all their keys in order of pseudonym. The salt is
// new in each blob, so a key encrypts one message and the nonce is zero.
func valueKey(keys []secret, subjects []int, salt []byte, entry event.Pseudonym) secret {
	if len(subjects) == 1 {
		return keys[subjects[0]].mac("lichtspur value ", salt, entry[:])
	}
	buf := make([]byte, 0, 32*16)
	for _, n := range subjects {
		buf = append(buf, keys[n][:]...)
	}
	all := secret(sha256.Sum256(buf))
	clear(buf)
	return all.mac("lichtspur values", salt, entry[:])
}

// authenticated is the additional data of a set: the sealer, the entry and the names with their count.
func authenticated(out []byte, sealer string, entry event.Pseudonym, header []byte) []byte {
	out = append(out, "lichtspur/sealed/1\n"...)
	out = append(out, byte(len(sealer)>>8), byte(len(sealer)))
	out = append(out, sealer...)
	out = append(out, entry[:]...)
	return append(out, header...)
}

// strict is the encoding of disclosures (RFC 9901 section 4.2); undone where that loses nothing, it saves a quarter.
var strict = base64.RawURLEncoding.Strict()

func appendValue(out []byte, encoded string) []byte {
	n := strict.DecodedLen(len(encoded))
	start := len(out)
	out = binary.AppendUvarint(out, uint64(n)<<1)
	at := len(out)
	out = slices.Grow(out, n)[:at+n]
	// Decode skips line breaks, which would be lost; it decodes to fewer bytes then.
	if got, err := strict.Decode(out[at:], []byte(encoded)); err == nil && got == n {
		return out
	}
	out = binary.AppendUvarint(out[:start], uint64(len(encoded))<<1|1)
	return append(out, encoded...)
}

func appendValues(open []string, plain []byte, count int) ([]string, error) {
	r := &reader{b: plain}
	for range count {
		n := r.number()
		if n>>1 > uint64(len(r.b)) {
			r.fail(io.ErrUnexpectedEOF)
		}
		b := r.bytes(int(n >> 1))
		if r.err != nil {
			return open, fmt.Errorf("the values in the ciphertext: %w", r.err)
		}
		if n&1 == 1 {
			open = append(open, string(b))
		} else {
			open = append(open, strict.EncodeToString(b))
		}
	}
	if len(r.b) > 0 {
		return open, fmt.Errorf("the values in the ciphertext: %d bytes too many", len(r.b))
	}
	return open, nil
}

// grouping is the disclosures of an entry by their subjects.
type grouping struct {
	subjects []event.Pseudonym // the entry itself first
	used     []bool
	sets     []grouped
}

type grouped struct {
	subjects []int // in order of pseudonym
	values   []int // indexes of disclosures
}

// group finds the distinct sets of subjects, each in order of first use.
func group(entry event.Pseudonym, ds []event.Disclosure) (*grouping, error) {
	g := &grouping{subjects: make([]event.Pseudonym, 1, 1+len(ds)), used: make([]bool, 1, 1+len(ds)), sets: make([]grouped, 0, len(ds))}
	g.subjects[0] = entry
	numbers := map[event.Pseudonym]int(nil) // filled when there are many
	number := func(p event.Pseudonym) int {
		n := -1
		if numbers != nil {
			if at, ok := numbers[p]; ok {
				n = at
			}
		} else {
			n = slices.Index(g.subjects, p)
		}
		if n < 0 {
			n = len(g.subjects)
			g.subjects, g.used = append(g.subjects, p), append(g.used, false)
			if numbers != nil {
				numbers[p] = n
			} else if n == 32 {
				numbers = make(map[event.Pseudonym]int, len(ds))
				for i, q := range g.subjects {
					numbers[q] = i
				}
			}
		}
		g.used[n] = true
		return n
	}
	single := make([]int, 0, 1+len(ds)) // subject → set about it alone, plus one
	for i := range ds {
		if len(ds[i].Subjects) == 0 {
			return nil, fmt.Errorf("value %s is about nobody", ds[i].Name)
		}
		ps := make([]event.Pseudonym, 0, 4)
		for _, s := range ds[i].Subjects {
			if s.Pseudonym.IsZero() {
				return nil, fmt.Errorf("value %s is about a subject without a pseudonym", ds[i].Name)
			}
			ps = append(ps, s.Pseudonym)
		}
		slices.SortFunc(ps, func(a, b event.Pseudonym) int { return bytes.Compare(a[:], b[:]) })
		ps = slices.Compact(ps)
		if len(ps) == 1 {
			n := number(ps[0])
			for len(single) <= n {
				single = append(single, 0)
			}
			if single[n] > 0 {
				set := &g.sets[single[n]-1]
				set.values = append(set.values, i)
				continue
			}
			g.sets = append(g.sets, grouped{[]int{n}, []int{i}})
			single[n] = len(g.sets)
			continue
		}
		ns := make([]int, len(ps))
		for j, p := range ps {
			ns[j] = number(p)
		}
		at := slices.IndexFunc(g.sets, func(s grouped) bool { return slices.Equal(s.subjects, ns) })
		if at >= 0 {
			g.sets[at].values = append(g.sets[at].values, i)
		} else {
			g.sets = append(g.sets, grouped{ns, []int{i}})
		}
	}
	return g, nil
}
