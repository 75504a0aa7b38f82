package store

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

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
	// sweepTimeout keeps a lock that somebody does not give back from holding up all jobs that come after.
	sweepTimeout = 5 * time.Second
)

// KeepLeases looks every second for jobs whose workers were lost, until ctx ends. It tells the log when that
// begins to fail and when it works again.
func (s *Store) KeepLeases(ctx context.Context, log *slog.Logger) {
	var both sync.WaitGroup
	// At once: those that go back to the queue wait for nobody's credits or inbox.
	for task, last := range map[string]bool{"leases": false, "last leases": true} {
		both.Go(func() {
			keep(ctx, log, task, sweepInterval, func(ctx context.Context) error { return s.sweepAll(ctx, last) })
		})
	}
	both.Wait()
}

// SweepLeases takes jobs from workers whose leases have run out: they go back to the queue, and after
// 3 attempts fail with WORKER_LOST, which gives back what they were charged and is told to their owners. Several
// instances may sweep at once: each passes over what another is at, and over jobs that would fail and whose owner
// somebody has locked.
func (s *Store) SweepLeases(ctx context.Context) error {
	return errors.Join(s.sweepAll(ctx, false), s.sweepAll(ctx, true))
}

// sweepAll sweeps the jobs that have had their last attempt, or the others.
func (s *Store) sweepAll(ctx context.Context, last bool) error {
	attempts := "attempts < ?"
	if last {
		attempts = "attempts >= ?"
	}
	for {
		var lost []models.AIJob
		// Now stands in a query of its own, so that an index can be searched for it.
		err := s.read(ctx).Select("id", "owner_id").
			Where("status = 'PROCESSING' AND lease_expires_at <= (SELECT ?) AND "+attempts, s.db.Now(), maxAttempts).
			Order("lease_expires_at").Limit(sweptAtOnce).Find(&lost).Error
		if err != nil {
			return database.Translate(err)
		}
		swept, err := s.sweep(ctx, lost, last)
		if err != nil || len(lost) < sweptAtOnce || swept == 0 {
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
	var swept []*lockedJob
	err := s.inTx(ctx, func(tx *transaction) error {
		var owners map[models.ID]bool
		if last {
			var err error
			if owners, err = s.lockFreeOwners(tx, jobs); err != nil {
				return err
			}
		}
		var ids []models.ID
		for _, job := range jobs {
			if !last || owners[job.OwnerID] {
				ids = append(ids, job.ID)
			}
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
		return s.settle(tx, swept, owners)
	})
	return len(swept), err
}

// lockFreeOwners locks the owners of jobs and gives them as a set, without those whom somebody else has locked. Who
// has no row cannot be locked, and is in the set.
func (s *Store) lockFreeOwners(tx *transaction, jobs []models.AIJob) (map[models.ID]bool, error) {
	free := make(map[models.ID]bool, len(jobs))
	for _, job := range jobs {
		free[job.OwnerID] = true
	}
	which := s.db.Any("id", slices.Collect(maps.Keys(free)))
	var locked, known []models.ID
	if err := tx.Raw("SELECT id FROM users WHERE ? ORDER BY id"+s.db.Lock(true), which).Scan(&locked).Error; err != nil {
		return nil, err
	}
	if err := tx.Raw("SELECT id FROM users WHERE ?", which).Scan(&known).Error; err != nil {
		return nil, err
	}
	for _, user := range known {
		free[user] = false
	}
	for _, user := range locked {
		free[user] = true
	}
	return free, nil
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
