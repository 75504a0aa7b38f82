package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"reelgraph/graph"
	"reelgraph/internal/auth"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
)

// restAPI is a server on a test's database that is held against its own description: whatever the tests send and are
// answered with is compared with the schemas of /v1/openapi.json.
type restAPI struct {
	*program
	description any
	schemas     *jsonschema.Compiler
}

func serveREST(t *testing.T, db *testdb.DB, change func(*graph.Options)) *restAPI {
	t.Helper()
	verifier, err := auth.New(t.Context(), auth.Config{Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	options := graph.Options{
		Store: store.New(db.DB), MaxBatchSize: 100, MaxComplexity: graph.DefaultMaxComplexity, Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&options)
	}
	listener := httptest.NewServer(server.New(server.Options{
		Executor: graph.NewExecutor(options), Admit: options.RateLimit.Admit, Verifier: verifier, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(listener.Close)
	api := &restAPI{program: &program{url: listener.URL}, schemas: jsonschema.NewCompiler()}

	status, text := api.get(t, "/v1/openapi.json")
	if api.description, err = jsonschema.UnmarshalJSON(strings.NewReader(text)); err != nil || status != http.StatusOK {
		t.Fatalf("the description, of status %d: %v", status, err)
	}
	api.schemas.DefaultDraft(jsonschema.Draft2020)
	api.schemas.AssertFormat()
	if err := api.schemas.AddResource("openapi.json", api.description); err != nil {
		t.Fatal(err)
	}
	return api
}

// said is an answer of a route.
type said struct {
	status int
	header http.Header
	body   string
}

// send posts a body to a route, with a token where it is not empty, and holds both ways against the description.
func (api *restAPI) send(t *testing.T, path, token, body string, headers ...string) said {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := said{response.StatusCode, response.Header, string(text)}
	media, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if fault := api.compare(t, text, "paths", path, "post", "responses", strconv.Itoa(got.status), "content", media, "schema"); fault != nil {
		t.Errorf("%s is not as described: %v", text, fault)
	}
	if got.status == http.StatusOK {
		if fault := api.compare(t, []byte(body), "paths", path, "post", "requestBody", "content", "application/json", "schema"); fault != nil {
			t.Errorf("%s is taken although the description does not allow it: %v", body, fault)
		}
	}
	if cached := got.header.Get("Cache-Control"); cached != "private, no-store" {
		t.Errorf("Cache-Control: %s", cached)
	}
	return got
}

// compare holds a JSON text against the schema at a place of the description, which must be there.
func (api *restAPI) compare(t *testing.T, text []byte, place ...string) error {
	t.Helper()
	pointer := "#"
	at := api.description
	for _, name := range place {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		member, ok := at.(map[string]any)[name].(map[string]any)
		if !ok {
			t.Fatalf("%s is not described", pointer)
		}
		if to, ok := member["$ref"].(string); ok && name != "schema" {
			pointer = to
			member = api.description.(map[string]any)["components"].(map[string]any)["responses"].(map[string]any)[strings.TrimPrefix(to, "#/components/responses/")].(map[string]any)
		}
		at = member
	}
	schema, err := api.schemas.Compile("openapi.json" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// The routes are those of the contract, each described with all that it may answer.
func TestRESTDescription(t *testing.T) {
	t.Parallel()
	api := serveREST(t, testdb.SQLite(t), nil)
	text, err := json.Marshal(api.description)
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]any
		}
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(description.OpenAPI, "3.1.") || len(description.Paths) != 5 {
		t.Errorf("OpenAPI %s with %d paths", description.OpenAPI, len(description.Paths))
	}
	for path, admin := range map[string]bool{
		"/v1/videos/batch-metadata": false, "/v1/ai/jobs/batch-status": false, "/v1/notifications/batch-mark-read": false,
		"/v1/admin/videos/batch-delete": true, "/v1/blocks/batch": false,
	} {
		post, described := description.Paths[path]["post"]
		if !described || len(description.Paths[path]) != 1 {
			t.Errorf("%s has the methods %v", path, description.Paths[path])
		}
		anonymous := slices.ContainsFunc(post.Security, func(schemes map[string][]string) bool { return len(schemes) == 0 })
		if anonymous != (path == "/v1/videos/batch-metadata") {
			t.Errorf("%s can be asked without a token: %v", path, anonymous)
		}
		want := []string{"200", "400", "401", "408", "413", "415", "429", "500", "503"}
		if admin {
			want = append(want, "403")
		}
		for _, status := range want {
			if post.Responses[status] == nil {
				t.Errorf("%s does not describe the status %s", path, status)
			}
		}
	}
}
