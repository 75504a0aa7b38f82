package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"

	"reelgraph/graph"
	"reelgraph/models"
)

// TestIntrospectionOff refuses to tell of the schema, and gives nothing of it away otherwise.
func TestIntrospectionOff(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity).with(func(o *graph.Options) { o.Introspection = false })
	for _, query := range []string{
		introspection.Query,
		"{ __schema { types { name } } }",
		`{ __type(name: "User") { name } }`,
		`{ __typename hidden: __type(name: "User") { name } }`,
		"{ ...F } fragment F on Query { ... { __schema { queryType { name } } } }",
		"query($yes: Boolean = true) { __schema @include(if: $yes) { queryType { name } } }",
	} {
		got := p.ask(t, nil, query, nil)
		if got.code(t) != "GRAPHQL_VALIDATION_FAILED" || got.Raw != "" {
			t.Errorf("%s: %v %s", query, got.Errors, got.Raw)
		}
	}
	for _, query := range []string{
		"{ __typename }",
		"{ ... on Query { me { __typename } } }",
		"{ __typename __schema @skip(if: true) { queryType { name } } }",
	} {
		if got := p.ask(t, nil, query, nil); got.Errors != nil {
			t.Errorf("%s: %v", query, got.Errors)
		}
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	helpful := limited(graph.DefaultMaxComplexity)
	silent := helpful.with(func(o *graph.Options) { o.Introspection = false })
	// Misspelt as they are, some of these get a hint where introspection is on.
	for query, hint := range map[string]bool{
		"{ vidoes(ids: []) { id } }":                           true,
		"{ fed { nodes { id } } }":                             true,
		"{ me { handel } }":                                    true,
		"{ me }":                                               true,
		"{ feed(firts: 1) { nodes { id } } }":                  true,
		"{ notifications(category: LIK) { nodes { id } } }":    true,
		`{ notifications(category: "LIKE") { nodes { id } } }`: true,
		"{ notifications(category: like) { nodes { id } } }":   true,
		"{ feed @skip(fi: true) { nodes { id } } }":            false,
		"{ me { ... on Usr { id } } }":                         false,
		"query($v: NotificationCategoy) { notifications(category: $v) { nodes { id } } }": false,
		"{ ...F } fragment F on Quer { me { id } }":                                       true,
	} {
		for _, err := range silent.ask(t, nil, query, nil).Errors {
			if strings.Contains(err.Message, "Did you mean") || err.Extensions["code"] != invalid {
				t.Errorf("%s: %v", query, err)
			}
		}
		if text := helpful.ask(t, nil, query, nil).Errors.Error(); strings.Contains(text, "Did you mean") != hint {
			t.Errorf("%s: with introspection: %s", query, text)
		}
	}
}

// TestIntrospectionOn asks what GraphiQL and code generators ask.
func TestIntrospectionOn(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity)
	got := p.data(t, nil, introspection.Query, nil)
	names := pick(got, "__schema.types.name")
	for _, want := range []string{"Query", "VideoMetadata", "NotificationCategory", "Time", "Int64"} {
		found := false
		for _, name := range names {
			found = found || name == want
		}
		if !found {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	for _, value := range pick(got, "__schema.directives") {
		if field(value, "name") == "auth" {
			equal(t, "@auth", []any{"role"}, pick(value, "args.name"))
		}
	}
	sees(t, p.data(t, nil, `{ __type(name: "Video") { description fields { name } } }`, nil), "__type.fields.name",
		"id", "title", "owner", "playbackUrl", "thumbnailUrl", "createdAt", "metadata")
}

// TestTokenLimit is about documents that are too long, and the longest that are not.
func TestTokenLimit(t *testing.T) {
	t.Parallel()
	p := limited(1 << 30)
	aliases := func(count int) string {
		var text strings.Builder
		for n := range count {
			fmt.Fprintf(&text, " a%d: __typename", n)
		}
		return "{" + text.String() + " }"
	}
	if got := p.ask(t, nil, aliases(1000), nil); got.Errors != nil || len(got.Data) != 1000 {
		t.Errorf("1,000 aliases: %v", got.Errors)
	}
	for _, count := range []int{4000, 50_000} {
		got := p.ask(t, nil, aliases(count), nil)
		err := got.only(t)
		equal(t, "extensions", map[string]any{"code": "COMPLEXITY_LIMIT_EXCEEDED", "limit": 11_500}, err.Extensions)
		equal(t, "message", "The document has more than 11500 tokens, which is the limit. Send long lists and inputs in variables.", err.Message)
		equal(t, "data", "", got.Raw)
	}
	deep := strings.Repeat("{ me ", 5000) + strings.Repeat("}", 5000)
	equal(t, "deep", parseFailed, p.ask(t, nil, deep, nil).code(t))
	// As many ids as one field takes, in the text, are no problem.
	if got := p.ask(t, nil, "{ videos(ids: "+quoted(series(videoID, 0, 1000)...)+") { id } }", nil); got.code(t) != badUserInput {
		t.Errorf("1,000 ids: %v", got.Errors)
	}
	// And as many events, each with all its fields. None of them says how many.
	events := strings.Repeat(fmt.Sprintf(" {videoId: %q, kind: VIEW, count: 0}", videoID(0)), 1000)
	call := `mutation M { all: recordVideoActivity(batchId: "b", events: [` + events + `]) { recordedCount duplicate unknownVideoIds } }`
	got := p.ask(t, user(0, models.RoleService), call, nil)
	equal(t, "1,000 events", map[string]any{"code": badUserInput, "argument": "events"}, got.only(t).Extensions)
}

// TestCheckingLimit is about documents of few tokens that would take seconds to validate.
func TestCheckingLimit(t *testing.T) {
	t.Parallel()
	p := limited(1 << 30)
	numbered := func(count int, format string) string {
		var text strings.Builder
		for n := range count {
			text.WriteString(strings.NewReplacer("#", fmt.Sprint(n), "@", fmt.Sprint(n+1)).Replace(format))
		}
		return text.String()
	}
	fragment := " fragment F on Query { __typename }"
	for name, c := range map[string]struct {
		document string
		refused  bool
	}{
		"a field":               {"{ me { " + strings.Repeat("id ", 3000) + "} }", true},
		"a field, not so often": {"{ me { " + strings.Repeat("id ", 300) + "} }", false},
		"an object":             {"{" + strings.Repeat(" me { id }", 900) + " }", true},
		"deep below":            {"{ feed {" + strings.Repeat(" nodes { metadata { video { id } } }", 300) + " } }", true},
		"under many aliases":    {"{" + numbered(500, " a#: me { id handle }") + " }", false},
		"with arguments":        {"{" + strings.Repeat(` videos(ids: ["a" "b" "c"]) { id }`, 700) + " }", true},
		"one in another":        {"{ " + strings.Repeat("... { ", 400) + strings.Repeat("__typename ", 200) + strings.Repeat("}", 400) + " }", true},
		"nested, others":        {"{ " + strings.Repeat("... { ", 200) + numbered(1000, " a#: __typename") + strings.Repeat("}", 200) + " }", true},
		"nested a little":       {"{ " + strings.Repeat("... { ", 3) + numbered(300, " a#: __typename") + strings.Repeat("}", 3) + " }", false},
		"nested, an object":     {"{ " + strings.Repeat("... { ", 900) + strings.Repeat(" m: me {"+numbered(100, " a#: id")+"}", 7) + strings.Repeat("}", 900) + " }", true},
		"chained, many":         {"{ ...F0 }" + numbered(17, " fragment F# on Query { ...F@ }") + " fragment F17 on Query {" + numbered(2600, " a#: __typename") + " }", true},
		"many fragments":        {"{" + numbered(400, " ...F#") + " }" + numbered(400, " fragment F# on Query { a#: __typename }"), true},
		"a chain of fragments":  {"{ ...F0 }" + numbered(400, " fragment F# on Query { me { id } ...F@ }") + strings.Replace(fragment, "F", "F400", 1), true},
		"some fragments":        {"{ ...F0 }" + numbered(60, " fragment F# on Query { me { id } ...F@ }") + strings.Replace(fragment, "F", "F60", 1), false},
		"many operations":       {numbered(300, " query Q# { ...F }") + " fragment F on Query {" + numbered(300, " a#: __typename") + " }", true},
		"long arguments":        {numbered(300, " query Q# { ...F }") + " fragment F on Query { videos(ids: [" + strings.Repeat(`"x"`, 3000) + "]) { id } }", true},
		"a name twice":          {numbered(300, " query Q# { ...F }") + " fragment F on Query { videos(ids: [" + strings.Repeat(`"x"`, 3000) + "]) { id } }" + fragment, true},
		"long directives":       {numbered(300, " query Q# { ...F }") + " fragment F on Query { __typename" + strings.Repeat(" @some", 300) + " }", true},
	} {
		got := p.send(t, nil, request{query: c.document, operationName: map[bool]string{true: "Q0"}[strings.Contains(c.document, "query Q0")]})
		refused := got.Errors != nil && strings.Contains(got.Errors[0].Message, "steps to check")
		if refused != c.refused || refused && (got.code(t) != "COMPLEXITY_LIMIT_EXCEEDED" || got.Raw != "") {
			t.Errorf("%s: refused %v: %.200s", name, refused, got.Errors)
		}
	}
	// A fragment that spreads itself is told so.
	for _, cycle := range []string{
		"{ ...F0 }" + numbered(40, " fragment F# on Query { me { id } ...F@ }") + " fragment F40 on Query { ...F0 }",
		"{ feed { nodes { ...F } } } fragment F on Video { metadata { video { ...F } } } #" + strings.Repeat("x", 500),
	} {
		if got := p.ask(t, nil, cycle, nil); got.Errors[0].Extensions["code"] != invalid {
			t.Errorf("a cycle: %v", got.Errors[0])
		}
	}
}

func persisted(version any, hash string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": version, "sha256Hash": hash}}
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestAutomaticPersistedQueries(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity)
	const query = "query Q($n: Int = 1) { __typename me @skip(if: false) { id } }"
	const usable = "query Q { __typename me { id } }"
	unknown := func(text string) {
		t.Helper()
		got := p.send(t, nil, request{extensions: persisted(1, hashOf(text))})
		equal(t, "code", "PERSISTED_QUERY_NOT_FOUND", got.code(t))
		equal(t, "message", "PersistedQueryNotFound", got.Errors[0].Message)
		equal(t, "data", "", got.Raw)
	}
	unknown(usable)
	equal(t, "kept", `{"__typename":"Query","me":null}`, p.send(t, nil, request{query: usable, extensions: persisted(1, hashOf(usable))}).Raw)
	for range 2 {
		equal(t, "found", `{"__typename":"Query","me":null}`, p.send(t, nil, request{extensions: persisted(1, hashOf(usable))}).Raw)
	}
	// What is wrong with a document is found when it is run, kept or not.
	equal(t, "invalid", invalid, p.send(t, nil, request{query: query, extensions: persisted(1, hashOf(query))}).code(t))

	for what, r := range map[string]request{
		"another text's hash": {query: usable + " ", extensions: persisted(1, hashOf(usable))},
		"upper case":          {query: usable, extensions: persisted(1, strings.ToUpper(hashOf(usable)))},
		"version 2":           {query: usable, extensions: persisted(2, hashOf(usable))},
		"version 2, no text":  {extensions: persisted(2, hashOf(usable))},
		"no version":          {query: usable, extensions: map[string]any{"persistedQuery": map[string]any{"sha256Hash": hashOf(usable)}}},
		"a hash of numbers":   {query: usable, extensions: map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": []any{1}}}},
		"no object":           {query: usable, extensions: map[string]any{"persistedQuery": "yes"}},
	} {
		got := p.send(t, nil, r)
		equal(t, what, badUserInput, got.code(t))
		equal(t, what, "", got.Raw)
	}
	// A hash in upper case or of nothing stands for nothing.
	equal(t, "upper case", "PERSISTED_QUERY_NOT_FOUND", p.send(t, nil, request{extensions: persisted(1, strings.ToUpper(hashOf(usable)))}).code(t))
	equal(t, "nothing", "PERSISTED_QUERY_NOT_FOUND", p.send(t, nil, request{extensions: persisted(1, "")}).code(t))
	// null is as absent.
	equal(t, "null", `{"__typename":"Query","me":null}`, p.send(t, nil, request{query: usable, extensions: map[string]any{"persistedQuery": nil}}).Raw)

	// A large text is run and forgotten.
	large := usable + " #" + strings.Repeat("x", 8<<10)
	equal(t, "large", `{"__typename":"Query","me":null}`, p.send(t, nil, request{query: large, extensions: persisted(1, hashOf(large))}).Raw)
	unknown(large)
	// Of many, the ones used last are kept.
	var last string
	for n := range 600 {
		last = fmt.Sprintf("{ n%d: __typename }", n)
		p.send(t, nil, request{query: last, extensions: persisted(1, hashOf(last))})
	}
	equal(t, "the last", `{"n599":"Query"}`, p.send(t, nil, request{extensions: persisted(1, hashOf(last))}).Raw)
	unknown(usable)
	// And each executor has its own.
	p = limited(graph.DefaultMaxComplexity)
	unknown(last)
}
