package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// graphqlHandler serves /graphql over POST and GET as the GraphQL-over-HTTP specification
// has it.
type graphqlHandler struct {
	executor graphql.GraphExecutor
	log      *slog.Logger
}

// ServeHTTP runs one operation. Its time begins when the request has been read, since a
// slow upload is bounded on its own.
func (h *graphqlHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	media, acceptable := negotiate(r.Header["Accept"])
	if !acceptable {
		notAcceptable.write(w, mediaJSON)
		return
	}
	var params *graphql.RawParams
	var no *refusal
	switch r.Method {
	case http.MethodPost:
		params, no = readBody(w, r)
	case http.MethodGet, http.MethodHead:
		params, no = readQueryString(r.URL)
	default:
		no = wrongMethod(r.Method, "GET, HEAD, POST")
	}
	if no != nil {
		no.write(w, media)
		return
	}

	ctx, cancel := context.WithTimeout(graphql.StartOperationTrace(r.Context()), requestTimeout)
	defer cancel()
	response, no := h.run(ctx, params, r.Method)
	if no != nil {
		no.write(w, media)
		return
	}
	status, media := statusOf(response, media)
	if err := writeResponse(w, status, media, response); err != nil {
		h.log.ErrorContext(ctx, "an answer could not be written as JSON", "requestId", models.RequestIDFrom(ctx), "error", err)
		internalError(ctx).write(w, mediaJSON)
	}
}

// run gives the operation to the executor. It refuses what the executor would run but this
// transport cannot carry.
func (h *graphqlHandler) run(ctx context.Context, params *graphql.RawParams, method string) (*graphql.Response, *refusal) {
	operation, errs := h.executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return withCodes(h.executor.DispatchError(graphql.WithOperationContext(ctx, operation), errs)), nil
	}
	switch operation.Operation.Operation {
	case ast.Subscription:
		return nil, badRequest("query", "Subscriptions cannot be run by POST or GET.")
	case ast.Mutation:
		if method != http.MethodPost {
			return nil, &refusal{
				status: http.StatusMethodNotAllowed, code: models.CodeBadUserInput, allow: "POST",
				message: "Mutations can be run by POST alone.",
			}
		}
	}
	inOneAnswer(operation)

	next, ctx := h.executor.DispatchOperation(ctx, operation)
	// The executor has no answer when the context ended before it began.
	response := next(ctx)
	if response == nil {
		return nil, unavailable
	}
	return withCodes(response), nil
}

// statusOf decides the status, and the media type where the status must not depend on it.
// As application/json, a well-formed request is answered with 200, whatever its errors;
// application/graphql-response+json tells by the status that nothing was run. Clients of
// automatic persisted queries read an unknown hash from a 200 of application/json alone.
func statusOf(response *graphql.Response, media string) (int, string) {
	if response.Data != nil {
		return http.StatusOK, media
	}
	switch codeOf(response) {
	case models.CodePersistedQueryNotFound:
		return http.StatusOK, mediaJSON
	case models.CodeInternalServerError:
		return http.StatusInternalServerError, media
	case models.CodeServiceUnavailable:
		return http.StatusServiceUnavailable, media
	}
	if media == mediaJSON {
		return http.StatusOK, media
	}
	return http.StatusBadRequest, media
}

// reject answers a request whose token is no good, or cannot be checked right now.
func (h *graphqlHandler) reject(w http.ResponseWriter, r *http.Request, err error) {
	media, acceptable := negotiate(r.Header["Accept"])
	if !acceptable {
		media = mediaJSON
	}
	no := &refusal{
		status: http.StatusUnauthorized, code: models.CodeUnauthenticated,
		message: "The token is not valid, or no longer.",
	}
	level := slog.LevelDebug
	if known := (*models.Error)(nil); errors.As(err, &known) {
		if known.Code == models.CodeServiceUnavailable {
			no, level = unavailable, slog.LevelWarn
		} else {
			no.message = known.Message
		}
	}
	h.log.Log(r.Context(), level, "token refused", "requestId", models.RequestIDFrom(r.Context()), "error", err)
	if no.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	no.write(w, media)
}
