package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"reelgraph/graph"
	"reelgraph/internal/auth"
	"reelgraph/internal/database"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// frugal is a server whose callers have so many points a minute. It has no database: what the tests ask for needs none.
func frugal(t *testing.T, points int, proxies ...netip.Prefix) *server.Server {
	t.Helper()
	verifier, err := auth.New(t.Context(), auth.Config{Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	rates := graph.NewRateLimit(points)
	return server.New(server.Options{
		Executor: graph.NewExecutor(graph.Options{
			Store: store.New(&database.DB{}), MaxBatchSize: 100, MaxComplexity: 50, RateLimit: rates, Logger: quiet,
		}),
		Admit:    rates.Admit,
		Verifier: verifier, Logger: quiet, TrustedProxies: proxies,
	})
}

// asking is a request of a query; headers are "Name: value" lines.
func asking(method, query string, headers ...string) *http.Request {
	target, body := "/graphql", ""
	if method == http.MethodPost {
		text, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			panic(err) // text always is JSON
		}
		body = string(text)
	} else {
		target += "?query=" + url.QueryEscape(query)
	}
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	return request
}

// statuses are those of the same request, said so many times.
func statuses(s http.Handler, times int, request func() *http.Request) (all []int) {
	for range times {
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, request())
		all = append(all, answer.Code)
	}
	return all
}

// TestRateLimitInEveryForm uses the points up, and then asks in each way there is.
func TestRateLimitInEveryForm(t *testing.T) {
	t.Parallel()
	const jsonText, graphQL, problem = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8", "application/problem+json; charset=utf-8"
	const events, payloads = "Accept: text/event-stream", "Accept: multipart/mixed;subscriptionSpec=1.0,application/json"
	const subscription = `subscription { videosMetadataChanged(ids: []) { viewCount } }`
	rest := func() *http.Request {
		request := httptest.NewRequest(http.MethodPost, "/v1/videos/batch-metadata", strings.NewReader(`{"video_ids":[]}`))
		request.Header.Set("Content-Type", "application/json")
		return request
	}
	for name, test := range map[string]struct {
		request *http.Request
		media   string
	}{
		"POST":                        {asking("POST", "{ __typename }"), jsonText},
		"POST, as JSON":               {asking("POST", "{ __typename }", "Accept: application/json"), jsonText},
		"POST, as GraphQL":            {asking("POST", "{ __typename }", "Accept: application/graphql-response+json"), graphQL},
		"POST, as an event":           {asking("POST", "{ __typename }", events), jsonText},
		"POST, what cannot be parsed": {asking("POST", "{"), jsonText},
		"POST, no JSON":               {sent("{"), jsonText},
		"a mutation":                  {asking("POST", "mutation { __typename }"), jsonText},
		"GET":                         {asking("GET", "{ __typename }", "Accept: application/graphql-response+json"), graphQL},
		"HEAD":                        {asking("HEAD", "{ __typename }"), jsonText},
		"a subscription by events":    {asking("POST", subscription, events), jsonText},
		"an EventSource":              {asking("GET", subscription, events), jsonText},
		"a subscription by parts":     {asking("POST", subscription, payloads), jsonText},
		"in parts": {
			asking("POST", "{ ... @defer { __typename } }", "Accept: multipart/mixed;deferSpec=20220824,application/graphql-response+json"), graphQL,
		},
		"over REST": {rest(), problem},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := frugal(t, 30)
				if got := statuses(s, 1, func() *http.Request { return asking("POST", points(30)) }); got[0] != 200 {
					t.Fatal(got)
				}
				answer := httptest.NewRecorder()
				s.ServeHTTP(answer, test.request)
				if answer.Code != 429 || answer.Header().Get("Retry-After") != "2" || answer.Header().Get("Content-Type") != test.media {
					t.Errorf("%d %v", answer.Code, answer.Header())
				}
				if got := answer.Header().Get("Cache-Control"); got != "private, no-store" {
					t.Errorf("Cache-Control %q", got)
				}
				const message = "No points are left, of 30 a minute. Try again in 2 s."
				want := map[string]any{"errors": []any{map[string]any{"message": message, "extensions": map[string]any{
					"code": "RATE_LIMITED", "limit": 30.0, "retryAfter": 2.0,
				}}}}
				if test.media == problem {
					want = map[string]any{
						"type": "about:blank", "title": "Too Many Requests", "status": 429.0, "detail": message,
						"code": "RATE_LIMITED", "limit": 30.0, "retryAfter": 2.0,
					}
				}
				var got map[string]any
				if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
					t.Fatalf("%s: %v", answer.Body, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("want -, got +\n%s", diff)
				}
				<-time.After(2 * time.Second)
				if got := statuses(s, 2, func() *http.Request { return asking("POST", "{ __typename }") }); got[0] != 200 || got[1] != 429 {
					t.Errorf("2 s later: %v", got)
				}
			})
		})
	}
}

// sent is a POST of whatever text.
func sent(text string) *http.Request {
	request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(text))
	request.Header.Set("Content-Type", "application/json")
	return request
}

// TestBodiesArePaid is about requests that no operation can be read from.
func TestBodiesArePaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, request := range map[string]func() *http.Request{
			"no JSON":       func() *http.Request { return sent("{") },
			"another type":  func() *http.Request { return sent(`{"query":1}`) },
			"no parameters": func() *http.Request { return httptest.NewRequest(http.MethodGet, "/graphql", http.NoBody) },
			"no JSON over REST": func() *http.Request {
				request := sent("{")
				request.URL.Path = "/v1/videos/batch-metadata"
				return request
			},
		} {
			if got := statuses(frugal(t, 2), 3, request); !cmp.Equal(got, []int{400, 400, 429}) {
				t.Errorf("%s: %v", name, got)
			}
		}
	})
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

// TestBodyIsNotReadWithoutPoints sends one, after asking whether to, when nothing is left.
func TestBodyIsNotReadWithoutPoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := frugal(t, 1)
		statuses(s, 1, func() *http.Request { return asking("POST", "{ __typename }") })
		for _, path := range []string{"/graphql", "/v1/videos/batch-metadata"} {
			request := httptest.NewRequest(http.MethodPost, path, unread{t})
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Expect", "100-continue")
			if got := statuses(s, 1, func() *http.Request { return request }); got[0] != 429 {
				t.Errorf("%s: %v", path, got)
			}
		}
	})
}

// points is a query that costs so many.
func points(count int) string {
	var text strings.Builder
	for n := range count {
		fmt.Fprintf(&text, " a%d: __typename", n)
	}
	return "{" + text.String() + " }"
}

// TestRateLimitOfCallers is about who is limited together with whom.
func TestRateLimitOfCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		issuer := auth.Config{Secret: []byte(secret)}
		token := func(n int, roles ...models.Role) string {
			text, err := issuer.Sign(models.Caller{ID: numbered(0xaa, n), Roles: roles, ExpiresAt: time.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			return "Authorization: Bearer " + text
		}
		s := frugal(t, 2)
		expect := func(s http.Handler, who string, first, third int, headers ...string) {
			t.Helper()
			got := statuses(s, 3, func() *http.Request { return asking("POST", "{ __typename }", headers...) })
			if want := []int{first, first, third}; !cmp.Equal(want, got) {
				t.Errorf("%s: %v, want %v", who, got, want)
			}
		}
		for n := range 10 {
			expect(s, fmt.Sprintf("user %d", n), 200, 429, token(n))
		}
		expect(s, "a user who was here", 429, 429, token(3))
		expect(s, "a worker", 200, 200, token(3, models.RoleWorker))
		expect(s, "a service", 200, 200, token(3, models.RoleService))
		expect(s, "an administrator who was here", 429, 429, token(3, models.RoleAdmin))
		expect(s, "an address", 200, 429)
		expect(s, "the address, saying that it is another", 429, 429, "X-Forwarded-For: 198.51.100.7")

		behind := frugal(t, 2, netip.MustParsePrefix("192.0.2.0/24")) // which httptest's requests come from
		expect(behind, "a client of a proxy", 200, 429, "X-Forwarded-For: 198.51.100.7")
		expect(behind, "another client of the proxy", 200, 429, "X-Forwarded-For: 198.51.100.8")
		expect(behind, "the first, saying that it is another", 429, 429, "X-Forwarded-For: 198.51.100.9, 198.51.100.7")
		expect(behind, "a user who goes through the proxy", 200, 429, token(3), "X-Forwarded-For: 198.51.100.7")
		expect(behind, "the user at another address", 429, 429, token(3), "X-Forwarded-For: 198.51.100.10")
		expect(behind, "the proxy itself", 200, 429)
	})
}

// TestRateLimitIsASetting comes in by the front door, as do the clients of a proxy that is trusted.
func TestRateLimitIsASetting(t *testing.T) {
	t.Parallel()
	p := start(t, with(serving(t, testdb.SQLite(t)), map[string]string{"RATE_LIMIT": "1", "TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "debug"}))
	statusFor := func(client string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/graphql?query={__typename}", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Forwarded-For", client)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	got := []int{statusFor("198.51.100.7"), statusFor("198.51.100.8"), statusFor("198.51.100.7"), statusFor("198.51.100.8")}
	if want := []int{200, 200, 429, 429}; !cmp.Equal(want, got) {
		t.Errorf("%v, want %v", got, want)
	}
	if strings.Contains(p.stderr.String(), "198.51.100.") {
		t.Errorf("the log has an address:\n%s", p.stderr)
	}
}

// TestRateLimitOverSockets takes one point a minute, so that nothing comes back while the test runs.
func TestRateLimitOverSockets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ start, next, refused string }{
		"graphql-transport-ws": {"subscribe", "next", `[%s]`},
		"graphql-ws":           {"start", "data", `%s`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := httptest.NewServer(frugal(t, 1))
			t.Cleanup(listener.Close)
			s := greet(t, listener.URL, name)
			ask := func(id, query string) message {
				s.say(t, map[string]any{"id": id, "type": test.start, "payload": map[string]string{"query": query}})
				for {
					if m := s.hear(t); m.ID != "" && m.Type != "complete" {
						return m
					}
				}
			}
			const told = `{"data":{"__typename":"Query"},"extensions":{"cost":{"requested":1,"limit":50}}}`
			if m := ask("1", "{ __typename }"); m.Type != test.next || string(m.Payload) != told {
				t.Errorf("%s %s", m.Type, m.Payload)
			}
			for id, query := range map[string]string{
				"2": "{ __typename }", "3": "mutation { __typename }", "4": "subscription { videosMetadataChanged(ids: []) { viewCount } }", "5": "{",
			} {
				m := ask(id, query)
				var wait int
				form := fmt.Sprintf(test.refused, `{"message":"No points are left, of 1 a minute. Try again in %d s.","extensions":{"code":"RATE_LIMITED","limit":1,"retryAfter":%d}}`)
				if _, err := fmt.Sscanf(string(m.Payload[strings.LastIndex(string(m.Payload), ":")+1:]), "%d", &wait); err != nil || wait < 1 || wait > 60 {
					t.Errorf("%s: come back in %d s: %v", query, wait, err)
				}
				if want := fmt.Sprintf(form, wait, wait); m.ID != id || m.Type != "error" || string(m.Payload) != want {
					t.Errorf("%s: %s %s, want %s", query, m.Type, m.Payload, want)
				}
			}
			// Another socket of the address finds nothing left, and this one lives.
			other := greet(t, listener.URL, name)
			other.say(t, map[string]any{"id": "1", "type": test.start, "payload": map[string]string{"query": "{ __typename }"}})
			for m := other.hear(t); m.Type != "error"; m = other.hear(t) {
				if m.Type != "ka" {
					t.Fatalf("%s %s", m.Type, m.Payload)
				}
			}
		})
	}
}

// greet opens a socket of somebody anonymous.
func greet(t *testing.T, url, protocol string) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url+"/graphql", &websocket.DialOptions{Subprotocols: []string{protocol}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	s := &socket{conn}
	s.say(t, map[string]any{"type": "connection_init"})
	if m := s.hear(t); m.Type != "connection_ack" {
		t.Fatalf("greeted with %+v", m)
	}
	return s
}

// TestCostInEveryForm reads what answers tell of their cost.
func TestCostInEveryForm(t *testing.T) {
	t.Parallel()
	s := frugal(t, 0)
	const whole = `{"data":{"__typename":"Query"},"extensions":{"cost":{"requested":1,"limit":50}}}`
	for name, test := range map[string]struct {
		request *http.Request
		want    string
	}{
		"POST, as JSON":    {asking("POST", "{ __typename }"), whole},
		"POST, as GraphQL": {asking("POST", "{ __typename }", "Accept: application/graphql-response+json"), whole},
		"GET":              {asking("GET", "{ __typename }"), whole},
		"as an event":      {asking("POST", "{ __typename }", "Accept: text/event-stream"), ":\n\nevent: next\nid: 1\ndata: " + whole + "\n\nevent: complete\ndata:\n\n"},
		"refused": {
			asking("POST", points(51)), `{"errors":[{"message":"The operation costs 51, more than the limit of 50.","extensions":{"actual":51,"code":"COMPLEXITY_LIMIT_EXCEEDED","limit":50}}],` +
				`"extensions":{"cost":{"requested":51,"limit":50}}}`,
		},
		"with an error of a field": {
			asking("POST", "{ feed(first: 0) { nodes { id } } }"),
			`{"errors":[{"message":"` + "`first` is a number from 1 to 100." + `","path":["feed"],"locations":[{"line":1,"column":3}],"extensions":{"argument":"first","code":"BAD_USER_INPUT"}}],` +
				`"data":{"feed":null},"extensions":{"cost":{"requested":1,"limit":50}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := httptest.NewRecorder()
			s.ServeHTTP(answer, test.request)
			if got := answer.Body.String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	// In parts, the first alone.
	url := httptest.NewServer(s)
	t.Cleanup(url.Close)
	for i, piece := range askDeferred(t, url.URL, "{ __typename ... @defer { later: feed(first: 0) { nodes { id } } } }") {
		if told := strings.Contains(piece, `"extensions":{"cost":{"requested":2,"limit":50}}`); told != (i == 0) {
			t.Errorf("part %d: %s", i, piece)
		}
	}
}
