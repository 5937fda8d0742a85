package graph

import (
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// TestKeptTables holds what is kept of tables to its bound: those go that were not used the longest.
func TestKeptTables(t *testing.T) {
	k := &keptTables{}
	key := func(n byte) tableKey { return tableKey{asked: [16]byte{n}, size: 7} }
	put := func(n byte, rows int) { k.put(&keptTable{key: key(n), groups: make([]group, rows)}) }
	put(1, 20_000)
	put(2, 20_000)
	put(2, 20_000) // as where two ask at once
	if k.get(key(1)) == nil || k.get(tableKey{asked: [16]byte{1}, size: 8}) != nil {
		t.Error("a table is kept for another state of the log, or not at all")
	}
	put(3, 20_000)
	if k.get(key(2)) != nil || k.get(key(1)) == nil || k.get(key(3)) == nil {
		t.Error("another table went than the one that was not used the longest")
	}
	put(4, maxKeptRows+1)
	if k.get(key(4)) != nil || k.get(key(1)) == nil {
		t.Error("a table is kept that is larger than all that may be")
	}
	for n := range 200 { // small ones count, too
		k.put(&keptTable{key: tableKey{size: uint64(n)}, groups: make([]group, 3)})
	}
	if len(k.all) != maxKept || k.rows != 3*maxKept {
		t.Errorf("%d tables with %d rows are kept", len(k.all), k.rows)
	}
}

// A table that a person, a picture or words of an entry were named for is not kept.
func TestTablesOfNobody(t *testing.T) {
	for _, f := range []EventFilter{
		{Digests: []string{}}, {Images: []event.Pseudonym{{}}}, {Actors: []Identity{{}}}, {Persons: []Identity{{}}}, {Cases: []Identity{{}}},
		{Records: []Identity{{}}}, {Targets: []event.Pseudonym{{}}}, {Particulars: Particulars{Entries: []Identity{{}}}},
		{Particulars: Particulars{Units: []string{"x"}}}, {Particulars: Particulars{Words: "x"}},
	} {
		if f.impersonal() {
			t.Errorf("%+v counts as naming nobody", f)
		}
	}
	if f := (EventFilter{Kinds: []event.Kind{event.KindClaim}, Systems: []string{"x"}}); !f.impersonal() {
		t.Errorf("%+v counts as naming somebody", f)
	}
}
