package models

import "time"

// AIJob is a row of ai_jobs.
type AIJob struct {
	ID            ID
	OwnerID       ID
	Kind          AIJobKind
	Status        AIJobStatus
	Progress      int
	ResultURL     *string
	Error         *string
	ErrorCode     *string
	Prompt        *string
	SourceVideoID *ID
	// IdempotencyKey is the owner's; the same key never starts a second job.
	IdempotencyKey *string
	// Charged is what the owner paid and has not been given back, in credits.
	Charged int
	// WorkerID holds the job until LeaseExpiresAt, which each of its reports puts LeaseSeconds into the future.
	WorkerID       *ID
	LeaseExpiresAt *time.Time
	LeaseSeconds   *int
	Attempts       int
	Version        int64
	CreatedAt      time.Time
	StartedAt      *time.Time
	FinishedAt     *time.Time
	UpdatedAt      time.Time
}

// TableName is GORM's name of the table.
func (AIJob) TableName() string { return "ai_jobs" }

// Finished reports whether a job that stands so never changes again.
func (s AIJobStatus) Finished() bool {
	return s == AIJobStatusCompleted || s == AIJobStatusFailed || s == AIJobStatusCanceled
}
