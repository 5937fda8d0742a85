package index

import (
	"hash/maphash"
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/lichtspur/lichtspur/graph/event"
)

// head is the part of the index that grows. One goroutine adds entries; any number of others read meanwhile and take
// no lock. What they may read is settled by the tree size of the index.
type head struct {
	x    *Index // for names and earlier entries
	base uint32

	rows   column[Row]
	zones  column[zone] // one for each full chunk of rows
	ids    column[event.Pseudonym]
	byID   slots
	dir    directory
	lists  lists
	time   timeline
	links  column[link]
	linked atomic.Uint32 // how many links there are; they ascend by entry

	correct   column[correction]
	corrected atomic.Uint32 // how many corrections there are

	firstName, names uint32 // numbers given to names that are first seen here; names is set when the head is full

	// Of the writer alone.
	gathering zone                      // of the chunk of rows being filled
	listOf    []uint32                  // of a name: its list plus one
	coded     [dimensions][codes]uint32 // of a code: likewise
	setting   setting                   // of the entry being folded
}

func newHead(x *Index, base uint32) *head {
	h := &head{x: x, base: base, gathering: emptyZone, firstName: x.names.count()}
	h.byID.seed = maphash.MakeSeed()
	h.dir.seed = maphash.MakeSeed()
	h.time.rows = &h.rows
	return h
}

// fold takes in one entry.
func (h *head) fold(sk *event.Skeleton, recorded int64) {
	at, r := h.rows.append()
	_, id := h.ids.append()
	*id = sk.Entry
	h.index(sk.Entry, at)

	r.Kind = kindCodes[sk.Kind]
	r.Recorded = recorded
	r.Earliest, r.Latest, r.Precision = sk.Occurred.Earliest, sk.Occurred.Latest, sk.Occurred.Precision
	r.Flags = flagsOf(sk, r.Kind)
	h.fields(sk, at, r)

	h.addCode(dimKind, byte(r.Kind), at)
	exercise := byte(0)
	if sk.Exercise {
		exercise = 1
	}
	h.addCode(dimExercise, exercise, at)
	for bit, rest := byte(0), r.Flags&missing; rest != 0; bit, rest = bit+1, rest>>1 {
		if rest&1 != 0 {
			h.addCode(dimFlag, bit, at)
		}
	}
	if sk.Occurred.IsZero() {
		h.addCode(dimUnplaced, 0, at)
	} else {
		h.time.add(at, r)
	}
	h.gathering.take(r)
	if at&(zoneRows-1) == zoneRows-1 {
		_, full := h.zones.append()
		*full, h.gathering = h.gathering, emptyZone
	}
}

// index lets the entry be found by its id. A log has no id twice; if it had, the first would count.
func (h *head) index(id event.Pseudonym, at uint32) {
	hash := maphash.Bytes(h.byID.seed, id[:])
	if _, ok := h.byID.find(hash, func(n uint32) bool { return *h.ids.at(n) == id }); ok || id.IsZero() {
		return
	}
	h.byID.insert(hash, at)
}

// add puts an entry on a list.
func (h *head) add(k key, at uint32) { h.lists.add(h.dir.lists.at(h.dir.add(&k)), at) }

// codes is how many codes a dimension of them has at most: those of kinds, of the flags that are asked for, and of yes and no.
const codes = 32

// addCode puts an entry on the list of a code.
func (h *head) addCode(d dimension, code byte, at uint32) {
	l := &h.coded[d][code]
	if *l == 0 {
		k := codeKey(d, code)
		*l = h.dir.add(&k) + 1
	}
	h.lists.add(h.dir.lists.at(*l-1), at)
}

// addName puts an entry on the list of a name, which is found by its number without hashing.
func (h *head) addName(d dimension, n Name, at uint32) {
	if int(n) >= len(h.listOf) {
		h.listOf = append(h.listOf, make([]uint32, int(n)+1+len(h.listOf)/2-len(h.listOf))...)
	}
	l := h.listOf[n]
	if l == 0 {
		k := nameKey(d, n)
		l = h.dir.add(&k) + 1
		h.listOf[n] = l
	}
	h.lists.add(h.dir.lists.at(l-1), at)
}

func (h *head) begin() uint32               { return h.base }
func (h *head) row(i uint32, r *Row)        { *r = *h.rows.at(i) }
func (h *head) kind(i uint32) KindCode      { return h.rows.at(i).Kind }
func (h *head) id(i uint32) event.Pseudonym { return *h.ids.at(i) }

func (h *head) find(id event.Pseudonym) (uint32, bool) {
	return h.byID.find(maphash.Bytes(h.byID.seed, id[:]), func(n uint32) bool { return *h.ids.at(n) == id })
}

func (h *head) list(k *key, limit uint32) numbers {
	n, ok := h.dir.find(k)
	if !ok {
		return numbers{}
	}
	return h.lists.open(h.dir.lists.at(n), limit)
}

func (h *head) zone(i uint32) *zone {
	return h.zones.at(i) // the scan asks for zones that are full below its limit only
}

func (h *head) runs(class int, limit uint32, f func(*run)) { h.time.each(class, limit, f) }

func (h *head) link(i uint32) link {
	n := sort.Search(int(h.linked.Load()), func(n int) bool { return h.links.at(uint32(n)).at >= i })
	return *h.links.at(uint32(n))
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
	set(General, (sk.Kind == event.KindRelease || sk.Kind == event.KindRestrict) && len(sk.Images) == 0 && sk.Collection == "")
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
