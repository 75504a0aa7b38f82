package graph_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"reelgraph/graph"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

const jobProgress = "subscription($ids: [ID!]!) { aiJobProgress(ids: $ids) { status progress } }"

func TestAJobFromItsStartToItsEnd(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 2)
		started := p.data(t, user(0), `mutation { startAIJob(input: {kind: GENERATE, prompt: "a"}) { job { id } } }`, nil)
		job := pick(started, "startAIJob.job.id")[0]
		s := p.subscribe(t, user(0), jobProgress, map[string]any{"ids": []any{job, jobID(7).String(), job}})
		stranger := p.subscribe(t, user(1), jobProgress, map[string]any{"ids": []any{job}})
		stranger.expectEnd(t)
		s.expect(t, `{"aiJobProgress":{"status":"QUEUED","progress":0}}`)
		s.expectQuiet(t)

		worker := user(1, models.RoleWorker)
		p.data(t, worker, "mutation { claimAIJobs(limit: 1) { jobs { id } } }", nil)
		s.expect(t, `{"aiJobProgress":{"status":"PROCESSING","progress":0}}`)
		report := "mutation($reports: [AIJobReportInput!]!) { reportAIJobs(reports: $reports) { results { status } } }"
		p.data(t, worker, report, map[string]any{"reports": []any{map[string]any{"id": job, "progress": 45}}})
		s.expect(t, `{"aiJobProgress":{"status":"PROCESSING","progress":45}}`)
		p.data(t, worker, report, map[string]any{"reports": []any{map[string]any{"id": job, "status": "COMPLETED", "resultUrl": "https://cdn.example.com/1.mp4"}}})
		s.expect(t, `{"aiJobProgress":{"status":"COMPLETED","progress":100}}`)
		s.expectEnd(t)
		finished := p.subscribe(t, user(0), jobProgress, map[string]any{"ids": []any{job}})
		finished.expect(t, `{"aiJobProgress":{"status":"COMPLETED","progress":100}}`)
		finished.expectEnd(t)
	})
}

// TestWhatAnotherProgramWrites comes within two seconds, though nobody tells of it.
func TestWhatAnotherProgramWrites(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		p.addJobs(t, job{n: 1}, job{n: 2})
		s := p.subscribe(t, user(0), jobProgress, map[string]any{"ids": texts(jobID(1), jobID(2))})
		s.expect(t, `{"aiJobProgress":{"status":"QUEUED","progress":45}}`, `{"aiJobProgress":{"status":"QUEUED","progress":45}}`)
		counters := p.subscribe(t, nil, "subscription($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { viewCount } }", map[string]any{"ids": texts(videoID(0))})
		counters.expect(t, `{"videosMetadataChanged":{"viewCount":0}}`)
		p.Exec(t, "UPDATE ai_jobs SET status = 'FAILED', error = 'gone', error_code = 'GONE' WHERE id = ?", jobID(1))
		s.expect(t, `{"aiJobProgress":{"status":"FAILED","progress":45}}`)
		p.setViews(t, 0, 7)
		counters.expect(t, `{"videosMetadataChanged":{"viewCount":7}}`)
		p.Exec(t, "DELETE FROM ai_jobs WHERE id = ?", jobID(2))
		s.expectEnd(t)
	})
}

func TestCountersThatAreShown(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 4)
		p.addVideos(t, 3, 3)
		p.deleteVideo(t, 2)
		query := "subscription($ids: [ID!]!) { v: videosMetadataChanged(ids: $ids) { viewCount video { owner { handle } } } }"
		s := p.subscribe(t, user(3), query, map[string]any{"ids": series(videoID, 0, 4)})
		state := func(n, views int) string {
			return fmt.Sprintf(`{"v":{"viewCount":%d,"video":{"owner":{"handle":"user.%d"}}}}`, views, n%3)
		}
		s.expect(t, state(0, 0), state(1, 1))
		batch := 0
		view := func(n int) {
			batch++
			p.data(t, user(9, models.RoleService), "mutation($b: ID!, $v: ID!) { recordVideoActivity(batchId: $b, events: [{videoId: $v, kind: VIEW}]) { recordedCount } }",
				map[string]any{"b": fmt.Sprint(batch), "v": videoID(n).String()})
		}
		view(0)
		s.expect(t, state(0, 1))
		admin := user(9, models.RoleAdmin)
		p.data(t, admin, `mutation($ids: [ID!]!) { deleteVideos(ids: $ids, reason: "spam") { deletedCount } }`, map[string]any{"ids": texts(videoID(0))})
		p.setViews(t, 0, 50)
		p.data(t, user(3), "mutation($ids: [ID!]!) { blockUsers(ids: $ids) { blockedCount } }", map[string]any{"ids": texts(userID(1))})
		view(1)
		s.expectQuiet(t)
		p.data(t, admin, "mutation($ids: [ID!]!) { restoreVideos(ids: $ids, reason: \"mistake\") { restoredCount } }", map[string]any{"ids": texts(videoID(0), videoID(2))})
		restored := []string{s.raw(t), s.raw(t)}
		slices.Sort(restored)
		equal(t, "restored", []string{state(2, 2), state(0, 50)}, restored)
		p.data(t, user(3), "mutation($ids: [ID!]!) { unblockUsers(ids: $ids) { unblockedCount } }", map[string]any{"ids": texts(userID(1))})
		s.expect(t, state(1, 2))
		p.addVideo(t, video{n: 3, owner: 0, views: 33, at: past(1)})
		s.expect(t, state(3, 33))
	})
}

func TestNotificationsAreResumed(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 4)
		p.addNotes(t, note{n: 1, actor: new(userID(1))}, note{n: 2, actor: new(userID(2))}, note{n: 3}, note{n: 4, recipient: 1})
		query := "subscription($after: ID) { notificationReceived(after: $after) { title actor { handle } } }"
		shown := func(title, handle string) string {
			return fmt.Sprintf(`{"notificationReceived":{"title":%q,"actor":{"handle":%q}}}`, title, handle)
		}
		fresh := p.subscribe(t, user(0), query, nil)
		resumed := p.subscribe(t, user(0), query, map[string]any{"after": strings.ToUpper(noteID(1).String())})
		resumed.expect(t, shown("note 2 to 0", "user.2"), `{"notificationReceived":{"title":"note 3 to 0","actor":null}}`)
		batch := 0
		send := func(title string, actor models.ID) {
			batch++
			p.data(t, user(9, models.RoleService), "mutation($b: ID!, $n: [SendNotificationInput!]!) { sendNotifications(batchId: $b, notifications: $n) { sentCount } }",
				map[string]any{"b": fmt.Sprint(batch), "n": []any{map[string]any{"userId": userID(0).String(), "category": "LIKE", "title": title, "actorId": actor.String()}}})
		}
		for n := range 3 {
			send(fmt.Sprint("new ", n), userID(1))
		}
		for n := range 3 {
			fresh.expect(t, shown(fmt.Sprint("new ", n), "user.1"))
			resumed.expect(t, shown(fmt.Sprint("new ", n), "user.1"))
		}
		p.data(t, user(0), "mutation($ids: [ID!]!) { blockUsers(ids: $ids) { blockedCount } }", map[string]any{"ids": texts(userID(1))})
		send("hidden", userID(1))
		send("shown", userID(2))
		fresh.expect(t, shown("shown", "user.2"))
		// A hidden notification still marks its place.
		p.subscribe(t, user(0), query, map[string]any{"after": noteID(1).String()}).expect(t, shown("note 2 to 0", "user.2"))
		for _, after := range []models.ID{noteID(4), noteID(9)} {
			got, _ := p.subscribe(t, user(0), query, map[string]any{"after": after.String()}).next(t)
			equal(t, "after", map[string]any{"code": "BAD_USER_INPUT", "argument": "after"}, got.only(t).Extensions)
		}
	})
}

func TestBadgesOfEveryDevice(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		query := "subscription { unreadNotificationsChanged { id total byCategory { category count } } }"
		state := func(total int, categories string) string {
			return fmt.Sprintf(`{"unreadNotificationsChanged":{"id":%q,"total":%d,"byCategory":[%s]}}`, userID(0), total, categories)
		}
		devices := []*subscription{p.subscribe(t, user(0), query, nil), p.subscribe(t, user(0), query, nil)}
		expect := func(want string) {
			t.Helper()
			for _, s := range devices {
				s.expect(t, want)
			}
		}
		expect(state(0, ""))
		p.data(t, user(9, models.RoleService), "mutation($n: [SendNotificationInput!]!) { sendNotifications(batchId: \"1\", notifications: $n) { sentCount } }",
			map[string]any{"n": []any{map[string]any{"userId": userID(0).String(), "category": "LIKE", "title": "a"}, map[string]any{"userId": userID(0).String(), "category": "SYSTEM", "title": "b"}}})
		expect(state(2, `{"category":"LIKE","count":1},{"category":"SYSTEM","count":1}`))
		p.data(t, user(0), "mutation { markAllNotificationsRead(category: LIKE) { markedCount } }", nil)
		expect(state(1, `{"category":"SYSTEM","count":1}`))
	})
}

// TestSubscriptionsThatAreRefused: each that takes an argument, or asks for a role, refuses what it must.
func TestSubscriptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		refuses := func(f rootField, caller *models.Caller, arguments map[string]string, want map[string]any) {
			t.Helper()
			s := p.subscribe(t, caller, f.operation(arguments, "{ __typename }"), nil)
			got, _ := s.next(t)
			equal(t, f.Name, want, got.only(t).Extensions)
			if got.Data != nil {
				t.Errorf("%s: data %v", f.Name, got.Data)
			}
			s.expectEnd(t)
		}
		tooMany := strings.Repeat(fmt.Sprintf("%q ", jobID(1)), 101)
		for _, f := range rootFields() {
			if f.kind != "subscription" {
				continue
			}
			if f.role != "" {
				refuses(f, nil, nil, map[string]any{"code": "UNAUTHENTICATED"})
			}
			if f.Arguments.ForName("ids") == nil {
				continue
			}
			refuses(f, f.allowed(), map[string]string{"ids": "[" + tooMany + "]"}, map[string]any{"code": "BAD_USER_INPUT", "limit": 100, "actual": 101})
			refuses(f, f.allowed(), map[string]string{"ids": fmt.Sprintf(`["1" %q]`, jobID(1))}, map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"1"}})
			for _, ms := range []string{"-1", "60001"} {
				refuses(f, f.allowed(), map[string]string{"ids": "[]", "minIntervalMs": ms}, map[string]any{"code": "BAD_USER_INPUT", "argument": "minIntervalMs"})
			}
		}
	})
}

func TestSubscriptionsHaveOneRootField(t *testing.T) {
	t.Parallel()
	p := &platform{executor: graph.NewExecutor(graph.Options{Logger: slog.New(slog.DiscardHandler), MaxComplexity: 1000, MaxBatchSize: 100})}
	const one = "unreadNotificationsChanged { total }"
	for _, query := range []string{
		"subscription { a: " + one + " b: " + one + " }", "subscription { " + one + " aiJobProgress(ids: []) { id } }", "subscription { __typename }",
		"subscription { ...a ...b } fragment a on Subscription { a: " + one + " } fragment b on Subscription { b: " + one + " }",
		"subscription($no: Boolean! = true) { unreadNotificationsChanged @skip(if: $no) { total } }", "subscription { ... @include(if: false) { " + one + " } }",
	} {
		got := p.send(t, user(0), request{query: query})
		equal(t, query, any("GRAPHQL_VALIDATION_FAILED"), got.code(t))
	}
}

// TestWhatCannotBeReadComesLater: a state whose nested objects cannot be read is not lost.
func TestWhatCannotBeReadComesLater(t *testing.T) {
	t.Parallel()
	p := newPlatform(testdb.PostgreSQL(t)).live(t)
	p.addUsers(t, 1)
	p.addVideos(t, 1, 1)
	p.addJobs(t, job{n: 1, source: new(videoID(0)), status: models.AIJobStatusProcessing})
	p.addNotes(t, note{n: 1})
	ids := map[string]any{"videos": texts(videoID(0)), "jobs": texts(jobID(1)), "after": noteID(1).String()}
	counters := p.subscribe(t, nil, "subscription($videos: [ID!]!) { videosMetadataChanged(ids: $videos) { viewCount video { title } } }", ids)
	job := p.subscribe(t, user(0), "subscription($jobs: [ID!]!) { aiJobProgress(ids: $jobs) { status sourceVideo { title } } }", ids)
	news := p.subscribe(t, user(0), "subscription($after: ID) { notificationReceived(after: $after) { title video { title } } }", ids)
	counters.expect(t, `{"videosMetadataChanged":{"viewCount":0,"video":{"title":"Video 0"}}}`)
	job.expect(t, `{"aiJobProgress":{"status":"PROCESSING","sourceVideo":{"title":"Video 0"}}}`)

	// A statement that waits for longer than one may has the database as good as down.
	locked := p.Write.Begin()
	defer locked.Rollback()
	if err := locked.Exec("LOCK TABLE videos IN ACCESS EXCLUSIVE MODE").Error; err != nil {
		t.Fatal(err)
	}
	p.setViews(t, 0, 7)
	p.Exec(t, "UPDATE ai_jobs SET status = 'COMPLETED', result_url = 'https://cdn.example.com/1', progress = 100 WHERE id = ?", jobID(1))
	p.Exec(t, "INSERT INTO notifications (id, recipient_id, number, category, title, video_id, created_at) VALUES (?, ?, 2, 'LIKE', 'new', ?, ?)", noteID(2), userID(0), videoID(0), past(0))
	p.Exec(t, "UPDATE inboxes SET last_number = 2")
	failing := p.subscribe(t, nil, "subscription($videos: [ID!]!) { videosMetadataChanged(ids: $videos) { viewCount video { title } } }", ids)
	got, _ := failing.next(t)
	equal(t, "a subscription that begins", any("SERVICE_UNAVAILABLE"), got.code(t))
	// What they nest has failed by now: reads of one kind are made one after the other, each for 4.5 s.
	if got, came := news.within(7 * time.Second); came {
		t.Fatalf("the first of a stream came without what it nests: %s", got.Data)
	}
	counters.expectQuiet(t)
	job.expectQuiet(t)
	locked.Rollback()
	counters.expect(t, `{"videosMetadataChanged":{"viewCount":7,"video":{"title":"Video 0"}}}`)
	failing.expect(t, `{"videosMetadataChanged":{"viewCount":7,"video":{"title":"Video 0"}}}`)
	job.expect(t, `{"aiJobProgress":{"status":"COMPLETED","sourceVideo":{"title":"Video 0"}}}`)
	job.expectEnd(t)
	// The first of a stream, which has been waited for, comes once as well.
	news.expect(t, `{"notificationReceived":{"title":"new","video":{"title":"Video 0"}}}`)
	news.expectQuiet(t)
}

// TestWatchersShareWhatIsNested: what a change costs the database does not grow with those who watch.
func TestWatchersShareWhatIsNested(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		query := "subscription($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { viewCount video { title owner { handle } } } }"
		const watchers = 300
		changes := make(chan string, watchers)
		for range watchers {
			s := p.subscribe(t, nil, query, map[string]any{"ids": texts(videoID(0))})
			go func() {
				for {
					response := s.handler(s.ctx)
					if response == nil {
						return
					}
					changes <- string(response.Data)
				}
			}()
		}
		expect := func(want string) {
			t.Helper()
			for range watchers {
				select {
				case got := <-changes:
					if got != want {
						t.Fatalf("%s, want %s", got, want)
					}
				case <-time.After(patience):
					t.Fatal("nothing came")
				}
			}
		}
		state := func(views int) string {
			return fmt.Sprintf(`{"videosMetadataChanged":{"viewCount":%d,"video":{"title":"Video 0","owner":{"handle":"user.0"}}}}`, views)
		}
		expect(state(0))
		statements := p.Record(func() {
			p.data(t, user(0, models.RoleService), "mutation($v: ID!) { recordVideoActivity(batchId: \"1\", events: [{videoId: $v, kind: VIEW}]) { recordedCount } }",
				map[string]any{"v": videoID(0).String()})
			expect(state(1))
		})
		// Four of the mutation's own, and of the change the counters, the video and the owner. A second look may come in between.
		if len(statements) > 12 {
			t.Errorf("%d watchers took %s", watchers, lines(statements))
		}
	})
}

// TestErrorsOfWhatIsNested have the path from the subscription's own field.
func TestErrorsOfWhatIsNested(t *testing.T) {
	t.Parallel()
	onLivePlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		s := p.subscribe(t, nil, "subscription($ids: [ID!]!) { v: videosMetadataChanged(ids: $ids) { video { owner { handle } } } }", map[string]any{"ids": texts(videoID(0))})
		s.raw(t)
		p.Exec(t, "ALTER TABLE users RENAME TO persons")
		p.setViews(t, 0, 5)
		got, _ := s.next(t)
		equal(t, "code", any("INTERNAL_SERVER_ERROR"), got.code(t))
		if path := got.only(t).Path.String(); path != "v.video.owner" {
			t.Errorf("path %q", path)
		}
		p.Exec(t, "ALTER TABLE persons RENAME TO users")
		p.setViews(t, 0, 6)
		s.expect(t, `{"v":{"video":{"owner":{"handle":"user.0"}}}}`)
	})
}
