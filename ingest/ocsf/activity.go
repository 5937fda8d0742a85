package ocsf

import (
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
)

// The classes that are read.
const (
	classAPI       = "6003"
	classDatastore = "6005"
)

// activity is what was done with images: a kind, or that it was nothing to images, or nothing that a kind tells of.
type activity struct {
	kind    event.Kind
	nothing bool // no image is touched
}

var lost = activity{}

// activities are those of activity_id.
var activities = map[string]activity{
	classDatastore + "/1": {kind: event.KindConsult},
	classDatastore + "/2": lost, // what of a record was altered is not said
	classDatastore + "/3": {nothing: true},
	classDatastore + "/4": {kind: event.KindQuery},
	classDatastore + "/5": {kind: event.KindEnrol},
	classDatastore + "/6": {kind: event.KindEnrol},
	classDatastore + "/7": {kind: event.KindErase},
	classDatastore + "/8": {kind: event.KindConsult},
	classDatastore + "/9": {nothing: true}, classDatastore + "/10": {nothing: true},
	classAPI + "/1": {kind: event.KindEnrol},
	classAPI + "/2": {kind: event.KindConsult},
	classAPI + "/3": lost,
	classAPI + "/4": {kind: event.KindErase},
}

// verbs are words of operations. Those of weak stand for what another word of the operation says, if one does:
// CreateExport is an export.
var verbs = map[string]activity{
	"search": {kind: event.KindQuery}, "find": {kind: event.KindQuery}, "query": {kind: event.KindQuery}, "identify": {kind: event.KindQuery},
	"identification": {kind: event.KindQuery}, "lookup": {kind: event.KindQuery}, "recognize": {kind: event.KindQuery}, "recognise": {kind: event.KindQuery}, "suche": {kind: event.KindQuery},
	"compare": {kind: event.KindCompare}, "verify": {kind: event.KindCompare}, "match": {kind: event.KindCompare}, "vergleich": {kind: event.KindCompare},
	"index": {kind: event.KindEnrol}, "enrol": {kind: event.KindEnrol}, "enroll": {kind: event.KindEnrol}, "upload": {kind: event.KindEnrol},
	"insert": {kind: event.KindEnrol}, "store": {kind: event.KindEnrol}, "register": {kind: event.KindEnrol}, "ingest": {kind: event.KindEnrol},
	"get": {kind: event.KindConsult}, "read": {kind: event.KindConsult}, "view": {kind: event.KindConsult}, "list": {kind: event.KindConsult}, "download": {kind: event.KindConsult},
	"show": {kind: event.KindConsult}, "display": {kind: event.KindConsult}, "fetch": {kind: event.KindConsult}, "retrieve": {kind: event.KindConsult}, "select": {kind: event.KindConsult},
	"export": {kind: event.KindDisclose}, "forward": {kind: event.KindDisclose}, "share": {kind: event.KindDisclose}, "send": {kind: event.KindDisclose},
	"transfer": {kind: event.KindDisclose}, "disclose": {kind: event.KindDisclose}, "transmit": {kind: event.KindDisclose}, "publish": {kind: event.KindDisclose},
	"import": {kind: event.KindReceive}, "receive": {kind: event.KindReceive},
	"delete": {kind: event.KindErase}, "erase": {kind: event.KindErase}, "purge": {kind: event.KindErase}, "destroy": {kind: event.KindErase}, "remove": {kind: event.KindErase},
	"train": {kind: event.KindTrain},
	// What these make of a picture no kind tells of.
	"detect": lost, "analyze": lost, "analyse": lost, "update": lost, "modify": lost, "associate": lost, "disassociate": lost, "tag": lost, "untag": lost,
	"describe": {nothing: true}, "connect": {nothing: true}, "login": {nothing: true},
}

var weak = map[string]activity{
	"create": {kind: event.KindEnrol}, "add": {kind: event.KindEnrol}, "put": {kind: event.KindEnrol}, "write": {kind: event.KindEnrol}, "post": lost,
}

// done tells by the words of a name what was done.
func done(name string) (activity, bool) {
	words := audit.Words(name)
	for _, list := range []map[string]activity{verbs, weak} {
		for _, w := range words {
			if a, ok := list[w]; ok {
				return a, true
			}
		}
	}
	return activity{}, false
}

// activityOf tells what was done in a record.
func (m *Mapper) activityOf(r audit.Node, class string) activity {
	number := r.First("activity_id")
	if uid := r.First("type_uid"); number == "" && len(uid) > 4 {
		number = uid[4:]
		if number[0] == '0' {
			number = number[1:]
		}
	}
	name, operation := r.First("activity_name", "type_name"), r.First("api.operation")
	if k, ok := m.Kind(operation, class+"/"+number, name); ok {
		return activity{kind: k, nothing: k == ""}
	}
	if class == classAPI {
		if a, ok := done(operation); ok {
			return a
		}
	}
	if a, ok := activities[class+"/"+number]; ok {
		return a
	}
	if number == "" || number == "0" || number == "99" {
		if a, ok := done(name); ok {
			return a
		}
		if a, ok := done(operation); ok {
			return a
		}
	}
	return lost
}
