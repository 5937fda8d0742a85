package graph

import (
	"bytes"
	"path/filepath"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// Replayed is one entry of a log that is read again from its beginning.
type Replayed struct {
	Index    uint64
	Leaf     []byte
	Skeleton *event.Skeleton
	Evidence []byte        // the signed envelope of an ADMIT, nil where there is none
	Declared *catalog.View // what the entries before this one declare
}

// Replay reads the whole log of a data directory in order, without opening it for writing and without the vault, for
// whoever checks it. Told are the ADMIT entries of sealed batches and the leaves that follow each; what else is in the
// log rests on the tree alone.
func Replay(dir string, o Options, progress func(done, total uint64), each func(*Replayed) error) error {
	o.fill(dir)
	verifier, err := loadVerifier(o)
	if err != nil {
		return err
	}
	l, err := ledger.OpenReadOnly(filepath.Join(dir, "ledger"), ledger.Options{
		Origin: verifier.Name(), Verifier: verifier, HeadFile: filepath.Join(o.KeysDir, "head"), Logger: o.Logger})
	if err != nil {
		return err
	}
	defer l.Close()
	c := catalog.New()
	var follow int64 // leaves of the batch that is being told
	total := l.Head().Size
	told := time.Now()
	for e, err := range l.Entries(0, total) {
		if err != nil {
			return err
		}
		if progress != nil && time.Since(told) > 200*time.Millisecond {
			told = time.Now()
			progress(e.Index, total)
		}
		if follow == 0 && !matters(e.Leaf) {
			continue
		}
		sk, err := event.ParseSkeleton(e.Leaf)
		if err != nil {
			return &ledger.Damage{What: ledger.DamagedLeaf, From: e.Index, To: e.Index + 1, Err: err}
		}
		batch := sk.Kind == event.KindAdmit && sk.Admit != nil && sk.Admit.Sequence != nil
		if batch || follow > 0 {
			r := &Replayed{Index: e.Index, Leaf: e.Leaf, Skeleton: sk, Declared: c.View()}
			if batch {
				follow = sk.Admit.Count
				if r.Evidence, err = vault.EvidenceOf(e.Sealed); err != nil {
					return &ledger.Damage{What: ledger.DamagedSealed, From: e.Index, To: e.Index + 1, Err: err}
				}
			} else {
				follow--
			}
			if err := each(r); err != nil {
				return err
			}
		}
		c.Apply(e.Index, sk)
	}
	return nil
}

// matters reports whether a leaf may be of a kind that [Replay] needs. A leaf is in canonical form, so its kind stands in
// it in exactly this spelling; where a text happens to hold the same letters the leaf is parsed for nothing.
func matters(leaf []byte) bool {
	for _, kind := range [...]string{`"kind":"ADMIT"`, `"kind":"DECLARE"`, `"kind":"CORRECT"`} {
		if bytes.Contains(leaf, []byte(kind)) {
			return true
		}
	}
	return false
}
