package ingest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/audit"
)

const cloudPath = "/v1/cloudevents"

func envelope(id, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","type":"x","source":"/gateway","id":%q,"data":%s}`, id, data)
}

// bare is a native event without an id of its own.
func bare(user string) string {
	return strings.Replace(strings.Replace(native(""), `"id":"",`, "", 1), "user-1", user, 1)
}

func TestCloudEventsInThreeModes(t *testing.T) {
	s := newStation(t, 0)
	s.declare(t, &event.Declaration{Type: event.DeclareSystem, ID: "faces", Name: event.Text{EN: "Faces"}, System: &event.SystemDeclaration{Operator: "bka"}})
	p, err := audit.ParseProfile([]byte("organisation: bka\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.handler.Profile = p
	const (
		structured = "application/cloudevents+json; charset=utf-8"
		batched    = "application/cloudevents-batch+json"
	)
	binary := func(id, media string) []string {
		return []string{"Content-Type", media, "ce-specversion", "1.0", "ce-type", "x", "ce-source", "/gateway", "ce-id", id}
	}
	of := func(media string) []string { return []string{"Content-Type", media} }
	const record = `{"class_uid":6005,"activity_id":4,"actor":{"user":{"name":"kim"}},"database":{"name":"faces"},"time":1714557013000,"device":{"ip":"192.0.2.1"}}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(envelope("z", bare("z"))))
	_ = z.Close()
	for _, c := range []struct {
		name, body string
		header     []string
		status     int
		want       ingest.Summary
		says       string
	}{
		{"structured", envelope("1", bare("u")), of(structured), 200, ingest.Summary{Accepted: 1}, `"id":"cloudevents//gateway 1"`},
		{"sent again", envelope("1", bare("u")), of(structured), 200, ingest.Summary{Duplicates: 1}, ""},
		{"the same id with other data", envelope("1", bare("v")), of(structured), 422, ingest.Summary{Rejected: 1, Quarantined: 1}, "ID_REUSED"},
		{"binary, the same event", bare("u"), binary("1", "application/json"), 200, ingest.Summary{Duplicates: 1}, ""},
		{"binary", bare("u"), binary("%C3%A4%20%22", "application/json"), 200, ingest.Summary{Accepted: 1}, `cloudevents//gateway ä \"`},
		{"an event with an id of its own", envelope("3", native("own")), of(structured), 200, ingest.Summary{Accepted: 1}, `"id":"own"`},
		{"that, in another envelope", native("own"), binary("4", "application/json"), 200, ingest.Summary{Duplicates: 1}, ""},
		{"a batch", "[" + envelope("5", bare("u")) + "," + envelope("6", record) + "," + envelope("5", bare("u")) + "]", of(batched), 200, ingest.Summary{Accepted: 2, Duplicates: 1}, `"unmapped":["device"]`},
		{"a batch with some that are none", "[" + envelope("7", bare("u")) + `,{"specversion":"1.0"},{"a":"\q"},` + envelope("8", `{"class_uid":6005,"activity_id":4,"database":{"name":"cars"}}`) + "," + envelope("9", bare("w")) + "]",
			of(batched), 200, ingest.Summary{Accepted: 2, Rejected: 3}, `"status":"REJECTED","id":"cloudevents//gateway 8","faults":[{"code":"NOT_ABOUT_FACES"`},
		{"an empty batch", "[]", of(batched), 200, ingest.Summary{}, ""},
		{"a batch that is cut", "[" + envelope("10", bare("u")) + ",", of(batched), 200, ingest.Summary{}, "TRUNCATED"},
		{"FHIR in binary mode", `{"resourceType":"AuditEvent","type":{"code":"rest"},"action":"R","recorded":"2024-05-01T00:00:00Z","source":{"observer":{"display":"Faces"}},"entity":[{"what":{"reference":"Media/1"}}]}`,
			binary("11", "application/fhir+json"), 200, ingest.Summary{Accepted: 1}, ""},
		{"FHIR in XML", `<AuditEvent xmlns="http://hl7.org/fhir"><type><code value="rest"/></type><action value="R"/><recorded value="2024-05-01T00:00:00Z"/><source><observer><display value="Faces"/></observer></source><entity><what><reference value="Media/2"/></what></entity></AuditEvent>`,
			binary("12", "application/fhir+xml"), 200, ingest.Summary{Accepted: 1}, ""},
		{"gzip", zipped.String(), append(of(structured), "Content-Encoding", "gzip"), 200, ingest.Summary{Accepted: 1}, ""},
		{"an organisation that is not declared", envelope("13", strings.Replace(bare("u"), `"requester":"bka"`, `"requester":"nobody"`, 1)), of(structured), 422, ingest.Summary{Rejected: 1, Quarantined: 1}, "UNDECLARED"},
		{"no id", strings.Replace(envelope("14", bare("u")), `"id":"14",`, "", 1), of(structured), 422, ingest.Summary{Rejected: 1}, "BAD_CLOUDEVENT"},
		{"no JSON", "{", of(structured), 400, ingest.Summary{}, "TRUNCATED"},
		{"a header that is not UTF-8", bare("u"), binary("%C0%A0", "application/json"), 400, ingest.Summary{}, "BAD_CLOUDEVENT"},
		{"no CloudEvent", bare("u"), of("application/json"), 400, ingest.Summary{}, "BAD_CLOUDEVENT"},
		{"another event format", "x", of("application/cloudevents+avro"), 415, ingest.Summary{}, "MEDIA_TYPE"},
		{"a picture", "\xff\xd8", binary("15", "image/jpeg"), 422, ingest.Summary{Rejected: 1}, "NOT_JSON"},
	} {
		status, answer := s.send(t, http.MethodPost, cloudPath, s.token, []byte(c.body), c.header...)
		if status != c.status || !strings.Contains(answer, c.says) {
			t.Errorf("%s: %d, want %d with %s\n%s", c.name, status, c.status, c.says, answer)
			continue
		}
		if strings.Contains(answer, `"summary"`) != (status != 400 && status != 415 && c.says != "TRUNCATED") {
			t.Errorf("%s: %s", c.name, answer)
		}
		if status == 200 || status == 422 {
			if sum, _ := summaryOf(t, answer); sum != c.want {
				t.Errorf("%s: %+v, want %+v\n%s", c.name, sum, c.want, answer)
			}
		}
	}
	// The lines of a batch are the places of its CloudEvents.
	_, answer := s.send(t, http.MethodPost, cloudPath, s.token, []byte("["+`{"a":1},`+envelope("20", bare("u"))+"]"), "Content-Type", batched)
	if !strings.Contains(answer, `{"line":1,"status":"REJECTED"`) || !strings.Contains(answer, `{"line":2,"status":"ACCEPTED"`) {
		t.Error(answer)
	}
}

// The door is the same one: a reader's token, or none, hands nothing in.
func TestCloudEventsComeThroughTheDoor(t *testing.T) {
	s := newStation(t, 0)
	body := []byte(envelope("1", bare("u")))
	if status, _ := s.send(t, http.MethodPost, cloudPath, "lsp_none", body, "Content-Type", "application/cloudevents+json"); status != http.StatusUnauthorized {
		t.Errorf("a token that is none: %d", status)
	}
	if status, _ := s.send(t, http.MethodGet, cloudPath, s.token, nil); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", status)
	}
	if status, answer := s.send(t, http.MethodPost, cloudPath, s.token, bytes.Repeat([]byte(" "), audit.MaxRecord+2), "Content-Type", "application/cloudevents+json"); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d %s", status, answer)
	}
}
