package index

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve gives a file its size and the disk's room for it.
func reserve(f *os.File, size int) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size))
	if errors.Is(err, unix.EOPNOTSUPP) {
		return writeZeros(f, size)
	}
	return err
}

func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
