package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/internal/rest"
	"reelgraph/models"
)

const batchMetadata = "/v1/videos/batch-metadata"

// scripted is an executor whose one root field has its outcome from a function.
type scripted struct {
	// refused is why an operation is not run.
	refused *gqlerror.Error
	field   func(ctx context.Context, operation *graphql.OperationContext) (any, error)
}

func (s scripted) CreateOperationContext(_ context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	operation := &graphql.OperationContext{
		RawQuery: params.Query, Variables: params.Variables, Operation: &ast.OperationDefinition{},
		ResolverMiddleware: func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
	}
	if s.refused != nil {
		return operation, gqlerror.List{s.refused}
	}
	return operation, nil
}

func (s scripted) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return func(ctx context.Context) *graphql.Response {
		if ctx.Err() != nil {
			return nil
		}
		shown, err := operation.ResolverMiddleware(ctx, func(ctx context.Context) (any, error) { return s.field(ctx, operation) })
		response := &graphql.Response{Data: json.RawMessage(`{"field":null}`)}
		if err != nil {
			response.Errors = gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
		}
		if shown != nil {
			response.Errors = append(response.Errors, gqlerror.Errorf("the result would be written twice"))
		}
		return response
	}, ctx
}

func (s scripted) DispatchError(_ context.Context, errs gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: errs}
}

// startREST listens with a root field, which answers nothing unless it is given.
func startREST(t *testing.T, s scripted) (url string, log *logged) {
	t.Helper()
	if s.field == nil {
		s.field = func(context.Context, *graphql.OperationContext) (any, error) { return []*models.VideoMetadata{}, nil }
	}
	return start(t, func(o *Options) { o.Executor = s })
}

// problem checks that an answer is a problem of a status and a code, and gives its members.
func problem(t *testing.T, response *http.Response, body string, status int, code models.Code) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	if response.StatusCode != status || !strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("want a problem of status %d, got %d %s: %s", status, response.StatusCode, response.Header.Get("Content-Type"), body)
	}
	begins := `{"type":"about:blank","title":"` + http.StatusText(status) + `","status":`
	if members["status"] != float64(status) || members["code"] != string(code) || members["detail"] == "" || !strings.HasPrefix(body, begins) {
		t.Errorf("want status %d and %s: %s", status, code, body)
	}
	if cached := response.Header.Get("Cache-Control"); cached != "private, no-store" {
		t.Errorf("Cache-Control: %s", cached)
	}
	return members
}

func TestRESTRequests(t *testing.T) {
	t.Parallel()
	url, _ := startREST(t, scripted{})
	const deletion = "/v1/admin/videos/batch-delete"
	for name, test := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		code               models.Code
		detail, argument   string
	}{
		"by GET":          {method: "GET", path: batchMetadata, status: 405, code: models.CodeBadUserInput, detail: `The method "GET" is not allowed here; use POST.`},
		"by DELETE":       {method: "DELETE", path: deletion, status: 405, code: models.CodeBadUserInput, detail: `The method "DELETE" is not allowed here; use POST.`},
		"no such path":    {method: "POST", path: "/v1/videos", status: 404, code: models.CodeNotFound, detail: "There is nothing at this path. What there is, /v1/openapi.json tells."},
		"the prefix":      {method: "GET", path: "/v1", status: 404, code: models.CodeNotFound, detail: "There is nothing at this path. What there is, /v1/openapi.json tells."},
		"a path below":    {method: "GET", path: batchMetadata + "/1", status: 404, code: models.CodeNotFound, detail: "There is nothing at this path. What there is, /v1/openapi.json tells."},
		"no media type":   {path: batchMetadata, headers: []string{"Content-Type: text/plain"}, status: 415, code: models.CodeUnsupportedMediaType, detail: "The body must be application/json in UTF-8, not compressed."},
		"a form":          {path: batchMetadata, headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415, code: models.CodeUnsupportedMediaType, detail: "The body must be application/json in UTF-8, not compressed."},
		"too large":       {path: batchMetadata, body: strings.Repeat(" ", maxBodyBytes+1), status: 413, code: models.CodePayloadTooLarge, detail: "The body must not be larger than 1048576 bytes."},
		"no body":         {path: batchMetadata, body: " \n", status: 400, code: models.CodeBadUserInput, detail: "The request has no body."},
		"null":            {path: batchMetadata, body: "null", status: 400, code: models.CodeBadUserInput, detail: "The JSON of the body must be an object, not null."},
		"a list":          {path: batchMetadata, body: "[]", status: 400, code: models.CodeBadUserInput, detail: "The JSON of the body must be an object, not an array."},
		"malformed":       {path: batchMetadata, body: `{"video_ids": [}`, status: 400, code: models.CodeBadUserInput, detail: "The JSON of the body is malformed at byte 16."},
		"more after it":   {path: batchMetadata, body: `{"video_ids": []} {}`, status: 400, code: models.CodeBadUserInput, detail: "In the body there is more after the end of the JSON object."},
		"no UTF-8":        {path: batchMetadata, body: "{\"video_ids\": [\"\xff\"]}", status: 400, code: models.CodeBadUserInput, detail: "In the body there is text that is not UTF-8."},
		"missing":         {path: batchMetadata, body: `{}`, status: 400, code: models.CodeBadUserInput, detail: "`video_ids` is missing; it must be a list of strings.", argument: "video_ids"},
		"null ids":        {path: batchMetadata, body: `{"video_ids": null}`, status: 400, code: models.CodeBadUserInput, detail: "`video_ids` must be a list of strings, not null.", argument: "video_ids"},
		"one id":          {path: batchMetadata, body: `{"video_ids": "a"}`, status: 400, code: models.CodeBadUserInput, detail: "`video_ids` must be a list of strings, not a string.", argument: "video_ids"},
		"ids by name":     {path: batchMetadata, body: `{"video_ids": {}}`, status: 400, code: models.CodeBadUserInput, detail: "`video_ids` must be a list of strings, not an object.", argument: "video_ids"},
		"a number":        {path: batchMetadata, body: `{"video_ids": ["a", 1]}`, status: 400, code: models.CodeBadUserInput, detail: "`video_ids` must be a list of strings; at place 1 it has a number.", argument: "video_ids"},
		"a null":          {path: batchMetadata, body: `{"video_ids": [null]}`, status: 400, code: models.CodeBadUserInput, detail: "`video_ids` must be a list of strings; at place 0 it has null.", argument: "video_ids"},
		"unknown":         {path: batchMetadata, body: `{"video_ids": [], "z": 1, "videoIds": []}`, status: 400, code: models.CodeBadUserInput, detail: "`videoIds` is no member of this request, which takes `video_ids` alone.", argument: "videoIds"},
		"another's":       {path: batchMetadata, body: `{"video_ids": [], "reason": "r"}`, status: 400, code: models.CodeBadUserInput, detail: "`reason` is no member of this request, which takes `video_ids` alone.", argument: "reason"},
		"in another case": {path: batchMetadata, body: `{"Video_IDs": []}`, status: 400, code: models.CodeBadUserInput, detail: "`Video_IDs` is no member of this request, which takes `video_ids` alone.", argument: "Video_IDs"},
		"a long name": {
			path: deletion, body: `{"` + strings.Repeat("é", 1000) + `": 1}`, status: 400, code: models.CodeBadUserInput,
			detail: "`" + strings.Repeat("é", 60) + "…` is no member of this request, which takes `video_ids` and `reason`.", argument: strings.Repeat("é", 60) + "…",
		},
		"no reason":    {path: deletion, body: `{"video_ids": []}`, status: 400, code: models.CodeBadUserInput, detail: "`reason` is missing; it must be a string.", argument: "reason"},
		"null reason":  {path: deletion, body: `{"video_ids": [], "reason": null}`, status: 400, code: models.CodeBadUserInput, detail: "`reason` must be a string, not null.", argument: "reason"},
		"true reason":  {path: deletion, body: `{"video_ids": [], "reason": true}`, status: 400, code: models.CodeBadUserInput, detail: "`reason` must be a string, not a boolean.", argument: "reason"},
		"no token":     {path: batchMetadata, body: `{"video_ids": []}`, headers: []string{"Authorization: Basic eDp5"}, status: 401, code: models.CodeUnauthenticated, detail: `Authorization is not of the form "Bearer <token>".`},
		"a bad token":  {path: batchMetadata, body: `{"video_ids": []}`, headers: []string{"Authorization: Bearer a.b.c"}, status: 401, code: models.CodeUnauthenticated},
		"token by GET": {method: "GET", path: batchMetadata, headers: []string{"Authorization: Bearer a.b.c"}, status: 401, code: models.CodeUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method, headers := test.method, test.headers
			if method == "" {
				method = "POST"
			}
			if !strings.Contains(strings.Join(headers, ""), "Content-Type") {
				headers = append(headers, sendsJSON)
			}
			response, body := call(t, method, url+test.path, test.body, headers...)
			members := problem(t, response, body, test.status, test.code)
			if test.detail != "" && members["detail"] != test.detail {
				t.Errorf("\n got %s\nwant %s", members["detail"], test.detail)
			}
			if argument, _ := members["argument"].(string); argument != test.argument {
				t.Errorf("argument %q", argument)
			}
			if allow := response.Header.Get("Allow"); (test.status == 405) != (allow == "POST") {
				t.Errorf("Allow: %s", allow)
			}
			if asked := response.Header.Get("WWW-Authenticate"); (test.status == 401) != (asked == "Bearer") {
				t.Errorf("WWW-Authenticate: %s", asked)
			}
		})
	}
}

func TestRESTErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		extensions map[string]any
		message    string
		status     int
		want       string // behind the status
		retry      string
	}{
		"ids": {
			map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"x<y"}}, "Ids are UUIDs.", 400,
			`"detail":"Ids are UUIDs.","code":"BAD_USER_INPUT","argument":"video_ids","invalidIds":["x<y"]}`, "",
		},
		"too many": {
			map[string]any{"code": "BAD_USER_INPUT", "limit": 100, "actual": 101}, "At most 100.", 400,
			`"detail":"At most 100.","code":"BAD_USER_INPUT","actual":101,"argument":"video_ids","limit":100}`, "",
		},
		"an argument": {
			map[string]any{"code": "BAD_USER_INPUT", "argument": "ids"}, "`ids` must not be null.", 400,
			"\"detail\":\"`video_ids` must not be null.\",\"code\":\"BAD_USER_INPUT\",\"argument\":\"video_ids\"}", "",
		},
		"another argument": {
			map[string]any{"code": "BAD_USER_INPUT", "argument": "reason"}, "A reason.", 400, `"detail":"A reason.","code":"BAD_USER_INPUT","argument":"reason"}`, "",
		},
		"cost": {
			map[string]any{"code": "COMPLEXITY_LIMIT_EXCEEDED", "limit": 5, "actual": 6}, "Too much.", 400,
			`"detail":"Too much.","code":"COMPLEXITY_LIMIT_EXCEEDED","actual":6,"limit":5}`, "",
		},
		"no token":  {map[string]any{"code": models.CodeUnauthenticated}, "Sign in.", 401, `"detail":"Sign in.","code":"UNAUTHENTICATED"}`, ""},
		"no role":   {map[string]any{"code": "FORBIDDEN"}, "No.", 403, `"detail":"No.","code":"FORBIDDEN"}`, ""},
		"rate":      {map[string]any{"code": "RATE_LIMITED", "retryAfter": 7}, "Slowly.", 429, `"detail":"Slowly.","code":"RATE_LIMITED","retryAfter":7}`, "7"},
		"down":      {map[string]any{"code": "SERVICE_UNAVAILABLE"}, "Later.", 503, `"detail":"Later.","code":"SERVICE_UNAVAILABLE"}`, "1"},
		"internal":  {map[string]any{"code": "INTERNAL_SERVER_ERROR", "requestId": "r"}, "Oh.", 500, `"detail":"Oh.","code":"INTERNAL_SERVER_ERROR","requestId":"r"}`, ""},
		"our fault": {map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}, "Oh.", 500, `"detail":"Oh.","code":"GRAPHQL_VALIDATION_FAILED"}`, ""},
	} {
		err := &gqlerror.Error{Message: test.message, Extensions: test.extensions, Path: ast.Path{ast.PathName("secret")}}
		for how, s := range map[string]scripted{
			"refused": {refused: err},
			"failed":  {field: func(context.Context, *graphql.OperationContext) (any, error) { return nil, err }},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				url, _ := startREST(t, s)
				response, body := call(t, "POST", url+batchMetadata, `{"video_ids": []}`, sendsJSON)
				if response.StatusCode != test.status || !strings.HasSuffix(body, `,`+test.want) || response.Header.Get("Retry-After") != test.retry {
					t.Errorf("status %d, Retry-After %q\n got %s\nwant %s", response.StatusCode, response.Header.Get("Retry-After"), body, test.want)
				}
			})
		}
	}
}

// Errors that no client should cause, from the outside in.
func TestRESTFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		field  func(context.Context, *graphql.OperationContext) (any, error)
		status int
		code   models.Code
		log    string
	}{
		"an error without a code": {
			func(context.Context, *graphql.OperationContext) (any, error) { return nil, errors.New("plain") },
			500, models.CodeInternalServerError, "",
		},
		"a panic": {
			func(context.Context, *graphql.OperationContext) (any, error) { panic("the sky falls") },
			500, models.CodeInternalServerError, "the sky falls",
		},
		"a result of another type": {
			func(context.Context, *graphql.OperationContext) (any, error) { return 1, nil }, 500, models.CodeInternalServerError, "interface conversion",
		},
		"no result": {
			func(context.Context, *graphql.OperationContext) (any, error) { return nil, nil }, 500, models.CodeInternalServerError, "interface conversion",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, log := startREST(t, scripted{field: test.field})
			response, body := call(t, "POST", url+batchMetadata, `{"video_ids": []}`, sendsJSON)
			problem(t, response, body, test.status, test.code)
			if !strings.Contains(log.String(), test.log) || strings.Contains(body, "sky") {
				t.Errorf("%s\n%s", body, log)
			}
		})
	}
}

func TestRESTRunsItsDocument(t *testing.T) {
	t.Parallel()
	type seen struct {
		query  string
		stored bool
		left   time.Duration
		reason any
	}
	ran := make(chan seen, 1)
	url, _ := startREST(t, scripted{field: func(ctx context.Context, operation *graphql.OperationContext) (any, error) {
		deadline, _ := ctx.Deadline()
		ran <- seen{operation.RawQuery, models.IsStoredDocument(ctx), time.Until(deadline), operation.Variables["reason"]}
		return &models.DeleteVideosPayload{}, nil
	}})
	response, body := call(t, "POST", url+"/v1/admin/videos/batch-delete", `{"video_ids": ["a"], "reason": "r"}`, sendsJSON)
	if response.StatusCode != 200 || body != `{"deleted_count":0,"success":true,"results":{}}` {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if got := <-ran; got.query != rest.Routes[3].Document || !got.stored || got.left <= 0 || got.left > requestTimeout || got.reason != "r" {
		t.Errorf("%+v", got)
	}
}

func TestRESTDescriptionIsServed(t *testing.T) {
	t.Parallel()
	url, _ := startREST(t, scripted{})
	response, body := call(t, "GET", url+"/v1/openapi.json", "")
	if response.StatusCode != 200 || body != string(rest.OpenAPI) || response.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	if response, body := call(t, "HEAD", url+"/v1/openapi.json", ""); response.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d %s", response.StatusCode, body)
	}
	response, body = call(t, "POST", url+"/v1/openapi.json", "")
	problem(t, response, body, 405, models.CodeBadUserInput)
}

func TestRESTAcrossOrigins(t *testing.T) {
	t.Parallel()
	const origin = "https://app.example.com"
	url, _ := start(t, func(o *Options) { o.Executor, o.Origins = scripted{}, []string{origin} })
	response, _ := call(t, "OPTIONS", url+batchMetadata, "", "Origin: "+origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
	if response.Header.Get("Access-Control-Allow-Origin") != origin || response.Header.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("the preflight is answered with %d %v", response.StatusCode, response.Header)
	}
	response, body := call(t, "POST", url+batchMetadata, `{}`, sendsJSON, "Origin: "+origin, "Authorization: Bearer x")
	problem(t, response, body, 401, models.CodeUnauthenticated)
	if response.Header.Get("Access-Control-Allow-Origin") != origin {
		t.Error("a page cannot read why it is refused")
	}
}

// A body that does not come, and a server that is about to end.
func TestRESTAtTheBounds(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	held, release := make(chan struct{}, 1), make(chan struct{})
	options.Executor = scripted{field: func(ctx context.Context, _ *graphql.OperationContext) (any, error) {
		held <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return []*models.VideoMetadata{}, nil
	}}
	r := serve(t, patience, options, func(b *bounds) { b.request = 200 * time.Millisecond })

	const head = "POST " + batchMetadata + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
	slow := r.dial(t)
	if _, err := io.WriteString(slow, head+`{"video_ids"`); err != nil {
		t.Fatal(err)
	}
	if text := readAll(t, slow); !strings.HasPrefix(text, "HTTP/1.1 408 ") || !strings.Contains(text, "application/problem+json") {
		t.Errorf("a slow body is answered with %q", text)
	}

	running := r.dial(t)
	if _, err := io.WriteString(running, head+`{"video_ids": []}`); err != nil {
		t.Fatal(err)
	}
	told(t, "the request runs", held)
	r.stop()
	until(t, "the server drains", r.server.requests.draining.Load)
	response, body := call(t, "POST", "http://"+r.address+batchMetadata, `{"video_ids": []}`, sendsJSON)
	problem(t, response, body, 503, models.CodeServiceUnavailable)
	if response.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After: %q", response.Header.Get("Retry-After"))
	}
	close(release)
	if line, err := bufio.NewReader(running).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200 ") {
		t.Errorf("what was running is answered with %q, %v", line, err)
	}
}
