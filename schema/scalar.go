package schema

import (
	"fmt"
	"strconv"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Long is the scalar Long: an integer of up to 64 bits, read from a number or a string of digits.
type Long uint64

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (Long) ImplementsGraphQLType(name string) bool { return name == "Long" }

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (l *Long) UnmarshalGraphQL(input any) error {
	switch v := input.(type) {
	case int32:
		if v < 0 {
			return fmt.Errorf("a Long is not negative")
		}
		*l = Long(v)
	case int64:
		if v < 0 {
			return fmt.Errorf("a Long is not negative")
		}
		*l = Long(v)
	case float64:
		if v < 0 || v > 1<<53 || v != float64(uint64(v)) {
			return fmt.Errorf("a Long is a whole number; above 2^53 write it as a string")
		}
		*l = Long(v)
	case string:
		n, err := strconv.ParseUint(v, 10, 63)
		if err != nil {
			return fmt.Errorf("a Long is a whole number of at most 63 bits")
		}
		*l = Long(n)
	default:
		return fmt.Errorf("a Long is a whole number")
	}
	return nil
}

// DateTime is the scalar DateTime.
type DateTime struct{ time.Time }

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (DateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (d *DateTime) UnmarshalGraphQL(input any) error {
	s, ok := input.(string)
	if !ok {
		return fmt.Errorf("a DateTime is a string, like 2024-05-01T12:30:00Z")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("a DateTime is RFC 3339, like 2024-05-01T12:30:00Z")
	}
	d.Time = t
	return nil
}

// MarshalJSON implements json.Marshaler.
func (d DateTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, d.UTC().Format(time.RFC3339Nano)), nil
}

// Period is the scalar Period: a time with its precision.
type Period struct{ event.Time }

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (Period) ImplementsGraphQLType(name string) bool { return name == "Period" }

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (p *Period) UnmarshalGraphQL(input any) error {
	s, ok := input.(string)
	if !ok {
		return fmt.Errorf("a Period is a string, like 2024-05 or 2024-05-01/2024-05-07")
	}
	t, err := event.ParseTime(s)
	if err != nil {
		return err
	}
	p.Time = t
	return nil
}

// MarshalJSON implements json.Marshaler.
func (p Period) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, p.String()), nil }

func period(t event.Time) *Period {
	if t.IsZero() {
		return nil
	}
	return &Period{t}
}

// bound returns one end of a period as an instant, nil where it is open or the time is not placed.
func bound(t event.Time, ns int64) *DateTime {
	if t.IsZero() || ns == event.Beginning || ns == event.End {
		return nil
	}
	return &DateTime{time.Unix(0, ns).UTC()}
}

// opt returns nil for the zero value.
func opt[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}
