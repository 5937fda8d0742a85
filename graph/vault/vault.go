package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Files and folders of a vault's directory.
const (
	stateFile  = "state"
	pageFolder = "pages"
	storeDir   = "lookup"
)

// hotSubjects is how many subjects' keys are kept in memory of either family, and how many pseudonyms of other sealers,
// about 120 bytes each.
const hotSubjects = 1 << 16

// Vault is an open vault. Its methods may be called from any goroutine.
type Vault struct {
	dir    string
	id     string
	random io.Reader

	mu       sync.RWMutex // held for writing by what changes the state only
	state    *state
	rootKey  RootKey
	broken   error // set when it is uncertain what is on disk
	tree     tree
	pages    *pageFiles
	points   *keyed // under state.lookup
	entries  *keyed // under state.entries
	subjects *cache[[16]byte, subject]
	keys     *cache[point, secret]
	met      *cache[event.Denotation, secret] // tags of what pseudonyms of other sealers stand for, as the store has them

	meeting sync.Mutex // one writer to the store; taken inside mu
	store   *badger.DB
	foreign atomic.Bool // the store holds a look-up
}

// Create makes a vault in dir, new or empty, under a root key that no other vault has. id is the sealer's: the
// slug of the source whose vault it is, or "log" for the node's.
func Create(dir string, root RootKey, id string) error { return create(dir, root, id, rand.Reader) }

func create(dir string, root RootKey, id string, random io.Reader) error {
	if id == "" || len(id) > 64 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return fmt.Errorf("sealer id %q: a slug of up to 64 lower-case letters, digits, dots and hyphens is wanted", id)
	}
	if root.key == (secret{}) {
		return ErrNoRoot
	}
	path := filepath.Join(dir, stateFile)
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%w in %s", ErrExists, dir)
	}
	if err := root.free(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, pageFolder), 0o700); err != nil {
		return fmt.Errorf("make vault directory: %w", err)
	}
	s := &state{sealer: id}
	for _, b := range [][]byte{s.vault[:], s.lookup[:], s.entries[:], s.store[:], s.boxes[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return fmt.Errorf("make keys of vault: %w", err)
		}
	}
	t, err := newTree(random)
	if err != nil {
		return err
	}
	s.root = t.root
	sealed, err := s.seal(&root, random)
	if err != nil {
		return err
	}
	if _, err := replaceFile(path, sealed); err != nil {
		return fmt.Errorf("write state of vault: %w", err)
	}
	return root.bind(s.vault)
}

// Open opens a vault: ErrNotVault, ErrRootKey, ErrDamaged, ErrLocked. If a redaction was cut short it is finished or
// undone, whichever its state file says.
func Open(dir string, root RootKey) (*Vault, error) { return open(dir, root, rand.Reader) }

func open(dir string, root RootKey, random io.Reader) (_ *Vault, err error) {
	if root.key == (secret{}) {
		return nil, ErrNoRoot
	}
	// The store's lock keeps other processes out, but its key is in the state. So the state is read twice: before,
	// for that key, which never changes, and then for good.
	path := filepath.Join(dir, stateFile)
	s, _, err := findState(path, root)
	if err != nil {
		return nil, err
	}
	store, err := openStore(filepath.Join(dir, storeDir), &s.store)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.Close())
		}
	}()
	s, found, err := findState(path, root)
	if err != nil {
		return nil, err
	}
	if root, err = settleRoot(root, found); err != nil {
		return nil, err
	}
	if err := root.bind(s.vault); err != nil {
		return nil, err
	}
	v := newVault(dir, s, root, random)
	v.store = store
	if err := v.pages.discard(s.seq + 1); err != nil {
		return nil, fmt.Errorf("remove pages of a redaction that was cut short: %w", err)
	}
	known, err := hasLookups(v.store)
	if err != nil {
		return nil, err
	}
	v.foreign.Store(known)
	return v, nil
}

// newVault is a vault as its state says, without the look-up store.
func newVault(dir string, s *state, root RootKey, random io.Reader) *Vault {
	return &Vault{
		dir: dir, id: s.sealer, random: random,
		state: s, rootKey: root, tree: tree{s.root},
		pages:  newPageFiles(filepath.Join(dir, pageFolder), s.vault, random),
		points: newKeyed(s.lookup), entries: newKeyed(s.entries),
		subjects: newCache[[16]byte, subject](hotSubjects),
		keys:     newCache[point, secret](hotSubjects),
		met:      newCache[event.Denotation, secret](hotSubjects),
	}
}

// Close closes the vault and overwrites the keys that it holds in memory.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.store == nil {
		return nil
	}
	err := v.store.Close()
	v.store = nil
	v.forgetKeys()
	v.broken = errors.New("vault is closed")
	if err != nil {
		return fmt.Errorf("close look-up store: %w", err)
	}
	return nil
}

func (v *Vault) forgetKeys() {
	v.subjects.purge()
	v.keys.purge()
	v.met.purge()
	v.pages.cache.purge()
}

// Box gives a cipher for files and tokens that are not the log's: quarantine, cursors. Each context has a key of its
// own, which no redaction changes. The cipher is AES-256-GCM with a random nonce that it puts before the ciphertext
// itself: pass a nil nonce. One context is good for 2³² messages.
func (v *Vault) Box(context string) (cipher.AEAD, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	k := newKeyed(v.state.boxes).sum(0, context)
	return randomNonce(&k)
}

// ID is the sealer's id, given when the vault was made.
func (v *Vault) ID() string { return v.id }
