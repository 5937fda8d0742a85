package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
)

// Badger's value logs (.vlog) and write-ahead logs (.mem) have one format (badger v4, memtable.go and structs.go):
//
//	file    keyID:8 | iv:12 | record…            then zeros, or the end
//	record  meta:1 | userMeta:1 | klen:uvarint | vlen:uvarint | expiresAt:uvarint | key | value | crc:4
//
// crc is CRC-32C of the record before it; a key ends with eight bytes of version. The ledger reads these files itself
// where it must not let Badger change them.
const logHeader = 20

// scanLog calls f with every whole record from the start of a log file's bytes, and returns the offset behind the last
// one. clean says that only zeros follow, so that no record was torn or damaged.
func scanLog(b []byte, f func(offset int, key, value []byte)) (end int, clean bool) {
	end = scanRecords(b, f)
	return end, allZero(b[end:])
}

// scanRecords is scanLog of the records alone.
func scanRecords(b []byte, f func(offset int, key, value []byte)) (end int) {
	if len(b) < logHeader {
		return 0
	}
	end = logHeader
	for {
		key, value, n := parseRecord(b[end:])
		if n == 0 {
			return end
		}
		if f != nil {
			f(end, key, value)
		}
		end += n
	}
}

// parseRecord reads one record; n is 0 unless it is whole.
func parseRecord(b []byte) (key, value []byte, n int) {
	const mostKey = 1 << 16
	if len(b) < 2 {
		return nil, nil, 0
	}
	at := 2
	var lens [3]uint64
	for i := range lens {
		v, w := binary.Uvarint(b[at:min(len(b), at+binary.MaxVarintLen64)])
		if w <= 0 {
			return nil, nil, 0
		}
		lens[i], at = v, at+w
	}
	if lens[0] == 0 || lens[0] > mostKey || lens[1] > uint64(len(b)) {
		return nil, nil, 0
	}
	k, v := int(lens[0]), int(lens[1])
	if at+k+v+4 > len(b) {
		return nil, nil, 0
	}
	sumAt := at + k + v
	if crc32.Checksum(b[:sumAt], castagnoli) != binary.BigEndian.Uint32(b[sumAt:]) {
		return nil, nil, 0
	}
	return b[at : at+k], b[at+k : sumAt], sumAt + 4
}

// userKey cuts the version off a record's key. Badger's own records (the end of a transaction) have another form and give
// an error in parseKey.
func userKey(key []byte) []byte {
	if len(key) < 8 {
		return nil
	}
	return key[:len(key)-8]
}

// withLog maps a log file read-only for f. An empty file, which cannot be mapped, has no bytes.
func withLog(path string, f func(b []byte) error) error {
	if fi, err := os.Stat(path); err == nil && fi.Size() == 0 {
		return f(nil)
	}
	m, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer m.Close(-1)
	return f(m.Data)
}

// isLog says whether a file is a value log or a write-ahead log.
func isLog(name string) bool {
	return strings.HasSuffix(name, ".vlog") || strings.HasSuffix(name, ".mem")
}

// firstBadRecord names the first log file in dir with something behind its last whole record, for a message.
func firstBadRecord(dir string) (file string, offset int64) {
	names, err := dbFiles(dir)
	if err != nil {
		return "", 0
	}
	for _, n := range names {
		if !isLog(n) {
			continue
		}
		bad := false
		_ = withLog(filepath.Join(dir, n), func(b []byte) error {
			end, clean := scanLog(b, nil)
			bad, offset = !clean, int64(end)
			return nil
		})
		if bad {
			return shortName(dir, n), offset
		}
	}
	return "", 0
}

// cutTears cuts the logs that Badger is about to replay behind their last whole record, as Badger would: it first allocates
// whatever length a torn record claims, up to 4 GiB. One that is empty, since the process died when Badger had made it and
// not given it its length, gets the length of a header: over an empty one Badger fails. Only for files that are set aside.
func cutTears(dir string) error {
	names, err := dbFiles(dir)
	if err != nil {
		return err
	}
	last := lastValueLog(names)
	for _, n := range names {
		if n != last && !strings.HasSuffix(n, ".mem") {
			continue
		}
		path := filepath.Join(dir, n)
		fi, err := os.Stat(path)
		if err == nil && fi.Size() == 0 {
			err = os.Truncate(path, logHeader)
		}
		if err != nil {
			return err
		}
		if fi.Size() < logHeader {
			continue
		}
		var end int
		if err := withLog(path, func(b []byte) error { end = scanRecords(b, nil); return nil }); err != nil {
			return err
		}
		clean, err := zerosFrom(path, int64(end))
		if err != nil {
			return err
		}
		if !clean {
			if err := os.Truncate(path, int64(end)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTables reads the manifest and every block of every table as Badger would, before Badger does: it drops a table
// with a bad checksum, removes tables that a damaged manifest does not name, and ends the process over others.
func checkTables(dir string) error {
	path := filepath.Join(dir, badger.ManifestFilename)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Damage{What: DamagedFile, File: shortName(dir, badger.ManifestFilename), Err: errors.New("it is not there")}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	m, _, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		return &Damage{What: DamagedFile, File: shortName(dir, badger.ManifestFilename), Err: err}
	}
	names, err := dbFiles(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if !strings.HasSuffix(n, ".sst") {
			continue
		}
		if err := checkTable(filepath.Join(dir, n)); err != nil {
			id, ok := table.ParseFileID(n)
			if _, used := m.Tables[id]; ok && !used {
				continue // a table being written when the process died; its write-ahead log is still there
			}
			return &Damage{What: DamagedFile, File: shortName(dir, n), Err: err}
		}
	}
	return nil
}

func checkTable(path string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("badger: %v", p)
		}
	}()
	m, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t, err := table.OpenTable(m, table.Options{ReadOnly: true, ChkMode: options.OnTableAndBlockRead, BlockSize: 4096, Compression: options.None})
	if err != nil {
		return err
	}
	return t.Close(-1)
}
