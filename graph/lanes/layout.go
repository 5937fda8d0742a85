// Package lanes says where a lineage is drawn: lanes by organisation, in each a line a place, along time. It is the one
// layout: the page and lichtspur trace draw it, and decide nothing about where things stand.
//
//	l := lanes.Of(lineage.Hops, first, last) // the time that all of it spans, however far it is followed
//
// # Nothing moves
//
// A lineage grows at its end: a hop more everywhere, or one step on from a copy ([trace.LineageQuery].Onward), brings
// hops behind those that are there. What they need stands below what is drawn, or is added where nothing that is drawn
// is in the way. Time has one scale for the whole lineage, also for what is not shown yet. So what was drawn stays where it
// was, and the picture of a question is the same whoever asks it, at once or step by step.
//
// # Too many
//
// Where a level, the hops of one depth that one step brought, has more than a dozen hops, those that are alike (what they are,
// from where, to where, how they are known) are a group, drawn as one with its count. Each level is decided by itself.
package lanes

import (
	"math"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// Lengths, in units of a drawing that is Width wide. A unit is meant to be a pixel.
const (
	Width = 1120
	Names = 300 // where lanes begin; names stand to the left
	Top   = 34  // of the first band; times stand above
	Head  = 22  // of a band, for its name
	Row   = 40  // a lane
	Gap   = 4   // between bands
	Foot  = 10

	Undated = Names + 16 // where what is not placed in time stands
	Begin   = Names + 50 // where time begins
	End     = Width - 40 // where it ends
)

// Layout is where a lineage is drawn.
type Layout struct {
	Height      int
	First, Last int64 // of the scale of time, nanoseconds since the Unix epoch; both 0 where nothing is placed in time
	Bands       []Band
	Marks       []Mark // of the hops, in their order
	Groups      []Group
}

// Band is lanes of an organisation that stand together.
type Band struct {
	Place     trace.Place // the organisation and its country; zero: not known
	Continued bool        // it has another band above
	Y, Height int
	Lanes     []Lane
}

// Lane is a place.
type Lane struct {
	Place trace.Place // zero: not named
	Y     int
}

// Mark is a hop: it leaves a lane at (Left, From) and comes to one at (Came, To). From or To is 0 where that end is not
// named; they are not both 0.
type Mark struct {
	Left, Came float64
	From, To   int
}

// Group is hops that are drawn as one, in the lane that they come to, else leave.
type Group struct {
	Hops       []int   // by their place in the list, from 0
	X          float64 // of its middle
	Begin, End float64 // the first and the last of its hops
}

// Of lays out the hops of a lineage, in its order, along the time from first to last. Where last is not after first all
// that is placed in time stands in the middle.
func Of(hops []trace.Hop, first, last int64) *Layout {
	l := &Layout{First: first, Last: last, Marks: make([]Mark, len(hops))}
	y := l.stack(hops)
	for i := range hops {
		h := &hops[i]
		m := &l.Marks[i]
		left, came := beginning(h.Left), beginning(h.Came)
		if m.Left = l.X(left); left == event.Beginning {
			m.Left = l.X(came)
		}
		if m.Came = l.X(came); came == event.Beginning {
			m.Came = l.X(left)
		}
		if !h.From.IsZero() {
			m.From = y[h.From]
		}
		if !h.To.IsZero() || h.From.IsZero() {
			m.To = y[h.To]
		}
	}
	l.gather(hops)
	return l
}

// X is where a moment stands; event.Beginning: one that is not known. It is exact to a tenth.
func (l *Layout) X(at int64) float64 {
	if at == event.Beginning {
		return Undated
	}
	part := .5
	if l.First < l.Last {
		part = max(0, min(1, float64(at-l.First)/float64(l.Last-l.First)))
	}
	return math.Round(10*(Begin+part*(End-Begin))) / 10
}

// beginning is when a time begins, event.Beginning where that is not known.
func beginning(t event.Time) int64 {
	if t.IsZero() {
		return event.Beginning
	}
	return t.Earliest
}

// level is the hops that come together. How an image came to be where a walk begins comes with the first hop.
type level struct{ step, depth int }

func levelOf(h *trace.Hop) level { return level{h.Step, max(1, h.Depth)} }

// stack gives each place a lane, in the order in which they are met, and returns where the lanes are.
func (l *Layout) stack(hops []trace.Hop) map[trace.Place]int {
	y, since := map[trace.Place]int{}, []level{} // since: the last level in which a band that was last got a lane
	for i := range hops {
		h := &hops[i]
		ends := [...]trace.Place{h.From, h.To}
		for k, p := range ends {
			if _, met := y[p]; met || p.IsZero() && (k == 0 || !ends[0].IsZero()) {
				continue
			}
			y[p] = 0
			of := trace.Place{Organisation: p.Organisation, Country: p.Country}
			n := len(l.Bands) - 1
			for n >= 0 && l.Bands[n].Place != of {
				n--
			}
			if n < 0 || n != len(l.Bands)-1 && since[n] != levelOf(h) {
				l.Bands, since = append(l.Bands, Band{Place: of, Continued: n >= 0}), append(since, level{})
				n = len(l.Bands) - 1
			}
			if n == len(l.Bands)-1 {
				since[n] = levelOf(h)
			}
			l.Bands[n].Lanes = append(l.Bands[n].Lanes, Lane{Place: p})
		}
	}
	at := Top
	for i := range l.Bands {
		b := &l.Bands[i]
		b.Y, b.Height = at, Head+Row*len(b.Lanes)-Gap
		at += Head
		for k := range b.Lanes {
			b.Lanes[k].Y = at + Row/2
			y[b.Lanes[k].Place] = b.Lanes[k].Y
			at += Row
		}
	}
	l.Height = at + Foot
	return y
}
