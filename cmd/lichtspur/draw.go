package main

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// A lineage is drawn where its layout says, as the page draws it: lanes by organisation, in each a line a place, along time.
// Below stands what each hop is, in words, so that nothing is told by colour alone.

// layout is where a lineage is drawn, as the schema gives it.
type layout struct {
	Width  int        `json:"width"`
	Height int        `json:"height"`
	Names  int        `json:"names"`
	First  *time.Time `json:"first"`
	Last   *time.Time `json:"last"`
	Begin  float64    `json:"begin"`
	End    float64    `json:"end"`
	Bands  []band     `json:"bands"`
	Marks  []mark     `json:"marks"`
	Groups []group    `json:"groups"`
}

type band struct {
	Organisation *named  `json:"organisation"`
	Country      *string `json:"country"`
	Continued    bool    `json:"continued"`
	Y            int     `json:"y"`
	Height       int     `json:"height"`
	Lanes        []struct {
		At *end `json:"at"`
		Y  int  `json:"y"`
	} `json:"lanes"`
}

type mark struct {
	Left float64 `json:"left"`
	Came float64 `json:"came"`
	From *int    `json:"from"`
	To   *int    `json:"to"`
}

type group struct {
	Hops  []int   `json:"hops"`
	X     float64 `json:"x"`
	Begin float64 `json:"begin"`
	End   float64 `json:"end"`
}

const layoutFields = `layout { width height names first last begin end bands { organisation { id } country continued y height
  lanes { at { system { id } organisation { id } } y } } marks { left came from to } groups { hops x begin end } }`

// holding is how long an image was in a place.
type holding struct {
	At    *end    `json:"at"`
	Since *string `json:"since"`
	Until *string `json:"until"`
	State string  `json:"state"`
}

// drawing is a lineage that is drawn.
type drawing struct {
	hops     []hop
	layout   *layout
	holdings []holding // of the image that was asked about
	size     uint64
	letter   map[string]string // of images, in order
}

const (
	drawTop  = 64 // of the lanes; heading and legend stand above
	drawLine = 19 // of what is said of a hop
)

// sortTime puts what is not placed in time first.
func sortTime(h *hop) string {
	t := h.Left
	if t == nil {
		t = h.Came
	}
	if t == nil {
		return ""
	}
	return strings.TrimPrefix(*t, "../")
}

func letter(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return letter(n/26-1) + letter(n%26)
}

// colours of consent. They differ in brightness, too.
var consentColours = map[string]string{"RELEASED": "#1b7f5c", "RESTRICTED": "#b3261e", "UNKNOWN": "#5f6b7a", "NOT_NEEDED": "#27548a"}

var consentWords = map[string]string{"RELEASED": "released", "RESTRICTED": "restricted", "UNKNOWN": "consent unknown", "NOT_NEEDED": "none needed"}

var consentStates = [...]string{"RELEASED", "RESTRICTED", "UNKNOWN", "NOT_NEEDED"}

// drawSVG draws a lineage. What it holds are ids, kinds and times; personal values are not among them.
func drawSVG(w io.Writer, d *drawing) error {
	d.letter = map[string]string{}
	for _, h := range d.hops {
		for _, image := range [...]*string{h.Image, h.Child} {
			if image != nil && d.letter[*image] == "" {
				d.letter[*image] = letter(len(d.letter))
			}
		}
	}
	said := d.said()
	height := drawTop + d.layout.Height + 34 + drawLine*len(said)
	s := &strings.Builder{}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12" role="img">
<title>Way of an image, as of tree size %[3]d: %[4]d hops</title>
<rect width="%[1]d" height="%[2]d" fill="#fff"/>
<text x="10" y="24" font-size="15" font-weight="600" fill="#1c2430">Way of an image, as of tree size %[3]d</text>
`, d.layout.Width, height, d.size, len(d.hops))
	s.WriteString(drawLegend())
	fmt.Fprintf(s, `<g class="lanes" transform="translate(0 %d)">`+"\n", drawTop)
	d.bands(s)
	d.bars(s)
	grouped := map[int]bool{}
	for _, g := range d.layout.Groups {
		for _, n := range g.Hops {
			grouped[n-1] = true
		}
	}
	// Ways first, so that none crosses a number.
	for i := range d.hops {
		if m := &d.layout.Marks[i]; !grouped[i] {
			d.curve(s, &d.hops[i], m, m.Left, m.Came)
		}
	}
	for i := range d.layout.Groups {
		d.spread(s, &d.layout.Groups[i])
	}
	for i := range d.hops {
		if !grouped[i] {
			d.hop(s, i)
		}
	}
	for i := range d.layout.Groups {
		d.group(s, &d.layout.Groups[i])
	}
	s.WriteString("</g>\n")
	for i, row := range said {
		d.say(s, drawTop+d.layout.Height+26+drawLine*i, row)
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// drawLegend says in one row what lines, marks and colours mean.
func drawLegend() string {
	s, x := &strings.Builder{}, 10
	put := func(what, sign string) {
		fmt.Fprintf(s, `<g transform="translate(%d 46)">%s</g><text x="%d" y="50" font-size="11" fill="#3a4452">%s</text>`, x, sign, x+30, what)
		x += 46 + 6*len(what)
	}
	for _, state := range consentStates {
		put(consentWords[state], fmt.Sprintf(`<line x2="24" stroke="%s" stroke-width="2.5"/>`, consentColours[state]))
	}
	put("moved, kept", `<circle cx="12" r="7" fill="#fff" stroke="#3a4452" stroke-width="2"/>`)
	put("shown", `<rect x="5" y="-7" width="14" height="14" fill="#fff" stroke="#3a4452" stroke-width="2"/>`)
	put("held", `<line x2="24" stroke="#27548a" stroke-width="7" stroke-opacity=".3"/>`)
	put("both sides say so", `<path d="M0 -3h24M0 3h24" stroke="#3a4452" stroke-width="2"/>`)
	put("claimed, contested", `<line x2="24" stroke="#3a4452" stroke-width="2" stroke-dasharray="1 4" stroke-linecap="round"/>`)
	s.WriteByte('\n')
	return s.String()
}

// x is where a moment stands.
func (l *layout) x(at int64) float64 {
	if l.First == nil || !l.First.Before(*l.Last) {
		return (l.Begin + l.End) / 2
	}
	first, last := l.First.UnixNano(), l.Last.UnixNano()
	return l.Begin + max(0, min(1, float64(at-first)/float64(last-first)))*(l.End-l.Begin)
}

func (d *drawing) bands(s *strings.Builder) {
	l := d.layout
	for _, b := range l.Bands {
		name := "operator not declared"
		if b.Organisation != nil {
			name = b.Organisation.ID
		} else if b.Country != nil {
			name = *b.Country
		}
		if b.Continued {
			name += " (further places)"
		}
		fmt.Fprintf(s, `<rect class="band" y="%d" width="%d" height="%d" rx="6" fill="#f3f5f8"/><text class="who" x="10" y="%d" font-weight="600" fill="#1c2430">%s</text>`+"\n",
			b.Y, l.Width, b.Height, b.Y+16, html.EscapeString(name))
	}
	if l.First != nil && l.First.Before(*l.Last) {
		for i := range 5 {
			x := l.Begin + float64(i)/4*(l.End-l.Begin)
			at := l.First.Add(time.Duration(float64(i) / 4 * float64(l.Last.Sub(*l.First))))
			fmt.Fprintf(s, `<line x1="%.1f" x2="%.1f" y1="26" y2="%d" stroke="#d5dbe3" stroke-dasharray="2 4"/><text class="when" x="%.1f" y="16" text-anchor="middle" font-size="11" fill="#5f6b7a">%s</text>`+"\n",
				x, x, l.Height-10, x, at.UTC().Format(time.DateOnly))
		}
	}
	for _, b := range l.Bands {
		for _, lane := range b.Lanes {
			name := "not named"
			if lane.At != nil {
				if name = "no system named"; lane.At.System != nil {
					name = lane.At.System.ID
				}
			}
			fmt.Fprintf(s, `<text class="what" x="%d" y="%d" text-anchor="end" fill="#3a4452">%s<title>%s</title></text><line class="lane" x1="%d" x2="%d" y1="%d" y2="%d" stroke="#b9c2ce"/>`+"\n",
				l.Names-10, lane.Y+4, html.EscapeString(clipped(name, 40)), html.EscapeString(name), l.Names, l.Width-12, lane.Y, lane.Y)
		}
	}
}

// bars draw how long the image was in each place.
func (d *drawing) bars(s *strings.Builder) {
	l := d.layout
	for _, h := range d.holdings {
		since, err := event.ParseTime(cell(optional(h.Since)))
		x1 := float64(l.Names + 16)
		if err == nil && since.Earliest != event.Beginning {
			x1 = l.x(since.Earliest)
		}
		x2, open := float64(l.Width-12), true
		if until, err := event.ParseTime(cell(optional(h.Until))); err == nil && h.State == "ENDED" && until.Earliest != event.Beginning {
			x2, open = l.x(until.Earliest), false
		}
		for _, b := range l.Bands {
			for _, lane := range b.Lanes {
				if !lane.At.same(h.At) {
					continue
				}
				fmt.Fprintf(s, `<line class="held" x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#27548a" stroke-width="7" stroke-opacity=".3"/>`, x1, x2, lane.Y, lane.Y)
				if open {
					fmt.Fprintf(s, `<path d="M%.1f %dl8 6l-8 6" fill="none" stroke="#27548a" stroke-width="2"/>`, x2-6, lane.Y-6)
				}
				s.WriteByte('\n')
			}
		}
	}
}

// same reports whether two ends are one place.
func (e *end) same(o *end) bool {
	if e == nil || o == nil {
		return e == o
	}
	organisation := func(e *end) string {
		if e.Organisation == nil {
			return ""
		}
		return e.Organisation.ID
	}
	return e.place() == o.place() && (e.System == nil) == (o.System == nil) && organisation(e) == organisation(o)
}

// style is how the line of a hop is drawn.
func (h *hop) style() string {
	width := "2"
	if h.Edge == "SHOWING" {
		width = "1.3"
	}
	colour := cmp.Or(consentColours[h.Consent.State], "#5f6b7a")
	if h.Standing == "CONTESTED" || h.Standing == "CLAIMED" || h.Standing == "DENIED" {
		return fmt.Sprintf(`stroke="%s" stroke-width="2" stroke-dasharray="1 4" stroke-linecap="round"`, colour)
	}
	return fmt.Sprintf(`stroke="%s" stroke-width="%s"`, colour, width)
}

// lines returns the lanes that a hop leaves and comes to; where one end is not named they are the same.
func (m *mark) lines() (from, to int) {
	if m.To == nil {
		return *m.From, *m.From
	}
	if m.From == nil {
		return *m.To, *m.To
	}
	return *m.From, *m.To
}

// curve draws the way of a hop from one lane to the other.
func (d *drawing) curve(s *strings.Builder, h *hop, m *mark, left, came float64) {
	if m.From == nil {
		return
	}
	from, to := m.lines()
	path := func(off float64) {
		fmt.Fprintf(s, `<path d="M%.1f %dC%.1f %d %.1f %d %.1f %d" fill="none" %s/>`, left+off, from, left+off+20, (from+to)/2, came+off-20, (from+to)/2, came+off, to, h.style())
	}
	path(0)
	if h.Standing == "CORROBORATED" {
		path(5)
	}
	if sign := map[string]string{"DENIED": "✕", "CONTESTED": "⚡"}[h.Standing]; sign != "" {
		fmt.Fprintf(s, `<text x="%.1f" y="%d" text-anchor="middle" font-weight="600">%s</text>`, (left+came)/2, (from+to)/2+4, sign)
	}
	s.WriteByte('\n')
}

func (d *drawing) hop(s *strings.Builder, i int) {
	h, m := &d.hops[i], &d.layout.Marks[i]
	_, y := m.lines()
	fmt.Fprintf(s, `<g class="hop"><title>%s</title>`, html.EscapeString(h.words()))
	if h.Edge == "SHOWING" {
		fmt.Fprintf(s, `<rect x="%.1f" y="%d" width="20" height="20" fill="#fff" %s/>`, m.Came-10, y-10, h.style())
	} else {
		fmt.Fprintf(s, `<circle cx="%.1f" cy="%d" r="11" fill="#fff" %s/>`, m.Came, y, h.style())
	}
	size := 11.
	if i+1 > 99 {
		size = 9.5
	}
	fmt.Fprintf(s, `<text class="n" x="%.1f" y="%d" text-anchor="middle" font-size="%v" font-weight="600" fill="#1c2430">%d</text></g>`+"\n", m.Came, y+4, size, i+1)
}

// spread draws the way of a group, and from when to when its hops came.
func (d *drawing) spread(s *strings.Builder, g *group) {
	h, m := &d.hops[g.Hops[0]-1], &d.layout.Marks[g.Hops[0]-1]
	_, y := m.lines()
	d.curve(s, h, m, g.X, g.X)
	fmt.Fprintf(s, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s" stroke-width="5" stroke-opacity=".4"/>`+"\n", g.Begin, g.End, y, y, cmp.Or(consentColours[h.Consent.State], "#5f6b7a"))
}

func (d *drawing) group(s *strings.Builder, g *group) {
	h, m := &d.hops[g.Hops[0]-1], &d.layout.Marks[g.Hops[0]-1]
	_, y := m.lines()
	fmt.Fprintf(s, `<g class="hop"><title>%d alike, hops %d to %d</title><rect x="%.1f" y="%d" width="52" height="28" rx="14" fill="#fff" %s/>`,
		len(g.Hops), g.Hops[0], g.Hops[len(g.Hops)-1], g.X-26, y-14, h.style())
	fmt.Fprintf(s, `<text class="n" x="%.1f" y="%d" text-anchor="middle" font-size="11" font-weight="600" fill="#1c2430">× %d</text></g>`+"\n", g.X, y+4, len(g.Hops))
}

// words are what a hop is, in full.
func (h *hop) words() string {
	return fmt.Sprintf("%s %s → %s, left %s, came %s, %s, %s, purpose %s, basis %s, entry %s", cell(optional(h.Kind)), cmp.Or(cell(h.From.place()), "not named"),
		cmp.Or(cell(h.To.place()), "not named"), cmp.Or(cell(optional(h.Left)), "undated"), cmp.Or(cell(optional(h.Came)), "undated"), strings.ToLower(h.Standing),
		consentWords[h.Consent.State], cmp.Or(cell(optional(h.Purpose)), "none"), cmp.Or(strings.Join(h.Basis, ", "), "none"), cell(optional(h.Entry)))
}

// saying is what stands below of a hop, or of hops that are drawn as one.
type saying struct {
	n, when, what, way, standing, consent string
	mark                                  *hop
}

// said are these, in order of the numbers.
func (d *drawing) said() (out []saying) {
	of := map[int]*group{}
	for i := range d.layout.Groups {
		for _, n := range d.layout.Groups[i].Hops {
			of[n-1] = &d.layout.Groups[i]
		}
	}
	for i := range d.hops {
		h, g := &d.hops[i], of[i]
		row := saying{fmt.Sprint(i + 1), date(h), d.what(h), cmp.Or(cell(h.From.place()), "not named") + " → " + cmp.Or(cell(h.To.place()), "not named"),
			strings.ToLower(h.Standing), consentWords[h.Consent.State], h}
		if h.From == nil && h.Edge == "CAPTURE" {
			row.way = cmp.Or(cell(h.To.place()), "not named")
		}
		if h.Exercise {
			row.consent += " · exercise"
		}
		switch {
		case g == nil:
		case g.Hops[0] != i+1:
			continue
		default:
			row.n = fmt.Sprintf("× %d", len(g.Hops))
			var kinds, states []string
			first, last := row.when, row.when
			for _, n := range g.Hops {
				o := &d.hops[n-1]
				if kind := strings.ToLower(cell(optional(o.Kind))); !slices.Contains(kinds, kind) {
					kinds = append(kinds, kind)
				}
				if state := consentWords[o.Consent.State]; !slices.Contains(states, state) {
					states = append(states, state)
				}
				first, last = min(first, date(o)), max(last, date(o))
			}
			row.what, row.consent = strings.Join(kinds, ", "), strings.Join(states, ", ")
			if row.when = first; first != last {
				row.when += " – " + last
			}
			if h.Exercise {
				row.consent += " · exercise"
			}
		}
		out = append(out, row)
	}
	return out
}

// what a hop is: its kind, its index in the log, and the images where there are several.
func (d *drawing) what(h *hop) string {
	s := strings.ToLower(cmp.Or(cell(optional(h.Kind)), h.Edge))
	if h.Index != nil {
		s += fmt.Sprintf(" %d", *h.Index)
	}
	if len(d.letter) > 1 && h.Image != nil {
		s += " · " + d.letter[*h.Image]
		if h.Child != nil {
			s += "→" + d.letter[*h.Child]
		}
	}
	return s
}

// date is when a hop was, to the day.
func date(h *hop) string {
	text := sortTime(h)
	return cmp.Or(text[:min(10, len(text))], "undated")
}

func (d *drawing) say(s *strings.Builder, y int, row saying) {
	colour := cmp.Or(consentColours[row.mark.Consent.State], "#5f6b7a")
	fmt.Fprintf(s, `<g class="said" fill="#3a4452"><text x="46" y="%d" text-anchor="end" font-weight="600" fill="#1c2430">%s</text>`, y, row.n)
	for _, at := range [...]struct {
		x, most      int
		text, colour string
	}{{58, 30, row.when, "#3a4452"}, {224, 24, row.what, "#1c2430"}, {366, 64, row.way, "#3a4452"}, {770, 14, row.standing, "#3a4452"}, {862, 44, row.consent, colour}} {
		fmt.Fprintf(s, `<text x="%d" y="%d" fill="%s">%s</text>`, at.x, y, at.colour, html.EscapeString(clipped(at.text, at.most)))
	}
	s.WriteString("</g>\n")
}

func clipped(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
