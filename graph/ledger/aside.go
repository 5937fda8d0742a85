package ledger

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// asideDir is where the files of an unclean stop are set aside. It has its name only while it is complete:
//
//	copy or link db/* to aside.tmp/, fsync each copy, rename(aside.tmp, aside), fsync
//	… Badger opens db/ and may cut files off …
//	good: rename(aside, aside.tmp), remove it
//	bad:  put aside/* back, rename(aside, damaged-N)
//
// If the process dies in between, the next open finds aside/ and puts it back first. Nothing is accepted while it is
// there, so nothing can be lost by that.
func (p shardPaths) aside() string    { return filepath.Join(p.dir, "aside") }
func (p shardPaths) asideTmp() string { return filepath.Join(p.dir, "aside.tmp") }

// copied says whether a file must be copied, not linked: Badger writes some files in place, and it empties a file before it
// removes it, under all its names. Only a value log file that has records and is not the last one is left alone.
func copied(dir, name, lastLog string) bool {
	if !strings.HasSuffix(name, ".vlog") || name == lastLog {
		return true
	}
	fi, err := os.Stat(filepath.Join(dir, name))
	return err != nil || fi.Size() <= logHeader
}

// setAside fills aside/ from db/.
func setAside(p shardPaths) error {
	tmp := p.asideTmp()
	if err := os.RemoveAll(tmp); err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	names, err := dbFiles(p.db)
	if err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	last := lastValueLog(names)
	for _, n := range names {
		from, to := filepath.Join(p.db, n), filepath.Join(tmp, n)
		if copied(p.db, n, last) || os.Link(from, to) != nil { // file systems without hard links
			if err := copyFile(from, to, true); err != nil {
				return fmt.Errorf("set aside: %w", err)
			}
		}
	}
	if err := errors.Join(syncDir(tmp), os.Rename(tmp, p.aside()), syncDir(p.dir)); err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	return nil
}

// putBack makes db/ what it was when aside/ was filled. It may be repeated.
func putBack(p shardPaths) error {
	kept, err := dbFiles(p.aside())
	if err != nil {
		return fmt.Errorf("put back: %w", err)
	}
	there, err := os.ReadDir(p.db)
	if err != nil {
		return fmt.Errorf("put back: %w", err)
	}
	keep := make(map[string]bool, len(kept))
	for _, n := range kept {
		keep[n] = true
	}
	for _, e := range there {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(p.db, e.Name())); err != nil {
				return fmt.Errorf("put back: %w", err)
			}
		}
	}
	last := lastValueLog(kept)
	for _, n := range kept {
		from, to := filepath.Join(p.aside(), n), filepath.Join(p.db, n)
		a, err := os.Stat(from)
		if err != nil {
			return fmt.Errorf("put back: %w", err)
		}
		if b, err := os.Stat(to); err == nil && os.SameFile(a, b) {
			continue
		}
		tmp := filepath.Join(p.dir, "put-back.tmp")
		if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put back: %w", err)
		}
		if copied(p.aside(), n, last) || os.Link(from, tmp) != nil {
			if err := copyFile(from, tmp, true); err != nil {
				return fmt.Errorf("put back: %w", err)
			}
		}
		if err := os.Rename(tmp, to); err != nil {
			return fmt.Errorf("put back: %w", err)
		}
	}
	if err := errors.Join(syncDir(p.db), syncDir(p.dir)); err != nil {
		return fmt.Errorf("put back: %w", err)
	}
	return nil
}

// dropAside removes aside/. It loses its name first, so that half of it is never put back.
func dropAside(p shardPaths) error {
	err := os.RemoveAll(p.asideTmp())
	if err == nil {
		err = os.Rename(p.aside(), p.asideTmp())
	}
	if err == nil {
		err = errors.Join(syncDir(p.dir), os.RemoveAll(p.asideTmp()))
	}
	if err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	return nil
}

// keepDamaged renames aside/ to damaged-N and returns its path. When the newest damaged-N holds the same files already,
// as after a second try, aside/ is dropped.
func keepDamaged(p shardPaths) (string, error) {
	n := 1
	for ; ; n++ {
		if _, err := os.Stat(p.damaged(n)); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", fmt.Errorf("set aside: %w", err)
		}
	}
	if n > 1 {
		same, err := sameFiles(p.aside(), p.damaged(n-1))
		if err != nil {
			return "", fmt.Errorf("set aside: %w", err)
		}
		if same {
			return p.damaged(n - 1), dropAside(p)
		}
	}
	if err := errors.Join(os.Rename(p.aside(), p.damaged(n)), syncDir(p.dir)); err != nil {
		return "", fmt.Errorf("set aside: %w", err)
	}
	return p.damaged(n), nil
}

func (p shardPaths) damaged(n int) string { return filepath.Join(p.dir, fmt.Sprintf("damaged-%d", n)) }

// sameFiles reports whether two directories hold the same files: names, lengths, and bytes of those that are not one
// file.
func sameFiles(a, b string) (bool, error) {
	as, err := dbFiles(a)
	if err != nil {
		return false, err
	}
	bs, err := dbFiles(b)
	if err != nil || len(as) != len(bs) {
		return false, err
	}
	for i, n := range as {
		if bs[i] != n {
			return false, nil
		}
		x, err := os.Stat(filepath.Join(a, n))
		if err != nil {
			return false, err
		}
		y, err := os.Stat(filepath.Join(b, n))
		if err != nil {
			return false, err
		}
		if os.SameFile(x, y) {
			continue
		}
		if x.Size() != y.Size() {
			return false, nil
		}
		_, s, err := sumFile(filepath.Join(a, n))
		if err != nil {
			return false, err
		}
		_, t, err := sumFile(filepath.Join(b, n))
		if err != nil || s != t {
			return false, err
		}
	}
	return true, nil
}

// copyFile copies a file, leaving holes where it is zero: Badger's logs are preallocated, mostly empty.
func copyFile(from, to string, sync bool) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
	}()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	err = written(in, 0, size, func(at int64, b []byte) error {
		_, err := out.WriteAt(b, at)
		return err
	})
	if err != nil {
		return err
	}
	if err := out.Truncate(size); err != nil {
		return err
	}
	if sync {
		return out.Sync()
	}
	return nil
}

// zerosFrom reports whether a file has only zeros from a place on.
func zerosFrom(path string, from int64) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	found := errors.New("something is written there")
	err = written(f, from, info.Size(), func(int64, []byte) error { return found })
	if err == found {
		return false, nil
	}
	return err == nil, err
}

// written gives f the stretches of a file that are not all zeros.
func written(in *os.File, from, size int64, f func(at int64, b []byte) error) error {
	buf := make([]byte, 64<<10)
	for at := nextData(in, from, size); at < size; at = nextData(in, at, size) {
		n, err := in.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		if n == 0 {
			return fmt.Errorf("%s: %w", filepath.Base(in.Name()), cmp.Or(err, io.ErrUnexpectedEOF))
		}
		if !allZero(buf[:n]) {
			if err := f(at, buf[:n]); err != nil {
				return err
			}
		}
		at += int64(n)
	}
	return nil
}

// allZero compares bytes with those behind them, which is done many at a time.
func allZero(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}
