package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

var bulkTime = time.Date(2026, 5, 4, 3, 2, 1, 120_000_000, time.UTC)

// bulkUsers adds so many users.
func bulkUsers(t *testing.T, db *testdb.DB, n int) []models.User {
	t.Helper()
	users := make([]models.User, n)
	for i := range users {
		users[i] = models.User{ID: models.NewID(), Handle: fmt.Sprintf("user%d", i), DisplayName: "사용자 <&> \"\u2028\"", Credits: 7, CreatedAt: bulkTime}
	}
	if err := store.New(db.DB).AddUsers(t.Context(), users); err != nil {
		t.Fatal(err)
	}
	return users
}

func bulkVideo(owner models.ID, views int64) store.CountedVideo {
	return store.CountedVideo{
		Video:    models.Video{ID: models.NewID(), OwnerID: owner, Title: "A title", PlaybackURL: "https://example.com/v.mp4", CreatedAt: bulkTime},
		Metadata: models.VideoMetadata{ViewCount: views, LikeCount: 4, CommentCount: 3, RemixCount: 2, GlitchCount: 1, Version: 1, UpdatedAt: bulkTime.Add(time.Hour)},
	}
}

func bulkNotification(to models.ID, category models.NotificationCategory, actor *models.ID, after time.Duration) models.Notification {
	return models.Notification{ID: models.NewID(), RecipientID: to, Category: category, Title: "T", ActorID: actor, CreatedAt: bulkTime.Add(after)}
}

// one reads the row of a key.
func one[T any](t *testing.T, db *testdb.DB, key string, id models.ID) T {
	t.Helper()
	var row T
	if err := db.Write.Where(key+" = ?", id).Take(&row).Error; err != nil {
		t.Fatal(err)
	}
	return row
}

func bulkSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestAddVideosLeavesOthersAsTheyAre(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, owner := store.New(db.DB), bulkUsers(t, db, 1)[0]
		// The largest number that a client is ever sent comes through whole.
		there, deleted := bulkVideo(owner.ID, 1<<53-1), bulkVideo(owner.ID, 10)
		reason := "why"
		deleted.Video.DeletedAt, deleted.Video.DeletionReason = &bulkTime, &reason
		if err := st.AddVideos(t.Context(), []store.CountedVideo{there, deleted}); err != nil {
			t.Fatal(err)
		}
		want := there.Metadata
		want.VideoID, want.OwnerID = there.Video.ID, owner.ID
		bulkSame(t, "counters", want, one[models.VideoMetadata](t, db, "video_id", there.Video.ID))
		bulkSame(t, "video", deleted.Video, one[models.Video](t, db, "id", deleted.Video.ID))
		bulkSame(t, "deletion", &bulkTime, one[models.VideoMetadata](t, db, "video_id", deleted.Video.ID).DeletedAt)

		db.Exec(t, "UPDATE video_metadata SET view_count = 5 WHERE video_id = ?", there.Video.ID)
		want = one[models.VideoMetadata](t, db, "video_id", there.Video.ID)
		again, fresh := there, bulkVideo(owner.ID, 12)
		again.Video.Title, again.Metadata.LikeCount = "Another title", 99
		if err := st.AddVideos(t.Context(), []store.CountedVideo{again, fresh}); err != nil {
			t.Fatal(err)
		}
		bulkSame(t, "counters of the one that was there", want, one[models.VideoMetadata](t, db, "video_id", there.Video.ID))
		bulkSame(t, "the one that was there", there.Video, one[models.Video](t, db, "id", there.Video.ID))
		if got := one[models.VideoMetadata](t, db, "video_id", fresh.Video.ID); got.ViewCount != 12 || got.Version != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestAddingIsAllOrNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, owner := store.New(db.DB), bulkUsers(t, db, 1)[0]
		good, orphan := bulkVideo(owner.ID, 1), bulkVideo(models.NewID(), 1)
		if err := st.AddVideos(t.Context(), []store.CountedVideo{good, orphan}); err == nil {
			t.Error("a video of nobody was added")
		}
		nowhere := models.NewID()
		jobs := []models.AIJob{
			{ID: models.NewID(), OwnerID: owner.ID, Kind: models.AIJobKindCaption, Status: models.AIJobStatusQueued, Version: 1, CreatedAt: bulkTime, UpdatedAt: bulkTime},
			{ID: models.NewID(), OwnerID: owner.ID, Kind: models.AIJobKindCaption, Status: models.AIJobStatusQueued, Version: 1, CreatedAt: bulkTime, UpdatedAt: bulkTime, SourceVideoID: &nowhere},
		}
		if err := st.AddAIJobs(t.Context(), jobs); err == nil {
			t.Error("a job on no video was added")
		}
		for _, table := range []string{"videos", "video_metadata", "ai_jobs"} {
			var rows int64
			if err := db.Write.Table(table).Count(&rows).Error; err != nil || rows != 0 {
				t.Errorf("%s: %d rows (%v)", table, rows, err)
			}
		}
		// The connection is as good as before.
		if err := st.AddVideos(t.Context(), []store.CountedVideo{good}); err != nil {
			t.Error(err)
		}
		if err := errors.Join(st.AddUsers(t.Context(), nil), st.AddVideos(t.Context(), nil), st.AddAIJobs(t.Context(), nil), st.AddNotifications(t.Context(), nil)); err != nil {
			t.Errorf("nothing to add: %v", err)
		}
	})
}

func TestAddAIJobsKeepsEveryField(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, owner := store.New(db.DB), bulkUsers(t, db, 1)[0]
		video := bulkVideo(owner.ID, 1)
		if err := st.AddVideos(t.Context(), []store.CountedVideo{video}); err != nil {
			t.Fatal(err)
		}
		words, worker := "words", models.NewID()
		job := models.AIJob{
			ID: models.NewID(), OwnerID: owner.ID, Kind: models.AIJobKindRemix, Status: models.AIJobStatusFailed, Progress: 40,
			ResultURL: &words, Error: &words, ErrorCode: &words, Prompt: &words, SourceVideoID: &video.Video.ID, IdempotencyKey: &words,
			Charged: 3, WorkerID: &worker, LeaseExpiresAt: &bulkTime, Attempts: 2, Version: 9,
			CreatedAt: bulkTime, StartedAt: &bulkTime, FinishedAt: &bulkTime, UpdatedAt: bulkTime,
		}
		for range 2 {
			if err := st.AddAIJobs(t.Context(), []models.AIJob{job}); err != nil {
				t.Fatal(err)
			}
			bulkSame(t, "job", job, one[models.AIJob](t, db, "id", job.ID))
			job.Progress = 40
		}
	})
}

// Whoever compares times as text finds those of bulk writes in order with all others.
func TestBulkTimesAreTheDrivers(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	east := time.FixedZone("", 9*3600)
	for i, at := range []time.Time{
		bulkTime, bulkTime.Truncate(time.Second), bulkTime.Add(345_678 * time.Nanosecond).Truncate(time.Microsecond), bulkTime.In(east),
	} {
		user := models.User{ID: models.NewID(), Handle: fmt.Sprintf("bulk%d", i), CreatedAt: at}
		if err := store.New(db.DB).AddUsers(t.Context(), []models.User{user}); err != nil {
			t.Fatal(err)
		}
		db.Exec(t, "INSERT INTO users (id, handle, display_name, created_at) VALUES (?, ?, '', ?)", models.NewID(), fmt.Sprintf("plain%d", i), at.UTC())
		var forms []string
		if err := db.Write.Raw("SELECT CAST(created_at AS text) FROM users WHERE handle LIKE ?", fmt.Sprintf("%%%d", i)).Scan(&forms).Error; err != nil {
			t.Fatal(err)
		}
		if len(forms) != 2 || forms[0] != forms[1] {
			t.Errorf("%q", forms)
		}
	}
}

func TestAddNotificationsCounts(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, users := store.New(db.DB), bulkUsers(t, db, 4)
		me, friend, foe := users[0].ID, users[1].ID, users[2].ID
		db.Exec(t, "INSERT INTO user_blocks (blocker_id, blocked_id) VALUES (?, ?)", me, foe)
		second := bulkNotification(me, models.NotificationCategoryLike, &friend, 2*time.Second)
		first := bulkNotification(me, models.NotificationCategorySystem, nil, time.Second)
		hidden := bulkNotification(me, models.NotificationCategoryLike, &foe, 3*time.Second)
		read := bulkNotification(me, models.NotificationCategoryFollow, &friend, 4*time.Second)
		read.ReadAt = &bulkTime
		theirs := bulkNotification(friend, models.NotificationCategoryAiJob, &foe, 0)
		for range 2 {
			if err := st.AddNotifications(t.Context(), []models.Notification{second, hidden, first, read, theirs}); err != nil {
				t.Fatal(err)
			}
			bulkSame(t, "inbox", models.Inbox{UserID: me, LastNumber: 4, UnreadLike: 1, UnreadSystem: 1, Version: 1}, one[models.Inbox](t, db, "user_id", me))
			bulkSame(t, "another's inbox", models.Inbox{UserID: friend, LastNumber: 1, UnreadAIJob: 1, Version: 1}, one[models.Inbox](t, db, "user_id", friend))
			for i, n := range []models.Notification{first, second, hidden, read} {
				n.Number = int64(i + 1)
				bulkSame(t, "notification", n, one[models.Notification](t, db, "id", n.ID))
			}
		}
		// Further ones come behind, and one that is read changes no count.
		late := bulkNotification(me, models.NotificationCategoryComment, &friend, -time.Hour)
		late.ReadAt = &bulkTime
		if err := st.AddNotifications(t.Context(), []models.Notification{late, first}); err != nil {
			t.Fatal(err)
		}
		bulkSame(t, "inbox", models.Inbox{UserID: me, LastNumber: 5, UnreadLike: 1, UnreadSystem: 1, Version: 1}, one[models.Inbox](t, db, "user_id", me))
	})
}

func TestAddNotificationsAtOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, users := store.New(db.DB), bulkUsers(t, db, 6)
		var batches [4][]models.Notification
		for i := range batches {
			for n := range 60 {
				batches[i] = append(batches[i], bulkNotification(users[(n+i)%6].ID, models.NotificationCategoryLike, nil, time.Duration(n)*time.Second))
			}
		}
		var wait sync.WaitGroup
		for range 2 {
			for _, batch := range batches {
				wait.Go(func() {
					if err := st.AddNotifications(context.Background(), batch); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wait.Wait()
		for _, user := range users {
			inbox := one[models.Inbox](t, db, "user_id", user.ID)
			var numbers []int64
			if err := db.Write.Table("notifications").Where("recipient_id = ?", user.ID).Order("number").Pluck("number", &numbers).Error; err != nil {
				t.Fatal(err)
			}
			if inbox.LastNumber != 40 || inbox.UnreadLike != 40 || len(numbers) != 40 || numbers[39] != 40 {
				t.Errorf("%+v, %v", inbox, numbers)
			}
		}
	})
}

func TestAddDisputes(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, users := store.New(db.DB), bulkUsers(t, db, 4)
		me, friend, foe := users[0].ID, users[1].ID, users[2].ID
		a, b, c := bulkVideo(foe, 1), bulkVideo(foe, 2), bulkVideo(foe, 3)
		if err := st.AddVideos(t.Context(), []store.CountedVideo{a, b, c}); err != nil {
			t.Fatal(err)
		}
		if err := st.AddNotifications(t.Context(), []models.Notification{
			bulkNotification(me, models.NotificationCategoryLike, &foe, 0), bulkNotification(me, models.NotificationCategoryLike, &friend, 0),
			bulkNotification(me, models.NotificationCategoryFollow, &foe, 0), bulkNotification(me, models.NotificationCategorySystem, nil, 0),
		}); err != nil {
			t.Fatal(err)
		}
		at := func(hours int) time.Time { return bulkTime.Add(time.Duration(hours) * time.Hour) }
		settled := at(5)
		action := func(kind models.ModerationActionKind, video models.ID, hours int) models.ModerationAction {
			return models.ModerationAction{ID: models.NewID(), Kind: kind, VideoID: video, ModeratorID: friend, Reason: fmt.Sprint("after ", hours), CreatedAt: at(hours)}
		}
		disputes := store.Disputes{
			Blocks: []models.UserBlock{{BlockerID: me, BlockedID: foe, CreatedAt: at(1)}, {BlockerID: users[3].ID, BlockedID: foe, CreatedAt: at(1)}},
			Reports: []models.VideoReport{
				{VideoID: c.Video.ID, ReporterID: me, Reason: "x", CreatedAt: at(2)},
				{VideoID: c.Video.ID, ReporterID: friend, Reason: "y", CreatedAt: at(4)},
				{VideoID: a.Video.ID, ReporterID: friend, Reason: "z", CreatedAt: at(4), SettledAt: &settled},
			},
			Actions: []models.ModerationAction{
				action(models.ModerationActionKindDeleteVideo, b.Video.ID, 5), action(models.ModerationActionKindRestoreVideo, b.Video.ID, 6),
				action(models.ModerationActionKindDeleteVideo, a.Video.ID, 5), action(models.ModerationActionKindDismissReports, a.Video.ID, 6),
			},
		}
		look := func() string {
			var rows []string
			for _, statement := range []string{
				"SELECT count(*) || ' open' FROM video_reports WHERE settled_at IS NULL",
				"SELECT count(*) || ' reports' FROM video_reports",
				"SELECT report_count || ' counted' FROM reported_videos",
				"SELECT count(*) || ' actions' FROM moderation_actions",
				"SELECT count(*) || ' blocks' FROM user_blocks",
				"SELECT deletion_reason FROM videos WHERE deleted_at IS NOT NULL",
				"SELECT count(*) || ' deleted counters' FROM video_metadata WHERE deleted_at IS NOT NULL",
			} {
				var found []string
				if err := db.Write.Raw(statement).Scan(&found).Error; err != nil {
					t.Fatal(err)
				}
				rows = append(rows, found...)
			}
			return strings.Join(rows, ", ")
		}
		if err := st.AddDisputes(t.Context(), disputes); err != nil {
			t.Fatal(err)
		}
		const want = "2 open, 3 reports, 2 counted, 4 actions, 2 blocks, after 5, 1 deleted counters"
		bulkSame(t, "disputes", want, look())
		bulkSame(t, "inbox", models.Inbox{UserID: me, LastNumber: 4, UnreadLike: 1, UnreadSystem: 1, Version: 2, BlocksVersion: 1}, one[models.Inbox](t, db, "user_id", me))
		bulkSame(t, "an inbox without notifications", models.Inbox{UserID: users[3].ID, Version: 1, BlocksVersion: 1}, one[models.Inbox](t, db, "user_id", users[3].ID))
		bulkSame(t, "the deletion", at(5), *one[models.Video](t, db, "id", a.Video.ID).DeletedAt)

		// Said again when something has changed since.
		db.Exec(t, "DELETE FROM user_blocks")
		disputes.Reports[0].ReporterID = users[3].ID
		if err := st.AddDisputes(t.Context(), disputes); err != nil {
			t.Fatal(err)
		}
		bulkSame(t, "said again", strings.Replace(want, "2 blocks", "0 blocks", 1), look())
	})
}

func TestAddUsersNamesATakenHandle(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		st, users := store.New(db.DB), bulkUsers(t, db, 2)
		users[0].DisplayName = "Renamed"
		err := st.AddUsers(t.Context(), []models.User{users[0], {ID: models.NewID(), Handle: "new"}, {ID: models.NewID(), Handle: "user1"}})
		var coded *models.Error
		if !errors.As(err, &coded) || coded.Code != models.CodeBadUserInput || !strings.Contains(coded.Message, `"user1"`) {
			t.Errorf("%v", err)
		}
		var rows int64
		if err := db.Write.Model(&models.User{}).Where("display_name <> 'Renamed'").Count(&rows).Error; err != nil || rows != 2 {
			t.Errorf("%d users (%v)", rows, err)
		}
		// A user who is there keeps his name, even where another has taken his handle since.
		db.Exec(t, "UPDATE users SET handle = 'x' WHERE id = ?", users[0].ID)
		db.Exec(t, "UPDATE users SET handle = 'user0' WHERE id = ?", users[1].ID)
		if err := st.AddUsers(t.Context(), users); err != nil {
			t.Error(err)
		}
	})
}

func TestAnalyzeSeesWhatIsThere(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		bulkUsers(t, db, 25)
		if err := store.New(db.DB).Analyze(t.Context()); err != nil {
			t.Fatal(err)
		}
		if db.Dialect == database.SQLite {
			return
		}
		var rows float64
		if err := db.Write.Raw("SELECT reltuples FROM pg_class WHERE oid = 'users'::regclass").Scan(&rows).Error; err != nil || rows != 25 {
			t.Errorf("%v rows (%v)", rows, err)
		}
	})
}
