// Package index answers which entries of the log concern a picture, a system, an organisation, a person or a time.
// It is a pure fold over the leaves of the log and their recorded times: the same log gives the same answers, in
// whatever portions it was applied.
//
// [Index] keeps, for each entry, a [Row] with what list pages, counts, flows and a viewer's scope need; the entry's id; and for
// each thing that entries name (an organisation in any role, a system, a picture's pseudonym …) an ascending list of the
// entries that name it. fields.go is the one place that says which field is found where, key.go the one place that says
// how things are named.
//
// # Blocks under a head
//
// The newest entries are in a head in memory. Each 65,536 entries make a block, a file that does not change any more and
// is read where it is mapped; eight blocks that begin at a multiple of eight are merged into a larger one, and eight of
// those again. A block is a pure function of the log, so two nodes have the same files, whatever the grouping of their
// commits was; format.go says what is in it. Blocks are never the truth: each is bound to the log by the root of the
// entries up to its end and to its contents by checksums, and one that does not fit is removed and made again. What reads
// is written once, against a stretch of entries in either form (part.go).
//
// A change of what fields.go finds where changes blocks: it takes a new magic in format.go, and all are made again.
//
// # Reading as of a tree size
//
// Every question names a tree size and is answered as if the log ended there: lists are read up to it, links and
// their corrections count below it, and an entry that arrived later shows nowhere. So a page stays what it was while
// the log grows, and the same question about the same size has one answer for ever.
//
// # Reading while writing
//
// One goroutine applies, readers take no lock. All structures of a head grow without moving what they hold, and the
// size is stored after all that belongs to the entries below it. Two goroutines of the index make blocks and merge them;
// neither applying nor reading waits for them. A reader holds the parts that it began with, and no file is unmapped
// under it.
//
// # Reading in order of occurred time
//
// Entries arrive years late. They are kept in order of the time they happened besides the order in which they
// arrived, in sorted runs that are merged as they grow, see timeline.go. A time that an entry gives as an interval
// places it where the interval begins; it is found by whatever interval it overlaps.
//
// # Counting
//
// Counts look at each row that matches, so these are read column by column, a zone at a time and on all processors, see
// sweep.go, and what agrees in the aspects asked for is added up, see [Index.Tallies]. It takes five to twenty ns a row on two processors where
// going over [Index.Rows] takes a microsecond and more. Nothing is added up in advance: with who acted and who may see it
// as keys such sums would be hardly fewer than the entries.
//
// Which transfers share their reference with one receipt and nothing else is found over all lists of references, see
// [Index.Exchanges], and kept for the last tree size that was asked for.
//
// # What is the same
//
// A pseudonym is one sealer's. That two of them denote the same picture, person, case or record is said by LINK
// entries, and a question about one is a question about all that are linked to it below the tree size asked for,
// see [Index.Equivalent]. Links that rest on a score and not on equal digests are followed only where asked.
package index
