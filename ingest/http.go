package ingest

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// Handler serves the intake. Every request speaks for a source (its token says which):
//
//	POST   /v1/events           events, NDJSON or a JSON array, optionally gzip; answered as package doc says
//	POST   /v1/cloudevents      CloudEvents 1.0, structured, binary or batched (package cloudevents); answered likewise
//	POST   /v1/batches          one sealed batch, signed leaf or signed plain event (package batch); answered likewise
//	POST   /v1/names            which of some organisations and systems are not declared; nothing is recorded
//	GET    /v1/chain            how far the source's sequence of batches has come
//	GET    /v1/quarantine       what of the source is in quarantine, NDJSON
//	GET    /v1/quarantine/{id}  one item
//	POST   /v1/quarantine/{id}  hand it in again, as mended in the body or, with an empty body, as it is
//	DELETE /v1/quarantine/{id}  remove it
//
// It stands behind an access.Door.
type Handler struct {
	Intake *Intake
	Logger *slog.Logger
	// Retry is what Retry-After says when the queue is full; zero: 1 s.
	Retry time.Duration
	// Patience is how long a client may send nothing of its body, or fetch nothing of its answer; zero: a minute.
	Patience time.Duration
	// Profile says what the audit records in CloudEvents mean; nil: names are what they are.
	Profile *audit.Profile
	mux     http.ServeMux
}

// NewHandler makes the handler of an intake.
func NewHandler(in *Intake, logger *slog.Logger) *Handler {
	h := &Handler{Intake: in, Logger: logger, Retry: time.Second}
	h.mux.HandleFunc("POST /v1/events", h.events)
	h.mux.HandleFunc("POST /v1/cloudevents", h.cloud)
	h.mux.HandleFunc("POST /v1/batches", h.batches)
	h.mux.HandleFunc("POST /v1/names", h.names)
	h.mux.HandleFunc("GET /v1/chain", h.chain)
	h.mux.HandleFunc("GET /v1/quarantine", h.items)
	h.mux.HandleFunc("GET /v1/quarantine/{id}", h.item)
	h.mux.HandleFunc("POST /v1/quarantine/{id}", h.mend)
	h.mux.HandleFunc("DELETE /v1/quarantine/{id}", h.remove)
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// source returns the source that a request speaks for, or answers that it speaks for none.
func source(w http.ResponseWriter, r *http.Request) (string, bool) {
	g, ok := access.From(r.Context())
	if ok && g.Source != "" {
		return g.Source, true
	}
	access.WriteProblem(w, http.StatusForbidden, "NO_SOURCE", "this needs a token of a source (`lichtspur token create --source NAME`)")
	return "", false
}

// body returns the request's body, decompressed, and the context to take it in with. What is decompressed is bounded by
// whoever reads it.
func (h *Handler) body(w http.ResponseWriter, r *http.Request, types ...string) (io.Reader, context.Context, context.CancelFunc) {
	if ct := r.Header.Get("Content-Type"); ct != "" {
		media, _, err := mime.ParseMediaType(ct)
		known := err == nil
		if known {
			known = false
			for _, t := range types {
				known = known || media == t
			}
		}
		if !known {
			access.WriteProblem(w, http.StatusUnsupportedMediaType, "MEDIA_TYPE", "send Content-Type "+strings.Join(types, " or "))
			return nil, nil, nil
		}
	}
	in := h.patient(w, r.Body)
	ctx, cancel := in.context(r.Context())
	switch enc := r.Header.Get("Content-Encoding"); enc {
	case "", "identity":
		return in, ctx, cancel
	case "gzip":
		z, err := gzip.NewReader(bufio.NewReader(in))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			h.fail(&lines{w: w}, r, streamError(err))
			break
		}
		if err != nil {
			access.WriteProblem(w, http.StatusBadRequest, codeBadGzip, "the body says that it is gzip and is not")
			break
		}
		return z, ctx, cancel
	default:
		w.Header().Set("Accept-Encoding", "gzip, identity")
		access.WriteProblem(w, http.StatusUnsupportedMediaType, "CONTENT_ENCODING", "send the body as it is, or as gzip")
	}
	cancel()
	return nil, nil, nil
}

// patientReader lets each read of a body take only so long.
type patientReader struct {
	r     io.Reader
	c     *http.ResponseController
	limit time.Duration
	late  error                     // a read took too long
	until atomic.Pointer[time.Time] // when the read under way is given up, or was; nil: there is none
}

func (h *Handler) patient(w http.ResponseWriter, r io.Reader) *patientReader {
	return &patientReader{r: r, c: http.NewResponseController(w), limit: h.patience()}
}

func (h *Handler) patience() time.Duration {
	if h.Patience > 0 {
		return h.Patience
	}
	return time.Minute
}

func (p *patientReader) Read(b []byte) (int, error) {
	if p.late != nil { // whoever reads through a buffer may ask again
		return 0, p.late
	}
	until := time.Now().Add(p.limit)
	_ = p.c.SetReadDeadline(until) // not every connection has deadlines
	p.until.Store(&until)
	n, err := p.r.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.late = err
		return n, err
	}
	p.until.Store(nil)
	if errors.Is(err, io.EOF) {
		// From here on the server itself listens for the end of the connection.
		_ = p.c.SetReadDeadline(time.Time{})
	}
	return n, err
}

// context ends with the request's, that is when the client goes away, but not when it only was silent for too long: the
// server ends the request's own context after any failed read, and receipts would be lost that are still to be answered.
func (p *patientReader) context(of context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(of))
	stop := context.AfterFunc(of, func() {
		if until := p.until.Load(); until == nil || time.Until(*until) > 0 {
			cancel()
		}
	})
	return ctx, func() { stop(); cancel() }
}

// patientWriter lets each write of an answer take only so long.
type patientWriter struct {
	w     io.Writer
	c     *http.ResponseController
	limit time.Duration
}

func (p *patientWriter) Write(b []byte) (int, error) {
	_ = p.c.SetWriteDeadline(time.Now().Add(p.limit))
	return p.w.Write(b)
}

// lines answers NDJSON and flushes when nothing more is at hand, so that a slow stream hears of its receipts.
type lines struct {
	w     http.ResponseWriter
	limit time.Duration // of one write; zero: none
	out   *bufio.Writer
	begun bool

	status int // zero: 200
}

func (h *Handler) lines(w http.ResponseWriter) *lines { return &lines{w: w, limit: h.patience()} }

// close gives the connection back as it was.
func (l *lines) close() {
	if l.begun {
		_ = http.NewResponseController(l.w).SetWriteDeadline(time.Time{})
	}
}

func (l *lines) answer(line Line) error {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.Header().Set("Cache-Control", "no-store")
		l.w.WriteHeader(max(l.status, http.StatusOK))
		l.out = bufio.NewWriterSize(&patientWriter{l.w, http.NewResponseController(l.w), l.limit}, 32<<10)
	}
	if err := json.MarshalWrite(l.out, line); err != nil {
		return err
	}
	if err := l.out.WriteByte('\n'); err != nil {
		return err
	}
	if line.last || line.Summary != nil || line.Error != nil {
		if err := l.out.Flush(); err != nil {
			return err
		}
		return http.NewResponseController(l.w).Flush()
	}
	return nil
}

func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	src, ok := source(w, r)
	if !ok {
		return
	}
	in, ctx, cancel := h.body(w, r, "application/x-ndjson", "application/json", "application/jsonl", "text/plain")
	if in == nil {
		return
	}
	defer cancel()
	// Receipts go out while events still come in.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		h.internal(w, err)
		return
	}
	l, up := h.lines(w), &upload{r: in}
	defer l.close()
	if _, err := h.Intake.Stream(ctx, src, up, false, l.answer); err != nil {
		h.failStream(l, r, up, err)
	}
}

// upload is a body that a stream is read from, possibly on for a while after the stream has failed.
type upload struct {
	r           io.Reader
	mu          sync.Mutex
	busy, ended bool
}

func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	if u.ended {
		u.mu.Unlock()
		return 0, io.ErrClosedPipe
	}
	u.busy = true
	u.mu.Unlock()
	n, err := u.r.Read(p)
	u.mu.Lock()
	u.busy = false
	u.mu.Unlock()
	return n, err
}

// end stops further reads and reports whether one is under way.
func (u *upload) end() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	return u.busy
}

// How long the rest of a failed stream is waited for: that which is at hand, so that the connection can be used again, and
// that which a client still sends, so that it hears why its stream has failed before the connection is closed on it.
const (
	atHand = 20 * time.Millisecond
	linger = 500 * time.Millisecond
)

// failStream is fail for a stream whose body was not read to its end, or is still being read. The answer does not wait for what
// the client has yet to send, and a connection on which some of the body is left, which would be taken for the next request,
// is not used again. Nor may the server be left to read that rest: with both directions open at once it would panic over
// it (net/http reads for the end of the connection twice).
func (h *Handler) failStream(l *lines, r *http.Request, up *upload, err error) {
	reading := up.end()
	c := http.NewResponseController(l.w)
	if !l.begun {
		if !reading && drained(c, r.Body, atHand) {
			h.fail(l, r, err)
			return
		}
		l.w.Header().Set("Connection", "close")
	}
	begun := l.begun
	h.fail(l, r, err)
	_ = c.Flush()
	if !drained(c, r.Body, linger) && begun {
		panic(http.ErrAbortHandler)
	}
}

// drained reads what is left of a body, for so long and up to a bound, and reports whether that was all.
func drained(c *http.ResponseController, body io.Reader, wait time.Duration) bool {
	const most = 1 << 20
	until := time.Now().Add(wait)
	_ = c.SetReadDeadline(until)
	_, err := io.CopyN(io.Discard, body, most)
	if !errors.Is(err, io.EOF) {
		return false
	}
	_ = c.SetReadDeadline(time.Time{})
	// From the end of the body on the server listens for the end of the connection. Where the deadline has met it there, the
	// context of every later request of the connection has ended already.
	return time.Now().Before(until)
}

func (h *Handler) batches(w http.ResponseWriter, r *http.Request) {
	src, ok := source(w, r)
	if !ok {
		return
	}
	in, ctx, cancel := h.body(w, r, "application/x-ndjson", "application/vnd.lichtspur.batch+ndjson", "application/json", "application/vnd.in-toto+json", "text/plain")
	if in == nil {
		return
	}
	defer cancel()
	l := h.lines(w)
	defer l.close()
	if _, err := h.Intake.Batch(ctx, src, in, false, l.answer); err != nil {
		h.fail(l, r, err)
	}
}

// fail answers an error: as a problem with a status where nothing was answered yet, as the last line otherwise.
func (h *Handler) fail(l *lines, r *http.Request, err error) {
	code := Code(err)
	message := err.Error()
	var broken *errStream
	if errors.As(err, &broken) {
		message = broken.Message
	}
	switch code {
	case "INTERNAL":
		h.Logger.Error("intake failed", "path", r.Pattern, "error", err)
		message = "the log could not take this in; hand it in again, what was recorded answers as duplicate"
	case "CANCELLED":
		message = "the request was given up; hand it in again, what was recorded answers as duplicate"
	}
	if l.begun {
		message += "; what was answered before stands"
	}
	if l.begun {
		_ = l.answer(Line{Error: &ErrorLine{Code: code, Message: message}})
		return
	}
	status := http.StatusUnprocessableEntity
	switch code {
	case "QUEUE_FULL":
		status = http.StatusTooManyRequests
		l.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(h.Retry.Seconds()))))
	case "INTERNAL":
		status = http.StatusInternalServerError
	case "CANCELLED":
		status = http.StatusServiceUnavailable
	case codeSilent:
		status = http.StatusRequestTimeout
		l.w.Header().Set("Connection", "close")
	case graph.CodeUnknownSource, graph.CodeSourceEnded:
		status = http.StatusForbidden
	case graph.CodeNotFound:
		status = http.StatusNotFound
	case string(batch.TooLarge):
		status = http.StatusRequestEntityTooLarge
	case event.ParseTooLarge:
		status = http.StatusRequestEntityTooLarge
	case string(batch.Malformed), codeBadGzip, event.ParseTruncated, event.ParseSyntax, event.ParseTrailing:
		status = http.StatusBadRequest
	case string(batch.SequenceForked), string(batch.SequenceSkipped), string(batch.BadPrevious), string(batch.DuplicateEvents):
		status = http.StatusConflict
	}
	writeRefusal(l.w, status, code, message, err)
}

// writeRefusal answers a problem (RFC 9457) and, for a batch, which leaves are at fault.
func writeRefusal(w http.ResponseWriter, status int, code, message string, err error) {
	var refused *batch.Error
	if !errors.As(err, &refused) {
		access.WriteProblem(w, status, code, message)
		return
	}
	type leaf struct {
		Code    string `json:"code"`
		Leaf    *int   `json:"leaf,omitzero"`
		Line    int    `json:"line,omitzero"`
		Message string `json:"message"`
		Faults  any    `json:"faults,omitzero"`
	}
	problem := struct {
		access.Problem
		Leaves []leaf       `json:"leaves,omitzero"`
		Faults event.Faults `json:"faults,omitzero"` // of a signed plain event
	}{Problem: access.Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: message}}
	for _, e := range append([]*batch.Error{refused}, refused.More...) {
		if e.Leaf == nil {
			problem.Faults = append(problem.Faults, e.Faults...)
		} else {
			problem.Leaves = append(problem.Leaves, leaf{string(e.Code), e.Leaf, e.Line, e.Message, e.Faults})
		}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, problem)
	_, _ = w.Write([]byte{'\n'})
}

func (h *Handler) internal(w http.ResponseWriter, err error) {
	h.Logger.Error("intake failed", "error", err)
	access.WriteProblem(w, http.StatusInternalServerError, "INTERNAL", "the log failed to answer; the operator's log says why")
}

// Chain is how far a source's sequence of batches has come, as it is answered.
type Chain struct {
	Source    string `json:"source"`
	Sequence  int64  `json:"sequence"` // of the last batch; 0 before the first
	Statement string `json:"statement,omitzero"`
	Recorded  string `json:"recorded,omitzero"`
	Forks     int    `json:"forks"`
}

// ChainOf returns the chain of a source as it is answered.
func (in *Intake) ChainOf(source string) Chain {
	c := in.Graph.Chain(source)
	out := Chain{Source: source, Sequence: c.Last, Statement: c.Statement, Forks: c.Forks}
	if c.Last > 0 {
		out.Recorded = c.Recorded.UTC().Format(time.RFC3339Nano)
	}
	return out
}

func (h *Handler) chain(w http.ResponseWriter, r *http.Request) {
	if src, ok := source(w, r); ok {
		writeJSON(w, h.Intake.ChainOf(src))
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.MarshalWrite(w, v)
	_, _ = w.Write([]byte{'\n'})
}

func (h *Handler) items(w http.ResponseWriter, r *http.Request) {
	src, ok := source(w, r)
	if !ok {
		return
	}
	if err := h.Intake.AccountItems(r.Context(), Reporter(src), src); err != nil {
		h.damaged(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	begun := false
	var damage error
	for it, err := range h.Intake.Quarantine.Items(src) {
		if err != nil {
			damage = errors.Join(damage, err)
			continue
		}
		begun = true
		if json.MarshalWrite(w, it) != nil {
			return
		}
		_, _ = w.Write([]byte{'\n'})
	}
	switch {
	case damage == nil:
	case !begun:
		h.damaged(w, damage)
	default: // it must not look complete
		h.Logger.Error("quarantine", "error", damage)
		panic(http.ErrAbortHandler)
	}
}

// damaged answers that the quarantine cannot be read. Which file it is, is for the operator.
func (h *Handler) damaged(w http.ResponseWriter, err error) {
	if !errors.Is(err, ErrDamaged) {
		h.internal(w, err)
		return
	}
	h.Logger.Error("quarantine", "error", err)
	access.WriteProblem(w, http.StatusInternalServerError, "QUARANTINE_DAMAGED", "a file of the quarantine cannot be opened; the operator's log says which")
}

// own returns an item of the request's source; another's looks absent.
func (h *Handler) own(w http.ResponseWriter, r *http.Request) (Item, bool) {
	src, ok := source(w, r)
	if !ok {
		return Item{}, false
	}
	it, err := h.Intake.Quarantine.Item(r.PathValue("id"))
	if err == nil && it.Source != src {
		err = ErrNoItem
	}
	switch {
	case errors.Is(err, ErrNoItem):
		access.WriteProblem(w, http.StatusNotFound, "NOT_FOUND", ErrNoItem.Error())
	case err != nil:
		h.damaged(w, err)
	}
	return it, err == nil
}

func (h *Handler) item(w http.ResponseWriter, r *http.Request) {
	it, ok := h.own(w, r)
	if !ok {
		return
	}
	if err := h.Intake.AccountItem(r.Context(), Reporter(it.Source), it); err != nil {
		h.internal(w, err)
		return
	}
	writeJSON(w, it)
}

func (h *Handler) mend(w http.ResponseWriter, r *http.Request) {
	it, ok := h.own(w, r)
	if !ok {
		return
	}
	text, err := io.ReadAll(h.patient(w, http.MaxBytesReader(w, r.Body, event.MaxBytes)))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		access.WriteProblem(w, http.StatusRequestEntityTooLarge, event.ParseTooLarge, fmt.Sprintf("a mended event has at most %d bytes", event.MaxBytes))
		return
	case err != nil:
		h.fail(&lines{w: w}, r, streamError(err))
		return
	}
	if len(text) == 0 {
		text = nil
	}
	line, err := h.Intake.Mend(r.Context(), it.Quarantine, text)
	if err != nil {
		h.fail(&lines{w: w}, r, err)
		return
	}
	writeJSON(w, Line{Receipt: line})
}

func (h *Handler) remove(w http.ResponseWriter, r *http.Request) {
	it, ok := h.own(w, r)
	if !ok {
		return
	}
	if err := h.Intake.Quarantine.Remove(it.Quarantine); err != nil && !errors.Is(err, ErrNoItem) {
		h.internal(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
