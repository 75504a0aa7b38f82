package graph_test

import (
	"testing"

	"reelgraph/models"
)

// TestMe is about the caller's own row of users.
func TestMe(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 2)
		const query = "{ me { id handle credits } }"
		sees(t, p.data(t, user(1), query, nil), "me", map[string]any{"id": userID(1).String(), "handle": "user.1", "credits": 101.0})
		for who, caller := range map[string]*models.Caller{"nobody": nil, "a user without a row": user(9), "with all roles": user(9, roles()...)} {
			equal(t, who, `{"me":null}`, p.ask(t, caller, query, nil).Raw)
		}
		got, statements := p.counted(t, nil, "{ a: me { id } b: me { id } }", nil)
		equal(t, "nobody", map[string]any{"a": nil, "b": nil}, got)
		equal(t, "statements", 0, len(statements))
	})
}

// TestUnknownCaller signs in as somebody whom nobody has told the server of: nothing fails for that.
func TestUnknownCaller(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		p.rank(t)
		for _, f := range rootFields() {
			if f.kind == "query" {
				p.data(t, user(9, roles()...), f.operation(nil, everything(f.Type.Name(), 2)), nil)
			}
		}
		got := p.ask(t, user(9), `query($ids: [ID!]!) {
			notifications { nodes { id } pageInfo { hasNextPage endCursor } unread { id total byCategory { count } version } }
			myAIJobs { nodes { id } } blockedUsers { nodes { id } } me { id } aiJobs(ids: $ids) { id }
		}`, map[string]any{"ids": texts(jobID(0))})
		want := `{"notifications":{"nodes":[],"pageInfo":{"hasNextPage":false,"endCursor":null},"unread":{"id":"` + userID(9).String() +
			`","total":0,"byCategory":[],"version":0}},"myAIJobs":{"nodes":[]},"blockedUsers":{"nodes":[]},"me":null,"aiJobs":[null]}`
		equal(t, "answer", answer{Data: got.Data, Raw: want}, got)
		equal(t, "feed", 4, len(pick(p.data(t, user(9), "{ feed { nodes { id } } }", nil), "feed.nodes")))

		// What such a user has is theirs all the same.
		p.addJobs(t, job{n: 90, owner: 9})
		p.addNotes(t, note{n: 90, recipient: 9, category: models.NotificationCategoryAiJob, job: new(jobID(90))})
		p.block(t, 9, 0)
		data := p.data(t, user(9), "{ notifications { nodes { job { prompt } } unread { total } } myAIJobs { nodes { prompt } } blockedUsers { nodes { handle } } feed { nodes { owner { handle } } } }", nil)
		sees(t, data, "notifications.nodes.job.prompt", "prompt 90 of 9")
		sees(t, data, "notifications.unread.total", 1.0)
		sees(t, data, "myAIJobs.nodes.prompt", "prompt 90 of 9")
		sees(t, data, "blockedUsers.nodes.handle", "user.0")
		sees(t, data, "feed.nodes.owner.handle", "user.1", "user.1")
	})
}

// TestQueuePosition has a queue that is longer than what is counted.
func TestQueuePosition(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		jobs := make([]job, 1010)
		for n := range jobs {
			jobs[n] = job{n: n, owner: n % 2} // the higher n, the older
		}
		p.together(t, func() { p.addJobs(t, jobs...) })
		look := func(want map[int]any) {
			t.Helper()
			for caller := range 2 {
				var asked []models.ID
				var positions []any
				for n, position := range want {
					if n%2 == caller {
						asked, positions = append(asked, jobID(n)), append(positions, position)
					}
				}
				got, statements := p.counted(t, user(caller), "query($ids: [ID!]!) { aiJobs(ids: $ids) { queuePosition } }", map[string]any{"ids": texts(asked...)})
				sees(t, got, "aiJobs.queuePosition", positions...)
				equal(t, "statements", map[string]int{"ai_jobs": 1, "queue": 1}, tables(statements))
			}
		}
		look(map[int]any{1009: 0.0, 1008: 1.0, 1007: 2.0, 500: 509.0, 501: 508.0, 10: 999.0, 11: 998.0, 9: 1000.0, 8: 1000.0, 1: 1000.0, 0: 1000.0})
		// The oldest leaves, and so does one in the middle: whoever is behind moves up.
		p.Exec(t, "UPDATE ai_jobs SET status = 'PROCESSING' WHERE id = ?", jobID(1009))
		p.Exec(t, "UPDATE ai_jobs SET status = 'CANCELED' WHERE id = ?", jobID(500))
		look(map[int]any{1009: nil, 1008: 0.0, 500: nil, 501: 507.0, 499: 508.0, 10: 997.0, 8: 999.0, 7: 1000.0})
		// Jobs of one moment stand in the order of their ids, each at a place of its own.
		p.Exec(t, "UPDATE ai_jobs SET created_at = ? WHERE status = 'QUEUED'", past(0))
		look(map[int]any{0: 0.0, 1: 1.0, 2: 2.0, 17: 17.0, 18: 18.0, 499: 499.0, 500: nil, 501: 500.0, 1000: 999.0, 1001: 1000.0, 1008: 1000.0})
	})
}

// TestOthersWritesAreSeenAtOnce has another program write to the shared tables.
func TestOthersWritesAreSeenAtOnce(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		look := func() map[string]any {
			t.Helper()
			return p.data(t, user(0), `query($videos: [ID!]!, $jobs: [ID!]!) {
				videosMetadata(ids: $videos) { likeCount version } aiJobs(ids: $jobs) { progress status version }
			}`, map[string]any{"videos": texts(videoID(0)), "jobs": texts(jobID(0))})
		}
		before := look()
		p.Exec(t, "UPDATE video_metadata SET like_count = like_count + 5 WHERE video_id = ?", videoID(0))
		p.Exec(t, "UPDATE ai_jobs SET progress = 66, status = 'PROCESSING' WHERE id = ?", jobID(0))
		after := look()
		sees(t, after, "videosMetadata.likeCount", 5.0)
		sees(t, after, "aiJobs.progress", 66.0)
		sees(t, after, "aiJobs.status", "PROCESSING")
		for _, path := range []string{"videosMetadata.version", "aiJobs.version"} {
			if pick(after, path)[0].(float64) <= pick(before, path)[0].(float64) {
				t.Errorf("%s did not grow", path)
			}
		}
	})
}
