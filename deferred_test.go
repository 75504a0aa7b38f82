package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/graph"
	"reelgraph/internal/auth"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// Fragments that come later are made by the real executor on real databases, and are put together here as a
// client does it.

// deferring is the URL of a server on a database with videos, each of an owner of its own.
func deferring(t *testing.T, db *testdb.DB, videos int) string {
	t.Helper()
	for i := range videos {
		user, video := numbered(0xaa, i), numbered(0xbb, i)
		db.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, ?, 'U', 5)", user, fmt.Sprintf("user.%d", i))
		db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url, created_at) VALUES (?, ?, 'V', 'p', ?)",
			video, user, time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC))
	}
	verifier, err := auth.New(t.Context(), auth.Config{Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server.New(server.Options{
		Executor: graph.NewExecutor(graph.Options{
			Store: store.New(db.DB), MaxBatchSize: 100, MaxComplexity: graph.DefaultMaxComplexity, Logger: slog.New(slog.DiscardHandler),
		}),
		Verifier: verifier, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(listener.Close)
	return listener.URL
}

func numbered(kind byte, n int) models.ID { return models.ID{0: kind, 15: byte(n)} }

// askDeferred sends a query as Apollo's client does, and gives what it is answered with, piece by piece.
func askDeferred(t *testing.T, url, query string) (pieces []string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	media, params, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || media != "multipart/mixed" {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: %s", response.Header.Get("Content-Type"), text)
	}
	parts := multipart.NewReader(response.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return pieces
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, string(text))
	}
}

// merged puts pieces together as a client does.
func merged(t *testing.T, pieces []string) (data map[string]any, codes []string) {
	t.Helper()
	type piece struct {
		Data   map[string]any
		Path   []any
		Errors []struct{ Extensions struct{ Code string } }
	}
	for i, text := range pieces {
		var came struct {
			piece
			Incremental []piece
			HasNext     bool
		}
		if err := json.Unmarshal([]byte(text), &came); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if came.HasNext != (i < len(pieces)-1) {
			t.Errorf("hasNext is %v in piece %d of %d", came.HasNext, i+1, len(pieces))
		}
		if i == 0 {
			data = came.Data
		}
		for _, p := range append(came.Incremental, came.piece) {
			for _, err := range p.Errors {
				codes = append(codes, err.Extensions.Code)
			}
		}
		for _, p := range came.Incremental {
			var at any = data
			for _, step := range p.Path {
				switch step := step.(type) {
				case string:
					at = at.(map[string]any)[step]
				case float64:
					at = at.([]any)[int(step)]
				}
			}
			into(at.(map[string]any), p.Data)
		}
	}
	return data, codes
}

func into(object, more map[string]any) {
	for name, value := range more {
		both, ok := object[name].(map[string]any)
		if nested, isObject := value.(map[string]any); ok && isObject {
			into(both, nested)
			continue
		}
		object[name] = value
	}
}

func TestDeferredFragmentsAreTheWholeAnswer(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		const videos = 20
		url := deferring(t, db, videos)
		ids := fmt.Sprintf("%q, %q", numbered(0xbb, 1), numbered(0xbb, 2))
		for name, test := range map[string]struct {
			query  string
			pieces int // at least
		}{
			"nested":     {`{ feed(first: 20) { nodes { id ... @defer(label: "counters") { metadata { viewCount video { title } } } ... @defer(label: "owner") { owner { handle } } } } }`, 1 + 2*videos},
			"fragment":   {`query { videos(ids: [` + ids + `]) { id ...F @defer } } fragment F on Video { title owner { handle } }`, 3},
			"in another": {`{ feed(first: 3) { nodes { id ... @defer { title metadata { viewCount ... @defer { likeCount } } } } } }`, 4},
			"skipped":    {`{ videos(ids: [` + ids + `]) { title ... @defer @skip(if: true) { id } } }`, 1},
			"of nothing": {`{ feed(first: 1) { nodes { id ... @defer { id } } } }`, 1},
			// The executor resolves at once what is deferred at the root.
			"at the root": {`{ videos(ids: [` + ids + `]) { title } ... @defer { videosMetadata(ids: [` + ids + `]) { viewCount video { owner { handle } } } } }`, 1},
		} {
			plain := strings.NewReplacer(`@defer(label: "counters")`, "", `@defer(label: "owner")`, "", "@defer", "").Replace(test.query)
			var pieces []string
			statements := db.Record(func() { pieces = askDeferred(t, url, test.query) })
			got, codes := merged(t, pieces)
			if len(pieces) < test.pieces || len(codes) > 0 {
				t.Errorf("%s: %d pieces, want at least %d; errors %v", name, len(pieces), test.pieces, codes)
			}
			var whole answer
			plainly := db.Record(func() { whole = (&program{url: url}).mustAsk(t, "", plain) })
			want, _ := merged(t, []string{whole.Body})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: (-plain +deferred)\n%s", name, diff)
			}
			if len(statements) > len(plainly)+2 {
				t.Errorf("%s takes %d statements instead of %d:\n%s", name, len(statements), len(plainly), strings.Join(statements, "\n"))
			}
		}
	})
}

// What is still to come is absent, since a client would take null for the value.
func TestDeferredFragmentsToTheLetter(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	pieces := askDeferred(t, deferring(t, db, 1), `{ feed(first: 1) { nodes { id ... @defer(label: "mine") { thumbnailUrl owner { handle credits } } } } }`)
	want := []string{
		`{"data":{"feed":{"nodes":[{"id":"` + numbered(0xbb, 0).String() + `","thumbnailUrl":null}]}},"extensions":{"cost":{"requested":6,"limit":15000}},"hasNext":true}`,
		`{"incremental":[{"data":{"owner":{"handle":"user.0","credits":null}},"path":["feed","nodes",0],"label":"mine"}],"hasNext":false}`,
	}
	if diff := cmp.Diff(want, pieces); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The executor by itself would wait for ever for a deferred result that it has given up.
func TestDeferredFragmentsThatTakeTooLong(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	url := deferring(t, db, 10)
	tx := db.Write.Begin()
	t.Cleanup(func() { tx.Rollback() })
	if err := tx.Exec("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").Error; err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	pieces := askDeferred(t, url, `{ feed(first: 10) { nodes { id ... @defer { owner { handle } } } } }`)
	_, codes := merged(t, pieces)
	if took := time.Since(began); len(pieces) != 11 || took > 6*time.Second {
		t.Errorf("%d pieces in %s", len(pieces), took)
	}
	if len(codes) == 0 || slices.ContainsFunc(codes, func(code string) bool { return code != "SERVICE_UNAVAILABLE" }) {
		t.Errorf("errors: %v", codes)
	}
}
