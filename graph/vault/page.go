package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A page is a file of its own, pages/SEQ/ID, under a key of its own that stands in the page above it and for the
// topmost in the state file. A page is never changed: a puncture writes the pages on its path anew, under new keys,
// and replaces the state file last, whereupon nothing leads to the old ones. Their content, before encryption:
//
//	byte   1 branch, 2 chain
//	byte   level of the node
//	branch: 16 slots, each a byte (0 dead, 1 live, 2 page), then 32 bytes of key unless dead,
//	        then for a page 8 bytes of number, big-endian
//	chain:  24-level bytes of path, one digit each, then as many times 15 keys of 32 bytes
const (
	pageBranch = 1
	pageChain  = 2
)

func (pg *page) encode() []byte {
	if pg.branch == nil {
		out := append([]byte{pageChain, byte(pg.level)}, pg.path...)
		for i := range pg.siblings {
			for j := range pg.siblings[i] {
				out = append(out, pg.siblings[i][j][:]...)
			}
		}
		return out
	}
	out := []byte{pageBranch, byte(pg.level)}
	for i := range pg.branch {
		out = pg.branch[i].append(out)
	}
	return out
}

func (s *slot) append(out []byte) []byte {
	out = append(out, byte(s.kind))
	if s.kind != slotDead {
		out = append(out, s.key[:]...)
	}
	if s.kind == slotPage {
		out = binary.BigEndian.AppendUint64(out, s.seq)
	}
	return out
}

func parseSlot(b []byte) (s slot, rest []byte, err error) {
	if len(b) < 1 {
		return s, nil, io.ErrUnexpectedEOF
	}
	s.kind, b = slotKind(b[0]), b[1:]
	if s.kind > slotPage {
		return s, nil, fmt.Errorf("slot of kind %d", s.kind)
	}
	if s.kind != slotDead {
		if len(b) < len(s.key) {
			return s, nil, io.ErrUnexpectedEOF
		}
		b = b[copy(s.key[:], b):]
	}
	if s.kind == slotPage {
		if len(b) < 8 {
			return s, nil, io.ErrUnexpectedEOF
		}
		s.seq, b = binary.BigEndian.Uint64(b), b[8:]
	}
	return s, b, nil
}

// parsePage reads a page's content; the page must be of the given level.
func parsePage(b []byte, level int) (*page, error) {
	if len(b) < 2 {
		return nil, io.ErrUnexpectedEOF
	}
	if int(b[1]) != level || level >= levels {
		return nil, fmt.Errorf("page of level %d, want %d", b[1], level)
	}
	pg := &page{level: level}
	kind, b := b[0], b[2:]
	switch kind {
	case pageBranch:
		pg.branch = new([arity]slot)
		for i := range pg.branch {
			var err error
			if pg.branch[i], b, err = parseSlot(b); err != nil {
				return nil, fmt.Errorf("slot %d: %w", i, err)
			}
			leaf, kind := level == levels-1, pg.branch[i].kind
			if kind == slotDead && !leaf || kind == slotPage && leaf {
				return nil, fmt.Errorf("slot %d: kind %d cannot stand on level %d", i, kind, level+1)
			}
		}
		if len(b) != 0 {
			return nil, fmt.Errorf("%d bytes too many", len(b))
		}
	case pageChain:
		n := levels - level
		if len(b) != n*(1+(arity-1)*len(secret{})) {
			return nil, fmt.Errorf("a chain of %d levels in %d bytes", n, len(b))
		}
		pg.path, b = b[:n:n], b[n:]
		for _, d := range pg.path {
			if d >= arity {
				return nil, fmt.Errorf("digit %d", d)
			}
		}
		pg.siblings = make([]sideKeys, n)
		for i := range pg.siblings {
			for j := range pg.siblings[i] {
				b = b[copy(pg.siblings[i][j][:], b):]
			}
		}
	default:
		return nil, fmt.Errorf("page of kind %d", kind)
	}
	return pg, nil
}

// pageFiles keeps pages as files under dir.
type pageFiles struct {
	dir    string
	vault  [16]byte // id of the vault, bound into each page
	random io.Reader
	cache  *cache[secret, *page]
}

// pageCache is how many pages are kept in memory. Branches are the hot ones, 0.9 kB each; a chain takes 11 kB at most.
const pageCache = 4096

func newPageFiles(dir string, vault [16]byte, random io.Reader) *pageFiles {
	return &pageFiles{dir: dir, vault: vault, random: random, cache: newCache[secret, *page](pageCache)}
}

func (f *pageFiles) path(key *secret, seq uint64) string {
	id := key.mac("page name")
	return filepath.Join(f.folder(seq), hex.EncodeToString(id[:12]))
}

func (f *pageFiles) folder(seq uint64) string { return filepath.Join(f.dir, fmt.Sprintf("%012d", seq)) }

// seal gives the cipher of a page and what is authenticated with it. Each page has a key of its own, so the nonce is zero.
func (f *pageFiles) seal(key *secret, seq uint64) (cipher.AEAD, []byte, []byte) {
	k := key.mac("page content")
	aad := append([]byte("lichtspur-vault-page-1\n"), f.vault[:]...)
	return gcm(&k), make([]byte, 12), binary.BigEndian.AppendUint64(aad, seq)
}

func (f *pageFiles) load(s slot, level int) (*page, error) {
	if pg, ok := f.cache.get(s.key); ok {
		return pg, nil
	}
	path := f.path(&s.key, s.seq)
	sealed, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("page of the key tree is missing, values under it stay closed until it is restored from a backup: %w", err)
	}
	aead, nonce, aad := f.seal(&s.key, s.seq)
	plain, err := aead.Open(nil, nonce, sealed, aad)
	if err != nil {
		return nil, fmt.Errorf("%w: page of the key tree %s does not decrypt; restore it from a backup", ErrDamaged, path)
	}
	pg, err := parsePage(plain, level)
	if err != nil {
		return nil, fmt.Errorf("%w: page of the key tree %s: %w", ErrDamaged, path, err)
	}
	f.cache.put(s.key, pg)
	return pg, nil
}

func (f *pageFiles) write(pg *page, seq uint64) (slot, error) {
	s := slot{kind: slotPage, seq: seq}
	if _, err := io.ReadFull(f.random, s.key[:]); err != nil {
		return slot{}, fmt.Errorf("make page key: %w", err)
	}
	if err := os.MkdirAll(f.folder(seq), 0o700); err != nil {
		return slot{}, fmt.Errorf("make folder of pages: %w", err)
	}
	aead, nonce, aad := f.seal(&s.key, seq)
	if err := writeSynced(f.path(&s.key, seq), aead.Seal(nil, nonce, pg.encode(), aad), os.O_EXCL); err != nil {
		return slot{}, fmt.Errorf("write page of the key tree: %w", err)
	}
	return s, nil
}

// settle makes the folder of pages of one puncture durable.
func (f *pageFiles) settle(seq uint64) error {
	if err := syncDir(f.folder(seq)); err != nil {
		return err
	}
	return syncDir(f.dir)
}

// forget removes pages that nothing leads to any more. Nothing depends on it but the space they take.
func (f *pageFiles) forget(stale []slot) {
	for i := range stale {
		path := f.path(&stale[i].key, stale[i].seq)
		if os.Remove(path) == nil {
			_ = os.Remove(filepath.Dir(path)) // if it was the last
		}
	}
}

// discard removes what a puncture that was never finished has written.
func (f *pageFiles) discard(seq uint64) error { return os.RemoveAll(f.folder(seq)) }

// gcm is AES-256-GCM (NIST SP 800-38D) under k.
func gcm(k *secret) cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}
