package catalog

import (
	"encoding/binary"
	"fmt"

	"github.com/hashicorp/go-memdb"

	"github.com/lichtspur/lichtspur/graph/event"
)

// The database keeps versions: each row says how an entry stood between two tree sizes, and a row that has ended is
// kept. A view finds the one that stands at its size. All types have the same indexes:
//
//	id      id 00 from           rows of an entry in order of time; entries in order of id
//	group   what 00 of 00 …      parts of a system, systems of an operator, keys of a source; … is the id index
//
// and one table has the names by which entries are found:
//
//	label   type 00 label 00 rank first id 00 from
//
// Numbers are eight bytes big-endian, so that they sort. Neither ids nor labels contain a zero byte.

const (
	indexID    = "id" // memdb wants the primary index called so
	indexGroup = "group"
	labelTable = "label"
)

// tables names the table of each type.
var tables = map[event.DeclarationType]string{
	event.DeclareOrganisation: "organisation",
	event.DeclareSystem:       "system",
	event.DeclareSource:       "source",
	event.DeclareKey:          "key",
	event.DeclareAgreement:    "agreement",
	event.DeclarePurpose:      "purpose",
	event.DeclareRetention:    "retention-rule",
	event.DeclareDocument:     "document",
	event.DeclareCollection:   "collection",
}

func schema() *memdb.DBSchema {
	s := &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		labelTable: {Name: labelTable, Indexes: map[string]*memdb.IndexSchema{
			indexID: {Name: indexID, Unique: true, Indexer: labelIndex{}},
		}},
	}}
	for _, name := range tables {
		s.Tables[name] = &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{
			indexID:    {Name: indexID, Unique: true, Indexer: versionIndex{}},
			indexGroup: {Name: indexGroup, AllowMissing: true, Indexer: groupIndex{}},
		}}
	}
	return s
}

// put writes a version and its labels, or writes them again when it has ended.
func put(txn *memdb.Txn, e *Entry) {
	check(txn.Insert(tables[e.Type], e))
	for i, l := range labels(&e.Declaration) {
		row := &label{e.Type, l, i != 0, e.First, e.ID, e.From, e.until}
		check(txn.Insert(labelTable, row))
	}
}

// check ends the program: the database is in memory and the rows are made here, so an error is a mistake in this
// package, and a catalog that misses something must not go on answering.
func check(err error) {
	if err != nil {
		panic("catalog: " + err.Error())
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

// verbatim takes arguments as they are: one string, the beginning of a key.
type verbatim struct{}

func (verbatim) FromArgs(args ...any) ([]byte, error) {
	if len(args) == 1 {
		if s, ok := args[0].(string); ok {
			return []byte(s), nil
		}
	}
	return nil, fmt.Errorf("one string is wanted, not %v", args)
}

func (v verbatim) PrefixFromArgs(args ...any) ([]byte, error) { return v.FromArgs(args...) }

// versionKey is the key of the version of an entry that begins at from.
func versionKey(id string, from uint64) string {
	return string(binary.BigEndian.AppendUint64(append([]byte(id), 0), from))
}

type versionIndex struct{ verbatim }

func (versionIndex) FromObject(raw any) (bool, []byte, error) {
	e := raw.(*Entry)
	return true, []byte(versionKey(e.ID, e.From)), nil
}

// The groups.
const (
	partsOf    = "part"
	operatedBy = "operator"
	keysOf     = "key"
)

func groupKey(group, of string) string { return group + "\x00" + of + "\x00" }

type groupIndex struct{ verbatim }

func (groupIndex) FromObject(raw any) (ok bool, keys [][]byte, err error) {
	add := func(group, of string) {
		if of != "" {
			keys = append(keys, []byte(groupKey(group, of)))
		}
	}
	switch e := raw.(*Entry); {
	case e.Organisation != nil:
		add(partsOf, e.Organisation.PartOf)
	case e.System != nil:
		add(partsOf, e.System.PartOf)
		add(operatedBy, e.System.Operator)
	case e.Key != nil:
		add(keysOf, e.Key.Source)
	}
	return len(keys) > 0, keys, nil
}

// label is one name of a version. Its own id comes before a name that others give it, then who was declared first.
type label struct {
	kind   event.DeclarationType
	label  string // folded
	lesser bool   // not the id itself
	first  uint64
	id     string
	from   uint64
	until  uint64
}

func labelKey(t event.DeclarationType, folded string) string {
	return string(t) + "\x00" + folded + "\x00"
}

type labelIndex struct{ verbatim }

func (labelIndex) FromObject(raw any) (bool, []byte, error) {
	l := raw.(*label)
	rank := byte(0)
	if l.lesser {
		rank = 1
	}
	key := append([]byte(labelKey(l.kind, l.label)), rank)
	key = binary.BigEndian.AppendUint64(key, l.first)
	return true, append(key, versionKey(l.id, l.from)...), nil
}
