package store

import (
	"context"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// metadataRows has the columns in the order in which its scan takes them.
var metadataRows = rows[models.VideoMetadata]{
	key: "video_id",
	id:  func(m *models.VideoMetadata) models.ID { return m.VideoID },
	sql: polled("video_metadata", "video_id", "video_id, owner_id, view_count, like_count, comment_count, remix_count, glitch_count, version, updated_at, deleted_at"),
	scan: func(m *models.VideoMetadata, c *database.Cells) {
		m.VideoID, m.OwnerID = c.ID(), c.ID()
		m.ViewCount, m.LikeCount, m.CommentCount, m.RemixCount, m.GlitchCount = c.Int(), c.Int(), c.Int(), c.Int(), c.Int()
		m.Version, m.UpdatedAt, m.DeletedAt = c.Int(), c.Time(), database.Optional(c, c.Time)
	},
}

// VideoMetadataByVideoID reads the counters of videos. Those of deleted ones are among them, marked so.
func (s *Store) VideoMetadataByVideoID(ctx context.Context, ids []models.ID) (map[models.ID]*models.VideoMetadata, error) {
	return metadataRows.byID(ctx, s.db, ids)
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
