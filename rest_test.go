package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// The kinds of ids that the tests of the routes use.
const (
	restUser  = 0xa1
	restVideo = 0xb1
	restJob   = 0xc1
)

// restPlatform is a database with users, of whom the 0th asks, twelve videos and the asker's jobs.
func restPlatform(t *testing.T, db *testdb.DB) (asker string) {
	t.Helper()
	for i := range 6 {
		db.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, ?, 'U', 5)", numbered(restUser, i), fmt.Sprintf("user.%d", i))
	}
	for i := range 12 {
		db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url, created_at) VALUES (?, ?, 'V', 'p', ?)",
			numbered(restVideo, i), numbered(restUser, 1), time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC))
		db.Exec(t, "UPDATE video_metadata SET view_count = ?, like_count = ?, comment_count = 3, remix_count = 4, glitch_count = 5 WHERE video_id = ?",
			int64(9_007_199_254_740_000)+int64(i), i, numbered(restVideo, i))
	}
	for i, job := range []struct {
		owner, progress          int
		status                   models.AIJobStatus
		result, fault, faultCode any
	}{
		{0, 0, models.AIJobStatusQueued, nil, nil, nil},
		{0, 45, models.AIJobStatusProcessing, nil, nil, nil},
		{0, 100, models.AIJobStatusCompleted, "https://cdn.example.com/r?a=1&b=<2>", nil, nil},
		{0, 7, models.AIJobStatusFailed, nil, "Line \"1\"\n\\ and ü \u2028 </script>", "WORKER_ERROR"},
		{0, 60, models.AIJobStatusCanceled, nil, nil, nil},
		{1, 10, models.AIJobStatusProcessing, nil, nil, nil},
	} {
		db.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, progress, result_url, error, error_code) VALUES (?, ?, 'REMIX', ?, ?, ?, ?, ?)",
			numbered(restJob, i), numbered(restUser, job.owner), string(job.status), job.progress, job.result, job.fault, job.faultCode)
	}
	return tokenFor(t, "--user", numbered(restUser, 0).String(), "--role", "ADMIN")
}

// list is the JSON of a list of ids.
func list(ids ...models.ID) string {
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestRESTReads(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		asker := restPlatform(t, db)
		api := serveREST(t, db, nil)
		api.mustAsk(t, asker, `mutation { deleteVideos(ids: `+list(numbered(restVideo, 3))+`, reason: "spam") { deletedCount } }`)
		video, job := func(i int) string { return numbered(restVideo, i).String() }, func(i int) string { return numbered(restJob, i).String() }

		for name, test := range map[string]struct{ path, token, body, want string }{
			"counters": {
				"/v1/videos/batch-metadata", "",
				`{"video_ids": ["` + strings.ToUpper(video(11)) + `", "` + models.NewID().String() + `", "` + video(2) + `", "` + video(11) + `", "` + video(3) + `"]}`,
				`{"videos":{` +
					`"` + video(11) + `":{"view_count":9007199254740011,"like_count":11,"comment_count":3,"remix_count":4,"glitch_count":5},` +
					`"` + video(2) + `":{"view_count":9007199254740002,"like_count":2,"comment_count":3,"remix_count":4,"glitch_count":5}}}`,
			},
			"counters of none": {"/v1/videos/batch-metadata", "", `{"video_ids": []}`, `{"videos":{}}`},
			"the last member of a name counts": {
				"/v1/videos/batch-metadata", asker, `{"video_ids": ["` + video(2) + `"], "video_ids": ["` + video(3) + `"]}`, `{"videos":{}}`,
			},
			"jobs": {
				"/v1/ai/jobs/batch-status", asker,
				`{"job_ids": ` + list(numbered(restJob, 4), numbered(restJob, 0), numbered(restJob, 1), numbered(restJob, 2), numbered(restJob, 3), numbered(restJob, 4), numbered(restJob, 5)) + `}`,
				`{"jobs":{` +
					`"` + job(4) + `":{"status":"failed","progress":60,"result_url":null,"error":"Canceled"},` +
					`"` + job(0) + `":{"status":"queued","progress":0,"result_url":null,"error":null},` +
					`"` + job(1) + `":{"status":"processing","progress":45,"result_url":null,"error":null},` +
					`"` + job(2) + `":{"status":"completed","progress":100,"result_url":"https://cdn.example.com/r?a=1&b=<2>","error":null},` +
					`"` + job(3) + `":{"status":"failed","progress":7,"result_url":null,"error":"Line \"1\"\n\\ and ü \u2028 \u003c/script\u003e"}}}`,
			},
			"jobs of none": {"/v1/ai/jobs/batch-status", asker, `{"job_ids": []}`, `{"jobs":{}}`},
		} {
			got := api.send(t, test.path, test.token, test.body)
			if got.status != http.StatusOK || got.body != test.want || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("%s: %d %v\n got %s\nwant %s", name, got.status, got.header, got.body, test.want)
			}
		}
		if statements := db.Record(func() { api.send(t, "/v1/videos/batch-metadata", "", `{"video_ids": []}`) }); len(statements) > 0 {
			t.Errorf("no ids take %d statements", len(statements))
		}
	})
}

// What routes change, and the same said again.
func TestRESTWrites(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		asker := restPlatform(t, db)
		api := serveREST(t, db, nil)
		mine, others := notifications(t, api, 0, 3), notifications(t, api, 1, 1)
		v0, v1, u0, u2, u3, nobody := numbered(restVideo, 0), numbered(restVideo, 1), numbered(restUser, 0), numbered(restUser, 2), numbered(restUser, 3), models.NewID()

		for _, test := range []struct{ path, body, want, again string }{
			{
				"/v1/notifications/batch-mark-read", `{"notification_ids": ` + list(mine[0], mine[2], mine[0], others[0], nobody) + `}`,
				`{"marked_count":2,"success":true}`, `{"marked_count":0,"success":true}`,
			},
			{
				"/v1/admin/videos/batch-delete", `{"reason": "spam", "video_ids": ` + list(v1, nobody, v0, v1) + `}`,
				`{"deleted_count":2,"success":true,"results":{"` + v1.String() + `":"deleted","` + nobody.String() + `":"not_found","` + v0.String() + `":"deleted"}}`,
				`{"deleted_count":0,"success":true,"results":{"` + v1.String() + `":"already_deleted","` + nobody.String() + `":"not_found","` + v0.String() + `":"already_deleted"}}`,
			},
			{
				"/v1/blocks/batch", `{"user_ids": ` + list(u3, u0, u2, nobody, u3) + `}`,
				`{"blocked_count":2,"success":true,"results":{"` + u3.String() + `":"blocked","` + u0.String() + `":"self","` + u2.String() + `":"blocked","` + nobody.String() + `":"not_found"}}`,
				`{"blocked_count":0,"success":true,"results":{"` + u3.String() + `":"already_blocked","` + u0.String() + `":"self","` + u2.String() + `":"already_blocked","` + nobody.String() + `":"not_found"}}`,
			},
			{"/v1/notifications/batch-mark-read", `{"notification_ids": []}`, `{"marked_count":0,"success":true}`, `{"marked_count":0,"success":true}`},
			{"/v1/blocks/batch", `{"user_ids": []}`, `{"blocked_count":0,"success":true,"results":{}}`, `{"blocked_count":0,"success":true,"results":{}}`},
		} {
			for _, want := range []string{test.want, test.again} {
				if got := api.send(t, test.path, asker, test.body); got.status != http.StatusOK || got.body != want {
					t.Errorf("%s %s: %d\n got %s\nwant %s", test.path, test.body, got.status, got.body, want)
				}
			}
		}
		a := api.mustAsk(t, asker, `{ notifications(unreadOnly: true) { nodes { id } } blockedUsers { nodes { handle } } moderationLog { nodes { reason } } }`)
		want := `"notifications":{"nodes":[{"id":"` + mine[1].String() + `"}]},"blockedUsers":{"nodes":[{"handle":"user.`
		if !strings.Contains(a.Body, want) || strings.Count(a.Body, `"handle"`) != 2 || strings.Count(a.Body, `"spam"`) != 2 {
			t.Errorf("GraphQL sees %s", a.Body)
		}
	})
}

// notifications sends the n-th user some, and gives their ids.
func notifications(t *testing.T, api *restAPI, user, count int) []models.ID {
	t.Helper()
	one := fmt.Sprintf(`{userId: %q, category: SYSTEM, title: "T"}`, numbered(restUser, user))
	a := api.mustAsk(t, tokenFor(t, "--user", someone, "--role", "SERVICE"), fmt.Sprintf(
		`mutation { sendNotifications(batchId: "%d", notifications: [%s]) { results { notification { id } } } }`, user, strings.Repeat(one, count)))
	var sent struct {
		Results []struct{ Notification struct{ ID models.ID } }
	}
	if err := json.Unmarshal(a.Data["sendNotifications"], &sent); err != nil || len(sent.Results) != count {
		t.Fatalf("%s: %v", a.Body, err)
	}
	ids := make([]models.ID, count)
	for i, result := range sent.Results {
		ids[i] = result.Notification.ID
	}
	return ids
}

// A route asks the database for the same as its twin in GraphQL.
func TestRESTStatements(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		asker := restPlatform(t, db)
		api := serveREST(t, db, nil)
		mine := notifications(t, api, 0, 4)
		for path, test := range map[string]struct{ body, twin string }{
			"/v1/videos/batch-metadata": {
				`{"video_ids": ` + list(numbered(restVideo, 0), numbered(restVideo, 1)) + `}`,
				`{ videosMetadata(ids: ` + list(numbered(restVideo, 2), numbered(restVideo, 3)) + `) { id viewCount } }`,
			},
			"/v1/ai/jobs/batch-status": {
				`{"job_ids": ` + list(numbered(restJob, 0), numbered(restJob, 1)) + `}`,
				`{ aiJobs(ids: ` + list(numbered(restJob, 0), numbered(restJob, 1)) + `) { id status progress resultUrl error } }`,
			},
			"/v1/notifications/batch-mark-read": {
				`{"notification_ids": ` + list(mine[:2]...) + `}`,
				`mutation { markNotificationsRead(ids: ` + list(mine[2:]...) + `) { markedCount } }`,
			},
			"/v1/admin/videos/batch-delete": {
				`{"reason": "spam", "video_ids": ` + list(numbered(restVideo, 4), numbered(restVideo, 5)) + `}`,
				`mutation { deleteVideos(ids: ` + list(numbered(restVideo, 6), numbered(restVideo, 7)) + `, reason: "spam") { results { id status } } }`,
			},
			"/v1/blocks/batch": {
				`{"user_ids": ` + list(numbered(restUser, 2), numbered(restUser, 3)) + `}`,
				`mutation { blockUsers(ids: ` + list(numbered(restUser, 4), numbered(restUser, 5)) + `) { results { id status } } }`,
			},
		} {
			over := db.Record(func() {
				if got := api.send(t, path, asker, test.body); got.status != http.StatusOK {
					t.Errorf("%s: %d %s", path, got.status, got.body)
				}
			})
			twin := db.Record(func() { api.mustAsk(t, asker, test.twin) })
			if diff := cmp.Diff(twin, over); diff != "" || len(over) == 0 {
				t.Errorf("%s: (-GraphQL +REST)\n%s", path, diff)
			}
		}
	})
}
