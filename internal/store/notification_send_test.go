package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"reelgraph/models"
)

// message is a notification to a user from another, or from nobody where that is 0.
func message(to int, category models.NotificationCategory, from int) models.Notification {
	n := models.Notification{RecipientID: id(to), Category: category, Title: "T"}
	if from > 0 {
		n.ActorID = new(id(from))
	}
	return n
}

// sends a batch and gives its notifications, nil for those that were not sent.
func (f fixture) sends(t *testing.T, batch string, list ...models.Notification) []*models.Notification {
	t.Helper()
	sent := make([]*models.Notification, len(list))
	for i, result := range must(f.SendNotifications(t.Context(), id(1000), batch, list))(t) {
		sent[i] = result.Notification
	}
	return sent
}

// marks notifications as read for a user.
func (f fixture) marks(t *testing.T, user int, notifications ...models.ID) {
	t.Helper()
	if _, _, err := f.MarkNotificationsRead(t.Context(), id(user), notifications); err != nil {
		t.Fatal(err)
	}
}

// inboxOf is a user's inbox as it is, nil where there is none.
func (f fixture) inboxOf(t *testing.T, user int) *models.Inbox {
	t.Helper()
	return must(f.InboxesByUserID(t.Context(), ids(user)))(t)[id(user)]
}

// wantBadInput fails the test unless an error refuses an argument.
func wantBadInput(t *testing.T, what string, err error, argument string) {
	t.Helper()
	coded, ok := errors.AsType[*models.Error](err)
	if !ok || coded.Code != models.CodeBadUserInput {
		t.Errorf("%s: the error is %v", what, err)
		return
	}
	same(t, what, map[string]any{"argument": argument}, coded.Details)
}

func TestSendNotifications(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		f.block(t, 1, 3, 0)
		whole := message(1, models.NotificationCategoryComment, 2)
		whole.Title, whole.Body, whole.VideoID, whole.JobID = "제목 \"<&>\u2028", new(""), new(id(50)), new(id(51))
		list := []models.Notification{
			message(1, models.NotificationCategoryLike, 2), message(2, models.NotificationCategoryLike, 3), message(1, models.NotificationCategoryLike, 3),
			whole, message(9, models.NotificationCategorySystem, 0), message(1, models.NotificationCategoryLike, 1), message(2, models.NotificationCategorySystem, 0),
		}
		results := must(f.SendNotifications(t.Context(), id(1000), "batch", list))(t)

		numbers := []int64{1, 1, 0, 2, 0, 3, 2}
		var moment time.Time
		for i, result := range results {
			if numbers[i] == 0 {
				status := map[int]models.SendNotificationStatus{2: models.SendNotificationStatusSuppressed, 4: models.SendNotificationStatusUnknownUser}[i]
				same(t, fmt.Sprint("result ", i), models.SendNotificationResult{Status: status}, *result)
				continue
			}
			same(t, "status", models.SendNotificationStatusSent, result.Status)
			got, want := *result.Notification, list[i]
			if moment.IsZero() {
				moment = got.CreatedAt
			}
			want.ID, want.Number, want.CreatedAt = got.ID, numbers[i], moment
			same(t, "notification", want, got)
			same(t, "row", want, one[models.Notification](t, f.DB, "id", got.ID))
		}
		if age := time.Since(moment); age < -time.Minute || age > time.Minute {
			t.Errorf("sent at %v", moment)
		}
		same(t, "inboxes", []models.Inbox{
			{UserID: id(1), LastNumber: 3, UnreadLike: 2, UnreadComment: 1, Version: 1},
			{UserID: id(2), LastNumber: 2, UnreadLike: 1, UnreadSystem: 1, Version: 1},
		}, all[models.Inbox](t, f, "user_id"))
		same(t, "notifications", 5, len(all[models.Notification](t, f, "id")))
	})
}

func TestSendNotificationsOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		f.block(t, 1, 3, 0)
		list := []models.Notification{
			message(1, models.NotificationCategoryLike, 2), message(1, models.NotificationCategoryLike, 3),
			message(9, models.NotificationCategorySystem, 0), message(2, models.NotificationCategoryLike, 0),
		}
		results := must(f.SendNotifications(t.Context(), id(1000), "batch", list))(t)

		// Meanwhile one is read, its sender is blocked, another is no longer, and the unknown user is known.
		f.marks(t, 1, results[0].Notification.ID)
		_ = must(f.BlockUsers(t.Context(), id(1), ids(2)))(t)
		_ = must(f.UnblockUsers(t.Context(), id(1), ids(3)))(t)
		f.users(t, 9)
		results[0].Notification = new(one[models.Notification](t, f.DB, "id", results[0].Notification.ID))
		if results[0].Notification.ReadAt == nil {
			t.Error("it is not read")
		}
		inboxes := all[models.Inbox](t, f, "user_id")
		statements := f.Record(func() {
			same(t, "a repeat", results, must(f.SendNotifications(t.Context(), id(1000), "batch", list))(t))
		})
		same(t, "statements of a repeat", 3, len(statements))
		same(t, "inboxes", inboxes, all[models.Inbox](t, f, "user_id"))

		for what, change := range map[string]func(n *models.Notification){
			"another recipient": func(n *models.Notification) { n.RecipientID = id(3) },
			"another category":  func(n *models.Notification) { n.Category = models.NotificationCategoryFollow },
			"another title":     func(n *models.Notification) { n.Title = "t" },
			"another body":      func(n *models.Notification) { n.Body = new("") },
			"another actor":     func(n *models.Notification) { n.ActorID = new(id(1)) },
			"another video":     func(n *models.Notification) { n.VideoID = new(id(1)) },
			"another job":       func(n *models.Notification) { n.JobID = new(id(1)) },
		} {
			other := append([]models.Notification{}, list...)
			change(&other[3])
			_, err := f.SendNotifications(t.Context(), id(1000), "batch", other)
			wantBadInput(t, what, err, "batchId")
		}
		_, err := f.SendNotifications(t.Context(), id(1000), "batch", list[:3])
		wantBadInput(t, "one less", err, "batchId")
		_, err = f.SendNotifications(t.Context(), id(1000), "batch", []models.Notification{list[3], list[1], list[2], list[0]})
		wantBadInput(t, "another order", err, "batchId")
		same(t, "inboxes", inboxes, all[models.Inbox](t, f, "user_id"))

		_ = must(f.SendNotifications(t.Context(), id(1001), "batch", list[3:]))(t)
		_ = must(f.SendNotifications(t.Context(), id(1000), "Batch", list[3:]))(t)
		same(t, "after another caller's and another batch", 3, f.inboxOf(t, 2).UnreadLike)
	})
}

// TestSendNotificationsAtOnce has twenty clients of two instances send the same batch.
func TestSendNotificationsAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2)
		stores := f.instances(t)
		list := []models.Notification{message(2, models.NotificationCategoryLike, 1), message(1, models.NotificationCategoryLike, 2), message(2, models.NotificationCategoryLike, 0)}
		var answers [20][]*models.SendNotificationResult
		atOnce(len(answers), func(n int) {
			var err error
			if answers[n], err = stores[n%2].SendNotifications(t.Context(), id(1000), "batch", list); err != nil {
				t.Error(err)
			}
		})
		for _, answer := range answers {
			same(t, "an answer", answers[0], answer)
		}
		same(t, "notifications", 3, len(all[models.Notification](t, f, "id")))
		same(t, "inbox", &models.Inbox{UserID: id(2), LastNumber: 2, UnreadLike: 2, Version: 1}, f.inboxOf(t, 2))
	})
}

// TestSendNotificationsFails as a whole: the batch may be sent again.
func TestSendNotificationsFails(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		good, bad := message(1, models.NotificationCategoryLike, 0), message(1, "NONSENSE", 0)
		if _, err := f.SendNotifications(t.Context(), id(1000), "batch", []models.Notification{good, bad}); err == nil {
			t.Error("a category that there is not was sent")
		}
		same(t, "inboxes", 0, len(all[models.Inbox](t, f, "user_id")))
		f.sends(t, "batch", good)
		same(t, "inbox", &models.Inbox{UserID: id(1), LastNumber: 1, UnreadLike: 1, Version: 1}, f.inboxOf(t, 1))
	})
}
