package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// copied is an image in a place.
type copied struct{ organisation, place, image string }

// copies are those of a lineage, those of an organisation together.
type copies struct {
	copies []*copied
	letter map[string]string // of images, in order
}

// copiesOf finds the copies that hops lead from and to.
func copiesOf(hops []hop) *copies {
	d := &copies{letter: map[string]string{}}
	for i := range hops {
		d.at(&hops[i], false)
		d.at(&hops[i], true)
	}
	var organisations []string
	for _, l := range d.copies {
		if !slices.Contains(organisations, l.organisation) {
			organisations = append(organisations, l.organisation)
		}
	}
	slices.SortStableFunc(d.copies, func(a, b *copied) int {
		return cmp.Or(cmp.Compare(slices.Index(organisations, a.organisation), slices.Index(organisations, b.organisation)), cmp.Compare(a.place, b.place))
	})
	return d
}

// at returns the copy at one end of a hop, nil where the end is not known.
func (d *copies) at(h *hop, to bool) *copied {
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
	c := copied{place: place}
	if at.Organisation != nil {
		c.organisation = at.Organisation.ID
	}
	if image != nil {
		c.image = *image
		if d.letter[c.image] == "" {
			d.letter[c.image] = letter(len(d.letter))
		}
	}
	for _, l := range d.copies {
		if l.place == c.place && l.image == c.image {
			return l
		}
	}
	d.copies = append(d.copies, &c)
	return &c
}

// drawDOT writes a lineage as a graph for Graphviz: a node a copy, a cluster an organisation.
func drawDOT(w io.Writer, hops []hop) error {
	d := copiesOf(hops)
	s := &strings.Builder{}
	s.WriteString("digraph way {\n  rankdir=LR; node [shape=box, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", fontsize=10];\n")
	for i := 0; i < len(d.copies); {
		j := i
		fmt.Fprintf(s, "  subgraph cluster_%d {\n    label=%s;\n", i, dotted(cmp.Or(d.copies[i].organisation, "operator not declared")))
		for ; j < len(d.copies) && d.copies[j].organisation == d.copies[i].organisation; j++ {
			name := d.copies[j].place
			if len(d.letter) > 1 && d.copies[j].image != "" {
				name += "\nimage " + d.letter[d.copies[j].image]
			}
			fmt.Fprintf(s, "    n%d [label=%s];\n", j, dotted(name))
		}
		s.WriteString("  }\n")
		i = j
	}
	end := func(l *copied, k int, side string) string {
		if l != nil {
			return fmt.Sprintf("n%d", slices.Index(d.copies, l))
		}
		name := fmt.Sprintf("u%d%s", k, side)
		fmt.Fprintf(s, "  %s [label=\"\", shape=point];\n", name)
		return name
	}
	for i := range hops {
		h := &hops[i]
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
		from, to := end(d.at(h, false), i, "f"), end(d.at(h, true), i, "t")
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
