package ledger

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What is read of the log stays mapped, and the kernel takes it from a process only when memory is short: a node that
// has been asked about all of a large log would have all of it resident, and look as if it needed that. So where a
// process has much of files resident, pages are given back after they were read. They stay in the page cache.

const (
	// residentLimit is how much of files a process may have resident before it gives some back.
	residentLimit = 768 << 20
	// residentCheck is how much is read between two looks at that.
	residentCheck = 16 << 20
	// mappedLeast is how long a value is at least that is worth it.
	mappedLeast = 16 << 10
)

// shed is called with each value that was read, while it is mapped.
func (s *store) shed(v []byte) {
	if s.seen.Add(int64(len(v))) >= residentCheck {
		s.seen.Store(0)
		s.much.Store(residentFiles() > residentLimit)
	}
	if s.much.Load() && len(v) >= mappedLeast {
		s.giveBack(v)
	}
}

// giveBack unmaps the pages from a value to the end of its file, which Badger's slice of it reaches to. The mapping is a
// shared one of the file, so nothing is lost, dirty or not; other readers fault the pages in again. Badger hands out
// the mapping itself, never a copy (v4.9, value.go), and whether that is still so is looked up once: memory that is not
// a mapping would be zeroed.
func (s *store) giveBack(v []byte) {
	s.mappedOnce.Do(func() { s.mapped = mapsFile(v, ".vlog") })
	if !s.mapped {
		return
	}
	page := os.Getpagesize()
	v = v[:cap(v)]
	skip := (page - int(uintptr(unsafe.Pointer(unsafe.SliceData(v)))%uintptr(page))) % page
	if skip >= len(v) {
		return
	}
	v = v[skip:]
	_ = unix.Madvise(v[:len(v)-len(v)%page], unix.MADV_DONTNEED) // where it fails the pages stay, as they would
}

// residentFiles returns how many bytes of files the process has resident, 0 where that cannot be found out.
func residentFiles() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[2]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// mapsFile reports whether all of v, to the end of its capacity, is mapped from one file with this suffix, shared.
func mapsFile(v []byte, suffix string) bool {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return false
	}
	defer f.Close()
	from := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(v))))
	to := from + uint64(cap(v))
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text()) // begin-end perms offset device inode path
		if len(fields) < 6 || !strings.HasSuffix(fields[5], suffix) || !strings.HasSuffix(fields[1], "s") {
			continue
		}
		begin, end, _ := strings.Cut(fields[0], "-")
		b, err1 := strconv.ParseUint(begin, 16, 64)
		e, err2 := strconv.ParseUint(end, 16, 64)
		if err1 == nil && err2 == nil && b <= from && to <= e {
			return true
		}
	}
	return false
}
