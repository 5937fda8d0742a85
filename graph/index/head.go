package index

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lichtspur/lichtspur/graph/event"
)

// MaxEntries is how many entries one head holds.
const MaxEntries = 1<<32 - 2

// Head is the index of a log in memory. One goroutine applies; any number of others read meanwhile and take no
// lock. What they read is settled by the tree size they ask for.
type Head struct {
	size atomic.Uint64 // entries that readers see; stored after all that belongs to them

	rows  column[Row]
	zones column[zone] // one for each full chunk of rows
	ids   column[event.Pseudonym]
	byID  slots
	names dictionary
	lists lists

	unplaced list // entries not placed in time
	time     timeline
	links    column[link]

	// Of the writer alone.
	key       keyBuffer
	gathering zone   // of the chunk of rows being filled
	parties   []Name // of the entry being folded
	bases     []Name // likewise
	sealer    string // the last one, and its number
	sealerNo  uint32
}

// zone bounds what a full chunk of rows holds, so that a scan can leave it out.
type zone struct {
	recordedMin, recordedMax int64
	earliest, latest         int64 // of those placed in time; earliest > latest where there are none
	kinds                    uint32
}

var emptyZone = zone{event.End, event.Beginning, event.End, event.Beginning, 0}

// New returns the index of an empty log.
func New() *Head {
	h := &Head{key: make(keyBuffer, 0, 64), gathering: emptyZone}
	h.byID.seed = maphash.MakeSeed()
	h.names.init()
	h.time.rows = &h.rows
	return h
}

// Apply folds in the entries that follow the last one applied: sks[i] has index first+i and was recorded at
// recorded[i] (nanoseconds since the Unix epoch). It is called by one goroutine at a time and keeps nothing of
// the skeletons. Readers see all of them or none. It fails, and changes nothing, where the entries do not follow.
func (h *Head) Apply(first uint64, sks []*event.Skeleton, recorded []int64) error {
	size := h.size.Load()
	if first != size {
		return fmt.Errorf("index holds %d entries: cannot go on with entry %d", size, first)
	}
	if len(sks) != len(recorded) {
		return fmt.Errorf("%d entries with %d recorded times", len(sks), len(recorded))
	}
	if size+uint64(len(sks)) > MaxEntries {
		return fmt.Errorf("one head holds at most %d entries", uint64(MaxEntries))
	}
	for i, sk := range sks {
		h.fold(sk, recorded[i])
	}
	h.size.Store(size + uint64(len(sks)))
	return nil
}

// fold takes in one entry.
func (h *Head) fold(sk *event.Skeleton, recorded int64) {
	at, r := h.rows.append()
	_, id := h.ids.append()
	*id = sk.Entry
	h.index(sk.Entry, at)

	r.Kind = kindCodes[sk.Kind]
	r.Recorded = recorded
	r.Earliest, r.Latest, r.Precision = sk.Occurred.Earliest, sk.Occurred.Latest, sk.Occurred.Precision
	r.Flags = flagsOf(sk, r.Kind)
	h.fields(sk, at, r)

	h.postCode(dimKind, byte(r.Kind), at)
	exercise := byte(0)
	if sk.Exercise {
		exercise = 1
	}
	h.postCode(dimExercise, exercise, at)
	for bit, rest := byte(0), r.Flags&missing; rest != 0; bit, rest = bit+1, rest>>1 {
		if rest&1 != 0 {
			h.postCode(dimFlag, bit, at)
		}
	}

	z := &h.gathering
	if sk.Occurred.IsZero() {
		h.lists.add(&h.unplaced, at)
	} else {
		h.time.add(at, r)
		z.earliest, z.latest = min(z.earliest, r.Earliest), max(z.latest, r.Latest)
	}
	z.recordedMin, z.recordedMax = min(z.recordedMin, recorded), max(z.recordedMax, recorded)
	z.kinds |= 1 << r.Kind
	if at&(chunkRows-1) == chunkRows-1 {
		_, full := h.zones.append()
		*full, *z = *z, emptyZone
	}
}

// index lets the entry be found by its id. A log has no id twice; if it had, the first would count.
func (h *Head) index(id event.Pseudonym, at uint32) {
	hash := maphash.Bytes(h.byID.seed, id[:])
	if _, ok := h.byID.find(hash, func(n uint32) bool { return *h.ids.at(n) == id }); ok || id.IsZero() {
		return
	}
	h.byID.insert(hash, at, func(n uint32) uint64 { return maphash.Bytes(h.byID.seed, h.ids.at(n)[:]) })
}

// flagsOf reads the flags of an entry.
func flagsOf(sk *event.Skeleton, kind KindCode) (f Flags) {
	set := func(flag Flags, is bool) {
		if is {
			f |= flag
		}
	}
	if kind.operation() {
		set(MissingActor, (sk.Actor == nil || sk.Actor.Pseudonym.IsZero() && !sk.Actor.Automated) && !withholds(sk, "/actor"))
		set(MissingCase, (sk.Case == nil || sk.Case.Pseudonym.IsZero()) && !withholds(sk, "/case"))
		set(MissingBasis, len(sk.Basis) == 0 && !withholds(sk, "/basis"))
		set(MissingPurpose, sk.Purpose == "" && !withholds(sk, "/purpose"))
		set(MissingJustification, !slices.Contains(sk.Present, "/justification") && !withholds(sk, "/justification"))
		set(MissingOccurred, sk.Occurred.IsZero() && !withholds(sk, "/occurred"))
	}
	set(Exercise, sk.Exercise)
	set(Bulk, len(sk.Images) == 0 && (sk.Collection != "" || sk.Quantity != nil))
	set(Urgent, sk.Urgent)
	set(Hidden, sk.HiddenFromSubject)
	set(Holds, len(sk.Withheld) != 0)
	if d := sk.Declaration; d != nil {
		set(Flagged, d.Organisation != nil && d.Organisation.Flagged || d.System != nil && d.System.Flagged)
	}
	return f
}

// withholds reports whether the source says that it has the field, or a part of it, and withholds it.
func withholds(sk *event.Skeleton, pointer string) bool {
	for _, w := range sk.Withheld {
		if w == pointer || strings.HasPrefix(w, pointer) && w[len(pointer)] == '/' {
			return true
		}
	}
	return false
}

// Size returns the number of entries that readers see.
func (h *Head) Size() uint64 { return h.size.Load() }

// Entry returns the index of the entry with this id, whatever tree size it came with.
func (h *Head) Entry(id event.Pseudonym) (index uint64, ok bool) {
	size := h.size.Load()
	n, ok := h.find(id)
	if !ok || uint64(n) >= size {
		return 0, false
	}
	return uint64(n), true
}

// find returns the row of an id, which readers may not see yet.
func (h *Head) find(id event.Pseudonym) (uint32, bool) {
	return h.byID.find(maphash.Bytes(h.byID.seed, id[:]), func(n uint32) bool { return *h.ids.at(n) == id })
}

// Row returns the row of an entry; index must be below [Head.Size].
func (h *Head) Row(index uint64) Row { return *h.rows.at(h.visible(index)) }

// ID returns the id of an entry; index must be below [Head.Size].
func (h *Head) ID(index uint64) event.Pseudonym { return *h.ids.at(h.visible(index)) }

func (h *Head) visible(index uint64) uint32 {
	if size := h.size.Load(); index >= size {
		panic(fmt.Sprintf("index: entry %d of %d", index, size))
	}
	return uint32(index)
}

// Name returns the text of an interned identifier, "" for none.
func (h *Head) Name(n Name) string {
	if n == 0 {
		return ""
	}
	return parseText(h.names.key(uint32(n)))
}

// System reports whether a name is a system's and not an organisation's.
func (h *Head) System(n Name) bool {
	return n != 0 && dimension(h.names.key(uint32(n))[0]) == dimSystem
}

// Members returns the names in a set of parties, ascending by number.
func (h *Head) Members(p Parties) []Name {
	if p == 0 {
		return nil
	}
	return parseSet(h.names.key(uint32(p)))
}

// Bases returns the legal bases of a set, in the order in which the log first named them.
func (h *Head) Bases(n Name) (texts []string) {
	if n == 0 {
		return nil
	}
	for _, one := range parseSet(h.names.key(uint32(n))) {
		texts = append(texts, h.Name(one))
	}
	return texts
}

// Denotation returns the sealer and pseudonym that an interned actor stands for, the zero value for none.
func (h *Head) Denotation(n Name) event.Denotation {
	if n == 0 {
		return event.Denotation{}
	}
	p, sealer := parseSubject(h.names.key(uint32(n)))
	return event.Denotation{Sealer: h.Name(Name(sealer)), Pseudonym: p}
}
