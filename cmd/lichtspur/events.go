package main

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

// paging is how much of a list is printed.
type paging struct {
	first int
	after string
	all   bool
}

func (p *paging) attach(c *cobra.Command) {
	f := c.Flags()
	f.IntVar(&p.first, "first", 50, "`number` of rows, at most 500")
	f.StringVar(&p.after, "after", "", "go on after this `cursor`")
	f.BoolVar(&p.all, "all", false, "print all pages")
}

// page is what every list of GraphQL says of itself.
type page struct {
	TreeSize uint64 `json:"treeSize"`
	PageInfo struct {
		HasNextPage bool    `json:"hasNextPage"`
		EndCursor   *string `json:"endCursor"`
	} `json:"pageInfo"`
	Complete         bool    `json:"complete"`
	IncompleteReason *string `json:"incompleteReason"`
	ContinueFrom     *string `json:"continueFrom"`
}

const pageFields = `treeSize pageInfo { hasNextPage endCursor } complete incompleteReason continueFrom`

// pages asks for one page, or for all, and has each printed. What was left out is said on standard error.
func (a *app) pages(c *cobra.Command, p *paging, r schema.Request, print func(answer *response) (page, error)) error {
	if p.all {
		p.first = 500
	}
	return a.asking(func(ask asker) error {
		if p.after != "" {
			r.Variables["after"] = p.after
		}
		r.Variables["first"] = p.first
		for {
			answer, err := ask(c.Context(), r)
			if err != nil {
				return err
			}
			if len(answer.Errors) > 0 {
				return a.complain(answer)
			}
			at, err := print(answer)
			if err != nil {
				return err
			}
			next := at.PageInfo.EndCursor
			if !at.PageInfo.HasNextPage {
				next = nil
			}
			switch {
			case p.all && next != nil:
				r.Variables["after"] = *next
				continue
			case !at.Complete && at.IncompleteReason != nil:
				fmt.Fprintf(a.err, "incomplete as of tree size %d: %s\n", at.TreeSize, printable(*at.IncompleteReason))
				if at.ContinueFrom != nil {
					fmt.Fprintf(a.err, "go on with --after %s\n", *at.ContinueFrom)
				}
			case next != nil:
				fmt.Fprintf(a.err, "more follow, as of tree size %d: --all, or --after %s\n", at.TreeSize, *next)
			}
			return nil
		}
	})
}

var eventOrders = []string{"recorded", "recorded-desc", "occurred", "occurred-desc"}

func (a *app) eventsCommand() *cobra.Command {
	var f filterFlags
	var p paging
	var order string
	c := &cobra.Command{
		Use:   "events",
		Short: "List entries of the log",
		Long: `Lists the entries that match all flags; of a list of values one has to match. In text and csv a row is a summary, in json
and ndjson it has the same fields. An empty list means only that nothing was recorded.

With --unmatched the transfers and receipts whose other side is not recorded come with how many days ago they were, until
when the other side had time to come, and whether that is over.

Everything else there is to say of an entry is asked for in GraphQL: lichtspur query.`,
		Example: `  lichtspur events --digest sha256:014e… --kind QUERY,DISCLOSE --order occurred --purpose "LAWFULNESS_CHECK; file 12/26"
  lichtspur events --missing JUSTIFICATION --kind QUERY --occurred 2025-03 --all -o csv --purpose self-monitoring
  lichtspur events --from bka --country AT --as-of 4000 --purpose parliamentary --data data`,
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
			by := strings.ToUpper(strings.ReplaceAll(order, "-", "_"))
			columns, more := []string{"index", "id", "recorded", "occurred", "kind", "requester", "from", "to", "actor", "purpose", "basis", "source", "exercise"}, ""
			if filter["unmatched"] != nil {
				columns, more = append(columns, "days", "due", "overdue"), "counterpart { ageAtLeast due overdue }"
			}
			l := a.list(columns...)
			err = a.pages(c, &p, schema.Request{
				Query: `query Events($filter: EventFilter, $order: EventOrder, $first: Int, $after: String, $asOf: AsOf) {
  events(filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) {
    nodes { index id recorded occurred kind requester { id } from { organisation { id } system { id } } to { organisation { id } system { id } }
      actor { pseudonym automated id { value } } purpose basis source exercise ` + more + ` } ` + pageFields + ` } }`,
				Variables: map[string]any{"filter": filter, "order": by, "asOf": asOf},
			}, func(answer *response) (page, error) { return printEvents(l, answer) })
			return closing(l, err)
		},
	}
	f.attach(c.Flags())
	p.attach(c)
	c.Flags().StringVar(&order, "order", "recorded", "`order`: "+strings.Join(eventOrders, ", "))
	return c
}

// closing ends a list, whatever came of filling it. Of one that was refused nothing is printed, not that it is empty.
func closing(l *list, err error) error {
	if err != nil && l.rows == 0 {
		return err
	}
	if end := l.close(); err == nil {
		err = end
	}
	return err
}

type named struct {
	ID string `json:"id"`
}

type end struct {
	Organisation *named `json:"organisation"`
	System       *named `json:"system"`
}

// place is the system of an end, or the organisation where none is named.
func (e *end) place() any {
	switch {
	case e == nil:
	case e.System != nil:
		return e.System.ID
	case e.Organisation != nil:
		return e.Organisation.ID
	}
	return nil
}

// actor is who acted.
type actor struct {
	Pseudonym *string `json:"pseudonym"`
	Automated bool    `json:"automated"`
	ID        struct {
		Value *string `json:"value"`
	} `json:"id"`
}

// name is the identifier, or the pseudonym where that is not shown.
func (a *actor) name() any {
	switch {
	case a == nil:
	case a.ID.Value != nil:
		return *a.ID.Value
	case a.Pseudonym != nil:
		return *a.Pseudonym
	case a.Automated:
		return "(process)"
	}
	return nil
}

func printEvents(l *list, answer *response) (page, error) {
	var data struct {
		Events struct {
			Nodes []struct {
				Index     uint64   `json:"index"`
				ID        string   `json:"id"`
				Recorded  string   `json:"recorded"`
				Occurred  *string  `json:"occurred"`
				Kind      string   `json:"kind"`
				Requester *named   `json:"requester"`
				From      *end     `json:"from"`
				To        *end     `json:"to"`
				Actor     *actor   `json:"actor"`
				Purpose   *string  `json:"purpose"`
				Basis     []string `json:"basis"`
				Source    string   `json:"source"`
				Exercise  bool     `json:"exercise"`

				Counterpart *struct {
					AgeAtLeast *uint64 `json:"ageAtLeast"`
					Due        *string `json:"due"`
					Overdue    bool    `json:"overdue"`
				} `json:"counterpart"`
			} `json:"nodes"`
			page
		} `json:"events"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return page{}, err
	}
	for _, e := range data.Events.Nodes {
		var requester any
		if e.Requester != nil {
			requester = e.Requester.ID
		}
		values := []any{e.Index, e.ID, e.Recorded, optional(e.Occurred), e.Kind, requester, e.From.place(), e.To.place(), e.Actor.name(),
			optional(e.Purpose), phrases(e.Basis), e.Source, e.Exercise}
		if c := e.Counterpart; c != nil {
			var days any
			if c.AgeAtLeast != nil {
				days = *c.AgeAtLeast / (24 * 3600)
			}
			values = append(values, days, optional(c.Due), c.Overdue)
		}
		for len(values) < len(l.columns) {
			values = append(values, nil)
		}
		if err := l.add(values...); err != nil {
			return page{}, err
		}
	}
	return data.Events.page, nil
}

// optional is a text that may not be there.
func optional(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}
