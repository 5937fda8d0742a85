package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// The access ledger is a log of its own beside the log: the same code, its own origin and checkpoints, and as entries
// events that say who read what. It is sealed by the node's vault and signed with the log's key, under its own name.

// accessSuffix makes the origin of the access ledger out of that of the log.
const accessSuffix = "/accesses"

// journal is the open access ledger.
type journal struct {
	ledger *ledger.Ledger
	head   *index.Index // written by the ledger's writer goroutine only
}

func accessDir(dir string) string { return filepath.Join(dir, "accesses") }

func accessHeadFile(o Options) string { return filepath.Join(o.KeysDir, "accesses.head") }

// renamed gives a key of note another name: the text of a verifier, and of the signer where there is one. The key
// itself stays; its hash is of name and key (golang.org/x/mod/sumdb/note, "Verifying Notes").
func renamed(vkey, skey, name string) (v, s string, err error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return "", "", errors.New("the log's verifier is not one of note")
	}
	public, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return "", "", fmt.Errorf("the log's verifier: %w", err)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), public...))
	id := fmt.Sprintf("%s+%08x", name, binary.BigEndian.Uint32(sum[:4]))
	v = id + "+" + parts[2]
	if skey == "" {
		return v, "", nil
	}
	secret := strings.SplitN(skey, "+", 5)
	if len(secret) != 5 {
		return "", "", errors.New("the log's signing key is not one of note")
	}
	return v, "PRIVATE+KEY+" + id + "+" + secret[4], nil
}

// accessOptions are the options of the access ledger: to check it, or to write it, too.
func accessOptions(o Options, write bool) (lo ledger.Options, err error) {
	vkey, err := os.ReadFile(filepath.Join(o.KeysDir, "log.pub"))
	if err != nil {
		return lo, fmt.Errorf("the log's verifier: %w", err)
	}
	var skey []byte
	if write {
		if skey, err = os.ReadFile(filepath.Join(o.KeysDir, "log.key")); err != nil {
			return lo, fmt.Errorf("the log's signing key: %w", err)
		}
	}
	name, _, _ := strings.Cut(string(vkey), "+")
	v, s, err := renamed(strings.TrimSpace(string(vkey)), strings.TrimSpace(string(skey)), name+accessSuffix)
	if err != nil {
		return lo, err
	}
	lo = ledger.Options{Origin: name + accessSuffix, HeadFile: accessHeadFile(o), Logger: o.Logger, CacheBytes: 1 << 20}
	if lo.Verifier, err = note.NewVerifier(v); err != nil {
		return lo, damaged(filepath.Join(o.KeysDir, "log.pub"), fmt.Errorf("the verifier of the access ledger: %w", err))
	}
	if write {
		if lo.Signer, err = note.NewSigner(s); err != nil {
			return lo, fmt.Errorf("the signer of the access ledger: %w", err)
		}
	}
	return lo, nil
}

// AccessVerifierKey returns the text of the verifier of the access ledger: the log's key under the ledger's own name.
func AccessVerifierKey(dir string, o Options) (string, error) {
	o.fill(dir)
	vkey, err := VerifierKey(dir, o)
	if err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(vkey, "+")
	v, _, err := renamed(vkey, "", name+accessSuffix)
	return v, err
}

// accessLedger says whether there is an access ledger. One that was there and is gone is a *ledger.Damage: it is not
// begun anew.
func accessLedger(dir string, o Options) (bool, error) {
	_, err := os.Stat(accessDir(dir))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	if _, err := os.Stat(accessHeadFile(o)); err == nil && !halfMade(dir, o) {
		return false, &ledger.Damage{What: ledger.DamagedFile, File: accessDir(dir),
			Err: fmt.Errorf("the access ledger is gone; %s says that there was one: restore it", accessHeadFile(o))}
	}
	return false, nil
}

// madeDir is where an access ledger is made before it is moved to its place.
func madeDir(dir string) string { return accessDir(dir) + ".new" }

// halfMade reports whether a crash left an access ledger that was being made: it is not in its place yet, and its head is
// that of an empty log.
func halfMade(dir string, o Options) bool {
	if _, err := os.Stat(madeDir(dir)); err != nil {
		return false
	}
	lo, err := accessOptions(o, false)
	if err != nil {
		return false
	}
	checkpoint, err := os.ReadFile(accessHeadFile(o))
	if err != nil {
		return false
	}
	head, err := ledger.ParseCheckpoint(checkpoint, lo.Origin, lo.Verifier)
	return err == nil && head.Size == 0
}

// createJournal makes an empty access ledger. It is made beside its place and moved there when it is whole.
func createJournal(dir string, o Options) error {
	lo, err := accessOptions(o, true)
	if err != nil {
		return err
	}
	made := madeDir(dir)
	if halfMade(dir, o) {
		if err := os.Remove(accessHeadFile(o)); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(made); err != nil {
		return err
	}
	if err := ledger.Create(made, lo); err != nil {
		return fmt.Errorf("make the access ledger: %w", err)
	}
	if err := os.Rename(made, accessDir(dir)); err != nil {
		return fmt.Errorf("make the access ledger: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openJournal opens the access ledger and folds it into its index. A directory of before there was one gets one.
func openJournal(dir string, o Options) (*journal, error) {
	there, err := accessLedger(dir, o)
	if err == nil && !there {
		err = createJournal(dir, o)
	}
	if err != nil {
		return nil, err
	}
	lo, err := accessOptions(o, true)
	if err != nil {
		return nil, err
	}
	j := &journal{}
	lo.OnCommit = j.onCommit
	if j.ledger, err = ledger.Open(accessDir(dir), lo); err != nil {
		return nil, fmt.Errorf("access ledger: %w", err)
	}
	if j.head, err = openBlocks(accessDir(dir)+".index", j.ledger, o); err == nil {
		err = catchUp(j.ledger, j.head, nil, j.fold, nil)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("access ledger: %w", err), j.close())
	}
	return j, nil
}

func (j *journal) fold(first uint64, sks []*event.Skeleton) error {
	recorded := make([]int64, len(sks))
	for i, sk := range sks {
		if sk.Admit != nil {
			recorded[i] = sk.Admit.Recorded.Earliest
		}
	}
	return j.head.Apply(first, sks, recorded)
}

// onCommit is what [Graph.onCommit] is for the log.
func (j *journal) onCommit(c ledger.Commit) {
	sks := make([]*event.Skeleton, len(c.Entries))
	for i, e := range c.Entries {
		sks[i] = e.Parsed.(*event.Skeleton)
	}
	if err := j.fold(c.First, sks); err != nil {
		panic(fmt.Sprintf("graph: the access ledger's commits do not follow each other: %v", err))
	}
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	var err error
	if j.head != nil {
		err = j.head.Close()
	}
	return errors.Join(err, j.ledger.Close())
}
