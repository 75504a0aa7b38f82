package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

const (
	view      = models.VideoActivityKindView
	like      = models.VideoActivityKindLike
	unlike    = models.VideoActivityKindUnlike
	comment   = models.VideoActivityKindComment
	uncomment = models.VideoActivityKindUncomment
	remix     = models.VideoActivityKindRemix
	glitch    = models.VideoActivityKindGlitch
)

// service is who sends activity.
var service = id(900)

// did is something that happened to a video.
func did(video int, kind models.VideoActivityKind, count int) store.Activity {
	return store.Activity{VideoID: id(video), Kind: kind, Count: count}
}

// videos adds videos 0 to count-1.
func (f fixture) videos(t testing.TB, count int) {
	t.Helper()
	list := make([]models.ID, count)
	for n := range list {
		list[n] = id(n)
	}
	f.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'owner', 'O')", service)
	f.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) SELECT id, ?, 'V', 'p' FROM ?",
		service, f.Rows("added", database.Column{Name: "id", Values: list}))
}

// counts are a video's counters and their version.
type counts struct{ Views, Likes, Comments, Remixes, Glitches, Version int64 }

func countersOf(t *testing.T, db *testdb.DB, video int) counts {
	t.Helper()
	var c counts
	err := db.Write.Raw("SELECT view_count, like_count, comment_count, remix_count, glitch_count, version FROM video_metadata WHERE video_id = ?", id(video)).
		Row().Scan(&c.Views, &c.Likes, &c.Comments, &c.Remixes, &c.Glitches, &c.Version)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantCounts(t *testing.T, db *testdb.DB, video int, want counts) {
	t.Helper()
	if got := countersOf(t, db, video); got != want {
		t.Errorf("video %d has %+v, want %+v", video, got, want)
	}
}

// verdict is how a call was answered.
type verdict struct {
	store.Recorded
	// code is that of the error, empty for none.
	code models.Code
}

func verdictOf(t *testing.T, recorded store.Recorded, err error) verdict {
	t.Helper()
	if err == nil {
		return verdict{Recorded: recorded}
	}
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return verdict{recorded, coded.Code}
	}
	return verdict{recorded, models.CodeInternalServerError}
}

func wantVerdict(t *testing.T, what string, want verdict, recorded store.Recorded, err error) {
	t.Helper()
	if diff := cmp.Diff(want, verdictOf(t, recorded, err), cmp.AllowUnexported(verdict{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got): %s%v", what, diff, err)
	}
}

func (f fixture) send(t *testing.T, batchID string, want verdict, events ...store.Activity) {
	t.Helper()
	recorded, err := f.RecordActivity(t.Context(), service, batchID, events)
	wantVerdict(t, batchID, want, recorded, err)
}

func counted(n int) verdict { return verdict{Recorded: store.Recorded{Count: n}} }

func repeated(unknown ...models.ID) verdict {
	return verdict{Recorded: store.Recorded{Duplicate: true, Unknown: unknown}}
}

var refused = verdict{code: models.CodeBadUserInput}

func TestEveryKindOfActivityIsCounted(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.videos(t, 3)
		f.Exec(t, "UPDATE video_metadata SET like_count = 100, comment_count = 100, version = 1, updated_at = ? WHERE video_id = ?", at(0), id(1))
		want := map[models.VideoActivityKind]func(*counts){
			view:      func(c *counts) { c.Views += 7 },
			like:      func(c *counts) { c.Likes += 7 },
			unlike:    func(c *counts) { c.Likes -= 7 },
			comment:   func(c *counts) { c.Comments += 7 },
			uncomment: func(c *counts) { c.Comments -= 7 },
			remix:     func(c *counts) { c.Remixes += 7 },
			glitch:    func(c *counts) { c.Glitches += 7 },
		}
		others := []counts{countersOf(t, f.DB, 0), countersOf(t, f.DB, 2)}
		for _, kind := range models.AllVideoActivityKind {
			before := countersOf(t, f.DB, 1)
			change, known := want[kind]
			if !known {
				t.Fatalf("what is %s to be counted as?", kind)
			}
			change(&before)
			before.Version++
			f.send(t, string(kind), counted(1), did(1, kind, 7))
			wantCounts(t, f.DB, 1, before)
		}
		if got := []counts{countersOf(t, f.DB, 0), countersOf(t, f.DB, 2)}; !slices.Equal(got, others) {
			t.Errorf("others were %v and are %v", others, got)
		}
		var updated time.Time
		if err := f.Read.Raw("SELECT updated_at FROM video_metadata WHERE video_id = ?", id(1)).Scan(&updated).Error; err != nil || time.Since(updated) > time.Minute {
			t.Errorf("it was updated at %v; %v", updated, err)
		}
	})
}

// TestActivityIsNettedAndBounded: what is taken back counts against what is done, and then no counter leaves its
// range. A row of which no counter changes stays as it is.
func TestActivityIsNettedAndBounded(t *testing.T) {
	t.Parallel()
	type step struct {
		kind  models.VideoActivityKind
		count int
	}
	const most = 1<<53 - 1
	cases := []struct {
		name  string
		likes int64
		steps []step
		want  int64
	}{
		{"less than nothing", 0, []step{{like, 1}, {unlike, 3}}, 0},
		{"less than nothing, the other way round", 0, []step{{unlike, 3}, {like, 1}}, 0},
		{"less than there are", 2, []step{{unlike, 3}}, 0},
		{"all that there are", 3, []step{{unlike, 3}}, 0},
		{"taken back and done again", 1, []step{{unlike, 5}, {like, 5}}, 1},
		{"more than taken back", 0, []step{{unlike, 5}, {like, 6}}, 1},
		{"as many as can be read", most - 1, []step{{like, 1}}, most},
		{"more than can be read", most - 1, []step{{like, 1_000_000}}, most},
		{"more of the most", most, []step{{like, 1}}, most},
		{"from the most down", most, []step{{like, 1}, {unlike, 3}}, most - 2},
	}
	onFixtures(t, func(t *testing.T, f fixture) {
		f.videos(t, len(cases))
		for video, c := range cases {
			f.Exec(t, "UPDATE video_metadata SET like_count = ?, version = 5, updated_at = ? WHERE video_id = ?", c.likes, at(0), id(video))
			var events []store.Activity
			for _, s := range c.steps {
				events = append(events, did(video, s.kind, s.count))
			}
			f.send(t, c.name, counted(len(events)), events...)
			want := counts{Likes: c.want, Version: 5}
			if c.want != c.likes {
				want.Version++
			}
			wantCounts(t, f.DB, video, want)
			var updated time.Time
			err := f.Read.Raw("SELECT updated_at FROM video_metadata WHERE video_id = ?", id(video)).Scan(&updated).Error
			if err != nil || updated.Equal(at(0)) != (c.want == c.likes) {
				t.Errorf("%s: it was updated at %v; %v", c.name, updated, err)
			}
		}
	})
}

// TestRepeatedActivityCountsOnce, for one caller and batchId, whatever has become of the videos meanwhile.
func TestRepeatedActivityCountsOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.videos(t, 3)
		f.deleteVideo(t, 2)
		events := []store.Activity{did(70, view, 1), did(0, view, 2), did(2, like, 1), did(1, remix, 1), did(70, like, 1), did(0, view, 1)}
		unknown := []models.ID{id(70), id(2)}
		first := verdict{Recorded: store.Recorded{Count: 3, Unknown: unknown}}
		wantAll := func(views int64) {
			t.Helper()
			wantCounts(t, f.DB, 0, counts{Views: views, Version: views/3 + 1})
			wantCounts(t, f.DB, 1, counts{Remixes: views / 3, Version: views/3 + 1})
			wantCounts(t, f.DB, 2, counts{Version: 1})
		}
		f.send(t, "a", first, events...)
		wantAll(3)
		f.Exec(t, "UPDATE videos SET deleted_at = NULL WHERE id = ?", id(2))
		f.deleteVideo(t, 1)
		f.send(t, "a", repeated(unknown...), events...)
		wantAll(3)

		for name, other := range map[string][]store.Activity{
			"another video": append([]store.Activity{did(71, view, 1)}, events[1:]...),
			"another kind":  append([]store.Activity{did(70, like, 1)}, events[1:]...),
			"another count": append([]store.Activity{did(70, view, 2)}, events[1:]...),
			"another order": {events[1], events[0], events[2], events[3], events[4], events[5]},
			"less":          events[1:],
			"more":          append(slices.Clip(events), did(0, view, 1)),
		} {
			recorded, err := f.RecordActivity(t.Context(), service, "a", other)
			wantVerdict(t, name, refused, recorded, err)
		}
		wantAll(3)
		f.Exec(t, "UPDATE videos SET deleted_at = NULL WHERE id = ?", id(1))
		f.deleteVideo(t, 2)
		f.send(t, "A", first, events...)
		wantAll(6)
		recorded, err := f.RecordActivity(t.Context(), id(901), "a", events)
		wantVerdict(t, "another caller", first, recorded, err)
		wantAll(9)
	})
}

// TestActivityOfUnknownVideosAlone is remembered too, and a repeat tells the same.
func TestActivityOfUnknownVideosAlone(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.send(t, "a", verdict{Recorded: store.Recorded{Unknown: ids(5, 4)}}, did(5, view, 1), did(4, view, 1), did(5, view, 1))
		f.videos(t, 6)
		f.send(t, "a", repeated(ids(5, 4)...), did(5, view, 1), did(4, view, 1), did(5, view, 1))
		wantCounts(t, f.DB, 5, counts{Version: 1})
	})
}

func TestNoActivityIsNoStatement(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.videos(t, 1)
		if statements := f.Record(func() { f.send(t, "a", counted(0)) }); len(statements) != 0 {
			t.Errorf("%q", statements)
		}
		f.send(t, "a", counted(1), did(0, view, 1))
	})
}

// TestStatementsOfActivity are the same for one event as for a thousand.
func TestStatementsOfActivity(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.videos(t, 500)
		many := func(from, to int) []store.Activity {
			var events []store.Activity
			for n := from; n < to; n++ {
				events = append(events, did(n, view, 1))
			}
			return events
		}
		for _, c := range []struct {
			name      string
			one, most []store.Activity
			repeat    bool
			want      []string
		}{
			{"known", many(0, 1), many(0, 500), false, []string{"INSERT", "SELECT", "UPDATE video_metadata"}},
			{"that nets to nothing", []store.Activity{did(0, like, 1), did(0, unlike, 1)}, slices.Repeat([]store.Activity{did(0, like, 1), did(0, unlike, 1)}, 500), false, []string{"INSERT", "SELECT"}},
			{"unknown", many(500, 501), many(500, 1500), false, []string{"INSERT", "SELECT", "UPDATE batches"}},
			{"both", many(499, 501), many(0, 1000), false, []string{"INSERT", "SELECT", "UPDATE video_metadata", "UPDATE batches"}},
			{"repeated", many(499, 501), many(0, 1000), true, []string{"INSERT", "SELECT"}},
		} {
			statements := func(batchID string, events []store.Activity) []string {
				return f.Record(func() {
					if recorded, err := f.RecordActivity(t.Context(), service, batchID, events); err != nil || recorded.Duplicate != c.repeat {
						t.Errorf("%s: %+v, %v", c.name, recorded, err)
					}
				})
			}
			key := strings.TrimSuffix(c.name, "repeated")
			if c.repeat {
				key = "both"
			}
			for _, got := range [][]string{statements(key+" one", c.one), statements(key+" most", c.most)} {
				if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
					t.Errorf("%s: %q, want %q", c.name, got, c.want)
				}
			}
		}
	})
}

// TestSameActivityAtOnce is sent by two instances that know nothing of each other, and counted once.
func TestSameActivityAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.videos(t, 4)
		stores := f.instances(t)
		const batches, times = 40, 4
		answers := make(chan string, batches*times)
		for n := range batches {
			for i := range times {
				go func() {
					events := []store.Activity{did(n%4, view, 1), did((n+1)%4, like, 1), did(50, view, 1)}
					if i == times-1 {
						events[0].Count = 2
					}
					recorded, err := stores[i%2].RecordActivity(context.WithoutCancel(t.Context()), service, fmt.Sprint(n), events)
					o := verdictOf(t, recorded, err)
					if o.code == models.CodeServiceUnavailable || o.code == models.CodeInternalServerError {
						t.Error(err)
					}
					answers <- fmt.Sprint(n, " ", events[0].Count, " ", o)
				}()
			}
		}
		got := map[string]int{}
		for range batches * times {
			got[<-answers]++
		}
		var views, likes int64
		for n := range batches {
			first := func(count int) string {
				return fmt.Sprint(n, " ", count, " ", verdict{Recorded: store.Recorded{Count: 2, Unknown: ids(50)}})
			}
			again := func(count int) string { return fmt.Sprint(n, " ", count, " ", repeated(id(50))) }
			other := func(count int) string { return fmt.Sprint(n, " ", count, " ", refused) }
			switch {
			case got[first(1)] == 1 && got[again(1)] == times-2 && got[other(2)] == 1:
				views++
			case got[first(2)] == 1 && got[other(1)] == times-1:
				views += 2
			default:
				t.Errorf("batch %d: %v", n, got)
			}
			likes++
		}
		var sum counts
		for n := range 4 {
			c := countersOf(t, f.DB, n)
			sum.Views, sum.Likes = sum.Views+c.Views, sum.Likes+c.Likes
		}
		if want := (counts{Views: views, Likes: likes}); sum != want {
			t.Errorf("counted %+v, want %+v", sum, want)
		}
	})
}
