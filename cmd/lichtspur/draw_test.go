package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func svgOf(t *testing.T, d *drawing) string {
	t.Helper()
	var out strings.Builder
	if err := drawSVG(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What the lines mean is read in full beside a way of one hop, too. A letter is about 6 units wide.
func TestTheLegendIsInsideTheDrawing(t *testing.T) {
	svg := svgOf(t, &drawing{layout: &layout{Width: 1120, Height: 100, Names: 300}})
	words := regexp.MustCompile(`<text x="(\d+)" y="50"[^>]*>([^<]*)</text>`).FindAllStringSubmatch(svg, -1)
	if len(words) != 9 {
		t.Fatalf("%d words of the legend", len(words))
	}
	for _, w := range words {
		if x, _ := strconv.Atoi(w[1]); x+6*len(w[2]) > 1120 {
			t.Errorf("%q begins at %d", w[2], x)
		}
	}
}

// Each hop is drawn where the layout says and said below, or is in a group that is; what is not named is no fault.
func TestTheDrawingIsTheLayouts(t *testing.T) {
	kind, when, later := "DISCLOSE", "2025-01-02", "2025-02-03"
	a, b := &end{System: &named{ID: "a"}, Organisation: &named{ID: "org"}}, &end{Organisation: &named{ID: "<b>"}}
	up, down := 76, 138
	hops := []hop{{Kind: &kind, Edge: "CAPTURE", Standing: "CORROBORATED", To: a, Left: &when}, {Kind: &kind, Edge: "TRANSFER", Standing: "DENIED", From: a, Exercise: true},
		{Kind: &kind, Edge: "SHOWING", From: a, To: b, Left: &when}, {Kind: &kind, Edge: "SHOWING", From: a, To: b, Left: &later}}
	first, last := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	l := &layout{Width: 1120, Height: 200, Names: 300, First: &first, Last: &last, Begin: 350, End: 1080,
		Marks:  []mark{{360, 361.5, nil, &up}, {400, 400, &up, nil}, {500, 500, &up, &down}, {600, 600, &up, &down}},
		Groups: []group{{[]int{3, 4}, 550, 500, 600}}}
	svg := svgOf(t, &drawing{hops: hops, layout: l})
	for what, times := range map[string]int{
		`<g class="hop">`: 3, `cx="361.5" cy="76"`: 1, `cx="400.0" cy="76"`: 1, `>× 2</text>`: 2, `2025-01-02 – 2025-02-03`: 1, `✕`: 1, `· exercise`: 1, `a → &lt;b&gt;`: 1, `a → not named`: 2, `<g class="said"`: 3,
	} {
		if n := strings.Count(svg, what); n != times {
			t.Errorf("%s stands %d times, want %d, in\n%s", what, n, times, svg)
		}
	}
}
