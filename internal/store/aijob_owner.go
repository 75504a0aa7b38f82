package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"reelgraph/models"
)

// cost is what a job of each kind costs, in credits.
var cost = map[models.AIJobKind]int{
	models.AIJobKindGenerate: 10,
	models.AIJobKindRemix:    8,
	models.AIJobKindUpscale:  5,
	models.AIJobKindGlitch:   3,
	models.AIJobKindCaption:  1,
}

// NewAIJob is what a user wants done.
type NewAIJob struct {
	Kind          models.AIJobKind
	Prompt        *string
	SourceVideoID *models.ID
	// IdempotencyKey, where set, starts one job of the owner's, however often it comes.
	IdempotencyKey *string
}

// StartAIJob queues a job and charges its cost, and gives the credits that its owner has left. With too few credits
// it records a job that has failed, and charges nothing: so it does for an owner whom the server was not told of. Where
// the owner's key has started a job before, that one comes back as it is, whatever else is asked for, and nothing
// is charged. A source video that is unknown or deleted is NOT_FOUND.
func (s *Store) StartAIJob(ctx context.Context, owner models.ID, wanted NewAIJob) (*models.AIJob, int, error) {
	var started *models.AIJob
	var credits int
	err := s.inTx(ctx, func(tx *transaction) error {
		if err := s.lockUsers(tx, []models.ID{owner}); err != nil {
			return err
		}
		p, err := s.prospect(tx, owner, wanted.SourceVideoID)
		if err != nil {
			return err
		}
		credits = p.Credits
		if wanted.IdempotencyKey != nil {
			started, err = startedBefore(tx, owner, *wanted.IdempotencyKey)
			if err != nil || started != nil {
				return err
			}
		}
		if wanted.SourceVideoID != nil && !p.SourceThere {
			return models.NotFound("There is no video `sourceVideoId`.")
		}
		started = wanted.job(owner, p)
		credits -= started.Charged
		return charge(tx, started)
	})
	if err != nil {
		return nil, 0, err
	}
	return started, credits, nil
}

// prospect is what decides over a new job.
type prospect struct {
	Clock       int64
	Credits     int
	SourceThere bool
}

func (s *Store) prospect(tx *transaction, owner models.ID, source *models.ID) (p prospect, err error) {
	return p, tx.Raw(`
		SELECT ? AS clock, coalesce((SELECT credits FROM users WHERE id = ?), 0) AS credits,
			EXISTS (SELECT 1 FROM videos WHERE id = ? AND deleted_at IS NULL) AS source_there`,
		s.microseconds(), owner, source).Scan(&p).Error
}

// startedBefore is the job that a key has started; nil where there is none.
func startedBefore(tx *transaction, owner models.ID, key string) (*models.AIJob, error) {
	var found []*models.AIJob
	err := tx.Where("owner_id = ? AND idempotency_key = ?", owner, key).Find(&found).Error
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// job is the wanted job as it begins.
func (w NewAIJob) job(owner models.ID, p prospect) *models.AIJob {
	now := time.UnixMicro(p.Clock).UTC()
	job := &models.AIJob{
		ID: models.NewID(), OwnerID: owner, Kind: w.Kind, Status: models.AIJobStatusQueued, Prompt: w.Prompt,
		SourceVideoID: w.SourceVideoID, IdempotencyKey: w.IdempotencyKey, Charged: cost[w.Kind],
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if p.Credits < job.Charged {
		job.Status, job.Charged, job.FinishedAt = models.AIJobStatusFailed, 0, &now
		job.ErrorCode, job.Error = new("INSUFFICIENT_CREDITS"), new("Insufficient credits")
	}
	return job
}

// charge adds a new job, and takes from its owner's credits what it is charged.
func charge(tx *transaction, job *models.AIJob) error {
	added := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "owner_id"}, {Name: "idempotency_key"}}, DoNothing: true,
	}).Create(job)
	switch {
	case added.Error != nil:
		return added.Error
	case added.RowsAffected == 0:
		// An owner without a row has nothing to lock: a call beside this one was the first with the key.
		return errAgain
	}
	tx.Changed(models.KindAIJob, job.ID)
	if job.Charged == 0 {
		return nil
	}
	paid := tx.Exec("UPDATE users SET credits = credits - ? WHERE id = ? AND credits >= ?", job.Charged, job.OwnerID, job.Charged)
	if paid.Error == nil && paid.RowsAffected == 0 {
		return errAgain // The owner's row came too late to be locked, and another call has spent what it brought.
	}
	return paid.Error
}

// CanceledAIJob is a job that its owner wants canceled, as it is now.
type CanceledAIJob struct {
	*models.AIJob
	// Now says that it was canceled by this call; otherwise it had finished before.
	Now bool
}

// CancelAIJobs cancels those of an owner's jobs that have not finished, and gives back what they were charged. Ids
// that name no job of the owner's are absent from the map. Without ids nothing is asked of the database.
func (s *Store) CancelAIJobs(ctx context.Context, owner models.ID, ids []models.ID) (map[models.ID]CanceledAIJob, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var answer map[models.ID]CanceledAIJob
	err := s.inTx(ctx, func(tx *transaction) error {
		if err := s.lockUsers(tx, []models.ID{owner}); err != nil {
			return err
		}
		// IS TRUE keeps every plan to the ids: one for any owner would go through all that theirs has got.
		jobs, err := s.lockJobs(tx, clause.Expr{SQL: "? AND (owner_id = ?) IS TRUE", Vars: []any{s.db.Any("id", ids), owner}}, false)
		if err != nil {
			return err
		}
		answer = make(map[models.ID]CanceledAIJob, len(jobs))
		var canceled []*lockedJob
		for id, job := range jobs {
			now := !job.Status.Finished()
			if now {
				job.cancel()
				canceled = append(canceled, job)
			}
			answer[id] = CanceledAIJob{&job.AIJob, now}
		}
		return s.settle(tx, canceled, map[models.ID]bool{owner: true})
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}
