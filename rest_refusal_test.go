package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/graph"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// What the executor refuses is told as its GraphQL twin tells it, but for the name of the ids.
func TestRESTRefusals(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	asker := restPlatform(t, db)
	api := serveREST(t, db, nil)
	user := tokenFor(t, "--user", someone)
	many := strings.TrimSuffix(strings.Repeat(`"`+someVideo+`",`, 101), ",")

	for name, test := range map[string]struct {
		path, token, body, twin string
		status                  int
		want                    string // behind the title and the status
	}{
		"no UUIDs": {
			"/v1/videos/batch-metadata", "", `{"video_ids": ["` + someVideo + `", "1", "{` + someVideo + `}"]}`,
			`{ videosMetadata(ids: ["` + someVideo + `", "1", "{` + someVideo + `}"]) { id } }`, 400,
			`"detail":"Ids are UUIDs in the 36-character form.","code":"BAD_USER_INPUT","argument":"video_ids","invalidIds":["1","{` + someVideo + `}"]}`,
		},
		"too many": {
			"/v1/ai/jobs/batch-status", user, `{"job_ids": [` + many + `]}`, `{ aiJobs(ids: [` + many + `]) { id } }`, 400,
			`"detail":"A field takes at most 100 ids, not 101.","code":"BAD_USER_INPUT","actual":101,"argument":"job_ids","limit":100}`,
		},
		"a blank reason": {
			"/v1/admin/videos/batch-delete", asker, `{"video_ids": [], "reason": " \n"}`, `mutation { deleteVideos(ids: [], reason: " \n") { deletedCount } }`, 400,
			`"detail":"A reason must not be blank.","code":"BAD_USER_INPUT","argument":"reason"}`,
		},
		"nobody's jobs": {
			"/v1/ai/jobs/batch-status", "", `{"job_ids": []}`, `{ aiJobs(ids: []) { id } }`, 401, `"detail":"Sign in to ask for this.","code":"UNAUTHENTICATED"}`,
		},
		"nobody's notifications": {
			"/v1/notifications/batch-mark-read", "", `{"notification_ids": []}`, `mutation { markNotificationsRead(ids: []) { success } }`, 401,
			`"detail":"Sign in to ask for this.","code":"UNAUTHENTICATED"}`,
		},
		"nobody blocks": {
			"/v1/blocks/batch", "", `{"user_ids": []}`, `mutation { blockUsers(ids: []) { blockedCount } }`, 401, `"detail":"Sign in to ask for this.","code":"UNAUTHENTICATED"}`,
		},
		"nobody deletes": {
			"/v1/admin/videos/batch-delete", "", `{"video_ids": [], "reason": "r"}`, `mutation { deleteVideos(ids: [], reason: "r") { deletedCount } }`, 401,
			`"detail":"Sign in to ask for this.","code":"UNAUTHENTICATED"}`,
		},
		"a user deletes": {
			"/v1/admin/videos/batch-delete", user, `{"video_ids": [], "reason": "r"}`, `mutation { deleteVideos(ids: [], reason: "r") { deletedCount } }`, 403,
			`"detail":"This needs the role ADMIN.","code":"FORBIDDEN"}`,
		},
	} {
		got := api.send(t, test.path, test.token, test.body)
		want := `{"type":"about:blank","title":"` + http.StatusText(test.status) + `","status":` + strconv.Itoa(test.status) + `,` + test.want
		if got.status != test.status || got.body != want {
			t.Errorf("%s: %d\n got %s\nwant %s", name, got.status, got.body, want)
		}
		if asked := got.header.Get("WWW-Authenticate"); (test.status == 401) != (asked == "Bearer") {
			t.Errorf("%s: WWW-Authenticate is %q", name, asked)
		}
		a, err := api.ask(t.Context(), test.token, test.twin)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(errorOf(t, a), problemOf(t, got)); diff != "" {
			t.Errorf("%s: (-GraphQL +REST)\n%s", name, diff)
		}
	}
	for path := range routesOf(t, api) {
		for status, got := range map[int]said{
			400: api.send(t, path, user, `{"ids": []}`),
			401: api.send(t, path, "", `{}`, "Authorization: Bearer a.b.c"),
			413: api.send(t, path, "", strings.Repeat(" ", 1<<20+1)),
			415: api.send(t, path, "", `{}`, "Content-Type: text/plain"),
		} {
			if got.status != status {
				t.Errorf("%s: %d instead of %d: %s", path, got.status, status, got.body)
			}
		}
	}
}

// errorOf is a GraphQL answer's error as far as a problem tells it.
func errorOf(t *testing.T, a answer) map[string]any {
	t.Helper()
	var whole struct {
		Errors []struct {
			Message    string
			Extensions map[string]any
		}
	}
	if err := json.Unmarshal([]byte(a.Body), &whole); err != nil || len(whole.Errors) != 1 {
		t.Fatalf("%s: %v", a.Body, err)
	}
	told := whole.Errors[0].Extensions
	told["detail"] = whole.Errors[0].Message
	return told
}

// problemOf are a problem's members of ours, without the name of the ids.
func problemOf(t *testing.T, got said) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(got.body), &members); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	maps.DeleteFunc(members, func(name string, value any) bool {
		return slices.Contains([]string{"type", "title", "status"}, name) || name == "argument" && value != "reason"
	})
	return members
}

// routesOf are the paths that are described.
func routesOf(t *testing.T, api *restAPI) map[string]any {
	t.Helper()
	paths, ok := api.description.(map[string]any)["paths"].(map[string]any)
	if !ok || len(paths) == 0 {
		t.Fatal("no path is described")
	}
	return paths
}

// A route costs what its document does, and shares the rate with GraphQL.
func TestRESTCosts(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	asker := restPlatform(t, db)

	// Two counters with their ids are six points each.
	body := `{"video_ids": ` + list(numbered(restVideo, 0), numbered(restVideo, 1)) + `}`
	dear := serveREST(t, db, func(o *graph.Options) { o.MaxComplexity = 11 })
	got := dear.send(t, "/v1/videos/batch-metadata", "", body)
	if want := `"code":"COMPLEXITY_LIMIT_EXCEEDED","actual":12,"limit":11}`; got.status != 400 || !strings.HasSuffix(got.body, want) {
		t.Errorf("%d %s", got.status, got.body)
	}

	limited := serveREST(t, db, func(o *graph.Options) { o.RateLimit = graph.NewRateLimit(13) })
	for i, want := range []int{200, 200, 429} { // 13 points, 1, and 11 short
		got := limited.send(t, "/v1/videos/batch-metadata", asker, body)
		if got.status != want {
			t.Fatalf("the %d. request: %d %s", i, got.status, got.body)
		}
		if seconds, _ := strconv.Atoi(got.header.Get("Retry-After")); want == 429 && (seconds < 1 || seconds > 60 || !strings.Contains(got.body, `"retryAfter":`+strconv.Itoa(seconds))) {
			t.Errorf("Retry-After: %d, %s", seconds, got.body)
		}
	}
	if a, err := limited.ask(t.Context(), asker, `{ me { id } }`); err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions.Code != string(models.CodeRateLimited) {
		t.Errorf("then over GraphQL: %s (%v)", a.Body, err)
	}
	if got := limited.send(t, "/v1/videos/batch-metadata", "", body); got.status != 200 {
		t.Errorf("then without a token: %d %s", got.status, got.body)
	}
}

// The routes' documents are the server's own, and run where clients may send nothing but what is stored.
func TestRESTBesideTrustedDocuments(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	asker := restPlatform(t, db)
	manifest, err := graph.ParseManifest([]byte(`{"1": "{ me { id } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	api := serveREST(t, db, func(o *graph.Options) { o.Trusted = graph.NewTrustedDocuments(manifest) })
	for path, body := range map[string]string{
		"/v1/videos/batch-metadata": `{"video_ids": []}`, "/v1/ai/jobs/batch-status": `{"job_ids": []}`, "/v1/notifications/batch-mark-read": `{"notification_ids": []}`,
		"/v1/admin/videos/batch-delete": `{"video_ids": [], "reason": "r"}`, "/v1/blocks/batch": `{"user_ids": []}`,
	} {
		if got := api.send(t, path, asker, body); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	a, err := api.ask(t.Context(), asker, "{ videosMetadata(ids: []) { id } }")
	if err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions.Code != string(models.CodePersistedQueryRequired) {
		t.Errorf("a client that sends a text: %s (%v)", a.Body, err)
	}
}
