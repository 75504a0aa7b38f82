package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/database"
	"reelgraph/models"
)

func TestBlockedAmong(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3, 4)
		f.block(t, 1, 2, 1)
		f.block(t, 1, 4, 2)
		f.block(t, 3, 1, 3) // The other way round is no block of user 1's.
		for _, c := range []struct {
			viewer int
			owners []models.ID
			want   map[models.ID]bool
		}{
			{1, ids(1, 2, 3, 2, 9), map[models.ID]bool{id(2): true}},
			{1, ids(4, 2), map[models.ID]bool{id(2): true, id(4): true}},
			{2, ids(1, 2, 3, 4), map[models.ID]bool{}},
		} {
			got, err := f.BlockedAmong(t.Context(), id(c.viewer), c.owners)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("user %d, of %v: %s %v", c.viewer, c.owners, diff, err)
			}
		}
		statements := f.Record(func() {
			if got, err := f.BlockedAmong(t.Context(), id(1), nil); len(got) != 0 || err != nil {
				t.Errorf("of nobody: %v, %v", got, err)
			}
		})
		if len(statements) != 0 {
			t.Errorf("nobody takes %q", statements)
		}
	})
}

// TestNotificationsAfter come in the order in which they arrived, but for those that a block hides, which mark
// their place all the same.
func TestNotificationsAfter(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 5, 6)
		// Numbers say the order, ids do not.
		for place, n := range []int{9, 2, 8, 3, 7} {
			f.notification(t, n, 1, models.NotificationCategoryLike, new(id(5+place%2)))
			f.Exec(t, "UPDATE notifications SET number = ? WHERE id = ?", 10+place, id(n))
		}
		f.notification(t, 4, 2, models.NotificationCategorySystem, nil)
		f.Exec(t, "UPDATE notifications SET read_at = ? WHERE id = ?", at(1), id(8))
		f.block(t, 1, 6, 1) // What hides 2 and 3.
		f.block(t, 2, 5, 1)
		for _, c := range []struct {
			recipient int
			number    int64
			first     int
			want      []models.ID
		}{
			{1, 0, 100, ids(9, 8, 7)}, {1, 0, 2, ids(9, 8)}, {1, 9, 1, ids(9)}, {1, 10, 100, ids(8, 7)}, {1, 11, 100, ids(8, 7)},
			{1, 12, 1, ids(7)}, {1, 14, 100, nil}, {2, 0, 100, ids(4)}, {2, 4, 100, nil}, {3, 0, 100, nil},
		} {
			var got []models.ID
			found, err := f.NotificationsAfter(t.Context(), id(c.recipient), c.number, c.first)
			for _, n := range found {
				got = append(got, n.ID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%d of user %d behind %d: %s %v", c.first, c.recipient, c.number, diff, err)
			}
		}
		for _, c := range []struct {
			recipient, id int
			want          int64
		}{{1, 9, 10}, {1, 2, 11}, {1, 8, 12}, {1, 4, 0}, {2, 4, 4}, {2, 9, 0}, {3, 9, 0}, {1, 99, 0}} {
			number, found, err := f.NotificationNumber(t.Context(), id(c.recipient), id(c.id))
			if number != c.want || found != (c.want > 0) || err != nil {
				t.Errorf("notification %d for user %d: %d, %v, %v", c.id, c.recipient, number, found, err)
			}
		}
	})
}

// TestLiveReadsGoToThePrimary while the others may go elsewhere, and on SQLite past a writer who is at work.
func TestLiveReadsGoToThePrimary(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 5)
		f.video(t, 1, 5, 1)
		f.job(t, 1, 1, 1, models.AIJobStatusQueued)
		f.notification(t, 1, 1, models.NotificationCategoryLike, nil)
		f.Exec(t, "INSERT INTO inboxes (user_id, version, last_number, blocks_version) VALUES (?, 1, 2, 4)", id(1))
		f.block(t, 1, 5, 1)
		if f.Dialect == database.SQLite {
			writing := f.Write.Begin()
			defer writing.Rollback()
		} else {
			f.Read = nil
		}
		ctx := t.Context()
		jobs, err1 := f.LiveAIJobs(ctx, ids(1))
		versions, err7 := f.LiveAIJobVersions(ctx, ids(1))
		changes, err8 := f.LiveInboxChanges(ctx, ids(1))
		metadata, err2 := f.LiveVideoMetadata(ctx, ids(1))
		inboxes, err3 := f.LiveInboxes(ctx, ids(1))
		blocked, err4 := f.BlockedAmong(ctx, id(1), ids(5))
		news, err5 := f.NotificationsAfter(ctx, id(1), 0, 1)
		number, _, err6 := f.NotificationNumber(ctx, id(1), id(1))
		got := fmt.Sprint(len(jobs), versions[id(1)] == jobs[id(1)].Version, len(metadata), len(inboxes), changes[id(1)] == inboxes[id(1)].Changes(), len(blocked), len(news), number, err1, err2, err3, err4, err5, err6, err7, err8)
		same(t, "what is found", "1 true 1 1 true 1 1 1 <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil>", got)
	})
}
