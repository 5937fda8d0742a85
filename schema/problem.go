package schema

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	graphql "github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"

	"github.com/lichtspur/lichtspur/graph"
)

// The codes of this package that are used more than once; those of the graph are in package graph.
const (
	codeInternal   = "INTERNAL"
	codeBadRequest = "BAD_REQUEST"
	codeTooLarge   = "TOO_LARGE"
	codeTooCostly  = "TOO_COSTLY"
	codeParse      = "GRAPHQL_PARSE_FAILED"
	codePersonal   = "PERSONAL_IN_URL"
)

// sorry is all that a client hears of what is not its fault.
const sorry = "the log failed to answer; the operator's log says why"

var errTime = &coded{"TIMEOUT", "the answer took longer than a request may; ask for less"}

// coded is an error as the client sees it.
type coded struct {
	code, message string
}

func (c *coded) Error() string { return c.message }

// Extensions gives graphql-go the stable code.
func (c *coded) Extensions() map[string]any { return map[string]any{"code": c.code} }

// internal is an error that is not the client's: its text goes to the operator's log only.
type internal struct{ err error }

func (e *internal) Error() string { return sorry }
func (e *internal) Unwrap() error { return e.err }

// Extensions gives graphql-go the stable code.
func (e *internal) Extensions() map[string]any { return map[string]any{"code": codeInternal} }

// wrap gives an error its stable code, and hides what is not the client's: of an error of the graph it passes on the
// message alone, not the cause.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	var ours *coded
	if errors.As(err, &ours) {
		return ours
	}
	var known *graph.Error
	if errors.As(err, &known) {
		return &coded{known.Code, known.Message}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errTime
	}
	return &internal{err}
}

// failure is the answer to a request that was not executed.
func failure(err error) *graphql.Response {
	e := &gqlerrors.QueryError{Message: err.Error()}
	if c, ok := err.(interface{ Extensions() map[string]any }); ok {
		e.Extensions = c.Extensions()
	}
	return &graphql.Response{Errors: []*gqlerrors.QueryError{e}}
}

// panics keeps what was panicked with from the client, and from the log, since it may be what a source sent: the
// operator's log gets its type and the stack.
type panics struct{ logger *slog.Logger }

// LogPanic implements graphql-go's log.Logger.
func (p panics) LogPanic(_ context.Context, value any) {
	_, frames, _ := strings.Cut(string(debug.Stack()), "\n")
	p.logger.Error("a resolver panicked", "type", fmt.Sprintf("%T", value), "stack", frames)
}

// MakePanicError implements graphql-go's errors.PanicHandler.
func (panics) MakePanicError(context.Context, any) *gqlerrors.QueryError {
	return &gqlerrors.QueryError{Message: sorry, Extensions: map[string]any{"code": codeInternal}}
}
