package index

import "github.com/lichtspur/lichtspur/graph/event"

// Filter says which entries are wanted. Its fields are joined by "and", the members of a list by "or".
//
// A nil list does not restrict; an empty list that is not nil matches nothing. Where a list is computed (the
// pseudonyms known for a picture's digest, say) an unknown picture must therefore give an empty list and not nil.
type Filter struct {
	Kinds []event.Kind

	// Subjects, by sealer and pseudonym. Each stands for everything that LINK entries say is the same subject as of
	// the tree size asked for, see [Index.Equivalent].
	Images  []event.Denotation
	Actors  []event.Denotation // who acted, verified or authorised
	Persons []event.Denotation // whom the entry is about
	Cases   []event.Denotation
	Records []event.Denotation
	// Inferred follows LINK entries that rest on a method and a score, too, not the exact ones alone.
	Inferred bool

	Organisations []string // in any role: requester, from, to, origin, owner, controller, consent, recipient, claimant, what a claim is about …
	Owners        []string // organisation whose consent governs
	Systems       []string // in any role: from, to, databases, of candidates and records, permitted, what a claim is about …
	Sources       []string // who handed it in; of an ADMIT also whose submission it is about
	Purposes      []string
	Collections   []string
	Transfers     []string          // transfer references
	Targets       []event.Pseudonym // entries that belong to, answer, correct or review one of these entries

	About        []string // claims: subject, from or to of the proposition
	Claimants    []string // claims: claimant or reporter
	Propositions []string // claims: id of the proposition
	Questions    []string // claims: id of the question answered
	Documents    []string // entries that cite the document
	Declared     []string // declarations: id of the catalog entry

	Roles      []string // accesses: role of the reader
	Operations []string // accesses: way, name or document of the operation

	// Occurred takes entries whose occurred interval overlaps this one (both ends included); entries that are not
	// placed in time are never within an interval. Unplaced, which is the zero value: any. A one-sided interval has
	// [event.Beginning] or [event.End] at its open end and, like all others, a precision.
	Occurred event.Time
	// Recorded takes entries that were recorded within this interval, both ends included. Zero: any.
	Recorded event.Time

	Exercise *bool // nil: both
	Missing  Flags // all of these missing flags

	// Scope is what the viewer may see, nil: everything. It holds before anything is counted or cut off.
	Scope *Scope
}

// Order is the order of entries.
type Order uint8

// The orders. In the orders of occurred time an entry stands where its interval begins, entries that begin
// together in order of recording; entries not placed in time come after all others in both directions.
const (
	Recorded     Order = iota // by index, oldest first
	RecordedDesc              // by index, newest first
	Occurred                  // by the earliest time it may have happened, oldest first
	OccurredDesc              // the same, newest first
)

// Position is a place in a list; the zero value is before its beginning. It holds for any order and stays valid
// while the log grows.
type Position uint64

// After is the position just after the entry with this index.
func After(index uint64) Position { return Position(index + 1) }
