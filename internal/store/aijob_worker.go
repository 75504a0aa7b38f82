package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// ClaimAIJobs takes up to limit queued jobs for a worker, and gives them oldest first, each with the same end of its
// lease. Only those of kinds are taken, which may name one more than once: all where it is nil, none, without
// asking the database, where it is empty. Jobs that other claims are about to take are passed over.
func (s *Store) ClaimAIJobs(ctx context.Context, worker models.ID, kinds []models.AIJobKind, limit int, lease time.Duration) ([]*models.AIJob, error) {
	if kinds != nil && len(kinds) == 0 {
		return nil, nil
	}
	var claimed []*models.AIJob
	// One statement, which takes what it locks: its locks hold no longer than it runs.
	err := s.db.Write.WithContext(ctx).Raw(`
		WITH oldest AS MATERIALIZED (?), clock AS MATERIALIZED (?)
		UPDATE ai_jobs SET
			status = 'PROCESSING', worker_id = ?, lease_expires_at = clock.until, lease_seconds = ?,
			attempts = attempts + 1, started_at = clock.now, version = version + 1, updated_at = clock.now
		FROM oldest, clock WHERE ai_jobs.id = oldest.id
		RETURNING `+s.columns("ai_jobs", models.AIJob{}),
		s.oldestQueued(kinds, limit), s.leaseFromNow(lease), worker, int(lease.Seconds())).Scan(&claimed).Error
	if err != nil {
		return nil, database.Translate(err)
	}
	s.tellClaimed(claimed)
	slices.SortFunc(claimed, func(a, b *models.AIJob) int {
		if order := a.CreatedAt.Compare(b.CreatedAt); order != 0 {
			return order
		}
		return a.ID.Compare(b.ID)
	})
	return claimed, nil
}

// tellClaimed tells of jobs that a statement of its own has claimed.
func (s *Store) tellClaimed(jobs []*models.AIJob) {
	var changed changes
	for _, job := range jobs {
		changed.add(models.KindAIJob, job.ID)
	}
	s.tell(changed)
}

// oldestQueued selects the ids of queued jobs from the head of the queue, and locks them.
func (s *Store) oldestQueued(kinds []models.AIJobKind, limit int) clause.Expression {
	kinds = slices.Compact(slices.Sorted(slices.Values(kinds)))
	if len(kinds) == 0 || len(kinds) == len(models.AllAIJobKind) {
		return clause.Expr{
			SQL:  "SELECT id FROM ai_jobs WHERE status = 'QUEUED' ORDER BY created_at, id LIMIT ?" + s.db.Lock(true),
			Vars: []any{limit},
		}
	}
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	// Each kind has a queue of its own in an index, so that none is gone through for the sake of another. Were the kinds
	// compared by =, or left out of the order, a planner might take the index of the whole queue.
	const head = `SELECT id, created_at FROM ai_jobs
		WHERE status = 'QUEUED' AND kind >= wanted.kind AND kind <= wanted.kind ORDER BY kind, created_at, id LIMIT ?`
	each := "CROSS JOIN LATERAL (" + head + s.db.Lock(true) + ") AS heads"
	if s.db.Dialect == database.SQLite {
		each = "CROSS JOIN ai_jobs AS heads ON heads.id IN (SELECT id FROM (" + head + "))"
	}
	return clause.Expr{
		SQL:  "SELECT heads.id FROM ? " + each + " ORDER BY heads.created_at, heads.id LIMIT ?",
		Vars: []any{s.db.Rows("wanted", database.Column{Name: "kind", Values: names}), limit, limit},
	}
}

// leaseFromNow selects the database's present as now, and the end of a lease that begins with it as until.
func (s *Store) leaseFromNow(lease time.Duration) clause.Expression {
	if s.db.Dialect == database.SQLite {
		now := time.Now().UTC().Truncate(time.Microsecond)
		return clause.Expr{SQL: "SELECT ? AS now, ? AS until", Vars: []any{now, now.Add(lease)}}
	}
	return clause.Expr{
		SQL:  "SELECT now, now + make_interval(secs => ?) AS until FROM (SELECT clock_timestamp() AS now) AS present",
		Vars: []any{lease.Seconds()},
	}
}

// AIJobReport is what a worker tells of a job.
type AIJobReport struct {
	ID models.ID
	// Attempt, where set, is the claim that the report belongs to.
	Attempt *int
	// Progress, where set, is 0 to 100.
	Progress *int
	// Status is COMPLETED, with a ResultURL, or FAILED, with an Error, where the job ends; otherwise it goes on.
	Status    models.AIJobStatus
	ResultURL *string
	Error     *string
	// ErrorCode is WORKER_ERROR where a failure comes without.
	ErrorCode *string
}

// ReportedAIJob is what became of a report.
type ReportedAIJob struct {
	Status models.AIJobReportStatus
	// Job is as it is after all reports of the call; nil where there is none.
	Job *models.AIJob
}

// ReportAIJobs applies a worker's reports in their order, and answers each. Every job that it holds, and reports on,
// has its lease run anew; what completed or failed is told to its owner, and what failed gives back what it was
// charged. Without reports nothing is asked of the database.
func (s *Store) ReportAIJobs(ctx context.Context, worker models.ID, reports []AIJobReport) ([]ReportedAIJob, error) {
	if len(reports) == 0 {
		return nil, nil
	}
	var ids, failing []models.ID
	for _, r := range reports {
		ids = append(ids, r.ID)
		if r.Status == models.AIJobStatusFailed {
			failing = append(failing, r.ID)
		}
	}
	var answer []ReportedAIJob
	err := s.inTx(ctx, func(tx *transaction) error {
		owners, err := s.lockChargedOwners(tx, worker, failing)
		if err != nil {
			return err
		}
		jobs, err := s.lockJobs(tx, s.db.Any("id", ids), false)
		if err != nil {
			return err
		}
		answer = make([]ReportedAIJob, len(reports))
		var changed []*lockedJob
		for i, r := range reports {
			job := jobs[r.ID]
			if job == nil {
				answer[i].Status = models.AIJobReportStatusNotFound
				continue
			}
			answer[i] = ReportedAIJob{r.apply(job, worker), &job.AIJob}
			if answer[i].Status == models.AIJobReportStatusAccepted && !slices.Contains(changed, job) {
				changed = append(changed, job)
			}
		}
		return s.settle(tx, changed, owners)
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// lockChargedOwners locks those who are to get something back when these jobs of the worker's fail. It reads the
// jobs before they are locked, since users come first: settle sees to it that these were the right ones.
func (s *Store) lockChargedOwners(tx *transaction, worker models.ID, failing []models.ID) (map[models.ID]bool, error) {
	if len(failing) == 0 {
		return nil, nil
	}
	var owners []models.ID
	err := tx.Raw("SELECT DISTINCT owner_id FROM ai_jobs WHERE ? AND (worker_id = ? AND status = 'PROCESSING' AND charged > 0) IS TRUE",
		s.db.Any("id", failing), worker).Scan(&owners).Error
	if err != nil {
		return nil, err
	}
	return s.lockOwners(tx, owners)
}

// lockOwners locks users, who may be named more than once, and gives them as a set. Nobody is no statement.
func (s *Store) lockOwners(tx *transaction, owners []models.ID) (map[models.ID]bool, error) {
	locked := make(map[models.ID]bool, len(owners))
	for _, owner := range owners {
		locked[owner] = true
	}
	if len(locked) == 0 {
		return nil, nil
	}
	return locked, s.lockUsers(tx, slices.Collect(maps.Keys(locked)))
}

// apply changes the job as the report says, where the worker holds it.
func (r AIJobReport) apply(job *lockedJob, worker models.ID) models.AIJobReportStatus {
	switch {
	case job.Status.Finished():
		return models.AIJobReportStatusFinished
	case !job.heldBy(worker) || r.Attempt != nil && *r.Attempt != job.Attempts:
		return models.AIJobReportStatusNotHeld
	}
	job.renew()
	if r.Progress != nil {
		job.advance(*r.Progress)
	}
	switch r.Status {
	case models.AIJobStatusCompleted:
		job.complete(r.ResultURL)
	case models.AIJobStatusFailed:
		code := "WORKER_ERROR"
		if r.ErrorCode != nil && strings.TrimSpace(*r.ErrorCode) != "" {
			code = *r.ErrorCode
		}
		job.fail(code, *r.Error)
	}
	return models.AIJobReportStatusAccepted
}
