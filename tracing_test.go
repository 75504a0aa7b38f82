package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/config"
	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
)

// send posts something with headers.
func send(t *testing.T, p *program, path string, headers map[string]string, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

// tracedRequests are operations, and what is traced of each.
var tracedRequests = []struct{ name, path, body, want string }{
	{
		"fields below fields", "/graphql", pollSecretly, `
	POST /graphql
		query Poll
			Query.videos
				SELECT videos
				Video.owner
					SELECT users
`,
	},
	{
		"an error of a field", "/graphql", `{"query": "{ notifications(first: 1000) { nodes { id } } }"}`, `
	POST /graphql
		query !BAD_USER_INPUT
			Query.notifications !BAD_USER_INPUT
`,
	},
	{
		"no operation of that name", "/graphql", `{"query": "query A { me { id } } query B { me { id } }", "operationName": "secretName"}`, `
	POST /graphql
		GraphQL operation !GRAPHQL_VALIDATION_FAILED
`,
	},
	{
		"too expensive", "/graphql", `{"query": "query Dear { ` + `feed(first: 100) { edges { node { title owner { id handle } } } } }"}`, `
	POST /graphql
		query Dear !COMPLEXITY_LIMIT_EXCEEDED
`,
	},
	{
		"REST", "/v1/videos/batch-metadata", `{"video_ids": ["` + someVideo + `"]}`, `
	POST /v1/videos/batch-metadata
		query V1VideosBatchMetadata
			Query.videosMetadata
				SELECT video_metadata
`,
	},
	{"no JSON", "/graphql", `secretText`, "\n\tPOST /graphql\n"},
	{"a bad token", "/graphql", `{"query": "{ __typename }"}`, "\n\tPOST /graphql\n"},
}

const (
	pollSecretly = `{"query": "query Poll($ids: [ID!]!) { secretAlias: videos(ids: $ids) { id title owner { handle } } }", "variables": {"ids": ["` + someVideo + `"]}}`
	// traced is the span that the client of all traces has.
	traced = "00f067aa0ba902b7"
)

// traceNumbered is a client's trace, and its header.
func traceNumbered(n int) (id, header string) {
	id = fmt.Sprintf("%032x", n+1)
	return id, "00-" + id + "-" + traced + "-01"
}

// TestTraces: what a request takes is told from HTTP to SQL, and nothing that is the client's.
func TestTraces(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		c := newCollector(t)
		p := start(t, with(serving(t, db), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.url, "MAX_COMPLEXITY": "300"}))
		token := tokenFor(t, "--user", someone)
		for n, request := range tracedRequests {
			_, header := traceNumbered(n)
			headers := map[string]string{
				"traceparent": header, "tracestate": "secret=state", "baggage": "secretBaggage=1", "User-Agent": "secretAgent",
				"Authorization": "Bearer " + token, "X-Request-Id": "secretRequest", "X-Forwarded-For": "192.0.2.77",
			}
			if request.name == "a bad token" {
				headers["Authorization"] += "secret"
			}
			send(t, p, request.path, headers, request.body)
		}
		unrecorded, header := traceNumbered(100)
		send(t, p, "/graphql", map[string]string{"traceparent": strings.TrimSuffix(header, "1") + "0"}, pollSecretly)
		p.get(t, "/healthz")

		all := c.after(t, p)
		for n, request := range tracedRequests {
			id, _ := traceNumbered(n)
			if diff := cmp.Diff(request.want, "\n"+all.of(id).tree(traced)); diff != "" {
				t.Errorf("%s: %s", request.name, diff)
			}
		}
		if len(all.of(unrecorded)) > 0 {
			t.Error("a trace is recorded whose client has said that it is not")
		}
		for _, s := range all {
			if s.parent == "" {
				t.Errorf("there is a trace of the server's own, %q", s.Name)
			}
		}
		wantAttributes(t, db, all)
		for _, secret := range []string{
			"secret", token, someone, someVideo, "127.0.0.1", "192.0.2.77", "Some One", "A video", "cdn.example.com",
		} {
			if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
				t.Errorf("the collector is told %q", secret)
			}
		}
		if !bytes.Contains(c.raw.Bytes(), []byte("reelgraph")) {
			t.Error("the collector is not told whose spans these are")
		}
	})
}

// TestTracesOfWrites: the statements of a transaction are traced below the mutation's field.
func TestTracesOfWrites(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		c := newCollector(t)
		p := start(t, with(serving(t, db), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.url}))
		other := "33333333-3333-4333-8333-333333333333"
		db.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, 'other', 'Other', 7)", other)
		p.mustAsk(t, tokenFor(t, "--user", someone), `mutation { blockUsers(ids: ["`+other+`"]) { blockedCount } }`)
		all := c.after(t, p)
		field := all.named(t, "Mutation.blockUsers")
		for _, name := range []string{"BEGIN", "INSERT user_blocks", "COMMIT"} {
			if all.named(t, name).parent != field.id {
				t.Errorf("%s is not below its field:\n%s", name, all.tree(""))
			}
		}
	})
}

// wantAttributes looks at what the spans of the first request say.
func wantAttributes(t *testing.T, db *testdb.DB, all spans) {
	t.Helper()
	id, _ := traceNumbered(0)
	own, system := all.of(id), "sqlite"
	if db.Dialect == database.PostgreSQL {
		system = "postgresql"
	}
	for name, want := range map[string]string{
		"POST /graphql": "http.request.method=POST http.response.status_code=200 http.route=/graphql",
		"query Poll":    "graphql.operation.name=Poll graphql.operation.type=query reelgraph.operation.cost=4",
		"Video.owner":   "",
	} {
		if diff := cmp.Diff(want, own.named(t, name).attributes()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	statement := own.named(t, "SELECT users").attributes()
	if !strings.HasPrefix(statement, "db.query.text=SELECT ") || !strings.Contains(statement, "FROM") ||
		!strings.HasSuffix(statement, " db.response.returned_rows=1 db.system.name="+system) {
		t.Errorf("a statement has %s", statement)
	}
	for _, s := range own {
		if s.EndTimeUnixNano < s.StartTimeUnixNano {
			t.Errorf("%s ends before it begins", s.Name)
		}
	}
}

// TestTracedFieldsAreBounded: a client cannot have the collector flooded by aliases.
func TestTracedFieldsAreBounded(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	p := start(t, with(serving(t, testdb.SQLite(t)), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.url}))
	var query strings.Builder
	for n := range 120 {
		fmt.Fprintf(&query, "a%d: videos(ids: []) { title } ", n)
	}
	p.mustAsk(t, "", "query "+strings.Repeat("Long", 100)+" {"+query.String()+"}")
	all := c.after(t, p)
	fields := 0
	for _, s := range all {
		if s.Name == "Query.videos" {
			fields++
		}
	}
	operation := all.named(t, "query "+strings.Repeat("Long", 20))
	if fields != 100 || !strings.Contains(operation.attributes(), "reelgraph.operation.fields_untraced=20") {
		t.Errorf("%d fields are traced, and the operation has %s", fields, operation.attributes())
	}
}

// TestTracesOfSockets: the request for a socket is no part of what is asked over it, and a subscription's trace ends when it has begun.
func TestTracesOfSockets(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	db := testdb.PostgreSQL(t)
	p := start(t, with(serving(t, db), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.url}))
	s := dial(t, p)
	const query = `subscription { videosMetadataChanged(ids: ["` + someVideo + `"]) { viewCount video { title } } }`
	s.say(t, map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query}})
	const shown = `{"data":{"videosMetadataChanged":{"viewCount":%d,"video":{"title":"A video"}}}}`
	s.expect(t, fmt.Sprintf(shown, 0))
	view(t, p, tokenFor(t, "--user", someone, "--role", "SERVICE"), 1)
	s.expect(t, fmt.Sprintf(shown, 1))
	_ = s.conn.CloseNow() // The server need not wait for it.
	all := c.after(t, p)
	upgrade, subscription := all.named(t, "GET /graphql"), all.named(t, "subscription")
	if want := "http.request.method=GET http.response.status_code=101 http.route=/graphql"; upgrade.attributes() != want {
		t.Errorf("the upgrade has %s", upgrade.attributes())
	}
	if subscription.trace == upgrade.trace || subscription.parent != "" {
		t.Error("a subscription is a part of the request for its socket")
	}
	view := all.named(t, "POST /graphql")
	if subscription.EndTimeUnixNano > view.StartTimeUnixNano {
		t.Error("a subscription's span goes on when it has begun")
	}
	if tree := all.of(subscription.trace).tree(""); tree != "\tsubscription\n\t\tSubscription.videosMetadataChanged\n" {
		t.Errorf("a subscription is\n%s", tree)
	}
}

// TestTracesOfDeferredFields: an operation ends with its last part.
func TestTracesOfDeferredFields(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	p := start(t, with(serving(t, testdb.PostgreSQL(t)), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.url}))
	askDeferred(t, p.url, `query Late { videos(ids: ["`+someVideo+`"]) { title ... @defer { owner { handle } } } }`)
	all := c.after(t, p)
	if operation, last := all.named(t, "query Late"), all.named(t, "SELECT users"); operation.EndTimeUnixNano < last.EndTimeUnixNano {
		t.Error("the operation's span ends before its last statement")
	}
}

// TestCollectorThatFails: the server answers as ever, and ends in time, and the log is told once.
func TestCollectorThatFails(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // It accepts, and never answers.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, test := range map[string]struct{ endpoint, told string }{
		"is down": {"http://127.0.0.1:1", "traces are not delivered"},
		"hangs":   {"http://" + silent.Addr().String(), "not everything was traced to its end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, with(serving(t, testdb.SQLite(t)), map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": test.endpoint, "DRAIN_TIMEOUT": "1s",
			}))
			query := `{` + strings.Repeat(` videos(ids: []) { title }`, 100) + `}`
			for n := range 100 {
				query = strings.Replace(query, " videos", fmt.Sprintf(" a%d:videos", n), 1)
			}
			for range 30 { // More spans than the queue holds.
				p.mustAsk(t, "", query)
			}
			p.end()
			<-p.ended
			if n := strings.Count(p.stderr.String(), test.told); n != 1 {
				t.Errorf("the log says %d times that it %s:\n%s", n, name, p.stderr)
			}
		})
	}
}

// TestNothingIsTracedWithoutACollector: nothing takes part in the work of the server for it.
func TestNothingIsTracedWithoutACollector(t *testing.T) {
	t.Parallel()
	none, err := openTraces(t.Context(), &config.Serve{}, slog.New(slog.DiscardHandler))
	if err != nil || none.around != nil || none.extensions != nil || none.statement != nil {
		t.Errorf("there is %+v, %v", none, err)
	}
	none.close()
}

func TestWithin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		later, cancel := within(ctx, 3*time.Second)
		defer cancel()
		<-time.After(time.Hour)
		if later.Err() != nil {
			t.Error("it ends before the first has")
		}
		began := time.Now()
		end()
		<-later.Done()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it ends %s after the first, want 3s", took)
		}
	})
}
