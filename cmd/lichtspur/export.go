package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

// exportFormats are the forms in which an answer is exported.
var exportFormats = []string{"prov", "csv", "ndjson", "graphml", "cytoscape"}

// export is how an answer is to be written.
type export struct {
	a         *app
	format    string
	separator string
	mark      bool
}

// answerEnd is what is known of an answer when all of it was written.
type answerEnd struct {
	TreeSize   uint64 `json:"treeSize"`
	Rows       int    `json:"rows"`
	Complete   bool   `json:"complete"`
	Reason     string `json:"reason,omitzero"`
	OutOfScope bool   `json:"outOfScope,omitzero"`
}

// sink takes an answer, row by row as GraphQL gives it.
type sink interface {
	begin(origin string, size uint64) error
	row(text jsontext.Value) error
	end(e answerEnd) error
	close() error // whatever came of it
}

func (a *app) exportCommand() *cobra.Command {
	x := &export{a: a}
	c := &cobra.Command{
		Use:   "export",
		Short: "Write an answer for other tools: PROV, CSV, NDJSON, GraphML, Cytoscape",
		Long: `Writes an answer of the log in a format that other tools read (--format):

  prov       W3C PROV-JSON: entities, activities, agents, and all else in attributes; of events a bundle each
  csv        a table; texts that a spreadsheet would take for formulas get an apostrophe before them
  ndjson     one object a line, with all there is; the last line says how it ended
  graphml    a graph, for Gephi, yEd, NetworkX and others
  cytoscape  a graph as JSON, for Cytoscape (.cyjs)

An answer is asked for in GraphQL, page by page as of one tree size, with your role and purpose: what you may not see is not
there, and each page is an entry in the access ledger. It is written as it comes; a file appears when it is whole.
An answer that is cut short says so on standard error, and in the document.`,
		Example: `  lichtspur export lineage @photo.png --format prov -o way.json --purpose "LAWFULNESS_CHECK; file 12/26"
  lichtspur export events --kind QUERY --occurred 2025-03 --format csv --separator semicolon --bom -o queries.csv --purpose self-monitoring
  lichtspur export exposure sha256:014e… --format graphml -o exposure.graphml --purpose "SUBJECT_ACCESS; request 4/26" --data data
  lichtspur export flows organisation --interval month --format cytoscape -o flows.cyjs --purpose parliamentary`,
	}
	f := c.PersistentFlags()
	f.StringVar(&x.format, "format", "", "`format` of the export: "+strings.Join(exportFormats, ", "))
	f.StringVar(&x.separator, "separator", "comma", "`separator` of csv: comma, semicolon, tab")
	f.BoolVar(&x.mark, "bom", false, "csv begins with a byte order mark, as Excel wants it")
	c.AddCommand(x.eventsCommand(), x.lineageCommand(), x.exposureCommand(), x.flowsCommand())
	for _, sub := range c.Commands() {
		sub.Flags().StringP("output", "o", "-", "`file` to write to; - is standard output")
	}
	return c
}

// run asks and writes. fill asks, and gives what comes to the sink that it makes.
func (x *export) run(c *cobra.Command, unit string, fill func(ctx context.Context, ask asker, w io.Writer, m *meter) error) error {
	if !slices.Contains(exportFormats, x.format) {
		return usage(fmt.Errorf("in which format? --format %s", strings.Join(exportFormats, ", ")))
	}
	separator, ok := separators[strings.ToLower(x.separator)]
	if !ok {
		return usage(fmt.Errorf("--separator is comma, semicolon or tab, not %q", x.separator))
	}
	x.separator = separator
	file, err := c.Flags().GetString("output")
	if err != nil {
		return err
	}
	return x.a.asking(func(ask asker) error {
		return x.a.write(file, func(w io.Writer) error {
			m := x.a.meter("export", unit, -1)
			defer m.done()
			return fill(c.Context(), ask, w, m)
		})
	})
}

// answered asks one question and returns its data.
func (x *export) answered(ctx context.Context, ask asker, r schema.Request, into any) error {
	answer, err := ask(ctx, r)
	if err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return x.a.complain(answer)
	}
	return json.Unmarshal(answer.Data, into)
}

const codeTooCostly = "TOO_COSTLY"

// listed is a page of a list with where it is from.
type listed struct {
	rows   []jsontext.Value
	origin string
	page
}

// pages asks for all pages of a list and gives their rows to the sink. Where entries are so long that a page of them is
// more than a request gets, pages are made shorter. resumes says that a page that was cut short goes on where it ended.
func (x *export) pages(ctx context.Context, ask asker, m *meter, r schema.Request, to sink, resumes bool, read func(jsontext.Value) (listed, error)) error {
	first, begun, end := 500, false, answerEnd{Complete: true}
	for {
		r.Variables["first"] = first
		answer, err := ask(ctx, r)
		if err != nil {
			return err
		}
		if len(answer.Errors) > 0 {
			if code, _ := answer.Errors[0].Extensions["code"].(string); code == codeTooCostly && first > 1 {
				first /= 2
				continue
			}
			return x.a.complain(answer)
		}
		l, err := read(answer.Data)
		if err != nil {
			return err
		}
		if !begun {
			begun, end.TreeSize = true, l.TreeSize
			if err := to.begin(l.origin, l.TreeSize); err != nil {
				return err
			}
		}
		for _, row := range l.rows {
			if err := to.row(row); err != nil {
				return err
			}
		}
		end.Rows += len(l.rows)
		m.add(len(l.rows))
		next := l.ContinueFrom
		if l.PageInfo.HasNextPage {
			next = l.PageInfo.EndCursor
		} else if !l.Complete && (!resumes || next == nil || r.Variables["after"] == *next) {
			end.Complete = false
			if l.IncompleteReason != nil {
				end.Reason = *l.IncompleteReason
			}
			next = nil
		} else if l.Complete {
			next = nil
		}
		if next == nil {
			return x.end(to, end)
		}
		r.Variables["after"] = *next
	}
}

// end ends the document, and says on standard error what it does not hold.
func (x *export) end(to sink, e answerEnd) error {
	if err := to.end(e); err != nil {
		return err
	}
	if !e.Complete && e.Reason != "" {
		fmt.Fprintf(x.a.err, "incomplete as of tree size %d: %s\n", e.TreeSize, printable(e.Reason))
	}
	return nil
}

// rowed is a sink of rows of CSV.
type rowed struct {
	x       *export
	w       io.Writer
	columns []string
	cells   func(jsontext.Value) ([]any, error)
	s       *sheet
}

func (t *rowed) begin(string, uint64) (err error) {
	t.s, err = newSheet(t.w, t.x.separator, t.x.mark, t.columns...)
	return err
}

func (t *rowed) row(text jsontext.Value) error {
	cells, err := t.cells(text)
	if err != nil {
		return err
	}
	return t.s.row(cells...)
}

func (t *rowed) end(answerEnd) error { return nil }
func (t *rowed) close() error        { return nil }

// objects is a sink of lines of JSON. The last one says how it ended, so that a file that was cut can be told.
type objects struct{ w io.Writer }

func (o *objects) begin(string, uint64) error { return nil }

func (o *objects) row(text jsontext.Value) error {
	if err := text.Compact(); err != nil {
		return err
	}
	_, err := o.w.Write(append(text, '\n'))
	return err
}

func (o *objects) end(e answerEnd) error {
	return writeObject(o.w, []string{"end"}, []any{e}, "\n")
}

func (o *objects) close() error { return nil }

// drawn is a sink of a graph.
type drawn struct {
	nodes, edges []trait
	add          func(*network, jsontext.Value) error
	origin       string
	n            *network
}

var aboutGraph = []trait{{"origin", "string"}, {"treeSize", "long"}, {"complete", "boolean"}, {"incompleteReason", "string"}, {"outOfScope", "boolean"}}

func (x *export) drawn(w io.Writer, nodes, edges []trait, add func(*network, jsontext.Value) error) *drawn {
	var to networkFormat = &graphML{w: w}
	if x.format == "cytoscape" {
		to = &cytoscape{w: w}
	}
	return &drawn{nodes: nodes, edges: edges, add: add, n: newNetwork(to)}
}

func (d *drawn) begin(origin string, size uint64) error {
	d.origin = origin
	return d.n.to.begin(aboutGraph, d.nodes, d.edges)
}

func (d *drawn) row(text jsontext.Value) error { return d.add(d.n, text) }

func (d *drawn) end(e answerEnd) error {
	return d.n.end([]any{d.origin, e.TreeSize, e.Complete, e.Reason, e.OutOfScope})
}

func (d *drawn) close() error { return d.n.to.close() }

// closed closes a sink, whatever came of filling it.
func closed(to sink, err error) error { return errors.Join(err, to.close()) }
