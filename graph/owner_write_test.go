package graph_test

import (
	"testing"

	"reelgraph/models"
)

// foreignWrites holds a test for each field of a mutation's answer that leads to what one user alone may
// see: what user 0 says of 1's does nothing to it and shows nothing of it. Each has a household of its own.
var foreignWrites = map[string]func(t *testing.T, p *platform){
	"StartAIJobPayload.job": func(t *testing.T, p *platform) {
		const query = `mutation($p: String!) { startAIJob(input: {kind: CAPTION, prompt: $p, idempotencyKey: "same"}) { job { prompt } } }`
		for n, prompt := range []string{"of 0", "of 1"} {
			sees(t, p.data(t, user(n), query, map[string]any{"p": prompt}), "startAIJob.job.prompt", prompt)
		}
	},
	"CancelAIJobResult.job": func(t *testing.T, p *platform) {
		got := p.data(t, user(0), "mutation($ids: [ID!]!) { cancelAIJobs(ids: $ids) { canceledCount results { status job { prompt } } } }",
			map[string]any{"ids": texts(jobID(1), jobID(0), jobID(3))})
		sees(t, got, "cancelAIJobs.results.status", "NOT_FOUND", "CANCELED", "NOT_FOUND")
		sees(t, got, "cancelAIJobs.results.job.prompt", nil, "prompt 0 of 0", nil)
		sees(t, got, "cancelAIJobs.canceledCount", 1.0)
		sees(t, p.data(t, user(1), "{ myAIJobs { nodes { status } } }", nil), "myAIJobs.nodes.status", "QUEUED", "QUEUED")
	},
	"MarkNotificationsReadPayload.notifications": markAsUser0,
	"MarkNotificationsReadPayload.unread":        markAsUser0,
	"ClaimAIJobsPayload.jobs": func(t *testing.T, p *platform) {
		// Workers see whose jobs they run, and nothing else of theirs.
		got := p.data(t, user(0, models.RoleWorker), "mutation { claimAIJobs(limit: 4) { jobs { prompt sourceVideo { owner { handle credits } } } } }", nil)
		sees(t, got, "claimAIJobs.jobs.prompt", "prompt 3 of 1", "prompt 2 of 0", "prompt 1 of 1", "prompt 0 of 0")
		sees(t, got, "claimAIJobs.jobs.sourceVideo.owner.credits", nil, 100.0, nil, 100.0)
		for _, roles := range [][]models.Role{nil, {models.RoleAdmin, models.RoleService}} {
			equal(t, "without the role", "FORBIDDEN", p.ask(t, user(0, roles...), "mutation { claimAIJobs { jobs { id } } }", nil).code(t))
		}
	},
	"SendNotificationResult.notification": func(t *testing.T, p *platform) {
		got := p.data(t, user(1, models.RoleService), `mutation($to: ID!, $own: ID!, $other: ID!) { sendNotifications(batchId: "b", notifications: [
			{userId: $to, category: AI_JOB, title: "a", jobId: $own}, {userId: $to, category: AI_JOB, title: "b", jobId: $other}
		]) { results { notification { title job { prompt } } } } }`,
			map[string]any{"to": userID(0).String(), "own": jobID(0).String(), "other": jobID(1).String()})
		sees(t, got, "sendNotifications.results.notification.job.prompt", "prompt 0 of 0", nil)
	},
}

// markAsUser0 marks everybody's notifications as one of them.
func markAsUser0(t *testing.T, p *platform) {
	t.Helper()
	got := p.data(t, user(0), `mutation($ids: [ID!]!) {
		markNotificationsRead(ids: $ids) { markedCount success notifications { title } unread { id total } }
	}`, map[string]any{"ids": series(noteID, 0, 5)})
	sees(t, got, "markNotificationsRead", map[string]any{
		"markedCount": 2.0, "success": true,
		"notifications": []any{map[string]any{"title": "note 0 to 0"}, map[string]any{"title": "note 2 to 0"}},
		"unread":        map[string]any{"id": userID(0).String(), "total": 0.0},
	})
	equal(t, "upTo another's", map[string]any{"code": "BAD_USER_INPUT", "argument": "upTo"},
		p.ask(t, user(0), "mutation($id: ID!) { markAllNotificationsRead(upTo: $id) { markedCount } }", map[string]any{"id": noteID(1).String()}).only(t).Extensions)
	sees(t, p.data(t, user(0), "mutation { markAllNotificationsRead { markedCount notifications { title } } }", nil), "markAllNotificationsRead",
		map[string]any{"markedCount": 0.0, "notifications": []any{}})
	sees(t, p.data(t, user(1), "{ notifications { unread { total } } }", nil), "notifications.unread.total", 2.0)
}

func TestForeignWrites(t *testing.T) {
	t.Parallel()
	for at, test := range foreignWrites {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			onPlatforms(t, func(t *testing.T, p *platform) {
				p.together(t, func() { household(t, p) })
				test(t, p)
			})
		})
	}
}
