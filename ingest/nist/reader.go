package nist

import (
	"errors"
	"io"
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Transactions reads transactions in the traditional encoding. What is kept of one is in its [Transaction]; what is read
// over goes into the report when it is mapped, see [Read]. An error, an [*format.Error], ends the sequence: nothing of
// the transaction that it is in is given.
func Transactions(r io.Reader, report *format.Report) iter.Seq2[*Transaction, error] {
	return func(yield func(*Transaction, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		d := &traditional{source: newSource(r)}
		d.note = func(code, field, problem string, loss format.Loss) {
			report.Add(code, field, problem, loss, report.Records+1)
		}
		if b, err := d.ahead(1); err == nil && len(b) == 0 {
			yield(nil, refuse(format.ErrTruncated, "there is nothing here"))
			return
		}
		each(d.next, report, yield)
	}
}

// each gives transactions until there are no more.
func each(next func() (*Transaction, error), report *format.Report, yield func(*Transaction, error) bool) {
	for {
		t, err := next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			var own *format.Error
			if errors.As(err, &own) {
				own.At = report.Records + 1
			}
			yield(nil, err)
			return
		}
		report.Records++
		if !yield(t, nil) {
			return
		}
	}
}

// Read reads transactions in the traditional encoding and gives the events of them. A nil profile maps any transaction.
func Read(r io.Reader, p *Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return mapped(func(report *format.Report) iter.Seq2[*Transaction, error] { return Transactions(r, report) }, p, report)
}

// ReadXML reads one transaction in the NIEM-XML encoding, as [Read] does.
func ReadXML(r io.Reader, p *Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return mapped(func(report *format.Report) iter.Seq2[*Transaction, error] { return TransactionsXML(r, report) }, p, report)
}

func mapped(from func(*format.Report) iter.Seq2[*Transaction, error], p *Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if p == nil {
			p = new(Profile)
		}
		if report == nil {
			report = new(format.Report)
		}
		m := &mapper{Profile: p, report: report}
		for t, err := range from(report) {
			if err != nil {
				yield(nil, err)
				return
			}
			m.at = report.Records
			if !m.events(t, func(e *event.Event) bool { return yield(e, nil) }) {
				return
			}
		}
	}
}
