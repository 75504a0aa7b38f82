package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"reelgraph/internal/database"
	"reelgraph/internal/events"
	"reelgraph/internal/live"
	"reelgraph/internal/loaders"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
	"reelgraph/models"
)

var quiet = slog.New(slog.DiscardHandler)

// scraped are the lines of the metrics of a name, without the comments.
func scraped(t *testing.T, m *Metrics, name string) []string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Errorf("a scrape is answered with %d", answer.Code)
	}
	var lines []string
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, name+"{") || strings.HasPrefix(line, name+" ") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func want(t *testing.T, m *Metrics, name string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, scraped(t, m, name)); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// everything has each source tell something.
var everything = Sources{
	Live: func() []live.Stats {
		return []live.Stats{{Kind: "jobs", Objects: 1, Watchers: 2, Reads: 3, Read: 4, Handed: 5, Superseded: 6}}
	},
	Shared: func() []loaders.Stats {
		return []loaders.Stats{{Kind: "videos", Asked: 1, Refused: 2, Waiting: 3, Reading: 4}}
	},
	Server: func() server.Stats { return server.Stats{Sockets: 1, EventStreams: 2, SocketOperations: 3} },
	Hints: func() events.Stats {
		return events.Stats{Published: 1, Sent: 2, Received: 3, Lost: 4, Dropped: 5, NATS: true, Connected: true}
	},
	Pools: func() []database.PoolStats {
		return []database.PoolStats{{Name: "main", InUse: 1, Idle: 2, Max: 3, Waits: 4, Waited: 5 * time.Second}}
	},
	Queue: func(context.Context) ([]store.QueueState, error) {
		ago := time.Now().Add(-time.Minute)
		return []store.QueueState{{Kind: models.AIJobKindRemix, Queued: 1, Processing: 2, Oldest: &ago}, {Kind: models.AIJobKindCaption}}, nil
	},
}

// TestNames: they follow the conventions, as far as promlint knows them.
func TestNames(t *testing.T) {
	t.Parallel()
	m := New(Options{Version: "v1", Logger: quiet})
	m.Collect(everything)
	m.Statement("VideosByID", time.Millisecond, 3, nil)
	m.Request("/graphql", "POST", 200, time.Millisecond)
	m.SharedRead("videos", 3, 2)
	m.LiveLag("jobs", time.Millisecond)
	answer(t, m, operation{name: "Poll", text: `query Poll { videos(ids: ["1", "2"]) { id } }`, cost: 7}, nil)
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, namespace) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestSources: what a room counts is told as it is, and what is not there is not told.
func TestSources(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{Logger: quiet})
		m.Collect(everything)
		for name, lines := range map[string][]string{
			"live_objects":                     {`{kind="jobs"} 1`},
			"live_watchers":                    {`{kind="jobs"} 2`},
			"live_reads_total":                 {`{kind="jobs"} 3`},
			"live_read_objects_total":          {`{kind="jobs"} 4`},
			"live_deliveries_total":            {`{kind="jobs"} 5`},
			"live_superseded_total":            {`{kind="jobs"} 6`},
			"shared_read_asked_ids_total":      {`{kind="videos"} 1`},
			"shared_read_refused_total":        {`{kind="videos"} 2`},
			"shared_read_waiting_asks":         {`{kind="videos"} 3`},
			"shared_reads_running":             {`{kind="videos"} 4`},
			"sockets_open":                     {` 1`},
			"event_streams_open":               {` 2`},
			"socket_operations_running":        {` 3`},
			"hint_ids_total":                   {`{event="lost"} 4`, `{event="published"} 1`, `{event="received"} 3`, `{event="sent"} 2`},
			"hint_messages_dropped_total":      {` 5`},
			"nats_connected":                   {` 1`},
			"db_connections_in_use":            {`{pool="main"} 1`},
			"db_connections_idle":              {`{pool="main"} 2`},
			"db_connections_max":               {`{pool="main"} 3`},
			"db_connection_waits_total":        {`{pool="main"} 4`},
			"db_connection_wait_seconds_total": {`{pool="main"} 5`},
			"queue_oldest_age_seconds":         {`{kind="CAPTION"} 0`, `{kind="REMIX"} 60`},
			"queue_jobs": {
				`{kind="CAPTION",status="PROCESSING"} 0`, `{kind="CAPTION",status="QUEUED"} 0`,
				`{kind="REMIX",status="PROCESSING"} 2`, `{kind="REMIX",status="QUEUED"} 1`,
			},
		} {
			for i := range lines {
				lines[i] = namespace + name + lines[i]
			}
			want(t, m, namespace+name, lines...)
		}
		alone := New(Options{Logger: quiet})
		alone.Collect(Sources{Hints: func() events.Stats { return events.Stats{} }})
		want(t, alone, namespace+"nats_connected")
		want(t, alone, namespace+"queue_jobs")
	})
}

// TestQueue is asked for every 5 seconds at most, for a second at most, and where that fails the rest is told all the same.
func TestQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{Logger: quiet})
		asked, broken := 0, false
		m.Collect(Sources{Server: everything.Server, Queue: func(ctx context.Context) ([]store.QueueState, error) {
			asked++
			if broken {
				<-ctx.Done()
				return nil, errors.Join(errors.New("the database is away"), ctx.Err())
			}
			return everything.Queue(ctx)
		}})
		for _, step := range []struct {
			after         time.Duration
			broken        bool
			asked, queues int
		}{
			{0, false, 1, 4}, {4 * time.Second, true, 1, 4}, {time.Second, true, 2, 0}, {time.Second, false, 2, 0}, {5 * time.Second, false, 3, 4},
		} {
			time.Sleep(step.after) //nolint:forbidigo // of a bubble's time
			broken = step.broken
			began := time.Now()
			if queues := len(scraped(t, m, namespace+"queue_jobs")); queues != step.queues || asked != step.asked {
				t.Errorf("asked %d times, %d metrics; want %+v", asked, queues, step)
			}
			if took := time.Since(began); took > queueTimeout {
				t.Errorf("a scrape takes %v", took)
			}
			want(t, m, namespace+"sockets_open", namespace+"sockets_open 1")
		}
	})
}

// TestRequests: no client can make a label of its own.
func TestRequests(t *testing.T) {
	t.Parallel()
	m := New(Options{Logger: quiet})
	m.Request("/graphql", "POST", 200, 3*time.Millisecond)
	m.Request("POST /v1/videos/batch-metadata", "POST", 429, time.Millisecond)
	m.Request("", "BREW", 400, time.Millisecond)
	m.Request("/graphql", "GET", 0, 0)
	want(t, m, namespace+"http_requests_total",
		`reelgraph_http_requests_total{method="GET",route="/graphql",status="none"} 1`,
		`reelgraph_http_requests_total{method="POST",route="/graphql",status="200"} 1`,
		`reelgraph_http_requests_total{method="POST",route="/v1/videos/batch-metadata",status="429"} 1`,
		`reelgraph_http_requests_total{method="other",route="none",status="400"} 1`,
	)
	want(t, m, namespace+"http_request_duration_seconds_count",
		`reelgraph_http_request_duration_seconds_count{route="/graphql"} 1`,
		`reelgraph_http_request_duration_seconds_count{route="/v1/videos/batch-metadata"} 1`,
		`reelgraph_http_request_duration_seconds_count{route="none"} 1`,
	)
}

func TestStatements(t *testing.T) {
	t.Parallel()
	m := New(Options{Logger: quiet})
	m.Statement("VideosByID", time.Millisecond, 20, nil)
	m.Statement("VideosByID", time.Millisecond, -1, io.EOF)
	want(t, m, namespace+"sql_statements_total",
		`reelgraph_sql_statements_total{error="false",method="VideosByID"} 1`, `reelgraph_sql_statements_total{error="true",method="VideosByID"} 1`)
	want(t, m, namespace+"sql_rows_total", `reelgraph_sql_rows_total{method="VideosByID"} 20`)
	want(t, m, namespace+"sql_statement_duration_seconds_count", `reelgraph_sql_statement_duration_seconds_count{method="VideosByID"} 2`)
}

// TestTwoOfAKind: each Metrics counts for itself, as several servers in one process must.
func TestTwoOfAKind(t *testing.T) {
	t.Parallel()
	one, other := New(Options{Logger: quiet}), New(Options{Logger: quiet})
	one.LiveLag("jobs", time.Second)
	if lines := scraped(t, other, namespace+"live_lag_seconds_count"); len(lines) > 0 {
		t.Errorf("the other tells of %q", lines)
	}
	if !slices.Contains(scraped(t, one, namespace+"live_lag_seconds_count"), `reelgraph_live_lag_seconds_count{kind="jobs"} 1`) {
		t.Error("the one does not tell")
	}
}

func BenchmarkRequest(b *testing.B) {
	m := New(Options{Logger: quiet})
	b.ReportAllocs()
	for b.Loop() {
		m.Request("/graphql", http.MethodPost, http.StatusOK, time.Millisecond)
	}
}
