package catalog

import (
	"iter"
	"slices"
	"strings"

	memdb "github.com/hashicorp/go-memdb"

	"github.com/lichtspur/lichtspur/graph/event"
)

// View is the catalog as of a tree size. It never changes and may be used by any goroutine.
type View struct {
	txn  *memdb.Txn
	size uint64
}

// stands reports whether a version is the one of the view's tree size.
func (v *View) stands(e *Entry) bool { return e.From < v.size && v.size <= e.Until }

func first[T any](txn *memdb.Txn, table, index string, k []byte) (out T) {
	row, err := txn.First(table, index, k)
	if err != nil {
		panic(err) // tables and indexes are this package's own
	}
	if row == nil {
		return out
	}
	return row.(T)
}

// rows yields the rows of a table whose key begins with a prefix, in order of key.
func rows[T any](txn *memdb.Txn, table, index string, prefix []byte) iter.Seq[T] {
	return func(yield func(T) bool) {
		it, err := txn.Get(table, index+"_prefix", prefix)
		if err != nil {
			panic(err)
		}
		for row := it.Next(); row != nil; row = it.Next() {
			if !yield(row.(T)) {
				return
			}
		}
	}
}

// Get finds an entry by its id.
func (v *View) Get(t event.DeclarationType, id string) (*Entry, bool) {
	for e := range rows[*Entry](v.txn, versions, "id", key(string(t), id)) {
		if v.stands(e) {
			return e, true
		}
	}
	return nil, false
}

// Find finds an entry by id, alias or name, in any case. Of several that claim a label the one declared first has it.
func (v *View) Find(t event.DeclarationType, name string) (*Entry, bool) {
	if e, ok := v.Get(t, name); ok {
		return e, true
	}
	if e, ok := v.Get(t, fold(name)); ok {
		return e, true
	}
	var found *Entry
	for l := range rows[*label](v.txn, labels, "id", key(string(t), fold(name))) {
		if e := first[*Entry](v.txn, versions, "id", versionKey(t, l.ID, l.From)); e != nil && v.stands(e) {
			if found == nil || e.First < found.First {
				found = e
			}
		}
	}
	return found, found != nil
}

// Organisation finds an organisation by id, alias or name, in any case.
func (v *View) Organisation(name string) (*Entry, bool) {
	return v.Find(event.DeclareOrganisation, name)
}

// System finds a system by id, alias or name, in any case.
func (v *View) System(name string) (*Entry, bool) { return v.Find(event.DeclareSystem, name) }

// Source finds a source by its id.
func (v *View) Source(id string) (*Entry, bool) { return v.Get(event.DeclareSource, id) }

// Known reports whether something of this type is declared under this id or an alias.
func (v *View) Known(t event.DeclarationType, name string) bool {
	_, ok := v.Find(t, name)
	return ok
}

// Synonyms returns the id and all aliases of an entry that events may name it by, the id first. A name that nothing is
// declared under stands for itself.
func (v *View) Synonyms(t event.DeclarationType, name string) []string {
	e, ok := v.Find(t, name)
	if !ok {
		return []string{name}
	}
	return append([]string{e.ID}, slices.DeleteFunc(slices.Clone(e.Aliases), func(a string) bool { return a == e.ID })...)
}

// Within returns the ids of a system (or organisation) and of everything that is, at any depth, part of it.
func (v *View) Within(t event.DeclarationType, id string) []string {
	out := []string{id}
	for i := 0; i < len(out); i++ {
		for part := range v.Parts(t, out[i]) {
			if !slices.Contains(out, part.ID) { // parts may be declared in a circle
				out = append(out, part.ID)
			}
		}
	}
	return out
}

// Parts lists what is directly part of a system or organisation, by id.
func (v *View) Parts(t event.DeclarationType, id string) iter.Seq[*Entry] {
	return v.standing(rows[*Entry](v.txn, versions, "part", key(string(t), id)))
}

func (v *View) standing(in iter.Seq[*Entry]) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for e := range in {
			if v.stands(e) && !yield(e) {
				return
			}
		}
	}
}

// Criteria narrow a listing; their zero values do not.
type Criteria struct {
	Country  string               // of organisations
	Class    event.RecipientClass // of organisations
	Operator string               // of systems
	Vendor   string               // of systems
	Type     string               // of systems
	PartOf   string               // of organisations and systems
	Flagged  *bool                // of organisations and systems
	Text     string               // part of the id, a name or an alias, in any case
}

func (c Criteria) match(e *Entry) bool {
	var o event.OrganisationDeclaration
	var s event.SystemDeclaration
	if e.Organisation != nil {
		o = *e.Organisation
	}
	if e.System != nil {
		s = *e.System
	}
	is := func(want, have string) bool { return want == "" || want == have }
	return is(c.Country, o.Country) && is(string(c.Class), string(o.Class)) && is(c.Operator, s.Operator) && is(c.Vendor, s.Vendor) &&
		is(c.Type, s.Type) && is(c.PartOf, e.partOf()) && (c.Flagged == nil || *c.Flagged == e.flagged()) && c.says(e)
}

func (c Criteria) says(e *Entry) bool {
	if c.Text == "" {
		return true
	}
	part := fold(c.Text)
	return slices.ContainsFunc(append(e.texts(), e.ID), func(s string) bool { return strings.Contains(fold(s), part) })
}

// Organisations lists organisations by id, those after the given id.
func (v *View) Organisations(after string, c Criteria) iter.Seq[*Entry] {
	return v.List(event.DeclareOrganisation, after, c)
}

// Systems lists systems by id, those after the given id.
func (v *View) Systems(after string, c Criteria) iter.Seq[*Entry] {
	return v.List(event.DeclareSystem, after, c)
}

// List lists entries of a type by id, those after the given id.
func (v *View) List(t event.DeclarationType, after string, c Criteria) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		it, err := v.txn.LowerBound(versions, "id", key(string(t), after))
		if err != nil {
			panic(err)
		}
		for row := it.Next(); row != nil; row = it.Next() {
			e := row.(*Entry)
			if e.Type != t {
				return
			}
			if e.ID > after && v.stands(e) && c.match(e) && !yield(e) {
				return
			}
		}
	}
}

// Collision is a label that several entries of one type claim.
type Collision struct {
	Type  event.DeclarationType
	Label string
	IDs   []string // the first is the one it resolves to
}

// Collisions lists the labels that several entries claim, by type and label. A label that is another entry's id counts:
// ids come first.
func (v *View) Collisions() []Collision {
	var out []Collision
	var claims []*Entry
	var at label
	flush := func() {
		if _, ok := v.Get(at.Type, at.Text); ok && len(claims) > 0 {
			if e, _ := v.Get(at.Type, at.Text); !slices.Contains(claims, e) {
				claims = append(claims, e)
			}
		}
		if len(claims) > 1 {
			slices.SortFunc(claims, func(a, b *Entry) int {
				switch {
				case a.ID == at.Text:
					return -1
				case b.ID == at.Text:
					return 1
				case a.First < b.First:
					return -1
				}
				return 1
			})
			c := Collision{Type: at.Type, Label: at.Text}
			for _, e := range claims {
				c.IDs = append(c.IDs, e.ID)
			}
			out = append(out, c)
		}
		claims = nil
	}
	for l := range rows[*label](v.txn, labels, "id", nil) {
		if l.Type != at.Type || l.Text != at.Text {
			flush()
			at = *l
		}
		if e := first[*Entry](v.txn, versions, "id", versionKey(l.Type, l.ID, l.From)); e != nil && v.stands(e) && !slices.Contains(claims, e) {
			claims = append(claims, e)
		}
	}
	flush()
	return out
}
