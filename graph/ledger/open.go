package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sync/semaphore"
)

// Open opens the ledger in dir for writing. It fails with ErrNotLedger, ErrLocked, or a *Damage (ErrDamaged); then
// nothing of the ledger was changed.
func Open(dir string, o Options) (*Ledger, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Signer == nil {
		return nil, errors.New("ledger: a signer is required to write; use OpenReadOnly")
	}
	if _, err := readFormat(dir, o.Origin); err != nil {
		return nil, err
	}
	lf, err := lock(dir, true)
	if err != nil {
		return nil, err
	}
	l := &Ledger{opts: o, lockFile: lf, paths: pathsOf(dir, firstShard)}
	if err := l.open(); err != nil {
		lf.Close()
		return nil, err
	}
	return l, nil
}

// open looks at the stop before this start, opens Badger and holds what it opened to what was kept.
func (l *Ledger) open() error {
	p := l.paths
	if _, err := os.Stat(p.aside()); err == nil { // an earlier open died in the middle
		if err := errors.Join(putBack(p), dropAside(p)); err != nil {
			return err
		}
	}
	files, clean, damages, err := checkSeal(p, false)
	if err != nil {
		return err
	}
	if len(damages) > 0 {
		return damages[0]
	}
	l.unsealed = files
	if clean {
		if err := removeFile(p.seal); err != nil {
			return fmt.Errorf("ledger seal: %w", err)
		}
	} else {
		l.opts.Logger.Warn("ledger was not closed; its files are set aside and checked", "dir", p.dir)
		if err := setAside(p); err != nil {
			return err
		}
	}
	if err := l.openChecked(clean); err != nil {
		if l.store != nil {
			_ = l.store.close() // what it says about files that are being put back is of no use
		}
		if clean {
			// Badger replayed only files that the seal vouches for, so nothing of them is lost. The next open sets aside.
			return asDamage(err)
		}
		return refuse(p, err)
	}
	if !clean {
		if err := dropAside(p); err != nil {
			return errors.Join(err, l.store.close())
		}
	}
	return l.start()
}

// openChecked opens Badger and checks the result. It does not clean up.
func (l *Ledger) openChecked(clean bool) error {
	p, o := l.paths, l.opts
	if !clean {
		if err := checkTables(p.db); err != nil {
			return err
		}
		if err := cutTears(p.db); err != nil {
			return err
		}
	}
	s, err := openStore(p.db, writing, o)
	if err != nil {
		return err
	}
	l.store, l.origin, l.verifier = s, o.Origin, o.Verifier
	l.tiles.limit, l.values.limit = o.CacheBytes, valuesShare*o.CacheBytes
	if err := l.load(); err != nil {
		return err
	}
	if err := l.checkNewest(); err != nil {
		return err
	}
	keeps, err := readKept(p, o, l.opts.Logger.Warn)
	if err != nil {
		return err
	}
	if d := l.checkKept(keeps); d != nil {
		return d
	}
	return nil
}

// start begins to write.
func (l *Ledger) start() (err error) {
	head := l.Head()
	defer func() {
		if err != nil {
			_ = l.store.close()
		}
	}()
	if l.mark, err = openMark(l.paths.mark); err != nil {
		return err
	}
	if err := l.mark.write(head.Size, head.Root); err != nil {
		return err
	}
	if l.opts.HeadFile != "" {
		if err := replaceFile(l.opts.HeadFile, head.Checkpoint); err != nil {
			return fmt.Errorf("ledger head file: %w", err)
		}
	}
	l.heads = startHeadWriter(l.opts.HeadFile)
	l.entryRoom = semaphore.NewWeighted(int64(l.opts.QueueEntries))
	l.byteRoom = semaphore.NewWeighted(int64(l.opts.QueueBytes))
	l.kick = make(chan struct{}, 1)
	l.written = make(chan struct{})
	l.commitTo = l.store.commit
	go l.write()
	return nil
}

// refuse puts the set-aside files back and makes a *Damage of the error, unless it is the machine's (no space, no
// permission, too many files).
func refuse(p shardPaths, cause error) error {
	if err := putBack(p); err != nil {
		return errors.Join(asDamage(cause), err)
	}
	err := asDamage(cause)
	var d *Damage
	if !errors.As(err, &d) {
		return errors.Join(err, dropAside(p))
	}
	path, kerr := keepDamaged(p)
	d.SetAside = path
	if d.File == "" {
		d.File, d.Offset = firstBadRecord(p.db)
	}
	return errors.Join(err, kerr)
}

// asDamage makes an error about the store's content a *Damage.
func asDamage(err error) error {
	var d *Damage
	if errors.As(err, &d) {
		return err
	}
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN, fs.ErrPermission, syscall.EROFS} {
		if errors.Is(err, e) {
			return fmt.Errorf("open ledger: %w", err)
		}
	}
	return &Damage{What: DamagedFile, Err: err}
}

// load reads the chain and the newest head.
func (r *reader) load() error {
	c, err := readChain(r.store)
	if err != nil {
		return err
	}
	r.state.Store(&state{chain: c})
	head, err := r.HeadAt(c.size)
	if err != nil {
		return err
	}
	if err := checkHead(head, r.origin, r.verifier); err != nil {
		return &Damage{What: DamagedHead, To: c.size, Err: err}
	}
	r.state.Store(&state{chain: c, head: head})
	return nil
}

// checkNewest verifies the right edge: the stored hashes give the newest head's root, and the newest commit's leaves give
// its hashes.
func (l *Ledger) checkNewest() error {
	st := l.state.Load()
	f, err := readFrontier(st.head.Size, l)
	if err != nil {
		return err
	}
	if f.root() != st.head.Root {
		return &Damage{What: DamagedHead, To: st.head.Size, Err: errors.New("its root is not that of the stored hashes")}
	}
	l.frontier = f
	if len(st.chain.firsts) == 0 {
		return nil
	}
	k := len(st.chain.firsts) - 1
	first, end := st.chain.first(k), st.chain.end(k)
	hasher := newLeafHasher()
	for e, err := range l.Entries(first, end) {
		if err != nil {
			return err
		}
		want, err := l.LeafHash(e.Index)
		if err != nil {
			return err
		}
		if hasher.sum(e.Leaf) != want {
			return &Damage{What: DamagedLeaf, From: e.Index, To: e.Index + 1}
		}
	}
	return nil
}

// readKept reads the mark and the head file. One of them must be there.
func readKept(p shardPaths, o Options, warn func(string, ...any)) ([]kept, error) {
	var keeps []kept
	fromFile, ok, err := readHeadFile(o.HeadFile, o.Origin, o.Verifier)
	if err != nil {
		return nil, err
	}
	if ok {
		keeps = append(keeps, fromFile)
	} else if o.HeadFile != "" {
		warn("the ledger's head file is missing; the mark in its directory is all it is compared with", "path", o.HeadFile)
	}
	m, err := readMark(p.mark)
	switch {
	case err == nil:
		keeps = append(keeps, m)
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errMark):
		return nil, err
	case !ok:
		return nil, &Damage{What: DamagedFile, File: p.mark,
			Err: fmt.Errorf("%w; a head file with a checkpoint you trust would do instead", errMark)}
	default:
		warn("ledger's mark is not readable; the head file is all it is compared with", "path", p.mark)
	}
	return keeps, nil
}

// checkKept holds the tree to heads that were kept elsewhere.
func (r *reader) checkKept(keeps []kept) *Damage {
	size := r.state.Load().chain.size
	var agrees uint64
	var worst *Damage
	for _, k := range keeps {
		if k.size > size {
			return &Damage{What: Shorter, From: size, To: k.size, Err: fmt.Errorf("kept by %s", k.who)}
		}
		f, err := readFrontier(k.size, r)
		if err != nil {
			return &Damage{What: DamagedHash, To: k.size, Err: err}
		}
		if f.root() == k.root {
			agrees = max(agrees, k.size)
		} else if worst == nil || k.size < worst.To {
			worst = &Damage{What: Rewritten, To: k.size, Err: fmt.Errorf("kept by %s", k.who)}
		}
	}
	if worst != nil && agrees < worst.To {
		worst.From = agrees
	}
	return worst
}

// shortName names a file of the store in messages.
func shortName(dir, name string) string { return filepath.Join(filepath.Base(dir), name) }
