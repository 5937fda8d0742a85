package graph

import "github.com/lichtspur/lichtspur/graph/event"

// Name is an organisation or a system that an event refers to.
type Name struct {
	ID string `json:"id"`
	// Type is ORGANISATION, SYSTEM, or "" where it may be either.
	Type event.DeclarationType `json:"type,omitzero"`
}

// NamesOf returns what an event refers to, each once.
func NamesOf(e *event.Event) []Name {
	var out []Name
	seen := map[Name]bool{}
	for _, n := range namesIn(e) {
		name := Name{ID: n.id, Type: event.DeclareOrganisation}
		switch {
		case n.either:
			name.Type = ""
		case n.system:
			name.Type = event.DeclareSystem
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// Undeclared returns which of some names are declared nowhere, as an event of the source that refers to them would find
// when it is handed in now, and whether the source may introduce such names. Nothing is recorded.
func (g *Graph) Undeclared(source string, names []Name) (unknown []Name, introduces bool, err error) {
	src, err := g.SourceOf(source)
	if err != nil {
		return nil, false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.references(source, src)
	for _, n := range names {
		if !r.known(named{id: n.ID, system: n.Type == event.DeclareSystem, either: n.Type == ""}) {
			unknown = append(unknown, n)
		}
	}
	return unknown, src.Introduces, nil
}
