package store

import (
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// lockInboxes locks the inboxes of users until the transaction ends, and gives them as they are then. Users who have
// none are absent. Notifications and blocks of a user change under this lock alone, which is what makes
// unread counts exact; what depends on them is read in a later statement.
func (s *Store) lockInboxes(tx *transaction, users []models.ID) (map[models.ID]*models.Inbox, error) {
	return byID(tx.Raw("SELECT "+s.columns("inboxes", models.Inbox{})+" FROM inboxes WHERE ? ORDER BY user_id"+s.db.Lock(false), s.db.Any("user_id", users)),
		func(i *models.Inbox) models.ID { return i.UserID })
}

// lockInbox is lockInboxes for one. A user who has none has an empty one, and no notifications.
func (s *Store) lockInbox(tx *transaction, user models.ID) (*models.Inbox, error) {
	locked, err := s.lockInboxes(tx, []models.ID{user})
	if inbox := locked[user]; inbox != nil {
		return inbox, err
	}
	return &models.Inbox{UserID: user}, err
}

// openInboxes makes the inboxes of users that have none, and locks them all.
func (s *Store) openInboxes(tx *transaction, users []models.ID) error {
	// In the order of ids, like the locks: who makes an inbox that another transaction is making waits for that one.
	err := tx.Exec(`
		INSERT INTO inboxes (user_id) SELECT DISTINCT user_id FROM ? WHERE true ORDER BY user_id
		ON CONFLICT (user_id) DO NOTHING`,
		s.db.Rows("wanted", database.Column{Name: "user_id", Values: users})).Error
	if err != nil {
		return err
	}
	_, err = s.lockInboxes(tx, users)
	return err
}

// unreadCounts are numbers of unread notifications by category, or differences of such.
type unreadCounts map[models.NotificationCategory]int

// countUnread counts the notifications that a query finds, each as much as times says.
func countUnread(query *gorm.DB, times int) (unreadCounts, error) {
	var rows []struct {
		Category models.NotificationCategory
		Count    int
	}
	err := query.Select("category, count(*) AS count").Group("category").Find(&rows).Error
	counts := make(unreadCounts, len(rows))
	for _, row := range rows {
		counts[row.Category] = times * row.Count
	}
	return counts, err
}

// inboxChange is what happens to one user's inbox.
type inboxChange struct {
	// arrived is how many notifications came, unread or not.
	arrived int
	// unread is how many more, or fewer, are unread and shown.
	unread unreadCounts
	// blocked says that the user's blocks have changed.
	blocked bool
}

// changeInbox is changeInboxes for one.
func (s *Store) changeInbox(tx *transaction, user models.ID, change inboxChange) (*models.Inbox, error) {
	changed, err := s.changeInboxes(tx, map[models.ID]inboxChange{user: change})
	return changed[user], err
}

// changeInboxes applies changes to inboxes that are locked, and gives them as they are then.
func (s *Store) changeInboxes(tx *transaction, changes map[models.ID]inboxChange) (map[models.ID]*models.Inbox, error) {
	var users []models.ID
	var arrived, likes, comments, remixes, follows, jobs, systems []int
	var changed, blocked []bool
	for user, c := range changes {
		users, arrived, blocked = append(users, user), append(arrived, c.arrived), append(blocked, c.blocked)
		likes = append(likes, c.unread[models.NotificationCategoryLike])
		comments = append(comments, c.unread[models.NotificationCategoryComment])
		remixes = append(remixes, c.unread[models.NotificationCategoryRemix])
		follows = append(follows, c.unread[models.NotificationCategoryFollow])
		jobs = append(jobs, c.unread[models.NotificationCategoryAiJob])
		systems = append(systems, c.unread[models.NotificationCategorySystem])
		unread := slices.ContainsFunc(slices.Collect(maps.Values(c.unread)), func(n int) bool { return n != 0 })
		changed = append(changed, unread)
		if unread || c.arrived > 0 {
			tx.Changed(models.KindInbox, user)
		}
		if c.blocked {
			tx.Changed(models.KindBlocks, user)
		}
	}
	return byID(tx.Raw(`
		UPDATE inboxes SET
			last_number = last_number + arrived,
			unread_like = unread_like + likes,
			unread_comment = unread_comment + comments,
			unread_remix = unread_remix + remixes,
			unread_follow = unread_follow + follows,
			unread_ai_job = unread_ai_job + jobs,
			unread_system = unread_system + systems,
			version = version + CASE WHEN changed THEN 1 ELSE 0 END,
			blocks_version = blocks_version + CASE WHEN blocked THEN 1 ELSE 0 END
		FROM ? WHERE inboxes.user_id = changes.owner_id
		RETURNING `+s.columns("inboxes", models.Inbox{}),
		s.db.Rows("changes",
			database.Column{Name: "owner_id", Values: users}, database.Column{Name: "arrived", Values: arrived},
			database.Column{Name: "likes", Values: likes}, database.Column{Name: "comments", Values: comments},
			database.Column{Name: "remixes", Values: remixes}, database.Column{Name: "follows", Values: follows},
			database.Column{Name: "jobs", Values: jobs}, database.Column{Name: "systems", Values: systems},
			database.Column{Name: "changed", Values: changed}, database.Column{Name: "blocked", Values: blocked})),
		func(i *models.Inbox) models.ID { return i.UserID })
}

// deliver puts notifications behind what their recipients' inboxes hold, in the order given, and counts them
// as unread: five statements, whatever the number. Number, CreatedAt and ReadAt are not read. Those to users
// whom the server was not told of are dropped, as are those whose actor the recipient has blocked. What was
// delivered comes back by id.
func (s *Store) deliver(tx *transaction, notifications []models.Notification) (map[models.ID]*models.Notification, error) {
	known, err := s.knownRecipients(tx, notifications)
	if err != nil {
		return nil, err
	}
	return s.deliverTo(tx, known, notifications)
}

// knownRecipients are those of the recipients that the server has been told of.
func (s *Store) knownRecipients(tx *transaction, notifications []models.Notification) (map[models.ID]bool, error) {
	recipients := make([]models.ID, len(notifications))
	for i, n := range notifications {
		recipients[i] = n.RecipientID
	}
	return s.knownUsers(tx, recipients)
}

// deliverTo is deliver where the known recipients have been read.
func (s *Store) deliverTo(tx *transaction, known map[models.ID]bool, notifications []models.Notification) (map[models.ID]*models.Notification, error) {
	if len(known) == 0 {
		return nil, nil
	}
	recipients := slices.Collect(maps.Keys(known))
	if err := s.openInboxes(tx, recipients); err != nil {
		return nil, err
	}
	// What the blocks leave out takes no number: rows are numbered after the condition.
	delivered, err := byID(tx.Raw(`
		INSERT INTO notifications (id, recipient_id, number, category, title, body, actor_id, video_id, job_id, created_at)
		SELECT sent.id, sent.recipient_id, last_number + row_number() OVER (PARTITION BY sent.recipient_id ORDER BY sent.n),
			sent.category, sent.title, sent.body, sent.actor_id, sent.video_id, sent.job_id, (SELECT ?)
		FROM ? JOIN inboxes ON inboxes.user_id = sent.recipient_id
		WHERE NOT EXISTS (SELECT 1 FROM user_blocks WHERE blocker_id = sent.recipient_id AND blocked_id = sent.actor_id)
			AND ?
		RETURNING `+s.columns("notifications", models.Notification{}),
		s.db.Now(), s.rowsOfNotifications("sent", notifications), s.db.Any("sent.recipient_id", recipients)),
		func(n *models.Notification) models.ID { return n.ID })
	if err != nil || len(delivered) == 0 {
		return nil, err
	}
	changes := map[models.ID]inboxChange{}
	for _, n := range delivered {
		c, ok := changes[n.RecipientID]
		if !ok {
			c.unread = unreadCounts{}
		}
		c.arrived++
		c.unread[n.Category]++
		changes[n.RecipientID] = c
	}
	_, err = s.changeInboxes(tx, changes)
	return delivered, err
}

func (s *Store) rowsOfNotifications(name string, notifications []models.Notification) clause.Expression {
	var ids, recipients []models.ID
	var categories, titles []string
	var bodies []*string
	var actors, videos, jobs []*models.ID
	for _, n := range notifications {
		ids, recipients = append(ids, n.ID), append(recipients, n.RecipientID)
		categories, titles, bodies = append(categories, string(n.Category)), append(titles, n.Title), append(bodies, n.Body)
		actors, videos, jobs = append(actors, n.ActorID), append(videos, n.VideoID), append(jobs, n.JobID)
	}
	return s.db.Rows(name,
		database.Column{Name: "id", Values: ids}, database.Column{Name: "recipient_id", Values: recipients},
		database.Column{Name: "category", Values: categories}, database.Column{Name: "title", Values: titles},
		database.Column{Name: "body", Values: bodies}, database.Column{Name: "actor_id", Values: actors},
		database.Column{Name: "video_id", Values: videos}, database.Column{Name: "job_id", Values: jobs})
}
