package server

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/internal/auth"
	"reelgraph/internal/rest"
	"reelgraph/models"
)

// restPrefix is what the paths begin with whose refusals are problem details (RFC 9457).
const restPrefix = "/v1/"

func isREST(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, restPrefix) }

// refusalMedia is the media type of what refuses a request before it is looked at.
func refusalMedia(r *http.Request) string {
	if isREST(r) {
		return mediaProblem
	}
	return readAccept(r.Header["Accept"]).refusalMedia()
}

// mountREST adds the routes below /v1.
func (s *Server) mountREST(mux *http.ServeMux, o Options) {
	for _, route := range rest.Routes {
		h := &restHandler{route: route, executor: o.Executor, admission: admission{o.Executor, o.Admit}, log: o.Logger}
		mux.Handle(route.Path, s.untilDrain(auth.Middleware(o.Verifier, h.reject)(h)))
	}
	mux.HandleFunc("/v1/openapi.json", describeREST)
	nothing := func(w http.ResponseWriter, _ *http.Request) {
		refusal{
			status: http.StatusNotFound, code: models.CodeNotFound,
			message: "There is nothing at this path. What there is, /v1/openapi.json tells.",
		}.write(w, mediaProblem)
	}
	mux.HandleFunc(restPrefix, nothing)
	mux.HandleFunc(strings.TrimSuffix(restPrefix, "/"), nothing) // which ServeMux would send to the other
}

// describeREST answers with the description of the routes.
func describeREST(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		wrongMethod(r.Method, "GET, HEAD").write(w, mediaProblem)
		return
	}
	writeBytes(w, http.StatusOK, mediaJSON, rest.OpenAPI)
}

// restHandler serves one route: it has the executor run the route's document, with all that holds for operations, and
// writes what the root field gives in the route's own shape.
type restHandler struct {
	route     *rest.Route
	executor  graphql.GraphExecutor
	admission admission
	log       *slog.Logger
}

func (h *restHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	result, no := h.answer(w, r)
	if no != nil {
		no.write(w, mediaProblem)
		return
	}
	buf := borrowBuffer()
	defer returnBuffer(buf)
	buf.Write(h.route.AppendAnswer(buf.AvailableBuffer(), result))
	writeBytes(w, http.StatusOK, mediaJSON, buf.Bytes())
}

// answer is what the root field gives.
func (h *restHandler) answer(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	if r.Method != http.MethodPost {
		return nil, wrongMethod(r.Method, http.MethodPost)
	}
	ctx, refused := h.admission.enter(models.WithStoredDocument(r.Context()))
	if refused != nil {
		return nil, h.refusalOf(refused)
	}
	variables, no := h.readVariables(w, r)
	if no != nil {
		return nil, no
	}
	return h.run(graphql.StartOperationTrace(ctx), variables)
}

func (h *restHandler) readVariables(w http.ResponseWriter, r *http.Request) (map[string]any, *refusal) {
	body := borrowBuffer()
	defer returnBuffer(body)
	if no := receiveBody(body, w, r); no != nil {
		return nil, no
	}
	return variablesOf(h.route, body.Bytes())
}

// variablesOf reads the body of a request. Of a member said twice the last counts.
func variablesOf(route *rest.Route, data []byte) (map[string]any, *refusal) {
	if len(bytes.TrimLeft(data, " \t\r\n")) == 0 {
		return nil, badRequest("", "The request has no body.")
	}
	members, quick := quickObject(data)
	if !quick {
		if no := decode(data, &members, "the body"); no != nil {
			return nil, no
		}
	}
	if members == nil {
		return nil, badRequest("", "The JSON of the body must be an object, not null.")
	}
	variables, fault := route.Variables(members)
	if fault != nil {
		return nil, &refusal{status: http.StatusBadRequest, code: fault.Code, message: fault.Message, details: fault.Details}
	}
	return variables, nil
}

// run has the executor run the document. The result of the root field is taken before it would be written as GraphQL, so
// that it is written once.
func (h *restHandler) run(ctx context.Context, variables map[string]any) (any, *refusal) {
	operation, errs := h.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: h.route.Document, Variables: variables})
	if len(errs) > 0 {
		response := h.executor.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
		return nil, h.refusalOf(withCodes(response))
	}
	var result any
	resolve := operation.ResolverMiddleware
	operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		var err error
		result, err = resolve(ctx, next)
		return nil, err // Root fields may be null, which is quickly written.
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	next, ctx := h.executor.DispatchOperation(ctx, operation)
	// The executor has no answer when the context ended before it began.
	response := next(ctx)
	switch {
	case response == nil:
		return nil, unavailable
	case len(response.Errors) > 0:
		return nil, h.refusalOf(withCodes(response))
	}
	return result, nil
}

// statusesOfCodes are the statuses of errors; 500 for others.
var statusesOfCodes = map[models.Code]int{
	models.CodeBadUserInput:            http.StatusBadRequest,
	models.CodeComplexityLimitExceeded: http.StatusBadRequest,
	models.CodeUnauthenticated:         http.StatusUnauthorized,
	models.CodeForbidden:               http.StatusForbidden,
	models.CodeRateLimited:             http.StatusTooManyRequests,
	models.CodeServiceUnavailable:      http.StatusServiceUnavailable,
}

// refusalOf tells the first of the errors that the executor answers with.
func (h *restHandler) refusalOf(response *graphql.Response) *refusal {
	first := response.Errors[0]
	code := cmp.Or(codeOf(response), models.CodeInternalServerError)
	message, details := h.route.Explain(first.Message, first.Extensions)
	return &refusal{status: cmp.Or(statusesOfCodes[code], http.StatusInternalServerError), code: code, message: message, details: details}
}

// reject answers a request whose token is no good, or cannot be checked right now.
func (h *restHandler) reject(w http.ResponseWriter, r *http.Request, err error) {
	refusedToken(r.Context(), h.log, err).write(w, mediaProblem)
}

// writeProblem writes problem details: the members of RFC 9457 first, then those of ours.
func writeProblem(w http.ResponseWriter, status int, detail string, more map[string]any) {
	buf := borrowBuffer()
	defer returnBuffer(buf)
	buf.WriteByte('{')
	// What there is to say always is JSON.
	_ = appendMember(buf, "type", "about:blank")
	_ = appendMember(buf, "title", http.StatusText(status))
	_ = appendMember(buf, "status", status)
	_ = appendMember(buf, "detail", detail)
	_ = appendMember(buf, "code", more["code"])
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if name != "code" {
			_ = appendMember(buf, name, more[name])
		}
	}
	buf.WriteByte('}')
	writeBytes(w, status, mediaProblem, buf.Bytes())
}
