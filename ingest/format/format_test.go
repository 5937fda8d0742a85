package format_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/ingest/format"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       format.Name
	}{
		{"native line", `{"id":"a"}`, format.Native},
		{"native array after a byte order mark", "\xef\xbb\xbf [", format.Native},
		{"OCSF", `{"actor":{"kind":1},"api":{"operation":"a\"{"},"class_uid":6003}`, format.OCSF},
		{"OCSF around a list", "{\n \"n\": 1, \"Records\": [\n {\"time\":1,\"activity_id\":2", format.OCSF},
		{"OCSF within a hit", `{"_index":"x","_source":{"class_uid":6005}}`, format.OCSF},
		{"an object of something else", `{"a":{"class_uid":6003}}`, format.Native},
		{"CloudEvents", `{"data":{"kind":"QUERY","class_uid":6003},"specversion":"1.0"}`, format.Cloud},
		{"CloudEvents, a batch", `[ {"id":"a","type":"x","datacontenttype":"x/y"}`, format.Cloud},
		{"FHIR", `{"id":"1","resourceType":"AuditEvent"}`, format.FHIR},
		{"FHIR, a Bundle whose type stands last", `{"entry":[{"resource":{"id":"1","resourceType":"AuditEvent"`, format.FHIR},
		{"FHIR in XML", `<AuditEvent xmlns="http://hl7.org/fhir">`, format.FHIRXML},
		{"FHIR in XML, a Bundle", `<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"><id value="x"/>`, format.FHIRXML},
		{"NIST", "1.001:194\x1d1.002:0", format.NISTITL},
		{"NIST with short tags", "1.01:194\x1d1.02:0200", format.NISTITL},
		{"NIST's second record alone", "2.001:57\x1d", ""},
		{"NIEM", "<?xml version=\"1.0\"?>\n<itl:NISTBiometricInformationExchangePackage>", format.NISTXML},
		{"NIEM in UTF-16", "\xff\xfe<\x00N\x00I\x00S\x00T\x00B\x00i\x00o\x00m\x00e\x00t\x00r\x00i\x00c\x00I\x00n\x00f\x00o\x00r\x00m\x00a\x00t\x00i\x00o\x00n\x00E\x00x\x00c\x00h\x00a\x00n\x00g\x00e\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", format.NISTXML},
		{"other XML", "<html>", ""},
		{"PROV", `{"entity":{"a":{}},"used":{"_:u":{`, format.PROV},
		{"PROV with its prefixes first", "{\n \"prefix\": {\"ex\": \"http", format.PROV},
		{"syslog", "<134>1 2026-05-01T09:00:00Z gate", format.Syslog},
		{"syslog, counted", "212 <34>1 2026-05-01T09:00:00Z gate", format.Syslog},
		{"CEF without a header", "CEF:0|a|b|c|", format.Syslog},
		{"an element named by a digit", "<1a>,", ""},
		{"a number in the first cell", "12 <3,x\n", format.CSV},
		{"rows", "id,time\n1,2\n", format.CSV},
		{"rows with semicolons in UTF-16 without a mark", "i\x00d\x00;\x00t\x00\n\x00", format.CSV},
		{"a time in the first cell", "12:30,x\n", format.CSV},
		{"a picture", "\xff\xd8\xff\xe0\x00\x10JFIF,", format.C2PA},
		{"a picture in PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", format.C2PA},
		{"a picture in HEIF", "\x00\x00\x00\x18ftypheic", format.C2PA},
		{"two letters of TIFF", "MM,II\n1,2\n", format.CSV},
		{"nothing", "", ""},
		{"prose", "Dear colleague", ""},
	} {
		if got := format.Detect([]byte(c.head)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSettled(t *testing.T) {
	for head, want := range map[string]bool{
		`{"id":"a","ki`: false, `{"id":"a","kind"`: true, `{"id":"a"}`: true, `[ {"a":[1,{"kind":"}`: false, `{"a":{"kind":1}`: false, `[]`: true, "": false,
		"id,time": false, "id,time" + strings.Repeat(" ", 4<<10): true, "x\n{": true, `{"a":"\"}`: false, `{"a":"\\"}`: true, "{a:1}": true,
	} {
		if got := format.Settled([]byte(head)); got != want {
			t.Errorf("%s: %v", head, got)
		}
	}
}

func TestReportIsBounded(t *testing.T) {
	var r format.Report
	for i := range int64(3 * format.MostGaps) {
		r.Add("X", strconv.FormatInt(i, 10), "p", format.LostEvent, i+1)
		r.Add("X", "0", "p", format.LostEvent, i+1)
	}
	gaps := r.Gaps()
	if len(gaps) > format.MostGaps+1 {
		t.Fatalf("%d gaps", len(gaps))
	}
	if gaps[0].First != 1 || gaps[0].Count != 3*format.MostGaps+1 {
		t.Errorf("the first gap is %+v", gaps[0])
	}
	if r.Lost() != 6*format.MostGaps {
		t.Errorf("%d lost: gaps beyond the limit must be counted", r.Lost())
	}
}

// Two reasons in one field are two gaps: the reason of the first is not that of the second.
func TestReasonsAreToldApart(t *testing.T) {
	r := new(format.Report)
	r.Add("BAD_VALUE", "time", "skipped by clocks", format.LostValue, 1)
	r.Add("BAD_VALUE", "time", "in no layout", format.LostValue, 2)
	r.Add("BAD_VALUE", "time", "skipped by clocks", format.LostValue, 3)
	if g := r.Gaps(); len(g) != 2 || g[0].Count != 2 || g[0].Problem != "skipped by clocks" || g[1].Count != 1 || g[1].First != 2 {
		t.Errorf("%+v", g)
	}
}
