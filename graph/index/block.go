package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lichtspur/lichtspur/graph/event"
)

// block is a part that does not change any more: a mapped file, see format.go. It is unmapped when nobody can reach
// it any more, so whoever uses what lies in it keeps the block, or the state that it belongs to, alive.
type block struct {
	header
	file string
	data []byte

	rowData []byte
	ids     []event.Pseudonym
	buckets []uint32
	entries []uint32
	lengths []uint64
	zones   []zone
	timed   [classes][]uint32
	sparse  [classes][]int64
	links   []linkRecord
	nameEnd []uint32
	nameAll []byte
	dims    [dimensions]lexicon
}

// lexicon is the directory of one dimension.
type lexicon struct {
	keys    [][16]byte
	sealers []uint32
	starts  []uint32
	radix   []uint32
	words   []uint32
}

// fileName is the name of the file of a block.
func fileName(begin, end uint64) string { return fmt.Sprintf("%012d-%012d.block", begin, end) }

// parseFileName undoes fileName.
func parseFileName(name string) (begin, end uint64, ok bool) {
	if n, err := fmt.Sscanf(name, "%d-%d.block", &begin, &end); n != 2 || err != nil {
		return 0, 0, false
	}
	return begin, end, name == fileName(begin, end) && begin < end
}

// openBlock maps a file and checks all of it: against its checksums, the range and the root that it should have.
func openBlock(path string, begin, end uint64, root [32]byte) (*block, error) {
	data, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	b, err := parseBlock(data)
	if err == nil && b.root != root {
		err = fmt.Errorf("%w: it is of another log", errBlock)
	}
	if err == nil && (b.header.begin != begin || begin+uint64(b.header.rows) != end) {
		err = fmt.Errorf("%w: it covers other entries than its name says", errBlock)
	}
	if err == nil {
		err = b.check()
	}
	if err != nil {
		_ = unix.Munmap(data)
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	b.file = path
	runtime.AddCleanup(b, func(data []byte) { _ = unix.Munmap(data) }, data)
	return b, nil
}

func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < headerSize || info.Size() > 1<<40 {
		return nil, fmt.Errorf("%s: %w: %d bytes", filepath.Base(path), errBlock, info.Size())
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return data, nil
}

// parseBlock finds the sections of a block. Their contents are not looked at, see check.
func parseBlock(data []byte) (*block, error) {
	h, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	b := &block{header: h, data: data}
	for _, s := range h.sections {
		raw := data[s.offset : s.offset+s.length : s.offset+s.length]
		switch {
		case s.id > 0 && s.id < uint16(dimensions):
			l := &b.dims[s.id]
			switch s.part {
			case 0:
				l.keys = array[[16]byte](raw)
			case 1:
				l.sealers = array[uint32](raw)
			case 2:
				l.starts = array[uint32](raw)
			case 3:
				l.radix = array[uint32](raw)
			case 4:
				l.words = array[uint32](raw)
			}
		case s.id == sectionRows:
			b.rowData = raw
		case s.id == sectionIDs:
			switch s.part {
			case 0:
				b.ids = array[event.Pseudonym](raw)
			case 1:
				b.buckets = array[uint32](raw)
			case 2:
				b.entries = array[uint32](raw)
			}
		case s.id == sectionLengths:
			b.lengths = array[uint64](raw)
		case s.id == sectionZones:
			b.zones = array[zone](raw)
		case s.id == sectionTimes && int(s.part) < classes:
			b.timed[s.part] = array[uint32](raw)
		case s.id == sectionSparse && int(s.part) < classes:
			b.sparse[s.part] = array[int64](raw)
		case s.id == sectionLinks:
			b.links = array[linkRecord](raw)
		case s.id == sectionNames:
			if s.part == 0 {
				b.nameEnd = array[uint32](raw)
			} else {
				b.nameAll = raw
			}
		}
	}
	power := func(n int) bool { return n >= 2 && (n-1)&(n-2) == 0 }
	ok := len(b.rowData) == int(h.rows)*h.layout.size+8 && len(b.ids) == int(h.rows) && power(len(b.buckets)) &&
		len(b.zones) == int(h.rows+zoneRows-1)>>zoneBits && len(b.nameEnd) == int(h.names)+1 && len(b.lengths) > 0
	for i := range b.dims {
		l := &b.dims[i]
		ok = ok && (len(l.keys) == 0 || len(l.starts) == len(l.keys)+1 && power(len(l.radix))) && (len(l.sealers) <= 1 || len(l.sealers) == len(l.keys))
	}
	for c := range b.timed {
		ok = ok && len(b.sparse[c]) == (len(b.timed[c])+sparseRows-1)/sparseRows
	}
	if !ok {
		return nil, fmt.Errorf("%w: its sections do not fit together", errBlock)
	}
	return b, nil
}

// check compares all sections with their checksums, on all processors.
func (b *block) check() error {
	var wg sync.WaitGroup
	work := make(chan section)
	bad := make(chan section, len(b.sections))
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for s := range work {
				if crc32.Checksum(b.data[s.offset:s.offset+s.length], castagnoli) != s.crc {
					bad <- s
				}
			}
		})
	}
	for _, s := range b.sections {
		work <- s
	}
	close(work)
	wg.Wait()
	select {
	case s := <-bad:
		return fmt.Errorf("%w: the checksum of section %d.%d is wrong", errBlock, s.id, s.part)
	default:
		return nil
	}
}

func (b *block) begin() uint32 { return uint32(b.header.begin) }

func (b *block) row(i uint32, r *Row) {
	b.layout.get(b.rowData[int(i)*b.layout.size:], r, b.lengths)
}

func (b *block) kind(i uint32) KindCode {
	return KindCode(b.layout.fields[fieldKind].get(b.rowData[int(i)*b.layout.size:]))
}

// earliest returns the earliest time of a row that is placed in time.
func (b *block) earliest(i uint32) int64 {
	return int64(b.layout.fields[fieldEarliest].get(b.rowData[int(i)*b.layout.size:]))
}

func (b *block) id(i uint32) event.Pseudonym { return b.ids[i] }

func (b *block) zone(i uint32) *zone { return &b.zones[i] }

// bucketOf returns the bucket of an id among 2^n and its fingerprint in the entries.
func bucketOf(id *event.Pseudonym, n int) (bucket, fingerprint uint32) {
	first := binary.BigEndian.Uint64(id[:])
	return uint32(first >> 1 >> (63 - n)), uint32(first << n >> (64 - (32 - rowBits)))
}

// find looks into the bucket of the id. In it entries are sorted by id, so they are by fingerprint.
func (b *block) find(id event.Pseudonym) (uint32, bool) {
	n := bits.Len(uint(len(b.buckets)-1)) - 1
	bucket, print := bucketOf(&id, n)
	lo, hi := b.buckets[bucket], b.buckets[bucket+1]
	if lo > hi || int(hi) > len(b.entries) {
		return 0, false
	}
	bucketed := b.entries[lo:hi]
	if len(bucketed) > 16 {
		bucketed = bucketed[sort.Search(len(bucketed), func(i int) bool {
			at := bucketed[i] & (1<<rowBits - 1)
			return at >= b.rows() || bytes.Compare(b.ids[at][:], id[:]) >= 0
		}):]
	}
	for _, e := range bucketed {
		at := e & (1<<rowBits - 1)
		switch p := e >> rowBits; {
		case p > print:
			return 0, false
		case p == print && at < b.rows():
			if c := bytes.Compare(b.ids[at][:], id[:]); c == 0 {
				return at, true
			} else if c > 0 {
				return 0, false
			}
		}
	}
	return 0, false
}

func (b *block) rows() uint32 { return b.header.rows }

// find returns the number of a key.
func (l *lexicon) find(k *key) (int, bool) {
	if len(l.keys) == 0 {
		return 0, false
	}
	n := bits.Len(uint(len(l.radix)-1)) - 1
	first := binary.BigEndian.Uint64(k.id[:]) >> 1 >> (63 - n)
	lo, hi := int(l.radix[first]), int(l.radix[first+1])
	if lo > hi || hi > len(l.keys) {
		return 0, false
	}
	// A bucket has about four to eight keys, all of them in a line or two of memory.
	for hi-lo > 8 {
		if mid := lo + (hi-lo)/2; k.compare(&l.keys[mid], l.sealer(mid)) > 0 {
			lo = mid + 1
		} else {
			hi = mid + 1
		}
	}
	for i := lo; i < hi; i++ {
		if l.keys[i] == k.id && l.sealer(i) == k.sealer {
			return i, true
		}
	}
	return 0, false
}

// sealer returns the number of the sealer of a key, zero where the dimension has none.
func (l *lexicon) sealer(i int) uint32 {
	switch len(l.sealers) {
	case 0:
		return 0
	case 1:
		return l.sealers[0]
	}
	return l.sealers[i]
}

// numbers returns the list of the i-th key of a block with so many rows.
func (l *lexicon) numbers(i int, rows uint32) (v numbers) {
	lo, hi := l.starts[i], l.starts[i+1]
	if lo >= hi || int(hi) > len(l.words) {
		return v
	}
	words := l.words[lo:hi:hi]
	if n := bitWords(rows); len(words) == n+1 {
		return numbers{n: words[n], bits: words[:n], limit: rows}
	}
	return flatNumbers(words)
}

// bitWords is how many words of bits stand for all rows.
func bitWords(rows uint32) int { return int(rows+31) / 32 }

func (b *block) list(k *key, limit uint32) numbers {
	l := &b.dims[k.dim]
	i, ok := l.find(k)
	if !ok {
		return numbers{}
	}
	v := l.numbers(i, b.rows())
	if v.bits == nil {
		if limit < b.rows() {
			v.n = v.below(limit)
		}
		return v
	}
	if limit < b.rows() {
		v.limit = limit
		// About as many as there are on the average.
		v.n = uint32(uint64(v.n)*uint64(limit)/uint64(b.rows())) + 1
	}
	return v
}

func (b *block) runs(class int, limit uint32, f func(*run)) {
	if len(b.timed[class]) > 0 && limit > 0 {
		f(&run{rows: b.timed[class], sparse: b.sparse[class], block: b})
	}
}

func (b *block) link(i uint32) link {
	n := sort.Search(len(b.links), func(n int) bool { return b.links[n].at >= i })
	if n == len(b.links) {
		return link{}
	}
	l := &b.links[n]
	return link{end{l.a, l.sealerA}, end{l.b, l.sealerB}, l.at, l.exact != 0}
}

// name returns the i-th of the names that the log first used here.
func (b *block) name(i uint32) []byte {
	lo, hi := b.nameEnd[i], b.nameEnd[i+1]
	if lo > hi || int(hi) > len(b.nameAll) {
		return nil
	}
	return b.nameAll[lo:hi]
}

// temporary says whether a file is one that was being written when the process died.
func temporary(name string) bool { return strings.HasSuffix(name, ".tmp") }
