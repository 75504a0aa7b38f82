package graph_test

import (
	"strings"
	"testing"

	"reelgraph/models"
)

const upsertVideos = `mutation($videos: [VideoInput!]!) {
	upsertVideos(videos: $videos) { videos { id title thumbnailUrl createdAt owner { id handle } metadata { viewCount video { id } } } }
}`

func videoInput(n, owner int, title string) map[string]any {
	return map[string]any{"id": videoID(n).String(), "ownerId": userID(owner).String(), "title": title, "playbackUrl": "p"}
}

// TestUpsertedVideosAreToldInOrder: one for each input, null for a deleted one, what is nested in them read together.
func TestUpsertedVideosAreToldInOrder(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 3)
		p.addVideos(t, 4, 1)
		p.deleteVideo(t, 2)
		list := []any{videoInput(9, 1, "early"), videoInput(2, 1, "deleted"), videoInput(1, 2, "B"), videoInput(9, 2, "late")}
		list[2].(map[string]any)["thumbnailUrl"] = nil
		list[2].(map[string]any)["createdAt"] = nil
		list[3].(map[string]any)["id"] = strings.ToUpper(videoID(9).String())
		list[3].(map[string]any)["createdAt"] = "0001-01-01T00:00:00.0000019Z"
		got, statements := p.counted(t, user(0, models.RoleService), upsertVideos, map[string]any{"videos": list})
		equal(t, "the one that is deleted", any(nil), got["upsertVideos"].(map[string]any)["videos"].([]any)[1])
		sees(t, got, "upsertVideos.videos.title", "late", nil, "B", "late")
		sees(t, got, "upsertVideos.videos.owner.id", userID(2).String(), nil, userID(2).String(), userID(2).String())
		sees(t, got, "upsertVideos.videos.metadata.viewCount", 0.0, nil, 1.0, 0.0)
		sees(t, got, "upsertVideos.videos.createdAt", "0001-01-01T00:00:00.000001Z", nil, past(1).Format("2006-01-02T15:04:05.000000Z"), "0001-01-01T00:00:00.000001Z")
		if len(statements) != 7+3 {
			t.Error(lines(statements))
		}
		deleted := p.data(t, user(0), "query($ids: [ID!]!) { videos(ids: $ids) { id } videosMetadata(ids: $ids) { id } }", map[string]any{"ids": texts(videoID(2))})
		equal(t, "the deleted one stays so", map[string]any{"videos": []any{nil}, "videosMetadata": []any{nil}}, deleted)

		refused := p.ask(t, user(0, models.RoleService), upsertVideos, map[string]any{"videos": []any{videoInput(0, 1, "T"), videoInput(7, 8, "T")}})
		equal(t, "nobody's", map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{videoID(7).String()}}, refused.only(t).Extensions)
	})
}

// TestVideosThatCannotBe are refused before the database is asked.
func TestVideosThatCannotBe(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		for what, c := range map[string]struct {
			field string
			value any
			fine  bool
		}{
			"the first moment":       {"createdAt", "0001-01-01T00:00:00Z", true},
			"one before it":          {"createdAt", "0001-01-01T00:00:00+00:01", false},
			"the year 0":             {"createdAt", "0000-06-01T00:00:00Z", false},
			"the last moment":        {"createdAt", "9999-12-31T23:59:59.999999Z", true},
			"one behind it":          {"createdAt", "9999-12-31T23:59:59-00:01", false},
			"no time":                {"createdAt", "soon", false},
			"a title":                {"title", strings.Repeat("é", 500), true},
			"a long title":           {"title", strings.Repeat("é", 501), false},
			"a playback URL":         {"playbackUrl", strings.Repeat("é", 4096), true},
			"a long playback URL":    {"playbackUrl", strings.Repeat("é", 4097), false},
			"a thumbnail URL":        {"thumbnailUrl", strings.Repeat("é", 4096), true},
			"a long thumbnail URL":   {"thumbnailUrl", strings.Repeat("é", 4097), false},
			"a thumbnail URL of NUL": {"thumbnailUrl", "\x00", false},
		} {
			input := videoInput(1, 0, "T")
			input[c.field] = c.value
			got := p.ask(t, user(0, models.RoleService), upsertVideos, map[string]any{"videos": []any{input}})
			if !c.fine {
				equal(t, what+": code", any("BAD_USER_INPUT"), got.code(t))
			} else if got.Errors != nil {
				t.Errorf("%s: %v", what, got.Errors)
			}
		}
	})
}
