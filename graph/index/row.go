package index

import "github.com/lichtspur/lichtspur/graph/event"

// Row is what the index keeps of one entry, so that a list page, a count or a viewer's scope needs no read of the
// log. Names are interned, see [Index.Name].
type Row struct {
	Earliest, Latest int64 // of the occurred time, both ends included; zero where it is unplaced
	Recorded         int64 // nanoseconds since the Unix epoch
	From, To         Name  // the system where one is named, else the organisation
	Requester        Name
	Source           Name
	Purpose          Name
	Actor            Name // who acted, by sealer and pseudonym, see [Index.Denotation]
	Basis            Name // the set of legal bases, see [Index.Bases]
	Setting          Setting
	Origin           Name // the organisation that images are from, as the entry states it
	Kind             KindCode
	Precision        event.Precision
	Flags            Flags
}

// Occurred returns when it happened.
func (r *Row) Occurred() event.Time {
	return event.Time{Earliest: r.Earliest, Latest: r.Latest, Precision: r.Precision}
}

// Name is an interned identifier; zero means none. The same log gives the same numbers.
type Name uint32

// Flags are facts about an entry that filters and counts ask for.
type Flags uint16

// The flags. The missing ones are set on entries of kinds that have an operation of LED Art. 25(1) only, where the
// field is neither given nor named as withheld: a field that the source has and withholds is not missing.
const (
	MissingActor         Flags = 1 << iota // nobody is named as having acted
	MissingCase                            // no proceeding
	MissingBasis                           // no legal basis
	MissingPurpose                         // no purpose
	MissingJustification                   // no justification
	MissingOccurred                        // not placed in time
	Exercise                               // exercise data
	Bulk                                   // a collection or quantity instead of images
	Urgent
	Hidden  // lawfully hidden from the data subject
	Holds   // some fields are withheld by the source
	Flagged // a declaration that a source introduced and the operator has not confirmed
	General // a decision of an owner about images that names neither one nor a collection
	Public  // to be seen by every viewer: public claims and declarations, and what is said about them
)

// missing are the flags that [Filter.Missing] asks for.
const missing = MissingActor | MissingCase | MissingBasis | MissingPurpose | MissingJustification | MissingOccurred
