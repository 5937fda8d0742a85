package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// writeFile makes a file of a size in dir and has it filled through a mapping. It returns its temporary name, under
// which it is durable: whoever renames it and syncs the directory has all of it or none.
//
//	open name.tmp, fallocate, mmap, fill, munmap, fdatasync
//
// Without fallocate a full disk would be a SIGBUS in the middle of filling; so it is an error before it.
func writeFile(dir, name string, size int, sync bool, fill func([]byte) error) (path string, err error) {
	path = filepath.Join(dir, name+".tmp")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path)
			path = ""
		}
	}()
	if err := reserve(f, size); err != nil {
		return path, fmt.Errorf("allocate %d bytes for %s: %w", size, name, err)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return path, fmt.Errorf("map %s: %w", name, err)
	}
	err = fill(data)
	if err := errors.Join(err, unix.Munmap(data)); err != nil {
		return path, err
	}
	if sync {
		if err := syncData(f); err != nil {
			return path, fmt.Errorf("sync %s: %w", name, err)
		}
	}
	return path, nil
}

// writeZeros reserves room on a file system that has no other way.
func writeZeros(f *os.File, size int) error {
	zeros := make([]byte, min(size, 1<<20))
	for at := 0; at < size; at += len(zeros) {
		if _, err := f.WriteAt(zeros[:min(len(zeros), size-at)], int64(at)); err != nil {
			return err
		}
	}
	return nil
}

// publish gives a file that writeFile made its name.
func publish(path, final string, sync bool) error {
	if err := os.Rename(path, final); err != nil || !sync {
		return err
	}
	return syncDir(filepath.Dir(final))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
