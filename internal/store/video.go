package store

import (
	"context"

	"gorm.io/gorm"

	"reelgraph/models"
)

// VideoMetadataByVideoID reads the counters of videos. Those of deleted ones are among them, marked so.
func (s *Store) VideoMetadataByVideoID(ctx context.Context, ids []models.ID) (map[models.ID]*models.VideoMetadata, error) {
	return s.metadataByVideoID(s.read(ctx), ids)
}

func (s *Store) metadataByVideoID(db *gorm.DB, ids []models.ID) (map[models.ID]*models.VideoMetadata, error) {
	return byID(db.Where(s.db.Any("video_id", ids)), func(m *models.VideoMetadata) models.ID { return m.VideoID })
}

// VideosByID reads videos. Deleted ones are among them, marked so.
func (s *Store) VideosByID(ctx context.Context, ids []models.ID) (map[models.ID]*models.Video, error) {
	return byID(s.read(ctx).Where(s.db.Any("id", ids)), func(v *models.Video) models.ID { return v.ID })
}

// Feed is a page of all videos that are not deleted, newest first, behind the place after, without
// those of users whom viewer has blocked.
func (s *Store) Feed(ctx context.Context, viewer *models.ID, after *TimeKey, first int) (Page[*models.Video], error) {
	query := notBlocked(s.read(ctx).Where("deleted_at IS NULL"), viewer, "videos.owner_id")
	if after != nil {
		query = query.Where("(created_at, id) < (?, ?)", after.At, after.ID)
	}
	return page[*models.Video](query.Order("created_at DESC, id DESC"), first)
}
