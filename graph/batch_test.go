package graph_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

// TestFeedScreen holds the statements of a screen that asks for two batches of counters and a feed
// with authors and counters: one for the batches, one each for the feed, its authors and its counters.
func TestFeedScreen(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 5)
		p.addVideos(t, 40, 5)
		var a, b []any
		for n := range 20 {
			a, b = append(a, videoID(n).String()), append(b, videoID(39-n).String())
		}
		var got map[string]any
		statements := p.Record(func() {
			got = p.data(t, nil, `query($a: [ID!]!, $b: [ID!]!) {
				a: videosMetadata(ids: $a) { id viewCount } b: videosMetadata(ids: $b) { id viewCount }
				feed(first: 20) { nodes { owner { handle } metadata { viewCount } } edges { node { id owner { id } } } }
			}`, map[string]any{"a": a, "b": b})
		})
		if len(statements) != 4 {
			t.Errorf("%d statements:\n%s", len(statements), strings.Join(statements, "\n"))
		}
		for n := range 20 {
			want := map[string]any{"id": videoID(n).String(), "viewCount": float64(n)}
			if diff := cmp.Diff(want, got["a"].([]any)[n]); diff != "" {
				t.Error(diff)
			}
			want = map[string]any{"id": videoID(39 - n).String(), "viewCount": float64(39 - n)}
			if diff := cmp.Diff(want, got["b"].([]any)[n]); diff != "" {
				t.Error(diff)
			}
			node := got["feed"].(map[string]any)["nodes"].([]any)[n]
			want = map[string]any{"owner": map[string]any{"handle": "user." + string(rune('0'+n%5))}, "metadata": map[string]any{"viewCount": float64(n)}}
			if diff := cmp.Diff(want, node); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestBatchAnswersInTheOrderAsked(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 2)
		p.addVideos(t, 3, 2)
		p.deleteVideo(t, 1)
		ids := texts(videoID(2), videoID(9), videoID(0), videoID(2), videoID(1))
		ids[2] = strings.ToUpper(ids[2].(string))
		got := p.data(t, nil, `query($ids: [ID!]!) { videosMetadata(ids: $ids) { id } videos(ids: $ids) { id } }`, map[string]any{"ids": ids})
		two, zero := map[string]any{"id": videoID(2).String()}, map[string]any{"id": videoID(0).String()}
		want := map[string]any{
			"videosMetadata": []any{two, nil, zero, two, nil},
			"videos":         []any{two, nil, zero, two, nil},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOthersJobsAreAsUnknownOnes(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addJob(t, 0, 0, models.AIJobStatusQueued)
		p.addJob(t, 1, 1, models.AIJobStatusQueued)
		p.addJob(t, 2, 0, models.AIJobStatusProcessing)
		got := p.data(t, user(0), `query($ids: [ID!]!) { aiJobs(ids: $ids) { id queuePosition } }`,
			map[string]any{"ids": texts(jobID(0), jobID(1), jobID(2), jobID(3))})
		want := map[string]any{"aiJobs": []any{
			map[string]any{"id": jobID(0).String(), "queuePosition": float64(1)}, nil,
			map[string]any{"id": jobID(2).String(), "queuePosition": nil}, nil,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
