package graph_test

import (
	"strings"
	"testing"

	"reelgraph/models"
)

// TestDeletionsAreToldInOrder: one result for each id asked for, a repeated one counted once, whatever its case.
func TestDeletionsAreToldInOrder(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 4, 1)
		p.deleteVideo(t, 2)
		const mutation = `mutation($ids: [ID!]!, $reason: String!, $dry: Boolean! = false) {
			deleteVideos(ids: $ids, reason: $reason, dryRun: $dry) { deletedCount results { id status } }
		}`
		asked := texts(videoID(3), videoID(9), videoID(2), videoID(1), videoID(3))
		asked[4] = strings.ToUpper(asked[4].(string))
		admin := user(7, models.RoleAdmin)
		reason := " " + strings.Repeat("é", 498) + "\n"
		tell := func(dry bool, count any, statuses ...any) {
			t.Helper()
			got := p.data(t, admin, mutation, map[string]any{"ids": asked, "reason": reason, "dry": dry})
			sees(t, got, "deleteVideos.deletedCount", count)
			sees(t, got, "deleteVideos.results.id", texts(videoID(3), videoID(9), videoID(2), videoID(1), videoID(3))...)
			sees(t, got, "deleteVideos.results.status", statuses...)
		}
		const deleted, already, none = "DELETED", "ALREADY_DELETED", "NOT_FOUND"
		tell(true, 2.0, deleted, none, already, deleted, deleted)
		tell(false, 2.0, deleted, none, already, deleted, deleted)
		tell(false, 0.0, already, none, already, already, already)
		tell(true, 0.0, already, none, already, already, already)

		got := p.data(t, admin, `query($ids: [ID!]!) { videos(ids: $ids) { id } moderationLog { nodes { kind videoId moderatorId reason } } }`,
			map[string]any{"ids": texts(videoID(0), videoID(1), videoID(3))})
		equal(t, "videos", []any{map[string]any{"id": videoID(0).String()}, nil, nil}, got["videos"])
		equal(t, "lines", 2, len(pick(got, "moderationLog.nodes")))
		for what, want := range map[string]any{"kind": "DELETE_VIDEO", "moderatorId": userID(7).String(), "reason": reason} {
			sees(t, got, "moderationLog.nodes."+what, want, want)
		}
	})
}

// TestOneRequestOfManySteps sees after each what those before it have done.
func TestOneRequestOfManySteps(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 3, 1)
		ids := map[string]any{"ids": texts(videoID(0), videoID(1), videoID(8), videoID(1))}
		got := p.data(t, user(7, models.RoleAdmin), `mutation($ids: [ID!]!) {
			a: reportVideos(ids: $ids, reason: "spam") { reportedCount }
			b: dismissReports(ids: $ids, reason: "fine") { dismissedCount }
			c: reportVideos(ids: $ids, reason: "spam") { reportedCount }
			d: deleteVideos(ids: $ids, reason: "spam") { deletedCount }
			e: dismissReports(ids: $ids, reason: "gone") { dismissedCount }
			f: reportVideos(ids: $ids, reason: "gone") { reportedCount }
			g: restoreVideos(ids: $ids, reason: "oh") { restoredCount }
			h: restoreVideos(ids: $ids, reason: "oh") { restoredCount }
			i: dismissReports(ids: $ids, reason: "none") { dismissedCount }
			j: reportVideos(ids: $ids, reason: "spam") { reportedCount }
		}`, ids)
		for path, want := range map[string]any{
			"a.reportedCount": 2.0, "b.dismissedCount": 2.0, "c.reportedCount": 2.0, "d.deletedCount": 2.0, "e.dismissedCount": 0.0,
			"f.reportedCount": 0.0, "g.restoredCount": 2.0, "h.restoredCount": 0.0, "i.dismissedCount": 0.0, "j.reportedCount": 2.0,
		} {
			sees(t, got, path, want)
		}
	})
}

// TestReasonsAreBounded in characters.
func TestReasonsAreBounded(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		reasons := []struct {
			text string
			fine bool
		}{
			{strings.Repeat("é", 500), true}, {strings.Repeat("é", 501), false}, {"x", true}, {"", false}, {" \u00a0\n\t", false}, {"a\x00b", false},
		}
		for _, field := range []string{"reportVideos", "deleteVideos", "restoreVideos", "dismissReports"} {
			for _, reason := range reasons {
				got := p.ask(t, user(0, models.RoleAdmin), "mutation($reason: String!) { "+field+"(ids: [], reason: $reason) { __typename } }", map[string]any{"reason": reason.text})
				if !reason.fine {
					equal(t, field, map[string]any{"code": "BAD_USER_INPUT", "argument": "reason"}, got.only(t).Extensions)
				} else if got.Errors != nil {
					t.Errorf("%s: %v", field, got.Errors)
				}
			}
		}
	})
}
