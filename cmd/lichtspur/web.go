package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/schema"
)

// The bounds of a connection. A body has no bound in time here: intake streams are long, and each handler bounds its own.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	// shutdownGrace is how long requests under way may go on after the signal to stop.
	shutdownGrace = 15 * time.Second
)

// route is a handler and what it answers.
type route struct {
	pattern string // of http.ServeMux
	handler http.Handler
	public  bool // answers without a token; everything else is behind the door
	pages   bool // scripts of pages of some origins may use it
}

// compose puts routes together, those that are not public behind the door. origins are those whose pages may ask.
func compose(door *access.Door, origins []string, routes []route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		h := r.handler
		if !r.public {
			h = door.Handler(h)
		}
		if r.pages {
			h = schema.CORS(origins, h)
		}
		mux.Handle(r.pattern, h)
	}
	return mux
}

// web is the HTTP server from before the log is open until after it is closed. Until [web.open] is called, and again
// from the signal to stop on, it says that it is not ready.
type web struct {
	log     *slog.Logger
	metrics *metrics
	now     func() time.Time

	running sync.WaitGroup // handlers; the log must not be closed under them

	content atomic.Pointer[http.Handler] // nil: not ready
	why     atomic.Pointer[string]       // why not
}

func newWeb(log *slog.Logger, now func() time.Time) *web {
	w := &web{log: log, metrics: newMetrics(), now: now}
	w.notReady("the log is being opened")
	return w
}

func (w *web) open(h http.Handler) { w.content.Store(&h) }

func (w *web) notReady(why string) {
	w.why.Store(&why)
	w.content.Store(nil)
}

// ServeHTTP answers health and metrics itself and hands the rest on.
func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/livez":
		plain(rw, http.StatusOK, "ok")
		return
	case "/readyz":
		if w.content.Load() == nil {
			plain(rw, http.StatusServiceUnavailable, *w.why.Load())
			return
		}
		plain(rw, http.StatusOK, "ok")
		return
	case "/metrics":
		w.metrics.ServeHTTP(rw, r)
		return
	}
	w.running.Add(1)
	defer w.running.Done()
	rec := &recorder{ResponseWriter: rw}
	begin := w.now()
	defer func() {
		if v := recover(); v != nil {
			w.panicked(rec, v)
			if rec.status != http.StatusInternalServerError {
				panic(http.ErrAbortHandler) // something went out already: the connection must not look complete
			}
		}
		pattern := r.Pattern
		if pattern == "" {
			pattern = "(none)"
		}
		took := w.now().Sub(begin)
		w.metrics.observe(pattern, rec.code(), took)
		w.log.Info("request", "method", method(r.Method), "route", pattern, "status", rec.code(), "bytes", rec.bytes, "ms", took.Milliseconds())
	}()
	content := w.content.Load()
	if content == nil {
		rec.Header().Set("Retry-After", "2")
		access.WriteProblem(rec, http.StatusServiceUnavailable, "NOT_READY", *w.why.Load())
		return
	}
	(*content).ServeHTTP(rec, r)
}

// panicked answers a request whose handler panicked, if nothing went out yet. The value may hold what a client or a
// source sent, so only its type is logged; the stack is names and addresses.
func (w *web) panicked(rec *recorder, v any) {
	if v == http.ErrAbortHandler {
		return
	}
	_, frames, _ := strings.Cut(string(debug.Stack()), "\n")
	w.log.Error("a handler panicked", "type", fmt.Sprintf("%T", v), "stack", frames)
	if rec.status == 0 {
		access.WriteProblem(rec, http.StatusInternalServerError, "INTERNAL", "something went wrong here; it is in the server's log")
	}
}

// method returns m if it is one of HTTP's own, so that no client can fill the log with words of its choice.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE":
		return m
	}
	return "(other)"
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController the writer beneath, to flush and to read and write at the same time.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// serve answers on l until ctx ends, then lets requests under way end. work runs beside it, once; when it fails, that
// ends the server and is returned.
func (w *web) serve(ctx context.Context, l net.Listener, tlsConfig *tls.Config, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Requests end by themselves within the grace, not by the signal: their context is that of the connection.
	s := &http.Server{
		Handler:           w,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		TLSConfig:         tlsConfig,
		ErrorLog:          log.New(plainLog{w.log}, "", 0),
	}
	served := make(chan error, 1)
	go func() {
		if tlsConfig != nil {
			served <- s.ServeTLS(l, "", "")
			return
		}
		served <- s.Serve(l)
	}()
	go func() {
		if err := work(ctx); err != nil {
			cancel(err)
		}
	}()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	w.notReady("the server is stopping")
	grace, end := context.WithTimeout(context.Background(), shutdownGrace)
	defer end()
	err := s.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		w.log.Warn("requests under way were cut off", "after", shutdownGrace)
		err = s.Close()
	}
	// With its connection gone a handler ends by itself; until then it may still be using the log.
	w.running.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}
