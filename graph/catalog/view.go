package catalog

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/go-memdb"

	"github.com/lichtspur/lichtspur/graph/event"
)

// View is the catalog as of a tree size. It never changes and may be used by any goroutine.
type View struct {
	txn  *memdb.Txn
	size uint64
}

// Entry is one thing declared, as it stands in a view. The part that its type needs is there. It belongs to the
// catalog and must not be changed.
type Entry struct {
	event.Declaration
	Index      uint64          // of the entry of the log that declares it so
	Entry      event.Pseudonym // id of that entry
	Source     string          // who handed that entry in
	Exercise   bool
	Visibility *event.Visibility // who may see it; nil: everybody
	First      uint64            // index of the first declaration of this id
	From       uint64            // it stands so for tree sizes above this …
	until      uint64            // … and up to this; not to be seen, as a view knows nothing of later entries
}

// standing is the end of what still stands.
const standing = ^uint64(0)

// stands reports whether something that lasts from one entry to another is seen at a tree size.
func (v *View) stands(from, until uint64) bool { return from < v.size && v.size <= until }

// Get finds an entry by its id.
func (v *View) Get(t event.DeclarationType, id string) (*Entry, bool) {
	if tables[t] == "" || v.size == 0 {
		return nil, false
	}
	// The last version that begins below the size; versions do not overlap.
	it := must(v.txn.ReverseLowerBound(tables[t], indexID, versionKey(id, v.size-1)))
	e, ok := it.Next().(*Entry)
	if !ok || e.ID != id || !v.stands(e.From, e.until) {
		return nil, false
	}
	return e, true
}

// Organisation finds an organisation by id, alias or name, in any case.
func (v *View) Organisation(name string) (*Entry, bool) {
	return v.Find(event.DeclareOrganisation, name)
}

// System finds a system by id, alias or name, in any case.
func (v *View) System(name string) (*Entry, bool) { return v.Find(event.DeclareSystem, name) }

// Source finds a source by its id.
func (v *View) Source(id string) (*Entry, bool) { return v.Get(event.DeclareSource, id) }

// Criteria narrow a listing; their zero values do not. An entry without the part that a criterion looks at does not
// meet it.
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

func (c *Criteria) match(e *Entry) bool {
	var o event.OrganisationDeclaration
	if e.Organisation != nil {
		o = *e.Organisation
	}
	var s event.SystemDeclaration
	if e.System != nil {
		s = *e.System
	}
	is := func(want, have string) bool { return want == "" || want == have }
	return is(c.Country, o.Country) && is(string(c.Class), string(o.Class)) &&
		is(c.Operator, s.Operator) && is(c.Vendor, s.Vendor) && is(c.Type, s.Type) &&
		is(c.PartOf, cmp.Or(o.PartOf, s.PartOf)) &&
		(c.Flagged == nil || *c.Flagged == flagged(&e.Declaration)) &&
		(c.Text == "" || slices.ContainsFunc(labels(&e.Declaration), func(l string) bool {
			return strings.Contains(l, Fold(c.Text))
		}))
}

// Organisations lists organisations by id, those after the given id.
func (v *View) Organisations(after string, c Criteria) iter.Seq[*Entry] {
	return v.List(event.DeclareOrganisation, after, c)
}

// Systems lists systems by id, those after the given id.
func (v *View) Systems(after string, c Criteria) iter.Seq[*Entry] {
	return v.List(event.DeclareSystem, after, c)
}

// List lists entries of a type by id, bytewise, those after the given id.
func (v *View) List(t event.DeclarationType, after string, c Criteria) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		if tables[t] == "" {
			return
		}
		// A one sorts behind all versions of the id and before every id that begins with it.
		start := ""
		if after != "" {
			start = after + "\x01"
		}
		for e := range v.entries(must(v.txn.LowerBound(tables[t], indexID, start))) {
			if c.match(e) && !yield(e) {
				return
			}
		}
	}
}

// Parts lists what is directly part of a system or organisation, by id.
func (v *View) Parts(t event.DeclarationType, id string) iter.Seq[*Entry] {
	return v.group(t, partsOf, v.Synonyms(t, id))
}

// Operated lists the systems that an organisation operates, by id.
func (v *View) Operated(organisation string) iter.Seq[*Entry] {
	return v.group(event.DeclareSystem, operatedBy, v.Synonyms(event.DeclareOrganisation, organisation))
}

// Within returns the ids of a system or organisation and of everything that is, at any depth, part of it, each with
// its [View.Synonyms]. A circle of parts ends where it began.
func (v *View) Within(t event.DeclarationType, id string) []string {
	var all []string
	seen := map[string]bool{}
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		names := v.Synonyms(t, queue[0])
		if seen[names[0]] {
			continue
		}
		seen[names[0]] = true
		all = append(all, names...)
		for e := range v.Parts(t, names[0]) {
			queue = append(queue, e.ID)
		}
	}
	return all
}

// group lists the members of some groups, by id.
func (v *View) group(t event.DeclarationType, group string, of []string) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		if tables[t] == "" {
			return
		}
		var all []*Entry
		for _, one := range of {
			all = slices.AppendSeq(all, v.entries(must(v.txn.Get(tables[t], indexGroup+"_prefix", groupKey(group, one)))))
		}
		slices.SortStableFunc(all, func(a, b *Entry) int { return cmp.Compare(a.ID, b.ID) })
		for _, e := range all {
			if !yield(e) {
				return
			}
		}
	}
}

// entries yields those that stand.
func (v *View) entries(it memdb.ResultIterator) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for raw := it.Next(); raw != nil; raw = it.Next() {
			if e := raw.(*Entry); v.stands(e.From, e.until) && !yield(e) {
				return
			}
		}
	}
}

// labels yields the labels that stand under keys with this beginning, those with the best claim first.
func (v *View) labels(prefix string) iter.Seq[*label] {
	return func(yield func(*label) bool) {
		it := must(v.txn.Get(labelTable, indexID+"_prefix", prefix))
		for raw := it.Next(); raw != nil; raw = it.Next() {
			if l := raw.(*label); v.stands(l.from, l.until) && !yield(l) {
				return
			}
		}
	}
}
