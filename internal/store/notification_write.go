package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reelgraph/models"
)

// maxMarked is how many of those that MarkAllNotificationsRead has marked it gives.
const maxMarked = 100

// Marked is what marking notifications as read has done.
type Marked struct {
	// Count is how many were unread and are read now.
	Count int
	// Inbox is the recipient's as it is now; nil where nothing was asked for.
	Inbox *models.Inbox
}

// MarkNotificationsRead marks some of a user's notifications as read, and gives all of the user's among ids
// as they are now. Those of others and those that a block hides are absent, like what does not exist; those that
// were read before stay as they are. No ids do nothing, without a statement.
func (s *Store) MarkNotificationsRead(ctx context.Context, recipient models.ID, ids []models.ID) (marked Marked, now map[models.ID]*models.Notification, err error) {
	if len(ids) == 0 {
		return Marked{}, nil, nil
	}
	err = s.inTx(ctx, func(tx *transaction) error {
		marked, now, err = s.markRead(tx, recipient, ids)
		return err
	})
	return marked, now, err
}

func (s *Store) markRead(tx *transaction, recipient models.ID, ids []models.ID) (marked Marked, now map[models.ID]*models.Notification, err error) {
	if marked.Inbox, err = s.lockInbox(tx, recipient); err != nil || marked.Inbox.LastNumber == 0 {
		return marked, nil, err
	}
	var fresh []models.Notification
	err = s.amongShown(tx.Model(&fresh), recipient, ids).Where("read_at IS NULL").
		Clauses(clause.Returning{Columns: []clause.Column{{Name: "category"}}}).
		UpdateColumn("read_at", s.moment()).Error
	if err != nil {
		return marked, nil, err
	}
	fewer := unreadCounts{}
	for _, n := range fresh {
		fewer[n.Category]--
	}
	if marked.Count = len(fresh); marked.Count > 0 {
		if marked.Inbox, err = s.changeInbox(tx, recipient, inboxChange{unread: fewer}); err != nil {
			return marked, nil, err
		}
	}
	now, err = s.shownByID(tx.DB, recipient, ids)
	return marked, now, err
}

// MarkAllNotificationsRead marks all that a user has as read, or all of one category, but for what a block
// hides; with upTo, one of the user's own, hidden or not, none that came later than that one. Any other upTo is
// a BAD_USER_INPUT. It gives the newest 100 of those it has marked, newest first; however many they
// are, the rest of them stays in the database.
func (s *Store) MarkAllNotificationsRead(ctx context.Context, recipient models.ID, category *models.NotificationCategory, upTo *models.ID) (marked Marked, newest []*models.Notification, err error) {
	err = s.inTx(ctx, func(tx *transaction) error {
		marked, newest, err = s.markAllRead(tx, recipient, category, upTo)
		return err
	})
	return marked, newest, err
}

func (s *Store) markAllRead(tx *transaction, recipient models.ID, category *models.NotificationCategory, upTo *models.ID) (marked Marked, newest []*models.Notification, err error) {
	if marked.Inbox, err = s.lockInbox(tx, recipient); err != nil {
		return marked, nil, err
	}
	// Nothing of what this finds changes but under the lock: what is counted is what is marked.
	unread := shown(tx.Model(&models.Notification{}), recipient).Where("read_at IS NULL")
	if category != nil {
		unread = unread.Where("category = ?", string(*category))
	}
	if upTo != nil {
		last, found, err := numberOf(tx.DB, recipient, *upTo)
		if err != nil {
			return marked, nil, err
		}
		if !found {
			return marked, nil, models.BadInput("upTo", "`upTo` is the id of none of your notifications.")
		}
		unread = unread.Where("number <= ?", last)
	}
	unread = unread.Session(&gorm.Session{})
	fewer, err := countUnread(unread, -1)
	if err != nil || len(fewer) == 0 {
		return marked, nil, err
	}
	var ids []models.ID
	if err := unread.Order("number DESC").Limit(maxMarked).Pluck("id", &ids).Error; err != nil {
		return marked, nil, err
	}
	update := unread.UpdateColumn("read_at", s.moment())
	if marked.Count = int(update.RowsAffected); update.Error != nil {
		return marked, nil, update.Error
	}
	if marked.Inbox, err = s.changeInbox(tx, recipient, inboxChange{unread: fewer}); err != nil {
		return marked, nil, err
	}
	now, err := s.shownByID(tx.DB, recipient, ids)
	for _, id := range ids {
		newest = append(newest, now[id])
	}
	return marked, newest, err
}

// numberOf is the place that one of a user's notifications marks, be it hidden or not.
func numberOf(db *gorm.DB, recipient, id models.ID) (number int64, found bool, err error) {
	var numbers []int64
	err = db.Model(&models.Notification{}).Where("id = ? AND (recipient_id = ?) IS TRUE", id, recipient).Pluck("number", &numbers).Error
	if err != nil || len(numbers) == 0 {
		return 0, false, err
	}
	return numbers[0], true, nil
}

// moment is the present, one for all the rows of a statement.
func (s *Store) moment() clause.Expr { return gorm.Expr("(SELECT ?)", s.db.Now()) }
