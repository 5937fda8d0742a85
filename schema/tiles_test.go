package schema_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

// outsider checks a log over HTTP with nothing but x/mod and what the C2SP pages say
// (https://c2sp.org/tlog-tiles, https://c2sp.org/tlog-checkpoint).
type outsider struct {
	url   string
	token string
}

func (o outsider) get(path string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, o.url+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
		req.Header.Set("Lichtspur-Purpose", "integrity")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, resp.Status, body)
	}
	return body, err
}

// path is a tile's path by tlog-tiles: N in groups of three digits, all but the last with an x.
func path(t tlog.Tile) string {
	n, s := t.N, fmt.Sprintf("%03d", t.N%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	level := fmt.Sprint(t.L)
	if t.L == -1 {
		level = "entries"
	}
	if t.W != 256 {
		s += fmt.Sprintf(".p/%d", t.W)
	}
	return "tile/" + level + "/" + s
}

// Height implements tlog.TileReader.
func (outsider) Height() int { return 8 }

// SaveTiles implements tlog.TileReader.
func (outsider) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader.
func (o outsider) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		var err error
		if out[i], err = o.get(path(t)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func TestOutsiderVerifiesTheLogOverHTTP(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	const origin = "log.example/tiles"
	if err := graph.Create(dir, origin, graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Open(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	ctx := context.Background()
	const n = 700 // two full bundles and a partial one
	var events []*event.Event
	for i := range n {
		events = append(events, &event.Event{ID: fmt.Sprintf("organisation-%d", i), Kind: event.KindDeclare, Declaration: &event.Declaration{
			Type: event.DeclareOrganisation, ID: fmt.Sprintf("organisation-%d", i), Name: event.Text{EN: "An organisation"},
			Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}})
	}
	leafHash := map[uint64]tlog.Hash{}
	for from := 0; from < n; from += 100 {
		receipts, _, err := g.Record(ctx, graph.LogID, events[from:from+100]...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range receipts {
			if r.Status != graph.Accepted {
				t.Fatal(r.Faults)
			}
			leafHash[r.Index] = r.LeafHash
		}
	}

	tokens, err := access.Open(filepath.Join(dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := tokens.Create(time.Now(), rand.Reader, "auditor", access.Scope{Viewer: "auditor", Role: string(graph.Oversight)}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	door := &access.Door{Tokens: tokens}
	server := httptest.NewServer(schema.Tiles(g, door.Handler, slog.New(slog.DiscardHandler)))
	defer server.Close()
	anybody, authorised := outsider{url: server.URL}, outsider{url: server.URL, token: token}

	vkey, err := graph.VerifierKey(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	text, err := anybody.get("checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		t.Fatalf("checkpoint %q", signed.Text)
	}
	var size int64
	if _, err := fmt.Sscan(lines[1], &size); err != nil || size != n {
		t.Fatalf("size %q, want %d", lines[1], n)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		t.Fatal(err)
	}

	// Every leaf, from entry bundles, under the root, through tiles.
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, anybody)
	var leaves [][]byte
	for bundle := int64(0); bundle*256 < size; bundle++ {
		w := int(min(256, size-bundle*256))
		data, err := authorised.get(path(tlog.Tile{H: 8, L: -1, N: bundle, W: w}))
		if err != nil {
			t.Fatal(err)
		}
		for range w {
			length := int(binary.BigEndian.Uint16(data))
			leaves, data = append(leaves, data[2:2+length]), data[2+length:]
		}
		if len(data) != 0 {
			t.Fatalf("bundle %d has %d bytes too many", bundle, len(data))
		}
	}
	for i, leaf := range leaves {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))})
		if err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		if hashes[0] != tlog.RecordHash(leaf) || hashes[0] != leafHash[uint64(i)] {
			t.Fatalf("leaf %d: bundle, tile and receipt differ", i)
		}
	}
	// An older tree is a prefix of this one.
	older, err := tlog.TreeHash(300, reader)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := tlog.ProveTree(size, 300, reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := tlog.CheckTree(proof, size, root, 300, older); err != nil {
		t.Fatal(err)
	}

	// Entry bundles are for oversight; tiles beyond the log and other spellings are not there.
	if _, err := anybody.get("tile/entries/000"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("an entry bundle without a token answers %v", err)
	}
	for _, p := range []string{"tile/0/002", "tile/0/2", "tile/0/x000/000", "tile/0/002.p/255", "tile/8/000", "tile/-1/000", "tile/entries/003"} {
		if _, err := authorised.get(p); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("%s answers %v", p, err)
		}
	}
}
