package index

import "github.com/lichtspur/lichtspur/graph/event"

// part is a stretch of the log's entries, indexed: a block or a head. Entries are numbered from zero in each part; the
// first has index begin() in the log. Everything that reads is written once, against this.
type part interface {
	begin() uint32
	// row fills in the row of an entry.
	row(i uint32, r *Row)
	kind(i uint32) KindCode
	id(i uint32) event.Pseudonym
	// find returns the entry with this id, one that readers may not see yet among them.
	find(id event.Pseudonym) (uint32, bool)
	// list returns the entries on a list that are below limit.
	list(k *key, limit uint32) numbers
	// each calls f with the key, but for the sealer, of every list of a dimension that has entries below limit.
	each(d dimension, limit uint32, f func(id [16]byte, v numbers))
	// zone bounds the entries of one zone, nil where that is not known.
	zone(i uint32) *zone
	// runs calls f with what is sorted by time of a class and has entries below limit.
	runs(class int, limit uint32, f func(*run))
	// gather reads a field of some rows, but for the times, which times reads into a sweep's arrays.
	gather(field int, at []uint32, to []uint64)
	times(at []uint32, to *sweep)
	// corrections appends those whose own index is in [from, limit).
	corrections(to []correction, from, limit uint32) []correction
	// link returns what a LINK entry links.
	link(i uint32) link
}

// zone bounds what some rows hold, so that a scan can leave them out.
type zone struct {
	recordedMin, recordedMax int64
	earliest, latest         int64 // of those placed in time; earliest > latest where there are none
	kinds                    uint32
	_                        uint32
}

const (
	zoneBits = chunkBits // rows in a zone, as a power of two
	zoneRows = 1 << zoneBits
)

var emptyZone = zone{event.End, event.Beginning, event.End, event.Beginning, 0, 0}

// take widens a zone by a row.
func (z *zone) take(r *Row) {
	if r.Precision != event.Unplaced {
		z.earliest, z.latest = min(z.earliest, r.Earliest), max(z.latest, r.Latest)
	}
	z.recordedMin, z.recordedMax = min(z.recordedMin, r.Recorded), max(z.recordedMax, r.Recorded)
	z.kinds |= 1 << r.Kind
}
