package store

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// maxQueuePosition stands for every place in the queue from there on.
const maxQueuePosition = 1000

// aiJobRows has the columns in the order in which its scan takes them.
var aiJobRows = rows[models.AIJob]{
	key: "id",
	id:  func(j *models.AIJob) models.ID { return j.ID },
	sql: polled("ai_jobs", "id", "id, owner_id, kind, status, progress, result_url, error, error_code, prompt, source_video_id, "+
		"idempotency_key, charged, worker_id, lease_expires_at, lease_seconds, attempts, version, created_at, started_at, finished_at, updated_at"),
	scan: func(j *models.AIJob, c *database.Cells) {
		text, id, when := c.Text, c.ID, c.Time
		j.ID, j.OwnerID = c.ID(), c.ID()
		j.Kind, j.Status, j.Progress = database.Word(c, models.AllAIJobKind), database.Word(c, models.AllAIJobStatus), int(c.Int())
		j.ResultURL, j.Error, j.ErrorCode = database.Optional(c, text), database.Optional(c, text), database.Optional(c, text)
		j.Prompt, j.SourceVideoID, j.IdempotencyKey = database.Optional(c, text), database.Optional(c, id), database.Optional(c, text)
		j.Charged, j.WorkerID, j.LeaseExpiresAt = int(c.Int()), database.Optional(c, id), database.Optional(c, when)
		j.LeaseSeconds = database.Optional(c, func() int { return int(c.Int()) })
		j.Attempts, j.Version, j.CreatedAt = int(c.Int()), c.Int(), c.Time()
		j.StartedAt, j.FinishedAt, j.UpdatedAt = database.Optional(c, when), database.Optional(c, when), c.Time()
	},
}

// AIJobsByID reads jobs, whoever owns them: the caller decides who may see them.
func (s *Store) AIJobsByID(ctx context.Context, ids []models.ID) (map[models.ID]*models.AIJob, error) {
	return aiJobRows.byID(ctx, s.db, ids)
}

// QueuePositions tells for jobs how many older ones are queued, up to 1,000. Jobs that are not
// queued are absent from the map. It looks at the head of the queue alone, however long it is.
func (s *Store) QueuePositions(ctx context.Context, ids []models.ID) (map[models.ID]int, error) {
	var rows []struct {
		ID       models.ID
		Position int
	}
	err := s.read(ctx).Raw(`
		WITH head AS (
			SELECT id, row_number() OVER (ORDER BY created_at, id) - 1 AS position
			FROM (SELECT id, created_at FROM ai_jobs WHERE status = 'QUEUED' ORDER BY created_at, id LIMIT ?) AS oldest
		)
		SELECT ai_jobs.id, coalesce(head.position, ?) AS position
		FROM ai_jobs LEFT JOIN head ON head.id = ai_jobs.id
		WHERE ai_jobs.status = 'QUEUED' AND ?`, maxQueuePosition, maxQueuePosition, s.db.Any("ai_jobs.id", ids)).Scan(&rows).Error
	if err != nil {
		return nil, database.Translate(err)
	}
	positions := make(map[models.ID]int, len(rows))
	for _, row := range rows {
		positions[row.ID] = row.Position
	}
	return positions, nil
}

// AIJobsByOwner is a page of a user's jobs, newest first, behind the place after: those that stand as
// one of statuses says, or all where statuses is nil.
func (s *Store) AIJobsByOwner(ctx context.Context, owner models.ID, statuses []models.AIJobStatus, after *TimeKey, first int) (Page[*models.AIJob], error) {
	where := clause.Expr{SQL: "owner_id = ?", Vars: []any{owner}}
	if after != nil {
		where = clause.Expr{SQL: "owner_id = ? AND (created_at, id) < (?, ?)", Vars: []any{owner, after.At, after.ID}}
	}
	query := s.read(ctx).Where(where)
	if statuses != nil {
		query = s.ofStatuses(ctx, where, statuses, first+1)
	}
	return page[*models.AIJob](query.Order("created_at DESC, id DESC"), first)
}

// ofStatuses begins a query for jobs of a user that stand in these ways, the most latest of each: an index has them
// in their order, so that none of the others is gone through.
func (s *Store) ofStatuses(ctx context.Context, where clause.Expr, statuses []models.AIJobStatus, most int) *gorm.DB {
	names := make([]string, len(statuses))
	for i, status := range statuses {
		names[i] = string(status)
	}
	slices.Sort(names)
	jobs := s.columns("ai_jobs", models.AIJob{})
	const each = "FROM ai_jobs WHERE ? AND status = wanted.status ORDER BY created_at DESC, id DESC LIMIT ?"
	join := "? CROSS JOIN LATERAL (SELECT " + jobs + " " + each + ") AS ai_jobs"
	if s.db.Dialect == database.SQLite {
		join = "? CROSS JOIN ai_jobs ON ai_jobs.id IN (SELECT id " + each + ")"
	}
	wanted := s.db.Rows("wanted", database.Column{Name: "status", Values: slices.Compact(names)})
	return s.read(ctx).Table(join, wanted, where, most).Select(jobs)
}
