// Package seed fills a database with plausible data: any amount of it for trying the program under
// load, and the small world that the demo shows.
package seed

import (
	"context"
	"fmt"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

const (
	// maxRows bounds a table.
	maxRows = 1_000_000_000
	// chunkRows are written in one transaction, and are all that is held in memory.
	chunkRows = 10_000
)

// Options say how much there shall be.
type Options struct {
	// Users, Videos, Jobs and Notifications are how many of them there are in the end, those of
	// earlier runs with the same RandomSeed included. The others belong to users, and so need at least one.
	Users, Videos, Jobs, Notifications int
	// RandomSeed chooses the data. Those of different seeds stand side by side in one database.
	RandomSeed uint64
	// Until is when the newest things happened. Ids do not depend on it.
	Until time.Time
	// Progress, where set, is told after every so many rows of a table how many are done.
	Progress func(table string, done, total int)
}

func (o Options) check() error {
	for _, amount := range []struct {
		name string
		rows int
	}{{"users", o.Users}, {"videos", o.Videos}, {"jobs", o.Jobs}, {"notifications", o.Notifications}} {
		if amount.rows < 0 || amount.rows > maxRows {
			return models.BadInput(amount.name, fmt.Sprintf("%s must be 0 to %d, not %d", amount.name, maxRows, amount.rows))
		}
		if amount.rows > 0 && o.Users == 0 {
			return models.BadInput("users", fmt.Sprintf("users must be at least 1, for the %d %s to belong to", amount.rows, amount.name))
		}
	}
	if o.Until.Year() < 1900 || o.Until.Year() > 9999 {
		return models.BadInput("until", "until must be a time from the year 1900 to the year 9999")
	}
	return nil
}

// Run adds what is missing of the rows that the options ask for, and changes none that is there. The same
// options give the same rows in every database; a run that was broken off is finished by the
// next. Options that cannot be met are a BAD_USER_INPUT that names the one at fault.
func Run(ctx context.Context, st *store.Store, options Options) error {
	if err := options.check(); err != nil {
		return err
	}
	return newRows(options).addTo(ctx, st)
}

func (r *rows) addTo(ctx context.Context, st *store.Store) error {
	if err := fill(ctx, r, "users", r.users, r.Users, r.user, st.AddUsers); err != nil {
		return err
	}
	if err := fill(ctx, r, "videos", r.videos, r.Videos, r.video, st.AddVideos); err != nil {
		return err
	}
	if err := fill(ctx, r, "jobs", r.jobs, r.Jobs, r.job, st.AddAIJobs); err != nil {
		return err
	}
	send := func(ctx context.Context, drafts []draft) error { return r.send(ctx, st, drafts) }
	if err := fill(ctx, r, "notifications", r.notifications, r.Notifications, r.draft, send); err != nil {
		return err
	}
	return st.Analyze(ctx)
}

// fill adds the first n rows of a table, the oldest first, in one transaction for each chunk.
func fill[T any](ctx context.Context, r *rows, table string, line timeline, n int, row func(int) T, add func(context.Context, []T) error) error {
	done := 0
	chunk := make([]T, 0, min(n, r.chunk))
	for number := range line.oldestFirst(n) {
		chunk = append(chunk, row(number))
		if done++; len(chunk) < r.chunk && done < n {
			continue
		}
		if err := add(ctx, chunk); err != nil {
			return fmt.Errorf("seed %s: %w", table, err)
		}
		chunk = chunk[:0]
		if r.Progress != nil {
			r.Progress(table, done, n)
		}
	}
	return nil
}
