package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// ledgerTiles reads tiles as a client of tlog-tiles does: by path.
type ledgerTiles struct {
	t *testing.T
	l *Ledger
}

func (r ledgerTiles) Height() int                     { return TileHeight }
func (r ledgerTiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (r ledgerTiles) ReadTiles(ts []tlog.Tile) (out [][]byte, err error) {
	for _, want := range ts {
		got, err := ParseTilePath(TilePath(want))
		if err != nil || got != want {
			r.t.Fatalf("path %s of %+v reads as %+v, %v", TilePath(want), want, got, err)
		}
		b, err := r.l.HashTile(got)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// A client on x/mod alone reads the log through its tiles: every leaf of every bundle is in the signed tree.
func TestTilesAreTheTree(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	for range 3 { // the second round meets the cache
		head := appendN(t, l, 255, 1, 1, 900, 77)
		tree := tlog.Tree{N: int64(head.Size), Hash: head.Root}
		r := tlog.TileHashReader(tree, ledgerTiles{t, l})
		for n := uint64(0); n<<TileHeight < head.Size; n++ {
			width := int(min(256, head.Size-n<<TileHeight))
			b, err := l.EntryBundle(n, width)
			if err != nil {
				t.Fatal(err)
			}
			for i := n << TileHeight; i < n<<TileHeight+uint64(width); i++ {
				size := int(binary.BigEndian.Uint16(b))
				leaf := b[2 : 2+size]
				b = b[2+size:]
				if !bytes.Equal(leaf, entryOf(i).Leaf) {
					t.Fatalf("leaf %d differs", i)
				}
				hs, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))})
				if err != nil || hs[0] != tlog.RecordHash(leaf) {
					t.Fatalf("leaf %d: %v", i, err)
				}
			}
			if len(b) != 0 {
				t.Fatalf("bundle %d has %d bytes more", n, len(b))
			}
		}
	}
}

func TestTilesBeyondTheLog(t *testing.T) {
	dir, o := mustCreate(t)
	l := mustOpen(t, dir, o)
	appendN(t, l, 600)
	for _, c := range []tlog.Tile{
		{H: 8, L: 0, N: 2, W: 89}, {H: 8, L: 0, N: 3, W: 1}, {H: 8, L: 1, N: 0, W: 3}, {H: 8, L: 2, N: 0, W: 1},
		{H: 8, L: 0, N: 0, W: 0}, {H: 8, L: 0, N: 0, W: 257}, {H: 8, L: 0, N: -1, W: 1}, {H: 8, L: 8, N: 0, W: 1},
		{H: 8, L: -1, N: 0, W: 1}, {H: 9, L: 0, N: 0, W: 1}, {H: 8, L: 0, N: 1 << 60, W: 1},
	} {
		if _, err := l.HashTile(c); !errors.Is(err, ErrNotFound) {
			t.Errorf("tile %+v: %v", c, err)
		}
	}
	for _, c := range []struct {
		n uint64
		w int
	}{{2, 89}, {3, 1}, {0, 0}, {0, 257}, {1 << 60, 1}} {
		if _, err := l.EntryBundle(c.n, c.w); !errors.Is(err, ErrNotFound) {
			t.Errorf("bundle %+v: %v", c, err)
		}
	}
	if b, err := l.HashTile(tlog.Tile{H: 8, L: 0, N: 2, W: 88}); err != nil || len(b) != 88*32 {
		t.Errorf("partial tile: %d bytes, %v", len(b), err)
	}
}

func TestTilePaths(t *testing.T) {
	for path, want := range map[string]tlog.Tile{
		"tile/0/000":                 {H: 8, L: 0, N: 0, W: 256},
		"tile/3/x001/x234/067.p/8":   {H: 8, L: 3, N: 1234067, W: 8},
		"tile/entries/x001/000":      {H: 8, L: -1, N: 1000, W: 256},
		"tile/63/999.p/255":          {H: 8, L: 63, N: 999, W: 255},
		"tile/entries/x010/x000/000": {H: 8, L: -1, N: 10_000_000, W: 256},
	} {
		got, err := ParseTilePath(path)
		if err != nil || got != want || TilePath(want) != path {
			t.Errorf("%s: %+v, %v, back %s", path, got, err, TilePath(want))
		}
	}
	for _, path := range []string{
		"", "tile", "tile/0", "tile/0/", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/data/000", "tile/0/00", "tile/0/0000",
		"tile/0/x000/001", "tile/0/001/001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "/tile/0/000",
		"tile/0/+01", "tile/0/000/", "tile/8/0/000",
	} {
		if got, err := ParseTilePath(path); err == nil {
			t.Errorf("%q is taken as %+v", path, got)
		}
	}
}

func TestTileCacheIsBounded(t *testing.T) {
	c := cache[tileKey]{limit: 1000}
	for i := range uint64(100) {
		c.put(tileKey{0, i}, make([]byte, 100))
		c.get(tileKey{0, 0})
	}
	if c.used > 1000 || len(c.by) != c.order.Len() || len(c.by) != 10 {
		t.Fatalf("%d bytes, %d keys, %d in order", c.used, len(c.by), c.order.Len())
	}
	if _, ok := c.get(tileKey{0, 0}); !ok {
		t.Fatal("what is used most was dropped")
	}
	c.put(tileKey{0, 1000}, make([]byte, 1001))
	if c.used > 1000 {
		t.Fatal("took more than its limit")
	}
}
