package server

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// refusal is a request that was not given to the executor, or an operation it was not let
// run, in the shape of a GraphQL answer without data.
type refusal struct {
	status  int
	code    models.Code
	message string
	// argument names the parameter at fault, requestID the log line that has the cause,
	// and allow the methods that may be used; empty where they do not apply.
	argument, requestID, allow string
	// details are what else there is to say, as a GraphQL error's extensions.
	details map[string]any
}

var (
	tooLarge = &refusal{
		status: http.StatusRequestEntityTooLarge, code: models.CodePayloadTooLarge,
		message: "The body must not be larger than " + strconv.Itoa(maxBodyBytes) + " bytes.",
	}
	notAcceptable = &refusal{
		status: http.StatusNotAcceptable, code: models.CodeBadUserInput,
		message: "Answers are " + mediaGraphQL + " or " + mediaJSON + "; the Accept header allows neither.",
	}
	streamNotAcceptable = &refusal{
		status: http.StatusNotAcceptable, code: models.CodeBadUserInput,
		message: "Subscriptions are answered as " + mediaEvents + " or " + mediaMultipart +
			";subscriptionSpec=1.0, or over a socket; the Accept header allows neither.",
	}
	unavailable = &refusal{
		status: http.StatusServiceUnavailable, code: models.CodeServiceUnavailable,
		message: models.Unavailable(nil).Message,
	}
)

// badRequest is a malformed request; argument is the parameter at fault, empty where it is
// the request as a whole.
func badRequest(argument, message string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: models.CodeBadUserInput, message: message, argument: argument}
}

func wrongMethod(method, allow string) *refusal {
	return &refusal{
		status: http.StatusMethodNotAllowed, code: models.CodeBadUserInput, allow: allow,
		message: "The method " + strconv.Quote(method) + " is not allowed here; use " + allow + ".",
	}
}

func internalError(ctx context.Context) *refusal {
	return &refusal{
		status: http.StatusInternalServerError, code: models.CodeInternalServerError,
		message: "Internal server error.", requestID: models.RequestIDFrom(ctx),
	}
}

// write answers the request with the refusal alone.
func (no refusal) write(w http.ResponseWriter, media string) {
	extensions := map[string]any{}
	maps.Copy(extensions, no.details)
	extensions["code"] = no.code
	if no.argument != "" {
		extensions["argument"] = no.argument
	}
	if no.requestID != "" {
		extensions["requestId"] = no.requestID
	}
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}
	if no.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	sayWhen(w.Header(), no.status, extensions)
	if media == mediaProblem {
		writeProblem(w, no.status, no.message, extensions)
		return
	}
	// Text and codes always are JSON.
	_ = writeResponse(w, no.status, media, &graphql.Response{
		Errors: gqlerror.List{{Message: no.message, Extensions: extensions}},
	})
}

// sayWhen tells a client that is refused for now when to come back: as the error's extensions have it, else soon.
func sayWhen(header http.Header, status int, extensions map[string]any) {
	var seconds int
	switch status {
	case http.StatusServiceUnavailable:
		seconds = 1
	case http.StatusTooManyRequests:
		seconds = 5
	default:
		return
	}
	if said, ok := extensions["retryAfter"].(int); ok {
		seconds = said
	}
	header.Set("Retry-After", strconv.Itoa(seconds))
}

// codeOf is the code of the answer's first error, empty where it has none.
func codeOf(response *graphql.Response) models.Code {
	if len(response.Errors) == 0 {
		return ""
	}
	return models.CodeIn(response.Errors[0].Extensions)
}

// withCodes gives BAD_USER_INPUT to the errors of an answer without data that have no code:
// those are the executor's own, about a request that it could not make sense of.
func withCodes(response *graphql.Response) *graphql.Response {
	if response.Data != nil {
		return response
	}
	for _, err := range response.Errors {
		if err.Extensions["code"] == nil {
			extensions := map[string]any{"code": models.CodeBadUserInput}
			maps.Copy(extensions, err.Extensions)
			err.Extensions = extensions
		}
	}
	return response
}

// writeResponse writes a GraphQL answer of one piece. An error means that nothing has been written.
func writeResponse(w http.ResponseWriter, status int, media string, response *graphql.Response) error {
	buf := borrowBuffer()
	defer returnBuffer(buf)
	if err := appendResponse(buf, response); err != nil {
		return err
	}
	writeBytes(w, status, media, buf.Bytes())
	return nil
}

// appendResponse appends a GraphQL response as JSON: errors first, so that a reader meets them before
// the data, and no "data" at all where nothing was run. Data is appended as the executor made it.
func appendResponse(buf *bytes.Buffer, response *graphql.Response) error {
	buf.WriteByte('{')
	if err := appendMembers(buf, response); err != nil {
		return err
	}
	buf.WriteByte('}')
	return nil
}

// appendMembers appends what stands between the braces of a response.
func appendMembers(buf *bytes.Buffer, response *graphql.Response) error {
	if len(response.Errors) > 0 {
		if err := appendMember(buf, "errors", response.Errors); err != nil {
			return err
		}
	}
	if response.Data != nil {
		appendName(buf, "data")
		buf.Write(response.Data)
	}
	if cost, told := response.Extensions[models.CostStats].(*models.Cost); told && len(response.Extensions) == 1 {
		appendName(buf, "extensions")
		buf.WriteString(`{"` + models.CostStats + `":`)
		buf.Write(cost.AppendJSON(buf.AvailableBuffer()))
		buf.WriteByte('}')
		return nil
	}
	if len(response.Extensions) > 0 {
		return appendMember(buf, "extensions", response.Extensions)
	}
	return nil
}

func appendMember(buf *bytes.Buffer, name string, value any) error {
	appendName(buf, name)
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - 1) // Encode ends with a newline
	return nil
}

// appendName begins a member of the object that the buffer ends in.
func appendName(buf *bytes.Buffer, name string) {
	if before := buf.Bytes(); before[len(before)-1] != '{' {
		buf.WriteByte(',')
	}
	buf.WriteByte('"')
	buf.WriteString(name)
	buf.WriteString(`":`)
}

// These are shared by all answers, as asUncacheable is.
var (
	asNosniff = []string{"nosniff"}
	// contentTypes are those of JSON. Streams say nothing of characters.
	contentTypes = map[string][]string{
		mediaJSON:    {mediaJSON + "; charset=utf-8"},
		mediaGraphQL: {mediaGraphQL + "; charset=utf-8"},
		mediaProblem: {mediaProblem + "; charset=utf-8"},
	}
)

func writeBytes(w http.ResponseWriter, status int, media string, body []byte) {
	header := w.Header()
	if said, known := contentTypes[media]; known {
		header["Content-Type"] = said
	} else {
		header.Set("Content-Type", media)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header["X-Content-Type-Options"] = asNosniff
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away needs no answer
}

// buffers are shared by the bodies of requests and answers.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledBytes is the largest buffer that is kept: one huge answer must not hold its memory
// for good.
const maxPooledBytes = 128 << 10

func borrowBuffer() *bytes.Buffer { return buffers.Get().(*bytes.Buffer) }

func returnBuffer(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooledBytes {
		buf.Reset()
		buffers.Put(buf)
	}
}
