package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
	"reelgraph/models"
)

const (
	notFound = "PERSISTED_QUERY_NOT_FOUND"
	required = "PERSISTED_QUERY_REQUIRED"
)

// trusting is a platform without a database that runs nothing but a manifest.
func trusting(t testing.TB, manifest string, changes ...func(*graph.Options)) (*platform, *graph.TrustedDocuments) {
	t.Helper()
	m, err := graph.ParseManifest([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	trusted := graph.NewTrustedDocuments(m)
	return limited(graph.DefaultMaxComplexity).with(func(o *graph.Options) {
		o.Trusted = trusted
		for _, change := range changes {
			change(o)
		}
	}), trusted
}

func documentID(id any) map[string]any { return map[string]any{models.DocumentIDExtension: id} }

// both asks for a document by both ways.
func both(id, hash string) map[string]any {
	extensions := persisted(1, hash)
	extensions[models.DocumentIDExtension] = id
	return extensions
}

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	const one, two = "query A { __typename }", "query A { a: __typename } query B { b: __typename }"
	p, _ := trusting(t, fmt.Sprintf(`{"one": %q, "sha256:two": %q}`, one, two))
	const good = `{"__typename":"Query"}`
	for name, test := range map[string]struct {
		request
		want string // a code, or the data
	}{
		"by hash":                     {request{extensions: persisted(1, "one")}, good},
		"by id":                       {request{extensions: documentID("one")}, good},
		"id with a prefix":            {request{extensions: documentID("sha256:one")}, good},
		"hash with a prefix":          {request{extensions: persisted(1, "sha256:one")}, good},
		"manifest with a prefix":      {request{operationName: "B", extensions: persisted(1, "two")}, `{"b":"Query"}`},
		"both have a prefix":          {request{operationName: "A", extensions: documentID("sha256:two")}, `{"a":"Query"}`},
		"no such operation":           {request{operationName: "C", extensions: documentID("two")}, invalid},
		"none of two chosen":          {request{extensions: documentID("two")}, invalid},
		"both ways":                   {request{extensions: both("sha256:one", "one")}, good},
		"both ways, two documents":    {request{extensions: both("one", "two")}, badUserInput},
		"unknown id":                  {request{extensions: documentID("three")}, notFound},
		"unknown hash":                {request{extensions: persisted(1, "three")}, notFound},
		"its hash is not its id":      {request{extensions: persisted(1, hashOf(one))}, notFound},
		"another case":                {request{extensions: documentID("ONE")}, notFound},
		"text":                        {request{query: one}, required},
		"text, unknown":               {request{query: "{ __typename }"}, required},
		"text with an unknown id":     {request{query: one, extensions: documentID("three")}, required},
		"text with its hash":          {request{query: one, extensions: persisted(1, hashOf(one))}, required},
		"text with its id":            {request{query: one, extensions: documentID("one")}, good},
		"text with its id as hash":    {request{query: one, extensions: persisted(1, "one")}, good},
		"text with another's id":      {request{query: one, extensions: documentID("two")}, required},
		"text, all but the same":      {request{query: one + " ", extensions: documentID("one")}, required},
		"nothing":                     {request{}, required},
		"an empty id":                 {request{extensions: documentID("")}, required},
		"half an id":                  {request{extensions: documentID("sha256:")}, required},
		"an empty hash":               {request{extensions: persisted(1, "")}, required},
		"no text, no hash":            {request{extensions: map[string]any{"persistedQuery": nil}}, required},
		"version 2":                   {request{extensions: persisted(2, "one")}, badUserInput},
		"version of text":             {request{extensions: persisted("1", "one")}, badUserInput},
		"no version":                  {request{extensions: map[string]any{"persistedQuery": map[string]any{"sha256Hash": "one"}}}, badUserInput},
		"a hash of numbers":           {request{extensions: map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": 1}}}, badUserInput},
		"no hash":                     {request{extensions: map[string]any{"persistedQuery": map[string]any{"version": 1}}}, badUserInput},
		"no object":                   {request{extensions: map[string]any{"persistedQuery": "one"}}, badUserInput},
		"text with a malformed query": {request{query: one, extensions: map[string]any{"persistedQuery": []any{}}}, badUserInput},
	} {
		got := p.send(t, nil, test.request)
		outcome := got.Raw
		if got.Errors != nil {
			outcome = fmt.Sprint(got.code(t))
		}
		if outcome != test.want {
			t.Errorf("%s: %s, want %s", name, outcome, test.want)
		}
		if outcome == notFound {
			equal(t, name, "PersistedQueryNotFound", got.only(t).Message)
		}
	}
	// No text that was refused is known by its hash later on.
	equal(t, "registered", notFound, p.send(t, nil, request{extensions: persisted(1, hashOf(one))}).code(t))
}

// TestTrustedDocumentsAreLimited says that a manifest is no leave to do what one may not.
func TestTrustedDocumentsAreLimited(t *testing.T) {
	t.Parallel()
	p, _ := trusting(t, fmt.Sprintf(`{
		"costly": "{ feed(first: 100) { nodes { id } } }",
		"deep": %q,
		"guarded": "{ blockedUsers { nodes { id } } }",
		"schema": "{ __schema { queryType { name } } }",
		"variables": "query($ids: [ID!]!) { videos(ids: $ids) { id } }"
	}`, "{ videos(ids: [])"+strings.Repeat(" { metadata { video", 11)+" { id }"+strings.Repeat(" } }", 11)+" }"),
		func(o *graph.Options) { o.Introspection, o.MaxComplexity = false, 99 })
	for id, want := range map[string]string{
		"costly": "COMPLEXITY_LIMIT_EXCEEDED", "deep": "COMPLEXITY_LIMIT_EXCEEDED", "guarded": "UNAUTHENTICATED", "schema": invalid, "variables": invalid,
	} {
		equal(t, id, any(want), p.send(t, nil, request{extensions: documentID(id)}).code(t))
	}

	p, _ = trusting(t, `{"a": "{ __typename }"}`, func(o *graph.Options) { o.RateLimit = graph.NewRateLimit(1) })
	if got := p.send(t, user(0), request{extensions: documentID("a")}); got.Errors != nil {
		t.Error(got.Errors)
	}
	equal(t, "rate", "RATE_LIMITED", p.send(t, user(0), request{extensions: documentID("a")}).code(t))
}

// TestLargeTrustedDocuments run, which would be refused as text.
func TestLargeTrustedDocuments(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"tokens":   "{ videos(ids: [" + strings.Repeat(` "x"`, 12_000) + "]) { id } }",
		"checking": "{" + strings.Repeat(" me { id }", 400) + " }",
	} {
		p, _ := trusting(t, fmt.Sprintf(`{"a": %q}`, text))
		if got := limited(graph.DefaultMaxComplexity).ask(t, nil, text, nil); got.Raw != "" {
			t.Errorf("%s: runs as text", name)
		}
		if got := p.send(t, nil, request{extensions: documentID("a")}); got.Raw == "" {
			t.Errorf("%s: %.200v", name, got.Errors)
		}
	}
}

// TestStoredDocumentsRun runs the server's own text beside a manifest.
func TestStoredDocumentsRun(t *testing.T) {
	t.Parallel()
	p, _ := trusting(t, `{"a": "{ __typename }"}`)
	ctx := graphql.StartOperationTrace(models.WithStoredDocument(t.Context()))
	for range 2 {
		operation, errs := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: "{ stored: __typename }"})
		if errs != nil {
			t.Fatal(errs)
		}
		next, ctx := p.executor.DispatchOperation(ctx, operation)
		equal(t, "stored", `{"stored":"Query"}`, string(next(ctx).Data))
	}
}

// TestTrustedDocumentsAreParsedOnce hands out the same document each time.
func TestTrustedDocumentsAreParsedOnce(t *testing.T) {
	t.Parallel()
	const manifest = `{"a": "{ __typename }", "b": "{ __typename me { id } }"}`
	p, trusted := trusting(t, manifest)
	document := func(id string) any {
		ctx := graphql.StartOperationTrace(t.Context())
		operation, errs := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Extensions: documentID(id)})
		if errs != nil {
			t.Fatal(errs)
		}
		return operation.Doc
	}
	first, other := document("a"), document("b")
	if document("a") != first || document("b") != other || first == other {
		t.Error("it was parsed again")
	}
	m, err := graph.ParseManifest([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	trusted.Replace(m)
	if again := document("a"); again == first || again != document("a") {
		t.Error("the old manifest's document goes on")
	}
}

// TestReplacingUnderLoad has every request answered from one manifest or the other, and the next from the new one.
func TestReplacingUnderLoad(t *testing.T) {
	t.Parallel()
	parse := func(n int) *graph.Manifest {
		m, err := graph.ParseManifest(fmt.Appendf(nil, `{"same": "query Q%d { n%d: __typename }", "only%d": "{ __typename }"}`, n, n, n))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	manifests := []*graph.Manifest{parse(0), parse(1)}
	trusted := graph.NewTrustedDocuments(manifests[0])
	p := limited(graph.DefaultMaxComplexity).with(func(o *graph.Options) { o.Trusted = trusted })
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 200 {
				if raw := p.send(t, nil, request{extensions: documentID("same")}).Raw; raw != `{"n0":"Query"}` && raw != `{"n1":"Query"}` {
					t.Errorf("neither manifest's: %s", raw)
				}
			}
		})
	}
	for n := range 200 {
		now := n % 2
		trusted.Replace(manifests[now])
		equal(t, "the new one's", fmt.Sprintf(`{"n%d":"Query"}`, now), p.send(t, nil, request{extensions: documentID("same")}).Raw)
		equal(t, "the old one's", notFound, p.send(t, nil, request{extensions: documentID(fmt.Sprintf("only%d", 1-now))}).code(t))
		if trusted.Knows(fmt.Sprintf("Q%d", 1-now)) || !trusted.Knows(fmt.Sprintf("Q%d", now)) {
			t.Error("names are the old one's")
		}
	}
	clients.Wait()
}

// TestDocumentIDsWithoutManifest are unknown, as they are where the manifest lacks them, so that a client does the same.
func TestDocumentIDsWithoutManifest(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity)
	const query = "{ __typename }"
	got := p.send(t, nil, request{extensions: documentID(hashOf(query))})
	equal(t, "code", notFound, got.code(t))
	equal(t, "message", "PersistedQueryNotFound", got.only(t).Message)
	// Beside a text it says nothing, and no text is known by it later on.
	equal(t, "with a text", `{"__typename":"Query"}`, p.send(t, nil, request{query: query, extensions: documentID(hashOf(query))}).Raw)
	equal(t, "not kept", notFound, p.send(t, nil, request{extensions: documentID(hashOf(query))}).code(t))
	// A hash beside it counts.
	equal(t, "kept by hash", `{"__typename":"Query"}`, p.send(t, nil, request{query: query, extensions: persisted(1, hashOf(query))}).Raw)
	equal(t, "both", `{"__typename":"Query"}`, p.send(t, nil, request{extensions: both("x", hashOf(query))}).Raw)
}
