package store

import (
	"context"

	"reelgraph/models"
)

// Disputes are what users had against each other, and what moderators did about it.
type Disputes struct {
	Blocks []models.UserBlock
	// Reports are open, or settled where SettledAt is set.
	Reports []models.VideoReport
	// Actions are the lines of the moderation log; at least one. A video whose last one is a
	// deletion is deleted by it.
	Actions []models.ModerationAction
}

// AddDisputes adds all of it in one transaction, and settles accounts: reported videos are counted, deleted ones
// marked, and what the blocks hide is left out of unread counts. Where the log has one of the actions
// already it changes nothing, whatever has become of the rest since.
func (s *Store) AddDisputes(ctx context.Context, d Disputes) error {
	const known = " WHERE EXISTS (SELECT 1 FROM moderation_actions WHERE id IN (SELECT id FROM new_actions))"
	return s.bulk(ctx, d.staged(),
		`SELECT id FROM videos WHERE id IN (SELECT video_id FROM new_actions UNION SELECT video_id FROM new_reports) ORDER BY id`+s.db.Lock(false),
		"DELETE FROM new_blocks"+known, "DELETE FROM new_reports"+known, "DELETE FROM new_actions"+known,
		`INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason, created_at)
		SELECT id, kind, video_id, moderator_id, reason, created_at FROM new_actions ORDER BY id`,
		`UPDATE videos SET deleted_at = latest.created_at, deletion_reason = latest.reason FROM (
			SELECT video_id, kind, reason, created_at, row_number() OVER (PARTITION BY video_id ORDER BY created_at DESC, id DESC) AS place
			FROM new_actions WHERE kind <> 'DISMISS_REPORTS'
		) AS latest WHERE videos.id = latest.video_id AND place = 1 AND kind = 'DELETE_VIDEO'`,
		`INSERT INTO video_reports (video_id, reporter_id, reason, created_at, settled_at)
		SELECT video_id, reporter_id, reason, created_at, settled_at FROM new_reports ORDER BY created_at`,
		`INSERT INTO reported_videos (video_id, report_count, last_reported_at)
		SELECT video_id, count(*), max(created_at) FROM video_reports
		WHERE settled_at IS NULL AND video_id IN (SELECT video_id FROM new_reports) GROUP BY video_id
		ON CONFLICT (video_id) DO UPDATE SET report_count = excluded.report_count, last_reported_at = excluded.last_reported_at`,
		`INSERT INTO inboxes (user_id) SELECT DISTINCT blocker_id FROM new_blocks ORDER BY blocker_id ON CONFLICT (user_id) DO NOTHING`,
		`SELECT user_id FROM inboxes WHERE user_id IN (SELECT blocker_id FROM new_blocks) ORDER BY user_id`+s.db.Lock(false),
		`INSERT INTO user_blocks (blocker_id, blocked_id, created_at)
		SELECT blocker_id, blocked_id, created_at FROM new_blocks ORDER BY blocker_id, blocked_id
		ON CONFLICT (blocker_id, blocked_id) DO NOTHING`,
		`UPDATE inboxes SET
			unread_like = now.likes, unread_comment = now.comments, unread_remix = now.remixes,
			unread_follow = now.follows, unread_ai_job = now.ai_jobs, unread_system = now.systems,
			version = version + 1, blocks_version = blocks_version + 1
		FROM (
			SELECT user_id AS blocker_id, `+unreadByCategory+` FROM (
				SELECT inboxes.user_id, category, recipient_id IS NOT NULL AS counts
				FROM inboxes LEFT JOIN notifications ON recipient_id = inboxes.user_id AND read_at IS NULL AND NOT EXISTS (
					SELECT 1 FROM user_blocks WHERE blocker_id = recipient_id AND blocked_id = actor_id
				) WHERE inboxes.user_id IN (SELECT blocker_id FROM new_blocks)
			) AS n GROUP BY user_id
		) AS now WHERE inboxes.user_id = now.blocker_id`)
}

func (d Disputes) staged() []staged {
	return []staged{
		stage("new_blocks", []column{{"blocker_id", "uuid"}, {"blocked_id", "uuid"}, {"created_at", "timestamptz"}},
			d.Blocks, func(b *models.UserBlock) []any { return []any{b.BlockerID, b.BlockedID, b.CreatedAt} }),
		stage("new_reports", []column{
			{"video_id", "uuid"}, {"reporter_id", "uuid"}, {"reason", "text"}, {"created_at", "timestamptz"}, {"settled_at", "timestamptz"},
		}, d.Reports, func(r *models.VideoReport) []any {
			return []any{r.VideoID, r.ReporterID, r.Reason, r.CreatedAt, r.SettledAt}
		}),
		stage("new_actions", []column{
			{"id", "uuid"}, {"kind", "text"}, {"video_id", "uuid"}, {"moderator_id", "uuid"}, {"reason", "text"}, {"created_at", "timestamptz"},
		}, d.Actions, func(a *models.ModerationAction) []any {
			return []any{a.ID, a.Kind, a.VideoID, a.ModeratorID, a.Reason, a.CreatedAt}
		}),
	}
}
