package index

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// fanIn is how many blocks are merged into one of the next tier.
const fanIn = 8

// input is what a block is built from: a full head, or up to fanIn blocks that follow each other. Everything in it is
// sorted already, so building is joining.
type input interface {
	part
	rows() uint32
	timesOf(class int) *run
	linkRecords() []linkRecord
	nameRange() (first, count uint32)
	name(i uint32) []byte
	keyCount(d dimension) int
	key(d dimension, i int) key
	countOf(d dimension, i int) uint32
	numbersOf(d dimension, i int) numbers
}

func (b *block) timesOf(class int) *run {
	return &run{rows: b.timed[class], sparse: b.sparse[class], block: b}
}
func (b *block) linkRecords() []linkRecord        { return b.links }
func (b *block) nameRange() (first, count uint32) { return b.firstName, b.names }
func (b *block) keyCount(d dimension) int         { return len(b.dims[d].keys) }

func (b *block) key(d dimension, i int) key {
	return key{id: b.dims[d].keys[i], sealer: b.dims[d].sealer(i), dim: d}
}

func (b *block) countOf(d dimension, i int) uint32 { return b.dims[d].numbers(i, b.rows()).n }

func (b *block) numbersOf(d dimension, i int) numbers { return b.dims[d].numbers(i, b.rows()) }

// builder joins inputs into one block file.
type builder struct {
	ctx     context.Context
	in      []input
	offsets []uint32 // of the inputs' rows in the block
	header
	survey  survey
	lengths []uint64
	merges  [dimensions]merge
	data    []byte
}

// merge is what the lists of one dimension come from: for each key a bit for each input that has it.
type merge struct {
	from   []uint8
	words  uint64
	sealer uint32 // of the first key
	mixed  bool   // not of all
}

// build writes a block file under a temporary name and returns that name. The caller renames it.
func build(ctx context.Context, dir string, root [32]byte, in []input, sync bool) (path string, err error) {
	b := &builder{ctx: ctx, in: in}
	b.root = root
	b.begin = uint64(in[0].begin())
	b.firstName, _ = in[0].nameRange()
	b.survey.lengths = map[uint64]uint32{}
	var r Row
	for _, one := range in {
		b.offsets = append(b.offsets, b.rows)
		b.rows += one.rows()
		_, names := one.nameRange()
		b.names += names
		for i := range one.rows() {
			one.row(i, &r)
			b.survey.take(&r)
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
	b.layout, b.lengths = b.survey.layout()
	b.measure()
	size := int(b.sections[len(b.sections)-1].offset+b.sections[len(b.sections)-1].length+7) &^ 7
	return writeFile(dir, fileName(b.begin, b.begin+uint64(b.rows)), size, sync, func(data []byte) error {
		b.data = data
		b.fill()
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range b.sections {
			s := &b.sections[i]
			s.crc = crc32.Checksum(data[s.offset:s.offset+s.length], castagnoli)
		}
		b.header.write(data)
		return nil
	})
}

// measure finds the size of every section.
func (b *builder) measure() {
	end := uint64(headerSize)
	add := func(id uint16, part int, length int) {
		b.sections = append(b.sections, section{id: id, part: uint16(part), offset: end, length: uint64(length)})
		end = (end + uint64(length) + 7) &^ 7
	}
	add(sectionRows, 0, int(b.rows)*b.layout.size+8)
	add(sectionIDs, 0, int(b.rows)*16)
	add(sectionIDs, 1, (1<<bucketBits(int(b.rows))+1)*4)
	known := 0
	for _, in := range b.in {
		for i := range in.rows() {
			if id := in.id(i); !id.IsZero() {
				known++
			}
		}
	}
	add(sectionIDs, 2, known*4)
	add(sectionLengths, 0, len(b.lengths)*8)
	add(sectionZones, 0, int(b.rows+zoneRows-1)>>zoneBits*zoneSize)
	for class := range classes {
		n := 0
		for _, in := range b.in {
			n += len(in.timesOf(class).rows)
		}
		if n > 0 {
			add(sectionTimes, class, n*4)
			add(sectionSparse, class, (n+sparseRows-1)/sparseRows*8)
		}
	}
	links, text := 0, 0
	for _, in := range b.in {
		links += len(in.linkRecords())
		_, names := in.nameRange()
		for i := range names {
			text += len(in.name(i))
		}
	}
	add(sectionLinks, 0, links*linkSize)
	add(sectionNames, 0, int(b.names+1)*4)
	add(sectionNames, 1, text)
	for d := dimension(1); d < dimensions; d++ {
		b.merge(d)
		m := &b.merges[d]
		if len(m.from) == 0 {
			continue
		}
		add(uint16(d), 0, len(m.from)*16)
		switch {
		case m.mixed:
			add(uint16(d), 1, len(m.from)*4)
		case d.sealed():
			add(uint16(d), 1, 4)
		}
		add(uint16(d), 2, (len(m.from)+1)*4)
		add(uint16(d), 3, (1<<bucketBits(len(m.from))+1)*4)
		add(uint16(d), 4, int(m.words)*4)
	}
}

const (
	zoneSize = 40
	linkSize = 48
)

// sealed reports whether keys of a dimension have a sealer.
func (d dimension) sealed() bool {
	return d >= dimImage && d <= dimRecord || d >= dimLinkImage && d <= dimLinkRecord
}

// bucketBits is how many first bits of so many keys make buckets of about four.
func bucketBits(n int) int { return max(0, bits.Len(uint(n))-3) }

// merge works out the keys of a dimension.
func (b *builder) merge(d dimension) {
	m := &b.merges[d]
	type lane struct {
		i, n int
		key  key
	}
	lanes := make([]lane, len(b.in))
	total := 0
	for k, in := range b.in {
		if lanes[k].n = in.keyCount(d); lanes[k].n > 0 {
			lanes[k].key = in.key(d, 0)
		}
		total += lanes[k].n
	}
	for left := total; left > 0; {
		var mask uint8
		var least *key
		for k := range lanes {
			l := &lanes[k]
			if l.i == l.n {
				continue
			}
			c := -1
			if least != nil {
				c = l.key.compare(&least.id, least.sealer)
			}
			if c < 0 {
				least, mask = &l.key, 0
			}
			if c <= 0 {
				mask |= 1 << k
			}
		}
		if len(m.from) == 0 {
			m.sealer = least.sealer
		}
		m.mixed = m.mixed || least.sealer != m.sealer
		count := uint64(0)
		for k := range lanes {
			if mask>>k&1 == 0 {
				continue
			}
			l := &lanes[k]
			count += uint64(b.in[k].countOf(d, l.i))
			if l.i++; l.i < l.n {
				l.key = b.in[k].key(d, l.i)
			}
			left--
		}
		m.from = append(m.from, mask)
		m.words += min(count, uint64(bitWords(b.rows))+1)
	}
}

// section returns the bytes of a section, nil where there is none.
func (b *builder) section(id uint16, part int) []byte {
	for _, s := range b.sections {
		if s.id == id && int(s.part) == part {
			return b.data[s.offset : s.offset+s.length : s.offset+s.length]
		}
	}
	return nil
}

// fill writes all sections.
func (b *builder) fill() {
	copy(array[uint64](b.section(sectionLengths, 0)), b.lengths)
	b.fillRows()
	b.fillIDs()
	for class := range classes {
		b.fillTimes(class)
	}
	b.fillNames()
	for d := dimension(1); d < dimensions && b.ctx.Err() == nil; d++ {
		b.fillLists(d)
	}
}

func (b *builder) fillRows() {
	rows, zones := b.section(sectionRows, 0), array[zone](b.section(sectionZones, 0))
	var r Row
	z := emptyZone
	for k, in := range b.in {
		for i := range in.rows() {
			at := b.offsets[k] + i
			in.row(i, &r)
			b.layout.put(rows[int(at)*b.layout.size:], &r, b.survey.lengths)
			z.take(&r)
			zones[at>>zoneBits] = z
			if at&(zoneRows-1) == zoneRows-1 {
				z = emptyZone
			}
		}
	}
}

func (b *builder) fillIDs() {
	ids := array[event.Pseudonym](b.section(sectionIDs, 0))
	buckets, entries := array[uint32](b.section(sectionIDs, 1)), array[uint32](b.section(sectionIDs, 2))
	n := bucketBits(int(b.rows))
	for k, in := range b.in {
		for i := range in.rows() {
			id := in.id(i)
			ids[b.offsets[k]+i] = id
			if !id.IsZero() {
				bucket, _ := bucketOf(&id, n)
				buckets[bucket+1]++
			}
		}
	}
	for i := 1; i < len(buckets); i++ {
		buckets[i] += buckets[i-1]
	}
	// Placed from the end of each bucket, which moves the beginnings one bucket on; they are moved back below.
	next := slices.Clone(buckets)
	for at := range ids {
		if id := &ids[at]; !id.IsZero() {
			bucket, print := bucketOf(id, n)
			entries[next[bucket]] = print<<rowBits | uint32(at)
			next[bucket]++
		}
	}
	for i := range len(buckets) - 1 {
		if in := entries[buckets[i]:buckets[i+1]]; len(in) > 1 {
			slices.SortFunc(in, func(x, y uint32) int {
				x, y = x&(1<<rowBits-1), y&(1<<rowBits-1)
				if c := bytes.Compare(ids[x][:], ids[y][:]); c != 0 {
					return c
				}
				return int(x) - int(y)
			})
		}
	}
}

func (b *builder) fillTimes(class int) {
	rows, sparse := array[uint32](b.section(sectionTimes, class)), array[int64](b.section(sectionSparse, class))
	type lane struct {
		*run
		i   int
		now int64
	}
	var lanes []lane
	var offsets []uint32
	for k, in := range b.in {
		if r := in.timesOf(class); len(r.rows) > 0 {
			lanes = append(lanes, lane{r, 0, r.key(0)})
			offsets = append(offsets, b.offsets[k])
		}
	}
	for at := range rows {
		// Of those that begin together the one of the earlier input has the lower row.
		least := -1
		for k := range lanes {
			if lanes[k].i < len(lanes[k].rows) && (least < 0 || lanes[k].now < lanes[least].now) {
				least = k
			}
		}
		l := &lanes[least]
		rows[at] = offsets[least] + l.rows[l.i]
		if at%sparseRows == 0 {
			sparse[at/sparseRows] = l.now
		}
		if l.i++; l.i < len(l.rows) {
			l.now = l.key(l.i)
		}
	}
}

func (b *builder) fillNames() {
	links := array[linkRecord](b.section(sectionLinks, 0))
	ends, text := array[uint32](b.section(sectionNames, 0)), b.section(sectionNames, 1)
	n, at, length := 0, 0, 0
	for k, in := range b.in {
		for _, l := range in.linkRecords() {
			l.at += b.offsets[k]
			links[n] = l
			n++
		}
		_, names := in.nameRange()
		for i := range names {
			length += copy(text[length:], in.name(i))
			at++
			ends[at] = uint32(length)
		}
	}
}

// fillLists joins the lists of a dimension.
func (b *builder) fillLists(d dimension) {
	m := &b.merges[d]
	if len(m.from) == 0 {
		return
	}
	keys, sealers := array[[16]byte](b.section(uint16(d), 0)), array[uint32](b.section(uint16(d), 1))
	starts, radix, words := array[uint32](b.section(uint16(d), 2)), array[uint32](b.section(uint16(d), 3)), array[uint32](b.section(uint16(d), 4))
	n := bucketBits(len(keys))
	next := make([]int, len(b.in))
	lists := make([]numbers, len(b.in))
	at := uint32(0)
	for i, mask := range m.from {
		count := uint32(0)
		for k := range b.in {
			if mask>>k&1 == 0 {
				continue
			}
			if count == 0 {
				found := b.in[k].key(d, next[k])
				keys[i] = found.id
				if m.mixed || sealers != nil && i == 0 {
					sealers[i] = found.sealer
				}
				radix[binary.BigEndian.Uint64(found.id[:])>>1>>(63-n)+1] = uint32(i + 1)
			}
			lists[k] = b.in[k].numbersOf(d, next[k])
			next[k]++
			count += lists[k].n
		}
		starts[i] = at
		if w := bitWords(b.rows); count > uint32(w) {
			set := words[at : int(at)+w+1]
			set[w] = count
			for k := range b.in {
				if mask>>k&1 != 0 {
					lists[k].setBits(set, b.offsets[k])
				}
			}
			at += uint32(w) + 1
			continue
		}
		for k := range b.in {
			if mask>>k&1 != 0 {
				at += lists[k].copyTo(words[at:], b.offsets[k])
			}
		}
	}
	starts[len(keys)] = at
	for i := 1; i < len(radix); i++ {
		radix[i] = max(radix[i], radix[i-1])
	}
}

// setBits sets the bits of the numbers, moved by an offset that is a multiple of 32.
func (v *numbers) setBits(set []uint32, offset uint32) {
	if v.bits != nil {
		copy(set[offset/32:], v.bits)
		return
	}
	for i := range v.n {
		at := v.at(i) + offset
		set[at>>5] |= 1 << (at & 31)
	}
}

// copyTo writes the numbers, moved by an offset, and returns how many they are.
func (v *numbers) copyTo(words []uint32, offset uint32) (n uint32) {
	if v.bits == nil {
		for i := range v.n {
			words[i] = v.at(i) + offset
		}
		return v.n
	}
	for i, word := range v.bits {
		for ; word != 0; word &= word - 1 {
			words[n] = offset + uint32(i)*32 + uint32(bits.TrailingZeros32(word))
			n++
		}
	}
	return n
}
