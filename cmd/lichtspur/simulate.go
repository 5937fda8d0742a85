package main

import (
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/graph/event"
)

func (a *app) simulateCommand() *cobra.Command {
	var (
		o            exercise.Options
		start, end   string
		truth        string
		declarations bool
		out          *string
	)
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Generate exercise traffic: searches, transfers, deletions, and planted irregularities",
		Long: `Writes exercise events as NDJSON, one event a line, in the order in which they would be handed in. The same options
always give the same bytes. Every event is marked as exercise, and images are digests of generated noise: no picture of
a person is anywhere in it. Irregularities are planted, and the truth file lists every one of them.

The events belong to organisations and systems of the public record ("lichtspur record") and to a few of their own
(--declarations), which have to be in the log before.`,
		Example: `  lichtspur simulate --events 20000 --seed 7 -o exercise.ndjson --truth truth.json
  lichtspur simulate --declarations | lichtspur ingest --data data --source log -
  lichtspur simulate --events 1000 --start 2025-03-03 --end 2025-04-28 | head -1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if declarations {
				return a.write(*out, func(w io.Writer) error { return writeEvents(w, exercise.Declarations()) })
			}
			if o.Events < 0 {
				return usage(fmt.Errorf("--events is %d; it is a number of events", o.Events))
			}
			var err error
			if o.Start, err = day("start", start); err != nil {
				return err
			}
			if o.End, err = day("end", end); err != nil {
				return err
			}
			m := a.meter("simulate", "events", int64(o.Events))
			defer m.done()
			var found *exercise.Truth
			err = a.write(*out, func(w io.Writer) error {
				found, err = exercise.Write(lineCounter{until(c, w), m.add}, o)
				return err
			})
			if err != nil || truth == "" {
				return err
			}
			return a.write(truth, func(w io.Writer) error {
				return json.MarshalWrite(w, found, jsontext.WithIndent("  "), json.Deterministic(true))
			})
		},
	}
	f := c.Flags()
	f.IntVar(&o.Events, "events", 20000, "how `many` events")
	f.Uint64Var(&o.Seed, "seed", 7, "`number` that decides all that is random")
	f.StringVar(&start, "start", "", "first `day` of the traffic (default 2025-01-06)")
	f.StringVar(&end, "end", "", "`day` after the last of the traffic (default 26 weeks after the first)")
	f.StringVar(&truth, "truth", "", "`file` to write the planted irregularities to, as JSON")
	f.BoolVar(&declarations, "declarations", false, "write the catalog entries that exercise traffic needs, and no events")
	out = outFlag(c, "events")
	return c
}

// day reads a day given as a flag; an empty one is the zero time.
func day(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, usage(fmt.Errorf("--%s is %q; write a day like 2025-01-06", flag, s))
	}
	return t, nil
}

// writeEvents writes events as NDJSON in canonical form.
func writeEvents(w io.Writer, events []*event.Event) error {
	for _, e := range events {
		text, err := event.Canonical(e)
		if err != nil {
			return fmt.Errorf("event %q: %w", e.ID, err)
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// until is w until the command is told to stop.
func until(c *cobra.Command, w io.Writer) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		if c.Context().Err() != nil {
			return 0, stopped(c)
		}
		return w.Write(p)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
