package catalog

import (
	"encoding/binary"
	"fmt"
	"strings"

	memdb "github.com/hashicorp/go-memdb"

	"github.com/lichtspur/lichtspur/graph/event"
)

// The tables. A row of versions is one state of one declared thing, valid for a range of tree sizes; its primary key is
// type, id and the index it is valid from, so that the versions of a thing lie together, oldest first. labels has a row
// for each label of each version.
const (
	versions = "version"
	labels   = "label"
)

// label is one name that a version can be found by, in lower case.
type label struct {
	Type event.DeclarationType
	Text string
	ID   string
	From uint64
}

func key(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = append(append(b, p...), 0)
	}
	return b
}

func versionKey(t event.DeclarationType, id string, from uint64) []byte {
	return binary.BigEndian.AppendUint64(key(string(t), id), from)
}

// keyed indexes objects by keys that a function makes of them. Look-ups hand in the key's bytes.
type keyed[T any] func(T) []byte

// FromObject implements memdb.SingleIndexer.
func (f keyed[T]) FromObject(obj any) (bool, []byte, error) {
	k := f(obj.(T))
	return len(k) > 0, k, nil
}

// FromArgs implements memdb.Indexer.
func (f keyed[T]) FromArgs(args ...any) ([]byte, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("one key is looked up at a time")
	}
	k, ok := args[0].([]byte)
	if !ok {
		return nil, fmt.Errorf("a key is bytes, not %T", args[0])
	}
	return k, nil
}

// PrefixFromArgs implements memdb.PrefixIndexer.
func (f keyed[T]) PrefixFromArgs(args ...any) ([]byte, error) { return f.FromArgs(args...) }

var schema = &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
	versions: {Name: versions, Indexes: map[string]*memdb.IndexSchema{
		"id":    {Name: "id", Unique: true, Indexer: keyed[*Entry](func(e *Entry) []byte { return versionKey(e.Type, e.ID, e.From) })},
		"entry": {Name: "entry", Unique: true, Indexer: keyed[*Entry](func(e *Entry) []byte { return e.Entry[:] })},
		// The containing system or organisation, then the part's own key.
		"part": {Name: "part", Unique: true, AllowMissing: true, Indexer: keyed[*Entry](func(e *Entry) []byte {
			if of := e.partOf(); of != "" {
				return append(key(string(e.Type), of), versionKey(e.Type, e.ID, e.From)...)
			}
			return nil
		})},
		// The source of a key, then the key's own key.
		"source": {Name: "source", Unique: true, AllowMissing: true, Indexer: keyed[*Entry](func(e *Entry) []byte {
			if e.Type == event.DeclareKey && e.Key != nil {
				return append(key(e.Key.Source), versionKey(e.Type, e.ID, e.From)...)
			}
			return nil
		})},
	}},
	labels: {Name: labels, Indexes: map[string]*memdb.IndexSchema{
		"id": {Name: "id", Unique: true, Indexer: keyed[*label](func(l *label) []byte {
			return append(key(string(l.Type), l.Text), versionKey(l.Type, l.ID, l.From)...)
		})},
	}},
}}

func (e *Entry) partOf() string {
	switch {
	case e.System != nil:
		return e.System.PartOf
	case e.Organisation != nil:
		return e.Organisation.PartOf
	}
	return ""
}

func (e *Entry) flagged() bool {
	return e.Organisation != nil && e.Organisation.Flagged || e.System != nil && e.System.Flagged
}

// texts lists what an entry can be found by beside its id, in the order in which they were given.
func (e *Entry) texts() []string {
	out := make([]string, 0, len(e.Aliases)+2)
	for _, s := range append([]string{e.Name.EN, e.Name.DE}, e.Aliases...) {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
