package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/vektah/gqlparser/v2/gqlerror"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"reelgraph/models"
)

// recording is a Tracer whose spans are kept.
func recording() (*Tracer, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	return &Tracer{provider, provider.Tracer(service)}, spans
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"": "SQL", "VACUUM": "SQL", "BEGIN": "BEGIN", "COMMIT": "COMMIT", "ROLLBACK": "ROLLBACK", "SELECT 1": "SELECT",
		`SELECT "videos"."id" FROM "videos" WHERE id = ANY($1)`:                                     "SELECT videos",
		"select a from `users`":                                                                     "SELECT users",
		"\n\t\tUPDATE videos SET title = (SELECT 1 FROM users)\n":                                   "UPDATE videos",
		"DELETE FROM video_ranks WHERE video_id NOT IN (SELECT video_id FROM x)":                    "DELETE video_ranks",
		"INSERT INTO batches(caller_id) VALUES ($1)":                                                "INSERT batches",
		"WITH told (id) AS (SELECT id FROM unnest($1)) INSERT INTO videos (id) SELECT 1 FROM b":     "INSERT videos",
		"SELECT extract(epoch FROM now()), (SELECT 1 FROM a) FROM ai_jobs, b":                       "SELECT ai_jobs",
		"SELECT n FROM (SELECT 1 FROM a) AS x":                                                      "SELECT",
		"WITH a AS (UPDATE ai_jobs SET x = 1 RETURNING id) SELECT id FROM a ORDER BY id FOR UPDATE": "SELECT a",
	} {
		if got := summary(sql); got != want {
			t.Errorf("%s is %q, want %q", sql, got, want)
		}
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("x: %w", &pgconn.PgError{Code: "23505", Detail: "Key (handle)=(secret) already exists."}), "23505"},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), "timeout"},
		{context.Canceled, "canceled"},
		{errors.New("secret"), "error"},
	} {
		if got := failure(test.err); got != test.want {
			t.Errorf("%v is %q, want %q", test.err, got, test.want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want models.Code
	}{
		{fmt.Errorf("x: %w", models.Unavailable(nil)), models.CodeServiceUnavailable},
		{&gqlerror.Error{Extensions: map[string]any{"code": "GRAPHQL_PARSE_FAILED"}}, "GRAPHQL_PARSE_FAILED"},
		{&gqlerror.Error{Extensions: map[string]any{"code": models.CodeForbidden}}, models.CodeForbidden},
		{&gqlerror.Error{}, models.CodeBadUserInput},
		{errors.New("secret"), models.CodeInternalServerError},
	} {
		if got := codeOf(test.err); got != string(test.want) {
			t.Errorf("%v is %q, want %q", test.err, got, test.want)
		}
	}
}

// TestStatementsOfNoRequest: what runs beside requests, or after one has been answered, is not traced.
func TestStatementsOfNoRequest(t *testing.T) {
	t.Parallel()
	tracer, spans := recording()
	ctx, span := tracer.tracer.Start(t.Context(), "a field")
	tell := tracer.Statements("sqlite")
	tell(t.Context(), "SELECT 1", time.Now(), 1, nil)
	tell(ctx, "SELECT 1 FROM videos", time.Now(), -1, errors.New("secret"))
	span.End()
	tell(ctx, "SELECT 1", time.Now(), 1, nil)
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Name() != "SELECT videos" || ended[0].Parent().SpanID() != span.SpanContext().SpanID() {
		t.Fatalf("%d spans, the first %v", len(ended), ended)
	}
	if told := fmt.Sprint(ended[0].Attributes(), ended[0].Status(), ended[0].Events()); strings.Contains(told, "secret") || strings.Contains(told, "rows") {
		t.Errorf("a failed statement tells %s", told)
	}
}

// TestHandler: routes are few whatever is asked for, methods are HTTP's, and a panic goes on.
func TestHandler(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) })
	mux.HandleFunc("POST /v1/things", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("secret") })
	tracer, spans := recording()
	handler := tracer.Handler(mux)
	for _, request := range []struct{ method, path string }{
		{"POST", "/v1/things"}, {"GET", "/v1/nothing/secret?secret"}, {"SECRET", "/secret"}, {"GET", "/down"}, {"GET", "/metrics"}, {"GET", "/panic"},
	} {
		func() {
			defer func() {
				if cause := recover(); (cause != nil) != (request.path == "/panic") {
					t.Errorf("%s panics with %v", request.path, cause)
				}
			}()
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(request.method, request.path, nil))
		}()
	}
	var got []string
	for _, span := range spans.Ended() {
		got = append(got, span.Name()+" "+span.Status().Description)
		if strings.Contains(strings.ToLower(fmt.Sprint(span.Attributes(), span.Events())), "secret") {
			t.Errorf("%s tells %v", span.Name(), span.Attributes())
		}
	}
	if got, want := strings.Join(got, ", "), "POST /v1/things , GET / , _OTHER / , GET /down 503, GET /panic panic"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestNew: what cannot be used is told by its setting's name, without what it holds.
func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := New(t.Context(), "http://collector:4318/%zz", slog.New(slog.DiscardHandler)); err == nil || !strings.HasPrefix(err.Error(), "OTEL_EXPORTER_OTLP_ENDPOINT: ") {
		t.Errorf("the error is %v", err)
	}
}
