package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
)

// tokensFile is where a data directory keeps its tokens.
func tokensFile(data string) string { return filepath.Join(data, "tokens.json") }

func (a *app) tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke tokens of sources and viewers",
		Long: `A token lets a source hand in events, or a viewer read. It is never good for both, and it always expires. The data
directory keeps the hash of a token and not the token; a running server notices changes at once.`,
	}
	c.AddCommand(a.tokenCreateCommand(), a.tokenListCommand(), a.tokenRevokeCommand())
	return c
}

func (a *app) openTokens() (*access.Store, error) {
	dir, err := a.directory()
	if err != nil {
		return nil, err
	}
	return access.Open(tokensFile(dir))
}

func (a *app) tokenCreateCommand() *cobra.Command {
	var scope access.Scope
	var name string
	var lifetime days
	lifetime.Set("90d")
	c := &cobra.Command{
		Use:   "create",
		Short: "Make a token and print it, this one time",
		Long: `Makes a token for a source (--source), or for a viewer with a role (--viewer and --role), and prints it. It cannot be
printed again. The roles: oversight sees every entry; a dpo sees what the organisations took part in that it belongs to
(--organisation), the trails of images that they own, and what is public; a reporter sees the receipts of a source
(--reports-on); an operator sees how the log and its sources are, and the catalog, and no entries. An organisation need
not be declared yet, but a dpo of one that is not is refused with NO_ROLE when it reads. Names stand in logs, so let them name an office or a machine and not a person.`,
		Example: `  lichtspur token create --data data --source bka --expires 30d
  lichtspur token create --data data --viewer bfdi --role oversight --name "inspection 2026"
  lichtspur token create --data data --viewer bka-dsb --role dpo --organisation bka
  lichtspur token create --data data --viewer bka --role reporter --reports-on bka -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if scope.Role != "" && !slices.Contains(roles(), scope.Role) {
				return usage(fmt.Errorf("%q is no role; roles are %s", scope.Role, strings.Join(roles(), ", ")))
			}
			if err := scope.Check(); err != nil {
				return usage(err)
			}
			store, err := a.openTokens()
			if err != nil {
				return err
			}
			secret, t, err := store.Create(a.now(), a.random, name, scope, time.Duration(lifetime))
			if err != nil {
				return err
			}
			if a.set.Output == "text" {
				fmt.Fprintf(a.err, "Token %s for %s, good until %s. It is not shown again:\n", t.ID, holder(t.Scope), t.Expires.Format(time.RFC3339))
				_, err := fmt.Fprintln(a.out, secret)
				return err
			}
			return a.show("id", t.ID, "token", secret, "source", t.Scope.Source, "viewer", t.Scope.Viewer, "role", t.Scope.Role, "reportsOn", t.Scope.ReportsOn,
				"organisations", t.Scope.Organisations, "name", t.Name, "expires", t.Expires)
		},
	}
	f := c.Flags()
	f.StringVar(&scope.Source, "source", "", "`id` of the source that it lets hand in events")
	f.StringVar(&scope.Viewer, "viewer", "", "`id` of the viewer that it lets read")
	f.StringVar(&scope.Role, "role", "", "`role` of the viewer")
	f.StringVar(&scope.ReportsOn, "reports-on", "", "of a reporter: `id` of the source whose receipts it reads")
	f.StringSliceVar(&scope.Organisations, "organisation", nil, "`id` of an organisation that the viewer belongs to; may be repeated")
	f.StringVar(&name, "name", "", "a `label`, shown in lists")
	f.Var(&lifetime, "expires", "how `long` it is good for, as in 12h or 90d")
	return c
}

func holder(s access.Scope) string {
	if s.Source != "" {
		return "source " + s.Source
	}
	return "viewer " + s.Viewer + " as " + s.Role
}

func (a *app) tokenListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List tokens, those that are no longer good too",
		Example: `  lichtspur token list --data data
  lichtspur token list --data data -o csv`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			store, err := a.openTokens()
			if err != nil {
				return err
			}
			tokens, err := store.List()
			if err != nil {
				return err
			}
			l := a.list("id", "state", "source", "viewer", "role", "reportsOn", "organisations", "name", "created", "expires", "revoked")
			for _, t := range tokens {
				s := t.Scope
				if err := l.add(t.ID, string(t.State(a.now())), s.Source, s.Viewer, s.Role, s.ReportsOn, s.Organisations, t.Name, t.Created, t.Expires, t.Revoked); err != nil {
					return err
				}
			}
			return l.close()
		},
	}
}

func (a *app) tokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "Revoke a token, at once and for good",
		Long:    `Revokes the token of the given id, as shown by "token list". It is kept in the list. To revoke again changes nothing.`,
		Example: `  lichtspur token revoke 4f1c2a9b7d3e --data data`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := a.openTokens()
			if err != nil {
				return err
			}
			t, err := store.Revoke(a.now(), args[0])
			if errors.Is(err, access.ErrNoToken) {
				return &failure{exitNotFound, err}
			}
			if err != nil {
				return err
			}
			return a.show("id", t.ID, "state", string(t.State(a.now())), "revoked", t.Revoked)
		},
	}
}

// roles lists the roles that a viewer's token can have.
func roles() []string {
	var out []string
	for _, r := range graph.Roles() {
		out = append(out, string(r))
	}
	return out
}
