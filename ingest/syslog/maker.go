package syslog

import (
	"bytes"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/cef"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// The codes of gaps, besides those of mappings (package table) and of native events (package event).
const (
	GapHeader    = "BAD_HEADER"          // it says that it is RFC 5424, and its header is not
	GapData      = "BAD_STRUCTURED_DATA" // likewise its structured data
	GapCEF       = "BAD_CEF"             // it begins as CEF and is not
	GapPayload   = "NO_PAYLOAD"          // neither JSON nor CEF, and there is no mapping
	GapNoMapping = "NO_MAPPING"          // CEF, and there is no mapping that says what it means
	GapRule      = "NO_RULE"             // the mapping has no event for such a message
	GapTooLong   = "TOO_LARGE"           // longer than a message may be
	GapOpen      = "CUT_OFF"             // the stream ended within it
	GapEncoding  = "OTHER_ENCODING"      // not UTF-8, read as Windows-1252
	GapRepeated  = "KEY_REPEATED"        // a key of CEF that came twice: the first counts
	GapStray     = "STRAY_TEXT"          // text of CEF before the first key
)

// Maker makes events of messages. It is for one goroutine.
type Maker struct {
	records *table.Records // nil: native events alone
	cells   []table.Cell
	one     [1]*event.Event

	// IgnoreOthers says that messages that the mapping has no event for are no loss: an appliance also says who logged in.
	IgnoreOthers bool
}

// NewMaker makes events by a mapping whose parameters were given; without one (nil), of native events in JSON alone.
func NewMaker(m *table.Mapping) (*Maker, error) {
	k := new(Maker)
	if m == nil {
		return k, nil
	}
	var err error
	k.records, err = table.NewRecords(m)
	return k, err
}

// Origin is what is known of a message beside its text.
type Origin struct {
	Own      string    // tells it apart where nothing in it does; "": it is counted, as a row of a file
	Received time.Time // zero: not known
}

// Made is what a message gave.
type Made struct {
	Events []*event.Event // hold until the next call
	Native []byte         // the text of the one event, where it came as such; Events are not validated then
}

// Events makes the events of one message. What cannot be mapped goes into the report, at report.Records; a message that is
// not read as a whole is there as a lost event. The error is that of a mapping that cannot go on.
func (k *Maker) Events(from Origin, f Frame, report *format.Report) (Made, error) {
	lost := func(code, problem string) (Made, error) {
		report.Add(code, "", problem, format.LostEvent, report.Records)
		return Made{}, nil
	}
	switch {
	case f.Open:
		return lost(GapOpen, "the stream ended within the message")
	case f.Cut > 0:
		return lost(GapTooLong, "a message that is longer than any may be")
	}
	m, err := Parse(f.Text)
	if bad, ok := errors.AsType[*fault](err); ok {
		return lost(bad.code, bad.problem)
	}
	text := bytes.TrimLeft(m.Text, " \t")
	if len(text) > 0 && text[0] == '{' {
		return k.native(text, report)
	}
	at := findCEF(text)
	switch {
	case k.records == nil && at >= 0:
		return lost(GapNoMapping, "a message in CEF, and no mapping says what it means")
	case k.records == nil:
		return lost(GapPayload, "the message is neither an event in JSON nor CEF")
	}
	if !utf8.Valid(f.Text) {
		report.Add(GapEncoding, "", "not UTF-8; read as Windows-1252", format.LostNone, report.Records)
		whole, err := charmap.Windows1252.NewDecoder().Bytes(f.Text)
		if err != nil {
			return lost(GapEncoding, "in no encoding that is read")
		}
		if m, err = Parse(whole); err != nil {
			return lost(GapHeader, "the header has not its five fields")
		}
		text = bytes.TrimLeft(m.Text, " \t")
		at = findCEF(text)
	}
	k.cells = k.cells[:0]
	// A mapping that neither chooses among messages nor reads any of what this one says was written for others.
	meant := at >= 0 || k.records.Chooses() || k.records.Reads("syslog.text")
	if at < 0 {
		k.cells = append(k.cells, table.Cell{Name: "syslog.text", Value: string(text)})
	} else if bad := k.cef(text[at:], report); bad != "" {
		return lost(GapCEF, bad)
	}
	// After those of the payload, so that none of them hides a key of the same name. Elements of structured data that are not
	// registered, and so not about the message itself, have an @ in their names (RFC 5424, 6.3.2).
	for name, value := range m.Fields() {
		k.cells = append(k.cells, table.Cell{Name: name, Value: value, Quiet: !strings.Contains(name, "@")})
		meant = meant || strings.HasPrefix(name, "data.") && k.records.Reads(name)
	}
	if !from.Received.IsZero() {
		k.cells = append(k.cells, table.Cell{Name: "syslog.received", Value: from.Received.UTC().Format(time.RFC3339Nano), Quiet: true})
	}
	var events []*event.Event
	ruled := false
	if meant {
		if events, ruled, err = k.records.Events(from.Own, k.cells, report); err != nil {
			return Made{}, err
		}
	}
	if !ruled {
		loss := format.LostEvent
		if k.IgnoreOthers {
			loss = format.LostNone
		}
		report.Add(GapRule, "", "the mapping has no event for such a message", loss, report.Records)
	}
	return Made{Events: events}, nil
}

// cef adds the cells of a message in CEF, or says what is wrong with it.
func (k *Maker) cef(text []byte, report *format.Report) string {
	m, err := cef.Parse(text)
	if err != nil {
		return "the message " + err.Error()
	}
	if m.Repeated > 0 {
		report.Add(GapRepeated, "", "a key that came before; the first counts", format.LostValue, report.Records)
	}
	if m.Stray > 0 {
		report.Add(GapStray, "", "text before the first key", format.LostValue, report.Records)
	}
	for names, value := range m.Fields() {
		k.cells = append(k.cells, table.Cell{Name: names[0], Alias: names[1], Value: value, Quiet: strings.HasPrefix(names[0], "cef.")})
	}
	return ""
}

// native reads a message that is an event in JSON. The log says itself what is wrong with one that parses.
func (k *Maker) native(text []byte, report *format.Report) (Made, error) {
	text = bytes.TrimRight(text, " \t\r\n")
	e, err := event.Parse(text)
	if bad, ok := errors.AsType[*event.ParseError](err); ok {
		report.Add(bad.Code, bad.Path, bad.Message, format.LostEvent, report.Records)
		return Made{}, nil
	}
	if err != nil {
		return Made{}, err
	}
	k.one[0] = e
	return Made{Events: k.one[:], Native: text}, nil
}

// findCEF is where a message in CEF begins, -1 where there is none. Older senders put a tag before it.
func findCEF(text []byte) int {
	const within = 256
	for at := 0; at < min(len(text), within); {
		n := bytes.Index(text[at:min(len(text), within+8)], []byte("CEF:"))
		if n < 0 {
			return -1
		}
		at += n
		if at == 0 || text[at-1] == ' ' || text[at-1] == ':' {
			return at
		}
		at += 4
	}
	return -1
}
