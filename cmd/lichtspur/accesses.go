package main

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) accessesCommand() *cobra.Command {
	var p paging
	var recorded string
	lists, ids := map[string]*[]string{}, map[string]*[]string{}
	c := &cobra.Command{
		Use:   "accesses",
		Short: "List who read this record",
		Long: `Lists the access ledger, the newest reading first: who asked, in which role, for which purpose, how much was answered, and
which images, persons, cases and others the question named or opened. Reading it is an entry like any other.

Oversight sees all of it. A dpo sees what members of its organisations read, and who else opened images that its
organisations own, of these the organisation and not the reader.`,
		Example: `  lichtspur accesses --purpose lawfulness-check
  lichtspur accesses --digest sha256:014e… --all -o csv --purpose "subject-access; file 4/26"
  lichtspur accesses --data data --role dpo --organisation bka --recorded 2026-05 --purpose self-monitoring`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			filter := map[string]any{}
			for field, list := range lists {
				if *list != nil {
					filter[field] = *list
				}
			}
			for field, list := range ids {
				if all := identitiesOf(*list); all != nil {
					filter[field] = all
				}
			}
			if recorded != "" {
				filter["recorded"] = recorded
			}
			l := a.list("index", "id", "recorded", "reader", "role", "organisations", "purpose", "text", "way", "operation", "bytes", "rows", "opened")
			err := a.pages(c, &p, schema.Request{
				Query: `query Accesses($filter: AccessFilter, $first: Int, $after: String) {
  accesses(filter: $filter, first: $first, after: $after) {
    nodes { index id recorded reader { value absent } role organisations { id } purpose purposeText { value } way operation bytes rows opened { kind pseudonym } }
    ` + pageFields + ` } }`,
				Variables: map[string]any{"filter": filter},
			}, func(answer *response) (page, error) { return printAccesses(l, answer) })
			return closing(l, err)
		},
	}
	f := c.Flags()
	list := func(flag, field, what string) { lists[field] = f.StringSlice(flag, nil, what) }
	list("reader", "readers", "`name` of a viewer; may be repeated, as all lists")
	list("of", "organisations", "`organisation` that the reader belongs to")
	list("reader-role", "roles", "`role` of the reader")
	list("for", "purposes", "`purpose` of the reading (--purpose is why you read)")
	list("operation", "operations", "`operation` by its name, way or the digest of its document")
	list("digest", "digests", "`digest` of a picture that was opened, sha256:…")
	list("image", "images", "`pseudonym` of an image that was opened")
	ids["persons"] = f.StringSlice("person", nil, "`whom` it was about: a pseudonym, SOURCE:IDENTIFIER, or :IDENTIFIER of any source")
	ids["cases"] = f.StringSlice("case", nil, "`case`, likewise")
	f.StringVar(&recorded, "recorded", "", "read within this `period`: 2026-05, 2026-05-01/2026-05-07, 2026/..")
	p.attach(c)
	return c
}

func printAccesses(l *list, answer *response) (page, error) {
	var data struct {
		Accesses struct {
			Nodes []struct {
				Index    uint64 `json:"index"`
				ID       string `json:"id"`
				Recorded string `json:"recorded"`
				Reader   struct {
					Value  *string `json:"value"`
					Absent *string `json:"absent"`
				} `json:"reader"`
				Role          string  `json:"role"`
				Organisations []named `json:"organisations"`
				Purpose       string  `json:"purpose"`
				PurposeText   struct {
					Value *string `json:"value"`
				} `json:"purposeText"`
				Way       string  `json:"way"`
				Operation *string `json:"operation"`
				Bytes     *uint64 `json:"bytes"`
				Rows      *uint64 `json:"rows"`
				Opened    []struct {
					Kind      string `json:"kind"`
					Pseudonym string `json:"pseudonym"`
				} `json:"opened"`
			} `json:"nodes"`
			page
		} `json:"accesses"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return page{}, err
	}
	for _, r := range data.Accesses.Nodes {
		reader := optional(r.Reader.Value)
		if reader == nil && r.Reader.Absent != nil {
			reader = "(" + strings.ToLower(strings.ReplaceAll(*r.Reader.Absent, "_", " ")) + ")"
		}
		var of, opened []string
		for _, o := range r.Organisations {
			of = append(of, o.ID)
		}
		for _, s := range r.Opened {
			opened = append(opened, s.Kind+":"+s.Pseudonym)
		}
		if err := l.add(r.Index, r.ID, r.Recorded, reader, r.Role, of, r.Purpose, optional(r.PurposeText.Value), r.Way, optional(r.Operation),
			number(r.Bytes), number(r.Rows), opened); err != nil {
			return page{}, err
		}
	}
	return data.Accesses.page, nil
}

// number is a number that may not be there.
func number(n *uint64) any {
	if n == nil {
		return nil
	}
	return *n
}
