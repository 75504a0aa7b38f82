package graph_test

import (
	"strings"
	"testing"

	"reelgraph/models"
)

// TestBlockedUsersAreTold in the order asked, each with what became of it.
func TestBlockedUsersAreTold(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { p.addUsers(t, 4) })
		const mutation = "mutation($ids: [ID!]!) { blockUsers(ids: $ids) { blockedCount results { id status user { handle credits } } } }"
		ids := append(texts(userID(2), userID(0), userID(9)), strings.ToUpper(userID(1).String()), userID(2).String())
		want := func(statusOf2, statusOf1 string) []any {
			result := func(n int, status string, credits any) map[string]any {
				return map[string]any{"id": userID(n).String(), "status": status, "user": map[string]any{"handle": "user." + string(rune('0'+n)), "credits": credits}}
			}
			return []any{
				result(2, statusOf2, nil), result(0, "SELF", 100.0), map[string]any{"id": userID(9).String(), "status": "NOT_FOUND", "user": nil},
				result(1, statusOf1, nil), result(2, statusOf2, nil),
			}
		}
		got := p.data(t, user(0), mutation, map[string]any{"ids": ids})
		equal(t, "results", want("BLOCKED", "BLOCKED"), pick(got, "blockUsers.results"))
		sees(t, got, "blockUsers.blockedCount", 2.0)
		got = p.data(t, user(0), mutation, map[string]any{"ids": ids})
		equal(t, "said twice", want("ALREADY_BLOCKED", "ALREADY_BLOCKED"), pick(got, "blockUsers.results"))
		sees(t, got, "blockUsers.blockedCount", 0.0)
		sees(t, p.data(t, user(0), "{ blockedUsers { nodes { handle } } }", nil), "blockedUsers.nodes.handle", "user.1", "user.2")

		// Whom nobody knows may block too, and is told that there is no such user as themselves.
		got = p.data(t, user(9), mutation, map[string]any{"ids": texts(userID(9), userID(3))})
		sees(t, got, "blockUsers.results.status", "SELF", "BLOCKED")
		sees(t, got, "blockUsers.results.user.handle", nil, "user.3")
		sees(t, p.data(t, user(9), "mutation($ids: [ID!]!) { unblockUsers(ids: $ids) { unblockedCount } }", map[string]any{"ids": ids}), "unblockUsers.unblockedCount", 0.0)
	})
}

// TestBlocksCountAtOnce follows feeds, lists and badges through a block and its end.
func TestBlocksCountAtOnce(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 3)
			p.addVideos(t, 2, 2)
			p.addNotes(t, note{n: 0, actor: new(userID(1)), category: models.NotificationCategoryLike}, note{n: 1, actor: new(userID(1)), read: true}, note{n: 2})
		})
		const change, look = "mutation($ids: [ID!]!) { %(ids: $ids) { __typename } }", `{
			feed { nodes { id } } notifications { nodes { id } unread { total version byCategory { category } } }
		}`
		check := func(when string, videos, notes []int, total, version float64) {
			t.Helper()
			got := p.data(t, user(0), look, nil)
			equal(t, when+": feed", idsOf(videoID, videos...), pick(got, "feed.nodes.id"))
			equal(t, when+": notifications", idsOf(noteID, notes...), pick(got, "notifications.nodes.id"))
			equal(t, when+": total", []any{total}, pick(got, "notifications.unread.total"))
			equal(t, when+": version", []any{version}, pick(got, "notifications.unread.version"))
		}
		user1 := map[string]any{"ids": texts(userID(1))}
		check("before", []int{0, 1}, []int{2, 1, 0}, 2, 2)
		p.data(t, user(0), strings.Replace(change, "%", "blockUsers", 1), user1)
		check("blocked", []int{0}, []int{2}, 1, 3)
		got := p.data(t, user(0), "mutation($ids: [ID!]!) { markNotificationsRead(ids: $ids) { markedCount notifications { id } } }", map[string]any{"ids": texts(noteID(0))})
		sees(t, got, "markNotificationsRead", map[string]any{"markedCount": 0.0, "notifications": []any{}})
		list := []any{map[string]any{"userId": userID(0).String(), "category": "LIKE", "title": "T", "actorId": userID(1).String()}}
		got = p.data(t, user(2, models.RoleService), sendNotifications, map[string]any{"batchId": "b", "list": list})
		sees(t, got, "sendNotifications.results.status", "SUPPRESSED")
		check("suppressed", []int{0}, []int{2}, 1, 3)
		p.data(t, user(0), strings.Replace(change, "%", "unblockUsers", 1), user1)
		check("after", []int{0, 1}, []int{2, 1, 0}, 2, 4)
	})
}
