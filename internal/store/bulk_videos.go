package store

import (
	"context"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// CountedVideo is a video with the counters that it starts with. The owner and the deletion of
// the counters' row are the video's.
type CountedVideo struct {
	Video    models.Video
	Metadata models.VideoMetadata
}

// AddVideos adds those videos whose ids are not there yet, each with its counters, in one transaction; it
// leaves the others and their counters as they are. No two of them may have one id, and
// all owners must be users.
func (s *Store) AddVideos(ctx context.Context, videos []CountedVideo) error {
	columns := []column{
		{"id", "uuid"}, {"owner_id", "uuid"}, {"title", "text"}, {"playback_url", "text"}, {"thumbnail_url", "text"},
		{"created_at", "timestamptz"}, {"deleted_at", "timestamptz"}, {"deletion_reason", "text"},
		{"view_count", "bigint"}, {"like_count", "bigint"}, {"comment_count", "bigint"}, {"remix_count", "bigint"},
		{"glitch_count", "bigint"}, {"version", "bigint"}, {"updated_at", "timestamptz"},
	}
	added := stage("new_videos", columns, videos, func(c *CountedVideo) []any {
		v, m := &c.Video, &c.Metadata
		return []any{
			v.ID, v.OwnerID, v.Title, v.PlaybackURL, v.ThumbnailURL, v.CreatedAt, v.DeletedAt, v.DeletionReason,
			m.ViewCount, m.LikeCount, m.CommentCount, m.RemixCount, m.GlitchCount, m.Version, m.UpdatedAt,
		}
	})
	if s.db.Dialect == database.SQLite {
		return s.bulk(ctx, []staged{added},
			"DELETE FROM new_videos WHERE id IN (SELECT id FROM videos)", addVideos, "INSERT OR REPLACE INTO"+addCounters)
	}
	return s.bulk(ctx, []staged{added}, "WITH added AS ("+addVideos+" ON CONFLICT (id) DO NOTHING RETURNING id) "+
		"INSERT INTO"+addCounters+" JOIN added USING (id)")
}

// A trigger adds a row of zeros for each new video that has no counters. On PostgreSQL it runs when the whole
// statement is done and finds the right ones in place; on SQLite it runs before, and its rows are replaced.
const (
	addVideos = `
		INSERT INTO videos (id, owner_id, title, playback_url, thumbnail_url, created_at, deleted_at, deletion_reason)
		SELECT id, owner_id, title, playback_url, thumbnail_url, created_at, deleted_at, deletion_reason
		FROM new_videos ORDER BY id`
	addCounters = `
		video_metadata (video_id, owner_id, view_count, like_count, comment_count, remix_count, glitch_count,
			version, updated_at, deleted_at)
		SELECT id, owner_id, view_count, like_count, comment_count, remix_count, glitch_count, version, updated_at, deleted_at
		FROM new_videos`
)
