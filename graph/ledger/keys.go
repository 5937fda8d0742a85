package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Every key and value of the store is made and read in this file. All numbers are big-endian.
//
// Keys. The four keys of one commit lie beside each other, so that one pass over the keys shows whether a commit is
// whole and whether one is missing:
//
//	leaves  01 | first:8 | 01
//	sealed  01 | first:8 | 02
//	hashes  01 | first:8 | 03
//	head    01 | first:8 | 04 | size:8
//
// first is the index of the commit's first leaf, size the tree size after it. The head of the empty tree, written by
// Create, has first = size = 0 and is the only head without the other three.
//
// Values. Leaves, sealed values and hashes begin with the same 18 bytes, so that a value that lands under another key
// is noticed, and so that every value is longer than valueThreshold:
//
//	kind:1 | 01 | first:8 | size:8
//
//	leaves  header | n × end:4          | bytes    n is size - first, end the offset behind leaf i in bytes
//	sealed  header | n × (end:4 crc:4)  | bytes    crc is CRC-32C of the blob: no Merkle hash covers it
//	hashes  header | m × 32                        tlog's stored hashes in storage order, those of size without those of first
//	head    04 | 01 | first:8 | size:8 | recorded:8 | root:32 | checkpoint… | crc:4
//
// recorded is Unix nanoseconds of the greatest recorded time at or below size, 0 for none. The head's crc covers
// everything before it.
const (
	kindLeaves byte = 1
	kindSealed byte = 2
	kindHashes byte = 3
	kindHead   byte = 4

	keySpace     byte = 1
	valueVersion byte = 1

	keyLen       = 1 + 8 + 1
	headKeyLen   = keyLen + 8
	headerLen    = 1 + 1 + 8 + 8
	leafRowLen   = 4
	sealedRowLen = 8
	headFixedLen = 1 + 1 + 8 + 8 + 8 + tlog.HashSize
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errValue is what all parsers of stored bytes wrap.
var errValue = errors.New("malformed stored value")

// commitKey is the key of one of a commit's leaves, sealed values or hashes.
func commitKey(first uint64, kind byte) []byte {
	k := make([]byte, keyLen, headKeyLen)
	k[0] = keySpace
	binary.BigEndian.PutUint64(k[1:], first)
	k[9] = kind
	return k
}

// headKey is the key of the head of the commit [first, size).
func headKey(first, size uint64) []byte {
	return binary.BigEndian.AppendUint64(commitKey(first, kindHead), size)
}

// parseKey reads any key. size is 0 unless kind is kindHead.
func parseKey(k []byte) (first uint64, kind byte, size uint64, err error) {
	if len(k) < keyLen || k[0] != keySpace {
		return 0, 0, 0, fmt.Errorf("%w: key %x", errValue, k)
	}
	first, kind = binary.BigEndian.Uint64(k[1:]), k[9]
	switch {
	case kind >= kindLeaves && kind <= kindHashes && len(k) == keyLen:
		return first, kind, 0, nil
	case kind == kindHead && len(k) == headKeyLen:
		return first, kind, binary.BigEndian.Uint64(k[keyLen:]), nil
	}
	return 0, 0, 0, fmt.Errorf("%w: key %x", errValue, k)
}

func appendHeader(b []byte, kind byte, first, size uint64) []byte {
	b = append(b, kind, valueVersion)
	b = binary.BigEndian.AppendUint64(b, first)
	return binary.BigEndian.AppendUint64(b, size)
}

func parseHeader(v []byte, kind byte) (first, size uint64, rest []byte, err error) {
	if len(v) < headerLen || v[0] != kind || v[1] != valueVersion {
		return 0, 0, nil, fmt.Errorf("%w: header of kind %d", errValue, kind)
	}
	first, size = binary.BigEndian.Uint64(v[2:]), binary.BigEndian.Uint64(v[10:])
	if first >= size || size > maxSize || size-first > mostCommitEntries {
		return 0, 0, nil, fmt.Errorf("%w: commit from %d to %d", errValue, first, size)
	}
	return first, size, v[headerLen:], nil
}

// appendLeaves encodes the leaves value of a commit.
func appendLeaves(b []byte, first uint64, entries []Entry) []byte {
	b = appendHeader(b, kindLeaves, first, first+uint64(len(entries)))
	end := 0
	for i := range entries {
		end += len(entries[i].Leaf)
		b = binary.BigEndian.AppendUint32(b, uint32(end))
	}
	for i := range entries {
		b = append(b, entries[i].Leaf...)
	}
	return b
}

// appendSealed encodes the sealed value of a commit.
func appendSealed(b []byte, first uint64, entries []Entry) []byte {
	b = appendHeader(b, kindSealed, first, first+uint64(len(entries)))
	end := 0
	for i := range entries {
		end += len(entries[i].Sealed)
		b = binary.BigEndian.AppendUint32(b, uint32(end))
		b = binary.BigEndian.AppendUint32(b, crc32.Checksum(entries[i].Sealed, castagnoli))
	}
	for i := range entries {
		b = append(b, entries[i].Sealed...)
	}
	return b
}

// rows is a parsed leaves or sealed value. Parsing looks at the header alone, so that one entry of a large commit costs
// no more than one of a small one; what a row says is checked when the row is read, and a damaged row spoils only itself
// and its neighbour.
type rows struct {
	kind  byte
	count int
	width int    // bytes a row
	table []byte // count rows
	bytes []byte // what the rows cut up
}

// parseRows reads the leaves (kindLeaves) or sealed (kindSealed) value of the commit [first, size).
func parseRows(v []byte, kind byte, first, size uint64) (rows, error) {
	f, s, rest, err := parseHeader(v, kind)
	if err != nil {
		return rows{}, err
	}
	if f != first || s != size {
		return rows{}, fmt.Errorf("%w: it is of the commit from %d to %d", errValue, f, s)
	}
	r := rows{kind: kind, count: int(size - first), width: leafRowLen}
	if kind == kindSealed {
		r.width = sealedRowLen
	}
	if r.count > len(rest)/r.width {
		return rows{}, fmt.Errorf("%w: %d rows in %d bytes", errValue, r.count, len(rest))
	}
	r.table, r.bytes = rest[:r.count*r.width], rest[r.count*r.width:]
	return r, nil
}

// at returns row i, which aliases the value.
func (r rows) at(i int) ([]byte, error) {
	if i < 0 || i >= r.count {
		return nil, fmt.Errorf("%w: row %d of %d", errValue, i, r.count)
	}
	start := uint32(0)
	if i > 0 {
		start = binary.BigEndian.Uint32(r.table[(i-1)*r.width:])
	}
	row := r.table[i*r.width:]
	end := binary.BigEndian.Uint32(row)
	last := i == r.count-1
	if start > end || uint64(end) > uint64(len(r.bytes)) || last && int(end) != len(r.bytes) {
		return nil, fmt.Errorf("%w: row %d spans %d to %d of %d bytes", errValue, i, start, end, len(r.bytes))
	}
	b := r.bytes[start:end:end]
	if r.kind == kindSealed && crc32.Checksum(b, castagnoli) != binary.BigEndian.Uint32(row[4:]) {
		return nil, fmt.Errorf("%w: checksum of row %d", errValue, i)
	}
	return b, nil
}

// appendHashes encodes the stored hashes that a commit adds.
func appendHashes(b []byte, first, size uint64, hashes []tlog.Hash) []byte {
	b = appendHeader(b, kindHashes, first, size)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// hashRow is a parsed hashes value.
type hashRow struct {
	count int
	bytes []byte
}

// parseHashes reads the hashes value of the commit [first, size).
func parseHashes(v []byte, first, size uint64) (hashRow, error) {
	f, s, rest, err := parseHeader(v, kindHashes)
	if err != nil {
		return hashRow{}, err
	}
	if f != first || s != size {
		return hashRow{}, fmt.Errorf("%w: it is of the commit from %d to %d", errValue, f, s)
	}
	n := storedCount(size) - storedCount(first)
	if int64(len(rest)) != n*tlog.HashSize {
		return hashRow{}, fmt.Errorf("%w: %d hashes in %d bytes", errValue, n, len(rest))
	}
	return hashRow{int(n), rest}, nil
}

// at returns the i-th hash of the commit. i must be in range.
func (r hashRow) at(i int) tlog.Hash { return tlog.Hash(r.bytes[i*tlog.HashSize:][:tlog.HashSize]) }

// appendHead encodes the head of the commit [first, h.Size).
func appendHead(b []byte, first uint64, h Head) []byte {
	from := len(b)
	b = append(b, kindHead, valueVersion)
	b = binary.BigEndian.AppendUint64(b, first)
	b = binary.BigEndian.AppendUint64(b, h.Size)
	b = binary.BigEndian.AppendUint64(b, uint64(nanos(h.Recorded)))
	b = append(b, h.Root[:]...)
	b = append(b, h.Checkpoint...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

// parseHead reads a head value. It checks the checksum, not the signature.
func parseHead(v []byte) (first uint64, h Head, err error) {
	if len(v) < headFixedLen+4 || v[0] != kindHead || v[1] != valueVersion {
		return 0, Head{}, fmt.Errorf("%w: head of %d bytes", errValue, len(v))
	}
	body, sum := v[:len(v)-4], binary.BigEndian.Uint32(v[len(v)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return 0, Head{}, fmt.Errorf("%w: checksum of a head", errValue)
	}
	first = binary.BigEndian.Uint64(v[2:])
	h.Size = binary.BigEndian.Uint64(v[10:])
	h.Recorded = fromNanos(int64(binary.BigEndian.Uint64(v[18:])))
	copy(h.Root[:], v[26:])
	h.Checkpoint = append([]byte(nil), body[headFixedLen:]...)
	if first > h.Size || h.Size > maxSize {
		return 0, Head{}, fmt.Errorf("%w: head from %d to %d", errValue, first, h.Size)
	}
	return first, h, nil
}

// maxSize keeps 2·size, the number of stored hashes, inside tlog's int64.
const maxSize = 1 << 61

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
