package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Subject is what a redaction is about: an identifier, pseudonyms, or both. Whoever has the identifier should give
// it: without it this vault's own pseudonym stays computable from the identifier, and other sealers' pseudonyms are
// only found if one of them is given.
type Subject struct {
	Kind       event.SubjectKind
	Source     string // ignored for images
	Identifier string // "" if not known
	Denotes    []event.Denotation
}

// Puncture destroys the keys of subjects, all of them or, if it fails, none: every sealed value about any of them is
// closed for good, their pseudonyms are refused from now on, and the identifier's next sighting gets a new one. With
// an identifier go all pseudonyms that were met for it, with another sealer's pseudonym the identifier it was met
// with. It returns the pseudonyms whose keys are gone by this call, so that none is missing in the log's REDACT.
//
// If the root key is in a file, the file is replaced too, and neither an older copy of the vault's directory opens
// with the new key nor the new state with an older key: a backup of the root key has to be renewed after it.
func (v *Vault) Puncture(subjects ...Subject) ([]event.Denotation, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken != nil {
		return nil, v.broken
	}
	t := &targets{v: v, points: map[point]bool{}}
	if err := v.store.View(func(txn *badger.Txn) error { return t.collect(txn, subjects) }); err != nil {
		return nil, err
	}
	points := make([]point, 0, len(t.points))
	for p := range t.points {
		points = append(points, p)
	}
	if len(points) == 0 {
		return nil, nil
	}
	seq := v.state.seq + 1
	next, stale, err := v.tree.puncture(points, seq, v.pages)
	if err == nil {
		err = v.pages.settle(seq)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("redact: %w", err), v.pages.discard(seq))
	}
	state := *v.state
	state.seq, state.root = seq, next.root
	root := v.rootKey
	if root.path != "" {
		if root, err = root.successor(); err != nil {
			return nil, errors.Join(err, v.pages.discard(seq))
		}
	}
	if err := v.replaceState(&state, root); err != nil {
		if v.broken == nil {
			err = errors.Join(err, v.pages.discard(seq), root.withdraw())
		}
		return nil, err
	}
	v.tree = next
	v.forgetKeys()
	v.pages.forget(stale)
	// Nothing opens these rows any more; removing them only saves space.
	b := v.store.NewWriteBatch()
	defer b.Cancel()
	for _, name := range t.rows {
		if err := b.Delete(name); err != nil {
			return t.gone, nil
		}
	}
	_ = b.Flush()
	return t.gone, nil
}

// Reach returns the pseudonyms whose keys [Vault.Puncture] of the same subjects would destroy now, and destroys nothing.
// None: they are gone already.
func (v *Vault) Reach(subjects ...Subject) ([]event.Denotation, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return nil, v.broken
	}
	t := &targets{v: v, points: map[point]bool{}}
	err := v.store.View(func(txn *badger.Txn) error { return t.collect(txn, subjects) })
	return t.gone, err
}

// Redactions returns how often an identifier was redacted: its pseudonym of today is of that generation.
func (v *Vault) Redactions(kind event.SubjectKind, source, identifier string) (int, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return 0, v.broken
	}
	tag := v.tag(kind, source, identifier)
	s, err := v.current(&tag)
	return int(s.generation), err
}

// RootFile returns the file that the root key is in, and is replaced in at each redaction; "" where it came from elsewhere.
func (v *Vault) RootFile() string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.rootKey.path
}

// replaceState puts state under root in the place of the vault's state, then root in the place of its root key. If it
// fails when it is no longer certain that the old state is there, the vault is broken.
func (v *Vault) replaceState(state *state, root RootKey) error {
	sealed, err := state.seal(&root, v.random)
	if err != nil {
		return err
	}
	replaced, err := replaceFile(filepath.Join(v.dir, stateFile), sealed)
	if err == nil && root.path != "" {
		err = root.succeed()
	}
	if replaced {
		v.state, v.rootKey = state, root
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("replace state of vault: %w", err)
	if replaced {
		v.broken = fmt.Errorf("%w: %w", ErrUncertain, err)
		v.forgetKeys()
	}
	return err
}

// Redacted reports whether a pseudonym's keys were destroyed. A vault restored from a backup answers false for what
// the log says is redacted: what the log has must then be punctured again.
func (v *Vault) Redacted(sealer string, p event.Pseudonym) (bool, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.broken != nil {
		return false, v.broken
	}
	d := v.denoted(sealer, p)
	_, _, err := v.tree.find(&d, v.pages)
	if errors.Is(err, errPunctured) {
		return true, nil
	}
	return false, err
}

// Rekey moves the vault under another root key that no vault has: from a file to the environment or back, or from
// one value in the environment to the next after a redaction. Where the old key stood in a file, the file stays; it
// opens copies of the vault's directory made before, and is to be destroyed.
func (v *Vault) Rekey(root RootKey) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken != nil {
		return v.broken
	}
	if root.key == (secret{}) {
		return ErrNoRoot
	}
	if err := root.bind(v.state.vault); err != nil {
		return err
	}
	sealed, err := v.state.seal(&root, v.random)
	if err != nil {
		return err
	}
	replaced, err := replaceFile(filepath.Join(v.dir, stateFile), sealed)
	if replaced {
		v.rootKey = root
	}
	if err != nil {
		err = fmt.Errorf("replace state of vault: %w", err)
		if replaced {
			v.broken = fmt.Errorf("%w: %w", ErrUncertain, err)
		}
	}
	return err
}

// targets is what a redaction has to destroy.
type targets struct {
	v      *Vault
	points map[point]bool
	gone   []event.Denotation
	rows   [][]byte
}

func (t *targets) collect(txn *badger.Txn, subjects []Subject) error {
	for i := range subjects {
		s := &subjects[i]
		if s.Identifier == "" && len(s.Denotes) == 0 {
			return errors.New("redact: neither an identifier nor a pseudonym is given")
		}
		if s.Identifier != "" {
			tag := t.v.tag(s.Kind, s.Source, s.Identifier)
			own, err := t.v.current(&tag)
			if err != nil {
				return err
			}
			if err := t.identifier(txn, &tag, own.generation); err != nil {
				return err
			}
		}
		for _, d := range s.Denotes {
			if err := t.denotation(txn, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// identifier takes one generation of an identifier, and all that denotes it.
func (t *targets) identifier(txn *badger.Txn, tag *secret, generation uint32) error {
	p := pointOf(tag, generation)
	if t.points[p] {
		return nil
	}
	key, err := t.v.tree.value(&p, t.v.pages)
	if errors.Is(err, errPunctured) {
		return nil
	}
	if err != nil {
		return err
	}
	t.points[p] = true
	known, err := denotations(txn, &key)
	if err != nil {
		return err
	}
	t.rows = append(t.rows, rowName(rowIdentifier, &key))
	sum := key.mac("pseudonym")
	known = append(known, event.Denotation{Sealer: t.v.id, Pseudonym: event.Pseudonym(sum[:16])})
	for _, d := range known {
		if err := t.denotation(txn, d); err != nil {
			return err
		}
	}
	return nil
}

// denotation takes a pseudonym, and the identifier that it was met with.
func (t *targets) denotation(txn *badger.Txn, d event.Denotation) error {
	p := t.v.denoted(d.Sealer, d.Pseudonym)
	if t.points[p] {
		return nil
	}
	key, err := t.v.tree.value(&p, t.v.pages)
	if errors.Is(err, errPunctured) {
		return nil
	}
	if err != nil {
		return err
	}
	t.points[p] = true
	t.gone = append(t.gone, d)
	row, err := read(txn, rowPseudonym, &key)
	if err != nil || row == nil {
		return err
	}
	t.rows = append(t.rows, rowName(rowPseudonym, &key))
	if len(row) != len(secret{})+4 {
		return fmt.Errorf("%w: look-up of pseudonym %s has %d bytes", ErrDamaged, d.Pseudonym, len(row))
	}
	tag := secret(row[:len(secret{})])
	return t.identifier(txn, &tag, binary.BigEndian.Uint32(row[len(tag):]))
}
