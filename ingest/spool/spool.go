package spool

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Options are the bounds of a spool. Zero values are the defaults.
type Options struct {
	Limit   int64     // bytes on disk; default 1 GiB
	Segment int64     // bytes after which a new segment is begun; default 16 MiB, at most a quarter of Limit
	Random  io.Reader // of keys and ids; default crypto/rand

	// Failing is told each time that a block cannot be written: the disk is full, or worse. The spool tries again, every Pause
	// (default 1 s), and whoever appends waits. Default: nobody is told.
	Failing func(error)
	Pause   time.Duration
}

const (
	defaultLimit   = 1 << 30
	defaultSegment = 16 << 20
	queueBytes     = 4 << 20   // of records on their way to disk
	overhead       = 64        // that each of them counts for, besides its length
	blockBytes     = 256 << 10 // about, of one block
	// MaxRecord is the largest record, in bytes.
	MaxRecord = 1 << 20
)

// The errors of a spool.
var (
	ErrDamaged  = errors.New("the spool is damaged")
	ErrClosed   = errors.New("the spool is closed")
	ErrTooLarge = fmt.Errorf("a record of a spool has at most %d bytes", MaxRecord)
)

// Spool is an open spool. One process has it open at a time; its methods may be called by many goroutines, [Spool.Read] and
// [Spool.Acknowledge] by one.
type Spool struct {
	dir string
	box cipher.AEAD
	o   Options
	id  string

	room  *semaphore.Weighted // of queueBytes
	queue chan []byte
	shut  chan struct{} // closed when the spool is to be closed
	stop  chan struct{} // closed to end the writing goroutine
	done  chan struct{} // closed when it has ended

	mu       sync.Mutex // guards what follows
	changed  *sync.Cond // anything of it has changed
	segments []segment  // oldest first
	used     int64      // bytes of all
	acked    uint64     // everything before it is done
	end      uint64     // of what is synced
	taken    uint64     // records given to Append, counted as positions
	failed   error      // why what was appended could not be written before the spool was closed
	closing  bool
	writing  bool // a block is being written
	live     bool // the last segment is being written to

	out *writer // of the writing goroutine
	in  *reader // of Read
}

// segment is one file.
type segment struct {
	first, end uint64 // positions
	bytes      int64  // as far as it is synced
}

func (s *Spool) path(first uint64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%016x%s", first, ending))
}

const (
	ending    = ".spool"
	stateName = "state"
	magic     = "lichtspur spool 1"
)

// Open opens, or makes, the spool in a directory. box seals the keys of segments; it is one that draws its nonces itself.
func Open(dir string, box cipher.AEAD, o Options) (*Spool, error) {
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	if o.Segment <= 0 {
		o.Segment = defaultSegment
	}
	o.Segment = min(o.Segment, o.Limit/4)
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Failing == nil {
		o.Failing = func(error) {}
	}
	if o.Pause <= 0 {
		o.Pause = time.Second
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make spool: %w", err)
	}
	s := &Spool{dir: dir, box: box, o: o, room: semaphore.NewWeighted(queueBytes), shut: make(chan struct{}), stop: make(chan struct{}), done: make(chan struct{})}
	s.queue = make(chan []byte, queueBytes/overhead) // so that whoever has room has a place
	s.changed = sync.NewCond(&s.mu)
	if err := s.readState(); err != nil {
		return nil, err
	}
	if err := s.survey(); err != nil {
		return nil, err
	}
	go s.write()
	return s, nil
}

// readState reads who the spool is and how far it is acknowledged, or makes it.
func (s *Spool) readState() error {
	text, err := os.ReadFile(filepath.Join(s.dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		if left, err := s.names(); err != nil || len(left) > 0 {
			return errors.Join(err, fmt.Errorf("%w: %s has segments and no file %q", ErrDamaged, s.dir, stateName))
		}
		var b [8]byte
		if _, err := io.ReadFull(s.o.Random, b[:]); err != nil {
			return err
		}
		s.id = hex.EncodeToString(b[:])
		return s.writeState(0)
	}
	if err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 4 || lines[0] != magic || len(lines[1]) != 16 {
		return fmt.Errorf("%w: %s is not the state of a spool", ErrDamaged, filepath.Join(s.dir, stateName))
	}
	s.id = lines[1]
	if s.acked, err = strconv.ParseUint(lines[2], 10, 64); err != nil {
		return fmt.Errorf("%w: %s is not the state of a spool", ErrDamaged, filepath.Join(s.dir, stateName))
	}
	return nil
}

// writeState replaces the state: beside, synced, renamed, the directory synced.
func (s *Spool) writeState(acked uint64) error {
	path := filepath.Join(s.dir, stateName)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the spool's state: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s\n%s\n%d\n", magic, s.id, acked)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncDirectory(s.dir)
	}
	if err != nil {
		return fmt.Errorf("write the spool's state: %w", err)
	}
	return nil
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// names lists the positions that segments begin with, in order.
func (s *Spool) names() ([]uint64, error) {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	var out []uint64
	for _, f := range list {
		if name, ok := strings.CutSuffix(f.Name(), ending); ok && len(name) == 16 {
			n, err := strconv.ParseUint(name, 16, 64)
			if err != nil {
				return nil, fmt.Errorf("%w: %s is no name of a segment", ErrDamaged, f.Name())
			}
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// survey reads through the segments, drops what is acknowledged and cuts off what a crash has torn.
func (s *Spool) survey() error {
	names, err := s.names()
	if err != nil {
		return err
	}
	s.end = s.acked
	for i, first := range names {
		next, last := uint64(0), i == len(names)-1
		if !last {
			next = names[i+1]
		}
		if !last && next <= s.acked {
			if err := os.Remove(s.path(first)); err != nil {
				return fmt.Errorf("tidy spool: %w", err)
			}
			continue
		}
		if first > s.end || len(s.segments) > 0 && first != s.end {
			return fmt.Errorf("%w: %s does not go on from record %d", ErrDamaged, s.path(first), s.end)
		}
		g, err := s.inspect(first, next, last)
		if err != nil {
			return err
		}
		if last && g.end <= s.acked { // nothing of it was synced, or all is done
			if err := os.Remove(s.path(first)); err != nil {
				return fmt.Errorf("tidy spool: %w", err)
			}
			continue
		}
		s.segments = append(s.segments, g)
		s.used += g.bytes
		s.end = g.end
	}
	s.taken = s.end
	return nil
}

// inspect reads through one segment. The end of the last one may be torn, and so may that of another where the next one goes
// on from before: it was the last one once.
func (s *Spool) inspect(first, next uint64, last bool) (segment, error) {
	g := segment{first: first, end: first}
	r, err := s.openSegment(first)
	if errors.Is(err, io.ErrUnexpectedEOF) && (last || next == first) {
		return g, nil // a crash while it was begun
	}
	if err != nil {
		return g, err
	}
	defer r.file.Close()
	for {
		_, err := r.block()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, errBlock) && last && !r.goesOn(), errors.Is(err, errBlock) && !last && r.position == next:
			g.end, g.bytes = r.position, r.offset
			return g, nil
		case errors.Is(err, errBlock):
			return g, fmt.Errorf("%w: %s does not open at byte %d, where record %d begins", ErrDamaged, s.path(first), r.offset, r.position)
		case err != nil:
			return g, err
		}
	}
}

// ID names the spool.
func (s *Spool) ID() string { return s.id }

// State is how full a spool is.
type State struct {
	Acknowledged uint64 // everything before it is done
	End          uint64 // of what is synced
	Bytes, Limit int64  // on disk
}

// State returns how full the spool is.
func (s *Spool) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{Acknowledged: s.acked, End: s.end, Bytes: s.used, Limit: s.o.Limit}
}

// Append gives a record to the spool, which keeps it, and waits while there is no room for it. It does not wait until the
// record is synced; [Spool.Flush] does.
func (s *Spool) Append(ctx context.Context, record []byte) error {
	if len(record) > MaxRecord {
		return ErrTooLarge
	}
	weight := int64(len(record)) + overhead
	if err := s.room.Acquire(ctx, weight); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failed != nil:
		s.room.Release(weight)
		return s.failed
	case s.closing:
		s.room.Release(weight)
		return ErrClosed
	}
	s.taken++
	s.queue <- record
	return nil
}

// Flush waits until all that was appended before it is synced.
func (s *Spool) Flush(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for want := s.taken; s.end < want; s.changed.Wait() {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case s.failed != nil:
			return s.failed
		}
	}
	return nil
}

func (s *Spool) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// Close waits until what was appended is synced, and closes the spool. Where that cannot be written now, it is lost, and the
// error says so.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closing = true
	close(s.shut)
	s.changed.Broadcast()
	for s.end < s.taken && s.failed == nil {
		s.changed.Wait()
	}
	err := s.failed
	s.mu.Unlock()
	close(s.stop)
	<-s.done
	if s.out != nil {
		err = errors.Join(err, s.out.file.Close())
	}
	if s.in != nil {
		err = errors.Join(err, s.in.file.Close())
	}
	return err
}
