package main

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) sourcesCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:   "sources",
		Short: "Show how well each source reports",
		Long: `Shows of each source its last sealed batch, the times in which it was silent for longer than its declared heartbeat
(gaps), forks, how long it has been silent, what was refused, and how many of its entries lack a justification, a case or
somebody who acted, where the law wants them.

A batch out of sequence is refused, so the numbers of batches have no gaps: what is missing shows as silence.`,
		Example: `  lichtspur sources --purpose integrity
  lichtspur sources --purpose integrity --data data -o csv`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			asOf, err := asOfVariable(state)
			if err != nil {
				return err
			}
			answer, err := a.ask(c.Context(), schema.Request{
				Query: `query Sources($asOf: AsOf) { sources(asOf: $asOf) { id organisation { id } entries lastSign lastBatch { sequence } forks gaps { seconds }
  silentSeconds overdue refused { events } withoutJustification { count share } withoutCase { count share } withoutActor { count share } } }`,
				Variables: map[string]any{"asOf": asOf},
			})
			if err != nil {
				return err
			}
			if len(answer.Errors) > 0 {
				return a.complain(answer)
			}
			return a.printSources(answer)
		},
	}
	c.Flags().StringVar(&state, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	return c
}

// part is how many lack something, and the share of those that could.
type part struct {
	Count uint64   `json:"count"`
	Share *float64 `json:"share"`
}

// String implements fmt.Stringer, for text and csv.
func (p part) String() string {
	if p.Share == nil {
		return ""
	}
	return fmt.Sprintf("%d (%.1f%%)", p.Count, 100**p.Share)
}

func (a *app) printSources(answer *response) error {
	var data struct {
		Sources []struct {
			ID           string  `json:"id"`
			Organisation *named  `json:"organisation"`
			Entries      uint64  `json:"entries"`
			LastSign     *string `json:"lastSign"`
			LastBatch    *struct {
				Sequence uint64 `json:"sequence"`
			} `json:"lastBatch"`
			Forks int `json:"forks"`
			Gaps  []struct {
				Seconds uint64 `json:"seconds"`
			} `json:"gaps"`
			Silent  *int64 `json:"silentSeconds"`
			Overdue bool   `json:"overdue"`
			Refused *struct {
				Events int `json:"events"`
			} `json:"refused"`
			Justification part `json:"withoutJustification"`
			Case          part `json:"withoutCase"`
			Actor         part `json:"withoutActor"`
		} `json:"sources"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return err
	}
	l := a.list("source", "organisation", "entries", "last_sign", "batch", "forks", "gaps", "silent", "overdue", "refused",
		"without_justification", "without_case", "without_actor")
	for _, s := range data.Sources {
		var organisation, batch, silent, refused any
		if s.Organisation != nil {
			organisation = s.Organisation.ID
		}
		if s.LastBatch != nil {
			batch = s.LastBatch.Sequence
		}
		if s.Silent != nil {
			silent = (time.Duration(*s.Silent) * time.Second).String()
		}
		if s.Refused != nil {
			refused = s.Refused.Events
		}
		if err := l.add(s.ID, organisation, s.Entries, optional(s.LastSign), batch, s.Forks, len(s.Gaps), silent, s.Overdue, refused,
			s.Justification, s.Case, s.Actor); err != nil {
			return err
		}
	}
	return l.close()
}
