package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"reelgraph/internal/testdb"
)

// scrape reads what a program tells Prometheus.
func scrape(t *testing.T, p *program) map[string]*dto.MetricFamily {
	t.Helper()
	response, err := http.Get(p.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if media := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(media, "text/plain; version=0.0.4") {
		t.Errorf("a scrape is answered with %d, %s", response.StatusCode, media)
	}
	if caching := response.Header.Get("Cache-Control"); caching != "private, no-store" {
		t.Errorf("a scrape may be kept: %s", caching)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value is that of the metric with these labels, or of a histogram's count; labels are in the order of their names. -1: there is none.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	for _, m := range families[name].GetMetric() {
		var values []string
		for _, label := range m.GetLabel() {
			values = append(values, label.GetValue())
		}
		if !slices.Equal(values, labels) {
			continue
		}
		switch {
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount())
		case m.Counter != nil:
			return m.Counter.GetValue()
		}
		return m.Gauge.GetValue()
	}
	return -1
}

// exercise has a program do a bit of everything, and leaves a subscription running on a socket.
func exercise(t *testing.T, p *program) {
	t.Helper()
	token := tokenFor(t, "--user", someone, "--role", "ADMIN,SERVICE,WORKER")
	ids := `["` + someVideo + `", "` + someVideo + `"]`
	p.mustAsk(t, "", `query Poll { videosMetadata(ids: `+ids+`) { viewCount } videos(ids: `+ids+`) { owner { handle } } }`)
	p.mustAsk(t, "", `{ videosMetadata(ids: `+ids+`) { viewCount } }`)
	for _, refused := range []string{`{ nothing }`, `{`, `{ moderationLog { nodes { id } } }`} {
		if a, err := p.ask(t.Context(), "", refused); err != nil || len(a.Errors) != 1 {
			t.Errorf("%s is answered with %s (%v)", refused, a.Body, err)
		}
	}
	p.mustAsk(t, token, `mutation { grantCredits(batchId: "1", grants: [{userId: "`+someone+`", amount: 100}]) { __typename } }`)
	p.mustAsk(t, token, `mutation { startAIJob(input: {kind: REMIX, sourceVideoId: "`+someVideo+`"}) { job { queuePosition } } }`)
	response, err := http.Post(p.url+"/v1/videos/batch-metadata", "application/json", strings.NewReader(`{"video_ids": `+ids+`}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	s := dial(t, p)
	s.say(t, map[string]any{"id": "0", "type": "subscribe", "payload": map[string]any{"query": `subscription Mine { unreadNotificationsChanged { total } }`}})
	if m := s.hear(t); m.Type != "error" {
		t.Errorf("heard %+v", m)
	}
	s.watch(t)
	s.expect(t, viewed(0))
	view(t, p, token, 1)
	s.expect(t, viewed(1))
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		p := start(t, serving(t, db))
		exercise(t, p)
		// These are counted when their answer is on its way already.
		eventually(t, "the last are counted", func() bool {
			late := scrape(t, p)
			return value(late, "reelgraph_http_requests_total", "POST", "/v1/videos/batch-metadata", "200") == 1 && value(late, "reelgraph_live_lag_seconds", "counters") == 2
		})
		got := scrape(t, p)
		for name, wanted := range map[string]map[string]float64{
			"operations_total": {
				"OK query other-14": 1, "OK query anonymous": 1, "OK mutation anonymous": 3, "OK query V1VideosBatchMetadata": 1, "OK subscription anonymous": 1,
				"GRAPHQL_VALIDATION_FAILED unknown anonymous": 1, "GRAPHQL_PARSE_FAILED unknown anonymous": 1, "UNAUTHENTICATED query anonymous": 1, "UNAUTHENTICATED subscription other-15": 1,
			},
			"operation_duration_seconds":    {"query V1VideosBatchMetadata": 1, "subscription anonymous": 1},
			"field_ids":                     {"videosMetadata": 3, "videos": 1, "videosMetadataChanged": 1},
			"http_requests_total":           {"POST /v1/videos/batch-metadata 200": 1, "GET /graphql 101": 1},
			"http_request_duration_seconds": {"/v1/videos/batch-metadata": 1},
			"sql_statements_total":          {"false UsersByID": 1, "false StartAIJob": -2, "false writeGroups": -2, "false LiveVideoMetadata": -2},
			"sql_rows_total":                {"UsersByID": 1},
			"shared_read_ids":               {"users": 1, "videos": 1, "counters": 3},
			"shared_read_asked_ids_total":   {"users": 2, "videos": 2, "counters": 6},
			"live_objects":                  {"counters": 1, "jobs": 0},
			"live_watchers":                 {"counters": 1, "jobs": 0},
			"live_deliveries_total":         {"counters": 2},
			"live_lag_seconds":              {"counters": 2},
			"sockets_open":                  {"": 1},
			"socket_operations_running":     {"": 1},
			"event_streams_open":            {"": 0},
			"hint_ids_total":                {"published": -2, "sent": 0},
			"queue_jobs":                    {"REMIX QUEUED": 1, "REMIX PROCESSING": 0, "CAPTION QUEUED": 0},
			"operation_cost_points_total":   {"query": -2, "mutation": -2, "subscription": -2},
		} {
			for labels, count := range wanted {
				var values []string
				if labels != "" {
					values = strings.Split(labels, " ")
				}
				found := value(got, "reelgraph_"+name, values...)
				if some := count == -2; some && found < 1 || !some && found != count {
					t.Errorf("%s{%s} is %v, want %v", name, labels, found, count)
				}
			}
		}
		if age := value(got, "reelgraph_queue_oldest_age_seconds", "REMIX"); age < 0 || age > patience.Seconds() {
			t.Errorf("the oldest job has waited %v s", age)
		}
		for _, pool := range db.PoolStats() {
			if value(got, "reelgraph_db_connections_max", pool.Name) < 1 {
				t.Errorf("the pool %s has no connections", pool.Name)
			}
		}
	})
}

// TestStatementsOfClientsThatLeave have not failed; others of the same method have.
func TestStatementsOfClientsThatLeave(t *testing.T) {
	t.Parallel()
	measured := newMetrics(&documents{}, slog.New(slog.DiscardHandler))
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, ctx := range []context.Context{gone, t.Context()} {
		countStatements(measured)(ctx, "SELECT 1", time.Now(), -1, errors.New("interrupted"))
	}
	answer := httptest.NewRecorder()
	measured.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, failed := range []string{"false", "true"} {
		if want := `reelgraph_sql_statements_total{error="` + failed + `",method="other"} 1`; !strings.Contains(answer.Body.String(), want) {
			t.Errorf("there is no %s", want)
		}
	}
}

var metricName = regexp.MustCompile(`\breelgraph_[a-z0-9_]+`)

// namesIn are the names of metrics in a text, of histograms without what their parts have behind.
func namesIn(text string, told map[string]*dto.MetricFamily) []string {
	names := map[string]bool{}
	for _, name := range metricName.FindAllString(text, -1) {
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			if whole, is := strings.CutSuffix(name, part); is && told[whole] != nil {
				name = whole
			}
		}
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// TestMetricsAreDocumented: docs/operations.md explains what the program tells and nothing else, and the dashboard asks for
// nothing else.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	broker.Start()
	t.Cleanup(func() {
		broker.Shutdown()
		broker.WaitForShutdown()
	})
	p := start(t, with(serving(t, testdb.SQLite(t)), map[string]string{"NATS_URL": broker.ClientURL()}))
	eventually(t, "NATS is there", func() bool { return value(scrape(t, p), "reelgraph_nats_connected") == 1 })
	exercise(t, p)
	told := scrape(t, p)

	var names []string
	for name := range told {
		if strings.HasPrefix(name, "reelgraph_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, namesIn(string(content(t, "docs/operations.md")), told)); diff != "" {
		t.Errorf("docs/operations.md (+) and /metrics (-): %s", diff)
	}

	dashboard, err := os.ReadFile("docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var panels struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(dashboard, &panels); err != nil {
		t.Fatal(err)
	}
	for _, panel := range panels.Panels {
		for _, target := range panel.Targets {
			asked := namesIn(target.Expr, told)
			if len(asked) == 0 && !regexp.MustCompile(`\b(go|process)_`).MatchString(target.Expr) {
				t.Errorf("%s asks for no metric: %s", panel.Title, target.Expr)
			}
			for _, name := range asked {
				if told[name] == nil {
					t.Errorf("%s asks for %s, which there is none of", panel.Title, name)
				}
			}
		}
	}
	if len(panels.Panels) < 10 {
		t.Errorf("the dashboard has %d panels", len(panels.Panels))
	}
}
