package main

import (
	"context"
	"errors"
	"time"

	"reelgraph/bench/rig"
	"reelgraph/internal/auth"
	"reelgraph/internal/database"
	"reelgraph/internal/seed"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// fixture is a seeded database, with what is polled of it.
type fixture struct {
	url    string
	videos []models.ID
	jobs   []models.ID
	token  string // of the jobs' owner
	drop   func()
}

// newFixture makes a database in the cluster. It is to be dropped.
func newFixture(ctx context.Context, cluster string, videos int) (*fixture, error) {
	made, err := rig.NewDatabase(ctx, cluster, "")
	if err != nil {
		return nil, err
	}
	f := &fixture{url: made.URL, drop: func() { made.Drop(ctx) }}
	if err := f.fill(ctx, videos); err != nil {
		f.drop()
		return nil, err
	}
	return f, nil
}

func (f *fixture) fill(ctx context.Context, videos int) error {
	db, err := database.Open(ctx, f.url, database.Options{})
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
	owner := models.User{ID: models.NewID(), Handle: "poller", DisplayName: "Poller", CreatedAt: now}
	jobs := make([]models.AIJob, polled)
	for n := range jobs {
		jobs[n] = models.AIJob{
			ID: models.NewID(), OwnerID: owner.ID, Kind: models.AIJobKindGenerate, Status: models.AIJobStatusQueued,
			Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		f.jobs = append(f.jobs, jobs[n].ID)
	}
	if err := errors.Join(nouns.AddUsers(ctx, []models.User{owner}), nouns.AddAIJobs(ctx, jobs)); err != nil {
		return err
	}
	f.token, err = auth.Config{Secret: []byte(secret)}.Sign(models.Caller{ID: owner.ID, ExpiresAt: now.Add(24 * time.Hour)})
	if err != nil {
		return err
	}
	f.videos, err = f.visible(ctx, db)
	return errors.Join(err, db.Write.WithContext(ctx).Exec("VACUUM ANALYZE").Error)
}

// visible are the newest videos that have not been deleted.
func (f *fixture) visible(ctx context.Context, db *database.DB) (ids []models.ID, err error) {
	err = db.Read.WithContext(ctx).Raw("SELECT id FROM videos WHERE deleted_at IS NULL ORDER BY created_at DESC LIMIT ?", polled).Scan(&ids).Error
	if err == nil && len(ids) < polled {
		err = errors.New("there are too few videos: raise -videos")
	}
	return ids, err
}
