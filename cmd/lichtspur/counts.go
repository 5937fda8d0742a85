package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) countsCommand() *cobra.Command {
	var f filterFlags
	var p paging
	var order string
	c := &cobra.Command{
		Use:   "counts KEY…",
		Short: "Count entries, by who, what, where and when",
		Long: `Counts the entries that match all flags by one to four keys: actor, organisation, from, to, source, kind, operation,
purpose, basis, country, from-country, to-country, hour, day, month, year, hour-of-day, weekday, recorded-day, exercise,
missing, urgent, bulk, hidden. Times are in UTC.

What is superseded is counted apart, and how much of the count is exercise data is said. Where a key has no value the column "absent" says why: an entry whose time is wider
than the bucket is never guessed into one (WIDER, with the longer bucket that holds it).`,
		Example: `  lichtspur counts actor day --kind QUERY --order key --all -o csv --purpose self-monitoring
  lichtspur counts missing source --purpose lawfulness-check --data data`,
		Args: cobra.RangeArgs(1, 4),
		RunE: func(c *cobra.Command, args []string) error {
			filter, err := f.filter()
			if err != nil {
				return err
			}
			asOf, err := f.state()
			if err != nil {
				return err
			}
			var keys []string
			args = commas(args)
			if len(args) > 4 {
				return usage(fmt.Errorf("%d keys to count by; name one to four", len(args)))
			}
			columns := slices.Clone(args)
			for i, k := range args {
				k = strings.ToLower(strings.ReplaceAll(k, "_", "-"))
				if !slices.Contains(countKeys, k) {
					return usage(fmt.Errorf("%q is nothing to count by; name one to four of %s", k, strings.Join(countKeys, ", ")))
				}
				keys = append(keys, strings.ToUpper(strings.ReplaceAll(k, "-", "_")))
				columns[i] = k
			}
			l := a.list(append(columns, "absent", "count", "superseded", "exercise")...)
			err = a.pages(c, &p, schema.Request{
				Query: `query Counts($by: [CountKey!]!, $filter: EventFilter, $order: CountOrder, $first: Int, $after: String, $asOf: AsOf) {
  counts(by: $by, filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) {
    rows { keys { key value absent actor { id { value } } } count superseded exercise } ` + pageFields + ` } }`,
				Variables: map[string]any{"by": keys, "filter": filter, "order": ordering(order), "asOf": asOf},
			}, func(answer *response) (page, error) { return printCounts(l, answer) })
			return closing(l, err)
		},
	}
	f.attach(c.Flags())
	p.attach(c)
	c.Flags().StringVar(&order, "order", "count", "`order` of the rows: count, the largest first, or key")
	return c
}

// countKeys are the keys of counts, as they are written here.
var countKeys = []string{"actor", "organisation", "from", "to", "source", "kind", "operation", "purpose", "basis", "country", "from-country", "to-country",
	"hour", "day", "month", "year", "hour-of-day", "weekday", "recorded-day", "exercise", "missing", "urgent", "bulk", "hidden"}

// commas takes lists of words apart that are written with commas.
func commas(args []string) (words []string) {
	for _, arg := range args {
		for word := range strings.SplitSeq(arg, ",") {
			if word != "" {
				words = append(words, word)
			}
		}
	}
	return words
}

func printCounts(l *list, answer *response) (page, error) {
	var data struct {
		Counts struct {
			Rows []struct {
				Keys []struct {
					Key    string  `json:"key"`
					Value  *string `json:"value"`
					Absent *string `json:"absent"`
					Actor  *struct {
						ID struct {
							Value *string `json:"value"`
						} `json:"id"`
					} `json:"actor"`
				} `json:"keys"`
				Count      uint64 `json:"count"`
				Superseded uint64 `json:"superseded"`
				Exercise   uint64 `json:"exercise"`
			} `json:"rows"`
			page
		} `json:"counts"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return page{}, err
	}
	for _, r := range data.Counts.Rows {
		var values []any
		var absent []string
		for _, k := range r.Keys {
			value := optional(k.Value)
			if k.Actor != nil && k.Actor.ID.Value != nil {
				value = *k.Actor.ID.Value
			}
			values = append(values, value)
			if k.Absent != nil {
				absent = append(absent, k.Key+":"+*k.Absent)
			}
		}
		if err := l.add(append(values, absent, r.Count, r.Superseded, r.Exercise)...); err != nil {
			return page{}, err
		}
	}
	return data.Counts.page, nil
}
