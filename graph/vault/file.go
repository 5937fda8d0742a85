package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeSynced writes a file of mode 0600 and waits until its content is on disk. extra is O_EXCL or O_TRUNC.
func writeSynced(path string, data []byte, extra int) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|extra, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes names made, replaced or removed in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// replaceFile puts data in the place of the file at path, all of it or nothing:
//
//	open old; write path.tmp; fsync; rename path.tmp → path; fsync directory; overwrite old; fsync
//
// A crash before the rename leaves the old file (and a path.tmp that the next call overwrites), one after it the new
// file. replaced tells which, if it returns an error. The last step overwrites the blocks of the old file through
// the descriptor kept from the first.
//
// BUG: file systems that write elsewhere (btrfs, ZFS, journaled data, flash below any of them) keep old blocks
// for some time whatever is written to the file; see the package comment.
func replaceFile(path string, data []byte) (replaced bool, err error) {
	old, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if old != nil {
		defer old.Close()
	}
	next := path + ".tmp"
	if err := writeSynced(next, data, os.O_TRUNC); err != nil {
		return false, err
	}
	return swap(old, next, path)
}

// swap renames next to path and overwrites the file that was there, which the caller holds open as old or nil.
func swap(old *os.File, next, path string) (replaced bool, err error) {
	if err := os.Rename(next, path); err != nil {
		return false, err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return true, fmt.Errorf("sync directory of %s: %w", path, err)
	}
	if old == nil {
		return true, nil
	}
	if err := overwrite(old); err != nil {
		return true, fmt.Errorf("overwrite old content of %s: %w", path, err)
	}
	return true, nil
}

func overwrite(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return f.Sync()
}
