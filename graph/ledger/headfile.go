package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// kept is a size and root that the log must agree with, and who says so.
type kept struct {
	size uint64
	root tlog.Hash
	who  string
}

// readHeadFile reads and verifies a head file. ok is false when there is none.
func readHeadFile(path, origin string, v note.Verifier) (k kept, ok bool, err error) {
	if path == "" {
		return kept{}, false, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, false, nil
	}
	if err != nil {
		return kept{}, false, fmt.Errorf("ledger head file: %w", err)
	}
	h, err := ParseCheckpoint(b, origin, v)
	if err != nil {
		return kept{}, false, &Damage{What: HeadFileBad, File: path, Err: err}
	}
	return kept{h.Size, h.Root, "the head file " + path}, true, nil
}

// headPause keeps the head file's three syncs from competing with those of every single commit.
const headPause = 20 * time.Millisecond

// headWriter replaces the head file behind the commits. It writes the newest head it was given; those that were
// overtaken while it was syncing or pausing are skipped.
type headWriter struct {
	path    string
	kick    chan struct{} // capacity 1
	closing chan struct{}
	done    chan struct{}

	mu   sync.Mutex
	next []byte // checkpoint to write, nil for none
	err  error  // first failure; ends the ledger, since heads that are not kept prove nothing
}

func startHeadWriter(path string) *headWriter {
	w := &headWriter{path: path, kick: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *headWriter) put(checkpoint []byte) {
	w.mu.Lock()
	w.next = checkpoint
	w.mu.Unlock()
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

func (w *headWriter) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *headWriter) run() {
	defer close(w.done)
	for {
		select {
		case <-w.kick:
			w.flush()
		case <-w.closing:
			w.flush()
			return
		}
		select {
		case <-time.After(headPause):
		case <-w.closing:
		}
	}
}

func (w *headWriter) flush() {
	w.mu.Lock()
	b := w.next
	w.next = nil
	w.mu.Unlock()
	if b == nil || w.path == "" {
		return
	}
	if err := replaceFile(w.path, b); err != nil {
		w.mu.Lock()
		if w.err == nil {
			w.err = fmt.Errorf("ledger head file: %w", err)
		}
		w.mu.Unlock()
	}
}

// close writes what is left and returns the first failure.
func (w *headWriter) close() error {
	close(w.closing)
	<-w.done
	return w.failed()
}
