package metrics

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"reelgraph/models"
)

// operation is what is asked.
type operation struct {
	// name is what the request says, and text what it asks for; a text that is empty could not be read.
	name, text string
	cost       int
	variables  map[string]any
}

// context is that in which the operation runs.
func (o operation) context(t testing.TB) context.Context {
	t.Helper()
	c := &graphql.OperationContext{OperationName: o.name, Variables: o.variables, Stats: graphql.Stats{OperationStart: graphql.Now()}}
	if o.text != "" {
		document, err := parser.ParseQuery(&ast.Source{Input: o.text})
		if err != nil {
			t.Fatal(err)
		}
		c.Doc, c.Operation = document, document.Operations[0]
	}
	if o.cost > 0 {
		c.Stats.SetExtension(models.CostStats, &models.Cost{Requested: o.cost})
	}
	return graphql.WithOperationContext(models.WithRequestID(t.Context(), "a-request"), c)
}

// answer has the operation answered with data, or refused with a code.
func answer(t testing.TB, m *Metrics, o operation, code any) {
	t.Helper()
	answerIn(o.context(t), m, code)
}

func answerIn(ctx context.Context, m *Metrics, code any) {
	response := &graphql.Response{Data: []byte(`{}`)}
	if code != nil {
		response = &graphql.Response{Errors: gqlerror.List{{Extensions: map[string]any{"code": code}}}}
	}
	Operations{m}.InterceptResponse(ctx, func(ctx context.Context) *graphql.Response {
		operation := graphql.GetOperationContext(ctx)
		if operation.Operation == nil {
			return response
		}
		for _, selection := range operation.Operation.SelectionSet {
			root := &graphql.RootFieldContext{Field: graphql.CollectedField{Field: selection.(*ast.Field)}}
			Operations{m}.InterceptRootField(graphql.WithRootFieldContext(ctx, root), func(context.Context) graphql.Marshaler { return graphql.Null })
		}
		return response
	})
}

func TestOperations(t *testing.T) {
	t.Parallel()
	m := New(Options{Logger: quiet, Knows: func(name string) bool { return name == "Trusted" }})
	answer(t, m, operation{name: "Trusted", text: `query Trusted { me { id } }`, cost: 3}, nil)
	answer(t, m, operation{name: "Trusted", text: `query Trusted { me { id } }`, cost: 3}, "UNAUTHENTICATED")
	answer(t, m, operation{text: `mutation { markNotificationsRead(ids: "1") { count } }`, cost: 4}, nil)
	answer(t, m, operation{}, nil)
	answer(t, m, operation{name: "Trusted"}, models.CodePersistedQueryRequired)
	answerIn(models.WithStoredDocument(operation{text: `query Own { me { id } }`}.context(t)), m, nil)
	answer(t, m, operation{text: `query Own { me { id } }`}, nil)
	want(t, m, namespace+"operations_total",
		`reelgraph_operations_total{code="OK",kind="mutation",operation="anonymous"} 1`,
		`reelgraph_operations_total{code="OK",kind="query",operation="Own"} 1`,
		`reelgraph_operations_total{code="OK",kind="query",operation="Trusted"} 1`,
		`reelgraph_operations_total{code="OK",kind="query",operation="other-15"} 1`,
		`reelgraph_operations_total{code="OK",kind="unknown",operation="anonymous"} 1`,
		`reelgraph_operations_total{code="PERSISTED_QUERY_REQUIRED",kind="unknown",operation="Trusted"} 1`,
		`reelgraph_operations_total{code="UNAUTHENTICATED",kind="query",operation="Trusted"} 1`,
	)
	// What was refused has cost nothing.
	want(t, m, namespace+"operation_cost_points_total",
		`reelgraph_operation_cost_points_total{kind="mutation"} 4`, `reelgraph_operation_cost_points_total{kind="query"} 3`,
		`reelgraph_operation_cost_points_total{kind="unknown"} 0`)
	if lines := scraped(t, m, namespace+"operation_duration_seconds_count"); len(lines) != 6 {
		t.Errorf("times of %q", lines)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	m := New(Options{Logger: quiet})
	answer(t, m, operation{
		text:      `query ($some: [ID!]!, $all: [ID!]!) { a: videos(ids: ["1", "2", "3"]) { id } b: videos(ids: $some) { id } aiJobs(ids: $all) { id } me { id } }`,
		variables: map[string]any{"some": []any{"1", "2"}, "all": []string{"1", "2", "3", "4"}},
	}, nil)
	answer(t, m, operation{text: `{ videos(ids: "1") { id } }`}, nil)
	want(t, m, namespace+"field_ids_sum", `reelgraph_field_ids_sum{field="aiJobs"} 4`, `reelgraph_field_ids_sum{field="videos"} 6`)
	want(t, m, namespace+"field_ids_count", `reelgraph_field_ids_count{field="aiJobs"} 1`, `reelgraph_field_ids_count{field="videos"} 3`)
}

// TestLabelsAreBounded: whatever names clients make up.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := New(Options{Logger: quiet})
	for n := range 10_000 {
		answer(t, m, operation{name: fmt.Sprintf("Made up %d \xff", n)}, "GRAPHQL_PARSE_FAILED")
	}
	lines := scraped(t, m, namespace+"operations_total")
	if len(lines) != len(others) {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	for _, line := range lines {
		var count int
		if _, err := fmt.Sscan(line[strings.LastIndex(line, " "):], &count); err != nil || count < 400 || count > 900 {
			t.Errorf("names are spread badly: %s", line)
		}
	}
}

// TestStreams: what is answered more than once counts once, when the first answer is there, or the subscription has begun.
func TestStreams(t *testing.T) {
	t.Parallel()
	const text = `subscription { aiJobsChanged(ids: ["1", "2"]) { id } }`
	run := func(ctx context.Context, m *Metrics, begins bool, responses ...*graphql.Response) {
		next := Operations{m}.InterceptOperation(ctx, func(context.Context) graphql.ResponseHandler {
			if begins {
				graphql.GetOperationContext(ctx).Stats.SetExtension(models.StreamStats, true)
			}
			return func(ctx context.Context) *graphql.Response {
				if len(responses) == 0 {
					return nil
				}
				first := responses[0]
				responses = responses[1:]
				if !begins {
					return first
				}
				return Operations{m}.InterceptResponse(ctx, func(context.Context) *graphql.Response { return first })
			}
		})
		for next(ctx) != nil {
		}
	}
	data := &graphql.Response{Data: []byte(`{}`)}
	m := New(Options{Logger: quiet})
	run(operation{text: text, cost: 5}.context(t), m, true, data, data, data)
	run(operation{text: text}.context(t), m, false, &graphql.Response{Errors: gqlerror.List{{Extensions: map[string]any{"code": "FORBIDDEN"}}}})
	run(operation{text: text}.context(t), m, true)
	more, last := true, false
	run(operation{text: `{ videos(ids: []) { id } }`}.context(t), m, true, &graphql.Response{Data: []byte(`{}`), HasNext: &more}, &graphql.Response{HasNext: &last})
	want(t, m, namespace+"operations_total",
		`reelgraph_operations_total{code="FORBIDDEN",kind="subscription",operation="anonymous"} 1`,
		`reelgraph_operations_total{code="OK",kind="query",operation="anonymous"} 1`,
		`reelgraph_operations_total{code="OK",kind="subscription",operation="anonymous"} 2`,
	)
	want(t, m, namespace+"operation_cost_points_total", `reelgraph_operation_cost_points_total{kind="query"} 0`, `reelgraph_operation_cost_points_total{kind="subscription"} 5`)
	want(t, m, namespace+"field_ids_sum", `reelgraph_field_ids_sum{field="aiJobsChanged"} 6`)
}

// TestBeginsOfSubscriptions: one that has nothing to say for an hour took no hour.
func TestBeginsOfSubscriptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{Logger: quiet})
		ctx := operation{text: `subscription { notificationReceived { id } }`}.context(t)
		next := Operations{m}.InterceptOperation(ctx, func(ctx context.Context) graphql.ResponseHandler {
			time.Sleep(2 * time.Second) //nolint:forbidigo // of a bubble's time
			graphql.GetOperationContext(ctx).Stats.SetExtension(models.StreamStats, true)
			return func(context.Context) *graphql.Response { return &graphql.Response{Data: []byte(`{}`)} }
		})
		const sum = `reelgraph_operation_duration_seconds_sum{kind="subscription",operation="anonymous"} 2`
		want(t, m, namespace+"operation_duration_seconds_sum", sum)
		time.Sleep(time.Hour) //nolint:forbidigo // of a bubble's time
		Operations{m}.InterceptResponse(ctx, next)
		want(t, m, namespace+"operation_duration_seconds_sum", sum)
	})
}

// TestClientsThatLeave are no fault of the server's; what runs out of time is.
func TestClientsThatLeave(t *testing.T) {
	t.Parallel()
	m := New(Options{Logger: quiet})
	ctx := operation{text: `{ me { id } }`}.context(t)
	gone, leave := context.WithCancel(ctx)
	leave()
	late, cancel := context.WithTimeout(ctx, -time.Second)
	defer cancel()
	answerIn(gone, m, models.CodeServiceUnavailable)
	answerIn(gone, m, nil)
	answerIn(late, m, models.CodeServiceUnavailable)
	want(t, m, namespace+"operations_total",
		`reelgraph_operations_total{code="CANCELED",kind="query",operation="anonymous"} 1`,
		`reelgraph_operations_total{code="OK",kind="query",operation="anonymous"} 1`,
		`reelgraph_operations_total{code="SERVICE_UNAVAILABLE",kind="query",operation="anonymous"} 1`)
}

// TestLines: each operation has one.
func TestLines(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	m := New(Options{Logger: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	asked := operation{name: "Secret", text: `query Secret { me { id } }`, cost: 3, variables: map[string]any{"token": "hunter2"}}
	answer(t, m, asked, "RATE_LIMITED")
	var names []string
	for field := range strings.FieldsSeq(text.String()) {
		name, value, _ := strings.Cut(field, "=")
		if name != "time" && name != "duration" && name != "operation" {
			name += "=" + value
		}
		names = append(names, name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "code=RATE_LIMITED cost=3 duration kind=query level=DEBUG msg=operation operation requestId=a-request time" ||
		strings.Contains(text.String(), "Secret") {
		t.Errorf("the log says %s", text.String())
	}
}

// TestLinesOfRequests: a request has one line, to which its operation adds.
func TestLinesOfRequests(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	m := New(Options{Logger: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	var line models.LogLine
	asked := operation{text: `{ me { id } }`, cost: 3}
	answerIn(models.WithRequest(asked.context(t), models.Request{LogLine: &line}), m, "FORBIDDEN")
	want := []slog.Attr{slog.String("kind", "query"), slog.String("operation", "anonymous"), slog.String("code", "FORBIDDEN"), slog.Int("cost", 3)}
	if !slices.EqualFunc(line.Attrs, want, slog.Attr.Equal) || text.Len() > 0 {
		t.Errorf("the line has %v, and the log %s", line.Attrs, text.String())
	}
}

// BenchmarkOperation is what an operation of one root field costs for being counted.
func BenchmarkOperation(b *testing.B) {
	m := New(Options{Logger: quiet})
	asked := operation{
		name: "Poll", cost: 20, variables: map[string]any{"ids": make([]any, 20)},
		text: `query Poll($ids: [ID!]!) { videosMetadata(ids: $ids) { viewCount } }`,
	}
	ctx := asked.context(b)
	root := &graphql.RootFieldContext{Field: graphql.CollectedField{Field: graphql.GetOperationContext(ctx).Operation.SelectionSet[0].(*ast.Field)}}
	field := graphql.WithRootFieldContext(ctx, root)
	response := &graphql.Response{Data: []byte(`{}`)}
	respond := func(context.Context) *graphql.Response { return response }
	resolve := func(context.Context) graphql.Marshaler { return graphql.Null }
	b.ReportAllocs()
	for b.Loop() {
		Operations{m}.InterceptResponse(ctx, respond)
		Operations{m}.InterceptRootField(field, resolve)
	}
}

// BenchmarkStatement is what a SQL statement costs for being counted, but for finding its method.
func BenchmarkStatement(b *testing.B) {
	m := New(Options{Logger: quiet})
	b.ReportAllocs()
	for b.Loop() {
		m.Statement("VideosByID", 1000, 20, nil)
	}
}
