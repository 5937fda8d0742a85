// Package catalog is what the log declares: organisations, systems, sources and their keys, agreements, purposes,
// retention rules, documents and collections. It is a pure fold over the DECLARE and CORRECT entries of the log: the
// same log gives the same catalog, and every earlier state can be asked for by tree size, see [Catalog.AsOf].
//
// # What stands
//
// A later declaration of the same type and id takes the place of an earlier one, with two exceptions. One that a
// source merely introduced (flagged) never takes the place of one that is not. And a key that was revoked stays
// revoked, from the earliest time that any standing declaration of it names: declaring it again does not revive it.
//
// A CORRECT that supersedes a declaration of the same source takes it back. If it brings a declaration, that one
// stands in its place; if it brings none, what was declared before it stands again, if anything. On another source's
// declaration a CORRECT has no effect here. Whether a source may declare something at all is decided at intake.
//
// # Names
//
// An entry is found by its id, its English and German name and its aliases, in any case. Where several entries of a
// type claim a name, it belongs to the one whose id it is, otherwise to the one declared first; the others are
// reported by [View.Collisions].
//
// # Who may see it
//
// A declaration may be limited to named organisations. [Catalog.Seen] is the catalog of a log without the declarations
// that somebody may not see: what they would have replaced stands there, and their names find nothing.
package catalog

import (
	"slices"
	"strings"

	"github.com/hashicorp/go-memdb"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Catalog is a fold over the DECLARE and CORRECT entries of a log. One goroutine applies; views are read by any
// number of others meanwhile.
type Catalog struct {
	db *memdb.MemDB

	// Of the goroutine that applies.
	history map[ref]*history
	byEntry map[event.Pseudonym]*statement

	told told // what was applied, for catalogs of those who may not see all of it
}

// ref names a catalog entry.
type ref struct {
	kind event.DeclarationType
	id   string
}

// history is all that was declared of one id, in order, what was taken back left out.
type history struct {
	first      uint64 // index of the first declaration of this id
	statements []*statement
	standing   *Entry // nil: nothing stands
}

// statement is one entry's declaration.
type statement struct {
	of    ref
	entry *Entry
}

// New returns the catalog of an empty log.
func New() *Catalog {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		panic("catalog: " + err.Error()) // the schema is a constant
	}
	return &Catalog{db: db, history: map[ref]*history{}, byEntry: map[event.Pseudonym]*statement{}}
}

// Apply folds in one entry; entries come in order of their index. Those of other kinds than DECLARE and CORRECT may
// be left out and have no effect. The catalog keeps the declaration, which must not be changed afterwards. It is
// called by one goroutine at a time.
func (c *Catalog) Apply(index uint64, sk *event.Skeleton) {
	if sk.Kind != event.KindDeclare && sk.Kind != event.KindCorrect {
		return
	}
	s := saying{
		index: index, kind: sk.Kind, entry: sk.Entry, source: sk.Source, exercise: sk.Exercise,
		relates: sk.Relates, declaration: sk.Declaration, visibility: sk.Visibility,
	}
	if c.apply(&s) {
		c.told.add(s)
	}
}

// apply folds in one entry and reports whether it may have an effect in a catalog that holds less than this one, too.
func (c *Catalog) apply(sk *saying) bool {
	index := sk.index
	var changed []ref
	var corrected *statement
	if sk.kind == event.KindCorrect {
		for _, r := range sk.relates {
			s := c.byEntry[r.Entry]
			if s == nil || r.Relation != event.RelationSupersedes || s.entry.Source != sk.source {
				continue
			}
			if corrected == nil {
				corrected = s
			}
			changed = append(changed, s.of)
		}
		if corrected == nil {
			return false
		}
	}

	var made *statement
	if d := sk.declaration; d != nil && declarable(d) {
		made = &statement{ref{d.Type, d.ID}, &Entry{
			Declaration: *d, Index: index, Entry: sk.entry, Source: sk.source, Exercise: sk.exercise,
			Visibility: sk.visibility, From: index, until: standing,
		}}
		changed = append(changed, made.of)
		c.state(made, corrected, index)
	}
	for _, r := range sk.relates {
		if s := c.byEntry[r.Entry]; sk.kind == event.KindCorrect && s != nil && s != made &&
			r.Relation == event.RelationSupersedes && s.entry.Source == sk.source {
			c.takeBack(s)
		}
	}

	txn := c.db.Txn(true)
	for i, of := range changed {
		if !slices.Contains(changed[:i], of) {
			c.settle(txn, c.history[of], index)
		}
	}
	txn.Commit()
	return true
}

// declarable reports whether the catalog has a table for it and the part that the type needs is there, so that
// those who read need not look.
func declarable(d *event.Declaration) bool {
	if d.ID == "" || strings.ContainsRune(d.ID, 0) {
		return false
	}
	switch d.Type {
	case event.DeclareOrganisation:
		return d.Organisation != nil
	case event.DeclareSystem:
		return d.System != nil
	case event.DeclareSource:
		return d.Source != nil
	case event.DeclareKey:
		return d.Key != nil
	}
	return tables[d.Type] != ""
}

// state adds a statement to the history of its id: in the place of the one that it corrects, at the end otherwise.
func (c *Catalog) state(s, corrected *statement, index uint64) {
	h := c.history[s.of]
	if h == nil {
		h = &history{first: index}
		c.history[s.of] = h
	}
	at := len(h.statements)
	if corrected != nil && corrected.of == s.of {
		if i := slices.Index(h.statements, corrected); i >= 0 {
			at = i + 1
		}
	}
	h.statements = slices.Insert(h.statements, at, s)
	if !s.entry.Entry.IsZero() {
		c.byEntry[s.entry.Entry] = s
	}
}

func (c *Catalog) takeBack(s *statement) {
	h := c.history[s.of]
	if i := slices.Index(h.statements, s); i >= 0 {
		h.statements = slices.Delete(h.statements, i, i+1)
	}
}

// settle works out what stands of an id from tree size index+1 on and writes it down where it has changed.
func (c *Catalog) settle(txn *memdb.Txn, h *history, index uint64) {
	var top *Entry
	for _, s := range h.statements {
		if top == nil || !flagged(&s.entry.Declaration) || flagged(&top.Declaration) {
			top = s.entry
		}
	}
	revoked := h.revoked()
	if top != nil && h.standing != nil && top.Index == h.standing.Index &&
		(top.Key == nil || h.standing.Key.Revoked == revoked.Revoked && h.standing.Key.Reason == revoked.Reason) {
		return
	}
	if h.standing != nil {
		ended := *h.standing
		ended.until = index
		put(txn, &ended)
		h.standing = nil
	}
	if top != nil {
		next := *top
		next.First, next.From = h.first, index
		if next.Key != nil {
			key := *next.Key
			key.Revoked, key.Reason = revoked.Revoked, revoked.Reason
			next.Key = &key
		}
		put(txn, &next)
		h.standing = &next
	}
}

// revoked returns the statement that revokes a key from the earliest time, an empty one where none does.
func (h *history) revoked() (by event.KeyDeclaration) {
	for _, s := range h.statements {
		if k := s.entry.Key; k != nil && !k.Revoked.IsZero() && (by.Revoked.IsZero() || k.Revoked.Earliest < by.Revoked.Earliest) {
			by = *k
		}
	}
	return by
}

// flagged reports whether a source introduced it and the operator has not confirmed it.
func flagged(d *event.Declaration) bool {
	return d.Organisation != nil && d.Organisation.Flagged || d.System != nil && d.System.Flagged
}

// View returns the catalog as it is now.
func (c *Catalog) View() *View { return c.AsOf(standing) }

// AsOf returns the catalog as of a tree size: what the entries below size declare. Where size is more than was
// applied it is the catalog as it is now.
func (c *Catalog) AsOf(size uint64) *View { return &View{c.db.Txn(false), size} }

// Changed returns a channel that is closed when something of this type is next declared, changed or taken back. A
// type without a table never changes: the channel is nil.
func (c *Catalog) Changed(t event.DeclarationType) <-chan struct{} {
	if tables[t] == "" {
		return nil
	}
	return must(c.db.Txn(false).Get(tables[t], indexID+"_prefix", "")).WatchCh()
}
