package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTrendingIsAsOfTheRanking has views change without the ranking's knowing it yet.
func TestTrendingIsAsOfTheRanking(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			p.addUsers(t, 2)
			p.addVideos(t, 6, 2)
		})
		look := func() map[string]any {
			t.Helper()
			return p.data(t, nil, "{ trendingVideos { nodes { id metadata { viewCount } } } }", nil)
		}
		check := func(videos []int, views ...any) {
			t.Helper()
			got := look()
			sees(t, got, "trendingVideos.nodes.id", idsOf(videoID, videos...)...)
			sees(t, got, "trendingVideos.nodes.metadata.viewCount", views...)
		}
		check(nil) // not ranked yet
		p.rank(t)
		check([]int{5, 4, 3, 2, 1, 0}, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0)
		p.setViews(t, 0, 100)
		check([]int{5, 4, 3, 2, 1, 0}, 5.0, 4.0, 3.0, 2.0, 1.0, 100.0)
		p.rank(t)
		check([]int{0, 5, 4, 3, 2, 1}, 100.0, 5.0, 4.0, 3.0, 2.0, 1.0)
		// A deletion shows at once, and so does its end.
		p.deleteVideo(t, 5)
		check([]int{0, 4, 3, 2, 1}, 100.0, 4.0, 3.0, 2.0, 1.0)
		p.rank(t)
		check([]int{0, 4, 3, 2, 1}, 100.0, 4.0, 3.0, 2.0, 1.0)
		p.Exec(t, "UPDATE videos SET deleted_at = NULL, deletion_reason = NULL")
		check([]int{0, 5, 4, 3, 2, 1}, 100.0, 5.0, 4.0, 3.0, 2.0, 1.0)
		// New videos come with the next ranking, counts of one size in some order that stays.
		p.addVideo(t, video{6, 0, 4, past(0)}, video{7, 1, 4, past(0)})
		p.rank(t)
		check([]int{0, 5, 7, 6, 4, 3, 2, 1}, 100.0, 5.0, 4.0, 4.0, 4.0, 3.0, 2.0, 1.0)
	})
}

// TestTrendingWalks goes through the pages while views rise and fall, videos are deleted and restored,
// and the ranking is refreshed, all at random: no walk shows a video twice. One during which nothing
// moves shows all of them, most viewed first.
func TestTrendingWalks(t *testing.T) {
	t.Parallel()
	const seed = 20260301
	t.Logf("seed %d", seed)
	const videos = 14
	onPlatforms(t, func(t *testing.T, p *platform) {
		random := rand.New(rand.NewPCG(seed, seed))
		p.together(t, func() {
			p.addUsers(t, 1)
			p.addVideos(t, videos, 1)
		})
		p.rank(t)
		views, deleted := make([]int, videos), make([]bool, videos)
		for n := range views {
			views[n] = n
		}
		events := map[string]func(n int){
			"rise": func(n int) { views[n] += random.IntN(20); p.setViews(t, n, views[n]) },
			"fall": func(n int) { views[n] = random.IntN(views[n] + 1); p.setViews(t, n, views[n]) },
			"meet": func(n int) { views[n] = views[(n+1)%videos]; p.setViews(t, n, views[n]) },
			"rank": func(int) { p.rank(t) },
			"more": func(int) { p.rank(t) },
			"gone": func(n int) { deleted[n] = true; p.deleteVideo(t, n) },
			"back": func(n int) {
				deleted[n] = false
				p.Exec(t, "UPDATE videos SET deleted_at = NULL, deletion_reason = NULL WHERE id = ?", videoID(n))
			},
		}
		names := sortedKeys(events)
		for walk := range 45 {
			moving := walk%3 != 2
			if !moving {
				p.rank(t)
			}
			var shown []any
			story := []string{}
			for after, more := "", true; more; {
				got := p.data(t, nil, fmt.Sprintf("{ trendingVideos(first: %d%s) { nodes { id } pageInfo { hasNextPage endCursor } } }", 1+random.IntN(4), after), nil)
				page := pick(got, "trendingVideos.nodes.id")
				story = append(story, fmt.Sprint(len(page), " shown"))
				for _, id := range page {
					if slices.Contains(shown, id) {
						t.Fatalf("walk %d: %v is shown twice: %v after %v", walk, id, shown, story)
					}
					shown = append(shown, id)
				}
				more = pick(got, "trendingVideos.pageInfo.hasNextPage")[0] == true
				after = fmt.Sprintf(", after: %q", pick(got, "trendingVideos.pageInfo.endCursor")...)
				for range random.IntN(6) {
					if name, n := names[random.IntN(len(names))], random.IntN(videos); moving {
						events[name](n)
						story = append(story, fmt.Sprint(name, " ", n, " has ", views[n]))
					}
				}
			}
			if !moving {
				var want []int
				for n := range videos {
					if !deleted[n] {
						want = append(want, n)
					}
				}
				slices.SortFunc(want, func(a, b int) int {
					if views[a] != views[b] {
						return views[b] - views[a]
					}
					return b - a
				})
				equal(t, fmt.Sprintf("walk %d, in which nothing moves", walk), idsOf(videoID, want...), shown)
			}
		}
	})
}
