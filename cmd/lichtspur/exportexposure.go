package main

import (
	"context"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/ingest/prov"
	"github.com/lichtspur/lichtspur/schema"
)

func (x *export) exposureCommand() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use:   "exposure IMAGE",
		Short: "Export where an image is or was, and who saw it",
		Long: `Writes every system that holds or held an image, where it was shown, and who saw it, as lichtspur exposure shows it. IMAGE is
sha256:…, a pseudonym, or @FILE, which is hashed here.

In a graph the image, places and persons are nodes; edges are HELD, SHOWN and SEEN.`,
		Example: `  lichtspur export exposure sha256:014e… --format csv --separator semicolon --bom -o exposure.csv --purpose "SUBJECT_ACCESS; request 4/26"
  lichtspur export exposure @photo.png --format prov -o exposure.json --purpose parliamentary --data data`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			image, err := imageVariable(args[0])
			if err != nil {
				return err
			}
			state, err := asOfVariable(asOf)
			if err != nil {
				return err
			}
			return x.run(c, "rows", func(ctx context.Context, ask asker, w io.Writer, m *meter) error {
				var d struct {
					Checkpoint checkpointOrigin `json:"checkpoint"`
					Exposure   struct {
						Holdings  []jsontext.Value `json:"holdings"`
						Showings  []jsontext.Value `json:"showings"`
						Sightings []jsontext.Value `json:"sightings"`
						walked
					} `json:"exposure"`
				}
				err := x.answered(ctx, ask, schema.Request{
					Query: `query ExportExposure($image: ImageRef!, $asOf: AsOf) { checkpoint { origin } exposure(image: $image, asOf: $asOf) {
  holdings { image at { system { id } organisation { id } } since begun until state due standing entries endedBy exercise }
  showings { ` + hopFields + ` }
  sightings { organisation { id } actor { pseudonym id { value absent } automated } kinds entries first last }
  derived outOfScope complete ` + cutoffFields + ` treeSize } }`,
					Variables: map[string]any{"image": image, "asOf": state},
				}, &d)
				if err != nil {
					return err
				}
				var rows []jsontext.Value
				e := &d.Exposure
				for _, of := range []struct {
					how  string
					list []jsontext.Value
				}{{"held", e.Holdings}, {"shown", e.Showings}, {"seen", e.Sightings}} {
					for _, v := range of.list {
						rows = append(rows, append(append(jsontext.Value(`{"`+of.how+`":`), v...), '}'))
					}
				}
				picture := pictured(args[0], e.Holdings, e.Showings)
				return x.walk(ctx, ask, m, w, d.Checkpoint.Origin, &e.walked, rows, &walkForm{
					columns: exposureColumns, cells: exposureCells, nodes: exposureNodes, edges: exposureEdges,
					add:   func(n *network, v jsontext.Value) error { return exposureGraph(n, picture, v) },
					state: func(d *prov.Document, v jsontext.Value) ([]string, error) { return provExposure(d, picture, v) },
				})
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	return c
}

// pictured is the pseudonym of the image asked about, as the answer names it; else what was asked for, unless it was a file.
func pictured(asked string, lists ...[]jsontext.Value) string {
	for _, list := range lists {
		for _, v := range list {
			var of struct {
				Image *string `json:"image"`
			}
			if json.Unmarshal(v, &of) == nil && of.Image != nil {
				return *of.Image
			}
		}
	}
	if len(asked) > 0 && asked[0] == '@' {
		return "asked"
	}
	return asked
}

// exposed is a row of an exposure: one of three.
type exposed struct {
	Held *struct {
		Image    *string  `json:"image"`
		At       *end     `json:"at"`
		Since    *string  `json:"since"`
		Until    *string  `json:"until"`
		Due      *string  `json:"due"`
		State    string   `json:"state"`
		Standing string   `json:"standing"`
		Entries  []string `json:"entries"`
		EndedBy  *string  `json:"endedBy"`
		Exercise bool     `json:"exercise"`
	} `json:"held"`
	Shown *hop `json:"shown"`
	Seen  *struct {
		Organisation *named   `json:"organisation"`
		Actor        *actor   `json:"actor"`
		Kinds        []string `json:"kinds"`
		Entries      []string `json:"entries"`
		First        *string  `json:"first"`
		Last         *string  `json:"last"`
	} `json:"seen"`
}

var exposureColumns = []string{"how", "system", "organisation", "from", "who", "since", "until", "state", "due", "standing", "kinds", "entries", "ended_by", "exercise"}

func exposureCells(text jsontext.Value) ([]any, error) {
	var r exposed
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	var system, organisation any
	at := func(e *end) {
		if e != nil {
			system, organisation = idOf(e.System), idOf(e.Organisation)
		}
	}
	switch {
	case r.Held != nil:
		h := r.Held
		at(h.At)
		return []any{"held", system, organisation, nil, nil, optional(h.Since), optional(h.Until), h.State, optional(h.Due), h.Standing, nil, h.Entries, optional(h.EndedBy), h.Exercise}, nil
	case r.Shown != nil:
		h := r.Shown
		at(h.To)
		return []any{"shown", system, organisation, h.From.place(), nil, optional(h.Came), nil, nil, nil, h.Standing, optional(h.Kind), optional(h.Entry), nil, h.Exercise}, nil
	case r.Seen != nil:
		s := r.Seen
		return []any{"seen", nil, idOf(s.Organisation), nil, s.Actor.name(), optional(s.First), optional(s.Last), nil, nil, nil, s.Kinds, s.Entries, nil, nil}, nil
	}
	return make([]any, len(exposureColumns)), nil
}

var (
	exposureNodes = []trait{{"name", "string"}, {"type", "string"}}
	exposureEdges = []trait{{"name", "string"}, {"since", "string"}, {"until", "string"}, {"due", "string"}, {"state", "string"}, {"standing", "string"},
		{"kinds", "string"}, {"entries", "string"}, {"exercise", "boolean"}}
)

// placeNode adds a place, and returns its id.
func placeNode(n *network, e *end) (string, error) {
	switch {
	case e == nil:
	case e.System != nil:
		return "system:" + e.System.ID, n.node("system:"+e.System.ID, e.System.ID, "SYSTEM")
	case e.Organisation != nil:
		return "organisation:" + e.Organisation.ID, n.node("organisation:"+e.Organisation.ID, e.Organisation.ID, "ORGANISATION")
	}
	return "unnamed", n.node("unnamed", "not named", "UNNAMED")
}

func exposureGraph(n *network, picture string, text jsontext.Value) error {
	var r exposed
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	image := "image:" + picture
	if err := n.node(image, picture, "IMAGE"); err != nil {
		return err
	}
	switch {
	case r.Held != nil:
		h := r.Held
		at, err := placeNode(n, h.At)
		if err != nil {
			return err
		}
		return n.edge(image, at, "HELD", optional(h.Since), optional(h.Until), optional(h.Due), h.State, h.Standing, nil, h.Entries, h.Exercise)
	case r.Shown != nil:
		h := r.Shown
		from, err := placeNode(n, h.From)
		if err != nil {
			return err
		}
		to, err := placeNode(n, h.To)
		if err != nil {
			return err
		}
		return n.edge(from, to, "SHOWN", optional(h.Left), optional(h.Came), nil, nil, h.Standing, optional(h.Kind), optional(h.Entry), h.Exercise)
	case r.Seen != nil:
		s := r.Seen
		who, err := placeNode(n, &end{Organisation: s.Organisation})
		if a := s.Actor; err == nil && a != nil && a.Pseudonym != nil {
			of := who
			who = "person:" + *a.Pseudonym
			if err = n.node(who, *a.Pseudonym, "PERSON"); err == nil && s.Organisation != nil {
				err = n.edge(who, of, "FOR", nil, nil, nil, nil, nil, nil, nil, nil)
			}
		}
		if err != nil {
			return err
		}
		return n.edge(image, who, "SEEN", optional(s.First), optional(s.Last), nil, nil, nil, s.Kinds, s.Entries, nil)
	}
	return nil
}

func provExposure(d *prov.Document, picture string, text jsontext.Value) ([]string, error) {
	var r exposed
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	switch {
	case r.Held != nil:
		h := r.Held
		image := picture
		if h.Image != nil {
			image = *h.Image
		}
		d.Holding(&prov.Holding{Image: image, At: cell(h.At.place()), Since: cell(optional(h.Since)), Until: cell(optional(h.Until)), Due: cell(optional(h.Due)),
			State: h.State, Standing: h.Standing, Exercise: h.Exercise})
		rests := h.Entries
		if h.EndedBy != nil {
			rests = append(rests, *h.EndedBy)
		}
		return rests, nil
	case r.Shown != nil:
		shown, err := json.Marshal(r.Shown)
		if err != nil {
			return nil, err
		}
		return provHop(d, shown)
	case r.Seen != nil:
		s := r.Seen
		out := &prov.Sighting{Image: picture, First: cell(optional(s.First)), Last: cell(optional(s.Last)), Kinds: s.Kinds}
		if s.Organisation != nil {
			out.Organisation = s.Organisation.ID
		}
		if s.Actor != nil && s.Actor.Pseudonym != nil {
			out.Person = *s.Actor.Pseudonym
		}
		d.Sighting(out)
		return s.Entries, nil
	}
	return nil, nil
}
