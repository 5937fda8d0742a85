package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
)

func (a *app) reindexCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "reindex",
		Short: "Make the files of the index again from the log, in another place",
		Long: `Reads the log and the access ledger, without changing anything and without opening them for writing, and makes the
blocks of their indexes again in DIR/index and DIR/accesses.index, where DIR is what --to names. The blocks are a pure
function of the log: the files are the same, byte for byte, on every node that holds the same log, and so is this way to
check those of a data directory (diff -r). Entries behind the last block (fewer than 65,536) have no file.

A data directory needs none of this: blocks that are damaged or missing are made again when it is opened.`,
		Example: `  lichtspur reindex --data data --to again && diff -r data/index again/index`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := a.directory()
			if err != nil {
				return err
			}
			if to == "" {
				return usage(fmt.Errorf("reindex needs a place for the files: --to DIR"))
			}
			if !exists(dir) {
				return &failure{exitNotFound, fmt.Errorf("%s: there is no such data directory", dir)}
			}
			m := a.meter("reindex", "entries", -1)
			made, err := graph.Reindex(c.Context(), dir, to, a.graphOptions(), func(done, total uint64) { m.set(int64(done), int64(total)) })
			m.done()
			if err != nil {
				return err
			}
			return a.show("entries", made.Entries, "accesses", made.Accesses, "blocks", made.Blocks, "bytes", made.Bytes)
		},
	}
	c.Flags().StringVar(&to, "to", "", "`directory` in which the files are made")
	return c
}
