package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"golang.org/x/sys/unix"
)

const (
	valueLogSize = 64 << 20 // a value log file is closed after the commit that takes it beyond this; its file is twice that
	memTableSize = 8 << 20
	// spaceReserve is what must be free before a commit. Badger writes through memory maps of sparse files, where a full
	// disk is not an error but a SIGBUS.
	spaceReserve = 256 << 20
)

// store is Badger with the settings of a ledger.
type store struct {
	db   *badger.DB
	log  *badgerLog
	path string
}

func badgerOptions(path string, readOnly bool, log *badgerLog) badger.Options {
	return badger.DefaultOptions(path).
		WithReadOnly(readOnly).
		WithSyncWrites(true).
		WithDetectConflicts(false). // one writer
		WithNumVersionsToKeep(1).
		WithValueThreshold(1). // every value goes to the value log, once; tables hold pointers only
		WithValueLogFileSize(valueLogSize).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithChecksumVerificationMode(options.OnTableAndBlockRead).
		WithVerifyValueChecksum(false). // the tree covers values, and a commit's whole value must not be summed to read one leaf
		WithBlockCacheSize(8 << 20).
		WithIndexCacheSize(8 << 20).
		WithMetricsEnabled(false).
		WithLogger(log)
}

// openStore opens Badger. A panic of Badger's over a damaged file is an error here.
func openStore(path string, readOnly bool, logger *slog.Logger) (s *store, err error) {
	log := &badgerLog{logger: logger}
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("badger: %v", p)
		}
	}()
	db, err := badger.Open(badgerOptions(path, readOnly, log))
	if err != nil {
		return nil, fmt.Errorf("badger: %w", err)
	}
	s = &store{db, log, path}
	if err := log.failed(); err != nil { // it drops a table with a bad checksum and opens
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *store) close() (err error) {
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
	return s.log.failed() // a failed sync of the value log is logged by Badger and not returned
}

// room fails with ErrNoSpace when the file system could not take a commit of n bytes.
func (s *store) room(n int) error {
	var st unix.Statfs_t
	if err := unix.Statfs(s.path, &st); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < spaceReserve+uint64(n) {
		return fmt.Errorf("%w: %d MiB free, %d MiB kept in reserve", ErrNoSpace, free>>20, spaceReserve>>20)
	}
	return nil
}

// view gives f the value of a key. The value is valid only inside f.
func (s *store) view(key []byte, f func(value []byte) error) error {
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
	if err := item.Value(func(v []byte) error { inner = f(v); return nil }); err != nil {
		return fmt.Errorf("badger: %w", err)
	}
	return inner
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

// badgerLog passes Badger's messages on and remembers the first error, since Badger reports some failures only here.
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
	l.first.CompareAndSwap(nil, &m)
	l.put(slog.LevelError, format, args)
}
func (l *badgerLog) Warningf(format string, args ...any) { l.put(slog.LevelWarn, format, args) }

// Infof is Badger's running commentary; it is for debugging here.
func (l *badgerLog) Infof(format string, args ...any)  { l.put(slog.LevelDebug, format, args) }
func (l *badgerLog) Debugf(format string, args ...any) { l.put(slog.LevelDebug-4, format, args) }
