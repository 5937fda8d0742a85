package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// Report is the outcome of Verify.
type Report struct {
	Size     uint64 // entries that were verified
	Commits  uint64
	Head     Head      // the newest head, zero if it could not be read
	Findings []*Damage // in the order of the log; empty for a log without fault
	More     bool      // findings beyond the first 1,000 were left out
}

// Err returns the first finding, or nil.
func (r *Report) Err() error {
	if len(r.Findings) == 0 {
		return nil
	}
	return r.Findings[0]
}

const mostFindings = 1000

func (r *Report) add(d *Damage) {
	if len(r.Findings) >= mostFindings {
		r.More = true
		return
	}
	r.Findings = append(r.Findings, d)
}

// Verify reads the whole ledger and checks everything from the bytes of the leaves up: leaves against hashes, hashes
// against each other, heads against the tree and their signatures, sealed values against their checksums, the files of the
// store against the seal and their own checksums, and the tree against the kept heads: from (which the caller vouches for,
// nil for none), the head file and the mark. It changes nothing in dir and needs no signer.
//
// The error says only that verifying was not possible (ErrNotLedger, ErrLocked, failing to read); what is wrong with the
// ledger is in the report. progress, if not nil, is called now and then with the entries verified so far and in all.
func Verify(dir string, o Options, from *Head, progress func(done, total uint64)) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := readFormat(dir, o.Origin); err != nil {
		return nil, err
	}
	snap, err := takeSnapshot(dir)
	if err != nil {
		return nil, err
	}
	v := &verification{opts: o, report: &Report{}, progress: progress, paths: pathsOf(dir, firstShard), snap: snap}
	err = v.run(from)
	return v.report, errors.Join(err, snap.remove())
}

// verification is one run of Verify.
type verification struct {
	reader
	opts     Options
	paths    shardPaths
	snap     *snapshot
	report   *Report
	progress func(done, total uint64)

	keeps   []kept // sizes ascending
	next    int    // keeps[next] is the next one to compare
	agrees  uint64 // size of the largest kept head that agreed
	parted  bool   // a kept head disagreed: so will all larger ones
	trusted Head   // newest head with a good signature, to decide between a leaf and its stored hash
	signed  uint64 // size of the last signed head that agreed with the leaves
	rewrote bool   // a signed head disagreed with the leaves
}

func (v *verification) run(from *Head) error {
	if _, _, damages, err := checkSeal(v.paths, true); err != nil {
		return err
	} else {
		for _, d := range damages {
			v.report.add(d)
		}
	}
	if err := v.readKeeps(from); err != nil {
		return err
	}
	if err := checkTables(v.snap.source); err != nil {
		return v.unreadable(err)
	}
	s, err := openStore(v.snap.dir, raw, v.opts)
	if err != nil {
		return v.unreadable(err)
	}
	v.store, v.origin, v.verifier = s, v.opts.Origin, v.opts.Verifier
	c, err := readChain(s)
	if err != nil {
		v.report.add(damageOf(err))
	}
	v.state.Store(&state{chain: c})
	v.findTrusted(c)
	v.checkGenesis()
	if err := v.walk(c); err != nil {
		return errors.Join(err, s.close())
	}
	v.compareRest(c.size)
	v.scanFiles(c)
	return s.close()
}

// unreadable reports that the store could not be opened, after which there is no tree to look at.
func (v *verification) unreadable(err error) error {
	d := damageOf(err)
	if d == nil {
		return err
	}
	v.report.add(d)
	v.scanFiles(chain{})
	return nil
}

func damageOf(err error) *Damage {
	var d *Damage
	errors.As(asDamage(err), &d)
	return d
}

func (v *verification) readKeeps(from *Head) error {
	if from != nil {
		v.keeps = append(v.keeps, kept{from.Size, from.Root, "the caller"})
	}
	k, ok, err := readHeadFile(v.opts.HeadFile, v.opts.Origin, v.opts.Verifier)
	var d *Damage
	switch {
	case errors.As(err, &d):
		v.report.add(d)
	case err != nil:
		return err
	case ok:
		v.keeps = append(v.keeps, k)
	}
	if k, err := readMark(v.paths.mark); err == nil {
		v.keeps = append(v.keeps, k)
	} else {
		v.report.add(&Damage{What: DamagedFile, File: v.paths.mark, Err: err})
	}
	sort.SliceStable(v.keeps, func(i, j int) bool { return v.keeps[i].size < v.keeps[j].size })
	return nil
}

// findTrusted finds the newest head with a good signature.
func (v *verification) findTrusted(c chain) {
	for k := len(c.firsts) - 1; k >= 0; k-- {
		h, err := v.readHead(headKey(c.first(k), c.end(k)))
		if err == nil && checkHead(h, v.origin, v.verifier) == nil {
			v.trusted = h
			return
		}
	}
}

func (v *verification) checkGenesis() {
	h, err := v.HeadAt(0)
	if err == nil {
		err = checkHead(h, v.origin, v.verifier)
	}
	if err == nil && h.Root != emptyRoot {
		err = errors.New("the empty tree has another root")
	}
	if err != nil {
		v.report.add(&Damage{What: DamagedHead, To: 0, Err: err})
		return
	}
	v.report.Head = h
}

// walk goes through the commits with a frontier of hashes computed from the leaves.
func (v *verification) walk(c chain) error {
	var f frontier
	var recorded = v.report.Head.Recorded
	v.compare(&f)
	for k := range c.firsts {
		first, end := c.first(k), c.end(k)
		if err := v.commit(&f, first, end); err != nil {
			return err
		}
		h, err := v.readHead(headKey(first, end))
		if err == nil {
			err = checkHead(h, v.origin, v.verifier)
		}
		if err == nil && h.Recorded.Before(recorded) {
			err = errors.New("its recorded time is before that of the head before it")
		}
		switch {
		case err != nil:
			v.report.add(headDamage(first, end, err))
		case h.Root != f.root():
			if !v.rewrote {
				v.report.add(&Damage{What: Rewritten, From: v.signed, To: end, Err: errors.New("signed in the log itself")})
			}
			v.rewrote = true
		default:
			v.signed, recorded, v.report.Head = end, h.Recorded, h
		}
		v.report.Size, v.report.Commits = end, v.report.Commits+1
		if v.progress != nil {
			v.progress(end, c.size)
		}
	}
	return nil
}

func headDamage(first, end uint64, err error) *Damage {
	var d *Damage
	if errors.As(err, &d) {
		return d
	}
	return &Damage{What: DamagedHead, From: first, To: end, Err: err}
}

// commit verifies the values of one commit and takes the frontier over it.
func (v *verification) commit(f *frontier, first, end uint64) error {
	var stored []tlog.Hash
	bad := func(what string, err error) {
		v.report.add(&Damage{What: DamagedCommit, From: first, To: end, Err: fmt.Errorf("%s: %w", what, err)})
	}
	err := v.store.view(commitKey(first, kindHashes), func(b []byte) error {
		hs, err := parseHashes(b, first, end)
		if err != nil {
			return err
		}
		stored = make([]tlog.Hash, hs.count)
		for i := range stored {
			stored[i] = hs.at(i)
		}
		return nil
	})
	if err != nil {
		bad("stored hashes", err)
	}

	n := int(end - first)
	computed, faults := make([]tlog.Hash, n), make([]error, n)
	err = v.store.view(commitKey(first, kindLeaves), func(b []byte) error {
		rs, err := parseRows(b, kindLeaves, first, end)
		if err != nil {
			return err
		}
		hashRows(rs, computed, faults)
		return nil
	})
	if err != nil {
		bad("leaves", err)
		if stored == nil {
			return fmt.Errorf("verify: neither leaves nor hashes of entries %d to %d can be read: %w", first, end-1, err)
		}
		computed = nil
	}

	err = v.store.view(commitKey(first, kindSealed), func(b []byte) error {
		rs, err := parseRows(b, kindSealed, first, end)
		if err != nil {
			return err
		}
		for i := range n {
			if _, err := rs.at(i); err != nil {
				v.report.add(&Damage{What: DamagedSealed, From: first + uint64(i), To: first + uint64(i) + 1, Err: err})
			}
		}
		return nil
	})
	if err != nil {
		bad("sealed values", err)
	}

	at := 0 // in stored
	var step []tlog.Hash
	for i := range n {
		index := first + uint64(i)
		var leaf tlog.Hash
		switch {
		case computed == nil:
			leaf = stored[at]
		case stored == nil:
			leaf = computed[i]
		default:
			leaf = v.settle(index, computed[i], stored[at], faults[i])
		}
		step = f.append(step[:0], leaf)
		for level, h := range step {
			// Level 0 was settled. Above, the true hash is known from the true hashes below.
			if stored != nil && level > 0 && stored[at] != h {
				v.report.add(hashDamage(level, index>>level))
			}
			at++
		}
		v.compare(f)
	}
	return nil
}

// settle decides which of a leaf and its stored hash is damaged when they differ, by asking which of the two the signed
// tree contains, and returns the right leaf hash.
func (v *verification) settle(index uint64, computed, stored tlog.Hash, fault error) tlog.Hash {
	if fault == nil && computed == stored {
		return stored
	}
	leafDamaged := &Damage{What: DamagedLeaf, From: index, To: index + 1, Err: fault}
	if fault != nil {
		v.report.add(leafDamaged)
		return stored
	}
	if index < v.trusted.Size {
		p, err := tlog.ProveRecord(int64(v.trusted.Size), int64(index), v)
		if err == nil {
			check := func(h tlog.Hash) bool {
				return tlog.CheckRecord(p, int64(v.trusted.Size), v.trusted.Root, int64(index), h) == nil
			}
			if check(stored) {
				v.report.add(leafDamaged)
				return stored
			}
			if check(computed) {
				v.report.add(hashDamage(0, index))
				return computed
			}
		}
	}
	// Something else on the path is damaged or rewritten too: ask the parent alone.
	sibling := index ^ 1
	pair, err := v.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(sibling)), tlog.StoredHashIndex(1, int64(index/2))})
	if err == nil {
		parent := func(h tlog.Hash) tlog.Hash {
			if index&1 == 0 {
				return tlog.NodeHash(h, pair[0])
			}
			return tlog.NodeHash(pair[0], h)
		}
		if parent(stored) == pair[1] {
			v.report.add(leafDamaged)
			return stored
		}
	}
	v.report.add(hashDamage(0, index))
	return computed
}

// hashDamage names the tile of a stored hash.
func hashDamage(level int, n uint64) *Damage {
	t := tlog.TileForIndex(TileHeight, tlog.StoredHashIndex(level, int64(n)))
	t.W = tileWidth
	return &Damage{What: DamagedHash, Tile: TilePath(t), From: n << level, To: (n + 1) << level,
		Err: fmt.Errorf("level %d, number %d", level, n)}
}

// hashRows computes leaf hashes on all processors.
func hashRows(rs rows, out []tlog.Hash, faults []error) {
	workers := min(runtime.GOMAXPROCS(0), (len(out)+63)/64)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			hasher := newLeafHasher()
			for i := len(out) * w / workers; i < len(out)*(w+1)/workers; i++ {
				b, err := rs.at(i)
				if err != nil {
					faults[i] = err
					continue
				}
				out[i] = hasher.sum(b)
			}
		})
	}
	wg.Wait()
}

// compare holds the frontier to the kept heads of its size.
func (v *verification) compare(f *frontier) {
	for ; v.next < len(v.keeps) && v.keeps[v.next].size == f.size; v.next++ {
		k := v.keeps[v.next]
		switch {
		case f.root() == k.root:
			v.agrees = k.size
		case !v.parted:
			v.parted = true
			v.report.add(&Damage{What: Rewritten, From: v.agrees, To: k.size, Err: errors.New("kept by " + k.who)})
		}
	}
}

// compareRest reports kept heads beyond the log.
func (v *verification) compareRest(size uint64) {
	if v.next < len(v.keeps) {
		k := v.keeps[len(v.keeps)-1]
		v.report.add(&Damage{What: Shorter, From: size, To: k.size, Err: errors.New("kept by " + k.who)})
	}
}

// scanFiles reads every record of the store's logs, which finds damage to bytes that reading through Badger passes over.
func (v *verification) scanFiles(c chain) {
	names, err := dbFiles(v.snap.source)
	if err != nil {
		v.report.add(damageOf(err))
		return
	}
	seen := make([]byte, len(c.firsts))
	lastLog, lastMem := lastValueLog(names), ""
	for _, n := range names {
		if strings.HasSuffix(n, ".mem") {
			lastMem = n
		}
	}
	var tail *Damage // a tear at the end of the value log that was written last: no damage if no commit needs what follows
	for _, n := range names {
		path := filepath.Join(v.snap.source, n)
		if n == "DISCARD" {
			if b, err := os.ReadFile(path); err != nil || !allZero(b) {
				v.report.add(&Damage{What: DamagedFile, File: shortName(v.snap.source, n), Err: errors.Join(err, errors.New("it is not empty, though nothing is ever discarded"))})
			}
			continue
		}
		if !isLog(n) {
			continue
		}
		err := withLog(path, func(b []byte) error {
			end, clean := scanLog(b, func(_ int, key, _ []byte) {
				first, kind, size, err := parseKey(userKey(key))
				if err != nil || !strings.HasSuffix(n, ".vlog") || kind == kindHead && size == 0 || first >= c.size {
					return
				}
				if k := c.find(first); c.first(k) == first && (kind != kindHead || c.end(k) == size) {
					seen[k] |= 1 << kind
				}
			})
			if clean {
				return nil
			}
			d := &Damage{What: DamagedFile, File: shortName(v.snap.source, n), Offset: int64(end), Err: errors.New("a record is damaged")}
			switch {
			case n == lastLog:
				tail = d
			case n != lastMem: // in the last one, a tear is told from damage by the mark
				v.report.add(d)
			}
			return nil
		})
		if err != nil {
			v.report.add(&Damage{What: DamagedFile, File: shortName(v.snap.source, n), Err: err})
		}
	}
	for k, s := range seen {
		if s != 1<<kindLeaves|1<<kindSealed|1<<kindHashes|1<<kindHead {
			if tail != nil {
				tail.From, tail.To = c.first(k), c.size
				v.report.add(tail)
			} else if len(v.report.Findings) == 0 {
				v.report.add(&Damage{What: DamagedCommit, From: c.first(k), To: c.end(k), Err: errors.New("its record in the value log is damaged")})
			}
			break
		}
	}
}
