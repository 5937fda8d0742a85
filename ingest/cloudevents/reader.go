package cloudevents

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/fhir"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/ocsf"
)

// Read reads CloudEvents in JSON, structured or batched, and gives the events that are in them. A nil profile says nothing of
// the systems whose audit records they carry.
func Read(r io.Reader, p *audit.Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		m := NewMapper(p, report)
		m.validate = true
		for d, err := range audit.Records(r, report, "Records", "records", "events") {
			if err != nil {
				yield(nil, err)
				return
			}
			if d.Around {
				continue
			}
			c, refusal := Structured(d)
			if refusal != nil {
				report.Add(refusal.Code, refusal.Field, refusal.Message, format.LostEvent, d.Place)
				continue
			}
			for e := range m.Events(c, d.Place) {
				report.Events++
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// Mapper takes events out of CloudEvents, one by one.
type Mapper struct {
	report *format.Report
	ocsf   *ocsf.Mapper
	fhir   *fhir.Mapper
	single audit.Document // of data that is one record

	validate bool // native events, too
}

// NewMapper returns a mapper; a nil profile says nothing of the systems.
func NewMapper(p *audit.Profile, report *format.Report) *Mapper {
	return &Mapper{report: report, ocsf: ocsf.NewMapper(p, report), fhir: fhir.NewMapper(p, report)}
}

// Key is the id that a CloudEvent gives its n-th event. A source has no spaces, so that no two CloudEvents have the same.
func (c *Event) Key(n int) string {
	key := "cloudevents/" + c.Source + " " + c.ID
	if strings.ContainsAny(c.Source, " ") || len(key) > 900 {
		key = fmt.Sprintf("cloudevents/%x", sha256.Sum256(fmt.Appendf(nil, "%d %s %s", len(c.Source), c.Source, c.ID)))
	}
	if n > 1 {
		key += fmt.Sprintf("#%d", n)
	}
	return key
}

// Events gives the events in a CloudEvent that stands at the given place. Native ones are not validated: whoever records them
// does that, and says all that is wrong.
func (m *Mapper) Events(c *Event, place int64) iter.Seq[*event.Event] {
	return func(yield func(*event.Event) bool) {
		for _, name := range c.Others {
			if len(name) > 40 || strings.IndexFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) >= 0 {
				name = "(a name that is none)"
			}
			m.report.Add(audit.GapField, name, "an attribute of the envelope that no event has", format.LostValue, place)
		}
		said, markup := c.format()
		n := 0
		take := func(d *audit.Document) bool {
			n++
			what := said
			if what == "" {
				what = told(d.Root())
			}
			d.Place = place
			e := m.event(c, d, what, n)
			return e == nil || yield(e)
		}
		if !markup && m.single.Parse(c.Data) == "" && m.single.Root().First("resourceType") != "Bundle" {
			take(&m.single)
			return
		}
		// Records of the data are not records of the stream.
		inner := new(format.Report)
		documents := audit.Records(bytes.NewReader(c.Data), inner, "entry")
		if markup {
			documents = fhir.Documents(bytes.NewReader(c.Data), inner)
		}
		for d, err := range documents {
			if err != nil {
				m.bad(err, place)
				return
			}
			if !d.Around && !take(d) {
				return
			}
		}
		for _, g := range inner.Gaps() {
			m.report.Add(g.Code, "data", g.Problem, g.Loss, place)
		}
		if n == 0 && inner.Records == 0 {
			m.report.Add(NoData, "data", "there is nothing in the envelope", format.LostEvent, place)
		}
	}
}

// event takes the event out of the n-th record of the data.
func (m *Mapper) event(c *Event, d *audit.Document, what format.Name, n int) (e *event.Event) {
	switch what {
	case format.OCSF:
		e = m.ocsf.Event(d, c.Key(n))
	case format.FHIR:
		e = m.fhir.Event(d, c.Key(n))
	case format.Native:
		e = m.native(c, d, n)
	default:
		m.report.Add(OtherData, "data", "none of the formats that are read", format.LostEvent, d.Place)
	}
	if e != nil && e.Occurred.IsZero() && c.Time != "" {
		m.report.Add(audit.GapField, "time", "it may be when the envelope was made; the record itself has no time", format.LostValue, d.Place)
	}
	return e
}

// bad reports data that cannot be read.
func (m *Mapper) bad(err error, place int64) {
	var own *format.Error
	if errors.As(err, &own) {
		m.report.Add(BadData, "data", own.Message, format.LostEvent, place)
		return
	}
	m.report.Add(BadData, "data", "it cannot be read", format.LostEvent, place)
}

// native reads one of our own events.
func (m *Mapper) native(c *Event, d *audit.Document, n int) *event.Event {
	e, err := event.Parse(d.Root().Raw())
	if err != nil {
		var p *event.ParseError
		if !errors.As(err, &p) {
			p = &event.ParseError{Code: event.ParseSyntax, Message: "it cannot be read"}
		}
		m.report.Add(p.Code, "data"+p.Path, p.Message, format.LostEvent, d.Place)
		return nil
	}
	if e.ID == "" {
		e.ID = c.Key(n)
	}
	if m.validate {
		if faults := e.Validate(); len(faults) > 0 {
			m.report.Add(faults[0].Code, faults[0].Path, faults[0].Problem, format.LostEvent, d.Place)
			return nil
		}
	}
	return e
}

// format is what the envelope says of its data, "" where it does not, and whether that is XML.
func (c *Event) format() (name format.Name, markup bool) {
	media, _, _ := mime.ParseMediaType(c.ContentType)
	markup = strings.HasSuffix(media, "/xml") || strings.HasSuffix(media, "+xml")
	about := media + " " + strings.ToLower(c.Schema) + " " + strings.ToLower(c.Type)
	switch {
	case markup, strings.Contains(media, "fhir"):
		return format.FHIR, markup
	case strings.Contains(media, "lichtspur"):
		return format.Native, false
	case strings.Contains(about, "ocsf"):
		return format.OCSF, false
	case strings.Contains(about, "fhir"), strings.Contains(about, "auditevent"):
		return format.FHIR, false
	}
	return "", false
}

// told is the format of a record by what it has.
func told(r audit.Node) format.Name {
	switch {
	case r.At("resourceType").There():
		return format.FHIR
	case r.At("class_uid").There(), r.At("type_uid").There(), r.At("class_name").There():
		return format.OCSF
	case r.At("kind").There():
		return format.Native
	}
	return ""
}
