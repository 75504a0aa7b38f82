package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/store"
	"reelgraph/models"
)

func TestFeed(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		for n, created := range map[int]int{11: 5, 12: 5, 13: 5, 14: 9, 15: 1, 16: 7, 17: 6} { // Three came at once.
			f.video(t, n, 1+n%3, created)
		}
		f.deleteVideo(t, 16)
		f.block(t, 1, 2, 0)
		f.block(t, 3, 1, 0)
		place := func(v *models.Video) (models.ID, store.TimeKey) {
			return v.ID, store.TimeKey{At: v.CreatedAt, ID: v.ID}
		}
		for _, c := range []struct {
			viewer *models.ID
			want   []models.ID
		}{
			{nil, ids(14, 17, 13, 12, 11, 15)},
			{new(id(9)), ids(14, 17, 13, 12, 11, 15)},
			{new(id(1)), ids(14, 17, 12, 11, 15)}, // Without 13, of user 2.
			{new(id(2)), ids(14, 17, 13, 12, 11, 15)},
			{new(id(3)), ids(14, 17, 13, 11)}, // Without 12 and 15, of user 1.
		} {
			wantPages(t, f, c.want, func(after *store.TimeKey, first int) (store.Page[*models.Video], error) {
				return f.Feed(t.Context(), c.viewer, after, first)
			}, place)
		}
		f.Exec(t, "UPDATE videos SET deleted_at = created_at")
		wantPages(t, f, nil, func(after *store.TimeKey, first int) (store.Page[*models.Video], error) {
			return f.Feed(t.Context(), nil, after, first)
		}, place)
	})
}

func TestAIJobsByOwner(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.job(t, 11, 1, 5, models.AIJobStatusQueued)
		f.job(t, 12, 1, 5, models.AIJobStatusQueued)
		f.job(t, 13, 1, 5, models.AIJobStatusFailed)
		f.job(t, 14, 1, 2, models.AIJobStatusCompleted)
		f.job(t, 15, 1, 8, models.AIJobStatusQueued)
		f.job(t, 16, 2, 8, models.AIJobStatusQueued)
		for _, c := range []struct {
			owner    int
			statuses []models.AIJobStatus
			want     []models.ID
		}{
			{1, nil, ids(15, 13, 12, 11, 14)},
			{1, models.AllAIJobStatus, ids(15, 13, 12, 11, 14)},
			{1, []models.AIJobStatus{models.AIJobStatusQueued}, ids(15, 12, 11)},
			{1, []models.AIJobStatus{models.AIJobStatusFailed, models.AIJobStatusCompleted, models.AIJobStatusFailed}, ids(13, 14)},
			{1, []models.AIJobStatus{models.AIJobStatusCanceled}, nil},
			{1, []models.AIJobStatus{}, nil},
			{2, nil, ids(16)},
			{3, nil, nil},
		} {
			wantPages(t, f, c.want, func(after *store.TimeKey, first int) (store.Page[*models.AIJob], error) {
				return f.AIJobsByOwner(t.Context(), id(c.owner), c.statuses, after, first)
			}, func(j *models.AIJob) (models.ID, store.TimeKey) {
				return j.ID, store.TimeKey{At: j.CreatedAt, ID: j.ID}
			})
		}
	})
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 5, 6)
		f.notification(t, 11, 1, models.NotificationCategoryLike, new(id(5)))
		f.notification(t, 12, 1, models.NotificationCategorySystem, nil)
		f.notification(t, 13, 1, models.NotificationCategoryLike, new(id(6)))
		f.notification(t, 14, 1, models.NotificationCategoryComment, new(id(6)))
		f.notification(t, 15, 2, models.NotificationCategoryLike, new(id(6)))
		f.notification(t, 16, 1, models.NotificationCategoryLike, new(id(6)))
		f.Exec(t, "UPDATE notifications SET read_at = created_at WHERE id = ?", id(13))
		f.block(t, 1, 5, 0)
		like := new(models.NotificationCategoryLike)
		for _, c := range []struct {
			recipient int
			filter    store.NotificationFilter
			want      []models.ID
		}{
			{1, store.NotificationFilter{}, ids(16, 14, 13, 12)},
			{1, store.NotificationFilter{UnreadOnly: true}, ids(16, 14, 12)},
			{1, store.NotificationFilter{Category: like}, ids(16, 13)},
			{1, store.NotificationFilter{Category: like, UnreadOnly: true}, ids(16)},
			{1, store.NotificationFilter{Category: new(models.NotificationCategoryFollow)}, nil},
			{2, store.NotificationFilter{}, ids(15)},
			{3, store.NotificationFilter{}, nil},
		} {
			wantPages(t, f, c.want, func(before *int64, first int) (store.Page[*models.Notification], error) {
				return f.Notifications(t.Context(), id(c.recipient), c.filter, before, first)
			}, func(n *models.Notification) (models.ID, int64) { return n.ID, n.Number })
		}
	})
}

func TestBlockedUsers(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 11, 12, 13, 14)
		f.block(t, 1, 11, 5)
		f.block(t, 1, 12, 5)
		f.block(t, 1, 13, 9)
		f.block(t, 2, 14, 9)
		for blocker, want := range map[int][]models.ID{1: ids(13, 12, 11), 2: ids(14), 3: nil} {
			wantPages(t, f, want, func(after *store.TimeKey, first int) (store.Page[*store.BlockedUser], error) {
				return f.BlockedUsers(t.Context(), id(blocker), after, first)
			}, func(b *store.BlockedUser) (models.ID, store.TimeKey) {
				if b.Handle != fmt.Sprintf("user.%d", b.ID[15]) {
					t.Errorf("%v has the handle %s", b.ID, b.Handle)
				}
				return b.ID, store.TimeKey{At: b.BlockedAt, ID: b.ID}
			})
		}
	})
}

func (f fixture) report(t *testing.T, video, reporter int, reason string) {
	t.Helper()
	f.Exec(t, "INSERT INTO video_reports (video_id, reporter_id, reason, created_at) VALUES (?, ?, ?, ?)", id(video), id(reporter), reason, at(reporter))
	f.Exec(t, `INSERT INTO reported_videos (video_id, report_count, last_reported_at) VALUES (?, 1, ?)
		ON CONFLICT (video_id) DO UPDATE SET report_count = reported_videos.report_count + 1, last_reported_at = excluded.last_reported_at`, id(video), at(reporter))
}

func TestReportedVideos(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		for n := 11; n <= 16; n++ {
			f.video(t, n, 1, n)
		}
		for n, reason := range []string{"spam", "rude", "spam", "false", "rude", "late"} {
			f.report(t, 11, 100+n, reason)
		}
		for n, reason := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			f.report(t, 12, 100+n, reason)
		}
		f.report(t, 13, 100, "spam")
		f.report(t, 14, 100, "gone")
		f.report(t, 15, 100, "other")
		f.deleteVideo(t, 14)
		f.Exec(t, "INSERT INTO video_reports (video_id, reporter_id, reason, settled_at) VALUES (?, ?, 'settled', ?)", id(13), id(200), at(0))
		page, err := f.ReportedVideos(t.Context(), nil, 10)
		if err != nil || page.More {
			t.Fatal(page, err)
		}
		want := []*models.ReportedVideo{
			{VideoID: id(12), ReportCount: 12, LastReportedAt: at(111), Reasons: []string{"l", "k", "j", "i", "h", "g", "f", "e", "d", "c"}},
			{VideoID: id(11), ReportCount: 6, LastReportedAt: at(105), Reasons: []string{"rude", "spam", "late", "false"}},
			{VideoID: id(15), ReportCount: 1, LastReportedAt: at(100), Reasons: []string{"other"}},
			{VideoID: id(13), ReportCount: 1, LastReportedAt: at(100), Reasons: []string{"spam"}},
		}
		if diff := cmp.Diff(want, page.Items); diff != "" {
			t.Error(diff)
		}
		var got []models.ID
		var after *store.CountKey
		for more := true; more; {
			statements := f.Record(func() {
				if page, err = f.ReportedVideos(t.Context(), after, 1); err != nil {
					t.Fatal(err)
				}
			})
			if len(statements) != 2 { // The page, and the reasons of all of it.
				t.Errorf("%q", statements)
			}
			last := page.Items[0]
			got, after, more = append(got, last.VideoID), &store.CountKey{Count: int64(last.ReportCount), ID: last.VideoID}, page.More
		}
		if diff := cmp.Diff(ids(12, 11, 15, 13), got); diff != "" {
			t.Error(diff)
		}
		statements := f.Record(func() { page, err = f.ReportedVideos(t.Context(), &store.CountKey{Count: 1, ID: id(1)}, 1) })
		if len(statements) != 1 || len(page.Items) != 0 || err != nil {
			t.Errorf("behind the end: %v, %v, %q", page, err, statements)
		}
	})
}

// TestAReportedVideoWithoutReasons, whose reports were settled a moment ago, has an empty list of them.
func TestAReportedVideoWithoutReasons(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		f.video(t, 11, 1, 1)
		f.report(t, 11, 1, "spam")
		f.Exec(t, "UPDATE video_reports SET settled_at = created_at")
		page, err := f.ReportedVideos(t.Context(), nil, 10)
		if err != nil || len(page.Items) != 1 || page.Items[0].Reasons == nil || len(page.Items[0].Reasons) != 0 {
			t.Errorf("got %v, %v", page, err)
		}
	})
}

func TestModerationLog(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		for n, created := range map[int]int{11: 5, 12: 5, 13: 5, 14: 9, 15: 1} {
			f.Exec(t, "INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason, created_at) VALUES (?, 'DELETE_VIDEO', ?, ?, 'spam', ?)", id(n), id(n%2), id(9), at(created))
		}
		for _, c := range []struct {
			video *models.ID
			want  []models.ID
		}{{nil, ids(14, 13, 12, 11, 15)}, {new(id(0)), ids(14, 12)}, {new(id(1)), ids(13, 11, 15)}, {new(id(7)), nil}} {
			wantPages(t, f, c.want, func(after *store.TimeKey, first int) (store.Page[*models.ModerationAction], error) {
				return f.ModerationLog(t.Context(), c.video, after, first)
			}, func(a *models.ModerationAction) (models.ID, store.TimeKey) {
				return a.ID, store.TimeKey{At: a.CreatedAt, ID: a.ID}
			})
		}
	})
}

// TestPlacesThatAreGone: a page behind an item that has vanished since goes on where it was.
func TestPlacesThatAreGone(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		for n := 11; n <= 15; n++ {
			f.video(t, n, 1, n)
		}
		f.deleteVideo(t, 13)
		page, err := f.Feed(t.Context(), nil, &store.TimeKey{At: at(13), ID: id(13)}, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []models.ID
		for _, video := range page.Items {
			got = append(got, video.ID)
		}
		if !slices.Equal(ids(12, 11), got) {
			t.Errorf("got %v", got)
		}
	})
}
