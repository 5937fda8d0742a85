package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/prov"
	"github.com/lichtspur/lichtspur/schema"
)

// The way of an image and its exposure are one answer each, bounded by the budget of a walk. PROV of them also has the
// entries that they rest on, which are asked for as of the same tree size.

func (x *export) lineageCommand() *cobra.Command {
	var up bool
	var depth int
	var place, at, asOf string
	var edges []string
	c := &cobra.Command{
		Use:   "lineage IMAGE",
		Short: "Export the way of an image",
		Long: `Writes the way of an image, hop by hop, as lichtspur trace shows it. IMAGE is sha256:…, a pseudonym, or @FILE, which is
hashed here and goes nowhere.

In a graph an image in a place is a node and a hop is an edge, with its standing, consent and the index of its entry. In PROV
the copies are entities and the hops derivations, beside the entries that they rest on.`,
		Example: `  lichtspur export lineage sha256:014e… --format graphml -o way.graphml --purpose "LAWFULNESS_CHECK; file 12/26"
  lichtspur export lineage @photo.png --up --format prov -o way.json --purpose parliamentary --data data`,
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
			v := map[string]any{"image": image, "direction": "DOWN", "depth": depth, "asOf": state}
			if up {
				v["direction"] = "UP"
			}
			if place != "" {
				v["place"] = place
			}
			if at != "" {
				v["at"] = at
			}
			if edges != nil {
				for i, e := range edges {
					edges[i] = strings.ToUpper(e)
				}
				v["edges"] = edges
			}
			return x.run(c, "hops", func(ctx context.Context, ask asker, w io.Writer, m *meter) error {
				var d struct {
					Checkpoint checkpointOrigin `json:"checkpoint"`
					Lineage    struct {
						Hops []jsontext.Value `json:"hops"`
						walked
					} `json:"lineage"`
				}
				err := x.answered(ctx, ask, schema.Request{
					Query: `query ExportLineage($image: ImageRef!, $direction: Direction!, $place: ID, $depth: Int, $edges: [EdgeKind!], $at: DateTime, $asOf: AsOf) {
  checkpoint { origin } lineage(image: $image, direction: $direction, place: $place, depth: $depth, edges: $edges, at: $at, asOf: $asOf) {
    hops { ` + hopFields + ` } outOfScope complete ` + cutoffFields + ` treeSize } }`,
					Variables: v,
				}, &d)
				if err != nil {
					return err
				}
				l := &d.Lineage
				return x.walk(ctx, ask, m, w, d.Checkpoint.Origin, &l.walked, l.Hops, &walkForm{
					columns: hopColumns, cells: hopCells, nodes: copyNodes, edges: hopEdges, add: hopGraph, state: provHop})
			})
		},
	}
	f := c.Flags()
	f.BoolVar(&up, "up", false, "where it came from")
	f.IntVar(&depth, "depth", 16, "`number` of hops, at most 64")
	f.StringVar(&place, "place", "", "the copy in this `system or organisation`")
	f.StringSliceVar(&edges, "edge", nil, "follow this `kind of edge` only: capture, transfer, derivation, showing, training; may be repeated")
	f.StringVar(&at, "at", "", "hops at this `time` or later; with --up, or earlier")
	f.StringVar(&asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	return c
}

type checkpointOrigin struct {
	Origin string `json:"origin"`
}

// walkForm is how the rows of a walk are written.
type walkForm struct {
	columns      []string
	cells        func(jsontext.Value) ([]any, error)
	nodes, edges []trait
	add          func(*network, jsontext.Value) error
	// state states a row in PROV, and returns the ids of the entries that it rests on.
	state func(*prov.Document, jsontext.Value) ([]string, error)
}

// walk writes the rows of a walk.
func (x *export) walk(ctx context.Context, ask asker, m *meter, w io.Writer, origin string, of *walked, rows []jsontext.Value, form *walkForm) error {
	var to sink
	switch x.format {
	case "prov":
		to = &provWalk{x: x, ctx: ctx, ask: ask, w: w, state: form.state}
	case "ndjson":
		to = &objects{w}
	case "csv":
		to = &rowed{x: x, w: w, columns: form.columns, cells: form.cells}
	default:
		to = x.drawn(w, form.nodes, form.edges, form.add)
	}
	err := to.begin(origin, of.TreeSize)
	for i := range rows {
		if err == nil {
			err = to.row(rows[i])
			m.add(1)
		}
	}
	if err == nil {
		e := answerEnd{TreeSize: of.TreeSize, Rows: len(rows), Complete: of.Complete, OutOfScope: of.OutOfScope}
		for _, c := range of.Cutoffs {
			e.Reason = c.Reason
		}
		err = to.end(e)
	}
	x.a.remark(of)
	return closed(to, err)
}

func hopCells(text jsontext.Value) ([]any, error) {
	var h hop
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, err
	}
	return h.row(), nil
}

var (
	copyNodes = []trait{{"name", "string"}, {"type", "string"}, {"image", "string"}, {"system", "string"}, {"organisation", "string"}}
	hopEdges  = []trait{{"name", "string"}, {"edge", "string"}, {"kind", "string"}, {"depth", "long"}, {"left", "string"}, {"came", "string"}, {"standing", "string"},
		{"consent", "string"}, {"consentIndex", "long"}, {"purpose", "string"}, {"basis", "string"}, {"claims", "string"}, {"index", "long"},
		{"entry", "string"}, {"counterpart", "string"}, {"collection", "string"}, {"exercise", "boolean"}}
)

// copyNode adds an image in a place, and returns its id. A place that is not named is one of its own for each image.
func copyNode(n *network, image *string, at *end) (string, error) {
	picture, place := "images", ""
	if image != nil {
		picture = *image
	}
	var system, organisation any
	if at != nil {
		system, organisation = idOf(at.System), idOf(at.Organisation)
	}
	place, _ = at.place().(string)
	id, name := "image:"+picture+"@"+place, place
	if place == "" {
		name = "not named"
	}
	return id, n.node(id, name, "COPY", optional(image), system, organisation)
}

func hopGraph(n *network, text jsontext.Value) error {
	var h hop
	if err := json.Unmarshal(text, &h); err != nil {
		return err
	}
	from, err := copyNode(n, h.Image, h.From)
	if err != nil {
		return err
	}
	image := h.Image
	if h.Child != nil {
		image = h.Child
	}
	to, err := copyNode(n, image, h.To)
	if err != nil {
		return err
	}
	return n.edge(from, to, h.edgeTraits()...)
}

func (h *hop) edgeTraits() []any {
	name := h.Edge
	if h.Kind != nil {
		name = *h.Kind
	}
	var index, consent any
	if h.Index != nil {
		index = *h.Index
		name += fmt.Sprintf(" %d", *h.Index)
	}
	if h.Consent.Index != nil {
		consent = *h.Consent.Index
	}
	return []any{name, h.Edge, optional(h.Kind), h.Depth, optional(h.Left), optional(h.Came), h.Standing, h.Consent.State, consent,
		optional(h.Purpose), phrases(h.Basis), h.stances(), index, optional(h.Entry), optional(h.Counterpart), optional(h.Collection), h.Exercise}
}

// provHop states a hop.
func provHop(d *prov.Document, text jsontext.Value) ([]string, error) {
	var h hop
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, err
	}
	out := &prov.Hop{Edge: h.Edge, Showing: h.Edge == "SHOWING", Image: cell(optional(h.Image)), Child: cell(optional(h.Child)), From: h.From.located(), To: h.To.located(),
		Left: cell(optional(h.Left)), Came: cell(optional(h.Came)), Depth: h.Depth, Standing: h.Standing, Consent: h.Consent.State, ConsentIndex: h.Consent.Index, Claims: h.stances(), Exercise: h.Exercise}
	var rests []string
	if h.Entry != nil {
		var err error
		if out.Entry, err = event.ParsePseudonym(*h.Entry); err != nil {
			return nil, err
		}
		rests = append(rests, *h.Entry)
	}
	if h.Counterpart != nil {
		rests = append(rests, *h.Counterpart)
	}
	d.Hop(out)
	return rests, nil
}

func (e *end) located() (p event.Place) {
	if e == nil {
		return p
	}
	if e.System != nil {
		p.System = e.System.ID
	}
	if e.Organisation != nil {
		p.Organisation = e.Organisation.ID
	}
	return p
}

// provWalk states a walk and the entries that it rests on.
type provWalk struct {
	x     *export
	ctx   context.Context
	ask   asker
	w     io.Writer
	state func(*prov.Document, jsontext.Value) ([]string, error)
	d     *prov.Document
	size  uint64
	rests []string
	seen  map[string]bool
}

func (p *provWalk) begin(origin string, size uint64) error {
	p.d, p.size, p.seen = prov.NewDocument(prov.Header{Origin: origin, TreeSize: size}), size, map[string]bool{}
	return nil
}

func (p *provWalk) row(text jsontext.Value) error {
	rests, err := p.state(p.d, text)
	for _, id := range rests {
		if !p.seen[id] {
			p.seen[id] = true
			p.rests = append(p.rests, id)
		}
	}
	return err
}

// together is how many entries are asked for at a time.
const together = 200

func (p *provWalk) end(e answerEnd) error {
	for list := p.rests; len(list) > 0; {
		some := list[:min(together, len(list))]
		list = list[len(some):]
		var wanted []any
		for _, id := range some {
			wanted = append(wanted, map[string]any{"pseudonym": id})
		}
		err := p.x.pages(p.ctx, p.ask, &meter{}, schema.Request{
			Query: `query ExportEntries($entries: [IdentityInput!], $first: Int, $after: String, $asOf: AsOf) {
  checkpoint { origin } events(filter: {entries: $entries}, first: $first, after: $after, asOf: $asOf) { nodes { ` + wholeEvent + ` } ` + pageFields + ` } }`,
			Variables: map[string]any{"entries": wanted, "asOf": map[string]any{"size": fmt.Sprint(p.size)}},
		}, provRest{p.d}, true, readEvents)
		if err != nil {
			return err
		}
	}
	return p.d.Write(p.w, prov.End{Complete: e.Complete, Reason: e.Reason, OutOfScope: e.OutOfScope})
}

func (p *provWalk) close() error { return nil }

// provRest takes the entries that a walk rests on.
type provRest struct{ d *prov.Document }

func (r provRest) begin(string, uint64) error { return nil }

func (r provRest) row(text jsontext.Value) error {
	var e fullEvent
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	en, err := e.entry()
	if err != nil {
		return err
	}
	return r.d.Entry(en)
}

func (r provRest) end(answerEnd) error { return nil }
func (r provRest) close() error        { return nil }
