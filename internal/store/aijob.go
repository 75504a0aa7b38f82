package store

import (
	"context"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// maxQueuePosition stands for every place in the queue from there on.
const maxQueuePosition = 1000

// AIJobsByID reads jobs, whoever owns them: the caller decides who may see them.
func (s *Store) AIJobsByID(ctx context.Context, ids []models.ID) (map[models.ID]*models.AIJob, error) {
	return byID(s.read(ctx).Where(s.db.Any("id", ids)), func(j *models.AIJob) models.ID { return j.ID })
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
	query := s.read(ctx).Where("owner_id = ?", owner)
	if statuses != nil {
		names := make([]string, len(statuses))
		for i, status := range statuses {
			names[i] = string(status)
		}
		query = query.Where(s.db.AnyText("status", names))
	}
	if after != nil {
		query = query.Where("(created_at, id) < (?, ?)", after.At, after.ID)
	}
	return page[*models.AIJob](query.Order("created_at DESC, id DESC"), first)
}
