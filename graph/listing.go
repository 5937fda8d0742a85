package graph

import (
	"iter"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Listing is a page of what is declared, by id. It names the tree size that it holds for.
type Listing struct {
	Entries  []*catalog.Entry
	More     bool // entries follow
	TreeSize uint64
	Catalog  *catalog.View // as of that size
	cursors  *cursors
}

// Cursor returns the cursor of the i-th entry of the page.
func (l *Listing) Cursor(i int) (string, error) {
	return l.cursors.write(position{l.TreeSize, l.Entries[i].ID})
}

// Organisations returns a page of the organisations that meet the criteria. PartOf may be an id, alias or name.
func (v *View) Organisations(want catalog.Criteria, pg Pagination) (*Listing, error) {
	return v.listing("organisations", want, pg, (*catalog.View).Organisations, func(now *catalog.View, c *catalog.Criteria) {
		settle(now, event.DeclareOrganisation, &c.PartOf)
	})
}

// Systems returns a page of the systems that meet the criteria. Operator, Vendor and PartOf may be ids, aliases or
// names.
func (v *View) Systems(want catalog.Criteria, pg Pagination) (*Listing, error) {
	return v.listing("systems", want, pg, (*catalog.View).Systems, func(now *catalog.View, c *catalog.Criteria) {
		settle(now, event.DeclareOrganisation, &c.Operator)
		settle(now, event.DeclareOrganisation, &c.Vendor)
		settle(now, event.DeclareSystem, &c.PartOf)
	})
}

// Agreements returns a page of the agreements.
func (v *View) Agreements(pg Pagination) (*Listing, error) {
	return v.listing("agreements", catalog.Criteria{}, pg, listOf(event.DeclareAgreement), func(*catalog.View, *catalog.Criteria) {})
}

// Purposes returns a page of the purposes that are declared.
func (v *View) Purposes(pg Pagination) (*Listing, error) {
	return v.listing("purposes", catalog.Criteria{}, pg, listOf(event.DeclarePurpose), func(*catalog.View, *catalog.Criteria) {})
}

// Keys returns a page of the keys of sources, whatever their state.
func (v *View) Keys(pg Pagination) (*Listing, error) {
	return v.listing("keys", catalog.Criteria{}, pg, listOf(event.DeclareKey), func(*catalog.View, *catalog.Criteria) {})
}

func listOf(t event.DeclarationType) func(*catalog.View, string, catalog.Criteria) iter.Seq[*catalog.Entry] {
	return func(v *catalog.View, after string, c catalog.Criteria) iter.Seq[*catalog.Entry] {
		return v.List(t, after, c)
	}
}

// settle puts the id in the place of an alias or name.
func settle(now *catalog.View, t event.DeclarationType, name *string) {
	if *name == "" {
		return
	}
	if e, ok := now.Find(t, *name); ok {
		*name = e.ID
	}
}

func (v *View) listing(list string, want catalog.Criteria, pg Pagination, entries func(*catalog.View, string, catalog.Criteria) iter.Seq[*catalog.Entry], resolve func(*catalog.View, *catalog.Criteria)) (*Listing, error) {
	if err := v.declares(); err != nil {
		return nil, err
	}
	cs, at, err := v.begin(list, want, index.Recorded, pg)
	if err != nil {
		return nil, err
	}
	out := &Listing{TreeSize: at.size, Catalog: v.scope(at.size).catalog, cursors: cs}
	resolve(out.Catalog, &want)
	for e := range entries(out.Catalog, at.last, want) {
		if len(out.Entries) == pg.First {
			out.More = true
			break
		}
		out.Entries = append(out.Entries, e)
	}
	v.reading.gave(len(out.Entries))
	return out, nil
}
