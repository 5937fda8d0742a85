package schema

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
)

const (
	mediaResponse = "application/graphql-response+json"
	mediaJSON     = "application/json"
)

// How long a client may take to send a body and to fetch an answer.
const (
	bodyTime   = 15 * time.Second
	answerTime = 60 * time.Second
)

// accepts picks the media type of the answer, "" for none (RFC 9110 section 12.5.1). Of two that are equally welcome it
// is the one named first; who welcomes everything gets JSON, as the transition rules of GraphQL-over-HTTP have it.
func accepts(header []string) string {
	line := strings.Join(header, ",")
	if strings.TrimSpace(line) == "" {
		return mediaJSON
	}
	type weight struct {
		q     float64
		place int // how exactly it was named, then where
	}
	var json, response, events weight
	for i, part := range strings.Split(line, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		q := 1.0
		if s, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
			continue
		}
		// Ranges weigh less than names whatever their order, so they stand at places below zero.
		set := func(w *weight, place int) {
			if w.place == 0 || w.place < 0 && place > w.place {
				*w = weight{q, place}
			}
		}
		switch media {
		case mediaResponse:
			set(&response, i+1)
		case mediaJSON:
			set(&json, i+1)
		case mediaEvents: // by its name alone: who takes everything wants no stream
			set(&events, i+1)
		case "application/*":
			set(&json, -1)
			set(&response, -1)
		case "*/*":
			set(&json, -2)
			set(&response, -2)
		}
	}
	before := func(w weight) bool {
		return events.q > w.q || events.q == w.q && (w.place <= 0 || events.place < w.place)
	}
	switch named := response.place > 0; {
	case events.q > 0 && before(json) && before(response):
		return mediaEvents
	case json.q == 0 && response.q == 0:
		return ""
	case response.q > json.q, response.q == json.q && named && (json.place < 0 || response.place < json.place):
		return mediaResponse
	}
	return mediaJSON
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	media := accepts(r.Header.Values("Accept"))
	if media == mediaEvents && r.Method == http.MethodHead {
		media = mediaJSON // nobody reads a stream that has no body
	}
	if media == "" {
		access.WriteProblem(w, http.StatusNotAcceptable, "NOT_ACCEPTABLE", "accept "+mediaResponse+", "+mediaJSON+" or "+mediaEvents)
		return
	}
	req, status, problem := read(w, r)
	if problem != nil {
		h.write(w, media, status, failure(problem))
		return
	}
	if problem := h.resolve(&req); problem != nil {
		out := failure(problem)
		switch status = statusOf(media, out); problem {
		case errNoQuery, errHash:
			status = http.StatusBadRequest
		case errUntrusted:
			status = http.StatusForbidden
		}
		h.write(w, media, status, out)
		return
	}
	v, err := viewerOf(r.Context())
	if err != nil {
		h.write(w, media, http.StatusForbidden, failure(wrap(err)))
		return
	}
	view, err := h.graph.As(v)
	if err != nil {
		h.write(w, media, http.StatusForbidden, failure(wrap(err)))
		return
	}
	if media == mediaEvents {
		h.stream(w, r, view, req)
		return
	}
	out, cost := h.exec(r.Context(), view, req, r.Method != http.MethodPost)
	if cost > 0 {
		w.Header().Set("Lichtspur-Cost", strconv.FormatInt(cost, 10)+"; limit="+strconv.Itoa(MaxCost))
	}
	status, body := h.body(statusOf(media, out), out)
	if err := h.account(r.Context(), view, req, len(body)); err != nil {
		h.write(w, media, http.StatusServiceUnavailable, failure(err))
		return
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	send(w, media, status, body)
}

// statusOf follows GraphQL-over-HTTP: what was executed answers 200, whatever came of it, and what was not answers
// with an error. The older media type answers 200 to every GraphQL response.
func statusOf(media string, out *graphql.Response) int {
	if out.Data != nil || media == mediaJSON || len(out.Errors) == 0 {
		return http.StatusOK
	}
	if code := out.Errors[0].Extensions["code"]; code == errTime.code || code == errBusy.code {
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// viewerOf says who asks: the door's grant and the request's purpose.
func viewerOf(ctx context.Context) (graph.Viewer, error) {
	g, ok := access.From(ctx)
	if !ok {
		return graph.Viewer{}, &graph.Error{Code: graph.CodeNoRole, Message: "no role: hand in a token that carries one"}
	}
	purpose, text, err := graph.ParsePurpose(access.Purpose(ctx))
	if err != nil {
		return graph.Viewer{}, err
	}
	v := graph.Viewer{Name: g.Viewer, Role: graph.Role(g.Role), Organisations: g.Organisations, Source: g.ReportsOn, Purpose: purpose, PurposeText: text}
	if g.Source != "" {
		v.Name, v.Role, v.Source = g.Source, graph.Reporter, g.Source
	}
	return v, nil
}

func (h *Handler) write(w http.ResponseWriter, media string, status int, out *graphql.Response) {
	if media == mediaEvents {
		media = mediaJSON // what is no GraphQL request at all is not answered by a stream
	}
	status, body := h.body(status, out)
	send(w, media, status, body)
}

// body renders an answer.
func (h *Handler) body(status int, out *graphql.Response) (int, []byte) {
	body, err := encode(out)
	if err != nil {
		h.logger.Error("an answer could not be written", "error", err)
		status = http.StatusInternalServerError
		body = []byte(`{"errors":[{"message":"` + sorry + `","extensions":{"code":"` + codeInternal + `"}}]}` + "\n")
	}
	return status, body
}

// send lets an answer go out.
func send(w http.ResponseWriter, media string, status int, body []byte) {
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// A writer that knows no deadlines is not a connection.
	c := http.NewResponseController(w)
	if c.SetWriteDeadline(time.Now().Add(answerTime)) == nil {
		defer func() {
			_ = c.Flush()
			_ = c.SetWriteDeadline(time.Time{})
		}()
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// encode writes a response. The data is JSON already and is not read again, unless something went wrong on its way.
func encode(out *graphql.Response) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(out.Data) + 64)
	b.WriteByte('{')
	if len(out.Errors) > 0 {
		if len(out.Data) > 0 && !stdjson.Valid(out.Data) {
			return nil, errors.New("a resolver left its answer half written")
		}
		// graphql-go's own types are made for the older encoder.
		text, err := stdjson.Marshal(out.Errors)
		if err != nil {
			return nil, err
		}
		b.WriteString(`"errors":`)
		b.Write(text)
		if len(out.Data) > 0 {
			b.WriteByte(',')
		}
	}
	if len(out.Data) > 0 {
		b.WriteString(`"data":`)
		b.Write(out.Data)
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// read takes the request out of HTTP.
func read(w http.ResponseWriter, r *http.Request) (Request, int, *coded) {
	var req Request
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		q := r.URL.Query()
		req.Query, req.OperationName = q.Get("query"), q.Get("operationName")
		req.DocumentID = q.Get("documentId")
		for name, into := range map[string]*map[string]any{"variables": &req.Variables, "extensions": &req.Extensions} {
			if text := q.Get(name); text != "" {
				if err := decode([]byte(text), into); err != nil {
					return req, http.StatusBadRequest, &coded{codeBadRequest, name + " is not a JSON object"}
				}
			}
		}
		if strings.Contains(q.Get("query"), "sha256:") || strings.Contains(q.Get("variables"), "sha256:") {
			return req, http.StatusBadRequest, errPersonal
		}
	case http.MethodPost:
		media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != mediaJSON || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
			return req, http.StatusUnsupportedMediaType, &coded{"MEDIA_TYPE", "send Content-Type: application/json"}
		}
		body, status, problem := readBody(w, r)
		if problem != nil {
			return req, status, problem
		}
		if err := decode(body, &req); err != nil {
			return req, http.StatusBadRequest, &coded{codeBadRequest, "the body is not a GraphQL request: a JSON object with query or documentId, operationName, variables and extensions"}
		}
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		return req, http.StatusMethodNotAllowed, &coded{"METHOD", "ask with POST (or GET where nothing personal is asked by)"}
	}
	return req, 0, nil
}

var errPersonal = &coded{codePersonal, "digests of pictures and identifiers of persons and cases are personal data and are taken in POST bodies only"}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, int, *coded) {
	c := http.NewResponseController(w)
	if c.SetReadDeadline(time.Now().Add(bodyTime)) == nil {
		defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge, &coded{codeTooLarge, "a request has at most " + strconv.Itoa(MaxBody) + " bytes"}
	case err != nil:
		return nil, http.StatusRequestTimeout, &coded{codeBadRequest, "the body did not come to its end in time"}
	}
	return body, 0, nil
}

// decode reads the JSON of a request. Whole numbers stay whole, also those that are too large for the number type of
// GraphQL: they become digits, which a Long takes.
func decode(text []byte, into any) error {
	return json.Unmarshal(text, into, json.WithUnmarshalers(whole))
}

var whole = json.UnmarshalFromFunc(func(dec *jsontext.Decoder, v *any) error {
	if dec.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		if int64(int32(n)) == n {
			*v = int32(n)
		} else {
			*v = strconv.FormatInt(n, 10)
		}
		return nil
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	*v = f
	return err
})

// Schema answers with the schema's text, to the roles that may ask for it. It says nothing of the log, so it is no entry
// of the access ledger and needs no purpose. It stands behind an access.Door.
func (h *Handler) Schema() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g, ok := access.From(r.Context())
		role := graph.Role(g.Role)
		if g.Source != "" {
			role = graph.Reporter
		}
		if !ok || !h.introspects(role) {
			access.WriteProblem(w, http.StatusForbidden, graph.CodeForbidden, errIntrospection.message)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="lichtspur.graphql"`)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, SDL())
	})
}
