package schema

import (
	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
)

type organisationRow struct {
	ID       graphql.ID
	Name     *text
	Aliases  []string
	Class    *string
	Country  *string
	PartOf   *graphql.ID
	Declared bool
	Flagged  bool
	Exercise bool
	Entry    *graphql.ID
}

type systemRow struct {
	ID       graphql.ID
	Name     *text
	Aliases  []string
	Type     *string
	Operator *organisationRow
	Vendor   *graphql.ID
	PartOf   *graphql.ID
	Parts    []graphql.ID
	Declared bool
	Flagged  bool
	Exercise bool
	Entry    *graphql.ID
}

// names looks up what ids stand for in one state of the catalog, each once a request.
type names struct {
	catalog       *catalog.View
	organisations map[string]*organisationRow
	systems       map[string]*systemRow
}

func newNames(c *catalog.View) *names {
	return &names{c, map[string]*organisationRow{}, map[string]*systemRow{}}
}

// organisation returns the row of an id, nil for none. What is not declared is said to be so.
func (n *names) organisation(id string) *organisationRow {
	if id == "" {
		return nil
	}
	if row, ok := n.organisations[id]; ok {
		return row
	}
	row := &organisationRow{ID: graphql.ID(id), Aliases: []string{}}
	if e, ok := n.catalog.Get(event.DeclareOrganisation, id); ok {
		row = organisationOf(e)
	}
	n.organisations[id] = row
	return row
}

// namedOrganisation returns the row of an id where the schema promises one. What a source sealed may leave it empty.
func (n *names) namedOrganisation(id string) organisationRow {
	if row := n.organisation(id); row != nil {
		return *row
	}
	return organisationRow{Aliases: []string{}}
}

func organisationOf(e *catalog.Entry) *organisationRow {
	o := e.Organisation
	return &organisationRow{
		ID: graphql.ID(e.ID), Name: wording(e.Name), Aliases: list(e.Aliases), Class: opt(string(o.Class)), Country: opt(o.Country),
		PartOf: opt(graphql.ID(o.PartOf)), Declared: true, Flagged: o.Flagged, Exercise: e.Exercise, Entry: entryOf(e),
	}
}

// entryOf answers the id of the entry that declares something.
func entryOf(e *catalog.Entry) *graphql.ID {
	id := graphql.ID(e.Entry.String())
	return &id
}

// system returns the row of an id, nil for none.
func (n *names) system(id string) *systemRow {
	if id == "" {
		return nil
	}
	if row, ok := n.systems[id]; ok {
		return row
	}
	row := &systemRow{ID: graphql.ID(id), Aliases: []string{}, Parts: []graphql.ID{}}
	if e, ok := n.catalog.Get(event.DeclareSystem, id); ok {
		row = n.systemOf(e)
	}
	n.systems[id] = row
	return row
}

// namedSystem returns the row of an id where the schema promises one.
func (n *names) namedSystem(id string) systemRow {
	if row := n.system(id); row != nil {
		return *row
	}
	return systemRow{Aliases: []string{}, Parts: []graphql.ID{}}
}

func (n *names) systemOf(e *catalog.Entry) *systemRow {
	s := e.System
	row := &systemRow{
		ID: graphql.ID(e.ID), Name: wording(e.Name), Aliases: list(e.Aliases), Type: opt(s.Type), Operator: n.organisation(s.Operator),
		Vendor: opt(graphql.ID(s.Vendor)), PartOf: opt(graphql.ID(s.PartOf)), Parts: []graphql.ID{}, Declared: true, Flagged: s.Flagged, Exercise: e.Exercise, Entry: entryOf(e),
	}
	for part := range n.catalog.Parts(event.DeclareSystem, e.ID) {
		row.Parts = append(row.Parts, graphql.ID(part.ID))
	}
	return row
}

func (n *names) document(id string) *documentRow {
	e, ok := n.catalog.Get(event.DeclareDocument, id)
	if !ok {
		return nil
	}
	row := &documentRow{ID: graphql.ID(id), Name: wording(e.Name)}
	if d := e.Document; d != nil {
		row.Publisher, row.Published, row.Reference = opt(d.Publisher), period(d.Published), opt(d.Reference)
	}
	return row
}
