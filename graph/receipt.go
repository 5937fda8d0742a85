package graph

import (
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Status says what became of an event handed in.
type Status string

// The statuses. Duplicate carries the receipt of the first; Rejected carries faults.
const (
	Accepted  Status = "ACCEPTED"
	Duplicate Status = "DUPLICATE"
	Rejected  Status = "REJECTED"
)

// Receipt is the answer to one event. An accepted or duplicate event is durable and covered by a signed checkpoint
// when its receipt is given out.
type Receipt struct {
	Status   Status
	ID       string          // the source's own id, as handed in
	Entry    event.Pseudonym // the entry's id
	Index    uint64          // position in the log
	LeafHash tlog.Hash       // RFC 6962
	Recorded time.Time
	Flagged  []string     // organisations and systems that this event introduced, unconfirmed
	Faults   event.Faults // of a rejected event
}
