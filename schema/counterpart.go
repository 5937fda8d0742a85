package schema

import (
	"math"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
)

type counterpartRow struct {
	Matched    bool
	Entry      *graphql.ID
	Due        *DateTime
	Overdue    bool
	AgeAtLeast *Long
	AgeAtMost  *Long
}

// counterpart looks up the other side of a transfer.
func (r *eventRow) counterpart() (*graph.Counterpart, error) {
	return r.rows.view.Counterpart(r.entry.Index, r.rows.size)
}

// Standing resolves Event.standing. It is a method, as is Counterpart, so that only who asks pays for it.
func (r *eventRow) Standing() (string, error) {
	s, err := r.rows.view.Standing(r.entry.Index, r.rows.size)
	return string(s), wrap(err)
}

// Counterpart resolves Event.counterpart.
func (r *eventRow) Counterpart() (*counterpartRow, error) {
	c, err := r.counterpart()
	if err != nil || c == nil {
		return nil, wrap(err)
	}
	out := &counterpartRow{Matched: c.Matched, Entry: id(c.Entry), Overdue: c.Overdue}
	if !c.Due.IsZero() {
		out.Due = &DateTime{c.Due}
	}
	if least, most, ok := c.Age(c.Now); ok {
		low := Long(least.Seconds())
		out.AgeAtLeast = &low
		if most != math.MaxInt64 { // it began at an unknown time
			high := Long(most.Seconds())
			out.AgeAtMost = &high
		}
	}
	return out, nil
}
