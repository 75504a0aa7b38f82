package database_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// The tests here are other programs that write to the shared tables with plain SQL, as PostgreSQL's users
// may: with the columns that the API's documentation names, and no others.

const (
	insertUser  = "INSERT INTO users (id, handle, display_name, credits) VALUES (?, ?, 'Somebody', 5)"
	insertVideo = "INSERT INTO videos (id, owner_id, title, playback_url, thumbnail_url, created_at) VALUES (?, ?, 'A video', 'https://cdn.example/v', NULL, '2026-03-01 12:00:00+00:00')"
)

func addUsers(t *testing.T, db *testdb.DB, users ...int) {
	t.Helper()
	for _, n := range users {
		db.Exec(t, insertUser, id(n), id(n).String())
	}
}

// addVideos adds videos of user 1.
func addVideos(t *testing.T, db *testdb.DB, videos ...int) {
	t.Helper()
	for _, n := range videos {
		db.Exec(t, insertVideo, id(n), id(1))
	}
}

// counters are the row that belongs to a video.
func counters(t *testing.T, db *testdb.DB, video int) models.VideoMetadata {
	t.Helper()
	var rows []models.VideoMetadata
	if err := db.Read.Where("video_id = ?", id(video)).Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 {
		t.Fatalf("video %d has %d rows of counters", video, len(rows))
	}
	return rows[0]
}

// wantCounts fails unless the five counters are so.
func wantCounts(t *testing.T, got models.VideoMetadata, want ...int64) {
	t.Helper()
	for n, count := range []int64{got.ViewCount, got.LikeCount, got.CommentCount, got.RemixCount, got.GlitchCount} {
		if count != want[n] {
			t.Errorf("counter %d is %d, want %d", n, count, want[n])
		}
	}
}

// wantState fails unless PostgreSQL refused with a SQLSTATE.
func wantState(t *testing.T, err error, state string) {
	t.Helper()
	if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != state {
		t.Errorf("error is %v, want SQLSTATE %s", err, state)
	}
}

func TestAVideoBringsItsCounters(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		addUsers(t, db, 1)
		addVideos(t, db, 2, 3)
		for _, video := range []int{2, 3} {
			got := counters(t, db, video)
			wantCounts(t, got, 0, 0, 0, 0, 0)
			if got.OwnerID != id(1) || got.Version != 1 || got.DeletedAt != nil {
				t.Errorf("got %+v", got)
			}
		}
		db.Exec(t, insertVideo+" ON CONFLICT (id) DO UPDATE SET title = 'Again'", id(2), id(1))
		wantCounts(t, counters(t, db, 2), 0, 0, 0, 0, 0)
	})
}

func TestCountersKeepTheOwnerAndTheDeletion(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		addUsers(t, db, 1, 2)
		addVideos(t, db, 3, 4)
		deleted := time.Date(2026, 3, 2, 0, 0, 0, 123456000, time.UTC)
		db.Exec(t, "UPDATE videos SET owner_id = ?, title = 'Sold' WHERE id = ?", id(2), id(3))
		db.Exec(t, "UPDATE videos SET deleted_at = ? WHERE id = ?", deleted, id(3))
		if got := counters(t, db, 3); got.OwnerID != id(2) || got.DeletedAt == nil || !got.DeletedAt.Equal(deleted) {
			t.Errorf("got %+v", got)
		}
		if got := counters(t, db, 4); got.OwnerID != id(1) || got.DeletedAt != nil {
			t.Errorf("another video has %+v", got)
		}
		db.Exec(t, "UPDATE videos SET deleted_at = NULL, owner_id = ?", id(1))
		if got := counters(t, db, 3); got.OwnerID != id(1) || got.DeletedAt != nil {
			t.Errorf("restored, but %+v", got)
		}
	})
}

func TestCountersGrowAVersion(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		addUsers(t, db, 1)
		addVideos(t, db, 2, 3)
		for _, step := range []struct {
			sql    string
			raises int64
		}{
			{"UPDATE video_metadata SET view_count = view_count + 1 WHERE video_id = ?", 1},
			{"UPDATE video_metadata SET like_count = 3, comment_count = 4, remix_count = 5, glitch_count = 6 WHERE video_id = ?", 1},
			{"UPDATE video_metadata SET like_count = 3 WHERE video_id = ?", 0},
			{"UPDATE video_metadata SET view_count = view_count WHERE video_id = ?", 0},
			{"UPDATE video_metadata SET view_count = 9, version = version + 1 WHERE video_id = ?", 1},
			{"UPDATE video_metadata SET view_count = 10, version = version + 5 WHERE video_id = ?", 5},
			{"UPDATE videos SET title = 'New', deleted_at = created_at WHERE id = ?", 0},
		} {
			db.Exec(t, "UPDATE video_metadata SET updated_at = '2026-01-01 00:00:00+00:00'")
			before := counters(t, db, 2)
			db.Exec(t, step.sql, id(2))
			got := counters(t, db, 2)
			if raised := got.Version - before.Version; raised != step.raises {
				t.Errorf("%s: the version grew by %d, want %d", step.sql, raised, step.raises)
			}
			if moved := got.UpdatedAt.After(before.UpdatedAt); step.raises == 1 && !strings.Contains(step.sql, "version") && !moved {
				t.Errorf("%s: still of %v", step.sql, got.UpdatedAt)
			} else if step.raises == 0 && moved {
				t.Errorf("%s: nothing changed at %v", step.sql, got.UpdatedAt)
			}
		}
		wantCounts(t, counters(t, db, 2), 10, 3, 4, 5, 6)
		if other := counters(t, db, 3); other.Version != 1 {
			t.Errorf("another video has %+v", other)
		}
		if err := db.Write.Exec("UPDATE video_metadata SET view_count = -1").Error; err == nil {
			t.Error("a counter went below 0")
		}
	})
}

func TestProgramsInsertCounters(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	addUsers(t, db, 1)
	const (
		insert = "INSERT INTO video_metadata (video_id, view_count, like_count, comment_count, remix_count, glitch_count) VALUES (?, 1, 2, 3, 4, 5)"
		upsert = insert + " ON CONFLICT (video_id) DO UPDATE SET view_count = video_metadata.view_count + excluded.view_count"
		remove = "WITH counters AS (DELETE FROM video_metadata WHERE video_id = ?) DELETE FROM videos WHERE id = ?"
		video  = "INSERT INTO videos (id, owner_id, title, playback_url) SELECT ?, id, '', '' FROM users"
	)
	for n, c := range []struct {
		name       string
		statements []string
		want       []int64
		state      string // Of the last statement, where it is refused.
	}{
		{"after the video", []string{insert}, []int64{1, 2, 3, 4, 5}, ""},
		{"do nothing", []string{insert + " ON CONFLICT DO NOTHING"}, []int64{1, 2, 3, 4, 5}, ""},
		{"do nothing by video", []string{insert + " ON CONFLICT (video_id) DO NOTHING"}, []int64{1, 2, 3, 4, 5}, ""},
		{"do update", []string{upsert}, []int64{1, 2, 3, 4, 5}, ""},
		{"do update, again", []string{upsert, upsert}, []int64{2, 2, 3, 4, 5}, ""},
		{"one column", []string{"INSERT INTO video_metadata (video_id, like_count) VALUES (?, 7)"}, []int64{0, 7, 0, 0, 0}, ""},
		{"nothing but the video", []string{"INSERT INTO video_metadata (video_id) VALUES (?)"}, []int64{0, 0, 0, 0, 0}, ""},
		{"below 0", []string{"INSERT INTO video_metadata (video_id, like_count) VALUES (?, -7)"}, []int64{0, 0, 0, 0, 0}, "23514"},
		{"twice", []string{insert, insert}, []int64{1, 2, 3, 4, 5}, "23505"},
		{"twice, do nothing", []string{insert, strings.ReplaceAll(insert, "1", "9") + " ON CONFLICT DO NOTHING"}, []int64{1, 2, 3, 4, 5}, ""},
		{"twice in one statement", []string{insert + ", (?, 9, 9, 9, 9, 9)"}, []int64{0, 0, 0, 0, 0}, "23505"},
		{"twice in one statement, do nothing", []string{insert + ", (?, 9, 9, 9, 9, 9) ON CONFLICT DO NOTHING"}, []int64{1, 2, 3, 4, 5}, ""},
		{"after they have counted", []string{"UPDATE video_metadata SET view_count = 1 WHERE video_id = ?", insert}, []int64{1, 0, 0, 0, 0}, "23505"},
		{"after they have counted to and fro", []string{"UPDATE video_metadata SET view_count = 1 WHERE video_id = ?", "UPDATE video_metadata SET view_count = 0 WHERE video_id = ?", insert}, []int64{0, 0, 0, 0, 0}, "23505"},
		{"with the video in one transaction", []string{remove, "DO $$ BEGIN " + video + "; " + insert + "; END $$"}, []int64{1, 2, 3, 4, 5}, ""},
		{"with the video in one statement", []string{remove, "WITH added AS (" + video + " RETURNING id) INSERT INTO video_metadata (video_id, view_count) SELECT id, 8 FROM added"}, []int64{8, 0, 0, 0, 0}, ""},
		{"after those with the video", []string{remove, "WITH added AS (" + video + " RETURNING id) INSERT INTO video_metadata (video_id, view_count) SELECT id, 8 FROM added", insert}, []int64{8, 0, 0, 0, 0}, "23505"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			addVideos(t, db, n)
			for i, statement := range c.statements {
				err := db.Write.Exec(strings.ReplaceAll(statement, "?", "'"+id(n).String()+"'")).Error
				if c.state != "" && i == len(c.statements)-1 {
					wantState(t, err, c.state)
				} else if err != nil {
					t.Error(err)
				}
			}
			got := counters(t, db, n)
			wantCounts(t, got, c.want...)
			if got.OwnerID != id(1) {
				t.Errorf("owner is %v", got.OwnerID)
			}
		})
	}
	wantState(t, db.Write.Exec(insert, id(99)).Error, "23503") // There is no such video.
}

func TestProgramsCopy(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	ctx, created := t.Context(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var users, videos, counts, jobs [][]any
	for n := range 500 {
		users = append(users, []any{id(n), id(n).String(), "Somebody", 5})
		videos = append(videos, []any{id(n), id(n % 7), "A video", "https://cdn.example/v", nil, created})
		counts = append(counts, []any{id(n), n, n + 1, n + 2, n + 3, n + 4})
		jobs = append(jobs, []any{id(n), id(n % 7), "REMIX", "QUEUED", 0, nil, nil, nil})
	}
	for _, copied := range []struct {
		table   string
		columns string
		rows    [][]any
	}{
		{"users", "id handle display_name credits", users},
		{"videos", "id owner_id title playback_url thumbnail_url created_at", videos},
		{"video_metadata", "video_id view_count like_count comment_count remix_count glitch_count", counts},
		{"ai_jobs", "id owner_id kind status progress result_url error error_code", jobs},
	} {
		if _, err := db.Pool.CopyFrom(ctx, pgx.Identifier{copied.table}, strings.Fields(copied.columns), pgx.CopyFromRows(copied.rows)); err != nil {
			t.Fatalf("%s: %v", copied.table, err)
		}
	}
	var right int64
	err := db.Read.Raw(`SELECT count(*) FROM video_metadata AS m JOIN videos AS v ON v.id = m.video_id AND v.owner_id = m.owner_id
		WHERE like_count = view_count + 1 AND glitch_count = view_count + 4`).Scan(&right).Error
	if err != nil || right != 500 {
		t.Errorf("%d rows are right, %v; want 500", right, err)
	}
	wantCounts(t, counters(t, db, 499), 499, 500, 501, 502, 503)
}

func TestProgramsWriteUsers(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		addUsers(t, db, 1, 2)
		var user models.User
		if err := db.Read.First(&user, "id = ?", id(1)).Error; err != nil || user.Credits != 5 || user.CreatedAt.IsZero() {
			t.Errorf("got %+v, %v", user, err)
		}
		for _, statement := range []string{
			"UPDATE users SET credits = -1", "UPDATE users SET handle = 'same'",
			"INSERT INTO videos (id, owner_id, title, playback_url) VALUES ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000009', '', '')",
		} {
			if err := db.Write.Exec(statement).Error; err == nil {
				t.Errorf("%s: done", statement)
			}
		}
	})
}

// TestWhatNoClientCouldRead is refused: counts beyond what JSON holds, times beyond the calendar of RFC 3339, in
// whatever time zone the database was made.
func TestWhatNoClientCouldRead(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Tokyo"} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			db := testdb.PostgreSQL(t)
			unmigrate(t, db.DB, 0)
			if err := open(t, inZone(t, db.URL, zone)).Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			addUsers(t, db, 1)
			addVideos(t, db, 2)
			addJob(t, db, 3, "PROCESSING", 0)
			db.Exec(t, "UPDATE video_metadata SET like_count = 9007199254740991")
			const first, last = "'0001-01-01 00:00:00+00'", "'9999-12-31 23:59:59.999999+00'"
			db.Exec(t, "UPDATE videos SET created_at = "+first)
			db.Exec(t, "UPDATE videos SET created_at = "+last)
			db.Exec(t, "UPDATE ai_jobs SET created_at = "+first+", started_at = "+first+", finished_at = "+first)
			db.Exec(t, "UPDATE ai_jobs SET created_at = "+last+", started_at = "+last+", finished_at = "+last)
			refused := []string{
				"UPDATE video_metadata SET view_count = 9007199254740992", "UPDATE video_metadata SET like_count = like_count + 1",
				"UPDATE video_metadata SET comment_count = 9007199254740992", "UPDATE video_metadata SET remix_count = 9007199254740992",
				"UPDATE video_metadata SET glitch_count = 9007199254740992",
			}
			for _, at := range []string{"'infinity'", "'-infinity'", "'10000-01-01 00:00:00+00'", "'0001-12-31 23:59:59.999999+00 BC'"} {
				for _, column := range []string{"videos SET created_at", "ai_jobs SET created_at", "ai_jobs SET started_at", "ai_jobs SET finished_at"} {
					refused = append(refused, "UPDATE "+column+" = "+at)
				}
			}
			for _, statement := range refused {
				wantState(t, db.Write.Exec(statement).Error, "23514")
			}
		})
	}
}

// inZone is a database's URL for sessions in a time zone.
func inZone(t *testing.T, address, zone string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("timezone", zone)
	u.RawQuery = query.Encode()
	return u.String()
}

// TestHandlesCanBeExchanged in one statement, on the database that other programs share.
func TestHandlesCanBeExchanged(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	addUsers(t, db, 1, 2)
	db.Exec(t, "UPDATE users SET handle = (SELECT handle FROM users AS other WHERE other.id <> users.id)")
	wantState(t, db.Write.Exec("UPDATE users SET handle = 'same'").Error, "23505")
}

func TestTheModerationLogIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		insert := "INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason) VALUES (?, 'DELETE_VIDEO', ?, ?, 'spam')"
		db.Exec(t, insert, id(1), id(2), id(3))
		statements := []string{"UPDATE moderation_actions SET reason = 'none'", "DELETE FROM moderation_actions"}
		if db.Pool != nil {
			statements = append(statements, "TRUNCATE moderation_actions", "TRUNCATE videos, moderation_actions CASCADE")
		}
		for _, statement := range statements {
			if err := db.Write.Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "only ever added to") {
				t.Errorf("%s: error is %v", statement, err)
			}
		}
		db.Exec(t, insert, id(4), id(2), id(3))
		var lines []models.ModerationAction
		if err := db.Read.Order("id").Find(&lines).Error; err != nil || len(lines) != 2 || lines[0].Reason != "spam" {
			t.Errorf("got %v, %v", lines, err)
		}
	})
}
