package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// mark is the last acknowledged tree size and root, in two slots that are written in turn, so that one of them is whole
// at any moment. It is written before a commit is acknowledged and not synced: it has to outlive the process, the head
// file outlives the machine.
type mark struct {
	f   *os.File
	seq uint64
}

const (
	markSlotLen = 8 + 8 + 8 + tlog.HashSize + 4 // magic, sequence, size, root, CRC-32C
	markStride  = 512                           // a slot a disk sector
)

var markMagic = [8]byte{'l', 's', 'm', 'a', 'r', 'k', 0, 1}

var errMark = errors.New("no slot of the mark is readable")

// openMark opens the mark for writing behind the newest of its slots. A new mark has no slots.
func openMark(path string) (*mark, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger mark: %w", err)
	}
	m := &mark{f: f}
	if _, seq, err := readMarkFrom(f); err == nil {
		m.seq = seq
	}
	return m, nil
}

func (m *mark) write(size uint64, root tlog.Hash) error {
	m.seq++
	b := make([]byte, 0, markSlotLen)
	b = append(b, markMagic[:]...)
	b = binary.BigEndian.AppendUint64(b, m.seq)
	b = binary.BigEndian.AppendUint64(b, size)
	b = append(b, root[:]...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := m.f.WriteAt(b, int64(m.seq%2)*markStride); err != nil {
		return fmt.Errorf("ledger mark: %w", err)
	}
	return nil
}

// close syncs and closes the mark.
func (m *mark) close() error {
	err := m.f.Sync()
	if cerr := m.f.Close(); err == nil {
		err = cerr
	}
	return err
}

// readMark reads the newest slot. It fails with fs.ErrNotExist or errMark.
func readMark(path string) (kept, error) {
	f, err := os.Open(path)
	if err != nil {
		return kept{}, fmt.Errorf("ledger mark: %w", err)
	}
	defer f.Close()
	k, _, err := readMarkFrom(f)
	return k, err
}

func readMarkFrom(r io.ReaderAt) (k kept, seq uint64, err error) {
	found := false
	for slot := int64(0); slot < 2; slot++ {
		b := make([]byte, markSlotLen)
		if _, err := r.ReadAt(b, slot*markStride); err != nil && err != io.EOF {
			return kept{}, 0, fmt.Errorf("ledger mark: %w", err)
		}
		s, size, root, ok := parseMarkSlot(b)
		if ok && (!found || s > seq) {
			found, seq, k = true, s, kept{size, root, "the mark"}
		}
	}
	if !found {
		return kept{}, 0, errMark
	}
	return k, seq, nil
}

func parseMarkSlot(b []byte) (seq, size uint64, root tlog.Hash, ok bool) {
	if len(b) != markSlotLen || [8]byte(b) != markMagic {
		return
	}
	if crc32.Checksum(b[:markSlotLen-4], castagnoli) != binary.BigEndian.Uint32(b[markSlotLen-4:]) {
		return
	}
	return binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), tlog.Hash(b[24 : 24+tlog.HashSize]), true
}
