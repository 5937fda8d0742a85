package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func TestMacIsHMAC(t *testing.T) {
	key := secret{1, 2, 3}
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte("label" + "part one" + "and two"))
	if got := key.mac("label", []byte("part one"), []byte("and two")); !bytes.Equal(got[:], h.Sum(nil)) {
		t.Errorf("%x", got)
	}
}

func TestKeyedTellsListsApart(t *testing.T) {
	k := newKeyed(secret{9})
	if k.sum(1, "ab", "c") == k.sum(1, "a", "bc") || k.sum(1, "a") == k.sum(2, "a") || k.sum(1, "a") == k.sum(1, "a", "") {
		t.Error("two messages have one sum")
	}
	if again := k.sum(1, "ab", "c"); k.sum(1, "ab", "c") != again {
		t.Error("one message has two sums")
	}
}

// reachable collects every key that can be read from a tree: of live nodes and of pages.
func reachable(t *testing.T, tr tree, pages pager) map[secret]bool {
	t.Helper()
	keys := map[secret]bool{}
	var walk func(s slot, level int)
	walk = func(s slot, level int) {
		if s.kind == slotDead {
			return
		}
		keys[s.key] = true
		if s.kind == slotLive {
			return
		}
		pg, err := pages.load(s, level)
		if err != nil {
			t.Fatal(err)
		}
		if pg.branch != nil {
			for _, c := range pg.branch {
				walk(c, level+1)
			}
		}
		for _, side := range pg.siblings {
			for _, k := range side {
				keys[k] = true
			}
		}
	}
	walk(tr.root, 0)
	return keys
}

// ancestors are the keys from the root to the leaf of p, both included: each of them gives the value at p.
func ancestors(root secret, p *point) []secret {
	out := []secret{root}
	for level := 0; level < levels; level++ {
		root = child(&root, level, p.digit(level))
		out = append(out, root)
	}
	return out
}

func TestPunctureKillsExactlyThePunctured(t *testing.T) {
	t.Parallel()
	rng := mathrand.New(mathrand.NewChaCha8([32]byte{7}))
	random := func() (p point) {
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		return p
	}
	// near returns a point that parts from p at a level.
	near := func(p point, level int) point {
		if level%2 == 0 {
			p[level/2] ^= 0x30
		} else {
			p[level/2] ^= 0x03
		}
		return p
	}
	base := random()
	var brothers []point // all sixteen leaves under one node
	for d := byte(0); d < arity; d++ {
		p := base
		p[len(p)-1] = p[len(p)-1]&0xf0 | d
		brothers = append(brothers, p)
	}
	tests := []struct {
		name   string
		rounds [][]point
	}{
		{"one", [][]point{{base}}},
		{"the same again", [][]point{{base}, {base}, {base, base}}},
		{"a brother", [][]point{{base}, {near(base, levels-1)}}},
		{"two brothers at once", [][]point{{base, near(base, levels-1)}}},
		{"all brothers at once", [][]point{brothers}},
		{"all brothers one by one", [][]point{{brothers[3]}, {brothers[1], brothers[15]}, brothers[4:9], brothers}},
		{"parting at the root", [][]point{{base}, {near(base, 0)}}},
		{"parting at every level", [][]point{{base}, {near(base, 23), near(base, 12)}, {near(base, 0), near(base, 1), near(base, 22)}, {near(base, 11)}}},
		{"many", nil},
	}
	many := &tests[len(tests)-1]
	for range 10 {
		var round []point
		for range 1 + rng.IntN(12) {
			round = append(round, random())
		}
		many.rounds = append(many.rounds, round)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pages := newPageFiles(t.TempDir(), [16]byte{1}, rand.Reader)
			start, err := newTree(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			root := start.root.key
			tr, dead := start, map[point]bool{}
			var forgotten []slot
			for i, round := range test.rounds {
				next, stale, err := tr.puncture(round, uint64(i+1), pages)
				if err != nil {
					t.Fatal(err)
				}
				tr = next
				pages.cache.purge()
				forgotten = append(forgotten, stale...)
				for _, p := range round {
					dead[p] = true
				}
				kept := reachable(t, tr, pages)
				for p := range dead {
					if _, err := tr.value(&p, pages); !errors.Is(err, errPunctured) {
						t.Fatalf("round %d: punctured point gives %v", i, err)
					}
					for level, k := range ancestors(root, &p) {
						if kept[k] {
							t.Fatalf("round %d: the key of level %d above a punctured point is still reachable", i, level)
						}
					}
				}
				for _, s := range forgotten {
					if kept[s.key] {
						t.Fatalf("round %d: the key of an old page is still reachable", i)
					}
				}
				// Everything else gives what it gave before.
				for p := range dead {
					for level := range levels {
						q := near(p, level)
						if dead[q] {
							continue
						}
						got, err := tr.value(&q, pages)
						if err != nil {
							t.Fatalf("round %d: a neighbour parting at level %d: %v", i, level, err)
						}
						if got != descend(root, &q, 0) {
							t.Fatalf("round %d: the value of a neighbour parting at level %d has changed", i, level)
						}
					}
				}
			}
			// What is left on disk is what is reachable, once the old pages are removed.
			pages.forget(forgotten)
			if reachable(t, tr, pages); t.Failed() {
				return
			}
			files, live := 0, 0
			if err := filepath.WalkDir(pages.dir, func(_ string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					files++
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			var count func(s slot, level int)
			count = func(s slot, level int) {
				if s.kind != slotPage {
					return
				}
				live++
				pg, err := pages.load(s, level)
				if err != nil {
					t.Fatal(err)
				}
				if pg.branch != nil {
					for _, c := range pg.branch {
						count(c, level+1)
					}
				}
			}
			if count(tr.root, 0); files != live {
				t.Errorf("%d files of pages, %d of them in use", files, live)
			}
		})
	}
}

func TestPageSurvivesEncoding(t *testing.T) {
	p := point{0xab, 0xcd}
	chain := newChain(secret{1}, 3, &p)
	for _, pg := range []*page{chain, newBranch(secret{2}, 0), chain.asBranch()} {
		if pg.branch != nil && pg.branch[p.digit(pg.level)].fresh != nil {
			pg.branch[p.digit(pg.level)] = slot{kind: slotPage, key: secret{3}, seq: 9}
		}
		got, err := parsePage(pg.encode(), pg.level)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.encode(), pg.encode()) {
			t.Error("a page is not what it was")
		}
		if _, err := parsePage(pg.encode(), pg.level+1); err == nil {
			t.Error("a page of another level is taken")
		}
	}
}

func TestDamagedPageIsNamed(t *testing.T) {
	pages := newPageFiles(t.TempDir(), [16]byte{1}, rand.Reader)
	tr, err := newTree(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := point{1}
	if tr, _, err = tr.puncture([]point{p}, 1, pages); err != nil {
		t.Fatal(err)
	}
	path := pages.path(&tr.root.key, 1)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	q := point{2}
	for at := 0; at < len(good); at += 97 {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tr.value(&q, pages); !errors.Is(err, ErrDamaged) || !bytes.Contains([]byte(err.Error()), []byte(path)) {
			t.Fatalf("byte %d flipped: %v", at, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.value(&q, pages); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing page: %v", err)
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.value(&q, pages); err != nil {
		t.Errorf("restored page: %v", err)
	}
}

func TestCacheForgetsTheLeastUsed(t *testing.T) {
	c := newCache[int, int](cacheShards * 4)
	for i := range 10_000 {
		c.put(i, i)
		if v, ok := c.get(i); !ok || v != i {
			t.Fatalf("%d: %d %v", i, v, ok)
		}
		c.get(0) // the first is used all the time
	}
	if _, ok := c.get(0); !ok {
		t.Error("what is used all the time is forgotten")
	}
	kept := 0
	for i := range 10_000 {
		if v, ok := c.get(i); ok {
			kept++
			if v != i {
				t.Fatalf("%d: %d", i, v)
			}
		}
	}
	if kept > cacheShards*4 {
		t.Errorf("%d kept, %d allowed", kept, cacheShards*4)
	}
	c.put(9_999, 7)
	if v, _ := c.get(9_999); v != 7 {
		t.Errorf("replaced value is %d", v)
	}
	c.purge()
	if _, ok := c.get(9_999); ok {
		t.Error("purged value is there")
	}
}
