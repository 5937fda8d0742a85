package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/lichtspur/lichtspur/graph/event"
)

// A blob is what the ledger keeps beside a leaf: the personal values of one entry, encrypted, and evidence, which is
// not personal. Integers are unsigned varints of the shortest form.
//
//	byte      version, 1
//	length, bytes   evidence; length 0 for none
//	count     subjects that the values are about beside the entry itself
//	          16 bytes each: pseudonyms, each once, in order of first use
//	16 bytes  salt; absent if there are no sets
//	count     sets, one for each distinct set of subjects
//	          count, then as many numbers: the set's subjects; 0 is the entry itself, n the n-th pseudonym
//	          count, then as many names (length, bytes): JSON pointers of the values, in the clear so that a closed
//	          value can be named
//	          length, bytes: AES-256-GCM of the values (see [set.key] for key and authenticated data), nonce zero
//
// Encrypted is for each name in order a number and bytes: the number is twice the length of the bytes, plus one if
// they are the encoded disclosure as it is, and not what its base64url stands for.
const blobVersion = 1

// blob is a parsed blob; its slices share memory with the bytes it was parsed from.
type blob struct {
	evidence []byte
	subjects []byte // pseudonyms, 16 bytes each
	salt     []byte
	sets     []set
}

// set is the values about the same subjects.
type set struct {
	subjects []int // 0 is the entry itself
	names    []string
	header   []byte // names as they stand in the blob, with their count
	sealed   []byte
}

// subject gives the pseudonym with a number.
func (b *blob) subject(n int, entry event.Pseudonym) event.Pseudonym {
	if n == 0 {
		return entry
	}
	return event.Pseudonym(b.subjects[(n-1)*16:])
}

var errVarint = errors.New("a number is cut short or not in its shortest form")

// reader takes a blob apart.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

// number reads a varint.
func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || size > 1 && r.b[size-1] == 0 {
		r.fail(errVarint)
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count reads the number of things that take at least so many bytes each.
func (r *reader) count(least int) int {
	n := r.number()
	if n > uint64(len(r.b)/least) {
		r.fail(io.ErrUnexpectedEOF)
		return 0
	}
	return int(n)
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.fail(io.ErrUnexpectedEOF)
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// parseBlob reads a blob strictly: there is one way to write what it says.
func parseBlob(data []byte) (*blob, error) {
	out := &blob{}
	if len(data) == 0 {
		return out, nil
	}
	if data[0] != blobVersion {
		return nil, fmt.Errorf("version %d is not known", data[0])
	}
	r := &reader{b: data[1:]}
	out.evidence = r.bytes(r.count(1))
	subjects := r.count(16)
	out.subjects = r.bytes(16 * subjects)
	if len(r.b) == 1 && r.b[0] == 0 { // no sets, no salt
		if subjects > 0 {
			return nil, errors.New("subjects without values")
		}
		return out, nil
	}
	out.salt = r.bytes(16)
	sets := r.count(1 + 1 + 1 + 1 + 1 + 16)
	if r.err == nil && sets == 0 {
		return nil, errors.New("salt without values")
	}
	out.sets = make([]set, sets)
	next := 1 // number that a subject used for the first time must have
	for i := range out.sets {
		s := &out.sets[i]
		s.subjects = make([]int, r.count(1))
		for j := range s.subjects {
			n := r.number()
			if n > uint64(next) || n > uint64(subjects) {
				r.fail(fmt.Errorf("set %d: subject %d before its turn", i, n))
				break
			}
			if int(n) == next {
				next++
			}
			s.subjects[j] = int(n)
		}
		if r.err == nil && len(s.subjects) == 0 {
			return nil, fmt.Errorf("set %d has no subjects", i)
		}
		start := r.b
		s.names = make([]string, r.count(1))
		if r.err == nil && len(s.names) == 0 {
			return nil, fmt.Errorf("set %d has no values", i)
		}
		for j := range s.names {
			s.names[j] = string(r.bytes(r.count(1)))
		}
		s.header = start[:len(start)-len(r.b)]
		s.sealed = r.bytes(r.count(1))
	}
	if r.err != nil {
		return nil, r.err
	}
	if len(r.b) > 0 {
		return nil, fmt.Errorf("%d bytes too many", len(r.b))
	}
	if next != subjects+1 {
		return nil, errors.New("subjects that nothing is about")
	}
	return out, nil
}
