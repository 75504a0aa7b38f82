package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

const (
	// inFlight is how many clients call at once, eventsPerCall what each sends by one call.
	inFlight      = 64
	eventsPerCall = 20
	// callsPerRound and updatesPerRound are what each client does before the other side has its turn.
	callsPerRound   = 40
	updatesPerRound = 60
)

// BenchmarkActivity counts views in groups and by one UPDATE for each, in turns, on the same connections. Its
// figures mean something on a cluster that keeps what it has promised: DURABLE=1 scripts/with-postgres.
func BenchmarkActivity(b *testing.B) {
	for _, videos := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("videos=%d", videos), func(b *testing.B) {
			url := strings.Replace(testdb.PostgreSQL(b).URL, "pool_max_conns=4", "pool_max_conns=16", 1)
			db := opened(b, url)
			fillVideos(b, db, videos)
			var grouped, single time.Duration
			rounds := 0
			for b.Loop() {
				grouped += allAtOnce(b, callsPerRound, sendActivity(db, videos))
				single += allAtOnce(b, updatesPerRound, updateViews(db, videos))
				rounds++
			}
			closed(b, db)
			b.ReportMetric(0, "ns/op")
			ours := float64(rounds*inFlight*callsPerRound*eventsPerCall) / grouped.Seconds()
			theirs := float64(rounds*inFlight*updatesPerRound) / single.Seconds()
			b.ReportMetric(ours, "grouped/s")
			b.ReportMetric(theirs, "single/s")
			b.ReportMetric(ours/theirs, "times")
			updates, hot := updatesOf(b, url, func(db *database.DB) { allAtOnce(b, callsPerRound, sendActivity(db, videos)) })
			b.ReportMetric(float64(updates), "n_tup_upd")
			b.ReportMetric(float64(hot), "n_tup_hot_upd")
		})
	}
}

func opened(b *testing.B, url string) *database.DB {
	b.Helper()
	db, err := database.Open(b.Context(), url, database.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func closed(b *testing.B, db *database.DB) {
	b.Helper()
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

func fillVideos(b *testing.B, db *database.DB, videos int) {
	b.Helper()
	owner, list := id(0), make([]models.ID, videos)
	for n := range list {
		list[n] = id(n)
	}
	for _, err := range []error{
		db.Write.Exec("INSERT INTO users (id, handle, display_name) VALUES (?, 'h', 'H')", owner).Error,
		db.Write.Exec("INSERT INTO videos (id, owner_id, title, playback_url) SELECT id, ?, 'V', 'p' FROM ?",
			owner, db.Rows("made", database.Column{Name: "id", Values: list})).Error,
		db.Write.Exec("VACUUM ANALYZE video_metadata").Error,
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
}

// allAtOnce has all clients do something a number of times, and gives how long that took.
func allAtOnce(b *testing.B, times int, do func(context.Context) error) time.Duration {
	b.Helper()
	began := time.Now()
	var clients sync.WaitGroup
	for range inFlight {
		clients.Go(func() {
			for range times {
				if err := do(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	return time.Since(began)
}

// sendActivity is one call of views of random videos.
func sendActivity(db *database.DB, videos int) func(context.Context) error {
	s := store.New(db)
	return func(ctx context.Context) error {
		events := make([]store.Activity, eventsPerCall)
		for i := range events {
			events[i] = store.Activity{VideoID: id(rand.IntN(videos)), Kind: models.VideoActivityKindView, Count: 1}
		}
		_, err := s.RecordActivity(ctx, id(0), strconv.FormatUint(rand.Uint64(), 36), events)
		return err
	}
}

// updateViews is one view of a random video.
func updateViews(db *database.DB, videos int) func(context.Context) error {
	return func(ctx context.Context) error {
		return db.Write.WithContext(ctx).Exec("UPDATE video_metadata SET view_count = view_count + 1 WHERE video_id = ?", id(rand.IntN(videos))).Error
	}
}

// updatesOf tells how many rows of counters were updated during work, and how many of them within their page,
// without a word in an index. Connections tell of that when they end.
func updatesOf(b *testing.B, url string, work func(*database.DB)) (updates, hot int) {
	b.Helper()
	read := func() (updates, hot int) {
		db := opened(b, url)
		defer closed(b, db)
		err := db.Read.Raw("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'video_metadata'").Row().Scan(&updates, &hot)
		if err != nil {
			b.Fatal(err)
		}
		return updates, hot
	}
	updatesBefore, hotBefore := read()
	db := opened(b, url)
	work(db)
	closed(b, db)
	updates, hot = read()
	return updates - updatesBefore, hot - hotBefore
}
