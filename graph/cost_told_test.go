package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
	"reelgraph/models"
)

// TestAnswersTellTheirCost is about answers of every kind; none needs a database.
func TestAnswersTellTheirCost(t *testing.T) {
	t.Parallel()
	cost := func(requested int) map[string]any {
		return map[string]any{"cost": &models.Cost{Requested: requested, Limit: 40, Public: true}}
	}
	guarded := func(requested int) map[string]any {
		return map[string]any{"cost": &models.Cost{Requested: requested, Limit: 40}}
	}
	tooDeep := "{ feed(first: 1) { nodes { " + strings.Repeat("metadata { video { ", 9) + "id title" + strings.Repeat(" } }", 9) + " } } }"
	for name, test := range map[string]struct {
		query string
		code  any
		want  map[string]any
	}{
		"with data":                         {query: "{ __typename }", want: cost(1)},
		"of the schema":                     {query: "{ __schema { queryType { name } } }", want: cost(3)},
		"of a part alone":                   {query: "{ __typename me @skip(if: true) { id } }", want: cost(1)},
		"with an error of a field":          {query: `{ feed(first: 0) { nodes { id } } }`, code: "BAD_USER_INPUT", want: cost(1)},
		"with a field that is not allowed":  {query: `{ aiJobs(ids: ["a", "b"]) { id } }`, code: "UNAUTHENTICATED", want: guarded(2)},
		"of a mutation that fails":          {query: `mutation { blockUsers(ids: ["a"]) { results { id status } } }`, code: "UNAUTHENTICATED", want: guarded(3)},
		"refused for its cost":              {query: "{ feed(first: 21) { nodes { id } } }", code: "COMPLEXITY_LIMIT_EXCEEDED", want: cost(42)},
		"a mutation, refused for its cost":  {query: "mutation { claimAIJobs(limit: 50) { jobs { id } } }", code: "COMPLEXITY_LIMIT_EXCEEDED", want: guarded(100)},
		"refused for its depth":             {query: tooDeep, code: "COMPLEXITY_LIMIT_EXCEEDED", want: cost(21)},
		"refused before its cost is known":  {query: "{ unknown }", code: "GRAPHQL_VALIDATION_FAILED"},
		"refused, since it cannot be known": {query: "query($no: Boolean = true) { __typename @skip(if: $no) }", code: "GRAPHQL_VALIDATION_FAILED"},
		"not parsed":                        {query: "{", code: "GRAPHQL_PARSE_FAILED"},
		"a subscription, refused":           {query: `subscription { videosMetadataChanged(ids: ["a"]) { viewCount } videoID: __typename }`, code: "GRAPHQL_VALIDATION_FAILED"},
		"a subscription that costs much": {
			query: `subscription { videosMetadataChanged(ids: [` + strings.Repeat(`"a" `, 41) + `]) { viewCount } }`, code: "COMPLEXITY_LIMIT_EXCEEDED",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var variables map[string]any
			if strings.Contains(test.query, "$no") {
				variables = map[string]any{"no": nil}
			}
			handler, ctx := limited(40).handle(t.Context(), t, request{query: test.query, variables: variables})
			response := handler(ctx)
			var code any
			if len(response.Errors) > 0 {
				code = response.Errors[0].Extensions["code"]
			}
			equal(t, "code", test.code, code)
			equal(t, "extensions", test.want, response.Extensions)
		})
	}
}

// TestRefusalsTellTheirCost is about what is refused after its cost has become known, and for another reason.
func TestRefusalsTellTheirCost(t *testing.T) {
	t.Parallel()
	p := limited(40).with(func(o *graph.Options) { o.MaxComplexity, o.Introspection = 40, false })
	handler, ctx := p.handle(t.Context(), t, request{query: "{ __schema { queryType { name } } }"})
	response := handler(ctx)
	equal(t, "code", any("GRAPHQL_VALIDATION_FAILED"), response.Errors[0].Extensions["code"])
	equal(t, "extensions", map[string]any{"cost": &models.Cost{Requested: 3, Limit: 40, Public: true}}, response.Extensions)
}

// TestPartsTellTheirCostOnce is about answers that come in parts.
func TestPartsTellTheirCostOnce(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		for _, query := range []string{
			`{ __typename ... @defer(label: "a") { feed(first: 1) { nodes { id } } } ... @defer(label: "b") { me { id } } }`,
			`{ feed(first: 1) { nodes { ... @defer { owner { id } } } } }`,
		} {
			handler, ctx := p.handle(t.Context(), t, request{query: query})
			first := true
			for response := handler(ctx); response != nil; response = handler(ctx) {
				if told := response.Extensions["cost"] != nil; told != first {
					t.Errorf("%s: first %v, told %v: %s", query, first, told, response.Data)
				}
				first = false
				if response.HasNext == nil || !*response.HasNext {
					break
				}
			}
			if first {
				t.Errorf("%s: no answer", query)
			}
		}
	})
}

func TestEventsTellNoCost(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		s := p.subscribe(t, nil, `subscription { videosMetadataChanged(ids: `+quoted(videoID(0))+`) { viewCount } }`, nil)
		response, came := s.within(patience)
		if !came || response.Data == nil || len(response.Extensions) > 0 {
			t.Errorf("came %v: %s, %v", came, response.Data, response.Extensions)
		}
	})
}

// TestPublicOperations is about whether an operation asks for anything that takes a token.
func TestPublicOperations(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity)
	for query, want := range map[string]bool{
		"{ __typename }": true,
		"{ feed { nodes { owner { handle } } } }":                                                               true,
		"{ aiJobs(ids: []) { id } }":                                                                            false,
		"{ feed { nodes { id } } myAIJobs { nodes { id } } }":                                                   false,
		"{ feed { nodes { id } } ... { ... F } } fragment F on Query { myAIJobs { nodes { id } } }":             false,
		"{ feed { nodes { id } } myAIJobs @skip(if: true) { nodes { id } } }":                                   true,
		"{ feed { nodes { id } } ... F @include(if: false) } fragment F on Query { myAIJobs { nodes { id } } }": true,
		"{ feed { nodes { id } } ... @include(if: $yes) { myAIJobs { nodes { id } } } }":                        false,
		"{ feed { nodes { id } } ... @skip(if: $yes) { myAIJobs { nodes { id } } } }":                           true,
		"{ a: feed { nodes { id } } ... @defer { b: myAIJobs { nodes { id } } } }":                              false,
		"{ ... F @skip(if: true) ... F } fragment F on Query { myAIJobs { nodes { id } } }":                     false,
	} {
		text := query
		if strings.Contains(query, "$yes") {
			text = "query($yes: Boolean!) " + query
		}
		ctx := graphql.StartOperationTrace(context.Background())
		variables := map[string]any{"yes": true}
		operation, errs := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: text, Variables: variables})
		if errs != nil {
			t.Fatalf("%s: %v", text, errs)
		}
		equal(t, text, want, operation.Stats.GetExtension(models.CostStats).(*models.Cost).Public)
	}
	for _, f := range rootFields() {
		if f.role == "" {
			continue
		}
		ctx := graphql.StartOperationTrace(context.Background())
		query := f.operation(nil, everything(f.Type.Name(), 2))
		operation, errs := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
		if errs != nil {
			t.Fatalf("%s: %v", query, errs)
		}
		equal(t, query, false, operation.Stats.GetExtension(models.CostStats).(*models.Cost).Public)
	}
}
