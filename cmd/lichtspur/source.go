package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// timeZero is the time that is not given.
var timeZero time.Time

func (a *app) sourceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "source",
		Short: "Declare who may hand in events, and the keys they sign with",
		Long: `A source is who hands in events: a system of an organisation. Sources and their keys are declared by entries of the log,
so that anybody who reads it can tell who was allowed to sign at any time. Nothing is ever taken out: a source is ended
and a key revoked by further entries.

The commands work on a data directory, or on a server with a token of the source "log", which speaks for the operator.`,
	}
	c.AddCommand(a.sourceAddCommand(), a.sourceEndCommand(), a.sourceKeyCommand(), a.sourceRevokeCommand(), a.sourceListCommand())
	return c
}

// declare records an entry of the operator and prints its receipt.
func (a *app) declare(c *cobra.Command, d *event.Declaration) (err error) {
	to, err := a.counter(graph.LogID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	return a.declareAt(c, to, d)
}

func (a *app) declareAt(c *cobra.Command, to counter, d *event.Declaration) error {
	now := a.now().UTC()
	e := &event.Event{
		ID:          fmt.Sprintf("declare/%s/%s/%s", strings.ToLower(string(d.Type)), d.ID, now.Format("20060102T150405.000000000Z")),
		Kind:        event.KindDeclare,
		Occurred:    event.At(now.Truncate(time.Second)),
		Declaration: d,
	}
	if faults := e.Validate(); len(faults) > 0 {
		return usage(faults)
	}
	text, err := event.Canonical(e)
	if err != nil {
		return err
	}
	var receipt *ingest.ReceiptLine
	_, err = to.events(c.Context(), io.MultiReader(strings.NewReader(string(text)), strings.NewReader("\n")), func(l ingest.Line) error {
		if l.Receipt != nil {
			receipt = l.Receipt
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case receipt == nil:
		return errCutShort
	case receipt.Status == graph.Rejected:
		return receipt.Faults
	}
	return a.show("declared", strings.ToLower(string(d.Type)), "id", d.ID, "entry", receipt.Entry, "index", *receipt.Index, "recorded", receipt.Recorded)
}

func (a *app) sourceAddCommand() *cobra.Command {
	var s event.SourceDeclaration
	var name string
	c := &cobra.Command{
		Use:   "add ID",
		Short: "Declare a source, or declare it anew",
		Long: `Declares who may hand in events. The organisation has to be declared before, unless the source is declared by "log".
To declare an id again changes it from then on.`,
		Example: `  lichtspur source add bka-gateway --organisation bka --data data
  lichtspur source add lka-by --organisation lka-by --heartbeat 24h --introduces --token @token`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if s.Organisation == "" {
				return usage(errors.New("whose source is it? name its organisation with --organisation"))
			}
			return a.declare(c, &event.Declaration{Type: event.DeclareSource, ID: args[0], Name: event.Text{EN: name}, Source: &s})
		},
	}
	f := c.Flags()
	f.StringVar(&s.Organisation, "organisation", "", "`id` of the organisation that the source belongs to")
	f.StringVar(&name, "name", "", "a `name` for people")
	f.BoolVar(&s.Introduces, "introduces", false, "let it name organisations and systems that are not declared; they are flagged")
	f.StringVar(&s.Heartbeat, "heartbeat", "", "longest silence expected of it, as in 24h")
	return c
}

func (a *app) sourceEndCommand() *cobra.Command {
	var organisation string
	c := &cobra.Command{
		Use:   "end ID",
		Short: "Declare that a source hands in nothing more",
		Example: `  lichtspur source end bka-gateway --data data
  lichtspur source end bka-gateway --organisation bka --token @token`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			to, err := a.counter(graph.LogID)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, to.close()) }()
			d := &event.Declaration{Type: event.DeclareSource, ID: args[0], Source: &event.SourceDeclaration{Organisation: organisation, Ended: true}}
			if here, ok := to.(*local); ok {
				first, ok := here.graph.Declared().Source(args[0])
				if !ok {
					return &failure{exitNotFound, fmt.Errorf("source %q is not declared, so there is nothing to end", args[0])}
				}
				d.Name = first.Name
				d.Source.Organisation = cmp.Or(organisation, first.Declaration.Source.Organisation)
			}
			if d.Source.Organisation == "" {
				return usage(errors.New("whose source is it? a server wants its organisation named with --organisation"))
			}
			return a.declareAt(c, to, d)
		},
	}
	c.Flags().StringVar(&organisation, "organisation", "", "through a server: `id` of the organisation that the source belongs to")
	return c
}

func (a *app) sourceKeyCommand() *cobra.Command {
	var ca bool
	var from, until, id string
	c := &cobra.Command{
		Use:   "key SOURCE FILE",
		Short: "Declare a key that a source signs with, or the CA of its certificates",
		Long: `Declares the public key or certificate in FILE (PEM) for a source. Batches are verified with the key that is valid at
the time when they are recorded. With --ca it is a CA: certificates that chain to it may sign for the source.

To rotate a key declare the next one; both are good until the first is revoked or its time is over.

A key is declared under its own id, for one source. Where several sources use one, such as the CA of their agency, it is
declared for each of the others under a name that --id gives it, and revoked by that name.`,
		Example: `  lichtspur source key bka-gateway bka.pub --data data
  lichtspur source key bka-gateway agency-ca.pem --ca --from 2026-01-01 --until 2030-12-31 --data data
  lichtspur source key bka-archive agency-ca.pem --ca --id agency-ca-of-the-archive --data data`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := a.keyDeclaration(args[0], args[1], id)
			if err != nil {
				return err
			}
			if ca {
				d.Key.Use = event.KeyCA
			}
			if d.Valid, err = span(from, until); err != nil {
				return err
			}
			return a.declare(c, d)
		},
	}
	f := c.Flags()
	f.BoolVar(&ca, "ca", false, "the file holds the certificate of a CA")
	f.StringVar(&id, "id", "", "`name` to declare it under (default: the key's own id)")
	f.StringVar(&from, "from", "", "`time` from which it is valid, as in 2026-01-01 (default: always)")
	f.StringVar(&until, "until", "", "`time` until which it is valid (default: for good)")
	return c
}

func (a *app) sourceRevokeCommand() *cobra.Command {
	var reason, id string
	var ca bool
	c := &cobra.Command{
		Use:   "revoke SOURCE FILE",
		Short: "Revoke a key, from now on and for good",
		Long: `Declares that the key in FILE (its public part or certificate) is revoked from now on. What was recorded before stays
attested by it.`,
		Example: `  lichtspur source revoke bka-gateway bka.pub --reason "laptop lost" --data data`,
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := a.keyDeclaration(args[0], args[1], id)
			if err != nil {
				return err
			}
			if ca {
				d.Key.Use = event.KeyCA
			}
			// To the nanosecond: what was signed and recorded earlier in this second stays valid.
			d.Key.Revoked, d.Key.Reason = event.At(a.now().UTC()), reason
			return a.declare(c, d)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "`why`; it is public")
	c.Flags().BoolVar(&ca, "ca", false, "the file holds the certificate of a CA")
	c.Flags().StringVar(&id, "id", "", "`name` that it was declared under (default: the key's own id)")
	return c
}

// keyDeclaration declares the public key in a file, under its own id where none is given.
func (a *app) keyDeclaration(source, file, id string) (*event.Declaration, error) {
	r, _, err := a.open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, err
	}
	p, err := keys.ParsePublic(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &event.Declaration{
		Type: event.DeclareKey, ID: cmp.Or(id, p.ID),
		Key: &event.KeyDeclaration{Source: source, Use: event.KeySign, PEM: string(text)},
	}, nil
}

// span reads the time between two flags; both may be left out.
func span(from, until string) (event.Time, error) {
	if from == "" && until == "" {
		return event.Time{}, nil
	}
	if from == "" {
		from = ".."
	}
	if until == "" {
		until = ".."
	}
	t, err := event.ParseTime(from + "/" + until)
	if err != nil {
		return t, usage(fmt.Errorf("--from and --until: %w", err))
	}
	return t, nil
}

func (a *app) sourceListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the declared sources and their keys",
		Example: `  lichtspur source list --data data -o json`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			dir, err := a.directory()
			if err != nil {
				return err
			}
			s, err := a.openStation(dir)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.close()) }()
			now := s.graph.Declared()
			l := a.list("source", "organisation", "state", "batches", "keys")
			for e := range now.List(event.DeclareSource, "", catalog.Criteria{}) {
				state := "ACTIVE"
				if e.Declaration.Source.Ended {
					state = "ENDED"
				}
				var ids []string
				for k := range now.KeysOf(e.ID) {
					ids = append(ids, k.ID)
				}
				if err := l.add(e.ID, e.Declaration.Source.Organisation, state, s.graph.Chain(e.ID).Last, ids); err != nil {
					return err
				}
			}
			return l.close()
		},
	}
}
