package graph_test

import (
	"strings"
	"testing"

	"reelgraph/models"
)

const recordActivity = `mutation($batchId: ID!, $events: [VideoActivityInput!]!) {
	recordVideoActivity(batchId: $batchId, events: $events) { recordedCount duplicate unknownVideoIds }
}`

// activityEvent is one of a video's events; a count of 0 is left to its default.
func activityEvent(video, kind string, count int) map[string]any {
	event := map[string]any{"videoId": video, "kind": kind}
	if count != 0 {
		event["count"] = count
	}
	return event
}

// TestActivityIsToldOnce: the same events are the same in whatever words, and those of unknown videos are told in order.
func TestActivityIsToldOnce(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 3, 1)
		p.deleteVideo(t, 1)
		service, video := user(900, models.RoleService), videoID(2).String()
		send := func(batchID any, events ...any) any {
			t.Helper()
			return p.data(t, service, recordActivity, map[string]any{"batchId": batchID, "events": append([]any{}, events...)})["recordVideoActivity"]
		}
		recorded := func(count float64, duplicate bool, unknown ...any) map[string]any {
			return map[string]any{"recordedCount": count, "duplicate": duplicate, "unknownVideoIds": unknown}
		}
		equal(t, "the first", recorded(3, false, videoID(9).String(), videoID(1).String()), send("a",
			activityEvent(videoID(9).String(), "VIEW", 1), activityEvent(video, "VIEW", 0), activityEvent(videoID(1).String(), "LIKE", 1),
			activityEvent(video, "LIKE", 5), activityEvent(strings.ToUpper(videoID(9).String()), "LIKE", 1), activityEvent(video, "UNLIKE", 2)))
		equal(t, "the same in other words", recorded(0, true, videoID(9).String(), videoID(1).String()), send("a",
			activityEvent(videoID(9).String(), "VIEW", 0), activityEvent(strings.ToUpper(video), "VIEW", 1), activityEvent(videoID(1).String(), "LIKE", 0),
			activityEvent(video, "LIKE", 5), activityEvent(videoID(9).String(), "LIKE", 1), activityEvent(video, "UNLIKE", 2)))
		equal(t, "under a number", recorded(1, false), send(7, activityEvent(video, "GLITCH", 1_000_000)))
		equal(t, "under the same number as text", recorded(0, true), send("7", activityEvent(video, "GLITCH", 1_000_000)))
		equal(t, "of nothing", recorded(0, false), send("a"))
		got := p.data(t, nil, "query($ids: [ID!]!) { videosMetadata(ids: $ids) { viewCount likeCount glitchCount } }", map[string]any{"ids": texts(videoID(2))})
		equal(t, "the counters", []any{map[string]any{"viewCount": 3.0, "likeCount": 3.0, "glitchCount": 1_000_000.0}}, got["videosMetadata"])
		other := p.ask(t, service, recordActivity, map[string]any{"batchId": "a", "events": []any{activityEvent(video, "VIEW", 1)}})
		equal(t, "other content", map[string]any{"code": badUserInput, "argument": "batchId"}, other.only(t).Extensions)
	})
}

// TestActivityThatCannotBe is refused before the database is asked, all bad ids named.
func TestActivityThatCannotBe(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		good := activityEvent(videoID(0).String(), "VIEW", 1)
		many := make([]any, 1001)
		for i := range many {
			many[i] = good
		}
		for what, c := range map[string]struct {
			batchID string
			events  []any
			want    map[string]any
		}{
			"no batchId":        {"", []any{good}, map[string]any{"argument": "batchId"}},
			"a long batchId":    {strings.Repeat("ä", 201), []any{good}, map[string]any{"argument": "batchId"}},
			"too many":          {"a", many, map[string]any{"argument": "events"}},
			"a count below 1":   {"a", []any{good, activityEvent(videoID(0).String(), "VIEW", -1)}, map[string]any{"argument": "events"}},
			"a count too large": {"a", []any{activityEvent(videoID(0).String(), "VIEW", 1_000_001)}, map[string]any{"argument": "events"}},
			"no ids": {"a", []any{activityEvent("x", "VIEW", 1), good, activityEvent("y", "VIEW", 1)},
				map[string]any{"invalidIds": []string{"x", "y"}}},
			"all of it": {"", []any{activityEvent("x", "VIEW", 1)}, map[string]any{"argument": "batchId", "invalidIds": []string{"x"}}},
		} {
			c.want["code"] = badUserInput
			statements := p.Record(func() {
				got := p.ask(t, user(0, models.RoleService), recordActivity, map[string]any{"batchId": c.batchID, "events": c.events})
				equal(t, what, c.want, got.only(t).Extensions)
			})
			if len(statements) != 0 {
				t.Error(what, lines(statements))
			}
		}
		zero := activityEvent(videoID(0).String(), "VIEW", 1)
		zero["count"] = 0
		got := p.ask(t, user(0, models.RoleService), recordActivity, map[string]any{"batchId": "a", "events": []any{zero}})
		equal(t, "a count of 0", map[string]any{"code": badUserInput, "argument": "events"}, got.only(t).Extensions)
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		p.data(t, user(0, models.RoleService), recordActivity, map[string]any{"batchId": strings.Repeat("ä", 200), "events": many[:1000]})
	})
}
