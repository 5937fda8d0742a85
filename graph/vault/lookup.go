package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/ristretto/v2/z"

	"github.com/lichtspur/lichtspur/graph/event"
)

// The look-up store holds which pseudonyms other sealers gave, and the entry ids that they gave (twin.go). Both sorts of
// row of the pseudonyms are found, and read, only with a
// value of the key tree, so that a redaction closes rows that the store still has somewhere:
//
//	'i' HMAC(key at identifier, "row")[:16] → AES-256-GCM(HMAC(key, "row content"), random nonce) of
//	        denotations: byte length, sealer, 16 bytes pseudonym; in order of meeting
//	'p' HMAC(key at (sealer, pseudonym), "row")[:16] → the same of
//	        32 bytes tag of the identifier, 4 bytes generation
//
// The store is not the truth: if it is lost, it can be filled again by opening the log.
const (
	rowIdentifier byte = 'i'
	rowPseudonym  byte = 'p'
)

// Sight is one occurrence of another sealer's pseudonym together with what it stands for.
type Sight struct {
	Kind       event.SubjectKind
	Source     string // of the event; ignored for images
	Pseudonym  event.Pseudonym
	Identifier string
}

// Met is what is known of a pseudonym that was met.
type Met struct {
	Kind  event.SubjectKind
	New   event.Denotation // the pseudonym met
	First bool             // it was not known before
	// Own is the pseudonym that this vault itself gives the identifier. Whether it was ever used, only the log knows.
	Own event.Denotation
	// Others are the pseudonyms of other sealers for the identifier, in order of meeting, without New. They may
	// include some whose entries never made it into the log.
	Others []event.Denotation
}

func openStore(dir string, key *secret) (*badger.DB, error) {
	db, err := badger.Open(storeOptions(dir, key))
	if err != nil && strings.Contains(err.Error(), z.NewFile.Error()) {
		// A process that died when Badger had made a log file, and not given it its length, left it empty. Badger gives it
		// its length and header now, and calls that an error; there was nothing in it.
		db, err = badger.Open(storeOptions(dir, key))
	}
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, badger.ErrEncryptionKeyMismatch):
		return nil, fmt.Errorf("%w: look-up store %s belongs to another vault", ErrDamaged, dir)
	case strings.Contains(err.Error(), "Cannot acquire directory lock"):
		return nil, fmt.Errorf("%w: %s: %w", ErrLocked, dir, err)
	}
	return nil, fmt.Errorf("open look-up store: %w", err)
}

func storeOptions(dir string, key *secret) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(nil).
		WithMetricsEnabled(false).
		WithSyncWrites(true).
		WithEncryptionKey(bytes.Clone(key[:])).
		WithIndexCacheSize(16 << 20).
		WithBlockCacheSize(16 << 20).
		WithMemTableSize(8 << 20).
		WithValueLogFileSize(32 << 20).
		WithNumMemtables(2).
		WithCompression(options.None). // ciphertexts
		WithNumCompactors(2).
		WithDetectConflicts(false) // one writer
}

func hasLookups(db *badger.DB) (found bool, err error) {
	err = db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.PrefetchValues = false
		o.Prefix = []byte{rowIdentifier}
		it := txn.NewIterator(o)
		defer it.Close()
		it.Rewind()
		found = it.Valid()
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("read look-up store: %w", err)
	}
	return found, nil
}

// HasForeign reports whether a pseudonym of another sealer was ever met.
func (v *Vault) HasForeign() bool { return v.foreign.Load() }

// Lookup returns all pseudonyms known for an identifier: this vault's own first, whether it was used or not, then
// those of other sealers in order of meeting.
func (v *Vault) Lookup(kind event.SubjectKind, source, identifier string) ([]event.Denotation, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	tag := v.tag(kind, source, identifier)
	s, err := v.current(&tag)
	if err != nil {
		return nil, err
	}
	out := []event.Denotation{{Sealer: v.id, Pseudonym: s.pseudonym}}
	if !v.foreign.Load() {
		return out, nil
	}
	err = v.store.View(func(txn *badger.Txn) error {
		known, err := denotations(txn, &s.key)
		out = append(out, known...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Meet is [Vault.MeetAll] of one pseudonym; it returns those of other sealers.
func (v *Vault) Meet(sealer string, kind event.SubjectKind, source string, p event.Pseudonym, identifier string) ([]event.Denotation, error) {
	met, err := v.MeetAll(sealer, []Sight{{kind, source, p, identifier}})
	if err != nil || len(met) == 0 {
		return nil, err
	}
	return met[0].Others, nil
}

// MeetAll checks that each pseudonym of another sealer stands for one identifier, records what is new in one durable
// write, and returns what is known of each pseudonym, once, in order of first occurrence. Pseudonyms of this vault's
// own are checked and not recorded nor returned. A [PseudonymError] refuses all: nothing is recorded.
//
// What is recorded here may not make it into the log, if the process dies before the commit. So whether a LINK is
// due is to be decided by whether the log has the pseudonym already, and not by First.
func (v *Vault) MeetAll(sealer string, sights []Sight) ([]Met, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	m := &meeting{v: v, sealer: sealer, place: make(map[event.Pseudonym]int, len(sights)), rows: map[secret][]event.Denotation{}}
	for i := range sights {
		if err := m.prepare(&sights[i]); err != nil {
			return nil, err
		}
	}
	if sealer == v.id || len(m.met) == 0 {
		return nil, nil
	}
	v.meeting.Lock()
	defer v.meeting.Unlock()
	if err := v.store.View(m.check); err != nil {
		return nil, err
	}
	if err := m.record(); err != nil {
		return nil, err
	}
	for i := range m.met {
		v.met.put(m.met[i].New, m.tags[i])
	}
	return m.met, nil
}

// Recognise checks those of some pseudonyms of another sealer that were met lately, from memory, and returns the rest
// in order, for [Vault.MeetAll]. It tells nothing of the pseudonyms that it recognises but that
// they stand for the same as before: whether a LINK is due for them has to be known already. A [PseudonymError] refuses all.
func (v *Vault) Recognise(sealer string, sights []Sight) (rest []Sight, err error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	for i := range sights {
		s := &sights[i]
		d := event.Denotation{Sealer: sealer, Pseudonym: s.Pseudonym}
		tag, ok := v.met.get(d)
		switch {
		case !ok:
			rest = append(rest, *s)
		case tag != v.tag(s.Kind, s.Source, s.Identifier):
			return nil, &PseudonymError{CodePseudonymReused, d}
		}
	}
	return rest, nil
}

// meeting is one MeetAll under way.
type meeting struct {
	v      *Vault
	sealer string
	place  map[event.Pseudonym]int // in the slices that follow
	met    []Met
	tags   []secret  // of the identifier
	own    []subject // what this vault makes of the identifier
	keys   []secret  // at (sealer, pseudonym)
	rows   map[secret][]event.Denotation
	change []secret // keys of rows that grew
}

func (m *meeting) prepare(s *Sight) error {
	if s.Pseudonym.IsZero() || s.Identifier == "" {
		return errors.New("a pseudonym that is met has to be given, and what it stands for")
	}
	tag := m.v.tag(s.Kind, s.Source, s.Identifier)
	d := event.Denotation{Sealer: m.sealer, Pseudonym: s.Pseudonym}
	if i, ok := m.place[s.Pseudonym]; ok {
		if m.tags[i] != tag {
			return &PseudonymError{CodePseudonymReused, d}
		}
		return nil
	}
	key, err := m.v.keyOf(m.sealer, s.Pseudonym, true)
	if errors.Is(err, errPunctured) {
		return &PseudonymError{CodePseudonymRedacted, d}
	} else if err != nil {
		return err
	}
	own, err := m.v.current(&tag)
	if err != nil {
		return err
	}
	if m.sealer == m.v.id && own.pseudonym != s.Pseudonym {
		return &PseudonymError{CodePseudonymReused, d}
	}
	m.place[s.Pseudonym] = len(m.met)
	m.met = append(m.met, Met{Kind: s.Kind, New: d, Own: event.Denotation{Sealer: m.v.id, Pseudonym: own.pseudonym}})
	m.tags, m.own, m.keys = append(m.tags, tag), append(m.own, own), append(m.keys, key)
	return nil
}

// check compares with what is known and finds what is new.
func (m *meeting) check(txn *badger.Txn) error {
	for i := range m.met {
		met, own := &m.met[i], &m.own[i]
		row, err := read(txn, rowPseudonym, &m.keys[i])
		if err != nil {
			return err
		}
		if row != nil {
			if len(row) != len(secret{})+4 {
				return fmt.Errorf("%w: look-up of pseudonym %s has %d bytes", ErrDamaged, met.New.Pseudonym, len(row))
			}
			if secret(row[:len(secret{})]) != m.tags[i] {
				return &PseudonymError{CodePseudonymReused, met.New}
			}
		}
		met.First = row == nil
		known, ok := m.rows[own.key]
		if !ok {
			if known, err = denotations(txn, &own.key); err != nil {
				return err
			}
		}
		listed := false
		for _, d := range known {
			if d == met.New {
				listed = true
			} else if d.Sealer != m.sealer {
				met.Others = append(met.Others, d)
			}
		}
		if !listed {
			known = append(known, met.New)
			m.change = append(m.change, own.key)
		}
		m.rows[own.key] = known
	}
	return nil
}

// record writes the rows of what is new: durable when it returns. A batch may be split by the store; each half is
// consistent, since a pseudonym's row and its identifier's row are checked each for itself.
func (m *meeting) record() error {
	b := m.v.store.NewWriteBatch()
	defer b.Cancel()
	wrote := false
	for i := range m.change {
		key := &m.change[i]
		known, ok := m.rows[*key]
		if !ok {
			continue // twice in the list
		}
		delete(m.rows, *key)
		var content []byte
		for _, d := range known {
			content = append(content, byte(len(d.Sealer)))
			content = append(content, d.Sealer...)
			content = append(content, d.Pseudonym[:]...)
		}
		if err := m.set(b, rowIdentifier, key, content); err != nil {
			return err
		}
		wrote = true
	}
	for i := range m.met {
		if !m.met[i].First {
			continue
		}
		content := binary.BigEndian.AppendUint32(bytes.Clone(m.tags[i][:]), m.own[i].generation)
		if err := m.set(b, rowPseudonym, &m.keys[i], content); err != nil {
			return err
		}
		wrote = true
	}
	if !wrote {
		return nil
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("record look-ups: %w", err)
	}
	m.v.foreign.Store(true)
	return nil
}

func (m *meeting) set(b *badger.WriteBatch, sort byte, key *secret, content []byte) error {
	k := key.mac("row content")
	out := make([]byte, 12, 12+len(content)+16)
	if _, err := io.ReadFull(m.v.random, out); err != nil {
		return fmt.Errorf("make nonce of look-up: %w", err)
	}
	name := rowName(sort, key)
	if err := b.Set(name, gcm(&k).Seal(out, out, content, name)); err != nil {
		return fmt.Errorf("record look-ups: %w", err)
	}
	return nil
}

func rowName(sort byte, key *secret) []byte {
	name := key.mac("row")
	return append([]byte{sort}, name[:16]...)
}

// read decrypts a row; nil if there is none.
func read(txn *badger.Txn, sort byte, key *secret) (content []byte, err error) {
	name := rowName(sort, key)
	item, err := txn.Get(name)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err == nil {
		err = item.Value(func(b []byte) error {
			if len(b) < 12 {
				return fmt.Errorf("%w: a look-up is cut short", ErrDamaged)
			}
			k := key.mac("row content")
			var err error
			if content, err = gcm(&k).Open([]byte{}, b[:12], b[12:], name); err != nil {
				return fmt.Errorf("%w: a look-up does not decrypt", ErrDamaged)
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read look-up: %w", err)
	}
	return content, nil
}

// denotations reads the pseudonyms in an identifier's row.
func denotations(txn *badger.Txn, key *secret) (out []event.Denotation, err error) {
	b, err := read(txn, rowIdentifier, key)
	if err != nil {
		return nil, err
	}
	for len(b) > 0 {
		n := 1 + int(b[0])
		if len(b) < n+16 {
			return nil, fmt.Errorf("%w: a look-up is cut short", ErrDamaged)
		}
		out = append(out, event.Denotation{Sealer: string(b[1:n]), Pseudonym: event.Pseudonym(b[n:])})
		b = b[n+16:]
	}
	return out, nil
}
