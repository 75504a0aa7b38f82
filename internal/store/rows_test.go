package store_test

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// polledRow are two rows of a table that is read by hand: in one each column has a value that no other has, in the other whatever may
// be NULL is.
type polledRow struct {
	insert, empty string
	byHand        func(*store.Store, context.Context, []models.ID) (any, error)
	live          func(*store.Store, context.Context, []models.ID) (any, error)
	byGORM        func(*gorm.DB) (any, error)
}

func asAny[T any](read func(*store.Store, context.Context, []models.ID) (map[models.ID]*T, error)) func(*store.Store, context.Context, []models.ID) (any, error) {
	return func(s *store.Store, ctx context.Context, ids []models.ID) (any, error) {
		found, err := read(s, ctx, ids)
		return found, err
	}
}

func found[T any](id func(*T) models.ID) func(*gorm.DB) (any, error) {
	return func(db *gorm.DB) (any, error) {
		var rows []*T
		err := db.Find(&rows).Error
		keyed := map[models.ID]*T{}
		for _, row := range rows {
			keyed[id(row)] = row
		}
		return keyed, err
	}
}

var polledRows = map[string]polledRow{
	"video_metadata": {
		insert: `INSERT INTO video_metadata (video_id, owner_id, view_count, like_count, comment_count, remix_count, glitch_count, version, updated_at, deleted_at)
			VALUES ('a0000000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000005', 9007199254740991, 2, 3, 4, 5, 4294967296,
			'1999-12-31 23:59:59.999999+00:00', '2262-04-12 00:00:00.000001+00:00')`,
		empty: `INSERT INTO video_metadata (video_id, owner_id, updated_at) VALUES ('ffffffff-ffff-ffff-ffff-fffffffffff2',
			'a0000000-0000-0000-0000-000000000005', '2000-01-01 00:00:00+00:00')`,
		byHand: asAny((*store.Store).VideoMetadataByVideoID),
		live:   asAny((*store.Store).LiveVideoMetadata),
		byGORM: found(func(m *models.VideoMetadata) models.ID { return m.VideoID }),
	},
	"ai_jobs": {
		insert: `INSERT INTO ai_jobs (id, owner_id, kind, status, progress, result_url, error, error_code, prompt, source_video_id, idempotency_key,
			charged, worker_id, lease_expires_at, lease_seconds, attempts, version, created_at, started_at, finished_at, updated_at)
			VALUES ('a0000000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000005', 'GLITCH', 'PROCESSING', 3, 'r', 'e', 'c', 'ä', 'ffffffff-ffff-ffff-ffff-fffffffffff2', '',
			2147483647, 'a0000000-0000-0000-0000-000000000006', '0001-01-01 00:00:00+00:00', 9, 10, 9223372036854775807, '2001-01-01 00:00:00+00:00', '2002-01-01 00:00:00+00:00',
			'9999-12-31 23:59:59.999999+00:00', '2004-01-01 00:00:00.1+00:00')`,
		empty: `INSERT INTO ai_jobs (id, owner_id, kind, created_at, updated_at) VALUES ('ffffffff-ffff-ffff-ffff-fffffffffff2', 'a0000000-0000-0000-0000-000000000005', 'CAPTION',
			'2001-01-01 00:00:00+00:00', '2001-01-01 00:00:00+00:00')`,
		byHand: asAny((*store.Store).AIJobsByID),
		live:   asAny((*store.Store).LiveAIJobs),
		byGORM: found(func(j *models.AIJob) models.ID { return j.ID }),
	},
}

// addPolled adds the rows of polledRows, and gives their ids with one that has no row.
func addPolled(t testing.TB, db *testdb.DB) []models.ID {
	t.Helper()
	db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'u', '')", id(5))
	second, _ := models.ParseID("ffffffff-ffff-ffff-ffff-fffffffffff2")
	all := []models.ID{id(1), second, id(3)}
	for _, video := range all[:2] {
		db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) VALUES (?, ?, '', '')", video, id(5))
		db.Exec(t, "DELETE FROM video_metadata WHERE video_id = ?", video)
	}
	for _, table := range polledRows {
		db.Exec(t, table.insert)
		db.Exec(t, table.empty)
	}
	return all
}

// TestPolledRowsAreWhatGORMReads, every field of them, in whichever way pgx talks to PostgreSQL.
func TestPolledRowsAreWhatGORMReads(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		all := addPolled(t, db)
		modes := []string{""}
		if db.Dialect == database.PostgreSQL {
			modes = append(modes, "cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol")
		}
		for _, mode := range modes {
			opened := db.DB
			if mode != "" {
				var err error
				if opened, err = database.Open(t.Context(), db.URL+"&default_query_exec_mode="+mode, database.Options{}); err != nil {
					t.Fatal(err)
				}
				defer opened.Close()
			}
			for name, table := range polledRows {
				want, err := table.byGORM(opened.Read)
				if err != nil {
					t.Fatal(err)
				}
				if full := reflect.ValueOf(want).MapIndex(reflect.ValueOf(id(1))).Elem(); len(zeros(full)) > 0 || reflect.ValueOf(want).Len() != 2 {
					t.Errorf("%s: the row shows nothing of %v", name, zeros(full))
				}
				for _, read := range []func(*store.Store, context.Context, []models.ID) (any, error){table.byHand, table.live} {
					for range 2 { // Prepared, and once more.
						got, err := read(store.New(opened), t.Context(), all)
						if diff := cmp.Diff(want, got); diff != "" || err != nil {
							t.Errorf("%s %s: %s %v", name, mode, diff, err)
						}
					}
				}
			}
		}
	})
}

// zeros are the fields of a struct that have their zero value.
func zeros(value reflect.Value) (names []string) {
	for n := range value.NumField() {
		if value.Field(n).IsZero() {
			names = append(names, value.Type().Field(n).Name)
		}
	}
	return names
}

// TestPolledRowsOutliveMigrations: a statement that a connection has prepared is good when there is a column more.
func TestPolledRowsOutliveMigrations(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		all, s := addPolled(t, db), store.New(db.DB)
		for name, table := range polledRows {
			before, err := table.byHand(s, t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			db.Exec(t, "ALTER TABLE "+name+" ADD COLUMN more integer")
			after, err := table.byHand(s, t.Context(), all)
			if diff := cmp.Diff(before, after); diff != "" || err != nil {
				t.Errorf("%s: %s %v", name, diff, err)
			}
		}
	})
}

// TestPolledRowsAreToldOf as what goes through GORM is, and fail as that does.
func TestPolledRowsAreToldOf(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		all := addPolled(t, db)
		for name, table := range polledRows {
			var told []string
			opened, err := database.Open(t.Context(), db.URL, database.Options{Trace: func(ctx context.Context, sql string, began time.Time, rows int64, err error) {
				if !strings.Contains(sql, name) || time.Since(began) < 0 || (err == nil) != (rows == 2) || (err == nil) != (ctx.Err() == nil) {
					t.Errorf("told of %q, begun %v, with %d rows and %v", sql, began, rows, err)
				}
				told = append(told, store.Method())
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			s := store.New(opened)
			ended, end := context.WithCancel(t.Context())
			end()
			_, err1 := table.byHand(s, t.Context(), all)
			_, err2 := table.live(s, t.Context(), all)
			_, err3 := table.byHand(s, ended, all)
			if err1 != nil || err2 != nil || err3 == nil {
				t.Errorf("%s: %v, %v; and where nobody waits any more %v", name, err1, err2, err3)
			} else {
				wantCode(t, err3, models.CodeServiceUnavailable)
			}
			want := map[string][]string{
				"video_metadata": {"VideoMetadataByVideoID", "LiveVideoMetadata", "VideoMetadataByVideoID"},
				"ai_jobs":        {"AIJobsByID", "LiveAIJobs", "AIJobsByID"},
			}[name]
			if diff := cmp.Diff(want, told); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// polledIn are the statements among those told of that did not go through GORM, with the ids of a lookup that is named as reads does.
func polledIn(told []string, name string, c chosen) (sent []statement) {
	for _, sql := range told {
		if !strings.Contains(sql, "ANY((SELECT $1::uuid[])::uuid[])") {
			continue
		}
		lookup, size, _ := strings.Cut(name, " of ")
		count, _ := strconv.Atoi(size)
		var ids []string
		for _, id := range c.ids[lookup][:count] {
			ids = append(ids, id.String())
		}
		sent = append(sent, statement{sql, []any{&ids}})
	}
	return sent
}
