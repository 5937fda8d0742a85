package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// copyLedger copies a ledger and its head file into a directory of its own.
func copyLedger(t testing.TB, dir string, o Options) (string, Options) {
	t.Helper()
	to := filepath.Join(fastDir(t), "log")
	err := filepath.Walk(dir, func(path string, fi os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if fi.IsDir() {
			return os.MkdirAll(to+path[len(dir):], 0o700)
		}
		return copyFile(path, to+path[len(dir):], false)
	})
	if err != nil {
		t.Fatal(err)
	}
	head := o.HeadFile
	o.HeadFile = filepath.Join(filepath.Dir(to), "head")
	if exists(head) {
		if err := copyFile(head, o.HeadFile, false); err != nil {
			t.Fatal(err)
		}
	}
	return to, o
}

func flip(t testing.TB, path string, offset int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, offset); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << (offset % 8)
	if _, err := f.WriteAt(b, offset); err != nil {
		t.Fatal(err)
	}
}

// offsets picks where to flip bytes in a file: the header and n places among what is written; for n above one the end of
// that and a place in the empty rest too.
func offsets(t testing.TB, path string, r *rand.Rand, n int) (out []int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(b, "\x00"))
	add := func(i int) {
		if i >= 0 && i < len(b) {
			out = append(out, int64(i))
		}
	}
	add(3)
	if n > 1 {
		add(used - 1)
		add(used)
	}
	for range n {
		if used > 0 {
			add(r.IntN(used))
		}
	}
	if n > 1 && len(b) > used+1 {
		add(used + 1 + r.IntN(len(b)-used-1))
	}
	return out
}

// One flipped bit in any file of the store, the mark, the seal or the head file. After a clean stop it is always found.
// After a killed one it is found, or nothing was lost by it; and after an open that refused, the files are as they
// were, the damaged ones are kept aside too, and undoing the flip brings everything back.
func TestFlippedByteInEveryFile(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, state := range []string{"clean", "killed"} {
		t.Run(state, func(t *testing.T) {
			dir, o := mustCreate(t)
			o = small(o)
			acks := runChild(t, dir, 1, 1500, 0) // several value logs, tables and a write-ahead log
			if state == "clean" {
				mustClose(t, mustOpen(t, dir, o))
				acks = append(acks, runChild(t, dir, 2, 1600, 0)...)
				mustClose(t, mustOpen(t, dir, o))
			}
			p := pathsOf(dir, firstShard)
			names, err := dbFiles(p.db)
			if err != nil {
				t.Fatal(err)
			}
			files := []string{p.mark, o.HeadFile}
			for _, n := range names {
				files = append(files, filepath.Join(p.db, n))
			}
			if state == "clean" {
				files = append(files, p.seal)
			}
			size := headSize(t, dir, o)
			r := rand.New(rand.NewPCG(seed, 0))
			found, harmless := 0, 0
			for _, file := range files {
				n := 1
				if strings.HasSuffix(file, ".mem") || filepath.Base(file) == lastValueLog(names) {
					n = 5 // what Badger replays
				}
				for _, at := range offsets(t, file, r, n) {
					if flipOne(t, dir, o, file, at, state == "clean", size, acks) {
						found++
					} else {
						harmless++
					}
					if t.Failed() {
						return
					}
				}
			}
			t.Logf("%d files, %d flips found, %d without effect", len(files), found, harmless)
		})
	}
}

func headSize(t testing.TB, dir string, o Options) uint64 {
	t.Helper()
	l, err := OpenReadOnly(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Head().Size
}

func flipOne(t *testing.T, dir string, o Options, file string, at int64, mustFind bool, size uint64, acks []ack) (found bool) {
	t.Helper()
	orig := o.HeadFile
	dir2, o := copyLedger(t, dir, o)
	defer os.RemoveAll(filepath.Dir(dir2))
	target := o.HeadFile
	if file != orig {
		target = dir2 + file[len(dir):]
	}
	what := fmt.Sprintf("%s at %d", filepath.Base(file), at)
	flip(t, target, at)
	report, err := Verify(dir2, o, nil, nil)
	if err != nil {
		t.Errorf("%s: verify: %v", what, err)
		return
	}
	before := listing(t, filepath.Join(dir2, "shards", firstShard, "db"))
	l, err := Open(dir2, o)
	found = err != nil || report.Err() != nil
	switch {
	case err != nil && !errors.Is(err, ErrDamaged):
		t.Errorf("%s: open: %v, want damage", what, err)
	case err != nil:
		var d *Damage
		if !errors.As(err, &d) {
			t.Errorf("%s: no *Damage in %v", what, err)
			return
		}
		if report.Err() == nil && !strings.Contains(what, "mark") {
			t.Errorf("%s: open refuses (%v), verify finds nothing", what, err)
		}
		if d.SetAside != "" {
			if after := listing(t, filepath.Join(dir2, "shards", firstShard, "db")); after != before {
				t.Errorf("%s: refused (%v), but the files changed:\n%s\n%s", what, err, before, after)
			}
			if kept := listing(t, d.SetAside); kept != before {
				t.Errorf("%s: set aside was\n%s\nnot\n%s", what, kept, before)
			}
		}
		// The same answer again, and no pile of copies.
		_, err2 := Open(dir2, o)
		if !errors.Is(err2, ErrDamaged) || exists(filepath.Join(dir2, "shards", firstShard, "damaged-2")) {
			t.Errorf("%s: second open: %v after %v", what, err2, err)
		}
		flip(t, target, at)
		l, err = Open(dir2, o)
		if err != nil {
			t.Errorf("%s: after undoing the flip: %v", what, err)
			return
		}
	case mustFind && report.Err() == nil:
		t.Errorf("%s: neither verify nor open finds it", what)
	}
	if found && report.Err() != nil && err == nil && target != o.HeadFile {
		// Open need not read old value logs. What verify found there must not be served.
		defer l.Close()
		if l.Head().Size < size {
			t.Errorf("%s: %d entries left of %d", what, l.Head().Size, size)
		}
		for i := uint64(0); i < l.Head().Size; i += 7 {
			if _, err := l.Entry(i); err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: entry %d: %v", what, i, err)
			}
		}
		return
	}
	checkAcks(t, l, acks)
	if l.Head().Size < size {
		t.Errorf("%s: %d entries left of %d", what, l.Head().Size, size)
	}
	if err := l.Close(); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return found
}

// record finds the value log record of a key and returns its file and the offset of its value.
func record(t testing.TB, dir string, key []byte) (path string, valueAt, recordAt int64, value []byte) {
	t.Helper()
	p := pathsOf(dir, firstShard)
	names, err := dbFiles(p.db)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !strings.HasSuffix(n, ".vlog") {
			continue
		}
		err := withLog(filepath.Join(p.db, n), func(b []byte) error {
			scanLog(b, func(at int, k, v []byte) {
				if bytes.Equal(userKey(k), key) {
					_, _, size := parseRecord(b[at:])
					path, recordAt, valueAt, value = filepath.Join(p.db, n), int64(at), int64(at+size-4-len(v)), bytes.Clone(v)
				}
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if path == "" {
		t.Fatalf("no record of key %x", key)
	}
	return path, valueAt, recordAt, value
}

// forge changes a byte of a stored value, and the checksums of record and seal with it, as somebody who knows the format would.
func forge(t testing.TB, dir string, key []byte, at int64) {
	t.Helper()
	path, valueAt, recordAt, _ := record(t, dir, key)
	flip(t, path, valueAt+at)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := pathsOf(dir, firstShard)
	end := valueAt + int64(len(recordValue(t, b, recordAt, valueAt)))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(b[recordAt:end], castagnoli))
	if _, err := f.WriteAt(sum, end); err != nil {
		t.Fatal(err)
	}
	if err := writeSeal(p, nil); err != nil {
		t.Fatal(err)
	}
}

// recordValue reads the length of a value from its record's head.
func recordValue(t testing.TB, b []byte, recordAt, valueAt int64) []byte {
	t.Helper()
	at := recordAt + 2
	_, n := binary.Uvarint(b[at:])
	size, _ := binary.Uvarint(b[at+int64(n):])
	return b[valueAt : valueAt+int64(size)]
}

// What is damaged is named exactly, by Verify, and never served, whether or not a checksum of Badger's would have shown it.
func TestDamageIsNamed(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 5, 1, 600, 300, 1)
	mustClose(t, l)
	rowsAt := func(kind byte, n, width, i int) int64 {
		// The middle of row i of commit [6, 606) or another of n entries.
		_, _, _, v := record(t, dir, commitKey(6, kind))
		start := 0
		if i > 0 {
			start = int(binary.BigEndian.Uint32(v[headerLen+(i-1)*width:]))
		}
		return int64(headerLen + n*width + start + 3)
	}
	hashAt := func(level int, n int64) int64 {
		return headerLen + (tlog.StoredHashIndex(level, n)-storedCount(6))*tlog.HashSize + 9
	}
	leaf := func(i uint64) Damage { return Damage{What: DamagedLeaf, From: i, To: i + 1} }
	for _, c := range []struct {
		name string
		key  []byte
		at   int64
		want Damage
	}{
		{"leaf", commitKey(6, kindLeaves), rowsAt(kindLeaves, 600, leafRowLen, 400), leaf(406)},
		{"first leaf of a commit", commitKey(6, kindLeaves), rowsAt(kindLeaves, 600, leafRowLen, 0), leaf(6)},
		{"last leaf of a commit", commitKey(6, kindLeaves), rowsAt(kindLeaves, 600, leafRowLen, 599), leaf(605)},
		{"last leaf of all", commitKey(906, kindLeaves), headerLen + 4 + 2, leaf(906)},
		{"row of a leaf", commitKey(6, kindLeaves), headerLen + 100*leafRowLen, leaf(106)},
		{"head of a leaves value", commitKey(6, kindLeaves), 5, Damage{What: DamagedCommit, From: 6, To: 606}},
		{"sealed value", commitKey(6, kindSealed), rowsAt(kindSealed, 600, sealedRowLen, 403), Damage{What: DamagedSealed, From: 409, To: 410}},
		{"leaf hash", commitKey(6, kindHashes), hashAt(0, 300), Damage{What: DamagedHash, Tile: "tile/0/001", From: 300, To: 301}},
		{"inner hash of a tile", commitKey(6, kindHashes), hashAt(3, 10), Damage{What: DamagedHash, Tile: "tile/0/000", From: 80, To: 88}},
		{"hash over a tile", commitKey(6, kindHashes), hashAt(8, 1), Damage{What: DamagedHash, Tile: "tile/1/000", From: 256, To: 512}},
		{"head of a hashes value", commitKey(6, kindHashes), 0, Damage{What: DamagedCommit, From: 6, To: 606}},
		{"size in a head", headKey(6, 606), 17, Damage{What: DamagedHead, From: 6, To: 606}},
		{"time in a head", headKey(6, 606), 22, Damage{What: DamagedHead, From: 6, To: 606}},
		{"root in a head", headKey(6, 606), 30, Damage{What: DamagedHead, From: 6, To: 606}},
		{"checkpoint in a head", headKey(6, 606), 80, Damage{What: DamagedHead, From: 6, To: 606}},
		{"newest head", headKey(906, 907), 80, Damage{What: DamagedHead, From: 906, To: 907}},
		{"head of the empty tree", headKey(0, 0), 60, Damage{What: DamagedHead, From: 0, To: 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, how := range []string{"flipped", "forged"} {
				dir, o := copyLedger(t, dir, o)
				if how == "forged" {
					forge(t, dir, c.key, c.at)
				} else {
					path, valueAt, _, _ := record(t, dir, c.key)
					flip(t, path, valueAt+c.at)
				}
				report, err := Verify(dir, o, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				named := false
				for _, d := range report.Findings {
					if d.What == c.want.What && d.From == c.want.From && d.To == c.want.To && d.Tile == c.want.Tile {
						named = true
					} else if d.What != DamagedFile && c.name != "row of a leaf" {
						t.Errorf("%s: also %v", how, d)
					}
				}
				if !named {
					t.Errorf("%s: findings %v, want %v", how, report.Findings, &c.want)
				}
				if how == "flipped" {
					continue // the seal shows it before anything is read
				}
				l, err := OpenReadOnly(dir, o)
				if err != nil {
					if !errors.Is(err, ErrDamaged) {
						t.Errorf("open: %v", err)
					}
					continue
				}
				for i := range l.Head().Size {
					e, err := l.Entry(i)
					if want := entryOf(i); err == nil && (!bytes.Equal(e.Leaf, want.Leaf) || !bytes.Equal(e.Sealed, want.Sealed)) {
						t.Errorf("entry %d is served damaged", i)
					}
					p, err := l.InclusionProof(i, 907)
					if err == nil && tlog.CheckRecord(p, 907, l.Head().Root, int64(i), tlog.RecordHash(entryOf(i).Leaf)) != nil {
						t.Errorf("a wrong proof for %d is served", i)
					}
				}
				mustClose(t, l)
			}
		})
	}
}

// A whole log rebuilt with the right key is consistent in itself. Heads that were kept elsewhere show what was rewritten.
func TestConsistentRewrite(t *testing.T) {
	build := func(altered uint64) (string, Options, []Head) {
		dir, o := mustCreate(t)
		l := mustOpen(t, dir, o)
		heads := []Head{l.Head()}
		for _, n := range []uint64{50, 50, 100} {
			g := entriesOf(l.Head().Size, n)
			for i := range g {
				if l.Head().Size+uint64(i) == altered {
					g[i].Leaf = []byte("nothing happened")
				}
			}
			_, h := appendGroup(t, l, g)
			heads = append(heads, h)
		}
		mustClose(t, l)
		return dir, o, heads
	}
	_, honest, heads := build(1 << 40)
	dir, o, _ := build(57)
	if report, err := Verify(dir, o, nil, nil); err != nil || report.Err() != nil {
		t.Fatalf("the rewritten log is not consistent: %v, %v", err, report.Err())
	}
	for _, c := range []struct {
		name     string
		headFile string
		from     *Head
		want     *Damage
	}{
		{"a head before it", o.HeadFile, &heads[1], nil},
		{"the next head", o.HeadFile, &heads[2], &Damage{What: Rewritten, From: 0, To: 100}},
		{"the last head", o.HeadFile, &heads[3], &Damage{What: Rewritten, From: 0, To: 200}},
		{"the head file", honest.HeadFile, nil, &Damage{What: Rewritten, From: 0, To: 200}},
		{"a head before it and the head file", honest.HeadFile, &heads[1], &Damage{What: Rewritten, From: 50, To: 200}},
		{"the next head and the head file", honest.HeadFile, &heads[2], &Damage{What: Rewritten, From: 0, To: 100}},
	} {
		o := o
		o.HeadFile = c.headFile
		report, err := Verify(dir, o, c.from, nil)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.want == nil && report.Err() != nil:
			t.Errorf("%s: %v", c.name, report.Findings)
		case c.want != nil && (len(report.Findings) != 1 || report.Findings[0].What != c.want.What ||
			report.Findings[0].From != c.want.From || report.Findings[0].To != c.want.To):
			t.Errorf("%s: %v, want %v", c.name, report.Findings, c.want)
		}
	}
	o.HeadFile = honest.HeadFile
	var d *Damage
	if _, err := Open(dir, o); !errors.As(err, &d) || d.What != Rewritten || d.To != 200 {
		t.Errorf("open for writing: %v", err)
	}
}

// Leaves rewritten without the key disagree with the heads signed over them.
func TestRewriteWithoutKey(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 50, 50)
	l.commitTo = func(b *batch) error { // a writer that signs one thing and stores another
		g := entriesOf(b.first, b.size-b.first)
		g[7].Leaf = []byte("something else")
		f := l.frontier.clone()
		var hs []tlog.Hash
		for _, e := range g {
			hs = f.append(hs, tlog.RecordHash(e.Leaf))
		}
		b.leaves, b.hashes = appendLeaves(nil, b.first, g), appendHashes(nil, b.first, b.size, hs)
		return l.store.commit(b)
	}
	appendN(t, l, 50)
	mustClose(t, l)
	report, err := Verify(dir, o, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) == 0 || !slices.ContainsFunc(report.Findings, func(d *Damage) bool {
		return d.What == Rewritten && d.From == 100 && d.To == 150
	}) {
		t.Errorf("findings %v", report.Findings)
	}
	if _, err := Open(dir, o); !errors.Is(err, ErrDamaged) {
		t.Errorf("open: %v", err)
	}
}

// A directory that was put back to an earlier state is refused while the head file is there.
func TestRolledBack(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 20)
	mustClose(t, l)
	old, oldOptions := copyLedger(t, dir, o)
	l = mustOpen(t, dir, o)
	appendN(t, l, 3)
	mustClose(t, l)
	oldOptions.HeadFile = o.HeadFile
	var d *Damage
	for range 2 {
		if _, err := Open(old, oldOptions); !errors.As(err, &d) || d.What != Shorter || d.From != 20 || d.To != 23 {
			t.Fatalf("open: %v", err)
		}
	}
	report, err := Verify(old, oldOptions, nil, nil)
	if err != nil || len(report.Findings) != 1 || report.Findings[0].What != Shorter {
		t.Fatalf("verify: %v, %v", err, report.Findings)
	}
	oldOptions.HeadFile = ""
	appendN(t, mustOpen(t, old, oldOptions), 1)
}

// Without mark and head file nobody knows where the log ended.
func TestNothingKept(t *testing.T) {
	dir, o := mustCreate(t)
	o.HeadFile = ""
	runChild(t, dir, 1, 20, 0)
	p := pathsOf(dir, firstShard)
	if err := os.Remove(p.mark); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, small(o)); !errors.Is(err, ErrDamaged) {
		t.Fatalf("open without anything kept: %v", err)
	}
	o.HeadFile = filepath.Join(filepath.Dir(dir), "head") // the child kept one
	checkLog(t, mustOpen(t, dir, small(o)))
}
