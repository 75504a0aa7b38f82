package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"gorm.io/gorm"

	"reelgraph/graph"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// platform is a database with an executor on it, and what a test put there.
type platform struct {
	*testdb.DB
	store    *store.Store
	executor *executor.Executor
	// tx is the transaction that fixtures are added in.
	tx *gorm.DB
}

// onPlatforms runs a test on an empty platform of each database.
func onPlatforms(t *testing.T, test func(t *testing.T, p *platform)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) { test(t, newPlatform(db)) })
}

func newPlatform(db *testdb.DB) *platform {
	p := &platform{DB: db, store: store.New(db.DB)}
	return p.with(func(*graph.Options) {})
}

// with is the same platform behind another executor.
func (p *platform) with(change func(*graph.Options)) *platform {
	options := graph.Options{
		Store: p.store, MaxBatchSize: 100, MaxComplexity: graph.DefaultMaxComplexity, Introspection: true,
		Logger: slog.New(slog.DiscardHandler),
	}
	change(&options)
	return &platform{DB: p.DB, store: options.Store, executor: graph.NewExecutor(options)}
}

// request is what a client sends.
type request struct {
	query, operationName  string
	variables, extensions map[string]any
}

// answer is a GraphQL response.
type answer struct {
	// Data is nil where nothing was run.
	Data   map[string]any
	Errors gqlerror.List
	// Raw is Data as a client is sent it.
	Raw string
}

// requestID is that of every request.
const requestID = "request-1"

// send runs an operation as caller, nil for an anonymous one, as a transport would.
func (p *platform) send(t testing.TB, caller *models.Caller, r request) answer {
	t.Helper()
	ctx := context.Background()
	if caller != nil {
		ctx = models.WithCaller(ctx, caller)
	}
	handler, ctx := p.handle(ctx, t, r)
	response := handler(ctx)
	result := answer{Errors: response.Errors, Raw: string(response.Data)}
	if len(response.Data) > 0 {
		if err := json.Unmarshal(response.Data, &result.Data); err != nil {
			t.Fatalf("%s: %v", response.Data, err)
		}
	}
	return result
}

// handle begins an operation in ctx, and gives what its responses come from.
func (p *platform) handle(ctx context.Context, t testing.TB, r request) (graphql.ResponseHandler, context.Context) {
	t.Helper()
	ctx = graphql.StartOperationTrace(models.WithRequestID(ctx, requestID))
	params := &graphql.RawParams{
		Query: r.query, OperationName: r.operationName,
		Variables: throughJSON(t, r.variables), Extensions: throughJSON(t, r.extensions),
	}
	operation, refused := p.executor.CreateOperationContext(ctx, params)
	if refused != nil {
		return graphql.OneShot(p.executor.DispatchError(graphql.WithOperationContext(ctx, operation), refused)), ctx
	}
	return p.executor.DispatchOperation(ctx, operation)
}

// throughJSON reads values as the transports do: numbers as their digits.
func throughJSON(t testing.TB, values map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var read map[string]any
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	return read
}

// ask is send of a query with its variables.
func (p *platform) ask(t testing.TB, caller *models.Caller, query string, variables map[string]any) answer {
	t.Helper()
	return p.send(t, caller, request{query: query, variables: variables})
}

// data is ask where no error is expected.
func (p *platform) data(t testing.TB, caller *models.Caller, query string, variables map[string]any) map[string]any {
	t.Helper()
	got := p.ask(t, caller, query, variables)
	if got.Errors != nil {
		t.Fatalf("%s: errors: %v", query, got.Errors)
	}
	return got.Data
}

// counted is data with the statements that it took.
func (p *platform) counted(t testing.TB, caller *models.Caller, query string, variables map[string]any) (got map[string]any, statements []string) {
	t.Helper()
	statements = p.Record(func() { got = p.data(t, caller, query, variables) })
	return got, statements
}

// code is the code of an answer's only error.
func (a answer) code(t testing.TB) any {
	t.Helper()
	return a.only(t).Extensions["code"]
}

// only is an answer's only error.
func (a answer) only(t testing.TB) *gqlerror.Error {
	t.Helper()
	if len(a.Errors) != 1 {
		t.Fatalf("want one error, got %v", a.Errors)
	}
	return a.Errors[0]
}

// sees tells whether an answer has what is wanted at a path: names of fields, through all the
// elements of lists, "feed.nodes.owner.handle".
func sees(t testing.TB, data map[string]any, path string, want ...any) {
	t.Helper()
	equal(t, path, want, pick(data, path))
}

// pick gives all the values at a path. Behind a null there is one null.
func pick(data any, path string) []any {
	values := []any{data}
	for name := range strings.SplitSeq(path, ".") {
		var next []any
		for _, value := range values {
			switch child := field(value, name).(type) {
			case []any:
				next = append(next, child...)
			default:
				next = append(next, child)
			}
		}
		values = next
	}
	return values
}

func field(object any, name string) any {
	if object, ok := object.(map[string]any); ok {
		return object[name]
	}
	return nil
}

// equal fails the test where two values differ. To a reader a nil list and an empty one are the same.
func equal(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(page{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// user is the n-th user's token.
func user(n int, roles ...models.Role) *models.Caller {
	return &models.Caller{ID: userID(n), Roles: roles, ExpiresAt: time.Now().Add(time.Hour)}
}

// firstTable finds the table that a statement reads first.
var firstTable = regexp.MustCompile("FROM [\"`]?([a-z_]+)")

// tables counts statements by the table that they read; "queue" is the places of jobs in theirs.
func tables(statements []string) map[string]int {
	counts := map[string]int{}
	for _, statement := range statements {
		if strings.HasPrefix(statement, "WITH head") {
			counts["queue"]++
		} else {
			counts[firstTable.FindStringSubmatch(statement)[1]]++
		}
	}
	return counts
}

// lines are statements as a failure shows them.
func lines(statements []string) string {
	return fmt.Sprintf("%d statements:\n%s", len(statements), strings.Join(statements, "\n"))
}
