package graph_test

import (
	"fmt"
	"testing"

	"reelgraph/models"
)

func TestJobsByStatus(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		statuses := []models.AIJobStatus{"QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELED"}
		p.together(t, func() {
			for n := range 10 {
				p.addJobs(t, job{n: n, status: statuses[n%5]}, job{n: 100 + n, owner: 1, status: statuses[n%5]})
			}
		})
		for _, test := range []struct {
			status any
			want   []int
		}{
			{nil, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
			{[]string{}, nil},
			{[]string{"FAILED"}, []int{3, 8}},
			{"FAILED", []int{3, 8}}, // GraphQL takes one value for a list of one.
			{[]string{"CANCELED", "QUEUED", "CANCELED"}, []int{0, 4, 5, 9}},
			{statuses, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		} {
			got := p.data(t, user(0), "query($status: [AIJobStatus!]) { myAIJobs(status: $status) { nodes { id } } }", map[string]any{"status": test.status})
			equal(t, fmt.Sprint(test.status), idsOf(jobID, test.want...), pick(got, "myAIJobs.nodes.id"))
		}
		const text = "{ a: myAIJobs(status: []) { nodes { id } } b: myAIJobs(status: null) { nodes { id } } c: myAIJobs(status: [FAILED, QUEUED]) { nodes { id } } d: myAIJobs(status: COMPLETED) { nodes { id status } } }"
		got := p.data(t, user(0), text, nil)
		sees(t, got, "a.nodes.id")
		equal(t, "null", 10, len(pick(got, "b.nodes.id")))
		sees(t, got, "c.nodes.id", idsOf(jobID, 0, 3, 5, 8)...)
		sees(t, got, "d.nodes.status", "COMPLETED", "COMPLETED")
		equal(t, "pages", idsOf(jobID, 0, 1, 5, 6), p.pages(t, user(0), "myAIJobs(status: [QUEUED, PROCESSING], first: 1%s)"))
	})
}

func TestNotificationsByFilter(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			for n := range 12 {
				p.addNotes(t, note{n: n, recipient: 0, category: models.AllNotificationCategory[n%6], read: n%4 == 0},
					note{n: 100 + n, recipient: 1, category: models.AllNotificationCategory[n%6]})
			}
		})
		for _, test := range []struct {
			arguments string
			want      []int
		}{
			{"unreadOnly: false", []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{"unreadOnly: true", []int{11, 10, 9, 7, 6, 5, 3, 2, 1}},
			{"category: null", []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{"category: LIKE", []int{6, 0}},
			{"category: SYSTEM", []int{11, 5}},
			{"category: LIKE, unreadOnly: true", []int{6}},
			{"category: REMIX, unreadOnly: true", []int{2}},
		} {
			got := p.data(t, user(0), "{ notifications("+test.arguments+") { nodes { id category readAt } unread { total } } }", nil)
			equal(t, test.arguments, idsOf(noteID, test.want...), pick(got, "notifications.nodes.id"))
			// The badge is over all of them, whatever the list leaves out.
			sees(t, got, "notifications.unread.total", 9.0)
			equal(t, "pages of "+test.arguments, idsOf(noteID, test.want...), p.pages(t, user(0), "notifications("+test.arguments+", first: 2%s)"))
		}
	})
}

func TestLogOfOneVideo(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		admin := user(0, models.RoleAdmin)
		p.together(t, func() {
			p.addUsers(t, 1)
			p.addVideos(t, 2, 1)
			for n := range 9 {
				p.addLines(t, line{n, n, n % 3, past(n)})
			}
			p.deleteVideo(t, 1)
		})
		// Number 1 is deleted, number 2 nobody has told the server of; their lines stay.
		for video := range 3 {
			got := p.data(t, admin, "query($id: ID) { moderationLog(videoId: $id) { nodes { id videoId moderatorId moderator { handle } kind reason } } }", map[string]any{"id": videoID(video).String()})
			sees(t, got, "moderationLog.nodes.id", idsOf(lineID, video, video+3, video+6)...)
			sees(t, got, "moderationLog.nodes.moderatorId", idsOf(userID, video, video+3, video+6)...)
			sees(t, got, "moderationLog.nodes.videoId", idsOf(videoID, video, video, video)...)
		}
		got := p.data(t, admin, `query($none: ID) {
			none: moderationLog(videoId: $none) { nodes { reason moderator { handle } } }
			unknown: moderationLog(videoId: "`+videoID(77).String()+`") { nodes { id } }
			upper: moderationLog(videoId: "BB000000-0000-0000-0000-000000000001") { nodes { reason kind } }
		}`, nil)
		equal(t, "all lines", 9, len(pick(got, "none.nodes.reason")))
		sees(t, got, "none.nodes.moderator", append([]any{map[string]any{"handle": "user.0"}}, make([]any, 8)...)...)
		sees(t, got, "unknown.nodes.id")
		sees(t, got, "upper.nodes.reason", "reason 1", "reason 4", "reason 7")
		equal(t, "pages", idsOf(lineID, 1, 4, 7), p.pages(t, admin, `moderationLog(videoId: "`+videoID(1).String()+`", first: 1%s)`))

		var bad answer
		statements := p.Record(func() { bad = p.ask(t, admin, `{ moderationLog(videoId: "nonsense") { nodes { id } } }`, nil) })
		equal(t, "an invalid id", map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"nonsense"}}, bad.only(t).Extensions)
		equal(t, "statements", 0, len(statements))
	})
}

// pages walks through a list and gives the ids of its nodes. In call stands %s where after goes.
func (p *platform) pages(t *testing.T, caller *models.Caller, call string) []any {
	t.Helper()
	var ids []any
	after := ""
	for range 50 {
		got := p.data(t, caller, "{ list: "+fmt.Sprintf(call, after)+" { nodes { id } pageInfo { hasNextPage endCursor } } }", nil)
		ids = append(ids, pick(got, "list.nodes.id")...)
		if pick(got, "list.pageInfo.hasNextPage")[0] != true {
			return ids
		}
		after = fmt.Sprintf(", after: %q", pick(got, "list.pageInfo.endCursor")...)
	}
	t.Fatalf("%s has no end", call)
	return nil
}

// idsOf are the ids of these numbers.
func idsOf(kind func(int) models.ID, numbers ...int) []any {
	ids := make([]any, len(numbers))
	for i, n := range numbers {
		ids[i] = kind(n).String()
	}
	return ids
}
