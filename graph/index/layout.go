package index

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// The fields of a packed row, in their order.
const (
	fieldEarliest = iota // of rows not placed in time zero
	fieldLength          // number of the length of the occurred interval
	fieldRecorded
	fieldFrom
	fieldTo
	fieldRequester
	fieldSource
	fieldPurpose
	fieldActor
	fieldBasis
	fieldSetting
	fieldOrigin
	fieldKind
	fieldPrecision
	fieldFlags
	fields
)

// layout says how the rows of a block are packed: each field is a number of width bytes at an offset, times unit, on
// top of base. The widths are those that the block needs, which makes a row about half as long as in memory.
type layout struct {
	fields [fields]packed
	size   int // bytes of a row
}

type packed struct {
	base, unit    uint64
	offset, width uint8
	mask          uint64
}

// settle works out what follows from the fields.
func (l *layout) settle() {
	l.size = 0
	for i := range l.fields {
		f := &l.fields[i]
		f.mask = 1<<(8*f.width) - 1
		if f.width == 8 {
			f.mask = ^uint64(0)
		}
		l.size = max(l.size, int(f.offset)+int(f.width))
	}
}

// get reads a field of a row; eight bytes follow its beginning, whatever its width.
func (f *packed) get(b []byte) uint64 {
	return f.base + f.unit*(binary.LittleEndian.Uint64(b[f.offset:])&f.mask)
}

// put writes a field into zeros.
func (f *packed) put(b []byte, v uint64) {
	v = (v - f.base) / f.unit
	for i := range f.width {
		b[f.offset+i] = byte(v >> (8 * i))
	}
}

// survey looks at all rows of a block to find their layout.
type survey struct {
	earliest, recorded gamut
	most               [fields]uint64
	lengths            map[uint64]uint32
}

// gamut is what values of a time there are.
type gamut struct {
	some            bool
	first, min, max int64
	unit            int64 // a power of a thousand that divides all distances
}

func (g *gamut) take(v int64) {
	if !g.some {
		*g = gamut{true, v, v, v, 1e9}
	}
	g.min, g.max = min(g.min, v), max(g.max, v)
	for g.unit > 1 && remainder(v, g.unit) != remainder(g.first, g.unit) {
		g.unit /= 1000
	}
}

func remainder(v, unit int64) int64 {
	if v %= unit; v < 0 {
		v += unit
	}
	return v
}

func (g *gamut) packed() (f packed) {
	if !g.some {
		return packed{unit: 1}
	}
	f.base, f.unit = uint64(g.min), uint64(g.unit)
	f.width = widthOf((uint64(g.max) - uint64(g.min)) / f.unit)
	return f
}

func widthOf(most uint64) uint8 { return uint8((bits.Len64(most) + 7) / 8) }

// take looks at a row.
func (s *survey) take(r *Row) {
	if r.Precision != event.Unplaced {
		s.earliest.take(r.Earliest)
		if length := uint64(r.Latest) - uint64(r.Earliest); length != 0 {
			s.lengths[length] = 0
		}
	}
	s.recorded.take(r.Recorded)
	for i, v := range [...]uint64{uint64(r.From), uint64(r.To), uint64(r.Requester), uint64(r.Source), uint64(r.Purpose),
		uint64(r.Actor), uint64(r.Basis), uint64(r.Setting), uint64(r.Origin), uint64(r.Kind), uint64(r.Precision), uint64(r.Flags)} {
		s.most[fieldFrom+i] |= v
	}
}

// layout returns the layout found and the lengths, ascending; zero is always among them.
func (s *survey) layout() (l layout, lengths []uint64) {
	s.lengths[0] = 0
	for length := range s.lengths {
		lengths = append(lengths, length)
	}
	slices.Sort(lengths)
	for i, length := range lengths {
		s.lengths[length] = uint32(i)
	}
	l.fields[fieldEarliest], l.fields[fieldRecorded] = s.earliest.packed(), s.recorded.packed()
	s.most[fieldLength] = uint64(len(lengths) - 1)
	offset := uint8(0)
	for i := range l.fields {
		f := &l.fields[i]
		if i != fieldEarliest && i != fieldRecorded {
			*f = packed{unit: 1, width: widthOf(s.most[i])}
		}
		f.offset = offset
		offset += f.width
	}
	l.settle()
	return l, lengths
}

// put packs a row into zeros.
func (l *layout) put(b []byte, r *Row, lengths map[uint64]uint32) {
	if r.Precision != event.Unplaced {
		l.fields[fieldEarliest].put(b, uint64(r.Earliest))
		l.fields[fieldLength].put(b, uint64(lengths[uint64(r.Latest)-uint64(r.Earliest)]))
	}
	l.fields[fieldRecorded].put(b, uint64(r.Recorded))
	for i, v := range [...]uint64{uint64(r.From), uint64(r.To), uint64(r.Requester), uint64(r.Source), uint64(r.Purpose),
		uint64(r.Actor), uint64(r.Basis), uint64(r.Setting), uint64(r.Origin), uint64(r.Kind), uint64(r.Precision), uint64(r.Flags)} {
		l.fields[fieldFrom+i].put(b, v)
	}
}

// get unpacks a row.
func (l *layout) get(b []byte, r *Row, lengths []uint64) {
	f := &l.fields
	r.Precision = event.Precision(f[fieldPrecision].get(b))
	r.Earliest, r.Latest = 0, 0
	if r.Precision != event.Unplaced {
		r.Earliest = int64(f[fieldEarliest].get(b))
		r.Latest = r.Earliest
		if n := f[fieldLength].get(b); n < uint64(len(lengths)) {
			r.Latest = int64(uint64(r.Earliest) + lengths[n])
		}
	}
	r.Recorded = int64(f[fieldRecorded].get(b))
	r.From, r.To = Name(f[fieldFrom].get(b)), Name(f[fieldTo].get(b))
	r.Requester, r.Source = Name(f[fieldRequester].get(b)), Name(f[fieldSource].get(b))
	r.Purpose, r.Actor = Name(f[fieldPurpose].get(b)), Name(f[fieldActor].get(b))
	r.Basis, r.Setting = Name(f[fieldBasis].get(b)), Setting(f[fieldSetting].get(b))
	r.Origin = Name(f[fieldOrigin].get(b))
	r.Kind, r.Flags = KindCode(f[fieldKind].get(b)), Flags(f[fieldFlags].get(b))
}
