package ingest

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Quarantine keeps what parsed and came from an authenticated source but cannot be recorded, so that nothing is lost
// while somebody mends it, and what a stream held that could not even be read, since its sender keeps nothing (package
// collector). An event in quarantine is not in the log, and its id stays free.
//
// It is a directory of one file per group of refused events, each a nonce and an AES-256-GCM ciphertext of a JSON
// document ([sheet]), named by the time it was kept and 8 random bytes. An item's id is the file's name without its
// ending, a dot and its place in it. Files are written beside, synced and renamed.
type Quarantine struct {
	dir       string
	box       cipher.AEAD
	clock     func() time.Time
	quota     int64         // bytes of all files
	retention time.Duration // files older than this are removed

	mu   sync.Mutex // guards the directory within this process
	used int64      // bytes of all files
}

// The defaults of a quarantine.
const (
	DefaultQuota     = 256 << 20
	DefaultRetention = 90 * 24 * time.Hour
)

// ErrQuota says that the quarantine is full; what was refused is answered with its faults and not kept.
var ErrQuota = errors.New("the quarantine is full: mend or remove items, or give it a larger quota")

// ErrNoItem says that there is no item of the given id.
var ErrNoItem = errors.New("no item of that id in quarantine")

// ErrDamaged says that a file of the quarantine does not open.
var ErrDamaged = errors.New("the quarantine is damaged")

// Item is one event in quarantine.
type Item struct {
	Quarantine string         `json:"quarantine,omitzero"` // its id there
	Source     string         `json:"source,omitzero"`
	Kept       time.Time      `json:"kept,omitzero"`
	Line       int64          `json:"line,omitzero"`
	ID         string         `json:"id,omitzero"`
	Faults     event.Faults   `json:"faults"`
	Event      jsontext.Value `json:"event"`
}

// sheet is the content of one file. A removed item stays as null, so that the ids of the others hold.
type sheet struct {
	Source string    `json:"source"`
	Kept   time.Time `json:"kept"`
	Items  []*Item   `json:"items"`
}

const sheetEnding = ".sealed"

// OpenQuarantine opens, or makes, the quarantine in a directory. Zero quota and retention mean the defaults.
func OpenQuarantine(dir string, box cipher.AEAD, clock func() time.Time, quota int64, retention time.Duration) (*Quarantine, error) {
	if quota <= 0 {
		quota = DefaultQuota
	}
	if retention <= 0 {
		retention = DefaultRetention
	}
	if clock == nil {
		clock = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make quarantine: %w", err)
	}
	if err := removeUnfinished(dir); err != nil {
		return nil, err
	}
	q := &Quarantine{dir: dir, box: box, clock: clock, quota: quota, retention: retention}
	names, err := q.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		q.used += info.Size()
	}
	return q, q.Expire()
}

// unfinished is how files are named while they are written.
const unfinished = ".new-"

// removeUnfinished removes what a crash left of files that were being written.
func removeUnfinished(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, unfinished+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("tidy quarantine: %w", err)
		}
	}
	return nil
}

// names lists the files, oldest first.
func (q *Quarantine) names() ([]string, error) {
	entries, err := os.ReadDir(q.dir)
	if err != nil {
		return nil, fmt.Errorf("read quarantine: %w", err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), sheetEnding) {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

// Keep keeps refused events of a source and returns their ids, in order. It keeps all or none ([ErrQuota]).
func (q *Quarantine) Keep(source string, items []Item) ([]string, error) {
	now := q.clock().UTC()
	var salt [8]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return nil, err
	}
	name := now.Format("20060102T150405.000000000Z") + "-" + hex.EncodeToString(salt[:])
	s := sheet{Source: source, Kept: now, Items: make([]*Item, len(items))}
	ids := make([]string, len(items))
	for i := range items {
		s.Items[i] = &items[i]
		ids[i] = name + "." + strconv.Itoa(i)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.expire(); err != nil {
		return nil, err
	}
	if err := q.write(name+sheetEnding, &s); err != nil {
		return nil, err
	}
	return ids, nil
}

// write seals and replaces one file. It runs under q.mu.
func (q *Quarantine) write(name string, s *sheet) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return err
	}
	nonce := make([]byte, q.box.NonceSize(), q.box.NonceSize()+len(plain)+q.box.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	sealed := q.box.Seal(nonce, nonce, plain, []byte(name))
	path := filepath.Join(q.dir, name)
	var before int64
	if info, err := os.Stat(path); err == nil {
		before = info.Size()
	}
	// What shrinks is always written, even over a quota that was made smaller.
	if grows := int64(len(sealed)) - before; grows > 0 && q.used+grows > q.quota {
		return ErrQuota
	}
	if err := replaceFile(path, sealed); err != nil {
		return fmt.Errorf("keep in quarantine: %w", err)
	}
	q.used += int64(len(sealed)) - before
	return nil
}

// replaceFile writes beside, syncs, renames and syncs the directory, so that a crash leaves the old file or the new.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (q *Quarantine) read(name string) (*sheet, error) {
	sealed, err := os.ReadFile(filepath.Join(q.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoItem
	}
	if err != nil {
		return nil, err
	}
	n := q.box.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("%w: %s is cut short", ErrDamaged, name)
	}
	plain, err := q.box.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%w: %s was altered, renamed, or sealed under another root key", ErrDamaged, name)
	}
	s := new(sheet)
	if err := json.Unmarshal(plain, s); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	return s, nil
}

// Items lists what is kept, oldest first; of one source, or of all where source is empty.
func (q *Quarantine) Items(source string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		q.mu.Lock()
		err := q.expire()
		var names []string
		if err == nil {
			names, err = q.names()
		}
		q.mu.Unlock()
		if err != nil {
			yield(Item{}, err)
			return
		}
		for _, name := range names {
			q.mu.Lock()
			s, err := q.read(name)
			q.mu.Unlock()
			if errors.Is(err, ErrNoItem) {
				continue // removed meanwhile
			}
			if err != nil {
				if !yield(Item{}, err) {
					return
				}
				continue
			}
			if source != "" && s.Source != source {
				continue
			}
			for i, it := range s.Items {
				if it == nil {
					continue
				}
				it.Quarantine, it.Source, it.Kept = strings.TrimSuffix(name, sheetEnding)+"."+strconv.Itoa(i), s.Source, s.Kept
				if !yield(*it, nil) {
					return
				}
			}
		}
	}
}

// place splits an item's id.
func place(id string) (string, int, error) {
	dot := strings.LastIndexByte(id, '.')
	if dot < 0 || strings.ContainsAny(id, "/\\") {
		return "", 0, ErrNoItem
	}
	n, err := strconv.Atoi(id[dot+1:])
	if err != nil || n < 0 {
		return "", 0, ErrNoItem
	}
	return id[:dot] + sheetEnding, n, nil
}

// Item returns one item.
func (q *Quarantine) Item(id string) (Item, error) {
	name, n, err := place(id)
	if err != nil {
		return Item{}, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.expire(); err != nil {
		return Item{}, err
	}
	s, err := q.read(name)
	if err != nil {
		return Item{}, err
	}
	if n >= len(s.Items) || s.Items[n] == nil {
		return Item{}, ErrNoItem
	}
	it := *s.Items[n]
	it.Quarantine, it.Source, it.Kept = id, s.Source, s.Kept
	return it, nil
}

// Remove takes an item out: it was mended and recorded, or is not wanted.
func (q *Quarantine) Remove(id string) error {
	name, n, err := place(id)
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	s, err := q.read(name)
	if err != nil {
		return err
	}
	if n >= len(s.Items) || s.Items[n] == nil {
		return ErrNoItem
	}
	s.Items[n] = nil
	if slices.ContainsFunc(s.Items, func(it *Item) bool { return it != nil }) {
		return q.write(name, s)
	}
	return q.drop(name)
}

func (q *Quarantine) drop(name string) error {
	path := filepath.Join(q.dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove from quarantine: %w", err)
	}
	q.used -= info.Size()
	return nil
}

// Expire removes what is older than the retention allows.
func (q *Quarantine) Expire() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.expire()
}

func (q *Quarantine) expire() error {
	names, err := q.names()
	if err != nil {
		return err
	}
	limit := q.clock().UTC().Add(-q.retention).Format("20060102T150405.000000000Z")
	for _, name := range names {
		if name >= limit {
			break
		}
		if err := q.drop(name); err != nil {
			return err
		}
	}
	return nil
}

// Used returns the bytes of all files, and the quota.
func (q *Quarantine) Used() (used, quota int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.used, q.quota
}

// Mend hands an item's event in again, in a mended text or as it is where text is nil, and removes it from quarantine
// once it is recorded. A text that still has faults leaves the item as it was.
func (in *Intake) Mend(ctx context.Context, id string, text []byte) (*ReceiptLine, error) {
	it, err := in.Quarantine.Item(id)
	if err != nil {
		return nil, err
	}
	if text == nil {
		text = it.Event
	}
	e, err := event.Parse(text)
	if err != nil {
		return nil, err
	}
	receipts, _, err := in.Graph.Record(ctx, it.Source, e)
	if err != nil {
		return nil, err
	}
	line := receiptLine(0, receipts[0])
	if len(line.Faults) > 0 {
		return line, nil
	}
	if err := in.Quarantine.Remove(id); err != nil && !errors.Is(err, ErrNoItem) { // somebody else mended it, too
		return line, err
	}
	return line, nil
}
