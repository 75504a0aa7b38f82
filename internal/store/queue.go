package store

import (
	"context"
	"time"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// maxQueueCount bounds what QueueStates counts: queued jobs of a kind, and all that are processing.
const maxQueueCount = 100_000

// QueueState is how jobs of one kind stand that have not finished.
type QueueState struct {
	Kind models.AIJobKind
	// Queued and Processing count jobs: up to 100,000 that are queued, and among the first 100,000 that are processing.
	Queued, Processing int64
	// Oldest is when the job was made that has been queued longest, nil where none is queued.
	Oldest *time.Time
}

// QueueStates tells of every kind of jobs, also of those that there are none of, in the order of models.AllAIJobKind.
func (s *Store) QueueStates(ctx context.Context) ([]QueueState, error) {
	kinds := make([]string, len(models.AllAIJobKind))
	for i, kind := range models.AllAIJobKind {
		kinds[i] = string(kind)
	}
	var states []QueueState
	// Each ORDER BY is that of an index which has nothing else in it than such jobs. As to >= and <=, see oldestQueued.
	err := s.read(ctx).Raw(`
		WITH processing AS MATERIALIZED (
			SELECT kind FROM ai_jobs WHERE status = 'PROCESSING' ORDER BY lease_expires_at LIMIT ?
		)
		SELECT wanted.kind,
			(SELECT count(*) FROM (SELECT 1 FROM ai_jobs WHERE status = 'QUEUED' AND kind >= wanted.kind AND kind <= wanted.kind ORDER BY kind, created_at, id LIMIT ?) AS counted) AS queued,
			(SELECT count(*) FROM processing WHERE kind = wanted.kind) AS processing,
			oldest.created_at AS oldest
		FROM ? LEFT JOIN ai_jobs AS oldest ON oldest.id =
			(SELECT id FROM ai_jobs WHERE status = 'QUEUED' AND kind >= wanted.kind AND kind <= wanted.kind ORDER BY kind, created_at, id LIMIT 1)
		ORDER BY wanted.n`, maxQueueCount, maxQueueCount, s.db.Rows("wanted", database.Column{Name: "kind", Values: kinds})).Scan(&states).Error
	return states, database.Translate(err)
}
