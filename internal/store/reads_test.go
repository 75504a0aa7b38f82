package store_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// keys are the ids of what was found.
func keys[V any](found map[models.ID]V, err error) ([]models.ID, error) {
	return slices.SortedFunc(maps.Keys(found), models.ID.Compare), err
}

// lookups are the reads by id, as the ids of what they find.
func lookups(s *store.Store, recipient models.ID) map[string]func(context.Context, []models.ID) ([]models.ID, error) {
	return map[string]func(context.Context, []models.ID) ([]models.ID, error){
		"VideoMetadataByVideoID": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.VideoMetadataByVideoID(ctx, ids))
		},
		"VideosByID": func(ctx context.Context, ids []models.ID) ([]models.ID, error) { return keys(s.VideosByID(ctx, ids)) },
		"UsersByID":  func(ctx context.Context, ids []models.ID) ([]models.ID, error) { return keys(s.UsersByID(ctx, ids)) },
		"AIJobsByID": func(ctx context.Context, ids []models.ID) ([]models.ID, error) { return keys(s.AIJobsByID(ctx, ids)) },
		"QueuePositions": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.QueuePositions(ctx, ids))
		},
		"NotificationsByID": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.NotificationsByID(ctx, recipient, ids))
		},
		"InboxesByUserID": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.InboxesByUserID(ctx, ids))
		},
		"LiveAIJobs": func(ctx context.Context, ids []models.ID) ([]models.ID, error) { return keys(s.LiveAIJobs(ctx, ids)) },
		"LiveAIJobVersions": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.LiveAIJobVersions(ctx, ids))
		},
		"LiveVideoMetadata": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.LiveVideoMetadata(ctx, ids))
		},
		"LiveInboxChanges": func(ctx context.Context, ids []models.ID) ([]models.ID, error) {
			return keys(s.LiveInboxChanges(ctx, ids))
		},
		"LiveInboxes": func(ctx context.Context, ids []models.ID) ([]models.ID, error) { return keys(s.LiveInboxes(ctx, ids)) },
	}
}

// lists are the first pages of all lists.
func lists(s *store.Store, user models.ID) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Feed":           func(ctx context.Context) error { _, err := s.Feed(ctx, &user, nil, 3); return err },
		"TrendingVideos": func(ctx context.Context) error { _, err := s.TrendingVideos(ctx, &user, nil, 3); return err },
		"AIJobsByOwner":  func(ctx context.Context) error { _, err := s.AIJobsByOwner(ctx, user, nil, nil, 3); return err },
		"Notifications": func(ctx context.Context) error {
			_, err := s.Notifications(ctx, user, store.NotificationFilter{}, nil, 3)
			return err
		},
		"BlockedUsers":   func(ctx context.Context) error { _, err := s.BlockedUsers(ctx, user, nil, 3); return err },
		"ReportedVideos": func(ctx context.Context) error { _, err := s.ReportedVideos(ctx, nil, 3); return err },
		"ModerationLog":  func(ctx context.Context) error { _, err := s.ModerationLog(ctx, nil, nil, 3); return err },
	}
}

func TestLookups(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		for n := 1; n <= 3; n++ {
			f.video(t, n, 1, n)
			f.job(t, n, n, n, models.AIJobStatusQueued)
			f.notification(t, n, 7, models.NotificationCategoryLike, nil)
			f.Exec(t, "INSERT INTO inboxes (user_id) VALUES (?)", id(n))
		}
		f.deleteVideo(t, 2)
		for name, lookup := range lookups(f.Store, id(7)) {
			for _, c := range []struct{ ask, want []models.ID }{
				{ids(1, 2, 3), ids(1, 2, 3)}, {ids(3), ids(3)}, {ids(2, 9, 2, 2, 8), ids(2)}, {ids(8, 9), nil}, {ids(), nil}, {nil, nil},
			} {
				statements := f.Record(func() {
					got, err := lookup(t.Context(), c.ask)
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Errorf("%s of %v: %s", name, c.ask, diff)
					}
				})
				if len(statements) != 1 {
					t.Errorf("%s is %d statements: %q", name, len(statements), statements)
				}
			}
		}
	})
}

// TestLookupsReadAllThereIs compares whole rows.
func TestLookupsReadAllThereIs(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		f.Exec(t, "UPDATE users SET created_at = ?", at(1))
		f.video(t, 2, 1, 2)
		f.Exec(t, "UPDATE videos SET thumbnail_url = 'thumb', deleted_at = ?, deletion_reason = 'spam'", at(3))
		f.Exec(t, "UPDATE video_metadata SET view_count = 1, like_count = 2, comment_count = 3, remix_count = 4, glitch_count = 9007199254740991, version = 9, updated_at = ?", at(4))
		f.job(t, 3, 1, 5, models.AIJobStatusProcessing)
		f.Exec(t, "UPDATE ai_jobs SET progress = 45, prompt = 'P', source_video_id = ?, attempts = 2, version = 4, started_at = ?, updated_at = ?, charged = 8, idempotency_key = 'K', worker_id = ?, lease_expires_at = ?", id(2), at(6), at(7), id(9), at(8))
		f.notification(t, 4, 1, models.NotificationCategoryComment, new(id(9)))
		f.Exec(t, "UPDATE notifications SET body = 'B', video_id = ?, job_id = ?, created_at = ?, read_at = ?", id(2), id(3), at(9), at(10))
		f.Exec(t, "INSERT INTO inboxes VALUES (?, 4, 1, 2, 3, 4, 5, 6, 7, 8)", id(1))
		want := []any{
			models.User{ID: id(1), Handle: "user.1", DisplayName: "User 1", Credits: 1, CreatedAt: at(1)},
			models.Video{ID: id(2), OwnerID: id(1), Title: "V", PlaybackURL: "p", ThumbnailURL: new("thumb"), CreatedAt: at(2), DeletedAt: new(at(3)), DeletionReason: new("spam")},
			models.VideoMetadata{VideoID: id(2), OwnerID: id(1), ViewCount: 1, LikeCount: 2, CommentCount: 3, RemixCount: 4, GlitchCount: 9007199254740991, Version: 9, UpdatedAt: at(4), DeletedAt: new(at(3))},
			models.AIJob{
				ID: id(3), OwnerID: id(1), Kind: models.AIJobKindRemix, Status: models.AIJobStatusProcessing, Progress: 45, Prompt: new("P"), SourceVideoID: new(id(2)),
				IdempotencyKey: new("K"), Charged: 8, WorkerID: new(id(9)), LeaseExpiresAt: new(at(8)), Attempts: 2, Version: 4, CreatedAt: at(5), StartedAt: new(at(6)), UpdatedAt: at(7),
			},
			models.Notification{ID: id(4), RecipientID: id(1), Number: 4, Category: models.NotificationCategoryComment, Title: "N", Body: new("B"), ActorID: new(id(9)), VideoID: new(id(2)), JobID: new(id(3)), CreatedAt: at(9), ReadAt: new(at(10))},
			models.Inbox{UserID: id(1), LastNumber: 4, UnreadLike: 1, UnreadComment: 2, UnreadRemix: 3, UnreadFollow: 4, UnreadAIJob: 5, UnreadSystem: 6, Version: 7, BlocksVersion: 8},
		}
		users, err1 := f.UsersByID(t.Context(), ids(1))
		videos, err2 := f.VideosByID(t.Context(), ids(2))
		metadata, err3 := f.VideoMetadataByVideoID(t.Context(), ids(2))
		jobs, err4 := f.AIJobsByID(t.Context(), ids(3))
		notifications, err5 := f.NotificationsByID(t.Context(), id(1), ids(4))
		inboxes, err6 := f.InboxesByUserID(t.Context(), ids(1))
		if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
		got := []any{*users[id(1)], *videos[id(2)], *metadata[id(2)], *jobs[id(3)], *notifications[id(4)], *inboxes[id(1)]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNotificationsByIDAreTheRecipientsAlone(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 5, 6, 7)
		f.notification(t, 1, 7, models.NotificationCategorySystem, nil)
		f.notification(t, 2, 7, models.NotificationCategoryLike, new(id(5)))
		f.notification(t, 3, 7, models.NotificationCategoryLike, new(id(6)))
		f.notification(t, 4, 8, models.NotificationCategoryLike, new(id(6)))
		f.block(t, 7, 5, 1)
		f.block(t, 6, 7, 1) // The other way round hides nothing.
		f.block(t, 8, 6, 1)
		for recipient, want := range map[int][]models.ID{7: ids(1, 3), 8: nil, 9: nil} {
			got, err := keys(f.NotificationsByID(t.Context(), id(recipient), ids(1, 2, 3, 4, 9)))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("of user %d: %s %v", recipient, diff, err)
			}
		}
		f.Exec(t, "DELETE FROM user_blocks")
		if got, err := keys(f.NotificationsByID(t.Context(), id(7), ids(1, 2, 3, 4))); !cmp.Equal(ids(1, 2, 3), got) || err != nil {
			t.Errorf("without a block: %v, %v", got, err)
		}
	})
}

func TestQueuePositions(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.job(t, 5, 1, 10, models.AIJobStatusQueued)
		f.job(t, 3, 2, 20, models.AIJobStatusQueued) // These two came at once: the lower id is before.
		f.job(t, 4, 1, 20, models.AIJobStatusQueued)
		f.job(t, 6, 1, 5, models.AIJobStatusProcessing)
		f.job(t, 7, 1, 6, models.AIJobStatusCanceled)
		f.job(t, 1, 3, 30, models.AIJobStatusQueued)
		wantPositions := func(want map[models.ID]int) {
			t.Helper()
			got, err := f.QueuePositions(t.Context(), ids(1, 3, 4, 5, 6, 7, 9))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
		wantPositions(map[models.ID]int{id(5): 0, id(3): 1, id(4): 2, id(1): 3})
		f.Exec(t, "UPDATE ai_jobs SET status = 'PROCESSING' WHERE id = ?", id(5))
		wantPositions(map[models.ID]int{id(3): 0, id(4): 1, id(1): 2})
		if got, err := f.QueuePositions(t.Context(), ids(4, 4)); len(got) != 1 || got[id(4)] != 1 || err != nil {
			t.Errorf("one job alone: %v, %v", got, err)
		}
	})
}

// TestALongQueue: 1,000 stands for every place from there on.
func TestALongQueue(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		insert := `INSERT INTO ai_jobs (id, owner_id, kind, created_at)
			SELECT ('a0000000-0000-0000-0000-' || to_char(n, 'FM000000000000'))::uuid, ?, 'REMIX', timestamptz '2026-01-01' + n * interval '1 s' FROM generate_series(0, 1200) AS n`
		if f.Dialect == database.SQLite {
			insert = `WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 1200)
				INSERT INTO ai_jobs (id, owner_id, kind, created_at) SELECT 'a0000000-0000-0000-0000-' || printf('%012d', n), ?, 'REMIX', strftime('%Y-%m-%d %H:%M:%S+00:00', 1767225600 + n, 'unixepoch') FROM s`
		}
		f.Exec(t, insert, id(1))
		numbered := func(text string) models.ID {
			parsed, _ := models.ParseID("a0000000-0000-0000-0000-" + text)
			return parsed
		}
		want := map[models.ID]int{
			numbered("000000000000"): 0, numbered("000000000998"): 998, numbered("000000000999"): 999,
			numbered("000000001000"): 1000, numbered("000000001001"): 1000, numbered("000000001200"): 1000,
		}
		got, err := f.QueuePositions(t.Context(), slices.Collect(maps.Keys(want)))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

// TestReadsOfALostDatabase: every read says that it is not to be had.
func TestReadsOfALostDatabase(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantUnavailable := func(name string, err error) {
			if coded, ok := errors.AsType[*models.Error](err); !ok || coded.Code != models.CodeServiceUnavailable {
				t.Errorf("%s: error is %v", name, err)
			}
		}
		for name, lookup := range lookups(f.Store, id(1)) {
			found, err := lookup(ctx, ids(1))
			wantUnavailable(name, err)
			if len(found) != 0 {
				t.Errorf("%s found %v", name, found)
			}
		}
		for name, list := range lists(f.Store, id(1)) {
			wantUnavailable(name, list(ctx))
		}
		_, err1 := f.BlockedAmong(ctx, id(1), ids(1))
		wantUnavailable("BlockedAmong", err1)
		_, err2 := f.NotificationsAfter(ctx, id(1), 0, 10)
		wantUnavailable("NotificationsAfter", err2)
		_, _, err3 := f.NotificationNumber(ctx, id(1), id(1))
		wantUnavailable("NotificationNumber", err3)
		wantUnavailable("RefreshRanking", f.RefreshRanking(ctx))
	})
}
