//go:build !linux

package ledger

import "os"

// nextData takes all of a file for written.
func nextData(_ *os.File, from, _ int64) int64 { return from }
