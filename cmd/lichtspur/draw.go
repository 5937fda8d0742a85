package main

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
)

// A lineage is drawn as lanes: one band an organisation, in it one line a system and image, and from left to right one
// column a hop, in order of when it left. What a hop is stands beside it in words, so that nothing is told by colour alone.

const (
	laneLeft   = 300 // of the lanes; names stand to the left
	laneTop    = 84
	lineHeight = 40
	bandGap    = 10
	bandHead   = 20 // the organisation's name
	hopWidth   = 92
)

// line is an image in a place.
type line struct {
	organisation, place, image string
	first, last                int // column
	y                          int
}

// drawing is a lineage with places for what is drawn.
type drawing struct {
	hops   []hop
	lines  []*line
	letter map[string]string // of images, in order
}

// lay gives each hop a column and each copy a line.
func lay(hops []hop) *drawing {
	d := &drawing{hops: slices.Clone(hops), letter: map[string]string{}}
	slices.SortStableFunc(d.hops, func(a, b hop) int { return cmp.Compare(sortTime(&a), sortTime(&b)) })
	for i := range d.hops {
		h := &d.hops[i]
		for _, c := range [...]*line{d.line(h, false), d.line(h, true)} {
			if c != nil {
				c.last = i
			}
		}
	}
	var organisations []string
	for _, l := range d.lines {
		if !slices.Contains(organisations, l.organisation) {
			organisations = append(organisations, l.organisation)
		}
	}
	slices.SortStableFunc(d.lines, func(a, b *line) int {
		return cmp.Or(cmp.Compare(slices.Index(organisations, a.organisation), slices.Index(organisations, b.organisation)),
			cmp.Compare(a.place, b.place), cmp.Compare(a.first, b.first))
	})
	y := laneTop
	for i, l := range d.lines {
		switch {
		case i == 0:
			y += bandHead
		case d.lines[i-1].organisation != l.organisation:
			y += bandGap + bandHead
		}
		l.y = y + lineHeight/2
		y += lineHeight
	}
	return d
}

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

// line returns the line at one end of a hop, nil where the end is not known.
func (d *drawing) line(h *hop, to bool) *line {
	at, image := h.From, h.Image
	if to {
		at = h.To
		if h.Child != nil {
			image = h.Child
		}
	}
	place, _ := at.place().(string)
	if place == "" {
		return nil
	}
	organisation := ""
	if at.Organisation != nil {
		organisation = at.Organisation.ID
	}
	picture := ""
	if image != nil {
		picture = *image
		if d.letter[picture] == "" {
			d.letter[picture] = letter(len(d.letter))
		}
	}
	for _, l := range d.lines {
		if l.place == place && l.image == picture {
			return l
		}
	}
	l := &line{organisation: organisation, place: place, image: picture, first: slices.IndexFunc(d.hops, func(o hop) bool { return o.same(h) })}
	d.lines = append(d.lines, l)
	return l
}

func (h *hop) same(o *hop) bool {
	return cell(optional(h.Entry)) == cell(optional(o.Entry)) && cell(optional(h.Image)) == cell(optional(o.Image)) &&
		cell(optional(h.Child)) == cell(optional(o.Child)) && cell(h.From.place()) == cell(o.From.place()) && cell(h.To.place()) == cell(o.To.place())
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

// drawSVG draws a lineage. What it holds are ids, kinds and times; personal values are not among them.
func drawSVG(w io.Writer, hops []hop, size uint64) error {
	d := lay(hops)
	legend, width := drawLegend()
	width = max(width, laneLeft+hopWidth*len(d.hops)+40)
	height := laneTop + 60
	if n := len(d.lines); n > 0 {
		height = d.lines[n-1].y + lineHeight/2 + 56
	}
	s := &strings.Builder{}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>Way of an image, as of tree size %d: %d hops</title>
<defs>`, width, height, width, height, size, len(d.hops))
	for _, state := range []string{"RELEASED", "RESTRICTED", "UNKNOWN", "NOT_NEEDED"} {
		fmt.Fprintf(s, `<marker id="a%s" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="%s"/></marker>`, state, consentColours[state])
	}
	fmt.Fprintf(s, "</defs>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, height)
	fmt.Fprintf(s, `<text x="16" y="26" font-size="15" font-weight="600" fill="#1c2430">Way of an image, as of tree size %d</text>`+"\n", size)
	s.WriteString(legend)
	d.bands(s, width)
	for i := range d.hops {
		d.hop(s, i)
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// drawLegend gives what the lines and colours mean, in one row, and the width that it takes: a drawing of few hops is as
// wide as that.
func drawLegend() (string, int) {
	s, x := &strings.Builder{}, 16
	for _, state := range []string{"RELEASED", "RESTRICTED", "UNKNOWN", "NOT_NEEDED"} {
		fmt.Fprintf(s, `<line x1="%d" y1="46" x2="%d" y2="46" stroke="%s" stroke-width="2" marker-end="url(#a%s)"/><text x="%d" y="50" fill="#3a4452">%s</text>`,
			x, x+30, consentColours[state], state, x+36, consentWords[state])
		x += 50 + 7*len(consentWords[state])
	}
	for _, one := range [...]struct{ style, what string }{{`stroke-width="4"`, "both sides recorded it"}, {`stroke-width="2" stroke-dasharray="5 4"`, "shown, not kept"}, {`stroke-width="2" stroke-dasharray="1 4"`, "claimed or contested"}} {
		fmt.Fprintf(s, `<line x1="%d" y1="46" x2="%d" y2="46" stroke="#3a4452" %s/><text x="%d" y="50" fill="#3a4452">%s</text>`, x, x+30, one.style, x+36, one.what)
		x += 50 + 7*len(one.what)
	}
	s.WriteByte('\n')
	return s.String(), x
}

func (d *drawing) bands(s *strings.Builder, width int) {
	for i := 0; i < len(d.lines); {
		j := i
		for j < len(d.lines) && d.lines[j].organisation == d.lines[i].organisation {
			j++
		}
		top := d.lines[i].y - lineHeight/2 - bandHead
		fmt.Fprintf(s, `<rect x="8" y="%d" width="%d" height="%d" rx="6" fill="#f3f5f8"/>`, top, width-16, bandHead+(j-i)*lineHeight)
		fmt.Fprintf(s, `<text x="18" y="%d" font-weight="600" fill="#1c2430">%s</text>`+"\n", top+16, html.EscapeString(cmp.Or(d.lines[i].organisation, "operator not declared")))
		for _, l := range d.lines[i:j] {
			name := l.place
			if name == l.organisation {
				name = "no system named"
			}
			if len(d.letter) > 1 && l.image != "" {
				name = clipped(name, 34) + " · " + d.letter[l.image]
			}
			fmt.Fprintf(s, `<text x="%d" y="%d" text-anchor="end" fill="#3a4452">%s<title>%s</title></text>`, laneLeft-12, l.y+4, html.EscapeString(clipped(name, 40)), html.EscapeString(l.place+" "+l.image))
			fmt.Fprintf(s, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#b9c2ce" stroke-width="1.5"/>`+"\n", column(l.first), l.y, column(l.last)+hopWidth-20, l.y)
		}
		i = j
	}
}

func column(i int) int { return laneLeft + 14 + i*hopWidth }

func (d *drawing) hop(s *strings.Builder, i int) {
	h := &d.hops[i]
	from, to := d.line(h, false), d.line(h, true)
	x1, x2 := column(i), column(i)+44
	state := h.Consent.State
	colour := cmp.Or(consentColours[state], "#5f6b7a")
	style := `stroke-width="2"`
	switch {
	case h.Standing == "CONTESTED" || h.Standing == "CLAIMED" || h.Standing == "DENIED":
		style = `stroke-width="2" stroke-dasharray="1 4" stroke-linecap="round"`
	case h.Edge == "SHOWING":
		style = `stroke-width="2" stroke-dasharray="5 4"`
	case h.Standing == "CORROBORATED":
		style = `stroke-width="4"`
	}
	words := fmt.Sprintf("%s %s → %s, left %s, came %s, %s, %s, purpose %s, basis %s, entry %s", cell(optional(h.Kind)), cmp.Or(cell(h.From.place()), "not named"),
		cmp.Or(cell(h.To.place()), "not named"), cmp.Or(cell(optional(h.Left)), "undated"), cmp.Or(cell(optional(h.Came)), "undated"), strings.ToLower(h.Standing),
		consentWords[state], cmp.Or(cell(optional(h.Purpose)), "none"), cmp.Or(strings.Join(h.Basis, ", "), "none"), cell(optional(h.Entry)))
	fmt.Fprintf(s, `<g><title>%s</title>`, html.EscapeString(words))
	date := cmp.Or(sortTime(h), "undated")
	if i == 0 || date[:min(10, len(date))] != cmp.Or(sortTime(&d.hops[i-1]), "undated")[:min(10, len(cmp.Or(sortTime(&d.hops[i-1]), "undated")))] {
		fmt.Fprintf(s, `<text x="%d" y="%d" fill="#5f6b7a" font-size="11">%s</text>`, x1-6, laneTop-8, html.EscapeString(date[:min(10, len(date))]))
	}
	y := 0
	switch {
	case from != nil && to != nil && from != to:
		fmt.Fprintf(s, `<path d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="%s" %s marker-end="url(#a%s)"/>`, x1, from.y, x1+26, from.y, x2-26, to.y, x2, to.y, colour, style, state)
		y = to.y
	case to != nil:
		fmt.Fprintf(s, `<circle cx="%d" cy="%d" r="6" fill="#fff" stroke="%s" stroke-width="2.5"/>`, x2-6, to.y, colour)
		y = to.y
	case from != nil:
		fmt.Fprintf(s, `<path d="M%d %dl34 0" fill="none" stroke="%s" %s marker-end="url(#a%s)"/><text x="%d" y="%d">?</text>`, x1, from.y, colour, style, state, x1+40, from.y+4)
		y = from.y
	}
	label := cell(optional(h.Kind))
	if h.Edge == "SHOWING" {
		label = strings.ToLower(label)
	}
	if h.Index != nil {
		label += fmt.Sprintf(" %d", *h.Index)
	}
	mark := ""
	switch {
	case h.Standing == "CONTESTED" || h.Standing == "DENIED":
		mark = strings.ToLower(h.Standing)
	case state == "RESTRICTED" || state == "RELEASED":
		mark = consentWords[state]
	}
	fmt.Fprintf(s, `<text x="%d" y="%d" font-size="9.5" paint-order="stroke" stroke="#f3f5f8" stroke-width="3" fill="%s">%s</text>`, x1+2, y-9, colour, html.EscapeString(label))
	if mark != "" {
		fmt.Fprintf(s, `<text x="%d" y="%d" font-size="9.5" font-weight="600" fill="%s">%s</text>`, x1+2, y+15, colour, mark)
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

// drawDOT writes a lineage as a graph for Graphviz: a node a copy, a cluster an organisation.
func drawDOT(w io.Writer, hops []hop) error {
	d := lay(hops)
	s := &strings.Builder{}
	s.WriteString("digraph way {\n  rankdir=LR; node [shape=box, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", fontsize=10];\n")
	for i := 0; i < len(d.lines); {
		j := i
		fmt.Fprintf(s, "  subgraph cluster_%d {\n    label=%s;\n", i, dotted(cmp.Or(d.lines[i].organisation, "operator not declared")))
		for ; j < len(d.lines) && d.lines[j].organisation == d.lines[i].organisation; j++ {
			name := d.lines[j].place
			if len(d.letter) > 1 && d.lines[j].image != "" {
				name += "\nimage " + d.letter[d.lines[j].image]
			}
			fmt.Fprintf(s, "    n%d [label=%s];\n", j, dotted(name))
		}
		s.WriteString("  }\n")
		i = j
	}
	node := func(l *line, k int, side string) string {
		if l != nil {
			return fmt.Sprintf("n%d", slices.Index(d.lines, l))
		}
		name := fmt.Sprintf("u%d%s", k, side)
		fmt.Fprintf(s, "  %s [label=\"\", shape=point];\n", name)
		return name
	}
	for i := range d.hops {
		h := &d.hops[i]
		style := "solid"
		switch {
		case h.Standing == "CORROBORATED":
			style = "bold"
		case h.Standing == "CONTESTED" || h.Standing == "CLAIMED" || h.Standing == "DENIED":
			style = "dotted"
		case h.Edge == "SHOWING":
			style = "dashed"
		}
		label := cell(optional(h.Kind))
		if h.Index != nil {
			label += fmt.Sprintf(" %d", *h.Index)
		}
		from, to := node(d.line(h, false), i, "f"), node(d.line(h, true), i, "t")
		fmt.Fprintf(s, "  %s -> %s [label=%s, style=%s, color=%s, tooltip=%s];\n", from, to,
			dotted(label+"\n"+cmp.Or(sortTime(h), "undated")), style, dotted(cmp.Or(consentColours[h.Consent.State], "#5f6b7a")), dotted(h.Standing+", "+h.Consent.State))
	}
	s.WriteString("}\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// dotted writes a string of the DOT language.
func dotted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
