package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/models"
)

const (
	// rankedVideos is how far the list of trending videos goes.
	rankedVideos = 10_000
	// rankingInterval keeps the ranking well within the 5 s that clients are promised.
	rankingInterval = 2 * time.Second
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
// videos and those of users whom viewer has blocked. Views only grow but for other programs' hand:
// a video that fell since the walk began, from a place that the walk had passed, is left out.
func (s *Store) TrendingVideos(ctx context.Context, viewer *models.ID, after *RankKey, first int) (Page[*RankedVideo], error) {
	query := s.read(ctx).Table("video_ranks").
		Select("videos.*, video_ranks.view_count AS rank_count, rankings.generation").
		Joins("JOIN videos ON videos.id = video_ranks.video_id AND videos.deleted_at IS NULL").
		Joins("JOIN rankings ON rankings.id = 1")
	query = notBlocked(query, viewer, "videos.owner_id")
	if after != nil {
		query = query.Where("(video_ranks.view_count, video_ranks.video_id) < (?, ?)", after.Count, after.ID).
			Where("NOT (video_ranks.lowered_in > ? AND (video_ranks.peak_count, video_ranks.video_id) >= (?, ?))",
				after.Generation, after.Count, after.ID)
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
	ticker := time.NewTicker(rankingInterval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := s.RefreshRanking(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.Warn("trending videos cannot be ranked", "error", err)
		case err == nil && failing:
			log.Info("trending videos are ranked again")
		}
		failing = err != nil
	}
}

// RefreshRanking brings the ranking up to date, unless another instance has done so within the
// interval or is at it.
func (s *Store) RefreshRanking(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*rankingInterval)
	defer cancel()
	if s.db.Dialect == database.SQLite {
		return s.refreshRankingSQLite(ctx)
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		var mine, due bool
		// In a statement of its own: the next one sees what the lock's last holder has committed.
		if err := tx.Raw("SELECT pg_try_advisory_xact_lock(?)", rankingLock).Scan(&mine).Error; err != nil || !mine {
			return err
		}
		err := tx.Raw("SELECT refreshed_at <= clock_timestamp() - make_interval(secs => ?) FROM rankings",
			(rankingInterval/2).Seconds()).Scan(&due).Error
		if err != nil || !due {
			return err
		}
		return tx.Exec(`
			WITH ranking AS (
				UPDATE rankings SET generation = generation + 1, refreshed_at = clock_timestamp() RETURNING generation
			), top AS (
				SELECT video_id, view_count FROM video_metadata ORDER BY view_count DESC, video_id DESC LIMIT ?
			), fallen AS (
				DELETE FROM video_ranks WHERE NOT EXISTS (SELECT FROM top WHERE top.video_id = video_ranks.video_id)
			)
			INSERT INTO video_ranks (video_id, view_count, peak_count)
			SELECT video_id, view_count, view_count FROM top
			-- Even a row that the last line leaves alone would be locked, and so written.
			WHERE NOT EXISTS (SELECT FROM video_ranks AS same WHERE same.video_id = top.video_id AND same.view_count = top.view_count)
			ON CONFLICT (video_id) DO UPDATE SET
				view_count = excluded.view_count,
				peak_count = greatest(video_ranks.peak_count, excluded.view_count),
				lowered_in = CASE WHEN excluded.view_count < video_ranks.view_count
					THEN (SELECT generation FROM ranking) ELSE video_ranks.lowered_in END
			WHERE video_ranks.view_count <> excluded.view_count`, rankedVideos).Error
	})
}

// refreshRankingSQLite writes nothing where nothing has moved, so that an idle file stays as it is.
func (s *Store) refreshRankingSQLite(ctx context.Context) error {
	const top = "SELECT video_id, view_count FROM video_metadata ORDER BY view_count DESC, video_id DESC LIMIT ?"
	return s.inTx(ctx, func(tx *gorm.DB) error {
		fallen := tx.Exec("DELETE FROM video_ranks WHERE video_id NOT IN (SELECT video_id FROM ("+top+"))", rankedVideos)
		if fallen.Error != nil {
			return fallen.Error
		}
		moved := tx.Exec(`
			INSERT INTO video_ranks (video_id, view_count, peak_count)
			SELECT video_id, view_count, view_count FROM (`+top+`) WHERE true
			ON CONFLICT (video_id) DO UPDATE SET
				view_count = excluded.view_count,
				peak_count = max(video_ranks.peak_count, excluded.view_count),
				lowered_in = CASE WHEN excluded.view_count < video_ranks.view_count
					THEN (SELECT generation + 1 FROM rankings) ELSE video_ranks.lowered_in END
			WHERE video_ranks.view_count <> excluded.view_count`, rankedVideos)
		if moved.Error != nil || fallen.RowsAffected+moved.RowsAffected == 0 {
			return moved.Error
		}
		return tx.Exec("UPDATE rankings SET generation = generation + 1, refreshed_at = ?", time.Now().UTC().Truncate(time.Microsecond)).Error
	})
}
