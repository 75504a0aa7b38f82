package store

import (
	"context"

	"reelgraph/models"
)

// AddAIJobs adds those jobs whose ids are not there yet, in one transaction, and leaves the others as they
// are. No two of them may have one id, and their source videos must be there.
func (s *Store) AddAIJobs(ctx context.Context, jobs []models.AIJob) error {
	columns := []column{
		{"id", "uuid"}, {"owner_id", "uuid"}, {"kind", "text"}, {"status", "text"}, {"progress", "integer"},
		{"result_url", "text"}, {"error", "text"}, {"error_code", "text"}, {"prompt", "text"}, {"source_video_id", "uuid"},
		{"idempotency_key", "text"}, {"charged", "integer"}, {"worker_id", "uuid"}, {"lease_expires_at", "timestamptz"},
		{"attempts", "integer"}, {"version", "bigint"}, {"created_at", "timestamptz"}, {"started_at", "timestamptz"},
		{"finished_at", "timestamptz"}, {"updated_at", "timestamptz"},
	}
	added := stage("new_ai_jobs", columns, jobs, func(j *models.AIJob) []any {
		return []any{
			j.ID, j.OwnerID, j.Kind, j.Status, j.Progress, j.ResultURL, j.Error, j.ErrorCode, j.Prompt, j.SourceVideoID,
			j.IdempotencyKey, j.Charged, j.WorkerID, j.LeaseExpiresAt, j.Attempts, j.Version, j.CreatedAt, j.StartedAt,
			j.FinishedAt, j.UpdatedAt,
		}
	})
	const all = `id, owner_id, kind, status, progress, result_url, error, error_code, prompt, source_video_id, idempotency_key,
		charged, worker_id, lease_expires_at, attempts, version, created_at, started_at, finished_at, updated_at`
	return s.bulk(ctx, []staged{added},
		"INSERT INTO ai_jobs ("+all+") SELECT "+all+" FROM new_ai_jobs ORDER BY id ON CONFLICT (id) DO NOTHING")
}
