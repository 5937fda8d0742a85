package syslog

import (
	"errors"
	"io"
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// Read reads messages of a file, as they were caught from a stream, and gives the events of them. m says what messages in
// CEF, structured data and text mean; with nil only native events are read. An error, an [*format.Error], ends the sequence.
func Read(r io.Reader, m *table.Mapping, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		k, err := NewMaker(m)
		if err != nil {
			yield(nil, err)
			return
		}
		frames := NewFrames(r)
		for {
			f, err := frames.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if bad, ok := errors.AsType[*format.Error](err); ok {
				bad.At = report.Records + 1
			}
			if err != nil {
				yield(nil, err)
				return
			}
			report.Records++
			if f.Missing > 0 {
				yield(nil, &format.Error{Code: format.ErrTruncated, At: report.Records, Message: "the file ends within a message"})
				return
			}
			f.Open = false // a file may end without a line feed
			made, err := k.Events(Origin{}, f, report)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range made.Events {
				if made.Native != nil { // those of a mapping are valid, and counted
					if faults := e.Validate(); len(faults) > 0 {
						report.Add(faults[0].Code, faults[0].Path, faults[0].Problem, format.LostEvent, report.Records)
						continue
					}
					report.Events++
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}
