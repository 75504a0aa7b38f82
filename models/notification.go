package models

import "time"

// Notification is a row of notifications.
type Notification struct {
	ID          ID
	RecipientID ID
	// Number is its place in the recipient's inbox: the order of numbers is the order of commits.
	Number    int64
	Category  NotificationCategory
	Title     string
	Body      *string
	ActorID   *ID
	VideoID   *ID
	JobID     *ID
	CreatedAt time.Time
	ReadAt    *time.Time
}

// Inbox is a row of inboxes: it numbers a user's notifications and keeps count of the unread
// ones that no block hides. A user without a row has nothing.
type Inbox struct {
	UserID        ID `gorm:"primaryKey"`
	LastNumber    int64
	UnreadLike    int
	UnreadComment int
	UnreadRemix   int
	UnreadFollow  int
	UnreadAIJob   int `gorm:"column:unread_ai_job"`
	UnreadSystem  int
	// Version grows with every change of an unread count.
	Version int64
	// BlocksVersion grows with every block and unblock of the user's.
	BlocksVersion int64
}

// Changes grows with every change of the inbox.
func (i *Inbox) Changes() int64 { return i.Version + i.LastNumber + i.BlocksVersion }

// UnreadNotifications says how much is unread in the inbox of the user ID.
type UnreadNotifications struct {
	ID         ID
	Total      int
	ByCategory []*UnreadCategory
	Version    int64
}

// Unread is what badges show of the inbox, categories in the order of the schema.
func (i Inbox) Unread() *UnreadNotifications {
	unread := &UnreadNotifications{ID: i.UserID, ByCategory: []*UnreadCategory{}, Version: i.Version}
	counts := []struct {
		category NotificationCategory
		count    int
	}{
		{NotificationCategoryLike, i.UnreadLike},
		{NotificationCategoryComment, i.UnreadComment},
		{NotificationCategoryRemix, i.UnreadRemix},
		{NotificationCategoryFollow, i.UnreadFollow},
		{NotificationCategoryAiJob, i.UnreadAIJob},
		{NotificationCategorySystem, i.UnreadSystem},
	}
	for _, c := range counts {
		if c.count > 0 {
			unread.Total += c.count
			unread.ByCategory = append(unread.ByCategory, &UnreadCategory{Category: c.category, Count: c.count})
		}
	}
	return unread
}

// MarkNotificationsReadPayload says what markNotificationsRead and markAllNotificationsRead did.
type MarkNotificationsReadPayload struct {
	MarkedCount   int
	Notifications []*Notification
	// Inbox is the caller's as marking left it; nil where marking had nothing to look at.
	Inbox *Inbox
}

// Success is always true: where marking fails there is no payload.
func (MarkNotificationsReadPayload) Success() bool { return true }
