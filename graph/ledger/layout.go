package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/sys/unix"
)

const (
	formatVersion = 1
	formatFile    = "ledger.json"
	lockFile      = "lock"
	firstShard    = "0001"
)

// format is the content of ledger.json.
type format struct {
	Format int      `json:"format"`
	Origin string   `json:"origin"`
	Shards []string `json:"shards"` // directories under shards/, oldest first; the last one is written to
}

// shardPaths are the places of one shard.
type shardPaths struct {
	dir  string
	db   string
	mark string
	seal string
}

func pathsOf(dir, shard string) shardPaths {
	d := filepath.Join(dir, "shards", shard)
	return shardPaths{d, filepath.Join(d, "db"), filepath.Join(d, "mark"), filepath.Join(d, "seal")}
}

// readFormat reads ledger.json and holds it to what this version can do and to the origin the caller expects. Where it is
// not there beside the shards of a ledger, cannot be read, or names another log than the keys, that is damage.
func readFormat(dir, origin string) (format, error) {
	var f format
	path := filepath.Join(dir, formatFile)
	damaged := func(err error) error { return &Damage{What: DamagedFile, File: path, Err: err} }
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err := fmt.Errorf("%w: %s has no %s", ErrNotLedger, dir, formatFile)
		if _, there := os.Stat(filepath.Join(dir, "shards")); there == nil {
			return f, damaged(err)
		}
		return f, err
	}
	if err != nil {
		return f, fmt.Errorf("ledger format: %w", err)
	}
	if err := json.Unmarshal(b, &f, json.RejectUnknownMembers(true)); err != nil {
		return f, damaged(fmt.Errorf("%w: %w", ErrNotLedger, err))
	}
	if f.Format != formatVersion || len(f.Shards) != 1 || f.Shards[0] != firstShard {
		return f, fmt.Errorf("%w: %s has format %d and shards %q, this version reads format %d with one shard",
			ErrNotLedger, dir, f.Format, f.Shards, formatVersion)
	}
	if f.Origin != origin {
		return f, damaged(fmt.Errorf("%w: %s is the log %q, not %q", ErrNotLedger, dir, f.Origin, origin))
	}
	return f, nil
}

func writeFormat(dir string, f format) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, formatFile), append(b, '\n'))
}

// lock takes the ledger's lock, exclusive to write, shared to copy files out of it. It is the kernel's (flock), so it ends
// with the process.
func lock(dir string, exclusive bool) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil && !exclusive {
		f, err = os.Open(path) // a medium that cannot be written has no writer either
	}
	if err != nil {
		return nil, fmt.Errorf("ledger lock: %w", err)
	}
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); err != nil {
		who := make([]byte, 32)
		n, _ := f.ReadAt(who, 0)
		f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("ledger lock: %w", err)
		}
		by := "another process"
		if pid, err := strconv.Atoi(strings.TrimSpace(string(who[:n]))); err == nil {
			by = "process " + strconv.Itoa(pid)
		}
		return nil, fmt.Errorf("%w: %s is held by %s; ask the running server instead, or stop it first", ErrLocked, dir, by)
	}
	if exclusive {
		err := f.Truncate(0)
		if err == nil {
			_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("ledger lock: %w", err)
		}
	}
	return f, nil
}

// replaceFile puts data at path so that after a crash the old or the new file is there, whole:
//
//	open(path.tmp, O_CREAT|O_TRUNC) write fsync close rename(path.tmp, path) fsync(directory)
func replaceFile(path string, data []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// removeFile removes path for good. A file that is not there is no error.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
