package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// logged is the same platform with a record of its log, one JSON object a line.
func (p *platform) logged() (*platform, *logRecord) {
	record := &logRecord{}
	return p.with(func(o *graph.Options) { o.Logger = slog.New(slog.NewJSONHandler(record, nil)) }), record
}

type logRecord struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *logRecord) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(line)
}

// lines gives what was logged since the last call.
func (r *logRecord) lines(t *testing.T) []map[string]any {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []map[string]any
	decoder := json.NewDecoder(&r.text)
	for {
		var line map[string]any
		err := decoder.Decode(&line)
		if err == io.EOF {
			r.text.Reset()
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
}

// internal checks the errors of an answer, which are all internal ones, and that the log knows more of each.
func internal(t *testing.T, what string, got answer, logged []map[string]any, causes ...string) {
	t.Helper()
	if len(got.Errors) == 0 || len(got.Errors) != len(logged) {
		t.Errorf("%s: %d errors, %d lines: %v %v", what, len(got.Errors), len(logged), got.Errors, logged)
	}
	for _, err := range got.Errors {
		equal(t, what+": extensions", map[string]any{"code": "INTERNAL_SERVER_ERROR", "requestId": requestID}, err.Extensions)
		equal(t, what+": message", "Something went wrong on the server.", err.Message)
		equal(t, what+": locations", 1, len(err.Locations))
	}
	for _, line := range logged {
		text, _ := line["error"].(string)
		if line["requestId"] != requestID || line["level"] != "ERROR" || !slices.ContainsFunc(causes, func(cause string) bool { return strings.Contains(text, cause) }) {
			t.Errorf("%s: logged %v", what, line)
		}
	}
}

// TestInternalErrors takes the tables away from under every field.
func TestInternalErrors(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		for _, table := range []string{"video_metadata", "videos", "ai_jobs", "notifications", "inboxes", "users", "user_blocks", "reported_videos", "moderation_actions", "video_ranks"} {
			p.Exec(t, "ALTER TABLE "+table+" RENAME TO gone_"+table)
		}
		p, log := p.logged()
		for _, f := range rootFields() {
			if f.kind != "query" {
				continue
			}
			got := p.ask(t, user(0, f.role), "{ fine: __typename "+f.call(nil, "{ __typename }")+" }", nil)
			internal(t, f.Name, got, log.lines(t), "no such table", "does not exist")
			equal(t, f.Name, map[string]any{"fine": "Query", f.Name: nil}, got.Data)
			equal(t, "path", f.Name, got.only(t).Path.String())
		}
	})
}

// TestNestedInternalErrors lets one relation fail: what can do without it is answered.
func TestNestedInternalErrors(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		p.Exec(t, "ALTER TABLE users RENAME TO gone")
		p, log := p.logged()
		got := p.ask(t, user(0), `{
			notifications { nodes { title actor { id } } }
			myAIJobs { nodes { prompt sourceVideo { owner { id } } } }
			feed { nodes { id owner { id } } }
			fine: feed { nodes { id } }
		}`, nil)
		internal(t, "owner", got, log.lines(t), "users")
		sees(t, got.Data, "notifications.nodes.title", "note 2 to 0", "note 0 to 0")
		// A video without an owner is none, and a feed without a video is none either.
		sees(t, got.Data, "myAIJobs.nodes.prompt", "prompt 0 of 0", "prompt 2 of 0")
		sees(t, got.Data, "myAIJobs.nodes.sourceVideo", nil, nil)
		equal(t, "feed", nil, got.Data["feed"])
		equal(t, "fine", series(videoID, 0, 4), pick(got.Data, "fine.nodes.id"))

		p.Exec(t, "ALTER TABLE inboxes RENAME TO gone_too")
		got = p.ask(t, user(0), "{ notifications { nodes { title } unread { total } } fine: feed { nodes { id } } }", nil)
		internal(t, "unread", got, log.lines(t), "inboxes")
		equal(t, "notifications", nil, got.Data["notifications"])
		p.Exec(t, "ALTER TABLE ai_jobs RENAME TO gone_as_well")
		got = p.ask(t, user(0), "{ notifications { nodes { title job { id } } } }", nil)
		internal(t, "job", got, log.lines(t), "ai_jobs")
		sees(t, got.Data, "notifications.nodes.title", "note 2 to 0", "note 0 to 0")
		sees(t, got.Data, "notifications.nodes.job", nil, nil)
	})
}

// TestReasonsFail has the second of a field's two statements fail.
func TestReasonsFail(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			household(t, p)
			p.report(t, 0, "spam")
		})
		p.Exec(t, "ALTER TABLE video_reports RENAME TO gone")
		p, log := p.logged()
		got := p.ask(t, user(0, models.RoleAdmin), "{ reportedVideos { nodes { reasons } } }", nil)
		internal(t, "reasons", got, log.lines(t), "video_reports")
		equal(t, "answer", `{"reportedVideos":null}`, got.Raw)
	})
}

// TestPanics runs every field on a store without a database, which panics. The process lives.
func TestPanics(t *testing.T) {
	t.Parallel()
	broken := &platform{store: store.New(&database.DB{})}
	p, log := broken.logged()
	for _, f := range rootFields() {
		if f.kind == "query" {
			got := p.ask(t, user(0, f.role), "{ fine: __typename "+f.call(nil, "{ __typename }")+" }", nil)
			internal(t, f.Name, got, log.lines(t), "panic")
			equal(t, f.Name, map[string]any{"fine": "Query", f.Name: nil}, got.Data)
		}
	}
}

// relay stands between the program and the database, and can be taken away.
type relay struct {
	address, behind string
	mu              sync.Mutex
	listener        net.Listener
	open            []net.Conn
}

func (r *relay) start(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.address, r.listener = listener.Addr().String(), listener
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", r.behind)
			if err != nil {
				_ = client.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, client, server)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(server, client) }()
			go func() { _, _ = io.Copy(client, server) }()
		}
	}()
}

func (r *relay) stop() {
	_ = r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, connection := range r.open {
		_ = connection.Close()
	}
	r.open = nil
}

// TestDatabaseIsDown takes the database away and gives it back.
func TestDatabaseIsDown(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	through, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	between := &relay{address: "127.0.0.1:0", behind: through.Host}
	between.start(t)
	t.Cleanup(between.stop)
	through.Host = between.address
	opened, err := database.Open(t.Context(), through.String(), database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	direct := newPlatform(db)
	direct.addUsers(t, 1)
	direct.addVideos(t, 1, 1)
	p, log := direct.with(func(o *graph.Options) { o.Store = store.New(opened) }).logged()

	works := func() {
		t.Helper()
		sees(t, p.data(t, user(0), "{ me { handle } feed { nodes { owner { handle } } } }", nil), "feed.nodes.owner.handle", "user.0")
	}
	works()
	between.stop()
	for _, f := range rootFields() {
		if f.kind != "query" {
			continue
		}
		began := time.Now()
		got := p.ask(t, user(0, f.role), "{ fine: __typename "+f.call(nil, "{ __typename }")+" }", nil)
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("%s took %v", f.Name, waited)
		}
		equal(t, f.Name, map[string]any{"code": "SERVICE_UNAVAILABLE"}, got.only(t).Extensions)
		equal(t, f.Name, map[string]any{"fine": "Query", f.Name: nil}, got.Data)
		if message := got.only(t).Message; strings.Contains(message, "connect") || strings.Contains(message, "127.0.0.1") {
			t.Errorf("message %q", message)
		}
		for _, line := range log.lines(t) {
			equal(t, "log", []any{"WARN", requestID}, []any{line["level"], line["requestId"]})
		}
	}
	live := (&platform{DB: &testdb.DB{DB: opened}}).live(t)
	for _, f := range rootFields() {
		if f.kind != "subscription" {
			continue
		}
		began := time.Now()
		got, _ := live.subscribe(t, user(0), f.operation(nil, "{ __typename }"), nil).next(t)
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("%s took %v", f.Name, waited)
		}
		equal(t, f.Name, any("SERVICE_UNAVAILABLE"), got.code(t))
	}
	between.start(t)
	works()
}

// TestTimeIsUp has a request end while its statement waits for a lock.
func TestTimeIsUp(t *testing.T) {
	t.Parallel()
	p := newPlatform(testdb.PostgreSQL(t))
	p.together(t, func() { household(t, p) })
	locked := p.Write.Begin()
	defer locked.Rollback()
	if err := locked.Exec("LOCK TABLE video_metadata IN ACCESS EXCLUSIVE MODE").Error; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(models.WithRequestID(t.Context(), requestID), 200*time.Millisecond)
	defer cancel()
	ctx = graphql.StartOperationTrace(ctx)
	query := fmt.Sprintf("{ videosMetadata(ids: %s) { id } videos(ids: %s) { id } }", quoted(series(videoID, 0, 2)...), quoted(series(videoID, 0, 2)...))
	operation, refused := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
	if refused != nil {
		t.Fatal(refused)
	}
	handler, ctx := p.executor.DispatchOperation(ctx, operation)
	response := handler(ctx)
	if len(response.Errors) != 1 || response.Errors[0].Extensions["code"] != "SERVICE_UNAVAILABLE" || response.Errors[0].Path.String() != "videosMetadata" {
		t.Errorf("errors %v", response.Errors)
	}
	if want := `"videos":[{"id":"` + videoID(0).String(); !strings.Contains(string(response.Data), want) {
		t.Errorf("data %s", response.Data)
	}
}
