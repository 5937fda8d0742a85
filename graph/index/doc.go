// Package index answers which entries of the log concern a picture, a system, an organisation, a person or a time.
// It is a pure fold over the leaves of the log and their recorded times: the same log gives the same answers, in
// whatever portions it was applied.
//
// [Head] is the index in memory. It keeps, for each entry, a [Row] of 64 bytes with what list pages, counts and a
// viewer's scope need; the entry's id; and for each thing that entries name (an organisation in any role, a system,
// a picture's pseudonym …) an ascending list of the entries that name it. fields.go is the one place that says which
// field is found where, key.go the one place that says how things are named.
//
// # Reading as of a tree size
//
// Every question names a tree size and is answered as if the log ended there: lists are read up to it, links and
// their corrections count below it, and an entry that arrived later shows nowhere. So a page stays what it was while
// the log grows, and the same question about the same size has one answer for ever.
//
// # Reading while writing
//
// One goroutine applies, readers take no lock. All structures grow without moving what they hold, and the head's
// size is stored after all that belongs to the entries below it.
//
// # Reading in order of occurred time
//
// Entries arrive years late. They are kept in order of the time they happened besides the order in which they
// arrived, in sorted runs that are merged as they grow, see timeline.go. A time that an entry gives as an interval
// places it where the interval begins; it is found by whatever interval it overlaps.
//
// # What is the same
//
// A pseudonym is one sealer's. That two of them denote the same picture, person, case or record is said by LINK
// entries, and a question about one is a question about all that are linked to it below the tree size asked for,
// see [Head.Equivalent]. Links that rest on a score and not on equal digests are followed only where asked.
//
// # Cost
//
// At a million entries of ordinary traffic: 2 to 6 µs of CPU, as the machine is, and 190 bytes an entry; a picture's entries in some
// microseconds, the newest hundred of a system or the first hundred of a day in tens of them (go test -bench .).
package index
