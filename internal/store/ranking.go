package store

import (
	"context"
	"log/slog"
	"time"

	"reelgraph/internal/database"
	"reelgraph/models"
)

const (
	// rankedVideos is how far the list of trending videos goes.
	rankedVideos = 10_000
	// rankingInterval keeps the ranking well within the 5 s that clients are promised.
	rankingInterval = 2 * time.Second
	// refreshTimeout lets a refresh that is slow end all the same: a late ranking beats none.
	refreshTimeout = 30 * time.Second
	// rankingLock is the key of PostgreSQL's advisory lock under which one instance refreshes.
	rankingLock = 0x7265656c72616e6b
)

// RankKey is a place in the ranking.
type RankKey struct {
	CountKey
	// Generation is the ranking's when the walk through its pages began.
	Generation int64
}

// RankedVideo is a video at its place in the ranking.
type RankedVideo struct {
	models.Video `gorm:"embedded"`
	RankCount    int64
	// Generation is the ranking's when the walk that met the video began.
	Generation int64
}

// TrendingVideos is a page of the ranking, most viewed first, behind the place after, without deleted
// videos and those of users whom viewer has blocked. A video that fell since the walk began, or came into
// the ranking, is left out: the walk may have shown it at a higher place.
func (s *Store) TrendingVideos(ctx context.Context, viewer *models.ID, after *RankKey, first int) (Page[*RankedVideo], error) {
	query := s.read(ctx).Table("video_ranks").
		Select(s.columns("videos", models.Video{}) + ", video_ranks.view_count AS rank_count, rankings.generation").
		Joins("JOIN videos ON videos.id = video_ranks.video_id AND videos.deleted_at IS NULL").
		Joins("JOIN rankings ON rankings.id = 1")
	query = notBlocked(query, viewer, "videos.owner_id")
	if after != nil {
		query = query.Where("(video_ranks.view_count, video_ranks.video_id) < (?, ?)", after.Count, after.ID).
			Where("video_ranks.rising_since <= ?", after.Generation)
	}
	ranked, err := page[*RankedVideo](query.Order("video_ranks.view_count DESC, video_ranks.video_id DESC"), first)
	if after != nil {
		for _, video := range ranked.Items {
			video.Generation = after.Generation
		}
	}
	return ranked, err
}

// KeepRanking refreshes the ranking every few seconds until ctx ends. It tells the log when
// that begins to fail and when it works again.
func (s *Store) KeepRanking(ctx context.Context, log *slog.Logger) {
	keep(ctx, log, "ranking", rankingInterval, s.RefreshRanking)
}

// RefreshRanking brings the ranking up to date, unless another instance has done so within the
// interval or is at it. It reads every counter once.
func (s *Store) RefreshRanking(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return s.inTx(ctx, func(tx *transaction) error {
		if s.db.Dialect == database.SQLite {
			return refreshSQLite(tx)
		}
		return refreshPostgreSQL(tx)
	})
}

func refreshPostgreSQL(tx *transaction) error {
	var mine, due bool
	// In a statement of its own: the next one sees what the lock's last holder has committed. An instance
	// that hangs with the lock loses it.
	err := tx.Raw("SELECT pg_try_advisory_xact_lock(?) AND set_config('idle_in_transaction_session_timeout', '2s', true) <> ''",
		rankingLock).Scan(&mine).Error
	if err != nil || !mine {
		return err
	}
	err = tx.Raw("SELECT refreshed_at <= clock_timestamp() - make_interval(secs => ?) FROM rankings",
		(rankingInterval / 2).Seconds()).Scan(&due).Error
	if err != nil || !due {
		return err
	}
	return tx.Exec(`
		WITH ranking AS (
			UPDATE rankings SET generation = generation + 1, refreshed_at = clock_timestamp() RETURNING generation
		), top AS (
			SELECT video_id, view_count FROM video_metadata
			ORDER BY view_count DESC, video_id DESC LIMIT ?
		), fallen AS (
			DELETE FROM video_ranks WHERE NOT EXISTS (SELECT FROM top WHERE top.video_id = video_ranks.video_id)
		)
		INSERT INTO video_ranks (video_id, view_count, rising_since)
		SELECT video_id, view_count, ranking.generation FROM top, ranking
		-- Even a row that the last line leaves alone would be locked, and so written.
		WHERE NOT EXISTS (SELECT FROM video_ranks AS same WHERE same.video_id = top.video_id AND same.view_count = top.view_count)
		ON CONFLICT (video_id) DO UPDATE SET
			view_count = excluded.view_count,
			rising_since = CASE WHEN excluded.view_count < video_ranks.view_count
				THEN excluded.rising_since ELSE video_ranks.rising_since END`, rankedVideos).Error
}

// refreshSQLite writes nothing where nothing has moved, so that an idle file stays as it is.
func refreshSQLite(tx *transaction) error {
	const top = `SELECT video_id, view_count FROM video_metadata
		ORDER BY view_count DESC, video_id DESC LIMIT ?`
	fallen := tx.Exec("DELETE FROM video_ranks WHERE video_id NOT IN (SELECT video_id FROM ("+top+"))", rankedVideos)
	if fallen.Error != nil {
		return fallen.Error
	}
	moved := tx.Exec(`
		INSERT INTO video_ranks (video_id, view_count, rising_since)
		SELECT video_id, view_count, generation + 1 FROM (`+top+`), rankings WHERE true
		ON CONFLICT (video_id) DO UPDATE SET
			view_count = excluded.view_count,
			rising_since = CASE WHEN excluded.view_count < video_ranks.view_count
				THEN excluded.rising_since ELSE video_ranks.rising_since END
		WHERE video_ranks.view_count <> excluded.view_count`, rankedVideos)
	if moved.Error != nil || fallen.RowsAffected+moved.RowsAffected == 0 {
		return moved.Error
	}
	return tx.Exec("UPDATE rankings SET generation = generation + 1, refreshed_at = ?", time.Now().UTC()).Error
}
