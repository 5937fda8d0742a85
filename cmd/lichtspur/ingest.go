package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/format"
)

func (a *app) ingestCommand() *cobra.Command {
	var source string
	var rec receiptFlags
	var f formatFlags
	var w watchFlags
	c := &cobra.Command{
		Use:   "ingest FILE…",
		Short: "Hand in events and print what became of them",
		Long: `Reads events from files (- is standard input), plain or gzip, and hands them in: to a server, which knows the source
by the token, or straight into a data directory, as the source that --source names. --source log speaks for the operator, who
declares organisations, systems, sources and keys.

A file holds events as this log has them (one JSON object a line, or a JSON array), or is in a format of the field, which
--format names or its beginning tells. Rows want a mapping that says what their columns mean (--mapping), transactions of NIST,
audit records and documents of PROV may have a profile (--profile). What cannot be mapped is counted and shown, by field and
reason; --dry-run shows that and what would be recorded, and hands nothing in; with --data DIR --source ID, or a server and the source's token, it also tells
which organisations and systems the log does not know.
Organisations and systems that are not declared are refused, or, if the source may introduce them, declared and flagged.

With --watch files are taken as they land in a directory, once each, and moved to its directory done, or failed where not
all of a file could be recorded. --keep says what stays of those that are done, --keep-failed of those that failed: events
are sealed in the log, files are not. What is encrypted is so for the public keys of --recipient (https://age-encryption.org),
which is best set in the settings file; who reads it again has the secret key, and need not be on this machine.

An event is answered when it is on disk and covered by a signed checkpoint. Handing in the same events again is safe:
they answer as duplicates with their first receipts. Exit code 1 says that some were rejected.`,
		Example: `  lichtspur ingest --data data --source exercise exercise.ndjson
  lichtspur simulate --events 1000 | lichtspur ingest --token @token -
  lichtspur ingest --data data --source bka events.ndjson.gz --receipts receipts.ndjson
  lichtspur ingest --data data --source press --mapping agency-sharing agency_access.csv
  lichtspur ingest --dry-run --mapping search-audit --set agency=springfield-pd audit.csv`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if err := errors.Join(f.check(), w.check(len(args), a.set.Recipient)); err != nil {
				return usage(err)
			}
			if f.dry && w.dir != "" {
				return usage(errors.New("--dry-run tries files that are named; with --watch files are taken"))
			}
			if f.dry {
				return a.tryFiles(c, &f, source, args)
			}
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
			f.speaker = func() (string, error) {
				chain, err := to.chain(c.Context(), source)
				return chain.Source, err
			}
			return a.keepReceipts(rec.file, func(out *receipts) error {
				if w.dir != "" {
					return a.watch(c, &w, func(name string) error { return a.ingestFiles(c, to, &f, []string{name}, out) })
				}
				return a.ingestFiles(c, to, &f, args, out)
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "with --data: `id` of the source whose events these are; log is the operator")
	f.flags(c.Flags())
	w.flags(c)
	a.set.attach(c.Flags(), "recipient")
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

func (a *app) ingestFiles(c *cobra.Command, to counter, f *formatFlags, names []string, out *receipts) error {
	begin := a.now()
	var sum ingest.Summary
	var report format.Report
	for _, name := range names {
		s, err := a.ingestFile(c, to, f, name, &report, out)
		sum.Accepted += s.Accepted
		sum.Duplicates += s.Duplicates
		sum.Rejected += s.Rejected
		sum.Quarantined += s.Quarantined
		if err != nil {
			a.summarise(sum, begin)
			return errors.Join(fmt.Errorf("%s: %w", name, err), a.gaps(&report, false))
		}
	}
	a.summarise(sum, begin)
	if err := a.gaps(&report, false); err != nil {
		return err
	}
	if sum.Rejected > 0 || report.Lost() > 0 {
		return said(exitError)
	}
	return nil
}

// tryFiles shows what files would give, and, where it is said which log is meant, which names it does not know.
func (a *app) tryFiles(c *cobra.Command, f *formatFlags, source string, names []string) error {
	lost := false
	for _, name := range names {
		var report format.Report
		err := a.tryOne(f, name, &report)
		if shown := a.gaps(&report, true); err == nil {
			err = shown
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		lost = lost || report.Lost() > 0
	}
	refused, err := a.undeclared(c, source, &f.named)
	if err != nil {
		return err
	}
	if lost || refused {
		return said(exitError)
	}
	return nil
}

func (a *app) tryOne(f *formatFlags, name string, report *format.Report) error {
	file, _, err := a.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	in, what, err := f.begin(file)
	if err != nil {
		return err
	}
	return a.tryFile(f, what, in, report)
}

func (a *app) ingestFile(c *cobra.Command, to counter, f *formatFlags, name string, report *format.Report, out *receipts) (sum ingest.Summary, err error) {
	file, size, err := a.open(name)
	if err != nil {
		return ingest.Summary{}, err
	}
	defer file.Close()
	read := &countingReader{r: file}
	text, what, err := f.begin(read)
	if err != nil {
		return ingest.Summary{}, err
	}
	in := io.Reader(text)
	if what != format.Native {
		events, bad := f.read(what, in, report)
		if bad != nil {
			return ingest.Summary{}, bad
		}
		var end func() error
		in, end = eventLines(events)
		defer func() {
			// What ended the file says more than that the stream of its events ended.
			if failed := end(); failed != nil {
				err = failed
			}
		}()
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
