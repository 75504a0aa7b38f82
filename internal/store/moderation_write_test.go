package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// Videos 1 to 4 are there, the last of them deleted; 9 is none. 20 and up are people whom nobody told the server of.
func (f fixture) moderated(t *testing.T) {
	t.Helper()
	f.users(t, 10)
	for n := 1; n <= 4; n++ {
		f.video(t, n, 10, n)
	}
	f.deleteVideo(t, 4)
}

// openReports are the open reports by video, each as "reporter: reason".
func (f fixture) openReports(t *testing.T) map[models.ID][]string {
	t.Helper()
	open := map[models.ID][]string{}
	for _, r := range all[models.VideoReport](t, f, "id") {
		if r.SettledAt == nil {
			open[r.VideoID] = append(open[r.VideoID], fmt.Sprintf("%d: %s", r.ReporterID[15], r.Reason))
		}
	}
	for _, r := range all[models.ReportedVideo](t, f, "video_id") {
		if r.ReportCount != len(open[r.VideoID]) {
			t.Errorf("%d reports are counted where there are %q", r.ReportCount, open[r.VideoID])
		}
	}
	return open
}

// log is the log, oldest first, each line as "kind video by moderator: reason".
func (f fixture) log(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, a := range all[models.ModerationAction](t, f, "created_at, video_id") {
		if age := time.Since(a.CreatedAt); age < -time.Minute || age > time.Minute {
			t.Errorf("a line of %v", a.CreatedAt)
		}
		lines = append(lines, fmt.Sprintf("%s %d by %d: %s", a.Kind, a.VideoID[15], a.ModeratorID[15], a.Reason))
	}
	return lines
}

func TestReportVideos(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.moderated(t)
		for _, c := range []struct {
			reporter int
			videos   []models.ID
			reason   string
			want     int
		}{
			{20, ids(3, 1, 4, 9, 1), " spam\n", 2},
			{20, ids(1, 2, 3), "again", 1},
			{21, ids(1), "spam", 1},
			{20, ids(4, 9), "none of these is there", 0},
			{20, ids(1, 2, 3), "said twice", 0},
		} {
			same(t, c.reason, c.want, must(f.ReportVideos(t.Context(), id(c.reporter), c.videos, c.reason))(t))
		}
		same(t, "open reports", map[models.ID][]string{
			id(1): {"20:  spam\n", "21: spam"}, id(2): {"20: again"}, id(3): {"20:  spam\n"},
		}, f.openReports(t))
		reported := must(f.ReportedVideos(t.Context(), nil, 10))(t)
		if len(reported.Items) != 3 || reported.Items[0].VideoID != id(1) || reported.Items[0].ReportCount != 2 {
			t.Fatalf("the moderators see %+v", reported.Items)
		}
		reports := all[models.VideoReport](t, f, "id")
		same(t, "when it was last reported", reports[len(reports)-1].CreatedAt, reported.Items[0].LastReportedAt)
		if lines := f.log(t); lines != nil {
			t.Errorf("a report is no line of the log: %q", lines)
		}
	})
}

func TestDeleteVideos(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.moderated(t)
		before := *one[models.Video](t, f.DB, "id", id(4)).DeletedAt
		for reporter := range 3 {
			must(f.ReportVideos(t.Context(), id(20+reporter), ids(1, 2), "spam"))(t)
		}
		const deleted, already = models.DeleteVideoStatusDeleted, models.DeleteVideoStatusAlreadyDeleted
		want := map[models.ID]models.DeleteVideoStatus{id(3): deleted, id(1): deleted, id(4): already}
		same(t, "what became of them", want, must(f.DeleteVideos(t.Context(), id(30), ids(3, 4, 9, 1, 3), " why\n"))(t))
		same(t, "said twice", map[models.ID]models.DeleteVideoStatus{id(1): already},
			must(f.DeleteVideos(t.Context(), id(31), ids(1, 9), "another reason"))(t))

		for n, reason := range map[int]string{1: " why\n", 2: "", 3: " why\n", 4: "spam"} {
			video, counters := one[models.Video](t, f.DB, "id", id(n)), one[models.VideoMetadata](t, f.DB, "video_id", id(n))
			if (video.DeletedAt == nil) != (reason == "") || video.DeletionReason != nil && *video.DeletionReason != reason {
				t.Errorf("video %d is deleted at %v because of %v", n, video.DeletedAt, video.DeletionReason)
			}
			same(t, "beside the counters", video.DeletedAt, counters.DeletedAt)
		}
		same(t, "when it was deleted before", before, *one[models.Video](t, f.DB, "id", id(4)).DeletedAt)
		same(t, "open reports", map[models.ID][]string{id(2): {"20: spam", "21: spam", "22: spam"}}, f.openReports(t))
		same(t, "the log", []string{"DELETE_VIDEO 1 by 30:  why\n", "DELETE_VIDEO 3 by 30:  why\n"}, f.log(t))
	})
}

// TestVideoDeletions tells what a deletion would do, and does nothing.
func TestVideoDeletions(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.moderated(t)
		asked := ids(3, 4, 9, 1, 3)
		var told map[models.ID]models.DeleteVideoStatus
		statements := f.Record(func() { told = must(f.VideoDeletions(t.Context(), asked))(t) })
		if len(statements) != 1 || !strings.HasPrefix(statements[0], "SELECT") || strings.Contains(statements[0], "FOR ") {
			t.Errorf("it takes %q", statements)
		}
		if lines := f.log(t); lines != nil {
			t.Errorf("the log has %q", lines)
		}
		same(t, "what was done after it was told", told, must(f.DeleteVideos(t.Context(), id(30), asked, "why"))(t))
	})
}

func TestRestoreVideos(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.moderated(t)
		must(f.ReportVideos(t.Context(), id(20), ids(1, 2, 3), "spam"))(t)
		must(f.DeleteVideos(t.Context(), id(30), ids(1, 3), "why"))(t)
		same(t, "restored", 2, must(f.RestoreVideos(t.Context(), id(31), ids(4, 2, 9, 1, 4), "not so bad"))(t))
		same(t, "said twice", 0, must(f.RestoreVideos(t.Context(), id(31), ids(4, 2, 9, 1), "not so bad"))(t))
		for n, deleted := range map[int]bool{1: false, 2: false, 3: true, 4: false} {
			video, counters := one[models.Video](t, f.DB, "id", id(n)), one[models.VideoMetadata](t, f.DB, "video_id", id(n))
			if (video.DeletedAt != nil) != deleted || (video.DeletionReason != nil) != deleted || (counters.DeletedAt != nil) != deleted {
				t.Errorf("video %d: %+v, %+v", n, video, counters)
			}
		}
		same(t, "open reports", map[models.ID][]string{id(2): {"20: spam"}}, f.openReports(t))
		same(t, "the log", []string{
			"DELETE_VIDEO 1 by 30: why", "DELETE_VIDEO 3 by 30: why", "RESTORE_VIDEO 1 by 31: not so bad", "RESTORE_VIDEO 4 by 31: not so bad",
		}, f.log(t))
		same(t, "it may be reported anew", 1, must(f.ReportVideos(t.Context(), id(20), ids(1), "worse"))(t))
	})
}

func TestDismissReports(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.moderated(t)
		must(f.ReportVideos(t.Context(), id(20), ids(1, 3), "spam"))(t)
		must(f.ReportVideos(t.Context(), id(21), ids(1), "spam"))(t)
		// What no call of the API leaves behind: a deleted video is not there for it.
		f.report(t, 4, 20, "spam")
		same(t, "dismissed", 1, must(f.DismissReports(t.Context(), id(30), ids(2, 1, 4, 9, 1), "fine"))(t))
		same(t, "said twice", 0, must(f.DismissReports(t.Context(), id(30), ids(2, 1, 4, 9), "fine"))(t))
		same(t, "open reports", map[models.ID][]string{id(3): {"20: spam"}, id(4): {"20: spam"}}, f.openReports(t))
		same(t, "the log", []string{"DISMISS_REPORTS 1 by 30: fine"}, f.log(t))
		if one[models.Video](t, f.DB, "id", id(1)).DeletedAt != nil {
			t.Error("the video is gone")
		}
		same(t, "the same users report again", 1, must(f.ReportVideos(t.Context(), id(20), ids(1), "still spam"))(t))
		same(t, "open reports then", []string{"20: still spam"}, f.openReports(t)[id(1)])
	})
}

// disagreement counts the videos whose open reports are not as counted, or that are deleted and have some, in one
// statement: at one moment.
const disagreement = `
	SELECT count(*) FROM videos
	LEFT JOIN (SELECT video_id, count(*) AS open FROM video_reports WHERE settled_at IS NULL GROUP BY video_id) AS o ON o.video_id = videos.id
	LEFT JOIN reported_videos AS r ON r.video_id = videos.id
	JOIN video_metadata AS m ON m.video_id = videos.id
	WHERE o.open IS DISTINCT FROM r.report_count OR (videos.deleted_at IS NOT NULL AND o.open IS NOT NULL)
		OR m.deleted_at IS DISTINCT FROM videos.deleted_at OR (videos.deleted_at IS NULL) <> (videos.deletion_reason IS NULL)`

// TestModerationAtOnce has moderators and reporters of two instances at the same videos, named in other orders,
// while somebody counts views in order. At each moment the counts agree, and every change that was answered is a line.
func TestModerationAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		const videos, workers, rounds = 6, 8, 10
		f.users(t, 10)
		for n := range videos {
			f.video(t, n, 10, n)
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		stores := f.instances(t)
		var answered atomic.Int64
		atOnce(workers+1, func(worker int) {
			random := rand.New(rand.NewPCG(seed, uint64(worker)))
			for round := range rounds {
				if worker == workers {
					f.countViews(t)
					continue
				}
				var some []models.ID
				for _, n := range random.Perm(videos)[:1+random.IntN(videos)] {
					some = append(some, id(n))
				}
				lines, err := moderate(t.Context(), stores[round%2], random.IntN(5), id(20+worker), some)
				answered.Add(int64(lines))
				var wrong int
				if err = errors.Join(err, f.Read.Raw(disagreement).Scan(&wrong).Error); err != nil || wrong != 0 {
					t.Errorf("%d videos are wrong (%v)", wrong, err)
				}
			}
		})
		same(t, "lines of the log", int(answered.Load()), len(f.log(t)))
	})
}

// countViews changes the counters of all videos, locked in the order of their ids.
func (f fixture) countViews(t *testing.T) {
	t.Helper()
	err := f.Write.Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("SELECT video_id FROM video_metadata ORDER BY video_id" + f.Lock(false)).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE video_metadata SET view_count = view_count + 1").Error
	})
	if err != nil {
		t.Error(err)
	}
}

// moderate does one thing to videos and gives how many lines of the log it must have made.
func moderate(ctx context.Context, s *store.Store, what int, by models.ID, videos []models.ID) (lines int, err error) {
	switch what {
	case 0:
		return s.RestoreVideos(ctx, by, videos, "restore")
	case 1:
		return s.DismissReports(ctx, by, videos, "dismiss")
	case 2:
		statuses, err := s.DeleteVideos(ctx, by, videos, "delete")
		for _, status := range statuses {
			if status == models.DeleteVideoStatusDeleted {
				lines++
			}
		}
		return lines, err
	default:
		_, err = s.ReportVideos(ctx, by, videos, "report")
		return 0, err
	}
}
