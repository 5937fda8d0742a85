package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/prov"
	"github.com/lichtspur/lichtspur/schema"
)

// wholeEvent asks for all of an entry: the event as it is shown, and what the log says of it.
const wholeEvent = `id index leafHash recorded source standing signature { attested key } counterpart { matched entry } json`

// shownEvent asks for an entry in fields, with the names of organisations and systems that they have now.
const shownEvent = `id index leafHash recorded occurred kind operation standing exercise source sourceId { value absent } signature { attested }
  counterpart { matched entry } requester { id } origin { id } owner { id } controller { id }
  from { organisation { id } system { id } country class } to { organisation { id } system { id } country class }
  actor { pseudonym automated role id { value absent } } images { role pseudonym digest { value } system { id } score }
  collection quantity { amount bound exclusive unit } purpose basis justification { value absent } case { pseudonym reference { value absent } }
  urgent input mode databases { system { id } replied } result { state candidates } transfer { reference ground } method
  hiddenFromSubject retention { rule until } citation { source locator } relates { relation entry } withheld text { en de absent }
  claim { stance modality claimant { id } proposition { id } }`

// fullEvent is an entry as [wholeEvent] asks for it.
type fullEvent struct {
	ID        event.Pseudonym `json:"id"`
	Index     uint64          `json:"index"`
	LeafHash  string          `json:"leafHash"`
	Recorded  time.Time       `json:"recorded"`
	Source    string          `json:"source"`
	Standing  string          `json:"standing"`
	Signature struct {
		Attested string  `json:"attested"`
		Key      *string `json:"key"`
	} `json:"signature"`
	Counterpart *struct {
		Matched bool    `json:"matched"`
		Entry   *string `json:"entry"`
	} `json:"counterpart"`
	JSON string `json:"json"`
}

// entry is what PROV states of it.
func (e *fullEvent) entry() (*prov.Entry, error) {
	out := &prov.Entry{ID: e.ID, Index: e.Index, Source: e.Source, Recorded: e.Recorded, LeafHash: e.LeafHash, Attested: e.Signature.Attested,
		Standing: e.Standing, Event: new(event.Event), JSON: []byte(e.JSON)}
	if err := json.Unmarshal(out.JSON, out.Event); err != nil {
		return nil, fmt.Errorf("entry %d: %w", e.Index, err)
	}
	return out, nil
}

func (x *export) eventsCommand() *cobra.Command {
	var f filterFlags
	var order string
	c := &cobra.Command{
		Use:   "events",
		Short: "Export the entries that match all flags",
		Long: `Writes the entries that match, all of them, as of one tree size. The flags are those of lichtspur events.

In a graph entries, places and images are nodes; edges say what a place or image is in an entry. In PROV each entry is a
bundle, and what is written can be handed in again (lichtspur ingest): it is recognised.`,
		Example: `  lichtspur export events --digest sha256:014e… --format prov -o trail.json --purpose "LAWFULNESS_CHECK; file 12/26"
  lichtspur export events --missing JUSTIFICATION --kind QUERY --format csv --separator semicolon --bom -o gaps.csv --purpose self-monitoring
  lichtspur export events --to clearview-ai --format graphml -o vendor.graphml --purpose parliamentary --data data`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			filter, err := f.filter()
			if err != nil {
				return err
			}
			asOf, err := f.state()
			if err != nil {
				return err
			}
			return x.run(c, "entries", func(ctx context.Context, ask asker, w io.Writer, m *meter) error {
				to, fields := x.events(w)
				return closed(to, x.pages(ctx, ask, m, schema.Request{
					Query: `query ExportEvents($filter: EventFilter, $order: EventOrder, $first: Int, $after: String, $asOf: AsOf) {
  checkpoint { origin } events(filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) { nodes { ` + fields + ` } ` + pageFields + ` } }`,
					Variables: map[string]any{"filter": filter, "order": strings.ToUpper(strings.ReplaceAll(order, "-", "_")), "asOf": asOf},
				}, to, true, readEvents))
			})
		},
	}
	f.attach(c.Flags())
	c.Flags().StringVar(&order, "order", "recorded", "`order`: "+strings.Join(eventOrders, ", "))
	return c
}

// readEvents reads a page of entries.
func readEvents(data jsontext.Value) (listed, error) {
	var d struct {
		Checkpoint struct {
			Origin string `json:"origin"`
		} `json:"checkpoint"`
		Events struct {
			Nodes []jsontext.Value `json:"nodes"`
			page
		} `json:"events"`
	}
	err := json.Unmarshal(data, &d)
	return listed{d.Events.Nodes, d.Checkpoint.Origin, d.Events.page}, err
}

// events makes the sink of entries, and says which fields it wants.
func (x *export) events(w io.Writer) (sink, string) {
	switch x.format {
	case "prov":
		return &provEvents{w: w}, wholeEvent
	case "ndjson":
		return &eventObjects{objects{w}}, wholeEvent
	case "csv":
		return &rowed{x: x, w: w, columns: eventColumns, cells: eventCells}, shownEvent
	}
	return x.drawn(w, eventNodes, eventEdges, eventGraph), shownEvent
}

// provEvents writes entries as bundles.
type provEvents struct {
	w io.Writer
	p *prov.Writer
}

func (p *provEvents) begin(origin string, size uint64) error {
	p.p = prov.NewWriter(p.w, prov.Header{Origin: origin, TreeSize: size})
	return nil
}

func (p *provEvents) row(text jsontext.Value) error {
	var e fullEvent
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	en, err := e.entry()
	if err != nil {
		return err
	}
	return p.p.Entry(en)
}

func (p *provEvents) end(e answerEnd) error {
	return p.p.Close(prov.End{Complete: e.Complete, Reason: e.Reason, OutOfScope: e.OutOfScope})
}

func (p *provEvents) close() error { return nil }

// eventObjects writes entries with their events as objects.
type eventObjects struct{ objects }

func (o *eventObjects) row(text jsontext.Value) error {
	var fields struct {
		JSON string         `json:"json"`
		Rest jsontext.Value `json:",embed"`
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	rest := append(jsontext.Value(nil), fields.Rest...)
	if err := rest.Compact(); err != nil {
		return err
	}
	line := append(append([]byte(rest[:len(rest)-1]), `,"event":`...), fields.JSON...)
	_, err := o.w.Write(append(line, "}\n"...))
	return err
}

// optionalValue is a personal value, or why it is not there.
type optionalValue struct {
	Value  *string `json:"value"`
	Absent *string `json:"absent"`
}

// told adds why a value is not there, unless the source has none.
func (v *optionalValue) told(name string, absent *[]string) any {
	if v == nil {
		return nil
	}
	if v.Absent != nil && *v.Absent != "EMPTY" {
		*absent = append(*absent, name+":"+*v.Absent)
	}
	return optional(v.Value)
}

// located is one end of an entry.
type located struct {
	end
	Country *string `json:"country"`
	Class   *string `json:"class"`
}

// parts are organisation, system, country and class of an end.
func (l *located) parts() (out [4]any) {
	if l != nil {
		out = [4]any{idOf(l.Organisation), idOf(l.System), optional(l.Country), optional(l.Class)}
	}
	return out
}

func idOf(n *named) any {
	if n == nil {
		return nil
	}
	return n.ID
}

// partEvent is an entry as [shownEvent] asks for it.
type partEvent struct {
	ID        string        `json:"id"`
	Index     uint64        `json:"index"`
	LeafHash  string        `json:"leafHash"`
	Recorded  string        `json:"recorded"`
	Occurred  *string       `json:"occurred"`
	Kind      string        `json:"kind"`
	Operation *string       `json:"operation"`
	Standing  string        `json:"standing"`
	Exercise  bool          `json:"exercise"`
	Source    string        `json:"source"`
	SourceID  optionalValue `json:"sourceId"`
	Signature struct {
		Attested string `json:"attested"`
	} `json:"signature"`
	Counterpart *struct {
		Matched bool    `json:"matched"`
		Entry   *string `json:"entry"`
	} `json:"counterpart"`
	Requester  *named   `json:"requester"`
	Origin     *named   `json:"origin"`
	Owner      *named   `json:"owner"`
	Controller *named   `json:"controller"`
	From       *located `json:"from"`
	To         *located `json:"to"`
	Actor      *struct {
		Pseudonym *string       `json:"pseudonym"`
		Automated bool          `json:"automated"`
		Role      *string       `json:"role"`
		ID        optionalValue `json:"id"`
	} `json:"actor"`
	Images []struct {
		Role      string        `json:"role"`
		Pseudonym *string       `json:"pseudonym"`
		Digest    optionalValue `json:"digest"`
		System    *named        `json:"system"`
		Score     *int64        `json:"score"`
	} `json:"images"`
	Collection *string `json:"collection"`
	Quantity   *stated `json:"quantity"`

	Purpose       *string       `json:"purpose"`
	Basis         []string      `json:"basis"`
	Justification optionalValue `json:"justification"`
	Case          *struct {
		Pseudonym *string       `json:"pseudonym"`
		Reference optionalValue `json:"reference"`
	} `json:"case"`
	Urgent    bool    `json:"urgent"`
	Input     *string `json:"input"`
	Mode      *string `json:"mode"`
	Databases []struct {
		System named `json:"system"`
	} `json:"databases"`
	Result *struct {
		State      string `json:"state"`
		Candidates *int64 `json:"candidates"`
	} `json:"result"`
	Transfer *struct {
		Reference *string `json:"reference"`
		Ground    *string `json:"ground"`
	} `json:"transfer"`
	Method            *string `json:"method"`
	HiddenFromSubject bool    `json:"hiddenFromSubject"`
	Retention         *struct {
		Rule  *string `json:"rule"`
		Until *string `json:"until"`
	} `json:"retention"`
	Citation *struct {
		Source  string  `json:"source"`
		Locator *string `json:"locator"`
	} `json:"citation"`
	Relates []struct {
		Relation string  `json:"relation"`
		Entry    *string `json:"entry"`
	} `json:"relates"`
	Withheld []string `json:"withheld"`
	Text     *struct {
		EN     *string `json:"en"`
		DE     *string `json:"de"`
		Absent *string `json:"absent"`
	} `json:"text"`
	Claim *struct {
		Stance      string `json:"stance"`
		Modality    string `json:"modality"`
		Claimant    named  `json:"claimant"`
		Proposition named  `json:"proposition"`
	} `json:"claim"`
}
