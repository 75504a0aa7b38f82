package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/server/playground"
)

// TestObserve: each request is told of by its route, whatever its path, and /metrics is there where somebody answers it.
func TestObserve(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	url, _ := start(t, func(o *Options) {
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "metrics") })
		o.Playground = playground.Handler(playground.Options{}) // with routes of its own
		o.Observe = func(route, method string, status int, after time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprint(method, " ", route, " ", status, " ", after > 0))
		}
	})
	for _, r := range []string{"GET /graphql?query={__typename}", "PUT /graphql", "GET /", "GET /somebody/else", "GET /healthz", "POST /metrics", "DELETE //metrics", "OPTIONS /v1/videos/batch-metadata"} {
		method, path, _ := strings.Cut(r, " ")
		call(t, method, url+path, "")
	}
	if response, body := call(t, "GET", url+"/metrics", ""); response.StatusCode != http.StatusOK || body != "metrics" || response.Header.Get("Cache-Control") != uncacheable {
		t.Errorf("/metrics is answered with %d %s, %s", response.StatusCode, body, response.Header.Get("Cache-Control"))
	}
	without, _ := start(t, nil)
	if response, _ := call(t, "GET", without+"/metrics", ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("without metrics, /metrics is answered with %d", response.StatusCode)
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(told)
	if diff := cmp.Diff([]string{
		"DELETE /metrics 307 true", "GET / 200 true", "GET / 404 true", "GET /graphql 200 true", "GET /healthz 200 true", "GET /metrics 200 true",
		"OPTIONS /v1/videos/batch-metadata 405 true", "POST /metrics 405 true", "PUT /graphql 405 true",
	}, told); diff != "" {
		t.Error(diff)
	}
}

// TestClientsThatLeaveHaveNoStatus, since nobody has seen one.
func TestClientsThatLeaveHaveNoStatus(t *testing.T) {
	t.Parallel()
	options, log := testOptions(t)
	var told []int
	options.Observe = func(_, _ string, status int, _ time.Duration) { told = append(told, status) }
	s := New(options)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	for range 2 {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/graphql?query={__typename}", nil))
		leave()
	}
	if !slices.Equal(told, []int{200, 0}) || !strings.Contains(log.String(), `"status":0`) {
		t.Errorf("told of %v, and the log says %s", told, log)
	}
}

// TestObserveWhatTheRoutesHaveNotSeen: a request is told of by its route, even where the routes were given a copy of it, as by a
// tracer, or nothing, as of a preflight.
func TestObserveWhatTheRoutesHaveNotSeen(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	var told []string
	options.Observe = func(route, method string, status int, _ time.Duration) {
		told = append(told, fmt.Sprint(method, " ", route, " ", status))
	}
	options.Origins = []string{"https://app.example"}
	options.Around = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(r.Context())) })
	}
	s := New(options)
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/graphql?query={__typename}", nil))
	preflight := httptest.NewRequest("OPTIONS", "/graphql", nil)
	preflight.Header.Set("Origin", "https://app.example")
	preflight.Header.Set("Access-Control-Request-Method", "POST")
	s.ServeHTTP(httptest.NewRecorder(), preflight)
	if diff := cmp.Diff([]string{"GET /graphql 200", "OPTIONS /graphql 204"}, told); diff != "" {
		t.Error(diff)
	}
}
