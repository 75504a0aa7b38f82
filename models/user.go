package models

import "time"

// User is a row of users.
type User struct {
	ID          ID
	Handle      string
	DisplayName string
	// Credits are shown to the user alone.
	Credits   int
	CreatedAt time.Time
}

// UserBlock is a row of user_blocks: what BlockedID does is kept from BlockerID.
type UserBlock struct {
	BlockerID ID `gorm:"primaryKey"`
	BlockedID ID `gorm:"primaryKey"`
	CreatedAt time.Time
}
