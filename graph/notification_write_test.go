package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"reelgraph/models"
)

// TestMarkedNotifications are told in the order asked, each once, with what is unread then.
func TestMarkedNotifications(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 3)
			p.addNotes(t, note{n: 0}, note{n: 1, category: models.NotificationCategoryLike}, note{n: 2, read: true}, note{n: 3, recipient: 1}, note{n: 4, actor: new(userID(2))})
			p.block(t, 0, 2)
			p.Exec(t, "UPDATE inboxes SET unread_system = 1 WHERE user_id = ?", userID(0))
		})
		ids := append(texts(noteID(2), noteID(9)), strings.ToUpper(noteID(0).String()), noteID(3).String(), noteID(2).String(), noteID(4).String(), noteID(0).String())
		const mutation = `mutation($ids: [ID!]!) {
			a: markNotificationsRead(ids: $ids) { markedCount success notifications { id } unread { id total byCategory { category count } version } }
			b: markNotificationsRead(ids: $ids) { markedCount notifications { id readAt } unread { total version } }
			c: markAllNotificationsRead { markedCount notifications { id readAt } unread { total version } }
			d: markAllNotificationsRead { markedCount success notifications { id } unread { total version } }
		}`
		got := p.data(t, user(0), mutation, map[string]any{"ids": ids})
		sees(t, got, "a", map[string]any{
			"markedCount": 1.0, "success": true,
			"notifications": []any{map[string]any{"id": noteID(2).String()}, map[string]any{"id": noteID(0).String()}},
			"unread": map[string]any{
				"id": userID(0).String(), "total": 1.0, "byCategory": []any{map[string]any{"category": "LIKE", "count": 1.0}}, "version": 4.0,
			},
		})
		sees(t, got, "b.markedCount", 0.0)
		sees(t, got, "b.notifications.id", texts(noteID(2), noteID(0))...)
		sees(t, got, "b.unread", map[string]any{"total": 1.0, "version": 4.0})
		sees(t, got, "c.notifications.id", noteID(1).String())
		sees(t, got, "c.unread", map[string]any{"total": 0.0, "version": 5.0})
		sees(t, got, "d", map[string]any{"markedCount": 0.0, "success": true, "notifications": []any{}, "unread": map[string]any{"total": 0.0, "version": 5.0}})
		for _, readAt := range append(pick(got, "b.notifications.readAt"), pick(got, "c.notifications.readAt")...) {
			if readAt == nil {
				t.Error("one that was marked has no readAt")
			}
		}
	})
}

// TestUnreadOfMarkedNotifications is known from marking, and read where nothing was asked to be marked.
func TestUnreadOfMarkedNotifications(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { p.addNotes(t, note{n: 0}, note{n: 1}) })
		for _, c := range []struct {
			caller, ids, unread string
			want                int
		}{
			{"0", quoted(noteID(0).String()), "", 4},
			{"0", quoted(noteID(1).String()), "unread { total }", 4},
			{"0", "[]", "", 0},
			{"0", "[]", "unread { total }", 1},
			{"9", "[]", "unread { total }", 1},
			{"9", quoted(noteID(0).String()), "unread { total }", 1},
		} {
			got, statements := p.counted(t, user(int(c.caller[0]-'0')), fmt.Sprintf("mutation { markNotificationsRead(ids: %s) { markedCount notifications { id } %s } }", c.ids, c.unread), nil)
			equal(t, "statements of "+c.ids+c.unread, c.want, len(statements))
			if c.unread != "" {
				sees(t, got, "markNotificationsRead.unread.total", 0.0)
			}
		}
	})
}

func TestMarkAllArguments(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addNotes(t, note{n: 0}, note{n: 1, category: models.NotificationCategoryLike}, note{n: 2}, note{n: 3}, note{n: 4, recipient: 1})
		})
		const mutation = "mutation($category: NotificationCategory, $upTo: ID) { markAllNotificationsRead(category: $category, upTo: $upTo) { markedCount notifications { id } unread { total } } }"
		for _, c := range []struct{ arguments, extensions map[string]any }{
			{map[string]any{"upTo": "nonsense"}, map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"nonsense"}}},
			{map[string]any{"upTo": noteID(4).String()}, map[string]any{"code": "BAD_USER_INPUT", "argument": "upTo"}},
			{map[string]any{"upTo": noteID(9).String()}, map[string]any{"code": "BAD_USER_INPUT", "argument": "upTo"}},
		} {
			equal(t, fmt.Sprint(c.arguments), c.extensions, p.ask(t, user(0), mutation, c.arguments).only(t).Extensions)
		}
		got := p.data(t, user(0), mutation, map[string]any{"category": "SYSTEM", "upTo": strings.ToUpper(noteID(2).String())})
		sees(t, got, "markAllNotificationsRead.notifications.id", texts(noteID(2), noteID(0))...)
		sees(t, got, "markAllNotificationsRead.unread.total", 2.0)
		sees(t, p.data(t, user(0), mutation, nil), "markAllNotificationsRead.notifications.id", texts(noteID(3), noteID(1))...)
	})
}

const sendNotifications = `mutation($batchId: ID!, $list: [SendNotificationInput!]!) { sendNotifications(batchId: $batchId, notifications: $list) {
	sentCount results { status notification { id title body category actor { handle } video { title } job { prompt } createdAt readAt } }
} }`

// TestSentNotifications are told in order, and are what their recipients see: jobs of theirs among it, though
// it is a service that asks.
func TestSentNotifications(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 4)
			p.addVideos(t, 2, 2)
			p.addJobs(t, job{n: 0, owner: 0}, job{n: 1, owner: 1}, job{n: 3, owner: 3})
			p.deleteVideo(t, 1)
			p.block(t, 0, 2)
		})
		service := user(3, models.RoleService)
		input := func(to, actor, about int) map[string]any {
			return map[string]any{
				"userId": userID(to).String(), "category": "AI_JOB", "title": fmt.Sprintf("%d of %d", about, to), "actorId": userID(actor).String(),
				"videoId": videoID(about).String(), "jobId": jobID(about).String(),
			}
		}
		list := []any{input(0, 1, 0), input(0, 2, 0), input(9, 1, 0), input(1, 2, 1), input(0, 1, 1), input(1, 9, 3)}
		got := p.data(t, service, sendNotifications, map[string]any{"batchId": "b", "list": list})
		sees(t, got, "sendNotifications.sentCount", 4.0)
		sees(t, got, "sendNotifications.results.status", "SENT", "SUPPRESSED", "UNKNOWN_USER", "SENT", "SENT", "SENT")
		sees(t, got, "sendNotifications.results.notification.title", "0 of 0", nil, nil, "1 of 1", "1 of 0", "3 of 1")
		sees(t, got, "sendNotifications.results.notification.actor.handle", "user.1", nil, nil, "user.2", "user.1", nil)
		sees(t, got, "sendNotifications.results.notification.video.title", "Video 0", nil, nil, nil, nil, nil)
		sees(t, got, "sendNotifications.results.notification.job.prompt", "prompt 0 of 0", nil, nil, "prompt 1 of 1", nil, nil)
		for n, want := range [][]any{{"1 of 0", "0 of 0"}, {"3 of 1", "1 of 1"}} {
			sees(t, p.data(t, user(n), "{ notifications { nodes { title } } }", nil), "notifications.nodes.title", want...)
		}

		// A repeat, with ids in the other case, gets the same, but for what has happened since.
		p.data(t, user(1), "mutation { markAllNotificationsRead { markedCount } }", nil)
		for _, element := range list {
			for name, value := range element.(map[string]any) {
				if strings.HasSuffix(name, "Id") {
					element.(map[string]any)[name] = strings.ToUpper(value.(string))
				}
			}
		}
		again := p.data(t, service, sendNotifications, map[string]any{"batchId": "b", "list": list})
		for _, path := range []string{"sentCount", "results.status", "results.notification.id", "results.notification.job.prompt", "results.notification.createdAt"} {
			sees(t, again, "sendNotifications."+path, pick(got, "sendNotifications."+path)...)
		}
		readAt := pick(again, "sendNotifications.results.notification.readAt")
		if readAt[0] != nil || readAt[3] == nil || readAt[4] != nil || readAt[5] == nil {
			t.Errorf("read at %v", readAt)
		}
		list[0].(map[string]any)["title"] = "another"
		equal(t, "other content", map[string]any{"code": "BAD_USER_INPUT", "argument": "batchId"},
			p.ask(t, service, sendNotifications, map[string]any{"batchId": "b", "list": list}).only(t).Extensions)
	})
}

// TestWhatSentNotificationsAreAbout is one statement a kind, whoever has got how many of them.
func TestWhatSentNotificationsAreAbout(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 100)
			p.addVideos(t, 100, 100)
			jobs := make([]job, 100)
			for n := range jobs {
				jobs[n] = job{n: n, owner: n}
			}
			p.addJobs(t, jobs...)
		})
		list := make([]any, 100)
		for n := range list {
			list[n] = map[string]any{
				"userId": userID(n).String(), "category": "AI_JOB", "title": "T", "actorId": userID(99 - n).String(), "videoId": videoID(n).String(), "jobId": jobID(n).String(),
			}
		}
		got, statements := p.counted(t, user(0, models.RoleService), sendNotifications, map[string]any{"batchId": "b", "list": list})
		equal(t, "statements", 7+3, len(statements))
		for n, prompt := range pick(got, "sendNotifications.results.notification.job.prompt") {
			equal(t, "job", fmt.Sprintf("prompt %d of %d", n, n), prompt)
		}
	})
}
