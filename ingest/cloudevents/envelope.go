package cloudevents

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/ingest/audit"
)

// Event is one CloudEvent.
type Event struct {
	ID, Source, Type    string
	ContentType, Schema string
	Time                string
	Data                []byte
	Others              []string // names of attributes that are not mapped and there
}

// Refusal is why something is no CloudEvent that can be read.
type Refusal struct {
	Code    string // stable
	Field   string // attribute
	Message string
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s: %s", r.Code, r.Field, r.Message) }

// The codes of refusals.
const (
	BadEvent  = "BAD_CLOUDEVENT" // an attribute is missing, or not in its form
	NoData    = "NO_DATA"
	BadData   = "BAD_DATA"     // data that is not what its content type says
	OtherData = "UNKNOWN_DATA" // data in none of the formats
)

// infrastructure are extensions that speak of the way of an event, not of the event.
var infrastructure = map[string]bool{
	"traceparent": true, "tracestate": true, "sequence": true, "sequencetype": true, "partitionkey": true, "sampledrate": true,
	"recordedtime": true, "expirytime": true, "knativearrivaltime": true, "severitytext": true, "severitynumber": true,
}

// check looks for what a CloudEvent cannot be without.
func (e *Event) check(version string) *Refusal {
	if version == "" {
		return &Refusal{BadEvent, "specversion", "the attribute is missing"}
	}
	if version != "1" && !strings.HasPrefix(version, "1.") {
		return &Refusal{BadEvent, "specversion", "another version than 1.0"}
	}
	for _, a := range []struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"type", e.Type}} {
		if a.value == "" {
			return &Refusal{BadEvent, a.name, "the attribute is missing"}
		}
		if !utf8.ValidString(a.value) || strings.IndexFunc(a.value, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) >= 0 {
			return &Refusal{BadEvent, a.name, "the attribute has characters that it must not have"}
		}
	}
	return nil
}

// Structured takes a CloudEvent out of its JSON. It is valid until the document is used again.
func Structured(d *audit.Document) (*Event, *Refusal) {
	r := d.Root()
	e := new(Event)
	var data []audit.Node
	var base audit.Node
	version := ""
	for n := range r.Each() {
		switch name := n.Name(); name {
		case "specversion":
			version = n.Text()
		case "id":
			e.ID = n.Text()
		case "source":
			e.Source = n.Text()
		case "type":
			e.Type = n.Text()
		case "datacontenttype":
			e.ContentType = n.Text()
		case "dataschema":
			e.Schema = n.Text()
		case "time":
			e.Time = n.Text()
		case "data":
			data = append(data, n)
		case "data_base64":
			base = n
		default:
			if n.There() && !infrastructure[name] {
				e.Others = append(e.Others, name)
			}
		}
	}
	if refusal := e.check(version); refusal != nil {
		return nil, refusal
	}
	switch {
	case base.There() && len(data) > 0:
		return nil, &Refusal{BadEvent, "data", "both data and data_base64 are there"}
	case base.There():
		s, ok := unquoted(base)
		b, err := base64.StdEncoding.DecodeString(s)
		if !ok || err != nil {
			return nil, &Refusal{BadData, "data_base64", "not base64"}
		}
		e.Data = b
	case len(data) == 0 || !data[0].There():
		return nil, &Refusal{NoData, "data", "there is nothing in the envelope"}
	case isJSON(e.ContentType):
		if len(data) == 1 {
			e.Data = data[0].Raw()
			break
		}
		for _, n := range data { // a list
			e.Data = append(append(e.Data, n.Raw()...), '\n')
		}
	default:
		s, ok := unquoted(data[0])
		if !ok || len(data) > 1 {
			return nil, &Refusal{BadData, "data", "not a text, as its content type wants it"}
		}
		e.Data = []byte(s)
	}
	return e, nil
}

// unquoted is the text of a string, however long.
func unquoted(n audit.Node) (s string, ok bool) {
	if !n.IsText() && !n.Lost() {
		return "", false
	}
	return s, json.Unmarshal(n.Raw(), &s, jsontext.AllowInvalidUTF8(false)) == nil
}

// isJSON reports whether a content type is that of JSON: */json, *+json, or none at all.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json"))
}

// Binary takes a CloudEvent out of an HTTP message in binary mode.
func Binary(h http.Header, body []byte) (*Event, *Refusal) {
	e := &Event{ContentType: h.Get("Content-Type"), Data: body}
	version := ""
	for key, values := range h {
		name, ok := strings.CutPrefix(strings.ToLower(key), "ce-")
		if !ok {
			continue
		}
		if len(values) > 1 {
			return nil, &Refusal{BadEvent, name, "the header is there more than once"}
		}
		value, ok := Decode(values[0])
		if !ok {
			return nil, &Refusal{BadEvent, name, "the header is not UTF-8"}
		}
		switch name {
		case "specversion":
			version = value
		case "id":
			e.ID = value
		case "source":
			e.Source = value
		case "type":
			e.Type = value
		case "dataschema":
			e.Schema = value
		case "time":
			e.Time = value
		case "datacontenttype": // Content-Type says it
		default:
			if !infrastructure[name] {
				e.Others = append(e.Others, name)
			}
		}
	}
	if refusal := e.check(version); refusal != nil {
		return nil, refusal
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, &Refusal{NoData, "data", "there is nothing in the envelope"}
	}
	return e, nil
}

// Decode reads the value of a ce-* header: a quoted string is taken out of its quotation marks (RFC 7230 section 3.2.6), then
// percent-encoding is decoded once. A percent sign before something else than two hex digits stands for itself, as older
// senders wrote it. It is false where the value is not UTF-8 in the end.
func Decode(s string) (string, bool) {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		var b strings.Builder
		in := s[1 : len(s)-1]
		for i := 0; i < len(in); i++ {
			if in[i] == '\\' && i+1 < len(in) {
				i++
			}
			b.WriteByte(in[i])
		}
		s = b.String()
	}
	if strings.IndexByte(s, '%') >= 0 {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) {
				if hi, lo := hex(s[i+1]), hex(s[i+2]); hi >= 0 && lo >= 0 {
					b = append(b, byte(hi<<4|lo))
					i += 2
					continue
				}
			}
			b = append(b, s[i])
		}
		s = string(b)
	}
	return s, utf8.ValidString(s)
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
