package schema

import (
	"time"

	"github.com/lichtspur/lichtspur/graph/lanes"
)

type layoutRow struct {
	Width  int32
	Height int32
	Names  int32
	First  *DateTime
	Last   *DateTime
	Begin  float64
	End    float64
	Bands  []bandRow
	Marks  []markRow
	Groups []hopGroupRow
}

type bandRow struct {
	Organisation *organisationRow
	Country      *string
	Continued    bool
	Y            int32
	Height       int32
	Lanes        []laneRow
}

type laneRow struct {
	At *atRow
	Y  int32
}

type markRow struct {
	Left, Came float64
	From, To   *int32
}

type hopGroupRow struct {
	Hops  []int32
	X     float64
	Begin float64
	End   float64
}

// Layout resolves Lineage.layout. What it tells of what is not shown yet is when the first and the last of it was. It may run
// beside itself under another name: the names that it looks up are those of the hops, which were met when these were made.
func (l *lineageRow) Layout() (*layoutRow, error) {
	span, err := l.found.Span()
	if err != nil {
		return nil, wrap(err)
	}
	d := lanes.Of(l.found.Hops, span.First, span.Last)
	out := &layoutRow{Width: lanes.Width, Height: int32(d.Height), Names: lanes.Names, Begin: lanes.Begin, End: lanes.End,
		Bands: make([]bandRow, len(d.Bands)), Marks: make([]markRow, len(d.Marks)), Groups: make([]hopGroupRow, len(d.Groups))}
	if span.Placed {
		out.First, out.Last = &DateTime{time.Unix(0, span.First).UTC()}, &DateTime{time.Unix(0, span.Last).UTC()}
	}
	for i, b := range d.Bands {
		row := bandRow{l.rows.names.organisation(b.Place.Organisation), opt(b.Place.Country), b.Continued, int32(b.Y), int32(b.Height), make([]laneRow, len(b.Lanes))}
		for k, lane := range b.Lanes {
			row.Lanes[k] = laneRow{l.rows.at(lane.Place), int32(lane.Y)}
		}
		out.Bands[i] = row
	}
	for i, m := range d.Marks {
		out.Marks[i] = markRow{m.Left, m.Came, opt(int32(m.From)), opt(int32(m.To))}
	}
	for i, g := range d.Groups {
		row := hopGroupRow{make([]int32, len(g.Hops)), g.X, g.Begin, g.End}
		for k, n := range g.Hops {
			row.Hops[k] = int32(n) + 1
		}
		out.Groups[i] = row
	}
	return out, nil
}
