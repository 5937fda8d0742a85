package schema_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"k8s.io/klog/v2"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

// asking is a transport that names a purpose, and may change what comes back.
type asking struct {
	alter func(path string, body []byte)
}

func (a asking) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Lichtspur-Purpose", "integrity")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || a.alter == nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	a.alter(r.URL.Path, body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}

// A stranger's tool, the fsck of Tessera, takes a log of ours apart over HTTP and puts it together again: checkpoint, entry
// bundles, and hash tiles of two levels, full and partial ones. Where a byte is not as it was it says so.
func TestTesseraChecksTheLogOverHTTP(t *testing.T) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	dir := filepath.Join(t.TempDir(), "data")
	const origin = "log.example/fsck"
	if err := graph.Create(dir, origin, graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Open(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for from := 0; from < 2100; from += 300 {
		var events []*event.Event
		for i := from; i < from+300; i++ {
			id := fmt.Sprintf("organisation-%d", i)
			events = append(events, &event.Event{ID: id, Kind: event.KindDeclare, Declaration: &event.Declaration{
				Type: event.DeclareOrganisation, ID: id, Name: event.Text{EN: "An organisation"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}})
		}
		if _, _, err := g.Record(context.Background(), graph.LogID, events...); err != nil {
			t.Fatal(err)
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
	server := httptest.NewServer(schema.Tiles(g, (&access.Door{Tokens: tokens}).Handler, slog.New(slog.DiscardHandler)))
	defer server.Close()
	root, err := url.Parse(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := graph.VerifierKey(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	check := func(alter func(path string, body []byte)) error {
		t.Helper()
		fetcher, err := client.NewHTTPFetcher(root, &http.Client{Transport: asking{alter}})
		if err != nil {
			t.Fatal(err)
		}
		fetcher.SetAuthorizationHeader("Bearer " + token)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return fsck.New(origin, verifier, fetcher, leafHashes, fsck.Opts{N: 2}).Check(ctx)
	}
	var mu sync.Mutex
	var seen []string
	if err := check(func(path string, _ []byte) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, path)
	}); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(seen, " ")
	for _, path := range []string{"/checkpoint", "/tile/entries/000", "/tile/entries/008.p/52", "/tile/0/007", "/tile/0/008.p/52", "/tile/1/000.p/8"} {
		if !strings.Contains(all, path) {
			t.Errorf("%s was not asked for, only %s", path, all)
		}
	}
	for _, bad := range []string{"/checkpoint", "/tile/entries/003", "/tile/entries/008.p/52", "/tile/0/005", "/tile/0/008.p/52", "/tile/1/000.p/8"} {
		err := check(func(path string, body []byte) {
			if path == bad {
				body[len(body)/2] ^= 1
			}
		})
		if err == nil {
			t.Errorf("a flipped bit in %s was not noticed", bad)
		}
	}
}

// leafHashes are the RFC 6962 hashes of the entries in a bundle.
func leafHashes(bundle []byte) (out [][]byte, err error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	for _, leaf := range b.Entries {
		h := tlog.RecordHash(leaf)
		out = append(out, h[:])
	}
	return out, nil
}
