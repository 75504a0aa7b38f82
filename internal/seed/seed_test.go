package seed

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

var until = time.Date(2026, 3, 1, 12, 30, 15, 123456789, time.UTC)

// content is all that a seed writes, in the order of keys.
type content struct {
	Users         []models.User
	Videos        []models.Video
	Metadata      []models.VideoMetadata
	Jobs          []models.AIJob
	Inboxes       []models.Inbox
	Notifications []models.Notification
}

func read(t *testing.T, db *testdb.DB) content {
	t.Helper()
	var c content
	for _, err := range []error{
		db.Write.Order("id").Find(&c.Users).Error,
		db.Write.Order("id").Find(&c.Videos).Error,
		db.Write.Order("video_id").Find(&c.Metadata).Error,
		db.Write.Order("id").Find(&c.Jobs).Error,
		db.Write.Order("user_id").Find(&c.Inboxes).Error,
		db.Write.Order("recipient_id, number").Find(&c.Notifications).Error,
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// add runs a seed in chunks small enough that every table has several.
func add(ctx context.Context, db *testdb.DB, options Options) error {
	if err := options.check(); err != nil {
		return err
	}
	r := newRows(options)
	r.chunk = 40
	return r.addTo(ctx, store.New(db.DB))
}

func mustAdd(t *testing.T, db *testdb.DB, options Options) content {
	t.Helper()
	if err := add(t.Context(), db, options); err != nil {
		t.Fatal(err)
	}
	return read(t, db)
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%.3000s", what, diff)
	}
}

func TestSameArgumentsSameRows(t *testing.T) {
	t.Parallel()
	options := Options{Users: 50, Videos: 90, Jobs: 60, Notifications: 170, RandomSeed: 11, Until: until}
	want := mustAdd(t, testdb.PostgreSQL(t), options)
	same(t, "how many", []int{50, 90, 90, 60, 170}, sizes(want))
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		same(t, "another database", want, mustAdd(t, db, options))
		if err := Run(t.Context(), store.New(db.DB), options); err != nil {
			t.Fatal(err)
		}
		same(t, "said again, in chunks of another size", want, read(t, db))
		options := options
		options.Until = until.Add(24 * time.Hour)
		same(t, "said again the day after", want, mustAdd(t, db, options))
	})
}

// The rows of a seed are for ever those of its arguments.
func TestRowsAreThoseOfEarlierReleases(t *testing.T) {
	t.Parallel()
	r := newRows(Options{Users: 1000, Videos: 1000, Jobs: 1000, Notifications: 1000, RandomSeed: 1, Until: until})
	u, v, j, n := r.user(17), r.video(17), r.job(17), r.notification(r.draft(17))
	same(t, "rows", []string{
		"f770053a-03f3-48e9-acb8-2a4c02b663ec lucia_garcia17.1 Lucía García 2025-10-03T16:59:32.583137Z\n",
		"8e32f7ef-8867-4c5c-bdc5-fdc82b4738ec df9f47dc-ce18-4298-bb27-8ec4a8e286d9 A day with northern lights 1517 124 2026-01-23T05:51:48.473658Z\n",
		"80c12374-330b-4239-bebd-940b4ab8796d 023871bb-9bb3-45c4-a435-136fa25ec88e CAPTION FAILED 5 2026-02-18T15:53:43.330591Z 2026-02-18T16:06:20.156016Z\n",
		"a9bb4c67-920f-4113-abc6-e347aa3a5f3b ae6ffe60-01a0-439c-8113-13709e973041 FOLLOW يوسف الصالح follows you 2026-02-21T02:18:26.259897Z\n",
	}, []string{
		fmt.Sprintln(u.ID, u.Handle, u.DisplayName, u.CreatedAt.Format(time.RFC3339Nano)),
		fmt.Sprintln(v.Video.ID, v.Video.OwnerID, v.Video.Title, v.Metadata.ViewCount, v.Metadata.LikeCount, v.Video.CreatedAt.Format(time.RFC3339Nano)),
		fmt.Sprintln(j.ID, j.OwnerID, j.Kind, j.Status, j.Progress, j.CreatedAt.Format(time.RFC3339Nano), j.UpdatedAt.Format(time.RFC3339Nano)),
		fmt.Sprintln(n.ID, n.RecipientID, n.Category, n.Title, n.CreatedAt.Format(time.RFC3339Nano)),
	})
}

func TestGrowthAddsTheRest(t *testing.T) {
	t.Parallel()
	small := Options{Users: 20, Videos: 40, Jobs: 50, Notifications: 90, RandomSeed: 3, Until: until}
	large := Options{Users: 50, Videos: 80, Jobs: 90, Notifications: 190, RandomSeed: 3, Until: until}
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		before := mustAdd(t, db, small)
		after := mustAdd(t, db, large)
		same(t, "users", before.Users, kept(after.Users, before.Users, func(u models.User) models.ID { return u.ID }))
		same(t, "videos", before.Videos, kept(after.Videos, before.Videos, func(v models.Video) models.ID { return v.ID }))
		same(t, "counters", before.Metadata, kept(after.Metadata, before.Metadata, func(m models.VideoMetadata) models.ID { return m.VideoID }))
		same(t, "jobs", before.Jobs, kept(after.Jobs, before.Jobs, func(j models.AIJob) models.ID { return j.ID }))
		same(t, "notifications", before.Notifications, kept(after.Notifications, before.Notifications, func(n models.Notification) models.ID { return n.ID }))
		same(t, "how many", []int{50, 80, 80, 90, 190}, sizes(after))
		holds(t, db)
		// A smaller one again, and another seed beside it.
		same(t, "after a smaller run", after, mustAdd(t, db, small))
		small := small
		small.RandomSeed = 4
		same(t, "beside another seed's", []int{70, 120, 120, 140, 280}, sizes(mustAdd(t, db, small)))
		holds(t, db)
	})
}

// sizes are how many users, videos, counters, jobs and notifications there are.
func sizes(c content) []int {
	return []int{len(c.Users), len(c.Videos), len(c.Metadata), len(c.Jobs), len(c.Notifications)}
}

// kept are the rows of all that are among some.
func kept[T any](all, some []T, id func(T) models.ID) []T {
	among := map[models.ID]bool{}
	for _, row := range some {
		among[id(row)] = true
	}
	var kept []T
	for _, row := range all {
		if among[id(row)] {
			kept = append(kept, row)
		}
	}
	return kept
}

func TestRowsDoNotDependOnHowManyThereAre(t *testing.T) {
	t.Parallel()
	few := newRows(Options{Users: 50, Videos: 60, Jobs: 70, Notifications: 80, RandomSeed: 5, Until: until})
	many := newRows(Options{Users: 50, Videos: 60, Jobs: 70, Notifications: 80_000, RandomSeed: 5, Until: until})
	for row := range 80 {
		same(t, "notification", few.notification(few.draft(row)), many.notification(many.draft(row)))
	}
	many = newRows(Options{Users: 50, Videos: 60_000, Jobs: 70, RandomSeed: 5, Until: until})
	for row := range 60 {
		same(t, "video", few.video(row), many.video(row))
	}
	many = newRows(Options{Users: 50, Videos: 60, Jobs: 70_000, RandomSeed: 5, Until: until})
	for row := range 70 {
		same(t, "job", few.job(row), many.job(row))
	}
}

func TestBrokenOffAndFinished(t *testing.T) {
	t.Parallel()
	options := Options{Users: 50, Videos: 90, Jobs: 30, Notifications: 130, RandomSeed: 9, Until: until}
	want := mustAdd(t, testdb.SQLite(t), options)
	for table, chunks := range map[string]int{"users": 1, "videos": 2, "notifications": 3} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			testdb.Each(t, func(t *testing.T, db *testdb.DB) {
				ctx, cancel := context.WithCancel(t.Context())
				stopped := options
				stopped.Progress = func(at string, done, _ int) {
					if at == table && done == chunks*40 {
						cancel()
					}
				}
				if err := add(ctx, db, stopped); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "seed "+table) {
					t.Fatalf("broken off: %v", err)
				}
				same(t, "finished", want, mustAdd(t, db, options))
			})
		})
	}
}

func TestProgressAddsUp(t *testing.T) {
	t.Parallel()
	var got []string
	options := Options{Users: 40, Videos: 50, Jobs: 1, RandomSeed: 9, Until: until,
		Progress: func(table string, done, total int) { got = append(got, fmt.Sprintf("%s %d/%d", table, done, total)) }}
	mustAdd(t, testdb.SQLite(t), options)
	same(t, "progress", []string{"users 40/40", "videos 40/50", "videos 50/50", "jobs 1/1"}, got)
}

func TestOptionsThatCannotBeMet(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	for _, test := range []struct {
		options Options
		says    string
	}{
		{Options{Users: -1, Until: until}, "users must be 0 to 1000000000, not -1"},
		{Options{Users: 1, Videos: -2, Until: until}, "videos must be"},
		{Options{Users: 1, Jobs: -2, Until: until}, "jobs must be"},
		{Options{Users: 1, Notifications: -2, Until: until}, "notifications must be"},
		{Options{Users: 1_000_000_001, Until: until}, "users must be"},
		{Options{Videos: 10, Until: until}, "users must be at least 1, for the 10 videos to belong to"},
		{Options{Jobs: 10, Until: until}, "for the 10 jobs to belong to"},
		{Options{Notifications: 10, Until: until}, "for the 10 notifications to belong to"},
		{Options{Users: 1}, "until must be"},
	} {
		err := Run(t.Context(), store.New(db.DB), test.options)
		var coded *models.Error
		if !errors.As(err, &coded) || coded.Code != models.CodeBadUserInput || !strings.Contains(coded.Message, test.says) {
			t.Errorf("%+v: %v", test.options, err)
		}
	}
}

func TestNothingOfSomeKind(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		mustAdd(t, db, Options{RandomSeed: 1, Until: until})
		mustAdd(t, db, Options{Users: 1, Jobs: 60, Notifications: 80, RandomSeed: 2, Until: until})
		mustAdd(t, db, Options{Users: 2, Videos: 1, Notifications: 80, RandomSeed: 3, Until: until})
		got := mustAdd(t, db, Options{Users: 3, Notifications: 30, RandomSeed: 4, Until: until})
		same(t, "how many", []int{6, 1, 1, 60, 190}, sizes(got))
		holds(t, db)
	})
}

func TestHandleOfAnother(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		taken := newRows(Options{Users: 20, RandomSeed: 6, Until: until}).user(13).Handle
		db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, ?, 'X')", models.NewID(), taken)
		err := add(t.Context(), db, Options{Users: 20, RandomSeed: 6, Until: until})
		if err == nil || err.Error() != fmt.Sprintf("seed users: the handle %q belongs to another user", taken) {
			t.Errorf("%v", err)
		}
		if got := read(t, db); len(got.Users) != 1 {
			t.Errorf("%d users", len(got.Users))
		}
	})
}

// wire counts what goes over PostgreSQL's wire.
type wire struct {
	mu         sync.Mutex
	statements []string
}

func (w *wire) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statements = append(w.statements, strings.Join(strings.Fields(q.SQL), " "))
	return ctx
}
func (*wire) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestStatementsDoNotGrowWithRows(t *testing.T) {
	t.Parallel()
	count := func(t *testing.T, db *testdb.DB, rows int) int {
		options := Options{Users: rows, Videos: rows, Jobs: rows, Notifications: rows, RandomSeed: uint64(rows), Until: until}
		st, w := store.New(db.DB), &wire{}
		if db.Dialect == database.PostgreSQL {
			config := db.Pool.Config()
			config.ConnConfig.Tracer = w
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			traced := *db.DB
			traced.Pool = pool
			st = store.New(&traced)
		}
		statements := db.Record(func() {
			if err := Run(t.Context(), st, options); err != nil {
				t.Fatal(err)
			}
		})
		statements = append(statements, w.statements...)
		if len(statements) > 40 {
			t.Errorf("%d statements for %d rows:\n%s", len(statements), rows, strings.Join(statements, "\n"))
		}
		return len(statements)
	}
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		if few, many := count(t, db, 20), count(t, db, 200); few != many || few < 10 {
			t.Errorf("%d statements for a few rows, %d for many", few, many)
		}
	})
}

func TestHandlesAreHandles(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z0-9_.]{1,30}$`)
	scripts := regexp.MustCompile(`\p{Hangul}|\p{Arabic}|\p{Devanagari}|\p{Cyrillic}|\p{Greek}|\p{Han}`)
	seen, foreign := map[string]bool{}, 0
	for _, seed := range []uint64{0, 1, 10, 36, 1<<64 - 1} {
		r := newRows(Options{RandomSeed: seed, Until: until})
		for _, row := range []int{0, 1, 2, 9, 10, 11, 100, 101, 110, 12345, maxRows - 1} {
			user := r.user(row)
			if !form.MatchString(user.Handle) || seen[user.Handle] {
				t.Errorf("seed %d, row %d: %q", seed, row, user.Handle)
			}
			seen[user.Handle] = true
			if scripts.MatchString(user.DisplayName) {
				foreign++
			}
		}
	}
	if foreign < len(seen)/3 {
		t.Errorf("%d of %d names in other scripts", foreign, len(seen))
	}
}
