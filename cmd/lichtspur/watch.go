package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// watchFlags say how a directory is watched.
type watchFlags struct {
	dir          string
	keep, failed string
	every        time.Duration
	keeping      keeping // made by check
}

func (w *watchFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&w.dir, "watch", "", "take files as they land in this `directory`, until told to stop; each goes to its directory done or failed")
	f.StringVar(&w.keep, "keep", keepWhole, "with --watch: what stays in done of a `file`: whole, encrypted (for --recipient), empty (its name) or none")
	f.StringVar(&w.failed, "keep-failed", "", "with --watch: what stays in failed of a `file`: whole, encrypted or empty (default: as --keep, where that is whole or encrypted)")
	f.DurationVar(&w.every, "every", 2*time.Second, "with --watch: `time` between looks; a file is taken when it is as it was a look before")
}

func (w *watchFlags) check(files int, recipients []string) error {
	switch {
	case w.dir == "" && files == 0:
		return usage(errors.New("name files, or a directory with --watch"))
	case w.dir != "" && files > 0:
		return usage(errors.New("--watch takes the files of its directory; name no others"))
	case w.every <= 0:
		return usage(errors.New("--every is a time above zero"))
	}
	var err error
	w.keeping, err = newKeeping(w.keep, w.failed, recipients)
	return usage(err)
}

// landed is how a file was at a look.
type landed struct {
	size int64
	at   time.Time
}

// watch hands in the files of a directory as they land, until it is told to stop. A file is taken once it has not changed
// between two looks; names that begin with a dot or end in .part or .tmp are of files that are being written. If the
// program is stopped between the last receipt and the move, the file is handed in again, and its events are duplicates.
func (a *app) watch(c *cobra.Command, w *watchFlags, take func(name string) error) error {
	for _, d := range []string{w.doneDir(), w.failedDir()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	seen := map[string]landed{}
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		ready, err := w.look(seen)
		if err != nil {
			return err
		}
		for _, name := range ready {
			if c.Context().Err() != nil {
				return nil
			}
			if err := a.watched(c, w, name, take); err != nil {
				return err
			}
			delete(seen, name)
		}
		select {
		case <-tick.C:
		case <-c.Context().Done():
			return nil
		}
	}
}

func (w *watchFlags) doneDir() string   { return filepath.Join(w.dir, "done") }
func (w *watchFlags) failedDir() string { return filepath.Join(w.dir, "failed") }

// look returns the files that are as they were at the look before, in order of their names.
func (w *watchFlags) look(seen map[string]landed) (ready []string, err error) {
	list, err := os.ReadDir(w.dir)
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for _, f := range list {
		name := f.Name()
		if !f.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp") {
			continue
		}
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody took it away
		}
		if err != nil {
			return nil, err
		}
		here[name] = true
		now := landed{info.Size(), info.ModTime()}
		if seen[name] == now {
			ready = append(ready, name)
		}
		seen[name] = now
	}
	for name := range seen {
		if !here[name] {
			delete(seen, name)
		}
	}
	return ready, nil
}

// watched hands in one file and moves what is kept of it.
func (a *app) watched(c *cobra.Command, w *watchFlags, name string, take func(string) error) error {
	from := filepath.Join(w.dir, name)
	err := take(from)
	if c.Context().Err() != nil {
		return nil // stopped within the file: it stays, and is handed in again
	}
	if err != nil {
		if !ofFile(err) {
			return err
		}
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(a.err, a.paint(a.errTTY, red, "lichtspur:"), printable(err.Error()))
		}
		return w.keeping.put(from, w.failedDir(), name, w.keeping.failed)
	}
	return w.keeping.put(from, w.doneDir(), name, w.keeping.done)
}

// ofFile reports whether an error is the file's own, so that the next one can be tried. Where the log cannot be reached, or
// the command line is wrong, files stay where they are and the command ends: all of them would fail.
func ofFile(err error) bool {
	if errors.Is(err, errSaid) {
		return true // some events of it were rejected, or could not be mapped
	}
	if code := format.CodeOf(err); code != "" {
		return code != format.ErrRead && code != format.ErrBadMapping
	}
	code := ingest.Code(err)
	if s, ok := errors.AsType[*streamError](err); ok { // as a server says it
		code = s.code
	}
	switch code {
	case event.ParseEmpty, event.ParseTooLarge, event.ParseTooDeep, event.ParseTruncated, event.ParseSyntax, event.ParseEncoding, event.ParseTrailing, "BAD_GZIP":
		return true
	}
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF)
}
