package database_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// wantUnavailable fails unless the error, translated, is SERVICE_UNAVAILABLE with its cause.
func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	translated := database.Translate(err)
	coded, ok := errors.AsType[*models.Error](translated)
	if !ok || coded.Code != models.CodeServiceUnavailable || coded.Cause == nil || !errors.Is(translated, err) {
		t.Errorf("%v becomes %v, want SERVICE_UNAVAILABLE", err, translated)
	}
}

// wantSame fails unless translating changes nothing.
func wantSame(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error to translate")
	}
	if translated := database.Translate(err); translated != err { //nolint:errorlint // Being wrapped would be a change.
		t.Errorf("%v becomes %v, want the same", err, translated)
	}
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	if err := database.Translate(nil); err != nil {
		t.Errorf("no error becomes %v", err)
	}
	for _, err := range []error{
		context.Canceled, context.DeadlineExceeded, sql.ErrConnDone, driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF,
		net.ErrClosed, &net.OpError{Op: "dial", Err: errors.New("refused")}, errors.New("conn closed"),
		fmt.Errorf("read: %w", context.DeadlineExceeded),
	} {
		wantUnavailable(t, err)
	}
	for _, state := range []string{"08006", "40001", "40P01", "53300", "53100", "55P03", "57014", "57P01", "57P03", "58030", "25006"} {
		wantUnavailable(t, fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: state}))
	}
	for _, state := range []string{"", "23505", "23503", "23514", "22P02", "22021", "42601", "42P01", "42703", "42501", "25001", "55000", "XX000", "P0001"} {
		wantSame(t, &pgconn.PgError{Code: state})
	}
	for _, err := range []error{
		errors.New("broken"), gorm.ErrRecordNotFound, pgx.ErrNoRows, sql.ErrNoRows, sql.ErrTxDone,
		models.BadInput("first", "Too many."), models.Unavailable(context.Canceled),
		fmt.Errorf("wrapped: %w", models.BadInput("first", "Too many.")),
	} {
		wantSame(t, err)
	}
}

// TestMistakesStayWhatTheyAre: trying again does not help against them.
func TestMistakesStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'a', 'A')", id(1))
		for _, statement := range []string{
			"INSERT INTO users (id, handle, display_name) VALUES ('00000000-0000-0000-0000-000000000002', 'a', 'A')",
			"INSERT INTO users (id, handle) VALUES ('00000000-0000-0000-0000-000000000002', 'b')",
			"INSERT INTO videos (id, owner_id, title, playback_url) VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000009', '', '')",
			"UPDATE users SET credits = -1",
			"SELECT nothing FROM users", "SELECT * FROM nowhere", "SELEKT",
		} {
			wantSame(t, db.Write.Exec(statement).Error)
		}
		wantSame(t, db.Read.First(&models.User{}, "handle = 'nobody'").Error)
	})
}

func TestAStatementThatTakesTooLong(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]struct {
		open func(testing.TB) *testdb.DB
		sql  string
	}{
		"postgres": {testdb.PostgreSQL, "SELECT pg_sleep(30)"},
		"sqlite":   {testdb.SQLite, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := slow.open(t)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			start := time.Now()
			wantUnavailable(t, db.Read.WithContext(ctx).Exec(slow.sql).Error)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it was given up after %v", took)
			}
			wantUnavailable(t, db.Read.WithContext(ctx).Exec("SELECT 1").Error)
			if err := db.Read.Exec("SELECT 1").Error; err != nil {
				t.Errorf("the next statement: %v", err)
			}
		})
	}
}

// TestTheServerEndsAConnection, as when it is shut down or restarted.
func TestTheServerEndsAConnection(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	ctx := t.Context()
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	backend := conn.Conn().PgConn().PID()
	failed := make(chan error)
	go func() {
		_, err := conn.Exec(ctx, "SELECT pg_sleep(30)")
		failed <- err
	}()
	var asleep bool
	for !asleep { // It must be at work, or its end would go unnoticed.
		err := db.Pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep')", backend).Scan(&asleep)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Pool.Exec(ctx, "SELECT pg_terminate_backend($1)", backend); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, <-failed)
	_, err = conn.Exec(ctx, "SELECT 1")
	wantUnavailable(t, err)
	conn.Release()
	if err := db.Read.Exec("SELECT 1").Error; err != nil {
		t.Errorf("a new connection: %v", err)
	}
}

// TestIdleConnectionsThatWereEnded are found out before they are used, or translate.
func TestIdleConnectionsThatWereEnded(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	if err := db.Read.Exec("SELECT 1").Error; err != nil {
		t.Fatal(err)
	}
	other := open(t, db.URL)
	if _, err := other.Pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
	if err := db.Read.Exec("SELECT 1").Error; err != nil {
		wantUnavailable(t, err)
	}
	if err := db.Read.Exec("SELECT 1").Error; err != nil {
		t.Errorf("a new connection: %v", err)
	}
}

func TestLocksThatCannotBeHad(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	tx := db.Write.Begin()
	defer tx.Rollback()
	if err := tx.Exec("LOCK TABLE users").Error; err != nil {
		t.Fatal(err)
	}
	for _, statements := range [][]string{
		{"LOCK TABLE users NOWAIT"},
		{"SET LOCAL lock_timeout = 10", "LOCK TABLE users"},
		{"SET TRANSACTION READ ONLY", "DELETE FROM batches"},
	} {
		wantUnavailable(t, db.Write.Transaction(func(tx *gorm.DB) error {
			for _, statement := range statements {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func TestSQLiteIsBusy(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	tx := db.Write.Begin()
	defer tx.Rollback()
	other := open(t, db.URL)
	err := other.Write.Connection(func(conn *gorm.DB) error {
		return errors.Join(conn.Exec("PRAGMA busy_timeout = 0").Error, conn.Begin().Error)
	})
	wantUnavailable(t, err)
}

func TestAClosedDatabase(t *testing.T) {
	t.Parallel()
	db, err := database.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"), database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Read.Exec("SELECT 1").Error; err == nil {
		t.Error("it answers")
	}
}
