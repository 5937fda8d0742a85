package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"unsafe"

	"github.com/lichtspur/lichtspur/graph/event"
)

// This file is the one place that says what a block file looks like; build.go fills it, block.go reads it.
//
// A block file is a pure function of the entries that it covers and of the names that the log had before them, so two
// nodes with the same log have the same files. All numbers are little-endian, sections begin at multiples of eight.
//
//	header      headerSize bytes, see header
//	section…    in the order of the header's table, each with its own CRC-32C
//
// Sections, by id and part:
//
//	dimension 0  keys      16 bytes each, ascending (by sealer, too, where the dimension has it)
//	dimension 1  sealers   u32 for each key, or one for all, where it is the same; in dimensions of subjects only
//	dimension 2  starts    u32 for each key and one more: where its list begins in the words
//	dimension 3  radix     u32: the first key whose first bits are at least i; 2^n and one more
//	dimension 4  words     u32: the lists, each ascending rows, or one bit a row followed by how many are set; the latter
//	                       is used where it is no longer, and is told by its length
//	rows                   the rows, packed as the header says, and eight zeros
//	ids 0                  16 bytes for each row
//	ids 1                  u32: where the bucket i of ids begins in the entries; 2^n and one more
//	ids 2        entries   u32 for each row with an id, by bucket, in it by id: fingerprint in the upper bits, row in the lower rowBits
//	lengths                u64: the lengths of occurred intervals, ascending; rows have their numbers
//	zones                  zone
//	times c                u32: rows of a class of intervals, by earliest time
//	sparse c               i64: the earliest time of every sparseRows-th of them
//	links                  linkRecord, ascending by row
//	names 0                u32: where the name that the log first used here begins; one more than there are names
//	names 1                the names, see nameBuffer
const (
	sectionRows uint16 = iota + 100
	sectionIDs
	sectionLengths
	sectionZones
	sectionTimes
	sectionSparse
	sectionLinks
	sectionNames
)

const (
	magic       = "lsindex4"
	headerSize  = 8192
	tableAt     = 8 + 4 + 4 + 32 + 8 + 4*4 + fields*16
	tableEntry  = 24
	maxSections = (headerSize - tableAt) / tableEntry

	rowBits  = 22 // of a row in an entry of ids
	maxBlock = 1 << rowBits
)

// header is the beginning of a block file:
//
//	magic:8 | crc:4 of the header with zeros here | sections:4 | root:32 | begin:8 | rows:4 | firstName:4 | names:4 | zero:4
//	field…   base:8 | unit:4 | offset:1 | width:1 | zero:2    for each field of a row, see layout
//	section… id:2 | part:2 | crc:4 | offset:8 | length:8
type header struct {
	root             [32]byte // of the log's entries up to the end of the block
	begin            uint64
	rows             uint32
	firstName, names uint32
	layout           layout
	sections         []section
}

type section struct {
	id, part       uint16
	crc            uint32
	offset, length uint64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// write puts the header at the beginning of a file.
func (h *header) write(b []byte) {
	le := binary.LittleEndian
	clear(b[:headerSize])
	copy(b, magic)
	le.PutUint32(b[12:], uint32(len(h.sections)))
	copy(b[16:], h.root[:])
	le.PutUint64(b[48:], h.begin)
	le.PutUint32(b[56:], h.rows)
	le.PutUint32(b[60:], h.firstName)
	le.PutUint32(b[64:], h.names)
	at := b[72:]
	for _, f := range h.layout.fields {
		le.PutUint64(at, f.base)
		le.PutUint32(at[8:], uint32(f.unit))
		at[12], at[13] = f.offset, f.width
		at = at[16:]
	}
	for _, s := range h.sections {
		le.PutUint16(at, s.id)
		le.PutUint16(at[2:], s.part)
		le.PutUint32(at[4:], s.crc)
		le.PutUint64(at[8:], s.offset)
		le.PutUint64(at[16:], s.length)
		at = at[tableEntry:]
	}
	le.PutUint32(b[8:], crc32.Checksum(b[:headerSize], castagnoli))
}

var errBlock = errors.New("not a block file, or a damaged one")

// parseHeader undoes write. All sections are within a file of this size.
func parseHeader(b []byte) (h header, err error) {
	le := binary.LittleEndian
	bad := func(what string) (header, error) { return header{}, fmt.Errorf("%w: %s", errBlock, what) }
	if len(b) < headerSize || string(b[:8]) != magic {
		return bad("it does not begin as one")
	}
	head := slices.Clone(b[:headerSize])
	clear(head[8:12])
	if crc32.Checksum(head, castagnoli) != le.Uint32(b[8:]) {
		return bad("the checksum of the header is wrong")
	}
	n := le.Uint32(b[12:])
	copy(h.root[:], b[16:])
	h.begin, h.rows = le.Uint64(b[48:]), le.Uint32(b[56:])
	h.firstName, h.names = le.Uint32(b[60:]), le.Uint32(b[64:])
	if n > maxSections || h.rows == 0 || h.rows > maxBlock || h.begin > MaxEntries-uint64(h.rows) {
		return bad("the header makes no sense")
	}
	at := b[72:]
	for i := range h.layout.fields {
		f := &h.layout.fields[i]
		f.base, f.unit, f.offset, f.width = le.Uint64(at), uint64(le.Uint32(at[8:])), at[12], at[13]
		if f.width > 8 || f.offset > 128 {
			return bad("the layout of rows makes no sense")
		}
		at = at[16:]
	}
	h.layout.settle()
	end := uint64(headerSize)
	for range n {
		s := section{le.Uint16(at), le.Uint16(at[2:]), le.Uint32(at[4:]), le.Uint64(at[8:]), le.Uint64(at[16:])}
		if s.offset != end || s.length > uint64(len(b)) || s.offset+s.length > uint64(len(b)) {
			return bad("a section is out of the file")
		}
		end = (s.offset + s.length + 7) &^ 7
		h.sections = append(h.sections, s)
		at = at[tableEntry:]
	}
	if end != uint64(len(b)) {
		return bad(fmt.Sprintf("%d bytes instead of %d", len(b), end))
	}
	return h, nil
}

// array reads bytes as an array of fixed-size values without pointers; the rest that makes no whole one is left out.
func array[T any](b []byte) []T {
	var zero T
	n := len(b) / int(unsafe.Sizeof(zero))
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
}

func init() {
	if probe := uint16(1); *(*byte)(unsafe.Pointer(&probe)) != 1 {
		panic("index: block files are read in place, on little-endian machines only")
	}
}

// linkRecord is a link in a block.
type linkRecord struct {
	a, b             event.Pseudonym
	sealerA, sealerB uint32
	at               uint32
	exact            uint32
}
