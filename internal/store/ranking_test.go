package store_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

var seed = flag.Uint64("seed", 0, "seed of random tests; 0 is a new one each time")

// refresh brings the ranking up to date, however late the last refresh was.
func (f fixture) refresh(t *testing.T) {
	t.Helper()
	f.Exec(t, "UPDATE rankings SET refreshed_at = ?", at(-1_000_000))
	if err := f.RefreshRanking(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) generation(t *testing.T) int64 {
	t.Helper()
	var ranking models.Ranking
	if err := f.Read.Take(&ranking).Error; err != nil {
		t.Fatal(err)
	}
	return ranking.Generation
}

// trending is a page of the ranking and the place behind it.
func (f fixture) trending(t *testing.T, after *store.RankKey, first int) ([]models.ID, *store.RankKey) {
	t.Helper()
	page, err := f.TrendingVideos(t.Context(), nil, after, first)
	if err != nil {
		t.Fatal(err)
	}
	var got []models.ID
	for _, video := range page.Items {
		got = append(got, video.ID)
		after = rankKey(video)
	}
	return got, after
}

func rankKey(v *store.RankedVideo) *store.RankKey {
	return &store.RankKey{CountKey: store.CountKey{Count: v.RankCount, ID: v.ID}, Generation: v.Generation}
}

func TestTrendingVideos(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2)
		for n, views := range map[int]int{11: 50, 12: 50, 13: 900, 14: 0, 15: 70, 16: 50, 17: 60} {
			f.video(t, n, 1+n%2, n)
			f.views(t, n, views)
		}
		f.deleteVideo(t, 17)
		f.block(t, 7, 1, 0)
		wantPages(t, f, nil, func(after *store.RankKey, first int) (store.Page[*store.RankedVideo], error) {
			return f.TrendingVideos(t.Context(), nil, after, first)
		}, func(v *store.RankedVideo) (models.ID, store.RankKey) { return v.ID, *rankKey(v) })
		f.refresh(t)
		for _, c := range []struct {
			viewer *models.ID
			want   []models.ID
		}{
			{nil, ids(13, 15, 16, 12, 11, 14)}, {new(id(8)), ids(13, 15, 16, 12, 11, 14)},
			{new(id(7)), ids(13, 15, 11)}, // Without those of user 1.
		} {
			wantPages(t, f, c.want, func(after *store.RankKey, first int) (store.Page[*store.RankedVideo], error) {
				return f.TrendingVideos(t.Context(), c.viewer, after, first)
			}, func(v *store.RankedVideo) (models.ID, store.RankKey) { return v.ID, *rankKey(v) })
		}
		f.views(t, 14, 1000)
		if got, _ := f.trending(t, nil, 1); !cmp.Equal(ids(13), got) {
			t.Errorf("before the next refresh the first is %v", got)
		}
		f.refresh(t)
		if got, _ := f.trending(t, nil, 2); !cmp.Equal(ids(14, 13), got) {
			t.Errorf("after it they are %v", got)
		}
	})
}

// TestAWalkShowsNoVideoTwice, whatever falls, comes and goes between its pages.
func TestAWalkShowsNoVideoTwice(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1)
		for n, views := range map[int]int{11: 100, 12: 90, 13: 80, 14: 70, 15: 60, 16: 40, 17: 30} {
			f.video(t, n, 1, n)
			f.views(t, n, views)
		}
		f.refresh(t)
		page, place := f.trending(t, nil, 2)
		if !cmp.Equal(ids(11, 12), page) || place.Generation != 1 {
			t.Fatal(page, place)
		}
		f.views(t, 11, 75) // It was shown, and is now below the walk's place.
		f.deleteVideo(t, 12)
		f.views(t, 17, 35) // Rising within what is still to come is no reason to be left out.
		f.refresh(t)
		if page, place = f.trending(t, place, 2); !cmp.Equal(ids(13, 14), page) || place.Generation != 1 {
			t.Error(page, place)
		}
		f.Exec(t, "UPDATE videos SET deleted_at = NULL") // 12 comes back to where the walk has not been yet.
		f.views(t, 12, 55)
		f.video(t, 18, 1, 18) // Nobody can tell it from one that went and came back.
		f.views(t, 18, 50)
		f.refresh(t)
		if page, _ = f.trending(t, place, 10); !cmp.Equal(ids(15, 16, 17), page) {
			t.Error(page)
		}
		if page, _ = f.trending(t, nil, 10); !cmp.Equal(ids(13, 11, 14, 15, 12, 18, 16, 17), page) {
			t.Error("a new walk: ", page)
		}
	})
}

// TestWalksAtRandom: counts go up and down and videos come and go at will while walks go on.
func TestWalksAtRandom(t *testing.T) {
	t.Parallel()
	s := *seed
	for s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	onFixtures(t, func(t *testing.T, f fixture) {
		random := rand.New(rand.NewPCG(s, 0))
		f.users(t, 1)
		const videos = 12
		for n := range videos {
			f.video(t, n, 1, n)
			f.views(t, n, random.IntN(20))
		}
		f.refresh(t)
		for range 15 {
			shown := map[models.ID]bool{}
			page, place := f.trending(t, nil, 1+random.IntN(4))
			for len(page) > 0 {
				for _, video := range page {
					if shown[video] {
						t.Errorf("%v twice", video)
					}
					shown[video] = true
				}
				for range random.IntN(4) {
					f.views(t, random.IntN(videos), random.IntN(20))
				}
				if n := random.IntN(videos); random.IntN(2) == 0 {
					f.deleteVideo(t, n)
				} else {
					f.Exec(t, "UPDATE videos SET deleted_at = NULL WHERE id = ?", id(n))
				}
				f.refresh(t)
				page, place = f.trending(t, place, 1+random.IntN(4))
			}
		}
	})
}

// manyVideos adds videos 0 to count-1; video n has n views.
func (f fixture) manyVideos(t *testing.T, count int) {
	t.Helper()
	f.users(t, 1)
	series, video := "FROM users, generate_series(0, ?) AS n", "uuid_in(('00000000-0000-0000-0000-' || to_char(n, 'FM000000000000'))::cstring)"
	if f.Dialect == database.SQLite {
		series, video = "FROM users, (WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < ?) SELECT n FROM s)", "'00000000-0000-0000-0000-' || printf('%012d', n)"
	}
	f.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) SELECT "+video+", users.id, '', '' "+series, count-1)
	f.Exec(t, "UPDATE video_metadata SET version = 2, view_count = CAST(substr(CAST(video_id AS text), 25) AS integer)")
}

// TestTheRankingIsBounded on PostgreSQL alone: so many rows take the race detector half a minute in the
// embedded database, whose statement has the same bound.
func TestTheRankingIsBounded(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	f.manyVideos(t, 10_005)
	wantBounds := func(want string) {
		t.Helper()
		var b struct{ Count, Least, Most int64 }
		if err := f.Read.Raw("SELECT count(*) AS count, min(view_count) AS least, max(view_count) AS most FROM video_ranks").Scan(&b).Error; err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(b); got != want {
			t.Errorf("count, least and most are %s, want %s", got, want)
		}
	}
	f.refresh(t)
	wantBounds("{10000 5 10004}")
	f.Exec(t, "UPDATE video_metadata SET view_count = 20000 WHERE view_count < 3")
	f.refresh(t)
	wantBounds("{10000 8 20000}")
}

// TestARefreshWritesWhatMoved, and no row besides.
func TestARefreshWritesWhatMoved(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	f.manyVideos(t, 50)
	f.refresh(t)
	// What tells of a row's being written or locked.
	touched := func() (rows []string) {
		t.Helper()
		if err := f.Read.Raw("SELECT video_id || ' ' || ctid || ' ' || xmin || ' ' || xmax FROM video_ranks ORDER BY video_id").Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		return rows
	}
	before := touched()
	f.refresh(t)
	if diff := cmp.Diff(before, touched()); diff != "" {
		t.Errorf("nothing has moved, but: %s", diff)
	}
	f.Exec(t, "UPDATE video_metadata SET view_count = 99 WHERE view_count = 7")
	f.refresh(t)
	changed := 0
	for n, row := range touched() {
		if row != before[n] {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("one has moved, but %d rows were written", changed)
	}
}

// TestAnIdleFileStaysAsItIs: a refresh of SQLite's that finds nothing commits nothing.
func TestAnIdleFileStaysAsItIs(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.SQLite(t)}
	f.Store = store.New(f.DB.DB)
	f.manyVideos(t, 50)
	if err := f.RefreshRanking(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := f.Read.Connection(func(conn *gorm.DB) error {
		version := func() (n int) {
			t.Helper()
			if err := conn.Raw("PRAGMA data_version").Scan(&n).Error; err != nil {
				t.Error(err)
			}
			return n
		}
		before := version()
		for range 3 {
			if err := f.RefreshRanking(t.Context()); err != nil {
				return err
			}
		}
		if after := version(); after != before {
			t.Error("the file was written")
		}
		f.views(t, 0, 1) // Of no video.
		f.Exec(t, "UPDATE video_metadata SET view_count = 99 WHERE view_count = 7")
		before = version()
		if err := f.RefreshRanking(t.Context()); err != nil {
			return err
		}
		if after := version(); after == before || f.generation(t) != 2 {
			t.Errorf("the move of a video was not written; generation %d", f.generation(t))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestOneInstanceRefreshes: of many that are at it together one does, and none again soon after.
func TestOneInstanceRefreshes(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	f := fixture{store.New(db.DB), db}
	f.manyVideos(t, 100)
	refreshes := func() {
		t.Helper()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := f.RefreshRanking(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	for round := range 5 {
		f.Exec(t, "UPDATE rankings SET refreshed_at = ?", at(-1_000_000))
		refreshes()
		if n := f.generation(t); n != int64(round+1) {
			t.Fatalf("generation %d after %d rounds", n, round+1)
		}
	}
	f.Exec(t, "UPDATE rankings SET refreshed_at = now() - interval '0.5 s'")
	refreshes()
	if n := f.generation(t); n != 5 {
		t.Errorf("refreshed again within the interval: generation %d", n)
	}
	f.Exec(t, "UPDATE rankings SET refreshed_at = now() - interval '1.5 s'")
	other := db.Write.Begin()
	defer other.Rollback()
	if err := other.Exec("SELECT pg_advisory_xact_lock(?)", 0x7265656c72616e6b).Error; err != nil {
		t.Fatal(err)
	}
	refreshes() // Another instance is at it: nobody waits for it.
	if n := f.generation(t); n != 5 {
		t.Errorf("refreshed beside another instance: generation %d", n)
	}
}

// TestKeepRanking runs on the bubble's clock. The embedded database alone can live in one.
func TestKeepRanking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := testdb.SQLite(t)
		f := fixture{store.New(db.DB), db}
		f.users(t, 1)
		f.video(t, 11, 1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.KeepRanking(ctx, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		after := func(d time.Duration) []string {
			<-time.After(d)
			synctest.Wait()
			return strings.Split(strings.TrimSpace(log.String()), "\n")
		}
		if lines := after(5 * time.Second); lines[0] != "" || f.generation(t) != 1 {
			t.Errorf("generation %d, log %q", f.generation(t), lines)
		}
		f.Exec(t, "ALTER TABLE video_ranks RENAME TO elsewhere")
		if lines := after(20 * time.Second); len(lines) != 1 || !strings.Contains(lines[0], "level=WARN") || !strings.Contains(lines[0], "no such table") {
			t.Errorf("while it fails the log is %q", lines)
		}
		f.Exec(t, "ALTER TABLE elsewhere RENAME TO video_ranks")
		f.views(t, 11, 7)
		if lines := after(20 * time.Second); len(lines) != 2 || !strings.Contains(lines[1], "level=INFO") || f.generation(t) != 2 {
			t.Errorf("when it works again the log is %q, generation %d", lines, f.generation(t))
		}
		cancel()
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Error("it goes on")
		}
		if lines := after(20 * time.Second); len(lines) != 2 {
			t.Errorf("its end is in the log: %q", lines)
		}
	})
}
