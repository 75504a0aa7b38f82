package store

import (
	"context"

	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// ReportVideos opens a report of reporter's, who need not be a user that the server was told of, on each of
// these videos on which they have none open, and gives how many those are. Ids of videos that do not exist or
// are deleted are passed over, and so are repeated ones.
func (s *Store) ReportVideos(ctx context.Context, reporter models.ID, ids []models.ID, reason string) (reported int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = s.inTx(ctx, func(tx *transaction) error {
		if err := s.lockVideos(tx, ids); err != nil {
			return err
		}
		var opened []models.ID
		err := tx.Raw(`
			INSERT INTO video_reports (video_id, reporter_id, reason, created_at)
			SELECT id, ?, ?, ? FROM videos WHERE deleted_at IS NULL AND ? ORDER BY id
			ON CONFLICT (video_id, reporter_id) WHERE settled_at IS NULL DO NOTHING RETURNING video_id`,
			reporter, reason, s.db.Now(), s.db.Any("id", ids)).Scan(&opened).Error
		reported = len(opened)
		if err != nil || reported == 0 {
			return err
		}
		return tx.Exec(`
			INSERT INTO reported_videos (video_id, report_count, last_reported_at)
			SELECT video_id, 1, created_at FROM video_reports WHERE settled_at IS NULL AND reporter_id = ? AND ? ORDER BY video_id
			ON CONFLICT (video_id) DO UPDATE SET
				report_count = reported_videos.report_count + 1, last_reported_at = excluded.last_reported_at`,
			reporter, s.db.Any("video_id", opened)).Error
	})
	return reported, err
}

// DeleteVideos takes videos down for a reason that stays with each of them, settles the reports on them, and
// writes a line of the log for each. It gives the DELETED and the ALREADY_DELETED, of which nothing changes; ids of
// videos that do not exist are absent.
func (s *Store) DeleteVideos(ctx context.Context, moderator models.ID, ids []models.ID, reason string) (statuses map[models.ID]models.DeleteVideoStatus, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.inTx(ctx, func(tx *transaction) (err error) {
		if err = s.lockVideos(tx, ids); err != nil {
			return err
		}
		if statuses, err = s.deletions(tx.DB, ids); err != nil {
			return err
		}
		doomed := idsThatAre(models.DeleteVideoStatusDeleted, statuses)
		if len(doomed) == 0 {
			return nil
		}
		if err = s.markDeleted(tx, doomed, s.db.Now(), &reason); err != nil {
			return err
		}
		if err = s.settleReports(tx, doomed); err != nil {
			return err
		}
		return s.logModeration(tx, models.ModerationActionKindDeleteVideo, moderator, doomed, reason)
	})
	return statuses, err
}

// VideoDeletions is what DeleteVideos would answer, by one read and without any change.
func (s *Store) VideoDeletions(ctx context.Context, ids []models.ID) (map[models.ID]models.DeleteVideoStatus, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	statuses, err := s.deletions(s.db.Write.WithContext(ctx), ids)
	return statuses, database.Translate(err)
}

// RestoreVideos puts deleted videos back, without the reports that their deletion settled, writes a line of the log
// for each, and gives how many those are. Ids of videos that do not exist or are not deleted are passed over.
func (s *Store) RestoreVideos(ctx context.Context, moderator models.ID, ids []models.ID, reason string) (restored int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = s.inTx(ctx, func(tx *transaction) error {
		restored = 0
		if err := s.lockVideos(tx, ids); err != nil {
			return err
		}
		statuses, err := s.deletions(tx.DB, ids)
		if err != nil {
			return err
		}
		deleted := idsThatAre(models.DeleteVideoStatusAlreadyDeleted, statuses)
		if restored = len(deleted); restored == 0 {
			return nil
		}
		if err := s.markDeleted(tx, deleted, nil, nil); err != nil {
			return err
		}
		return s.logModeration(tx, models.ModerationActionKindRestoreVideo, moderator, deleted, reason)
	})
	return restored, err
}

// DismissReports settles the open reports on videos and leaves the videos up, writes a line of the log for each
// video that had some, and gives how many those are. Ids of videos that do not exist, are deleted or have no
// open report are passed over.
func (s *Store) DismissReports(ctx context.Context, moderator models.ID, ids []models.ID, reason string) (dismissed int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = s.inTx(ctx, func(tx *transaction) error {
		if err := s.lockVideos(tx, ids); err != nil {
			return err
		}
		var reported []models.ID
		err := tx.Raw(`
			SELECT video_id FROM reported_videos JOIN videos ON videos.id = video_id AND deleted_at IS NULL WHERE ?`,
			s.db.Any("video_id", ids)).Scan(&reported).Error
		dismissed = len(reported)
		if err != nil || dismissed == 0 {
			return err
		}
		if err := s.settleReports(tx, reported); err != nil {
			return err
		}
		return s.logModeration(tx, models.ModerationActionKindDismissReports, moderator, reported, reason)
	})
	return dismissed, err
}

// deletions tells of each video what a deletion would find.
func (s *Store) deletions(db *gorm.DB, ids []models.ID) (map[models.ID]models.DeleteVideoStatus, error) {
	var found []struct {
		ID      models.ID
		Deleted bool
	}
	err := db.Raw("SELECT id, deleted_at IS NOT NULL AS deleted FROM videos WHERE ?", s.db.Any("id", ids)).Scan(&found).Error
	statuses := make(map[models.ID]models.DeleteVideoStatus, len(found))
	for _, video := range found {
		statuses[video.ID] = models.DeleteVideoStatusDeleted
		if video.Deleted {
			statuses[video.ID] = models.DeleteVideoStatusAlreadyDeleted
		}
	}
	return statuses, err
}

func idsThatAre(status models.DeleteVideoStatus, statuses map[models.ID]models.DeleteVideoStatus) []models.ID {
	var ids []models.ID
	for id, s := range statuses {
		if s == status {
			ids = append(ids, id)
		}
	}
	return ids
}

// markDeleted notes on locked videos when they were deleted and why, or by nils that they are not. A trigger keeps the
// mark beside their counters, in no order of its own: those are locked in theirs first.
func (s *Store) markDeleted(tx *transaction, ids []models.ID, at any, reason *string) error {
	err := tx.Exec("SELECT video_id FROM video_metadata WHERE ? ORDER BY video_id"+s.db.Lock(false), s.db.Any("video_id", ids)).Error
	if err != nil {
		return err
	}
	tx.Changed(models.KindVideoMetadata, ids...)
	return tx.Exec("UPDATE videos SET deleted_at = ?, deletion_reason = ? WHERE ?", at, reason, s.db.Any("id", ids)).Error
}

// settleReports closes all reports on locked videos and takes the videos off the moderators' list.
func (s *Store) settleReports(tx *transaction, videos []models.ID) error {
	err := tx.Exec("UPDATE video_reports SET settled_at = ? WHERE settled_at IS NULL AND ?", s.db.Now(), s.db.Any("video_id", videos)).Error
	if err != nil {
		return err
	}
	return tx.Exec("DELETE FROM reported_videos WHERE ?", s.db.Any("video_id", videos)).Error
}

// logModeration adds a line for each video.
func (s *Store) logModeration(tx *transaction, kind models.ModerationActionKind, moderator models.ID, videos []models.ID, reason string) error {
	lines := make([]models.ID, len(videos))
	for i := range lines {
		lines[i] = models.NewID()
	}
	return tx.Exec(`
		INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason, created_at)
		SELECT id, ?, video_id, ?, ?, ? FROM ? ORDER BY video_id`,
		string(kind), moderator, reason, s.db.Now(),
		s.db.Rows("lines", database.Column{Name: "id", Values: lines}, database.Column{Name: "video_id", Values: videos})).Error
}
