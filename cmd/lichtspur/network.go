package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A network is what is told as nodes and edges: an image and its copies, places and what went between them. Each node is
// written once, when it is first named, and of those that were written no more than a mark is kept.

// trait is what nodes or edges have; kind is string, long or boolean, as GraphML names types.
type trait struct{ name, kind string }

// network is what is being written.
type network struct {
	to      networkFormat
	written map[[16]byte]bool
	later   map[string]bool // named by edges, and to be written yet
	nodes   int
	edges   int
}

// networkFormat writes one. Values are in the order of the traits; nil is none.
type networkFormat interface {
	begin(about, nodes, edges []trait) error
	node(id string, values []any) error
	edge(n int, source, target string, values []any) error
	end(about []any) error
	close() error
}

func newNetwork(to networkFormat) *network {
	return &network{to: to, written: map[[16]byte]bool{}, later: map[string]bool{}}
}

// node writes a node, unless it was.
func (n *network) node(id string, values ...any) error {
	sum := sha256.Sum256([]byte(id))
	key := [16]byte(sum[:16])
	if n.written[key] {
		return nil
	}
	n.written[key] = true
	delete(n.later, id)
	n.nodes++
	return n.to.node(id, values)
}

// named notes a node that an edge names and of which more may be known later.
func (n *network) named(id string) {
	if sum := sha256.Sum256([]byte(id)); !n.written[[16]byte(sum[:16])] {
		n.later[id] = true
	}
}

// end ends it. Of nodes that were named only there is nothing but the name.
func (n *network) end(about []any) error {
	for _, id := range slices.Sorted(maps.Keys(n.later)) {
		n.nodes++
		if err := n.to.node(id, nil); err != nil {
			return err
		}
	}
	return n.to.end(about)
}

// edge writes an edge between nodes that were written, or named.
func (n *network) edge(source, target string, values ...any) error {
	n.edges++
	return n.to.edge(n.edges, source, target, values)
}

// valueOf is a value as the formats have them: "" and nil are none.
func valueOf(v any) (text string, quoted, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", false, false
	case bool:
		return strconv.FormatBool(v), false, true
	case int, int64, uint64:
		return fmt.Sprint(v), false, true
	}
	text = cell(v)
	return text, true, text != ""
}

// graphML writes GraphML (http://graphml.graphdrawing.org, schema 1.1).
type graphML struct {
	w                   io.Writer
	b                   bytes.Buffer
	about, nodes, edges []trait
}

func (g *graphML) flush() error {
	_, err := g.b.WriteTo(g.w)
	return err
}

func (g *graphML) escaped(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s)) // what XML cannot hold becomes U+FFFD
	return b.String()
}

func (g *graphML) begin(about, nodes, edges []trait) error {
	g.about, g.nodes, g.edges = about, nodes, edges
	g.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd">
`)
	for _, of := range [...]struct {
		what   string
		traits []trait
	}{{"graph", about}, {"node", nodes}, {"edge", edges}} {
		for i, t := range of.traits {
			fmt.Fprintf(&g.b, `<key id="%c%d" for="%s" attr.name="%s" attr.type="%s"/>`+"\n", of.what[0], i, of.what, t.name, t.kind)
		}
	}
	g.b.WriteString(`<graph id="G" edgedefault="directed">` + "\n")
	return g.flush()
}

func (g *graphML) data(what byte, values []any) {
	for i, v := range values {
		if text, _, ok := valueOf(v); ok {
			fmt.Fprintf(&g.b, `<data key="%c%d">%s</data>`, what, i, g.escaped(text))
		}
	}
}

func (g *graphML) node(id string, values []any) error {
	fmt.Fprintf(&g.b, `<node id="%s">`, g.escaped(id))
	g.data('n', values)
	g.b.WriteString("</node>\n")
	return g.flush()
}

func (g *graphML) edge(n int, source, target string, values []any) error {
	fmt.Fprintf(&g.b, `<edge id="e%d" source="%s" target="%s">`, n, g.escaped(source), g.escaped(target))
	g.data('e', values)
	g.b.WriteString("</edge>\n")
	return g.flush()
}

func (g *graphML) end(about []any) error {
	g.data('g', about)
	g.b.WriteString("\n</graph>\n</graphml>\n")
	return g.flush()
}

func (g *graphML) close() error { return nil }

// cytoscape writes JSON of Cytoscape (.cyjs): all nodes, then all edges, which are deferred.
type cytoscape struct {
	w                   io.Writer
	b                   []byte
	about, nodes, edges []trait
	count               int
	later               deferred
	links               int
}

func (c *cytoscape) members(traits []trait, values []any) {
	for i, v := range values {
		text, quoted, ok := valueOf(v)
		if !ok {
			continue
		}
		c.b = append(append(append(c.b, `,"`...), traits[i].name...), `":`...)
		if quoted {
			c.quote(text)
		} else {
			c.b = append(c.b, text...)
		}
	}
}

func (c *cytoscape) quote(s string) {
	b, err := jsontext.AppendQuote(c.b, s)
	if err != nil {
		b, _ = jsontext.AppendQuote(c.b, string(bytes.ToValidUTF8([]byte(s), []byte("\ufffd"))))
	}
	c.b = b
}

func (c *cytoscape) flush(w io.Writer) error {
	_, err := w.Write(c.b)
	c.b = c.b[:0]
	return err
}

func (c *cytoscape) begin(about, nodes, edges []trait) error {
	c.about, c.nodes, c.edges = about, nodes, edges
	c.b = append(c.b, `{"format_version":"1.0","directed":true,"multigraph":true,"elements":{"nodes":[`...)
	return c.flush(c.w)
}

func (c *cytoscape) node(id string, values []any) error {
	if c.count++; c.count > 1 {
		c.b = append(c.b, ',')
	}
	c.b = append(c.b, "\n{\"data\":{\"id\":"...)
	c.quote(id)
	c.b = append(c.b, `,"value":`...) // by which NetworkX knows it
	c.quote(id)
	c.members(c.nodes, values)
	c.b = append(c.b, "}}"...)
	return c.flush(c.w)
}

func (c *cytoscape) edge(n int, source, target string, values []any) error {
	if c.links++; c.links > 1 {
		c.b = append(c.b, ',')
	}
	c.b = fmt.Appendf(c.b, "\n{\"data\":{\"id\":\"e%d\",\"key\":%d,\"source\":", n, n) // key: by which NetworkX tells edges apart
	c.quote(source)
	c.b = append(c.b, `,"target":`...)
	c.quote(target)
	c.members(c.edges, values)
	c.b = append(c.b, "}}"...)
	return c.flush(&c.later)
}

func (c *cytoscape) end(about []any) error {
	c.b = append(c.b, "],\n\"edges\":["...)
	if err := c.flush(c.w); err != nil {
		return err
	}
	if _, err := c.later.WriteTo(c.w); err != nil {
		return err
	}
	c.b = append(c.b, "]},\n\"data\":{\"name\":\"lichtspur\""...)
	c.members(c.about, about)
	c.b = append(c.b, "}}\n"...)
	return c.flush(c.w)
}

func (c *cytoscape) close() error { return c.later.close() }
