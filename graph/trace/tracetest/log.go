// Package tracetest is a log in memory that can be followed: native events, sealed and folded into the index and the
// catalog that the log itself uses, without ledger and vault.
package tracetest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"iter"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// Sealer assigns pseudonyms by HMAC under its name. A picture has one pseudonym of a sealer, whoever handed it in.
type Sealer string

// ID implements event.Sealer.
func (s Sealer) ID() string { return string(s) }

// Pseudonym implements event.Sealer.
func (s Sealer) Pseudonym(kind event.SubjectKind, source, identifier string) (event.Pseudonym, error) {
	if kind == event.SubjectImage {
		source = ""
	}
	return s.hash(string(kind), source, identifier), nil
}

// Entry implements event.Sealer.
func (s Sealer) Entry(source, id string) event.Pseudonym { return s.hash("ENTRY", source, id) }

func (s Sealer) hash(parts ...string) (p event.Pseudonym) {
	mac := hmac.New(sha256.New, []byte(s))
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	copy(p[:], mac.Sum(nil))
	return p
}

// Log is a log in memory.
type Log struct {
	Head    *index.Head
	Catalog *catalog.Catalog
	Entries []*event.Skeleton
	byID    map[string]uint64 // source, id
	clock   int64
}

// New returns an empty log.
func New() *Log {
	return &Log{Head: index.New(), Catalog: catalog.New(), byID: map[string]uint64{}, clock: 1_700_000_000e9}
}

// Add appends events of a source, sealed by "log", and returns the index of the first. It panics on an event that the
// log would refuse.
func (l *Log) Add(source string, events ...*event.Event) uint64 {
	return l.AddSealed("log", source, events...)
}

// AddSealed is Add with another sealer.
func (l *Log) AddSealed(sealer, source string, events ...*event.Event) uint64 {
	first := uint64(len(l.Entries))
	for _, e := range events {
		if faults := e.Validate(); len(faults) > 0 && !e.Kind.Reserved() {
			panic(fmt.Sprintf("%s: %v", e.ID, faults))
		}
		s, err := event.Seal(e, source, Sealer(sealer), rand.Reader, nil)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", e.ID, err))
		}
		at := uint64(len(l.Entries))
		l.Catalog.Apply(at, s.Skeleton)
		if err := l.Head.Apply(at, []*event.Skeleton{s.Skeleton}, []int64{l.clock}); err != nil {
			panic(err)
		}
		l.clock += 1e9
		l.Entries = append(l.Entries, s.Skeleton)
		l.byID[source+"\x00"+e.ID] = at
	}
	return first
}

// Index is the index of a source's event.
func (l *Log) Index(source, id string) uint64 {
	i, ok := l.byID[source+"\x00"+id]
	if !ok {
		panic("no event " + id + " of " + source)
	}
	return i
}

// Image is the pseudonym of a picture.
func Image(digest string) event.Denotation {
	p, _ := Sealer("log").Pseudonym(event.SubjectImage, "", digest)
	return event.Denotation{Sealer: "log", Pseudonym: p}
}

// AsOf reads the log as of a tree size; 0: as it is now. A scope may be nil.
func (l *Log) AsOf(size uint64, scope *index.Scope) *Reader {
	if size == 0 {
		size = uint64(len(l.Entries))
	}
	return &Reader{l, size, scope}
}

// Tracer is a tracer of the whole log as it is now.
func (l *Log) Tracer() *trace.Tracer { return trace.New(l.AsOf(0, nil)) }

// Reader implements trace.Reader.
type Reader struct {
	l     *Log
	size  uint64
	scope *index.Scope
}

// Size implements trace.Reader.
func (r *Reader) Size() uint64 { return r.size }

// Catalog implements trace.Reader.
func (r *Reader) Catalog() *catalog.View { return r.l.Catalog.AsOf(r.size) }

// Select implements trace.Reader.
func (r *Reader) Select(f index.Filter, order index.Order, after index.Position) iter.Seq2[uint64, index.Row] {
	f.Scope = r.scope
	return r.l.Head.Rows(f, order, r.size, after)
}

// Trail implements trace.Reader.
func (r *Reader) Trail(images []event.Denotation) iter.Seq[uint64] {
	return r.l.Head.Select(index.Filter{Images: images}, index.Recorded, r.size, 0)
}

// Visible implements trace.Reader.
func (r *Reader) Visible(i uint64) bool {
	if r.scope == nil {
		return true
	}
	for range r.l.Head.Select(index.Filter{Scope: r.scope}, index.Recorded, i+1, index.After(i)-1) {
		return true
	}
	return false
}

// Entry implements trace.Reader.
func (r *Reader) Entry(i uint64) (*event.Skeleton, error) {
	if i >= r.size {
		return nil, fmt.Errorf("entry %d of %d", i, r.size)
	}
	return r.l.Entries[i], nil
}

// Find implements trace.Reader.
func (r *Reader) Find(id event.Pseudonym) (uint64, bool) {
	i, ok := r.l.Head.Entry(id)
	return i, ok && i < r.size
}

// Superseded implements trace.Reader.
func (r *Reader) Superseded(i uint64) bool { return r.l.Head.Superseded(i, r.size) }

// Same implements trace.Reader.
func (r *Reader) Same(d event.Denotation, inferred bool) []event.Denotation {
	return r.l.Head.Equivalent(event.SubjectImage, d, r.size, inferred)
}
