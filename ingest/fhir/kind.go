package fhir

import (
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
)

// activity is what was done with records: a kind, or that none was touched.
type activity struct {
	kind    event.Kind
	nothing bool
}

// codes are those of types and subtypes: DICOM (PS3.16, part of RFC 3881 before), restful interactions, ISO 21089.
var codes = map[string]activity{
	"110112": {kind: event.KindQuery}, "search": {kind: event.KindQuery}, "search-type": {kind: event.KindQuery}, "search-system": {kind: event.KindQuery}, "query": {kind: event.KindQuery},
	"110103": {kind: event.KindConsult}, "read": {kind: event.KindConsult}, "vread": {kind: event.KindConsult}, "history": {kind: event.KindConsult},
	"history-instance": {kind: event.KindConsult}, "history-type": {kind: event.KindConsult}, "history-system": {kind: event.KindConsult}, "access": {kind: event.KindConsult}, "view": {kind: event.KindConsult},
	"110106": {kind: event.KindDisclose}, "110104": {kind: event.KindDisclose}, "disclose": {kind: event.KindDisclose}, "disclosure": {kind: event.KindDisclose},
	"transmit": {kind: event.KindDisclose}, "export": {kind: event.KindDisclose},
	"110107": {kind: event.KindReceive}, "receive": {kind: event.KindReceive}, "import": {kind: event.KindReceive},
	"create": {kind: event.KindEnrol}, "originate": {kind: event.KindEnrol},
	"110105": {kind: event.KindErase}, "delete": {kind: event.KindErase}, "destroy": {kind: event.KindErase},

	"110100": {nothing: true}, "110101": {nothing: true}, "110102": {nothing: true}, "110108": {nothing: true}, "110113": {nothing: true}, "110114": {nothing: true},
	"110120": {nothing: true}, "110121": {nothing: true}, "110122": {nothing: true}, "110123": {nothing: true}, "110124": {nothing: true}, "110125": {nothing: true},
	"110126": {nothing: true}, "110127": {nothing: true}, "110128": {nothing: true}, "110129": {nothing: true}, "110130": {nothing: true}, "110131": {nothing: true},
	"110132": {nothing: true}, "110133": {nothing: true}, "110134": {nothing: true}, "110135": {nothing: true}, "110136": {nothing: true}, "110137": {nothing: true},
	"110138": {nothing: true}, "110139": {nothing: true}, "110140": {nothing: true}, "110141": {nothing: true}, "110142": {nothing: true}, "login": {nothing: true}, "logout": {nothing: true},
	"capabilities": {nothing: true},
}

// activityOf tells what was done in a record.
func (m *Mapper) activityOf(r audit.Node) activity {
	var all []string
	for _, name := range []string{"subtype", "subType", "code", "type", "category"} { // what is narrower first
		for n := range r.All(name) {
			for c := range codings(n) {
				all = append(all, c.First("code"), c.First("display"))
			}
			all = append(all, n.First("text"))
		}
	}
	if e := r.At("event"); e.Branch() { // R2
		all = append(all, e.First("subtype.code"), e.First("type.code"))
	}
	action := r.First("action", "event.action")
	if k, ok := m.Kind(append(all, action)...); ok {
		return activity{kind: k, nothing: k == ""}
	}
	for _, c := range all {
		if a, ok := codes[strings.ToLower(c)]; ok {
			return a
		}
	}
	switch action {
	case "C":
		return activity{kind: event.KindEnrol}
	case "R":
		return activity{kind: event.KindConsult}
	case "D":
		return activity{kind: event.KindErase}
	case "E":
		for e := range r.All("entity") {
			if e.At("query").There() {
				return activity{kind: event.KindQuery}
			}
		}
	}
	return activity{}
}
