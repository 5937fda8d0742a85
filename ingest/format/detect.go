package format

import (
	"bytes"
	"unicode/utf16"
)

// Name is the name of a format, as `lichtspur ingest --format` takes it.
type Name string

// The formats.
const (
	Native  Name = "native"      // events as this log has them, NDJSON or a JSON array
	CSV     Name = "csv"         // rows, with a mapping
	NISTITL Name = "nist-itl"    // ANSI/NIST-ITL, traditional encoding
	NISTXML Name = "nist-xml"    // ANSI/NIST-ITL, NIEM-XML encoding
	OCSF    Name = "ocsf"        // Open Cybersecurity Schema Framework, JSON
	FHIR    Name = "fhir"        // AuditEvents of HL7 FHIR, JSON
	FHIRXML Name = "fhir-xml"    // AuditEvents of HL7 FHIR, XML
	Cloud   Name = "cloudevents" // CloudEvents, JSON, structured or batched
	Syslog  Name = "syslog"      // messages of syslog, with JSON or CEF, the latter with a mapping
	PROV    Name = "prov"        // W3C PROV-JSON
	C2PA    Name = "c2pa"        // a picture with a manifest of C2PA
)

// Names are all formats.
var Names = []Name{Native, CSV, NISTITL, NISTXML, OCSF, FHIR, FHIRXML, Cloud, Syslog, PROV, C2PA}

// HeadBytes is how much of the beginning of a file [Detect] wants.
const HeadBytes = 64 << 10

// Settled reports whether more of a file's beginning would not change what [Detect] says, so that one that comes slowly
// need not be waited for. Only documents of JSON may have their mark far from the beginning.
func Settled(head []byte) bool {
	text := bytes.TrimLeft(plain(head), " \t\r\n")
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		const enough = 4 << 10
		return len(head) >= enough || Detect(head) == Native
	}
	_, settled := object(text)
	return settled
}

// Detect tells which format a file is in by how it begins, or returns "". Rows have no mark of their own: what is
// text, begins as none of the others and has a separator in its first line is taken for [CSV].
func Detect(head []byte) Name {
	if tag, _, ok := bytes.Cut(head, []byte{':'}); ok && firstTag(tag) {
		return NISTITL
	}
	if picture(head) {
		return C2PA
	}
	text := bytes.TrimLeft(plain(head), " \t\r\n")
	if message(text) {
		return Syslog
	}
	switch {
	case len(text) == 0:
		return ""
	case text[0] == '{', text[0] == '[':
		if name, _ := object(text); name != "" {
			return name
		}
		return Native
	case text[0] == '<':
		if bytes.Contains(text, []byte("NISTBiometricInformationExchangePackage")) {
			return NISTXML
		}
		if bytes.Contains(text, []byte("AuditEvent")) || bytes.Contains(text, []byte("Bundle")) && bytes.Contains(text, []byte("http://hl7.org/fhir")) {
			return FHIRXML
		}
		return ""
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return ""
	}
	if bytes.Contains(text, []byte("\n{")) {
		return Native // whose first line is damaged
	}
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	if bytes.ContainsAny(line, ",;\t|") {
		return CSV
	}
	return ""
}

// firstTag reports whether b is the tag of field 1.001 in any of the ways it is written: 1.001, 1.01, 1.1.
func firstTag(b []byte) bool {
	record, field, ok := bytes.Cut(b, []byte{'.'})
	record, field = bytes.TrimLeft(record, "0"), bytes.TrimLeft(field, "0")
	return ok && len(b) <= 8 && string(record) == "1" && string(field) == "1"
}

// picture reports whether b begins as a picture does, of a kind that may have a manifest.
func picture(b []byte) bool {
	for _, begin := range []string{"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF8", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(b, []byte(begin)) {
			return true
		}
	}
	return len(b) >= 12 && (string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" || string(b[4:8]) == "ftyp")
}

// message reports whether b begins as a message of syslog, after its length or without it, or as one in CEF.
func message(b []byte) bool {
	if n := bytes.IndexByte(b[:min(len(b), 12)], ' '); n > 0 && len(bytes.Trim(b[:n], "0123456789")) == 0 {
		b = b[n+1:]
	}
	if bytes.HasPrefix(b, []byte("CEF:")) {
		return true
	}
	priority, _, ok := bytes.Cut(b[:min(len(b), 5)], []byte{'>'})
	return ok && len(priority) > 1 && priority[0] == '<' && len(bytes.Trim(priority[1:], "0123456789")) == 0
}

// plain takes a byte order mark off and turns UTF-16 into something to look at.
func plain(b []byte) []byte {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return wide(b[2:], 0)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return wide(b[2:], 1)
	case len(b) > 3 && b[0] != 0 && b[1] == 0 && b[3] == 0:
		return wide(b, 0)
	case len(b) > 3 && b[0] == 0 && b[1] != 0 && b[2] == 0:
		return wide(b, 1)
	}
	return b
}

// wide decodes UTF-16; low says which byte of a pair is the low one.
func wide(b []byte, low int) []byte {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i+low])|uint16(b[i+1-low])<<8)
	}
	return []byte(string(utf16.Decode(units)))
}
