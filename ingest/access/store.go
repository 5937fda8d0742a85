package access

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sys/unix"
)

// file is the form on disk.
type file struct {
	Version int     `json:"v"`
	Tokens  []Token `json:"tokens"`
}

// Store is a file of tokens. Its methods may be called by several goroutines, and the file changed by several
// processes, at the same time.
type Store struct {
	path string

	mu     sync.RWMutex
	seen   fs.FileInfo      // of the file that tokens were read from; nil: there was none
	list   []Token          // in the order of the file, which is the order of making
	tokens map[string]Token // by hash
}

// Open returns the store kept in the file at path. A missing file is a store without tokens; it is made by the
// first [Store.Create].
func Open(path string) (*Store, error) {
	s := &Store{path: path}
	if err := s.refresh(); err != nil {
		return nil, err
	}
	return s, nil
}

// Create makes a token that is valid for lifetime from now on, keeps its hash and returns the secret. The secret
// is not kept and cannot be shown again.
func (s *Store) Create(now time.Time, random io.Reader, name string, scope Scope, lifetime time.Duration) (secret string, t Token, err error) {
	if err := scope.Check(); err != nil {
		return "", Token{}, err
	}
	if lifetime < time.Second || lifetime > MaxLifetime {
		return "", Token{}, fmt.Errorf("a token lives between a second and %d days, not %s", int(MaxLifetime.Hours()/24), lifetime)
	}
	secret, t, err = mint(random)
	if err != nil {
		return "", Token{}, err
	}
	t.Name, t.Scope = name, scope
	t.Created = now.UTC().Truncate(time.Second)
	t.Expires = t.Created.Add(lifetime)
	err = s.change(func(f *file) error {
		f.Tokens = append(f.Tokens, t)
		return nil
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// Revoke marks the token of the given id as revoked. One that was revoked before keeps its first time. The error
// is [ErrNoToken] if there is none.
func (s *Store) Revoke(now time.Time, id string) (Token, error) {
	var revoked Token
	err := s.change(func(f *file) error {
		i := slices.IndexFunc(f.Tokens, func(t Token) bool { return t.ID == id })
		if i < 0 {
			return fmt.Errorf("%q: %w", id, ErrNoToken)
		}
		if f.Tokens[i].Revoked.IsZero() {
			f.Tokens[i].Revoked = now.UTC().Truncate(time.Second)
		}
		revoked = f.Tokens[i]
		return nil
	})
	return revoked, err
}

// List returns all tokens, revoked and expired ones too, in the order in which they were made.
func (s *Store) List() ([]Token, error) {
	if err := s.refresh(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.list), nil
}

// Authenticate returns what the holder of secret may do at the time now: [ErrUnknown], [ErrExpired] or
// [ErrRevoked] if nothing. Another error means that the file cannot be read, which is nobody's fault but ours.
//
// The hash is looked up in a map. How long that takes tells something about hashes only, and nothing about the
// 256 random bits that they are of.
func (s *Store) Authenticate(now time.Time, secret string) (Grant, error) {
	if !wellFormed(secret) {
		return Grant{}, ErrUnknown
	}
	if err := s.refresh(); err != nil {
		return Grant{}, err
	}
	s.mu.RLock()
	t, ok := s.tokens[digest(secret)]
	s.mu.RUnlock()
	if !ok {
		return Grant{}, ErrUnknown
	}
	switch t.State(now) {
	case StateRevoked:
		return Grant{}, ErrRevoked
	case StateExpired:
		return Grant{}, ErrExpired
	}
	return Grant{Token: t.ID, Scope: t.Scope}, nil
}

// refresh reads the file again if it is another one than was read last. The file is only ever replaced, so a new
// content is a new inode; size and time are looked at as well because inodes are used again.
func (s *Store) refresh() error {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = nil, nil
	}
	if err != nil {
		return fmt.Errorf("file of tokens: %w", err)
	}
	s.mu.RLock()
	same := s.tokens != nil && sameFile(s.seen, info)
	s.mu.RUnlock()
	if same {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, info, err := read(s.path)
	if err != nil {
		return err
	}
	s.set(f, info)
	return nil
}

func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (s *Store) set(f file, info fs.FileInfo) {
	s.seen, s.list, s.tokens = info, f.Tokens, make(map[string]Token, len(f.Tokens))
	for _, t := range f.Tokens {
		s.tokens[t.Hash] = t
	}
}

// change applies edit to what the file holds now and replaces the file, alone among all processes.
func (s *Store) change(edit func(*file) error) error {
	lock, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock of the file of tokens: %w", err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock of the file of tokens: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := read(s.path)
	if err != nil {
		return err
	}
	if err := edit(&f); err != nil {
		return err
	}
	info, err := replace(s.path, f)
	if err != nil {
		return fmt.Errorf("file of tokens: %w", err)
	}
	s.set(f, info)
	return nil
}

// read reads the file at path. A missing one is empty and has no info.
func read(path string) (f file, info fs.FileInfo, err error) {
	r, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return file{Version: 1}, nil, nil
	}
	if err != nil {
		return file{}, nil, fmt.Errorf("file of tokens: %w", err)
	}
	defer r.Close()
	if info, err = r.Stat(); err != nil {
		return file{}, nil, fmt.Errorf("file of tokens: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return file{}, nil, fmt.Errorf("file of tokens %s has mode %04o: others could read it; it must be 0600", path, info.Mode().Perm())
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return file{}, nil, fmt.Errorf("file of tokens: %w", err)
	}
	if f, err = parse(data); err != nil {
		return file{}, nil, fmt.Errorf("file of tokens %s: %w", path, err)
	}
	return f, info, nil
}

// parse reads the content of a file of tokens, strictly.
func parse(data []byte) (file, error) {
	var f file
	if err := json.Unmarshal(data, &f, json.RejectUnknownMembers(true)); err != nil {
		return file{}, err
	}
	if f.Version != 1 {
		return file{}, fmt.Errorf("its version is %d, this program knows version 1", f.Version)
	}
	for i, t := range f.Tokens {
		if len(t.Hash) != 64 || len(t.ID) != 12 || t.Hash[:12] != t.ID {
			return file{}, fmt.Errorf("token %d: id and hash do not belong together", i)
		}
		if err := t.Scope.Check(); err != nil {
			return file{}, fmt.Errorf("token %s: %w", t.ID, err)
		}
		if t.Expires.IsZero() {
			return file{}, fmt.Errorf("token %s does not expire", t.ID)
		}
	}
	return f, nil
}

// replace puts f in the place of the file at path: written beside it, synced, renamed, the directory synced. A
// crash leaves the old file or the new one.
func replace(path string, f file) (fs.FileInfo, error) {
	data, err := json.Marshal(f, jsontext.WithIndent("  "))
	if err != nil {
		return nil, err
	}
	w, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(w.Name()) // fails after the rename, as it should
	defer w.Close()
	if _, err := w.Write(append(data, '\n')); err != nil {
		return nil, err
	}
	if err := w.Sync(); err != nil {
		return nil, err
	}
	info, err := w.Stat()
	if err != nil {
		return nil, err
	}
	if err := os.Rename(w.Name(), path); err != nil {
		return nil, err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return info, dir.Sync()
}
