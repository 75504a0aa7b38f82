package server

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// storedTexts has the executor run the texts that ids stand for, and no others, as a manifest does.
type storedTexts map[string]string

var _ graphql.OperationParameterMutator = storedTexts{}

func (storedTexts) ExtensionName() string                   { return "StoredTexts" }
func (storedTexts) Validate(graphql.ExecutableSchema) error { return nil }

func (s storedTexts) MutateOperationParameters(_ context.Context, params *graphql.RawParams) *gqlerror.Error {
	id, _ := params.Extensions[models.DocumentIDExtension].(string)
	code := models.CodePersistedQueryNotFound
	switch text, known := s[id]; {
	case params.Query != "" || id == "":
		code = models.CodePersistedQueryRequired
	case known:
		params.Query = text
		return nil
	}
	return &gqlerror.Error{Message: "refused", Extensions: map[string]any{"code": string(code)}}
}

// storing is a server of stored texts alone.
func storing(t *testing.T) string {
	t.Helper()
	options, _ := testOptions(t)
	e := newStreamExecutor(sources)
	e.Use(storedTexts{
		"echo": `query E($text: String!) { echo(text: $text) }`, "change": `mutation { echo(text: "a") }`, "live": `subscription { echo(text: "x") }`,
		"later": `{ ... @defer { echo(text: "a") } }`, "two": `query A { a: __typename } query B { b: __typename }`,
	})
	options.Executor = e
	return "http://" + serve(t, patience, options, nil).address
}

func TestDocumentID(t *testing.T) {
	t.Parallel()
	server := storing(t)
	const data = `{"data":{"echo":"a"}}`
	for name, test := range map[string]struct {
		body, accept string
		status       int
		want         string // of the answer
	}{
		"query":                  {`{"documentId":"echo","variables":{"text":"a"}}`, asGraphQL, 200, data},
		"mutation":               {`{"documentId":"change"}`, asGraphQL, 200, data},
		"one of two":             {`{"documentId":"two","operationName":"B"}`, asJSON, 200, `{"data":{"b":"Query"}}`},
		"beside extensions":      {`{"documentId":"change","extensions":{"a":1}}`, asJSON, 200, data},
		"null for the rest":      {`{"documentId":"change","query":null,"variables":null,"extensions":null}`, asJSON, 200, data},
		"an empty text":          {`{"documentId":"change","query":""}`, asJSON, 200, data},
		"deferred, in one":       {`{"documentId":"later"}`, asJSON, 200, data},
		"deferred":               {`{"documentId":"later"}`, asDeferred, 200, `"hasNext":`},
		"events":                 {`{"documentId":"change"}`, asEvents, 200, "event: next\nid: 1\ndata: " + data},
		"subscription, events":   {`{"documentId":"live"}`, asEvents, 200, `data: {"data":{"echo":"x"}}`},
		"subscription, payloads": {`{"documentId":"live"}`, asPayloads, 200, part(`{"payload":{"data":{"echo":"x"}}}`)},
		"unknown":                {`{"documentId":"x"}`, asJSON, 200, `"code":"PERSISTED_QUERY_NOT_FOUND"`},
		"unknown, GraphQL's":     {`{"documentId":"x"}`, asGraphQL, 200, `"code":"PERSISTED_QUERY_NOT_FOUND"`},
		"text":                   {`{"query":"{ __typename }"}`, asJSON, 200, `"code":"PERSISTED_QUERY_REQUIRED"`},
		"text, GraphQL's":        {`{"query":"{ __typename }"}`, asGraphQL, 400, `"code":"PERSISTED_QUERY_REQUIRED"`},
		"an extension's":         {`{"query":"{ __typename }","extensions":{"documentId":"echo"}}`, asGraphQL, 400, `"code":"PERSISTED_QUERY_REQUIRED"`},
		"an extension's alone":   {`{"extensions":{"documentId":"echo"}}`, asJSON, 400, `"argument":"query"`},
		"both":                   {`{"documentId":"change","extensions":{"documentId":"echo"}}`, asJSON, 200, data},
		"a number":               {`{"documentId":1}`, asJSON, 400, `"message":"\"documentId\" must be a string, not a number."`},
		"an object":              {`{"documentId":{}}`, asJSON, 400, `"argument":"documentId"`},
		"null":                   {`{"documentId":null}`, asJSON, 400, `"argument":"query"`},
		"empty":                  {`{"documentId":""}`, asJSON, 400, `"argument":"query"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, answer := call(t, "POST", server+"/graphql", test.body, test.accept, sendsJSON)
			if response.StatusCode != test.status || !strings.Contains(answer, test.want) {
				t.Errorf("status %d: %s", response.StatusCode, answer)
			}
			if strings.Contains(answer, "NOT_FOUND") && response.Header.Get("Content-Type") != mediaJSON+"; charset=utf-8" {
				t.Errorf("as %s", response.Header.Get("Content-Type"))
			}
		})
	}
}

// TestDocumentIDIsNoExtension keeps what a client calls so among its extensions from the executor.
func TestDocumentIDIsNoExtension(t *testing.T) {
	t.Parallel()
	body := []byte(`{"query":"{ __typename }","extensions":{"documentId":"a","other":1}}`)
	values := url.Values{"query": {"{ __typename }"}, "extensions": {`{"documentId":"a","other":1}`}}
	for name, read := range map[string]func() (*graphql.RawParams, *refusal){
		"POST": func() (*graphql.RawParams, *refusal) { return parseBody(body) },
		"GET":  func() (*graphql.RawParams, *refusal) { return readQueryString(&url.URL{RawQuery: values.Encode()}) },
	} {
		params, no := read()
		if no != nil || len(params.Extensions) != 1 || params.Extensions["other"] == nil {
			t.Errorf("%s: %+v %v", name, params, no)
		}
	}
}

func TestDocumentIDByGet(t *testing.T) {
	t.Parallel()
	server := storing(t)
	for name, test := range map[string]struct {
		query, accept string
		status        int
		want          string
	}{
		"query":        {`documentId=echo&variables={"text":"a"}`, asJSON, 200, `{"data":{"echo":"a"}}`},
		"one of two":   {`documentId=two&operationName=A`, asGraphQL, 200, `{"data":{"a":"Query"}}`},
		"mutation":     {`documentId=change`, asJSON, 405, `"BAD_USER_INPUT"`},
		"subscription": {`documentId=live`, asEvents, 200, `data: {"data":{"echo":"x"}}`},
		"deferred":     {`documentId=later`, asDeferred, 200, `"hasNext":`},
		"unknown":      {`documentId=x`, asGraphQL, 200, `"PERSISTED_QUERY_NOT_FOUND"`},
		"text":         {`query={__typename}`, asGraphQL, 400, `"PERSISTED_QUERY_REQUIRED"`},
		"empty":        {`documentId=`, asJSON, 400, `"argument":"query"`},
		"twice":        {`documentId=echo&documentId=echo`, asJSON, 400, `"\"documentId\" must be given once."`},
		"not UTF-8":    {"documentId=\xff", asJSON, 400, `"\"documentId\" must be UTF-8."`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := make(url.Values)
			for pair := range strings.SplitSeq(test.query, "&") {
				name, value, _ := strings.Cut(pair, "=")
				values.Add(name, value)
			}
			response, answer := call(t, "GET", server+"/graphql?"+values.Encode(), "", test.accept)
			if response.StatusCode != test.status || !strings.Contains(answer, test.want) {
				t.Errorf("status %d: %s", response.StatusCode, answer)
			}
		})
	}
	if response, answer := call(t, "HEAD", server+"/graphql?documentId=two&operationName=A", ""); response.StatusCode != 200 || answer != "" {
		t.Errorf("HEAD: %d %q", response.StatusCode, answer)
	}
}

func TestDocumentIDOverSockets(t *testing.T) {
	t.Parallel()
	server := storing(t)
	for subprotocol, says := range map[string]struct{ start, next, refused string }{
		modern: {"subscribe", "next", `[{"message":"refused","extensions":{"code":%q}}]`},
		legacy: {"start", "data", `{"message":"refused","extensions":{"code":%q}}`},
	} {
		t.Run(subprotocol, func(t *testing.T) {
			t.Parallel()
			start := func(payload string) string {
				return fmt.Sprintf(`> {"id":"1","type":%q,"payload":%s}`, says.start, payload)
			}
			next := func(data string) string {
				return fmt.Sprintf(`< {"type":%q,"id":"1","payload":{"data":%s}}`, says.next, data)
			}
			refused := func(code models.Code) string {
				return `< {"type":"error","id":"1","payload":` + fmt.Sprintf(says.refused, code) + `}`
			}
			const complete = `< {"type":"complete","id":"1"}`
			c := dial(t, server, subprotocol)
			c.play("> "+initMessage, "< "+ackMessage)
			if subprotocol == legacy {
				c.expect(`{"type":"ka"}`)
			}
			c.play(
				start(`{"documentId":"echo","variables":{"text":"a"}}`), next(`{"echo":"a"}`), complete,
				start(`{"documentId":"live"}`), next(`{"echo":"x"}`), next(`{"echo":"x"}`), complete,
				start(`{"documentId":"later"}`), next(`{"echo":"a"}`), complete,
				start(`{"documentId":"x"}`), refused(models.CodePersistedQueryNotFound),
				start(`{"query":"{ __typename }"}`), refused(models.CodePersistedQueryRequired),
				start(`{"documentId":1}`), `x 4400 "documentId" must be a string, not a number.`,
			)
		})
	}
}
