package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
)

func (a *app) quarantineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "quarantine",
		Short: "See and mend events that could not be recorded",
		Long: `What a source handed in, and what parsed but could not be recorded, is kept in quarantine, encrypted, until somebody mends
or removes it or its time is over. It is not in the log, and its id stays free. Through a server a token of a source sees
the items of that source; in a data directory the operator sees all.`,
	}
	c.AddCommand(a.quarantineListCommand(), a.quarantineShowCommand(), a.quarantineExportCommand(), a.quarantineMendCommand(), a.quarantineRemoveCommand())
	return c
}

// ward is a quarantine, here or at a server.
type ward interface {
	items(ctx context.Context, source string) iter.Seq2[ingest.Item, error]
	item(ctx context.Context, id string) (ingest.Item, error)
	mend(ctx context.Context, id string, text []byte) (*ingest.ReceiptLine, error)
	remove(ctx context.Context, id string) error
	close() error
}

func (a *app) ward() (ward, error) {
	t, err := a.target()
	if err != nil {
		return nil, err
	}
	if t.server != "" {
		c, err := a.newClient(t.server)
		if err != nil {
			return nil, err
		}
		return &remoteWard{c}, nil
	}
	s, err := a.openStation(t.data)
	if err != nil {
		return nil, err
	}
	return &localWard{s}, nil
}

type localWard struct{ *station }

// operator is who reads the quarantine of a data directory.
var operator = graph.Viewer{Name: "local", Role: graph.Operator, Purpose: graph.Integrity}

func (w *localWard) items(ctx context.Context, source string) iter.Seq2[ingest.Item, error] {
	if err := w.intake.AccountItems(ctx, operator, source); err != nil {
		return func(yield func(ingest.Item, error) bool) { yield(ingest.Item{}, err) }
	}
	return w.intake.Quarantine.Items(source)
}

func (w *localWard) item(ctx context.Context, id string) (ingest.Item, error) {
	it, err := w.intake.Quarantine.Item(id)
	if err == nil {
		err = w.intake.AccountItem(ctx, operator, it)
	}
	return it, err
}

func (w *localWard) mend(ctx context.Context, id string, text []byte) (*ingest.ReceiptLine, error) {
	return w.intake.Mend(ctx, id, text)
}

func (w *localWard) remove(_ context.Context, id string) error {
	return w.intake.Quarantine.Remove(id)
}

type remoteWard struct{ *client }

func (w *remoteWard) close() error { return nil }

func (w *remoteWard) items(ctx context.Context, _ string) iter.Seq2[ingest.Item, error] {
	return func(yield func(ingest.Item, error) bool) {
		res, err := w.do(ctx, "GET", "/v1/quarantine", "", nil)
		if err != nil {
			yield(ingest.Item{}, err)
			return
		}
		defer res.Body.Close()
		dec := jsontext.NewDecoder(res.Body)
		for {
			var it ingest.Item
			err := json.UnmarshalDecode(dec, &it)
			if errors.Is(err, io.EOF) || !yield(it, err) || err != nil {
				return
			}
		}
	}
}

func (w *remoteWard) item(ctx context.Context, id string) (ingest.Item, error) {
	var it ingest.Item
	res, err := w.do(ctx, "GET", "/v1/quarantine/"+url.PathEscape(id), "", nil)
	if err != nil {
		return it, err
	}
	defer res.Body.Close()
	return it, json.UnmarshalRead(res.Body, &it)
}

func (w *remoteWard) mend(ctx context.Context, id string, text []byte) (*ingest.ReceiptLine, error) {
	res, err := w.do(ctx, "POST", "/v1/quarantine/"+url.PathEscape(id), "application/json", bytesReader(text))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var l ingest.Line
	if err := json.UnmarshalRead(res.Body, &l); err != nil {
		return nil, err
	}
	if l.Receipt == nil {
		return nil, errCutShort
	}
	return l.Receipt, nil
}

func (w *remoteWard) remove(ctx context.Context, id string) error {
	res, err := w.do(ctx, "DELETE", "/v1/quarantine/"+url.PathEscape(id), "", nil)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// withWard runs work on the quarantine.
func (a *app) withWard(work func(ward) error) (err error) {
	w, err := a.ward()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	return work(w)
}

func (a *app) quarantineListCommand() *cobra.Command {
	var source string
	c := &cobra.Command{
		Use:   "list",
		Short: "List what is kept, and its faults",
		Example: `  lichtspur quarantine list --data data
  lichtspur quarantine list --token @token -o csv`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withWard(func(w ward) error {
				l := a.list("quarantine", "source", "kept", "id", "faults")
				for it, err := range w.items(c.Context(), source) {
					if err != nil {
						return err
					}
					var codes []string
					for _, f := range it.Faults {
						codes = append(codes, f.Code+" "+f.Path)
					}
					if err := l.add(it.Quarantine, it.Source, it.Kept, it.ID, codes); err != nil {
						return err
					}
				}
				return l.close()
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "with --data: `id` of the source whose items are listed")
	return c
}

func (a *app) quarantineShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show ITEM",
		Short:   "Show one item: the event as handed in, and what is wrong with it",
		Example: `  lichtspur quarantine show 20260301T120000Z-4f1c2a9b7d3e0011.0 --data data`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withWard(func(w ward) error {
				it, err := w.item(c.Context(), args[0])
				if err != nil {
					return err
				}
				if a.set.Output == "text" {
					if err := a.show("quarantine", it.Quarantine, "source", it.Source, "kept", it.Kept, "line", it.Line, "id", it.ID); err != nil {
						return err
					}
					for _, f := range it.Faults {
						fmt.Fprintln(a.out, printable(fmt.Sprintf("%s %s: %s; %s", f.Code, f.Path, f.Problem, f.Remedy)))
					}
					text := jsontext.Value(append([]byte(nil), it.Event...))
					if err := text.Indent(jsontext.WithIndent("  ")); err != nil {
						return err
					}
					_, err := fmt.Fprintln(a.out, printable(string(text)))
					return err
				}
				return a.show("quarantine", it.Quarantine, "source", it.Source, "kept", it.Kept, "line", it.Line, "id", it.ID, "faults", it.Faults, "event", it.Event)
			})
		},
	}
}

func (a *app) quarantineExportCommand() *cobra.Command {
	var source string
	var out *string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the events kept, as they were handed in",
		Long: `Writes the events in quarantine as NDJSON, one a line, to be mended and handed in again. They hold personal values in
the clear: mind where they go.`,
		Example: `  lichtspur quarantine export --data data --source bka -o mend.ndjson`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withWard(func(w ward) error {
				return a.write(*out, func(to io.Writer) error {
					for it, err := range w.items(c.Context(), source) {
						if err != nil {
							return err
						}
						line := jsontext.Value(append([]byte(nil), it.Event...))
						if err := line.Compact(); err != nil {
							return err
						}
						if _, err := to.Write(append(line, '\n')); err != nil {
							return err
						}
					}
					return nil
				})
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "with --data: `id` of the source whose items are written")
	out = outFlag(c, "events")
	return c
}

func (a *app) quarantineMendCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mend ITEM [FILE]",
		Short: "Hand an item in again, mended or as it is",
		Long: `Hands in the event in FILE (- is standard input) in the place of the item, or without FILE the item as it is: what was
undeclared may be declared by now. When it is recorded the item is gone; if there are still faults it stays.`,
		Example: `  lichtspur quarantine mend ITEM mended.json --data data
  lichtspur quarantine mend ITEM --token @token`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			var text []byte
			if len(args) == 2 {
				r, _, err := a.open(args[1])
				if err != nil {
					return err
				}
				defer r.Close()
				if text, err = io.ReadAll(io.LimitReader(r, event.MaxBytes+1)); err != nil {
					return err
				}
			}
			return a.withWard(func(w ward) error {
				l, err := w.mend(c.Context(), args[0], text)
				if err != nil {
					return err
				}
				out := a.receipts(nil)
				if err := errors.Join(out.answer(ingest.Line{Receipt: l}), out.close()); err != nil {
					return err
				}
				if l.Status == graph.Rejected {
					return said(exitError)
				}
				if a.set.Output == "text" {
					return a.show("status", string(l.Status), "entry", l.Entry, "index", *l.Index)
				}
				return nil
			})
		},
	}
}

func (a *app) quarantineRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "remove ITEM…",
		Short:   "Remove items that nobody will mend",
		Example: `  lichtspur quarantine remove ITEM --data data`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withWard(func(w ward) error {
				for _, id := range args {
					if err := w.remove(c.Context(), id); err != nil {
						return fmt.Errorf("%s: %w", id, err)
					}
				}
				return nil
			})
		},
	}
}
