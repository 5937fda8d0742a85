package audit

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// The codes of gaps of records that were read.
const (
	GapField    = "FIELD_NOT_MAPPED"    // something that no event has a place for
	GapValue    = "BAD_VALUE"           // a value that is not in its form
	GapInvalid  = "INVALID_EVENT"       // what the record gives is no event
	GapActivity = "ACTIVITY_NOT_MAPPED" // what was done is nothing that events tell of
	GapSubject  = "NOT_ABOUT_FACES"     // nothing in the record says that facial images are concerned
	GapFailed   = "NOT_DONE"            // the record says itself that it was not done
)

// Mapper makes events of records.
type Mapper struct {
	*Profile
	Report *format.Report
	At     int64 // place of the record
	muted  bool  // gaps have been reported already
	names  map[string]bool
	slugs  map[string]string
}

// mostNames is how many names a mapper remembers the answer for.
const mostNames = 4096

// FacesIn reports whether one of the names is that of something that holds facial images, as [Profile.FacesIn] does.
func (m *Mapper) FacesIn(names ...string) bool {
	for _, n := range names {
		if n == "" && !m.all {
			continue
		}
		is, known := m.names[n]
		if !known {
			if is = m.Profile.FacesIn(n); len(m.names) < mostNames && len(n) < 200 {
				m.names[n] = is
			}
		}
		if is {
			return true
		}
	}
	return false
}

// NewMapper returns a mapper; a nil profile says nothing.
func NewMapper(p *Profile, report *format.Report) *Mapper {
	if p == nil {
		p = new(Profile)
	}
	return &Mapper{Profile: p, Report: report, names: map[string]bool{}, slugs: map[string]string{}}
}

// Gap reports what is not mapped.
func (m *Mapper) Gap(code, field, problem string, loss format.Loss) {
	if !m.muted {
		m.Report.Add(code, field, problem, loss, m.At)
	}
}

// Named is the identifier of an organisation or system that a record calls by these names, the first of which counts
// where the profile knows none. It is "" where there is no name.
func (m *Mapper) Named(names ...string) string {
	first := ""
	for _, n := range names {
		if id, ok := m.Names[n]; ok && n != "" {
			return id
		}
		if first == "" {
			first = n
		}
	}
	if first == "" {
		return ""
	}
	return m.Slug(m.Prefix + first)
}

// Slug makes an identifier of a name, as [table.Slug] does.
func (m *Mapper) Slug(name string) string {
	id, known := m.slugs[name]
	if !known {
		if id = table.Slug(name); len(m.slugs) < mostNames && len(name) < 200 {
			m.slugs[name] = id
		}
	}
	return id
}

// Known is the identifier that the profile has for one of the names, or "".
func (m *Mapper) Known(names ...string) string {
	for _, n := range names {
		if id, ok := m.Names[n]; ok && n != "" {
			return id
		}
	}
	return ""
}

// Line returns s as one line, or reports that it is none.
func (m *Mapper) Line(field, s string) string {
	out, ok := line(s)
	if !ok {
		m.Gap(GapValue, field, "longer than a line of 1000 bytes, or with control characters", format.LostValue)
	}
	return out
}

func line(s string) (string, bool) {
	const most = 1000 // of package event
	if s = strings.TrimSpace(s); len(s) > most || !utf8.ValidString(s) || strings.IndexFunc(s, control) >= 0 {
		return "", false
	}
	return s, true
}

func control(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

// Wording returns s as free text, cut to what an event takes of it.
func (m *Mapper) Wording(field, s string) string {
	const most = 32 << 10 // of package event
	if !utf8.ValidString(s) {
		m.Gap(GapValue, field, "not text", format.LostValue)
		return ""
	}
	s = strings.Map(func(r rune) rune {
		if control(r) && r != '\n' && r != '\r' && r != '\t' {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if len(s) > most {
		m.Gap(GapValue, field, "cut to 32 KiB", format.LostValue)
		for s = s[:most]; !utf8.ValidString(s); {
			s = s[:len(s)-1]
		}
	}
	return s
}

// Digest returns the digest of a picture as events have it, from 64 hex digits with or without a name before them.
func Digest(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, prefix := range []string{"sha256:", "sha-256:", "sha256-", "urn:sha256:", "sha256="} {
		s = strings.TrimPrefix(s, prefix)
	}
	if b, err := hex.DecodeString(s); err != nil || len(b) != 32 {
		return "", false
	}
	return "sha256:" + s, true
}

// Event returns the event that build makes of a record, with the profile's fields, or nil where there is none; why is in
// the report. build is called again where a field has to be left out.
func (m *Mapper) Event(root Node, build func() *event.Event) *event.Event {
	defer func() { m.muted = false }()
	skip := map[int]bool{}
	for try := 0; ; try++ {
		e := build()
		if e == nil {
			return nil
		}
		m.fill(e, root, skip)
		faults := m.complete(e)
		if len(faults) == 0 {
			return e
		}
		blamed := false
		for _, f := range faults {
			for _, i := range m.blame(f.Path) {
				if !skip[i] {
					skip[i], blamed = true, true
					m.Report.Add(f.Code, m.fields.Pointer(i), f.Problem, format.LostValue, m.At)
				}
			}
		}
		if !blamed || try > 64 {
			m.muted = false
			m.Gap(GapInvalid, faults[0].Path, faults[0].Code+": "+faults[0].Problem, format.LostEvent)
			return nil
		}
		m.muted = true
	}
}

// fill fills the profile's fields.
func (m *Mapper) fill(e *event.Event, root Node, skip map[int]bool) {
	if m.fields == nil {
		return
	}
	m.fields.Fill(e, table.Filling{
		Get: func(column string) string { return root.Find(m.paths[column]) },
		Bad: func(column, problem string) { m.Gap(GapValue, column, problem, format.LostValue) },
		Skip: func(i int) bool {
			return skip[i]
		},
	})
}

// blame returns the profile's fields that a fault at the path may be of.
func (m *Mapper) blame(path string) (list []int) {
	if m.fields == nil {
		return nil
	}
	for i := range m.fields.Len() {
		p := m.fields.Pointer(i)
		if p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/") {
			list = append(list, i)
		}
	}
	return list
}

// complete names as withheld what the kind cannot be without and the record does not say, and returns what is wrong with
// the event besides.
func (m *Mapper) complete(e *event.Event) event.Faults {
	var left event.Faults
	for _, f := range e.Validate() {
		if f.Code == event.FaultRequired && slices.Contains(withheld, f.Path) {
			e.Withheld = append(e.Withheld, f.Path) // it is not there, so it is right to say so
			continue
		}
		left = append(left, f)
	}
	return left
}

// withheld are fields that a system knows whose audit records do not say them.
var withheld = []string{"/databases", "/from", "/to", "/images", "/requester", "/result"}

// Rest reports what of a record was not used, ignoring what says nothing of its own.
func (m *Mapper) Rest(root Node, ignore func(path string) bool) {
	if m.muted {
		return
	}
	for name, n := range root.Unused() {
		if ignore(name) {
			continue
		}
		if _, ok := line(name); !ok || len(name) > 80 {
			name = "(a long name)"
		}
		problem := "an event has no place for it; a profile may give it one"
		if n.Lost() {
			problem = fmt.Sprintf("a text of more than %d bytes, or not UTF-8", maxText)
		}
		m.Report.Add(GapField, name, problem, format.LostValue, m.At)
	}
}
