package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/fixtures/record"
)

func (a *app) recordCommand() *cobra.Command {
	var out *string
	c := &cobra.Command{
		Use:   "record",
		Short: "Write the public record: who has said what about which flow of images",
		Long: `Writes, as events (NDJSON), what parliaments, authorities, companies and the press have said about collections and flows
of facial images: declarations of organisations and systems, and claims with who made them and where. A statement never
becomes a recorded flow. The operator hands them in, as the source log.`,
		Example: `  lichtspur record | lichtspur ingest --data data --source log -
  lichtspur record -o record.ndjson`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.write(*out, func(w io.Writer) error { return writeEvents(w, record.Events()) })
		},
	}
	out = outFlag(c, "events")
	return c
}
