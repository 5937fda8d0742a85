package fhir

import (
	"encoding/hex"
	"io"
	"iter"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// GapResource is the code of resources of other types.
const GapResource = "RESOURCE_NOT_MAPPED"

// Lists are members of objects whose array holds records.
var Lists = []string{"entry"}

// Read reads AuditEvents in JSON and gives the events of them. A nil profile says nothing of the system.
func Read(r io.Reader, p *audit.Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return audit.Events(func(report *format.Report) (iter.Seq2[*audit.Document, error], audit.Maker) {
		return audit.Records(r, report, Lists...), NewMapper(p, report)
	}, report)
}

// ReadXML reads AuditEvents in XML, as [Read] does.
func ReadXML(r io.Reader, p *audit.Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return audit.Events(func(report *format.Report) (iter.Seq2[*audit.Document, error], audit.Maker) {
		return Documents(r, report), NewMapper(p, report)
	}, report)
}

// Mapper makes events of AuditEvents, one by one.
type Mapper struct{ *audit.Mapper }

// NewMapper returns a mapper; a nil profile says nothing of the system.
func NewMapper(p *audit.Profile, report *format.Report) *Mapper {
	return &Mapper{audit.NewMapper(p, report)}
}

// Event returns the event of an AuditEvent, nil where it gives none; why is in the report. An id that is given stands before
// the record's own.
func (m *Mapper) Event(d *audit.Document, id string) *event.Event {
	m.At = d.Place
	r := d.Root()
	if in := r.At("resource"); in.Branch() && r.First("resourceType") == "" {
		r = in // an entry of a Bundle
	}
	if t := r.First("resourceType"); t != "AuditEvent" {
		switch name, ok := resourceType(t); {
		case t == "":
			m.Gap(GapResource, "resourceType", "not a resource", format.LostEvent)
		case ok:
			m.Gap(GapResource, name, "a resource of another type than AuditEvent", format.LostNone)
		default:
			m.Gap(GapResource, "resourceType", "a resource of no type that there is", format.LostNone)
		}
		return nil
	}
	if len(m.Faces) > 0 && !m.faces(r) {
		m.Gap(audit.GapSubject, "", "nothing in the record has a name for facial images", format.LostNone)
		return nil
	}
	a := m.activityOf(r)
	switch {
	case a.nothing:
		m.Gap(audit.GapActivity, "type", "what was done touches no record", format.LostNone)
		return nil
	case a.kind == "":
		m.Gap(audit.GapActivity, "type", "no kind of event tells of what was done", format.LostEvent)
		return nil
	}
	if id == "" {
		id = m.id(d, r)
	}
	e := m.Mapper.Event(r, func() *event.Event { return m.build(r, a.kind, id) })
	if e != nil {
		m.Rest(r, ignored)
	}
	return e
}

// resourceType returns t if it looks like a type of resources, and not like something that must not be reported.
func resourceType(t string) (string, bool) {
	return t, len(t) < 64 && strings.IndexFunc(t, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

// faces reports whether an AuditEvent is about what the profile says holds facial images.
func (m *Mapper) faces(r audit.Node) bool {
	names := []string{r.First("source.observer.display"), r.First("source.observer.reference"), r.First("source.site"), r.First("source.site.display")}
	for e := range r.All("entity") {
		names = append(names, e.First("what.reference"), e.First("what.type"), e.First("what.display"), e.First("what.identifier.value"),
			e.First("name"), e.First("description"), e.First("type.display"), e.First("type.code"), e.First("reference.reference"))
	}
	return m.FacesIn(names...)
}

// id is the resource's own id, with the server's, or what the resource says.
func (m *Mapper) id(d *audit.Document, r audit.Node) string {
	if id := r.First("id"); id != "" {
		server := m.party(r, r.At("source", "observer")).id
		if server == "" {
			server = r.First("source.site", "source.site.display", "source.identifier.value")
		}
		if id := m.Line("id", "fhir/"+server+"/"+id); id != "" {
			return id
		}
	}
	sum := d.Digest()
	return "fhir/" + hex.EncodeToString(sum[:])
}

// ignored are members that say nothing of what was done.
func ignored(path string) bool {
	switch name, _, _ := strings.Cut(path, "."); name {
	case "resourceType", "id", "meta", "text", "language", "implicitRules", "severity", "recorded", "contained", "fullUrl":
		return true
	}
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "type", "requestor", "id", "system", "display", "url", "coding":
		return strings.Contains(path, ".")
	}
	return false
}
