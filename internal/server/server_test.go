package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

var secret = []byte("a secret for tests, of 32 bytes!")

// testSchema is an executable schema whose fields are functions.
type testSchema struct {
	schema *ast.Schema
	fields map[string]func(ctx context.Context, args map[string]any) (any, error)
}

const sdl = `
	scalar Long
	type Query {
		echo(text: String!): String
		number(value: Long!): Long
		fails: String
		panics: String
		waits: String
		large: String
		caller: String
		unprintable: String
		again: Query
		must: Query!
	}
	type Mutation { echo(text: String!): String }
	type Subscription { echo(text: String!): String }
`

func (s *testSchema) Schema() *ast.Schema { return s.schema }

func (s *testSchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *testSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	return func(ctx context.Context) *graphql.Response {
		data, err := json.Marshal(s.object(ctx, operation, operation.Operation.SelectionSet))
		if err != nil {
			panic(err)
		}
		return &graphql.Response{Data: data}
	}
}

// object answers the fields of a selection; deferred ones are left out, as by gqlgen.
func (s *testSchema) object(ctx context.Context, operation *graphql.OperationContext, selections ast.SelectionSet) map[string]any {
	object := map[string]any{}
	for _, field := range graphql.CollectFields(operation, selections, nil) {
		switch {
		case field.IsDeferred():
		case field.Name == "__typename":
			object[field.Alias] = field.ObjectDefinition.Name
		case field.Name == "again":
			object[field.Alias] = s.object(ctx, operation, field.Selections)
		case s.fields[field.Name] == nil:
			object[field.Alias] = nil
		default:
			value, err := s.fields[field.Name](ctx, field.ArgumentMap(operation.Variables))
			if err != nil {
				graphql.AddError(ctx, err)
			}
			object[field.Alias] = value
		}
	}
	return object
}

func newTestSchema() *testSchema {
	return &testSchema{
		schema: gqlparser.MustLoadSchema(&ast.Source{Input: sdl}),
		fields: map[string]func(context.Context, map[string]any) (any, error){
			"echo":   func(_ context.Context, args map[string]any) (any, error) { return args["text"], nil },
			"number": func(_ context.Context, args map[string]any) (any, error) { return args["value"], nil },
			"fails":  func(context.Context, map[string]any) (any, error) { return nil, errors.New("a field failed") },
			"panics": func(context.Context, map[string]any) (any, error) { panic("the sky falls") },
			"waits": func(ctx context.Context, _ map[string]any) (any, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
			"large": func(context.Context, map[string]any) (any, error) { return strings.Repeat("reel ", 10_000), nil },
			"caller": func(ctx context.Context, _ map[string]any) (any, error) {
				if caller := models.CallerFrom(ctx); caller != nil {
					return caller.ID, nil
				}
				return nil, nil
			},
			"unprintable": func(ctx context.Context, _ map[string]any) (any, error) {
				graphql.RegisterExtension(ctx, "unprintable", make(chan int))
				return nil, nil
			},
		},
	}
}

func newTestExecutor(schema *testSchema) *executor.Executor {
	e := executor.New(schema)
	e.Use(extension.AutomaticPersistedQuery{Cache: graphql.MapCache[string]{}})
	e.Use(extension.FixedComplexityLimit(20))
	return e
}

// logged is a log that may be read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// testOptions are options that lack nothing, with the log that the server writes.
func testOptions(t *testing.T) (Options, *logged) {
	t.Helper()
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	log := &logged{}
	return Options{
		Executor: newTestExecutor(newTestSchema()),
		Verifier: verifier,
		Ready:    func(context.Context) error { return nil },
		Logger:   slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}, log
}

// start listens with the options as changed.
func start(t *testing.T, change func(*Options)) (url string, log *logged) {
	t.Helper()
	options, log := testOptions(t)
	if change != nil {
		change(&options)
	}
	listener := httptest.NewServer(New(options))
	t.Cleanup(listener.Close)
	return listener.URL, log
}

// call sends one request; headers are "Name: value" lines.
func call(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Add(name, value)
	}
	response, err := (&http.Transport{DisableKeepAlives: true, DisableCompression: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(answer)
}

// query sends the text as a POST that accepts application/json.
func query(t *testing.T, url, text string, headers ...string) (*http.Response, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	return call(t, "POST", url+"/graphql", string(body), append(headers, "Content-Type: application/json")...)
}

// firstError is the first error of an answer, with whether the answer has data.
func firstError(t *testing.T, body string) (message, code string, extensions map[string]any, hasData bool) {
	t.Helper()
	var answer struct {
		Errors []struct {
			Message    string
			Extensions map[string]any
		}
		Data *json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("the answer %q is no JSON: %v", body, err)
	}
	if len(answer.Errors) > 0 {
		message, extensions = answer.Errors[0].Message, answer.Errors[0].Extensions
		code, _ = extensions["code"].(string)
	}
	return message, code, extensions, strings.Contains(body, `"data":`)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	url, _ := start(t, nil)
	for _, test := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/healthz", 200, `{"status":"ok"}`},
		{"HEAD", "/healthz", 200, ""},
		{"POST", "/healthz", 405, ""},
		{"GET", "/readyz", 200, `{"status":"ready"}`},
		{"HEAD", "/readyz", 200, ""},
		{"DELETE", "/readyz", 405, ""},
		{"GET", "/", 404, ""},
		{"GET", "/graphql/", 404, ""},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			response, body := call(t, test.method, url+test.path, "")
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if got := response.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if got := response.Header.Get("Cache-Control"); got != "private, no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			switch {
			case test.body != "" && body != test.body:
				t.Errorf("body %s, want %s", body, test.body)
			case test.status == 405:
				if got := response.Header.Get("Allow"); got != "GET, HEAD" {
					t.Errorf("Allow %q", got)
				}
			case test.status == 404:
				if message, code, _, _ := firstError(t, body); code != "NOT_FOUND" || !strings.Contains(message, "/graphql") {
					t.Errorf("body %s does not name /graphql", body)
				}
			}
		})
	}
}

func TestPlaygroundIsMounted(t *testing.T) {
	t.Parallel()
	url, _ := start(t, func(o *Options) {
		o.Playground = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			fmt.Fprint(w, "page of ", r.URL.Path)
		})
	})
	response, body := call(t, "GET", url+"/assets/a.js", "")
	if body != "page of /assets/a.js" || response.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("got %q with Cache-Control %q", body, response.Header.Get("Cache-Control"))
	}
	if _, body := call(t, "GET", url+"/healthz", ""); body != `{"status":"ok"}` {
		t.Errorf("the playground hides /healthz: %s", body)
	}
}

func TestAppIsMounted(t *testing.T) {
	t.Parallel()
	url, _ := start(t, func(o *Options) {
		o.App = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Path", r.URL.Path)
		})
	})
	for request, status := range map[string]int{
		"GET /app": 200, "GET /app/": 200, "GET /app/a/b": 200, "HEAD /app/a": 200, "POST /app": 405, "PUT /app/a": 405, "GET /apple": 404, "GET /": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		response, _ := call(t, method, url+path, "")
		if response.StatusCode != status || (status == 405) != (response.Header.Get("Allow") == "GET, HEAD") ||
			(status == 200) != (response.Header.Get("X-Path") == path) {
			t.Errorf("%s is answered with %d, %v", request, response.StatusCode, response.Header)
		}
	}
}

func TestReadinessHidesItsCause(t *testing.T) {
	t.Parallel()
	url, log := start(t, func(o *Options) {
		o.Ready = func(context.Context) error { return errors.New("db.internal:5432 refused") }
	})
	response, body := call(t, "GET", url+"/readyz", "")
	if response.StatusCode != 503 || body != `{"status":"unavailable"}` {
		t.Errorf("got %d %s", response.StatusCode, body)
	}
	if !strings.Contains(log.String(), "db.internal:5432 refused") {
		t.Error("the log does not say why")
	}
}

func TestReadinessWaitsNoLongerThanItsTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		options, _ := testOptions(t)
		options.Ready = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		begin, answer := time.Now(), httptest.NewRecorder()
		New(options).ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
		if took := time.Since(begin); answer.Code != 503 || took != 2*time.Second {
			t.Errorf("status %d after %s", answer.Code, took)
		}
	})
}
