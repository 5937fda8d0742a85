package prov

import (
	"errors"
	"io"
	"iter"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// The codes of gaps.
const (
	GapSection   = "UNKNOWN_SECTION"     // a member of a document that is none of PROV-JSON
	GapStatement = "BAD_STATEMENT"       // a statement that is not in the form of PROV-JSON
	GapPrefix    = "UNKNOWN_PREFIX"      // a name with a prefix that is not declared
	GapActivity  = "ACTIVITY_NOT_MAPPED" // an activity that does nothing with an image
	GapRelation  = "RELATION_NOT_MAPPED" // a relation that no event has
	GapField     = "FIELD_NOT_MAPPED"    // an attribute that no event has
	GapThing     = "THING_NOT_MAPPED"    // an entity or agent that nothing is done with or by
	GapMissing   = "FIELD_MISSING"       // what an event cannot be without
	GapTime      = "BAD_TIME"            // a time that is none, or an end before its beginning
	GapZone      = "ZONE_ASSUMED"        // a time without a zone
	GapAssumed   = "IMAGE_ASSUMED"       // an entity of which it is not said that it is an image
	GapDigest    = "NO_DIGEST"           // an image without its digest
	GapInvalid   = "INVALID_EVENT"       // what the activity gives is no event
	GapClosed    = "CLOSED"              // an entry of which not everything was shown
	GapLog       = "WRITTEN_BY_THE_LOG"  // an entry that only the log writes
	GapSource    = "OF_ANOTHER_SOURCE"   // an entry that another source handed in
	GapDiffers   = "STATEMENT_DIFFERS"   // a statement about an entry that the entry does not make
	GapAggregate = "NOT_AN_EVENT"        // a row of a table: it counts events
)

// Read reads PROV-JSON documents, one after another, and gives the events of them. What is not mapped goes into the report,
// whose records are activities. A nil profile maps any document.
func Read(r io.Reader, p *Profile, report *format.Report) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		if p == nil {
			p = new(Profile)
		}
		if report == nil {
			report = new(format.Report)
		}
		s := newScanner(r)
		m := &mapper{Profile: p, report: report}
		s.note = m.gap
		documents := 0
		for {
			err := s.document(func(pt *part) (bool, error) {
				return m.part(pt, func(e *event.Event) bool { return yield(e, nil) }), nil
			})
			switch {
			case errors.Is(err, errStop):
				return
			case errors.Is(err, io.EOF) && documents > 0:
				return
			case errors.Is(err, io.EOF):
				err = &format.Error{Code: format.ErrTruncated, Message: "there is nothing here"}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			documents++
		}
	}
}

// mapper makes events of parts of documents.
type mapper struct {
	*Profile
	report *format.Report
	at     int64 // number of the activity
}

func (m *mapper) gap(code, field, problem string, loss format.Loss) {
	m.report.Add(code, field, problem, loss, max(m.at, 1))
}

// world is a part with its names resolved.
type world struct {
	id         string // of the bundle, "" for a document
	activities []*item
	things     map[string]*item   // by section and URI, statements about one thing together
	related    map[string][]*item // relations by the activity that they name
	unstated   []string           // activities that only relations name, and others that they name, in order
	loose      []*item            // relations that name none
	derived    []*item            // derivations, with or without activity
	attributed map[string][]*item // attributions by entity
	acting     map[string][]*item // delegations by delegate
	kin        map[string]string  // specializationOf and alternateOf: the general one
	done       map[*item]bool     // statements that went into an event
	known      map[string]bool    // relations that entries of a log state
	bases      map[string]bool    // namespaces of logs
	named      map[string]bool    // agents that a relation names
}

func (i *item) all(name string) []said {
	for k := range i.props {
		if i.props[k].name == name {
			return i.props[k].values
		}
	}
	return nil
}

// one returns the first value of an attribute, "" for none.
func (i *item) one(name string) string {
	if v := i.all(name); len(v) > 0 {
		return v[0].text
	}
	return ""
}

// part returns the value of a part of a relation, by its place.
func (i *item) part(n int) string {
	if rel := relationOf(i.kind); n < len(rel.parts) {
		return i.one(resolvedPart[rel.parts[n]])
	}
	return ""
}

// resolvedPart gives the URIs of the attributes that relate things.
var resolvedPart = func() map[string]string {
	out := map[string]string{}
	for _, r := range relations {
		for _, p := range r.parts {
			out[p] = provNS + p[len("prov:"):]
		}
	}
	return out
}()

const (
	typeURI     = provNS + "type"
	labelURI    = provNS + "label"
	roleURI     = provNS + "role"
	locationURI = provNS + "location"
	timeURI     = provNS + "time"
	eventURI    = Namespace + "event"
)

// resolve makes URIs of names and puts together what belongs together.
func (m *mapper) resolve(p *part) *world {
	w := &world{things: map[string]*item{}, related: map[string][]*item{}, attributed: map[string][]*item{}, acting: map[string][]*item{}, kin: map[string]string{},
		done: map[*item]bool{}, known: map[string]bool{}, bases: map[string]bool{}, named: map[string]bool{}}
	cache := map[string]string{}
	expand := func(name string) string {
		if uri, ok := cache[name]; ok {
			return uri
		}
		uri, ok := p.names.expand(name)
		if !ok {
			m.gap(GapPrefix, "", "a name whose prefix is not declared is taken as it is", format.LostNone)
		}
		cache[name] = uri
		return uri
	}
	if p.id != "" {
		w.id = expand(p.id)
	}
	for _, i := range p.items {
		i.id = expand(i.id)
		for k := range i.props {
			at := &i.props[k]
			at.name = expand(at.name)
			for n := range at.values {
				v := &at.values[n]
				switch {
				case v.of == "prov:QUALIFIED_NAME" || v.of == "xsd:QName":
					v.text = expand(v.text)
				case at.name == timeURI:
				case resolvedURI[at.name], at.name == typeURI && v.quoted && v.of == "":
					if uri, ok := p.names.expand(v.text); ok {
						v.text = uri
					}
				}
			}
		}
		w.add(i)
	}
	return w
}

// resolvedURI are the attributes whose values are names, whatever type they are said to have.
var resolvedURI = func() map[string]bool {
	out := map[string]bool{}
	for _, uri := range resolvedPart {
		out[uri] = uri != timeURI
	}
	return out
}()

func (w *world) add(i *item) {
	switch i.kind {
	case "entity", "activity", "agent":
		key := i.kind + " " + i.id
		if first := w.things[key]; first != nil {
			first.merge(i)
			return
		}
		w.things[key] = i
		if base, _, ok := cutLast(i.id, "state/"); ok && i.one(typeURI) == Namespace+"State" {
			w.bases[base] = true
		}
		if i.kind == "activity" {
			w.activities = append(w.activities, i)
		}
		return
	case "wasDerivedFrom":
		w.derived = append(w.derived, i)
	case "wasAttributedTo":
		w.named[i.part(1)] = true
		if list := w.attributed[i.part(0)]; len(list) < mostOfOne {
			w.attributed[i.part(0)] = append(list, i)
		}
	case "wasAssociatedWith":
		w.named[i.part(1)] = true
	case "actedOnBehalfOf":
		w.named[i.part(0)], w.named[i.part(1)] = true, true
		if list := w.acting[i.part(0)]; len(list) < mostOfOne {
			w.acting[i.part(0)] = append(list, i)
		}
	case "specializationOf", "alternateOf":
		w.kin[i.part(0)] = i.part(1)
	}
	activity := ""
	switch i.kind {
	case "used", "wasInformedBy", "wasStartedBy", "wasEndedBy", "wasAssociatedWith":
		activity = i.part(0)
	case "wasGeneratedBy", "wasInvalidatedBy":
		activity = i.part(1)
	case "wasDerivedFrom", "actedOnBehalfOf":
		activity = i.part(2)
	}
	if activity == "" {
		w.loose = append(w.loose, i)
		return
	}
	if w.related[activity] == nil {
		w.unstated = append(w.unstated, activity)
	}
	w.related[activity] = append(w.related[activity], i)
}

// merge adds what another statement says of the same thing.
func (i *item) merge(o *item) {
	for _, p := range o.props {
		found := false
		for k := range i.props {
			if i.props[k].name == p.name {
				i.props[k].values = append(i.props[k].values, p.values[:min(len(p.values), mostValues-min(len(i.props[k].values), mostValues))]...)
				found = true
			}
		}
		if !found && len(i.props) < mostProperties {
			i.props = append(i.props, p)
		}
	}
}

func (w *world) thing(section, uri string) *item { return w.things[section+" "+uri] }

// part gives the events of one part. It returns false where nobody wants more.
func (m *mapper) part(p *part, emit func(*event.Event) bool) bool {
	w := m.resolve(p)
	told := map[string]string{} // activity → id of its event
	state := map[string]int{}   // 1: at work, 2: done
	give := func(e *event.Event) bool {
		m.report.Events++
		return emit(e)
	}
	var visit func(a *item, depth int) bool
	visit = func(a *item, depth int) bool {
		if state[a.id] != 0 {
			return true
		}
		state[a.id] = 1
		// What an activity was informed by comes before it: an event refers to earlier ones.
		for _, r := range w.related[a.id] {
			if b := w.thing("activity", r.part(1)); r.kind == "wasInformedBy" && b != nil && depth < 1000 {
				if !visit(b, depth+1) {
					return false
				}
			}
		}
		state[a.id] = 2
		m.report.Records++
		m.at = m.report.Records
		if len(a.all(eventURI)) > 0 {
			return m.entry(w, a, give)
		}
		e := m.activity(w, a, told)
		if e == nil {
			return true
		}
		told[a.id] = e.ID
		return give(e)
	}
	for _, a := range w.activities {
		if !visit(a, 0) {
			return false
		}
	}
	// An activity need not be stated by itself. One of a log of ours that is not was not shown.
	for _, id := range w.unstated {
		if state[id] == 0 && !w.inLog(id) && !visit(&item{kind: "activity", id: id}, 0) {
			return false
		}
	}
	for _, d := range w.derived {
		if w.done[d] || w.ofLog(d) {
			continue
		}
		m.report.Records++
		m.at = m.report.Records
		if e := m.derivation(w, d); e != nil && !give(e) {
			return false
		}
	}
	m.leftovers(w)
	return true
}
