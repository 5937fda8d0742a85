package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

func (a *app) submitCommand() *cobra.Command {
	var store, source string
	var withdraw int64
	var rec receiptFlags
	c := &cobra.Command{
		Use:   "submit [FILE…]",
		Short: "Hand in sealed batches and signed events",
		Long: `Hands in the batches that wait in a sealing store (--store), in their order, and removes each when it is recorded. Or
hands in the given files, in their order, and leaves them: batches, single leaves, or plain events in a DSSE envelope that
another tool signed, which do not say whose they are (--source; a server knows by the token).

A batch is taken whole or not at all. A refused batch does not use up its number in the log: take it back with
--withdraw NUMBER, and what was sealed after it, and seal the events again. Withdraw only what was refused. A batch whose
answer was lost is handed in again as it is; the log answers with its first receipts.

Exit code 10 says that a signature or key was refused, 12 that the batch contradicts itself or its predecessor.`,
		Example: `  lichtspur submit --store bka --source bka --token @token
  lichtspur submit --store bka --source bka --withdraw 12
  lichtspur submit batch-12.ndjson --data data -o ndjson
  lichtspur submit event.dsse.json --data data --source bka-gateway`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if (store == "") == (len(args) == 0) {
				return usage(errors.New("name files, or a sealing store with --store"))
			}
			if store != "" && source == "" {
				return usage(errors.New("a sealing store is of a source; name it with --source"))
			}
			var box *batch.Outbox
			if store != "" {
				if box, err = openOutbox(store, source); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, box.Close()) }()
			}
			if withdraw != 0 {
				if box == nil {
					return usage(errors.New("--withdraw goes with --store"))
				}
				return a.withdraw(box, withdraw)
			}
			to, err := a.counter(source)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, to.close()) }()
			return a.keepReceipts(rec.file, func(out *receipts) error {
				if box != nil {
					return a.submitWaiting(c, to, box, out)
				}
				m := a.meter("submit", "batches", int64(len(args)))
				defer m.done()
				for _, name := range args {
					if err := a.submitFile(c, to, name, source, out, m); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&store, "store", "", "sealing store: the `directory` that seal uses")
	f.StringVar(&source, "source", "", "`id` of the source that the store is of, or that signed the files' plain events")
	f.Int64Var(&withdraw, "withdraw", 0, "take back the waiting batch of this `number` and those after it")
	rec.flags(c)
	return c
}

func (a *app) submitWaiting(c *cobra.Command, to counter, box *batch.Outbox, out *receipts) error {
	waiting, err := box.Pending()
	if err != nil {
		return err
	}
	m := a.meter("submit", "batches", int64(len(waiting)))
	defer m.done()
	for _, p := range waiting {
		if err := a.submitFile(c, to, p.Path, "", out, m); err != nil {
			return err
		}
		if err := box.Accepted(p.Sequence); err != nil {
			return err
		}
	}
	if len(waiting) == 0 && a.set.Output == "text" {
		fmt.Fprintln(a.out, "nothing waits")
	}
	return nil
}

func (a *app) submitFile(c *cobra.Command, to counter, name, source string, out *receipts, m *meter) error {
	what, of, err := submissionOf(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if of == "" {
		of = source
	}
	if _, here := to.(*local); here && of == "" {
		return usage(fmt.Errorf("%s does not say whose it is: name the source with --source", what))
	}
	sum, err := to.batch(c.Context(), of, func() (io.ReadCloser, error) { return os.Open(name) }, func(l ingest.Line) error { return out.answer(l) })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	m.add(1)
	if a.set.Output == "text" {
		m.clear()
		_, err = fmt.Fprintf(a.out, "%s: %d recorded\n", what, sum.Accepted)
	}
	return err
}

// submissionOf says what a file hands in, and for which source if it says so itself. Whether that is true is for the log to
// find out.
func submissionOf(name string) (what, source string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, int64(batch.DefaultLimits.Envelope)+1)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", "", err
	}
	if batch.IsSignedEvent(line) {
		return "signed event " + filepath.Base(name), "", nil
	}
	_, payload, err := batch.ParseEnvelope(line)
	if err != nil {
		return "", "", err
	}
	st, err := batch.ParseStatement(payload)
	if err != nil {
		return "", "", err
	}
	return fmt.Sprintf("batch %d of %s", st.Sequence, st.Source), st.Source, nil
}

func (a *app) withdraw(box *batch.Outbox, sequence int64) error {
	paths, err := box.Withdraw(sequence)
	if errors.Is(err, batch.ErrNotPending) {
		return &failure{exitNotFound, err}
	}
	if err != nil {
		return err
	}
	l := a.list("withdrawn")
	for _, p := range paths {
		if err := l.add(filepath.Base(p)); err != nil {
			return err
		}
	}
	return l.close()
}
