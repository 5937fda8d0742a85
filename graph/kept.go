package graph

import (
	"slices"
	"sync"

	"github.com/lichtspur/lichtspur/graph/index"
)

// keptTables are tables that were made lately. A table is asked for page by page, and by who looks at it again: at one
// state of the log it is always the same, and is made once. What it says of persons is none: see [EventFilter.impersonal].
type keptTables struct {
	mu   sync.Mutex
	all  []*keptTable // the last used first
	rows int
}

// How many tables are kept, and how many rows of all of them: some 25 MB.
const (
	maxKept     = 64
	maxKeptRows = 50_000
)

// tableKey tells tables apart: by question and viewer, as cursors do, the state of the log, and where the table begins.
type tableKey struct {
	asked [16]byte
	size  uint64
	from  index.Position
}

// keptTable is a table whose rows are in order and not yet in words. Nothing in it is changed.
type keptTable struct {
	key            tableKey
	groups         []group
	words          []word
	cut            cut
	standing, gone uint64 // entries, each once
}

func (t *TablePage) key() tableKey { return tableKey{t.cursors.scope, t.TreeSize, t.from} }

// get returns a table that is kept, nil where it is not.
func (k *keptTables) get(key tableKey) *keptTable {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.all, func(t *keptTable) bool { return t.key == key })
	if i < 0 {
		return nil
	}
	t := k.all[i]
	copy(k.all[1:], k.all[:i])
	k.all[0] = t
	return t
}

// put keeps a table, in the place of those that were not used the longest.
func (k *keptTables) put(t *keptTable) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(t.groups) > maxKeptRows || slices.ContainsFunc(k.all, func(o *keptTable) bool { return o.key == t.key }) {
		return
	}
	k.all, k.rows = slices.Insert(k.all, 0, t), k.rows+len(t.groups)
	for k.rows > maxKeptRows || len(k.all) > maxKept {
		last := len(k.all) - 1
		k.rows -= len(k.all[last].groups)
		k.all[last], k.all = nil, k.all[:last]
	}
}

// forget forgets all of them.
func (k *keptTables) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all, k.rows = nil, 0
}

// kept returns the table that a page is of, nil where it is not kept.
func (v *View) kept(t *TablePage, f *EventFilter) *keptTable {
	if !f.impersonal() {
		return nil
	}
	return v.g.tables.get(t.key())
}

// keep keeps a table, if it may be, and returns it.
func (v *View) keep(t *keptTable, may bool) *keptTable {
	if may {
		v.g.tables.put(t)
	}
	return t
}

// impersonal reports whether a filter names nobody, no picture and no words of an entry: who asks for such is noted with
// each answer, and what it finds may end when a key is destroyed.
func (f *EventFilter) impersonal() bool {
	p := &f.Particulars
	return f.Digests == nil && f.Images == nil && f.Actors == nil && f.Persons == nil && f.Cases == nil && f.Records == nil &&
		f.Targets == nil && p.Entries == nil && p.Units == nil && p.Words == ""
}
