package schema

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/ingest/access"
)

// Tiles serves the log as C2SP tlog-tiles has it: /checkpoint and /tile/<L>/<N>[.p/<W>] to everybody, entry bundles
// under /tile/entries/ to oversight only, since leaves are not scoped. Entry bundles stand behind door, and each is an entry of the access ledger.
func Tiles(g *graph.Graph, door func(http.Handler) http.Handler, logger *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	fail := func(w http.ResponseWriter, err error) {
		if errors.Is(err, ledger.ErrNotFound) {
			http.Error(w, "not in the log", http.StatusNotFound)
			return
		}
		logger.Error("a tile could not be read", "error", err)
		http.Error(w, "the log failed to answer", http.StatusInternalServerError)
	}
	mux.HandleFunc("GET /checkpoint", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(g.Checkpoint().Checkpoint)
	})
	mux.HandleFunc("GET /tile/", func(w http.ResponseWriter, r *http.Request) {
		t, err := ledger.ParseTilePath(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil || t.L < 0 {
			http.Error(w, "no such tile: the path is tile/<L>/<N>[.p/<W>]", http.StatusNotFound)
			return
		}
		data, err := g.HashTile(t)
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(data)
	})
	mux.Handle("GET /tile/entries/", door(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := ledger.ParseTilePath(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil || t.L != -1 {
			http.Error(w, "no such entry bundle: the path is tile/entries/<N>[.p/<W>]", http.StatusNotFound)
			return
		}
		viewer, err := viewerOf(r.Context())
		if err != nil {
			access.WriteProblem(w, http.StatusForbidden, graph.CodeOf(err), err.Error())
			return
		}
		view, err := g.As(viewer)
		if err != nil {
			access.WriteProblem(w, http.StatusForbidden, graph.CodeOf(err), err.Error())
			return
		}
		data, err := view.EntryBundle(uint64(t.N), t.W)
		read := graph.Access{Way: event.WayBundle, Operation: strings.TrimPrefix(r.URL.Path, "/"), Bytes: int64(len(data))}
		if err == nil {
			read.Rows = int64(t.W)
		}
		if err := account(r.Context(), view, read); err != nil {
			logger.Error("an entry bundle could not be accounted for; it was withheld", "error", err)
			http.Error(w, sorry, http.StatusServiceUnavailable)
			return
		}
		if code := graph.CodeOf(err); code != "" {
			access.WriteProblem(w, http.StatusForbidden, code, err.Error())
			return
		}
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "private, no-store")
		_, _ = w.Write(data)
	})))
	return mux
}
