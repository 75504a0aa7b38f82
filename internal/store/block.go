package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// Blocking is what BlockUsers has done.
type Blocking struct {
	// Statuses has one for each id.
	Statuses map[models.ID]models.BlockUserStatus
	// Users are those whom the server has been told of.
	Users map[models.ID]*models.User
	// Count is how many are blocked now who were not before.
	Count int
}

// BlockUsers blocks users for blocker, whom the server need not have been told of, the later the
// further behind in ids they stand first. What they sent that is unread is no longer counted. No ids do
// nothing, without a statement.
func (s *Store) BlockUsers(ctx context.Context, blocker models.ID, ids []models.ID) (done Blocking, err error) {
	if len(ids) == 0 {
		return Blocking{}, nil
	}
	err = s.inTx(ctx, func(tx *transaction) error {
		done, err = s.block(tx, blocker, ids)
		return err
	})
	return done, err
}

func (s *Store) block(tx *transaction, blocker models.ID, ids []models.ID) (done Blocking, err error) {
	done.Statuses = make(map[models.ID]models.BlockUserStatus, len(ids))
	if done.Users, err = byID(tx.Where(s.db.Any("id", ids)), func(u *models.User) models.ID { return u.ID }); err != nil {
		return done, err
	}
	before, err := s.blockedAmong(tx.DB, blocker, ids)
	if err != nil {
		return done, err
	}
	var wanted []models.ID
	for _, id := range ids {
		switch _, twice := done.Statuses[id]; {
		case twice:
		case id == blocker:
			done.Statuses[id] = models.BlockUserStatusSelf
		case done.Users[id] == nil:
			done.Statuses[id] = models.BlockUserStatusNotFound
		default:
			done.Statuses[id] = models.BlockUserStatusAlreadyBlocked
			if !slices.Contains(before, id) {
				wanted = append(wanted, id)
			}
		}
	}
	if len(wanted) == 0 {
		return done, nil
	}
	if err := s.openInboxes(tx, []models.ID{blocker}); err != nil {
		return done, err
	}
	fresh, err := s.insertBlocks(tx, blocker, wanted)
	if err != nil || len(fresh) == 0 {
		return done, err
	}
	done.Count = len(fresh)
	for _, id := range fresh {
		done.Statuses[id] = models.BlockUserStatusBlocked
	}
	return done, s.blocksChanged(tx, blocker, fresh, -1)
}

// insertBlocks blocks users for blocker, each later than those before, and gives those who were not blocked before.
func (s *Store) insertBlocks(tx *transaction, blocker models.ID, wanted []models.ID) (fresh []models.ID, err error) {
	// A microsecond apart, so that the list of blocked users, which goes by time, has them in the order asked. They
	// are inserted by id, since each insert takes a lock on the user that it refers to.
	moment := "(SELECT clock_timestamp()) + wanted.n * interval '1 microsecond'"
	columns := []database.Column{{Name: "blocked_id", Values: wanted}}
	if s.db.Dialect == database.SQLite {
		moment = "wanted.moment"
		columns = append(columns, database.Column{Name: "moment", Values: momentsFrom(time.Now(), len(wanted))})
	}
	err = tx.Raw(`
		INSERT INTO user_blocks (blocker_id, blocked_id, created_at)
		SELECT ?, wanted.blocked_id, `+moment+` FROM ? WHERE true ORDER BY wanted.blocked_id
		ON CONFLICT (blocker_id, blocked_id) DO NOTHING RETURNING blocked_id`, blocker, s.db.Rows("wanted", columns...)).Find(&fresh).Error
	return fresh, err
}

// momentsFrom are so many moments, each a microsecond after the one before.
func momentsFrom(first time.Time, count int) []*time.Time {
	moments := make([]*time.Time, count)
	for i := range moments {
		moments[i] = new(first.UTC().Truncate(time.Microsecond).Add(time.Duration(i) * time.Microsecond))
	}
	return moments
}

// UnblockUsers ends the blocks that blocker has on users, and gives how many there were. What these sent and is
// unread counts again. No ids do nothing, without a statement.
func (s *Store) UnblockUsers(ctx context.Context, blocker models.ID, ids []models.ID) (unblocked int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = s.inTx(ctx, func(tx *transaction) error {
		unblocked, err = s.unblock(tx, blocker, ids)
		return err
	})
	return unblocked, err
}

func (s *Store) unblock(tx *transaction, blocker models.ID, ids []models.ID) (int, error) {
	before, err := s.blockedAmong(tx.DB, blocker, ids)
	if err != nil || len(before) == 0 {
		return 0, err
	}
	if err := s.openInboxes(tx, []models.ID{blocker}); err != nil {
		return 0, err
	}
	var ended []models.ID
	err = tx.Raw("DELETE FROM user_blocks WHERE blocker_id = ? AND ? RETURNING blocked_id", blocker, s.db.Any("blocked_id", ids)).Find(&ended).Error
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	return len(ended), s.blocksChanged(tx, blocker, ended, 1)
}

// blockedAmong are those of ids whom blocker has blocked, each as often as it stands there.
func (s *Store) blockedAmong(db *gorm.DB, blocker models.ID, ids []models.ID) (blocked []models.ID, err error) {
	// OFFSET 0 has each id looked up by itself: a join may go through all that the blocker has blocked.
	err = db.Raw(`
		SELECT wanted.id FROM ? WHERE EXISTS (
			SELECT 1 FROM user_blocks WHERE blocker_id = ? AND blocked_id = wanted.id LIMIT 1 OFFSET 0)`,
		s.db.Rows("wanted", database.Column{Name: "id", Values: ids}), blocker).Find(&blocked).Error
	return blocked, err
}

// blocksChanged tells blocker's inbox that blocks on users were made or ended, and counts what these sent and is
// unread as often as times says.
func (s *Store) blocksChanged(tx *transaction, blocker models.ID, users []models.ID, times int) error {
	unread, err := countUnread(tx.Model(&models.Notification{}).Where("recipient_id = ? AND read_at IS NULL", blocker).Where(s.db.Any("actor_id", users)), times)
	if err != nil {
		return err
	}
	_, err = s.changeInbox(tx, blocker, inboxChange{unread: unread, blocked: true})
	return err
}
