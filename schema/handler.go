// Package schema answers GraphQL: the SDL, one file a domain, with its resolvers beside it, and the HTTP handlers.
//
// [Handler] follows GraphQL-over-HTTP. Every request needs a role and a purpose: the role comes with the token (package
// access), the purpose with the Lichtspur-Purpose header, a word of the vocabulary and, behind a semicolon, free text.
//
// # What null and the empty list say
//
// A list that is empty says that nothing was recorded, as of the tree size that the answer names; it is never null. A
// field that is null says that the entry gives no such value. A personal value is an object that has either the value or
// the reason why it is not there: EMPTY (the source has none), WITHHELD_BY_SOURCE (it has one and does not say it),
// REDACTED (its keys were destroyed). An entry, organisation or system that is null is not in the log, as of that size.
//
// In a filter a list that is not given, or null, does not restrict, and an empty one matches nothing.
//
// # Following
//
// Subscriptions are answered as GraphQL over SSE has it, in distinct connections mode. A feed reads the log itself, at the
// pace of its client, so nothing is dropped: each notice carries a cursor, and after goes on behind it. A stream is read in
// the viewer's scope as of each read, and it ends when the viewer's token does.
//
// # Errors
//
// Every error has a stable extensions.code. From the graph: NO_ROLE, NO_PURPOSE, FORBIDDEN, NOT_FOUND, BAD_CURSOR,
// BAD_ARGUMENT. Of the request: BAD_REQUEST, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, TOO_LARGE, TOO_DEEP,
// TOO_COSTLY, TIMEOUT, BUSY, PERSONAL_IN_URL, METHOD, MEDIA_TYPE, NOT_ACCEPTABLE; of trusted documents:
// PERSISTED_QUERY_NOT_FOUND, UNTRUSTED_DOCUMENT; of streams: TOO_MANY_STREAMS, STALLED, STOPPING. TOO_COSTLY
// comes with cost and limit where the query was refused before it ran. INTERNAL is ours: the operator's log says
// what it was, and the client is told nothing of it.
package schema

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	graphql "github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/lichtspur/lichtspur/graph"
)

//go:embed *.graphql
var files embed.FS

// SDL returns the schema's text.
func SDL() string {
	var b strings.Builder
	for _, name := range []string{"schema", "checkpoint", "event", "claim", "question", "catalog", "register", "count", "flow", "source", "image", "lineage", "reach", "difference", "access", "subscription"} {
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
	MaxBody       = 1 << 20  // bytes of a POST body
	MaxQuery      = 64 << 10 // bytes of a query
	MaxDepth      = 16       // nested fields; what tools ask of the schema itself has 15
	MaxRows       = 1000     // the sum of first over all lists asked for
	MaxTime       = 30 * time.Second
	MaxText       = 8 << 20 // bytes of Event.json, over all entries
	maxSelections = 1000    // fields, after fragments are spread; an entry with all there is has 500
	maxOverlaps   = 1 << 16 // pairs of fields looked at when a query is validated
	maxRecursion  = 2       // how often each list that leads from a type to types may stand in a query
	maxParallel   = 1       // fields of a request that are resolved at a time: one that does much keeps one processor busy, not all
)

// Options configure a handler. The zero value of each field is a sane default.
type Options struct {
	Logger *slog.Logger // default: discards

	// Introspection lists the roles that may ask for the schema itself; nil: all. What a schema says is no secret, but
	// tools that explore it are not for everybody.
	Introspection []graph.Role

	Trusted     *Trusted // documents that may be named by their hash
	TrustedOnly bool     // of what comes over HTTP, other documents are refused
}

// Handler answers GraphQL over HTTP, at one path. It stands behind an access.Door.
type Handler struct {
	graph   *graph.Graph
	schema  *graphql.Schema
	logger  *slog.Logger
	options Options
	streams streams
	pace    pace
	admission
}

// roots are the resolvers of the schema's roots.
type roots struct{ query any }

// Query returns that of questions.
func (r roots) Query() any { return r.query }

// Subscription returns that of what can be followed.
func (roots) Subscription() any { return &subscription{} }

// New makes the handler of a graph. It fails where a trusted document is not one of this schema.
func New(g *graph.Graph, o Options) (*Handler, error) { return newHandler(g, o, &query{}) }

func newHandler(g *graph.Graph, o Options, root any) (*Handler, error) {
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	h := &Handler{graph: g, logger: logger, options: o, pace: usualPace, admission: newAdmission(), streams: streams{of: map[string]int{}, stopping: make(chan struct{})}}
	s, err := graphql.ParseSchema(SDL(), roots{root},
		graphql.UseStringDescriptions(), graphql.UseFieldResolvers(), graphql.DisableFieldSelections(),
		graphql.MaxDepth(MaxDepth), graphql.MaxQueryLength(MaxQuery), graphql.MaxSelections(maxSelections),
		graphql.OverlapValidationLimit(maxOverlaps), graphql.MaxParallelism(maxParallel),
		graphql.SubscribeResolverTimeout(MaxTime), // by default a notice is thrown away after a second
		graphql.RestrictIntrospection(func(ctx context.Context) bool { return h.introspects(viewOf(ctx).Viewer().Role) }),
		graphql.PanicHandler(panics{logger}), graphql.Logger(panics{logger}))
	if err != nil {
		return nil, err
	}
	h.schema = s
	if o.Trusted == nil {
		if o.TrustedOnly {
			return nil, errors.New("only trusted documents are to be answered, and there are none")
		}
		return h, nil
	}
	return h, o.Trusted.check(h)
}

// Request is one GraphQL request.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
	DocumentID    string         `json:"documentId,omitempty"`
}

// asking is what a request's resolvers share.
type asking struct {
	view   *graph.View
	budget budget
	inURL  bool  // came in a URL, which is no place for personal values
	feed   *feed // of a subscription
}

type askingKey struct{}

func askingOf(ctx context.Context) *asking { return ctx.Value(askingKey{}).(*asking) }

func viewOf(ctx context.Context) *graph.View { return askingOf(ctx).view }

// Exec answers a request for a viewer. It fails where the viewer may not ask at all, and where the request could not be
// accounted for; all else is in the response.
func (h *Handler) Exec(ctx context.Context, v graph.Viewer, r Request) (*graphql.Response, error) {
	view, err := h.graph.As(v)
	if err != nil {
		return nil, err
	}
	out, _ := h.exec(ctx, view, r, false)
	body, err := encode(out)
	if err != nil {
		return nil, err
	}
	if err := h.account(ctx, view, r, len(body)); err != nil {
		return nil, err
	}
	return out, nil
}

// exec makes the answer, and says what it cost (0 where that could not be worked out). It must be accounted for before it goes out.
func (h *Handler) exec(ctx context.Context, view *graph.View, r Request, inURL bool) (*graphql.Response, int64) {
	op, cost, err := h.affordable(view.Viewer().Role, r)
	switch {
	case err != nil:
		return failure(err), 0
	case op != nil && op.Operation == ast.Subscription && len(h.schema.ValidateWithVariables(r.Query, r.Variables)) == 0:
		return failure(errNoStream), cost
	}
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	done, err := h.admit(ctx, cost)
	if err != nil {
		return failure(err), cost
	}
	defer done()
	a := &asking{view: view, inURL: inURL, budget: budget{stop: cancel}}
	out := h.schema.Exec(context.WithValue(ctx, askingKey{}, a), r.Query, r.OperationName, r.Variables)
	if a.budget.text.Load() > MaxText {
		return failure(errText), cost
	}
	h.finish(out)
	return out, cost
}

// finish gives the errors of an answer their codes, and the operator the causes.
func (h *Handler) finish(out *graphql.Response) {
	for _, e := range out.Errors {
		if c, ok := e.ResolverError.(interface{ Extensions() map[string]any }); ok && e.Extensions == nil {
			e.Extensions = c.Extensions() // graphql-go forgets those of a subscription
		}
		var hidden *internal
		if errors.As(e.ResolverError, &hidden) {
			h.logger.Error("a question could not be answered", "error", hidden.err)
		}
		name(e)
		// An error that belongs to no field is one of the request: a variable or argument that cannot be read. The
		// library goes on without the field; the specification does not.
		if e.Path == nil && e.Extensions["code"] != codeInternal {
			out.Data = nil
		}
	}
}

// introspects reports whether a role may ask for the schema itself.
func (h *Handler) introspects(role graph.Role) bool {
	return h.options.Introspection == nil || slices.Contains(h.options.Introspection, role)
}

var errIntrospection = &coded{graph.CodeForbidden, "the schema itself is not shown to this role"}

// affordable refuses what costs too much, before any of it runs, and returns the operation and its cost. What it cannot
// read it leaves to graphql-go, which says what is wrong; then it returns none.
func (h *Handler) affordable(role graph.Role, r Request) (op *ast.OperationDefinition, cost int64, err error) {
	if len(r.Query) > MaxQuery {
		return nil, 0, nil
	}
	if err := recursion(r.Query); err != nil {
		return nil, 0, err
	}
	doc, err := parse(r.Query)
	if err != nil {
		if errs := h.schema.ValidateWithVariables(r.Query, r.Variables); len(errs) > 0 {
			return nil, 0, nil
		}
		return nil, 0, &coded{codeParse, err.Error()}
	}
	op = doc.operation(r.OperationName)
	if op == nil {
		return nil, 0, nil
	}
	c, introspects := price(h.schema, doc, op, r.Variables)
	if introspects && !h.introspects(role) {
		return nil, 0, errIntrospection
	}
	if c > MaxCost {
		return nil, 0, costly{c, MaxCost}
	}
	return op, c, nil
}

// name gives an error of graphql-go itself its code.
func name(e *gqlerrors.QueryError) {
	if e.Extensions != nil {
		return
	}
	code := codeBadRequest
	switch {
	case errors.Is(e, context.DeadlineExceeded), errors.Is(e, context.Canceled):
		code, e.Message = errTime.code, errTime.message
	case errors.Is(e, graphql.ErrTooManySelections), e.Rule == "OverlapValidationLimitExceeded":
		code = codeTooCostly
	case e.Rule == "MaxDepthExceeded":
		code = "TOO_DEEP"
	case e.Rule != "":
		code = "GRAPHQL_VALIDATION_FAILED"
	case errors.Is(e, gqlerrors.ErrSyntax), strings.HasPrefix(e.Message, "syntax error"):
		code = codeParse
	case strings.HasPrefix(e.Message, "query length"):
		code = codeTooLarge
	}
	e.Extensions = map[string]any{"code": code}
}
