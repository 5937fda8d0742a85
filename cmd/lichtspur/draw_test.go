package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What the lines mean is read in full beside a way of one hop, too. A letter is about 7 units wide.
func TestTheLegendIsInsideTheDrawing(t *testing.T) {
	var out strings.Builder
	kind := "CAPTURE"
	if err := drawSVG(&out, []hop{{Kind: &kind, Edge: kind, Standing: "RECORDED", To: &end{System: &named{ID: "file"}}}}, 1); err != nil {
		t.Fatal(err)
	}
	width, err := strconv.Atoi(regexp.MustCompile(`<svg [^>]*width="(\d+)"`).FindStringSubmatch(out.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`<text x="(\d+)" y="50"[^>]*>([^<]*)</text>`).FindAllStringSubmatch(out.String(), -1)
	if len(words) != 7 {
		t.Fatalf("%d words of the legend", len(words))
	}
	for _, w := range words {
		if x, _ := strconv.Atoi(w[1]); x+7*len(w[2]) > width {
			t.Errorf("%q begins at %d, and the drawing is %d wide", w[2], x, width)
		}
	}
}
