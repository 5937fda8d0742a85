// Package schema answers GraphQL: the SDL, one file a domain, with its resolvers beside it, and the HTTP handlers.
//
// [Handler] follows GraphQL-over-HTTP. Every request needs a role and a purpose: the role comes with the token (package
// access), the purpose with the Lichtspur-Purpose header, a word of the vocabulary and, behind a semicolon, free text.
// Errors carry a stable extensions.code.
package schema

import (
	"context"
	"embed"
	stdjson "encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	graphql "github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
)

//go:embed *.graphql
var files embed.FS

// SDL returns the schema's text.
func SDL() string {
	var b strings.Builder
	for _, name := range []string{"schema", "checkpoint", "event", "claim", "catalog"} {
		text, err := files.ReadFile(name + ".graphql")
		if err != nil {
			panic(err) // embedded
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

// Limits of a request.
const (
	MaxBody     = 1 << 20  // bytes of a POST body
	MaxQuery    = 64 << 10 // bytes of a query
	MaxDepth    = 12
	MaxTime     = 30 * time.Second
	maxParallel = 16
)

// Handler answers GraphQL over HTTP, at one path. It stands behind an access.Door.
type Handler struct {
	graph  *graph.Graph
	schema *graphql.Schema
	logger *slog.Logger
}

// New makes the handler of a graph.
func New(g *graph.Graph, logger *slog.Logger) (*Handler, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s, err := graphql.ParseSchema(SDL(), &query{},
		graphql.UseFieldResolvers(), graphql.MaxDepth(MaxDepth), graphql.MaxQueryLength(MaxQuery), graphql.MaxParallelism(maxParallel),
		graphql.PanicHandler(panics{logger}), graphql.Logger(panics{logger}))
	if err != nil {
		return nil, err
	}
	return &Handler{graph: g, schema: s, logger: logger}, nil
}

// panics keeps a panic's text from the client and from spans; the operator's log gets its kind and place.
type panics struct{ logger *slog.Logger }

// LogPanic implements graphql-go's log.Logger.
func (p panics) LogPanic(_ context.Context, value any) {
	p.logger.Error("a resolver panicked", "panic", value)
}

// MakePanicError implements graphql-go's errors.PanicHandler.
func (panics) MakePanicError(context.Context, any) *gqlerrors.QueryError {
	e := gqlerrors.Errorf("the log failed to answer; the operator's log says why")
	e.Extensions = map[string]any{"code": "INTERNAL"}
	return e
}

// Request is one GraphQL request.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
}

// Exec answers a request for a viewer.
func (h *Handler) Exec(ctx context.Context, v graph.Viewer, r Request) (*graphql.Response, error) {
	view, err := h.graph.As(v)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, viewKey{}, view), MaxTime)
	defer cancel()
	out := h.schema.Exec(ctx, r.Query, r.OperationName, r.Variables)
	for _, e := range out.Errors {
		var hidden *internal
		if e.ResolverError != nil && errors.As(e.ResolverError, &hidden) {
			h.logger.Error("a question could not be answered", "path", e.Path, "error", hidden.err)
		}
		if e.Extensions == nil {
			e.Extensions = map[string]any{"code": codeOf(e)}
		}
	}
	return out, nil
}

// codeOf names the errors of graphql-go itself.
func codeOf(e *gqlerrors.QueryError) string {
	switch {
	case e.Rule != "":
		return "GRAPHQL_VALIDATION_FAILED"
	case strings.HasPrefix(e.Message, "syntax error"):
		return "GRAPHQL_PARSE_FAILED"
	}
	return "BAD_REQUEST"
}

const (
	mediaResponse = "application/graphql-response+json"
	mediaJSON     = "application/json"
)

// accepts picks the media type of the answer: the first acceptable one of the two, "" for none.
func accepts(header []string) string {
	if len(header) == 0 || strings.TrimSpace(strings.Join(header, ",")) == "" {
		return mediaJSON
	}
	best, quality := "", 0.0
	for _, part := range strings.Split(strings.Join(header, ","), ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		q := 1.0
		if s, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil {
				continue
			}
		}
		if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
			continue
		}
		pick := ""
		switch media {
		case mediaResponse, mediaJSON:
			pick = media
		case "application/*", "*/*":
			pick = mediaJSON
		}
		if pick != "" && q > quality {
			best, quality = pick, q
		}
	}
	return best
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	media := accepts(r.Header.Values("Accept"))
	if media == "" {
		access.WriteProblem(w, http.StatusNotAcceptable, "NOT_ACCEPTABLE", "accept "+mediaResponse+" or "+mediaJSON)
		return
	}
	req, status, problem := read(w, r)
	if problem != nil {
		h.write(w, media, status, failure(problem.code, problem.message))
		return
	}
	v, err := viewerOf(r.Context())
	if err != nil {
		h.write(w, media, http.StatusForbidden, failure(graph.CodeOf(err), err.Error()))
		return
	}
	out, err := h.Exec(r.Context(), v, req)
	if err != nil {
		h.write(w, media, http.StatusForbidden, failure(graph.CodeOf(err), err.Error()))
		return
	}
	status = http.StatusOK
	// A request that was never executed is an error of the request (GraphQL-over-HTTP 6.4.2); the older media type
	// answers 200 all the same.
	if out.Data == nil && media == mediaResponse {
		status = http.StatusBadRequest
	}
	h.write(w, media, status, out)
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
	v := graph.Viewer{Name: g.Viewer, Role: graph.Role(g.Role), Source: g.ReportsOn, Purpose: purpose, PurposeText: text}
	if g.Source != "" {
		v.Name, v.Role, v.Source = g.Source, graph.Reporter, g.Source
	}
	return v, nil
}

func failure(code, message string) *graphql.Response {
	return &graphql.Response{Errors: []*gqlerrors.QueryError{{Message: message, Extensions: map[string]any{"code": code}}}}
}

func (h *Handler) write(w http.ResponseWriter, media string, status int, out *graphql.Response) {
	// graphql-go's own types are made for the older encoder, whose idea of an empty value they rely on.
	body, err := stdjson.Marshal(out)
	if err != nil {
		h.logger.Error("an answer could not be written", "error", err)
		status = http.StatusInternalServerError
		body = []byte(`{"errors":[{"message":"the log failed to answer","extensions":{"code":"INTERNAL"}}]}`)
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// read takes the request out of HTTP.
func read(w http.ResponseWriter, r *http.Request) (Request, int, *coded) {
	var req Request
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		q := r.URL.Query()
		req.Query, req.OperationName = q.Get("query"), q.Get("operationName")
		if vars := q.Get("variables"); vars != "" {
			if err := json.Unmarshal([]byte(vars), &req.Variables); err != nil {
				return req, http.StatusBadRequest, &coded{"BAD_REQUEST", "variables is not a JSON object"}
			}
		}
		if strings.Contains(r.URL.RawQuery, "sha256") {
			return req, http.StatusBadRequest, &coded{"PERSONAL_IN_URL", "digests of pictures are personal data and are taken in POST bodies only"}
		}
	case http.MethodPost:
		media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != mediaJSON || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
			return req, http.StatusUnsupportedMediaType, &coded{"MEDIA_TYPE", "send Content-Type: application/json"}
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
		if err != nil {
			return req, http.StatusRequestEntityTooLarge, &coded{"TOO_LARGE", "a request has at most " + strconv.Itoa(MaxBody) + " bytes"}
		}
		if err := readBody(body, &req); err != nil {
			return req, http.StatusBadRequest, err
		}
	default:
		w.Header().Set("Allow", "GET, POST")
		return req, http.StatusMethodNotAllowed, &coded{"METHOD", "ask with POST (or GET where nothing personal is asked by)"}
	}
	if strings.TrimSpace(req.Query) == "" {
		return req, http.StatusBadRequest, &coded{"BAD_REQUEST", "there is no query"}
	}
	return req, 0, nil
}

// readBody reads the JSON of a request. Numbers in variables that are whole stay whole.
func readBody(body []byte, req *Request) *coded {
	whole := json.UnmarshalFromFunc(func(dec *jsontext.Decoder, v *any) error {
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
	if err := json.Unmarshal(body, req, json.WithUnmarshalers(whole)); err != nil {
		return &coded{"BAD_REQUEST", "the body is not a GraphQL request: a JSON object with query, operationName, variables and extensions"}
	}
	return nil
}
