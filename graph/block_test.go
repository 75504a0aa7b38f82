package graph_test

import (
	"testing"

	"reelgraph/models"
)

// TestBlocksHide has user 0 block user 1. Videos 1 and 3 are of user 1, notifications 1 and 3 too.
func TestBlocksHide(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 3)
			p.addVideos(t, 4, 2)
			for n := range 4 {
				p.addNotes(t, note{n: n, recipient: 0, actor: new(userID(n % 2)), video: new(videoID(1))})
			}
			p.addNotes(t, note{n: 4, recipient: 0}, note{n: 5, recipient: 1, actor: new(userID(0))})
			p.report(t, 1, "spam")
			p.addJobs(t, job{source: new(videoID(1))})
		})
		p.rank(t)

		const query = `query($ids: [ID!]!, $notes: [ID!]!, $jobs: [ID!]!, $signedIn: Boolean!) {
			feed { nodes { id } edges { node { id } } } trendingVideos { nodes { id } edges { node { id } } }
			videos(ids: $ids) { id owner { handle } } videosMetadata(ids: $ids) { id video { owner { handle } } }
			... @include(if: $signedIn) {
				notifications { nodes { id } edges { node { id } } } notificationsByIds(ids: $notes) { id }
				aiJobs(ids: $jobs) { sourceVideo { owner { handle } } }
			}
		}`
		look := func(caller *models.Caller) map[string]any {
			t.Helper()
			return p.data(t, caller, query, map[string]any{
				"ids": series(videoID, 0, 4), "notes": series(noteID, 0, 6), "jobs": texts(jobID(0)), "signedIn": caller != nil,
			})
		}
		everything := func(who string, got map[string]any) {
			t.Helper()
			for _, path := range []string{"feed.nodes.id", "feed.edges.node.id"} {
				equal(t, who+": "+path, series(videoID, 0, 4), pick(got, path))
			}
			for _, path := range []string{"trendingVideos.nodes.id", "trendingVideos.edges.node.id"} {
				equal(t, who+": "+path, series(videoID, 3, -1), pick(got, path))
			}
		}
		byID := func(who string, got map[string]any) {
			t.Helper()
			equal(t, who+": videos", series(videoID, 0, 4), pick(got, "videos.id"))
			equal(t, who+": videosMetadata", []any{"user.0", "user.1", "user.0", "user.1"}, pick(got, "videosMetadata.video.owner.handle"))
		}
		unblocked := func(who string) {
			t.Helper()
			got := look(user(0))
			everything(who, got)
			byID(who, got)
			equal(t, who+": notifications", series(noteID, 4, -1), pick(got, "notifications.nodes.id"))
			equal(t, who+": by ids", append(series(noteID, 0, 5), nil), pick(got, "notificationsByIds.id"))
		}

		unblocked("before")
		p.block(t, 0, 1)
		got := look(user(0))
		for _, path := range []string{"feed.nodes.id", "feed.edges.node.id"} {
			sees(t, got, path, idsOf(videoID, 0, 2)...)
		}
		for _, path := range []string{"trendingVideos.nodes.id", "trendingVideos.edges.node.id"} {
			sees(t, got, path, idsOf(videoID, 2, 0)...)
		}
		sees(t, got, "notifications.nodes.id", idsOf(noteID, 4, 2, 0)...)
		sees(t, got, "notifications.edges.node.id", idsOf(noteID, 4, 2, 0)...)
		sees(t, got, "notificationsByIds.id", noteID(0).String(), nil, noteID(2).String(), nil, noteID(4).String(), nil)
		sees(t, got, "aiJobs.sourceVideo.owner.handle", "user.1")
		byID("blocked", got)
		equal(t, "pages", idsOf(noteID, 4, 2, 0), p.pages(t, user(0), "notifications(first: 1%s)"))
		equal(t, "pages", idsOf(videoID, 0, 2), p.pages(t, user(0), "feed(first: 1%s)"))
		equal(t, "pages", idsOf(videoID, 2, 0), p.pages(t, user(0), "trendingVideos(first: 1%s)"))

		// For others, the blocked one among them, and for moderators nothing has changed.
		for who, caller := range map[string]*models.Caller{"nobody": nil, "the blocked": user(1), "another": user(2), "unknown": user(9)} {
			got := look(caller)
			everything(who, got)
			byID(who, got)
		}
		sees(t, look(user(1)), "notifications.nodes.id", noteID(5).String())
		sees(t, p.data(t, user(0, models.RoleAdmin), "{ reportedVideos { nodes { video { owner { handle } } } } }", nil), "reportedVideos.nodes.video.owner.handle", "user.1")

		p.Exec(t, "DELETE FROM user_blocks")
		unblocked("after")
	})
}

// TestDeletedVideos are nowhere to be seen from the moment on, and come back when they are restored.
func TestDeletedVideos(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 2)
			p.addVideos(t, 3, 2)
			p.addJobs(t, job{source: new(videoID(1))})
			p.addNotes(t, note{n: 0, recipient: 0, video: new(videoID(1))})
			p.report(t, 1, "spam")
		})
		p.rank(t)
		look := func() map[string]any {
			t.Helper()
			return p.data(t, user(0, models.RoleAdmin), `query($ids: [ID!]!, $jobs: [ID!]!, $notes: [ID!]!) {
				feed { nodes { id } } trendingVideos { nodes { id } } reportedVideos { nodes { video { id } } }
				videos(ids: $ids) { id } videosMetadata(ids: $ids) { id }
				aiJobs(ids: $jobs) { id sourceVideo { id } } myAIJobs { nodes { sourceVideo { id } } }
				notificationsByIds(ids: $notes) { id video { id } } notifications { nodes { video { id } } }
			}`, map[string]any{"ids": series(videoID, 0, 3), "jobs": texts(jobID(0)), "notes": texts(noteID(0))})
		}
		check := func(when string, videos []int, hidden any) {
			t.Helper()
			got := look()
			equal(t, when+": feed", idsOf(videoID, videos...), pick(got, "feed.nodes.id"))
			for _, list := range []string{"videos", "videosMetadata"} {
				equal(t, when+": "+list, []any{videoID(0).String(), hidden, videoID(2).String()}, pick(got, list+".id"))
			}
			for _, path := range []string{"aiJobs.sourceVideo", "myAIJobs.nodes.sourceVideo", "notificationsByIds.video", "notifications.nodes.video"} {
				equal(t, when+": "+path, []any{hidden}, pick(got, path+".id"))
			}
			equal(t, when+": ranked", len(videos), len(pick(got, "trendingVideos.nodes.id")))
			if hidden == nil {
				equal(t, when+": reported", 0, len(pick(got, "reportedVideos.nodes")))
			}
			// What it belonged to stays.
			sees(t, got, "aiJobs.id", jobID(0).String())
			sees(t, got, "notificationsByIds.id", noteID(0).String())
		}
		check("before", []int{0, 1, 2}, videoID(1).String())
		p.deleteVideo(t, 1)
		check("deleted", []int{0, 2}, nil)
		p.rank(t)
		check("ranked again", []int{0, 2}, nil)
		p.Exec(t, "UPDATE videos SET deleted_at = NULL, deletion_reason = NULL")
		check("restored", []int{0, 1, 2}, videoID(1).String())
	})
}
