package format

// members are names that tell formats of JSON apart: members of a document's object, or of the first object of its
// array. A name stands here only if no other format has it.
var members = map[string]Name{
	"kind": Native,

	"resourceType": FHIR, "fullUrl": FHIR,

	"specversion": Cloud, "datacontenttype": Cloud, "data_base64": Cloud, "dataschema": Cloud,

	"class_uid": OCSF, "class_name": OCSF, "type_uid": OCSF, "category_uid": OCSF, "category_name": OCSF, "activity_id": OCSF,
	"activity_name": OCSF, "severity_id": OCSF, "time_dt": OCSF, "type_name": OCSF, "src_endpoint": OCSF, "observables": OCSF,

	// Entities, activities and agents are of others, too.
	"prefix": PROV, "bundle": PROV, "used": PROV, "wasGeneratedBy": PROV, "wasDerivedFrom": PROV, "wasAttributedTo": PROV,
	"wasAssociatedWith": PROV, "wasInformedBy": PROV, "wasInvalidatedBy": PROV, "actedOnBehalfOf": PROV, "specializationOf": PROV,
	"alternateOf": PROV, "hadMember": PROV, "wasInfluencedBy": PROV, "wasStartedBy": PROV, "wasEndedBy": PROV,
}

// lists are members whose array holds the records themselves: the first of them is looked into.
var lists = map[string]bool{"Records": true, "records": true, "Events": true, "events": true, "logs": true, "results": true, "hits": true, "value": true, "items": true, "entry": true}

// inner are members that hold the record itself: what a search or a collector has put around it is no mark.
var inner = map[string]bool{"_source": true, "result": true, "event": true, "ocsf": true, "resource": true}

// object tells by the names of its members in which format a document of JSON is. settled is false where the text ends
// before one of them, or the object's end, has been seen.
func object(text []byte) (name Name, settled bool) {
	i := 0
	space := func() bool {
		for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
			i++
		}
		return i < len(text)
	}
	for space() && text[i] == '[' {
		i++
	}
	if !space() {
		return "", false
	}
	if text[i] != '{' {
		return "", true // an array that is empty, or of something else
	}
	for i++; space(); {
		switch text[i] {
		case '}':
			return "", true
		case ',':
			i++
			continue
		case '"':
		default:
			return "", true // not JSON: the reader says so
		}
		end := quoted(text, i)
		if end < 0 {
			return "", false
		}
		key := text[i+1 : end-1]
		if n := members[string(key)]; n != "" {
			return n, true
		}
		if i = end; !space() {
			return "", false
		}
		if text[i] != ':' {
			return "", true
		}
		if i++; !space() {
			return "", false
		}
		if lists[string(key)] && text[i] == '[' {
			return object(text[i:])
		}
		if inner[string(key)] && text[i] == '{' {
			if n, settled := object(text[i:]); n != "" || !settled {
				return n, settled
			}
		}
		if i = beyond(text, i); i < 0 {
			return "", false
		}
	}
	return "", false
}

// beyond returns the place after the value that begins at i, or -1.
func beyond(text []byte, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '"':
			if i = quoted(text, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}

// quoted returns the place after the string that begins at i, or -1.
func quoted(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}
