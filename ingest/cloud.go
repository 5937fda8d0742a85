package ingest

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/cloudevents"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// envelopes takes the events out of CloudEvents. The line of a unit is the place of its CloudEvent in the batch.
type envelopes struct {
	pull   func() (*audit.Document, error, bool)
	stop   func()
	read   *format.Report // of the stream
	place  int64
	key    string         // of the CloudEvent at hand
	mapped *format.Report // of the CloudEvent at hand
	mapper *cloudevents.Mapper
	ready  []unit
	ended  error
}

// newEnvelopes reads CloudEvents in JSON, one or a batch.
func newEnvelopes(r io.Reader, p *audit.Profile) *envelopes {
	e := &envelopes{read: new(format.Report), mapped: new(format.Report)}
	e.mapper = cloudevents.NewMapper(p, e.mapped)
	e.pull, e.stop = iter.Pull2(audit.Records(r, e.read))
	return e
}

// oneEnvelope is a CloudEvent that is at hand.
func oneEnvelope(c *cloudevents.Event, p *audit.Profile) *envelopes {
	e := &envelopes{mapped: new(format.Report), stop: func() {}, ended: io.EOF}
	e.mapper = cloudevents.NewMapper(p, e.mapped)
	e.take(c, 1)
	return e
}

func (e *envelopes) close() { e.stop() }

// waiting is false: a batch is answered when it is there.
func (e *envelopes) waiting() bool { return false }

func (e *envelopes) next() (unit, error) {
	for len(e.ready) == 0 {
		if e.ended != nil {
			return unit{}, e.ended
		}
		d, err, more := e.pull()
		switch {
		case !more:
			e.damaged(e.read.Records + 1)
			e.ended = io.EOF
		case err != nil:
			e.damaged(e.read.Records + 1)
			e.ended = cloudError(err)
		default:
			e.damaged(d.Place)
			e.place = d.Place
			if c, refusal := cloudevents.Structured(d); refusal != nil {
				e.refuse(d.Place, refusal.Code, "/"+refusal.Field, refusal.Message, "")
			} else {
				e.take(c, d.Place)
			}
		}
	}
	u := e.ready[0]
	e.ready = e.ready[1:]
	return u, nil
}

// damaged refuses what the reader could not read before the given place.
func (e *envelopes) damaged(before int64) {
	for e.place++; e.place < before; e.place++ {
		code, problem := audit.GapDamaged, "this is no object of JSON, or too large"
		for _, g := range e.read.Gaps() {
			if g.Loss == format.LostEvent {
				code, problem = g.Code, g.Problem
			}
		}
		e.refuse(e.place, code, "", problem, "")
	}
}

// take takes the events out of one CloudEvent.
func (e *envelopes) take(c *cloudevents.Event, place int64) {
	*e.mapped = format.Report{}
	e.key = c.Key(1)
	defer func() { e.key = "" }()
	from := len(e.ready)
	for x := range e.mapper.Events(c, place) {
		text, err := event.Canonical(x)
		if err != nil {
			e.refuse(place, audit.GapInvalid, "", "this has no canonical form", "")
			continue
		}
		e.ready = append(e.ready, unit{line: place, bytes: text})
	}
	var unmapped []string
	for _, g := range e.mapped.Gaps() {
		switch {
		case g.Loss == format.LostValue && g.Field != "":
			unmapped = append(unmapped, g.Field)
		case g.Loss == format.LostEvent:
			for range g.Count {
				e.refuse(place, g.Code, pointer(g.Field), g.Problem, "correct the record, or have a profile say what it means, and hand it in again; it is not kept")
			}
		}
	}
	if len(e.ready) == from {
		code, field, problem := cloudevents.NoData, "/data", "nothing in it gives an event"
		for _, g := range e.mapped.Gaps() {
			if g.Loss == format.LostNone {
				code, field, problem = g.Code, pointer(g.Field), g.Problem
			}
		}
		e.refuse(place, code, field, problem, "nothing of it belongs here; if it does, have a profile say so and hand it in again")
	}
	slices.Sort(unmapped)
	for i := range e.ready[from:] {
		e.ready[from+i].unmapped = slices.Compact(unmapped)
	}
}

func pointer(field string) string {
	if field == "" || field[0] == '/' {
		return field
	}
	return "/" + strings.ReplaceAll(field, ".", "/")
}

func (e *envelopes) refuse(place int64, code, path, problem, remedy string) {
	if remedy == "" {
		remedy = "correct the CloudEvent and hand it in again; it is not kept"
	}
	e.ready = append(e.ready, unit{line: place, id: e.key, err: &event.ParseError{Code: code, Path: path, Message: problem}, remedy: remedy})
}

// cloudError is the error of a stream that cannot be read on, as other streams give it.
func cloudError(err error) error {
	var own *format.Error
	if !errors.As(err, &own) {
		return streamError(err)
	}
	switch {
	case own.Code == format.ErrRead && own.Err != nil:
		return streamError(own.Err)
	case own.Code == format.ErrTruncated:
		return &errStream{event.ParseTruncated, own.Message, nil}
	}
	return &errStream{event.ParseSyntax, own.Message, nil}
}

// cloud takes CloudEvents in, in the three modes of the HTTP binding. A single one is answered 422 where it was rejected, so
// that a sender that looks at nothing else learns of it; the lines are those of a stream all the same.
func (h *Handler) cloud(w http.ResponseWriter, r *http.Request) {
	src, ok := source(w, r)
	if !ok {
		return
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	structured := strings.HasPrefix(media, "application/cloudevents")
	batched := strings.HasPrefix(media, "application/cloudevents-batch")
	switch {
	case err != nil && r.Header.Get("Content-Type") != "",
		batched && media != "application/cloudevents-batch+json",
		structured && !batched && media != "application/cloudevents+json":
		access.WriteProblem(w, http.StatusUnsupportedMediaType, "MEDIA_TYPE", "send application/cloudevents+json, application/cloudevents-batch+json, or in binary mode the type of the data")
		return
	case !structured && r.Header.Get("Ce-Specversion") == "" && r.Header.Get("Ce-Id") == "":
		access.WriteProblem(w, http.StatusBadRequest, cloudevents.BadEvent, "this is no CloudEvent: neither its content type nor its headers say so")
		return
	}
	in, ctx, cancel := h.body(w, r, media)
	if in == nil {
		return
	}
	defer cancel()
	if batched {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			h.internal(w, err)
			return
		}
		l, up := h.lines(w), &upload{r: in}
		defer l.close()
		if _, err := h.Intake.stream(ctx, src, newEnvelopes(up, h.Profile), false, l.answer); err != nil {
			h.failStream(l, r, up, err)
		}
		return
	}
	body, err := io.ReadAll(io.LimitReader(in, audit.MaxRecord+1))
	switch {
	case err != nil:
		h.fail(&lines{w: w}, r, streamError(err))
		return
	case len(body) > audit.MaxRecord:
		access.WriteProblem(w, http.StatusRequestEntityTooLarge, event.ParseTooLarge, "a CloudEvent has at most 4 MiB")
		return
	}
	var from *envelopes
	if structured {
		from = newEnvelopes(bytes.NewReader(body), h.Profile)
	} else {
		c, refusal := cloudevents.Binary(r.Header, body)
		if refusal != nil {
			access.WriteProblem(w, http.StatusBadRequest, refusal.Code, refusal.Field+": "+refusal.Message)
			return
		}
		from = oneEnvelope(c, h.Profile)
	}
	var answers []Line
	sum, err := h.Intake.stream(ctx, src, from, false, func(line Line) error { answers = append(answers, line); return nil })
	l := h.lines(w)
	defer l.close()
	if err != nil {
		h.fail(l, r, err)
		return
	}
	if l.status = http.StatusOK; sum.Rejected > 0 {
		l.status = http.StatusUnprocessableEntity
	}
	for _, line := range answers {
		if l.answer(line) != nil {
			return
		}
	}
}
