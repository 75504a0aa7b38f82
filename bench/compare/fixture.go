package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"reelgraph/bench/rig"
	"reelgraph/internal/auth"
	"reelgraph/internal/database"
	"reelgraph/internal/seed"
	"reelgraph/internal/store"
	"reelgraph/models"
)

const (
	// trending is how many videos the feed has that everybody looks at.
	trending = 500
	// ownJobs is how many jobs the owner has who polls them.
	ownJobs = 400
	// busyVideos is how many videos things happen to.
	busyVideos = 10_000
	// owner is the handle of who polls jobs.
	owner = "compare_poller"
)

// fixture is a filled database, with what is asked of it.
type fixture struct {
	*rig.Database
	// pool is for looking at it.
	pool *pgxpool.Pool
	// videos are all there are, some of them deleted, and trending those with the most views, none of which is.
	videos, trending []models.ID
	// busy are some of those that are not deleted.
	busy []models.ID
	// jobs are the owner's, and strangers some of others'.
	jobs, strangers []models.ID
	// tokens are those of the jobs' owner and of a service.
	ownerToken, serviceToken string
}

func newFixture(ctx context.Context, cluster string, o *options) (f *fixture, err error) {
	f = &fixture{}
	if f.Database, err = rig.NewDatabase(ctx, cluster, o.database); err != nil {
		return nil, err
	}
	if f.New {
		if err := fill(ctx, f.URL, o.videos); err != nil {
			f.Discard(ctx)
			return nil, err
		}
	}
	if err := f.look(ctx); err != nil {
		f.drop(ctx)
		return nil, err
	}
	return f, nil
}

func (f *fixture) drop(ctx context.Context) {
	if f.pool != nil {
		f.pool.Close()
	}
	f.Drop(ctx)
}

// fill makes videos and as many jobs, an owner with jobs, and deletes one video in a hundred.
func fill(ctx context.Context, url string, videos int) error {
	db, err := database.Open(ctx, url, database.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	nouns, now := store.New(db), time.Now().UTC().Truncate(time.Microsecond)
	amount := seed.Options{Users: max(1, videos/10), Videos: videos, Jobs: videos, RandomSeed: 1, Until: now}
	if err := seed.Run(ctx, nouns, amount); err != nil {
		return err
	}
	user := models.User{ID: models.NewID(), Handle: owner, DisplayName: "Poller", CreatedAt: now}
	if err := errors.Join(nouns.AddUsers(ctx, []models.User{user}), nouns.AddAIJobs(ctx, jobsOf(user.ID, now))); err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE videos SET deleted_at = now(), deletion_reason = 'Bench' WHERE id IN (SELECT id FROM videos ORDER BY id LIMIT (SELECT count(*) / 100 FROM videos))",
		"UPDATE video_metadata SET deleted_at = videos.deleted_at FROM videos WHERE video_id = id AND videos.deleted_at IS NOT NULL",
		"VACUUM ANALYZE",
		"CHECKPOINT",
	} {
		if _, err := db.Pool.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// jobsOf are jobs in all states that a poll may find.
func jobsOf(owner models.ID, now time.Time) []models.AIJob {
	result, failure, code := "https://cdn.example.com/results/1.mp4", "The model ran out of memory", "WORKER_ERROR"
	jobs := make([]models.AIJob, ownJobs)
	for n := range jobs {
		j := models.AIJob{
			ID: models.NewID(), OwnerID: owner, Kind: models.AllAIJobKind[n%len(models.AllAIJobKind)], Status: models.AIJobStatusProcessing,
			Progress: n % 100, Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		switch n % 4 {
		case 0:
			j.Status, j.Progress, j.ResultURL, j.FinishedAt = models.AIJobStatusCompleted, 100, &result, &now
		case 1:
			j.Status, j.Error, j.ErrorCode, j.FinishedAt = models.AIJobStatusFailed, &failure, &code, &now
		}
		jobs[n] = j
	}
	return jobs
}

// look finds what is asked for in the database, which may be one of an earlier run.
func (f *fixture) look(ctx context.Context) error {
	var err error
	if f.pool, err = pgxpool.New(ctx, f.URL); err != nil {
		return err
	}
	for _, list := range []struct {
		ids *[]models.ID
		sql string
		arg any
	}{
		{&f.videos, "SELECT video_id FROM video_metadata ORDER BY video_id LIMIT $1", 10_000_000},
		{&f.trending, "SELECT video_id FROM video_metadata WHERE deleted_at IS NULL ORDER BY view_count DESC, video_id LIMIT $1", trending},
		{&f.busy, "SELECT video_id FROM video_metadata WHERE deleted_at IS NULL ORDER BY md5(video_id::text) LIMIT $1", busyVideos},
		{&f.jobs, "SELECT id FROM ai_jobs WHERE owner_id = (SELECT id FROM users WHERE handle = $1) ORDER BY id", owner},
		{&f.strangers, "SELECT id FROM ai_jobs WHERE owner_id <> (SELECT id FROM users WHERE handle = $1) ORDER BY id LIMIT 20", owner},
	} {
		rows, err := f.pool.Query(ctx, list.sql, list.arg)
		if err != nil {
			return err
		}
		if *list.ids, err = pgx.CollectRows(rows, pgx.RowTo[models.ID]); err != nil {
			return err
		}
	}
	if len(f.videos) < 100 || len(f.busy) == 0 || len(f.jobs) < ownJobs {
		return errors.New("the database has too few videos or jobs: raise -videos, or give -database another name")
	}
	var user models.ID
	if err := f.pool.QueryRow(ctx, "SELECT id FROM users WHERE handle = $1", owner).Scan(&user); err != nil {
		return err
	}
	if f.ownerToken, err = token(user); err != nil {
		return err
	}
	f.serviceToken, err = token(models.NewID(), models.RoleService)
	return err
}

// token is good for longer than anything takes here.
func token(user models.ID, roles ...models.Role) (string, error) {
	return auth.Config{Secret: []byte(secret)}.Sign(models.Caller{ID: user, Roles: roles, ExpiresAt: time.Now().Add(24 * time.Hour)})
}
