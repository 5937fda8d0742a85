package audit

import (
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Maker makes the event of a record, nil where it gives none; why is in the report. An id that is given stands before the
// record's own.
type Maker interface {
	Event(d *Document, id string) *event.Event
}

// Events gives the events of the records of a file, and counts them in the report, which may be nil. Each time that it is
// gone through, open is asked for the records and for what makes events of them.
func Events(open func(*format.Report) (iter.Seq2[*Document, error], Maker), report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		records, m := open(report)
		for d, err := range records {
			if err != nil {
				yield(nil, err)
				return
			}
			if d.Around {
				continue
			}
			if e := m.Event(d, ""); e != nil {
				report.Events++
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}
