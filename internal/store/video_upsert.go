package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// VideoUpsert is what the platform knows of a video.
type VideoUpsert struct {
	ID, OwnerID        models.ID
	Title, PlaybackURL string
	ThumbnailURL       *string
	// CreatedAt is nil where the platform does not say: it stays as it was, and is the present for a new video.
	CreatedAt *time.Time
}

// UpsertVideos adds videos and replaces those that are there, deleted or not, and gives them all as they are
// then; counters and deletions stay, and a video that would not change is not written. The last of an id counts, as
// though the others were not there. An owner whom the server was not told of refuses them all: the error names the
// ids of such an owner's videos.
func (s *Store) UpsertVideos(ctx context.Context, videos []VideoUpsert) (upserted map[models.ID]*models.Video, err error) {
	if len(videos) == 0 {
		return nil, nil
	}
	videos = lastOfEach(videos, func(v VideoUpsert) models.ID { return v.ID })
	ids, owners := make([]models.ID, len(videos)), make([]models.ID, len(videos))
	for i, v := range videos {
		ids[i], owners[i] = v.ID, v.OwnerID
	}
	err = s.inTx(ctx, func(tx *transaction) (err error) {
		// Foreign keys would lock the owners too, in no order.
		if err = s.lockUsers(tx, owners); err != nil {
			return err
		}
		if err = s.refuseUnknownOwners(tx, videos, owners); err != nil {
			return err
		}
		if err = s.writeVideos(tx, ids, s.rowsOfVideos("told", videos)); err != nil {
			return err
		}
		upserted, err = byID(tx.Where(s.db.Any("id", ids)), func(v *models.Video) models.ID { return v.ID })
		return err
	})
	return upserted, err
}

func (s *Store) refuseUnknownOwners(tx *transaction, videos []VideoUpsert, owners []models.ID) error {
	known, err := s.knownUsers(tx, owners)
	if err != nil {
		return err
	}
	var refused []string
	for _, v := range videos {
		if !known[v.OwnerID] {
			refused = append(refused, v.ID.String())
		}
	}
	if refused == nil {
		return nil
	}
	return models.InvalidIDs("A video's owner is a user whom the server has been told of.", refused)
}

// writeVideos adds the new ones first: who adds the same at once waits here, and replaces below what the other
// has added rather than adding it again.
func (s *Store) writeVideos(tx *transaction, ids []models.ID, told clause.Expression) error {
	var added, moved []models.ID
	err := tx.Raw(`
		INSERT INTO videos (id, owner_id, title, playback_url, thumbnail_url, created_at)
		SELECT id, owner_id, title, playback_url, thumbnail_url, coalesce(created_at, ?) FROM ? WHERE true ORDER BY id
		ON CONFLICT (id) DO NOTHING RETURNING id`, s.db.Now(), told).Find(&added).Error
	if err != nil {
		return err
	}
	if err := s.lockVideos(tx, ids); err != nil {
		return err
	}
	// A trigger gives the counters of a video its new owner, in no order of its own: they are locked in theirs first.
	err = tx.Raw(`
		SELECT video_id FROM video_metadata
		WHERE ? AND EXISTS (SELECT 1 FROM ? WHERE told.id = video_id AND told.owner_id <> video_metadata.owner_id)
		ORDER BY video_id`+s.db.Lock(false), s.db.Any("video_id", ids), told).Find(&moved).Error
	if err != nil {
		return err
	}
	tx.Changed(models.KindVideoMetadata, append(added, moved...)...)
	return tx.Exec(`
		UPDATE videos SET owner_id = told.owner_id, title = told.title, playback_url = told.playback_url,
			thumbnail_url = told.thumbnail_url, created_at = coalesce(told.created_at, videos.created_at)
		FROM ? WHERE videos.id = told.id AND (
			videos.owner_id <> told.owner_id OR videos.title <> told.title OR videos.playback_url <> told.playback_url
			OR videos.thumbnail_url IS DISTINCT FROM told.thumbnail_url OR videos.created_at <> told.created_at)`, told).Error
}

// lockVideos locks videos until the transaction ends. It comes before any lock on counters, jobs or inboxes.
func (s *Store) lockVideos(tx *transaction, ids []models.ID) error {
	return tx.Exec("SELECT id FROM videos WHERE ? ORDER BY id"+s.db.Lock(false), s.db.Any("id", ids)).Error
}

func (s *Store) rowsOfVideos(name string, videos []VideoUpsert) clause.Expression {
	var ids, owners []models.ID
	var titles, playbackURLs []string
	var thumbnailURLs []*string
	var createdAt []*time.Time
	for _, v := range videos {
		ids, owners, titles = append(ids, v.ID), append(owners, v.OwnerID), append(titles, v.Title)
		playbackURLs, thumbnailURLs = append(playbackURLs, v.PlaybackURL), append(thumbnailURLs, v.ThumbnailURL)
		createdAt = append(createdAt, v.CreatedAt)
	}
	return s.db.Rows(name,
		database.Column{Name: "id", Values: ids}, database.Column{Name: "owner_id", Values: owners},
		database.Column{Name: "title", Values: titles}, database.Column{Name: "playback_url", Values: playbackURLs},
		database.Column{Name: "thumbnail_url", Values: thumbnailURLs}, database.Column{Name: "created_at", Values: createdAt})
}

// lastOfEach leaves out what a later item with the same id replaces.
func lastOfEach[T any](items []T, id func(T) models.ID) []T {
	seen := make(map[models.ID]bool, len(items))
	var last []T
	for _, item := range slices.Backward(items) {
		if !seen[id(item)] {
			seen[id(item)] = true
			last = append(last, item)
		}
	}
	slices.Reverse(last)
	return last
}
