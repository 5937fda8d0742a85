package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/ingest/prov"
	"github.com/lichtspur/lichtspur/schema"
)

const movedFields = `entries listed unstated quantities { unit entries atLeast atMost exact about }`

func (x *export) flowsCommand() *cobra.Command {
	var f filterFlags
	var interval, order string
	var split []string
	c := &cobra.Command{
		Use:   "flows KEY",
		Short: "Export what went from where to where, added up",
		Long: `Writes flows between systems, organisations or countries (KEY: system, organisation, country) of the entries that match all
flags, those of lichtspur events. Senders' and receivers' words are told apart; quantities keep their bounds.

In a graph places are nodes and flows are edges. In PROV each flow is an activity in a bundle; it counts events and is none.`,
		Example: `  lichtspur export flows organisation --interval month --format csv -o flows.csv --purpose parliamentary
  lichtspur export flows system --kind DISCLOSE,RECEIVE --exercise=false --format graphml -o flows.graphml --purpose self-monitoring --data data`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			filter, err := f.filter()
			if err != nil {
				return err
			}
			asOf, err := f.state()
			if err != nil {
				return err
			}
			v := map[string]any{"by": strings.ToUpper(args[0]), "filter": filter, "asOf": asOf, "order": "COUNT_DESC"}
			if order == "key" {
				v["order"] = "KEY"
			}
			if interval != "" {
				v["interval"] = strings.ToUpper(interval)
			}
			if split != nil {
				for i, s := range split {
					split[i] = strings.ToUpper(s)
				}
				v["split"] = split
			}
			return x.run(c, "flows", func(ctx context.Context, ask asker, w io.Writer, m *meter) error {
				to := x.flows(w)
				return closed(to, x.pages(ctx, ask, m, schema.Request{
					Query: `query ExportFlows($by: FlowKey!, $interval: Interval, $split: [FlowSplit!], $filter: EventFilter, $order: CountOrder, $first: Int, $after: String, $asOf: AsOf) {
  checkpoint { origin } flows(by: $by, interval: $interval, split: $split, filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) {
    rows { from { key value absent } to { key value absent } at { value absent } split { key value absent } count superseded exercise
      sent { ` + movedFields + ` } received { ` + movedFields + ` } other { ` + movedFields + ` } } ` + pageFields + ` } }`,
					Variables: v,
				}, to, false, readFlows))
			})
		},
	}
	f.attach(c.Flags())
	c.Flags().StringVar(&interval, "interval", "", "by the time they happened: `hour, day, month or year`")
	c.Flags().StringSliceVar(&split, "split", nil, "tell apart by `what`: kind, purpose, basis, exercise; may be repeated")
	c.Flags().StringVar(&order, "order", "count", "`order` of the rows: count, the largest first, or key")
	return c
}

func readFlows(data jsontext.Value) (listed, error) {
	var d struct {
		Checkpoint checkpointOrigin `json:"checkpoint"`
		Flows      struct {
			Rows []jsontext.Value `json:"rows"`
			page
		} `json:"flows"`
	}
	err := json.Unmarshal(data, &d)
	return listed{d.Flows.Rows, d.Checkpoint.Origin, d.Flows.page}, err
}

func (x *export) flows(w io.Writer) sink {
	switch x.format {
	case "prov":
		return &provFlows{w: w}
	case "ndjson":
		return &objects{w}
	case "csv":
		return &rowed{x: x, w: w, columns: flowColumns, cells: flowCells}
	}
	return x.drawn(w, flowNodes, flowEdges, flowGraph)
}

// keyed is the value of one key of a flow.
type keyed struct {
	Key    string  `json:"key"`
	Value  *string `json:"value"`
	Absent *string `json:"absent"`
}

func (k *keyed) text() string {
	if k == nil || k.Value == nil {
		return ""
	}
	return *k.Value
}

// moved is what one side says.
type moved struct {
	Entries    uint64  `json:"entries"`
	Listed     uint64  `json:"listed"`
	Unstated   uint64  `json:"unstated"`
	Quantities []total `json:"quantities"`
}

// words says the quantities with their bounds.
func (m *moved) words() []string {
	var out []string
	for i := range m.Quantities {
		out = append(out, m.Quantities[i].phrase("en"))
	}
	return out
}

func (m *moved) quantities() any {
	if w := m.words(); w != nil {
		return strings.Join(w, "; ")
	}
	return nil
}

// flow is a row of flows.
type flow struct {
	From       keyed   `json:"from"`
	To         keyed   `json:"to"`
	At         *keyed  `json:"at"`
	Split      []keyed `json:"split"`
	Count      uint64  `json:"count"`
	Superseded uint64  `json:"superseded"`
	Exercise   uint64  `json:"exercise"`
	Sent       moved   `json:"sent"`
	Received   moved   `json:"received"`
	Other      moved   `json:"other"`
}

// parts is the value of a split, "" where it is none.
func (f *flow) part(key string) any {
	var out []string
	for i := range f.Split {
		if f.Split[i].Key == key && f.Split[i].Value != nil {
			out = append(out, *f.Split[i].Value)
		}
	}
	if out == nil {
		return nil
	}
	return strings.Join(out, " ")
}

// absent says which values there are none of, and why.
func (f *flow) absent() (out []string) {
	for _, k := range append([]keyed{{"FROM", f.From.Value, f.From.Absent}, {"TO", f.To.Value, f.To.Absent}}, f.Split...) {
		if k.Absent != nil {
			out = append(out, k.Key+":"+*k.Absent)
		}
	}
	if f.At != nil && f.At.Absent != nil {
		out = append(out, "AT:"+*f.At.Absent)
	}
	return out
}

func (f *flow) values() []any {
	return []any{optional(textOf(f.At)), f.part("KIND"), f.part("PURPOSE"), f.part("BASIS"), f.Count, f.Superseded, f.Exercise,
		f.Sent.Entries, f.Sent.Listed, f.Sent.quantities(), f.Sent.Unstated,
		f.Received.Entries, f.Received.Listed, f.Received.quantities(), f.Received.Unstated,
		f.Other.Entries, f.Other.Listed, f.Other.quantities(), f.Other.Unstated, f.absent()}
}

func textOf(k *keyed) *string {
	if k == nil {
		return nil
	}
	return k.Value
}

var flowTraits = []trait{{"at", "string"}, {"kind", "string"}, {"purpose", "string"}, {"basis", "string"}, {"count", "long"}, {"superseded", "long"}, {"exercise", "long"},
	{"sent", "long"}, {"sentListed", "long"}, {"sentQuantities", "string"}, {"sentUnstated", "long"},
	{"received", "long"}, {"receivedListed", "long"}, {"receivedQuantities", "string"}, {"receivedUnstated", "long"},
	{"other", "long"}, {"otherListed", "long"}, {"otherQuantities", "string"}, {"otherUnstated", "long"}, {"absent", "string"}}

var flowColumns = func() []string {
	out := []string{"from", "to"}
	for _, t := range flowTraits {
		name := ""
		for _, r := range t.name {
			if r >= 'A' && r <= 'Z' {
				name += "_"
			}
			name += strings.ToLower(string(r))
		}
		out = append(out, name)
	}
	return out
}()

func flowCells(text jsontext.Value) ([]any, error) {
	var f flow
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	return append([]any{f.From.text(), f.To.text()}, f.values()...), nil
}

var (
	flowNodes = []trait{{"name", "string"}, {"type", "string"}}
	flowEdges = flowTraits
)

func flowGraph(n *network, text jsontext.Value) error {
	var f flow
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	ends := [2]string{}
	for i, k := range []*keyed{&f.From, &f.To} {
		ends[i] = "place:" + k.text()
		name, of := k.text(), "PLACE"
		if name == "" {
			name, of = "not named", "UNNAMED"
		}
		if err := n.node(ends[i], name, of); err != nil {
			return err
		}
	}
	return n.edge(ends[0], ends[1], f.values()...)
}

// provFlows writes each flow as a bundle.
type provFlows struct {
	w io.Writer
	p *prov.Writer
}

func (p *provFlows) begin(origin string, size uint64) error {
	p.p = prov.NewWriter(p.w, prov.Header{Origin: origin, TreeSize: size})
	return nil
}

func (p *provFlows) row(text jsontext.Value) error {
	var f flow
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	out := &prov.Flow{From: f.From.text(), To: f.To.text()}
	for i, v := range f.values() {
		switch v := v.(type) {
		case uint64:
			out.Said = append(out.Said, prov.Said{Name: flowTraits[i].name, Text: strconv.FormatUint(v, 10), Number: true})
		default:
			out.Said = append(out.Said, prov.Said{Name: flowTraits[i].name, Text: cell(v)})
		}
	}
	return p.p.Flow(out)
}

func (p *provFlows) end(e answerEnd) error {
	return p.p.Close(prov.End{Complete: e.Complete, Reason: e.Reason})
}

func (p *provFlows) close() error { return nil }
