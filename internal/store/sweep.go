package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/models"
)

const (
	// maxAttempts is how often a job is given to a worker before it fails.
	maxAttempts = 3
	// sweepInterval has jobs go on within the 2 s that clients are promised.
	sweepInterval = time.Second
	// sweptAtOnce bounds how many jobs one transaction holds up.
	sweptAtOnce = 500
	// sweepTimeout keeps a lock that somebody does not give back from holding up all other jobs.
	sweepTimeout = 5 * time.Second
)

// KeepLeases looks every second for jobs whose workers were lost, until ctx ends. It tells the log when that
// begins to fail and when it works again.
func (s *Store) KeepLeases(ctx context.Context, log *slog.Logger) {
	keep(ctx, log, "leases", sweepInterval, s.SweepLeases)
}

// SweepLeases takes jobs from workers whose leases have run out: they go back to the queue, and after
// 3 attempts fail with WORKER_LOST, which gives back what they were charged and is told to their owners. Several
// instances may sweep at once: each passes over what another is at.
func (s *Store) SweepLeases(ctx context.Context) error {
	for {
		var lost []models.AIJob
		// Now stands in a query of its own, so that an index can be searched for it.
		err := s.read(ctx).Select("id", "owner_id", "attempts").
			Where("status = 'PROCESSING' AND lease_expires_at <= (SELECT ?)", s.db.Now()).
			Order("lease_expires_at").Limit(sweptAtOnce).Find(&lost).Error
		if err != nil {
			return database.Translate(err)
		}
		var last, others []models.AIJob
		for _, job := range lost {
			if job.Attempts < maxAttempts {
				others = append(others, job)
			} else {
				last = append(last, job)
			}
		}
		// Apart from each other: those that go back to the queue wait for no user's lock.
		requeued, err := s.sweep(ctx, others, false)
		if err != nil {
			return err
		}
		failed, err := s.sweep(ctx, last, true)
		if err != nil || len(lost) < sweptAtOnce || requeued+failed == 0 {
			return err
		}
	}
}

// sweep takes those of jobs that are lost from their workers, in one transaction: those that have had their last
// attempt, or the others. It tells how many they were.
func (s *Store) sweep(ctx context.Context, jobs []models.AIJob, last bool) (int, error) {
	if len(jobs) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	var ids, owners []models.ID
	for _, job := range jobs {
		ids = append(ids, job.ID)
		if last {
			owners = append(owners, job.OwnerID)
		}
	}
	var swept []*lockedJob
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		locked, err := s.lockOwners(tx, owners)
		if err != nil {
			return err
		}
		found, err := s.lockJobs(tx, s.db.Any("id", ids), true)
		if err != nil {
			return err
		}
		swept = nil
		for _, id := range ids {
			job := found[id]
			switch {
			case job == nil || !job.lost() || last != (job.Attempts >= maxAttempts):
				continue
			case last:
				job.fail("WORKER_LOST", "The workers that took this job stopped answering.")
			default:
				job.requeue()
			}
			swept = append(swept, job)
		}
		return s.settle(tx, swept, locked)
	})
	return len(swept), err
}

// keep does work every interval until ctx ends. It tells the log, by the task's name, when that begins to
// fail and when it works again.
func keep(ctx context.Context, log *slog.Logger, task string, interval time.Duration, work func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := work(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.WarnContext(ctx, "work in the background fails", "task", task, "error", err)
		case err == nil && failing:
			log.InfoContext(ctx, "work in the background goes on", "task", task)
		}
		failing = err != nil
	}
}
