package ingest

import (
	"errors"
	"io"
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Read reads native events, NDJSON or a JSON array, as [Intake.Stream] does, and gives those that are valid; it is
// the reader of [format.Native]. What cannot be parsed or has faults is in the report as a lost event, by code and path.
func Read(r io.Reader, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		u := newUnits(r)
		for {
			next, err := u.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			report.Records++
			var e *event.Event
			if next.err == nil {
				if e, err = event.Parse(next.bytes); err != nil && !errors.As(err, &next.err) {
					yield(nil, err)
					return
				}
			}
			if p := next.err; p != nil {
				report.Add(p.Code, p.Path, p.Message, format.LostEvent, next.line)
				continue
			}
			if faults := e.Validate(); len(faults) > 0 {
				report.Add(faults[0].Code, faults[0].Path, faults[0].Problem, format.LostEvent, next.line)
				continue
			}
			report.Events++
			if !yield(e, nil) {
				return
			}
		}
	}
}
