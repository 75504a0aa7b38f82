package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// graphqlHandler serves /graphql over POST and GET as the GraphQL-over-HTTP specification
// has it, and streams where an operation has several answers. Requests for a socket go to sockets.
type graphqlHandler struct {
	executor  graphql.GraphExecutor
	admission admission
	log       *slog.Logger
	sockets   *sockets
	streams   *streams
	bounds    *bounds
}

// exchange is one request on its way to its answer.
type exchange struct {
	*graphqlHandler
	w        http.ResponseWriter
	r        *http.Request
	accepted *accepted
	// public says that caches may share the answer, if it is a whole one.
	public bool
}

// ServeHTTP runs one operation. Its time begins when the request has been read, since a
// slow upload is bounded on its own.
func (h *graphqlHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := exchange{graphqlHandler: h, w: w, r: r, accepted: readAccept(r.Header["Accept"])}
	if isUpgrade(r) {
		h.sockets.open(w, r, nil)
		return
	}
	// What an Accept header refuses by q=0 is seen when the kind of operation is known.
	if *e.accepted == (accepted{}) {
		e.refuse(notAcceptable)
		return
	}
	if no := e.serve(); no != nil {
		e.refuse(no)
	}
}

// serve reads the operation and runs it, of a caller who may ask.
func (e *exchange) serve() *refusal {
	posted := e.r.Method == http.MethodPost
	if !posted && e.r.Method != http.MethodGet && e.r.Method != http.MethodHead {
		return wrongMethod(e.r.Method, "GET, HEAD, POST")
	}
	ctx, refused := e.admission.enter(e.r.Context())
	if refused != nil {
		return e.answerUnrun(refused)
	}
	var params *graphql.RawParams
	var no *refusal
	if posted {
		params, no = readBody(e.w, e.r)
	} else {
		params, no = readQueryString(e.r.URL)
	}
	if no != nil {
		return no
	}
	return e.run(graphql.StartOperationTrace(ctx), params)
}

// isUpgrade reports whether the request asks for a socket.
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// run gives the operation to the executor, and answers with what comes of it. It refuses what the executor
// would run but this request cannot have.
func (e *exchange) run(ctx context.Context, params *graphql.RawParams) *refusal {
	operation, errs := e.executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return e.answerUnrun(withCodes(e.executor.DispatchError(graphql.WithOperationContext(ctx, operation), errs)))
	}
	if no := allowed(operation.Operation.Operation, e.r.Method); no != nil {
		return no
	}
	k := kindOf(operation)
	e.public = e.mayShare(operation, k)
	if e.r.Method == http.MethodHead && k == kindDeferred {
		k = kindSingle // there is no body that could come in parts
	}
	f, ok := e.accepted.choose(k)
	switch {
	case !ok && k == kindSubscription:
		return streamNotAcceptable
	case !ok:
		return notAcceptable
	case k == kindSubscription:
		return e.subscribe(ctx, f, operation)
	case f == formDeferred:
		return e.deliver(ctx, operation)
	}
	inOneAnswer(operation)
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	next, ctx := e.executor.DispatchOperation(ctx, operation)
	// The executor has no answer when the context ended before it began.
	response := next(ctx)
	if response == nil {
		return unavailable
	}
	e.answer(f, withCodes(response))
	return nil
}

// answerUnrun answers for an operation that has not come so far that its kind is known.
func (e *exchange) answerUnrun(response *graphql.Response) *refusal {
	f, ok := e.accepted.choose(kindUnknown)
	if !ok {
		return notAcceptable
	}
	e.answer(f, response)
	return nil
}

// allowed refuses an operation that the method must not run.
func allowed(operation ast.Operation, method string) *refusal {
	switch {
	case operation == ast.Mutation && method != http.MethodPost:
		return &refusal{
			status: http.StatusMethodNotAllowed, code: models.CodeBadUserInput, allow: "POST",
			message: "Mutations can be run by POST alone.",
		}
	case operation == ast.Subscription && method == http.MethodHead:
		return &refusal{
			status: http.StatusMethodNotAllowed, code: models.CodeBadUserInput, allow: "GET, POST",
			message: "Subscriptions can be run by GET and POST alone.",
		}
	}
	return nil
}

// answer writes an answer of one piece. One that tells of the server's own trouble is told by its status,
// in whatever form it was asked for, since clients then come back by themselves.
func (e *exchange) answer(f form, response *graphql.Response) {
	media := mediaJSON
	if f == formGraphQL {
		media = mediaGraphQL
	}
	status, media := statusOf(response, media)
	buf := borrowBuffer()
	defer returnBuffer(buf)
	var err error
	if spelled := spellings[f]; spelled != nil && status == http.StatusOK {
		media = spelled.media
		err = spelled.appendWhole(buf, response)
	} else {
		err = appendResponse(buf, response)
	}
	switch {
	case err != nil:
		e.unwritable(err)
		e.refuse(internalError(e.r.Context()))
	case e.public && response.Data != nil && len(response.Errors) == 0:
		share(e.w, e.r, media, buf.Bytes())
	default:
		if len(response.Errors) > 0 {
			sayWhen(e.w.Header(), status, response.Errors[0].Extensions)
		}
		writeBytes(e.w, status, media, buf.Bytes())
	}
}

// refuse answers with a refusal alone.
func (e *exchange) refuse(no *refusal) { no.write(e.w, e.accepted.refusalMedia()) }

func (e *exchange) unwritable(err error) {
	e.log.ErrorContext(e.r.Context(), "an answer could not be written as JSON",
		"requestId", models.RequestIDFrom(e.r.Context()), "error", err)
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
	case models.CodeRateLimited:
		return http.StatusTooManyRequests, media
	}
	if media == mediaJSON {
		return http.StatusOK, media
	}
	return http.StatusBadRequest, media
}

// reject answers a request whose token is no good, or cannot be checked right now. A client that asks for a socket
// is told by closing that, since it may bring another token, and sees no status.
func (h *graphqlHandler) reject(w http.ResponseWriter, r *http.Request, err error) {
	if isUpgrade(r) {
		h.sockets.open(w, r, err)
		return
	}
	refusedToken(r.Context(), h.log, err).write(w, refusalMedia(r))
}

// refusedToken is the refusal for a token that err speaks of, of which it tells the log.
func refusedToken(ctx context.Context, log *slog.Logger, err error) *refusal {
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
	log.Log(ctx, level, "token refused", "requestId", models.RequestIDFrom(ctx), "error", err)
	return no
}
