package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

const (
	asJSON    = "Accept: application/json"
	asGraphQL = "Accept: application/graphql-response+json"
	sendsJSON = "Content-Type: application/json"
	unknown   = `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`
)

func TestPost(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	const typename = `{"query":"{ __typename }"}`
	for name, test := range map[string]struct {
		headers []string
		body    string
		status  int
		media   string // application/json where empty
		code    string // no error where empty
		message string // a part of it
	}{
		"no accept":                     {[]string{sendsJSON}, typename, 200, "", "", ""},
		"accepts GraphQL's":             {[]string{sendsJSON, asGraphQL}, typename, 200, mediaGraphQL, "", ""},
		"accepts neither":               {[]string{sendsJSON, "Accept: text/html"}, typename, 406, "", "BAD_USER_INPUT", "Accept"},
		"charset":                       {[]string{"Content-Type: application/json; charset=UTF-8"}, typename, 200, "", "", ""},
		"other charset":                 {[]string{"Content-Type: application/json; charset=latin1"}, typename, 415, "", "UNSUPPORTED_MEDIA_TYPE", ""},
		"no type":                       {nil, typename, 415, "", "UNSUPPORTED_MEDIA_TYPE", "application/json"},
		"malformed type":                {[]string{"Content-Type: application/json; ="}, typename, 415, "", "UNSUPPORTED_MEDIA_TYPE", ""},
		"text":                          {[]string{"Content-Type: text/plain"}, typename, 415, "", "UNSUPPORTED_MEDIA_TYPE", ""},
		"query as body":                 {[]string{"Content-Type: application/graphql"}, "{ __typename }", 415, "", "UNSUPPORTED_MEDIA_TYPE", ""},
		"url-encoded form":              {[]string{"Content-Type: application/x-www-form-urlencoded"}, "query={__typename}", 415, "", "UNSUPPORTED_MEDIA_TYPE", ""},
		"multipart form":                {[]string{"Content-Type: multipart/form-data; boundary=b"}, "--b\r\n\r\n--b--", 415, "", "UNSUPPORTED_MEDIA_TYPE", ""},
		"compressed body":               {[]string{sendsJSON, "Content-Encoding: gzip"}, typename, 415, "", "UNSUPPORTED_MEDIA_TYPE", "compressed"},
		"no body":                       {[]string{sendsJSON}, "", 400, "", "BAD_USER_INPUT", "no body"},
		"blank body":                    {[]string{sendsJSON}, " \n", 400, "", "BAD_USER_INPUT", "no body"},
		"malformed":                     {[]string{sendsJSON}, `{"query" "{}"}`, 400, "", "BAD_USER_INPUT", "malformed at byte 10"},
		"cut short":                     {[]string{sendsJSON}, `{"query": "{`, 400, "", "BAD_USER_INPUT", "cut short"},
		"trailing garbage":              {[]string{sendsJSON}, typename + "x", 400, "", "BAD_USER_INPUT", "after the end"},
		"two values":                    {[]string{sendsJSON}, typename + typename, 400, "", "BAD_USER_INPUT", "after the end"},
		"trailing space":                {[]string{sendsJSON}, typename + " \r\n\t", 200, "", "", ""},
		"not UTF-8":                     {[]string{sendsJSON}, "{\"query\":\"{ echo(text: \\\"\xff\\\") }\"}", 400, "", "BAD_USER_INPUT", "UTF-8"},
		"batch":                         {[]string{sendsJSON}, " [" + typename + "]", 400, "", "BAD_USER_INPUT", "request of its own"},
		"a string":                      {[]string{sendsJSON}, `"{ __typename }"`, 400, "", "BAD_USER_INPUT", "must be an object, not a string"},
		"null":                          {[]string{sendsJSON}, `null`, 400, "", "BAD_USER_INPUT", `"query" must`},
		"no query":                      {[]string{sendsJSON}, `{"id":"x"}`, 400, "", "BAD_USER_INPUT", `"query" must`},
		"empty query":                   {[]string{sendsJSON}, `{"query":""}`, 400, "", "BAD_USER_INPUT", `"query" must`},
		"no query, GraphQL's":           {[]string{sendsJSON, asGraphQL}, `{}`, 400, mediaGraphQL, "BAD_USER_INPUT", `"query" must`},
		"query is a number":             {[]string{sendsJSON}, `{"query":1}`, 400, "", "BAD_USER_INPUT", `"query" must be a string, not a number`},
		"query is a list":               {[]string{sendsJSON}, `{"query":["{a}"]}`, 400, "", "BAD_USER_INPUT", `"query" must be a string, not an array`},
		"operationName is an object":    {[]string{sendsJSON}, `{"query":"{a}","operationName":{}}`, 400, "", "BAD_USER_INPUT", `"operationName" must be a string, not an object`},
		"variables is a list":           {[]string{sendsJSON}, `{"query":"{a}","variables":[]}`, 400, "", "BAD_USER_INPUT", `"variables" must be an object, not an array`},
		"variables is a string":         {[]string{sendsJSON}, `{"query":"{a}","variables":"{}"}`, 400, "", "BAD_USER_INPUT", `"variables" must be an object, not a string`},
		"extensions is a boolean":       {[]string{sendsJSON}, `{"query":"{a}","extensions":true}`, 400, "", "BAD_USER_INPUT", `"extensions" must be an object, not a boolean`},
		"extra members":                 {[]string{sendsJSON}, `{"query":"{ __typename }","documentId":"x","clientLibrary":{"name":"y"}}`, 200, "", "", ""},
		"nulls":                         {[]string{sendsJSON}, `{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}`, 200, "", "", ""},
		"parse, JSON":                   {[]string{sendsJSON, asJSON}, `{"query":"{"}`, 200, "", "GRAPHQL_PARSE_FAILED", ""},
		"parse, GraphQL's":              {[]string{sendsJSON, asGraphQL}, `{"query":"{"}`, 400, mediaGraphQL, "GRAPHQL_PARSE_FAILED", ""},
		"validation, JSON":              {[]string{sendsJSON, asJSON}, `{"query":"{ nothing }"}`, 200, "", "GRAPHQL_VALIDATION_FAILED", ""},
		"validation, GraphQL's":         {[]string{sendsJSON, asGraphQL}, `{"query":"{ nothing }"}`, 400, mediaGraphQL, "GRAPHQL_VALIDATION_FAILED", ""},
		"variables, GraphQL's":          {[]string{sendsJSON, asGraphQL}, `{"query":"query($t: String!) { echo(text: $t) }"}`, 400, mediaGraphQL, "GRAPHQL_VALIDATION_FAILED", ""},
		"unknown operation":             {[]string{sendsJSON, asGraphQL}, `{"query":"query A { __typename }","operationName":"B"}`, 400, mediaGraphQL, "GRAPHQL_VALIDATION_FAILED", ""},
		"too complex, JSON":             {[]string{sendsJSON}, `{"query":"{` + strings.Repeat(" again {", 30) + " __typename" + strings.Repeat(" }", 30) + `}"}`, 200, "", "COMPLEXITY_LIMIT_EXCEEDED", ""},
		"too complex, GraphQL's":        {[]string{sendsJSON, asGraphQL}, `{"query":"{` + strings.Repeat(" again {", 30) + " __typename" + strings.Repeat(" }", 30) + `}"}`, 400, mediaGraphQL, "COMPLEXITY_LIMIT_EXCEEDED", ""},
		"unknown hash, JSON":            {[]string{sendsJSON}, unknown, 200, "", "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"},
		"unknown hash, GraphQL's":       {[]string{sendsJSON, asGraphQL}, unknown, 200, "", "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"},
		"wrong hash":                    {[]string{sendsJSON, asGraphQL}, `{"query":"{ __typename }",` + unknown[1:], 400, mediaGraphQL, "BAD_USER_INPUT", "hash"},
		"mutation":                      {[]string{sendsJSON}, `{"query":"mutation { echo(text: \"a\") }"}`, 200, "", "", ""},
		"subscription":                  {[]string{sendsJSON, asJSON}, `{"query":"subscription { echo(text: \"a\") }"}`, 406, "", "BAD_USER_INPUT", "Subscriptions"},
		"body as large as is allowed":   {[]string{sendsJSON}, typename + strings.Repeat(" ", maxBodyBytes-len(typename)), 200, "", "", ""},
		"body a byte larger":            {[]string{sendsJSON}, typename + strings.Repeat(" ", maxBodyBytes-len(typename)+1), 413, "", "PAYLOAD_TOO_LARGE", "1048576"},
		"body a byte larger, GraphQL's": {[]string{sendsJSON, asGraphQL}, strings.Repeat(" ", maxBodyBytes+1), 413, mediaGraphQL, "PAYLOAD_TOO_LARGE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := call(t, "POST", server+"/graphql", test.body, test.headers...)
			media := test.media
			if media == "" {
				media = mediaJSON
			}
			check(t, response, body, test.status, media, test.code, test.message)
		})
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	for name, test := range map[string]struct {
		query   string
		accept  string
		status  int
		code    string
		message string
	}{
		"query":                     {"query={__typename}", asJSON, 200, "", ""},
		"query, GraphQL's":          {"query={__typename}", asGraphQL, 200, "", ""},
		"variables":                 {`query=query($t:String!){echo(text:$t)}&variables={"t":"a"}`, asJSON, 200, "", ""},
		"empty parameters":          {"query={__typename}&variables=&extensions=&operationName=", asJSON, 200, "", ""},
		"null parameters":           {"query={__typename}&variables=null&extensions=null", asJSON, 200, "", ""},
		"other parameters":          {"query={__typename}&clientLibrary=x", asJSON, 200, "", ""},
		"nothing":                   {"", asJSON, 400, "BAD_USER_INPUT", `"query" must`},
		"malformed variables":       {"query={__typename}&variables={", asJSON, 400, "BAD_USER_INPUT", "variables"},
		"variables are a list":      {"query={__typename}&variables=[]", asJSON, 400, "BAD_USER_INPUT", "variables must be an object, not an array"},
		"extensions are a string":   {`query={__typename}&extensions="a"`, asJSON, 400, "BAD_USER_INPUT", "extensions must be an object, not a string"},
		"more after variables":      {"query={__typename}&variables={}{}", asJSON, 400, "BAD_USER_INPUT", "variables"},
		"query twice":               {"query={__typename}&query={__typename}", asJSON, 400, "BAD_USER_INPUT", `"query" must be given once`},
		"not UTF-8":                 {"query=%ff", asJSON, 400, "BAD_USER_INPUT", "UTF-8"},
		"malformed escapes":         {"query=%zz", asJSON, 400, "BAD_USER_INPUT", "query string"},
		"parse":                     {"query={", asGraphQL, 400, "GRAPHQL_PARSE_FAILED", ""},
		"validation as JSON":        {"query={nothing}", asJSON, 200, "GRAPHQL_VALIDATION_FAILED", ""},
		"mutation":                  {`query=mutation{echo(text:"a")}`, asJSON, 405, "BAD_USER_INPUT", "POST"},
		"mutation, GraphQL's":       {`query=mutation{echo(text:"a")}`, asGraphQL, 405, "BAD_USER_INPUT", "POST"},
		"mutation among operations": {`query=query A{__typename} mutation B{echo(text:"a")}&operationName=B`, asJSON, 405, "BAD_USER_INPUT", "POST"},
		"query among operations":    {`query=query A{__typename} mutation B{echo(text:"a")}&operationName=A`, asJSON, 200, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			media := strings.TrimPrefix(test.accept, "Accept: ")
			escaped := strings.NewReplacer(" ", "+", `"`, "%22").Replace(test.query)
			response, body := call(t, "GET", server+"/graphql?"+escaped, "", test.accept)
			check(t, response, body, test.status, media, test.code, test.message)
			if test.status == http.StatusMethodNotAllowed && response.Header.Get("Allow") != "POST" {
				t.Errorf("Allow %q", response.Header.Get("Allow"))
			}
		})
	}
}

// check holds an answer against what is wanted of it and of every answer.
func check(t *testing.T, response *http.Response, body string, status int, media, code, message string) {
	t.Helper()
	if response.StatusCode != status {
		t.Errorf("status %d, want %d", response.StatusCode, status)
	}
	for name, want := range map[string]string{
		"Content-Type": media + "; charset=utf-8", "Cache-Control": "private, no-store",
		"Content-Length": strconv.Itoa(len(body)), "Vary": "Accept-Encoding",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	gotMessage, gotCode, _, hasData := firstError(t, body)
	if gotCode != code || !strings.Contains(gotMessage, message) {
		t.Errorf("error %s %q, want %s with %q", gotCode, gotMessage, code, message)
	}
	if hasData != (code == "") {
		t.Errorf("data in the answer: %v: %s", hasData, body)
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
		response, body := call(t, method, server+"/graphql?query={__typename}", "", asGraphQL)
		check(t, response, body, 405, mediaGraphQL, "BAD_USER_INPUT", method)
		if got := response.Header.Get("Allow"); got != "GET, HEAD, POST" {
			t.Errorf("%s: Allow %q", method, got)
		}
	}
	response, body := call(t, "HEAD", server+"/graphql?query={__typename}", "")
	if response.StatusCode != 200 || body != "" || response.Header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d %q with Content-Length %s", response.StatusCode, body, response.Header.Get("Content-Length"))
	}
}

func TestAnswerIsExact(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	for name, test := range map[string][2]string{
		"data":   {`{"query":"{ echo(text: \"<é>\") }"}`, `{"data":{"echo":"\u003cé\u003e"}}`},
		"digits": {`{"query":"query($v: Long!) { number(value: $v) }","variables":{"v":9007199254740993}}`, `{"data":{"number":9007199254740993}}`},
	} {
		if _, body := call(t, "POST", server+"/graphql", test[0], sendsJSON); body != test[1] {
			t.Errorf("%s: %s, want %s", name, body, test[1])
		}
	}
	// Errors come first, and an error of a field leaves the status and the other fields.
	response, body := query(t, server, `{ fails echo(text: "a") }`, asGraphQL)
	if response.StatusCode != 200 || !strings.HasPrefix(body, `{"errors":[{"message":"a field failed"`) ||
		!strings.HasSuffix(body, `,"data":{"echo":"a","fails":null}}`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

func TestVariablesByGetKeepTheirDigits(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	parameters := url.Values{"query": {"query($v: Long!) { number(value: $v) }"}, "variables": {`{"v":9007199254740993}`}}
	if _, body := call(t, "GET", server+"/graphql?"+parameters.Encode(), ""); body != `{"data":{"number":9007199254740993}}` {
		t.Error(body)
	}
}

func TestPersistedQuery(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	const hash = `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}`
	for i, want := range []string{"PERSISTED_QUERY_NOT_FOUND", "", ""} {
		body := "{" + hash
		if i == 1 {
			body = `{"query":"{__typename}",` + hash
		}
		if _, answer := call(t, "POST", server+"/graphql", body, sendsJSON); (want == "") != (answer == `{"data":{"__typename":"Query"}}`) || !strings.Contains(answer, want) {
			t.Errorf("call %d: %s", i+1, answer)
		}
	}
}

func TestDeferredComesInTheSameAnswer(t *testing.T) {
	t.Parallel()
	schema := newTestSchema()
	documents := graphql.MapCache[*ast.QueryDocument]{}
	e := executor.New(schema)
	e.SetQueryCache(documents)
	server, _ := start(t, func(o *Options) { o.Executor = e })
	const text = `query A { __typename again { ... @defer(label: "x") { a: echo(text: "a") ...F @defer @include(if: true) } } }
		query B { __typename }
		fragment F on Query { again { ... @defer { b: echo(text: "b") } } ...G @skip(if: true) }
		fragment G on Query { c: echo(text: "c") }`
	body, err := json.Marshal(map[string]string{"query": text, "operationName": "A"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, answer := call(t, "POST", server+"/graphql", string(body), sendsJSON)
		if want := `{"data":{"__typename":"Query","again":{"a":"a","again":{"b":"b"}}}}`; answer != want {
			t.Errorf("got %s, want %s", answer, want)
		}
	}
	cached := documents[text].Operations[0].SelectionSet[1].(*ast.Field).SelectionSet[0].(*ast.InlineFragment)
	if len(cached.Directives) != 1 {
		t.Error("the cached document was changed")
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		options, _ := testOptions(t)
		handler := New(options)
		ask := func(ctx context.Context, text string) *httptest.ResponseRecorder {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, "GET", "/graphql?query="+url.QueryEscape(text), nil))
			return answer
		}
		begin := time.Now()
		answer := ask(t.Context(), "{ waits }")
		if answer.Code != 200 || !strings.Contains(answer.Body.String(), context.DeadlineExceeded.Error()) {
			t.Errorf("a field that waits: %d %s", answer.Code, answer.Body)
		}
		if took := time.Since(begin); took != 4500*time.Millisecond {
			t.Errorf("a field that waits has %s", took)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		answer = ask(ended, "{ __typename }")
		if _, code, _, _ := firstError(t, answer.Body.String()); answer.Code != 503 || code != "SERVICE_UNAVAILABLE" || answer.Header().Get("Retry-After") == "" {
			t.Errorf("no time at all: %d %s", answer.Code, answer.Body)
		}
	})
}

func TestAnswerThatIsNoJSON(t *testing.T) {
	t.Parallel()
	server, log := start(t, nil)
	response, body := query(t, server, "{ unprintable }", "X-Request-Id: r-1")
	_, code, extensions, _ := firstError(t, body)
	if response.StatusCode != 500 || code != "INTERNAL_SERVER_ERROR" || extensions["requestId"] != "r-1" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if !strings.Contains(log.String(), "could not be written") {
		t.Error("nothing in the log")
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	server, log := start(t, nil)
	caller := models.Caller{ID: models.NewID(), ExpiresAt: time.Now().Add(time.Hour)}
	good, err := auth.Config{Secret: secret}.Sign(caller)
	if err != nil {
		t.Fatal(err)
	}
	if _, body := query(t, server, "{ caller }"); body != `{"data":{"caller":null}}` {
		t.Errorf("anonymous: %s", body)
	}
	if _, body := query(t, server, "{ caller }", "Authorization: Bearer "+good); body != `{"data":{"caller":"`+caller.ID.String()+`"}}` {
		t.Errorf("signed in: %s", body)
	}
	bad := good[:len(good)-3] + "AAA"
	response, body := query(t, server, "{ __typename }", "Authorization: Bearer "+bad, asGraphQL)
	check(t, response, body, 401, mediaGraphQL, "UNAUTHENTICATED", "signature")
	if got := response.Header.Get("WWW-Authenticate"); got != "Bearer" {
		t.Errorf("WWW-Authenticate %q", got)
	}
	// A client that accepts neither media type still learns why.
	response, body = query(t, server, "{ __typename }", "Authorization: Bearer "+bad, "Accept: text/html")
	check(t, response, body, 401, mediaJSON, "UNAUTHENTICATED", "")
	if response, _ := call(t, "GET", server+"/healthz", "", "Authorization: Bearer "+bad); response.StatusCode != 200 {
		t.Errorf("/healthz wants a token: %d", response.StatusCode)
	}
	if text := log.String(); strings.Contains(text, good) || strings.Contains(text, bad) {
		t.Error("a token is in the log")
	}
}

func TestStatusOfAnswersWithoutData(t *testing.T) {
	t.Parallel()
	for code, want := range map[models.Code][2]int{
		models.CodeInternalServerError:     {500, 500},
		models.CodeServiceUnavailable:      {503, 503},
		models.CodeGraphQLValidationFailed: {200, 400},
		"":                                 {200, 400},
	} {
		for i, media := range []string{mediaJSON, mediaGraphQL} {
			// A presenter may leave the code typed.
			for _, typed := range []any{code, string(code)} {
				response := &graphql.Response{Errors: gqlerror.List{{Extensions: map[string]any{"code": typed}}}}
				if status, answered := statusOf(response, media); status != want[i] || answered != media {
					t.Errorf("%s as %s: %d as %s", code, media, status, answered)
				}
			}
		}
	}
}

func TestKeysThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	handler := &graphqlHandler{executor: options.Executor, log: options.Logger}
	answer := httptest.NewRecorder()
	handler.reject(answer, httptest.NewRequest("POST", "/graphql", nil), models.Unavailable(context.DeadlineExceeded))
	_, code, _, _ := firstError(t, answer.Body.String())
	if answer.Code != 503 || code != "SERVICE_UNAVAILABLE" || answer.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
