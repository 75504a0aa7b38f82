package store

import (
	"context"

	"gorm.io/gorm"

	"reelgraph/models"
)

// NotificationFilter narrows a list of notifications.
type NotificationFilter struct {
	Category   *models.NotificationCategory
	UnreadOnly bool
}

// NotificationsByID reads a user's notifications. Those of others, and those that a block hides, are absent.
func (s *Store) NotificationsByID(ctx context.Context, recipient models.ID, ids []models.ID) (map[models.ID]*models.Notification, error) {
	return s.shownByID(s.read(ctx), recipient, ids)
}

// Notifications is a page of a user's notifications, newest first, behind the one that is number
// before in the inbox, without those that a block hides.
func (s *Store) Notifications(ctx context.Context, recipient models.ID, filter NotificationFilter, before *int64, first int) (Page[*models.Notification], error) {
	query := shown(s.read(ctx), recipient)
	if filter.Category != nil {
		query = query.Where("category = ?", string(*filter.Category))
	}
	if filter.UnreadOnly {
		query = query.Where("read_at IS NULL")
	}
	if before != nil {
		query = query.Where("number < ?", *before)
	}
	return page[*models.Notification](query.Order("number DESC"), first)
}

// InboxesByUserID reads inboxes. Users who never got or blocked anything have none.
func (s *Store) InboxesByUserID(ctx context.Context, ids []models.ID) (map[models.ID]*models.Inbox, error) {
	return s.inboxesByUserID(s.read(ctx), ids)
}

func (s *Store) inboxesByUserID(db *gorm.DB, ids []models.ID) (map[models.ID]*models.Inbox, error) {
	return byID(db.Where(s.db.Any("user_id", ids)), func(i *models.Inbox) models.ID { return i.UserID })
}

// shown finds a user's notifications that no block hides.
func shown(db *gorm.DB, recipient models.ID) *gorm.DB {
	return notBlocked(db.Where("recipient_id = ?", recipient), &recipient, "notifications.actor_id")
}

// shownByID are those among ids.
func (s *Store) shownByID(db *gorm.DB, recipient models.ID, ids []models.ID) (map[models.ID]*models.Notification, error) {
	return byID(s.amongShown(db, recipient, ids), func(n *models.Notification) models.ID { return n.ID })
}

// amongShown finds a user's notifications among ids, without those that a block hides.
func (s *Store) amongShown(db *gorm.DB, recipient models.ID, ids []models.ID) *gorm.DB {
	// IS TRUE keeps every plan to the ids: one for any recipient would go through all that theirs has got.
	query := db.Where(s.db.Any("id", ids)).Where("(recipient_id = ?) IS TRUE", recipient)
	return notBlocked(query, &recipient, "notifications.actor_id")
}
