package index

import (
	"encoding/binary"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Setting is an interned statement of the circumstances of an entry that many have in common: who took part, see
// scope.go, which databases were searched, what the places say besides what the row names, and of a bulk entry the
// quantity. Zero says nothing of all that. A viewer's scope is a test of this number, not of names, and flows need no
// read of the log.
type Setting uint32

// setting is what is interned. In the dictionary it is numbers of names: organisation and country of from, then of to;
// the quantity; the databases, preceded by how many; the parties. The latter two ascend.
type setting struct {
	from, to           aside
	quantity           Name
	databases, parties []Name
}

// aside is what a place says besides its system or organisation, which is in the row.
type aside struct {
	organisation Name // of a place that names a system, too
	country      Name
}

// setting names a setting.
func (b nameBuffer) setting(s *setting) nameBuffer {
	b = append(b[:0], byte(dimSetting))
	for _, n := range [...]Name{s.from.organisation, s.from.country, s.to.organisation, s.to.country, s.quantity, Name(len(s.databases))} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, n := range s.databases {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, n := range s.parties {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// internSetting returns the number of a setting, whose sets it sorts.
func (x *Index) internSetting(s *setting) Setting {
	s.databases, s.parties = sorted(s.databases), sorted(s.parties)
	if s.from == (aside{}) && s.to == (aside{}) && s.quantity == 0 && len(s.databases) == 0 && len(s.parties) == 0 {
		return 0
	}
	x.name = x.name.setting(s)
	return Setting(x.names.add(x.name))
}

// sorted makes a set of names: ascending, without zeros and repeats.
func sorted(names []Name) []Name {
	names = slices.DeleteFunc(names, func(n Name) bool { return n == 0 })
	slices.Sort(names)
	return slices.Compact(names)
}

// setting undoes internSetting.
func (x *Index) setting(n Setting) (s setting) {
	if n == 0 {
		return s
	}
	name := x.names.name(uint32(n))[1:]
	next := func() Name {
		v, w := binary.Uvarint(name)
		if w <= 0 {
			name = nil
			return 0
		}
		name = name[w:]
		return Name(v)
	}
	s.from, s.to = aside{next(), next()}, aside{next(), next()}
	s.quantity = next()
	for n := next(); n > 0 && len(name) > 0; n-- {
		s.databases = append(s.databases, next())
	}
	for len(name) > 0 {
		s.parties = append(s.parties, next())
	}
	return s
}

// Members returns the names of the organisations and systems that took part, ascending by number.
func (x *Index) Members(s Setting) []Name { return x.setting(s).parties }

// Databases returns the names of the databases searched, ascending by number.
func (x *Index) Databases(s Setting) []Name { return x.setting(s).databases }

// Places returns from and to of an entry, but for the class.
func (x *Index) Places(r *Row) (from, to event.Place) {
	s := x.setting(r.Setting)
	return x.place(r.From, s.from), x.place(r.To, s.to)
}

func (x *Index) place(n Name, a aside) (p event.Place) {
	if x.System(n) {
		p.System, p.Organisation = x.Name(n), x.Name(a.organisation)
	} else {
		p.Organisation = x.Name(n)
	}
	p.Country = x.Name(a.country)
	return p
}

// Quantity returns the quantity of a bulk entry, nil where it states none.
func (x *Index) Quantity(s Setting) *event.Quantity {
	n := x.setting(s).quantity
	if n == 0 {
		return nil
	}
	return parseQuantity(x.names.name(uint32(n)))
}

// quantity names a quantity: the amount, one where the bound is exclusive, the bound's length and text, the unit.
func (b nameBuffer) quantity(q *event.Quantity) nameBuffer {
	b = append(b[:0], byte(dimQuantity))
	b = binary.AppendVarint(b, q.Amount)
	exclusive := byte(0)
	if q.Exclusive {
		exclusive = 1
	}
	b = binary.AppendUvarint(append(b, exclusive), uint64(len(q.Bound)))
	return append(append(b, q.Bound...), q.Unit...)
}

// parseQuantity undoes quantity.
func parseQuantity(name []byte) *event.Quantity {
	q := &event.Quantity{}
	amount, w := binary.Varint(name[1:])
	name = name[1+w:]
	q.Amount, q.Exclusive = amount, name[0] == 1
	n, w := binary.Uvarint(name[1:])
	name = name[1+w:]
	q.Bound, q.Unit = event.Bound(name[:n]), string(name[n:])
	return q
}

// quantity interns a quantity.
func (x *Index) quantity(q *event.Quantity) Name {
	x.name = x.name.quantity(q)
	return Name(x.names.add(x.name))
}
