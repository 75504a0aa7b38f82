package models

import "time"

// VideoReport is a row of video_reports: one user's complaint, open until SettledAt.
type VideoReport struct {
	ID         int64
	VideoID    ID
	ReporterID ID
	Reason     string
	CreatedAt  time.Time
	SettledAt  *time.Time
}

// ReportedVideo is a row of reported_videos, which counts the open reports of a video, with
// the most frequent of their reasons.
type ReportedVideo struct {
	VideoID        ID `gorm:"primaryKey"`
	ReportCount    int
	LastReportedAt time.Time
	Reasons        []string `gorm:"-"`
}

// ModerationAction is a row of moderation_actions, the audit log.
type ModerationAction struct {
	ID          ID
	Kind        ModerationActionKind
	VideoID     ID
	ModeratorID ID
	Reason      string
	CreatedAt   time.Time
}
