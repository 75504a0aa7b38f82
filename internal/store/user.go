package store

import (
	"context"
	"time"

	"reelgraph/models"
)

// BlockedUser is a user at their place in the list of those whom somebody has blocked.
type BlockedUser struct {
	models.User `gorm:"embedded"`
	BlockedAt   time.Time
}

// UsersByID reads users.
func (s *Store) UsersByID(ctx context.Context, ids []models.ID) (map[models.ID]*models.User, error) {
	return byID(s.read(ctx).Where(s.db.Any("id", ids)), func(u *models.User) models.ID { return u.ID })
}

// BlockedUsers is a page of those whom a user has blocked, latest first, behind the place after.
func (s *Store) BlockedUsers(ctx context.Context, blocker models.ID, after *TimeKey, first int) (Page[*BlockedUser], error) {
	query := s.read(ctx).Table("user_blocks").
		Select(s.columns("users", models.User{})+", user_blocks.created_at AS blocked_at").
		Joins("JOIN users ON users.id = user_blocks.blocked_id").
		Where("user_blocks.blocker_id = ?", blocker)
	if after != nil {
		query = query.Where("(user_blocks.created_at, user_blocks.blocked_id) < (?, ?)", after.At, after.ID)
	}
	return page[*BlockedUser](query.Order("user_blocks.created_at DESC, user_blocks.blocked_id DESC"), first)
}

// knownUsers are those of ids that the server has been told of. Users are never deleted.
func (s *Store) knownUsers(tx *transaction, ids []models.ID) (map[models.ID]bool, error) {
	var found []models.ID
	err := tx.Raw("SELECT id FROM users WHERE ?", s.db.Any("id", ids)).Scan(&found).Error
	known := make(map[models.ID]bool, len(found))
	for _, id := range found {
		known[id] = true
	}
	return known, err
}

// lockUsers locks users until the transaction ends. It comes before any lock on videos, jobs or inboxes.
func (s *Store) lockUsers(tx *transaction, ids []models.ID) error {
	return tx.Exec("SELECT id FROM users WHERE ? ORDER BY id"+s.db.Lock(false), s.db.Any("id", ids)).Error
}
