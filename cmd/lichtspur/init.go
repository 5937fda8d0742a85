package main

import (
	"encoding/hex"
	"io"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
)

func (a *app) initCommand() *cobra.Command {
	var origin string
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a data directory, with the log's own keys",
		Long: `Makes an empty log and its keys. The keys and the last signed head go beside the data directory (--keys), so that a copy
of the data alone opens nothing, and data that was set back to an earlier state is noticed. Keep the keys as safe as the
data, and not on the same medium.

The log's verifier is printed: whoever checks the log needs it. The root key of personal values can be handed in by the
environment (` + graph.RootEnv + `) instead of being made.`,
		Example: `  lichtspur init --data data --origin log.example.org/faces
  lichtspur init --data /srv/lichtspur --keys /etc/lichtspur/keys`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.directory()
			if err != nil {
				return err
			}
			if origin == "" {
				// Two logs must not have the same name, and the name of this machine is nobody's business.
				var b [6]byte
				if _, err := io.ReadFull(a.random, b[:]); err != nil {
					return err
				}
				origin = "lichtspur.invalid/" + hex.EncodeToString(b[:])
			}
			o := a.graphOptions()
			if err := graph.Create(dir, origin, o); err != nil {
				return err
			}
			verifier, err := graph.VerifierKey(dir, o)
			if err != nil {
				return err
			}
			keys := a.set.Keys
			if keys == "" {
				keys = dir + ".keys"
			}
			return a.show("data", dir, "keys", keys, "origin", origin, "verifier", verifier)
		},
	}
	c.Flags().StringVar(&origin, "origin", "", "`name` of the log in its checkpoints: a host and path that you control (default: a random one)")
	return c
}
