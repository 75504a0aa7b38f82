package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

const (
	parseFailed  = string(models.CodeGraphQLParseFailed)
	invalid      = string(models.CodeGraphQLValidationFailed)
	badUserInput = string(models.CodeBadUserInput)
)

// TestRefusedRequests holds the code of everything that may be wrong with a request. Where data says so,
// one field alone has failed.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	const (
		byIDs    = "query($v: [ID!]!) { bad: videos(ids: $v) { id } }"
		byFirst  = "query($v: Int!) { bad: feed(first: $v) { nodes { id } } }"
		byStatus = "query($v: [AIJobStatus!]) { bad: myAIJobs(status: $v) { nodes { id } } }"
		byKind   = "query($v: NotificationCategory) { bad: notifications(category: $v) { nodes { id } } }"
		skipping = "query($v: Boolean!) { feed @skip(if: $v) { nodes { id } } }"
	)
	onPlatforms(t, func(t *testing.T, p *platform) {
		for _, test := range []struct {
			query string
			// value is that of the variable v, absent for none.
			value any
			code  string
			data  bool
		}{
			{"{", none{}, parseFailed, false},
			{"query {{ me { id } }", none{}, parseFailed, false},
			{"{ me { id } } }", none{}, parseFailed, false},
			{"{ me { id }", none{}, parseFailed, false},
			{"{ videos(ids: [\"\x00\"]) { id } }", none{}, parseFailed, false},
			{`{ videos(ids: ["unfinished]) { id } }`, none{}, parseFailed, false},
			{"{ }", none{}, parseFailed, false},
			{"# nothing else", none{}, invalid, false},
			{"fragment F on Query { me { id } }", none{}, invalid, false},
			{"{ nonsense }", none{}, invalid, false},
			{"{ me }", none{}, invalid, false},
			{"{ me { id { id } } }", none{}, invalid, false},
			{"{ me(id: 1) { id } }", none{}, invalid, false},
			{"{ videos { id } }", none{}, invalid, false},
			{"{ me { id } } { me { handle } }", none{}, invalid, false},
			{"{ ...F }", none{}, invalid, false},
			{"{ ...F } fragment F on Query { ...F }", none{}, invalid, false},
			{"{ ...F } fragment F on Nonsense { id }", none{}, invalid, false},
			{"{ me { id } } fragment Unused on User { id }", none{}, invalid, false},
			{"{ a: me { id } a: feed { nodes { id } } }", none{}, invalid, false},
			{"{ me @nonsense { id } }", none{}, invalid, false},
			{"{ me @skip { id } }", none{}, invalid, false},
			{"{ me @skip(if: null) { id } }", none{}, invalid, false},
			{"mutation { me { id } }", none{}, invalid, false},
			{"subscription { me { id } }", none{}, invalid, false},
			{"query($v: Nonsense) { me { id } }", none{}, invalid, false},
			{"query($v: User) { videos(ids: $v) { id } }", none{}, invalid, false},
			{"query($v: [ID!]) { videos(ids: $v) { id } }", none{}, invalid, false},
			{"query($v: [String!]!) { videos(ids: $v) { id } }", none{}, invalid, false},
			{"query($v: Int) { me { id } }", none{}, invalid, false},
			{"{ videos(ids: $v) { id } }", none{}, invalid, false},

			{"{ videos(ids: null) { id } }", none{}, invalid, false},
			{"{ videos(ids: [null]) { id } }", none{}, invalid, false},
			{"{ videos(ids: [1.5]) { id } }", none{}, invalid, false},
			{"{ videos(ids: {id: 1}) { id } }", none{}, invalid, false},
			{"{ feed(first: null) { nodes { id } } }", none{}, invalid, false},
			{"{ feed(first: 1.5) { nodes { id } } }", none{}, invalid, false},
			{`{ feed(first: "5") { nodes { id } } }`, none{}, invalid, false},
			{"{ feed(after: 5) { nodes { id } } }", none{}, invalid, false},
			{"{ myAIJobs(status: [NOPE]) { nodes { id } } }", none{}, invalid, false},
			{`{ myAIJobs(status: ["QUEUED"]) { nodes { id } } }`, none{}, invalid, false},
			{"{ notifications(category: like) { nodes { id } } }", none{}, invalid, false},
			{`{ notifications(unreadOnly: "true") { nodes { id } } }`, none{}, invalid, false},

			{byIDs, none{}, invalid, false},
			{byIDs, nil, invalid, false},
			{byIDs, []any{nil}, invalid, false},
			{byIDs, true, invalid, false},
			{byIDs, map[string]any{"id": "x"}, invalid, false},
			{byIDs, []any{[]any{"x"}}, invalid, false},
			{byIDs, []any{videoID(0).String(), false}, invalid, false},
			{byIDs, "single", badUserInput, true},
			{byIDs, 5, badUserInput, true},
			{byIDs, []any{5, "x"}, badUserInput, true},
			{byFirst, none{}, invalid, false},
			{byFirst, nil, invalid, false},
			{byFirst, 1.5, invalid, false},
			{byFirst, 1e30, invalid, false},
			{byFirst, true, invalid, false},
			{byFirst, "many", invalid, false},
			{byFirst, []any{1}, invalid, false},
			{byFirst, 99999999999, badUserInput, true},
			{byStatus, []any{"NOPE"}, invalid, false},
			{byStatus, "NOPE", invalid, false},
			{byStatus, []any{nil}, invalid, false},
			{byStatus, []any{5}, invalid, false},
			{byStatus, 5, invalid, false},
			{byStatus, true, invalid, false},
			{byStatus, []any{"queued"}, badUserInput, true},
			{byKind, "like", badUserInput, true},
			{byKind, "Like", badUserInput, true},
			{byKind, "NOPE", invalid, false},
			{byKind, []any{"LIKE"}, invalid, false},
			{skipping, none{}, invalid, false},
			{skipping, nil, invalid, false},
			{skipping, "true", invalid, false},
			{strings.Replace(skipping, "Boolean!", "Boolean = true", 1), nil, invalid, false},
			{strings.Replace(strings.Replace(skipping, "Boolean!", "Boolean = true", 1), "skip", "include", 1), nil, invalid, false},
			{"query($v: Boolean = true) { ...F } fragment F on Query { feed { ... @skip(if: $v) { nodes { id } } } }", nil, invalid, false},
		} {
			what := test.query
			var variables map[string]any
			if test.value != (any)(none{}) {
				variables = map[string]any{"v": test.value}
			}
			var got answer
			statements := p.Record(func() { got = p.ask(t, user(0), test.query, variables) })
			if len(got.Errors) == 0 {
				t.Errorf("%s %v: no errors: %s", what, variables, got.Raw)
			}
			for _, err := range got.Errors {
				if err.Extensions["code"] != test.code {
					t.Errorf("%s %v: %v %v", what, variables, err.Extensions, err)
				}
				if test.data {
					equal(t, what+": path", "bad", err.Path.String())
					equal(t, what+": locations", 1, len(err.Locations))
				}
			}
			equal(t, what+": data", map[bool]string{true: `{"bad":null}`}[test.data], got.Raw)
			equal(t, what+": statements", 0, len(statements))
		}
	})
}

// none is the value of a variable that is not given.
type none struct{}

// TestArgumentIsNamed is about values that only the field itself finds to be wrong.
func TestArgumentIsNamed(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		got := p.ask(t, user(0), "query($c: NotificationCategory, $s: [AIJobStatus!]) {\n bad: notifications(category: $c) { nodes { id } }\n worse: myAIJobs(status: $s) { nodes { id } }\n good: myAIJobs { nodes { id } } }",
			map[string]any{"c": "like", "s": []any{"QUEUED", "failed"}})
		equal(t, "answer", map[string]any{"bad": nil, "worse": nil, "good": map[string]any{"nodes": []any{}}}, got.Data)
		slices.SortFunc(got.Errors, func(a, b *gqlerror.Error) int { return strings.Compare(a.Path.String(), b.Path.String()) })
		for i, want := range []struct{ path, argument string }{{"bad", "category"}, {"worse", "status"}} {
			err := got.Errors[i]
			equal(t, "path", want.path, err.Path.String())
			equal(t, "extensions", map[string]any{"code": badUserInput, "argument": want.argument}, err.Extensions)
			equal(t, "line", 2+i, err.Locations[0].Line)
			if strings.Contains(err.Message, "like") || !strings.Contains(err.Message, want.argument) {
				t.Errorf("message %q", err.Message)
			}
		}
	})
}

// TestOperationNames is about documents with several operations.
func TestOperationNames(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		const query = "query A { me { id } } query B($n: Int!) { feed(first: $n) { nodes { id } } }"
		for _, test := range []struct {
			name      string
			variables map[string]any
			want      any
		}{
			{"A", nil, nil},
			{"B", map[string]any{"n": 3}, nil},
			{"B", nil, invalid},
			{"C", nil, invalid},
			{"", nil, invalid},
		} {
			got := p.send(t, nil, request{query: query, operationName: test.name, variables: test.variables})
			if test.want == nil && got.Errors != nil || test.want != nil && got.code(t) != test.want {
				t.Errorf("%q: %v", test.name, got.Errors)
			}
			if test.name == "" && !strings.Contains(got.Errors[0].Message, "`operationName`") {
				t.Errorf("no name: %v", got.Errors)
			}
		}
		equal(t, "the only one", `{"me":null}`, p.send(t, nil, request{query: "query A { me { id } }"}).Raw)
	})
}
