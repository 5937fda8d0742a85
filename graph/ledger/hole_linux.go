package ledger

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// nextData returns where in a file, from a place on, something was ever written, size where nothing was: what lies between
// reads as zeros, and reading gigabytes of them takes seconds. Where the file system cannot tell it is the place itself.
func nextData(f *os.File, from, size int64) int64 {
	at, err := f.Seek(from, unix.SEEK_DATA)
	switch {
	case errors.Is(err, unix.ENXIO):
		return size
	case err != nil:
		return from
	}
	return at
}
