package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reelgraph/graph"
	"reelgraph/internal/database"
	"reelgraph/internal/store"
)

// limited is a platform that refuses whatever costs more than max. Nothing is run on it.
func limited(maxCost int) *platform {
	unused := &platform{store: store.New(&database.DB{})}
	return unused.with(func(o *graph.Options) { o.MaxComplexity = maxCost })
}

// cost is what an operation costs, as its refusal tells.
func cost(t *testing.T, query string, variables map[string]any) int {
	t.Helper()
	got := limited(0).ask(t, user(0, roles()...), query, variables)
	err := got.only(t)
	if err.Extensions["code"] != "COMPLEXITY_LIMIT_EXCEEDED" || got.Raw != "" {
		t.Fatalf("%s: %v, %s", query, err, got.Raw)
	}
	return err.Extensions["actual"].(int)
}

func TestCost(t *testing.T) {
	t.Parallel()
	twenty := quoted(series(videoID, 0, 20)...)
	for query, want := range map[string]int{
		"{ __typename }": 1,
		"{ me { id } }":  2,
		"{ me { id handle displayName credits } }":                                                  5,
		"{ videos(ids: []) { id title } }":                                                          1,
		"{ videos(ids: " + twenty + ") { id } }":                                                    20,
		"{ videosMetadata(ids: " + twenty + ") { id viewCount } }":                                  40,
		`{ videos(ids: "` + videoID(0).String() + `") { id title } }`:                               2,
		"{ videos(ids: " + twenty + ") { id owner { id handle } } }":                                20 * (1 + 3),
		"{ feed { nodes { id } } }":                                                                 20 * 2,
		"{ feed(first: 1) { nodes { id } } }":                                                       2,
		"{ feed(first: 100) { nodes { id } edges { cursor node { id } } pageInfo { endCursor } } }": 100 * (2 + 1 + 1 + 2 + 2),
		"{ feed(first: 50) { nodes { metadata { video { metadata { viewCount } } } } } }":           50 * 5,
		// Of a mutation: by its ids, its inputs, or what it may answer with.
		"mutation { cancelAIJobs(ids: " + twenty + ") { canceledCount results { id job { id } } } }":                            20 * (1 + 1 + 1 + 2),
		"mutation { claimAIJobs(limit: 7) { jobs { id } } claimAIJobs(limit: 7) { jobs { prompt } } }":                          2 * 7 * 2,
		"mutation { claimAIJobs { leaseExpiresAt } b: claimAIJobs(limit: 101) { jobs { id } } }":                                2,
		"mutation { markAllNotificationsRead { notifications { id } unread { total } } }":                                       100 * 4,
		`mutation { reportAIJobs(reports: [{id: "a"}, {id: "b"}, {id: "c"}]) { results { status } } }`:                          6,
		`mutation { reportAIJobs(reports: {id: "a"}) { results { status } } }`:                                                  2,
		`mutation { startAIJob(input: {kind: GLITCH}) { creditsRemaining job { id } } }`:                                        4,
		`mutation { recordVideoActivity(batchId: "b", events: []) { recordedCount } unblockUsers(ids: []) { unblockedCount } }`: 2,
		// All aliases and fields together.
		"{ a: me { id } b: me { id } me { id } me { id } }":                                                     8,
		"{ a: videos(ids: " + twenty + ") { id } b: videos(ids: " + twenty + ") { id } feed { nodes { id } } }": 80,
		// Fragments count where they are used, each time.
		"{ ...F me { ...U } } fragment F on Query { me { ...U } feed(first: 3) { nodes { owner { ...U } } } } fragment U on User { id handle }": 3 + 3*(1+1+2) + 3,
		"{ ... @defer { me { id } } }":                         2,
		"{ ... { me { ... on User { id } ... { handle } } } }": 3,
		// What is left out costs nothing.
		"{ me @skip(if: true) { id } feed @include(if: false) { nodes { id } } __typename }":                                               1,
		"{ me @skip(if: false) { id @include(if: true) handle @include(if: false) @skip(if: false) } ... @skip(if: true) { __typename } }": 2,
		"{ me { id } ...F @skip(if: true) } fragment F on Query { feed { nodes { id } } }":                                                 2,
		// What fails by itself costs no more than that.
		"{ feed(first: 0) { nodes { id } } }":   1,
		"{ feed(first: 101) { nodes { id } } }": 1,
		"{ feed(first: -5) { nodes { id } } }":  1,
		// And what it was sent for nothing.
		"{ videos(ids: " + quoted(series(videoID, 0, 101)...) + ") { id owner { id } } }": 1 + 10,
		"{ myAIJobs(status: [" + strings.Repeat("QUEUED ", 10) + "]) { nodes { id } } }":  20 * 2,
		"{ myAIJobs(status: [" + strings.Repeat("QUEUED ", 30) + "]) { nodes { id } } }":  20*2 + 3,
		`{ feed(after: "` + strings.Repeat("x", 5000) + `") { nodes { id } } }`:           20 * 2,
		`{ feed(after: "` + strings.Repeat("x", 50_000) + `") { nodes { id } } }`:         20*2 + 50,
		// A name is told in full.
		"{ " + strings.Repeat("x", 39) + ": me { id } }":                                           2,
		"{ me { " + strings.Repeat("x", 200) + ": id " + strings.Repeat("y", 399) + ": handle } }": 3 + 5 + 9,
		// Of the schema: as much as is told of it, so that an answer cannot be far longer than what it costs.
		"{ __schema { types { name } } }":                                                                                                   1 + 1 + 14,
		"{ __schema { types { fields { description } } } }":                                                                                 1 + 1 + 14*(1+6*8),
		`{ __type(name: "Query") { name fields { name args { name } } } }`:                                                                  1 + 1 + 1 + 6*(1+1+1),
		`{ __type(name: "Query") { ofType { ofType { ofType { ofType { name } } } } } }`:                                                    5,
		`{ __type(name: "Query") { ...T ofType { ofType { ofType { ofType { ...T } } } } } } fragment T on __Type { kind ofType { kind } }`: 1 + 3 + 4,
	} {
		equal(t, query, want, cost(t, query, nil))
	}
}

func TestCostOfVariables(t *testing.T) {
	t.Parallel()
	const byFirst = "query($n: Int!) { feed(first: $n) { nodes { id } } }"
	const orDefault = "query($n: Int = 7) { feed(first: $n) { nodes { id } } }"
	const orItsOwn = "query($n: Int) { feed(first: $n) { nodes { id } } }"
	const byIDs = "query($ids: [ID!]!) { a: videos(ids: $ids) { id } b: videos(ids: $ids) { id title } }"
	const maybe = "query($no: Boolean! = false, $yes: Boolean!) { feed @include(if: $no) { nodes { id } } me @skip(if: $yes) { id } __typename }"
	for _, test := range []struct {
		query     string
		variables map[string]any
		want      int
	}{
		{byFirst, map[string]any{"n": 30}, 60},
		{byFirst, map[string]any{"n": "100"}, 200}, // a number as text is taken for the number
		{byFirst, map[string]any{"n": 101}, 1},
		{orDefault, nil, 14},
		{orDefault, map[string]any{"n": 8}, 16},
		{orDefault, map[string]any{"n": nil}, 1},
		{orItsOwn, nil, 40},
		{byIDs, map[string]any{"ids": series(videoID, 0, 100)}, 300},
		{byIDs, map[string]any{"ids": series(videoID, 0, 1000)}, 2 * (1 + 100)},
		{byIDs, map[string]any{"ids": series(videoID, 0, 10_000)}, 2 * (1 + 1000)},
		{"query($n: Int) { feed(first: $n) { nodes { id } } }", map[string]any{"n": strings.Repeat("0", 20_000) + "7"}, 7*2 + 20},
		{"mutation($e: [VideoActivityInput!]!) { recordVideoActivity(batchId: \"b\", events: $e) { recordedCount } }",
			map[string]any{"e": slices.Repeat([]any{map[string]any{"videoId": "x", "kind": "VIEW"}}, 1010)}, 1 + 101},
		{byIDs, map[string]any{"ids": "one"}, 3},
		{byIDs, map[string]any{"ids": []any{}}, 2},
		{maybe, map[string]any{"yes": true}, 1},
		{maybe, map[string]any{"yes": false, "no": true}, 43},
	} {
		equal(t, fmt.Sprint(test.query, test.variables), test.want, cost(t, test.query, test.variables))
	}
}

// TestCostIsLimited is about the last operation that is run and the first that is not.
func TestCostIsLimited(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p = p.with(func(o *graph.Options) { o.MaxComplexity = 40 })
		const query = "query($n: Int!) { feed(first: $n) { nodes { id } } }"
		p.data(t, nil, query, map[string]any{"n": 20})
		var got answer
		statements := p.Record(func() { got = p.ask(t, nil, query, map[string]any{"n": 21}) })
		equal(t, "extensions", map[string]any{"code": "COMPLEXITY_LIMIT_EXCEEDED", "limit": 40, "actual": 42}, got.only(t).Extensions)
		equal(t, "data", "", got.Raw)
		equal(t, "statements", 0, len(statements))
		// The same text is a document that the executor remembers; its cost is not.
		p.data(t, nil, query, map[string]any{"n": 20})
		equal(t, "again", "COMPLEXITY_LIMIT_EXCEEDED", p.ask(t, nil, query, map[string]any{"n": 100}).code(t))
	})
}

// TestExponentialFragments sends a small document that stands for more fields than there is time to
// walk through: it would not end if each spread were walked.
func TestExponentialFragments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, fragment string // %[1]d is the fragment's number, %[2]d the next one's
		beyond         int
	}{
		{"wide", " fragment F%[1]d on Video { ...F%[2]d ...F%[2]d }", graph.DefaultMaxComplexity},
		{"deep", " fragment F%[1]d on Video { a: metadata { video { ...F%[2]d } } b: metadata { video { ...F%[2]d } } }", 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			text.WriteString("{ feed { nodes { ...F0 } } }")
			const last = 60
			for n := range last {
				fmt.Fprintf(&text, c.fragment, n, n+1)
			}
			fmt.Fprintf(&text, " fragment F%d on Video { id }", last)
			got := limited(graph.DefaultMaxComplexity).ask(t, nil, text.String(), nil)
			equal(t, "code", "COMPLEXITY_LIMIT_EXCEEDED", got.code(t))
			if actual := got.Errors[0].Extensions["actual"].(int); actual <= c.beyond {
				t.Errorf("%s of %d", got.Errors[0].Message, actual)
			}
		})
	}
}

// TestDepthIsLimited is about the deepest operation that is run and the first that is not.
func TestDepthIsLimited(t *testing.T) {
	t.Parallel()
	nested := func(pairs int, leaf string) string {
		return "{ feed { nodes { " + strings.Repeat("metadata { video { ", pairs) + leaf + strings.Repeat(" } }", pairs) + " } } }"
	}
	p := limited(graph.DefaultMaxComplexity)
	if got := p.ask(t, nil, nested(8, "metadata { version }"), nil); len(got.Errors) > 0 && got.Errors[0].Extensions["code"] == "COMPLEXITY_LIMIT_EXCEEDED" {
		t.Errorf("20 levels: %v", got.Errors)
	}
	got := p.ask(t, nil, nested(9, "... { title }"), nil)
	equal(t, "extensions", map[string]any{"code": "COMPLEXITY_LIMIT_EXCEEDED", "limit": 20, "actual": 21}, got.only(t).Extensions)
}

// TestDefaultLimitLetsAnyFieldRun asks each field for as much as it may be asked for, with all that can
// be selected of what it answers and two objects deep below that.
func TestDefaultLimitLetsAnyFieldRun(t *testing.T) {
	t.Parallel()
	most, by := 0, ""
	for _, f := range rootFields() {
		if f.kind == "mutation" {
			arguments := mutations[f.Name].arguments(0, 100)
			query := changing{rootField: f}.document(arguments, strings.ReplaceAll(everything(f.Type.Name(), 4), "{", "{ __typename"))
			if costs := cost(t, query, arguments); costs > graph.DefaultMaxComplexity || costs < 3 {
				t.Errorf("%s costs %d", f.Name, costs)
			}
			continue
		}
		arguments := map[string]string{}
		if f.Arguments.ForName("ids") != nil {
			arguments["ids"] = quoted(series(videoID, 0, 100)...)
		}
		if f.Arguments.ForName("first") != nil {
			arguments["first"] = "100"
		}
		// Many clients add __typename to whatever they select.
		query := f.operation(arguments, strings.ReplaceAll(everything(f.Type.Name(), 3), "{", "{ __typename"))
		costs := cost(t, query, nil)
		if costs > most {
			most, by = costs, f.Name
		}
		if f.kind == "subscription" { // What it costs is all that can be learnt of it here: it would run for long.
			if costs > graph.DefaultMaxComplexity {
				t.Errorf("%s costs %d", f.Name, costs)
			}
			continue
		}
		for _, err := range limited(graph.DefaultMaxComplexity).ask(t, user(0, f.role), query, nil).Errors {
			if err.Extensions["code"] == "COMPLEXITY_LIMIT_EXCEEDED" {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
	t.Logf("%s costs most, %d of %d", by, most, graph.DefaultMaxComplexity)
}
