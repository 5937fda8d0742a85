package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

var (
	// ErrOutboxBusy says that another process has the outbox open.
	ErrOutboxBusy = errors.New("the outbox is in use by another process")
	// ErrOutboxDamaged says that state file and batches of an outbox do not belong together.
	ErrOutboxDamaged = errors.New("the outbox is damaged")
	// ErrNotPending says that a batch is not the one that can be accepted or withdrawn.
	ErrNotPending = errors.New("no such batch is waiting")
)

// Outbox is a source's memory of its own sequence: a directory with the batches that the log has not answered yet
// and a small state file that says which number was used last and for which statement.
//
//	state.json             {"source":…,"sequence":12,"statement":"sha256:…","until":"…"}, replaced atomically
//	000000000011.ndjson    batch 11, waiting
//	000000000012.ndjson    batch 12, waiting
//	lock                   held while the outbox is open
//
// A number is used the moment the state file says so. A crash before that leaves a file ending in .tmp that nobody
// can have submitted: opening the outbox removes it, and the events in it are to be sealed again. A crash after it
// leaves the batch under its .tmp name: opening the outbox gives it its name. A crash between submitting and
// [Outbox.Accepted] leaves the batch waiting: submit it again as it is, the log recognises it and gives the first
// receipts. Files hold personal values and have mode 0600.
//
// A batch that the log refused has not used up its number there: [Outbox.Withdraw] takes it back, and those sealed
// after it. Withdraw only what was refused in so many words; a batch whose answer was lost may be recorded, and another
// batch with its number would be a fork.
type Outbox struct {
	dir   string
	lock  *os.File
	state state
}

type state struct {
	Source    string    `json:"source"`
	Sequence  int64     `json:"sequence"`           // used last, 0 before the first
	Statement string    `json:"statement,omitzero"` // of that number
	Until     time.Time `json:"until"`              // end of its period
}

// Pending is a batch that waits for the log's answer.
type Pending struct {
	Sequence int64
	Path     string
}

const stateFile = "state.json"

// OpenOutbox opens the outbox of a source, or creates it: begin is then where the first batch's period starts. With a
// zero begin it is never created, and the error is fs.ErrNotExist: a second outbox of a source would number from 1
// again. Other errors: [ErrOutboxBusy], [ErrOutboxDamaged].
func OpenOutbox(dir, source string, begin time.Time) (*Outbox, error) {
	if !event.ValidSlug(source) {
		return nil, fmt.Errorf("source %.80q is not an id", source)
	}
	if !begin.IsZero() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	o := &Outbox{dir: dir, lock: lock}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", dir, ErrOutboxBusy)
		}
		return nil, fmt.Errorf("outbox: lock: %w", err)
	}
	if err := o.load(source, begin); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return o, nil
}

// Close lets go of the outbox.
func (o *Outbox) Close() error { return o.lock.Close() }

// Next returns the position of the batch that is sealed next.
func (o *Outbox) Next() Position {
	return Position{Sequence: o.state.Sequence + 1, Previous: o.state.Statement, From: o.state.Until}
}

// Seal signs what b holds as the next batch, with the period up to now, and keeps it. When it returns nil the batch is
// durable, its number is used, and b is empty again; otherwise b is as before.
func (o *Outbox) Seal(ctx context.Context, b *Builder, s *keys.Signer, now time.Time) (*Statement, error) {
	if b.source != o.state.Source {
		return nil, fmt.Errorf("a batch of %q does not go into the outbox of %q", b.source, o.state.Source)
	}
	sub, err := b.Seal(ctx, s, o.Next(), now)
	if err != nil {
		return nil, err
	}
	st := sub.Statement
	name := o.path(st.Sequence)
	if err := writeFile(name+".tmp", func(w io.Writer) error { _, err := sub.WriteTo(w); return err }); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	next := state{Source: st.Source, Sequence: st.Sequence, Statement: sub.Digest, Until: st.To}
	if err := o.put(next); err != nil {
		return nil, err
	}
	b.Reset()
	if err := o.rename(name+".tmp", name); err != nil {
		return nil, err
	}
	return st, nil
}

// Pending returns the batches that wait for the log's answer, in order. They must be submitted in that order.
func (o *Outbox) Pending() ([]Pending, error) {
	files, err := os.ReadDir(o.dir)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	var out []Pending
	for _, f := range files {
		if n, suffix := parseName(f.Name()); n > 0 && suffix == "" {
			out = append(out, Pending{n, filepath.Join(o.dir, f.Name())})
		}
	}
	slices.SortFunc(out, func(a, b Pending) int { return int(a.Sequence - b.Sequence) })
	return out, nil
}

// Accepted removes a batch that is recorded: the one that waits longest.
func (o *Outbox) Accepted(sequence int64) error {
	waiting, err := o.Pending()
	if err != nil {
		return err
	}
	if len(waiting) == 0 || waiting[0].Sequence != sequence {
		return fmt.Errorf("batch %d: %w", sequence, ErrNotPending)
	}
	if err := os.Remove(waiting[0].Path); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return syncDir(o.dir)
}

// Withdraw takes back a batch that was refused and all that were sealed after it, so that the next one sealed has its
// number. The files are kept beside the others with a name ending in .withdrawn. It returns their paths.
func (o *Outbox) Withdraw(sequence int64) ([]string, error) {
	waiting, err := o.Pending()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(waiting, func(p Pending) bool { return p.Sequence == sequence })
	if i < 0 {
		return nil, fmt.Errorf("batch %d: %w", sequence, ErrNotPending)
	}
	st, _, err := readStatement(waiting[i].Path)
	if err != nil {
		return nil, err
	}
	before := state{Source: st.Source, Sequence: st.Sequence - 1, Statement: st.Previous, Until: st.From}
	if err := o.put(before); err != nil {
		return nil, err
	}
	return o.setAside(waiting[i:])
}

// Resume continues a sequence from what the log has of it, where the source's own state was lost. It is refused while
// batches wait.
func (o *Outbox) Resume(sequence int64, statement string, until time.Time) error {
	waiting, err := o.Pending()
	if err != nil {
		return err
	}
	switch {
	case len(waiting) > 0:
		return fmt.Errorf("outbox: %d batches wait; submit or withdraw them first", len(waiting))
	case sequence < 0 || sequence >= MaxSequence || (sequence == 0) != (statement == "") || statement != "" && !validDigest(statement):
		return fmt.Errorf("outbox: batch %d with statement %.80q cannot be followed", sequence, statement)
	}
	return o.put(state{Source: o.state.Source, Sequence: sequence, Statement: statement, Until: until.UTC()})
}
