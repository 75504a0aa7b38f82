package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

// ready is an executor that has its answer already: what is left is this package's own work.
type ready struct {
	graphql.GraphExecutor
	operation *ast.OperationDefinition
	data      []byte
	cost      *models.Cost
}

func (e *ready) CreateOperationContext(_ context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	return &graphql.OperationContext{RawQuery: params.Query, Variables: params.Variables, Operation: e.operation}, nil
}

func (e *ready) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return func(context.Context) *graphql.Response {
		return &graphql.Response{Data: e.data, Extensions: map[string]any{models.CostStats: e.cost}}
	}, ctx
}

// sink is a ResponseWriter that costs next to nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// replayed is a body that can be sent again.
type replayed struct{ bytes.Reader }

func (*replayed) Close() error { return nil }

// pollOf is the body of a poll of so many videos.
func pollOf(b *testing.B, ids int) []byte {
	b.Helper()
	list := make([]string, ids)
	for i := range list {
		list[i] = uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)).String()
	}
	body, err := json.Marshal(map[string]any{
		"operationName": "Poll", "variables": map[string]any{"ids": list},
		"query": "query Poll($ids: [ID!]!) {\n  videosMetadata(ids: $ids) {\n    videoId\n    viewCount\n    likeCount\n    commentCount\n    remixCount\n    glitchCount\n  }\n}",
	})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// answerTo is data of some 2 KB, as a poll of 20 videos has it.
func answerTo(ids int) []byte {
	var data bytes.Buffer
	for i := range ids {
		id := uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i))
		fmt.Fprintf(&data, `,{"videoId":"%s","viewCount":%d,"likeCount":%d,"commentCount":7,"remixCount":1}`, id, 1000*i, 10*i)
	}
	return []byte(`{"videosMetadata":[` + data.String()[1:] + `]}`)
}

// everything are options with all that costs a request something, and a token.
func everything(b *testing.B) (Options, string) {
	b.Helper()
	config := auth.Config{Secret: secret}
	verifier, err := auth.New(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	token, err := config.Sign(models.Caller{ID: models.ID{15: 1}, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	return Options{
		Executor: &ready{operation: &ast.OperationDefinition{Operation: ast.Query}, data: answerTo(20), cost: &models.Cost{Requested: 20, Limit: 1000}},
		Verifier: verifier,
		Admit:    func(ctx context.Context) *gqlerror.Error { _ = models.PartyFrom(ctx); return nil },
		Ready:    func(context.Context) error { return nil },
		Observe:  func(string, string, int, time.Duration) {},
		Logger:   slog.New(slog.DiscardHandler),
	}, token
}

// BenchmarkPost is a poll of 20 videos on its whole way but for the executor. What it takes beyond "bare" is the price of this package.
func BenchmarkPost(b *testing.B) {
	options, token := everything(b)
	body := pollOf(b, 20)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buf := borrowBuffer()
		defer returnBuffer(buf)
		_, _ = buf.ReadFrom(r.Body)
		writeBytes(w, http.StatusOK, mediaJSON, options.Executor.(*ready).data)
	})
	for _, bench := range []struct {
		name    string
		handler http.Handler
		headers []string
	}{
		{"bare", bare, nil},
		{"anonymous", New(options), nil},
		{"token", New(options), []string{"Authorization", "Bearer " + token}},
		{"gzip", New(options), []string{"Accept-Encoding", "gzip, deflate, br"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			w, sent := &sink{http.Header{}}, &replayed{}
			request := &http.Request{
				Method: http.MethodPost, URL: &url.URL{Path: "/graphql"}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "api.example",
				Header:     http.Header{"Content-Type": {"application/json"}, "Accept": {"application/graphql-response+json, application/json"}},
				RemoteAddr: "192.0.2.7:51234", ContentLength: int64(len(body)), Body: sent,
			}
			for i := 0; i < len(bench.headers); i += 2 {
				request.Header.Set(bench.headers[i], bench.headers[i+1])
			}
			request = request.WithContext(b.Context())
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				sent.Reset(body)
				asked := *request // net/http has a new one each time
				bench.handler.ServeHTTP(w, &asked)
			}
		})
	}
}

func BenchmarkReadBody(b *testing.B) {
	for _, ids := range []int{1, 20, 100} {
		body := pollOf(b, ids)
		b.Run(fmt.Sprint(ids), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, no := parseBody(body); no != nil {
					b.Fatal(no.message)
				}
			}
		})
	}
}

func BenchmarkReadAccept(b *testing.B) {
	for name, header := range map[string]string{
		"any":    "*/*",
		"apollo": "application/graphql-response+json,application/json;q=0.9",
		"urql":   "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
		"long":   strings.Repeat("a/b;c=d,", 500),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = readAccept([]string{header})
			}
		})
	}
}
