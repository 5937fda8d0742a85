package ocsf

import (
	"io"
	"iter"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// GapClass is the code of records of other classes.
const GapClass = "CLASS_NOT_MAPPED"

// Lists are members of objects whose array holds records.
var Lists = []string{"Records", "records", "Events", "events", "logs", "results", "hits", "value", "items"}

// Read reads records and gives the events of them. A nil profile says nothing of the system.
func Read(r io.Reader, p *audit.Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return audit.Events(func(report *format.Report) (iter.Seq2[*audit.Document, error], audit.Maker) {
		return audit.Records(r, report, Lists...), NewMapper(p, report)
	}, report)
}

// Mapper makes events of records, one by one.
type Mapper struct{ *audit.Mapper }

// NewMapper returns a mapper; a nil profile says nothing of the system.
func NewMapper(p *audit.Profile, report *format.Report) *Mapper {
	return &Mapper{audit.NewMapper(p, report)}
}

// Event returns the event of a record, nil where it gives none; why is in the report. An id that is given stands before
// the record's own.
func (m *Mapper) Event(d *audit.Document, id string) *event.Event {
	m.At = d.Place
	r := record(d.Root())
	class := classOf(r)
	if class != classAPI && class != classDatastore {
		if class == "" {
			m.Gap(GapClass, "", "a record that does not say its class", format.LostEvent)
		} else {
			m.Gap(GapClass, "class_uid", "a record of another class than 6003 and 6005", format.LostNone)
		}
		return nil
	}
	if !m.faces(r) {
		m.Gap(audit.GapSubject, "", "nothing in the record has a name for facial images", format.LostNone)
		return nil
	}
	a := m.activityOf(r, class)
	switch {
	case a.nothing:
		m.Gap(audit.GapActivity, "activity_id", "what was done touches no image", format.LostNone)
		return nil
	case a.kind == "":
		m.Gap(audit.GapActivity, "activity_id", "no kind of event tells of what was done", format.LostEvent)
		return nil
	}
	if id == "" {
		id = m.id(d, r)
	}
	e := m.Mapper.Event(r, func() *event.Event { return m.build(r, a.kind, class, id) })
	if e != nil {
		m.Rest(r, ignored)
	}
	return e
}

// record is the record itself in what a search or a collector has put around it.
func record(n audit.Node) audit.Node {
	for _, name := range []string{"_source", "_raw", "result", "event", "ocsf", "data"} {
		if classOf(n) != "" {
			break
		}
		if in := n.At(name); classOf(in) != "" {
			return in
		}
	}
	return n
}

// classOf is the class of a record, "" where it does not say.
func classOf(r audit.Node) string {
	if c := r.First("class_uid"); c != "" {
		return c
	}
	if t := r.First("type_uid"); len(t) > 4 {
		return t[:4]
	}
	switch strings.ToLower(r.First("class_name")) {
	case "api activity":
		return classAPI
	case "datastore activity":
		return classDatastore
	case "":
		return ""
	}
	return "other"
}

// ignored are members that say nothing of their own: of the standard itself, or what stands elsewhere too.
func ignored(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	if strings.HasSuffix(path, ".type_id") || strings.HasSuffix(path, ".type") {
		return true
	}
	switch name {
	case "class_uid", "class_name", "category_uid", "category_name", "type_uid", "type_name", "activity_id", "activity_name",
		"severity", "severity_id", "observables", "raw_data", "raw_data_hash", "raw_data_size", "timezone_offset", "metadata", "status", "status_code", "type", "type_id":
		return path != "metadata.correlation_uid" && path != "metadata.labels" && path != "metadata.tags"
	}
	return false
}
