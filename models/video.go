package models

import "time"

// Video is a row of videos.
type Video struct {
	ID           ID
	OwnerID      ID
	Title        string
	PlaybackURL  string
	ThumbnailURL *string
	CreatedAt    time.Time
	// DeletedAt is set while a moderator's deletion stands.
	DeletedAt *time.Time
	// DeletionReason is the moderator's, set with DeletedAt.
	DeletionReason *string
}

// VideoMetadata is a row of video_metadata: the counters of one video, with what a reader
// must know of the video to decide who may see them.
type VideoMetadata struct {
	VideoID      ID `gorm:"primaryKey"`
	OwnerID      ID
	ViewCount    int64
	LikeCount    int64
	CommentCount int64
	RemixCount   int64
	GlitchCount  int64
	Version      int64
	UpdatedAt    time.Time
	DeletedAt    *time.Time
}

// TableName is GORM's name of the table.
func (VideoMetadata) TableName() string { return "video_metadata" }

// VideoRank is a row of video_ranks: a video's place among the most viewed, as of the last
// refresh of the ranking.
type VideoRank struct {
	VideoID   ID `gorm:"primaryKey"`
	ViewCount int64
	// RisingSince is the ranking's generation in which the video came in or last fell: since then it has
	// moved up alone.
	RisingSince int64
}

// Ranking is the one row of rankings: which generation of video_ranks there is.
type Ranking struct {
	ID          int
	Generation  int64
	RefreshedAt time.Time
}
