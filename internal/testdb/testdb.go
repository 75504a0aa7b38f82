// Package testdb gives each test a fresh, migrated database of its own, on PostgreSQL and on
// SQLite. Tests alone import it.
package testdb

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"reelgraph/internal/database"
)

// DB is a test's own database, with a record of what was asked of it.
type DB struct {
	*database.DB
	// URL opens the same database once more, as DATABASE_URL would.
	URL string

	mu         sync.Mutex
	statements []string
}

// Each runs test on PostgreSQL and on SQLite, as parallel subtests.
func Each(t *testing.T, test func(t *testing.T, db *DB)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, PostgreSQL(t))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
}

// PostgreSQL clones the migrated template in the cluster of TEST_DATABASE_URL. Without one the test fails.
func PostgreSQL(t testing.TB) *DB {
	t.Helper()
	return open(t, clonePostgreSQL(t))
}

// SQLite copies a migrated file into the test's folder.
func SQLite(t testing.TB) *DB {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "sqlite:"+path)
}

// Record forgets the statements recorded so far, runs the function, and gives the statements
// that went through the database meanwhile, in the order in which they ended, without the BEGIN and COMMIT around them.
func (db *DB) Record(during func()) []string {
	db.mu.Lock()
	db.statements = nil
	db.mu.Unlock()
	during()
	db.mu.Lock()
	defer db.mu.Unlock()
	return append([]string(nil), db.statements...)
}

// Exec runs one statement, written with ? for each argument, and fails the test on an error.
func (db *DB) Exec(t testing.TB, sql string, arguments ...any) {
	t.Helper()
	if err := db.Write.Exec(sql, arguments...).Error; err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func open(t testing.TB, url string) *DB {
	t.Helper()
	db := &DB{URL: url}
	opened, err := database.Open(context.Background(), url, database.Options{Trace: db.record})
	if err != nil {
		t.Fatal(err)
	}
	db.DB = opened
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func (db *DB) record(_ context.Context, sql string, _ time.Time, _ int64, _ error) {
	if sql == "BEGIN" || sql == "COMMIT" || sql == "ROLLBACK" {
		return
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.statements = append(db.statements, strings.Join(strings.Fields(sql), " "))
}

// sqliteTemplate is the content of a migrated file, made once a process.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "reelgraph-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(url string) error {
	ctx := context.Background()
	db, err := database.Open(ctx, url, database.Options{})
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

// inCluster is the URL of another database in the same cluster, opened with a small pool.
func inCluster(cluster, name string) (string, error) {
	u, err := url.Parse(cluster)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	query := u.Query()
	query.Set("pool_max_conns", "4")
	u.RawQuery = query.Encode()
	return u.String(), nil
}
