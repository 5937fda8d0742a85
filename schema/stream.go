package schema

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	graphql "github.com/graph-gophers/graphql-go"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
)

// Streams are answered as GraphQL over SSE has it, in its distinct connections mode
// (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): next events with results, then complete. A
// question is answered so, too, where the client asks for it.
//
// A stream that ends for a reason of the server's own ends with a next event that has an error, with code STALLED,
// STOPPING, NO_ROLE, TIMEOUT or INTERNAL, and in its extensions the cursor to go on from as after; then complete. A
// connection that breaks without complete is one that broke: clients go on with the cursor of the last notice.

const mediaEvents = "text/event-stream"

// Limits of streams.
const (
	MaxStreams       = 8   // of a viewer at a time
	maxStreamsOfAll  = 256 // of all viewers
	maxEventsOfStage = 1000
)

// pace is what a stream expects of its client.
type pace struct {
	keepAlive time.Duration // after which a comment is sent where nothing else is
	slow      time.Duration // within which a client takes an event; else it is told that it is too slow, and let go
	cut       time.Duration // after which it is cut off
}

var usualPace = pace{keepAlive: 15 * time.Second, slow: 20 * time.Second, cut: 60 * time.Second}

// streams counts those that are open.
type streams struct {
	mu       sync.Mutex
	of       map[string]int // by viewer
	all      int
	stopping chan struct{}
	stop     sync.Once
}

func (s *streams) enter(viewer string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[viewer] >= MaxStreams || s.all >= maxStreamsOfAll {
		return false
	}
	s.of[viewer]++
	s.all++
	return true
}

func (s *streams) leave(viewer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[viewer]--; s.of[viewer] == 0 {
		delete(s.of, viewer)
	}
}

// Stop ends all streams, and those that begin later at once. Their clients are told where to go on.
func (h *Handler) Stop() { h.streams.stop.Do(func() { close(h.streams.stopping) }) }

var (
	errStreams   = &coded{"TOO_MANY_STREAMS", "this viewer, or all together, follow as much as the server lets them; end one of the streams"}
	errNoStream  = &coded{codeBadRequest, "a subscription is answered as text/event-stream alone (GraphQL over SSE): send Accept: text/event-stream"}
	errStalled   = &coded{"STALLED", "the client takes what is sent to it too slowly; go on from after"}
	errStopping  = &coded{"STOPPING", "the server is stopping; go on from after"}
	errNoAnswer  = errors.New("a subscription gave no answer to a notice")
	errTakesLong = errors.New("the client is slow")
)

// ended is why a stream ends, and where to go on.
type ended struct {
	error
	after string
}

func (e ended) Extensions() map[string]any {
	out := map[string]any{"code": codeInternal}
	if c, ok := e.error.(interface{ Extensions() map[string]any }); ok {
		out = c.Extensions()
	}
	if e.after != "" {
		out["after"] = e.after
	}
	return out
}

// stream answers a request as a stream of events.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, view *graph.View, req Request) {
	op, cost, err := h.affordable(view.Viewer().Role, req)
	if err != nil || op == nil || op.Operation != ast.Subscription {
		out, _ := h.exec(r.Context(), view, req, r.Method != http.MethodPost)
		h.once(w, r, view, req, out)
		return
	}
	who := view.Viewer().Name + "\x00" + view.Viewer().Source
	if !h.streams.enter(who) {
		h.write(w, mediaJSON, http.StatusTooManyRequests, failure(errStreams))
		return
	}
	defer h.streams.leave(who)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	a := &asking{view: view, inURL: r.Method != http.MethodPost, budget: budget{stop: func() {}}}
	// graphql-go forgets the defaults of a subscription's variables.
	variables, err := withDefaults(op, req.Variables)
	if err != nil {
		h.once(w, r, view, req, failure(&coded{codeBadRequest, err.Error()}))
		return
	}
	answers, err := h.schema.Subscribe(context.WithValue(ctx, askingKey{}, a), req.Query, req.OperationName, variables)
	if err != nil {
		h.once(w, r, view, req, failure(h.told(err)))
		return
	}
	if a.feed == nil {
		out, _ := (<-answers).(*graphql.Response)
		if out == nil {
			out = failure(h.told(errNoAnswer))
		}
		h.finish(out)
		h.once(w, r, view, req, out)
		return
	}
	a.feed.read = h.admitted(a.feed.read, cost)
	first, more, err := a.feed.read(ctx)
	if err != nil {
		h.once(w, r, view, req, failure(h.told(err)))
		return
	}
	f := &following{h: h, view: view, req: req, feed: a.feed, answers: answers, out: &eventStream{w: w, c: http.NewResponseController(w), pace: h.pace}}
	if err := f.account(ctx, event.StageOpen); err != nil {
		h.write(w, mediaJSON, http.StatusServiceUnavailable, failure(err))
		return
	}
	f.out.open()
	f.run(ctx, first, more)
	if err := f.account(ctx, event.StageClosed); err != nil {
		h.logger.Error("the end of a stream could not be accounted for", "error", err)
	}
}

// admitted lets a feed be read as a question of that cost is answered.
func (h *Handler) admitted(read func(context.Context) ([]payload, bool, error), cost int64) func(context.Context) ([]payload, bool, error) {
	return func(ctx context.Context) ([]payload, bool, error) {
		wait, cancel := context.WithTimeout(ctx, MaxTime)
		defer cancel()
		done, err := h.admit(wait, cost)
		if err != nil {
			return nil, false, err
		}
		defer done()
		return read(ctx)
	}
}

// once answers with one result.
func (h *Handler) once(w http.ResponseWriter, r *http.Request, view *graph.View, req Request, out *graphql.Response) {
	_, body := h.body(http.StatusOK, out)
	if err := h.account(r.Context(), view, req, len(body)); err != nil {
		h.write(w, mediaJSON, http.StatusServiceUnavailable, failure(err))
		return
	}
	s := &eventStream{w: w, c: http.NewResponseController(w), pace: h.pace}
	s.open()
	if err := s.next(body); err == nil {
		_ = s.complete()
	}
}

// told is an error as the client hears of it; the operator hears all of it.
func (h *Handler) told(err error) error {
	err = wrap(err)
	var hidden *internal
	if errors.As(err, &hidden) {
		h.logger.Error("a question could not be answered", "error", hidden.err)
	}
	return err
}

// following is a stream that runs.
type following struct {
	h       *Handler
	view    *graph.View
	req     Request
	feed    *feed
	answers <-chan any
	out     *eventStream

	events int    // since the last stage
	bytes  int64  // likewise
	after  string // cursor of the last notice that went out
}

// account writes the entry of a stage.
func (f *following) account(ctx context.Context, stage event.AccessStage) error {
	err := account(ctx, f.view, graph.Access{Way: event.WaySubscription, Stage: stage, Operation: operationOf(f.req), Document: documentOf(f.req.Query), Bytes: f.out.bytes - f.bytes})
	f.events, f.bytes = 0, f.out.bytes
	if err != nil {
		f.h.logger.Error("a stage of a stream could not be accounted for", "error", err)
		return &internal{err}
	}
	return nil
}

// run sends notices until the client goes or there is a reason to end.
func (f *following) run(ctx context.Context, payloads []payload, more bool) {
	err := f.follow(ctx, payloads, more)
	if err == nil || ctx.Err() != nil {
		return // the client is gone
	}
	if errors.Is(err, errTakesLong) {
		err = errStalled
	}
	_, body := f.h.body(http.StatusOK, failure(ended{f.h.told(err), f.after}))
	if f.out.next(body) == nil {
		_ = f.out.complete()
	}
}

func (f *following) follow(ctx context.Context, payloads []payload, more bool) (err error) {
	tick := time.NewTicker(f.h.pace.keepAlive)
	defer tick.Stop()
	for {
		for _, p := range payloads {
			if err := f.notice(ctx, p); err != nil {
				return err
			}
		}
		if more {
			select {
			case <-ctx.Done():
				return nil
			case <-f.h.streams.stopping:
				return errStopping
			default:
			}
		} else {
			select {
			case <-ctx.Done():
				return nil
			case <-f.h.streams.stopping:
				return errStopping
			case <-f.feed.grown():
			case <-tick.C:
				if err := f.out.comment(); err != nil {
					return err
				}
			}
		}
		if err := access.Still(ctx); err != nil {
			return &graph.Error{Code: graph.CodeNoRole, Message: err.Error()}
		}
		if err := f.view.Renew(); err != nil {
			return err
		}
		if payloads, more, err = f.feed.read(ctx); err != nil {
			return err
		}
		if f.events += len(payloads); f.events >= maxEventsOfStage {
			if err := f.account(ctx, event.StageRunning); err != nil {
				return err
			}
		}
	}
}

// notice makes the answer of one payload and sends it. The next one is not begun before it is taken, so that nothing
// waits in graphql-go, which would throw it away after a while.
func (f *following) notice(ctx context.Context, p payload) error {
	if err := p.hand(ctx); err != nil {
		return err
	}
	var out *graphql.Response
	select {
	case answer := <-f.answers:
		out, _ = answer.(*graphql.Response)
	case <-ctx.Done():
		return ctx.Err()
	}
	if out == nil {
		return errNoAnswer
	}
	f.h.finish(out)
	if out.Data == nil && len(out.Errors) > 0 {
		e := out.Errors[0]
		code, _ := e.Extensions["code"].(string)
		return &coded{code, e.Message}
	}
	_, body := f.h.body(http.StatusOK, out)
	err := f.out.next(body)
	if err == nil || errors.Is(err, errTakesLong) {
		f.after = p.cursor
	}
	return err
}

// eventStream writes server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
type eventStream struct {
	w     http.ResponseWriter
	c     *http.ResponseController
	pace  pace
	bytes int64
}

func (s *eventStream) open() {
	h := s.w.Header()
	h.Set("Content-Type", mediaEvents+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // for proxies that would collect what is sent
	h.Set("X-Content-Type-Options", "nosniff")
	s.w.WriteHeader(http.StatusOK)
	_ = s.c.Flush()
}

// next sends a result, which is one line and ends with a line feed.
func (s *eventStream) next(body []byte) error {
	return s.write([]byte("event: next\ndata: "), body, []byte("\n"))
}

// complete ends the stream.
func (s *eventStream) complete() error {
	err := s.write([]byte("event: complete\ndata: \n\n"))
	_ = s.c.SetWriteDeadline(time.Time{})
	return err
}

// comment keeps proxies from ending a stream on which nothing happens, and finds out that a client is gone.
func (s *eventStream) comment() error { return s.write([]byte(":\n\n")) }

// write sends something whole. It fails with errTakesLong where it was sent and took long.
func (s *eventStream) write(parts ...[]byte) error {
	begun := time.Now()
	// A writer that knows no deadlines is not a connection.
	_ = s.c.SetWriteDeadline(begun.Add(s.pace.cut))
	for _, p := range parts {
		n, err := s.w.Write(p)
		s.bytes += int64(n)
		if err != nil {
			return err
		}
	}
	if err := s.c.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if time.Since(begun) > s.pace.slow {
		return errTakesLong
	}
	return nil
}
