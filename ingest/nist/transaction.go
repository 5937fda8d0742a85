package nist

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Transaction is what is kept of one: the header, and of each picture its digest.
type Transaction struct {
	Version  string // 1.002 VER
	Type     string // 1.004 TOT
	Date     string // 1.005 DAT, a day where it was sent
	Priority string // 1.006 PRY
	To       string // 1.007 DAI
	From     string // 1.008 ORI
	Control  string // 1.009 TCN
	Answers  string // 1.010 TCR
	Domain   string // 1.013 DOM, name and version
	UTC      string // 1.014 GMT

	Records map[int]int // type of record → how many, Type-1 left out
	Images  []Image     // of Type-10 records
	Digest  [32]byte    // SHA-256 of the whole transaction
}

// Image is one Type-10 record.
type Image struct {
	IDC       string // 10.002
	Type      string // 10.003 IMT: FACE, SCAR, TATTOO …
	Source    string // 10.004 SRC: the agency that took it
	Taken     string // 10.005 PHD
	Algorithm string // 10.011 CGA
	Digest    string // "sha256:…" of 10.999, "" where there is no data
	Bytes     int64
	Stated    string // 10.996 HAS: the digest as the sender has it
	Elsewhere bool   // 10.994 EFR: the data is not in the transaction
}

// The codes of gaps.
const (
	GapRecord    = "RECORD_NOT_MAPPED" // of a type that is skipped
	GapNoFace    = "NOT_A_FACE"        // a Type-10 image of something else
	GapNoData    = "NO_IMAGE_DATA"     // a Type-10 record without its picture, and without its digest
	GapHash      = "DIGEST_DIFFERS"    // the picture is not what the sender hashed
	GapField     = "FIELD_NOT_MAPPED"  // a field that no event has
	GapValue     = "BAD_VALUE"         // a field that is not in its form
	GapMissing   = "FIELD_MISSING"     // a field that the event cannot be without
	GapDates     = "DATES_DISAGREE"    // DAT and GMT are not the same day anywhere
	GapCount     = "COUNT_DIFFERS"     // CNT does not count what it lists
	GapIDC       = "IDC_DIFFERS"       // a record has another IDC than CNT says
	GapTrailing  = "TRAILING_SPACE"    // white space after the transaction
	GapInvalid   = "INVALID_EVENT"     // what the transaction gives is no event
	GapAlgorithm = "UNKNOWN_ALGORITHM" // a compression without a known media type
)

// maxValue is how long a value of the header may be to be kept, in bytes.
const maxValue = 400

// clean makes text of a field's bytes: without the space around it, Latin-1 where it is not UTF-8. What is longer than
// any identifier, or has control characters, is not kept; ok says so.
func clean(b []byte) (s string, ok bool) {
	b = []byte(strings.Trim(string(b), " \x00\t\r\n"))
	if len(b) > maxValue {
		return "", false
	}
	if !utf8.Valid(b) {
		out, err := charmap.ISO8859_1.NewDecoder().Bytes(b)
		if err != nil {
			return "", false
		}
		b = out
	}
	s = string(b)
	return s, strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == utf8.RuneError }) < 0
}

// mediaTypes are those of the compression algorithms that a Type-10 image may have.
var mediaTypes = map[string]string{
	"JPEGB": "image/jpeg", "JPEGL": "image/jpeg", "JP2": "image/jp2", "JP2L": "image/jp2", "PNG": "image/png", "NONE": "",
}

// mapper makes events of transactions.
type mapper struct {
	*Profile
	report *format.Report
	at     int64 // number of the transaction
}

func (m *mapper) gap(code, field, problem string, loss format.Loss) {
	m.report.Add(code, field, problem, loss, m.at)
}

// events gives the events of one transaction. The error is that of emit.
func (m *mapper) events(t *Transaction, emit func(*event.Event) bool) bool {
	for _, n := range slices.Sorted(maps.Keys(t.Records)) {
		if n != 10 {
			for range t.Records[n] {
				m.gap(GapRecord, fmt.Sprintf("Type-%d", n), "records of this type are read over", format.LostValue)
			}
		}
	}
	e := m.transfer(t)
	var captures []*event.Event
	sources := map[string]bool{}
	for i := range t.Images {
		img, ok := m.image(&t.Images[i])
		if !ok {
			continue
		}
		if e.Kind == event.KindQuery {
			img.Role = event.RoleProbe
		}
		e.Images = append(e.Images, img)
		src := t.Images[i].Source
		sources[src] = true
		if c := m.capture(&t.Images[i], img); c != nil {
			captures = append(captures, c)
		}
	}
	if len(sources) == 1 && !sources[""] {
		for s := range sources {
			e.Origin = m.organisation(s)
		}
	}
	if t.From == "" || t.To == "" {
		m.gap(GapMissing, map[bool]string{true: "1.008", false: "1.007"}[t.From == ""], "who sent it to whom is not said", format.LostEvent)
		return true
	}
	for _, e := range append(captures, e) {
		if faults := e.Validate(); len(faults) > 0 {
			m.gap(GapInvalid, faults[0].Path, faults[0].Code+": "+faults[0].Problem, format.LostEvent)
			continue
		}
		m.report.Events++
		if !emit(e) {
			return false
		}
	}
	return true
}

// transfer is the event that a transaction is: images, or records where it has none, that went from one to the other.
func (m *mapper) transfer(t *Transaction) *event.Event {
	digest := base64.RawURLEncoding.EncodeToString(t.Digest[:16])
	e := &event.Event{
		ID:       strings.Join([]string{"nist", t.From, t.Control, t.Date, digest}, "/"),
		Kind:     m.kind(t.Type),
		Exercise: m.Exercise,
		Occurred: m.occurred(t),
		From:     event.Place{Organisation: m.organisation(t.From)},
		To:       event.Place{Organisation: m.organisation(t.To)},
		Purpose:  m.Purpose,
		Basis:    m.Basis,
	}
	e.Requester = e.From.Organisation
	// Control numbers come again, so what pairs what was sent with what was received has the sender and the day too. The
	// content's digest is no part of it: it would stand in the log in the clear, and tell whoever has the file.
	switch ref := reference(t.From + "/" + t.Control + "/" + t.Date); {
	case t.Control == "":
		m.gap(GapMissing, "1.009", "nothing pairs this with a receiver's record", format.LostValue)
	case len(ref) > 200:
		m.gap(GapField, "1.009", "too long for a reference that a receiver's record could be paired by", format.LostValue)
	default:
		e.Transfer = &event.Transfer{Reference: ref}
	}
	for _, ref := range []string{t.Control, t.Answers} {
		if ref != "" {
			e.Records = append(e.Records, event.Record{Reference: ref})
		}
	}
	e.Text.EN = t.words()
	if e.Kind == event.KindQuery {
		e.Transfer = nil
		e.Input = event.InputFace
		e.To = event.Place{}
		if db := m.Databases[t.To]; db != "" {
			e.Databases = []event.Database{{System: db}}
		} else {
			e.Withheld = []string{"/databases"}
		}
	}
	return e
}

// words says what has no field of its own.
func (t *Transaction) words() string {
	s := "ANSI/NIST-ITL transaction"
	for _, x := range []struct{ name, value string }{{"TOT", t.Type}, {"DOM", t.Domain}, {"VER", t.Version}, {"PRY", t.Priority}} {
		if x.value != "" {
			s += ", " + x.name + " " + x.value
		}
	}
	return s
}

func (m *mapper) image(i *Image) (event.Image, bool) {
	if !slices.Contains(m.images(), i.Type) {
		m.gap(GapNoFace, "10.003 "+i.Type, "an image of something else than what the profile maps", format.LostValue)
		return event.Image{}, false
	}
	out := event.Image{Digest: i.Digest}
	stated := ""
	if i.Stated != "" {
		if stated = "sha256:" + strings.ToLower(i.Stated); !event.ValidDigest(stated) {
			m.gap(GapValue, "10.996", "not a SHA-256", format.LostValue)
			stated = ""
		}
	}
	switch {
	case out.Digest == "" && stated != "":
		out.Digest = stated
	case out.Digest == "":
		m.gap(GapNoData, "10.999", "the record has neither the picture nor its digest", format.LostValue)
		return out, false
	case stated != "" && stated != out.Digest:
		m.gap(GapHash, "10.996", "the digest of the picture is another; recorded is that of the bytes that came", format.LostNone)
	}
	mediaType, ok := mediaTypes[i.Algorithm]
	if !ok && i.Algorithm != "" {
		m.gap(GapAlgorithm, "10.011", "a compression without a known media type", format.LostValue)
	}
	out.MediaType = mediaType
	return out, true
}

// capture is the event that the picture was taken, if the record says where and when.
func (m *mapper) capture(i *Image, img event.Image) *event.Event {
	taken, ok := day(i.Taken)
	if i.Taken != "" && !ok {
		m.gap(GapValue, "10.005", "not a day", format.LostValue)
	}
	if i.Source == "" || !ok {
		return nil
	}
	if m.Captures != nil && !*m.Captures {
		m.gap(GapField, "10.005", "the profile leaves out when pictures were taken", format.LostValue)
		return nil
	}
	org := m.organisation(i.Source)
	return &event.Event{
		ID: strings.Join([]string{"nist", "capture", i.Source, i.Taken, strings.TrimPrefix(img.Digest, "sha256:")}, "/"), Kind: event.KindCapture,
		Exercise: m.Exercise, Occurred: taken, Origin: org, To: event.Place{Organisation: org},
		Images: []event.Image{{Digest: img.Digest, MediaType: img.MediaType}},
	}
}

// day reads a date as 10.005 has it, or as XML does: month and day may be zero where they are not known.
func day(s string) (event.Time, bool) {
	s = strings.ReplaceAll(s, "-", "")
	if len(s) != 8 {
		return event.Time{}, false
	}
	text := s[:4] + "-" + s[4:6] + "-" + s[6:]
	switch {
	case s[4:] == "0000":
		text = s[:4]
	case s[6:] == "00":
		text = s[:4] + "-" + s[4:6]
	}
	t, err := event.ParseTime(text)
	return t, err == nil
}

// utc reads an instant as 1.014 has it, 20200704113713Z, or as XML does.
func utc(s string) (time.Time, bool) {
	for _, layout := range []string{"20060102150405Z", "20060102150405", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1677 && t.Year() < 2262 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// occurred is when the transaction was sent. GMT says the instant, DAT the day where the sender is. Where the two cannot
// both be true it is the interval over both.
func (m *mapper) occurred(t *Transaction) event.Time {
	instant, exact := utc(t.UTC)
	if t.UTC != "" && !exact {
		m.gap(GapValue, "1.014", "not a time", format.LostValue)
	}
	local, dated := day(t.Date)
	if t.Date == "" || !dated {
		m.gap(GapValue, "1.005", "not a day", format.LostValue)
	}
	switch {
	case exact && dated:
		at := event.At(instant)
		// Clocks of the world are 12 hours behind UTC to 14 hours ahead of it.
		if at.Latest >= local.Earliest-int64(14*time.Hour) && at.Earliest <= local.Latest+int64(12*time.Hour) {
			return at
		}
		m.gap(GapDates, "1.014", "1.005 and 1.014 are not the same day anywhere; recorded is the interval over both", format.LostNone)
		return event.Time{Earliest: min(at.Earliest, local.Earliest), Latest: max(at.Latest, local.Latest), Precision: event.Interval}
	case exact:
		return event.At(instant)
	case dated && m.zone != nil && local.Precision == event.Day:
		y, mo, d := time.Unix(0, local.Earliest).UTC().Date()
		return event.Time{
			Earliest: time.Date(y, mo, d, 0, 0, 0, 0, m.zone).UnixNano(), Latest: time.Date(y, mo, d+1, 0, 0, 0, 0, m.zone).UnixNano() - 1, Precision: event.Interval,
		}
	}
	return local
}

// reference makes a public reference of s, for which package event takes letters, digits and . _ : / - of ASCII: anything
// else becomes an underscore, with the sender and with the receiver.
func reference(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._:/-", r) {
			return r
		}
		return '_'
	}, s)
}
