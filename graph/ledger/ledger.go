package ledger

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/semaphore"
)

// Options of a ledger. Zero values of the limits stand for the defaults.
type Options struct {
	Origin   string        // the log's name, first line of its checkpoints; a schema-less URL as C2SP wants it
	Signer   note.Signer   // Ed25519; its name should be Origin. Not needed for reading
	Verifier note.Verifier // of Signer's key
	// HeadFile is where the newest checkpoint is kept, best on another file system than the data. "" keeps none.
	// A file that does not exist is made; one that exists must agree with the log.
	HeadFile string

	MaxCommitEntries int // in one commit and so in one group; default and most 65,536
	MaxCommitBytes   int // of leaves and sealed values in one commit; default 24 MiB, most 48 MiB
	QueueEntries     int // waiting or being written; default twice a commit, never less than one
	QueueBytes       int // likewise; default 64 MiB
	CacheBytes       int // of full tiles and entry bundles, and four times as much of commits that are read again; default 16 MiB

	Logger *slog.Logger // nil for none
	// OnCommit is called by the writer after a commit is durable and readable, in order, before tickets are released.
	// It must not call Submit or Close.
	OnCommit func(Commit)

	valueLogSize, memTableSize int64 // for tests that want many files of little data
}

const (
	mostCommitEntries   = 1 << 16
	mostCommitBytes     = 48 << 20 // with rows, hashes and head well below valueLogSize, so that Badger never remaps a file under its readers
	defaultCommitBytes  = 24 << 20
	defaultQueueBytes   = 64 << 20
	defaultCacheBytes   = 16 << 20
	maxLeaf             = 1<<16 - 1 // tlog-tiles counts a leaf's bytes in 16 bits
	defaultQueueCommits = 2
)

func (o Options) withDefaults() (Options, error) {
	set := func(v *int, to, most int) {
		if *v <= 0 {
			*v = to
		}
		if most > 0 && *v > most {
			*v = most
		}
	}
	set(&o.MaxCommitEntries, mostCommitEntries, mostCommitEntries)
	set(&o.MaxCommitBytes, defaultCommitBytes, mostCommitBytes)
	set(&o.QueueEntries, defaultQueueCommits*o.MaxCommitEntries, 0)
	set(&o.QueueBytes, defaultQueueBytes, 0)
	set(&o.CacheBytes, defaultCacheBytes, 0)
	if o.valueLogSize == 0 {
		o.valueLogSize, o.memTableSize = valueLogSize, memTableSize
	}
	o.QueueEntries = max(o.QueueEntries, o.MaxCommitEntries)
	o.QueueBytes = max(o.QueueBytes, o.MaxCommitBytes)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Origin == "" || o.Verifier == nil {
		return o, errors.New("ledger: origin and verifier are required")
	}
	if o.Signer != nil && (o.Signer.Name() != o.Verifier.Name() || o.Signer.KeyHash() != o.Verifier.KeyHash()) {
		return o, errors.New("ledger: signer and verifier are not of one key")
	}
	return o, nil
}

// Entry is what the log keeps of one event.
type Entry struct {
	Leaf     []byte    // hashed into the tree, at most 65,535 bytes
	Sealed   []byte    // beside the tree, opaque, may be empty
	Recorded time.Time // only the greatest of a commit is kept, in its head
	Parsed   any       // what the caller made Leaf of; handed to OnCommit and never stored
}

// Commit is what OnCommit is told.
type Commit struct {
	First   uint64 // index of Entries[0]
	Entries []Entry
	Head    Head
}

// Ledger is an open log. All methods may be called from any goroutine.
type Ledger struct {
	reader
	opts Options

	// Set by Open for a ledger that writes, nil in one opened for reading.
	lockFile *os.File
	paths    shardPaths
	unsealed []sealedFile // the seal this run began with, for checksums of files that did not change

	// Queue: entries and bytes are taken by Submit and given back after the commit.
	entryRoom *semaphore.Weighted
	byteRoom  *semaphore.Weighted
	kick      chan struct{} // capacity 1: something waits or the ledger closes
	mu        sync.Mutex    // guards waiting and closing
	waiting   []*Ticket
	closing   bool
	stopped   atomic.Pointer[error] // why no more entries are taken
	written   chan struct{}         // closed when the writer is done

	// Owned by the writer goroutine.
	frontier frontier
	mark     *mark
	heads    *headWriter
	buffers  batch
	hashes   []tlog.Hash
	commitTo func(*batch) error // store.commit; tests put faults here

	closeOnce sync.Once
	closeErr  error
	stats     counters
	discard   func() error // removes the copy that a read-only ledger reads
}

// Create makes an empty ledger in dir, which must not exist or be empty, and writes its head file. Open opens it.
func Create(dir string, o Options) (err error) {
	o, err = o.withDefaults()
	if err != nil {
		return err
	}
	if o.Signer == nil {
		return errors.New("ledger: a signer is required to create a log")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	_, err = d.Readdirnames(1)
	d.Close()
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %s is not empty", ErrExists, dir)
	}
	if o.HeadFile != "" {
		if _, err := os.Stat(o.HeadFile); err == nil {
			return fmt.Errorf("%w: head file %s", ErrExists, o.HeadFile)
		}
	}
	l, err := lock(dir, true)
	if err != nil {
		return err
	}
	defer l.Close()
	p := pathsOf(dir, firstShard)
	if err := os.MkdirAll(p.db, 0o700); err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	s, err := openStore(p.db, writing, o)
	if err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	h := Head{Root: emptyRoot}
	if h.Checkpoint, err = signCheckpoint(o.Origin, 0, emptyRoot, o.Signer); err == nil {
		err = s.commit(&batch{head: appendHead(nil, 0, h)})
	}
	if cerr := s.close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	m, err := openMark(p.mark)
	if err == nil {
		err = m.write(0, emptyRoot)
		if cerr := m.close(); err == nil {
			err = cerr
		}
	}
	if err == nil && o.HeadFile != "" {
		err = replaceFile(o.HeadFile, h.Checkpoint) // from now on it is missed where it is not there
	}
	if err == nil {
		err = writeSeal(p, nil)
	}
	if err == nil {
		err = writeFormat(dir, format{formatVersion, o.Origin, []string{firstShard}}) // last: now it is a ledger
	}
	if err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	return nil
}

// Close commits what waits, writes the seal and gives the lock back. Later submissions fail with ErrStopped. A ledger
// whose writer had failed is not sealed, so that the next Open looks into it.
func (l *Ledger) Close() error {
	l.closeOnce.Do(func() {
		if l.lockFile == nil {
			l.closeErr = errors.Join(l.store.close(), l.discard())
			return
		}
		l.mu.Lock()
		l.closing = true
		l.mu.Unlock()
		l.wake()
		<-l.written
		failed := l.stopped.Load() != nil
		err := errors.Join(l.heads.close(), l.store.close(), l.mark.close())
		if err == nil && !failed {
			err = writeSeal(l.paths, l.unsealed)
		}
		l.closeErr = errors.Join(err, l.lockFile.Close())
	})
	return l.closeErr
}

// Err returns why the ledger takes no more entries, or nil while it does.
func (l *Ledger) Err() error {
	if l.lockFile == nil {
		return ErrReadOnly
	}
	if e := l.stopped.Load(); e != nil {
		return *e
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return ErrStopped
	}
	return nil
}

// Origin is the log's name.
func (l *Ledger) Origin() string { return l.origin }

// Limits returns the most entries and bytes that one group may have.
func (l *Ledger) Limits() (entries, bytes int) { return l.opts.MaxCommitEntries, l.opts.MaxCommitBytes }

type counters struct {
	commits, entries, bytes, full atomic.Uint64
	commitNanos                   atomic.Int64
	queuedEntries, queuedBytes    atomic.Int64
}

// Stats are counts since Open.
type Stats struct {
	Size          uint64        // of the log
	Commits       uint64        // made
	Entries       uint64        // committed
	Bytes         uint64        // of leaves and sealed values committed
	Full          uint64        // groups refused with ErrFull
	CommitTime    time.Duration // spent in commits
	QueuedEntries int           // waiting or being written now
	QueuedBytes   int
}

// Stats returns the counts.
func (l *Ledger) Stats() Stats {
	return Stats{
		Size:    l.Head().Size,
		Commits: l.stats.commits.Load(), Entries: l.stats.entries.Load(), Bytes: l.stats.bytes.Load(),
		Full: l.stats.full.Load(), CommitTime: time.Duration(l.stats.commitNanos.Load()),
		QueuedEntries: int(l.stats.queuedEntries.Load()), QueuedBytes: int(l.stats.queuedBytes.Load()),
	}
}
