package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/models"
)

func TestMarkNotificationsRead(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		sent := f.sends(t, "batch",
			message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategoryLike, 3), message(2, models.NotificationCategoryLike, 0),
			message(1, models.NotificationCategorySystem, 0), message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategoryLike, 2))
		own, hidden, another, system, read, left := sent[0], sent[1], sent[2], sent[3], sent[4], sent[5]
		f.Exec(t, "UPDATE notifications SET read_at = ? WHERE id = ?", at(0), read.ID)
		f.Exec(t, "UPDATE inboxes SET unread_like = 2 WHERE user_id = ?", id(1)) // own and left
		f.block(t, 1, 3, 0)

		asked := []models.ID{own.ID, hidden.ID, another.ID, id(77), system.ID, read.ID, own.ID}
		marked, now, err := f.MarkNotificationsRead(t.Context(), id(1), asked)
		if err != nil || marked.Count != 2 || len(now) != 3 {
			t.Fatalf("%+v, %v, %v", marked, now, err)
		}
		moment := now[own.ID].ReadAt
		if age := time.Since(*moment); age < -time.Minute || age > time.Minute {
			t.Errorf("read at %v", moment)
		}
		own.ReadAt, system.ReadAt, read.ReadAt = moment, moment, new(at(0))
		for _, n := range []*models.Notification{own, system, read, hidden, another, left} {
			if got := now[n.ID]; got != nil {
				same(t, "answer", n, got)
			} else if n.ReadAt != nil {
				t.Errorf("%s is missing", n.ID)
			}
			same(t, "row", *n, one[models.Notification](t, f.DB, "id", n.ID))
		}
		inbox := &models.Inbox{UserID: id(1), LastNumber: 5, UnreadLike: 1, Version: 2}
		same(t, "inbox", inbox, marked.Inbox)
		same(t, "inbox's row", inbox, f.inboxOf(t, 1))

		marked, again, err := f.MarkNotificationsRead(t.Context(), id(1), asked)
		same(t, "said twice", store.Marked{Inbox: inbox}, marked)
		same(t, "said twice", now, again)
		same(t, "inbox's row", inbox, f.inboxOf(t, 1))
		if err != nil {
			t.Error(err)
		}
		if f.inboxOf(t, 2).UnreadLike != 1 {
			t.Error("another's inbox was marked")
		}
	})
}

// TestMarkWithoutInbox makes none.
func TestMarkWithoutInbox(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		nothing := store.Marked{Inbox: &models.Inbox{UserID: id(9)}}
		marked, now, err := f.MarkNotificationsRead(t.Context(), id(9), ids(1, 2))
		same(t, "mark", nothing, marked)
		same(t, "notifications", 0, len(now))
		if err != nil {
			t.Error(err)
		}
		marked, newest, err := f.MarkAllNotificationsRead(t.Context(), id(9), nil, nil)
		same(t, "mark all", nothing, marked)
		same(t, "newest", 0, len(newest))
		if err != nil {
			t.Error(err)
		}
		_, _, err = f.MarkAllNotificationsRead(t.Context(), id(9), nil, new(id(1)))
		wantBadInput(t, "up to what there is not", err, "upTo")
		same(t, "inboxes", 0, len(all[models.Inbox](t, f, "user_id")))
	})
}

func TestMarkAllNotificationsRead(t *testing.T) {
	t.Parallel()
	like, follow := models.NotificationCategoryLike, models.NotificationCategoryFollow
	cases := []struct {
		name     string
		category *models.NotificationCategory
		upTo     int // -1 for none
		want     []int
		left     [2]int // likes and follows
	}{
		{"all", nil, -1, []int{7, 6, 4, 1, 0}, [2]int{}},
		{"all likes", &like, -1, []int{7, 4, 0}, [2]int{0, 2}},
		{"up to one", nil, 4, []int{4, 1, 0}, [2]int{1, 1}},
		{"up to a hidden one", nil, 3, []int{1, 0}, [2]int{2, 1}},
		{"up to one that was read", nil, 5, []int{4, 1, 0}, [2]int{1, 1}},
		{"likes up to a follow", &like, 6, []int{4, 0}, [2]int{1, 2}},
		{"follows up to a like", &follow, 0, nil, [2]int{3, 2}},
		{"a category without any", new(models.NotificationCategoryRemix), -1, nil, [2]int{3, 2}},
	}
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		for n, c := range cases {
			// What the user has got, the first one first; 2 is another's, 3 is hidden, 5 is read.
			me := 10 + n
			f.users(t, me)
			sent := f.sends(t, c.name, message(me, like, 2), message(me, follow, 2), message(1, like, 2), message(me, like, 3),
				message(me, like, 0), message(me, like, 2), message(me, follow, 2), message(me, like, 2))
			f.marks(t, me, sent[5].ID)
			_ = must(f.BlockUsers(t.Context(), id(me), ids(3)))(t)
			inbox := *f.inboxOf(t, me)
			var upTo *models.ID
			if c.upTo >= 0 {
				upTo = &sent[c.upTo].ID
			}

			marked, newest, err := f.MarkAllNotificationsRead(t.Context(), id(me), c.category, upTo)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var want, got []models.Notification
			for _, place := range c.want {
				want = append(want, one[models.Notification](t, f.DB, "id", sent[place].ID))
			}
			for _, n := range newest {
				got = append(got, *n)
			}
			same(t, c.name+": newest", want, got)
			inbox.UnreadLike, inbox.UnreadFollow = c.left[0], c.left[1]
			if len(c.want) > 0 {
				inbox.Version++
			}
			same(t, c.name, store.Marked{Count: len(c.want), Inbox: &inbox}, marked)
			same(t, c.name+": inbox", &inbox, f.inboxOf(t, me))
			for place, n := range sent {
				read := slices.Contains(c.want, place) || place == 5
				if row := one[models.Notification](t, f.DB, "id", n.ID); (row.ReadAt != nil) != read {
					t.Errorf("%s: %d was read at %v", c.name, place, row.ReadAt)
				}
			}

			marked, newest, err = f.MarkAllNotificationsRead(t.Context(), id(me), c.category, upTo)
			same(t, c.name+": said twice", store.Marked{Inbox: &inbox}, marked)
			if len(newest) != 0 || err != nil {
				t.Errorf("%s: said twice: %v, %v", c.name, newest, err)
			}
		}
	})
}

// TestMarkAllUpToNothing refuses what is none of the caller's, and marks nothing.
func TestMarkAllUpToNothing(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2)
		sent := f.sends(t, "batch", message(1, models.NotificationCategoryLike, 0), message(2, models.NotificationCategoryLike, 0))
		for what, upTo := range map[string]models.ID{"nothing": id(77), "another's": sent[1].ID} {
			_, _, err := f.MarkAllNotificationsRead(t.Context(), id(1), nil, &upTo)
			wantBadInput(t, what, err, "upTo")
		}
		same(t, "inbox", &models.Inbox{UserID: id(1), LastNumber: 1, UnreadLike: 1, Version: 1}, f.inboxOf(t, 1))
	})
}

// TestMarkAllOfMany gives the newest hundred, and takes no more rows than that out of the database.
func TestMarkAllOfMany(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		const many = 345
		list := make([]models.Notification, many)
		for n := range list {
			list[n] = message(1, models.AllNotificationCategory[n%6], 0)
			list[n].ID, list[n].CreatedAt = id(n+1), at(n)
		}
		if err := f.AddNotifications(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		var read int64
		opened, err := database.Open(t.Context(), f.URL, database.Options{Trace: func(_ context.Context, sql string, _ time.Time, rows int64, _ error) {
			if !strings.Contains(sql, "UPDATE \"notifications\"") && !strings.Contains(sql, "UPDATE `notifications`") {
				read += rows
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()

		marked, newest, err := store.New(opened).MarkAllNotificationsRead(t.Context(), id(1), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "marked", store.Marked{Count: many, Inbox: &models.Inbox{UserID: id(1), LastNumber: many, Version: 2}}, marked)
		same(t, "shown", 100, len(newest))
		for i, n := range newest {
			same(t, fmt.Sprint("place ", i), id(many-i), n.ID)
		}
		if read > 220 {
			t.Errorf("%d rows were read", read)
		}
	})
}
