package models

import "time"

// Batch is a row of batches: a call that must count once, remembered by its caller, its
// field and the batchId that the caller gave it.
type Batch struct {
	CallerID ID     `gorm:"primaryKey"`
	Field    string `gorm:"primaryKey"`
	BatchID  string `gorm:"primaryKey"`
	// ContentHash tells a repeat from other content under the same batchId.
	ContentHash []byte
	// Answer is what the first call was answered, as JSON; null where it need not be repeated.
	Answer    *string
	CreatedAt time.Time
}
