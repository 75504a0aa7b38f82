package store

import (
	"context"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// maxReasons is how many of the reasons for reports on a video are shown.
const maxReasons = 10

// ReportedVideos is a page of the videos with open reports, most reported first, behind the
// place after, each with its most frequent reasons. Deleted videos are left out.
func (s *Store) ReportedVideos(ctx context.Context, after *CountKey, first int) (Page[*models.ReportedVideo], error) {
	query := s.read(ctx).
		Joins("JOIN videos ON videos.id = reported_videos.video_id AND videos.deleted_at IS NULL")
	if after != nil {
		query = query.Where("(report_count, video_id) < (?, ?)", after.Count, after.ID)
	}
	reported, err := page[*models.ReportedVideo](query.Order("report_count DESC, video_id DESC"), first)
	if err != nil || len(reported.Items) == 0 {
		return reported, err
	}
	return reported, s.addReasons(ctx, reported.Items)
}

// addReasons reads the most frequent reasons of all the videos at once.
func (s *Store) addReasons(ctx context.Context, reported []*models.ReportedVideo) error {
	byVideo := make(map[models.ID]*models.ReportedVideo, len(reported))
	ids := make([]models.ID, len(reported))
	for i, r := range reported {
		r.Reasons = []string{}
		byVideo[r.VideoID], ids[i] = r, r.VideoID
	}
	var rows []struct {
		VideoID models.ID
		Reason  string
	}
	err := s.read(ctx).Raw(`
		SELECT video_id, reason FROM (
			SELECT video_id, reason, row_number() OVER (PARTITION BY video_id ORDER BY count(*) DESC, max(id) DESC) AS place
			FROM video_reports WHERE settled_at IS NULL AND ? GROUP BY video_id, reason
		) AS ranked WHERE place <= ? ORDER BY video_id, place`, s.db.Any("video_id", ids), maxReasons).Scan(&rows).Error
	for _, row := range rows {
		r := byVideo[row.VideoID]
		r.Reasons = append(r.Reasons, row.Reason)
	}
	return database.Translate(err)
}

// ModerationLog is a page of the audit log, latest first, behind the place after: of one video, or
// of all where video is nil.
func (s *Store) ModerationLog(ctx context.Context, video *models.ID, after *TimeKey, first int) (Page[*models.ModerationAction], error) {
	query := s.read(ctx)
	if video != nil {
		query = query.Where("video_id = ?", *video)
	}
	if after != nil {
		query = query.Where("(created_at, id) < (?, ?)", after.At, after.ID)
	}
	return page[*models.ModerationAction](query.Order("created_at DESC, id DESC"), first)
}
