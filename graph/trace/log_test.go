package trace_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"

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

// Log is a log in memory that can be followed: native events, sealed and folded into the index and the catalog that the
// log itself uses, without ledger and vault.
type Log struct {
	Head    *index.Index
	Catalog *catalog.Catalog
	Entries []*event.Skeleton
	byID    map[string]uint64 // source, id
	clock   int64
}

// newLog returns an empty log.
func newLog() *Log {
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
func (r *Reader) Select(f index.Filter, _ []event.Denotation) iter.Seq2[uint64, error] {
	f.Scope = r.scope
	return func(yield func(uint64, error) bool) {
		for i := range r.l.Head.Select(f, index.Recorded, r.size, 0) {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// Entry implements trace.Reader.
func (r *Reader) Entry(i uint64) (*event.Skeleton, error) {
	if i >= r.size || !r.sees(i) {
		return nil, fmt.Errorf("entry %d of %d is not seen", i, r.size)
	}
	return r.l.Entries[i], nil
}

// Stated implements trace.Reader.
func (r *Reader) Stated(i uint64) (event.Kind, string, bool) {
	sk := r.l.Entries[i]
	return sk.Kind, sk.Origin, sk.Kind != event.KindCorrect && !r.l.Head.Superseded(i, r.size) && r.sees(i)
}

func (r *Reader) sees(i uint64) bool {
	if r.scope == nil {
		return true
	}
	for range r.l.Head.Select(index.Filter{Scope: r.scope}, index.Recorded, i+1, index.After(i)-1) {
		return true
	}
	return false
}

// Sides implements trace.Reader.
func (r *Reader) Sides(i uint64, _ []event.Denotation) (list []uint64, err error) {
	sk, reference := r.l.Entries[i], ""
	if sk.Transfer != nil {
		reference = sk.Transfer.Reference
	}
	for _, k := range r.l.Head.Sides(reference, sk.Entry, 0, r.size) {
		switch r.l.Entries[k].Kind {
		case event.KindDisclose, event.KindReceive, event.KindCorrect:
			if r.sees(k) {
				list = append(list, k)
			}
		}
	}
	return list, nil
}

// Find implements trace.Reader.
func (r *Reader) Find(id event.Pseudonym) (uint64, bool, error) {
	i, ok := r.l.Head.Entry(id)
	return i, ok && i < r.size && r.sees(i), nil
}

// Correction implements trace.Reader.
func (r *Reader) Correction(i uint64) (by uint64, ok bool, err error) {
	id := r.l.Entries[i].Entry
	for c := range r.Select(index.Filter{Kinds: []event.Kind{event.KindCorrect}, Targets: []event.Pseudonym{id}}, nil) {
		sk := r.l.Entries[c]
		if sk.Source == r.l.Entries[i].Source && slices.Contains(sk.Relates, event.Reference{Relation: event.RelationSupersedes, Entry: id}) {
			by, ok = c, true
		}
	}
	return by, ok, nil
}

// Same implements trace.Reader.
func (r *Reader) Same(d event.Denotation, inferred bool) []event.Denotation {
	return r.l.Head.Equivalent(event.SubjectImage, d, r.size, inferred)
}

// General implements trace.Reader.
func (r *Reader) General() (list []uint64, err error) {
	for i, sk := range r.l.Entries[:r.size] {
		if (sk.Kind == event.KindRelease || sk.Kind == event.KindRestrict) && len(sk.Images) == 0 && sk.Collection == "" && r.sees(uint64(i)) {
			list = append(list, uint64(i))
		}
	}
	return list, nil
}

// Beyond implements trace.Reader.
func (r *Reader) Beyond(_ context.Context, images []event.Denotation) (bool, error) {
	for i := range r.l.Head.Select(index.Filter{Images: images}, index.Recorded, r.size, 0) {
		if !r.sees(i) {
			return true, nil
		}
	}
	return false, nil
}
