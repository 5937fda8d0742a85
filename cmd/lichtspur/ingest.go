package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/ingest"
)

func (a *app) ingestCommand() *cobra.Command {
	var source string
	var rec receiptFlags
	c := &cobra.Command{
		Use:   "ingest FILE…",
		Short: "Hand in events and print what became of them",
		Long: `Reads events from files (- is standard input), one JSON object a line or a JSON array, plain or gzip, and hands them in:
to a server, which knows the source by the token, or straight into a data directory, as the source that --source names.
--source log speaks for the operator, who declares organisations, systems, sources and keys.

An event is answered when it is on disk and covered by a signed checkpoint. Handing in the same events again is safe:
they answer as duplicates with their first receipts. Exit code 1 says that some were rejected.`,
		Example: `  lichtspur ingest --data data --source exercise exercise.ndjson
  lichtspur simulate --events 1000 | lichtspur ingest --token @token -
  lichtspur ingest --data data --source bka events.ndjson.gz --receipts receipts.ndjson`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			t, err := a.target()
			if err != nil {
				return err
			}
			if t.data != "" && source == "" {
				return usage(errors.New("whose events are these? name the source with --source"))
			}
			if t.server != "" && source != "" {
				return usage(errors.New("a server knows the source by the token; --source goes with --data"))
			}
			for _, name := range args { // before anything is handed in
				if name != "-" {
					if _, err := os.Stat(name); err != nil {
						return err
					}
				}
			}
			to, err := a.counter(source)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, to.close()) }()
			return a.keepReceipts(rec.file, func(out *receipts) error {
				return a.ingestFiles(c, to, args, out)
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "with --data: `id` of the source whose events these are; log is the operator")
	rec.flags(c)
	return c
}

// keepReceipts runs work with receipts that go to the named file too. The file is written as answers come: a receipt
// that was given is kept whatever happens afterwards.
func (a *app) keepReceipts(name string, work func(*receipts) error) (err error) {
	var file io.Writer
	if name != "" {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		file = f
	}
	out := a.receipts(file)
	defer func() { err = errors.Join(err, out.close()) }()
	return work(out)
}

func (a *app) ingestFiles(c *cobra.Command, to counter, names []string, out *receipts) error {
	begin := a.now()
	var sum ingest.Summary
	for _, name := range names {
		s, err := a.ingestFile(c, to, name, out)
		sum.Accepted += s.Accepted
		sum.Duplicates += s.Duplicates
		sum.Rejected += s.Rejected
		sum.Quarantined += s.Quarantined
		if err != nil {
			a.summarise(sum, begin)
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	a.summarise(sum, begin)
	if sum.Rejected > 0 {
		return said(exitError)
	}
	return nil
}

func (a *app) ingestFile(c *cobra.Command, to counter, name string, out *receipts) (ingest.Summary, error) {
	f, size, err := a.open(name)
	if err != nil {
		return ingest.Summary{}, err
	}
	defer f.Close()
	read := &countingReader{r: f}
	in, err := gunzipped(read)
	if err != nil {
		return ingest.Summary{}, err
	}
	m := a.meter("ingest", "events", -1)
	defer m.done()
	var done int64
	return to.events(c.Context(), in, func(l ingest.Line) error {
		switch {
		case l.Receipt != nil:
			done++
			if l.Receipt.Faults != nil && a.set.Output == "text" {
				m.clear()
			}
		case l.Checkpoint != "":
			// How many events a file holds is known only at its end; until then it is guessed from its bytes.
			total := int64(-1)
			if n := read.count(); size > 0 && n > 0 {
				total = max(done, int64(float64(done)/float64(n)*float64(size)))
			}
			m.set(done, total)
		}
		return out.answer(l)
	})
}

// summarise says in text, beside the receipts, what became of the events.
func (a *app) summarise(s ingest.Summary, begin time.Time) {
	if a.set.Output != "text" {
		return
	}
	took := a.now().Sub(begin)
	n := s.Accepted + s.Duplicates + s.Rejected
	line := fmt.Sprintf("%d accepted, %d duplicates, %d rejected", s.Accepted, s.Duplicates, s.Rejected)
	if s.Quarantined > 0 {
		line += fmt.Sprintf(" (%d kept in quarantine)", s.Quarantined)
	}
	if took > 0 {
		line += fmt.Sprintf(", in %s, %.0f a second", took.Round(time.Millisecond), float64(n)/took.Seconds())
	}
	fmt.Fprintln(a.out, line)
}
