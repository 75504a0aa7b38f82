package store

import (
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// lockedJob is a job that a transaction has locked: what is changed here nobody else changes, until
// settle writes it.
type lockedJob struct {
	models.AIJob `gorm:"embedded"`
	// Clock is what the database's clock showed when the job was read, in microseconds since 1970.
	Clock int64
	// refund is what the job's end gives back to its owner.
	refund int
	// shown says that what clients see of the job has changed.
	shown bool
}

// lockJobs locks the jobs that which is true of until the transaction ends, and reads them as they are then.
// With skip it leaves out those that others have locked.
func (s *Store) lockJobs(tx *transaction, which clause.Expression, skip bool) (map[models.ID]*lockedJob, error) {
	var ids []models.ID
	err := tx.Raw("SELECT id FROM ai_jobs WHERE ? ORDER BY id"+s.db.Lock(skip), which).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []*lockedJob
	err = tx.Raw("SELECT "+s.columns("ai_jobs", models.AIJob{})+", ? AS clock FROM ai_jobs WHERE ?",
		s.microseconds(), s.db.Any("id", ids)).Scan(&rows).Error
	jobs := make(map[models.ID]*lockedJob, len(rows))
	for _, job := range rows {
		jobs[job.ID] = job
	}
	return jobs, err
}

// microseconds is the database's Now as a number, which both databases give back as it is.
func (s *Store) microseconds() clause.Expression {
	if s.db.Dialect == database.SQLite {
		return clause.Expr{SQL: "?", Vars: []any{time.Now().UnixMicro()}}
	}
	return clause.Expr{SQL: "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"}
}

func (j *lockedJob) now() time.Time { return time.UnixMicro(j.Clock).UTC() }

// leased reports whether a worker holds the job, or did when it was last heard of. What other programs are at
// has no lease.
func (j *lockedJob) leased() bool {
	return j.Status == models.AIJobStatusProcessing && j.LeaseExpiresAt != nil
}

// lost reports whether the worker that had the job let its lease run out.
func (j *lockedJob) lost() bool { return j.leased() && !j.LeaseExpiresAt.After(j.now()) }

// heldBy reports whether the job is the worker's.
func (j *lockedJob) heldBy(worker models.ID) bool {
	return j.leased() && !j.lost() && j.LeaseSeconds != nil && j.WorkerID != nil && *j.WorkerID == worker
}

// renew has the lease run anew.
func (j *lockedJob) renew() {
	j.LeaseExpiresAt = new(j.now().Add(time.Duration(*j.LeaseSeconds) * time.Second))
}

// advance takes progress that is not less than before. Only a completed job has 100 percent.
func (j *lockedJob) advance(progress int) {
	if progress = min(progress, 99); progress > j.Progress {
		j.Progress = progress
		j.show()
	}
}

// requeue gives the job back for another worker to take, from the beginning.
func (j *lockedJob) requeue() {
	j.Status, j.Progress = models.AIJobStatusQueued, 0
	j.WorkerID = nil
	j.endLease()
	j.show()
}

func (j *lockedJob) complete(resultURL *string) {
	j.Progress, j.ResultURL = 100, resultURL
	j.finish(models.AIJobStatusCompleted)
}

func (j *lockedJob) fail(code, why string) {
	j.ErrorCode, j.Error = &code, &why
	j.giveBack()
	j.finish(models.AIJobStatusFailed)
}

func (j *lockedJob) cancel() {
	j.giveBack()
	j.finish(models.AIJobStatusCanceled)
}

func (j *lockedJob) giveBack() { j.refund, j.Charged = j.Charged, 0 }

func (j *lockedJob) finish(status models.AIJobStatus) {
	j.Status, j.FinishedAt = status, new(j.now())
	j.endLease()
	j.show()
}

func (j *lockedJob) endLease() { j.LeaseExpiresAt, j.LeaseSeconds = nil, nil }

// show notes that what clients see of the job is new.
func (j *lockedJob) show() {
	j.shown = true
	j.Version++
	j.UpdatedAt = j.now()
}

// settle writes jobs that were changed under their locks, gives credits back, and tells the owners of those
// that completed or failed, in the order of jobs. locked are the users whom the transaction has locked: where another
// one's credits would change, it must run again.
func (s *Store) settle(tx *transaction, jobs []*lockedJob, locked map[models.ID]bool) error {
	if len(jobs) == 0 {
		return nil
	}
	refunds := map[models.ID]int{}
	var news []models.Notification
	for _, j := range jobs {
		if j.refund > 0 {
			if !locked[j.OwnerID] {
				return errAgain
			}
			refunds[j.OwnerID] += j.refund
		}
		if j.Status == models.AIJobStatusCompleted || j.Status == models.AIJobStatusFailed {
			news = append(news, newsOf(j.AIJob))
		}
	}
	if err := s.saveJobs(tx, jobs); err != nil {
		return err
	}
	if err := s.refund(tx, refunds); err != nil || len(news) == 0 {
		return err
	}
	_, err := s.deliver(tx, news)
	return err
}

func (s *Store) saveJobs(tx *transaction, jobs []*lockedJob) error {
	var ids []models.ID
	var workers []*models.ID
	var statuses []string
	var progress, charged []int
	var seconds []*int
	var versions []int64
	var results, errors, codes []*string
	var leases, finished, updated []*time.Time
	for _, j := range jobs {
		ids, workers, statuses = append(ids, j.ID), append(workers, j.WorkerID), append(statuses, string(j.Status))
		progress, charged, versions = append(progress, j.Progress), append(charged, j.Charged), append(versions, j.Version)
		results, errors, codes = append(results, j.ResultURL), append(errors, j.Error), append(codes, j.ErrorCode)
		leases, seconds = append(leases, j.LeaseExpiresAt), append(seconds, j.LeaseSeconds)
		finished, updated = append(finished, j.FinishedAt), append(updated, &j.UpdatedAt)
		if j.shown {
			tx.Changed(models.KindAIJob, j.ID)
		}
	}
	return tx.Exec(`
		UPDATE ai_jobs SET
			status = changed.status, progress = changed.progress, result_url = changed.result_url,
			error = changed.error, error_code = changed.error_code, charged = changed.charged,
			worker_id = changed.worker_id, lease_expires_at = changed.lease_expires_at, lease_seconds = changed.lease_seconds,
			finished_at = changed.finished_at, version = changed.version, updated_at = changed.updated_at
		FROM ? WHERE ai_jobs.id = changed.id`,
		s.db.Rows("changed",
			database.Column{Name: "id", Values: ids}, database.Column{Name: "worker_id", Values: workers},
			database.Column{Name: "status", Values: statuses}, database.Column{Name: "progress", Values: progress},
			database.Column{Name: "charged", Values: charged}, database.Column{Name: "version", Values: versions},
			database.Column{Name: "result_url", Values: results}, database.Column{Name: "error", Values: errors},
			database.Column{Name: "error_code", Values: codes}, database.Column{Name: "lease_expires_at", Values: leases},
			database.Column{Name: "lease_seconds", Values: seconds}, database.Column{Name: "finished_at", Values: finished},
			database.Column{Name: "updated_at", Values: updated})).Error
}

// refund adds to the credits of users that are locked, up to the most that credits can be.
func (s *Store) refund(tx *transaction, refunds map[models.ID]int) error {
	if len(refunds) == 0 {
		return nil
	}
	var owners []models.ID
	var amounts []int
	for owner, amount := range refunds {
		owners, amounts = append(owners, owner), append(amounts, amount)
	}
	return tx.Exec(`
		UPDATE users SET credits = CASE WHEN credits + amount < 2147483647 THEN credits + amount ELSE 2147483647 END
		FROM ? WHERE users.id = refunds.owner_id`,
		s.db.Rows("refunds", database.Column{Name: "owner_id", Values: owners}, database.Column{Name: "amount", Values: amounts})).Error
}

// made is what a job of each kind makes, as its owner calls it.
var made = map[models.AIJobKind]string{
	models.AIJobKindGenerate: "video",
	models.AIJobKindRemix:    "remix",
	models.AIJobKindGlitch:   "glitch effect",
	models.AIJobKindUpscale:  "upscaled video",
	models.AIJobKindCaption:  "caption track",
}

// newsOf tells a job's owner that it has completed or failed.
func newsOf(job models.AIJob) models.Notification {
	title, body := fmt.Sprintf("Your %s is ready", made[job.Kind]), job.Prompt
	if job.Status == models.AIJobStatusFailed {
		title, body = fmt.Sprintf("Your %s could not be made", made[job.Kind]), job.Error
	}
	return models.Notification{
		ID: models.NewID(), RecipientID: job.OwnerID, Category: models.NotificationCategoryAiJob,
		Title: title, Body: body, VideoID: job.SourceVideoID, JobID: &job.ID,
	}
}
