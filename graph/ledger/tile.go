package ledger

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of tiles in https://c2sp.org/tlog-tiles: 256 hashes or entries in a full one.
const TileHeight = 8

const tileWidth = 1 << TileHeight

// HashTile returns the hashes of a tile of height 8, level L ≥ 0, W of them, as tlog-tiles serves them. ErrNotFound for a
// tile beyond the log.
func (r *reader) HashTile(t tlog.Tile) ([]byte, error) {
	if t.H != TileHeight || t.L < 0 || t.L > 7 || t.N < 0 || t.W < 1 || t.W > tileWidth {
		return nil, fmt.Errorf("%w: no such tile", ErrNotFound)
	}
	have := r.state.Load().chain.size >> (TileHeight * t.L) // complete subtrees of the tile's level
	if n := uint64(t.N); n > have>>TileHeight || n<<TileHeight+uint64(t.W) > have {
		return nil, fmt.Errorf("%w: tile %s", ErrNotFound, TilePath(t))
	}
	full := t.W == tileWidth
	key := tileKey{t.L, uint64(t.N)}
	if full {
		if b, ok := r.tiles.get(key); ok {
			return b, nil
		}
	}
	b, err := tlog.ReadTileData(t, r)
	if err != nil {
		return nil, fmt.Errorf("tile %s: %w", TilePath(t), err)
	}
	if full {
		if err := r.checkTile(t, b); err != nil {
			return nil, err
		}
		r.tiles.put(key, b)
	}
	return b, nil
}

// checkTile compares a full tile with the hash over it one level up, so that a damaged tile is never cached and served.
func (r *reader) checkTile(t tlog.Tile, b []byte) error {
	x := tlog.StoredHashIndex((t.L+1)*TileHeight, t.N)
	above, err := r.ReadHashes([]int64{x})
	if err != nil {
		return err
	}
	var f frontier // of the tile's own subtree, whose root is the hash above
	var step [TileHeight + 1]tlog.Hash
	for i := range t.W {
		f.append(step[:0], tlog.Hash(b[i*tlog.HashSize:][:tlog.HashSize]))
	}
	if f.root() != above[0] {
		first := uint64(t.N) << (TileHeight * (t.L + 1))
		return &Damage{What: DamagedHash, Tile: TilePath(t), From: first, To: first + 1<<(TileHeight*(t.L+1))}
	}
	return nil
}

// EntryBundle returns the first width leaves of bundle n (leaves from n·256), each behind its length in two bytes, as
// tlog-tiles serves them. ErrNotFound for a bundle beyond the log.
func (r *reader) EntryBundle(n uint64, width int) ([]byte, error) {
	size := r.state.Load().chain.size
	if width < 1 || width > tileWidth || n > size>>TileHeight || n<<TileHeight+uint64(width) > size {
		return nil, fmt.Errorf("%w: entry bundle %d of width %d", ErrNotFound, n, width)
	}
	key := tileKey{-1, n}
	if width == tileWidth {
		if b, ok := r.tiles.get(key); ok {
			return b, nil
		}
	}
	hashes, err := r.HashTile(tlog.Tile{H: TileHeight, L: 0, N: int64(n), W: width})
	if err != nil {
		return nil, err
	}
	var b []byte
	hasher, first := newLeafHasher(), n<<TileHeight
	for e, err := range r.Entries(first, first+uint64(width)) {
		if err != nil {
			return nil, fmt.Errorf("entry bundle %d: %w", n, err)
		}
		if hasher.sum(e.Leaf) != tlog.Hash(hashes[(e.Index-first)*tlog.HashSize:][:tlog.HashSize]) {
			return nil, &Damage{What: DamagedLeaf, From: e.Index, To: e.Index + 1}
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(e.Leaf)))
		b = append(b, e.Leaf...)
	}
	if width == tileWidth {
		r.tiles.put(key, b)
	}
	return b, nil
}

// TilePath is the tile's coordinate path by tlog-tiles, "tile/<L>/<N>[.p/<W>]", with "entries" for L = -1. (tlog's own
// Tile.Path has the height in it and "data" for entries.)
func TilePath(t tlog.Tile) string {
	level := "entries"
	if t.L >= 0 {
		level = strconv.Itoa(t.L)
	}
	s := "tile/" + level + "/" + indexPath(uint64(t.N))
	if t.W != tileWidth {
		s += ".p/" + strconv.Itoa(t.W)
	}
	return s
}

// indexPath writes 1234067 as "x001/x234/067".
func indexPath(n uint64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

// ParseTilePath reads a coordinate path of tlog-tiles without a leading slash. L is -1 for an entry bundle, W is 256 for a
// full tile. Any other spelling of the same tile is an error.
func ParseTilePath(path string) (tlog.Tile, error) {
	bad := func() (tlog.Tile, error) { return tlog.Tile{}, fmt.Errorf("malformed tile path %q", path) }
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 100 {
		return bad()
	}
	level, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return bad()
	}
	t := tlog.Tile{H: TileHeight, L: -1, W: tileWidth}
	if level != "entries" {
		l, err := strconv.Atoi(level)
		if err != nil || l < 0 || l > 63 || strconv.Itoa(l) != level {
			return bad()
		}
		t.L = l
	}
	if index, width, partial := strings.Cut(rest, ".p/"); partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= tileWidth {
			return bad()
		}
		rest, t.W = index, w
	}
	var n uint64
	parts := strings.Split(rest, "/")
	if len(parts) > 6 {
		return bad()
	}
	for i, p := range parts {
		if i < len(parts)-1 {
			if p, ok = strings.CutPrefix(p, "x"); !ok {
				return bad()
			}
		}
		d, err := strconv.ParseUint(p, 10, 16)
		if err != nil || len(p) != 3 {
			return bad()
		}
		n = n*1000 + d
	}
	t.N = int64(n)
	if TilePath(t) != path {
		return bad()
	}
	return t, nil
}

type tileKey struct {
	level int // -1 for entry bundles
	n     uint64
}
