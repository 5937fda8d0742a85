package catalog

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Fold brings a name into the form in which names are compared: compatible forms of Unicode are one (NFKC), case is
// folded (so "Straße" is "STRASSE"), white space at the ends falls away and is one space within.
func Fold(name string) string {
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			name = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
			break
		}
	}
	name = strings.ReplaceAll(strings.ToLower(name), "\x00", " ")
	return strings.Join(strings.Fields(name), " ")
}

// labels returns the folded names of a declaration: its id first, then each other once.
func labels(d *event.Declaration) []string {
	all := []string{Fold(d.ID)}
	for _, name := range append([]string{d.Name.EN, d.Name.DE}, d.Aliases...) {
		if l := Fold(name); l != "" && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// Find finds an entry by id, alias or name, in any case.
func (v *View) Find(t event.DeclarationType, name string) (*Entry, bool) {
	if e, ok := v.Get(t, name); ok {
		return e, true
	}
	folded := Fold(name)
	if tables[t] == "" || folded == "" {
		return nil, false
	}
	for l := range v.labels(labelKey(t, folded)) {
		return v.Get(t, l.id)
	}
	return nil, false
}

// Known reports whether something of this type is declared under this id, name or alias.
func (v *View) Known(t event.DeclarationType, name string) bool {
	_, ok := v.Find(t, name)
	return ok
}

// Synonyms returns the id of an entry and all its names and aliases that are slugs once folded, which is how events
// may have named it; the id first. Of an undeclared name it returns the name alone, so it never returns an empty list.
func (v *View) Synonyms(t event.DeclarationType, name string) []string {
	e, ok := v.Find(t, name)
	if !ok {
		return []string{name}
	}
	all := []string{e.ID}
	for _, l := range labels(&e.Declaration)[1:] {
		if !event.ValidSlug(l) {
			continue
		}
		if owner, ok := v.Find(t, l); ok && owner.ID == e.ID && l != e.ID {
			all = append(all, l)
		}
	}
	return all
}

// Collision is a name that several entries of one type claim.
type Collision struct {
	Type  event.DeclarationType
	Label string   // folded
	IDs   []string // the first is the one it belongs to
}

// Collisions lists the names that several entries claim, by type and name.
func (v *View) Collisions() (all []Collision) {
	var last Collision
	end := func() {
		if len(last.IDs) > 1 {
			all = append(all, last)
		}
	}
	for l := range v.labels("") {
		if l.kind != last.Type || l.label != last.Label {
			end()
			last = Collision{Type: l.kind, Label: l.label}
		}
		if !slices.Contains(last.IDs, l.id) {
			last.IDs = append(last.IDs, l.id)
		}
	}
	end()
	return all
}
