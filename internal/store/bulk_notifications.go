package store

import (
	"context"

	"reelgraph/models"
)

// AddNotifications adds those notifications whose ids are not there yet, in one transaction, and leaves the
// others as they are. No two of them may have one id. Each recipient's inbox numbers them, in the order of
// their CreatedAt, behind those that it has, and counts the unread ones that no block hides; Number is not read.
func (s *Store) AddNotifications(ctx context.Context, notifications []models.Notification) error {
	columns := []column{
		{"id", "uuid"}, {"recipient_id", "uuid"}, {"category", "text"}, {"title", "text"}, {"body", "text"},
		{"actor_id", "uuid"}, {"video_id", "uuid"}, {"job_id", "uuid"}, {"created_at", "timestamptz"}, {"read_at", "timestamptz"},
	}
	added := stage("new_notifications", columns, notifications, func(n *models.Notification) []any {
		return []any{n.ID, n.RecipientID, n.Category, n.Title, n.Body, n.ActorID, n.VideoID, n.JobID, n.CreatedAt, n.ReadAt}
	})
	// Who locked the inboxes sees all that was sent to them before.
	return s.bulk(ctx, []staged{added},
		`INSERT INTO inboxes (user_id) SELECT DISTINCT recipient_id FROM new_notifications ORDER BY recipient_id
		ON CONFLICT (user_id) DO NOTHING`,
		`SELECT user_id FROM inboxes WHERE user_id IN (SELECT recipient_id FROM new_notifications) ORDER BY user_id`+s.db.Lock(false),
		`DELETE FROM new_notifications WHERE EXISTS (SELECT 1 FROM notifications WHERE notifications.id = new_notifications.id)`,
		`INSERT INTO notifications (id, recipient_id, number, category, title, body, actor_id, video_id, job_id, created_at, read_at)
		SELECT id, recipient_id, last_number + row_number() OVER (PARTITION BY recipient_id ORDER BY created_at, id),
			category, title, body, actor_id, video_id, job_id, created_at, read_at
		FROM new_notifications JOIN inboxes ON user_id = recipient_id`,
		`UPDATE inboxes SET
			last_number = last_number + fresh.total,
			unread_like = unread_like + fresh.likes,
			unread_comment = unread_comment + fresh.comments,
			unread_remix = unread_remix + fresh.remixes,
			unread_follow = unread_follow + fresh.follows,
			unread_ai_job = unread_ai_job + fresh.ai_jobs,
			unread_system = unread_system + fresh.systems,
			version = version + CASE WHEN fresh.unread > 0 THEN 1 ELSE 0 END
		FROM (
			SELECT recipient_id, count(*) AS total, `+unreadByCategory+` FROM (
				SELECT recipient_id, category, read_at IS NULL AND NOT EXISTS (
					SELECT 1 FROM user_blocks WHERE blocker_id = recipient_id AND blocked_id = actor_id
				) AS counts FROM new_notifications
			) AS n GROUP BY recipient_id
		) AS fresh WHERE user_id = fresh.recipient_id`)
}

// unreadByCategory counts the rows of a group whose column counts is true.
const unreadByCategory = `
	count(*) FILTER (WHERE counts) AS unread,
	count(*) FILTER (WHERE counts AND category = 'LIKE') AS likes,
	count(*) FILTER (WHERE counts AND category = 'COMMENT') AS comments,
	count(*) FILTER (WHERE counts AND category = 'REMIX') AS remixes,
	count(*) FILTER (WHERE counts AND category = 'FOLLOW') AS follows,
	count(*) FILTER (WHERE counts AND category = 'AI_JOB') AS ai_jobs,
	count(*) FILTER (WHERE counts AND category = 'SYSTEM') AS systems`
