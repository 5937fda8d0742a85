// Package catalog is what the log declares: organisations, systems, sources and their keys, agreements, purposes,
// retention rules, documents and collections.
//
// It is a pure fold over DECLARE and CORRECT entries, held in go-memdb with its history: [Catalog.AsOf] answers as of any
// tree size. Who may change what: a declaration of the operator (source "log") supersedes any earlier one of the same
// type and id; one of another source supersedes only what that source declared itself; one that is flagged, because a
// source introduced it, never supersedes one that is not. A CORRECT that supersedes a DECLARE of the same source and
// carries a declaration of the same type and id replaces it; one that carries none withdraws it.
package catalog

import (
	memdb "github.com/hashicorp/go-memdb"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Operator is the source of the operator's own declarations.
const Operator = "log"

// Standing is the end of what still stands.
const Standing = ^uint64(0)

// Catalog is a fold over the DECLARE and CORRECT entries of a log.
type Catalog struct{ db *memdb.MemDB }

// Entry is one thing declared, as it stands in a view.
type Entry struct {
	event.Declaration
	Index      uint64          // of the entry that declares it so
	Entry      event.Pseudonym // id of that entry
	Source     string          // who handed that entry in
	Exercise   bool
	Visibility *event.Visibility // who may see it; nil: everybody
	First      uint64            // index of the first declaration of this id
	From       uint64            // it stands so for tree sizes above this …
	Until      uint64            // … and up to this, [Standing] where nothing has superseded it
}

// New returns the catalog of an empty log.
func New() *Catalog {
	db, err := memdb.NewMemDB(schema)
	if err != nil {
		panic(err) // the schema is a constant of this package
	}
	return &Catalog{db}
}

// Apply folds in one entry; entries come in order of their index, of other kinds than DECLARE and CORRECT may be
// left out. It is called by one goroutine at a time.
func (c *Catalog) Apply(index uint64, sk *event.Skeleton) {
	if sk.Kind != event.KindDeclare && sk.Kind != event.KindCorrect {
		return
	}
	txn := c.db.Txn(true)
	defer txn.Abort() // of no effect after Commit
	now := &View{txn: txn, size: Standing}
	if sk.Kind == event.KindCorrect {
		for _, r := range sk.Relates {
			if r.Relation != event.RelationSupersedes {
				continue
			}
			old := first[*Entry](txn, versions, "entry", r.Entry[:])
			if old == nil || old.Source != sk.Source || old.Until != Standing {
				continue
			}
			if d := sk.Declaration; d == nil {
				supersede(txn, old, index)
			} else if d.Type == old.Type && d.ID == old.ID {
				declare(txn, old, index, sk)
			}
		}
		txn.Commit()
		return
	}
	if sk.Declaration == nil {
		return
	}
	old, _ := now.Get(sk.Declaration.Type, sk.Declaration.ID)
	if old != nil && !mayReplace(old, sk) {
		return
	}
	declare(txn, old, index, sk)
	txn.Commit()
}

func mayReplace(old *Entry, sk *event.Skeleton) bool {
	next := Entry{Declaration: *sk.Declaration}
	if next.flagged() && !old.flagged() {
		return false
	}
	return sk.Source == Operator || sk.Source == old.Source
}

// declare makes a new version of what sk declares, superseding old where there is one.
func declare(txn *memdb.Txn, old *Entry, index uint64, sk *event.Skeleton) {
	e := &Entry{
		Declaration: *sk.Declaration, Index: index, Entry: sk.Entry, Source: sk.Source, Exercise: sk.Exercise,
		Visibility: sk.Visibility, First: index, From: index, Until: Standing,
	}
	if old != nil {
		e.First = old.First
		supersede(txn, old, index)
	}
	insert(txn, versions, e)
	for _, text := range e.texts() {
		insert(txn, labels, &label{e.Type, fold(text), e.ID, e.From})
	}
}

func supersede(txn *memdb.Txn, old *Entry, index uint64) {
	ended := *old
	ended.Until = index
	insert(txn, versions, &ended)
}

func insert(txn *memdb.Txn, table string, row any) {
	if err := txn.Insert(table, row); err != nil {
		panic(err) // rows and schema are this package's own
	}
}

// View returns the catalog as it is now.
func (c *Catalog) View() *View { return c.AsOf(Standing) }

// AsOf returns the catalog as of a tree size: what the entries below size declare.
func (c *Catalog) AsOf(size uint64) *View { return &View{txn: c.db.Txn(false), size: size} }

// Changed returns a channel that is closed when something of this type is declared, changed or withdrawn.
func (c *Catalog) Changed(t event.DeclarationType) <-chan struct{} {
	it, err := c.db.Txn(false).Get(versions, "id_prefix", key(string(t)))
	if err != nil {
		panic(err)
	}
	return it.WatchCh()
}
