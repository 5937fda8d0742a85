package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sealedFile is one line of a seal.
type sealedFile struct {
	name string // in db/, or "../mark"
	size int64
	sum  uint32 // CRC-32C of the whole file
}

const (
	sealTitle   = "lichtspur ledger seal 1\n"
	markInSeal  = "../mark"
	badgersLock = "LOCK" // Badger writes its pid there, and removes it when it closes
)

// dbFiles lists Badger's files in order of name.
func dbFiles(dir string) ([]string, error) {
	es, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range es {
		if e.Name() != badgersLock && !strings.HasPrefix(e.Name(), "REWRITE-") && e.Name() != "MANIFEST-REWRITE" {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// lastValueLog is the only value log file that Badger replays: the one with the highest number.
func lastValueLog(names []string) (last string) {
	for _, n := range names {
		if strings.HasSuffix(n, ".vlog") && (len(n) > len(last) || len(n) == len(last) && n > last) {
			last = n
		}
	}
	return last
}

func sumFile(path string) (size int64, sum uint32, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	h := crc32.New(castagnoli)
	size, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	return size, h.Sum32(), err
}

// writeSeal lists all files of a closed store. Sums of value log files that before has already, with the same length, are
// taken from there: such a file is never written again.
func writeSeal(p shardPaths, before []sealedFile) error {
	names, err := dbFiles(p.db)
	if err != nil {
		return fmt.Errorf("ledger seal: %w", err)
	}
	known := make(map[string]sealedFile, len(before))
	for _, f := range before {
		if strings.HasSuffix(f.name, ".vlog") {
			known[f.name] = f
		}
	}
	var files []sealedFile
	for _, name := range append(names, markInSeal) {
		path := filepath.Join(p.db, name)
		f, ok := known[name]
		if fi, err := os.Stat(path); err != nil || !ok || fi.Size() != f.size {
			f.name = name
			if f.size, f.sum, err = sumFile(path); err != nil {
				return fmt.Errorf("ledger seal: %w", err)
			}
		}
		files = append(files, f)
	}
	if err := replaceFile(p.seal, formatSeal(files)); err != nil {
		return fmt.Errorf("ledger seal: %w", err)
	}
	return nil
}

func formatSeal(files []sealedFile) []byte {
	var b bytes.Buffer
	b.WriteString(sealTitle)
	for _, f := range files {
		fmt.Fprintf(&b, "%08x %d %s\n", f.sum, f.size, f.name)
	}
	fmt.Fprintf(&b, "%08x\n", crc32.Checksum(b.Bytes(), castagnoli))
	return b.Bytes()
}

func parseSeal(b []byte) ([]sealedFile, error) {
	bad := errors.New("malformed seal")
	if len(b) < len(sealTitle)+9 || !bytes.HasPrefix(b, []byte(sealTitle)) {
		return nil, bad
	}
	body := b[:len(b)-9]
	if string(b[len(b)-9:]) != fmt.Sprintf("%08x\n", crc32.Checksum(body, castagnoli)) {
		return nil, bad
	}
	var files []sealedFile
	for line := range strings.Lines(string(body[len(sealTitle):])) {
		var f sealedFile
		if n, err := fmt.Sscanf(line, "%08x %d %s\n", &f.sum, &f.size, &f.name); n != 3 || err != nil {
			return nil, bad
		}
		files = append(files, f)
	}
	return files, nil
}

// checkSeal compares the files with the seal. ok is false when there is none. Without all, closed value logs are compared by
// length only: nothing replays them, and their records are checked when they are read.
func checkSeal(p shardPaths, all bool) (files []sealedFile, ok bool, damages []*Damage, err error) {
	b, err := os.ReadFile(p.seal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil, nil
	}
	if err != nil {
		return nil, false, nil, fmt.Errorf("ledger seal: %w", err)
	}
	if files, err = parseSeal(b); err != nil {
		return nil, true, []*Damage{{What: DamagedFile, File: p.seal, Err: err}}, nil
	}
	names, err := dbFiles(p.db)
	if err != nil {
		return nil, true, nil, fmt.Errorf("ledger seal: %w", err)
	}
	there := make(map[string]bool, len(names)+1)
	for _, n := range append(names, markInSeal) {
		there[n] = true
	}
	last := lastValueLog(names)
	for _, f := range files {
		path := filepath.Join(p.db, f.name)
		if !there[f.name] {
			damages = append(damages, &Damage{What: DamagedFile, File: path, Err: errors.New("the seal lists it, it is not there")})
			continue
		}
		delete(there, f.name)
		fi, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			damages = append(damages, &Damage{What: DamagedFile, File: path, Err: errors.New("the seal lists it, it is not there")})
			continue
		}
		if err != nil {
			return nil, true, nil, fmt.Errorf("ledger seal: %w", err)
		}
		if fi.Size() != f.size {
			damages = append(damages, &Damage{What: DamagedFile, File: path, Err: fmt.Errorf("it has %d bytes, the seal says %d", fi.Size(), f.size)})
			continue
		}
		if !all && strings.HasSuffix(f.name, ".vlog") && f.name != last {
			continue
		}
		_, sum, err := sumFile(path)
		if err != nil {
			damages = append(damages, &Damage{What: DamagedFile, File: path, Err: err})
			continue
		}
		if sum != f.sum {
			damages = append(damages, &Damage{What: DamagedFile, File: path, Err: errors.New("its checksum is not the one that the last clean stop sealed")})
		}
	}
	for n := range there {
		damages = append(damages, &Damage{What: DamagedFile, File: filepath.Join(p.db, n), Err: errors.New("the seal does not list it")})
	}
	return files, true, damages, nil
}
