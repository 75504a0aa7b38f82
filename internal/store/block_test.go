package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

const (
	blocked        = models.BlockUserStatusBlocked
	alreadyBlocked = models.BlockUserStatusAlreadyBlocked
	blockNotFound  = models.BlockUserStatusNotFound
	blockSelf      = models.BlockUserStatusSelf
)

// blockedOf are those whom a user has blocked, latest first.
func (f fixture) blockedOf(t *testing.T, user int) []models.ID {
	t.Helper()
	var list []models.ID
	for _, b := range must(f.BlockedUsers(t.Context(), id(user), nil, 100))(t).Items {
		list = append(list, b.ID)
	}
	return list
}

func TestBlockUsers(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3, 4, 5, 6)
		sent := f.sends(t, "batch",
			message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategoryFollow, 2), message(1, models.NotificationCategoryLike, 4),
			message(1, models.NotificationCategorySystem, 0), message(1, models.NotificationCategoryLike, 2), message(2, models.NotificationCategoryLike, 4))
		f.marks(t, 1, sent[4].ID)
		_ = must(f.BlockUsers(t.Context(), id(1), ids(5)))(t)
		inbox := models.Inbox{UserID: id(1), LastNumber: 5, UnreadLike: 2, UnreadFollow: 1, UnreadSystem: 1, Version: 2, BlocksVersion: 1}
		same(t, "inbox", &inbox, f.inboxOf(t, 1))

		asked := ids(6, 2, 99, 1, 5, 2, 3, 6)
		done := must(f.BlockUsers(t.Context(), id(1), asked))(t)
		statuses := map[models.ID]models.BlockUserStatus{id(6): blocked, id(2): blocked, id(99): blockNotFound, id(1): blockSelf, id(5): alreadyBlocked, id(3): blocked}
		same(t, "statuses", statuses, done.Statuses)
		same(t, "count", 3, done.Count)
		same(t, "users", must(f.UsersByID(t.Context(), asked))(t), done.Users)
		same(t, "list", ids(3, 2, 6, 5), f.blockedOf(t, 1))
		inbox.UnreadLike, inbox.UnreadFollow, inbox.Version, inbox.BlocksVersion = 1, 0, 3, 2
		same(t, "inbox", &inbox, f.inboxOf(t, 1))
		for _, b := range all[models.UserBlock](t, f, "created_at") {
			if age := time.Since(b.CreatedAt); age < -time.Minute || age > time.Minute {
				t.Errorf("blocked at %v", b.CreatedAt)
			}
		}

		for _, other := range ids(6, 2, 3) {
			statuses[other] = alreadyBlocked
		}
		done = must(f.BlockUsers(t.Context(), id(1), asked))(t)
		same(t, "said twice", statuses, done.Statuses)
		same(t, "said twice", 0, done.Count)
		same(t, "inbox", &inbox, f.inboxOf(t, 1))
		// Of 4 and 6 nobody has sent anything that is unread: the counts and their version stay.
		f.Exec(t, "UPDATE notifications SET read_at = ? WHERE id = ?", at(0), sent[2].ID)
		f.Exec(t, "UPDATE inboxes SET unread_like = 0 WHERE user_id = ?", id(1))
		_ = must(f.BlockUsers(t.Context(), id(1), ids(4)))(t)
		inbox.UnreadLike, inbox.BlocksVersion = 0, 3
		same(t, "inbox", &inbox, f.inboxOf(t, 1))
		same(t, "another's inbox", &models.Inbox{UserID: id(2), LastNumber: 1, UnreadLike: 1, Version: 1}, f.inboxOf(t, 2))
	})
}

func TestUnblockUsers(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3, 4)
		f.sends(t, "before", message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategoryFollow, 2), message(1, models.NotificationCategoryLike, 3))
		_ = must(f.BlockUsers(t.Context(), id(1), ids(2, 3)))(t)
		_ = must(f.BlockUsers(t.Context(), id(4), ids(2)))(t)
		f.sends(t, "meanwhile", message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategorySystem, 0))
		// Neither marks what is hidden.
		if _, _, err := f.MarkAllNotificationsRead(t.Context(), id(1), nil, nil); err != nil {
			t.Fatal(err)
		}
		inbox := models.Inbox{UserID: id(1), LastNumber: 4, Version: 4, BlocksVersion: 1}
		same(t, "inbox", &inbox, f.inboxOf(t, 1))

		same(t, "unblocked", 1, must(f.UnblockUsers(t.Context(), id(1), ids(99, 2, 4, 1, 2)))(t))
		inbox.UnreadLike, inbox.UnreadFollow, inbox.Version, inbox.BlocksVersion = 1, 1, 5, 2
		same(t, "inbox", &inbox, f.inboxOf(t, 1))
		same(t, "list", ids(3), f.blockedOf(t, 1))
		same(t, "another's list", ids(2), f.blockedOf(t, 4))
		same(t, "said twice", 0, must(f.UnblockUsers(t.Context(), id(1), ids(99, 2, 4, 1, 2)))(t))
		same(t, "inbox", &inbox, f.inboxOf(t, 1))
	})
}

// TestBlocksOfTheUnknown: who blocks need not be known to the server. Where there is nothing to block, or no
// block to end, nothing is written and nothing locked.
func TestBlocksOfTheUnknown(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2)
		reads := func(what string, call func()) {
			t.Helper()
			for _, statement := range f.Record(call) {
				if !strings.HasPrefix(statement, "SELECT") || strings.Contains(statement, "UPDATE") {
					t.Errorf("%s: %s", what, statement)
				}
			}
			same(t, what+": inboxes", 0, len(all[models.Inbox](t, f, "user_id")))
		}
		reads("nobody there", func() {
			done := must(f.BlockUsers(t.Context(), id(9), ids(9, 8)))(t)
			same(t, "done", store.Blocking{Statuses: map[models.ID]models.BlockUserStatus{id(9): blockSelf, id(8): blockNotFound}, Users: map[models.ID]*models.User{}}, done)
		})
		reads("oneself", func() {
			done := must(f.BlockUsers(t.Context(), id(1), ids(1)))(t)
			same(t, "who it is", "user.1", done.Users[id(1)].Handle)
		})
		reads("no block to end", func() { same(t, "done", 0, must(f.UnblockUsers(t.Context(), id(9), ids(1, 9, 8)))(t)) })

		same(t, "done", 2, must(f.BlockUsers(t.Context(), id(9), ids(2, 1)))(t).Count)
		same(t, "list", ids(1, 2), f.blockedOf(t, 9))
		same(t, "inbox", &models.Inbox{UserID: id(9), BlocksVersion: 1}, f.inboxOf(t, 9))
		same(t, "done", 2, must(f.UnblockUsers(t.Context(), id(9), ids(2, 1)))(t))
		same(t, "inbox", &models.Inbox{UserID: id(9), BlocksVersion: 2}, f.inboxOf(t, 9))
	})
}

// TestBlocksAtOnce has two instances block and unblock the same, asked in other orders: each block is made once.
func TestBlocksAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3, 4)
		f.sends(t, "batch", message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategoryLike, 3), message(1, models.NotificationCategoryLike, 4))
		stores := f.instances(t)
		asked := [][]models.ID{ids(2, 3), ids(4, 3, 2), ids(3), ids(2, 4)}
		for range 5 {
			counts := make([]int, 8)
			atOnce(len(counts), func(n int) {
				done, err := stores[n%2].BlockUsers(t.Context(), id(1), asked[n%4])
				if counts[n] = done.Count; err != nil {
					t.Error(err)
				}
			})
			same(t, "blocked", 3, sum(counts))
			same(t, "unread", 0, f.inboxOf(t, 1).UnreadLike)
			atOnce(len(counts), func(n int) {
				var err error
				if counts[n], err = stores[n%2].UnblockUsers(t.Context(), id(1), asked[n%4]); err != nil {
					t.Error(err)
				}
			})
			same(t, "unblocked", 3, sum(counts))
			same(t, "unread", 3, f.inboxOf(t, 1).UnreadLike)
		}
	})
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// TestStatementsOfInboxes are as many for a hundred as for one.
func TestStatementsOfInboxes(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		var numbers []int
		var list []models.Notification
		for n := 1; n <= 101; n++ {
			numbers = append(numbers, n)
			list = append(list, message(n, models.NotificationCategoryLike, 102), message(200, models.NotificationCategoryLike, n))
		}
		f.users(t, append(numbers, 102, 200)...)
		var notes []models.ID
		for _, n := range f.sends(t, "batch", list...) {
			if n.RecipientID == id(200) {
				notes = append(notes, n.ID)
			}
		}
		ctx := t.Context()
		nothing := func() {}
		for _, c := range []struct {
			name    string
			want    int
			prepare func()
			call    func(n, end int) error
		}{
			{"SendNotifications", 7, func() { f.Exec(t, "DELETE FROM batches") }, func(n, end int) error {
				_, err := f.SendNotifications(ctx, id(1000), "some", list[2*n:2*end])
				return err
			}},
			{"BlockUsers", 7, nothing, func(n, end int) error { _, err := f.BlockUsers(ctx, id(200), ids(numbers[n:end]...)); return err }},
			{"UnblockUsers", 6, nothing, func(n, end int) error { _, err := f.UnblockUsers(ctx, id(200), ids(numbers[n:end]...)); return err }},
			{"MarkNotificationsRead", 4, nothing, func(n, end int) error { _, _, err := f.MarkNotificationsRead(ctx, id(200), notes[n:end]); return err }},
			{"MarkNotificationsRead of nothing new", 3, nothing, func(n, end int) error { _, _, err := f.MarkNotificationsRead(ctx, id(200), notes[n:end]); return err }},
			{"MarkAllNotificationsRead up to one", 7, func() {
				f.Exec(t, "UPDATE notifications SET read_at = NULL WHERE recipient_id = ?", id(200))
				f.Exec(t, "UPDATE inboxes SET unread_like = 1000 WHERE user_id = ?", id(200))
			}, func(_, end int) error {
				_, _, err := f.MarkAllNotificationsRead(ctx, id(200), nil, &notes[end-1])
				return err
			}},
		} {
			for _, some := range [][2]int{{0, 1}, {1, 101}} {
				c.prepare()
				statements := f.Record(func() {
					if err := c.call(some[0], some[1]); err != nil {
						t.Errorf("%s: %v", c.name, err)
					}
				})
				if len(statements) != c.want {
					t.Errorf("%s of %d is %d statements, not %d:\n%s", c.name, some[1]-some[0], len(statements), c.want, strings.Join(statements, "\n"))
				}
			}
		}
	})
}

// TestInboxesOfNone ask nothing of the database.
func TestInboxesOfNone(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		statements := f.Record(func() {
			_, _, a := f.MarkNotificationsRead(t.Context(), id(1), nil)
			_, b := f.SendNotifications(t.Context(), id(1), "batch", nil)
			_, c := f.BlockUsers(t.Context(), id(1), nil)
			_, d := f.UnblockUsers(t.Context(), id(1), nil)
			if err := errors.Join(a, b, c, d); err != nil {
				t.Error(err)
			}
		})
		same(t, "statements", 0, len(statements))
	})
}
