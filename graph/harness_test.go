package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

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
}

// onPlatforms runs a test on an empty platform of each database.
func onPlatforms(t *testing.T, test func(t *testing.T, p *platform)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) { test(t, newPlatform(db)) })
}

func newPlatform(db *testdb.DB) *platform {
	s := store.New(db.DB)
	return &platform{DB: db, store: s, executor: graph.NewExecutor(graph.Options{
		Store: s, MaxBatchSize: 100, MaxComplexity: graph.DefaultMaxComplexity, Introspection: true,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})}
}

// answer is a GraphQL response.
type answer struct {
	Data   map[string]any
	Errors gqlerror.List
}

// ask runs an operation as caller, nil for an anonymous one, as a transport would.
func (p *platform) ask(t *testing.T, caller *models.Caller, query string, variables map[string]any) answer {
	t.Helper()
	ctx := graphql.StartOperationTrace(models.WithRequestID(context.Background(), "request-1"))
	if caller != nil {
		ctx = models.WithCaller(ctx, caller)
	}
	operation, refused := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	var response *graphql.Response
	if refused != nil {
		response = p.executor.DispatchError(graphql.WithOperationContext(ctx, operation), refused)
	} else {
		handler, ctx := p.executor.DispatchOperation(ctx, operation)
		response = handler(ctx)
	}
	result := answer{Errors: response.Errors}
	if len(response.Data) > 0 {
		if err := json.Unmarshal(response.Data, &result.Data); err != nil {
			t.Fatalf("%s: %v", response.Data, err)
		}
	}
	return result
}

// data is ask where no error is expected.
func (p *platform) data(t *testing.T, caller *models.Caller, query string, variables map[string]any) map[string]any {
	t.Helper()
	got := p.ask(t, caller, query, variables)
	if got.Errors != nil {
		t.Fatalf("errors: %v", got.Errors)
	}
	return got.Data
}

// id is the n-th id of a kind: stable, readable in failures.
func id(kind byte, n int) models.ID {
	return models.ID{kind, 15: byte(n), 14: byte(n >> 8)}
}

func userID(n int) models.ID  { return id(0xaa, n) }
func videoID(n int) models.ID { return id(0xbb, n) }
func jobID(n int) models.ID   { return id(0xcc, n) }
func noteID(n int) models.ID  { return id(0xdd, n) }

func user(n int, roles ...models.Role) *models.Caller {
	return &models.Caller{ID: userID(n), Roles: roles, ExpiresAt: time.Now().Add(time.Hour)}
}

// past is n minutes before a fixed moment.
func past(n int) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC).Add(-time.Duration(n) * time.Minute)
}

func (p *platform) addUsers(t *testing.T, count int) {
	t.Helper()
	for n := range count {
		p.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, ?, ?, ?)",
			userID(n), fmt.Sprintf("user.%d", n), fmt.Sprintf("User %d", n), 100+n)
	}
}

// addVideos adds videos 0 to count-1, the newest first; video n is of user n modulo owners, with n views.
func (p *platform) addVideos(t *testing.T, count, owners int) {
	t.Helper()
	for n := range count {
		p.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url, created_at) VALUES (?, ?, ?, ?, ?)",
			videoID(n), userID(n%owners), fmt.Sprintf("Video %d", n), fmt.Sprintf("https://cdn.example.com/%d.mp4", n), past(n))
		p.Exec(t, "UPDATE video_metadata SET view_count = ? WHERE video_id = ?", n, videoID(n))
	}
}

func (p *platform) deleteVideo(t *testing.T, n int) {
	t.Helper()
	p.Exec(t, "UPDATE videos SET deleted_at = ?, deletion_reason = 'spam' WHERE id = ?", past(0), videoID(n))
}

// addJob adds a job that is older the higher n is.
func (p *platform) addJob(t *testing.T, n, owner int, status models.AIJobStatus) {
	t.Helper()
	p.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, progress, created_at) VALUES (?, ?, 'GENERATE', ?, 45, ?)",
		jobID(n), userID(owner), string(status), past(n))
}

func (p *platform) block(t *testing.T, blocker, blocked int) {
	t.Helper()
	p.Exec(t, "INSERT INTO user_blocks (blocker_id, blocked_id, created_at) VALUES (?, ?, ?)", userID(blocker), userID(blocked), past(blocked))
}

// strings of ids, for variables.
func texts(ids ...models.ID) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

// code is the code of an answer's only error.
func (a answer) code(t *testing.T) any {
	t.Helper()
	if len(a.Errors) != 1 {
		t.Fatalf("want one error, got %v", a.Errors)
	}
	return a.Errors[0].Extensions["code"]
}
