package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"reelgraph/bench/rig"
	"reelgraph/internal/auth"
	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// fixture is a database with users who have two jobs each, all held by one worker.
type fixture struct {
	url    string
	jobs   [][jobsEach]models.AIJob // by user
	tokens []string                 // of the users
	worker string                   // the worker's token
	drop   func()
}

// jobsEach is how many jobs a user has.
const jobsEach = 2

// newFixture makes a database in the cluster. It is to be dropped.
func newFixture(ctx context.Context, cluster string, users int) (*fixture, error) {
	made, err := rig.NewDatabase(ctx, cluster, "")
	if err != nil {
		return nil, err
	}
	f := &fixture{url: made.URL, drop: func() { made.Drop(ctx) }}
	if err := f.fill(ctx, users); err != nil {
		f.drop()
		return nil, err
	}
	return f, nil
}

func (f *fixture) fill(ctx context.Context, users int) error {
	db, err := database.Open(ctx, f.url, database.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	nouns, now := store.New(db), time.Now().UTC().Truncate(time.Microsecond)
	owners, jobs := make([]models.User, users), make([]models.AIJob, 0, users*jobsEach)
	places := make(map[models.ID]*models.AIJob, users*jobsEach)
	f.jobs, f.tokens = make([][jobsEach]models.AIJob, users), make([]string, users)
	for n := range owners {
		owners[n] = models.User{ID: models.NewID(), Handle: fmt.Sprint("user", n), DisplayName: fmt.Sprint("User ", n), CreatedAt: now}
		if f.tokens[n], err = token(owners[n].ID); err != nil {
			return err
		}
		for j := range f.jobs[n] {
			job := models.AIJob{
				ID: models.NewID(), OwnerID: owners[n].ID, Kind: models.AIJobKindGenerate, Status: models.AIJobStatusQueued,
				Version: 1, CreatedAt: now, UpdatedAt: now,
			}
			jobs = append(jobs, job)
			places[job.ID] = &f.jobs[n][j]
		}
	}
	if err := errors.Join(nouns.AddUsers(ctx, owners), nouns.AddAIJobs(ctx, jobs)); err != nil {
		return err
	}
	worker := models.NewID()
	if f.worker, err = token(worker, models.RoleWorker); err != nil {
		return err
	}
	const atOnce = 2000
	for left := len(jobs); left > 0; {
		claimed, err := nouns.ClaimAIJobs(ctx, worker, nil, atOnce, time.Hour)
		if err != nil || len(claimed) == 0 {
			return fmt.Errorf("%d jobs cannot be claimed: %w", left, err)
		}
		for _, job := range claimed {
			*places[job.ID] = *job
		}
		left -= len(claimed)
	}
	return db.Write.WithContext(ctx).Exec("VACUUM ANALYZE").Error
}

// token is one for a user, good for longer than anything takes here.
func token(user models.ID, roles ...models.Role) (string, error) {
	return auth.Config{Secret: []byte(secret)}.Sign(models.Caller{ID: user, Roles: roles, ExpiresAt: time.Now().Add(24 * time.Hour)})
}
