package table

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on machines without a database of them

	"github.com/lichtspur/lichtspur/graph/event"
)

// layout is one way in which times are written.
type layout struct {
	text  string // of package time, or one of the names below
	scale int64  // nanoseconds of a unit, where it is a number since 1970
	zoned bool   // the text itself says the zone
	unit  unit
}

// unit is the smallest unit of a layout.
type unit uint8

const (
	nanosecond unit = iota
	minute
	hour
	day
	month
	year
)

// Layouts that are not of package time.
const (
	layoutUnix      = "unix"    // seconds since 1970-01-01, UTC
	layoutUnixMilli = "unix-ms" // milliseconds
	layoutNative    = "native"  // as events have them
)

// probe is a time of which every part differs from what a layout without that part gives.
var probe = time.Date(2003, 11, 27, 16, 44, 35, 0, time.UTC)

func newLayout(text string) (layout, error) {
	l := layout{text: text}
	switch text {
	case layoutUnix, layoutUnixMilli:
		l.zoned, l.scale = true, 1e9
		if text == layoutUnixMilli {
			l.scale = 1e6
		}
		return l, nil
	case layoutNative:
		return l, nil
	}
	if strings.Contains(text, "MST") {
		return l, fmt.Errorf("layout %q: abbreviations of zones are ambiguous; give a zone", text)
	}
	l.zoned = strings.Contains(text, "Z07") || strings.Contains(text, "-07")
	back, err := time.Parse(text, probe.Format(text))
	if err != nil || back.Year() != probe.Year() {
		return l, fmt.Errorf("layout %q does not write a year that it reads; write it as 2006-01-02 15:04:05 would be written", text)
	}
	switch {
	case back.Month() != probe.Month():
		l.unit = year
	case back.Day() != probe.Day():
		l.unit = month
	case back.Hour() != probe.Hour() && back.Minute() == probe.Minute():
		return l, fmt.Errorf("layout %q has twelve hours and does not say which half of the day", text)
	case back.Hour() != probe.Hour():
		l.unit = day
	case back.Minute() != probe.Minute():
		l.unit = hour
	case back.Second() != probe.Second():
		l.unit = minute
	}
	return l, nil
}

var errNoTime = errors.New("not a time as the mapping has them")

// spaces are those that browsers and spreadsheets write within a time, before AM and PM above all, for a plain one.
var spaces = strings.NewReplacer("\u202f", " ", "\u00a0", " ")

// readTime reads a time in the first layout that fits. One that ends in "UTC" or "GMT" says its zone, whatever the layout.
func readTime(s string, layouts []layout, zone *time.Location) (event.Time, error) {
	s = spaces.Replace(s)
	for _, name := range [2]string{" UTC", " GMT"} {
		if rest, ok := strings.CutSuffix(s, name); ok {
			s, zone = rest, time.UTC
		}
	}
	for _, l := range layouts {
		if t, err := l.read(s, zone); !errors.Is(err, errNoTime) {
			return t, err
		}
	}
	return event.Time{}, errNoTime
}

func (l layout) read(s string, zone *time.Location) (event.Time, error) {
	switch {
	case l.scale != 0:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n > event.End/l.scale || n < event.Beginning/l.scale {
			return event.Time{}, errNoTime
		}
		return event.At(time.Unix(0, n*l.scale)), nil
	case l.text == layoutNative:
		t, err := event.ParseTime(s)
		if err != nil {
			return event.Time{}, errNoTime
		}
		return t, nil
	}
	t, err := time.Parse(l.text, s)
	if err != nil {
		return event.Time{}, errNoTime
	}
	if y := t.Year(); y < 1678 || y > 2261 {
		return event.Time{}, errors.New("a year that no event can have")
	}
	if l.zoned {
		if l.unit >= day {
			zone = time.FixedZone("", offset(t))
		} else {
			return span(t, t, l.unit), nil
		}
	}
	if l.unit >= day && zone == time.UTC {
		return event.ParseTime(t.Format([]string{day: "2006-01-02", month: "2006-01", year: "2006"}[l.unit]))
	}
	if l.unit >= day {
		// A day begins with the first moment that clocks there show it; at its end the same of the next one.
		y, m, d := t.Date()
		next := []time.Time{day: time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC), month: time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC), year: time.Date(y+1, 1, 1, 0, 0, 0, 0, time.UTC)}[l.unit]
		return span(midnight(t, zone), midnight(next, zone).Add(-1), l.unit), nil
	}
	first, last, ok := instants(t, zone)
	if !ok {
		return event.Time{}, errors.New("a time that clocks skipped in that zone")
	}
	return span(first, last, l.unit), nil
}

func offset(t time.Time) int {
	_, o := t.Zone()
	return o
}

// span is the time from the first moment of a unit that begins at first to the last moment of one that begins at last:
// the same, but where a clock was set back and a text may mean either of two instants.
func span(first, last time.Time, u unit) event.Time {
	switch u {
	case minute:
		last = last.Add(time.Minute - 1)
	case hour:
		last = last.Add(time.Hour - 1)
	}
	if first.Equal(last) {
		return event.At(first)
	}
	return event.Time{Earliest: first.UnixNano(), Latest: last.UnixNano(), Precision: event.Interval}
}

// instants are the first and the last instant at which clocks of a zone show what wall shows: one and the same but for
// the hour that is there twice when clocks are set back. When they are set forward an hour is not there at all.
func instants(wall time.Time, zone *time.Location) (first, last time.Time, ok bool) {
	for _, near := range [3]time.Duration{-26 * time.Hour, 0, 26 * time.Hour} {
		_, o := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(o) * time.Second)
		if _, is := t.In(zone).Zone(); is != o {
			continue
		}
		if !ok || t.Before(first) {
			first = t
		}
		if !ok || t.After(last) {
			last = t
		}
		ok = true
	}
	return first, last, ok
}

func midnight(wall time.Time, zone *time.Location) time.Time {
	if first, _, ok := instants(wall, zone); ok {
		return first
	}
	y, m, d := wall.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone) // clocks skipped midnight: the moment they were set
}
