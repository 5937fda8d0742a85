//go:build !linux

package index

import "os"

// reserve gives a file its size and the disk's room for it.
func reserve(f *os.File, size int) error { return writeZeros(f, size) }

func syncData(f *os.File) error { return f.Sync() }
