package event_test

import (
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

func TestParseTime(t *testing.T) {
	instant := func(s string) int64 {
		u, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return u.UnixNano()
	}
	end := func(s string) int64 { return instant(s) - 1 } // the last nanosecond before
	tests := []struct {
		in               string
		earliest, latest int64
		precision        event.Precision
		out              string // "" for the same as in
	}{
		{"2024-05-01T12:30:00Z", instant("2024-05-01T12:30:00Z"), instant("2024-05-01T12:30:00Z"), event.Instant, ""},
		{"2024-05-01T12:30:00.5Z", instant("2024-05-01T12:30:00.5Z"), instant("2024-05-01T12:30:00.5Z"), event.Instant, ""},
		{"2024-05-01T12:30:00.123456789Z", instant("2024-05-01T12:30:00.123456789Z"), instant("2024-05-01T12:30:00.123456789Z"), event.Instant, ""},
		{"2024-05-01T12:30:00.500Z", instant("2024-05-01T12:30:00.5Z"), instant("2024-05-01T12:30:00.5Z"), event.Instant, "2024-05-01T12:30:00.5Z"},
		{"2024-05-01T00:30:00+02:00", instant("2024-04-30T22:30:00Z"), instant("2024-04-30T22:30:00Z"), event.Instant, "2024-04-30T22:30:00Z"},
		{"2024-12-31T23:30:00-01:30", instant("2025-01-01T01:00:00Z"), instant("2025-01-01T01:00:00Z"), event.Instant, "2025-01-01T01:00:00Z"},
		{"2024-05-01T00:00:00Z", instant("2024-05-01T00:00:00Z"), instant("2024-05-01T00:00:00Z"), event.Instant, ""},
		{"2024-05-01", instant("2024-05-01T00:00:00Z"), end("2024-05-02T00:00:00Z"), event.Day, ""},
		{"2024-02", instant("2024-02-01T00:00:00Z"), end("2024-03-01T00:00:00Z"), event.Month, ""},
		{"2023-12", instant("2023-12-01T00:00:00Z"), end("2024-01-01T00:00:00Z"), event.Month, ""},
		{"2024", instant("2024-01-01T00:00:00Z"), end("2025-01-01T00:00:00Z"), event.Year, ""},
		{"1900-02-28", instant("1900-02-28T00:00:00Z"), end("1900-03-01T00:00:00Z"), event.Day, ""},
		{"2000-02-29", instant("2000-02-29T00:00:00Z"), end("2000-03-01T00:00:00Z"), event.Day, ""},
		{"1700-01", instant("1700-01-01T00:00:00Z"), end("1700-02-01T00:00:00Z"), event.Month, ""},
		{"2016/2019", instant("2016-01-01T00:00:00Z"), end("2020-01-01T00:00:00Z"), event.Interval, ""},
		{"2016-01-01/2019-12-31", instant("2016-01-01T00:00:00Z"), end("2020-01-01T00:00:00Z"), event.Interval, "2016/2019"},
		{"2016/2016", instant("2016-01-01T00:00:00Z"), end("2017-01-01T00:00:00Z"), event.Interval, ""},
		{"2016-03/2019-12", instant("2016-03-01T00:00:00Z"), end("2020-01-01T00:00:00Z"), event.Interval, ""},
		{"2016-03-02/2019", instant("2016-03-02T00:00:00Z"), end("2020-01-01T00:00:00Z"), event.Interval, "2016-03-02/2019-12-31"},
		{"2016/2019-05-01T10:00:00Z", instant("2016-01-01T00:00:00Z"), instant("2019-05-01T10:00:00Z"), event.Interval, "2016-01-01/2019-05-01T10:00:00Z"},
		{"2016-05-01T10:00:00+02:00/2016-05-01T10:00:00Z", instant("2016-05-01T08:00:00Z"), instant("2016-05-01T10:00:00Z"), event.Interval,
			"2016-05-01T08:00:00Z/2016-05-01T10:00:00Z"},
		{"../2019", event.Beginning, end("2020-01-01T00:00:00Z"), event.Interval, ""},
		{"2019-05/..", instant("2019-05-01T00:00:00Z"), event.End, event.Interval, ""},
		{"2019-05-01T10:00:00Z/..", instant("2019-05-01T10:00:00Z"), event.End, event.Interval, ""},
	}
	for _, test := range tests {
		got, err := event.ParseTime(test.in)
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if want := (event.Time{Earliest: test.earliest, Latest: test.latest, Precision: test.precision}); got != want {
			t.Errorf("%s is read as %+v, want %+v", test.in, got, want)
		}
		if test.out == "" {
			test.out = test.in
		}
		if got.String() != test.out {
			t.Errorf("%s is written as %s, want %s", test.in, got, test.out)
		}
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, s := range []string{
		"", " ", "24", "20240501", "2024-5", "2024-13", "2024-00", "2024-02-30", "2023-02-29", "1900-02-29", "2024-01-00", "2024-05-01T", "2024-05-01 12:30:00Z",
		"2024-05-01t12:30:00z", "2024-05-01T12:30Z", "2024-05-01T12:30:00", "2024-05-01T24:00:00Z", "2024-05-01T12:60:00Z", "2024-12-31T23:59:60Z",
		"2024-05-01T12:30:00.Z", "2024-05-01T12:30:00.1234567890Z", "2024-05-01T12:30:00,5Z", "2024-05-01T12:30:00+0200", "2024-05-01T12:30:00+24:00",
		"2024-05-01T12:30:00+02:60", "2024-05-01T12:30:00+02:00x", "2024-05-01Z", "2024-", "2024-05-", "-2024", "0000", "1677", "1677-09-01T00:00:00Z", "2262", "2262-05", "9999-12-31T23:59:59Z",
		"2024/", "/2024", "../..", "2024/2023", "2024/2025/2026", "2024-05-01T12:00:00Z/2024-05-01T11:00:00Z", "2024/...", "٢٠٢٤",
	} {
		if got, err := event.ParseTime(s); err == nil {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func TestTimeOrder(t *testing.T) {
	parse := func(s string) event.Time {
		if s == "" {
			return event.Time{}
		}
		u, err := event.ParseTime(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, test := range []struct {
		a, b             string
		overlaps, before bool
	}{
		{"2024", "2024-05-01", true, false},
		{"2023", "2024", false, true},
		{"2024", "2023", false, false},
		{"2024-05-01", "2024-05-02T00:00:00Z", false, true},
		{"2024-05-01T00:00:00Z", "2024-05-01", true, false},
		{"../2020", "2020-12-31T23:59:59.999999999Z", true, false},
		{"../2020", "2021/..", false, true},
		{"", "2024", false, false},
		{"2024", "", false, false},
		{"", "", false, false},
	} {
		a, b := parse(test.a), parse(test.b)
		if a.Overlaps(b) != test.overlaps || b.Overlaps(a) != test.overlaps {
			t.Errorf("%q overlaps %q: %v", test.a, test.b, a.Overlaps(b))
		}
		if a.Before(b) != test.before {
			t.Errorf("%q before %q: %v", test.a, test.b, a.Before(b))
		}
	}
}

// FuzzParseTime: what is read is written in a form that is read as the same, and ends come in order.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2024", "2024-05", "2024-05-01", "2024-05-01T12:30:00Z", "2024-05-01T12:30:00.5+02:00", "2016/2019", "../2020-05", "2024-05-01T12:30:00Z/..",
		"1677-09-22", "2262-04-10", "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z/1970-01-01T00:00:00Z", "1960-02-29/1961"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := event.ParseTime(s)
		if err != nil {
			return
		}
		if a.IsZero() || a.Earliest > a.Latest {
			t.Fatalf("%q is read as %+v", s, a)
		}
		text := a.String()
		b, err := event.ParseTime(text)
		if err != nil || a != b {
			t.Fatalf("%q is %+v, is written as %q, and read again as %+v, %v", s, a, text, b, err)
		}
		if again := b.String(); again != text {
			t.Fatalf("%q is written as %q, then as %q", s, text, again)
		}
	})
}
