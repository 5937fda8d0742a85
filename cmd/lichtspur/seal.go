package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/vault"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// A sealing store is what a source keeps to seal its own events:
//
//	DIR/vault/          the keys of its pseudonyms, encrypted
//	DIR/outbox/         sealed batches that the log has not answered yet, and the last number used
//	DIR.keys/root.key   the root key of the vault, mode 0600
func vaultOf(store string) string  { return filepath.Join(store, "vault") }
func outboxOf(store string) string { return filepath.Join(store, "outbox") }
func rootOf(store string) string {
	return filepath.Join(strings.TrimRight(store, "/")+".keys", "root.key")
}

func (a *app) sealCommand() *cobra.Command {
	var (
		source, store, key, certificates string
		create, heartbeat                bool
		from                             keySource
	)
	c := &cobra.Command{
		Use:   "seal FILE…",
		Short: "Seal events at their source into signed batches",
		Long: `Turns events (one JSON object a line, plain or gzip; - is standard input) into batches that are ready to be handed in:
personal values are replaced by pseudonyms and salted digests, and one signature covers up to 4096 events. What is
signed is the sealed form, so that signatures outlast the erasure of a person's data.

The batches wait in the sealing store until "lichtspur submit" has handed them in. The store holds the source's
pseudonyms and its place in the sequence of batches: make it once, with --new, and keep it. An empty batch is a
heartbeat, which says that there is nothing to report.

An event with faults is left out and its faults are printed; exit code 1 says that there were some.`,
		Example: `  lichtspur seal --new --store bka --source bka --key bka.key events.ndjson
  lichtspur seal --store bka --source bka --key bka.key --passphrase-file phrase -
  lichtspur seal --store bka --source bka --key bka.key --heartbeat`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			switch {
			case source == "" || store == "" || key == "":
				return usage(errors.New("--source, --store and --key are needed"))
			case heartbeat == (len(args) > 0):
				return usage(errors.New("name files with events, or --heartbeat to seal none"))
			case !event.ValidSlug(source):
				return usage(fmt.Errorf("%q is not the id of a source", source))
			}
			if create {
				if err := a.createStore(store, source); err != nil {
					return err
				}
			} else if _, err := os.Stat(vaultOf(store)); err != nil {
				return fmt.Errorf("%s is no sealing store (make one with --new): %w", store, err)
			}
			signer, err := from.signer(c, a, key, certificates)
			if err != nil {
				return err
			}
			root, err := vault.LoadRoot(rootOf(store))
			if err != nil {
				return err
			}
			v, err := vault.Open(vaultOf(store), root)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, v.Close()) }()
			box, err := openOutbox(store, source)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, box.Close()) }()
			b, err := batch.NewBuilder(source, batch.DefaultLimits)
			if err != nil {
				return err
			}
			w := &sealing{a: a, source: source, vault: v, box: box, builder: b, signer: signer,
				list: a.list("sequence", "count", "bytes", "root", "statement")}
			defer func() { err = errors.Join(err, w.list.close()) }()
			w.meter = a.meter("seal", "events", -1)
			defer w.meter.done()
			if heartbeat {
				return w.flush(c.Context())
			}
			for _, name := range args {
				if err := w.file(c.Context(), name); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			if b.Len() > 0 {
				if err := w.flush(c.Context()); err != nil {
					return err
				}
			}
			if w.faulty > 0 {
				return said(exitError)
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&source, "source", "", "`id` of the source")
	f.StringVar(&store, "store", "", "sealing store: a `directory`")
	f.StringVar(&key, "key", "", "private `key`: a file, or a reference to a key management service")
	f.StringVar(&certificates, "certificate", "", "PEM `file` with the key's certificate and intermediate ones, sent with each batch")
	f.BoolVar(&create, "new", false, "make the sealing store")
	f.BoolVar(&heartbeat, "heartbeat", false, "seal an empty batch")
	from.flags(c)
	return c
}

// createStore makes a sealing store. A source has one: a second would begin its sequence again, which the log would
// take for a fork.
func (a *app) createStore(store, source string) error {
	if _, err := os.Stat(vaultOf(store)); err == nil {
		return fmt.Errorf("%s is a sealing store already", store)
	}
	for _, dir := range []string{store, filepath.Dir(rootOf(store))} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	root, err := vault.NewRoot(rootOf(store))
	if err != nil {
		return err
	}
	if err := vault.Create(vaultOf(store), root, source); err != nil {
		return err
	}
	box, err := batch.OpenOutbox(outboxOf(store), source, a.now())
	if err != nil {
		return err
	}
	return box.Close()
}

// openOutbox opens the outbox of a store that is there.
func openOutbox(store, source string) (*batch.Outbox, error) {
	if _, err := os.Stat(outboxOf(store)); err != nil {
		return nil, fmt.Errorf("%s is no sealing store: %w", store, err)
	}
	return batch.OpenOutbox(outboxOf(store), source, timeZero)
}

// sealing is one run of the command.
type sealing struct {
	a       *app
	source  string
	vault   *vault.Vault
	box     *batch.Outbox
	builder *batch.Builder
	signer  *keys.Signer
	list    *list
	meter   *meter
	sealed  int64
	faulty  int
}

// flush signs what the builder holds.
func (w *sealing) flush(ctx context.Context) error {
	size := w.builder.Size()
	st, err := w.box.Seal(ctx, w.builder, w.signer, w.a.now())
	if err != nil {
		return err
	}
	w.meter.clear()
	return w.list.add(st.Sequence, st.Count, size, st.Root.String(), w.box.Next().Previous)
}

// sealLines is how many lines are sealed at a time by one goroutine.
const sealLines = 256

// lines are some lines of a file and what became of them.
type lines struct {
	first  int64 // number of the first
	text   [][]byte
	sealed []*event.Sealed // nil where there is a fault, or nothing in the line
	faults []error
	ready  chan struct{}
}

// file seals the events of one file: parsed and sealed on all processors, put into batches in order.
func (w *sealing) file(ctx context.Context, name string) error {
	f, size, err := w.a.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	read := &countingReader{r: f}
	in, err := gunzipped(read)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)
	work, order := make(chan *lines), make(chan *lines, 4)
	var readErr error // written before order is closed
	wg.Go(func() {
		defer close(order)
		defer close(work)
		readErr = splitLines(ctx, in, func(l *lines) bool {
			for _, to := range []chan *lines{order, work} {
				select {
				case to <- l:
				case <-ctx.Done():
					return false
				}
			}
			return true
		})
	})
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for l := range work {
				w.seal(l)
				close(l.ready)
			}
		})
	}
	for l := range order {
		select {
		case <-l.ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := w.collect(ctx, l); err != nil {
			return err
		}
		total := int64(-1)
		if n := read.count(); size > 0 && n > 0 {
			total = int64(float64(w.sealed) / float64(n) * float64(size))
		}
		w.meter.set(w.sealed, total)
	}
	if readErr != nil {
		return readErr
	}
	return context.Cause(ctx)
}

func splitLines(ctx context.Context, in io.Reader, emit func(*lines) bool) error {
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 64<<10), event.MaxBytes+2)
	l, n := &lines{first: 1, ready: make(chan struct{})}, int64(0)
	for scan.Scan() {
		n++
		l.text = append(l.text, bytes.Clone(scan.Bytes()))
		if len(l.text) == sealLines {
			if !emit(l) {
				return context.Cause(ctx)
			}
			l = &lines{first: n + 1, ready: make(chan struct{})}
		}
	}
	if len(l.text) > 0 && !emit(l) {
		return context.Cause(ctx)
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", n, err)
	}
	return nil
}

func (w *sealing) seal(l *lines) {
	l.sealed, l.faults = make([]*event.Sealed, len(l.text)), make([]error, len(l.text))
	for i, text := range l.text {
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		e, err := event.Parse(text)
		if err == nil {
			if faults := e.Validate(); len(faults) > 0 {
				err = faults
			}
		}
		if err == nil {
			l.sealed[i], err = event.Seal(e, w.source, w.vault, w.a.random, nil)
		}
		l.faults[i] = err
	}
}

// collect puts sealed events into the batch under way, and signs it when it is full.
func (w *sealing) collect(ctx context.Context, l *lines) error {
	for i, s := range l.sealed {
		err := l.faults[i]
		if s != nil && err == nil {
			err = w.builder.Add(s)
			if errors.Is(err, batch.ErrFull) {
				if err := w.flush(ctx); err != nil {
					return err
				}
				err = w.builder.Add(s)
			}
		}
		var faults event.Faults
		var parse *event.ParseError
		switch {
		case err == nil:
			if s != nil {
				w.sealed++
			}
			continue
		case errors.As(err, &faults):
			for _, f := range faults {
				w.fault(l.first+int64(i), fmt.Sprintf("%s %s: %s; %s", f.Code, f.Path, f.Problem, f.Remedy))
			}
		case errors.As(err, &parse), errors.Is(err, batch.ErrTwice), errors.Is(err, batch.ErrOversized):
			w.fault(l.first+int64(i), err.Error())
		default:
			return fmt.Errorf("line %d: %w", l.first+int64(i), err)
		}
		w.faulty++
	}
	return nil
}

func (w *sealing) fault(line int64, text string) {
	w.meter.clear()
	fmt.Fprintln(w.a.err, printable(fmt.Sprintf("line %d: %s", line, text)))
}
