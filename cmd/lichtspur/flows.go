package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) flowsCommand() *cobra.Command {
	var f filterFlags
	var p paging
	var interval, order string
	var split []string
	c := &cobra.Command{
		Use:   "flows system|organisation|country",
		Short: "Add up what went from where to where",
		Long: `Adds up the entries that match all flags, by where they came from and went to: systems, the organisations that operate
them, or their countries. --interval tells them apart by hour, day, month or year (UTC), --split by kind, purpose, basis,
exercise or standing. What is counted where no --kind is given is what moves images: ENROL, DISCLOSE, RECEIVE and TRAIN.

What the sender and the receiver of a transfer recorded are two entries. By standing (--split standing, or --standing as a
filter) they are put together as one transfer, CORROBORATED where sources of two organisations recorded it, CONTESTED where
somebody denies such a flow; and beside what is recorded stand the flows that are only claimed, which are never among the
entries. It takes a few times longer, and a transfer that does not share its reference with one receipt alone is opened, of
which an answer gets 50,000.

Quantities of bulk entries are added up with their bounds, so that a sum is "at least … at most …" where it is not exact;
"+ unstated" says that there were entries which give no quantity.

An entry that a later one of its source supersedes is counted apart (superseded). What the later one says instead, of another
recipient say, is counted where it went, as an entry of the kind that it corrects; --kind CORRECT asks for corrections alone.`,
		Example: `  lichtspur flows organisation --split standing --purpose "PARLIAMENTARY; question 4" --all
  lichtspur flows country --interval month --kind DISCLOSE --exercise=false -o csv --purpose self-monitoring --data data
  lichtspur flows system --standing CONTESTED,DENIED --purpose self-monitoring`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			by := strings.ToUpper(args[0])
			if !slices.Contains([]string{"SYSTEM", "ORGANISATION", "COUNTRY"}, by) {
				return usage(fmt.Errorf("flows are between system, organisation or country, not %q", args[0]))
			}
			variables := map[string]any{"by": by, "order": ordering(order)}
			columns := []string{"from", "to"}
			if interval != "" {
				if !slices.Contains([]string{"hour", "day", "month", "year"}, interval) {
					return usage(fmt.Errorf("--interval is hour, day, month or year, not %q", interval))
				}
				variables["interval"], columns = strings.ToUpper(interval), append(columns, interval)
			}
			var keys []string
			for _, k := range split {
				if !slices.Contains([]string{"kind", "purpose", "basis", "exercise", "standing"}, k) {
					return usage(fmt.Errorf("--split is by kind, purpose, basis, exercise or standing, not %q", k))
				}
				keys, columns = append(keys, strings.ToUpper(k)), append(columns, k)
			}
			variables["split"] = keys
			var err error
			if variables["filter"], err = f.filter(); err != nil {
				return err
			}
			if variables["asOf"], err = f.state(); err != nil {
				return err
			}
			l := a.list(append(columns, "absent", "entries", "transfers", "superseded", "exercise", "sent", "received", "other", "quantities", "claimed", "claimed_quantities", "claims")...)
			err = a.pages(c, &p, schema.Request{
				Query: `query Flows($by: FlowKey!, $interval: Interval, $split: [FlowSplit!], $filter: EventFilter, $order: CountOrder, $first: Int, $after: String, $asOf: AsOf) {
  flows(by: $by, interval: $interval, split: $split, filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) {
    rows { from { ...v } to { ...v } at { ...v } split { ...v } count transfers superseded exercise sent { ...m } received { ...m } other { ...m }
      claimed { flows unstated quantities { ...q } } claims { index stance claimant { id } } } ` + pageFields + ` } }
fragment v on CountValue { key value absent }
fragment m on Moved { entries unstated quantities { ...q } }
fragment q on QuantitySum { unit entries atLeast atMost exact about }`,
				Variables: variables,
			}, func(answer *response) (page, error) { return printFlows(l, answer) })
			return closing(l, err)
		},
	}
	f.attach(c.Flags())
	p.attach(c)
	c.Flags().StringVar(&interval, "interval", "", "`length` of time to tell them apart by: hour, day, month or year")
	c.Flags().StringSliceVar(&split, "split", nil, "`key` to tell them apart by: kind, purpose, basis, exercise, standing; may be repeated")
	c.Flags().StringVar(&order, "order", "count", "`order` of the rows: count, the largest first, or key")
	return c
}

// ordering is the order of a table in the words of the schema.
func ordering(order string) string {
	if order == "key" {
		return "KEY"
	}
	return "COUNT_DESC"
}

// tableValue is the value of a key of a table.
type tableValue struct {
	Key    string  `json:"key"`
	Value  *string `json:"value"`
	Absent *string `json:"absent"`
}

// movedSide is what one side says was moved.
type movedSide struct {
	Entries    uint64  `json:"entries"`
	Unstated   uint64  `json:"unstated"`
	Quantities []total `json:"quantities"`
}

func printFlows(l *list, answer *response) (page, error) {
	var data struct {
		Flows struct {
			Rows []struct {
				From       tableValue   `json:"from"`
				To         tableValue   `json:"to"`
				At         *tableValue  `json:"at"`
				Split      []tableValue `json:"split"`
				Count      uint64       `json:"count"`
				Transfers  *uint64      `json:"transfers"`
				Superseded uint64       `json:"superseded"`
				Exercise   uint64       `json:"exercise"`
				Sent       movedSide    `json:"sent"`
				Received   movedSide    `json:"received"`
				Other      movedSide    `json:"other"`
				Claimed    *struct {
					Flows      uint64  `json:"flows"`
					Unstated   uint64  `json:"unstated"`
					Quantities []total `json:"quantities"`
				} `json:"claimed"`
				Claims []stance `json:"claims"`
			} `json:"rows"`
			page
		} `json:"flows"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return page{}, err
	}
	for _, r := range data.Flows.Rows {
		keys := []tableValue{r.From, r.To}
		if r.At != nil {
			keys = append(keys, *r.At)
		}
		var values []any
		var absent, quantities []string
		for _, k := range append(keys, r.Split...) {
			values = append(values, optional(k.Value))
			if k.Absent != nil {
				absent = append(absent, k.Key+":"+*k.Absent)
			}
		}
		for _, side := range []struct {
			name  string
			moved movedSide
		}{{"sent", r.Sent}, {"received", r.Received}, {"other", r.Other}} {
			if s := amounts(side.moved.Quantities, side.moved.Unstated); s != "" {
				quantities = append(quantities, side.name+": "+s)
			}
		}
		var transfers, claimed, amount any
		if r.Transfers != nil {
			transfers = *r.Transfers
		}
		if r.Claimed != nil {
			claimed, amount = r.Claimed.Flows, amounts(r.Claimed.Quantities, 0)
		}
		if err := l.add(append(values, absent, r.Count, transfers, r.Superseded, r.Exercise, r.Sent.Entries, r.Received.Entries, r.Other.Entries,
			strings.Join(quantities, "; "), claimed, amount, stances(r.Claims))...); err != nil {
			return page{}, err
		}
	}
	return data.Flows.page, nil
}

// amounts writes sums of quantities with their bounds, and whether there was more of which nothing is stated.
func amounts(sums []total, unstated uint64) string {
	var parts []string
	for i := range sums {
		parts = append(parts, sums[i].phrase("en"))
	}
	if unstated > 0 {
		parts = append(parts, "unstated")
	}
	return strings.Join(parts, " + ")
}
