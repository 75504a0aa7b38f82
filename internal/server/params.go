package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/models"
)

// maxBodyBytes bounds the body of a request.
const maxBodyBytes = 1 << 20

// readBody reads the parameters of a POST. Members of the body that GraphQL over HTTP does
// not know are ignored; of a member said twice the last counts, as in every JSON parser of a
// browser.
func readBody(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	body := borrowBuffer()
	defer returnBuffer(body)
	if no := receiveBody(body, w, r); no != nil {
		return nil, no
	}
	return parseBody(body.Bytes())
}

// receiveBody takes in the body of a POST, within its bounds. Nothing but application/json is taken, so that
// no form of a foreign page can run an operation.
func receiveBody(body *bytes.Buffer, w http.ResponseWriter, r *http.Request) *refusal {
	if !isJSON(r.Header) {
		return &refusal{
			status: http.StatusUnsupportedMediaType, code: models.CodeUnsupportedMediaType,
			message: "The body must be application/json in UTF-8, not compressed.",
		}
	}
	if r.ContentLength > maxBodyBytes {
		return tooLarge
	}
	sent := r.Body
	if r.ContentLength <= 0 { // Of others net/http gives no more than they have declared.
		sent = http.MaxBytesReader(w, sent, maxBodyBytes)
	}
	if _, err := body.ReadFrom(sent); err != nil {
		var beyond *http.MaxBytesError
		switch {
		case errors.As(err, &beyond):
			return tooLarge
		case errors.Is(err, os.ErrDeadlineExceeded):
			return &refusal{
				status: http.StatusRequestTimeout, code: models.CodeBadUserInput,
				message: "The body took too long to arrive.",
			}
		}
		return badRequest("", "The body could not be read to its end.")
	}
	return nil
}

func isJSON(header http.Header) bool {
	switch said := valueOf(header, "Content-Type"); said {
	case mediaJSON, mediaJSON + "; charset=utf-8", mediaJSON + ";charset=UTF-8": // as most clients spell it
	default:
		media, params, err := mime.ParseMediaType(said)
		if err != nil || media != mediaJSON {
			return false
		}
		if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
			return false
		}
	}
	encoding := valueOf(header, "Content-Encoding")
	return encoding == "" || strings.EqualFold(encoding, "identity")
}

func parseBody(data []byte) (*graphql.RawParams, *refusal) {
	if params, documentID, ok := quickBody(data); ok {
		return complete(params, documentID)
	}
	params, documentID, no := anyBody(data)
	if no != nil {
		return nil, no
	}
	return complete(params, documentID)
}

// anyBody reads whatever body there may be.
func anyBody(data []byte) (params *graphql.RawParams, documentID string, no *refusal) {
	text := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(text) == 0:
		return nil, "", badRequest("", "The request has no body.")
	case text[0] == '[':
		return nil, "", badRequest("", "Lists of operations are not supported: send each in a request of its own.")
	}
	// Pointers and maps take null for what is absent.
	var body struct {
		Query         *string        `json:"query"`
		OperationName *string        `json:"operationName"`
		DocumentID    *string        `json:"documentId"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
	}
	if no := decode(data, &body, "the body"); no != nil {
		return nil, "", no
	}
	params = &graphql.RawParams{Variables: body.Variables, Extensions: body.Extensions}
	if body.Query != nil {
		params.Query = *body.Query
	}
	if body.OperationName != nil {
		params.OperationName = *body.OperationName
	}
	if body.DocumentID != nil {
		documentID = *body.DocumentID
	}
	return params, documentID, nil
}

// parameterNames are the members of a body and the parameters of a query string that say what to run.
var parameterNames = [...]string{"query", "operationName", "documentId", "variables", "extensions"}

// readQueryString reads the parameters of a GET. An empty parameter is an absent one.
func readQueryString(u *url.URL) (*graphql.RawParams, *refusal) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badRequest("", "The query string is malformed.")
	}
	for _, name := range parameterNames {
		if len(values[name]) > 1 {
			return nil, badRequest(name, fmt.Sprintf("%q must be given once.", name))
		}
		if !utf8.ValidString(values.Get(name)) {
			return nil, badRequest(name, fmt.Sprintf("%q must be UTF-8.", name))
		}
	}
	params := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	for name, into := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		if text := values.Get(name); text != "" {
			if no := decode([]byte(text), into, name); no != nil {
				return nil, no
			}
		}
	}
	return complete(params, values.Get("documentId"))
}

// complete puts the id of a document where the executor looks for it, and nothing else of the client's, and refuses
// parameters that name no operation, by text, id or hash.
func complete(params *graphql.RawParams, documentID string) (*graphql.RawParams, *refusal) {
	delete(params.Extensions, models.DocumentIDExtension)
	switch {
	case documentID != "":
		if params.Extensions == nil {
			params.Extensions = make(map[string]any, 1)
		}
		params.Extensions[models.DocumentIDExtension] = documentID
	case params.Query == "" && params.Extensions["persistedQuery"] == nil:
		return nil, badRequest("query", `"query" must hold the text of an operation, or "documentId" its id, or "extensions" a "persistedQuery".`)
	}
	return params, nil
}

// maxCommas bounds how many values JSON may hold: each takes many times the memory of its text, and is looked at again and
// again. The longest lists that any field takes have room many times over, and so has prose.
const maxCommas = 50_000

var (
	comma   = []byte{','}
	tooMany = &refusal{
		status: http.StatusRequestEntityTooLarge, code: models.CodePayloadTooLarge,
		message: "The JSON must not hold more than " + strconv.Itoa(maxCommas) + " values.",
	}
)

// decode reads exactly one JSON value, numbers as their digits. The refusal names the member
// of the wrong type, or the place of the fault in what is called source; it never quotes.
func decode(data []byte, into any, source string) *refusal {
	if !utf8.Valid(data) {
		return badRequest("", fmt.Sprintf("In %s there is text that is not UTF-8.", source))
	}
	if bytes.Count(data, comma) > maxCommas && commasBetweenValues(data) > maxCommas {
		return tooMany
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	err := decoder.Decode(into)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		return badRequest("", fmt.Sprintf("In %s there is more after the end of the JSON object.", source))
	}
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		want := "an object"
		if wrong.Type.Kind() == reflect.String {
			want = "a string"
		}
		return badRequest(wrong.Field, fmt.Sprintf("%q must be %s, not %s.", wrong.Field, want, article(wrong.Value)))
	case errors.As(err, &wrong):
		return badRequest("", fmt.Sprintf("The JSON of %s must be an object, not %s.", source, article(wrong.Value)))
	case errors.As(err, &syntax):
		return badRequest("", fmt.Sprintf("The JSON of %s is malformed at byte %d.", source, syntax.Offset))
	}
	return badRequest("", fmt.Sprintf("The JSON of %s is cut short.", source))
}

// commasBetweenValues counts the commas outside of strings. What is no JSON has some number too.
func commasBetweenValues(data []byte) int {
	count, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++ // what it escapes may be a quote
		case ',':
			if !quoted {
				count++
			}
		}
	}
	return count
}

// article turns encoding/json's name of a value into words.
func article(value string) string {
	switch {
	case value == "array" || value == "object":
		return "an " + value
	case value == "bool":
		return "a boolean"
	case strings.HasPrefix(value, "number"):
		return "a number"
	}
	return "a " + value
}
