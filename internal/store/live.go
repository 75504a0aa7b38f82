package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// primary begins a query that sees all that was committed when it began, wherever other reads may be sent. SQLite's
// readers look at the same file as its one writer, which is left to those who write.
func (s *Store) primary(ctx context.Context) *gorm.DB {
	if s.db.Dialect == database.SQLite {
		return s.db.Read.WithContext(ctx)
	}
	return s.db.Write.WithContext(ctx)
}

// LiveAIJobs is AIJobsByID as of the newest commit.
func (s *Store) LiveAIJobs(ctx context.Context, ids []models.ID) (map[models.ID]*models.AIJob, error) {
	return apart(aiJobRows.byID(ctx, s.db, ids))
}

// LiveAIJobVersions are the versions of jobs, as of the newest commit. Jobs that there are none of are absent.
func (s *Store) LiveAIJobVersions(ctx context.Context, ids []models.ID) (map[models.ID]int64, error) {
	return s.marks(ctx, "SELECT id, version AS mark FROM ai_jobs WHERE ?", s.db.Any("id", ids))
}

// LiveInboxChanges are the Changes of inboxes, as of the newest commit. Users who have none are absent.
func (s *Store) LiveInboxChanges(ctx context.Context, ids []models.ID) (map[models.ID]int64, error) {
	return s.marks(ctx, "SELECT user_id AS id, version + last_number + blocks_version AS mark FROM inboxes WHERE ?", s.db.Any("user_id", ids))
}

// marks reads what a look compares of objects.
func (s *Store) marks(ctx context.Context, query string, which clause.Expression) (map[models.ID]int64, error) {
	var rows []struct {
		ID   models.ID
		Mark int64
	}
	err := s.primary(ctx).Raw(query, which).Scan(&rows).Error
	marks := make(map[models.ID]int64, len(rows))
	for _, row := range rows {
		marks[row.ID] = row.Mark
	}
	return marks, database.Translate(err)
}

// LiveVideoMetadata is VideoMetadataByVideoID as of the newest commit.
func (s *Store) LiveVideoMetadata(ctx context.Context, ids []models.ID) (map[models.ID]*models.VideoMetadata, error) {
	return apart(metadataRows.byID(ctx, s.db, ids))
}

// LiveInboxes is InboxesByUserID as of the newest commit.
func (s *Store) LiveInboxes(ctx context.Context, ids []models.ID) (map[models.ID]*models.Inbox, error) {
	return s.inboxesByUserID(s.primary(ctx), ids)
}

// BlockedAmong are those of owners whom viewer has blocked, as of the newest commit. The others are absent.
// Without owners nothing is asked of the database.
func (s *Store) BlockedAmong(ctx context.Context, viewer models.ID, owners []models.ID) (map[models.ID]bool, error) {
	if len(owners) == 0 {
		return nil, nil
	}
	ids, err := s.blockedAmong(s.primary(ctx), viewer, owners)
	if err != nil {
		return nil, database.Translate(err)
	}
	blocked := make(map[models.ID]bool, len(ids))
	for _, id := range ids {
		blocked[id] = true
	}
	return blocked, nil
}

// NotificationsAfter are a user's notifications behind the one that is number in the inbox, as of the newest
// commit: the oldest first, at most first of them, without those that a block hides.
func (s *Store) NotificationsAfter(ctx context.Context, recipient models.ID, number int64, first int) ([]*models.Notification, error) {
	var found []*models.Notification
	err := shown(s.primary(ctx), recipient).Where("number > ?", number).Order("number").Limit(first).Find(&found).Error
	return found, database.Translate(err)
}

// NotificationNumber is the place in the inbox of one of a user's own notifications, be it hidden by a block or not,
// as of the newest commit. An id that names none of theirs is not found.
func (s *Store) NotificationNumber(ctx context.Context, recipient, id models.ID) (number int64, found bool, err error) {
	number, found, err = numberOf(s.primary(ctx), recipient, id)
	return number, found, database.Translate(err)
}
