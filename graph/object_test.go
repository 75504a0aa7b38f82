package graph_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"reelgraph/models"
)

// TestWholeObjects fills every column with something of its own and selects every field.
func TestWholeObjects(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Date(2026, 2, 3, 4, 5, second, second*1000, time.UTC) }
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, 'ana.b', 'Ana \"B\" ☃', 12)", userID(0))
		p.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'moderator', 'M')", userID(1))
		p.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url, thumbnail_url, created_at) VALUES (?, ?, 'Title', 'https://v', 'https://t', ?)", videoID(0), userID(0), at(1))
		p.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url, created_at) VALUES (?, ?, '', 'https://w', ?)", videoID(1), userID(0), at(0))
		p.Exec(t, `UPDATE video_metadata SET view_count = 9007199254740991, like_count = 2, comment_count = 3, remix_count = 4, glitch_count = 5,
			version = 4294967297, updated_at = ? WHERE video_id = ?`, at(2), videoID(0))
		p.Exec(t, `INSERT INTO ai_jobs (id, owner_id, kind, status, progress, result_url, prompt, source_video_id, attempts, version, created_at, started_at, finished_at, updated_at)
			VALUES (?, ?, 'UPSCALE', 'COMPLETED', 100, 'https://r', 'Make it', ?, 2, 7, ?, ?, ?, ?)`, jobID(0), userID(0), videoID(0), at(3), at(4), at(5), at(6))
		p.Exec(t, `INSERT INTO ai_jobs (id, owner_id, kind, status, progress, error, error_code, attempts, version, created_at, finished_at, updated_at)
			VALUES (?, ?, 'CAPTION', 'FAILED', 45, 'Because', 'WORKER_LOST', 3, 8, ?, ?, ?)`, jobID(1), userID(0), at(3), at(5), at(6))
		p.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, version, created_at, updated_at) VALUES (?, ?, 'GLITCH', 'QUEUED', 9, ?, ?)", jobID(2), userID(0), at(3), at(3))
		p.Exec(t, `INSERT INTO notifications (id, recipient_id, number, category, title, body, actor_id, video_id, job_id, created_at, read_at)
			VALUES (?, ?, 1, 'AI_JOB', 'Done', 'All of it', ?, ?, ?, ?, ?)`, noteID(0), userID(0), userID(1), videoID(0), jobID(0), at(7), at(8))
		p.Exec(t, "INSERT INTO notifications (id, recipient_id, number, category, title, created_at) VALUES (?, ?, 2, 'SYSTEM', 'News', ?)", noteID(1), userID(0), at(9))
		p.Exec(t, `INSERT INTO inboxes (user_id, last_number, unread_like, unread_comment, unread_remix, unread_follow, unread_ai_job, unread_system, version)
			VALUES (?, 2, 1, 2, 3, 4, 5, 6, 4294967298)`, userID(0))
		p.Exec(t, "INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason, created_at) VALUES (?, 'RESTORE_VIDEO', ?, ?, 'Fine', ?)", lineID(0), videoID(7), userID(1), at(10))
		p.report(t, 0, "a", "b", "a", "c", "b", "a")
		p.Exec(t, "UPDATE reported_videos SET last_reported_at = ?", at(11))

		ids := strings.NewReplacer("@user0", userID(0).String(), "@user1", userID(1).String(), "@video0", videoID(0).String(), "@video1", videoID(1).String(),
			"@video7", videoID(7).String(), "@job0", jobID(0).String(), "@job1", jobID(1).String(), "@job2", jobID(2).String(),
			"@note0", noteID(0).String(), "@note1", noteID(1).String(), "@line0", lineID(0).String(), "\n", "", "\t", "")
		for query, want := range map[string]string{
			"{ me { id handle displayName credits } }": `{"me":{"id":"@user0","handle":"ana.b","displayName":"Ana \"B\" ☃","credits":12}}`,
			`{ videos(ids: ["@video0", "@video1"]) { id title owner { id } playbackUrl thumbnailUrl createdAt metadata { viewCount } } }`: `{"videos":[
				{"id":"@video0","title":"Title","owner":{"id":"@user0"},"playbackUrl":"https://v","thumbnailUrl":"https://t","createdAt":"2026-02-03T04:05:01.000001Z","metadata":{"viewCount":9007199254740991}},
				{"id":"@video1","title":"","owner":{"id":"@user0"},"playbackUrl":"https://w","thumbnailUrl":null,"createdAt":"2026-02-03T04:05:00.000000Z","metadata":{"viewCount":0}}]}`,
			`{ videosMetadata(ids: ["@video0"]) { id viewCount likeCount commentCount remixCount glitchCount version updatedAt video { title } } }`: `{"videosMetadata":[
				{"id":"@video0","viewCount":9007199254740991,"likeCount":2,"commentCount":3,"remixCount":4,"glitchCount":5,"version":4294967297,"updatedAt":"2026-02-03T04:05:02.000002Z","video":{"title":"Title"}}]}`,
			`{ aiJobs(ids: ["@job0", "@job1", "@job2"]) { id kind status progress resultUrl error errorCode queuePosition prompt sourceVideo { id } attempts version createdAt startedAt finishedAt updatedAt } }`: `{"aiJobs":[
				{"id":"@job0","kind":"UPSCALE","status":"COMPLETED","progress":100,"resultUrl":"https://r","error":null,"errorCode":null,"queuePosition":null,"prompt":"Make it","sourceVideo":{"id":"@video0"},"attempts":2,"version":7,
				"createdAt":"2026-02-03T04:05:03.000003Z","startedAt":"2026-02-03T04:05:04.000004Z","finishedAt":"2026-02-03T04:05:05.000005Z","updatedAt":"2026-02-03T04:05:06.000006Z"},
				{"id":"@job1","kind":"CAPTION","status":"FAILED","progress":45,"resultUrl":null,"error":"Because","errorCode":"WORKER_LOST","queuePosition":null,"prompt":null,"sourceVideo":null,"attempts":3,"version":8,
				"createdAt":"2026-02-03T04:05:03.000003Z","startedAt":null,"finishedAt":"2026-02-03T04:05:05.000005Z","updatedAt":"2026-02-03T04:05:06.000006Z"},
				{"id":"@job2","kind":"GLITCH","status":"QUEUED","progress":0,"resultUrl":null,"error":null,"errorCode":null,"queuePosition":0,"prompt":null,"sourceVideo":null,"attempts":0,"version":9,
				"createdAt":"2026-02-03T04:05:03.000003Z","startedAt":null,"finishedAt":null,"updatedAt":"2026-02-03T04:05:03.000003Z"}]}`,
			"{ notifications { nodes { id category title body actor { id } video { id } job { id } createdAt readAt } unread { id total byCategory { category count } version } } }": `{"notifications":{"nodes":[
				{"id":"@note1","category":"SYSTEM","title":"News","body":null,"actor":null,"video":null,"job":null,"createdAt":"2026-02-03T04:05:09.000009Z","readAt":null},
				{"id":"@note0","category":"AI_JOB","title":"Done","body":"All of it","actor":{"id":"@user1"},"video":{"id":"@video0"},"job":{"id":"@job0"},"createdAt":"2026-02-03T04:05:07.000007Z","readAt":"2026-02-03T04:05:08.000008Z"}],
				"unread":{"id":"@user0","total":21,"byCategory":[{"category":"LIKE","count":1},{"category":"COMMENT","count":2},{"category":"REMIX","count":3},
				{"category":"FOLLOW","count":4},{"category":"AI_JOB","count":5},{"category":"SYSTEM","count":6}],"version":4294967298}}}`,
			"{ reportedVideos { nodes { video { id } reportCount reasons lastReportedAt } } }": `{"reportedVideos":{"nodes":[{"video":{"id":"@video0"},"reportCount":6,"reasons":["a","b","c"],"lastReportedAt":"2026-02-03T04:05:11.000011Z"}]}}`,
			"{ moderationLog { nodes { id kind videoId moderatorId moderator { handle } reason createdAt } } }": `{"moderationLog":{"nodes":[
				{"id":"@line0","kind":"RESTORE_VIDEO","videoId":"@video7","moderatorId":"@user1","moderator":{"handle":"moderator"},"reason":"Fine","createdAt":"2026-02-03T04:05:10.000010Z"}]}}`,
		} {
			got := p.ask(t, user(0, models.RoleAdmin), ids.Replace(query), nil)
			equal(t, query, answer{Raw: ids.Replace(want), Data: got.Data}, got)
		}
	})
}

// TestReasons has more of them than are shown, and settled reports among the open ones.
func TestReasons(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 1)
			p.addVideos(t, 2, 1)
			var reasons []string
			for n := range 12 {
				for range 12 - n {
					reasons = append(reasons, "reason "+string(rune('a'+n)))
				}
			}
			p.report(t, 0, reasons...)
			p.report(t, 1, "old", "old", "old", "new", "new", "other")
			p.Exec(t, "UPDATE video_reports SET settled_at = ? WHERE reason = 'old'", past(0))
		})
		got := p.data(t, user(0, models.RoleAdmin), "{ reportedVideos { nodes { reasons } } }", nil)
		sees(t, got, "reportedVideos.nodes.reasons", "reason a", "reason b", "reason c", "reason d", "reason e",
			"reason f", "reason g", "reason h", "reason i", "reason j", "new", "other")
	})
}

// TestTimes looks at every field of the type Time in an answer that has all of them.
func TestTimes(t *testing.T) {
	t.Parallel()
	format := regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$`)
	timeFields := map[string]bool{}
	for name, definition := range schema.Types {
		for _, f := range definition.Fields {
			if f.Type.Name() == "Time" && !strings.HasSuffix(name, "Input") {
				timeFields[f.Name] = false
			}
		}
	}
	var look func(t *testing.T, found map[string]bool, value any)
	look = func(t *testing.T, found map[string]bool, value any) {
		t.Helper()
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				look(t, found, element)
			}
		case map[string]any:
			for name, child := range value {
				if _, ok := timeFields[name]; ok && child != nil {
					found[name] = true
					if text, _ := child.(string); !format.MatchString(text) {
						t.Errorf("%s is %v", name, child)
					}
				}
				look(t, found, child)
			}
		}
	}
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			household(t, p)
			p.report(t, 0, "spam")
			p.addLines(t, line{at: past(0)})
			p.Exec(t, "UPDATE ai_jobs SET status = 'CANCELED', started_at = ? WHERE id = ?", past(0), jobID(0))
			p.Exec(t, "UPDATE notifications SET read_at = ? WHERE id = ?", past(0), noteID(0))
		})
		found := map[string]bool{}
		for _, f := range queries("first") {
			look(t, found, p.data(t, user(0, f.role), f.operation(nil, everything(f.Type.Name(), 2)), nil))
		}
		look(t, found, p.data(t, user(0, models.RoleWorker), "mutation { claimAIJobs { leaseExpiresAt jobs { startedAt } } }", nil))
		for name := range timeFields {
			if !found[name] {
				t.Errorf("no %s among the answers", name)
			}
		}
	})
}
