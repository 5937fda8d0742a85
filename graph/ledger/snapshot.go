package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// snapshot is a directory in which Badger can be opened for reading without a byte of the ledger being written, after
// whatever stop: tables and value logs are symbolic links, the small files copies, and the copies of write-ahead logs end
// where their last whole transaction does (with anything behind it Badger's read-only mode refuses). The shared lock
// is held as long as the snapshot is, so that no writer changes what the links point to.
type snapshot struct {
	dir    string
	source string // the directory of files that it shows: db/, or aside/ if an open died in the middle
	lock   *os.File
}

func takeSnapshot(dir string) (*snapshot, error) {
	lf, err := lock(dir, false)
	if err != nil {
		return nil, err
	}
	p := pathsOf(dir, firstShard)
	s := &snapshot{source: p.db, lock: lf}
	if _, err := os.Stat(p.aside()); err == nil {
		s.source = p.aside()
	}
	if s.source, err = filepath.Abs(s.source); err == nil {
		s.dir, err = os.MkdirTemp("", "lichtspur-ledger-")
	}
	if err != nil {
		lf.Close()
		return nil, fmt.Errorf("ledger snapshot: %w", err)
	}
	if err := s.fill(); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger snapshot: %w", err), s.remove())
	}
	return s, nil
}

func (s *snapshot) fill() error {
	names, err := dbFiles(s.source)
	if err != nil {
		return err
	}
	for _, n := range names {
		from, to := filepath.Join(s.source, n), filepath.Join(s.dir, n)
		switch {
		case strings.HasSuffix(n, ".mem"):
			err = copyTransactions(from, to)
		case strings.HasSuffix(n, ".vlog"):
			if fi, serr := os.Stat(from); serr != nil || fi.Size() > 0 {
				err = errors.Join(serr, os.Symlink(from, to))
			}
		case strings.HasSuffix(n, ".sst"):
			err = os.Symlink(from, to)
		case n == badger.ManifestFilename || n == badger.KeyRegistryFileName:
			err = copyFile(from, to, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyTransactions copies a write-ahead log up to its last whole transaction. One without any is left out.
func copyTransactions(from, to string) error {
	const bitTxn, bitFinTxn = 1 << 6, 1 << 7 // badger v4, value.go
	if fi, err := os.Stat(from); err != nil || fi.Size() < logHeader {
		return err
	}
	return withLog(from, func(b []byte) error {
		end := 0
		scanLog(b, func(offset int, _, _ []byte) {
			if meta := b[offset]; meta&bitFinTxn != 0 || meta&bitTxn == 0 {
				_, _, n := parseRecord(b[offset:])
				end = offset + n
			}
		})
		if end == 0 {
			return nil
		}
		return os.WriteFile(to, b[:end], 0o600)
	})
}

func (s *snapshot) remove() error { return errors.Join(os.RemoveAll(s.dir), s.lock.Close()) }

// OpenReadOnly opens the ledger for reading. It writes nothing to dir, works after a killed stop, and checks the right edge
// and the kept heads as Open does. While a reader is open Open fails with ErrLocked, and the other way round; readers do
// not disturb each other.
func OpenReadOnly(dir string, o Options) (*Ledger, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := readFormat(dir, o.Origin); err != nil {
		return nil, err
	}
	snap, err := takeSnapshot(dir)
	if err != nil {
		return nil, err
	}
	l := &Ledger{opts: o, discard: snap.remove}
	if err := l.openSnapshot(snap, pathsOf(dir, firstShard)); err != nil {
		if l.store != nil {
			err = errors.Join(asDamage(err), l.store.close())
		}
		return nil, errors.Join(asDamage(err), snap.remove())
	}
	return l, nil
}

func (l *Ledger) openSnapshot(snap *snapshot, p shardPaths) error {
	if _, _, damages, err := checkSeal(p, false); err != nil {
		return err
	} else if len(damages) > 0 {
		return damages[0]
	}
	if err := checkTables(snap.source); err != nil {
		return err
	}
	s, err := openStore(snap.dir, reading, l.opts)
	if err != nil {
		return err
	}
	l.store, l.origin, l.verifier = s, l.opts.Origin, l.opts.Verifier
	l.tiles.limit, l.values.limit = l.opts.CacheBytes, valuesShare*l.opts.CacheBytes
	if err := l.load(); err != nil {
		return err
	}
	if err := l.checkNewest(); err != nil {
		return err
	}
	keeps, err := readKept(p, l.opts, l.opts.Logger.Warn)
	if err != nil {
		return err
	}
	if d := l.checkKept(keeps); d != nil {
		return d
	}
	return nil
}
