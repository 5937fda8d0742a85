package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"golang.org/x/sys/unix"
)

const (
	valueLogSize = 64 << 20 // a value log file is closed after the commit that takes it beyond this; its file is twice that
	memTableSize = 8 << 20
	// valueThreshold sends every value of ours to the value log, where it is written once; tables hold pointers only. It
	// must be above 20: Badger ends a transaction in its write-ahead log with a record whose value is a number in decimal,
	// and where that goes to the value log as well, its replay finds no transaction whole and drops them all.
	valueThreshold = 21
	// spaceReserve is what must be free before a commit. Badger writes through memory maps of sparse files, where a full
	// disk is not an error but a SIGBUS.
	spaceReserve = 256 << 20
)

// store is Badger with the settings of a ledger.
type store struct {
	db   *badger.DB
	log  *badgerLog
	path string
	mode storeMode

	// Owned by the writer: numbers of the newest value log and write-ahead log whose directory entries are synced.
	valueLog, memTable int

	reserve uint64 // spaceReserve

	// users is held for reading by everybody who reads, so that close unmaps nothing under them.
	users  sync.RWMutex
	closed bool

	seen       atomic.Int64 // bytes read since it was last looked how much is resident
	much       atomic.Bool  // as it was seen then
	mappedOnce sync.Once
	mapped     bool // values are slices of mapped files

	// stuck is set when Badger failed over a record in raw mode; see close.
	stuck atomic.Bool
}

// How a store is opened.
type storeMode int

const (
	writing storeMode = iota
	reading
	// raw is reading without Badger's checksums over whole values, so that a damaged value can still be looked into.
	raw
)

func badgerOptions(path string, mode storeMode, o Options, log *badgerLog) badger.Options {
	return badger.DefaultOptions(path).
		WithReadOnly(mode != writing).
		WithSyncWrites(true).
		WithDetectConflicts(false). // one writer
		WithNumVersionsToKeep(1).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(o.valueLogSize).
		WithMemTableSize(o.memTableSize).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithChecksumVerificationMode(options.OnTableAndBlockRead).
		WithVerifyValueChecksum(mode != raw). // without it Badger believes a damaged record's lengths and keeps a lock for ever
		WithBlockCacheSize(8 << 20).
		WithIndexCacheSize(8 << 20).
		WithMetricsEnabled(false).
		WithLogger(log)
}

// openStore opens Badger. A panic of Badger's over a damaged file is an error here.
func openStore(path string, mode storeMode, o Options) (s *store, err error) {
	log := &badgerLog{logger: o.Logger}
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("badger: %v", p)
		}
	}()
	db, err := badger.Open(badgerOptions(path, mode, o, log))
	if err != nil {
		return nil, fmt.Errorf("badger: %w", err)
	}
	s = &store{db: db, log: log, path: path, mode: mode, reserve: spaceReserve}
	err = log.failed() // it drops a table with a bad checksum and opens
	if err == nil && mode == writing {
		err = s.syncNames()
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// syncNames syncs the directory when Badger has begun a new log file since the last call. Badger means to do that itself,
// but asks for the length of the file only after it has set it (ristretto v2.2, z/file.go), so it never does.
func (s *store) syncNames() error {
	begun := false
	for exists(fmt.Sprintf("%s/%06d.vlog", s.path, s.valueLog+1)) {
		s.valueLog, begun = s.valueLog+1, true
	}
	for exists(fmt.Sprintf("%s/%05d.mem", s.path, s.memTable+1)) {
		s.memTable, begun = s.memTable+1, true
	}
	if !begun {
		return nil
	}
	if err := syncDir(s.path); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// close closes Badger. Where it failed over a record in raw mode it holds a lock that it never gives back and its Close
// would wait for; there is nothing to be written then, and the store is left as it is.
func (s *store) close() (err error) {
	s.users.Lock()
	defer s.users.Unlock()
	if s.closed = true; s.stuck.Load() {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("badger: %v", p)
		}
	}()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("badger: %w", err)
	}
	return nil
}

// batch is what one commit writes.
type batch struct {
	first, size                  uint64
	leaves, sealed, hashes, head []byte
}

// commit writes the batch in one synced transaction. After an error it is not known whether the batch is there.
func (s *store) commit(b *batch) error {
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	set := func(key, value []byte) error {
		if err := txn.Set(key, value); err != nil {
			return fmt.Errorf("badger: %w", err)
		}
		return nil
	}
	if b.size > b.first {
		if err := errors.Join(
			set(commitKey(b.first, kindLeaves), b.leaves),
			set(commitKey(b.first, kindSealed), b.sealed),
			set(commitKey(b.first, kindHashes), b.hashes)); err != nil {
			return err
		}
	}
	if err := set(headKey(b.first, b.size), b.head); err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		return fmt.Errorf("badger: %w", err)
	}
	if err := s.syncNames(); err != nil {
		return err
	}
	return s.log.failed() // a failed sync of the value log is logged by Badger and not returned
}

// room fails with ErrNoSpace when the file system could not take a commit of n bytes.
func (s *store) room(n int) error {
	var st unix.Statfs_t
	if err := unix.Statfs(s.path, &st); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < s.reserve+uint64(n) {
		return fmt.Errorf("%w: %d MiB free, %d MiB kept in reserve", ErrNoSpace, free>>20, s.reserve>>20)
	}
	return nil
}

// view gives f the value of a key. The value is valid only inside f, which must not call view.
func (s *store) view(key []byte, f func(value []byte) error) (err error) {
	defer func() {
		if p := recover(); p != nil { // over a record with damaged lengths
			s.stuck.Store(s.mode == raw)
			err = fmt.Errorf("badger: %v", p)
		}
	}()
	s.users.RLock()
	defer s.users.RUnlock()
	if s.closed {
		return ErrClosed
	}
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return fmt.Errorf("%w: no value for key %x", ErrNotFound, key)
	}
	if err != nil {
		return fmt.Errorf("badger: %w", err)
	}
	var inner error
	read := func(v []byte) error {
		if len(v) == 0 { // no value of ours is empty; Badger logs what it cannot read and goes on with nothing
			s.stuck.Store(s.mode == raw)
			return fmt.Errorf("%w: its record cannot be read", errValue)
		}
		inner = f(v)
		s.shed(v)
		return nil
	}
	if err := item.Value(read); err != nil {
		return fmt.Errorf("badger: %w", err)
	}
	return inner
}

func (s *store) isClosed() bool {
	s.users.RLock()
	defer s.users.RUnlock()
	return s.closed
}

// keys calls f with every key in order.
func (s *store) keys(f func(key []byte) error) (err error) {
	defer func() {
		if p := recover(); p != nil { // Badger's iterators panic over a damaged table
			err = fmt.Errorf("badger: %v", p)
		}
	}()
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := f(it.Item().Key()); err != nil {
			return err
		}
	}
	return s.log.failed()
}

// badgerLog passes Badger's messages on and remembers the first error, since Badger reports some failures only here. What
// it says about reading one value is not remembered: that value's reader sees it.
type badgerLog struct {
	logger *slog.Logger
	first  atomic.Pointer[string]
}

func (l *badgerLog) failed() error {
	if m := l.first.Load(); m != nil {
		return fmt.Errorf("badger reported: %s", *m)
	}
	return nil
}

func (l *badgerLog) put(level slog.Level, format string, args []any) {
	if !l.logger.Enabled(context.Background(), level) {
		return
	}
	l.logger.Log(context.Background(), level, "badger", "message", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l *badgerLog) Errorf(format string, args ...any) {
	m := strings.TrimSpace(fmt.Sprintf(format, args...))
	if !strings.HasPrefix(m, "Unable to read: Key:") && !strings.HasPrefix(m, "Key: ") {
		l.first.CompareAndSwap(nil, &m)
	}
	l.put(slog.LevelError, format, args)
}
func (l *badgerLog) Warningf(format string, args ...any) { l.put(slog.LevelWarn, format, args) }

// Infof is Badger's running commentary; it is for debugging here.
func (l *badgerLog) Infof(format string, args ...any)  { l.put(slog.LevelDebug, format, args) }
func (l *badgerLog) Debugf(format string, args ...any) { l.put(slog.LevelDebug-4, format, args) }
